//! The worker in trouble: a disk that is full, a storage that is away, a clock that jumps, a database that cannot be reached.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use domain::{generation::Status, ids::WorkspaceId, shot::Shot, verdict::Outcome};
use engines::{Budget, Candidate};
use store::ids::Ids;
use testkit::database::{Engine, TestDatabase};
use tokio::runtime::Handle;
use worker::{Ended, Environment, Findings, Judge, Listener, Naming, Stop, run_until_idle};

use crate::{
    bench::{Always, Around, FastClock, SetUp, Storage, picture},
    failing::{Call, Fault, away, full, refused},
};

fn passed(_: &Around<'_>) -> Arc<dyn Judge> {
    Arc::new(Always(Outcome::Passed))
}

#[tokio::test]
async fn a_service_waits_for_room_and_for_its_storage() {
    let storages: [Storage; 2] = [
        |blobs| Fault::of(Call::Write, full).times(4).around(blobs),
        |blobs| Fault::of(Call::Write, away).times(4).around(blobs),
    ];
    for storage in storages {
        let set_up = SetUp {
            skus: &["A", "B"],
            storage: Some(storage),
            naming: Naming::Content,
            ..SetUp::new(|_, _| picture())
        };
        let ran = set_up.shoot(passed).await;
        let statuses: Vec<Status> = ran.entries.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, [Status::Completed; 2]);
        // Made once, and paid for once.
        assert_eq!((ran.calls, ran.available), (2, 96));
    }
}

#[tokio::test]
async fn a_storage_that_says_no_fails_its_picture_alone_and_costs_nothing() {
    let set_up = SetUp {
        skus: &["A", "B"],
        slots: 1,
        storage: Some(|blobs| Fault::of(Call::Write, refused).times(1).around(blobs)),
        naming: Naming::Content,
        ..SetUp::new(|_, _| picture())
    };
    let ran = set_up.shoot(passed).await;
    let statuses: Vec<Status> = ran.entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Completed]);
    assert_eq!(ran.available, 98);
    let reason = ran.entries[0].reason.as_deref().unwrap();
    assert!(
        reason.contains("the service's storage does not work as it should") && !reason.contains("403"),
        "{reason}"
    );
}

#[tokio::test]
async fn who_watches_is_told_of_a_full_disk_at_once() {
    let set_up = SetUp {
        storage: Some(|blobs| Fault::of(Call::Write, full).times(1).around(blobs)),
        ..SetUp::new(|_, _| picture())
    };
    let ran = set_up.shoot(passed).await;
    assert_eq!((ran.entries[0].status, ran.available), (Status::Failed, 100));
}

/// Turns the clock while a picture is judged.
struct Turning {
    clock: Arc<FastClock>,
    by_ms: i64,
    done: AtomicBool,
}

impl Judge for Turning {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        if !self.done.swap(true, Ordering::SeqCst) {
            self.clock.0.fetch_add(self.by_ms, Ordering::SeqCst);
        }
        Findings::default()
    }
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_makes_no_picture_twice_and_loses_none() {
    const HOUR_MS: i64 = 3_600_000;
    for by_ms in [HOUR_MS, -HOUR_MS] {
        let turned = move |around: &Around<'_>| {
            // An hour before the epoch would be no time at all.
            around.clock.0.fetch_add(2 * HOUR_MS, Ordering::SeqCst);
            Arc::new(Turning {
                clock: Arc::clone(around.clock),
                by_ms,
                done: AtomicBool::new(false),
            }) as Arc<dyn Judge>
        };
        let set_up = SetUp {
            skus: &["A", "B", "C", "D"],
            slots: 1,
            ..SetUp::new(|_, _| picture())
        };
        let ran = set_up.shoot(turned).await;
        assert!(
            ran.entries.iter().all(|entry| entry.status == Status::Completed),
            "{by_ms}"
        );
        assert_eq!((ran.calls, ran.available), (4, 92), "{by_ms}: {:#?}", ran.entries);
    }
}

/// Counts what is judged. While the first picture is, another worker works until one of its own has ended.
struct Meanwhile {
    judged: Arc<AtomicU32>,
    other: Option<(Arc<Environment>, Stop)>,
}

impl Judge for Meanwhile {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        let is_first = self.judged.fetch_add(1, Ordering::SeqCst) == 0;
        if let Some((other, stop)) = self.other.as_ref().filter(|_| is_first) {
            Handle::current().block_on(run_until_idle(other, stop)).unwrap();
        }
        Findings::default()
    }
}

/// Asks for a stop once a picture has ended.
struct One(Stop);

impl Listener for One {
    fn ended(&self, _: &Ended<'_>) {
        self.0.ask();
    }
}

/// A worker on a machine whose clock says this.
async fn on_machine(
    order: &Environment,
    worker: &str,
    clock_ms: i64,
    judge: Meanwhile,
    listener: One,
) -> Arc<Environment> {
    let machine = Arc::new(FastClock(AtomicI64::new(clock_ms)));
    let clock = order.store.shared_clock(machine).await.unwrap();
    Arc::new(Environment {
        store: order.store.clone(),
        blobs: Arc::clone(&order.blobs),
        naming: order.naming,
        engines: order.engines.clone(),
        judge: Arc::new(judge),
        ids: Ids::new(Arc::clone(&clock)),
        clock,
        listener: Arc::new(listener),
        worker: worker.into(),
        lease: order.lease,
        slots: 1,
        cores: Arc::new(Budget::new(1)),
        signer: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_machine_is_an_hour_ahead_makes_nobody_elses_picture() {
    let Some(database) = TestDatabase::new(Engine::Postgres) else {
        return;
    };
    let set_up = SetUp {
        skus: &["A", "B"],
        database: Some(database.url.clone()),
        ..SetUp::new(|_, _| picture())
    };
    let (order, _folder) = set_up.order().await;
    let (judged, stop) = (Arc::new(AtomicU32::new(0)), Stop::default());
    let judge = |other| Meanwhile {
        judged: Arc::clone(&judged),
        other,
    };
    let ahead = on_machine(&order, "ahead", 3_600_000, judge(None), One(stop.clone())).await;
    let first = judge(Some((ahead, stop)));
    let behind = on_machine(&order, "behind", 0, first, One(Stop::default())).await;
    run_until_idle(&behind, &Stop::default()).await.unwrap();
    let workspace = WorkspaceId("w".into());
    let entries = order.store.entries(&workspace).await.unwrap();
    let ends: Vec<Status> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(ends, [Status::Completed; 2]);
    assert_eq!(judged.load(Ordering::SeqCst), 2);
    assert_eq!(order.store.balance(&workspace).await.unwrap().available, 96);
}

/// The way to a server, which can be cut.
#[derive(Clone)]
struct Way {
    cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    port: u16,
}

impl Way {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            cut: Arc::default(),
            open: Arc::default(),
            port: listener.local_addr().unwrap().port(),
        };
        let own = way.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if own.cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(there) = TcpStream::connect(server) else {
                    continue;
                };
                for (from, to) in [(&client, &there), (&there, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || carry(from, to));
                }
                own.open.lock().unwrap().extend([client, there]);
            }
        });
        way
    }

    /// Cuts it, and what goes over it, for so long.
    fn cut_for(&self, time: Duration) {
        self.cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let cut = Arc::clone(&self.cut);
        thread::spawn(move || {
            thread::sleep(time);
            cut.store(false, Ordering::SeqCst);
        });
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut chunk = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        if to.write_all(&chunk[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Cuts the way to the database while the second picture is judged.
struct Cutting {
    way: Way,
    judged: AtomicU32,
}

impl Judge for Cutting {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        if self.judged.fetch_add(1, Ordering::SeqCst) == 1 {
            self.way.cut_for(Duration::from_secs(2));
        }
        Findings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_for_a_while_costs_nothing() {
    let Some(database) = TestDatabase::new(Engine::Postgres) else {
        return;
    };
    // postgres://user:password@host:port/name
    let (before, after) = database
        .url
        .rsplit_once('@')
        .unwrap_or_else(|| database.url.split_once("://").unwrap());
    let (host, name) = after.split_once('/').unwrap();
    let server = host.to_socket_addrs().unwrap().next().unwrap();
    let way = Way::to(server);
    let glue = if database.url.contains('@') { "@" } else { "://" };
    let set_up = SetUp {
        skus: &["A", "B", "C", "D", "E", "F"],
        database: Some(format!("{before}{glue}127.0.0.1:{}/{name}", way.port)),
        ..SetUp::new(|_, _| picture())
    };
    let cutting = move |_: &Around<'_>| {
        Arc::new(Cutting {
            way,
            judged: AtomicU32::new(0),
        }) as Arc<dyn Judge>
    };
    let ran = set_up.shoot(cutting).await;
    assert!(ran.entries.iter().all(|entry| entry.status == Status::Completed));
    assert_eq!((ran.calls, ran.available), (6, 100 - 6 * 2));
}
