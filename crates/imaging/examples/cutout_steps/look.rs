//! The three most suspicious places of a cut-out, enlarged: the photo, then the cut-out on magenta, black and white.

use image::{Rgb, RgbImage, imageops};
use imaging::Picture;

/// Width and height of a place in photo pixels; it is shown twice as large.
const PLACE: u32 = 124;
/// Places are this many pixels apart at least, and looked for on a grid of a quarter of it.
const APART: u32 = 96;
const PLACES: u32 = 3;
/// Grounds that show what the next does not: fringes, light rims, dark rims.
const GROUNDS: [[u8; 3]; 3] = [[255, 0, 255], [0, 0, 0], [255, 255, 255]];

/// What the recipe saw, at working size.
pub(crate) struct Seen {
    pub(crate) width: usize,
    /// The network's mask, 0..=1.
    pub(crate) soft_mask: Vec<f32>,
    /// Lab distance from the ground.
    pub(crate) difference: Vec<f32>,
}

/// One row a place, worst first.
pub(crate) fn sheet(photo: &Picture, cutout: &Picture, seen: &Seen) -> RgbImage {
    let doubts = Sums::new(photo.width(), photo.height(), |x, y| {
        doubt(photo, cutout, seen, (x, y))
    });
    let tile = 2 * PLACE;
    let mut sheet = RgbImage::new(tile * (1 + GROUNDS.len() as u32), tile * PLACES);
    for (row, (left, top)) in (0..).zip(doubts.worst()) {
        let mut show = |column: u32, pixel: &dyn Fn(u32, u32) -> Rgb<u8>| {
            let place = RgbImage::from_fn(PLACE, PLACE, |x, y| {
                let (x, y) = (left + x, top + y);
                if x < photo.width() && y < photo.height() {
                    pixel(x, y)
                } else {
                    Rgb([128; 3])
                }
            });
            let large = imageops::resize(&place, tile, tile, imageops::FilterType::CatmullRom);
            imageops::replace(
                &mut sheet,
                &large,
                i64::from(column * tile),
                i64::from(row * tile),
            );
        };
        show(0, &|x, y| laid_on([255; 3], photo.get_pixel(x, y).0));
        for (column, ground) in (1..).zip(GROUNDS) {
            show(column, &|x, y| laid_on(ground, cutout.get_pixel(x, y).0));
        }
    }
    sheet
}

/// How much one pixel speaks against the cut: the ground's colour kept, another colour or a part the network is sure
/// of taken away, half kept, or a corner of the outline.
fn doubt(photo: &Picture, cutout: &Picture, seen: &Seen, (x, y): (u32, u32)) -> f64 {
    let scale = seen.width as f64 / f64::from(photo.width());
    let at = |v: u32, limit: usize| ((f64::from(v) * scale) as usize).min(limit - 1);
    let i = at(y, seen.soft_mask.len() / seen.width) * seen.width + at(x, seen.width);
    let alpha = |x: u32, y: u32| f64::from(cutout.get_pixel(x, y).0[3]) / 65535.0;
    let kept = alpha(x, y);
    let is_ground = f64::from(u8::from(seen.difference[i] < 4.0));
    let is_product = f64::from(u8::from(seen.difference[i] > 8.0)) * f64::from(seen.soft_mask[i]);
    let half = 1.0 - (2.0 * kept - 1.0).abs();
    kept * is_ground + (1.0 - kept) * is_product + 0.1 * half + corner(cutout, (x, y), kept)
}

/// How far the coverage around a pixel on the outline is from the half that a straight edge leaves.
fn corner(cutout: &Picture, (x, y): (u32, u32), kept: f64) -> f64 {
    const REACH: u32 = 5;
    if !(0.25..0.75).contains(&kept)
        || x < REACH
        || y < REACH
        || x + REACH >= cutout.width()
        || y + REACH >= cutout.height()
    {
        return 0.0;
    }
    let around = (y - REACH..=y + REACH).flat_map(|y| (x - REACH..=x + REACH).map(move |x| (x, y)));
    let sum: f64 = around
        .map(|(x, y)| f64::from(cutout.get_pixel(x, y).0[3]) / 65535.0)
        .sum();
    (sum / f64::from((2 * REACH + 1).pow(2)) - 0.5).abs()
}

fn laid_on(ground: [u8; 3], [r, g, b, alpha]: [u16; 4]) -> Rgb<u8> {
    let alpha = f32::from(alpha) / 65535.0;
    let mixed = |v: u16, under: u8| f32::from(v) / 257.0 * alpha + f32::from(under) * (1.0 - alpha);
    Rgb([mixed(r, ground[0]), mixed(g, ground[1]), mixed(b, ground[2])].map(|v| v.round() as u8))
}

/// Doubt summed from the top left corner, so that any place is four look-ups.
struct Sums {
    width: u32,
    height: u32,
    doubt: Vec<f64>,
}

impl Sums {
    fn new(width: u32, height: u32, doubt: impl Fn(u32, u32) -> f64) -> Self {
        let stride = width as usize + 1;
        let mut sums = vec![0.0; stride * (height as usize + 1)];
        for y in 0..height {
            let mut row = 0.0;
            for x in 0..width {
                row += doubt(x, y);
                let here = (y as usize + 1) * stride + x as usize + 1;
                sums[here] = sums[here - stride] + row;
            }
        }
        Self {
            width,
            height,
            doubt: sums,
        }
    }

    fn place(&self, left: u32, top: u32) -> f64 {
        let at = |x: u32, y: u32| {
            let (x, y) = (x.min(self.width) as usize, y.min(self.height) as usize);
            self.doubt[y * (self.width as usize + 1) + x]
        };
        let (right, low) = (left + PLACE, top + PLACE);
        at(right, low) - at(left, low) - at(right, top) + at(left, top)
    }

    /// Left and top of the places with most doubt, none over another.
    fn worst(&self) -> Vec<(u32, u32)> {
        let step = APART as usize / 4;
        let rows = (0..self.height).step_by(step);
        let mut places: Vec<(u32, u32)> = rows
            .flat_map(|y| (0..self.width).step_by(step).map(move |x| (x, y)))
            .collect();
        places.sort_by(|a, b| self.place(b.0, b.1).total_cmp(&self.place(a.0, a.1)));
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (x, y) in places {
            if found
                .iter()
                .all(|f| f.0.abs_diff(x) >= APART || f.1.abs_diff(y) >= APART)
            {
                found.push((x, y));
            }
            if found.len() == PLACES as usize {
                break;
            }
        }
        found
    }
}
