//! A whole service on this machine for benches: its processes, its database, its vendor and who calls it.
//!
//! A picture takes next to no work there, so that what is measured is everything around it.

mod caller;
mod cluster;
mod home;
mod process;
mod processes;
mod receiver;

use std::{io::Cursor, net::TcpListener, time::Duration};

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use domain::engine::Limits;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{
    Garment,
    vendor::{Behaviour, VendorServer},
};

pub(super) use self::{caller::Caller, cluster::Cluster, home::SEED_MAX, processes::CREDITS};
use self::{
    home::{ENGINE, SIDE},
    process::Process,
    processes::Processes,
    receiver::Receiver,
};

/// What a service runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Database {
    /// One process: the service and its worker.
    Sqlite,
    /// A server of its own, a service and its workers.
    Postgres,
}

/// What there is.
pub(super) struct Setup<'a> {
    pub(super) database: Database,
    /// Beside a service on PostgreSQL. They share the cores of this machine.
    pub(super) workers: u8,
    /// Seconds after which a worker that is not heard of has lost its picture.
    pub(super) lease_s: u16,
    /// One for each picture of a shoot.
    pub(super) products: u32,
    /// What the vendor allows.
    pub(super) limits: Limits,
    /// How its orders go.
    pub(super) behaviours: &'a mut dyn Iterator<Item = Behaviour>,
}

/// Who may be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Target {
    /// The service; on SQLite its worker dies with it.
    Server,
    /// One of the workers.
    Worker,
    /// PostgreSQL and all its processes.
    Postgres,
}

/// All of it.
pub(super) struct World {
    pub(super) vendor: VendorServer,
    pub(super) receiver: Receiver,
    pub(super) database_url: String,
    pub(super) storage: String,
    pub(super) products: Vec<String>,
    cluster: Option<Cluster>,
    server: Process,
    workers: Vec<Process>,
    caller: Caller,
    /// Dropped last.
    folder: Option<tempfile::TempDir>,
}

impl World {
    /// Starts everything.
    pub(super) async fn start(setup: Setup<'_>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        home::write(&folder.path().join("home"), &setup.limits)?;
        let cluster = match setup.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(free_port()?)?),
        };
        let vendor = VendorServer::start(setup.behaviours);
        let receiver = Receiver::start().await?;
        let port = free_port()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if cluster.is_some() { setup.workers } else { 0 };
        let processes = Processes {
            folder: folder.path().to_path_buf(),
            vendor: vendor.url.clone(),
            database: cluster.as_ref().map(Cluster::url),
            lease_s: setup.lease_s,
            jobs: (cores / usize::from(workers.max(1))).max(1),
        };
        let mut world = Self {
            vendor,
            receiver,
            database_url: processes.database_url(),
            storage: processes.storage(),
            products: Vec::new(),
            cluster,
            server: processes.server(port)?,
            workers: (1..=workers)
                .map(|number| processes.worker(number))
                .collect::<anyhow::Result<_>>()?,
            caller: Caller::new(port),
            folder: Some(folder),
        };
        world.register().await?;
        for number in 0..setup.products {
            world.add_product(number).await?;
        }
        Ok(world)
    }

    async fn register(&mut self) -> anyhow::Result<()> {
        let person = json!({ "email": "anna@example.com", "password": "a long password" });
        let answer = self
            .caller
            .call(Method::POST, "/api/auth/register", &person)
            .await?;
        self.caller.token = answer["accessToken"].as_str().map(str::to_owned);
        let made = self
            .caller
            .call(
                Method::POST,
                "/api/keys",
                &json!({ "name": "bench", "scopes": ["read", "edit", "shoot", "manage"] }),
            )
            .await?;
        self.caller.token = made["key"].as_str().map(str::to_owned);
        let webhook = json!({ "url": self.receiver.url });
        self.caller.call(Method::POST, "/api/webhooks", &webhook).await?;
        Ok(())
    }

    async fn add_product(&mut self, number: u32) -> anyhow::Result<()> {
        let sku = json!({ "sku": format!("S{number:04}") });
        let made = self.caller.call(Method::POST, "/api/products", &sku).await?;
        let id = made["id"].as_str().context("a product has an id")?.to_owned();
        let path = format!("/api/products/{id}/photos/front?name=front.png");
        let put = self.caller.request(Method::PUT, &path).body(photo(number)?);
        put.send().await?.error_for_status()?;
        self.products.push(id);
        Ok(())
    }

    /// Who calls the service.
    pub(super) fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// Orders a picture of every product. The shoot's id.
    pub(super) async fn order(&self, name: &str) -> anyhow::Result<String> {
        let answer = self
            .caller
            .call(Method::POST, "/api/generate", &self.order_of(name))
            .await?;
        Ok(answer["shootId"]
            .as_str()
            .context("a shoot has an id")?
            .to_owned())
    }

    /// The same, but the service is killed while it takes the order. Whoever gets no answer looks whether it was taken, and
    /// orders again if not.
    pub(super) async fn order_and_kill(&mut self, name: &str, after: Duration) -> anyhow::Result<String> {
        let request = self.caller.request(Method::POST, "/api/generate");
        let request = request.header("content-type", "application/json");
        let ordering = tokio::spawn(request.body(self.order_of(name).to_string()).send());
        tokio::time::sleep(after).await;
        self.server.kill()?;
        let _ = ordering.await;
        self.server.start_again(false)?;
        let shoots = self.caller.call(Method::GET, "/api/shoots", &Value::Null).await?;
        let listed = shoots["items"].as_array().cloned().unwrap_or_default();
        let taken: Vec<&Value> = listed.iter().filter(|shoot| shoot["name"] == name).collect();
        ensure!(taken.len() < 2, "{name} was taken {} times", taken.len());
        match taken.first() {
            Some(shoot) => Ok(shoot["id"].as_str().context("a shoot has an id")?.to_owned()),
            None => self.order(name).await,
        }
    }

    fn order_of(&self, name: &str) -> Value {
        json!({
            "productIds": self.products, "poses": ["FRONT"], "resolution": format!("{SIDE}x{SIDE}"),
            "engine": ENGINE, "name": name,
        })
    }

    /// Ends a process at once.
    pub(super) fn kill(&mut self, target: Target, random: &mut fastrand::Rng) -> anyhow::Result<()> {
        match (target, &mut self.cluster) {
            (Target::Worker, _) if !self.workers.is_empty() => {
                let chosen = random.usize(0..self.workers.len());
                self.workers[chosen].kill()
            }
            (Target::Postgres, Some(cluster)) => cluster.kill(),
            _ => self.server.kill(),
        }
    }

    /// Starts whatever was killed, and what ended because its database was killed while it started.
    pub(super) fn start_again(&mut self) -> anyhow::Result<()> {
        let database_killed = self.cluster.as_ref().is_some_and(Cluster::is_killed);
        if let Some(cluster) = &mut self.cluster {
            cluster.start_again()?;
        }
        self.server.start_again(database_killed)?;
        let mut workers = self.workers.iter_mut();
        workers.try_for_each(|worker| worker.start_again(database_killed))
    }

    /// Leaves the folder there, for whoever wants to know what happened.
    pub(super) fn keep(&mut self) {
        if let Some(folder) = self.folder.take() {
            eprintln!("kept: {}", folder.keep().display());
        }
    }
}

fn photo(number: u32) -> anyhow::Result<Vec<u8>> {
    let shade = |step: u32| 20 + (number * step % 110) as u8;
    let garment = Garment {
        side: SIDE,
        colour: [shade(37), shade(61), shade(17)],
        seed: u64::from(number),
        ..Garment::default()
    };
    let mut png = Cursor::new(Vec::new());
    let photo = image::DynamicImage::ImageRgba16(garment.photo()).into_rgb8();
    photo.write_to(&mut png, image::ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// Ports that the system gives to nobody who calls (Linux: from 32,768 on).
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port that nobody listens on now, of those that the system gives to no caller: whoever is killed finds it free again.
pub(super) fn free_port() -> anyhow::Result<u16> {
    let mut tried = std::iter::repeat_with(|| fastrand::u16(PORTS)).take(100);
    let free = tried.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.context("no port is free")
}
