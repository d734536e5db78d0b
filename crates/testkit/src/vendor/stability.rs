//! Stability AI, v2beta and v1, from the server's side.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{
    Order,
    dialect::{Answer, Call, Dialect, Trouble},
};

/// Speaks Stability AI.
pub(super) struct Stability;

fn error(status: u16, name: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "id": "0a1b", "name": name, "errors": [message], "message": message }),
    )
}

impl Dialect for Stability {
    fn route(&self, method: &str, path: &str) -> Option<Call> {
        match method {
            "GET" if path == "/v1/user/balance" => Some(Call::Probe),
            "GET" => path
                .strip_prefix("/v2beta/results/")
                .map(|id| Call::Poll(id.to_owned())),
            _ if path.starts_with("/v2beta/stable-image/") || path.starts_with("/v1/generation/") => {
                Some(Call::Order)
            }
            _ => None,
        }
    }

    fn is_job(&self, order: &Order) -> bool {
        order.line.contains("relight")
    }

    fn taken(&self, id: &str) -> Answer {
        Answer::json(200, &json!({ "id": id }))
    }

    fn working(&self, id: &str) -> Answer {
        Answer::json(202, &json!({ "id": id, "status": "in-progress" }))
    }

    fn done(&self, _: &str, _: &str, order: &Order, made: Option<(usize, &[u8])>) -> Answer {
        let image = made.map(|(_, bytes)| BASE64_STANDARD.encode(bytes));
        let seed = order.seed.unwrap_or(1);
        if order.line.contains("/v1/generation/") {
            let artifacts: Vec<_> = image
                .iter()
                .map(|image| json!({ "base64": image, "finishReason": "SUCCESS", "seed": seed }))
                .collect();
            return Answer::json(200, &json!({ "artifacts": artifacts }));
        }
        let image = image.unwrap_or_default();
        Answer::json(
            200,
            &json!({ "image": image, "finish_reason": "SUCCESS", "seed": seed }),
        )
    }

    fn failed(&self, _: &str) -> Answer {
        self.trouble(&Trouble::Broke)
    }

    fn refused(&self, _: &str) -> Answer {
        error(
            403,
            "content_moderation",
            "Your request was flagged by our content moderation system",
        )
    }

    fn trouble(&self, trouble: &Trouble) -> Answer {
        match trouble {
            Trouble::TooMany(wait_ms) => error(429, "rate_limit_exceeded", "too many requests")
                .with_header("retry-after-ms", wait_ms.to_string()),
            Trouble::Broke => error(500, "internal_error", "An unexpected server error has occurred"),
            Trouble::Key => error(401, "unauthorized", "missing authorization header"),
            Trouble::Credit => error(402, "payment_required", "You lack sufficient credits"),
            Trouble::Unknown => error(404, "not_found", "no such result"),
        }
    }
}
