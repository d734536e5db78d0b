//! Package sources: asks the machine's own pip or npm for one pinned package, without installing it.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};

use crate::{files, settings};

use super::{
    place,
    progress::Progress,
    source::{Pin, Registry},
};

impl Pin {
    /// The client command lines that can fetch it, best first.
    fn clients(&self) -> Vec<Vec<String>> {
        let Self { name, version, .. } = self;
        match self.registry {
            Registry::Pypi => [&["python3", "-m", "pip"][..], &["pip3"], &["pip"]]
                .map(|client| pip(client, name, version))
                .to_vec(),
            Registry::Npm => vec![words(&["npm", "pack", "--silent", &format!("{name}@{version}")])],
        }
    }

    /// What a person types to get the same package into the current folder.
    pub(crate) fn by_hand(&self) -> String {
        self.clients()[0].join(" ")
    }

    /// Fetches the package into `folder` and returns its path, once its hash is the pinned one.
    pub(crate) fn fetch(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let client = &self.clients()[0][0];
        let progress = Progress::of_unknown(&format!("{} {} with {client}", self.name, self.version));
        let landing = folder.join("package");
        place::make_folder(&landing)?;
        self.run_first_client(folder, &landing)?;
        drop(progress);
        self.pinned_file_in(&landing)?.context("no package file arrived")
    }

    /// The file in a folder whose bytes are the pinned package; an error if one has its name and other bytes.
    pub(crate) fn pinned_file_in(&self, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
        let mut others = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if !path.is_file() || !self.may_be(&path) {
                continue;
            }
            let sha256 = files::sha256_of(&path)?;
            if sha256 == self.sha256 {
                return Ok(Some(path));
            }
            others.push(sha256);
        }
        match others.first() {
            Some(sha256) => bail!(
                "the package has sha256 {sha256}, but {} is pinned: not used",
                self.sha256
            ),
            None => Ok(None),
        }
    }

    /// Cheap test before hashing a file of the owner's folder: the name starts like the package's.
    fn may_be(&self, path: &Path) -> bool {
        let letters = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase())
                .collect()
        };
        path.file_name()
            .is_some_and(|name| letters(&name.to_string_lossy()).starts_with(&letters(&self.name)))
    }

    fn run_first_client(&self, folder: &Path, landing: &Path) -> anyhow::Result<()> {
        let mut absent = Vec::new();
        for client in self.clients() {
            match run(&client, folder, landing)? {
                Outcome::Done => return Ok(()),
                Outcome::Absent => absent.push(client[0].clone()),
            }
        }
        bail!("not installed: {}", absent.join(", "))
    }
}

/// `--only-binary` and `--no-deps`: nothing of the package or of others is ever run.
fn pip(client: &[&str], name: &str, version: &str) -> Vec<String> {
    let options = [
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--ignore-requires-python",
    ];
    words(&[client, &options, &[&format!("{name}=={version}")]].concat())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Without a network npm waits for minutes between its tries, and says nothing: so long at most, in milliseconds.
const SHORT_WAITS: [(&str, &str); 2] = [
    ("npm_config_fetch_retry_mintimeout", "1000"),
    ("npm_config_fetch_retry_maxtimeout", "5000"),
];

enum Outcome {
    Done,
    Absent,
}

fn run(client: &[String], folder: &Path, landing: &Path) -> anyhow::Result<Outcome> {
    let log_path = folder.join("client.log");
    let limit = patience()?;
    let log = File::create(&log_path).map_err(|error| place::cannot_write(&log_path, error))?;
    let spawned = Command::new(&client[0])
        .args(&client[1..])
        .current_dir(landing)
        .envs(SHORT_WAITS)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Outcome::Absent),
        other => other.with_context(|| format!("cannot start {}", client[0]))?,
    };
    let Some(status) = wait(&mut child, limit)? else {
        bail!(
            "{} did not end within {} s and was stopped",
            client[0],
            limit.as_secs()
        );
    };
    judge(client, status, &fs::read_to_string(&log_path).unwrap_or_default())
}

fn judge(client: &[String], status: ExitStatus, log: &str) -> anyhow::Result<Outcome> {
    if status.success() {
        return Ok(Outcome::Done);
    }
    if log.contains("No module named pip") {
        return Ok(Outcome::Absent);
    }
    let last = log
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it gave no reason");
    Err(anyhow!("{} ended with {status}: {}", client[0], last.trim()))
}

/// None when the time is up; the client is then stopped.
fn wait(child: &mut std::process::Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(30));
    }
}

/// How long a package client may take: `PHOTOGEN_PULL_TIMEOUT_S`, else ten minutes.
fn patience() -> anyhow::Result<Duration> {
    let Some(text) = settings::read("PHOTOGEN_PULL_TIMEOUT_S") else {
        return Ok(Duration::from_mins(10));
    };
    let seconds = text.trim().parse().map(Duration::from_secs).ok();
    seconds.with_context(|| format!("PHOTOGEN_PULL_TIMEOUT_S is `{text}`; give a number of seconds"))
}
