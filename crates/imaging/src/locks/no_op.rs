//! The no-op lock: did the engine change the person's photo at all, or hand it back?
//!
//! Both pictures are reduced to one small frame, the difference in overall light and colour is taken out, and the share of
//! the frame that differs from everything within one pixel of its place is measured. An engine that puts a garment on a
//! person changes a tenth of the picture or more; a photo that was only encoded again, resized, cropped to another shape or
//! made brighter changes almost nothing.

use domain::verdict::{Outcome, Verdict};
use serde_json::json;

use super::{Lock, ciede2000::ciede2000, colour::Lab, colour::Linear};
use crate::Picture;

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "no_op",
    asks: "did the engine change the person's photo at all?",
    needs: "the photo of the person that was sent",
};

/// Longer side of the frame, in pixels: two of a thousand pixels of the photo fall on each.
const FRAME: u32 = 160;
/// CIEDE2000 from which a pixel counts as changed.
const CHANGED: f64 = 6.0;
/// Share of the frame whose change earns the full score. A scarf or a pair of shoes changes as much.
const SHARE_FULL: f64 = 0.04;
/// The score a picture needs to pass: 2 % of the frame.
const THRESHOLD: f64 = 0.5;
/// Below this nothing was changed: 0.4 % of the frame.
const UNCHANGED: f64 = 0.1;

/// Compares a made picture with the photo that was sent. The score is the share of the picture that changed, 1 from 4 %.
pub fn check(photo: &Picture, candidate: &Picture) -> Verdict {
    if photo
        .width()
        .min(photo.height())
        .min(candidate.width())
        .min(candidate.height())
        < 16
    {
        return verdict(
            None,
            Outcome::Unverifiable,
            "the picture is too small to compare",
            None,
        );
    }
    let share = share_changed(photo, candidate);
    let score = (share / SHARE_FULL).min(1.0);
    let percent = share * 100.0;
    let (outcome, reason) = if score < UNCHANGED {
        (
            Outcome::Failed,
            format!("the photo came back unchanged: {percent:.1} % of it differs"),
        )
    } else if score < THRESHOLD {
        (
            Outcome::Doubtful,
            format!("only {percent:.1} % of the photo was changed"),
        )
    } else {
        (
            Outcome::Passed,
            format!("{percent:.0} % of the photo was changed"),
        )
    };
    verdict(Some(score), outcome, &reason, Some(share))
}

/// The smallest share over the ways one shape can have been cut out of the other.
fn share_changed(photo: &Picture, candidate: &Picture) -> f64 {
    let whole = |picture: &Picture| [0, 0, picture.width(), picture.height()];
    let ways = [
        (whole(photo), whole(candidate)),
        (cropped_to(photo, candidate), whole(candidate)),
        (whole(photo), cropped_to(candidate, photo)),
    ];
    ways.into_iter()
        .map(|(photo_part, candidate_part)| {
            let before = framed(photo, photo_part);
            let mut after = framed(candidate, candidate_part);
            if (after.width(), after.height()) != (before.width(), before.height()) {
                after = after.map(|plane| plane.resized(before.width(), before.height()));
            }
            changed(&before, &after)
        })
        .fold(1.0, f64::min)
}

/// The centred part of a picture that has another's shape.
fn cropped_to(picture: &Picture, shape: &Picture) -> [u32; 4] {
    let (width, height) = picture.dimensions();
    let ratio = f64::from(shape.width()) / f64::from(shape.height());
    let w = (f64::from(height) * ratio).round().clamp(1.0, f64::from(width)) as u32;
    let h = (f64::from(width) / ratio).round().clamp(1.0, f64::from(height)) as u32;
    [(width - w) / 2, (height - h) / 2, w, h]
}

fn framed(picture: &Picture, part: [u32; 4]) -> Lab {
    Linear::of(picture, part, FRAME).over([1.0; 3])
}

fn changed(before: &Lab, after: &Lab) -> f64 {
    let shift = shift(before, after);
    let (width, height) = (before.width(), before.height());
    let mut count = 0_u32;
    for y in 0..height {
        for x in 0..width {
            let here = before.at(y * width + x);
            let near = (y.saturating_sub(1)..=(y + 1).min(height - 1))
                .flat_map(|y| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |x| y * width + x));
            let differs = |index: usize| {
                let there = after.at(index);
                let moved: [f64; 3] = std::array::from_fn(|c| f64::from(there[c] - shift[c]));
                ciede2000(here.map(f64::from), moved) >= CHANGED
            };
            count += u32::from(differs(y * width + x) && near.into_iter().all(differs));
        }
    }
    f64::from(count) / (width * height) as f64
}

/// The median difference in L, a and b: what an encoder or a brightening did to all of it.
fn shift(before: &Lab, after: &Lab) -> [f32; 3] {
    let count = before.width() * before.height();
    std::array::from_fn(|channel| {
        let mut differences: Vec<f32> = (0..count)
            .map(|i| after.at(i)[channel] - before.at(i)[channel])
            .collect();
        *differences.select_nth_unstable_by(count / 2, f32::total_cmp).1
    })
}

fn verdict(score: Option<f64>, outcome: Outcome, reason: &str, share: Option<f64>) -> Verdict {
    Verdict {
        lock: LOCK.name.to_owned(),
        score,
        threshold: THRESHOLD,
        outcome,
        evidence: json!({ "reason": reason, "changed": share }),
    }
}

#[cfg(test)]
mod tests {
    use image::imageops::{self, FilterType};

    use super::*;

    /// A figure before a wall; what it wears is one colour.
    fn person(width: u32, height: u32, garment: [u16; 3]) -> Picture {
        Picture::from_fn(width, height, |x, y| {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let rgb = if (0.35..0.65).contains(&u) && (0.3..0.7).contains(&v) {
                garment
            } else if (u - 0.5).hypot((v - 0.2) * 1.4) < 0.1 || ((0.4..0.6).contains(&u) && v >= 0.7) {
                [210, 160, 130]
            } else {
                let wall = (170.0 + 40.0 * v + 12.0 * (u * 40.0).sin()) as u16;
                [wall, wall, wall - 8]
            };
            image::Rgba([rgb[0] * 257, rgb[1] * 257, rgb[2] * 257, u16::MAX])
        })
    }

    fn outcome(photo: &Picture, candidate: &Picture) -> Outcome {
        check(photo, candidate).outcome
    }

    const GRAY: [u16; 3] = [120, 120, 125];

    #[test]
    fn a_photo_handed_back_fails_however_it_was_saved() {
        let photo = person(300, 400, GRAY);
        assert_eq!(outcome(&photo, &photo), Outcome::Failed);
        let resized = imageops::resize(&photo, 512, 683, FilterType::CatmullRom);
        assert_eq!(outcome(&photo, &resized), Outcome::Failed);
        let brighter = Picture::from_fn(300, 400, |x, y| {
            let image::Rgba([r, g, b, a]) = *photo.get_pixel(x, y);
            let [r, g, b] = [r, g, b].map(|v| (f64::from(v) * 1.06) as u16);
            image::Rgba([r, g, b, a])
        });
        assert_eq!(outcome(&photo, &brighter), Outcome::Failed);
        let square = imageops::crop_imm(&photo, 0, 50, 300, 300).to_image();
        assert_eq!(outcome(&photo, &square), Outcome::Failed);
        let coarse = Picture::from_fn(300, 400, |x, y| {
            let image::Rgba(v) = *photo.get_pixel(x, y);
            image::Rgba([v[0] & 0xf800, v[1] & 0xf800, v[2] & 0xf800, v[3]])
        });
        assert_eq!(outcome(&photo, &coarse), Outcome::Failed);
    }

    #[test]
    fn another_garment_is_a_change() {
        let photo = person(300, 400, GRAY);
        for garment in [[150, 40, 40], [60, 60, 65], [235, 235, 230]] {
            assert_eq!(outcome(&photo, &person(300, 400, garment)), Outcome::Passed);
        }
        let mut small = photo.clone();
        for (x, y) in (120..150).flat_map(|x| (160..200).map(move |y| (x, y))) {
            small.put_pixel(x, y, image::Rgba([9000, 52000, 9000, u16::MAX]));
        }
        assert_eq!(outcome(&photo, &small), Outcome::Doubtful);
    }

    #[test]
    fn what_is_too_small_is_not_judged() {
        let dot = Picture::new(4, 4);
        assert_eq!(outcome(&dot, &person(300, 400, GRAY)), Outcome::Unverifiable);
    }
}
