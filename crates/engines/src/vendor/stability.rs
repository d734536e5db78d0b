//! Stability AI: Stable Image (v2beta) and the legacy SDXL endpoint (v1), each a multipart form.
//!
//! Contract: v1 is Stability-AI/rest-api-support `spec/v1.yaml`; v2beta is what public clients send. Paths and field names
//! are rows of the card (`endpoint`, `inputs`, `constants`), so this file knows replies only: `{image, finish_reason,
//! seed}`, `{artifacts: [{base64, finishReason, seed}]}` in v1, `{id}` where a picture is made later.

use serde_json::Value;

use super::{
    Answer, Body, Fault, HttpReply, Order, Request, Vendor,
    answer::{self, base64},
    inputs,
};

/// A picture that is made later is asked after here.
const RESULTS: &str = "/v2beta/results/";

/// Speaks Stability AI.
pub struct Stability;

impl Vendor for Stability {
    fn request(&self, order: &Order<'_>, _: &[String]) -> Result<Request, Fault> {
        let model = order.model;
        let endpoint = model.endpoint.as_deref().ok_or_else(|| {
            Fault::Misconfigured(format!("the card of stability:{} names no endpoint", model.id))
        })?;
        let form = inputs::form(inputs::inputs(order)?);
        Ok(in_json(Request::post(endpoint, Body::Form(form))))
    }

    fn parse(&self, reply: &HttpReply) -> Answer {
        let body = reply.json();
        match &body {
            _ if !reply.is_success() => failure(reply, body.as_ref(), Fault::of_status),
            Some(body) => success(reply, body),
            None => Answer::Fault(Fault::broken("the answer is not the JSON of a picture")),
        }
    }

    fn parse_poll(&self, reply: &HttpReply) -> Answer {
        if reply.is_success() {
            return self.parse(reply);
        }
        failure(reply, reply.json().as_ref(), Fault::of_lost_job)
    }

    fn poll(&self, id: &str) -> Option<Request> {
        Some(in_json(Request::get(format!("{RESULTS}{id}"))))
    }
}

/// As base64 with finish reason and seed beside it, instead of the bare picture.
fn in_json(request: Request) -> Request {
    request.with_header("accept", "application/json")
}

fn success(reply: &HttpReply, body: &Value) -> Answer {
    // A finished job of v2beta names its picture `result` in some clients and `image` in others [C].
    let made = ["image", "result"].iter().find_map(|name| body[*name].as_str());
    if let Some(made) = made {
        return picture(made, &body["finish_reason"], body["seed"].as_u64());
    }
    let artifact = body["artifacts"].as_array().or_else(|| body.as_array());
    if let Some(artifacts) = artifact {
        let Some(first) = artifacts.first() else {
            return Answer::done([], None);
        };
        let made = first["base64"].as_str().unwrap_or_default();
        return picture(made, &first["finishReason"], first["seed"].as_u64());
    }
    match body["id"].as_str() {
        Some(id) => Answer::Pending { id: id.to_owned() },
        // A look at an unfinished job: 202, with or without its id.
        None if reply.status == 202 => Answer::Pending { id: String::new() },
        None => Answer::done([], None),
    }
}

/// A filtered picture comes blurred, one that ended in an error half made: neither is a picture of the product.
fn picture(made: &str, finish_reason: &Value, seed: Option<u64>) -> Answer {
    match finish_reason.as_str() {
        Some("CONTENT_FILTERED") => Answer::Refused {
            reason: "the finished picture was withheld (CONTENT_FILTERED)".to_owned(),
            stage: Some("output".to_owned()),
        },
        Some("ERROR") => Answer::Fault(Fault::Ended(
            "the vendor broke off (finish reason ERROR)".to_owned(),
        )),
        _ if made.is_empty() => Answer::done([], None),
        _ => Answer::done([base64(made)], seed),
    }
}

/// `{"id","name","errors":[..]}`, in v1 `{"id","name","message"}`.
fn failure(reply: &HttpReply, body: Option<&Value>, fault: fn(&HttpReply, &str) -> Fault) -> Answer {
    let name = body.and_then(|body| body["name"].as_str()).unwrap_or_default();
    let words = body.map(said).unwrap_or_default();
    // Not charged. `invalid_prompts` is v1's word for it [C].
    if matches!(name, "content_moderation" | "invalid_prompts") {
        return Answer::Refused {
            reason: answer::brief(&words),
            stage: Some("input".to_owned()),
        };
    }
    Answer::Fault(fault(reply, &words))
}

fn said(body: &Value) -> String {
    let errors = body["errors"].as_array().map(|errors| {
        let texts: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
        texts.join("; ")
    });
    errors.unwrap_or_else(|| body["message"].as_str().unwrap_or_default().to_owned())
}
