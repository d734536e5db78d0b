//! Parameters of a call, and which of them Stripe knows.

/// What `POST /v1/checkout/sessions` takes, of the published OpenAPI (2026-10-28.endive), as far as a payment of one thing needs it. A
/// name ends where a bracket begins; `metadata` takes any.
const KNOWN: [&str; 17] = [
    "mode",
    "line_items[0][quantity]",
    "line_items[0][price_data][currency]",
    "line_items[0][price_data][unit_amount]",
    "line_items[0][price_data][product_data][name]",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "customer",
    "customer_creation",
    "customer_email",
    "customer_update[address]",
    "invoice_creation[enabled]",
    "automatic_tax[enabled]",
    "metadata[",
    "payment_intent_data[metadata][",
    "expires_at",
];

/// The pairs of a form or a query.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

/// Without `%xx` and `+`.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The first parameter that a checkout does not take.
pub(super) fn unknown(pairs: &[(String, String)]) -> Option<&str> {
    let known = |name: &str| {
        let prefix = |known: &&str| known.ends_with('[') && name.starts_with(*known);
        KNOWN.contains(&name) || KNOWN.iter().any(prefix)
    };
    pairs
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| !known(name))
}
