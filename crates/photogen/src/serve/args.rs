//! The words of `photogen serve` and `photogen work`.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use ipnet::IpNet;
use store::Store;

use crate::{home::home, memory::Memory, settings};

const AFTER_HELP: &str = "\
Everything is kept in one folder (SQLite and files) until DATABASE_URL and STORAGE_URL name something larger.

Examples:
  photogen serve
  photogen serve --addr 0.0.0.0:3001 --public-url https://studio.example.com
  DATABASE_URL=postgres://photogen@db/photogen STORAGE_URL=s3://pictures photogen serve --no-worker";

/// Serve the API, and make pictures: one process, no key, no other server.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Where to listen
    #[arg(
        long,
        env = "PHOTOGEN_ADDR",
        default_value = "127.0.0.1:3001",
        value_name = "ADDRESS:PORT"
    )]
    pub(crate) addr: SocketAddr,
    /// How browsers reach it, if not by that address, such as `https://studio.example.com`
    #[arg(long, env = "PUBLIC_URL", value_name = "URL", value_parser = web_address)]
    public_url: Option<String>,
    #[command(flatten)]
    pub(crate) storage: Storage,
    #[command(flatten)]
    pub(crate) making: Making,
    /// Serve only; pictures are made by `photogen work`
    #[arg(long)]
    pub(crate) no_worker: bool,
    /// Calls that one caller may make in a minute
    #[arg(long, env = "RATE_LIMIT_PER_MINUTE", default_value_t = 100, value_name = "N")]
    pub(crate) calls_per_minute: u32,
    /// Tries to sign in, register or reset a password from one address in a minute
    #[arg(
        long,
        env = "SIGN_IN_LIMIT_PER_MINUTE",
        default_value_t = 20,
        value_name = "N"
    )]
    pub(crate) sign_ins_per_minute: u32,
    /// Let webhooks call addresses of this network, also without TLS
    #[arg(long, env = "WEBHOOKS_TO_PRIVATE_NETWORKS")]
    pub(crate) webhooks_to_private_networks: bool,
    /// Who may register: anybody (open), or who is invited to a workspace alone (invited)
    #[arg(
        long,
        env = "REGISTRATION",
        value_enum,
        default_value = "open",
        value_name = "WHO"
    )]
    pub(crate) registration: Registration,
    /// A proxy whose X-Forwarded-For is believed: an address or a network, such as 10.0.0.0/8 (repeat, or apart by commas)
    #[arg(
        long = "trusted-proxy",
        env = "TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "ADDRESS",
        value_parser = network
    )]
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Credits that a new workspace starts with
    #[arg(long, env = "CREDITS_AT_START", default_value_t = 10, value_name = "N")]
    pub(crate) credits_at_start: u32,
    /// Origins whose pages may call the API, such as `https://shop.example.com` (repeat for more)
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    pub(crate) cors_origins: Vec<String>,
}

/// Make pictures for servers that share a database and a storage; start as many as you like.
#[derive(clap::Args)]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    pub(crate) storage: Storage,
    /// What it does, where machines are for different things
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "generate,export",
        value_name = "KINDS"
    )]
    pub(crate) kinds: Vec<Kind>,
    #[command(flatten)]
    pub(crate) making: Making,
}

/// How pictures are made.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Making {
    /// Pictures worked on at once [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds after which the pictures of a worker that is not heard of are given to another
    #[arg(long = "lease", value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(3..=3600))]
    lease_s: u16,
    #[command(flatten)]
    pub(crate) memory: Memory,
}

impl Making {
    /// Pictures worked on at once.
    pub(crate) fn jobs(self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, usize::from)
    }

    /// How long a picture is held.
    pub(crate) fn lease(self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.lease_s))
    }
}

/// Who may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Registration {
    /// Anybody
    Open,
    /// Who is invited to a workspace
    Invited,
}

/// An address or a network.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = text.parse::<std::net::IpAddr>().map(IpNet::from);
    address
        .or_else(|_| text.parse())
        .map_err(|_| "write an address such as 10.0.0.7, or a network such as 10.0.0.0/8".to_owned())
}

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Makes pictures
    Generate,
    /// Packs deliveries
    Export,
}

/// An address that browsers open.
fn web_address(text: &str) -> Result<String, String> {
    if settings::is_web_address(text) {
        Ok(text.to_owned())
    } else {
        Err("give a whole address: https://studio.example.com".to_owned())
    }
}

/// Where everything is kept.
#[derive(clap::Args)]
pub(crate) struct Storage {
    /// The folder for the database, files and keys [default: `data` in PhotoGen's home]
    #[arg(long, env = "PHOTOGEN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// postgres://user:password@host/name, instead of SQLite in that folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// s3://bucket/folder?region=…&endpoint=…, instead of files in that folder
    #[arg(
        long = "storage-url",
        env = "STORAGE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    files_url: Option<String>,
    /// What is logged on standard error, as one JSON object a line: error, warn, info, debug
    #[arg(long, env = "LOG_LEVEL", default_value = "warn", value_name = "LEVEL")]
    pub(crate) log: tracing::Level,
    /// Connections to PostgreSQL
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
}

impl Storage {
    /// The folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| home().join("data"))
    }

    /// The address of the files.
    pub(crate) fn files_address(&self) -> String {
        let beside = || self.folder().join("files").display().to_string();
        self.files_url().unwrap_or_else(beside)
    }

    /// An address in a file that cannot be read is not known; what lies in the folder is not what it names.
    pub(crate) fn check_addresses(&self) -> anyhow::Result<()> {
        if self.database_url.is_none() {
            settings::try_read("DATABASE_URL")?;
        }
        if self.files_url.is_none() {
            settings::try_read("STORAGE_URL")?;
        }
        Ok(())
    }

    /// Opens the database, making it and bringing it to this version as needed.
    pub(crate) async fn store(&self) -> anyhow::Result<Store> {
        self.check_addresses()?;
        let opened = if let Some(url) = self.database_url() {
            Store::connect(&url, self.connections, true).await
        } else {
            let folder = self.folder();
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            Store::open(&folder.join("photogen.db")).await
        };
        opened.context("cannot open the database (DATABASE_URL)")
    }

    /// The file of the rows; none where they are with a server.
    pub(crate) fn rows_file(&self) -> Option<PathBuf> {
        match self.database_url() {
            Some(url) => Store::file_of(&url).map(Path::to_owned),
            None => Some(self.folder().join("photogen.db")),
        }
    }

    /// Nothing was ever kept there.
    pub(crate) fn is_new(&self) -> bool {
        self.rows_file()
            .is_some_and(|rows| matches!(rows.try_exists(), Ok(false)))
    }

    /// Opens the database that is there, without changing it.
    pub(crate) async fn store_as_it_is(&self) -> anyhow::Result<Store> {
        let beside = || format!("sqlite:{}", self.folder().join("photogen.db").display());
        let url = self.database_url().unwrap_or_else(beside);
        let opened = Store::connect(&url, 2, false).await;
        opened.context("cannot open the database (DATABASE_URL)")
    }

    /// Which database it is, for people: of an address only what is no secret.
    pub(crate) fn where_rows_are(&self) -> String {
        if let Some(path) = self.rows_file() {
            return format!(
                "is {} a database of PhotoGen that this user may read?",
                path.display()
            );
        }
        let parsed = self
            .database_url()
            .and_then(|url| url.parse::<reqwest::Url>().ok());
        let server = parsed
            .as_ref()
            .and_then(|url| Some((url.host_str()?, url.port().unwrap_or(5432))));
        match server {
            Some((host, port)) => {
                format!(
                    "DATABASE_URL names {host}, port {port}: is the server up, and are name and password right?"
                )
            }
            None => "is DATABASE_URL right?".to_owned(),
        }
    }

    /// Whether other processes can work on the same.
    pub(crate) fn is_shared(&self) -> bool {
        self.database_url().is_some_and(|url| !url.starts_with("sqlite:"))
    }

    /// The database, if not in the folder.
    pub(crate) fn database_url(&self) -> Option<String> {
        self.database_url
            .clone()
            .or_else(|| settings::read("DATABASE_URL"))
    }

    /// Where files are kept, if not in the folder.
    pub(crate) fn files_url(&self) -> Option<String> {
        self.files_url.clone().or_else(|| settings::read("STORAGE_URL"))
    }
}

impl Args {
    /// How browsers reach it.
    pub(crate) fn public_url(&self, address: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{address}"),
        }
    }
}
