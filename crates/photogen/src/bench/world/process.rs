//! A process of the program under test, which may be killed and started again.

use std::{
    env, fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::bail;

/// One process.
pub(super) struct Process {
    args: Vec<String>,
    settings: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
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
        };
        process.start_again()?;
        Ok(process)
    }

    /// Starts it, unless it runs. One that has ended by itself is an error.
    pub(super) fn start_again(&mut self) -> anyhow::Result<()> {
        if let Some(child) = &mut self.child {
            if let Some(status) = child.try_wait()? {
                bail!(
                    "{} ended by itself with {status}: see {}",
                    self.args[0],
                    self.log.display()
                );
            }
            return Ok(());
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
        self.child = Some(command.spawn()?);
        Ok(())
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
