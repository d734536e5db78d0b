//! Keys of calls, and who holds them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::clock::EpochMs;
use store::{
    Store,
    idempotency::{Answer, Claim, HeldKey},
};
use testkit::database::TestDatabase;

testkit::on_both_databases! {
    a_key_is_held_as_long_as_its_call_is_worked_on,
    who_was_given_up_changes_nothing_of_the_next_one_s_key,
}

async fn claim(store: &Store, now_ms: EpochMs) -> Claim {
    store.claim_key("anna", "mine", "a call", now_ms).await.unwrap()
}

async fn held(store: &Store, now_ms: EpochMs) -> HeldKey {
    match claim(store, now_ms).await {
        Claim::New(held) => held,
        other => panic!("{now_ms}: {other:?}"),
    }
}

fn answer(body: &str) -> Answer {
    Answer {
        status: 201,
        headers: "[]".to_owned(),
        body: body.to_owned(),
    }
}

async fn a_key_is_held_as_long_as_its_call_is_worked_on(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    let first = held(&store, 0).await;
    for now_ms in [100_000, 200_000, 300_000] {
        store.renew_key(&first, now_ms).await.unwrap();
    }
    assert_eq!(claim(&store, 400_000).await, Claim::Working);
    // Nothing more is heard of it.
    held(&store, 420_001).await;
}

async fn who_was_given_up_changes_nothing_of_the_next_one_s_key(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    let first = held(&store, 0).await;
    let next = held(&store, 120_001).await;
    store.close_key(&first, None).await.unwrap();
    store.close_key(&first, Some(&answer("first"))).await.unwrap();
    assert_eq!(claim(&store, 120_002).await, Claim::Working);
    // Its own call goes on being told of.
    store.renew_key(&next, 200_000).await.unwrap();
    assert_eq!(claim(&store, 300_000).await, Claim::Working);
    store.renew_key(&first, 300_000).await.unwrap();
    let last = held(&store, 320_001).await;
    store.close_key(&last, Some(&answer("last"))).await.unwrap();
    store.close_key(&next, Some(&answer("next"))).await.unwrap();
    store.close_key(&next, None).await.unwrap();
    assert_eq!(claim(&store, 320_002).await, Claim::Done(answer("last")));
    store.close_key(&last, None).await.unwrap();
    held(&store, 320_003).await;
}
