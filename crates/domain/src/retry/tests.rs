//! What is tried after what.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{category::Category, engine::ModelCard, product::Product};

fn card(name: &str, price: f64) -> EngineCard {
    EngineCard {
        name: EngineName(name.into()),
        on_model: true,
        packshot: true,
        voice: Voice::Instruction,
        models: vec![model(price)],
        ..EngineCard::default()
    }
}

fn model(price: f64) -> ModelCard {
    let text = format!(
        r#"{{ "id": "m", "sizes": {{ "rule": "like_input" }}, "price_usd": {{ "medium": {price} }} }}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn cards() -> Vec<EngineCard> {
    let seeded = EngineCard {
        seed_max: Some(u64::MAX),
        strength: true,
        ..card("seeded", 0.05)
    };
    let fixed = EngineCard {
        voice: Voice::None,
        models: Vec::new(),
        ..card("fixed", 0.0)
    };
    vec![card("worded", 0.10), seeded, fixed]
}

fn shot(chain: &[&str]) -> Shot {
    let mut choices = chain.iter().map(|name| EngineChoice::of(name));
    Shot {
        product: Product {
            sku: "A".into(),
            name: None,
            category: Category::Top,
            colour: None,
            photos: vec![],
        },
        pose: "FRONT".parse().unwrap(),
        take: 1,
        seed: 5,
        person: vec![],
        brief: Brief {
            engine: choices.next().unwrap(),
            fallbacks: choices.collect(),
            ..Brief::default()
        },
    }
}

/// What follows, with every try ending the same way, until nothing does.
fn story(
    shot: &Shot,
    ends: impl Fn(usize, &Attempt) -> (AttemptOutcome, MicroUsd),
) -> (Vec<PastAttempt>, String) {
    let cards = cards();
    let find = |name: &EngineName| cards.iter().find(|card| card.name == *name);
    let known = Known {
        card: &find,
        today: date(2026, 11, 25),
    };
    let mut past = Vec::new();
    loop {
        match next(shot, &past, &known) {
            Next::Stop(why) => return (past, why),
            Next::Attempt(asked) => {
                let (outcome, cost) = ends(past.len(), &asked);
                past.push(PastAttempt {
                    asked: *asked,
                    outcome,
                    reason: Some(format!(
                        "product lock: the sleeve of {} is off; see /home",
                        past.len()
                    )),
                    cost,
                });
            }
        }
        assert!(past.len() < 100, "it never ends");
    }
}

fn rejected(shot: &Shot) -> (Vec<PastAttempt>, String) {
    story(shot, |_, asked| (AttemptOutcome::Rejected, asked.price))
}

#[test]
fn a_rejected_picture_is_tried_three_times_more_and_each_try_changes_something() {
    let (past, why) = rejected(&shot(&["seeded"]));
    assert_eq!(past.len(), 4);
    assert!(why.contains("4 tries"), "{why}");
    let seeds: std::collections::HashSet<u64> = past.iter().map(|one| one.asked.seed).collect();
    assert_eq!(seeds.len(), 4);
    assert_eq!(past[0].asked.seed, 5, "the first try has the shot's own seed");
    let strengths: Vec<_> = past.iter().filter_map(|one| one.asked.strength).collect();
    assert_eq!(strengths, [75, 50, 25]);
    assert_eq!(past[0].asked.hint, None);
    assert_eq!(
        past[2].asked.hint.as_deref(),
        Some("the sleeve of 1 is off; before that: the sleeve of 0 is off")
    );
}

#[test]
fn without_a_seed_the_words_of_each_try_differ_though_the_fault_is_the_same() {
    let shot = shot(&["worded"]);
    let cards = cards();
    let find = |name: &EngineName| cards.iter().find(|card| card.name == *name);
    let known = Known {
        card: &find,
        today: date(2026, 11, 25),
    };
    let (mut past, mut hints) = (Vec::new(), Vec::new());
    while let Next::Attempt(asked) = next(&shot, &past, &known) {
        hints.push(asked.hint.clone());
        past.push(PastAttempt {
            cost: asked.price,
            asked: *asked,
            outcome: AttemptOutcome::Rejected,
            reason: Some("product lock: another garment".to_owned()),
        });
    }
    let told: Vec<_> = hints.iter().map(Option::as_deref).collect();
    let expected = [
        None,
        Some("another garment"),
        Some("another garment, 2 times by now"),
        Some("another garment, 3 times by now"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_last_try_is_the_next_engines() {
    let (past, _) = rejected(&shot(&["worded", "seeded"]));
    let names: Vec<_> = past.iter().map(|one| one.asked.engine.name.0.as_str()).collect();
    assert_eq!(names, ["worded", "worded", "worded", "seeded"]);
    assert_eq!(past[3].asked.strength, None);
}

#[test]
fn an_engine_that_cannot_change_anything_is_asked_once() {
    let (past, why) = rejected(&shot(&["fixed"]));
    assert_eq!((past.len(), why.as_str()), (1, ""));
    let (past, _) = rejected(&shot(&["fixed", "worded"]));
    assert_eq!(past.len(), 4);
    assert_eq!(past[1].asked.engine.name.0, "worded");
}

#[test]
fn faults_in_passing_use_up_no_quality_retry_and_pass_to_the_next_engine() {
    let (past, _) = story(&shot(&["worded"]), |count, asked| match count {
        0..5 => (AttemptOutcome::Fault, MicroUsd::default()),
        _ => (AttemptOutcome::Rejected, asked.price),
    });
    assert_eq!(past.len(), 5 + 4);
    let (past, why) = story(&shot(&["worded", "seeded"]), |_, _| {
        (AttemptOutcome::Fault, MicroUsd::default())
    });
    assert_eq!((past.len(), why.as_str()), (2 * FAULTS_MAX, ""));
    assert_eq!(past[FAULTS_MAX].asked.engine.name.0, "seeded");
}

#[test]
fn an_answer_without_a_usable_picture_is_asked_for_once_more_with_another_seed() {
    let (past, why) = story(&shot(&["seeded", "worded"]), |_, asked| {
        (AttemptOutcome::Broken, asked.price)
    });
    let names: Vec<_> = past.iter().map(|one| one.asked.engine.name.0.as_str()).collect();
    assert_eq!(names, ["seeded", "seeded", "worded", "worded"]);
    assert_eq!(why, "");
    assert_ne!(past[0].asked.seed, past[1].asked.seed);
    // It uses up no retry of a picture that a lock sends back.
    let (past, _) = story(&shot(&["seeded"]), |count, asked| match count {
        1 => (AttemptOutcome::Broken, asked.price),
        _ => (AttemptOutcome::Rejected, asked.price),
    });
    assert_eq!(past.len(), 1 + 4);
    let seeds: std::collections::HashSet<u64> = past.iter().map(|one| one.asked.seed).collect();
    assert_eq!(seeds.len(), past.len(), "each try changes something");
}

#[test]
fn an_order_without_an_answer_is_made_once_more_and_no_oftener() {
    let (past, _) = story(&shot(&["worded", "seeded"]), |_, asked| {
        (AttemptOutcome::Lost, asked.price)
    });
    let names: Vec<_> = past.iter().map(|one| one.asked.engine.name.0.as_str()).collect();
    assert_eq!(names, ["worded", "worded", "seeded", "seeded"]);
}

#[test]
fn what_is_paid_for_is_looked_after_whatever_may_be_spent_by_now() {
    let mut shot = shot(&["seeded"]);
    let (past, _) = story(&shot, |_, asked| (AttemptOutcome::Pending, asked.price));
    assert_eq!(past.len(), LOOKS_MAX);
    shot.brief.cost_max = MicroUsd(0);
    shot.brief.retries_max = 0;
    let known = Known {
        card: &|_| None,
        today: date(2026, 11, 25),
    };
    assert!(matches!(next(&shot, &past[..1], &known), Next::Attempt(_)));
}

#[test]
fn a_picture_that_nobody_can_vouch_for_is_not_bought_again() {
    let (past, _) = story(&shot(&["worded", "seeded"]), |_, asked| {
        (AttemptOutcome::Withheld, asked.price)
    });
    assert_eq!(past.len(), 1);
}

#[test]
fn who_refuses_or_cannot_is_not_asked_again() {
    for outcome in [AttemptOutcome::Refused, AttemptOutcome::Failed] {
        let (past, _) = story(&shot(&["worded", "seeded"]), |_, _| {
            (outcome, MicroUsd::default())
        });
        let names: Vec<_> = past.iter().map(|one| one.asked.engine.name.0.as_str()).collect();
        assert_eq!(names, ["worded", "seeded"], "{outcome:?}");
    }
}

#[test]
fn a_job_that_the_vendor_has_is_taken_up_and_not_paid_for_again() {
    let (past, _) = story(&shot(&["seeded"]), |count, asked| match count {
        0 => (AttemptOutcome::Rejected, asked.price),
        1 => (AttemptOutcome::Pending, asked.price),
        _ => (AttemptOutcome::Refused, MicroUsd::default()),
    });
    assert_eq!(past.len(), 3);
    assert_eq!(past[2].asked.price, MicroUsd::default());
    let same = Attempt {
        price: past[1].asked.price,
        ..past[2].asked.clone()
    };
    assert_eq!(same, past[1].asked);
}

#[test]
fn an_engine_that_is_not_here_is_left_out() {
    let (past, _) = rejected(&shot(&["worded", "elsewhere", "seeded"]));
    assert_eq!(past[3].asked.engine.name.0, "seeded");
    assert!(rejected(&shot(&["elsewhere"])).0.is_empty());
}

fn any_outcome() -> impl Strategy<Value = AttemptOutcome> {
    prop::sample::select(AttemptOutcome::ALL.to_vec())
}

proptest! {
    #[test]
    fn no_history_spends_more_than_is_allowed_or_goes_on_for_ever(
        outcomes in prop::collection::vec(any_outcome(), 40),
        cents in 0_u64..60,
        chain in prop::sample::subsequence(vec!["worded", "seeded", "fixed"], 1..=3).prop_shuffle(),
    ) {
        let mut shot = shot(&chain);
        shot.brief.cost_max = MicroUsd(cents * 10_000);
        let (past, _) = story(&shot, |count, asked| (outcomes[count % 40], asked.price));
        let spent: MicroUsd = past.iter().map(|one| one.cost).sum();
        prop_assert!(spent <= shot.brief.cost_max);
        let rejected = past.iter().filter(|one| one.outcome == AttemptOutcome::Rejected);
        prop_assert!(rejected.count() <= 1 + shot.brief.retries_max as usize);
    }
}
