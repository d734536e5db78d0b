//! Small copies for the page: of the photos, so that the folder is whole without them, and of the pictures, so
//! that scrolling past hundreds of them does not open hundreds of full-size files.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use domain::{
    format::Format,
    intake::file_stem,
    manifest::{DeliveredFile, Manifest},
    thumbnail::fitted,
};
use image::{ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use imaging::{
    Picture,
    codec::{self, Limits},
};

use crate::{
    counted::counted,
    preflight::{pool, shown},
};

/// Long side of a photo's preview, in pixels: a photo of one megapixel is shown whole.
const SOURCE_SIDE: u32 = 1024;

/// Long side of a picture's thumbnail, in pixels: twice its place on the page, for dense screens.
const THUMB_SIDE: u32 = 512;

/// JPEG quality of both.
const QUALITY: u8 = 86;

/// Folders of the output that hold them.
pub(super) const SOURCES: &str = "sources";
pub(super) const THUMBS: &str = "thumbs";

/// Hex digits of a file's hash in its copy's name: another photo under the same name is another copy.
const HASH_DIGITS: usize = 8;

/// The comment written within the first [`MARK_WITHIN`] bytes of every copy. A file without it is not ours to remove.
pub(super) const MARK: &[u8] = b"small copy by photogen";

/// Bytes: the first two, the JFIF header (18), and the comment.
pub(super) const MARK_WITHIN: usize = 2 + 18 + 4 + MARK.len();

/// Troubles told one by one; the rest is counted.
const TROUBLES_MAX: usize = 5;

/// See [`super::write_previews`].
pub(super) fn write(
    manifest: &mut Manifest,
    sources: &HashMap<String, String>,
    out: &Path,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> Vec<String> {
    let copies: Vec<(String, Copy)> = copies(manifest, sources, out).into_iter().collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let left_out = AtomicUsize::new(0);
    let results = pool::map(&copies, threads, |(name, copy)| {
        let to = out.join(name);
        if is_stopped() {
            left_out.fetch_add(usize::from(!to.is_file()), Ordering::Relaxed);
            return Ok(());
        }
        copy.write(&to)
    });
    for input in manifest.pictures.iter_mut().flat_map(|entry| &mut entry.inputs) {
        input.preview = input.preview.take().filter(|name| out.join(name).is_file());
    }
    let mut troubles: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    if let Some(more) = troubles.len().checked_sub(TROUBLES_MAX).filter(|&more| more > 0) {
        troubles.truncate(TROUBLES_MAX);
        troubles.push(format!(
            "{} without a small copy for the contact sheet",
            counted(more, "more file")
        ));
    }
    let left_out = left_out.into_inner();
    if left_out > 0 {
        troubles.push(format!(
            "stopped before the contact sheet had small copies of {}; run the same command again to make the rest",
            counted(left_out, "file")
        ));
    }
    troubles
}

/// Every copy the page wants, by its place.
fn copies(manifest: &mut Manifest, sources: &HashMap<String, String>, out: &Path) -> BTreeMap<String, Copy> {
    let mut copies = BTreeMap::new();
    for entry in &mut manifest.pictures {
        for input in &mut entry.inputs {
            let hash = short(&input.sha256);
            let name = format!("{SOURCES}/{}_{}_{hash}.jpg", file_stem(&entry.sku), input.view);
            if let Some(from) = sources.get(&input.sha256) {
                copies.insert(
                    name.clone(),
                    Copy {
                        from: from.into(),
                        side: SOURCE_SIDE,
                    },
                );
            }
            input.preview = Some(name);
        }
        // Browsers show AVIF themselves, and the codec does not read it.
        if let Some(file) = entry.file.as_ref().filter(|file| file.format != Format::Avif) {
            copies.insert(
                thumb_path(file),
                Copy {
                    from: out.join(&file.path),
                    side: THUMB_SIDE,
                },
            );
        }
    }
    copies
}

/// Where a picture's thumbnail stands, relative to the manifest.
pub(super) fn thumb_path(file: &DeliveredFile) -> String {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{THUMBS}/{stem}_{}.jpg", short(&file.sha256))
}

fn short(sha256: &str) -> &str {
    sha256.get(..HASH_DIGITS).unwrap_or(sha256)
}

struct Copy {
    from: PathBuf,
    side: u32,
}

impl Copy {
    /// Writes the copy unless it is there; its name says its content.
    fn write(&self, to: &Path) -> Result<(), String> {
        if to.is_file() {
            return Ok(());
        }
        let from = shown(&self.from);
        self.try_write(to)
            .map_err(|error| format!("no small copy of {from} for the contact sheet: {error}"))
    }

    fn try_write(&self, to: &Path) -> anyhow::Result<()> {
        let limits = Limits::default();
        let photo = codec::decode(&codec::read(&self.from, &limits)?, &limits)?;
        let bytes = jpeg(&reduced(&photo.pixels, self.side))?;
        let part = to.with_extension("part");
        fs::create_dir_all(to.parent().unwrap_or(Path::new("")))?;
        fs::write(&part, bytes)?;
        fs::rename(&part, to).or_else(|error: io::Error| fs::remove_file(&part).and(Err(error)))?;
        Ok(())
    }
}

/// The picture in 8 bits on white, no longer than `side`.
pub(crate) fn reduced(picture: &Picture, side: u32) -> RgbImage {
    let (whole_width, whole_height) = picture.dimensions();
    let (width, height) = fitted(whole_width, whole_height, side);
    let small = if (width, height) == (whole_width, whole_height) {
        picture.clone()
    } else {
        imageops::thumbnail(picture, width, height)
    };
    RgbImage::from_fn(small.width(), small.height(), |x, y| {
        let [red, green, blue, alpha] = small.get_pixel(x, y).0.map(u32::from);
        let on_white = |value: u32| ((value * alpha / 65535 + 65535 - alpha + 128) / 257) as u8;
        Rgb([red, green, blue].map(on_white))
    })
}

fn jpeg(picture: &RgbImage) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).write_image(
        picture,
        picture.width(),
        picture.height(),
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(marked(bytes))
}

/// The JPEG with [`MARK`] as a comment (ITU T.81, B.2.4.5) after its first segment, the JFIF header.
fn marked(mut jpeg: Vec<u8>) -> Vec<u8> {
    let header = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    let length = (MARK.len() as u16 + 2).to_be_bytes();
    let comment = [&[0xff, 0xfe], &length[..], MARK].concat();
    let at = 4 + header;
    jpeg.splice(at..at, comment);
    jpeg
}
