//! A bench to test on: drawn photos in memory, their true outlines as cut-outs.

use std::{collections::HashMap, sync::Arc};

use domain::{
    brief::Brief,
    category::Category,
    engine::EngineCard,
    product::{PhotoRef, Product, Side, View},
    shot::Shot,
};
use engines::{Call, Candidate, CutOuts, EngineError, Kit, Reply, SharedEngine, cards::Cards};
use imaging::{
    Picture,
    vision::{Cutout, Gate, Quality},
};
use jiff::civil::date;
use sha2::{Digest, Sha256};
use testkit::Garment;

/// The studio's card.
pub(crate) fn studio_card() -> EngineCard {
    Cards::built_in().engines[0].clone()
}

/// A first call, on a day.
pub(crate) fn call() -> Call<'static> {
    Call::first(date(2026, 11, 24))
}

/// Cut-outs made beforehand, by photo.
#[derive(Clone, Default)]
struct Ready(HashMap<String, Arc<Cutout>>);

impl CutOuts for Ready {
    fn cut_out(&self, sha256: &str, _: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        Ok(self.0.get(sha256).cloned())
    }
}

/// One product, its photos and the studio that works from them.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) product: Product,
    pub(crate) brief: Brief,
    files: HashMap<String, Vec<u8>>,
    ready: Ready,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            product: Product {
                sku: "A1".to_owned(),
                name: None,
                category: Category::Top,
                colour: None,
                photos: Vec::new(),
            },
            brief: Brief::default(),
            files: HashMap::new(),
            ready: Ready::default(),
        }
    }

    /// A product with a front photo.
    pub(crate) fn with_front(garment: &Garment) -> Self {
        Self::new().photo(View::Front, None, garment, CLEAN)
    }

    /// One more photo, with the gate its cut-out gets.
    pub(crate) fn photo(self, view: View, side: Option<Side>, garment: &Garment, gate: TestGate) -> Self {
        let mut pixels = garment.photo();
        for (pixel, mask) in pixels.pixels_mut().zip(garment.mask().pixels()) {
            pixel[3] = mask[3];
        }
        self.picture(view, side, pixels, gate)
    }

    /// One more photo that is already cut out.
    pub(crate) fn picture(mut self, view: View, side: Option<Side>, pixels: Picture, gate: TestGate) -> Self {
        let number = self.product.photos_of(view).count() as u32 + 1;
        let bytes = png(&pixels);
        let sha256 = hash(&bytes);
        let source = format!("{}_{number}_{}.png", view.name(), self.files.len());
        let (width, height) = pixels.dimensions();
        let cutout = Cutout {
            pixels,
            bounds: [0, 0, width, height],
            gate: gate.gate(),
        };
        self.ready.0.insert(sha256.clone(), Arc::new(cutout));
        self.files.insert(source.clone(), bytes);
        self.product.photos.push(PhotoRef {
            view,
            side,
            number,
            source,
            sha256,
        });
        self
    }

    pub(crate) fn size(mut self, text: &str) -> Self {
        self.brief.size = text.parse().unwrap();
        self
    }

    pub(crate) fn background(mut self, text: &str) -> Self {
        self.brief.background = text.parse().unwrap();
        self
    }

    pub(crate) fn shadow(mut self, shadow: bool) -> Self {
        self.brief.shadow = shadow;
        self
    }

    /// A photo's file is overwritten behind the shoot's back.
    pub(crate) fn overwrite_files(&mut self) {
        for bytes in self.files.values_mut() {
            bytes.push(0);
        }
    }

    pub(crate) fn engine(&self) -> SharedEngine {
        let files = self.files.clone();
        let kit = Kit {
            photos: Arc::new(move |photo: &PhotoRef| Ok(files[&photo.source].clone())),
            setting: Arc::new(|_| None),
            cut_outs: Arc::new(self.ready.clone()),
            model_sha256: "00".repeat(32),
            sharing: None,
        };
        engines::open(&studio_card(), &kit).unwrap()
    }

    pub(crate) fn shot(&self, pose: &str, take: u32) -> Shot {
        Shot {
            product: self.product.clone(),
            pose: pose.parse().unwrap(),
            take,
            seed: 7,
            person: Vec::new(),
            brief: self.brief.clone(),
        }
    }

    pub(crate) fn start(&self, pose: &str, take: u32) -> Reply {
        self.engine().start(&self.shot(pose, take), &call()).unwrap()
    }

    /// The picture, or a panic that shows the reason.
    pub(crate) fn made(&self, pose: &str, take: u32) -> Candidate {
        match self.start(pose, take) {
            Reply::Done(candidate) => *candidate,
            Reply::Refused(reason) => panic!("refused: {reason}"),
        }
    }

    /// The reason, or a panic.
    pub(crate) fn refused(&self, pose: &str, take: u32) -> String {
        match self.start(pose, take) {
            Reply::Done(_) => panic!("{pose} take {take} was made"),
            Reply::Refused(reason) => reason,
        }
    }
}

/// The parts of a gate that tests are about.
#[derive(Clone, Copy)]
pub(crate) struct TestGate {
    pub(crate) quality: Quality,
    pub(crate) filled_gaps: f32,
    pub(crate) light_ground_only: bool,
    pub(crate) touches_frame: bool,
}

/// A cut-out without fault.
pub(crate) const CLEAN: TestGate = TestGate {
    quality: Quality::Clean,
    filled_gaps: 0.0,
    light_ground_only: false,
    touches_frame: false,
};

impl TestGate {
    fn gate(self) -> Gate {
        Gate {
            quality: self.quality,
            reasons: vec!["the outline is weak".to_owned()],
            weak_edge: 0.0,
            iou: 1.0,
            softness: 1.5,
            filled_gaps: self.filled_gaps,
            light_ground_only: self.light_ground_only,
            touches_frame: self.touches_frame,
        }
    }
}

/// A drawn garment of this photo size, quiet enough to measure.
pub(crate) fn garment(side: u32) -> Garment {
    Garment {
        side,
        ..Garment::default()
    }
}

/// Left, top, right, bottom of the pixels that differ clearly from the ground.
pub(crate) fn box_of(picture: &Picture, ground: [u8; 3]) -> [f64; 4] {
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let off = (0..3).any(|channel| pixel[channel].abs_diff(u16::from(ground[channel]) * 257) > 60 * 257);
        if off {
            let (x, y) = (f64::from(x), f64::from(y));
            bounds = [
                bounds[0].min(x),
                bounds[1].min(y),
                bounds[2].max(x + 1.0),
                bounds[3].max(y + 1.0),
            ];
        }
    }
    bounds
}

fn png(pixels: &Picture) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba16(pixels.clone())
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
