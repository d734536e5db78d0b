//! A shoot with an engine that is reached over the network: a server on this machine stands in for it.

use std::{
    fs,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use domain::{generation::Status, verdict::Outcome};
use testkit::{
    Garment, Print,
    vendor::{Behaviour, VendorServer},
};

use crate::bench::{Bench, text};

const KEY: &str = "sk-test-1234567890";

fn shoot(bench: &Bench, server: &VendorServer, more: &[&str]) -> Output {
    let mut command = with_vendor(bench, server, "openai");
    command.args(["--jobs", "1"]).args(more).output().unwrap()
}

#[test]
fn pictures_of_a_vendor_go_the_same_road_and_are_not_bought_twice() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start([]);
    let output = shoot(&bench, &server, &[]);
    let said = text(&output);
    assert!(said.contains("charges about $0.39"), "{said}");
    assert!(!said.contains(KEY));
    let manifest = bench.manifest();
    assert_eq!(manifest.counts.completed, 3, "{said}");
    for entry in &manifest.pictures {
        assert_eq!(entry.engine, "openai");
        assert_eq!(entry.recipe["model"], "gpt-image-2.6-sunburst");
        let file = entry.file.as_ref().unwrap();
        assert!(
            file.digital_source_type
                .ends_with("compositeWithTrainedAlgorithmicMedia")
        );
        let bytes = fs::read(bench.out().join(&file.path)).unwrap();
        let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(
            picture.get_pixel(2, 2).0,
            [255; 3],
            "the vendor's 251 is made exact"
        );
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY));
    }
    assert_eq!(server.orders().len(), 3);
    let again = shoot(&bench, &server, &[]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert_eq!(server.orders().len(), 3, "nothing is bought twice");
}

#[test]
fn a_recoloured_product_is_rejected_and_a_refusal_says_who_refused() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start([Behaviour::Recoloured, Behaviour::Moderation, Behaviour::Well]);
    let output = shoot(&bench, &server, &["--retries", "0"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let manifest = bench.manifest();
    let with = |status: Status| manifest.pictures.iter().find(move |entry| entry.status == status);
    let rejected = with(Status::Rejected).unwrap().reason.clone().unwrap();
    assert!(rejected.contains("product lock"), "{rejected}");
    let refused = with(Status::Skipped).unwrap().reason.clone().unwrap();
    assert!(
        refused.contains("openai: the vendor's rules forbid it (input)"),
        "{refused}"
    );
    assert!(with(Status::Completed).is_some());
}

/// A bench whose only product bears letters.
fn lettered() -> Option<Bench> {
    let bench = Bench::new()?;
    fs::remove_dir_all(bench.photos()).unwrap();
    fs::create_dir(bench.photos()).unwrap();
    let shirt = Garment {
        side: 900,
        print: Print::Letters([240, 240, 240]),
        ..Garment::default()
    };
    bench.photo("TEE9_front.png", &shirt);
    Some(bench)
}

#[test]
fn a_garbled_print_is_put_back_from_the_photo_and_the_manifest_tells_of_it() {
    let Some(bench) = lettered() else { return };
    let server = VendorServer::start([Behaviour::Garbled]);
    let output = shoot(&bench, &server, &["--retries", "0"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let manifest = bench.manifest();
    let [entry] = manifest.pictures.as_slice() else {
        panic!("one picture")
    };
    let told = &entry.recipe["composite_back"];
    let score = |side: &str| told[side]["score"].as_f64().unwrap();
    assert!(score("before") < 0.5 && score("after") >= 0.5, "{told}");
    assert_eq!(told["photo"], entry.inputs[0].sha256);
    assert_eq!(told["prints"], 1);
    let product = entry
        .verdicts
        .iter()
        .find(|verdict| verdict.lock == "product")
        .unwrap();
    assert_eq!(product.outcome, Outcome::Passed, "{}", product.evidence);
    assert!(
        entry.notes.iter().any(|note| note.contains("put back")),
        "{:?}",
        entry.notes
    );
    let file = entry.file.as_ref().unwrap();
    assert!(
        file.digital_source_type
            .ends_with("compositeWithTrainedAlgorithmicMedia")
    );
}

#[test]
fn with_no_composite_back_a_garbled_print_is_rejected() {
    let Some(bench) = lettered() else { return };
    let server = VendorServer::start([Behaviour::Garbled]);
    let output = shoot(&bench, &server, &["--retries", "0", "--no-composite-back"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let manifest = bench.manifest();
    assert_eq!(manifest.pictures[0].status, Status::Rejected);
    assert!(manifest.pictures[0].recipe["composite_back"].is_null());
}

#[test]
fn a_right_print_and_a_recoloured_product_are_left_as_they_came() {
    let Some(bench) = lettered() else { return };
    let server = VendorServer::start([Behaviour::Recoloured, Behaviour::Well]);
    let output = shoot(&bench, &server, &["--retries", "0"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let again = shoot(&bench, &server, &["--retries", "0", "--seed", "2"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert!(bench.manifest().pictures[0].recipe["composite_back"].is_null());
}

#[test]
fn a_rejected_picture_is_made_again_with_words_for_what_was_wrong_within_its_price() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start([Behaviour::Recoloured]);
    let output = shoot(&bench, &server, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let manifest = bench.manifest();
    let again = manifest
        .pictures
        .iter()
        .find(|entry| entry.attempts.len() == 2)
        .unwrap();
    let outcomes: Vec<_> = again
        .attempts
        .iter()
        .map(|one| (one.outcome.as_str(), one.cost_usd))
        .collect();
    assert_eq!(outcomes, [("rejected", 0.13), ("done", 0.13)]);
    let kept = again.attempts[0].candidate.as_ref().unwrap();
    assert!(bench.out().join(&kept.path).is_file(), "{}", kept.path);
    let hinted = |order: &&testkit::vendor::Order| {
        order
            .text("prompt")
            .unwrap()
            .contains("The last try was sent back")
    };
    let orders = server.orders();
    assert_eq!((orders.len(), orders.iter().filter(hinted).count()), (4, 1));
}

#[test]
fn what_one_picture_may_cost_is_kept_to_and_too_little_is_said_before_anything_is_planned() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start(vec![Behaviour::Recoloured; 12]);
    let output = shoot(&bench, &server, &["--cost-max", "0.30"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(
        server.orders().len(),
        6,
        "two of $0.13 for each of three pictures"
    );
    let manifest = bench.manifest();
    for entry in &manifest.pictures {
        let reason = entry.reason.as_deref().unwrap_or_default();
        assert!(
            reason.contains("$0.26 is spent, and $0.30 is allowed"),
            "{reason}"
        );
    }
    let output = shoot(&bench, &server, &["--cost-max", "0.10"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output).contains("--cost-max allows $0.10"),
        "{}",
        text(&output)
    );
    assert_eq!(server.orders().len(), 6);
}

/// The shoot of a vendor's engine, killed as soon as the server has seen so much of it.
fn killed(bench: &Bench, server: &VendorServer, engine: &str, seen: impl Fn(&VendorServer) -> bool) {
    let mut child = with_vendor(bench, server, engine).spawn().unwrap();
    let until = Instant::now() + Duration::from_mins(2);
    while !seen(server) {
        assert!(
            Instant::now() < until && child.try_wait().unwrap().is_none(),
            "it never came so far"
        );
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn with_vendor(bench: &Bench, server: &VendorServer, engine: &str) -> Command {
    let mut command = bench.command(&["--engine", engine, "--poses", "front"]);
    let name = engine.to_ascii_uppercase();
    command
        .env(format!("{name}_BASE_URL"), &server.url)
        .env(format!("{name}_API_KEY"), KEY);
    command
}

/// What all tries of all pictures came to.
fn outcomes(bench: &Bench) -> Vec<String> {
    let pictures = bench.manifest().pictures;
    let tries = pictures.into_iter().flat_map(|entry| entry.attempts);
    tries.map(|one| one.outcome).collect()
}

#[test]
fn killed_while_a_vendor_has_the_jobs_the_same_command_takes_them_up_and_orders_nothing_twice() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start(vec![Behaviour::Slow { after_ms: 6_000 }; 3]);
    killed(&bench, &server, "fashn", |server| {
        server.counts().jobs_polled == 3 && server.counts().polls >= 6
    });
    let output = with_vendor(&bench, &server, "fashn").output().unwrap();
    assert_eq!(server.counts().orders, 3, "{}", text(&output));
    assert_eq!(bench.manifest().counts.completed, 3, "{}", text(&output));
}

#[test]
fn killed_while_a_vendor_without_jobs_works_the_order_is_told_of_as_maybe_billed() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start(vec![Behaviour::Slow { after_ms: 20_000 }; 3]);
    killed(&bench, &server, "openai", |server| server.counts().orders == 3);
    let output = with_vendor(&bench, &server, "openai").output().unwrap();
    assert_eq!(bench.manifest().counts.completed, 3, "{}", text(&output));
    let mut outcomes = outcomes(&bench);
    outcomes.sort();
    assert_eq!(outcomes, ["done", "done", "done", "lost", "lost", "lost"]);
    let reason = bench.manifest().pictures[0].attempts[0].reason.clone().unwrap();
    assert!(reason.contains("maybe billed"), "{reason}");
}

#[test]
fn a_person_is_sent_along_and_poses_that_need_one_are_planned() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start([]);
    let people = bench.folder.path().join("ana");
    fs::create_dir(&people).unwrap();
    let drawn = image::DynamicImage::ImageRgba16(
        Garment {
            side: 300,
            ..Garment::default()
        }
        .photo(),
    );
    drawn.to_rgb8().save(people.join("ana.jpg")).unwrap();
    let people = people.to_str().unwrap();
    shoot(&bench, &server, &["--model", people]);
    let orders = server.orders();
    let names: Vec<_> = orders[0]
        .files("image[]")
        .iter()
        .filter_map(|file| file.file_name.clone())
        .collect();
    assert!(names.contains(&"person-1.jpg".to_owned()), "{names:?}");
    assert!(
        orders[0]
            .text("prompt")
            .unwrap()
            .contains("Keep the person exactly")
    );
    for entry in bench.manifest().pictures {
        let of = |lock: &str| {
            entry
                .verdicts
                .iter()
                .find(|verdict| verdict.lock == lock)
                .cloned()
        };
        assert!(
            of("no_op").is_some(),
            "it is compared with the photo that was sent"
        );
        let identity = of("identity").unwrap();
        assert_eq!(
            identity.outcome,
            Outcome::Unverifiable,
            "a drawn shirt has no face"
        );
        assert!(entry.needs_review || entry.file.is_none());
    }
    let studio = bench.shoot(&["--model", people]);
    assert_eq!(studio.status.code(), Some(2));
    assert!(
        text(&studio).contains("does not put products on a person"),
        "{}",
        text(&studio)
    );
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    let Some(bench) = Bench::new() else { return };
    for (words, told) in [
        (&["--engine", "openai"][..], "set OPENAI_API_KEY"),
        (&["--engine", "openai:dall-e-3"], "use gpt-image-2.6-flare"),
        (&["--engine", "openai:nonsense"], "it has gpt-image-2.6-sunburst"),
        (&["--engine", "nobody"], "use studio, openai"),
        (&["--preset", "cheapest"], "use BEST_QUALITY"),
        (
            &["--engine", "openai_compatible"],
            "set OPENAI_COMPATIBLE_BASE_URL",
        ),
    ] {
        let output = bench
            .command(words)
            .env_remove("OPENAI_API_KEY")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", text(&output));
        assert!(text(&output).contains(told), "{words:?}: {}", text(&output));
    }
}

#[test]
fn engines_that_are_not_set_up_are_warned_of_before_anything_is_ordered() {
    let Some(bench) = Bench::new() else { return };
    let dry = |words: &[&str], key: Option<&str>| {
        let mut command = bench.command(words);
        command
            .args(["--dry-run", "--poses", "front"])
            .env_remove("OPENAI_API_KEY")
            .env_remove("REPLICATE_API_KEY");
        if let Some(key) = key {
            command.env("OPENAI_API_KEY", key);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        text(&output)
    };
    let second = dry(&["--preset", "BEST_QUALITY"], Some(KEY));
    assert!(
        second.contains("replicate is not asked after the others"),
        "{second}"
    );
    assert!(second.contains("set REPLICATE_API_KEY"), "{second}");
    let first = dry(&["--preset", "BEST_QUALITY"], None);
    assert!(first.contains("this cannot be shot yet"), "{first}");
    assert!(first.contains("set OPENAI_API_KEY"), "{first}");
    assert!(!dry(&["--engine", "openai"], Some(KEY)).contains("not asked"));
}

#[test]
fn the_doctor_tells_how_the_calls_of_a_shoot_went() {
    let Some(bench) = Bench::new() else { return };
    let server = VendorServer::start([Behaviour::Moderation]);
    shoot(&bench, &server, &[]);
    let doctor = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command
            .arg("doctor")
            .env("PHOTOGEN_HOME", bench.folder.path().join("nowhere"))
            .env("OPENAI_BASE_URL", &server.url)
            .env("OPENAI_API_KEY", KEY)
            .env_remove("DATABASE_URL");
        command
    };
    let told = text(&doctor().arg("--out").arg(bench.out()).output().unwrap());
    let line = told.lines().find(|line| line.contains("calls of openai"));
    let line = line.unwrap_or_else(|| panic!("{told}"));
    for words in [
        "the breaker is closed",
        "asked up to 50 of 50 times a minute",
        "calls: 2 done, 1 refused",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert!(!text(&doctor().output().unwrap()).contains("calls of"));
}
