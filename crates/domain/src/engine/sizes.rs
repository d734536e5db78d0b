//! Which picture sizes a model makes, and the nearest one to what is asked.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::size::Size;

/// A ratio of width to height as vendors write it: `2:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    /// Parts of width, at least 1.
    pub width: u32,
    /// Parts of height, at least 1.
    pub height: u32,
}

/// The text is not a ratio.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a ratio: write WIDTH:HEIGHT, for example 2:3")]
pub struct RatioError(String);

impl Ratio {
    fn value(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.trim().split_once(':');
        let part = |text: &str| text.parse::<u32>().ok().filter(|part| (1..=100).contains(part));
        parts
            .and_then(|(width, height)| {
                Some(Self {
                    width: part(width)?,
                    height: part(height)?,
                })
            })
            .ok_or_else(|| RatioError(text.to_owned()))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

impl TryFrom<String> for Ratio {
    type Error = RatioError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

/// The sizes a model makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sizes {
    /// Any width and height on a grid, within bounds.
    Grid {
        /// Both sides are multiples of this many pixels.
        multiple: u32,
        /// Least width times height.
        pixels_min: u64,
        /// Most width times height.
        pixels_max: u64,
        /// Longest side in pixels.
        side_max: u32,
        /// Longest side over shortest.
        ratio_max: f64,
    },
    /// One of these, in pixels.
    Fixed {
        /// Width and height.
        sizes: Vec<Size>,
    },
    /// One of these ratios; the model chooses the pixels.
    Ratios {
        /// What it takes.
        ratios: Vec<Ratio>,
    },
    /// The size of the first picture it is given.
    LikeInput,
}

impl Sizes {
    /// The pixels to ask for: the nearest ratio first, then the smallest that is not smaller than asked, else the
    /// largest. `None` where the model is not asked in pixels.
    pub fn nearest(&self, asked: Size) -> Option<Size> {
        match self {
            Self::Grid {
                multiple,
                pixels_min,
                pixels_max,
                side_max,
                ratio_max,
            } => Some(on_grid(
                asked,
                *multiple,
                (*pixels_min, *pixels_max),
                *side_max,
                *ratio_max,
            )),
            Self::Fixed { sizes } => {
                let ratio = |size: &Size| f64::from(size.width) / f64::from(size.height);
                let misfit = |size: &Size| (ratio(size) / ratio(&asked)).ln().abs();
                let covers = |size: &Size| size.width >= asked.width && size.height >= asked.height;
                let area = |size: &Size| u64::from(size.width) * u64::from(size.height);
                sizes.iter().copied().min_by(|a, b| {
                    let by_ratio = misfit(a).total_cmp(&misfit(b));
                    by_ratio.then_with(|| match (covers(a), covers(b)) {
                        (true, true) => area(a).cmp(&area(b)),
                        (false, false) => area(b).cmp(&area(a)),
                        (a, b) => b.cmp(&a),
                    })
                })
            }
            Self::Ratios { .. } | Self::LikeInput => None,
        }
    }

    /// The ratio to ask for, where the model is asked in ratios.
    pub fn nearest_ratio(&self, asked: Size) -> Option<Ratio> {
        let Self::Ratios { ratios } = self else {
            return None;
        };
        let wanted = f64::from(asked.width) / f64::from(asked.height);
        let misfit = |ratio: &Ratio| (ratio.value() / wanted).ln().abs();
        ratios
            .iter()
            .copied()
            .min_by(|a, b| misfit(a).total_cmp(&misfit(b)))
    }
}

fn on_grid(
    asked: Size,
    multiple: u32,
    (pixels_min, pixels_max): (u64, u64),
    side_max: u32,
    ratio_max: f64,
) -> Size {
    let multiple = multiple.max(1);
    let (mut width, mut height) = (f64::from(asked.width), f64::from(asked.height));
    // Squeeze the ratio into range by shortening the long side.
    if width > height * ratio_max {
        width = height * ratio_max;
    } else if height > width * ratio_max {
        height = width * ratio_max;
    }
    let bounds = |scale: f64, (w, h): (f64, f64)| (w * scale, h * scale);
    let area = width * height;
    let grow = (pixels_min as f64 / area).sqrt().max(1.0);
    let shrink = (pixels_max as f64 / area)
        .sqrt()
        .min(f64::from(side_max) / width.max(height))
        .min(1.0);
    let scale = if shrink < 1.0 { shrink } else { grow };
    let (width, height) = bounds(scale, (width, height));
    let step = f64::from(multiple);
    let down = |v: f64| ((v / step).floor().max(1.0) * step) as u32;
    let up = |v: f64| ((v / step).ceil().max(1.0) * step) as u32;
    let fits = |w: u32, h: u32| {
        let (area, long, short) = (u64::from(w) * u64::from(h), w.max(h), w.min(h));
        (pixels_min..=pixels_max).contains(&area)
            && long <= side_max
            && f64::from(long) <= f64::from(short) * ratio_max
    };
    let candidates = [
        (up(width), up(height)),
        (up(width), down(height)),
        (down(width), up(height)),
        (down(width), down(height)),
    ];
    let (width, height) = candidates
        .into_iter()
        .find(|&(w, h)| fits(w, h))
        .unwrap_or((down(width), down(height)));
    Size { width, height }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid() -> Sizes {
        Sizes::Grid {
            multiple: 16,
            pixels_min: 655_360,
            pixels_max: 8_294_400,
            side_max: 3840,
            ratio_max: 3.0,
        }
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn the_grid_gives_the_next_size_that_covers_what_is_asked() {
        assert_eq!(grid().nearest(size(1500, 1500)), Some(size(1504, 1504)));
        assert_eq!(grid().nearest(size(1200, 1800)), Some(size(1200, 1808)));
        assert_eq!(grid().nearest(size(1024, 1536)), Some(size(1024, 1536)));
    }

    #[test]
    fn fixed_sizes_fit_the_ratio_before_the_pixels() {
        let sizes = Sizes::Fixed {
            sizes: vec![size(1024, 1024), size(2048, 2048), size(832, 1216)],
        };
        assert_eq!(sizes.nearest(size(1500, 1500)), Some(size(2048, 2048)));
        assert_eq!(sizes.nearest(size(800, 800)), Some(size(1024, 1024)));
        assert_eq!(sizes.nearest(size(1200, 1800)), Some(size(832, 1216)));
    }

    #[test]
    fn ratios_take_the_nearest() {
        let ratios = ["1:1", "2:3", "3:2", "9:16"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let nearest = |w, h| {
            Sizes::Ratios {
                ratios: ratios.clone(),
            }
            .nearest_ratio(size(w, h))
            .unwrap()
        };
        assert_eq!(nearest(1500, 1500).to_string(), "1:1");
        assert_eq!(nearest(1200, 1700).to_string(), "2:3");
        assert_eq!(nearest(3000, 1900).to_string(), "3:2");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_grid_is_kept(width in Size::MIN..=Size::MAX, height in Size::MIN..=Size::MAX) {
            let Size { width, height } = grid().nearest(size(width, height)).unwrap();
            prop_assert!(width % 16 == 0 && height % 16 == 0);
            prop_assert!((655_360..=8_294_400).contains(&(u64::from(width) * u64::from(height))), "{width}x{height}");
            prop_assert!(width.max(height) <= 3840);
            prop_assert!(width.max(height) <= 3 * width.min(height), "{width}x{height}");
        }
    }
}
