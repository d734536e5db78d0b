//! Turns and places at a vendor, taken by several at once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::HashSet, time::Duration};

use store::Store;
use testkit::database::TestDatabase;

testkit::on_both_databases! {
    turns_that_many_take_at_once_come_one_after_the_other,
    quiet_is_kept_by_everybody_and_never_shortened,
    no_place_is_taken_twice_and_one_that_is_given_up_is_free_again,
}

const INTERVAL: Duration = Duration::from_secs(10);
const LEASE: Duration = Duration::from_mins(1);

async fn turns_that_many_take_at_once_come_one_after_the_other(database: TestDatabase) {
    let store = Store::connect(&database.url, 8, true).await.unwrap();
    let taking = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.take_turn("openai", INTERVAL).await.unwrap() })
    });
    let mut waits = Vec::new();
    for taking in taking.collect::<Vec<_>>() {
        waits.push(taking.await.unwrap());
    }
    waits.sort();
    // Each wait is measured from when it was asked for, which takes a moment.
    for (place, wait) in waits.iter().enumerate() {
        let exact = INTERVAL * place as u32;
        let late = exact.saturating_sub(*wait);
        assert!(*wait <= exact && late < INTERVAL / 2, "{place}: {wait:?}");
    }
    assert!(store.take_turn("fashn", INTERVAL).await.unwrap().is_zero());
}

async fn quiet_is_kept_by_everybody_and_never_shortened(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    store.be_quiet("openai", Duration::from_secs(100)).await.unwrap();
    store.be_quiet("openai", Duration::from_secs(5)).await.unwrap();
    let wait = store.take_turn("openai", INTERVAL).await.unwrap();
    assert!(
        (Duration::from_secs(95)..=Duration::from_secs(100)).contains(&wait),
        "{wait:?}"
    );
}

async fn no_place_is_taken_twice_and_one_that_is_given_up_is_free_again(database: TestDatabase) {
    let store = Store::connect(&database.url, 8, true).await.unwrap();
    store.make_places("fashn", 6).await.unwrap();
    store.make_places("fashn", 6).await.unwrap();
    let taking = (0..12).map(|number| {
        let store = store.clone();
        let holder = if number % 2 == 0 { "w1" } else { "w2" };
        tokio::spawn(async move { (holder, store.take_place("fashn", 6, holder, LEASE).await.unwrap()) })
    });
    let mut taken = Vec::new();
    for taking in taking.collect::<Vec<_>>() {
        taken.push(taking.await.unwrap());
    }
    // Whoever looks while another takes the same row may go away empty, and asks again.
    for holder in ["w1"; 6] {
        taken.push((holder, store.take_place("fashn", 6, holder, LEASE).await.unwrap()));
    }
    taken.retain(|(_, place)| place.is_some());
    let places: HashSet<i64> = taken.iter().filter_map(|(_, place)| *place).collect();
    assert_eq!((taken.len(), places.len()), (6, 6));
    let (holder, place) = taken[0];
    store
        .free_place("fashn", place.unwrap(), "somebody else")
        .await
        .unwrap();
    assert_eq!(store.take_place("fashn", 6, "w3", LEASE).await.unwrap(), None);
    store.free_place("fashn", place.unwrap(), holder).await.unwrap();
    assert_eq!(store.take_place("fashn", 6, "w3", LEASE).await.unwrap(), place);
    // A holder that dies is not heard of again.
    store.keep_places("w3", Duration::ZERO).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(store.take_place("fashn", 6, "w4", LEASE).await.unwrap(), place);
}
