//! Settings that cannot be meant: misspelt, set twice, one without the other, in a file that cannot be read, or no address.

use std::{env, ffi::OsString};

use anyhow::bail;

use super::{is_empty, table, try_read};

/// Pairs of which the first needs the second.
const NEEDS: [(&str, &str); 4] = [
    ("SMTP_URL", "MAIL_FROM"),
    ("STRIPE_WEBHOOK_SECRET", "STRIPE_SECRET_KEY"),
    ("C2PA_CERTIFICATE", "C2PA_KEY"),
    ("C2PA_KEY", "C2PA_CERTIFICATE"),
];

/// Looks at the environment of this process.
pub(crate) fn check() -> anyhow::Result<()> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    check_all(env::vars_os().filter_map(text))?;
    for setting in table::all() {
        let name = setting.name;
        let value = try_read(name)?;
        let is_server = name.ends_with("_BASE_URL") || name == "INSIGHTFACE_URL";
        if is_server && value.is_some_and(|value| !is_web_address(&value)) {
            bail!("{name} is no whole address that begins with http:// or https://");
        }
    }
    Ok(())
}

/// A whole address of the web.
pub(crate) fn is_web_address(text: &str) -> bool {
    text.parse::<reqwest::Url>()
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Refuses what nobody means: a name that is a letter or two off a setting's, a value and a file of one setting, one of a pair.
fn check_all(set: impl Iterator<Item = (String, String)>) -> anyhow::Result<()> {
    let set: Vec<(String, String)> = set.filter(|(_, value)| !is_empty(value.as_ref())).collect();
    let has = |name: &str| set.iter().any(|(known, _)| known == name);
    let given = |name: &str| has(name) || has(&format!("{name}_FILE"));
    for (name, _) in &set {
        let base = name.strip_suffix("_FILE").unwrap_or(name);
        if table::all().any(|setting| setting.name == base) {
            continue;
        }
        if let Some(meant) = nearest(base) {
            bail!("{name} is no setting; did you mean {meant}? `photogen settings` lists all");
        }
    }
    for setting in table::all() {
        let name = setting.name;
        if has(name) && has(&format!("{name}_FILE")) {
            bail!("{name} and {name}_FILE are both set: keep one");
        }
    }
    for (first, second) in NEEDS {
        if given(first) && !given(second) {
            bail!("{first} is set and {second} is not: set both, or neither");
        }
    }
    Ok(())
}

/// The setting that is a letter or two away, for names long enough to be told from each other.
fn nearest(name: &str) -> Option<&'static str> {
    let near = |setting: &&table::Setting| {
        let length = setting.name.len();
        length >= 8 && name.len().abs_diff(length) <= 2 && distance(name, setting.name) <= 2
    };
    table::all().find(near).map(|setting| setting.name)
}

/// Letters to change, add, leave out or swap with the next (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = match (i, j) {
                (0, _) | (_, 0) => i + j,
                _ => {
                    let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                    let best = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let swaps = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                    if swaps {
                        best.min(rows[i - 2][j - 2] + 1)
                    } else {
                        best
                    }
                }
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&str, &str)]) -> String {
        let set = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        check_all(set).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn misspelt_settings_are_refused_and_other_programs_are_left_alone() {
        assert!(told(&[("STRIPE_SECERT_KEY", "x")]).contains("did you mean STRIPE_SECRET_KEY?"));
        assert!(told(&[("JWT_SECRETS_FILE", "x")]).contains("did you mean JWT_SECRET?"));
        assert!(told(&[("COMFYUI_WORKFLOWS", "x")]).contains("did you mean COMFYUI_WORKFLOW?"));
        assert_eq!(
            told(&[
                ("OPENAI_ORG_ID", "x"),
                ("PATH", "x"),
                ("STRIPE_API_KEY", "x"),
                ("PUBLIC_IP", "x")
            ]),
            ""
        );
        assert_eq!(told(&[("STRIPE_SECERT_KEY", " ")]), "");
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(told(&[("JWT_SECRET", "x"), ("JWT_SECRET_FILE", "y")]).contains("keep one"));
        assert!(told(&[("SMTP_URL_FILE", "x")]).contains("MAIL_FROM is not"));
        assert_eq!(told(&[("SMTP_URL", "x"), ("MAIL_FROM", "y")]), "");
        assert!(told(&[("C2PA_KEY", "x")]).contains("C2PA_CERTIFICATE is not"));
    }

    /// Two settings that are near each other would be taken for misspelt ones.
    #[test]
    fn settings_are_told_from_each_other() {
        let names: Vec<&str> = table::all().map(|setting| setting.name).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name} stands there twice");
        }
    }
}
