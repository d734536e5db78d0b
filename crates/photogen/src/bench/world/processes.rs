//! The processes of a service: how each is started.

use std::path::PathBuf;

use super::process::Process;

/// Credits that the workspace starts with.
pub(in crate::bench) const CREDITS: i64 = 1_000_000;

/// How processes are started.
pub(super) struct Processes {
    /// Where everything is kept.
    pub(super) folder: PathBuf,
    /// The vendor's address.
    pub(super) vendor: String,
    /// The database's, where it is no file.
    pub(super) database: Option<String>,
    /// Seconds of a lease.
    pub(super) lease_s: u16,
    /// Pictures that each works on at once.
    pub(super) jobs: usize,
}

impl Processes {
    pub(super) fn server(&self, port: u16) -> anyhow::Result<Process> {
        let address = format!("127.0.0.1:{port}");
        let credits = CREDITS.to_string();
        let (jobs, lease) = (self.jobs.to_string(), self.lease_s.to_string());
        let mut args = vec![
            "serve",
            "--addr",
            &address,
            "--calls-per-minute",
            "1000000",
            "--sign-ins-per-minute",
            "1000",
        ];
        args.extend([
            "--webhooks-to-private-networks",
            "--credits-at-start",
            &credits,
            "--jobs",
            &jobs,
            "--lease",
            &lease,
        ]);
        if self.database.is_some() {
            args.push("--no-worker");
        }
        self.start("server", &args)
    }

    pub(super) fn worker(&self, number: u8) -> anyhow::Result<Process> {
        let (jobs, lease) = (self.jobs.to_string(), self.lease_s.to_string());
        let args = ["work", "--jobs", &jobs, "--lease", &lease];
        self.start(&format!("worker-{number}"), &args)
    }

    fn start(&self, name: &str, args: &[&str]) -> anyhow::Result<Process> {
        let path = |name: &str| self.folder.join(name).display().to_string();
        let mut settings = vec![
            ("PHOTOGEN_HOME".to_owned(), path("home")),
            (
                "PHOTOGEN_DATA".to_owned(),
                path(if name == "server" { "data" } else { name }),
            ),
            (
                "JWT_SECRET".to_owned(),
                "only for this bench, and long enough".to_owned(),
            ),
            ("REPLICATE_BASE_URL".to_owned(), self.vendor.clone()),
            ("REPLICATE_API_KEY".to_owned(), "r8-bench-0000000000".to_owned()),
        ];
        if let Some(database) = &self.database {
            settings.push(("DATABASE_URL".to_owned(), database.clone()));
            settings.push(("STORAGE_URL".to_owned(), self.storage()));
        }
        Process::start(
            args.iter().map(|arg| (*arg).to_owned()).collect(),
            settings,
            self.folder.join(format!("{name}.log")),
        )
    }

    pub(super) fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.folder.join("data/photogen.db").display());
        self.database.clone().unwrap_or_else(file)
    }

    pub(super) fn storage(&self) -> String {
        let folder = if self.database.is_some() {
            "files"
        } else {
            "data/files"
        };
        self.folder.join(folder).display().to_string()
    }
}
