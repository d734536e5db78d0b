//! Makes pairs of every garment that is for fitting, and measures them.

use std::{
    env,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use image::{DynamicImage, GrayImage, Luma};
use imaging::{
    locks::product::{Reference, measured},
    vision::{Cutout, CutoutCard, Cutter, Quality},
};
use testkit::pairs::{self, Generator, Half, Kind};

use crate::Sample;

/// A folder of more product photos, none of which is in the held half.
const MORE: &str = "PHOTOS";

/// Pictures of a kind for each seed: more of the faithful ones, of those that few garments give, and of those recoloured,
/// a quarter of which change in shade alone.
fn times(kind: Kind) -> u64 {
    match kind {
        Kind::Recoloured => 2,
        Kind::Studio | Kind::PartRecoloured | Kind::Shortened | Kind::Swapped | Kind::OtherGarment => 1,
        _ => 3,
    }
}

/// Pairs of every kind, each with these seeds, in order of garment, kind and seed.
pub(crate) fn run(seeds: Range<u64>) -> Vec<Sample> {
    let ours = [testkit::garment_photos(), testkit::sample_photos()];
    let Some(network) = testkit::model("u2netp.onnx") else {
        return Vec::new();
    };
    let cutter = Cutter::load(&network, &CutoutCard::U2NETP).unwrap();
    // The held half is of our photos alone.
    let ours = ours.iter().flatten().flat_map(|folder| photos(folder));
    let ours = ours.filter(|path| Half::of(&id(path).replace("_back", "_front")) == Half::Fit);
    let more = env::var_os(MORE).map_or_else(Vec::new, |folder| photos(Path::new(&folder)));
    let paths: Vec<PathBuf> = ours.chain(more).collect();
    let cutouts = each(&paths, |path| {
        let cutout = cutter.cut(&image::open(path).unwrap().to_rgba16()).unwrap();
        (cutout.gate.quality != Quality::Reject).then_some((id(path), cutout))
    });
    let cutouts: Vec<(String, Cutout)> = cutouts.into_iter().flatten().collect();
    let sources: Vec<pairs::Reference> = cutouts.iter().map(|(id, cutout)| source(id, cutout)).collect();
    let references: Vec<Reference> = cutouts.iter().map(|(_, cutout)| Reference::new(cutout)).collect();
    let generator = Generator::new(&sources, Vec::new());
    let tasks: Vec<(usize, Kind, u64)> = (0..sources.len())
        .flat_map(|garment| Kind::ALL.map(|kind| (garment, kind)))
        .flat_map(|(garment, kind)| {
            let seeds = seeds.start * times(kind)..seeds.end * times(kind);
            seeds.map(move |seed| (garment, kind, seed))
        })
        .collect();
    let samples = each(&tasks, |&(garment, kind, seed)| {
        let pair = generator.pair(garment, kind, seed)?;
        let picture = DynamicImage::ImageRgb8(pair.candidate).to_rgba16();
        let found = measured(&references[garment], &picture);
        Some(Sample {
            garment: sources[garment].id.clone(),
            kind: kind.name().to_owned(),
            seed,
            values: found.values?,
            flat: found.flat,
        })
    });
    samples.into_iter().flatten().collect()
}

/// The photos of a folder, by name.
fn photos(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jpg"))
        .collect();
    paths.sort();
    paths
}

fn id(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn source(id: &str, cutout: &Cutout) -> pairs::Reference {
    let pixels = DynamicImage::ImageRgba16(cutout.pixels.clone()).to_rgba8();
    pairs::Reference {
        id: id.to_owned(),
        alpha: GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
            Luma([pixels.get_pixel(x, y)[3]])
        }),
        photo: DynamicImage::ImageRgba8(pixels).into_rgb8(),
    }
}

/// What `work` makes of each item, in order, on all cores.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
