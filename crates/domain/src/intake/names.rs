//! What the name of a file says it is, and which names inside an archive are taken.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

use super::clean;

/// Extensions that are opened; the content decides what they are.
const PHOTO_EXTENSIONS: &[&str] = &["jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff"];

/// Photo formats people do send, and that are not read.
const OTHER_PHOTO_EXTENSIONS: &[&str] = &[
    "heic", "heif", "avif", "gif", "bmp", "psd", "psb", "jxl", "jp2", "cr2", "cr3", "nef", "arw", "raf",
    "orf", "rw2", "dng",
];

/// Extensions of archives.
const ARCHIVE_EXTENSIONS: &[&str] = &[
    "zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab", "iso",
];

/// Folders that network disks and archives add beside photos.
const SYSTEM_FOLDERS: &[&str] = &[
    "@eaDir",
    "#recycle",
    "$RECYCLE.BIN",
    "__MACOSX",
    "System Volume Information",
];

/// The name of the table beside photos.
pub const TABLE_NAME: &str = "products.csv";

/// Shortest long side, in pixels, of a photo anything can be made of: below it even a list thumbnail is enlarged.
pub const PHOTO_SIDE_MIN: u32 = 256;

/// Longest path inside an archive.
const PATH_CHARS_MAX: usize = 500;

/// A photo by its name, whether its format is read or not.
pub fn is_photo(path: &Path) -> bool {
    has_extension(path, PHOTO_EXTENSIONS) || is_unread_photo(path)
}

/// A photo by its name, in a format that is not read.
pub fn is_unread_photo(path: &Path) -> bool {
    has_extension(path, OTHER_PHOTO_EXTENSIONS)
}

/// An archive by its name.
pub fn is_archive(path: &Path) -> bool {
    has_extension(path, ARCHIVE_EXTENSIONS)
}

/// A folder that no person made.
pub fn is_system_folder(name: &OsStr) -> bool {
    SYSTEM_FOLDERS.iter().any(|folder| name == *folder)
}

/// Whether the name ends in one of these, in any letter case.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|own| {
        extensions
            .iter()
            .any(|extension| own.eq_ignore_ascii_case(extension))
    })
}

/// What to say of a photo whose format is not read.
pub fn unread_format(path: &Path) -> String {
    let format = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    format!(
        "{} is not read; save it as JPEG, PNG, WebP or TIFF",
        format.to_uppercase()
    )
}

/// A path as an archive writes it, with either slash. The sentence says why it is not taken.
pub fn path_inside(name: &str) -> Result<PathBuf, &'static str> {
    if name.chars().count() > PATH_CHARS_MAX {
        return Err("the path is longer than 500 characters; shorten it");
    }
    let slashes = name.replace('\\', "/");
    let text = clean(&slashes);
    let leads_out = text.starts_with('/')
        || text.split('/').any(|part| part.trim() == "..")
        || text.as_bytes().get(1) == Some(&b':');
    if leads_out || name.contains('\0') {
        return Err("the path leads out of the archive; pack the files again, with plain names");
    }
    let path: PathBuf = Path::new(&text)
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect();
    if path.as_os_str().is_empty() {
        return Err("it has no name; pack the files again, with plain names");
    }
    Ok(path)
}

/// Hidden, or in a folder that no person made: passed over in silence.
pub fn is_beside_the_point(path: &Path) -> bool {
    path.iter()
        .any(|part| part.as_encoded_bytes().starts_with(b".") || is_system_folder(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (name, path) in [
            ("a/b.jpg", "a/b.jpg"),
            ("a\\b.jpg", "a/b.jpg"),
            ("./a//b.jpg", "a/b.jpg"),
            ("a..b/c...jpg", "a..b/c...jpg"),
        ] {
            assert_eq!(path_inside(name), Ok(PathBuf::from(path)), "{name}");
        }
        for name in [
            "../a.jpg",
            "a/../../b.jpg",
            "..\\a.jpg",
            "/etc/passwd",
            "\\\\host\\a",
            "C:\\a.jpg",
            "c:a.jpg",
            "",
            ".",
            "a\0/../b.jpg",
            " ../a",
        ] {
            assert!(path_inside(name).is_err(), "{name:?}");
        }
        assert!(path_inside(&"a/".repeat(400)).is_err());
    }

    #[test]
    fn what_machines_add_is_passed_over() {
        assert!(is_beside_the_point(Path::new("__MACOSX/a.jpg")));
        assert!(is_beside_the_point(Path::new("a/.DS_Store")));
        assert!(!is_beside_the_point(Path::new("a/b.jpg")));
    }
}
