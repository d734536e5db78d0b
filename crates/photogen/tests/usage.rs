//! What `photogen shoot` says before it makes anything: wrong words, unusable folders, doubtful names.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use testkit::Garment;

/// A folder with one good photo.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(desk.path("photos")).unwrap();
        desk.photo("SKU1_front.png", 0);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn photo(&self, name: &str, shade: u8) {
        let garment = Garment {
            side: 400,
            colour: [shade, 60, 120],
            ..Garment::default()
        };
        let picture = image::DynamicImage::ImageRgba16(garment.photo()).to_rgb8();
        picture.save(self.path("photos").join(name)).unwrap();
    }

    fn shoot(&self, more: &[&str]) -> Output {
        self.shoot_to(&self.path("out"), more)
    }

    fn shoot_to(&self, out: &Path, more: &[&str]) -> Output {
        self.command(out, more).output().unwrap()
    }

    fn command(&self, out: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command.arg("shoot").arg(self.path("photos"));
        command.arg("--out").arg(out).args(more);
        command
    }
}

fn text(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(said).unwrap()
}

/// It ended with this code, and said each of these.
fn assert_said(output: &Output, code: i32, phrases: &[&str]) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for phrase in phrases {
        assert!(said.contains(phrase), "`{phrase}` is not in:\n{said}");
    }
}

#[test]
fn a_mistyped_photo_folder_is_bad_input() {
    let desk = Desk::new();
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["shoot", "/no/such/fotos", "--out"])
        .arg(desk.path("out"))
        .output()
        .unwrap();
    assert_said(
        &output,
        2,
        &["/no/such/fotos: no such file or folder", "no photo can be used"],
    );
    assert!(!desk.path("out").exists());
}

#[test]
fn jobs_are_one_or_more() {
    let desk = Desk::new();
    for jobs in ["0", "257", "many"] {
        assert_said(&desk.shoot(&["--jobs", jobs, "--dry-run"]), 2, &["--jobs"]);
    }
    assert_said(&desk.shoot(&["--jobs", "0", "--dry-run"]), 2, &["1..=256"]);
    assert_said(&desk.shoot(&["--jobs", "1", "--dry-run"]), 0, &[]);
}

#[test]
fn a_shoot_keeps_to_the_memory_that_is_set() {
    let desk = Desk::new();
    let set = |memory: &str| {
        let mut command = desk.command(&desk.path("out"), &["--dry-run"]);
        command.env("MEMORY_MB", memory).output().unwrap()
    };
    assert_said(&set("64"), 2, &["MEMORY_MB", "640"]);
    assert_said(&set("640"), 0, &[]);
    assert_said(&set(""), 0, &[]);
    assert_said(&desk.shoot(&["--memory", "64", "--dry-run"]), 2, &["--memory"]);
}

#[test]
fn the_stand_in_for_stripe_listens_where_it_is_told() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let stripe = || {
        Command::new(env!("CARGO_BIN_EXE_photogen"))
            .args(["bench", "stripe", "--seconds", "1", "--port", &port])
            .output()
            .unwrap()
    };
    assert_said(&stripe(), 2, &["cannot listen on port", &port]);
    drop(held);
    let address = format!("STRIPE_BASE_URL=http://127.0.0.1:{port}\n");
    assert_said(&stripe(), 0, &[&address]);
}

#[test]
fn what_a_thousand_pictures_cost_follows_from_what_is_given() {
    let cost = |more: &[&str]| {
        let mut photogen = Command::new(env!("CARGO_BIN_EXE_photogen"));
        photogen.args(["bench", "cost"]).args(more).output().unwrap()
    };
    let told = cost(&["--a-day", "1500,1000000", "--json"]);
    let told: Vec<Value> = std::str::from_utf8(&told.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let near = |told: &Value, field: &str, value: f64| {
        let is = told[field].as_f64().unwrap();
        assert!((is - value).abs() < value * 1e-3 + 1e-9, "{field}: {is}");
    };
    // The figures that docs/SCALE.md holds.
    for (load, total_usd, accounts, processors) in [(0, 147.71, 1.0, 1.0), (1, 141.14, 2.0, 29.0)] {
        near(&told[load], "total_usd", total_usd);
        near(&told[load], "vendor_usd", 140.79);
        near(&told[load], "accounts", accounts);
        near(&told[load], "processors", processors);
    }
    near(&told[1], "stored_gb_a_month", 32_241.7);
    near(&told[1], "database_percent", 2.114);
    // Nobody is asked for a picture of one's own engine.
    let own = cost(&["--a-day", "1000", "--order-usd", "0", "--writes", "1", "--json"]);
    let own: Value = serde_json::from_slice(&own.stdout).unwrap();
    near(&own, "vendor_usd", 0.0);
    near(&own, "total_usd", 10.195);
    for wrong in [
        ["--used", "0"],
        ["--used", "1.5"],
        ["--orders=-1", "--json"],
        ["--a-day", "0"],
    ] {
        assert_eq!(cost(&wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_dry_run_refuses_an_output_that_a_shoot_would_refuse_and_leaves_nothing() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "mine").unwrap();
    fs::create_dir(desk.path("site")).unwrap();
    fs::write(desk.path("site/index.html"), "mine").unwrap();
    for (out, says) in [
        ("file", "a file is in the way; choose another --out"),
        ("file/below", "a file is in the way; choose another --out"),
        ("site", "that photogen did not write"),
    ] {
        for mode in [&["--dry-run"][..], &[]] {
            assert_said(&desk.shoot_to(&desk.path(out), mode), 2, &[says]);
        }
    }
    assert_said(&desk.shoot_to(&desk.path("new/deep"), &["--dry-run"]), 0, &[]);
    assert!(!desk.path("new").exists());
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), 3);
}

#[test]
fn words_that_may_mean_a_view_or_a_copy_cost_one_line_each() {
    let desk = Desk::new();
    let doubtful = [
        ("SKU2_b.png", "SKU2_b", "b"),
        ("SKU3 dos.png", "SKU3 dos", "dos"),
        ("SKU4 (1).png", "SKU4 (1)", "(1)"),
        ("SKU5 - Copy.png", "SKU5 - Copy", "Copy"),
        ("SKU6_back_final.png", "SKU6_back_final", "back"),
        ("SKU7_zur\u{fc}ck.png", "SKU7_zur\u{fc}ck", "zur\u{fc}ck"),
    ];
    let read = [
        ("SKU1 back view.png", "back"),
        ("SKU8-R\u{fc}ckseite.png", "back"),
        ("SKU8_vorderseite.png", "front"),
        ("SKU9_espalda.png", "back"),
    ];
    for (index, (name, ..)) in doubtful.iter().enumerate() {
        desk.photo(name, 10 + index as u8);
    }
    for (index, (name, _)) in read.iter().enumerate() {
        desk.photo(name, 100 + index as u8);
    }
    let checked = |desk: &Desk| -> Value {
        let output = desk.shoot(&["--dry-run", "--json"]);
        let first = output.stdout.split(|&byte| byte == b'\n').next().unwrap();
        serde_json::from_slice(first).unwrap()
    };
    let asked = |checked: &Value| -> Vec<Value> {
        let problems = checked["problems"].as_array().unwrap().iter();
        problems
            .filter(|problem| problem["kind"] == "doubtful_name")
            .cloned()
            .collect()
    };
    let said = checked(&desk);
    let lines = asked(&said);
    assert_eq!(lines.len(), doubtful.len(), "{lines:#?}");
    for (name, sku, word) in doubtful {
        let line = lines
            .iter()
            .find(|line| line["path"].as_str().unwrap().ends_with(name));
        let message = line.unwrap()["message"].as_str().unwrap();
        for part in [
            &format!("front photo of SKU `{sku}`"),
            &format!("if `{word}`"),
            "products.csv",
        ] {
            assert!(message.contains(part), "{name}: {message}");
        }
    }
    for (name, view) in read {
        let photos = said["photos"].as_array().unwrap();
        let photo = photos
            .iter()
            .find(|photo| photo["path"].as_str().unwrap().ends_with(name));
        assert_eq!(photo.unwrap()["view"], view, "{name}");
    }

    let table = "sku,file,view\nSKU2,SKU2_b.png,back\nSKU4 (1),,\n";
    fs::write(desk.path("photos/products.csv"), table).unwrap();
    assert_eq!(asked(&checked(&desk)).len(), doubtful.len() - 2, "a row answers");
}

/// The program as a user whom permissions bind; none where that cannot be.
fn bound_by_permissions(desk: &Desk) -> Option<Command> {
    let closed = desk.path("closed");
    fs::write(&closed, "x").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let binary = desk.path("photogen");
    fs::copy(env!("CARGO_BIN_EXE_photogen"), &binary).unwrap();
    for path in [desk.folder.path(), &binary] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    // The other user may not look into the home of the one who runs the tests.
    let home = desk.path("home");
    if fs::File::open(&closed).is_err() {
        let mut command = Command::new(binary);
        command.env("PHOTOGEN_HOME", home);
        return Some(command);
    }
    let as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut probe = Command::new("setpriv");
    if !probe
        .args(as_nobody)
        .arg(&binary)
        .arg("--version")
        .output()
        .is_ok_and(|ran| ran.status.success())
    {
        eprintln!("skipped: this user may read everything, and cannot become another");
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(as_nobody).arg(binary).env("PHOTOGEN_HOME", home);
    Some(command)
}

#[test]
fn what_may_not_be_read_or_written_is_named_with_the_way_out() {
    let desk = Desk::new();
    let Some(_) = bound_by_permissions(&desk) else {
        return;
    };
    desk.photo("SKU2.png", 9);
    fs::create_dir(desk.path("photos/locked")).unwrap();
    fs::create_dir(desk.path("owned")).unwrap();
    let close =
        |name: &str, mode| fs::set_permissions(desk.path(name), fs::Permissions::from_mode(mode)).unwrap();
    close("photos/SKU2.png", 0o000);
    close("photos/locked", 0o000);
    close("owned", 0o555);
    let shoot = |out: &str| {
        let mut command = bound_by_permissions(&desk).unwrap();
        command.arg("shoot").arg(desk.path("photos")).arg("--dry-run");
        command.arg("--out").arg(out).output().unwrap()
    };
    let owned = desk.path("owned/out").display().to_string();
    assert_said(
        &shoot(&owned),
        2,
        &[
            &format!("cannot write to {owned}"),
            "in a folder that you may write to",
        ],
    );
    let free = std::env::temp_dir().join("photogen-never-made");
    let output = shoot(free.to_str().unwrap());
    // Lines are broken at spaces.
    let said = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(1), "{said}");
    for phrase in [
        "SKU2.png: cannot be read: Permission denied",
        "(chmod u+r)",
        "locked: the folder cannot be listed: Permission denied",
        "(chmod u+rx)",
    ] {
        assert!(said.contains(phrase), "`{phrase}` is not in:\n{said}");
    }
    close("photos/locked", 0o755);
}
