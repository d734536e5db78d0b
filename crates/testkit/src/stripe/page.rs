//! The page where a buyer pays.

use serde_json::Value;

/// Three buttons, in place of a card.
pub(super) fn of(session: &Value) -> String {
    let total = session["amount_total"].as_i64().unwrap_or(0);
    let currency = session["currency"].as_str().unwrap_or_default().to_uppercase();
    let (whole, cents) = (total / 100, total % 100);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Pay (a trial)</title><main style=\"max-width:28rem;margin:4rem auto;font:1rem system-ui\">\
         <h1>{whole}.{cents:02} {currency}</h1><p>This stands in for Stripe. No money moves.</p><form method=\"post\">\
         <button name=\"how\" value=\"now\">Pay now</button> <button name=\"how\" value=\"later\">Pay by bank transfer</button> \
         <button name=\"how\" value=\"not\">Go back</button></form></main></html>"
    )
}
