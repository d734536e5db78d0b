//! Intake: what the name of a photo says about the product on it.
//!
//! The last words of a file name are read as a view (`SKU123_front`, `sku123 detail 2`); everything before them
//! is the SKU, and a name without a view word is a front photo of the SKU it spells. Only words that mean nothing
//! else are views: `_1`, `_00`, `_f` and `_b` belong to the SKU, because shops put colours, sizes and running numbers
//! there. What may have been meant otherwise is a [`Doubt`].
//!
//! [`product_table`] reads what an office knows of its products, and [`group`] joins that with the photos' names. The command
//! line and the service's import are two doors to it.

use unicode_normalization::UnicodeNormalization as _;

use crate::product::{Side, View};

mod file_stem;
mod folders;
pub mod group;
pub mod names;
pub mod problem;
pub mod product_table;
mod view_words;

use view_words::{FILLER, VIEW_WORDS, is_a_view, marks_a_copy, may_be_a_view};

pub use file_stem::file_stem;

/// What a file name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoName {
    /// The SKU as it is spelt, or `None` when the name holds only a view (`front.jpg`): the folder names it then.
    pub sku: Option<String>,
    /// The view the name says; `None` when it says none, which means front.
    pub view: Option<View>,
    /// Which way a side photo is turned, when the name says it.
    pub side: Option<Side>,
    /// The number after the view (`detail 2`); 1 when there is none.
    pub number: u32,
    /// A word that stayed in the SKU and may say more than a SKU does.
    pub doubt: Option<Doubt>,
}

/// What a word of the SKU may have been meant as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A view: `b`, `dos`, or a view word that is not the last one.
    View(String),
    /// A second copy of a file: `copy`, `(1)`.
    Copy(String),
}

/// Most digits of a view's number: more is an article number that happens to follow the word.
const NUMBER_DIGITS_MAX: usize = 3;

/// Reads a file name without its extension.
pub fn parse_file_name(stem: &str) -> PhotoName {
    let stem = clean(stem);
    let words = words(&stem);
    let (shorter, number) = split_number(&stem, words.clone());
    let Some((sku_end, view, side)) = trailing_view(&stem, &shorter) else {
        return PhotoName {
            doubt: doubt(&stem, &words),
            sku: some_sku(&stem),
            view: None,
            side: None,
            number: 1,
        };
    };
    let before = words.iter().rev().find(|(start, _)| *start < sku_end);
    PhotoName {
        sku: some_sku(&stem[..sku_end]),
        view: Some(view),
        side,
        number: number.unwrap_or(1),
        doubt: before
            .filter(|(_, word)| is_a_view(word))
            .map(|(_, word)| Doubt::View((*word).to_owned())),
    }
}

/// Doubts about a name without a view at its end.
fn doubt(stem: &str, words: &[Word<'_>]) -> Option<Doubt> {
    let (_, last) = words.last().filter(|_| words.len() > 1)?;
    if let Some(mark) = copy_mark(stem, words) {
        return Some(Doubt::Copy(mark));
    }
    if may_be_a_view(last) {
        return Some(Doubt::View((*last).to_owned()));
    }
    let view = words.iter().find(|(_, word)| is_a_view(word));
    view.map(|(_, word)| Doubt::View((*word).to_owned()))
}

/// `(1)`, `copy` or `copy 2` at the end of two words or more.
fn copy_mark(stem: &str, words: &[Word<'_>]) -> Option<String> {
    let [.., (_, before), (start, last)] = words else {
        return None;
    };
    let is_number = last.len() <= NUMBER_DIGITS_MAX && last.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && stem[..*start].ends_with('(') && stem.ends_with(')') {
        return Some(format!("({last})"));
    }
    let word = if is_number { before } else { last };
    marks_a_copy(word).then(|| (*word).to_owned())
}

/// Reads a view as a table cell says it: `front`, `Detail 2`, `left side`, `45`.
pub fn parse_view(text: &str) -> Option<(View, Option<Side>, Option<u32>)> {
    let text = clean(text);
    if text == "45" {
        return Some((View::Side, Some(Side::FortyFive), None));
    }
    let (words, number) = split_number(&text, words(&text));
    let (sku_end, view, side) = trailing_view(&text, &words)?;
    (sku_end == 0).then_some((view, side, number))
}

/// The key two spellings of one SKU share: `SKU 123` and `sku  123` are one product.
pub fn sku_key(sku: &str) -> String {
    let composed: String = sku.nfc().collect::<String>().to_lowercase();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Composed (NFC), so that a name from any disk matches a table from any office, and free of control characters.
pub fn clean(text: &str) -> String {
    let composed: String = text.nfc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    composed.trim().to_owned()
}

/// A word and where it starts.
type Word<'a> = (usize, &'a str);

fn is_separator(c: char) -> bool {
    matches!(c, '_' | '-' | ' ' | '.' | '(' | ')')
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        if is_separator(c) {
            if start < at {
                words.push((start, &text[start..at]));
            }
            start = at + c.len_utf8();
        }
    }
    words
}

/// Takes `2` from `detail 2` and from `detail2`, only when a view word stands before it.
fn split_number<'a>(text: &str, mut words: Vec<Word<'a>>) -> (Vec<Word<'a>>, Option<u32>) {
    let Some(&(start, last)) = words.last() else {
        return (words, None);
    };
    let letters = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &last[letters.len()..];
    if digits.is_empty() || digits.len() > NUMBER_DIGITS_MAX {
        return (words, None);
    }
    let mut shorter = words.clone();
    shorter.pop();
    if !letters.is_empty() {
        shorter.push((start, letters));
    }
    if trailing_view(text, &shorter).is_some() {
        words = shorter;
        return (words, digits.parse().ok());
    }
    (words, None)
}

/// The view the last words name, and where the SKU before them ends.
fn trailing_view(text: &str, words: &[Word<'_>]) -> Option<(usize, View, Option<Side>)> {
    let words = match words {
        [before @ .., (_, last)] if last.eq_ignore_ascii_case(FILLER) => before,
        all => all,
    };
    let found = VIEW_WORDS.iter().find_map(|(phrase, view, side)| {
        let from = words.len().checked_sub(phrase.len())?;
        let tail = &words[from..];
        tail.iter()
            .zip(*phrase)
            .all(|((_, word), wanted)| word.to_lowercase() == **wanted)
            .then(|| (tail[0].0, *view, *side))
    });
    found.or_else(|| underscored_45(text, words))
}

/// `_45` at the very end is a turned photo; `-45` and ` 45` are shoe sizes and article numbers.
fn underscored_45(text: &str, words: &[Word<'_>]) -> Option<(usize, View, Option<Side>)> {
    let &(start, word) = words.last()?;
    let turned = word == "45" && start > 0 && text[..start].ends_with('_');
    turned.then_some((start, View::Side, Some(Side::FortyFive)))
}

fn some_sku(text: &str) -> Option<String> {
    let end = |c: char| matches!(c, '_' | '-' | ' ' | '.');
    let sku = text.trim_end_matches(end).trim_start();
    (!sku.is_empty()).then(|| sku.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_say_sku_view_side_and_number() {
        use Side::{FortyFive, Left, Right};
        use View::{Back, Detail, Front, Side as Turned};
        for (stem, sku, view, side, number) in [
            ("SKU123_front", "SKU123", Some(Front), None, 1),
            ("SKU123-back", "SKU123", Some(Back), None, 1),
            ("SKU123", "SKU123", None, None, 1),
            ("sku123 detail 2", "sku123", Some(Detail), None, 2),
            ("SKU123_detail-2", "SKU123", Some(Detail), None, 2),
            ("SKU123_detail2", "SKU123", Some(Detail), None, 2),
            ("SKU123 detail (3)", "SKU123", Some(Detail), None, 3),
            ("SKU123_DETAIL_CLOSE_UP", "SKU123", Some(Detail), None, 1),
            ("SKU123_close-up", "SKU123", Some(Detail), None, 1),
            ("SKU123_side", "SKU123", Some(Turned), None, 1),
            ("SKU123_left", "SKU123", Some(Turned), Some(Left), 1),
            ("SKU123_side-right", "SKU123", Some(Turned), Some(Right), 1),
            ("SKU123_45", "SKU123", Some(Turned), Some(FortyFive), 1),
            ("SKU123-45deg", "SKU123", Some(Turned), Some(FortyFive), 1),
            ("A_FORTY_FIVE_DEGREE", "A", Some(Turned), Some(FortyFive), 1),
            ("SKU-123-A_front", "SKU-123-A", Some(Front), None, 1),
            ("Blue shirt Front", "Blue shirt", Some(Front), None, 1),
            ("A_front_back", "A_front", Some(Back), None, 1),
            ("00055_00", "00055_00", None, None, 1),
            ("048554_1", "048554_1", None, None, 1),
            ("SHOE-45", "SHOE-45", None, None, 1),
            ("SKU123_f", "SKU123_f", None, None, 1),
            ("Storefront", "Storefront", None, None, 1),
            ("Outback-12345", "Outback-12345", None, None, 1),
            ("SKU_front_20241130", "SKU_front_20241130", None, None, 1),
            ("Größe-7_back", "Größe-7", Some(Back), None, 1),
            ("SKU123 back view", "SKU123", Some(Back), None, 1),
            ("SKU123_left_side_view_2", "SKU123", Some(Turned), Some(Left), 2),
            ("SKU123_Back-Side", "SKU123", Some(Back), None, 1),
            ("SKU123_RÜCKSEITE", "SKU123", Some(Back), None, 1),
            ("SKU123_Ru\u{308}ckseite", "SKU123", Some(Back), None, 1),
            ("SKU123-vorderseite", "SKU123", Some(Front), None, 1),
            ("SKU123 espalda", "SKU123", Some(Back), None, 1),
            ("Camden view", "Camden view", None, None, 1),
            ("Jordan 4 retro", "Jordan 4 retro", None, None, 1),
        ] {
            let expected = PhotoName {
                sku: Some(sku.to_owned()),
                view,
                side,
                number,
                doubt: parse_file_name(stem).doubt,
            };
            assert_eq!(parse_file_name(stem), expected, "{stem}");
        }
    }

    #[test]
    fn words_that_may_mean_more_are_doubts() {
        let view = |word: &str| Some(Doubt::View(word.to_owned()));
        let copy = |word: &str| Some(Doubt::Copy(word.to_owned()));
        for (stem, doubt) in [
            ("SKU_b", view("b")),
            ("SKU F", view("F")),
            ("chemise dos", view("dos")),
            ("SKU_zurück", view("zurück")),
            ("SKU_back_final", view("back")),
            ("back SKU", view("back")),
            ("SKU_back_detail_1", view("back")),
            ("SKU (1)", copy("(1)")),
            ("SKU_back (1)", None),
            ("SKU - Copy", copy("Copy")),
            ("SKU copy 2", copy("copy")),
            ("SKU Kopie (2)", copy("(2)")),
            ("SKU123", None),
            ("SKU_1", None),
            ("b", None),
            ("retro", None),
            ("dress_b_front", None),
            ("copy shop tee_front", None),
            ("Tee (red)", None),
            ("backpack_front", None),
        ] {
            assert_eq!(parse_file_name(stem).doubt, doubt, "{stem}");
        }
    }

    #[test]
    fn a_name_that_is_only_a_view_leaves_the_sku_to_its_folder() {
        let name = parse_file_name("detail 2");
        assert_eq!((name.sku, name.view, name.number), (None, Some(View::Detail), 2));
        assert_eq!(parse_file_name("_front").sku, None);
    }

    #[test]
    fn cells_say_a_view_and_nothing_else() {
        assert_eq!(parse_view(" Detail 2 "), Some((View::Detail, None, Some(2))));
        assert_eq!(parse_view("45"), Some((View::Side, Some(Side::FortyFive), None)));
        assert_eq!(
            parse_view("left side"),
            Some((View::Side, Some(Side::Left), None))
        );
        assert_eq!(parse_view("top"), None);
        assert_eq!(parse_view("A1 front"), None);
        assert_eq!(parse_view(""), None);
    }

    #[test]
    fn spellings_of_one_sku_share_a_key() {
        assert_eq!(sku_key("SKU  123 "), sku_key("sku 123"));
        assert_eq!(sku_key("Gro\u{308}\u{df}e"), sku_key("GRÖße"));
        assert_ne!(sku_key("A-1"), sku_key("A_1"));
    }

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(parse_file_name("A\n1\u{7}_front").sku.as_deref(), Some("A 1"));
    }

    proptest! {
        #[test]
        fn any_name_parses_and_the_sku_is_its_beginning(stem in "\\PC{0,40}") {
            let name = parse_file_name(&stem);
            let cleaned = clean(&stem);
            if let Some(sku) = name.sku {
                prop_assert!(cleaned.contains(&sku));
                prop_assert!(!sku.is_empty());
            }
        }

        #[test]
        fn a_written_view_is_read_back(sku in "[A-Za-z0-9]{1,8}([-_ ][A-Z0-9]{1,4}){0,2}", view in 0usize..4) {
            let view = View::ALL[view];
            let name = parse_file_name(&format!("{sku}_{view}"));
            prop_assert_eq!(name.sku, Some(sku));
            prop_assert_eq!(name.view, Some(view));
        }
    }
}
