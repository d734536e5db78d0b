//! One list of checks for every engine: each working model of each card, in each scene it makes. A new engine is covered
//! by its card and its line in `engines::ALL`.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use domain::{
    engine::{EngineCard, ModelCard, Scene, Voice},
    shot::Shot,
};
use engines::{ALL, Candidate, EngineError, Reply, cards::Cards};
use image::{DynamicImage, imageops::FilterType};
use jiff::civil::date;
use testkit::vendor::{Behaviour, Order, VendorServer};

use crate::bench::{KEY, call, files, opened, shot};

/// One thing an engine says it can do.
struct Case {
    card: EngineCard,
    model: Option<ModelCard>,
    scene: Scene,
}

impl Case {
    fn name(&self) -> String {
        let model = self.model.as_ref().map_or("-", |model| model.id.as_str());
        format!("{}:{model} {:?}", self.card.name, self.scene)
    }

    fn shot(&self) -> Shot {
        let mut shot = shot(&self.card.name.0);
        shot.brief.engine.model = self.model.as_ref().map(|model| model.id.clone());
        match self.scene {
            Scene::Alone => shot.person.clear(),
            Scene::Worn => {
                shot.person.clear();
                shot.pose = "WALKING".parse().unwrap();
            }
            Scene::Dressed => {}
        }
        // The drawn photos are small, and the studio enlarges nothing.
        shot.brief.size = if self.card.local { "240x300" } else { "800x1000" }
            .parse()
            .unwrap();
        shot
    }

    /// What has to be set up beside address and key: ComfyUI dresses nobody without a workflow that does.
    fn settings(&self) -> Vec<(&'static str, &'static str)> {
        let dresses = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/dress.json");
        let needs = self.scene == Scene::Dressed && self.card.name.0 == "comfyui";
        needs
            .then_some(("COMFYUI_WORKFLOW", dresses))
            .into_iter()
            .collect()
    }

    /// The model has a field for this word of ours.
    fn says(&self, word: &str) -> bool {
        let model = self.model.as_ref();
        model.is_some_and(|model| model.inputs.is_empty() || model.inputs.contains_key(word))
    }
}

fn cases() -> Vec<Case> {
    let today = date(2026, 11, 24);
    let mut cases = Vec::new();
    for card in Cards::built_in().engines {
        for scene in Scene::ALL {
            let can = match scene {
                Scene::Alone => card.packshot,
                Scene::Worn => card.on_model,
                Scene::Dressed => card.on_model && card.references.people,
            };
            if !can {
                continue;
            }
            let works = |model: &&ModelCard| model.works_on(today) && model.suits(scene);
            let models: Vec<Option<ModelCard>> = if card.models.is_empty() {
                vec![None]
            } else {
                card.models.iter().filter(works).cloned().map(Some).collect()
            };
            cases.extend(models.into_iter().map(|model| Case {
                card: card.clone(),
                model,
                scene,
            }));
        }
    }
    cases
}

/// Runs a check on every case, a few at a time.
fn each(check: impl Fn(&Case) + Sync) {
    let cases = cases();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(case);
                }
            });
        }
    });
}

#[test]
fn every_dialect_has_a_card_and_every_card_a_dialect() {
    let cards = Cards::built_in().engines;
    for (dialect, _) in ALL {
        assert!(cards.iter().any(|card| card.dialect == *dialect), "{dialect:?}");
    }
    for card in &cards {
        assert!(
            ALL.iter().any(|(dialect, _)| *dialect == card.dialect),
            "{}",
            card.name
        );
    }
}

#[test]
fn every_engine_makes_what_its_card_says_from_the_photos_it_is_given() {
    assert!(cases().len() > 30, "{}", cases().len());
    each(|case| {
        let server = VendorServer::start([]);
        let shot = case.shot();
        let engine = opened(&case.card, &server.url, &case.settings()).unwrap();
        let made = match engine.start(&shot, &call()) {
            Ok(Reply::Done(made)) => *made,
            other => panic!("{}: {other:?}", case.name()),
        };
        check_candidate(case, &shot, &made);
        if !case.card.local {
            let orders = server.orders();
            assert_eq!(orders.len(), 1, "{}", case.name());
            check_photos(case, &orders[0]);
            check_words(case, &orders[0]);
            check_key(case, &orders[0]);
        }
    });
}

fn check_candidate(case: &Case, shot: &Shot, made: &Candidate) {
    let name = case.name();
    let size = shot.brief.size;
    assert_eq!(made.pixels.dimensions(), (size.width, size.height), "{name}");
    assert!(made.pixels.pixels().all(|pixel| pixel.0[3] == u16::MAX), "{name}");
    assert_eq!(made.inputs[0], shot.product.photos[0].sha256, "{name}");
    assert!(!made.recipe.to_string().contains(KEY), "{name}");
    if let Some(model) = &case.model {
        assert_eq!(made.recipe["model"], model.id, "{name}");
    }
}

/// Mean difference of channels, 0 to 255, between a photo and the middle of what was sent: a photo may stand on a canvas.
fn difference(sent: &[u8], photo: &[u8]) -> f64 {
    let sent = image::load_from_memory(sent).unwrap();
    let photo = image::load_from_memory(photo).unwrap();
    let scale = f64::from(sent.width().min(sent.height())) / f64::from(photo.width());
    let side = (f64::from(photo.width()) * scale) as u32;
    let (x, y) = ((sent.width() - side) / 2, (sent.height() - side) / 2);
    let small = |picture: &DynamicImage| picture.resize_exact(64, 64, FilterType::Triangle).into_rgb8();
    let (sent, photo) = (small(&sent.crop_imm(x, y, side, side)), small(&photo));
    let sum: f64 = sent
        .as_raw()
        .iter()
        .zip(photo.as_raw())
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum();
    sum / sent.as_raw().len() as f64
}

/// The most that coding a photo again as JPEG changes the drawn ones, with room; two of them differ by more than 10.
const SAME: f64 = 4.0;

#[test]
fn the_drawn_photos_can_be_told_apart() {
    for (one, two) in [
        ("front", "person one"),
        ("front", "person two"),
        ("back", "person one"),
        ("front", "back"),
    ] {
        let apart = difference(&files()[one], &files()[two]);
        assert!(apart > 2.0 * SAME, "{one}, {two}: {apart}");
    }
}

/// Every picture opens, the product's is there, and the person's where there is one and nowhere else.
fn check_photos(case: &Case, order: &Order) {
    let name = case.name();
    let shown = |photo: &str| {
        let of = |(_, sent): &&(String, Vec<u8>)| difference(sent, &files()[photo]) < SAME;
        order.pictures.iter().filter(of).count()
    };
    let sent: Vec<&str> = order.pictures.iter().map(|(field, _)| field.as_str()).collect();
    let photo = if case.scene == Scene::Worn && shown("front") == 0 {
        "back"
    } else {
        "front"
    };
    assert_eq!(shown(photo), 1, "{name} sends {sent:?}");
    let people = shown("person one") + shown("person two");
    assert_eq!(people > 0, case.scene == Scene::Dressed, "{name} sends {sent:?}");
    let most = case.card.references.max as usize + usize::from(case.says("mask"));
    assert!(order.pictures.len() <= most, "{name} sends {sent:?}");
    for (field, bytes) in &order.pictures {
        let picture = image::load_from_memory(bytes).unwrap();
        let side = picture.width().max(picture.height());
        assert!(side <= case.card.references.side_max, "{name}: {field}");
        assert!(
            bytes.len() as u64 <= case.card.references.bytes_max,
            "{name}: {field}"
        );
    }
}

/// Words where it reads them, with the exact ground; seed and size where it has them.
fn check_words(case: &Case, order: &Order) {
    let name = case.name();
    let model = case.model.as_ref().unwrap();
    let voice = model.voice.unwrap_or(case.card.voice);
    assert!(voice == Voice::None || case.says("prompt"), "{name}");
    if voice != Voice::None {
        for words in ["#f4f1ec", "Linen 'Riva' shirt", "warm light"] {
            assert!(order.words.contains(words), "{name}: {words} in {}", order.words);
        }
    }
    // Without a list of inputs the adapter sends all that the card can; ComfyUI what its workflow has a place for.
    let has_place = case.settings().is_empty();
    let negative = case.card.negative_prompt && case.says("negative") && voice != Voice::None && has_place;
    assert_eq!(order.words.contains("watermark, border"), negative, "{name}");
    let seed = (case.card.seed_max.is_some() && case.says("seed")).then_some(7);
    if has_place {
        assert_eq!(order.seed, seed, "{name}");
    }
    let in_pixels = model.sizes.nearest("800x1000".parse().unwrap());
    if let (Some(wanted), Some(asked)) = (in_pixels, order.size) {
        assert_eq!(asked, (wanted.width, wanted.height), "{name}");
    }
}

fn check_key(case: &Case, order: &Order) {
    let name = case.name();
    assert_eq!(order.authorization, Some(format!("Bearer {KEY}")), "{name}");
    let mut rest = order.clone();
    rest.authorization = None;
    assert!(!format!("{rest:?}").contains(KEY), "{name}");
}

/// The first case of every engine that is reached over a wire.
fn one_each(check: impl Fn(&Case)) {
    let mut seen = Vec::new();
    for case in cases().into_iter().filter(|case| !case.card.local) {
        if !seen.contains(&case.card.name) {
            seen.push(case.card.name.clone());
            check(&case);
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn a_key_that_is_refused_is_told_and_never_shown() {
    one_each(|case| {
        let server = VendorServer::start([Behaviour::Unauthorised]);
        let engine = opened(&case.card, &server.url, &[]).unwrap();
        let error = engine.start(&case.shot(), &call()).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(matches!(error, EngineError::Misconfigured(_)), "{told}");
        assert!(told.contains("the key is not accepted"), "{told}");
        assert!(!told.contains(KEY), "{told}");
    });
}

#[test]
fn a_retired_model_is_refused_and_nobody_is_called() {
    one_each(|case| {
        let server = VendorServer::start([]);
        let (mut card, shot) = (case.card.clone(), case.shot());
        for model in &mut card.models {
            model.shutdown = Some(date(2026, 1, 1));
        }
        let error = opened(&card, &server.url, &[])
            .unwrap()
            .start(&shot, &call())
            .unwrap_err();
        assert!(matches!(error, EngineError::Misconfigured(_)), "{error}");
        assert!(
            error.to_string().contains("was shut down on 2026-01-01"),
            "{error}"
        );
        assert_eq!(server.counts(), testkit::vendor::Counts::default());
    });
}

#[test]
fn a_model_that_does_not_make_such_pictures_says_which_does_and_nobody_is_called() {
    for (engine, model, person, words) in [
        ("fashn", Some("packshot"), true, "use fashn:tryon-max"),
        ("fashn", Some("tryon-v1.6"), false, "use fashn:packshot"),
        ("stability", None, true, "the person whose photos are given"),
        (
            "replicate",
            Some("black-forest-labs/flux-kontext-pro"),
            true,
            "flux-2-pro",
        ),
    ] {
        let server = VendorServer::start([]);
        let mut shot = shot(engine);
        shot.brief.engine.model = model.map(str::to_owned);
        if !person {
            shot.person.clear();
        }
        let engine = opened(&crate::bench::card(engine), &server.url, &[]).unwrap();
        let Ok(Reply::Refused(reason)) = engine.start(&shot, &call()) else {
            panic!("{words}");
        };
        assert!(reason.contains(words), "{reason}");
        assert!(server.orders().is_empty());
    }
}
