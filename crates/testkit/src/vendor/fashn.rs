//! FASHN, from the server's side.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    Order,
    dialect::{Answer, Call, Dialect, Trouble},
};

/// Speaks FASHN.
pub(super) struct Fashn;

fn state(id: &str, status: &str, output: &Value, error: &Value) -> Answer {
    Answer::json(
        200,
        &json!({ "id": id, "status": status, "output": output, "error": error }),
    )
}

fn error(status: u16, name: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": name, "message": message }))
}

impl Dialect for Fashn {
    fn route(&self, method: &str, path: &str) -> Option<Call> {
        match (method, path) {
            ("GET", "/v1/credits") => Some(Call::Probe),
            ("POST", "/v1/run") => Some(Call::Order),
            ("GET", path) => path
                .strip_prefix("/v1/status/")
                .map(|id| Call::Poll(id.to_owned())),
            _ => None,
        }
    }

    fn taken(&self, id: &str) -> Answer {
        Answer::json(200, &json!({ "id": id, "error": null }))
    }

    fn working(&self, id: &str) -> Answer {
        state(id, "processing", &Value::Null, &Value::Null)
    }

    fn done(&self, id: &str, base: &str, order: &Order, made: Option<(usize, &[u8])>) -> Answer {
        let inline = order
            .json
            .as_ref()
            .is_some_and(|json| json["inputs"]["return_base64"] == true);
        let output: Vec<String> = made
            .iter()
            .map(|(number, bytes)| match (inline, bytes) {
                (true, [_, ..]) => format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes)),
                _ => format!("{base}/delivered/{number}.png"),
            })
            .collect();
        state(id, "completed", &json!(output), &Value::Null)
    }

    fn failed(&self, id: &str) -> Answer {
        let error = json!({ "name": "PipelineError", "message": "An unexpected error in the pipeline" });
        state(id, "failed", &Value::Null, &error)
    }

    fn refused(&self, id: &str) -> Answer {
        let error = json!({ "name": "ContentModerationError", "message": "Prohibited content detected" });
        state(id, "failed", &Value::Null, &error)
    }

    fn trouble(&self, trouble: &Trouble) -> Answer {
        match trouble {
            Trouble::TooMany(wait_ms) => error(429, "RateLimitExceeded", "Too many requests")
                .with_header("retry-after-ms", wait_ms.to_string()),
            Trouble::Broke => error(500, "InternalServerError", "something broke"),
            Trouble::Key => error(401, "UnauthorizedAccess", "Invalid API key"),
            Trouble::Credit => error(429, "OutOfCredits", "No credits left"),
            Trouble::Unknown => error(404, "NotFound", "No such prediction"),
        }
    }
}
