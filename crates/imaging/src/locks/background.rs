//! The background lock: does the picture stand on exactly the colour that was asked for?

use domain::{
    background::Background,
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use serde_json::json;

use super::Lock;
use crate::Picture;

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "background",
    asks: "is the border exactly the background that was asked for?",
    needs: "the asked background",
};

/// Every border pixel must be right: a marketplace's own check finds one that is not.
const THRESHOLD: f64 = 1.0;

/// Compares the outermost pixels with the asked colour, byte by byte. The score is the share that is right.
/// A close-up has no ground at its border: not applicable.
pub fn check(picture: &Picture, asked: Background, framing: Framing) -> Verdict {
    if framing == Framing::CloseUp {
        let evidence = json!({ "reason": "a close-up shows the product up to its border" });
        return verdict(None, Outcome::NotApplicable, evidence);
    }
    let (width, height) = picture.dimensions();
    let border = picture
        .enumerate_pixels()
        .filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height);
    let (mut count, mut right, mut first) = (0_u32, 0_u32, None);
    for (x, y, pixel) in border {
        count += 1;
        if rgb(*pixel) == asked.rgb && pixel[3] == u16::MAX {
            right += 1;
        } else if first.is_none() {
            first = Some((x, y, Background { rgb: rgb(*pixel) }));
        }
    }
    if count == 0 {
        return verdict(
            None,
            Outcome::Unverifiable,
            json!({ "reason": "the picture has no pixels" }),
        );
    }
    let score = f64::from(right) / f64::from(count);
    match first {
        None => verdict(
            Some(score),
            Outcome::Passed,
            json!({ "reason": format!("all {count} border pixels are {asked}") }),
        ),
        Some((x, y, found)) => verdict(
            Some(score),
            Outcome::Failed,
            json!({
                "reason": format!("{} of {count} border pixels are not {asked}, the first {found} at {x},{y}", count - right),
                "worst": { "box": [x, y, 1, 1], "part": "border" },
            }),
        ),
    }
}

/// The 8-bit colour that a file would hold.
fn rgb(pixel: image::Rgba<u16>) -> [u8; 3] {
    [0, 1, 2].map(|channel| ((u32::from(pixel[channel]) + 128) / 257) as u8)
}

fn verdict(score: Option<f64>, outcome: Outcome, evidence: serde_json::Value) -> Verdict {
    Verdict {
        lock: LOCK.name.to_owned(),
        score,
        threshold: THRESHOLD,
        outcome,
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_gray() -> Picture {
        Picture::from_fn(40, 30, |x, y| {
            let product = (10..30).contains(&x) && (5..25).contains(&y);
            let v = if product { 9000 } else { 242 * 257 };
            image::Rgba([v, v, v, u16::MAX])
        })
    }

    #[test]
    fn one_pixel_that_is_one_step_off_fails_and_is_named() {
        let check = |picture: &Picture, framing| check(picture, Background::LIGHT_GRAY, framing);
        let mut picture = on_gray();
        assert_eq!(check(&picture, Framing::Full).outcome, Outcome::Passed);
        picture.put_pixel(39, 7, image::Rgba([241 * 257, 242 * 257, 242 * 257, u16::MAX]));
        let verdict = check(&picture, Framing::Full);
        assert_eq!(verdict.outcome, Outcome::Failed);
        let reason = verdict.evidence["reason"].as_str().unwrap();
        assert!(reason.contains("1 of 136") && reason.contains("39,7"), "{reason}");
        assert_eq!(check(&picture, Framing::CloseUp).outcome, Outcome::NotApplicable);
    }

    #[test]
    fn a_transparent_border_is_not_the_asked_colour() {
        let mut picture = on_gray();
        picture.get_pixel_mut(0, 0)[3] = 0;
        assert_eq!(
            check(&picture, Background::LIGHT_GRAY, Framing::Full).outcome,
            Outcome::Failed
        );
    }
}
