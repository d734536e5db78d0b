//! What is here: lists, damage, two pulls at once, a home that cannot be written, sample photos.

use std::{fs, process::Stdio, thread, time::Duration};

use serde_json::Value;

use crate::world::{Said, World, deliver, sha256, source};

/// A world with a working wheel; every run of the client adds a line to `given/runs`.
fn world() -> World {
    let world = World::new();
    let wheel = world.wheel(&[("tiny.onnx", &world.payload)]);
    world.card(&source("pypi", &wheel, ""));
    let count = format!("echo run >> '{}/runs'", world.given().display());
    world.client("python3", &format!("{count}; sleep 0.3; {}", deliver(&wheel)));
    world
}

fn runs(world: &World) -> usize {
    fs::read_to_string(world.given().join("runs"))
        .unwrap_or_default()
        .lines()
        .count()
}

fn lines(said: &Said) -> Vec<Value> {
    said.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_command_that_needs_a_missing_model_pulls_it_and_says_so() {
    let world = world();
    let said = world.models(&["path", "cutout"]);
    said.assert(0, &["tiny (a test) is not here yet: pulling it"]);
    assert_eq!(said.out.trim(), world.model().to_str().unwrap());
    assert_eq!(
        world.models(&["path", "cutout"]).err,
        "",
        "the second time there is nothing to say"
    );
    assert_eq!(runs(&world), 1);
}

#[test]
fn the_list_says_what_is_here() {
    let world = world();
    let states = |world: &World| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let listed = lines(&world.models(&["list", "--json"]));
        listed
            .iter()
            .map(|line| (text(&line["card"]["name"]), text(&line["state"])))
            .collect()
    };
    let of = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    let ours = [
        "u2netp",
        "faceplugin-detect",
        "faceplugin-landmarks",
        "faceplugin-embed",
        "ppocr-detect",
        "ppocr-read",
        "openvto-clothes",
        "openvto-people",
    ]
    .map(|name| of(name, "missing"));
    assert_eq!(states(&world), [&[of("tiny", "missing")][..], &ours].concat());
    let pulled = world.models(&["pull", "tiny", "--json"]);
    assert_eq!(lines(&pulled)[0]["state"], "pulled");
    assert_eq!(states(&world), [&[of("tiny", "present")][..], &ours].concat());
}

#[test]
fn damage_is_found_and_repaired() {
    let world = world();
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.models(&["verify"]).assert(0, &[]);
    let mut damaged = world.payload.clone();
    damaged[1000] ^= 1;
    fs::write(world.model(), damaged).unwrap();
    let said = world.models(&["verify"]);
    said.assert(1, &[]);
    assert!(
        said.out
            .contains("tiny: wrong bytes; run `photogen models pull tiny`"),
        "{}",
        said.out
    );
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
}

#[test]
fn verify_fails_for_a_named_model_that_is_not_there_and_where_nothing_is() {
    let world = world();
    for names in [&["verify", "tiny"][..], &["verify"]] {
        let said = world.models(names);
        said.assert(1, &[]);
        assert!(
            said.out
                .contains("tiny: missing; run `photogen models pull tiny` to fetch it"),
            "{}",
            said.out
        );
    }
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.models(&["verify"]).assert(0, &[]);
    world.models(&["verify", "u2netp"]).assert(1, &[]);
}

#[test]
fn of_two_pulls_at_once_one_fetches_and_the_other_waits() {
    let world = world();
    let start = || {
        let mut command = world.command(&["pull", "tiny"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start()].map(|child| Said::of(child.wait_with_output().unwrap()));
    assert_eq!(both.each_ref().map(|said| said.code), [0, 0]);
    let said = format!("{}{}", both[0].err, both[1].err);
    assert!(said.contains("another photogen is fetching"), "{said}");
    assert_eq!(runs(&world), 1);
    world.assert_whole();
}

#[test]
fn a_pull_that_was_killed_leaves_nothing_for_the_next() {
    let world = world();
    let mut child = world
        .command(&["pull", "tiny"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while runs(&world) == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!world.leftovers().is_empty(), "killed too late to leave anything");
    world.models(&["pull", "tiny"]).assert(0, &[]);
    world.assert_whole();
}

#[test]
fn a_home_that_cannot_be_written_is_said() {
    let world = world();
    let mut command = world.command(&["pull", "u2netp"]);
    let said = Said::of(
        command
            .env("PHOTOGEN_HOME", world.home().join("models.toml"))
            .output()
            .unwrap(),
    );
    said.assert(
        1,
        &[
            "cannot write",
            "set PHOTOGEN_HOME to a folder that you may write to",
        ],
    );
}

#[test]
fn an_unknown_name_is_bad_usage() {
    world()
        .models(&["pull", "u2net"])
        .assert(2, &["there is no model called `u2net`; known: tiny, u2netp"]);
}

#[test]
fn sample_photos_come_with_a_table_that_stays_the_owners() {
    let world = World::new();
    let photos = [("FRONT.jpg", &b"front"[..]), ("BACK.jpg", b"back")];
    let wheel = world.wheel(&[("set/1.jpg", photos[0].1), ("set/2.jpg", photos[1].1)]);
    let files = photos.iter().enumerate().map(|(number, (name, bytes))| {
        let (path, size, hash) = (number + 1, bytes.len(), sha256(bytes));
        format!("{{ file = '{name}', path = '{path}.jpg', bytes = {size}, sha256 = '{hash}' }},")
    });
    let card = format!(
        "[[card]]\nname = 'pair'\nkind = 'photos'\ndefault = true\nabout = 'two'\nlicence = 'MIT'\n\
         table = \"\"\"\nsku,name\nA,Aa\n\"\"\"\nsources = [{}]\nfiles = [{}]\n",
        source("pypi", &wheel, "set"),
        files.collect::<String>()
    );
    fs::write(world.home().join("models.toml"), card).unwrap();
    world.client("python3", &deliver(&wheel));
    world.models(&["pull", "photos"]).assert(0, &[]);
    let folder = world.home().join("samples/pair");
    assert_eq!(fs::read(folder.join("BACK.jpg")).unwrap(), b"back");
    assert_eq!(
        fs::read_to_string(folder.join("products.csv")).unwrap(),
        "sku,name\nA,Aa\n"
    );

    fs::write(folder.join("products.csv"), "sku,name\nA,Mine\n").unwrap();
    fs::remove_file(folder.join("FRONT.jpg")).unwrap();
    world.models(&["pull", "photos"]).assert(0, &[]);
    assert_eq!(fs::read(folder.join("FRONT.jpg")).unwrap(), b"front");
    assert!(
        fs::read_to_string(folder.join("products.csv"))
            .unwrap()
            .contains("Mine")
    );
}
