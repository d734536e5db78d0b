//! How wide small pictures are drawn, as the `sizes` of an `img` says it: place by place, what the style sheets come to. A test in a
//! browser holds those of the pages that it opens to it.

/// A product in a grid (`.grid`).
pub(crate) const GRID: &str =
    "(max-width: 439px) 44vw, (max-width: 1199px) 165px, (max-width: 1599px) 15vw, 235px";
/// A picture of the twelve of a shoot (`.film`).
pub(crate) const FILM: &str = "(max-width: 719px) 15vw, (max-width: 1199px) 7vw, calc((100vw - 600px) / 12)";
/// A picture of a product, by pose (`.group .film`).
pub(crate) const GROUP: &str = "112px";
/// A picture among all of a project (`.film[data-wrap]`).
pub(crate) const WRAPPED_FILM: &str = "(max-width: 719px) 15vw, 105px";
/// A cell of a shoot (`.matrix td`).
pub(crate) const CELL: &str = "(max-width: 1099px) 88px, (max-width: 1799px) 8vw, 144px";
/// A photo in its slot (`.slots`).
pub(crate) const SLOT: &str = "(max-width: 439px) 44vw, (max-width: 719px) 150px, 235px";
/// A picture of the review desk without scripts (`.sheet-list`).
pub(crate) const SHEET: &str = "105px";
/// A person in the list of models (`.person-photo`).
pub(crate) const PERSON: &str = "80px";
/// A person to choose (`.round`).
pub(crate) const ROUND: &str = "40px";
/// A product to choose (`.pick-photo`). It is filled, so a square photo is drawn as wide as this is high.
pub(crate) const PICK: &str = "90px";
/// What waits for a person (`.need-pictures`), as filled as a pick.
pub(crate) const NEED: &str = "48px";
/// A product beside its row (`.matrix-product`), as filled.
pub(crate) const ROW: &str = "52px";
/// A product in a table (`.with-photo`).
pub(crate) const TABLE: &str = "32px";
