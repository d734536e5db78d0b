//! How much of the canvas a garment fills, and whether the photo holds enough pixels for it.

use domain::{
    category::{Category, FillSide},
    size::Size,
};
use serde::Serialize;

use super::upright::Upright;

/// Enlargement that needs no mention.
pub(crate) const SILENT_MAX: f64 = 1.5;
/// Enlargement beyond which a picture is not delivered.
pub(crate) const ENLARGEMENT_MAX: f64 = 2.0;
/// Share of its fill a garment may give up so as to stay within [`ENLARGEMENT_MAX`]: a little more air around it,
/// rather than no picture or made-up detail.
const GIVEN_UP_MAX: f64 = 0.10;
/// The most a garment may take of the side that does not limit it.
const OTHER_SIDE_MAX: f64 = 0.92;

/// A scale that a picture may be made at, and the sentence that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Allowed {
    /// Canvas pixels per photo pixel, [`ENLARGEMENT_MAX`] at most.
    pub(crate) scale: f64,
    /// What to tell the reviewer, if anything.
    pub(crate) note: Option<String>,
}

/// The share of the canvas a garment gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Fill {
    /// The category the numbers come from.
    pub(crate) category: Category,
    /// The category was read off the silhouette.
    pub(crate) measured: bool,
    /// Share of the limiting side.
    pub(crate) share: f64,
}

/// The fill of a product: by its category, or by its shape when the category is unknown.
pub(crate) fn fill(category: Category, upright: &Upright) -> Fill {
    let measured = category == Category::Unknown;
    let category = if measured {
        category_of_shape(upright.height() / upright.width())
    } else {
        category
    };
    Fill {
        category,
        measured,
        share: f64::from(category.fill().0),
    }
}

/// Long silhouettes are filled like trousers and dresses, wide ones like crop tops, the rest like tops.
fn category_of_shape(height_to_width: f64) -> Category {
    if height_to_width >= 1.75 {
        Category::Dress
    } else if height_to_width <= 0.85 {
        Category::CropTop
    } else {
        Category::Top
    }
}

/// Canvas pixels per photo pixel at which the garment fills its share of the canvas.
pub(crate) fn scale(fill: &Fill, upright: &Upright, size: Size) -> f64 {
    let wide = f64::from(size.width) / upright.width();
    let high = f64::from(size.height) / upright.height();
    match fill.category.fill().1 {
        FillSide::Either => fill.share * wide.min(high),
        FillSide::Height => (fill.share * high).min(OTHER_SIDE_MAX * wide),
        FillSide::Width => (fill.share * wide).min(OTHER_SIDE_MAX * high),
    }
}

/// Judges the enlargement a canvas asks of a photo. The error is the reason to refuse; it names the largest
/// honest size.
pub(crate) fn allow(scale: f64, size: Size) -> Result<Allowed, String> {
    if scale <= SILENT_MAX {
        return Ok(Allowed { scale, note: None });
    }
    if scale <= ENLARGEMENT_MAX {
        let note = format!(
            "enlarged {scale:.2}x: the photo holds the garment at {:.0} % of this size",
            100.0 / scale
        );
        return Ok(Allowed {
            scale,
            note: Some(note),
        });
    }
    let kept = ENLARGEMENT_MAX / scale;
    if kept >= 1.0 - GIVEN_UP_MAX {
        let note = format!(
            "enlarged {ENLARGEMENT_MAX:.2}x, the most that is honest: the garment stands {:.0} % smaller in the \
             frame than its category asks",
            ((1.0 - kept) * 100.0).ceil()
        );
        return Ok(Allowed {
            scale: ENLARGEMENT_MAX,
            note: Some(note),
        });
    }
    let (width, height) = honest(scale, size);
    Err(format!(
        "{size} would enlarge the photo {scale:.2}x, and beyond {ENLARGEMENT_MAX}x detail would be made up; \
         the largest honest size from this photo is {width}x{height}: ask for that, or send a larger photo",
    ))
}

/// The largest canvas of this shape that the photo carries, where it does not carry this one.
pub(crate) fn smaller(scale: f64, size: Size) -> Option<Size> {
    allow(scale, size).err()?;
    let (width, height) = honest(scale, size);
    Size::new(width, height)
}

fn honest(scale: f64, size: Size) -> (u32, u32) {
    let side = |side: u32| (f64::from(side) * ENLARGEMENT_MAX / scale).floor() as u32;
    (side(size.width), side(size.height))
}
