//! OpenAI Images, and servers that speak the same shape with additions (LocalAI, vLLM-Omni, SGLang, sd.cpp).
//!
//! Contract: openai/openai-openapi `openapi.yaml` 2.3.0 and the newest Python client's types. `POST /v1/images/edits` as a
//! multipart form, for every picture is made from photos. There is no seed, no negative prompt and no job: a connection
//! that breaks loses a picture that may be billed.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::engine::Dialect;
use serde_json::Value;

use super::{Answer, Body, Fault, HttpReply, Order, Output, Part, Request, Vendor};

const EDITS: &str = "/v1/images/edits";

/// Speaks OpenAI Images.
pub struct OpenAi;

impl Vendor for OpenAi {
    fn request(&self, order: &Order<'_>, _: &[String]) -> Result<Request, Fault> {
        let mut parts = vec![
            Part::text("model", order.model.id.clone()),
            Part::text("prompt", order.prompt.text.clone()),
            Part::text("n", "1"),
        ];
        if let Some(size) = order.model.sizes.nearest(order.size) {
            parts.push(Part::text("size", size.to_string()));
        }
        if order.card.dialect == Dialect::Openai {
            parts.push(Part::text("quality", order.quality.name()));
            parts.push(Part::text("background", "opaque"));
            parts.push(Part::text("output_format", "png"));
        } else {
            parts.push(Part::text("response_format", "b64_json"));
            parts.extend(order.seed.map(|seed| Part::text("seed", seed.to_string())));
            parts.extend(
                order
                    .prompt
                    .negative
                    .clone()
                    .map(|text| Part::text("negative_prompt", text)),
            );
            parts.extend(
                order
                    .strength
                    .map(|strength| Part::text("strength", format!("{strength:.2}"))),
            );
        }
        for (name, value) in &order.model.constants {
            parts.push(Part::text(name, plain(value)));
        }
        for reference in order.references() {
            parts.push(Part::File {
                name: "image[]".to_owned(),
                file_name: reference.file_name.clone(),
                media_type: reference.media_type,
                bytes: reference.bytes.clone(),
            });
        }
        if let Some(mask) = &order.mask {
            parts.push(Part::File {
                name: "mask".to_owned(),
                file_name: mask.file_name.clone(),
                media_type: mask.media_type,
                bytes: mask.bytes.clone(),
            });
        }
        Ok(Request::post(EDITS, Body::Form(parts)))
    }

    fn parse(&self, reply: &HttpReply) -> Answer {
        let body = reply.json();
        if !reply.is_success() {
            return failure(reply, body.as_ref());
        }
        let pictures = body.as_ref().and_then(|body| body["data"].as_array());
        let Some(pictures) = pictures else {
            return Answer::Fault(Fault::broken("the answer is not the JSON of pictures"));
        };
        let outputs: Result<Vec<Output>, Fault> = pictures.iter().map(output).collect();
        match outputs {
            Ok(outputs) if outputs.is_empty() => {
                Answer::Fault(Fault::broken("the vendor says it is done and sends no picture"))
            }
            Ok(outputs) => Answer::Done { outputs, seed: None },
            Err(fault) => Answer::Fault(fault),
        }
    }
}

fn output(picture: &Value) -> Result<Output, Fault> {
    if let Some(text) = picture["b64_json"].as_str() {
        let bytes = BASE64_STANDARD.decode(text.trim());
        return bytes
            .map(Output::Bytes)
            .map_err(|_| Fault::broken("the picture's base64 is broken or cut short"));
    }
    match picture["url"].as_str() {
        Some(url) => Ok(Output::Url(url.to_owned())),
        None => Err(Fault::broken("an entry of the answer holds no picture")),
    }
}

/// `{"error":{"message","type","param","code"}}`, or whatever a proxy in between says.
fn failure(reply: &HttpReply, body: Option<&Value>) -> Answer {
    let error = body.map(|body| &body["error"]);
    let text = |name: &str| error.and_then(|error| error[name].as_str()).unwrap_or_default();
    let (code, message) = (text("code"), text("message"));
    if matches!(code, "moderation_blocked" | "content_policy_violation") {
        return Answer::Refused {
            reason: message.to_owned(),
            stage: error
                .and_then(|error| error["moderation_stage"].as_str())
                .map(str::to_owned),
        };
    }
    let fault = match code {
        "insufficient_quota" | "billing_hard_limit_reached" => {
            Fault::Misconfigured(format!("the vendor's account is out of credit: {message}"))
        }
        "model_not_found" => Fault::Misconfigured(format!("no such model: {message}")),
        _ => Fault::of_status(reply, message),
    };
    Answer::Fault(fault)
}

/// A JSON value as a form's text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
