//! A garment studied for what is worth showing close: where it stands out from its own cloth, and where the
//! cloth has texture.

use domain::size::Size;

use super::super::{
    colour::{Lab, lab},
    packshot::Subject,
    place::{Placement, place},
    plane::Plane,
};
use super::window::Window;

/// Longest photo side the study is made at, in pixels; larger photos are reduced for it.
const SIDE_MAX: f64 = 1024.0;
/// Air around the garment, as a share of the photo's long side, so that windows may reach over its top.
const MARGIN: f64 = 0.06;
/// Coverage above which a pixel counts as garment.
const SOLID: f32 = 0.95;

/// Measurements on an upright, possibly reduced, copy of the garment. Lengths are in study pixels.
pub(super) struct Study {
    /// From study pixels to the photo.
    pub(super) placement: Placement,
    /// 1 on the garment, 0 off it.
    pub(super) solid: Plane,
    /// How far the colour lies from the garment's median colour, blurred: Lab distance, lightness halved.
    pub(super) saliency: Plane,
    /// What goes on: the colour's steepness at the scale of prints, seams and buttons, in Lab units a pixel of
    /// a 1024-pixel photo, 12 at most; the outline itself does not count.
    pub(super) structure: Plane,
    /// Fine texture: lightness against its own blur.
    pub(super) texture: Plane,
    /// The garment's box: left, top, width, height.
    pub(super) garment: [f32; 4],
    /// The photo's long side.
    pub(super) long_side: f32,
    /// Width over height of every close-up.
    pub(super) aspect: f32,
}

impl Study {
    pub(super) fn of(subject: &Subject, size: Size) -> Self {
        let cutout = &subject.cutout.pixels;
        let upright = &subject.upright;
        let long_side = f64::from(cutout.width().max(cutout.height()));
        let scale = (SIDE_MAX / long_side).min(1.0);
        let margin = (MARGIN * long_side * scale).round();
        let [left, top, ..] = upright.bounds;
        let (width, height) = (upright.width() * scale, upright.height() * scale);
        let placement = Placement {
            upright: *upright,
            scale,
            from: (left, top),
            to: (margin, margin),
        };
        let canvas = (
            (width + 2.0 * margin).ceil() as u32,
            (height + 2.0 * margin).ceil() as u32,
        );
        let copy = place(cutout, canvas, &placement);
        let colours: Vec<Lab> = copy
            .pixels()
            .map(|pixel| lab([pixel[0], pixel[1], pixel[2]].map(f32::from)))
            .collect();
        let (columns, rows) = (canvas.0 as usize, canvas.1 as usize);
        let alpha = Plane::from_fn(columns, rows, |x, y| {
            f32::from(copy.get_pixel(x as u32, y as u32)[3]) / 65535.0
        });
        let solid = alpha.map(|value| f32::from(value > SOLID));
        let long_side = (long_side * scale) as f32;
        Self {
            placement,
            saliency: saliency(&colours, &solid, long_side),
            structure: structure(&colours, &solid, long_side),
            texture: texture(&colours, &solid, long_side),
            garment: [margin as f32, margin as f32, width as f32, height as f32],
            long_side,
            aspect: size.width as f32 / size.height as f32,
            solid,
        }
    }
}

impl Study {
    /// The garment's box.
    pub(super) fn garment_window(&self) -> Window {
        let [left, top, width, height] = self.garment;
        Window {
            left,
            top,
            width,
            height,
        }
    }

    /// Windows of a side, in a grid over the garment.
    pub(super) fn windows(&self, side: f32) -> impl Iterator<Item = Window> + '_ {
        let [left, top, width, height] = self.garment;
        let step = (side / 24.0).max(2.0);
        let (columns, rows) = ((width / step) as usize, (height / step) as usize);
        (0..=rows).flat_map(move |row| {
            (0..=columns).map(move |column| {
                let (x, y) = (left + column as f32 * step, top + row as f32 * step);
                Window::centred(x, y, side, self.aspect)
            })
        })
    }
}

/// Distance to the median colour of the garment, lightness at half weight, 60 at most, blurred by .012 of the
/// long side.
fn saliency(colours: &[Lab], solid: &Plane, long_side: f32) -> Plane {
    let median = median_colour(colours, solid);
    let mut plane = solid.clone();
    for (value, colour) in plane.values.iter_mut().zip(colours) {
        let [dl, da, db] = [0, 1, 2].map(|index| colour[index] - median[index]);
        let distance = (0.25 * dl * dl + da * da + db * db).sqrt().min(60.0);
        *value *= distance;
    }
    let blurred = plane.blurred(0.012 * long_side);
    blurred.zip(solid, |value, solid| value * solid)
}

fn structure(colours: &[Lab], solid: &Plane, long_side: f32) -> Plane {
    let unit = long_side / 1024.0;
    let weight = solid.blurred(2.5 * unit);
    let inside = solid.eroded((12.0 * unit) as usize);
    let mut squares = Plane::filled(solid.width, solid.height, 0.0);
    for channel in 0..3 {
        let mut plane = solid.clone();
        for (value, colour) in plane.values.iter_mut().zip(colours) {
            *value *= colour[channel];
        }
        let smooth = plane
            .blurred(2.5 * unit)
            .zip(&weight, |value, weight| value / weight.max(1e-3));
        add_slope(&mut squares, &smooth, unit);
    }
    squares.zip(&inside, |square, inside| square.sqrt().min(12.0) * inside)
}

/// Adds the squared slope of a plane, per pixel of a 1024-pixel photo.
fn add_slope(squares: &mut Plane, plane: &Plane, unit: f32) {
    for y in 1..plane.height.saturating_sub(1) {
        for x in 1..plane.width.saturating_sub(1) {
            let across = plane.at(x + 1, y) - plane.at(x - 1, y);
            let down = plane.at(x, y + 1) - plane.at(x, y - 1);
            squares.values[y * plane.width + x] += (across * across + down * down) * (0.25 * unit * unit);
        }
    }
}

fn texture(colours: &[Lab], solid: &Plane, long_side: f32) -> Plane {
    let mut light = solid.clone();
    for (value, colour) in light.values.iter_mut().zip(colours) {
        *value *= colour[0];
    }
    let smooth = light.blurred(0.003 * long_side);
    let difference = light.zip(&smooth, |light, smooth| (light - smooth).abs());
    // The outline itself is no texture.
    difference.zip(&solid.eroded((0.008 * long_side) as usize), |value, inside| {
        value * inside
    })
}

fn median_colour(colours: &[Lab], solid: &Plane) -> Lab {
    let inside = || {
        colours
            .iter()
            .zip(&solid.values)
            .filter(|(_, solid)| **solid > 0.5)
    };
    std::array::from_fn(|channel| {
        let mut values: Vec<f32> = inside().map(|(colour, _)| colour[channel]).collect();
        let middle = values.len() / 2;
        if values.is_empty() {
            return 0.0;
        }
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    })
}
