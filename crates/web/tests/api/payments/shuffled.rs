//! Random purchases, of which everything is told in any order and several times.

use std::{collections::BTreeMap, sync::Arc};

use testkit::{
    database::TestDatabase,
    stripe::{Event, StripeServer},
};
use tokio::task::JoinSet;

use super::{books_agree, credits, order, order_many, selling, tell, tell_all};

testkit::on_both_databases! { events_in_any_order_and_several_times_leave_the_ledger_exact }

/// How many purchases are played. `PAYMENT_PURCHASES=3000` makes it more than 10,000 events.
fn purchases() -> usize {
    std::env::var("PAYMENT_PURCHASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60)
}

/// What was played of one person.
#[derive(Clone, Copy, Default)]
struct Played {
    bought: i64,
    back: i64,
    spent: i64,
}

async fn events_in_any_order_and_several_times_leave_the_ledger_exact(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let app = Arc::new(app);
    let mut random = fastrand::Rng::with_seed(7);
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(app.register(&format!("p{number}@example.com")).await);
    }
    let mut played = [Played::default(); 4];
    // Of each purchase, the credits that go back.
    let mut back: BTreeMap<String, i64> = BTreeMap::new();
    // The last of them has spent nearly all before more is told than that it was paid, and then all goes back.
    let (first, session) = order(&people[3], "starter").await;
    server.pay(&session);
    tell_all(&app, &server).await;
    played[3].spent = 55;
    order_many(&people[3], 55).await;
    server.refund(&session, 500);
    server.refund(&session, 499);
    let (second, session) = order(&people[3], "starter").await;
    server.pay(&session);
    let inquiry = server.inquire(&session).unwrap();
    server.escalate(&inquiry);
    server.close_dispute(&inquiry, false);
    for purchase in [first, second] {
        played[3].bought += 50;
        played[3].back += 50;
        back.insert(purchase, 50);
    }
    for number in 0..purchases() {
        let who = number % 3;
        let (purchase, session) = order(&people[who], "starter").await;
        let (bought, gone) = play(&server, &session, &mut random);
        played[who].bought += bought;
        played[who].back += gone;
        back.insert(purchase, gone);
    }
    // Each event once, and about half of them again.
    let once = server.events();
    let mut told: Vec<Event> = once.iter().filter(|_| random.bool()).cloned().collect();
    told.extend(once.iter().cloned());
    random.shuffle(&mut told);
    let wanted = told.len();
    // Six at a time, on the runtime's threads.
    let mut all = JoinSet::new();
    for part in told.chunks(wanted.div_ceil(6)) {
        let (app, part) = (Arc::clone(&app), part.to_vec());
        all.spawn(async move {
            for event in &part {
                tell(&app, event).await.expect(200);
            }
            part.len()
        });
    }
    let answered: usize = all.join_all().await.into_iter().sum();
    assert_eq!(answered, wanted);
    for one in app.store.purchases(None, None, u32::MAX).await.unwrap() {
        assert_eq!(one.taken_back + one.missing, back[&one.id], "{one:?}");
    }
    // What is missing is taken as far as there is credit, and no further.
    let now_ms = domain::clock::Clock::now_ms(&*app.clock);
    app.store.take_missing(&app.ids, None, now_ms).await.unwrap();
    for (person, played) in people.iter().zip(played) {
        let due = 10 + played.bought - played.spent - played.back;
        let workspace = domain::ids::WorkspaceId(person.workspace.clone());
        let bought = app.store.purchases(Some(&workspace), None, u32::MAX).await;
        let missing: i64 = bought.unwrap().iter().map(|one| one.missing).sum();
        assert_eq!(
            (credits(person).await, missing),
            (due.max(0), (-due).max(0)),
            "{wanted} events"
        );
    }
    assert_eq!(credits(&people[3]).await, 0);
    books_agree(&app).await;
}

/// What happens to one payment: the credits that it bought, and those of them that go back.
fn play(server: &StripeServer, session: &str, random: &mut fastrand::Rng) -> (i64, i64) {
    let paid = match random.u8(0..6) {
        0 => {
            server.expire(session);
            false
        }
        1 => {
            server.pay_later(session);
            server.money(session, false);
            false
        }
        2 => {
            server.pay_later(session);
            server.money(session, true);
            true
        }
        _ => {
            server.pay(session);
            true
        }
    };
    if !paid {
        return (0, 0);
    }
    let back = match random.u8(0..11) {
        0 => {
            server.refund(session, 999);
            50
        }
        1 => {
            server.refund(session, 300);
            server.refund(session, 300);
            30
        }
        2 => {
            let refund = server.refund(session, 999).unwrap();
            server.refund_fails(&refund);
            0
        }
        case @ 3..=4 => {
            let dispute = server.dispute(session).unwrap();
            server.close_dispute(&dispute, case == 3);
            if case == 3 { 0 } else { 50 }
        }
        5 => {
            let inquiry = server.inquire(session).unwrap();
            server.close_inquiry(&inquiry);
            0
        }
        case @ 6..=7 => {
            let inquiry = server.inquire(session).unwrap();
            server.escalate(&inquiry);
            server.close_dispute(&inquiry, case == 6);
            if case == 6 { 0 } else { 50 }
        }
        _ => 0,
    };
    (50, back)
}
