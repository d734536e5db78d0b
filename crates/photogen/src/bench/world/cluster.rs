//! A PostgreSQL of its own, which may be killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};

/// How long it may take to come up, also after a kill.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server in a folder, on a port of this machine.
pub(in crate::bench) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Makes and starts one whose commits are on the disk before they are told.
    pub(in crate::bench) fn start(port: u16) -> anyhow::Result<Self> {
        let mut cluster = Self {
            folder: tempfile::Builder::new().prefix("photogen-postgres-").tempdir()?,
            programs: programs()?,
            port,
            server: None,
        };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()))?;
        }
        let mut initdb = cluster.program("initdb");
        run(initdb.arg("-D").arg(cluster.data()).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]))?;
        cluster.start_again()?;
        Ok(cluster)
    }

    /// Its address.
    pub(in crate::bench) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends all its processes at once, with no time for anything.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        let children = Command::new("pgrep")
            .args(["-P", &server.id().to_string()])
            .output()?;
        server.kill()?;
        let mut kill = Command::new("kill");
        kill.arg("-9")
            .args(String::from_utf8_lossy(&children.stdout).split_whitespace());
        // They end by themselves too, once they see that the first is gone.
        kill.stderr(Stdio::null()).status()?;
        server.wait()?;
        Ok(())
    }

    /// Whether it was killed and not started since.
    pub(super) fn is_killed(&self) -> bool {
        self.server.is_none()
    }

    /// Starts it, unless it runs, and waits until it answers. What a killed one has left may need a moment to go.
    pub(super) fn start_again(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.is_ready()? {
            if self.server.is_none() {
                self.server = Some(self.spawn()?);
            }
            if Instant::now() > until {
                bail!("PostgreSQL does not start: see {}", self.log().display());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut server = self.program("postgres");
        server
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()]);
        server.arg("-k").arg(self.folder.path());
        for setting in ["listen_addresses=127.0.0.1", "fsync=on", "max_connections=300"] {
            server.args(["-c", setting]);
        }
        Ok(server.stdout(Stdio::null()).stderr(log).spawn()?)
    }

    /// Whether it answers. One that has ended is forgotten.
    fn is_ready(&mut self) -> anyhow::Result<bool> {
        let Some(server) = &mut self.server else {
            return Ok(false);
        };
        if server.try_wait()?.is_some() {
            self.server = None;
            return Ok(false);
        }
        let mut ready = Command::new(self.programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        Ok(ready.status()?.success())
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of its programs, which do not run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Where Debian or the PATH has them.
fn programs() -> anyhow::Result<PathBuf> {
    let debian = glob::glob("/usr/lib/postgresql/*/bin/initdb")?.flatten();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&paths).map(|folder| folder.join("initdb"));
    let found = in_path.chain(debian).filter(|path| path.is_file()).last();
    let initdb = found.context("PostgreSQL is not installed (Debian: apt-get install postgresql)")?;
    Ok(initdb.parent().map(Path::to_path_buf).unwrap_or_default())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "{}: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
