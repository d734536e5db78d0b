//! Stripe's objects as facts. An event's object tells more than its name, so it is read by what it is.

use domain::payment::{Checkout, Dispute, Fact, Refund};
use serde_json::Value;

/// What an object of the API says; none where it says nothing about money for credits.
pub(super) fn of_object(object: &Value) -> Option<Fact> {
    match object["object"].as_str()? {
        "checkout.session" => checkout(object),
        "charge" => charge(object),
        "refund" => refund(object),
        "dispute" => dispute(object),
        _ => None,
    }
}

fn checkout(session: &Value) -> Option<Fact> {
    if session["mode"] != "payment" {
        return None;
    }
    let state = match (session["payment_status"].as_str()?, session["status"].as_str()) {
        ("paid" | "no_payment_required", Some("complete") | None) => Checkout::Paid,
        (_, Some("complete")) => Checkout::Pending,
        (_, Some("expired")) => Checkout::Expired,
        _ => Checkout::Open,
    };
    let purchase = session["metadata"]["purchase_id"].as_str();
    Some(Fact::Checkout {
        session: text(&session["id"])?,
        purchase: purchase
            .or(session["client_reference_id"].as_str())
            .map(str::to_owned),
        state,
        payment: id(&session["payment_intent"]),
        customer: id(&session["customer"]),
        subtotal_minor: session["amount_subtotal"].as_i64().unwrap_or(0),
        total_minor: session["amount_total"].as_i64().unwrap_or(0),
        currency: text(&session["currency"]).unwrap_or_default(),
    })
}

fn charge(charge: &Value) -> Option<Fact> {
    let total_minor = charge["amount_refunded"].as_i64().filter(|amount| *amount > 0)?;
    Some(Fact::Refunded {
        payment: id(&charge["payment_intent"])?,
        total_minor,
    })
}

fn refund(refund: &Value) -> Option<Fact> {
    Some(Fact::Refund {
        id: text(&refund["id"])?,
        payment: id(&refund["payment_intent"])?,
        amount_minor: refund["amount"].as_i64().filter(|amount| *amount > 0)?,
        state: match refund["status"].as_str() {
            Some("succeeded") => Refund::Succeeded,
            Some("failed" | "canceled") => Refund::Failed,
            _ => Refund::Pending,
        },
    })
}

fn dispute(dispute: &Value) -> Option<Fact> {
    Some(Fact::Dispute {
        id: text(&dispute["id"])?,
        payment: id(&dispute["payment_intent"])?,
        amount_minor: dispute["amount"].as_i64().filter(|amount| *amount > 0)?,
        state: match dispute["status"].as_str()? {
            "needs_response" | "under_review" => Dispute::Open,
            "lost" => Dispute::Lost,
            "won" | "prevented" => Dispute::Won,
            // `warning_…`: an inquiry.
            _ => Dispute::Inquiry,
        },
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The id of another object, which stands there as its id or whole.
fn id(value: &Value) -> Option<String> {
    text(value).or_else(|| text(&value["id"]))
}
