//! A guess at a garment's relief from its outline: a soft cushion, full in the middle, flat at the edge.

use super::plane::Plane;

/// Coverage from which a pixel is garment.
const HALF: f32 = 0.5;

/// What the outline says about a garment's shape.
pub(crate) struct Outline {
    /// 1 on the garment, 0 off it; small gaps closed.
    mask: Plane,
    /// Distance to the outline in pixels, 0 off the garment.
    distance: Plane,
    /// Width of the garment's box in pixels.
    width: f32,
}

impl Outline {
    /// Reads coverage 0..=1.
    pub(crate) fn of(coverage: &Plane) -> Self {
        let unit = coverage.width.max(coverage.height) as f32 / 1024.0;
        let gap = (6.0 * unit).round() as usize;
        let mask = coverage
            .map(|value| f32::from(value > HALF))
            .dilated(gap)
            .eroded(gap);
        let columns = (0..mask.width).filter(|&x| (0..mask.height).any(|y| mask.at(x, y) > HALF));
        Self {
            width: columns.count() as f32,
            distance: chamfer_distance(&mask),
            mask,
        }
    }

    /// Share of the garment in parts thinner than 3 % of its width: straps and strings.
    pub(crate) fn thin_share(&self) -> f32 {
        let radius = (0.015 * self.width).ceil() as usize;
        let opened = self.mask.eroded(radius).dilated(radius);
        let whole: f32 = self.mask.values.iter().sum();
        let lost: f32 = self
            .mask
            .zip(&opened, |mask, opened| mask * (1.0 - opened))
            .values
            .iter()
            .sum();
        lost / whole.max(1.0)
    }

    /// Ground enclosed by the garment (loops of straps, gaps under sleeves), as a share of the garment.
    pub(crate) fn enclosed_share(&self) -> f32 {
        let (width, height) = (self.mask.width, self.mask.height);
        let mut open: Vec<bool> = self.mask.values.iter().map(|&value| value < HALF).collect();
        let rim = (0..width)
            .flat_map(|x| [x, (height - 1) * width + x])
            .chain((0..height).flat_map(|y| [y * width, (y + 1) * width - 1]));
        let mut stack: Vec<usize> = rim.collect();
        while let Some(index) = stack.pop() {
            if !std::mem::replace(&mut open[index], false) {
                continue;
            }
            let (x, y) = (index % width, index / width);
            stack.extend((x > 0).then(|| index - 1));
            stack.extend((x + 1 < width).then_some(index + 1));
            stack.extend((y > 0).then(|| index - width));
            stack.extend((y + 1 < height).then_some(index + width));
        }
        let enclosed = open.into_iter().filter(|&open| open).count() as f32;
        enclosed / self.mask.values.iter().sum::<f32>().max(1.0)
    }

    /// Height towards the viewer in pixels, everywhere: beyond the outline it goes on as at the outline.
    ///
    /// z = h sqrt(1 - (1 - q)^2) with q the distance to the outline over .22 of the width, h .17 of the width.
    pub(crate) fn height(&self) -> Plane {
        let deepest = self.distance.values.iter().copied().fold(0.0, f32::max).max(1.0);
        let reach = deepest.min(0.22 * self.width).max(1.0);
        let full = 0.17 * self.width.min(2.8 * deepest);
        let cushion = self.distance.map(|distance| {
            let q = (distance / reach).min(1.0);
            full * (1.0 - (1.0 - q) * (1.0 - q)).max(0.0).sqrt()
        });
        let once = self.smoothed(&cushion, 0.03 * self.width);
        let inside = self.smoothed(&once, 0.02 * self.width);
        self.extended(&inside)
    }

    /// Blurred within the mask only.
    fn smoothed(&self, plane: &Plane, sigma: f32) -> Plane {
        let weight = self.mask.blurred(sigma);
        let masked = plane.zip(&self.mask, |value, mask| value * mask).blurred(sigma);
        let smooth = masked.zip(&weight, |value, weight| value / weight.max(1e-4));
        smooth.zip(&self.mask, |value, mask| value * mask)
    }

    /// Carried on outside by ever wider blurs.
    fn extended(&self, inside: &Plane) -> Plane {
        let mut plane = inside.clone();
        let mut known = self.mask.clone();
        for share in [0.01, 0.04, 0.16, 0.5] {
            let sigma = share * self.width;
            let weight = self.mask.blurred(sigma);
            let value = inside
                .blurred(sigma)
                .zip(&weight, |value, weight| value / weight.max(1e-6));
            for index in 0..plane.values.len() {
                if known.values[index] < HALF && weight.values[index] > 0.01 {
                    plane.values[index] = value.values[index];
                    known.values[index] = 1.0;
                }
            }
        }
        plane
    }
}

/// Distance to the nearest 0 in pixels, by two passes with steps 1 and 1.4 (Borgefors, 1986; within 8 %).
fn chamfer_distance(mask: &Plane) -> Plane {
    let (width, height) = (mask.width as i64, mask.height as i64);
    let mut plane = mask.map(|value| if value > HALF { f32::MAX / 2.0 } else { 0.0 });
    let near: [(i64, i64, f32); 4] = [(-1, 0, 1.0), (0, -1, 1.0), (-1, -1, 1.4), (1, -1, 1.4)];
    for forward in [true, false] {
        let sign = if forward { 1 } else { -1 };
        for step in 0..width * height {
            let index = if forward { step } else { width * height - 1 - step };
            let (x, y) = (index % width, index / width);
            let mut best = plane.values[index as usize];
            for (dx, dy, cost) in near {
                let (x, y) = (x + sign * dx, y + sign * dy);
                let outside = x < 0 || y < 0 || x >= width || y >= height;
                let there = if outside {
                    0.0
                } else {
                    plane.values[(y * width + x) as usize]
                };
                best = best.min(there + cost);
            }
            plane.values[index as usize] = best;
        }
    }
    plane
}
