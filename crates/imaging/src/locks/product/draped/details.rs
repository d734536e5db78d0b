//! Small things on the cloth: buttons, a badge, a tag. Each stands out from what lies right around it, and has to do so in
//! the candidate.

use super::{
    laid::Laid,
    print::{Print, are_pattern},
};
use crate::locks::{
    colour::{Lab, delta_e76},
    plane::Plane,
    product::measure::Region,
};

/// Surroundings are averaged over this sigma, in frame pixels.
const AROUND: f32 = 9.0;
/// Distance to its surroundings from which a pixel stands out, and of a detail on average, in L*a*b* units: creases are
/// nearer.
const APART: f32 = 11.0;
const CONTRAST: f32 = 13.0;
/// Shares of the garment's area that a detail has; a tag in the neck's shade is the largest.
const SHARE: std::ops::RangeInclusive<f32> = 0.0003..=0.03;
/// It fills this much of its box at least, whose sides are no more unlike than that.
const FULL: f32 = 0.25;
const LONG: f32 = 4.0;
/// An island is part of a pattern, or a crease, where more islands than this, prints aside, have at least half its area.
const MANY: usize = 12;
/// Smaller islands are noise, in frame pixels.
const SPECK: usize = 6;
/// The cloth around a detail varies by less than this share of what the detail stands out by.
const EVEN: f32 = 0.4;
/// An island with its middle in the box of a print of at least this share of the garment belongs to that print, and is not
/// counted.
const PRINT: f32 = 0.02;
/// Details keep this far from the rim of what is compared.
const RIM: usize = 1;
/// The ring around a detail that it is held against, from and to, in frame pixels from its pixels.
const RING: (usize, usize) = (3, 7);
/// How far a detail may have shifted.
const SHIFT: i32 = 4;
/// Shares of a detail, and of its ring, that have to be seen.
const SEEN: f32 = 0.8;
const RING_SEEN: f32 = 0.4;
/// A detail that stands out less than this on average in a reference as soft as the candidate, in L*a*b* units, is not
/// looked for.
const FAINT: f32 = 8.0;

/// A detail's pixels, and those of the ring around it, as positions in the frame.
#[derive(Clone, Debug)]
pub(super) struct Detail {
    own: Vec<(i32, i32)>,
    ring: Vec<(i32, i32)>,
    region: Region,
}

/// The details of a garment: compact, and on even cloth.
pub(super) fn details(lab: &Lab, mask: &Plane, core: &Plane, prints: &[Print]) -> Vec<Detail> {
    let weight = mask.blurred(AROUND).map(|w| w + 1e-4);
    let around = lab.map(|plane| {
        let within = plane.with(mask, |v, m| v * m).blurred(AROUND);
        within.with(&weight, |v, w| v / w)
    });
    let mut apart = core.eroded(RIM);
    for (index, value) in apart.data.iter_mut().enumerate() {
        *value *= delta_e76(lab.at(index), around.at(index));
    }
    let whole = mask.sum() as f32;
    let off = apart.map(|v| f32::from(u8::from(v > APART)));
    let islands = off.dilated(1).eroded(1).islands().into_iter();
    let islands: Vec<Island> = islands
        .filter(|pixels| pixels.len() >= SPECK)
        .map(|pixels| Island::new(pixels, mask.width))
        .collect();
    let others: Vec<&Island> = islands
        .iter()
        .filter(|island| !island.is_of_a_large_print(prints, whole))
        .collect();
    let found = islands.iter().filter(|island| {
        island.is_compact(whole) && island.mean(&apart) > CONTRAST && !island.is_of_a_pattern(&others)
    });
    found
        .map(|island| Detail::new(&island.pixels, core))
        .filter(|detail| detail.is_on_even_cloth(lab))
        .collect()
}

/// Pixels of the frame that touch, with the box around them.
struct Island {
    pixels: Vec<usize>,
    region: Region,
}

impl Island {
    fn new(pixels: Vec<usize>, across: usize) -> Self {
        Self {
            region: bounds(&pixels, across),
            pixels,
        }
    }

    fn area(&self) -> f32 {
        self.pixels.len() as f32
    }

    fn mean(&self, plane: &Plane) -> f32 {
        self.pixels.iter().map(|&index| plane.data[index]).sum::<f32>() / self.area()
    }

    fn is_compact(&self, whole: f32) -> bool {
        let [_, _, width, height] = self.region;
        SHARE.contains(&(self.area() / whole))
            && self.area() > FULL * width * height
            && width.max(height) < LONG * width.min(height)
    }

    /// Or lies in the box of one; a pattern's motifs are no print.
    fn is_of_a_large_print(&self, prints: &[Print], whole: f32) -> bool {
        let [left, top, width, height] = self.region;
        let (x, y) = ((left + width / 2.0) as i32, (top + height / 2.0) as i32);
        let is_in = |print: &Print| print.area() > PRINT * whole && print.is_near(x, y, 0);
        !are_pattern(prints, whole) && prints.iter().any(is_in)
    }

    /// Among the other `islands` of its garment.
    fn is_of_a_pattern(&self, islands: &[&Self]) -> bool {
        let alike = islands.iter().filter(|other| 2.0 * other.area() >= self.area());
        alike.count() > MANY
    }
}

/// Left, top, width and height.
fn bounds(pixels: &[usize], across: usize) -> Region {
    let columns = pixels.iter().map(|index| index % across);
    let rows = pixels.iter().map(|index| index / across);
    let (left, top) = (
        columns.clone().min().unwrap_or(0),
        rows.clone().min().unwrap_or(0),
    );
    let (right, low) = (columns.max().unwrap_or(left), rows.max().unwrap_or(top));
    [left, top, right + 1 - left, low + 1 - top].map(|v| v as f32)
}

/// How much of the detail that is lost most is lost, 0..=1, and where it is. 0 where there is none to be seen.
pub(super) fn lost(details: &[Detail], laid: &Laid) -> (f32, Option<Region>) {
    let lost = details
        .iter()
        .filter_map(|detail| Some((1.0 - detail.kept(laid)?, detail.region)));
    let most = lost.max_by(|one, two| one.0.total_cmp(&two.0));
    most.map_or((0.0, None), |(lost, region)| (lost.clamp(0.0, 1.0), Some(region)))
}

impl Detail {
    fn new(pixels: &[usize], core: &Plane) -> Self {
        let mut own = Plane::new(core.width, core.height, 0.0);
        for &index in pixels {
            own.data[index] = 1.0;
        }
        let place = |index: usize| ((index % core.width) as i32, (index / core.width) as i32);
        let ring = own
            .dilated(RING.1)
            .with(&own.dilated(RING.0), |wide, near| wide - near);
        let ring = ring.with(core, |ring, core| ring * core);
        Self {
            own: pixels.iter().map(|&index| place(index)).collect(),
            ring: (0..ring.data.len())
                .filter(|&index| ring.data[index] > 0.5)
                .map(place)
                .collect(),
            region: bounds(pixels, core.width),
        }
    }

    /// Whether its ring is of one colour, beside what it stands out by: otherwise it may be a crease, or part of a pattern.
    fn is_on_even_cloth(&self, lab: &Lab) -> bool {
        let colour = |&(x, y): &(i32, i32)| lab.at(y as usize * lab.width() + x as usize);
        let mut ground = [0.0; 3];
        for place in &self.ring {
            ground = std::array::from_fn(|c| ground[c] + colour(place)[c] / self.ring.len() as f32);
        }
        let spread = |places: &[(i32, i32)]| {
            let squares = places.iter().map(|place| less(colour(place), ground));
            (squares.map(|v| dot(v, v)).sum::<f32>() / places.len() as f32).sqrt()
        };
        !self.ring.is_empty() && spread(&self.ring) < EVEN * spread(&self.own)
    }

    /// Share of the way in which it stands out that the candidate shows at the best shift; nothing where it would not be
    /// seen.
    fn kept(&self, laid: &Laid) -> Option<f32> {
        let ground = mean(&laid.reference, &laid.ok, &self.ring, (0, 0), RING_SEEN)?;
        let own: Vec<[f32; 3]> = self
            .own
            .iter()
            .map(|&(x, y)| less(laid.reference.at(y as usize * laid.ok.width + x as usize), ground))
            .collect();
        let strength: f32 = own.iter().map(|v| dot(*v, *v)).sum();
        if strength < FAINT * FAINT * own.len() as f32 {
            return None;
        }
        let shifts = (-SHIFT..=SHIFT).flat_map(|dy| (-SHIFT..=SHIFT).map(move |dx| (dx, dy)));
        let kept = shifts.filter_map(|shift| {
            let ground = mean(&laid.lit, &laid.ok, &self.ring, shift, RING_SEEN)?;
            let (mut alike, mut whole, mut seen) = (0.0, 0.0, 0_usize);
            for (&(x, y), own) in self.own.iter().zip(&own) {
                let Some(index) = seen_at(&laid.ok, (x + shift.0, y + shift.1)) else {
                    continue;
                };
                seen += 1;
                whole += dot(*own, *own);
                alike += dot(less(laid.lit.at(index), ground), *own);
            }
            (seen as f32 >= SEEN * own.len() as f32 && whole > 0.0).then(|| alike / whole)
        });
        kept.max_by(f32::total_cmp)
    }
}

/// The mean colour at these places, moved; nothing where fewer than this share of them is seen.
fn mean(lab: &Lab, ok: &Plane, places: &[(i32, i32)], (dx, dy): (i32, i32), share: f32) -> Option<[f32; 3]> {
    let (mut sum, mut seen) = ([0.0; 3], 0_usize);
    for &(x, y) in places {
        if let Some(index) = seen_at(ok, (x + dx, y + dy)) {
            seen += 1;
            sum = std::array::from_fn(|c| sum[c] + lab.at(index)[c]);
        }
    }
    (seen > 0 && seen as f32 >= share * places.len() as f32).then(|| sum.map(|v| v / seen as f32))
}

fn seen_at(ok: &Plane, (x, y): (i32, i32)) -> Option<usize> {
    let is_inside = x >= 0 && y >= 0 && (x as usize) < ok.width && (y as usize) < ok.height;
    let index = is_inside.then(|| y as usize * ok.width + x as usize)?;
    (ok.data[index] > 0.5).then_some(index)
}

fn less(one: [f32; 3], two: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|c| one[c] - two[c])
}

fn dot(one: [f32; 3], two: [f32; 3]) -> f32 {
    one.iter().zip(two).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::{super::print::prints, *};

    const CLOTH: [f32; 3] = [70.0, 2.0, -12.0];
    const BUTTON: [f32; 3] = [30.0, 0.0, 5.0];

    /// A shirt front of 120 x 160 with buttons of 9 pixels at these rows, moved to the right.
    fn front(buttons: &[usize], moved: usize) -> Lab {
        let mut lab = Lab {
            l: Plane::new(120, 160, CLOTH[0]),
            a: Plane::new(120, 160, CLOTH[1]),
            b: Plane::new(120, 160, CLOTH[2]),
        };
        for index in 0..120_usize * 160 {
            let (x, y) = (index % 120, index / 120);
            let is_button = buttons.iter().any(|row| {
                let (dx, dy) = (x.abs_diff(60 + moved), y.abs_diff(*row));
                dx * dx + dy * dy <= 20
            });
            if is_button {
                [lab.l.data[index], lab.a.data[index], lab.b.data[index]] = BUTTON;
            }
        }
        lab
    }

    fn lost_in(candidate: Lab, ok: Plane) -> f32 {
        let (reference, whole) = (front(&[40, 80, 120], 0), Plane::new(120, 160, 1.0));
        let found = details(&reference, &whole, &whole.eroded(5), &[]);
        assert_eq!(found.len(), 3);
        let none = whole.map(|_| 0.0);
        let laid = Laid {
            raw: candidate.clone(),
            balanced: candidate.clone(),
            lit: candidate,
            reference,
            ok,
            bare: none.clone(),
            hidden: none,
            inside: whole,
            seen: 1.0,
        };
        lost(&found, &laid).0
    }

    #[test]
    fn a_button_that_is_gone_is_lost_and_one_that_moved_or_is_hidden_is_not() {
        let all = Plane::new(120, 160, 1.0);
        assert!(lost_in(front(&[40, 80, 120], 0), all.clone()) < 0.01);
        assert!(lost_in(front(&[40, 80, 120], 2), all.clone()) < 0.1);
        assert!(lost_in(front(&[40, 120], 0), all.clone()) > 0.95);
        let mut behind_a_hand = all;
        for y in 70..90 {
            behind_a_hand.data[y * 120..(y + 1) * 120].fill(0.0);
        }
        assert!(lost_in(front(&[40, 120], 0), behind_a_hand) < 0.01);
    }

    #[test]
    fn dots_all_over_are_a_pattern_and_no_details() {
        let rows: Vec<usize> = (12..150).step_by(14).collect();
        let (left, right) = (front(&rows, 0), front(&rows, 30));
        let dotted = Lab {
            l: left.l.with(&right.l, f32::min),
            ..left
        };
        let whole = Plane::new(120, 160, 1.0);
        assert!(details(&dotted, &whole, &whole.eroded(5), &[]).is_empty());
    }

    #[test]
    fn a_tag_above_a_busy_print_is_a_detail_and_the_edge_of_a_panel_is_none() {
        let mut lab = front(&[], 0);
        for index in 0..120_usize * 160 {
            let (x, y) = (index % 120, index / 120);
            let is_flower = y > 50 && x % 11 < 4 && (y + 3 * x / 11) % 10 < 4;
            let is_tag = (52..68).contains(&x) && (14..24).contains(&y);
            if is_flower || is_tag {
                [lab.l.data[index], lab.a.data[index], lab.b.data[index]] = BUTTON;
            }
        }
        let whole = Plane::new(120, 160, 1.0);
        let core = whole.eroded(5);
        let found = details(&lab, &whole, &core, &[]);
        assert_eq!(found.len(), 1, "the tag alone");
        assert_eq!(found[0].region, [52.0, 14.0, 16.0, 10.0]);
        // Another colour to the right of the tag: it lies where two panels meet.
        for index in 0..120_usize * 160 {
            if index % 120 >= 64 && lab.at(index) == CLOTH {
                lab.l.data[index] = 95.0;
            }
        }
        assert!(details(&lab, &whole, &core, &[]).is_empty());
    }

    #[test]
    fn polka_dots_that_meet_as_one_print_are_a_pattern_too() {
        let mut lab = front(&[], 0);
        for index in 0..120_usize * 160 {
            let (x, y) = (index % 120, index / 120);
            let (row, across) = (y / 20, x + 6 * (y / 20));
            let (dx, dy) = ((across % 20).abs_diff(10), (y - 20 * row).abs_diff(10));
            if dx * dx + dy * dy <= 36 {
                lab.l.data[index] = 46.0;
            }
        }
        let whole = Plane::new(120, 160, 1.0);
        let core = whole.eroded(5);
        let prints = prints(&lab, &whole, &core);
        assert!(are_pattern(&prints, whole.sum() as f32));
        assert!(details(&lab, &whole, &core, &prints).is_empty());
    }

    #[test]
    fn letters_of_a_large_print_are_no_details_and_hide_none() {
        let mut lab = front(&[120], 0);
        for index in 0..120_usize * 160 {
            let (x, y) = (index % 120, index / 120);
            // Letters of 6 x 8 in rows and columns.
            if (24..96).contains(&x) && (20..90).contains(&y) && x % 9 < 6 && y % 12 < 8 {
                [lab.l.data[index], lab.a.data[index], lab.b.data[index]] = BUTTON;
            }
        }
        let whole = Plane::new(120, 160, 1.0);
        let core = whole.eroded(5);
        let prints = prints(&lab, &whole, &core);
        let found = details(&lab, &whole, &core, &prints);
        assert_eq!(found.len(), 1, "the button alone");
        assert!(found[0].region[1] > 100.0);
    }
}
