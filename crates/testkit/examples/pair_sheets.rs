//! Contact sheets of generated pairs, one PNG a kind, for a person to judge the labels:
//! `cargo run --example pair_sheets -- CUT_OUTS_DIR OUT_DIR [PER_KIND] [SEED]`.
#![expect(clippy::unwrap_used, reason = "a tool for developers fails by panicking")]

use std::{env, fs, path::Path};

use image::{RgbImage, RgbaImage, imageops};
use testkit::pairs::{Generator, Kind, Reference, sheet};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let out = Path::new(&args[1]);
    let per_kind = args.get(2).map_or(12, |n| n.parse().unwrap());
    let seed: u64 = args.get(3).map_or(1, |n| n.parse().unwrap());
    let only = args.get(4);
    let references = references(Path::new(&args[0]));
    let generator = Generator::new(&references, Vec::new());
    fs::create_dir_all(out).unwrap();
    for kind in Kind::ALL {
        if only.is_some_and(|only| !kind.name().contains(only.as_str())) {
            continue;
        }
        let mut refused = Vec::new();
        let mut pairs = Vec::new();
        for step in 0..references.len() {
            let garment = (step * 5 + seed as usize * 7) % references.len();
            if pairs.len() < per_kind {
                match generator.pair(garment, kind, seed) {
                    Some(pair) => pairs.push(pair),
                    None => refused.push(references[garment].id.as_str()),
                }
            }
        }
        let rows: Vec<(&RgbImage, &RgbImage)> = pairs
            .iter()
            .map(|pair| (&references[pair.garment].photo, &pair.candidate))
            .collect();
        sheet(&rows)
            .save(out.join(format!("{}.png", kind.name())))
            .unwrap();
        println!("{}: {} pairs, none for {refused:?}", kind.name(), pairs.len());
        for pair in &pairs {
            println!("  {} {:?}", references[pair.garment].id, pair.effect);
        }
    }
}

fn references(folder: &Path) -> Vec<Reference> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| reference(path)).collect()
}

fn reference(path: &Path) -> Reference {
    let pixels: RgbaImage = image::open(path).unwrap().into_rgba8();
    let (width, height) = pixels.dimensions();
    let (width, height) = (width.min(1000), height * width.min(1000) / width);
    let pixels = imageops::resize(&pixels, width, height, imageops::FilterType::Triangle);
    Reference {
        id: path.file_stem().unwrap().to_string_lossy().into_owned(),
        photo: RgbImage::from_fn(width, height, |x, y| {
            let [r, g, b, _] = pixels.get_pixel(x, y).0;
            image::Rgb([r, g, b])
        }),
        alpha: image::GrayImage::from_fn(width, height, |x, y| image::Luma([pixels.get_pixel(x, y).0[3]])),
    }
}
