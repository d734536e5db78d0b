//! Which files are taken: folders, patterns, output and hidden files.

use std::fs;

use super::{Folder, lines, problems};

#[test]
fn files_globs_and_folders_overlap_without_harm() {
    let folder = Folder::new().with(&["A1.jpg", "A1_back.jpg", "deep/er/B1.jpg"]);
    let all = lines(&folder.run(), folder.dir.path());
    let mixed = folder.run_on(&[
        folder.path("*.jpg"),
        folder.path("A1.jpg"),
        folder.path("**/*.jpg"),
        folder.path("deep"),
    ]);
    assert_eq!(lines(&mixed, folder.dir.path()), all);
    assert_eq!(problems(&mixed), [""; 0]);
    let missing = folder.run_on(&[folder.path("nope"), folder.path("*.tif")]);
    assert_eq!(problems(&missing), ["*.tif not_found", "nope not_found"]);
}

#[cfg(unix)]
#[test]
fn a_pattern_through_a_loop_ends() {
    let folder = Folder::new().with(&["a/A1.jpg"]);
    std::os::unix::fs::symlink(folder.dir.path(), folder.path("a/loop")).unwrap();
    let preflight = folder.run_on(&[folder.path("**/*.jpg"), folder.path("*")]);
    assert_eq!(lines(&preflight, folder.dir.path()), ["A1 front 1 a/A1.jpg"]);
}

#[test]
fn the_output_hidden_files_and_other_files_are_no_photos() {
    let folder = Folder::new().with(&[
        "A1.jpg",
        "out/A1/A1_front.jpg",
        ".trash/X.jpg",
        ".X.jpg",
        "old/Y.jpg",
        "@eaDir/Z.jpg",
    ]);
    fs::create_dir(folder.path("old/.photogen")).unwrap();
    folder.bytes("Thumbs.db", b"x");
    folder.bytes("notes.txt", b"x");
    let preflight = folder.run();
    assert_eq!(lines(&preflight, folder.dir.path()), ["A1 front 1 A1.jpg"]);
    assert_eq!(preflight.ignored, 2);
    assert_eq!(problems(&preflight), ["old earlier_output"]);
    let shell_pattern = folder.run_on(&[folder.path("A1.jpg"), folder.path("out")]);
    assert_eq!(lines(&shell_pattern, folder.dir.path()), ["A1 front 1 A1.jpg"]);
    assert_eq!(problems(&shell_pattern), ["out earlier_output"]);
}
