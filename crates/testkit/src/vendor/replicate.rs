//! Replicate, from the server's side.

use serde_json::{Value, json};

use super::{
    Order,
    dialect::{Answer, Call, Dialect, Trouble},
};

/// Speaks Replicate.
pub(super) struct Replicate;

fn prediction(status: u16, id: &str, state: &str, more: &Value) -> Answer {
    let mut body =
        json!({ "id": id, "status": state, "output": null, "error": null, "logs": "", "urls": {} });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Answer::json(status, &body)
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    Answer::json(
        status,
        &json!({ "title": title, "detail": detail, "status": status }),
    )
}

impl Dialect for Replicate {
    fn route(&self, method: &str, path: &str) -> Option<Call> {
        let of_models = path.starts_with("/v1/models/") && path.ends_with("/predictions");
        match (method, path) {
            ("GET", "/v1/account") => Some(Call::Probe),
            ("POST", "/v1/files") => Some(Call::Upload),
            ("POST", "/v1/predictions") => Some(Call::Order),
            ("POST", _) if of_models => Some(Call::Order),
            ("POST", path) => {
                let id = path.strip_prefix("/v1/predictions/")?.strip_suffix("/cancel")?;
                Some(Call::Cancel(id.to_owned()))
            }
            (_, path) => path
                .strip_prefix("/v1/predictions/")
                .map(|id| Call::Poll(id.to_owned())),
        }
    }

    fn stored(&self, base: &str, number: usize, name: &str) -> (String, Answer) {
        let url = format!("{base}/v1/files/{number}");
        let body = json!({ "id": number.to_string(), "name": name, "urls": { "get": url } });
        (url, Answer::json(201, &body))
    }

    fn taken(&self, id: &str) -> Answer {
        prediction(201, id, "starting", &json!({}))
    }

    fn working(&self, id: &str) -> Answer {
        prediction(200, id, "processing", &json!({}))
    }

    fn done(&self, id: &str, base: &str, _: &Order, made: Option<(usize, &[u8])>) -> Answer {
        let output: Vec<String> = made
            .iter()
            .map(|(number, _)| format!("{base}/delivered/{number}.png"))
            .collect();
        prediction(200, id, "succeeded", &json!({ "output": output }))
    }

    fn failed(&self, id: &str) -> Answer {
        prediction(200, id, "failed", &json!({ "error": "CUDA out of memory" }))
    }

    fn called_off(&self, id: &str) -> Answer {
        prediction(200, id, "canceled", &json!({}))
    }

    fn refused(&self, id: &str) -> Answer {
        let error = "NSFW content detected. Try running it again, or try a different prompt.";
        prediction(200, id, "failed", &json!({ "error": error }))
    }

    fn trouble(&self, trouble: &Trouble) -> Answer {
        match trouble {
            Trouble::TooMany(wait_ms) => {
                let wait_s = wait_ms.div_ceil(1000);
                let detail = format!("Request was throttled. Your rate limit resets in ~{wait_s}s.");
                problem(429, "Too many requests", &detail)
            }
            Trouble::Broke => problem(500, "Internal server error", "something broke"),
            Trouble::Key => problem(
                401,
                "Unauthenticated",
                "You did not pass a valid authentication token",
            ),
            Trouble::Credit => problem(
                402,
                "Insufficient credit",
                "You have insufficient credit to run this model",
            ),
            Trouble::Unknown => problem(404, "Not found", "The requested resource could not be found."),
        }
    }
}
