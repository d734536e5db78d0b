//! What is wrong with a photo, a folder or a row, in one line that says what to do.

use std::path::Path;

use serde::Serialize;

use crate::unseen::is_unseen;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file or row is not used.
    Error,
    /// It is used; a person should look.
    Warning,
    /// Worth knowing.
    Note,
}

/// What kind of problem it is: the name scripts match on in `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// An argument names nothing.
    NotFound,
    /// The folder cannot be listed.
    FolderUnreadable,
    /// A link leads back to a folder above it.
    DirectoryLoop,
    /// Folders inside folders beyond any catalogue's depth.
    TooDeep,
    /// The folder holds the pictures of an earlier shoot.
    EarlierOutput,
    /// The name is not Unicode text.
    NameNotUnicode,
    /// A pipe, socket, device or folder with a photo's name.
    NotAFile,
    /// A link to nothing.
    BrokenLink,
    /// A photo format that is not read.
    UnsupportedFormat,
    /// The system does not let the file be read.
    Unreadable,
    /// No bytes.
    Empty,
    /// The content is no picture, whatever the name says.
    NotAPicture,
    /// More pixels or bytes than the limits allow.
    TooLarge,
    /// The picture's data is broken or cut short.
    Damaged,
    /// Too few pixels.
    TooSmall,
    /// One even colour: nothing to cut out.
    NoProduct,
    /// A word of the name may say a view or mark a copy, and was read as part of the SKU.
    DoubtfulName,
    /// Neither its name nor a row says a SKU.
    NoSku,
    /// Two photos of one view of one SKU.
    TwoOfAView,
    /// One SKU names different photos of one view in folders side by side.
    SameSkuInFolders,
    /// The SKU has photos, and none of its front.
    NoFront,
    /// A SKU that may be meant as a further photo of another: `A_1` and `A_2`.
    NumberedSku,
    /// Two names for the same bytes.
    SamePicture,
    /// Enlarged more than nobody would notice.
    Enlarged,
    /// CMYK or wide-gamut colours were converted to sRGB.
    ColourConverted,
    /// What the decoder noticed: an unusable profile, only the first of many pictures.
    PhotoNote,
    /// The product table cannot be used.
    TableUnusable,
    /// Nothing from this row of the product table on is read: only another table puts it right.
    RowsUnread,
    /// A row of the product table.
    TableRow,
    /// A row that speaks of a photo that is not there.
    RowWithoutPhoto,
    /// A row that may speak of several photos.
    RowAmbiguous,
    /// A row that says again, or otherwise, what a row above says.
    RowRepeated,
}

/// One problem, for one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What kind it is.
    pub kind: ProblemKind,
    /// The file or folder, escaped for people: see [`shown`].
    pub path: String,
    /// The line of a product table, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What is wrong and what to do, in one line.
    pub message: String,
}

impl Problem {
    /// A problem of a file or folder.
    pub fn new(severity: Severity, kind: ProblemKind, path: &Path, message: impl Into<String>) -> Self {
        Self {
            severity,
            kind,
            path: shown(path),
            line: None,
            message: one_line(&message.into()),
        }
    }

    /// The same problem, at a line of its file.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

/// A path as one line of harmless text: control, direction and invisible characters and stray bytes are escaped.
pub fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(&one_line(chunk.valid()));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// Text on one line, with what a terminal would act on escaped.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if is_unseen(c) {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_one_harmless_line() {
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(one_line("gpj.\u{202e}x"), "gpj.\\u{202e}x");
        assert_eq!(one_line("Größe 裙"), "Größe 裙");
    }

    #[cfg(unix)]
    #[test]
    fn stray_bytes_are_written_as_hex() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        assert_eq!(
            shown(Path::new(OsStr::from_bytes(b"a\xff\nb.jpg"))),
            "a\\xff\\nb.jpg"
        );
    }
}
