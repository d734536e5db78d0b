//! `photogen bench queue`, `photogen bench shoot` and `photogen bench fairness`: what is left of a picture when it takes no time to
//! make: rows, holds, jobs, leases, events and money.

mod alone;
mod fairness;
mod made;
mod rows;
mod shoot;

use std::{sync::Arc, time::Duration};

use domain::{
    brief::Brief,
    category::Category,
    clock::{Clock as _, EpochMs},
    engine::{EngineCard, EngineChoice, EngineName},
    ids::WorkspaceId,
    pose::{POSES, PoseName},
    product::{PhotoRef, Product, View},
    shot::Shot,
    size::Size,
};
use engines::Budget;
use store::{
    Store, StoreError,
    blobs::Memory,
    ids::Ids,
    shoots::{Order, Origin, Submission},
    workspaces::NewWorkspace,
};
use worker::{Environment, Listener, Naming};

pub(super) use self::{
    fairness::Args as FairnessArgs, fairness::run as run_fairness, rows::Args as RowsArgs,
    rows::run as run_rows, shoot::Args, shoot::run,
};
use super::world::{Cluster, Database, free_port};
use crate::clock::SystemClock;

/// The engine that does nothing.
const ENGINE: &str = "nothing";
/// Credits that a picture costs.
const PRICE: u32 = 1;
/// Pixels a side.
const SIDE: u32 = 64;
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 16;
/// Longer than a bench takes.
const LEASE_MS: i64 = 600_000;

/// Jobs a second that were put in a queue, and that were taken out.
struct Rates {
    put: f64,
    taken: f64,
}

/// A database of its own, whose commits are on the disk before they are told.
struct Place {
    store: Store,
    url: String,
    _folder: tempfile::TempDir,
    _cluster: Option<Cluster>,
}

impl Place {
    async fn open(database: Database) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(free_port()?)?),
        };
        let file = || format!("sqlite:{}", folder.path().join("bench.db").display());
        let url = cluster.as_ref().map_or_else(file, Cluster::url);
        Ok(Self {
            store: Store::connect(&url, CONNECTIONS, true).await?,
            url,
            _folder: folder,
            _cluster: cluster,
        })
    }
}

/// Lets so many work at once, each by its number, until all have ended.
async fn at_once<T, W>(many: u8, work: impl Fn(u8) -> W) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    W: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let working: Vec<_> = (0..many).map(|number| tokio::spawn(work(number))).collect();
    let mut done = Vec::with_capacity(working.len());
    for working in working {
        done.push(working.await??);
    }
    Ok(done)
}

/// A new workspace.
async fn workspace(store: &Store, ids: &Ids, now_ms: EpochMs) -> anyhow::Result<WorkspaceId> {
    let workspace = WorkspaceId(ids.next());
    let new = NewWorkspace {
        id: workspace.clone(),
        name: "bench",
        metered: true,
    };
    store.ensure_workspace(&new, now_ms).await?;
    Ok(workspace)
}

/// Pictures that may be ordered, and their products.
struct Wanted {
    brief: Brief,
    products: Vec<Product>,
    orders: Vec<Order>,
}

impl Wanted {
    /// So many pictures, of products whose SKUs begin so.
    fn new(sku: char, pictures: usize) -> Self {
        let brief = Brief {
            engine: EngineChoice::of(ENGINE),
            size: Size {
                width: SIDE,
                height: SIDE,
            },
            ..Brief::default()
        };
        let all = POSES.iter().filter_map(|pose| pose.name.parse().ok());
        let poses: Vec<PoseName> = all.filter(|pose| card().refusal(*pose).is_none()).collect();
        let numbers = 0..pictures.div_ceil(poses.len());
        let products: Vec<Product> = numbers.map(|number| product(sku, number)).collect();
        let all = products.iter().enumerate().flat_map(|(index, product)| {
            let of = |pose: &PoseName| of_product(index, product, *pose, &brief);
            poses.iter().map(of).collect::<Vec<Order>>()
        });
        let orders = all.take(pictures).collect();
        Self {
            brief,
            products,
            orders,
        }
    }

    /// The first so many of them.
    fn submission<'a>(
        &'a self,
        workspace: &'a WorkspaceId,
        origin: Origin<'a>,
        pictures: usize,
    ) -> Submission<'a> {
        Submission {
            workspace,
            brief: &self.brief,
            origin,
            orders: &self.orders[..pictures],
            price_credits: i64::from(PRICE),
            attempts_max: 3,
        }
    }
}

/// Orders so many pictures in a workspace of their own, and how long that took.
async fn order(store: &Store, ids: &Ids, pictures: usize) -> anyhow::Result<(WorkspaceId, Duration)> {
    let now_ms = SystemClock.now_ms();
    let workspace = workspace(store, ids, now_ms).await?;
    store
        .grant(ids, &workspace, pictures as u32 * PRICE, now_ms)
        .await?;
    let wanted = Wanted::new('S', pictures);
    let submission = wanted.submission(&workspace, Origin::Folder(&wanted.products), pictures);
    let started = std::time::Instant::now();
    store.submit(ids, &submission, &|_| true, now_ms).await?;
    Ok((workspace, started.elapsed()))
}

/// A worker whose pictures take no time.
fn environment(store: &Store, slots: usize, listener: Arc<dyn Listener>) -> Arc<Environment> {
    let ids = Ids::new(Arc::new(SystemClock));
    Arc::new(Environment {
        store: store.clone(),
        blobs: Arc::new(Memory::new(Arc::new(SystemClock))),
        naming: Naming::Content,
        engines: vec![Arc::new(made::Nothing::new())],
        judge: Arc::new(made::Unlocked),
        clock: Arc::new(SystemClock),
        worker: ids.next(),
        ids,
        listener,
        lease: worker::LEASE,
        slots,
        cores: Arc::new(Budget::new(2)),
        signer: None,
    })
}

fn product(sku: char, number: usize) -> Product {
    Product {
        sku: format!("{sku}{number:06}"),
        name: None,
        category: Category::Top,
        colour: None,
        photos: vec![PhotoRef {
            view: View::Front,
            side: None,
            number: 1,
            source: "front.jpg".into(),
            sha256: "00".into(),
        }],
    }
}

fn of_product(index: usize, product: &Product, pose: PoseName, brief: &Brief) -> Order {
    let shot = Shot {
        product: product.clone(),
        pose,
        take: 1,
        seed: index as u64,
        person: Vec::new(),
        brief: brief.clone(),
    };
    Order {
        product: index,
        fingerprint: shot.fingerprint("1"),
        shot,
        skip: None,
    }
}

/// The card of the engine that does nothing.
fn card() -> EngineCard {
    EngineCard {
        name: EngineName(ENGINE.into()),
        on_model: true,
        packshot: true,
        local: true,
        ..EngineCard::default()
    }
}

/// Pictures a second.
fn rate(pictures: usize, took: Duration) -> f64 {
    pictures as f64 / took.as_secs_f64().max(1e-9)
}
