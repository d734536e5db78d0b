//! A slight turn computed from the front photo: honest to about ten degrees, and labelled as what it is.

use domain::{product::PhotoRef, shot::Shot};
use imaging::{Picture, vision::Quality};
use serde_json::json;

use super::{
    close_up, colour,
    colour_check::colour_check,
    compose::compose,
    depth::Outline,
    fill,
    packshot::{Sizing, Subject, centred, shadow_strength},
    photos::NoPhoto,
    place::{Placement, Warp, place},
    plane::Plane,
    shadow::Shadow,
};
use crate::{Kit, Reply};

/// How far the garment is turned, in degrees. Fifteen is the limit of what looks right; 25 is a sheared card.
const TURN_DEG: f32 = 10.0;
/// Distance of the viewer in canvas heights.
const VIEWER: f32 = 5.0;
/// Longest side the relief is computed at, in pixels.
const RELIEF_SIDE: f32 = 512.0;
/// Least slope of the turned rows: nothing folds over.
const SLOPE_MIN: f32 = 0.12;
/// Mirror overlap below which the outline does not say where the middle is.
const SYMMETRY_MIN: f64 = 0.82;
/// Most of the garment in straps and strings, and most ground inside it, as shares of its area.
const THIN_MAX: f32 = 0.006;
const ENCLOSED_MAX: f32 = 0.002;
/// The widest print, as a share of the garment's width, that a turn does not visibly bend.
const PRINT_MAX: f32 = 0.60;

/// Which way the garment faces, for the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Left,
    Right,
}

/// Makes the turned picture, or says why this garment cannot take it.
pub(super) fn make(kit: &Kit, shot: &Shot, photo: &PhotoRef, turn: Turn) -> Result<Reply, NoPhoto> {
    let subject = Subject::of(kit, photo)?;
    let sizing = Sizing::of(kit, shot, photo, &subject)?;
    let allowed = fill::allow(sizing.scale, shot.brief.size).map_err(NoPhoto::Refused)?;
    let placement = centred(shot, &subject.upright, allowed.scale);
    let outline = Outline::of(&coverage(&subject, shot, &placement));
    if let Some(reason) = unfit(&subject, &outline, shot) {
        return Ok(Reply::Refused(format!(
            "a slight turn cannot be computed: {reason}; a side photo would give the view"
        )));
    }
    let angle_deg = match turn {
        Turn::Left => -TURN_DEG,
        Turn::Right => TURN_DEG,
    };
    let warp = Turned::new(placement, &outline.height(), angle_deg, shot);
    Ok(render(
        kit,
        shot,
        &subject,
        &warp,
        angle_deg,
        sizing.inputs,
        allowed.note,
    ))
}

fn unfit(subject: &Subject, outline: &Outline, shot: &Shot) -> Option<String> {
    let gate = &subject.cutout.gate;
    if gate.quality != Quality::Clean {
        return Some(format!("the cut-out needs review ({})", gate.reasons.join("; ")));
    }
    if gate.touches_frame {
        return Some("the photo cuts the garment off".to_owned());
    }
    if subject.symmetry.overlap < SYMMETRY_MIN {
        return Some("the garment is not symmetric".to_owned());
    }
    if outline.thin_share() > THIN_MAX || outline.enclosed_share() > ENCLOSED_MAX {
        return Some("straps or open loops would bend".to_owned());
    }
    (close_up::widest_print(subject, shot.brief.size) > PRINT_MAX)
        .then(|| "the print is wider than 60 % of the garment and would visibly bend".to_owned())
}

fn render(
    kit: &Kit,
    shot: &Shot,
    subject: &Subject,
    warp: &Turned,
    angle_deg: f32,
    inputs: Vec<String>,
    size_note: Option<String>,
) -> Reply {
    let brief = &shot.brief;
    let mut picture = place(
        &subject.cutout.pixels,
        (brief.size.width, brief.size.height),
        warp,
    );
    let colour = colour_check(&subject.cutout.pixels, &picture, warp);
    let strength = shadow_strength(shot, &subject.cutout);
    let shadow = strength.map(|strength| Shadow::of(&picture, strength));
    warp.shade(&mut picture);
    compose(&mut picture, brief.background, shadow.as_ref());
    let mut notes = vec![format!(
        "slight turn (computed from the front photo), {TURN_DEG} degrees: not a photographed view"
    )];
    notes.extend(size_note);
    notes.extend(colour.note());
    let recipe = json!({
        "engine": "studio",
        "version": super::VERSION,
        "view": "slight turn (computed from the front photo)",
        "cut_out": {"model_sha256": kit.model_sha256, "gate": subject.cutout.gate},
        "straighten": subject.symmetry,
        "turn_deg": angle_deg,
        "viewer_canvas_heights": VIEWER,
        "scale": warp.placement.scale,
        "shadow": strength,
        "background": brief.background,
        "size": brief.size,
        "delta_e_2000_before_shading": colour,
    });
    super::made(picture, notes, true, recipe, inputs)
}

/// Coverage of the flat placement at the relief's resolution.
fn coverage(subject: &Subject, shot: &Shot, placement: &Placement) -> Plane {
    let size = shot.brief.size;
    let shrink = relief_scale(shot);
    let small = Placement {
        scale: placement.scale * shrink,
        to: (placement.to.0 * shrink, placement.to.1 * shrink),
        ..*placement
    };
    let side = |length: u32| (f64::from(length) * shrink).round().max(1.0) as u32;
    let picture = place(
        &subject.cutout.pixels,
        (side(size.width), side(size.height)),
        &small,
    );
    let (width, height) = picture.dimensions();
    Plane::from_fn(width as usize, height as usize, |x, y| {
        f32::from(picture.get_pixel(x as u32, y as u32)[3]) / 65535.0
    })
}

fn relief_scale(shot: &Shot) -> f64 {
    let longest = shot.brief.size.width.max(shot.brief.size.height);
    (f64::from(RELIEF_SIDE) / f64::from(longest)).min(1.0)
}

/// A placement seen a little from the side.
struct Turned {
    placement: Placement,
    /// Relief pixels per canvas pixel.
    shrink: f64,
    /// From a turned relief pixel to the flat one, in relief pixels.
    shift_x: Plane,
    shift_y: Plane,
    /// Share of light that a relief pixel gets, in the flat picture.
    light: Plane,
}

impl Turned {
    fn new(placement: Placement, height: &Plane, angle_deg: f32, shot: &Shot) -> Self {
        let turn = Geometry::new(height, angle_deg);
        let rows: Vec<Vec<f32>> = (0..height.height).map(|y| turn.inverse_row(height, y)).collect();
        let flat = |x: f32, y: f32| {
            let row = &rows[(y.max(0.0) as usize).min(height.height - 1)];
            row[(x.max(0.0) as usize).min(height.width - 1)]
        };
        let mut shift_x = Plane::filled(height.width, height.height, 0.0);
        let mut shift_y = shift_x.clone();
        for y in 0..height.height {
            for x in 0..height.width {
                let (u, v) = (x as f32 + 0.5, y as f32 + 0.5);
                let first = flat(u, v);
                let row = turn.flat_row(height, first, v);
                let index = y * height.width + x;
                shift_x.values[index] = flat(u, row) - u;
                shift_y.values[index] = row - v;
            }
        }
        Self {
            placement,
            shrink: relief_scale(shot),
            shift_x: shift_x.blurred(1.0),
            shift_y: shift_y.blurred(1.0),
            light: turn.light(height),
        }
    }

    /// The canvas point of the flat placement under a turned one.
    fn flat(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = ((x * self.shrink) as f32, (y * self.shrink) as f32);
        (
            x + f64::from(self.shift_x.sample(u, v)) / self.shrink,
            y + f64::from(self.shift_y.sample(u, v)) / self.shrink,
        )
    }

    /// Darkens what turns away and lightens what turns towards the light, in linear light.
    fn shade(&self, picture: &mut Picture) {
        for (x, y, pixel) in picture
            .enumerate_pixels_mut()
            .filter(|(_, _, pixel)| pixel[3] > 0)
        {
            let (u, v) = self.flat(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let light = self
                .light
                .sample((u * self.shrink) as f32, (v * self.shrink) as f32);
            for channel in 0..3 {
                let lit = colour::linear_u16(f32::from(pixel[channel])) * light;
                pixel[channel] = (colour::encoded(f64::from(lit)) * 65535.0)
                    .round()
                    .clamp(0.0, 65535.0) as u16;
            }
        }
    }
}

impl Warp for Turned {
    fn to_photo(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = self.flat(x, y);
        self.placement.to_photo(x, y)
    }

    fn scale(&self) -> f64 {
        self.placement.scale
    }
}

/// The turn of a relief about the canvas's middle column, seen from `VIEWER` heights away.
struct Geometry {
    sin: f32,
    cos: f32,
    viewer: f32,
    middle: (f32, f32),
}

impl Geometry {
    fn new(height: &Plane, angle_deg: f32) -> Self {
        let (sin, cos) = angle_deg.to_radians().sin_cos();
        Self {
            sin,
            cos,
            viewer: VIEWER * height.height as f32,
            middle: (height.width as f32 / 2.0, height.height as f32 / 2.0),
        }
    }

    /// Nearness of a flat point after the turn.
    fn near(&self, x: f32, z: f32) -> f32 {
        z * self.cos - x * self.sin
    }

    /// Where a flat point of a row comes to lie, from the middle column.
    fn turned(&self, x: f32, z: f32) -> f32 {
        (x * self.cos + z * self.sin) * self.viewer / (self.viewer - self.near(x, z))
    }

    /// For each turned column of a row, the flat column it shows: the row's map, made monotone, inverted. The
    /// middle column stays where it is.
    fn inverse_row(&self, height: &Plane, y: usize) -> Vec<f32> {
        let width = height.width;
        let raw: Vec<f32> = (0..width)
            .map(|x| self.turned(x as f32 + 0.5 - self.middle.0, height.at(x, y)))
            .collect();
        let centre = width / 2;
        let mut places = vec![0.0; width];
        places[centre] = centre as f32 + 0.5;
        for x in centre + 1..width {
            places[x] = places[x - 1] + (raw[x] - raw[x - 1]).max(SLOPE_MIN);
        }
        for x in (0..centre).rev() {
            places[x] = places[x + 1] - (raw[x + 1] - raw[x]).max(SLOPE_MIN);
        }
        (0..width)
            .map(|column| invert(&places, column as f32 + 0.5))
            .collect()
    }

    /// The flat row that is seen at a row, for a point at a flat column.
    fn flat_row(&self, height: &Plane, column: f32, row: f32) -> f32 {
        let near = self.near(column - self.middle.0, height.sample(column, row));
        self.middle.1 + (row - self.middle.1) * (self.viewer - near) / self.viewer
    }

    /// Light on each flat pixel: .18 of how far its slope turns away, .6 at most.
    fn light(&self, height: &Plane) -> Plane {
        let smooth = height.blurred(0.008 * height.height as f32);
        Plane::from_fn(height.width, height.height, |x, y| {
            let (u, v) = (x as f32 + 0.5, y as f32 + 0.5);
            let across = (smooth.sample(u + 1.0, v) - smooth.sample(u - 1.0, v)) / 2.0;
            let down = (smooth.sample(u, v + 1.0) - smooth.sample(u, v - 1.0)) / 2.0;
            let normal = -across / (1.0 + across * across + down * down).sqrt();
            1.0 - 0.18 * (2.0 * normal * self.sin).clamp(-0.6, 0.6)
        })
    }
}

/// The position (pixel centres at .5) where a rising list of values reaches `value`, by linear interpolation;
/// beyond its ends the list goes on at slope 1.
fn invert(rising: &[f32], value: f32) -> f32 {
    let last = rising.len() - 1;
    if value <= rising[0] {
        return 0.5 + value - rising[0];
    }
    if value >= rising[last] {
        return last as f32 + 0.5 + value - rising[last];
    }
    let above = rising.partition_point(|&place| place <= value);
    let (low, high) = (rising[above - 1], rising[above]);
    above as f32 - 0.5 + (value - low) / (high - low)
}
