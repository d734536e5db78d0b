//! The page where a buyer pays, and where what happens afterwards is played.

use std::fmt::Write as _;

use serde_json::Value;

/// What may happen to a session as it stands: the word of each button, and what it says.
fn buttons(session: &Value) -> &'static [(&'static str, &'static str)] {
    let is = |name: &str, word: &str| session[name] == word;
    if is("payment_status", "paid") {
        &[
            ("refund", "Refund all"),
            ("half", "Refund half"),
            ("dispute", "Dispute it"),
        ]
    } else if is("status", "complete") {
        &[("comes", "The money arrives"), ("fails", "It does not")]
    } else if is("status", "open") {
        &[
            ("now", "Pay now"),
            ("later", "Pay by bank transfer"),
            ("not", "Go back"),
        ]
    } else {
        &[]
    }
}

/// Buttons, in place of a card.
pub(super) fn of(session: &Value) -> String {
    let total = session["amount_total"].as_i64().unwrap_or(0);
    let currency = session["currency"].as_str().unwrap_or_default().to_uppercase();
    let (whole, cents) = (total / 100, total % 100);
    let mut form = String::new();
    for (how, says) in buttons(session) {
        let _ = write!(form, "<button name=\"how\" value=\"{how}\">{says}</button> ");
    }
    let stands = session["payment_status"].as_str().unwrap_or_default();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Pay (a trial)</title><main style=\"max-width:28rem;margin:4rem auto;font:1rem system-ui\">\
         <h1>{whole}.{cents:02} {currency}</h1><p>This stands in for Stripe. No money moves. It is {stands}.</p>\
         <form method=\"post\">{form}</form></main></html>"
    )
}
