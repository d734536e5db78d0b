//! The garments of a benchmark: photos found in folders, cut out once.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use image::{DynamicImage, GrayImage, RgbImage, imageops};
use imaging::{
    Picture,
    locks::product,
    vision::{Cutter, Quality},
};
use testkit::pairs;

use crate::{files, models, preflight, text};

/// Longer side of the photo that simpler judges and the generator are given, in pixels.
const SIDE_MAX: u32 = 1200;

/// One garment, ready for every judge.
pub(super) struct Garment {
    /// Where the photo is.
    pub(super) path: PathBuf,
    /// The photo as it is.
    pub(super) photo: RgbImage,
    /// What the generator makes pictures of.
    pub(super) source: pairs::Reference,
    /// What the product lock compares with.
    pub(super) reference: product::Reference,
}

/// Photos in these folders by name. Backs are left out: another side of a garment is neither it nor another.
pub(super) fn photos(folders: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            let ending = path.extension().map(OsStr::to_ascii_lowercase);
            let is_photo =
                ending.is_some_and(|ending| ["jpg", "jpeg", "png", "webp"].iter().any(|e| ending == *e));
            if is_photo && !id(&path).ends_with("_back") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// The file's name without its ending.
pub(super) fn id(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Cuts garments out, as many at a time as there are jobs. One that cannot be cut out is left out, said aloud.
pub(super) fn cut(paths: &[PathBuf], jobs: usize) -> anyhow::Result<Vec<Garment>> {
    let model = models::ensure("cutout")?;
    let cutter = Cutter::load(&model.path, model.input()?)?;
    let garments = preflight::pool::map(paths, jobs, |path| garment(&cutter, path));
    let mut usable = Vec::new();
    for (path, garment) in paths.iter().zip(garments) {
        match garment {
            Ok(Some(garment)) => usable.push(garment),
            Ok(None) => eprintln!("left out: {}: the cut-out is not usable", path.display()),
            Err(error) => eprintln!("left out: {}: {error:#}", path.display()),
        }
    }
    Ok(usable)
}

fn garment(cutter: &Cutter, path: &Path) -> anyhow::Result<Option<Garment>> {
    let photo = files::open(path)?.pixels;
    let cutout = cutter.cut(&photo)?;
    if cutout.gate.quality == Quality::Reject {
        return Ok(None);
    }
    Ok(Some(Garment {
        path: path.to_path_buf(),
        photo: eight_bit(&photo),
        source: source(id(path), &cutout.pixels),
        reference: product::Reference::new(&cutout).read_by(text::reader()),
    }))
}

/// Colours in 8 bits, at most 1200 pixels on the longer side.
pub(super) fn eight_bit(picture: &Picture) -> RgbImage {
    fitted(picture).into_rgb8()
}

fn fitted(picture: &Picture) -> DynamicImage {
    let side = picture.width().max(picture.height());
    let size = |v: u32| {
        if side > SIDE_MAX {
            (v * SIDE_MAX / side).max(1)
        } else {
            v
        }
    };
    let (width, height) = (size(picture.width()), size(picture.height()));
    if (width, height) == picture.dimensions() {
        return DynamicImage::ImageRgba16(picture.clone());
    }
    imageops::resize(picture, width, height, imageops::FilterType::Triangle).into()
}

fn source(id: String, cutout: &Picture) -> pairs::Reference {
    let pixels = fitted(cutout).into_rgba8();
    let alpha = GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        image::Luma([pixels.get_pixel(x, y).0[3]])
    });
    pairs::Reference {
        id,
        photo: DynamicImage::ImageRgba8(pixels).into_rgb8(),
        alpha,
    }
}
