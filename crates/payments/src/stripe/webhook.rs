//! Webhooks: who signed them, and what they say.

use domain::payment::{Checkout, Fact};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::facts;

/// The header that holds when a message was signed, and by what.
pub const HEADER: &str = "stripe-signature";
/// How old a message may be, in seconds.
pub const TOLERANCE_S: i64 = 300;
/// How far our clock may be behind, in seconds.
const AHEAD_S: i64 = 300;
/// Signatures of one message that are looked at.
const SIGNATURES_MAX: usize = 16;

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No secret is set here.
    #[error("this service expects no messages of Stripe: set STRIPE_WEBHOOK_SECRET")]
    NotExpected,
    /// The header is missing or unreadable.
    #[error("the header Stripe-Signature is missing, or holds no t= and v1=")]
    NoSignature,
    /// None of the secrets signed it.
    #[error("the signature is of another secret, or the body was changed on its way")]
    Unsigned,
    /// It was signed long ago, or by a clock that is ahead.
    #[error("the message was signed more than five minutes from now")]
    Late,
    /// It is no event.
    #[error("the body is no event")]
    NoEvent,
}

/// What Stripe tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id; the same when it is told again.
    pub id: String,
    /// `checkout.session.completed`, …
    pub kind: String,
    /// What it says of money for credits; none of everything else.
    pub fact: Option<Fact>,
}

/// The event of a message, if one of our secrets signed its body in the last five minutes.
pub fn event(secrets: &[String], header: Option<&str>, body: &[u8], now_s: i64) -> Result<Event, Refusal> {
    verify(secrets, header, body, now_s)?;
    let event: Value = serde_json::from_slice(body).map_err(|_| Refusal::NoEvent)?;
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    let (Some(id), Some(kind)) = (text("id"), text("type")) else {
        return Err(Refusal::NoEvent);
    };
    let mut fact = facts::of_object(&event["data"]["object"]);
    // Of a payment that failed later the session alone does not tell.
    if kind == "checkout.session.async_payment_failed"
        && let Some(Fact::Checkout { state, .. }) = &mut fact
    {
        *state = Checkout::Failed;
    }
    Ok(Event { id, kind, fact })
}

fn verify(secrets: &[String], header: Option<&str>, body: &[u8], now_s: i64) -> Result<(), Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NotExpected);
    }
    let header = header.ok_or(Refusal::NoSignature)?;
    let pairs = || header.split(',').filter_map(|pair| pair.trim().split_once('='));
    let time = pairs().find(|(name, _)| *name == "t").map(|(_, time)| time);
    let time = time.ok_or(Refusal::NoSignature)?;
    let time_s: i64 = time.parse().map_err(|_| Refusal::NoSignature)?;
    let mut signatures = pairs()
        .filter(|(name, _)| *name == "v1")
        .take(SIGNATURES_MAX)
        .peekable();
    signatures.peek().ok_or(Refusal::NoSignature)?;
    let expected: Vec<String> = secrets
        .iter()
        .map(|secret| signature(secret, time, body))
        .collect();
    let signed = signatures.any(|(_, given)| {
        let matches = |expected: &String| bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        expected.iter().any(matches)
    });
    if !signed {
        return Err(Refusal::Unsigned);
    }
    if time_s < now_s - TOLERANCE_S || time_s > now_s + AHEAD_S {
        return Err(Refusal::Late);
    }
    Ok(())
}

/// The signature of a body at a time, hex: HMAC-SHA256 of `TIME.BODY` by the secret as it is written.
pub fn signature(secret: &str, time: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new(); // HMAC takes keys of any length.
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_760_000_000;
    const BODY: &[u8] = br#"{"id":"evt_1","type":"product.created","data":{"object":{"object":"product"}}}"#;

    #[test]
    fn a_header_of_stripes_own_library_is_taken() {
        // `stripe.webhooks.generateTestHeaderString({payload, secret: "whsec_ours", timestamp: 1760000000})`, npm stripe 23.1.0.
        let header = "t=1760000000,v1=9b50ee5c263c0fb3f3e00e01029f31151983411abf61ab61090a91dd494a960c";
        assert!(event(&secrets(&["whsec_ours"]), Some(header), BODY, NOW_S).is_ok());
    }

    fn secrets(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn signed(secret: &str, time_s: i64) -> String {
        let time = time_s.to_string();
        format!("t={time},v1={}", signature(secret, &time, BODY))
    }

    #[test]
    fn any_secret_may_have_signed_it_and_unknown_events_say_nothing() {
        let header = signed("whsec_new", NOW_S - 10);
        let taken = event(&secrets(&["whsec_old", "whsec_new"]), Some(&header), BODY, NOW_S).unwrap();
        assert_eq!((taken.id.as_str(), taken.fact), ("evt_1", None));
        let both = format!(
            "t={NOW_S},v1=00,v1={}",
            signature("whsec_new", &NOW_S.to_string(), BODY)
        );
        assert!(event(&secrets(&["whsec_new"]), Some(&both), BODY, NOW_S).is_ok());
    }

    #[test]
    fn what_others_signed_or_long_ago_is_refused() {
        let ours = secrets(&["whsec_ours"]);
        let refused = |header: Option<&str>, body: &[u8]| event(&ours, header, body, NOW_S).unwrap_err();
        let good = signed("whsec_ours", NOW_S);
        assert_eq!(refused(Some(&good), b"{}"), Refusal::Unsigned);
        assert_eq!(
            refused(Some(&signed("whsec_other", NOW_S)), BODY),
            Refusal::Unsigned
        );
        assert_eq!(
            refused(Some(&signed("whsec_ours", NOW_S - 301)), BODY),
            Refusal::Late
        );
        assert_eq!(
            refused(Some(&signed("whsec_ours", NOW_S + 301)), BODY),
            Refusal::Late
        );
        assert_eq!(refused(None, BODY), Refusal::NoSignature);
        assert_eq!(refused(Some("v1=00"), BODY), Refusal::NoSignature);
        assert_eq!(refused(Some("t=1"), BODY), Refusal::NoSignature);
        let v0 = good.replace("v1=", "v0=");
        assert_eq!(refused(Some(&v0), BODY), Refusal::NoSignature);
        assert_eq!(event(&[], Some(&good), BODY, NOW_S), Err(Refusal::NotExpected));
    }
}
