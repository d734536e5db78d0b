//! The words that say a view at the end of a file name, and the words that only may.

use crate::product::{Side, View};

/// Words that name a view, in the order they stand, lower case. Longer rows come first: `left side` is not a `side`.
///
/// English, German, French, Spanish, Italian and Dutch words that product photos are called by and that mean nothing
/// else in the name of a garment.
pub(super) const VIEW_WORDS: &[(&[&str], View, Option<Side>)] = &[
    (&["forty", "five", "degree"], View::Side, Some(Side::FortyFive)),
    (&["detail", "close", "up"], View::Detail, None),
    (&["left", "side"], View::Side, Some(Side::Left)),
    (&["side", "left"], View::Side, Some(Side::Left)),
    (&["right", "side"], View::Side, Some(Side::Right)),
    (&["side", "right"], View::Side, Some(Side::Right)),
    (&["front", "side"], View::Front, None),
    (&["back", "side"], View::Back, None),
    (&["45", "degree"], View::Side, Some(Side::FortyFive)),
    (&["45", "degrees"], View::Side, Some(Side::FortyFive)),
    (&["45", "deg"], View::Side, Some(Side::FortyFive)),
    (&["three", "quarter"], View::Side, Some(Side::FortyFive)),
    (&["close", "up"], View::Detail, None),
    (&["front"], View::Front, None),
    (&["vorne"], View::Front, None),
    (&["vorderseite"], View::Front, None),
    (&["vorderansicht"], View::Front, None),
    (&["devant"], View::Front, None),
    (&["frente"], View::Front, None),
    (&["davanti"], View::Front, None),
    (&["voorkant"], View::Front, None),
    (&["back"], View::Back, None),
    (&["backside"], View::Back, None),
    (&["rear"], View::Back, None),
    (&["hinten"], View::Back, None),
    (&["rückseite"], View::Back, None),
    (&["rueckseite"], View::Back, None),
    (&["ruckseite"], View::Back, None),
    (&["rückansicht"], View::Back, None),
    (&["rueckansicht"], View::Back, None),
    (&["derrière"], View::Back, None),
    (&["derriere"], View::Back, None),
    (&["arrière"], View::Back, None),
    (&["arriere"], View::Back, None),
    (&["espalda"], View::Back, None),
    (&["trasera"], View::Back, None),
    (&["dietro"], View::Back, None),
    (&["achterkant"], View::Back, None),
    (&["side"], View::Side, None),
    (&["seitenansicht"], View::Side, None),
    (&["zijkant"], View::Side, None),
    (&["left"], View::Side, Some(Side::Left)),
    (&["links"], View::Side, Some(Side::Left)),
    (&["right"], View::Side, Some(Side::Right)),
    (&["rechts"], View::Side, Some(Side::Right)),
    (&["45deg"], View::Side, Some(Side::FortyFive)),
    (&["detail"], View::Detail, None),
    (&["details"], View::Detail, None),
    (&["détail"], View::Detail, None),
    (&["detalle"], View::Detail, None),
    (&["dettaglio"], View::Detail, None),
    (&["detailansicht"], View::Detail, None),
    (&["nahaufnahme"], View::Detail, None),
    (&["closeup"], View::Detail, None),
];

/// Follows a view without changing it: `back view`.
pub(super) const FILLER: &str = "view";

/// Last words that some shops call views by, and others colours, sizes, numbers or styles: never read, always asked
/// about.
const MAY_BE_A_VIEW: &[&str] = &[
    "f", "b", "bk", "fv", "bv", "recto", "verso", "face", "avant", "dos", "retro", "fronte", "zurück",
    "zurueck", "seite", "lato", "lado", "lateral", "profil", "view",
];

/// Words that programs add to the name of a second copy.
const COPY_MARKS: &[&str] = &["copy", "kopie", "copie", "copia", "duplicate", "duplikat"];

/// The word may say a view, and is not read as one.
pub(super) fn may_be_a_view(word: &str) -> bool {
    MAY_BE_A_VIEW.contains(&word.to_lowercase().as_str())
}

/// The word says a view by itself.
pub(super) fn is_a_view(word: &str) -> bool {
    let word = word.to_lowercase();
    VIEW_WORDS.iter().any(|(phrase, ..)| *phrase == [word.as_str()])
}

/// The word marks a copy of a file.
pub(super) fn marks_a_copy(word: &str) -> bool {
    COPY_MARKS.contains(&word.to_lowercase().as_str())
}
