//! Relative addresses of files in the output folder.

use std::fmt::Write as _;

/// A relative path with `/` between folders, as a relative URL: everything but unreserved characters (RFC 3986,
/// section 2.3) is percent-encoded, so that no part of a path can be read as a scheme, a query or a fragment.
pub(super) fn relative(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                url.push(char::from(byte));
            }
            other => {
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        for (path, url) in [
            ("SKU1/SKU1_front.webp", "SKU1/SKU1_front.webp"),
            ("A b/50%#1?.webp", "A%20b/50%25%231%3F.webp"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("Größe", "Gr%C3%B6%C3%9Fe"),
        ] {
            assert_eq!(relative(path), url);
        }
    }
}
