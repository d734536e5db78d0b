//! `photogen serve`: the API and the worker in one process. `photogen work`: the worker alone, as many as you like.

mod args;
mod exports;
mod intake;
mod keys;
mod listen;
mod payments;
mod people;
mod photos;
mod sets;
mod telemetry;
mod vendors;
mod work;

use std::{fs, io::Write as _, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use domain::clock::Clock;
use imaging::provenance::Seal;
use store::{
    Store,
    blobs::{self, Blobs},
    ids::Ids,
    targets::Targets,
};
use tokio::{net::TcpListener, signal, sync::Notify};
use web::{
    App, Config, Parts,
    auth::{secret, token::Keys},
    catalog::{Catalog, EngineEntry},
    mail::{Mailer, Outbox, Patience, Post},
};
use worker::Stop;

pub(crate) use args::{Args, Storage, WorkArgs};
use args::{Kind, Making, Registration};

use crate::{
    clock::{self, SystemClock},
    faces, settings,
    shoot::retries_of_settings,
    signing,
};

use engines::vendor::webhook::PUBLIC_URL;

use self::{
    intake::Codec,
    vendors::{Callers, Working},
    work::Worker,
};

/// How long requests and pictures that have begun are waited for after a stop.
const DRAIN: Duration = Duration::from_mins(1);
/// How long a set-up link holds.
const SETUP_MS: i64 = 24 * 3_600_000;

/// Serves until it is stopped.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    check_values()?;
    // One TLS provider for all that speaks to the network here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _telemetry = telemetry::start(args.storage.log)?;
    runtime()?.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

/// What no flag holds: some of it is read in the midst of work only, which is too late to be told.
fn check_values() -> anyhow::Result<()> {
    settings::check()?;
    for name in ["JWT_SECRET", "JWT_SECRET_PREVIOUS"] {
        if let Some(secret) = settings::read(name) {
            Keys::from_secrets(&[secret]).context(name)?;
        }
    }
    retries_of_settings()?;
    faces::threshold()?;
    exports::keep_days()?;
    Ok(())
}

/// Whether a service would take the settings of the environment: each is read as it reads it.
pub(crate) fn check_settings(storage: &Storage) -> anyhow::Result<()> {
    #[derive(clap::Parser)]
    struct Serve {
        #[command(flatten)]
        args: Args,
    }
    check_values()?;
    let read = settings::parse::<Serve>(["photogen serve".into()]);
    let Serve { args } = read.map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        anyhow::anyhow!("{}", line.trim_start_matches("error: "))
    })?;
    payments::of_settings(&args.public_url(args.addr))?;
    exports::targets(storage, Arc::new(SystemClock))?;
    Ok(())
}

/// Works until it is stopped.
pub(crate) fn run_worker(args: &WorkArgs) -> anyhow::Result<ExitCode> {
    check_values()?;
    if !args.storage.is_shared() || args.storage.files_url().is_none() {
        bail!(
            "`photogen work` works beside other processes, which SQLite and a local folder do not share: set DATABASE_URL to \
             PostgreSQL and STORAGE_URL to an S3 address. On one machine, `photogen serve` works too"
        );
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _telemetry = telemetry::start(args.storage.log)?;
    runtime()?.block_on(async {
        let opened = Opened::open(&args.storage).await?;
        let stop = Stop::default();
        let public_url = settings::read(PUBLIC_URL);
        let secrets = keys::media_secrets(&keys::secrets(&args.storage.folder())?);
        let mut tasks = Vec::new();
        if args.kinds.contains(&Kind::Generate) {
            let worker = Worker::new(
                &opened,
                args.making,
                Arc::default(),
                public_url,
                Working::default(),
                secrets,
            );
            tasks.push(tokio::spawn(worker.run(stop.clone())));
        }
        if args.kinds.contains(&Kind::Export) {
            let scratch = std::env::temp_dir().join("photogen-exports");
            tasks.push(exports::start(&opened, scratch, args.making, &stop)?);
        }
        say("working; Ctrl-C finishes what is begun and ends");
        stopped().await;
        stop.ask();
        for task in tasks {
            drain(task).await;
        }
        opened.store.close().await;
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Says something on standard output, which may have been closed: a service goes on without it.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// What both processes work with.
pub(crate) struct Opened {
    store: Store,
    /// The time, which is the same for all who work on the database.
    clock: Arc<dyn Clock>,
    blobs: Arc<dyn Blobs>,
    /// Who signs delivered files.
    signer: Option<Arc<dyn Seal>>,
    /// Where exports may be put.
    targets: Arc<Targets>,
    /// Held until the process ends: nobody else works in the folder.
    _held: Option<fs::File>,
}

impl Opened {
    async fn open(storage: &Storage) -> anyhow::Result<Self> {
        let folder = storage.folder();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let held = if storage.is_shared() {
            None
        } else {
            Some(hold(&folder)?)
        };
        let store = storage.store().await?;
        let clock = clock::of(&store)
            .await
            .context("cannot ask the database for the time")?;
        let blobs = blobs::open(&storage.files_address(), Arc::clone(&clock))
            .context("cannot open the file storage (STORAGE_URL)")?;
        if held.is_some() {
            // Nobody else works here, so what is marked as being made is not.
            store
                .rescue_all(&Ids::new(Arc::clone(&clock)), clock.now_ms())
                .await?;
        }
        Ok(Self {
            store,
            blobs,
            signer: signing::signer()?,
            targets: exports::targets(storage, Arc::clone(&clock))?,
            clock,
            _held: held,
        })
    }
}

fn hold(folder: &std::path::Path) -> anyhow::Result<fs::File> {
    let path = folder.join("lock");
    let file = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => bail!(
            "another photogen serves from {}; stop it, or choose another folder with --data",
            folder.display()
        ),
        Err(fs::TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

async fn serve(args: &Args) -> anyhow::Result<()> {
    let opened = Opened::open(&args.storage).await?;
    let listener = TcpListener::bind(args.addr).await.with_context(|| {
        format!(
            "cannot listen on {}; is another program there? choose another with --addr",
            args.addr
        )
    })?;
    let address = listener.local_addr()?;
    let public_url = args.public_url(address);
    let work = Arc::new(Notify::new());
    let post = post(&args.storage.folder())?;
    let working = Working::default();
    let app = app(args, &opened, &public_url, &work, working.clone(), post.as_ref())?;
    say(&format!(
        "PhotoGen serves on {public_url} (API: {public_url}/api/docs); Ctrl-C stops it"
    ));
    if !public_url.starts_with("https://") && !address.ip().is_loopback() {
        eprintln!(
            "warning: without https, passwords and cookies can be read on the way; set --public-url https://… behind a proxy"
        );
    }
    invite_admin(&app).await?;
    web::take_up(&app)
        .await
        .map_err(|error| anyhow::anyhow!("imports cannot be taken up: {error:?}"))?;
    let stop = Stop::default();
    let sealing = keys::media_secrets(&keys::secrets(&args.storage.folder())?);
    let worker = (!args.no_worker).then(|| {
        Worker::new(
            &opened,
            args.making,
            Arc::clone(&work),
            Some(public_url),
            working,
            sealing,
        )
    });
    let working = worker.map(|worker| tokio::spawn(worker.run(stop.clone())));
    let packing = if args.no_worker {
        None
    } else {
        let scratch = args.storage.folder().join("outgoing");
        Some(exports::start(&opened, scratch, args.making, &stop)?)
    };
    let (calling, called_off) = tokio::sync::oneshot::channel::<()>();
    let calls = tokio::spawn(web::webhooks::run(app.clone(), async move {
        let _ = called_off.await;
    }));
    let (keeping, kept) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(web::upkeep::run(app.clone(), async move {
        let _ = kept.await;
    }));
    let (posting, posted) = tokio::sync::oneshot::channel::<()>();
    if let Some(post) = post {
        tokio::spawn(async move {
            post.run(async move {
                let _ = posted.await;
            })
            .await;
        });
    }
    let router = web::router(app.clone());
    let ending = {
        let (stop, app) = (stop.clone(), app.clone());
        async move {
            stopped().await;
            eprintln!(
                "\nstopping after what is in work; press Ctrl-C again to stop now (nothing finished is lost)"
            );
            stop.ask();
            work.notify_waiters();
            app.end_streams();
            drop((calling, keeping, posting));
            tokio::spawn(async {
                stopped().await;
                std::process::exit(130);
            });
        }
    };
    listen::serve(listener, router, args.trusted_proxies.clone(), ending).await;
    let _ = tokio::time::timeout(DRAIN, calls).await;
    for work in [working, packing].into_iter().flatten() {
        drain(work).await;
    }
    opened.store.close().await;
    Ok(())
}

/// The mail server, where one is set.
fn post(folder: &std::path::Path) -> anyhow::Result<Option<Arc<Post>>> {
    let Some(url) = settings::read("SMTP_URL") else {
        return Ok(None);
    };
    let from = settings::read("MAIL_FROM")
        .context("SMTP_URL is set and MAIL_FROM is not: say who letters are from, such as `PhotoGen <studio@example.com>`")?;
    Ok(Some(Arc::new(Post::new(
        &url,
        &from,
        folder.join("outbox"),
        Patience::default(),
    )?)))
}

fn app(
    args: &Args,
    opened: &Opened,
    public_url: &str,
    work: &Arc<Notify>,
    working: Working,
    post: Option<&Arc<Post>>,
) -> anyhow::Result<App> {
    let folder = args.storage.folder();
    let secrets = keys::secrets(&folder)?;
    if args.storage.is_shared() && settings::read("JWT_SECRET").is_none() {
        eprintln!(
            "warning: JWT_SECRET is not set, so another server would not know who signed in at this one; give all the same"
        );
    }
    let (payments, warning) = payments::of_settings(public_url)?;
    if let Some(warning) = warning {
        eprintln!("warning: {warning}");
    }
    let mut media = keys::media_secrets(&secrets);
    let config = Config {
        public_url: public_url.to_owned(),
        scratch: folder.join("incoming"),
        calls_per_minute: args.calls_per_minute,
        sign_ins_per_minute: args.sign_ins_per_minute,
        registration_open: args.registration == Registration::Open,
        credits_at_start: args.credits_at_start,
        retries_max: retries_of_settings()?,
        upload_bytes_max: 50 << 20,
        import_bytes_max: 20 << 30,
        cors_origins: args.cors_origins.clone(),
        webhooks_to_private_networks: args.webhooks_to_private_networks,
        traceparent: telemetry::traceparent,
        key_renewal: store::idempotency::RENEWAL,
        targets: Arc::clone(&opened.targets),
        metrics_token: settings::read("METRICS_TOKEN"),
        payments,
        media_secret: media.remove(0),
        media_secrets_before: media,
    };
    Ok(App::new(Parts {
        store: opened.store.clone(),
        blobs: Arc::clone(&opened.blobs),
        catalog: catalog()?,
        intake: Arc::new(Codec::default()),
        mailer: match post {
            Some(post) => Arc::clone(post) as Arc<dyn Mailer>,
            None => Arc::new(Outbox::new(folder.join("outbox"))),
        },
        keys: Keys::from_secrets(&secrets).context("JWT_SECRET")?,
        clock: Arc::clone(&opened.clock),
        ids: Ids::new(Arc::clone(&opened.clock)),
        config,
        vendors: Arc::new(Callers::new(working)?),
        work: Arc::clone(work),
    }))
}

/// What can be chosen here.
fn catalog() -> anyhow::Result<Catalog> {
    let cards = crate::engines::cards()?;
    let entry = |card: domain::engine::EngineCard| EngineEntry {
        not_set_up: engines::transport::is_set_up(&card, &settings::read)
            .err()
            .map(|error| error.to_string()),
        revision: format!("{} {}", card.name, env!("CARGO_PKG_VERSION")),
        card,
    };
    Ok(Catalog {
        engines: cards.engines.into_iter().map(entry).collect(),
        presets: cards.presets,
        locks: imaging::locks::ALL
            .iter()
            .map(|lock| lock.name.to_owned())
            .collect(),
        imaging_revision: imaging::REVISION.to_string(),
    })
}

/// Prints a link that makes its first user run the platform, while nobody does.
async fn invite_admin(app: &App) -> anyhow::Result<()> {
    if app.store.has_admin().await? {
        return Ok(());
    }
    let token = secret::new().map_err(|error| anyhow::anyhow!("{}", error.detail()))?;
    let now_ms = app.now_ms();
    app.store
        .add_mail_token(&secret::hash(&token), None, "setup", now_ms + SETUP_MS, now_ms)
        .await?;
    let url = &app.config.public_url;
    say(&format!(
        "Nobody runs this service yet. Register its admin by this set-up link (once, within a day):\n  {url}/register?setup={token}\n  \
         or: curl {url}/api/auth/register --json '{{\"email\": \"YOU@EXAMPLE.COM\", \"password\": \"…\", \"setupToken\": \"{token}\"}}'"
    ));
    Ok(())
}

/// Waits for what is in work, for a while.
async fn drain(working: tokio::task::JoinHandle<()>) {
    if tokio::time::timeout(DRAIN, working).await.is_err() {
        eprintln!("stopped while pictures were in work; they are made again");
    }
}

/// Waits for Ctrl-C or a stop by the system.
async fn stopped() {
    #[cfg(unix)]
    {
        let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) else {
            let _ = signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = signal::ctrl_c().await;
}
