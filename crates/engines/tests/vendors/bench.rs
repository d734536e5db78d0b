//! A drawn product, a drawn person, and engines that are reached at a test server.

use std::{
    collections::HashMap,
    io::Cursor,
    sync::{Arc, LazyLock},
};

use domain::{
    brief::Brief,
    category::Category,
    engine::{EngineCard, EngineChoice, EngineName},
    product::{PhotoRef, Product, View},
    shot::Shot,
};
use engines::{Call, CutOuts, EngineError, Kit, SharedEngine, cards::Cards};
use imaging::vision::{Cutout, Gate, Quality};
use jiff::civil::date;
use sha2::{Digest, Sha256};
use testkit::{Garment, Picture};

/// Knows where the products stand in their own photos; in a vendor's picture it finds nothing, so that stays on the
/// ground it came with.
struct OwnPhotos;

impl CutOuts for OwnPhotos {
    fn cut_out(&self, sha256: &str, _: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        let mut drawn = NAMES.iter().zip(1..).take(2);
        let own = drawn.find(|(name, _)| hex::encode(Sha256::digest(&files()[**name])) == sha256);
        Ok(own.map(|(_, seed)| {
            Arc::new(Cutout {
                bounds: [0, 0, SIDE, SIDE],
                pixels: garment(seed).mask(),
                gate: Gate {
                    quality: Quality::Clean,
                    reasons: Vec::new(),
                    weak_edge: 0.0,
                    iou: 1.0,
                    softness: 1.0,
                    filled_gaps: 0.0,
                    light_ground_only: false,
                    touches_frame: false,
                },
            })
        }))
    }
}

pub(crate) const KEY: &str = "sk-test-1234567890";

/// The photos by what they show, two of the product first.
const NAMES: [&str; 4] = ["front", "back", "person one", "person two"];
/// The side of a drawn photo in pixels.
const SIDE: u32 = 320;

/// The built-in card of this name.
pub(crate) fn card(name: &str) -> EngineCard {
    Cards::built_in()
        .engine(&EngineName(name.into()))
        .unwrap()
        .clone()
}

/// An engine of this name at this address, with limits that do not slow a test down.
pub(crate) fn engine(name: &str, url: &str, read_timeout_s: u32) -> SharedEngine {
    let mut card = card(name);
    card.limits.read_timeout_s = read_timeout_s;
    opened(&card, url, &[]).unwrap()
}

/// An engine of this card at this address, with these settings beside address and key.
pub(crate) fn opened(
    card: &EngineCard,
    url: &str,
    settings: &[(&str, &str)],
) -> Result<SharedEngine, EngineError> {
    let mut card = card.clone();
    card.limits.requests_per_minute = 60_000;
    open(&card, url, settings)
}

/// An engine at the rate of its card.
pub(crate) fn at_rate(card: &EngineCard, url: &str) -> SharedEngine {
    open(card, url, &[]).unwrap()
}

fn open(card: &EngineCard, url: &str, settings: &[(&str, &str)]) -> Result<SharedEngine, EngineError> {
    let url = url.to_owned();
    let settings: HashMap<String, String> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let kit = Kit {
        photos: Arc::new(move |photo: &PhotoRef| Ok(files()[photo.source.as_str()].clone())),
        setting: Arc::new(move |name| {
            if name.ends_with("_BASE_URL") {
                Some(url.clone())
            } else if name.ends_with("_API_KEY") {
                Some(KEY.to_owned())
            } else {
                settings.get(name).cloned()
            }
        }),
        cut_outs: Arc::new(OwnPhotos),
        model_sha256: "00".repeat(32),
        sharing: None,
    };
    engines::open(card, &kit)
}

/// Front pose, two photos of the product, two of the person, a coloured ground.
pub(crate) fn shot(engine: &str) -> Shot {
    let photo = |view, number, source: &str| PhotoRef {
        view,
        side: None,
        number,
        source: source.to_owned(),
        sha256: hex::encode(Sha256::digest(&files()[source])),
    };
    Shot {
        product: Product {
            sku: "A1".into(),
            name: Some("Linen \"Riva\" shirt".into()),
            category: Category::Top,
            colour: Some("sage".into()),
            photos: vec![photo(View::Front, 1, "front"), photo(View::Back, 1, "back")],
        },
        pose: "FRONT".parse().unwrap(),
        take: 1,
        seed: 7,
        person: vec![
            photo(View::Front, 1, "person one"),
            photo(View::Front, 2, "person two"),
        ],
        brief: Brief {
            background: "#f4f1ec".parse().unwrap(),
            size: "1200x1500".parse().unwrap(),
            engine: EngineChoice::of(engine),
            prompt: Some("calm, warm light".into()),
            strict: true,
            ..Brief::default()
        },
    }
}

/// A first call on a day when the built-in models work.
pub(crate) fn call() -> Call<'static> {
    Call::first(date(2026, 11, 24))
}

/// The drawn photos by what they show.
pub(crate) fn files() -> &'static HashMap<&'static str, Vec<u8>> {
    static FILES: LazyLock<HashMap<&str, Vec<u8>>> = LazyLock::new(|| {
        let drawn = NAMES.iter().zip(1..);
        let grain = Garment {
            side: 640,
            noise: 60.0,
            ..garment(1)
        };
        let drawn = drawn.map(|(name, seed)| (*name, jpeg(&garment(seed).photo())));
        // So noisy that its file is large.
        drawn.chain([("grain", jpeg(&grain.photo()))]).collect()
    });
    &FILES
}

/// Each in a colour of its own.
fn garment(seed: u64) -> Garment {
    let colours = [[120, 140, 90], [60, 70, 120], [190, 60, 60], [230, 190, 40]];
    Garment {
        side: SIDE,
        seed,
        colour: colours[(seed as usize - 1) % colours.len()],
        ..Garment::default()
    }
}

fn jpeg(picture: &Picture) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::DynamicImage::ImageRgba16(picture.clone()).into_rgb8();
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}
