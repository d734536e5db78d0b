//! A process of the program under test, which may be killed and started again.

use std::{
    env, fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::bail;

/// Lines of its log that are told of one that ended by itself.
const LAST_LINES: usize = 10;
/// The longest that it takes to come up, and needs its database for.
const STARTING: Duration = Duration::from_secs(3);

/// One process.
pub(super) struct Process {
    args: Vec<String>,
    settings: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
    started: Instant,
}

impl Process {
    /// Starts this program with these words and settings. What it says goes into a file.
    pub(super) fn start(
        args: Vec<String>,
        settings: Vec<(String, String)>,
        log: PathBuf,
    ) -> anyhow::Result<Self> {
        let mut process = Self {
            args,
            settings,
            log,
            child: None,
            started: Instant::now(),
        };
        process.start_again(false)?;
        Ok(process)
    }

    /// Starts it, unless it runs. One that has ended by itself is an error, but for one that was still starting when its database was
    /// killed: that ends, and a supervisor starts it again. One that ran waits for its database.
    pub(super) fn start_again(&mut self, database_killed: bool) -> anyhow::Result<()> {
        let excused = database_killed && self.started.elapsed() < STARTING;
        if let Some(child) = &mut self.child {
            match child.try_wait()? {
                None => return Ok(()),
                Some(_) if excused => {}
                Some(status) => bail!(
                    "{} ended by itself with {status}: {}",
                    self.args[0],
                    self.last_words()
                ),
            }
        }
        let log = fs::File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(env::current_exe()?);
        command
            .args(&self.args)
            .env_remove("DATABASE_URL")
            .env_remove("STORAGE_URL")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(log);
        self.started = Instant::now();
        self.child = Some(command.spawn()?);
        Ok(())
    }

    /// The end of what it said.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(LAST_LINES).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Ends it at once, with no time for anything.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
