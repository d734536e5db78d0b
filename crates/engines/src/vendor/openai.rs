//! OpenAI Images, and servers that speak the same shape with additions (vLLM-Omni, SGLang, sd.cpp; LocalAI by a card
//! with `inputs` of its own, because its `/v1/images/inpainting` names them differently).
//!
//! Contract: openai/openai-openapi `openapi.yaml` 2.3.0 and the newest Python client's types. `POST /v1/images/edits` as a
//! multipart form, for every picture is made from photos. There is no seed, no negative prompt and no job: a connection
//! that breaks loses a picture that may be billed.

use domain::engine::Dialect;
use serde_json::Value;

use super::{Answer, Body, Fault, HttpReply, Order, Output, Part, Request, Vendor, answer, inputs, mask};

const EDITS: &str = "/v1/images/edits";

/// Speaks OpenAI Images.
pub struct OpenAi;

impl Vendor for OpenAi {
    fn request(&self, order: &Order<'_>, _: &[String]) -> Result<Request, Fault> {
        let endpoint = order.model.endpoint.as_deref().unwrap_or(EDITS);
        if !order.model.inputs.is_empty() {
            let form = inputs::form(inputs::inputs(order)?);
            return Ok(Request::post(endpoint, Body::Form(form)));
        }
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
                    .map(|strength| Part::text("strength", format!("{:.2}", inputs::STRENGTH * strength))),
            );
        }
        for (name, value) in &order.model.constants {
            parts.push(Part::text(name, inputs::text(value)));
        }
        parts.extend(
            order
                .references()
                .map(|picture| Part::picture("image[]", picture)),
        );
        if let Some(mask) = &order.mask {
            parts.push(if order.card.dialect == Dialect::Openai {
                Part::picture("mask", &mask::transparent(mask)?)
            } else {
                Part::picture("mask", mask)
            });
        }
        Ok(Request::post(endpoint, Body::Form(parts)))
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
        Answer::done(pictures.iter().map(output), None)
    }
}

fn output(picture: &Value) -> Result<Output, Fault> {
    if let Some(text) = picture["b64_json"].as_str() {
        return answer::base64(text);
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
