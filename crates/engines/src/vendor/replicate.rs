//! Replicate: predictions of any model, `owner/name` or `owner/name:version`, with inputs named by the card.
//!
//! Contract: the vendor's OpenAPI file (mirrored in tryAGI/Replicate) and its Python client 2.0.0b4. A prediction is a job:
//! its id is known within seconds and asked after, so a broken connection loses nothing. Inputs and outputs are deleted
//! after an hour.

use serde_json::{Value, json};

use super::{
    Answer, Body, Fault, HttpReply, Order, Part, Reference, Request, Vendor,
    answer::{self, output},
    inputs,
};

/// Longest `data:` address of an input; larger files are uploaded. "A small file <= 256kb" in the vendor's words, kept
/// for the whole address to be on the safe side.
const DATA_URL_MAX: usize = 256_000;
/// Seconds a new prediction is waited for in the request itself (1 to 60). Quick models end in it; of the others the id
/// is known before a connection is likely to break.
const WAIT_S: u32 = 5;
/// Past our own patience by this many seconds the vendor ends a job that nobody asks after any more (at least 5).
const CANCEL_AFTER_S: u32 = 60;

/// Speaks Replicate.
pub struct Replicate;

impl Vendor for Replicate {
    fn uploads(&self, order: &Order<'_>) -> Vec<Request> {
        let mut uploads = Vec::new();
        // A card that cannot be used is told of by `request`.
        let _ = input(order, |picture| {
            if !is_small(picture) {
                uploads.push(upload(picture));
            }
            Ok(String::new())
        });
        uploads
    }

    fn uploaded(&self, reply: &HttpReply) -> Result<String, Fault> {
        let body = reply.json().unwrap_or_default();
        match body["urls"]["get"].as_str() {
            Some(url) if reply.is_success() => Ok(url.to_owned()),
            _ if reply.is_success() => Err(Fault::broken("an uploaded file got no address")),
            _ => Err(failure(reply, Fault::of_status)),
        }
    }

    fn request(&self, order: &Order<'_>, uploaded: &[String]) -> Result<Request, Fault> {
        let mut uploaded = uploaded.iter();
        let input = input(order, |picture| {
            if is_small(picture) {
                return Ok(picture.data_url());
            }
            let address = uploaded.next().cloned();
            address.ok_or_else(|| Fault::broken("a large photo was not uploaded"))
        })?;
        let (path, mut body) = match order.model.id.split_once(':') {
            Some((_, version)) => (
                "/v1/predictions".to_owned(),
                json!({ "version": version, "input": input }),
            ),
            None => (
                format!("/v1/models/{}/predictions", order.model.id),
                json!({ "input": input }),
            ),
        };
        if let Some(url) = order.webhook {
            body["webhook"] = json!(url);
            body["webhook_events_filter"] = json!(["completed"]);
        }
        let most = order.card.limits.job_timeout_s.saturating_add(CANCEL_AFTER_S);
        Ok(Request::post(path, Body::Json(body))
            .with_header("prefer", format!("wait={WAIT_S}"))
            .with_header("cancel-after", format!("{most}s")))
    }

    fn parse(&self, reply: &HttpReply) -> Answer {
        match reply.json() {
            _ if !reply.is_success() => Answer::Fault(failure(reply, Fault::of_status)),
            // Also one that is finished already: known by its id it can be fetched again for an hour.
            Some(body) if body["status"] == "succeeded" && body["id"].is_string() => Answer::Pending {
                id: body["id"].as_str().unwrap_or_default().to_owned(),
            },
            Some(body) => prediction(&body),
            None => Answer::Fault(Fault::broken("the answer is not the JSON of a prediction")),
        }
    }

    fn parse_poll(&self, reply: &HttpReply) -> Answer {
        match reply.json() {
            _ if !reply.is_success() => Answer::Fault(failure(reply, Fault::of_lost_job)),
            Some(body) => prediction(&body),
            None => Answer::Fault(Fault::retry("the answer is not the JSON of a prediction")),
        }
    }

    fn poll(&self, id: &str) -> Option<Request> {
        Some(Request::get(format!("/v1/predictions/{id}")))
    }

    fn cancel(&self, id: &str) -> Option<Request> {
        Some(Request::post(format!("/v1/predictions/{id}/cancel"), Body::Empty))
    }
}

fn input(
    order: &Order<'_>,
    address: impl FnMut(&Reference) -> Result<String, Fault>,
) -> Result<Value, Fault> {
    inputs::object(inputs::inputs(order)?, address)
}

/// Fits into a `data:` address: base64 makes four letters of three bytes.
fn is_small(picture: &Reference) -> bool {
    "data:;base64,".len() + picture.media_type.len() + picture.bytes.len().div_ceil(3) * 4 <= DATA_URL_MAX
}

fn upload(picture: &Reference) -> Request {
    Request::post("/v1/files", Body::Form(vec![Part::picture("content", picture)]))
}

/// What a prediction object says.
fn prediction(body: &Value) -> Answer {
    let error = body["error"].as_str().unwrap_or_default();
    match body["status"].as_str().unwrap_or_default() {
        "starting" | "processing" => match body["id"].as_str() {
            Some(id) => Answer::Pending { id: id.to_owned() },
            None => Answer::Fault(Fault::broken("a prediction without an id")),
        },
        "succeeded" if body["data_removed"] == true && body["output"].is_null() => Answer::Fault(
            Fault::Gone("the picture was made and deleted an hour later, before it was fetched".to_owned()),
        ),
        "succeeded" => Answer::done(outputs(&body["output"]), None),
        "failed" if is_refusal(error) => Answer::Refused {
            reason: answer::brief(error),
            stage: None,
        },
        "failed" => Answer::Fault(Fault::broken(format!(
            "the model failed: {}",
            answer::brief(error)
        ))),
        // Its deadline passed before it was begun.
        "aborted" => Answer::Fault(Fault::Ended("the job was given up before it began".to_owned())),
        "canceled" => Answer::Fault(Fault::broken("the job was called off")),
        other => Answer::Fault(Fault::broken(format!(
            "a prediction in the unknown state `{other}`"
        ))),
    }
}

/// One address, or a list of them.
fn outputs(output: &Value) -> Vec<Result<answer::Output, Fault>> {
    match output {
        Value::String(text) => vec![self::output(text)],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(self::output).collect(),
        _ => Vec::new(),
    }
}

/// Models tell of their safety check in the words of their error \[C\]: SDXL `NSFW content detected`, Flux `flagged as
/// sensitive (E005)`.
fn is_refusal(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    [
        "nsfw",
        "flagged as sensitive",
        "(e005)",
        "safety checker",
        "moderation",
    ]
    .iter()
    .any(|words| error.contains(words))
}

/// RFC 7807: `{type, title, status, detail}`. The wait of a 429 stands in the words of `detail` only.
fn failure(reply: &HttpReply, fault: fn(&HttpReply, &str) -> Fault) -> Fault {
    let body = reply.json().unwrap_or_default();
    let detail = body["detail"].as_str().or_else(|| body["title"].as_str());
    let detail = detail.unwrap_or_default();
    match fault(reply, detail) {
        Fault::Retry { message, after } => Fault::Retry {
            message,
            after: after.or_else(|| answer::wait_in_words(detail)),
        },
        fault => fault,
    }
}
