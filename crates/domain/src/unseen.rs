//! Characters that nobody sees: control characters, and those that show nothing or turn the direction of what follows.
//!
//! Names that differ by them alone look like one, and one that is turned looks like another (Unicode Technical Report 36).

/// Whether it is one of them.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        // Letters of Hangul that stand for none.
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// The first of them in a text, by its number: `U+202E`.
pub fn first(text: &str) -> Option<String> {
    let unseen = text.chars().find(|&c| is_unseen(c))?;
    Some(format!("U+{:04X}", u32::from(unseen)))
}
