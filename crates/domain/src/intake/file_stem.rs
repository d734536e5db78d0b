//! File names from SKUs: safe on every file system, the same on every run, never the same for two products.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use super::sku_key;

/// Most characters of a stem before its mark; leaves room for the pose and the extension on every file system.
const CHARS_MAX: usize = 60;

/// Most bytes of a stem before its mark: 255 is the limit of a name, and pose and extension follow.
const BYTES_MAX: usize = 150;

/// Names a SKU's folder may not take: devices of Windows, and what the output folder holds itself.
const RESERVED: &[&str] = &[
    "con", "prn", "aux", "nul", "conin$", "conout$", "com0", "com1", "com2", "com3", "com4", "com5", "com6",
    "com7", "com8", "com9", "com¹", "com²", "com³", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6",
    "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³", "sources", "index", "manifest", "thumbs",
];

/// The folder and file name of a SKU.
///
/// Letters and digits of any script, spaces and `- _ . + ( )` stay. Anything else becomes `-`, reserved and
/// overlong names are changed, and a changed name ends in `~` and eight hex digits of the SKU's SHA-256: the sign
/// `~` never survives in an unchanged one, so two products cannot share a name.
pub fn file_stem(sku: &str) -> String {
    let written: String = sku.nfc().collect();
    let replaced: String = written
        .chars()
        .map(|c| if is_safe(c) { c } else { '-' })
        .collect();
    let trimmed = replaced
        .trim_start_matches(['.', '-', ' '])
        .trim_end_matches(['.', ' ']);
    let kept = shorten(trimmed);
    if kept == written && !kept.is_empty() && !is_reserved(kept) {
        return kept.to_owned();
    }
    let base = if kept.is_empty() { "sku" } else { kept };
    let prefix = if is_reserved(base) { "sku-" } else { "" };
    let digest = hex_prefix(&Sha256::digest(sku_key(sku)));
    format!("{prefix}{base}~{digest}")
}

fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '+' | '(' | ')')
}

/// Windows looks only at what stands before the first dot.
fn is_reserved(stem: &str) -> bool {
    let name = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_lowercase();
    RESERVED.contains(&name.as_str())
}

fn shorten(text: &str) -> &str {
    let end = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(CHARS_MAX)
        .take_while(|&end| end <= BYTES_MAX)
        .last()
        .unwrap_or(0);
    text[..end].trim_end_matches(['.', ' '])
}

fn hex_prefix(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().take(4).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn ordinary_skus_keep_their_spelling() {
        for sku in [
            "SKU123",
            "SKU-123-A",
            "048554_1",
            "Blue shirt",
            "Größe-7",
            "裙子-3",
            "A.1+B (2)",
        ] {
            assert_eq!(file_stem(sku), sku);
        }
    }

    #[test]
    fn dangerous_skus_are_changed_and_marked() {
        for (sku, start) in [
            ("../../etc/passwd", "etc-passwd~"),
            ("..", "sku~"),
            ("", "sku~"),
            ("a/b\\c", "a-b-c~"),
            ("CON", "sku-CON~"),
            ("nul.front", "sku-nul.front~"),
            ("sources", "sku-sources~"),
            ("<script>", "script-~"),
            ("=cmd|'/c calc'!A1", "cmd---c calc--A1~"),
            ("-rf", "rf~"),
            (".hidden", "hidden~"),
            ("dot. ", "dot~"),
            ("a\u{202e}gpj", "a-gpj~"),
        ] {
            let stem = file_stem(sku);
            assert!(stem.starts_with(start), "{sku:?} gave {stem}");
            assert_eq!(stem.len(), start.len() + 8, "{sku:?} gave {stem}");
        }
    }

    #[test]
    fn different_skus_never_share_a_name() {
        let skus = [
            "a/b",
            "a\\b",
            "a:b",
            "a-b",
            "a-b~00000000",
            "A-b.",
            "con",
            "sku-con",
            "sources",
            "",
        ];
        let stems: HashSet<_> = skus.iter().map(|sku| file_stem(sku).to_lowercase()).collect();
        assert_eq!(stems.len(), skus.len());
        let long = "x".repeat(500);
        assert_ne!(file_stem(&format!("{long}1")), file_stem(&format!("{long}2")));
    }

    #[test]
    fn spellings_of_one_sku_share_a_name_but_for_case() {
        assert_eq!(file_stem("a/b").to_lowercase(), file_stem("A/B").to_lowercase());
    }

    proptest! {
        #[test]
        fn every_stem_is_one_safe_path_part(sku in any::<String>()) {
            let stem = file_stem(&sku);
            prop_assert!(!stem.is_empty() && stem.len() <= 170);
            prop_assert!(!stem.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0']));
            prop_assert!(!stem.chars().any(char::is_control));
            prop_assert!(!stem.starts_with(['.', '-', ' ']) && !stem.ends_with(['.', ' ']));
            prop_assert!(!is_reserved(&stem));
        }
    }
}
