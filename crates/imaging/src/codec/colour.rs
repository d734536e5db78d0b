//! From stored samples to sRGB at 16 bits: through the embedded ICC profile where there is a usable one.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, ProfileText, Transform16BitExecutor, TransformOptions};

use super::raw::{Channels, Raw};
use crate::provenance::srgb_profile;

/// sRGB pixels, and how they came to be.
pub(super) struct Srgb {
    pub(super) rgba: Vec<u16>,
    pub(super) converted_from: Option<String>,
    pub(super) notes: Vec<String>,
}

/// A way from a pixel's stored colours to sRGB.
enum Route {
    /// Gray and RGB that are sRGB already: not one value changes.
    Same,
    /// CMYK without a usable profile: light = (1 - ink) x (1 - black).
    PlainInk,
    /// Through an ICC profile.
    Profile(Arc<Transform16BitExecutor>),
}

/// Converts every row.
pub(super) fn to_srgb(raw: &Raw) -> Srgb {
    let (route, converted_from, notes) = choose(raw);
    let mut rgba = vec![u16::MAX; raw.width as usize * raw.height as usize * 4];
    let mut rows = Rows::new(raw);
    for (y, out) in rgba.chunks_exact_mut(raw.width as usize * 4).enumerate() {
        rows.load(raw, y);
        rows.convert(&route);
        rows.store(raw.channels.has_alpha(), out);
    }
    Srgb {
        rgba,
        converted_from,
        notes,
    }
}

/// Scratch for one row: the samples as stored, the colours without alpha, the same in sRGB.
struct Rows {
    stored: Vec<u16>,
    colours: Vec<u16>,
    srgb: Vec<u16>,
    count: usize,
    colour_count: usize,
}

impl Rows {
    fn new(raw: &Raw) -> Self {
        let width = raw.width as usize;
        let (count, colour_count) = (raw.channels.count(), raw.channels.colours());
        Self {
            stored: vec![0; width * count],
            colours: vec![0; width * colour_count],
            srgb: vec![0; width * 3],
            count,
            colour_count,
        }
    }

    fn load(&mut self, raw: &Raw, y: usize) {
        raw.samples.widen(y * self.stored.len(), &mut self.stored);
        let pixels = self.stored.chunks_exact(self.count);
        for (colours, pixel) in self.colours.chunks_exact_mut(self.colour_count).zip(pixels) {
            colours.copy_from_slice(&pixel[..self.colour_count]);
        }
    }

    fn convert(&mut self, route: &Route) {
        match route {
            Route::Profile(transform) if transform.transform(&self.colours, &mut self.srgb).is_ok() => {}
            Route::Profile(_) | Route::Same if self.colour_count == 3 => {
                self.srgb.copy_from_slice(&self.colours);
            }
            Route::Profile(_) | Route::Same if self.colour_count == 1 => {
                for (rgb, &gray) in self.srgb.chunks_exact_mut(3).zip(&self.colours) {
                    rgb.fill(gray);
                }
            }
            _ => plain_ink(&self.colours, &mut self.srgb),
        }
    }

    fn store(&self, has_alpha: bool, out: &mut [u16]) {
        for (pixel, rgb) in out.chunks_exact_mut(4).zip(self.srgb.chunks_exact(3)) {
            pixel[..3].copy_from_slice(rgb);
        }
        if has_alpha {
            for (pixel, stored) in out.chunks_exact_mut(4).zip(self.stored.chunks_exact(self.count)) {
                pixel[3] = stored[self.count - 1];
            }
        }
    }
}

fn plain_ink(cmyk: &[u16], rgb: &mut [u16]) {
    const FULL: u32 = u16::MAX as u32;
    for (rgb, ink) in rgb.chunks_exact_mut(3).zip(cmyk.chunks_exact(4)) {
        let paper = FULL - u32::from(ink[3]);
        for (light, &ink) in rgb.iter_mut().zip(ink) {
            *light = (((FULL - u32::from(ink)) * paper + FULL / 2) / FULL) as u16;
        }
    }
}

/// The route, the name of the profile taken, and notes on one that could not be.
fn choose(raw: &Raw) -> (Route, Option<String>, Vec<String>) {
    let plain = if raw.channels == Channels::Cmyk {
        Route::PlainInk
    } else {
        Route::Same
    };
    let Some(icc) = &raw.icc else {
        let note = "CMYK without an ICC profile: its colours are a plain estimate".to_owned();
        let notes = if raw.channels == Channels::Cmyk {
            vec![note]
        } else {
            Vec::new()
        };
        return (plain, None, notes);
    };
    if icc == srgb_profile() && raw.channels.colours() == 3 {
        return (Route::Same, None, Vec::new());
    }
    match profile_route(icc, raw.channels) {
        Ok((Route::Same, _)) => (Route::Same, None, Vec::new()),
        Ok((route, name)) => (route, Some(name), Vec::new()),
        Err(reason) => {
            let note = format!("the embedded ICC profile was ignored: {reason}");
            (plain, None, vec![note])
        }
    }
}

fn profile_route(icc: &[u8], channels: Channels) -> Result<(Route, String), String> {
    let profile = ColorProfile::new_from_slice(icc).map_err(|error| error.to_string())?;
    let (space, layout) = match channels {
        Channels::Gray | Channels::GrayAlpha => (DataColorSpace::Gray, Layout::Gray),
        Channels::Rgb | Channels::Rgba => (DataColorSpace::Rgb, Layout::Rgb),
        Channels::Cmyk => (DataColorSpace::Cmyk, Layout::Rgba),
    };
    if profile.color_space != space {
        return Err(format!(
            "it is for {:?} and the picture is {space:?}",
            profile.color_space
        ));
    }
    let options = TransformOptions {
        prefer_fixed_point: false,
        ..TransformOptions::default()
    };
    let transform = profile
        .create_transform_16bit(layout, &ColorProfile::new_srgb(), Layout::Rgb, options)
        .map_err(|error| error.to_string())?;
    let route = if changes_nothing(&*transform, layout) {
        Route::Same
    } else {
        Route::Profile(transform)
    };
    Ok((route, name_of(&profile)))
}

/// Whether a transform moves no colour of a coarse grid by more than half an 8-bit step: the many profiles
/// that are sRGB under another name must leave pixels as they are.
fn changes_nothing(transform: &Transform16BitExecutor, layout: Layout) -> bool {
    let steps: Vec<u16> = (0..=8)
        .map(|step| (step * u32::from(u16::MAX) / 8) as u16)
        .collect();
    let grid: Vec<[u16; 3]> = match layout {
        Layout::Gray => (0..=255).map(|gray| [gray * 257; 3]).collect(),
        Layout::Rgb => steps
            .iter()
            .flat_map(|&red| steps.iter().map(move |&green| (red, green)))
            .flat_map(|(red, green)| steps.iter().map(move |&blue| [red, green, blue]))
            .chain((0..=255).map(|gray| [gray * 257; 3]))
            .collect(),
        _ => return false,
    };
    let source: Vec<u16> = match layout {
        Layout::Gray => grid.iter().map(|rgb| rgb[0]).collect(),
        _ => grid.concat(),
    };
    let mut made = vec![0; grid.len() * 3];
    transform.transform(&source, &mut made).is_ok()
        && grid
            .concat()
            .iter()
            .zip(&made)
            .all(|(&before, &after)| before.abs_diff(after) <= 257 / 2)
}

fn name_of(profile: &ColorProfile) -> String {
    let text = match &profile.description {
        Some(ProfileText::PlainString(text)) => text.clone(),
        Some(ProfileText::Localizable(texts)) => {
            texts.first().map(|text| text.value.clone()).unwrap_or_default()
        }
        Some(ProfileText::Description(text)) => text.ascii_string.clone(),
        None => String::new(),
    };
    let text = text.trim_matches(|letter: char| letter.is_control() || letter.is_whitespace());
    if text.is_empty() {
        return "an unnamed ICC profile".to_owned();
    }
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(100)
        .collect()
}
