//! The calls alone: an engine is asked from as many threads as its card lets pictures be in work, as often as its rate allows.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use domain::{
    brief::Brief,
    category::Category,
    clock::{Clock as _, day},
    engine::{EngineCard, EngineChoice},
    pose::PoseName,
    product::{PhotoRef, Product, View},
    shot::Shot,
};
use engines::{Call, CutOuts, EngineError, Kit, Reply};
use imaging::vision::Cutout;
use testkit::{Garment, vendor::VendorServer};

use super::{Args, KEY, behaviours, rate};
use crate::clock::SystemClock;

/// Finds nothing: pictures stay on the ground they came with, so that no network runs.
struct NoCutOuts;

impl CutOuts for NoCutOuts {
    fn cut_out(&self, _: &str, _: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        Ok(None)
    }
}

pub(super) fn run(args: &Args, card: &EngineCard) -> anyhow::Result<ExitCode> {
    let server = VendorServer::start(behaviours(args));
    let engine = engines::open(card, &kit(&server)?)?;
    let pose: PoseName = "FRONT".parse()?;
    let (left, ends) = (
        AtomicU32::new(args.pictures),
        Mutex::new(BTreeMap::<&str, u32>::new()),
    );
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..card.limits.concurrency.max(1) {
            scope.spawn(|| {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    let end = word(&engine.start(&shot(card, pose), &Call::first(day(SystemClock.now_ms()))));
                    *ends
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .entry(end)
                        .or_default() += 1;
                }
            });
        }
    });
    let came = server.order_times();
    println!(
        "{} calls of {}, {} % of the orders go wrong, seed {}: {} s",
        args.pictures,
        card.name,
        args.faults,
        args.seed,
        started.elapsed().as_secs()
    );
    for (end, count) in &*ends.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("  {end:<34} {count}");
    }
    println!("  {:<34} {}", "orders the vendor counted", came.len());
    println!("  {:<34} {}", "orders a minute, of the card's", rate(card, &came));
    Ok(ExitCode::SUCCESS)
}

fn word(reply: &Result<Reply, EngineError>) -> &'static str {
    match reply {
        Ok(Reply::Done(_)) => "done",
        Ok(Reply::Refused(_)) => "refused",
        Err(EngineError::Retry(_)) => "to be tried again",
        Err(EngineError::Lost(_)) => "maybe billed",
        Err(EngineError::Pending(_)) => "at the vendor",
        Err(EngineError::Broken(_)) => "broken",
        Err(EngineError::Misconfigured(_)) => "misconfigured",
    }
}

fn kit(server: &VendorServer) -> anyhow::Result<Kit> {
    let picture = image::DynamicImage::ImageRgba16(Garment::default().photo()).into_rgb8();
    let mut photo = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut photo, image::ImageFormat::Jpeg)?;
    let (photo, url) = (photo.into_inner(), server.url.clone());
    Ok(Kit {
        photos: Arc::new(move |_| Ok(photo.clone())),
        setting: Arc::new(move |name| {
            if name.ends_with("_BASE_URL") {
                Some(url.clone())
            } else {
                name.ends_with("_API_KEY").then(|| KEY.to_owned())
            }
        }),
        cut_outs: Arc::new(NoCutOuts),
        model_sha256: String::new(),
        sharing: None,
    })
}

fn shot(card: &EngineCard, pose: PoseName) -> Shot {
    let photo = PhotoRef {
        view: View::Front,
        side: None,
        number: 1,
        source: "front".into(),
        sha256: "00".into(),
    };
    let size = domain::size::Size {
        width: 256,
        height: 256,
    };
    Shot {
        product: Product {
            sku: "A1".into(),
            name: None,
            category: Category::Top,
            colour: None,
            photos: vec![photo],
        },
        pose,
        take: 1,
        seed: 7,
        person: Vec::new(),
        brief: Brief {
            size,
            engine: EngineChoice::of(&card.name.0),
            ..Brief::default()
        },
    }
}
