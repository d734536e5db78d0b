//! Arms, hands and hair before the garment: skin that comes in over the outline, and whatever goes on outside of it in
//! another colour than the ground.

use crate::locks::{
    colour::{Lab, delta_e76},
    plane::Plane,
};

/// What skin of any tone looks like: lightness, hue in degrees, chroma.
const LIGHTNESS: std::ops::RangeInclusive<f32> = 18.0..=92.0;
const HUE_DEGREES: std::ops::RangeInclusive<f32> = 22.0..=80.0;
const CHROMA: std::ops::RangeInclusive<f32> = 9.0..=48.0;
/// It differs from the reference, and from the ground around, by more than this: a beige wall is no arm.
const APART: f32 = 9.0;
/// Smaller islands are no arms, in frame pixels.
const AREA_MIN: usize = 60;
/// Share of the garment an arm may cover.
const SHARE_MAX: f32 = 0.16;
/// Skin touches the garment's outermost rim of this width.
const RIM: usize = 6;
/// So many pixels of skin of its colour, within this distance in L*a*b* units, are seen beyond the outline at least: skin
/// that ends there is cloth of another colour.
const GOES_ON: usize = 12;
const ALIKE: f32 = 20.0;
/// Width of the ring around the garment in which things that go on are looked for, in frame pixels; and how far outside
/// they are seen at least: nearer lies the garment itself where it is bent.
const OUTSIDE: usize = 14;
const BEYOND: usize = 9;
/// The ground is averaged over this sigma, in frame pixels.
const GROUND_SIGMA: f32 = 45.0;
/// A colour this far from the ground's mean (L*a*b* units) counts half in the next look at it, of so many looks: hair
/// that crosses the ring is not the ground.
const GROUND_HALF: f32 = 10.0;
const GROUND_LOOKS: usize = 3;
/// Two colours that differ clearly, and two neighbours without a step between them, in L*a*b* units.
const CLEARLY: f32 = 14.0;
const SMOOTH: f32 = 8.0;
/// So far, in L*a*b* units, the colour of one arm or of hair strays between light and shade.
const SHADED: f32 = 24.0;
/// As close to the ground as this is the ground itself.
const BARE: f32 = 10.0;
/// Around an arm lies a shadow of this width.
const SHADOW: usize = 5;

/// 1 where skin, or whatever else goes on outside, covers the garment, else 0. `inside` is 1 where the candidate has pixels.
pub(super) fn covered(reference: &Lab, candidate: &Lab, mask: &Plane, inside: &Plane) -> Plane {
    let soft = candidate.map(|plane| plane.blurred(1.6));
    let ground = Ground::new(&soft, mask);
    let mut skin = mask.clone();
    for (index, value) in skin.data.iter_mut().enumerate() {
        let colour = candidate.at(index);
        let seen = *value > 0.5
            && is_skin(colour)
            && delta_e76(colour, reference.at(index)) > APART
            && delta_e76(colour, ground.mean.at(index)) > APART;
        *value = f32::from(u8::from(seen));
    }
    let skin = skin.eroded(2).dilated(3).with(mask, |s, m| s * m);
    let inner = mask.eroded(RIM);
    let beyond = beyond(&ground, mask).with(inside, |beyond, inside| beyond * inside);
    let area_max = (SHARE_MAX * mask.sum() as f32) as usize;
    let mut covered = Plane::new(mask.width, mask.height, 0.0);
    for island in skin.islands() {
        let at_rim = island.iter().any(|&index| inner.data[index] < 0.5);
        let is_arm_sized = (AREA_MIN..=area_max).contains(&island.len());
        if at_rim && is_arm_sized && goes_on(&island, &soft, &ground, &beyond) {
            for index in island {
                covered.data[index] = 1.0;
            }
        }
    }
    let more = continued(reference, &soft, mask, &ground, &beyond);
    covered.with(&more, f32::max).dilated(SHADOW)
}

/// 1 in the ring around the garment where the garment itself is not seen though it is bent, else 0.
fn beyond(ground: &Ground, mask: &Plane) -> Plane {
    let bent = mask.dilated(BEYOND);
    ground.ring.with(&bent, |ring, bent| (ring - bent).max(0.0))
}

/// Something of this colour, and no part of the ground, is to be seen beyond the outline beside it.
fn goes_on(island: &[usize], soft: &Lab, ground: &Ground, beyond: &Plane) -> bool {
    let mut near = beyond.map(|_| 0.0);
    let mut own = [0.0; 3];
    for &index in island {
        near.data[index] = 1.0;
        own = std::array::from_fn(|c| own[c] + soft.at(index)[c] / island.len() as f32);
    }
    let near = near.dilated(OUTSIDE + RIM);
    let alike = (0..beyond.data.len()).filter(|&index| {
        beyond.data[index] * near.data[index] > 0.5
            && delta_e76(soft.at(index), own) < ALIKE
            && delta_e76(soft.at(index), ground.mean.at(index)) > APART
    });
    alike.take(GOES_ON).count() == GOES_ON
}

/// 1 on the garment where something lies over it that goes on outside: it differs from the ground around, and leads
/// inwards without a step, in the colour in which it comes in (a pattern of the ground ends at a collar of another dye,
/// however soft the picture makes that step). A missing piece of cloth shows the ground itself, so it is none.
fn continued(reference: &Lab, soft: &Lab, mask: &Plane, ground: &Ground, beyond: &Plane) -> Plane {
    let (width, height) = (mask.width, mask.height);
    let ring = &ground.ring;
    let mut out = Plane::new(width, height, 0.0);
    let mut queue: Vec<usize> = (0..mask.data.len())
        .filter(|&index| beyond.data[index] > 0.5 && ground.differs(soft.at(index), index))
        .collect();
    for &index in &queue {
        out.data[index] = 1.0;
    }
    let mut came_in: Vec<[f32; 3]> = queue.iter().map(|&index| soft.at(index)).collect();
    let mut next = 0;
    while next < queue.len() {
        let (index, own) = (queue[next], came_in[next]);
        next += 1;
        let (x, y) = (index % width, index / width);
        let around = [
            (x > 0).then(|| index - 1),
            (x + 1 < width).then(|| index + 1),
            (y > 0).then(|| index - width),
            (y + 1 < height).then(|| index + width),
        ];
        for other in around.into_iter().flatten() {
            let leads = out.data[other] < 0.5
                && delta_e76(soft.at(index), soft.at(other)) < SMOOTH
                && delta_e76(own, soft.at(other)) < SHADED
                && (mask.data[other] < 0.5 || delta_e76(soft.at(other), reference.at(other)) > CLEARLY)
                && (mask.data[other] > 0.5 || ring.data[other] > 0.5 || near(mask, other))
                && ground.differs(soft.at(other), other);
            if leads {
                out.data[other] = 1.0;
                queue.push(other);
                came_in.push(own);
            }
        }
    }
    let inner = out.with(mask, |o, m| o * m);
    let share = (inner.sum() / mask.sum().max(1.0)) as f32;
    if share > SHARE_MAX {
        mask.map(|_| 0.0)
    } else {
        inner.eroded(1).dilated(1)
    }
}

/// 1 where cloth is to be seen (`open`) and the candidate shows the ground around the garment instead.
pub(super) fn bare(reference: &Lab, candidate: &Lab, mask: &Plane, open: &Plane) -> Plane {
    let ground = Ground::new(candidate, mask);
    let mut out = open.clone();
    for (index, value) in out.data.iter_mut().enumerate() {
        let seen = candidate.at(index);
        let is_bare = *value > 0.5
            && delta_e76(seen, reference.at(index)) > CLEARLY
            && delta_e76(seen, ground.mean.at(index)) < (1.2 * ground.spread.data[index]).clamp(4.0, BARE);
        *value = f32::from(u8::from(is_bare));
    }
    out.eroded(1).dilated(2).with(open, |b, o| b * o)
}

/// Within the two pixels between the garment and the ring.
fn near(mask: &Plane, index: usize) -> bool {
    let (x, y) = (index % mask.width, index / mask.width);
    let clamp = |at: usize, by: isize, side: usize| (at as isize + by).clamp(0, side as isize - 1) as usize;
    [(-3, 0), (3, 0), (0, -3), (0, 3)]
        .iter()
        .any(|&(dx, dy)| mask.at(clamp(x, dx, mask.width), clamp(y, dy, mask.height)) > 0.5)
}

/// The colours around the garment, averaged so widely that an arm is not seen in them.
struct Ground {
    mean: Lab,
    spread: Plane,
    /// 1 in the ring around the garment in which it is seen, else 0.
    ring: Plane,
}

impl Ground {
    fn new(candidate: &Lab, mask: &Plane) -> Self {
        let (width, height) = (mask.width, mask.height);
        let ring = mask
            .dilated(OUTSIDE)
            .with(&mask.dilated(2), |wide, near| wide - near);
        // So wide a blur needs no more than a quarter of the size.
        let small = |plane: &Plane| plane.resized(width / 4, height / 4);
        let wide = |plane: &Plane| plane.blurred(GROUND_SIGMA / 4.0);
        let seen = candidate.map(small);
        let own = small(&ring);
        let mut counted = own.clone();
        let (mut mean, mut spread) = (seen.clone(), own.clone());
        for _ in 0..GROUND_LOOKS {
            let weight = wide(&counted).map(|w| w + 1e-6);
            let around =
                |plane: &Plane| wide(&plane.with(&counted, |v, c| v * c)).with(&weight, |s, w| s / w);
            mean = seen.map(around);
            let mut away = own.clone();
            for (index, value) in away.data.iter_mut().enumerate() {
                *value = delta_e76(seen.at(index), mean.at(index));
            }
            spread = around(&away);
            counted = own.with(&away, |own, away| own / (1.0 + (away / GROUND_HALF).powi(2)));
        }
        let back = |plane: &Plane| plane.resized(width, height);
        Self {
            mean: mean.map(back),
            spread: back(&spread),
            ring,
        }
    }

    fn differs(&self, colour: [f32; 3], index: usize) -> bool {
        delta_e76(colour, self.mean.at(index)) > (2.0 * self.spread.data[index]).max(CLEARLY)
    }
}

fn is_skin([l, a, b]: [f32; 3]) -> bool {
    let chroma = a.hypot(b);
    LIGHTNESS.contains(&l) && CHROMA.contains(&chroma) && HUE_DEGREES.contains(&b.atan2(a).to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gray garment of 60 x 80 in a frame of 100 x 120, its lowest 20 rows cut off where `cut`, on a wall; an arm
    /// comes in from the left where `arm`.
    fn scene(wall: [f32; 3], cut: bool, arm: bool) -> (Lab, Lab, Plane) {
        let (width, height) = (100, 120);
        let mut mask = Plane::new(width, height, 0.0);
        let (mut l, mut a, mut b) = (mask.clone(), mask.clone(), mask.clone());
        for index in 0..mask.data.len() {
            let (x, y) = (index % width, index / width);
            let is_garment = (20..80).contains(&x) && (20..100).contains(&y);
            mask.data[index] = f32::from(u8::from(is_garment));
            let is_arm = arm && x < 45 && (50..60).contains(&y);
            let colour = if is_arm {
                [60.0, 15.0, 20.0]
            } else if is_garment && !(cut && y >= 80) {
                [40.0, 0.0, 0.0]
            } else {
                wall
            };
            [l.data[index], a.data[index], b.data[index]] = colour;
        }
        let cloth = Lab {
            l: mask.map(|_| 40.0),
            a: mask.map(|_| 0.0),
            b: mask.map(|_| 0.0),
        };
        (cloth, Lab { l, a, b }, mask)
    }

    #[test]
    fn dark_hair_over_the_top_covers() {
        let (cloth, mut seen, mask) = scene([75.0, 0.0, -6.0], false, false);
        for (index, l) in seen.l.data.iter_mut().enumerate() {
            let (x, y) = (index % 100, index / 100);
            if (38..58).contains(&x) && y < 50 {
                (*l, seen.b.data[index]) = (12.0, 0.0);
            }
        }
        let hair = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(
            hair.at(48, 30) > 0.5 && hair.at(48, 45) > 0.5,
            "hair goes on outside"
        );
        assert!(
            hair.at(75, 45) < 0.5 && hair.at(48, 80) < 0.5,
            "cloth beside it is seen"
        );
    }

    #[test]
    fn a_sleeve_of_another_colour_that_bends_over_the_outline_is_no_arm() {
        let (cloth, mut seen, mask) = scene([75.0, 0.0, -6.0], false, false);
        for (index, b) in seen.b.data.iter_mut().enumerate() {
            let (x, y) = (index % 100, index / 100);
            // Five pixels further out than the mask says.
            if (15..35).contains(&x) && (20..70).contains(&y) {
                *b = 30.0;
                seen.l.data[index] = 40.0;
            }
        }
        let hidden = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(hidden.at(28, 45) < 0.5, "the sleeve is judged");
    }

    #[test]
    fn a_collar_of_another_colour_is_no_part_of_the_pattern_behind_it() {
        let (cloth, mut seen, mask) = scene([75.0, 0.0, -6.0], false, false);
        for (index, l) in seen.l.data.iter_mut().enumerate() {
            let (x, y) = (index % 100, index / 100);
            if (30..70).contains(&x) && y < 30 {
                // A patch of the wall, and below it the collar.
                (*l, seen.a.data[index]) = if y < 20 { (55.0, 12.0) } else { (55.0, -14.0) };
            }
        }
        let hidden = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(hidden.at(50, 27) < 0.5, "the collar is judged");
    }

    #[test]
    fn a_collar_of_the_colour_of_skin_that_ends_with_the_garment_is_no_neck() {
        let (cloth, mut seen, mask) = scene([75.0, 0.0, -6.0], false, false);
        for (index, l) in seen.l.data.iter_mut().enumerate() {
            let (x, y) = (index % 100, index / 100);
            // Two pixels further out than the mask says.
            if (35..65).contains(&x) && (18..30).contains(&y) {
                (*l, seen.a.data[index], seen.b.data[index]) = (80.0, 14.0, 12.0);
            }
        }
        let hidden = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(hidden.at(50, 25) < 0.5, "the collar is judged");
    }

    #[test]
    fn an_arm_with_a_bracelet_at_the_outline_covers() {
        let (cloth, mut seen, mask) = scene([75.0, 0.0, -6.0], false, true);
        for index in 0..mask.data.len() {
            let (x, y) = (index % 100, index / 100);
            if (15..19).contains(&x) && (50..60).contains(&y) {
                (seen.l.data[index], seen.a.data[index], seen.b.data[index]) = (15.0, 0.0, 0.0);
            }
        }
        let arm = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(arm.at(35, 55) > 0.5, "the arm is seen beyond the bracelet");
    }

    #[test]
    fn a_sleeve_at_the_edge_of_the_picture_is_no_arm() {
        let (cloth, seen, mask) = scene([75.0, 0.0, -6.0], false, true);
        // Where the picture has no pixels, those of its edge are repeated.
        let mut inside = mask.map(|_| 1.0);
        for (index, value) in inside.data.iter_mut().enumerate() {
            *value = f32::from(u8::from(index % 100 >= 20));
        }
        let hidden = covered(&cloth, &seen, &mask, &inside);
        assert!(hidden.at(35, 55) < 0.5, "nothing is known to go on");
    }

    #[test]
    fn an_arm_covers_and_a_wall_of_the_colour_of_skin_does_not() {
        let beige = [75.0, 6.0, 14.0];
        let (cloth, seen, mask) = scene(beige, false, true);
        let arm = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(arm.at(35, 55) > 0.5 && arm.at(60, 55) < 0.5 && arm.at(35, 90) < 0.5);
        let (cloth, seen, mask) = scene(beige, true, false);
        let hidden = covered(&cloth, &seen, &mask, &mask.map(|_| 1.0));
        assert!(hidden.at(50, 90) < 0.5, "a hem that is cut off shows the wall");
        assert!(bare(&cloth, &seen, &mask, &mask).at(50, 90) > 0.5);
    }
}
