//! A drawn product, a drawn person, and engines that are reached at a test server.

use std::{collections::HashMap, io::Cursor, sync::Arc};

use domain::{
    brief::Brief,
    category::Category,
    engine::{EngineChoice, EngineName},
    product::{PhotoRef, Product, View},
    shot::Shot,
};
use engines::{Call, CutOuts, EngineError, Kit, SharedEngine, cards::Cards};
use imaging::vision::Cutout;
use jiff::civil::date;
use sha2::{Digest, Sha256};
use testkit::{Garment, Picture};

/// Finds nothing: the pictures stay on the ground they came with.
struct NoCutOuts;

impl CutOuts for NoCutOuts {
    fn cut_out(&self, _: &str, _: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        Ok(None)
    }
}

pub(crate) const KEY: &str = "sk-test-1234567890";

/// An engine of this name at this address, with limits that do not slow a test down.
pub(crate) fn engine(name: &str, url: &str, read_timeout_s: u32) -> SharedEngine {
    let mut card = Cards::built_in()
        .engine(&EngineName(name.into()))
        .unwrap()
        .clone();
    card.limits.requests_per_minute = 60_000;
    card.limits.read_timeout_s = read_timeout_s;
    let url = url.to_owned();
    let files = files();
    let kit = Kit {
        photos: Arc::new(move |photo: &PhotoRef| Ok(files[&photo.source].clone())),
        setting: Arc::new(move |name| {
            if name.ends_with("_BASE_URL") {
                Some(url.clone())
            } else {
                name.ends_with("_API_KEY").then(|| KEY.to_owned())
            }
        }),
        cut_outs: Arc::new(NoCutOuts),
        model_sha256: "00".repeat(32),
    };
    engines::open(&card, &kit).unwrap()
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

fn files() -> HashMap<String, Vec<u8>> {
    let drawn = |seed: u64| {
        let garment = Garment {
            side: 320,
            seed,
            ..Garment::default()
        };
        jpeg(&garment.photo())
    };
    ["front", "back", "person one", "person two"]
        .iter()
        .zip(1..)
        .map(|(name, seed)| ((*name).to_owned(), drawn(seed)))
        .collect()
}

fn jpeg(picture: &Picture) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::DynamicImage::ImageRgba16(picture.clone()).into_rgb8();
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}
