//! A part of a picture to be read.

/// Left, top, width and height.
pub(crate) type Region = [f32; 4];

/// Pixels row by row: red, green, blue, sRGB encoded, 0..=1.
pub(crate) struct Page {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pixels: Vec<[f32; 3]>,
}

impl Page {
    /// Of linear light by column and row.
    pub(crate) fn from_fn(width: usize, height: usize, light: impl Fn(usize, usize) -> [f32; 3]) -> Self {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            height,
            pixels: places.map(|(x, y)| light(x, y).map(encoded)).collect(),
        }
    }

    /// The part of a region that lies on the page.
    pub(super) fn within(&self, [left, top, width, height]: Region) -> Region {
        let (right, low) = (left + width, top + height);
        let (left, top) = (left.max(0.0), top.max(0.0));
        [
            left,
            top,
            (right.min(self.width as f32) - left).max(0.0),
            (low.min(self.height as f32) - top).max(0.0),
        ]
    }

    /// Resized, as the networks take it: blue, green, red, each -1..=1.
    pub(super) fn planar(&self, width: usize, height: usize) -> Vec<f32> {
        let (across, down) = (
            self.width as f32 / width as f32,
            self.height as f32 / height as f32,
        );
        let seen: Vec<[f32; 3]> = (0..width * height)
            .map(|index| {
                let (x, y) = ((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
                self.sample(x * across, y * down)
            })
            .collect();
        [2, 1, 0]
            .into_iter()
            .flat_map(|channel| seen.iter().map(move |pixel| 2.0 * pixel[channel] - 1.0))
            .collect()
    }

    /// Between the four nearest pixels.
    fn sample(&self, x: f32, y: f32) -> [f32; 3] {
        let (u, v) = (
            (x - 0.5).clamp(0.0, (self.width - 1) as f32),
            (y - 0.5).clamp(0.0, (self.height - 1) as f32),
        );
        let (i, j) = (u as usize, v as usize);
        let (right, below) = ((i + 1).min(self.width - 1), (j + 1).min(self.height - 1));
        let (fu, fv) = (u - i as f32, v - j as f32);
        let at = |i: usize, j: usize| self.pixels[j * self.width + i];
        let (upper, lower) = ([at(i, j), at(right, j)], [at(i, below), at(right, below)]);
        std::array::from_fn(|c| {
            let [high, low] = [upper, lower].map(|[one, two]| one[c] + fu * (two[c] - one[c]));
            high + fv * (low - high)
        })
    }
}

fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 {
        12.92 * light.max(0.0)
    } else {
        (1.055 * light.powf(1.0 / 2.4) - 0.055).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_given_blue_first_and_resized() {
        let page = Page::from_fn(4, 2, |x, _| [1.0, 0.0, if x < 2 { 0.0 } else { 1.0 }]);
        let planes = page.planar(2, 1);
        assert_eq!(planes.len(), 6);
        let near = |index: usize, wanted: f32| (planes[index] - wanted).abs() < 1e-4;
        assert!(near(0, -1.0) && near(1, 1.0), "blue: {planes:?}");
        assert!(near(2, -1.0) && near(4, 1.0), "green and red: {planes:?}");
    }

    #[test]
    fn a_region_ends_where_the_page_does() {
        let page = Page::from_fn(4, 2, |_, _| [0.0; 3]);
        assert_eq!(page.within([-1.0, 1.0, 3.0, 5.0]), [0.0, 1.0, 2.0, 1.0]);
    }
}
