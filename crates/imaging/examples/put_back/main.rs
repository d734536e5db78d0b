//! Measures composite-back: how many wrong prints it mends, and that it leaves everything else alone.
//!
//! `cargo run --release -p imaging --example put_back [SEEDS] [FROM] [KINDS] [OUT]`: pairs of the fitting half's garments
//! with each of SEEDS seeds counted from FROM, of these kinds (names with commas; without them, every wrong print), one
//! line each: the lock's verdict, what was done or why nothing, the verdict after, CPU. `real` instead of kinds takes the
//! worn pictures beside the shared photos. Into the folder OUT go photo, picture and result side by side.

#![expect(clippy::unwrap_used, reason = "a measuring tool stops at the first surprise")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use domain::{pose::Framing, verdict::Verdict};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, imageops};
use imaging::{
    Picture,
    locks::product::{Reference, check, composite_back, is_mended},
    vision::{Cutout, CutoutCard, Cutter, Quality},
};
use testkit::pairs::{self, Generator, Half, Kind};

/// Kinds without names given.
const WRONG_PRINTS: &str = "print-erased,print-mirrored,print-garbled";
/// Worn pictures and the garment each shows.
const REAL: [(&str, &str); 3] = [
    ("engine_outputs/vton_0.png", "garments/04825_00.jpg"),
    ("engine_outputs/vton_1.png", "garments/04825_00.jpg"),
    ("on_model/00055_00.jpg", "garments/00055_00.jpg"),
];
/// Height of the pictures that are kept to be looked at.
const LOOK: u32 = 640;

/// What was done to one picture.
#[derive(Default)]
struct Trial {
    line: String,
    is_painted: bool,
    is_mended: bool,
    ms: f64,
}

fn main() {
    let argument = |n: usize| env::args().nth(n);
    let number = |n: usize, or: u64| argument(n).map_or(or, |text| text.parse().unwrap());
    let (seeds, from) = (number(1, 1), number(2, 0));
    let kinds = argument(3).unwrap_or_else(|| WRONG_PRINTS.to_owned());
    let out = argument(4).map(PathBuf::from);
    let Some(network) = testkit::model("u2netp.onnx") else {
        return;
    };
    let cutter = Cutter::load(&network, &CutoutCard::U2NETP).unwrap();
    let trials = if kinds == "real" {
        real(&cutter, out.as_deref())
    } else {
        let named = |kind: &Kind| kinds.split(',').any(|name| name == kind.name());
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(named).collect();
        generated(&cutter, &kinds, from..from + seeds, out.as_deref())
    };
    for trial in &trials {
        println!("{}", trial.line);
    }
    let count = |is: fn(&Trial) -> bool| trials.iter().filter(|trial| is(trial)).count();
    let mut ms: Vec<f64> = trials
        .iter()
        .map(|trial| trial.ms)
        .filter(|ms| *ms > 1.0)
        .collect();
    ms.sort_by(f64::total_cmp);
    println!(
        "{} pictures: {} painted, {} mended; CPU of a picture that was looked into: median {:.0} ms, worst {:.0} ms",
        trials.len(),
        count(|trial| trial.is_painted),
        count(|trial| trial.is_mended),
        ms.get(ms.len() / 2).unwrap_or(&0.0),
        ms.last().unwrap_or(&0.0),
    );
}

fn generated(cutter: &Cutter, kinds: &[Kind], seeds: std::ops::Range<u64>, out: Option<&Path>) -> Vec<Trial> {
    let folders = [testkit::garment_photos(), testkit::sample_photos()];
    let paths: Vec<PathBuf> = folders.iter().flatten().flat_map(|path| photos(path)).collect();
    let cutouts: Vec<(String, Cutout)> = each(&paths, |path| {
        let cutout = cutter.cut(&image::open(path).unwrap().to_rgba16()).unwrap();
        (cutout.gate.quality != Quality::Reject).then_some((id(path), cutout))
    })
    .into_iter()
    .flatten()
    .collect();
    let sources: Vec<pairs::Reference> = cutouts.iter().map(|(id, cutout)| source(id, cutout)).collect();
    let generator = Generator::new(&sources, Vec::new());
    let tasks: Vec<(usize, Kind, u64)> = (0..sources.len())
        .flat_map(|garment| kinds.iter().map(move |kind| (garment, *kind)))
        .flat_map(|(garment, kind)| seeds.clone().map(move |seed| (garment, kind, seed)))
        .collect();
    let trials = each(&tasks, |&(garment, kind, seed)| {
        let pair = generator.pair(garment, kind, seed)?;
        let (id, cutout) = &cutouts[garment];
        let name = format!("{id}-{}-{seed}", kind.name());
        Some(trial(
            &name,
            cutout,
            &sources[garment].photo,
            &pair.candidate,
            out,
        ))
    });
    trials.into_iter().flatten().collect()
}

fn real(cutter: &Cutter, out: Option<&Path>) -> Vec<Trial> {
    let Some(garments) = testkit::garment_photos() else {
        return Vec::new();
    };
    let root = garments.parent().unwrap();
    each(&REAL, |(picture, garment)| {
        let photo = image::open(root.join(garment)).unwrap();
        let candidate = image::open(root.join(picture)).unwrap().into_rgb8();
        let cutout = cutter.cut(&photo.to_rgba16()).unwrap();
        trial(
            &id(Path::new(picture)),
            &cutout,
            &photo.into_rgb8(),
            &candidate,
            out,
        )
    })
}

fn trial(name: &str, cutout: &Cutout, photo: &RgbImage, candidate: &RgbImage, out: Option<&Path>) -> Trial {
    let reference = Reference::new(cutout);
    let picture: Picture = DynamicImage::ImageRgb8(candidate.clone()).to_rgba16();
    let before = check(&reference, &picture, Framing::Full);
    let start = cpu_ms();
    let made = composite_back(&reference, cutout, &picture, Framing::Full, &before);
    let ms = cpu_ms() - start;
    let mut shown = vec![fitted(photo), fitted(candidate)];
    let mut trial = Trial {
        is_painted: made.is_ok(),
        ms,
        ..Trial::default()
    };
    let told = match made {
        Err(why) => format!("-- {why}"),
        Ok(made) => {
            let after = check(&reference, &made.pixels, Framing::Full);
            trial.is_mended = is_mended(&before, &after);
            shown.push(fitted(&DynamicImage::ImageRgba16(made.pixels).into_rgb8()));
            let taken = if trial.is_mended { "=> mended" } else { "=> left" };
            format!(
                "{taken} {} ({} prints, {:.3})",
                words(&after),
                made.prints,
                made.share
            )
        }
    };
    if let Some(folder) = out {
        fs::create_dir_all(folder).unwrap();
        beside(&shown).save(folder.join(format!("{name}.png"))).unwrap();
    }
    trial.line = format!("{name:32} {} {told} {ms:.0} ms", words(&before));
    trial
}

fn words(verdict: &Verdict) -> String {
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or(-1.0);
    format!(
        "{} {:.3} (print {:.3}, same {:.3})",
        verdict.outcome.name(),
        verdict.score.unwrap_or(-1.0),
        number(&verdict.evidence["parts"]["print"]),
        number(&verdict.evidence["same_product"]),
    )
}

fn fitted(picture: &RgbImage) -> RgbImage {
    let width = picture.width() * LOOK / picture.height();
    imageops::resize(picture, width, LOOK, imageops::FilterType::CatmullRom)
}

fn beside(pictures: &[RgbImage]) -> RgbImage {
    let width: u32 = pictures.iter().map(|picture| picture.width() + 6).sum();
    let mut out = RgbImage::from_pixel(width, LOOK, Rgb([40; 3]));
    let mut left = 0;
    for picture in pictures {
        imageops::overlay(&mut out, picture, i64::from(left), 0);
        left += picture.width() + 6;
    }
    out
}

/// Milliseconds of CPU that this thread has taken.
fn cpu_ms() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let taken = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    taken.unwrap_or_default() / 1e6
}

/// The photos of a folder that are for fitting, by name: a garment's back goes where its front goes.
fn photos(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jpg"))
        .filter(|path| Half::of(&id(path).replace("_back", "_front")) == Half::Fit)
        .collect();
    paths.sort();
    paths
}

fn id(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn source(id: &str, cutout: &Cutout) -> pairs::Reference {
    let pixels = DynamicImage::ImageRgba16(cutout.pixels.clone()).to_rgba8();
    let (width, height) = pixels.dimensions();
    pairs::Reference {
        id: id.to_owned(),
        alpha: GrayImage::from_fn(width, height, |x, y| Luma([pixels.get_pixel(x, y)[3]])),
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
