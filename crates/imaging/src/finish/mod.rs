//! From a made picture to the delivered file, as a list of steps.
//!
//! [`pipeline`] is that list, one file per step. Resizing happens in linear light at 16 bits; a picture that
//! already has its size never leaves sRGB, so not one of its values changes. Flat areas and the background
//! come out of the resize byte-exact.

use std::{borrow::Cow, time::Instant};

use domain::{background::Background, format::Format, size::Size};
use thiserror::Error;

use crate::{
    Picture,
    provenance::{About, Packets, source_type},
};

mod background;
mod canvas;
mod describe;
mod dither;
mod encode;
mod geometry;
mod light;
mod pixels;
mod resize;
mod sharpen;
mod verify;

use geometry::Geometry;
pub use geometry::{Fit, Frame};
use pixels::Pixels;

/// What the delivered file should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Canvas size; `None` keeps the picture's.
    pub size: Option<Size>,
    /// How a picture of another shape meets the canvas.
    pub fit: Fit,
    /// The exact ground: under transparency and around a contained picture. `None` keeps transparency where
    /// the format has it, and is white where it has not.
    pub background: Option<Background>,
    /// The file format.
    pub format: Format,
    /// Pixels per inch, written in every place the format has for it.
    pub dpi: u32,
    /// The IPTC digital source type, one of [`source_type::ALL`].
    pub digital_source_type: &'static str,
    /// Which part of the picture goes where on the canvas, instead of a fit; the canvas is `size`.
    pub frame: Option<Frame>,
    /// The quality of a lossy format, 1 to 100; what we deliver without it.
    pub quality: Option<u8>,
    /// Spread what 8 bits cannot say over neighbours instead of rounding it, in formats of 8 bits: slow changes of tone show no
    /// steps. Files grow by it.
    pub dither: bool,
    /// Give back some of the edge that an enlargement softened, in percent of the detail, 1 to 200. Nothing without it.
    pub sharpen: Option<u8>,
    /// What else the file says of itself.
    pub about: About,
    /// Decode the file again and compare its pixels. Off where the caller measures the file anyway.
    pub read_back: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            size: None,
            fit: Fit::Contain,
            background: None,
            format: Format::default(),
            dpi: 300,
            digital_source_type: source_type::ALGORITHMICALLY_ENHANCED,
            frame: None,
            quality: None,
            dither: false,
            sharpen: None,
            about: About::default(),
            read_back: true,
        }
    }
}

/// How long a step took.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct StepReport {
    /// The step's name.
    pub name: &'static str,
    /// Milliseconds of wall time.
    pub ms: f64,
}

/// A delivered file, verified by reading it back.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Largest 8-bit difference between the background that went in and what the file decodes to, over the
    /// outer frame where it was exact: 0 for lossless formats, measured for WebP and JPEG. `None` without
    /// background pixels in the frame, and for AVIF, which we cannot decode.
    pub background_deviation: Option<u8>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
    /// The steps that ran, in order.
    pub steps: Vec<StepReport>,
}

/// Why a picture could not be finished.
#[derive(Debug, Error)]
pub enum FinishError {
    /// The format cannot hold a picture of that size.
    #[error(
        "{format} holds at most {side_max} pixels on a side, and the picture is {width}x{height}; give a smaller size"
    )]
    TooLarge {
        /// The format.
        format: Format,
        /// Longest side it can hold.
        side_max: u32,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// No pixels, or a resolution that cannot be written.
    #[error("cannot finish: {0}")]
    BadSpec(String),
    /// The encoder gave up.
    #[error("the {format} encoder failed: {reason}")]
    Encoder {
        /// The format.
        format: Format,
        /// What it said.
        reason: String,
    },
    /// The file does not say what it should.
    #[error("the finished {format} reads back wrong: {reason}")]
    ReadsBackWrong {
        /// The format.
        format: Format,
        /// What is missing or different.
        reason: String,
    },
}

/// One step of finishing.
pub struct Step {
    /// Its name, used for timing.
    pub name: &'static str,
    run: fn(&mut Work<'_>) -> Result<(), FinishError>,
}

/// The steps, in order. A C2PA signature belongs after the last of them, because any byte that changes after
/// it breaks it.
pub fn pipeline() -> &'static [Step] {
    &[
        Step {
            name: "background",
            run: background::run,
        },
        Step {
            name: "resize",
            run: resize::run,
        },
        Step {
            name: "sharpen",
            run: sharpen::run,
        },
        Step {
            name: "canvas",
            run: canvas::run,
        },
        Step {
            name: "dither",
            run: dither::run,
        },
        Step {
            name: "describe",
            run: describe::run,
        },
        Step {
            name: "encode",
            run: encode::run,
        },
        Step {
            name: "verify",
            run: verify::run,
        },
    ]
}

/// What the steps hand on.
struct Work<'a> {
    spec: &'a Spec,
    geometry: Geometry,
    /// The ground in sRGB, 16 bits: asked for, or white where the format has no alpha.
    ground: Option<[u16; 3]>,
    pixels: Pixels<'a>,
    /// Nothing that is made of these pixels needs more than 8 bits.
    eight_bits: bool,
    packets: Option<Packets>,
    bytes: Vec<u8>,
    background_deviation: Option<u8>,
    notes: Vec<String>,
}

/// Runs the [`pipeline`] on a picture (sRGB, straight alpha).
///
/// # Errors
/// [`FinishError`]: a size the format cannot hold, an encoder's failure, or a file that does not read back
/// as described.
pub fn finish(picture: &Picture, spec: &Spec) -> Result<Finished, FinishError> {
    let mut work = start(picture, spec)?;
    let mut steps = Vec::new();
    run(pipeline(), &mut work, &mut steps)?;
    Ok(work.finished(steps))
}

/// The first steps of the [`pipeline`], which make pixels; the others make a file of them.
const PIXEL_STEPS: usize = 4;

/// Makes several files of one picture. What has the same size and ground is resized once.
///
/// # Errors
/// [`FinishError`] of the first file that cannot be made.
pub fn finish_all(picture: &Picture, specs: &[Spec]) -> Result<Vec<Finished>, FinishError> {
    let mut made: Vec<Option<Finished>> = specs.iter().map(|_| None).collect();
    for (index, first) in specs.iter().enumerate() {
        if made[index].is_some() {
            continue;
        }
        let is_full = light::is_opaque(picture)
            && (first.frame.is_none()
                && !Geometry::new(picture.dimensions(), first.size, first.fit).leaves_margin());
        // JPEG makes what is empty white; the others share pixels whatever their format.
        let pixels_of = |spec: &Spec| {
            let is_filled = spec.format == Format::Jpeg && spec.background.is_none();
            (
                spec.size,
                spec.fit,
                spec.frame,
                spec.background,
                spec.sharpen,
                is_filled && !is_full,
            )
        };
        let (pixels, files) = pipeline().split_at(PIXEL_STEPS);
        let mut shared = start(picture, first)?;
        let mut sharing = specs[index..]
            .iter()
            .filter(|spec| pixels_of(spec) == pixels_of(first));
        shared.eight_bits = sharing.all(is_eight_bits);
        let mut steps = Vec::new();
        run(pixels, &mut shared, &mut steps)?;
        for (index, spec) in specs.iter().enumerate().skip(index) {
            if made[index].is_some() || pixels_of(spec) != pixels_of(first) {
                continue;
            }
            let mut work = start(picture, spec)?;
            work.pixels = shared.pixels.borrowed();
            work.ground = shared.ground;
            work.notes.clone_from(&shared.notes);
            let mut steps = std::mem::take(&mut steps);
            run(files, &mut work, &mut steps)?;
            made[index] = Some(work.finished(steps));
        }
    }
    Ok(made.into_iter().flatten().collect())
}

fn run(list: &[Step], work: &mut Work<'_>, steps: &mut Vec<StepReport>) -> Result<(), FinishError> {
    for step in list {
        let started = Instant::now();
        (step.run)(work)?;
        steps.push(StepReport {
            name: step.name,
            ms: started.elapsed().as_secs_f64() * 1000.0,
        });
    }
    Ok(())
}

impl Work<'_> {
    fn finished(self, steps: Vec<StepReport>) -> Finished {
        Finished {
            bytes: self.bytes,
            width: self.geometry.canvas.0,
            height: self.geometry.canvas.1,
            background_deviation: self.background_deviation,
            notes: self.notes,
            steps,
        }
    }
}

fn start<'a>(picture: &'a Picture, spec: &'a Spec) -> Result<Work<'a>, FinishError> {
    if picture.width() == 0 || picture.height() == 0 {
        return Err(FinishError::BadSpec("the picture has no pixels".to_owned()));
    }
    if !(1..=30_000).contains(&spec.dpi) {
        return Err(FinishError::BadSpec(format!("{} DPI; give 1 to 30000", spec.dpi)));
    }
    let geometry = match (&spec.frame, spec.size) {
        (Some(frame), Some(canvas)) => Geometry::framed(frame, canvas),
        _ => Geometry::new(picture.dimensions(), spec.size, spec.fit),
    };
    let (width, height) = geometry.canvas;
    let side_max = encode::side_max(spec.format);
    if width > side_max || height > side_max {
        return Err(FinishError::TooLarge {
            format: spec.format,
            side_max,
            width,
            height,
        });
    }
    let (ground, notes) = ground(picture, spec, &geometry);
    Ok(Work {
        spec,
        geometry,
        ground,
        pixels: Pixels::Rgba(Cow::Borrowed(picture)),
        eight_bits: is_eight_bits(spec),
        packets: None,
        bytes: Vec::new(),
        background_deviation: None,
        notes,
    })
}

/// No step after the resize needs more than 8 bits.
fn is_eight_bits(spec: &Spec) -> bool {
    encode::is_eight_bits(spec.format) && !spec.dither && spec.sharpen.is_none()
}

/// The ground as 16-bit sRGB, and notes on what had to be chosen.
fn ground(picture: &Picture, spec: &Spec, geometry: &Geometry) -> (Option<[u16; 3]>, Vec<String>) {
    let margin = geometry.leaves_margin();
    let mut notes = Vec::new();
    let mut ground = spec.background;
    if ground.is_none() && spec.format == Format::Jpeg && (margin || !light::is_opaque(picture)) {
        ground = Some(Background::WHITE);
        notes.push("JPEG has no transparency: what is empty became white".to_owned());
    }
    if margin {
        let colour = ground.map_or_else(|| "transparent".to_owned(), |ground| ground.to_string());
        notes.push(format!(
            "the canvas has another shape than the picture: {colour} margins were added (fit cover or inside adds none)"
        ));
    }
    (
        ground.map(|ground| ground.rgb.map(|value| u16::from(value) * 257)),
        notes,
    )
}
