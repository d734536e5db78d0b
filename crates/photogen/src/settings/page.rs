//! `photogen settings`: every setting of the environment, and docs/CONFIG.md and .env.example, which say the same.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use super::table::{SECTIONS, Setting};

/// List every setting that the environment can hold.
///
/// Flags come before the environment. A secret may lie in a file that NAME_FILE names.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// As a file to copy and fill in (photogen.env)
    #[arg(long)]
    env: bool,
    /// As the page docs/CONFIG.md
    #[arg(long, conflicts_with = "env")]
    markdown: bool,
}

/// Prints them. A reader that has seen enough is no error.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = match (args.env, args.markdown) {
        (true, _) => example(),
        (_, true) => page(),
        _ => list(&|name| super::read(name).is_some()),
    };
    match write!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// For people: what is set here is marked.
fn list(is_set: &dyn Fn(&str) -> bool) -> String {
    let mut text = String::new();
    for (section, settings) in SECTIONS {
        let _ = writeln!(text, "{section}");
        for setting in *settings {
            let mark = if is_set(setting.name) { "*" } else { " " };
            let _ = writeln!(
                text,
                " {mark} {:<34} {}{}",
                setting.name,
                setting.what,
                default(setting, "")
            );
        }
        text.push('\n');
    }
    text.push_str("* is set here. Flags come before the environment; a secret may lie in a file that NAME_FILE names.\n");
    text
}

fn default(setting: &Setting, quote: &str) -> String {
    match setting.default {
        "" => String::new(),
        default => format!(" [{quote}{default}{quote}]"),
    }
}

/// docs/CONFIG.md.
fn page() -> String {
    let mut text = "# Settings\n\nMade by `photogen settings --markdown`; `photogen settings` marks what is set.\n\nFlags come before the \
         environment; a setting that is empty is not set. Secrets (key) are given by the environment or by a file alone: `NAME_FILE=/path` holds what `NAME` would; a \
         file that cannot be read stops the start. A name that is a letter\nor two off a setting's, a setting that is given twice \
         and one that needs another are refused at start.\n"
        .to_owned();
    for (section, settings) in SECTIONS {
        let _ = write!(
            text,
            "\n## {section}\n\n| setting | without it | what |\n|---|---|---|\n"
        );
        for setting in *settings {
            let key = if setting.secret { " (key)" } else { "" };
            let _ = writeln!(
                text,
                "| `{}`{key} | {} | {} |",
                setting.name, setting.default, setting.what
            );
        }
    }
    text
}

/// What .env.example begins with.
const HEAD: &str = "\
# Settings of PhotoGen: copy to photogen.env, fill in, and take the # away. docs/CONFIG.md says more.
# The program itself reads no such file. Docker compose does, beside compose.yml (env_file), and systemd, in /etc/photogen
# (EnvironmentFile). Of a file .env compose takes only what compose.yml itself asks for: PUBLIC_URL and LISTEN.
";

/// .env.example.
fn example() -> String {
    let mut text = HEAD.to_owned();
    for (section, settings) in SECTIONS {
        let _ = write!(text, "\n# {section}\n");
        for setting in *settings {
            let _ = writeln!(text, "# {}\n#{}=", setting.what, setting.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs};

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_page_and_the_example_say_what_the_table_says() {
        for (file, text) in [("docs/CONFIG.md", page()), (".env.example", example())] {
            let path = testkit::repository().join(file);
            if env::var_os("UPDATE_DOCS").is_some() {
                fs::write(&path, &text).unwrap();
            }
            let kept = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == text,
                "{file} is stale: run `UPDATE_DOCS=1 cargo test -p photogen settings`"
            );
        }
    }

    #[test]
    fn every_setting_that_is_read_stands_in_the_table() {
        let known: BTreeSet<&str> = super::super::table::all().map(|setting| setting.name).collect();
        let mut read = BTreeSet::new();
        flags(&crate::Cli::command(), &mut read);
        for card in crate::engines::cards().unwrap().engines {
            let Some(server) = card.server else { continue };
            read.insert(server.base_url_env);
            read.extend(server.key_env);
            read.extend(server.webhook_secret_env);
        }
        let missing: Vec<&String> = read
            .iter()
            .filter(|name| !known.contains(name.as_str()))
            .collect();
        assert!(missing.is_empty(), "{missing:?} is missing in settings/table.rs");
    }

    /// The settings that a command's flags read.
    fn flags(command: &clap::Command, read: &mut BTreeSet<String>) {
        let of = |arg: &clap::Arg| Some(arg.get_env()?.to_str()?.to_owned());
        read.extend(command.get_arguments().filter_map(of));
        for command in command.get_subcommands() {
            flags(command, read);
        }
    }
}
