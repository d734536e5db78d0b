//! What kind of garment a product is: decides how much of the canvas it fills.

use serde::{Deserialize, Serialize};

/// The limiting side of the canvas a garment is scaled against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillSide {
    /// Whichever side is reached first.
    Either,
    /// The canvas height.
    Height,
    /// The canvas width.
    Width,
}

/// A garment category with a fill ratio of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Shirts, T-shirts, knitwear.
    Top,
    /// Tops that end above the waist: the width limits.
    CropTop,
    /// Jackets and coats.
    Jacket,
    /// Trousers, jeans, dungarees.
    Trousers,
    /// Skirts and shorts.
    Skirt,
    /// Dresses and jumpsuits.
    Dress,
    /// Not said: the engine measures the silhouette.
    #[default]
    Unknown,
}

impl Category {
    /// Reads the words shops use (`Jeans`, `T-Shirts`, `coat`, …). Words it does not know are [`Category::Unknown`].
    pub fn from_words(words: &str) -> Self {
        let lower = words.to_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
        if has(&["crop"]) {
            Self::CropTop
        } else if has(&["dress", "jumpsuit", "gown", "romper"]) {
            Self::Dress
        } else if has(&["jacket", "coat", "blazer", "parka", "vest", "gilet"]) {
            Self::Jacket
        } else if has(&[
            "trouser", "pant", "jean", "dungaree", "legging", "overall", "chino",
        ]) {
            Self::Trousers
        } else if has(&["skirt", "short"]) && !has(&["short sleeve", "short-sleeve"]) {
            Self::Skirt
        } else if has(&[
            "top", "shirt", "tee", "sweater", "hoodie", "blouse", "knit", "polo", "cardigan", "jumper",
            "tank",
        ]) {
            Self::Top
        } else {
            Self::Unknown
        }
    }

    /// Share of the limiting canvas side the garment's box fills, and which side limits.
    /// Source: the packshot recipe, seen at .84 to .90 on shop pictures.
    pub fn fill(self) -> (f32, FillSide) {
        match self {
            Self::Top | Self::Skirt | Self::Unknown => (0.86, FillSide::Either),
            Self::CropTop => (0.84, FillSide::Width),
            Self::Jacket => (0.88, FillSide::Either),
            Self::Trousers | Self::Dress => (0.90, FillSide::Height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shop_words_find_their_category() {
        for (words, category) in [
            ("T-Shirts", Category::Top),
            ("Short Sleeve Shirt", Category::Top),
            ("denim jacket", Category::Jacket),
            ("Skinny Jeans", Category::Trousers),
            ("Shirt dress", Category::Dress),
            ("Cropped tee", Category::CropTop),
            ("Mini skirt", Category::Skirt),
            ("gizmo", Category::Unknown),
        ] {
            assert_eq!(Category::from_words(words), category, "{words}");
        }
    }
}
