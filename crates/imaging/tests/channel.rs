//! Pictures rendered for channels: they pass, they say why they cannot, and the file is measured, not the recipe.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::profile::{Outcome, Profile, Role, all, find, judge, passes};
use image::Rgba;
use imaging::{
    Picture,
    channel::{Rendered, Source, measure, render},
    codec::Limits,
    provenance::{About, source_type},
};

/// A garment of noise, so that it has bytes, on a ground.
fn on(ground: u8) -> Picture {
    let mut state = 1_u32;
    Picture::from_fn(600, 600, |x, y| {
        if (220..380).contains(&x) && (120..500).contains(&y) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 16) as u16 / 4;
            Rgba([0x3000 + noise, 0x2000 + noise, 0x5000, u16::MAX])
        } else {
            let value = u16::from(ground) * 257;
            Rgba([value, value, value, u16::MAX])
        }
    })
}

fn rendered(picture: &Picture, profile: &Profile, role: Role) -> Rendered {
    let about = About::default();
    let source = Source {
        picture,
        file: &[],
        is_whole: true,
        role,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        about: &about,
    };
    render(&source, profile, None).unwrap()
}

fn failed(made: &Rendered) -> Vec<&str> {
    let failed = made
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed);
    failed.map(|check| check.name.as_str()).collect()
}

/// A channel like another, but small, so that tests are quick.
fn small(name: &str) -> Profile {
    let mut profile = find(name).unwrap().clone();
    profile.size = "600x600".parse().unwrap();
    profile.rules.long_side_min = Some(500);
    profile.rules.short_side_min = None;
    profile.rules.size_min = None;
    profile.rules.ratio = None;
    profile
}

#[test]
fn every_channel_takes_a_garment_on_white() {
    for profile in all() {
        let made = rendered(&on(255), profile, Role::Main);
        assert!(made.passes(), "{}: {:?}", profile.name, made.checks);
        let facts = measure(&made.bytes, &Limits::default()).unwrap();
        assert!(
            passes(&judge(profile, Role::Main, &facts)),
            "the file itself is measured"
        );
        let fill = facts.fill.unwrap();
        assert!(
            (fill - f64::from(profile.fill)).abs() < 1.5,
            "{}: {fill}",
            profile.name
        );
        assert_eq!(
            facts.digital_source_type.as_deref(),
            Some(source_type::TRAINED_ALGORITHMIC_MEDIA),
            "that it was generated is not lost"
        );
    }
}

#[test]
fn quality_gives_way_to_bytes_until_nothing_is_left_to_give() {
    let mut profile = small("amazon");
    let whole = rendered(&on(255), &profile, Role::Main);
    profile.rules.bytes_max = Some(whole.facts.bytes * 2 / 3);
    let less = rendered(&on(255), &profile, Role::Main);
    assert!(less.passes(), "{:?}", less.checks);
    assert!(
        less.notes.iter().any(|note| note.contains("quality")),
        "{:?}",
        less.notes
    );
    profile.rules.bytes_max = Some(1_000);
    assert_eq!(failed(&rendered(&on(255), &profile, Role::Main)), ["bytes"]);
}

#[test]
fn fill_is_changed_until_it_is_taken() {
    let mut profile = small("amazon");
    (profile.fill, profile.rules.fill_min, profile.rules.fill_max) = (95, Some(60), Some(70));
    let made = rendered(&on(255), &profile, Role::Main);
    assert!(made.passes(), "{:?}", made.checks);
    assert!((60.0..=70.0).contains(&made.facts.fill.unwrap()));
}

#[test]
fn another_ground_is_said_and_not_painted_over() {
    let profile = small("amazon");
    let made = rendered(&on(240), &profile, Role::Main);
    assert_eq!(failed(&made), ["border"]);
    assert_eq!(made.facts.border.unwrap().colour.rgb, [240, 240, 240]);
    assert!(
        rendered(&on(240), &profile, Role::Additional).passes(),
        "only the main picture must"
    );
    // A step off is what a lossy file left of white.
    assert!(rendered(&on(254), &profile, Role::Main).passes());
}
