//! Signed webhooks in the Standard Webhooks form, as Replicate sends them: is this message really the vendor's, and now?
//!
//! Pure: the clock is a parameter. A message says that a job has moved on and nothing more is believed of it: the vendor is
//! asked how the job stands, so a forged, old or repeated one can at most cause one question more.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::engine::EngineCard;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

use crate::transport::Setting;

/// The setting that says where this service is reached.
pub const PUBLIC_URL: &str = "PUBLIC_URL";
/// A message older or newer than this many seconds is not taken: a recorded one cannot be played again later. The five
/// minutes of the Standard Webhooks libraries.
pub const TOLERANCE_S: i64 = 300;

/// The three headers and the body of a message, as they came.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `webhook-id`: the same when a message is sent again.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,BASE64`, several with spaces between them while keys are changed.
    pub signatures: &'a str,
    /// The body, before anything has read it.
    pub body: &'a [u8],
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// The secret is not `whsec_` and base64.
    #[error("the webhook secret is not of the form whsec_...")]
    Secret,
    /// The time is not a number of seconds.
    #[error("the webhook's time is no number")]
    Timestamp,
    /// Too old, or from the future.
    #[error("the webhook was not sent within the last {} minutes", TOLERANCE_S / 60)]
    Stale,
    /// No signature fits.
    #[error("the webhook's signature is not the vendor's")]
    Signature,
}

/// Whether a message was signed with this secret and sent about now. Contract \[A\]: HMAC-SHA256 over
/// `{id}.{timestamp}.{body}`, the key being the base64 after `whsec_`. Signatures are compared in constant time.
pub fn verify(secret: &str, message: &Message<'_>, now_s: i64) -> Result<(), WebhookError> {
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|key| BASE64_STANDARD.decode(key).ok())
        .filter(|key| !key.is_empty())
        .ok_or(WebhookError::Secret)?;
    let sent_s: i64 = message.timestamp.parse().map_err(|_| WebhookError::Timestamp)?;
    if now_s.abs_diff(sent_s) > TOLERANCE_S.unsigned_abs() {
        return Err(WebhookError::Stale);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| WebhookError::Secret)?;
    for part in [message.id, ".", message.timestamp, "."] {
        mac.update(part.as_bytes());
    }
    mac.update(message.body);
    let fits = |signature: &str| {
        let given = signature.strip_prefix("v1,");
        let given = given.and_then(|text| BASE64_STANDARD.decode(text).ok());
        given.is_some_and(|given| mac.clone().verify_slice(&given).is_ok())
    };
    if message.signatures.split(' ').any(fits) {
        Ok(())
    } else {
        Err(WebhookError::Signature)
    }
}

/// The vendor's id of the job that a message is about: Replicate sends the whole prediction.
pub fn job(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The secret that an engine's messages are signed with, where it is set.
pub fn secret(card: &EngineCard, setting: Setting<'_>) -> Option<String> {
    let name = card.server.as_ref()?.webhook_secret_env.as_ref()?;
    setting(name)
        .map(|secret| secret.trim().to_owned())
        .filter(|secret| !secret.is_empty())
}

/// Where an engine's vendor may call: this service's address, where it has one that can be called and the secret is here that
/// tells the vendor's messages from others. Vendors call by TLS alone; `is_open`: this one is spoken to without.
pub(super) fn address(card: &EngineCard, is_open: bool, setting: Setting<'_>) -> Option<String> {
    secret(card, setting)?;
    let url = setting(PUBLIC_URL)?;
    let url = url.trim().trim_end_matches('/');
    let can_be_called = url.starts_with("https://") || is_open && url.starts_with("http://");
    can_be_called.then(|| format!("{url}/api/engines/{}/webhook", card.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SENT_S: i64 = 1_614_265_330;
    const GOOD: Message<'_> = Message {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        body: br#"{"test": 2432232314}"#,
    };

    #[test]
    fn the_example_of_the_specification_is_taken() {
        assert_eq!(verify(SECRET, &GOOD, SENT_S), Ok(()));
        let two = format!("v1,bm9uc2Vuc2U= v2,x {}", GOOD.signatures);
        let changing_keys = Message {
            signatures: &two,
            ..GOOD
        };
        assert_eq!(verify(SECRET, &changing_keys, SENT_S + TOLERANCE_S), Ok(()));
    }

    #[test]
    fn anything_else_is_not() {
        let body = Message {
            body: br#"{"test": 2432232315}"#,
            ..GOOD
        };
        let id = Message {
            id: "msg_other",
            ..GOOD
        };
        let unsigned = Message {
            signatures: "",
            ..GOOD
        };
        let short = Message {
            signatures: "v1,g0hM9Q==",
            ..GOOD
        };
        let version = Message {
            signatures: "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ..GOOD
        };
        for message in [body, id, unsigned, short, version] {
            assert_eq!(
                verify(SECRET, &message, SENT_S),
                Err(WebhookError::Signature),
                "{message:?}"
            );
        }
        let other = "whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSw=";
        assert_ne!(verify(other, &GOOD, SENT_S), Ok(()));
    }

    #[test]
    fn an_old_one_one_from_the_future_and_one_without_a_time_are_not() {
        let at = |now_s| verify(SECRET, &GOOD, now_s);
        assert_eq!(at(SENT_S + TOLERANCE_S + 1), Err(WebhookError::Stale));
        assert_eq!(at(SENT_S - TOLERANCE_S - 1), Err(WebhookError::Stale));
        assert_eq!(at(i64::MIN), Err(WebhookError::Stale));
        let no_time = Message {
            timestamp: "soon",
            ..GOOD
        };
        assert_eq!(verify(SECRET, &no_time, SENT_S), Err(WebhookError::Timestamp));
    }

    #[test]
    fn a_vendor_is_told_where_to_call_only_where_its_messages_can_be_checked_and_come() {
        let cards = crate::cards::Cards::built_in();
        let of = |engine: &str, is_open, settings: &[(&str, &str)]| {
            let card = cards.engine(&domain::engine::EngineName(engine.into())).unwrap();
            let read = |name: &str| {
                let found = settings.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            address(card, is_open, &read)
        };
        let secret = ("REPLICATE_WEBHOOK_SECRET", SECRET);
        let public = (PUBLIC_URL, "https://studio.example.com/");
        let open = (PUBLIC_URL, "http://127.0.0.1:3001");
        assert_eq!(
            of("replicate", false, &[secret, public]).as_deref(),
            Some("https://studio.example.com/api/engines/replicate/webhook")
        );
        assert!(of("replicate", true, &[secret, open]).is_some());
        for (engine, settings) in [
            ("replicate", vec![public]),
            ("replicate", vec![secret]),
            ("replicate", vec![secret, open]),
            ("openai", vec![secret, public]),
        ] {
            assert_eq!(of(engine, false, &settings), None, "{engine} {settings:?}");
        }
    }

    #[test]
    fn a_message_names_its_job_or_none() {
        assert_eq!(
            job(br#"{"id":"job-1","status":"succeeded"}"#).as_deref(),
            Some("job-1")
        );
        for body in [&b"{}"[..], b"[]", b"no json", br#"{"id":""}"#, br#"{"id":7}"#] {
            assert_eq!(job(body), None);
        }
    }

    #[test]
    fn a_secret_of_another_form_is_told() {
        for secret in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(
                verify(secret, &GOOD, SENT_S),
                Err(WebhookError::Secret),
                "{secret}"
            );
        }
    }
}
