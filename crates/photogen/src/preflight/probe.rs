//! One photo, opened: its hash, its size, and whether there is anything on it.

use std::{fs, io, panic, path::Path};

use imaging::{
    Picture,
    codec::{self, DecodeError, Limits, PhotoInfo},
};
use sha2::{Digest as _, Sha256};

use domain::intake::{
    names::{PHOTO_SIDE_MIN, is_unread_photo, unread_format},
    problem::ProblemKind,
};

/// Cells a side of the grid that is searched for a product.
const GRID: u32 = 64;

/// Cells that must differ from the ground: fewer are dust.
const CELLS_MIN: usize = 4;

/// By how much a cell's mean must differ from the ground, in levels of 255. Half of what tells a white garment
/// from the whitest ground among the sample photos.
const CELL_LEVELS: f32 = 2.0;

/// What opening a photo showed.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub(crate) bytes: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    /// Upright, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) info: PhotoInfo,
}

/// Why a photo is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) kind: ProblemKind,
    pub(crate) message: String,
}

impl Trouble {
    fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// A photo's bytes, read and measured but not yet decoded.
pub(crate) struct Opened {
    bytes: Vec<u8>,
    /// Pixels the header promises; 0 when it cannot be read.
    pub(crate) pixels: u64,
}

/// Reads the bytes, unless the file is something that must not be opened.
pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Opened, Trouble> {
    if path.to_str().is_none() {
        return Err(Trouble::new(
            ProblemKind::NameNotUnicode,
            "the file name is not Unicode text; rename the file",
        ));
    }
    only_files(path)?;
    if is_unread_photo(path) {
        return Err(Trouble::new(ProblemKind::UnsupportedFormat, unread_format(path)));
    }
    let bytes = codec::read(path, limits).map_err(|error| trouble(&error))?;
    let pixels = codec::pixels_promised(&bytes);
    Ok(Opened { bytes, pixels })
}

/// Decodes the photo and looks whether it can be used.
pub(crate) fn probe(opened: &Opened, limits: &Limits) -> Result<Probed, Trouble> {
    let decoded = panic::catch_unwind(|| codec::decode(&opened.bytes, limits));
    let damaged = || {
        Trouble::new(
            ProblemKind::Damaged,
            "damaged: it cannot be decoded; export or copy it again",
        )
    };
    let photo = decoded.map_err(|_| damaged())?.map_err(|error| trouble(&error))?;
    let (width, height) = photo.pixels.dimensions();
    if width.max(height) < PHOTO_SIDE_MIN {
        let message =
            format!("{width} x {height} pixels is too small for any catalogue picture; send the original");
        return Err(Trouble::new(ProblemKind::TooSmall, message));
    }
    if is_blank(&photo.pixels) {
        let message = "no product found: the picture is one even colour";
        return Err(Trouble::new(ProblemKind::NoProduct, message));
    }
    Ok(Probed {
        bytes: opened.bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&opened.bytes)),
        width,
        height,
        info: photo.info,
    })
}

/// Pipes and devices would wait for ever; only files are opened.
fn only_files(path: &Path) -> Result<(), Trouble> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) => {
            let what = if metadata.is_dir() {
                "a folder"
            } else {
                "a pipe, socket or device"
            };
            let message = format!("not a file but {what}; it is not opened");
            Err(Trouble::new(ProblemKind::NotAFile, message))
        }
        Err(error) if fs::symlink_metadata(path).is_ok() => {
            let message = format!("a link to nothing: {error}");
            Err(Trouble::new(ProblemKind::BrokenLink, message))
        }
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &io::Error) -> Trouble {
    let what = match error.kind() {
        io::ErrorKind::PermissionDenied => "; give your user the right to read it (chmod u+r), or copy it",
        _ => "",
    };
    Trouble::new(ProblemKind::Unreadable, format!("cannot be read: {error}{what}"))
}

fn trouble(error: &DecodeError) -> Trouble {
    let kind = match error {
        DecodeError::Unreadable { source, .. } => return unreadable(source),
        DecodeError::Folder { .. } => ProblemKind::NotAFile,
        DecodeError::Unsupported(_) => ProblemKind::UnsupportedFormat,
        DecodeError::Empty => ProblemKind::Empty,
        DecodeError::NotAPicture(_) => ProblemKind::NotAPicture,
        DecodeError::TooLarge(_) => ProblemKind::TooLarge,
        DecodeError::Damaged(_) => ProblemKind::Damaged,
    };
    Trouble::new(kind, error.to_string())
}

/// No cell of a coarse grid differs from the ground, in colour or in opacity.
fn is_blank(picture: &Picture) -> bool {
    let cells: Vec<[f32; 4]> = (0..GRID * GRID)
        .map(|cell| cell_mean(picture, cell % GRID, cell / GRID))
        .collect();
    let ground = median(&cells);
    let differs = |cell: &&[f32; 4]| cell.iter().zip(ground).any(|(a, b)| (a - b).abs() > CELL_LEVELS);
    cells.iter().filter(differs).count() < CELLS_MIN
}

/// The mean of up to 4 x 4 pixels spread over a cell, alpha-weighted, in levels of 255.
fn cell_mean(picture: &Picture, column: u32, row: u32) -> [f32; 4] {
    const SAMPLES: u32 = 4;
    let (width, height) = picture.dimensions();
    let at = |cell: u32, sample: u32, side: u32| {
        let position = u64::from(cell * SAMPLES + sample) * u64::from(side) / u64::from(GRID * SAMPLES);
        position as u32
    };
    let mut sum = [0.0; 4];
    for sample in 0..SAMPLES * SAMPLES {
        let x = at(column, sample % SAMPLES, width);
        let y = at(row, sample / SAMPLES, height);
        let [r, g, b, a] = picture.get_pixel(x, y).0.map(|v| f32::from(v) / 257.0);
        for (sum, value) in sum
            .iter_mut()
            .zip([r * a / 255.0, g * a / 255.0, b * a / 255.0, a])
        {
            *sum += value / (SAMPLES * SAMPLES) as f32;
        }
    }
    sum
}

fn median(cells: &[[f32; 4]]) -> [f32; 4] {
    std::array::from_fn(|channel| {
        let mut values: Vec<f32> = cells.iter().map(|cell| cell[channel]).collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    })
}
