//! Stripe as it is called: against a server that stands in for it, and the shapes of its published examples.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::payment::{Checkout, Dispute, Fact, Refund};
use payments::{
    Order,
    stripe::{Error, List, Settings, Stripe, webhook},
};
use serde_json::{Value, json};
use testkit::stripe::StripeServer;

fn stripe(server: &StripeServer) -> Stripe {
    Stripe::new(Settings {
        secret_key: "sk_test_any".to_owned(),
        base_url: server.url.clone(),
        automatic_tax: true,
    })
    .unwrap()
}

fn order<'a>(purchase: &'a str, customer: Option<&'a str>) -> Order<'a> {
    Order {
        purchase,
        workspace: "w1",
        title: "PhotoGen Starter, 50 credits & more",
        price_minor: 999,
        currency: "usd",
        customer,
        email: "anna+x@example.com",
        back_url: "https://studio.example.com/billing?purchase=p1",
    }
}

#[tokio::test]
async fn a_checkout_that_is_begun_twice_is_one() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    server.fail_next(500, 2);
    let first = stripe.checkout(&order("p1", None)).await.unwrap();
    let second = stripe.checkout(&order("p1", None)).await.unwrap();
    assert_eq!(first, second);
    server.pay(&first.session);
    let customer = format!("cus_of_{}", first.session);
    let other = stripe.checkout(&order("p2", Some(&customer))).await.unwrap();
    assert_ne!(first.session, other.session);
    let Fact::Checkout {
        purchase,
        state,
        total_minor,
        ..
    } = stripe.session(&first.session).await.unwrap()
    else {
        panic!("no checkout");
    };
    assert_eq!(
        (purchase.as_deref(), state, total_minor),
        (Some("p1"), Checkout::Paid, 999)
    );
}

#[tokio::test]
async fn a_customer_who_is_gone_is_told_and_the_same_purchase_begins_without_one() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    let refused = stripe.checkout(&order("p1", Some("cus_x"))).await.unwrap_err();
    assert!(refused.is_customer_gone(), "{refused}");
    assert!(refused.to_string().contains("No such customer: 'cus_x'"));
    stripe.checkout(&order("p1", None)).await.unwrap();
    let other = stripe.session("cs_none").await.unwrap_err();
    assert!(!other.is_customer_gone(), "{other}");
}

#[tokio::test]
async fn a_refusal_is_told_in_stripes_words_and_not_tried_again() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    let refused = stripe.session("cs_none").await.unwrap_err();
    assert!(
        matches!(&refused, Error::Refused { status: 404, message, .. } if message.contains("cs_none")),
        "{refused}"
    );
    assert_eq!(server.calls().len(), 1);
    server.fail_next(503, 9);
    let away = stripe.session("cs_none").await.unwrap_err();
    assert!(matches!(away, Error::Refused { status: 503, .. }), "{away}");
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    for number in 0..130 {
        let begun = stripe
            .checkout(&order(&format!("p{number}"), None))
            .await
            .unwrap();
        server.pay(&begun.session);
        if number % 10 == 0 {
            server.refund(&begun.session, 100);
        }
    }
    for (list, wanted) in [(List::Sessions, 130), (List::Refunds, 13), (List::Disputes, 0)] {
        let told = stripe.facts_since(list, 0).await;
        assert!(told.fault.is_none(), "{told:?}");
        assert_eq!(told.facts.len(), wanted, "{list:?}");
        let told = stripe.facts_since(list, i64::from(u32::MAX)).await;
        assert_eq!(told.facts, [], "{list:?}");
    }
}

#[tokio::test]
async fn a_list_without_end_is_a_fault_that_says_so_and_keeps_what_was_read() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    stripe.checkout(&order("p1", None)).await.unwrap();
    server.lists_never_end();
    let told = stripe.facts_since(List::Sessions, 0).await;
    assert!(!told.facts.is_empty());
    let fault = told.fault.unwrap().to_string();
    assert!(fault.contains("/v1/checkout/sessions goes on"), "{fault}");
}

#[tokio::test]
async fn one_thing_is_read_by_its_id() {
    let server = StripeServer::start(None).unwrap();
    let stripe = stripe(&server);
    let begun = stripe.checkout(&order("p1", None)).await.unwrap();
    server.pay(&begun.session);
    let refund = server.refund_later(&begun.session, 100).unwrap();
    let dispute = server.inquire(&begun.session).unwrap();
    let told = stripe.one(List::Refunds, &refund).await.unwrap();
    assert!(
        matches!(&told, Fact::Refund { id, state: Refund::Pending, .. } if *id == refund),
        "{told:?}"
    );
    let told = stripe.one(List::Disputes, &dispute).await.unwrap();
    assert!(
        matches!(&told, Fact::Dispute { id, state: Dispute::Inquiry, .. } if *id == dispute),
        "{told:?}"
    );
    let none = stripe.one(List::Disputes, "du_none").await.unwrap_err();
    assert!(none.is_not_there(), "{none}");
}

#[test]
fn addresses_that_are_none_are_refused() {
    for base_url in ["", "stripe", "ftp://x", "https://user:pw@example.com"] {
        let made = Stripe::new(Settings {
            secret_key: "sk_test_any".to_owned(),
            base_url: base_url.to_owned(),
            automatic_tax: false,
        });
        assert!(made.is_err(), "{base_url}");
    }
}

/// The published example objects, with what a payment adds to them.
#[test]
fn events_are_read_as_stripe_publishes_their_objects() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/specs/stripe-fixtures3.json"
    );
    let Ok(text) = std::fs::read(path) else {
        eprintln!("skipped: the published examples are not here");
        return;
    };
    let published: Value = serde_json::from_slice(&text).unwrap();
    let read = |kind: &str, object: &str, change: &[(&str, Value)]| {
        let mut thing = published["resources"][object].clone();
        assert!(thing.is_object(), "{object}");
        for (name, value) in change {
            thing[*name] = value.clone();
        }
        let body = json!({ "id": "evt_1", "type": kind, "data": { "object": thing } }).to_string();
        let header = testkit::stripe::signed("whsec_x", 100, &body);
        webhook::event(&["whsec_x".to_owned()], Some(&header), body.as_bytes(), 100)
            .unwrap()
            .fact
    };
    let paid = [
        ("status", json!("complete")),
        ("payment_status", json!("paid")),
        ("amount_total", json!(999)),
    ];
    let Some(Fact::Checkout { state, payment, .. }) =
        read("checkout.session.completed", "checkout.session", &paid)
    else {
        panic!("no checkout");
    };
    assert_eq!((state, payment.is_some()), (Checkout::Paid, true));
    let failed = [("status", json!("complete")), ("payment_status", json!("unpaid"))];
    let fact = read(
        "checkout.session.async_payment_failed",
        "checkout.session",
        &failed,
    );
    assert!(
        matches!(
            fact,
            Some(Fact::Checkout {
                state: Checkout::Failed,
                ..
            })
        ),
        "{fact:?}"
    );
    let payment = ("payment_intent", json!("pi_1"));
    let back = [payment.clone(), ("amount_refunded", json!(50))];
    let fact = read("charge.refunded", "charge", &back);
    assert!(
        matches!(fact, Some(Fact::Refunded { total_minor: 50, .. })),
        "{fact:?}"
    );
    let fact = read("refund.updated", "refund", std::slice::from_ref(&payment));
    assert!(
        matches!(
            fact,
            Some(Fact::Refund {
                amount_minor: 100,
                ..
            })
        ),
        "{fact:?}"
    );
    let fact = read(
        "charge.dispute.created",
        "dispute",
        std::slice::from_ref(&payment),
    );
    assert!(matches!(fact, Some(Fact::Dispute { .. })), "{fact:?}");
    assert_eq!(read("plan.created", "plan", &[]), None);
}
