//! Reference and candidate laid over each other, pixel on pixel.

use domain::pose::Framing;

use super::{
    ground::ground,
    locate::{Found, Hunt},
    map::Map,
    reference::Reference,
    search::Range,
};
use crate::{
    Picture,
    locks::{
        colour::{Lab, Linear, lab_of_linear},
        plane::{Plane, sample_all},
    },
};

/// The candidate is compared at up to this many pixels on its longer side.
const CANDIDATE_SIDE_MAX: u32 = 800;

/// How much a studio's close-up is enlarged against its photo.
const ENLARGED_MIN: f32 = 0.9;
const ENLARGED_MAX: f32 = 2.1;
/// A close-up that correlates this well at such a size is not looked for at others.
const NATURAL_FIT: f32 = 0.5;

/// Places on the garment at which a close-up is measured.
const PLACES: usize = 6;

/// Share of a border of one colour that makes a ground even.
const EVEN_SHARE: f32 = 0.9;

/// Windows around garment pixels reach this far, in frame pixels.
const NEAR: usize = 8;

/// The candidate, ready to be searched.
pub(super) struct Candidate {
    pub(super) image: Linear,
    /// The colour it stands on, linear RGB.
    pub(super) ground: [f32; 3],
    /// Nearly all of the border has the ground's colour, as around a flat picture.
    pub(super) even_ground: bool,
    /// Pixels of the candidate per pixel of `image`.
    pub(super) reduction: f32,
    /// Width and height in pixels of the candidate.
    size: [f32; 2],
}

impl Candidate {
    pub(super) fn new(picture: &Picture) -> Self {
        let whole = [0, 0, picture.width(), picture.height()];
        let mut image = Linear::of(picture, whole, CANDIDATE_SIDE_MAX);
        // A transparent candidate is looked at on white.
        for plane in &mut image.rgb {
            *plane = plane.with(&image.alpha, |colour, alpha| colour + 1.0 - alpha);
        }
        image.alpha = image.alpha.map(|_| 1.0);
        let (ground, share) = ground(&image);
        Self {
            ground,
            even_ground: share >= EVEN_SHARE,
            reduction: picture.width().max(picture.height()) as f32 / image.long_side() as f32,
            size: [picture.width() as f32, picture.height() as f32],
            image,
        }
    }

    /// Left, top, width and height of what is in the picture of a region from its low to its high corner, in whole pixels
    /// of the candidate.
    pub(super) fn boxed(&self, low: (f32, f32), high: (f32, f32)) -> [u32; 4] {
        let across = [low.0, high.0].map(|x| x.clamp(0.0, self.size[0]).round() as u32);
        let down = [low.1, high.1].map(|y| y.clamp(0.0, self.size[1]).round() as u32);
        [across[0], down[0], across[1] - across[0], down[1] - down[0]]
    }
}

/// Both pictures in one frame.
pub(super) struct Pair {
    pub(super) reference: Lab,
    pub(super) candidate: Lab,
    /// The garment's coverage in the frame, by the reference.
    pub(super) alpha: Plane,
    /// 1 where the candidate has pixels, else 0.
    pub(super) inside: Plane,
    /// From the frame to the candidate's own pixels.
    pub(super) to_candidate: Map,
    /// Pixels of the candidate per pixel of the reference photo.
    pub(super) scale: f32,
    /// Degrees by which the garment is turned in the candidate.
    pub(super) angle_degrees: f32,
    /// Correlation of structure, -1..=1.
    pub(super) fit: f32,
    /// The candidate's ground; unknown in a close-up, which may show none.
    pub(super) ground: Option<[f32; 3]>,
}

impl Pair {
    /// Finds the one in the other, best first: one place for a whole garment, several for a part of one. Nothing when
    /// there is no place to try.
    pub(super) fn find(reference: &Reference, candidate: &Candidate, framing: Framing) -> Vec<Self> {
        match framing {
            Framing::Full => Self::whole(reference, candidate),
            Framing::CloseUp => Self::part(reference, candidate),
        }
    }

    /// The whole garment is looked for in the candidate.
    fn whole(reference: &Reference, candidate: &Candidate) -> Vec<Self> {
        let found = whole_hunt(reference, candidate).run();
        let laid = |found: Found| Self::laid_whole(reference, candidate, &found);
        found.into_iter().map(laid).collect()
    }

    /// The whole garment near a place: `map` leads from the reference's image to the candidate's.
    pub(super) fn near(reference: &Reference, candidate: &Candidate, map: Map) -> Option<Self> {
        let found = whole_hunt(reference, candidate).near(map)?;
        Some(Self::laid_whole(reference, candidate, &found))
    }

    /// From pixels of the reference's image to those of the candidate's; of a whole garment.
    pub(super) fn map(&self, reference: &Reference, candidate: &Candidate) -> Map {
        let frame = reference.image.long_side() as f32 / self.alpha.width.max(self.alpha.height) as f32;
        self.to_candidate.resized(frame, 1.0 / candidate.reduction)
    }

    fn laid_whole(reference: &Reference, candidate: &Candidate, found: &Found) -> Self {
        let (size, own) = frame(&reference.image, found.frame);
        let other = own.then(found.map);
        let laid = Self::laid(reference, candidate, own, other, size, found, found.map);
        Self {
            ground: Some(lab_of_linear(candidate.ground)),
            ..laid
        }
    }

    /// The candidate, a part of the garment, is looked for in the reference: first at the photo's own resolution and
    /// a little enlarged, as a studio crops; then at any size.
    fn part(reference: &Reference, candidate: &Candidate) -> Vec<Self> {
        let hunt = |share_min: f32, share_max: f32| Hunt {
            template: &candidate.image,
            weight: |image| image.alpha.map(|_| 1.0),
            searched: &reference.image,
            ground: candidate.ground,
            range: Range {
                share_min,
                share_max,
                angles: &[-5.0, 0.0, 5.0],
            },
            places: PLACES,
        };
        let candidate_long = candidate.image.long_side() as f32 * candidate.reduction;
        let reference_long = reference.image.long_side() as f32 * reference.reduction;
        let native = (candidate_long / reference_long).clamp(0.13, 1.0);
        let mut found = hunt(native / ENLARGED_MAX, (native / ENLARGED_MIN).min(1.1)).run();
        if found.iter().all(|found| found.fit < NATURAL_FIT) {
            found.extend(hunt(0.14, 1.1).run());
        }
        found.sort_by(|one, two| two.fit.total_cmp(&one.fit));
        let laid = |found: Found| {
            let (size, own) = frame(&candidate.image, found.frame);
            let other = own.then(found.map);
            let back = found.map.inverse();
            Self::laid(reference, candidate, other, own, size, &found, back)
        };
        found.into_iter().take(PLACES).map(laid).collect()
    }

    fn laid(
        reference: &Reference,
        candidate: &Candidate,
        to_reference: Map,
        to_candidate: Map,
        size: (usize, usize),
        found: &Found,
        reference_to_candidate: Map,
    ) -> Self {
        let own = warped(&reference.image, to_reference, size, None);
        let near = own.alpha.dilated(NEAR);
        let other = warped(&candidate.image, to_candidate, size, Some(&near));
        Self {
            reference: own.over(candidate.ground),
            candidate: other.over(candidate.ground),
            alpha: own.alpha,
            inside: inside(&candidate.image, to_candidate, size),
            to_candidate: to_candidate.resized(1.0, candidate.reduction),
            scale: reference_to_candidate.scale() * candidate.reduction / reference.reduction,
            angle_degrees: reference_to_candidate.angle_degrees(),
            fit: found.fit,
            ground: None,
        }
    }
}

fn whole_hunt<'a>(reference: &'a Reference, candidate: &'a Candidate) -> Hunt<'a> {
    Hunt {
        template: &reference.image,
        weight: garment_and_surroundings,
        searched: &candidate.image,
        ground: candidate.ground,
        range: Range {
            share_min: 0.3,
            share_max: 1.2,
            angles: &[-12.0, -8.0, -4.0, 0.0, 4.0, 8.0, 12.0],
        },
        places: 1,
    }
}

/// The garment counts fully; its surroundings, together, half as much.
fn garment_and_surroundings(image: &Linear) -> Plane {
    let near = image.alpha.dilated((image.long_side() / 24).max(1));
    let garment = image.alpha.map(|v| f32::from(u8::from(v >= 0.5)));
    let around = (near.sum() - garment.sum()).max(1.0);
    let weight = (0.5 * garment.sum() / around).min(1.0) as f32;
    garment.with(&near, |g, n| if g > 0.0 { 1.0 } else { n * weight })
}

/// Size of a frame of that longer side, and the map from it to the image it shows whole.
fn frame(image: &Linear, long_side: f32) -> ((usize, usize), Map) {
    let scale = image.long_side() as f32 / long_side;
    let side = |length: usize| ((length as f32 / scale).round() as usize).max(11);
    let size = (side(image.width()), side(image.height()));
    (size, Map::IDENTITY.resized(1.0, scale))
}

/// The image seen through the map: each frame pixel is the mean of 2 x 2 samples. Where it is not wanted it stays
/// empty.
fn warped(image: &Linear, map: Map, (width, height): (usize, usize), wanted: Option<&Plane>) -> Linear {
    let small = image.scaled((2.0 / map.scale()).min(1.0));
    let map = map.resized(1.0, small.long_side() as f32 / image.long_side() as f32);
    let planes = [&small.rgb[0], &small.rgb[1], &small.rgb[2], &small.alpha];
    let mut out = planes.map(|_| Plane::new(width, height, 0.0));
    let needed = |index: &usize| wanted.is_none_or(|wanted| wanted.data[*index] > 0.0);
    for index in (0..width * height).filter(needed) {
        let (x, y) = ((index % width) as f32, (index / width) as f32);
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let (u, v) = map.apply(x + dx, y + dy);
            for (out, seen) in out.iter_mut().zip(sample_all(planes, u, v)) {
                out.data[index] += seen / 4.0;
            }
        }
    }
    let [red, green, blue, alpha] = out;
    Linear {
        rgb: [red, green, blue],
        alpha,
    }
}

fn inside(image: &Linear, map: Map, (width, height): (usize, usize)) -> Plane {
    let mut out = Plane::new(width, height, 0.0);
    for (index, value) in out.data.iter_mut().enumerate() {
        let (u, v) = map.apply((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
        let within = u >= 0.0 && v >= 0.0 && u <= image.width() as f32 && v <= image.height() as f32;
        *value = f32::from(u8::from(within));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_ends_where_the_picture_does() {
        let candidate = Candidate::new(&Picture::new(1200, 900));
        assert_eq!(candidate.boxed((10.4, 20.0), (110.4, 70.6)), [10, 20, 100, 51]);
        assert_eq!(candidate.boxed((-30.0, 880.0), (50.0, 1000.0)), [0, 880, 50, 20]);
        assert_eq!(candidate.boxed((1300.0, -90.0), (1400.0, -10.0)), [1200, 0, 0, 0]);
    }
}
