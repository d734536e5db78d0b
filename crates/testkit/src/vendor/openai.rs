//! OpenAI Images and the servers of its shape, from the server's side.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    Order,
    dialect::{Answer, Call, Dialect, Trouble},
};

/// Speaks OpenAI Images.
pub(super) struct OpenAi;

fn error(status: u16, code: &str, message: &str) -> Answer {
    let error = json!({ "message": message, "type": "error", "param": null, "code": code });
    Answer::json(status, &json!({ "error": error }))
}

impl Dialect for OpenAi {
    fn route(&self, method: &str, path: &str) -> Option<Call> {
        match (method, path) {
            ("GET", "/v1/models") => Some(Call::Probe),
            ("POST", "/v1/images/edits" | "/v1/images/inpainting") => Some(Call::Order),
            _ => None,
        }
    }

    fn is_job(&self, _: &Order) -> bool {
        false
    }

    fn taken(&self, _: &str) -> Answer {
        Answer::json(200, &json!({ "object": "list", "data": [] }))
    }

    fn working(&self, id: &str) -> Answer {
        self.taken(id)
    }

    fn done(&self, _: &str, base: &str, _: &Order, made: Option<(usize, &[u8])>) -> Answer {
        let data: Vec<Value> = made
            .iter()
            .map(|(number, bytes)| match bytes {
                // Expired: servers of this shape may send addresses.
                [] => json!({ "url": format!("{base}/delivered/{number}.png") }),
                bytes => json!({ "b64_json": BASE64_STANDARD.encode(bytes) }),
            })
            .collect();
        Answer::json(200, &json!({ "created": 1, "data": data }))
    }

    fn failed(&self, _: &str) -> Answer {
        error(500, "server_error", "something broke")
    }

    fn refused(&self, _: &str) -> Answer {
        let error =
            json!({ "message": "not allowed", "code": "moderation_blocked", "moderation_stage": "input" });
        Answer::json(400, &json!({ "error": error }))
    }

    fn trouble(&self, trouble: &Trouble) -> Answer {
        match trouble {
            Trouble::TooMany(wait_ms) => error(429, "rate_limit_exceeded", "slow down")
                .with_header("retry-after-ms", wait_ms.to_string()),
            Trouble::Broke => error(500, "server_error", "something broke"),
            Trouble::Key => error(401, "invalid_api_key", "Incorrect API key provided"),
            Trouble::Credit => error(429, "insufficient_quota", "You exceeded your current quota"),
            Trouble::Unknown => error(404, "not_found", "no such path"),
        }
    }
}
