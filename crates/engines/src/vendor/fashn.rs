//! FASHN: runs of fashion models, each a job, with inputs named by the card.
//!
//! Contract: the types of the vendor's Python client 0.9. `POST /v1/run {model_name, inputs}` gives `{id, error}`, `GET
//! /v1/status/{id}` the state. Photos go as `data:` addresses; pictures come as addresses or, with `return_base64`, in
//! the reply itself and are then not kept by the vendor. Failed runs are not charged. A run cannot be called off.

use serde_json::{Value, json};

use super::{
    Answer, Body, Fault, HttpReply, Order, Reference, Request, Vendor,
    answer::{self, output},
    inputs,
};

/// Speaks FASHN.
pub struct Fashn;

impl Vendor for Fashn {
    fn request(&self, order: &Order<'_>, _: &[String]) -> Result<Request, Fault> {
        let inputs = inputs::object(inputs::inputs(order)?, |picture: &Reference| {
            Ok(picture.data_url())
        })?;
        let body = json!({ "model_name": order.model.id, "inputs": inputs });
        Ok(Request::post("/v1/run", Body::Json(body)))
    }

    fn parse(&self, reply: &HttpReply) -> Answer {
        let body = reply.json();
        match &body {
            _ if !reply.is_success() => Answer::Fault(failure(reply, Fault::of_status)),
            Some(body) if body["status"].is_string() => run(body),
            Some(body) => match (body["error"].as_str(), body["id"].as_str()) {
                (Some(error), _) => Answer::Fault(Fault::broken(format!(
                    "the run did not start: {}",
                    answer::brief(error)
                ))),
                (None, Some(id)) => Answer::Pending { id: id.to_owned() },
                (None, None) => Answer::Fault(Fault::broken("a run without an id")),
            },
            None => Answer::Fault(Fault::broken("the answer is not the JSON of a run")),
        }
    }

    fn parse_poll(&self, reply: &HttpReply) -> Answer {
        if reply.is_success() {
            return self.parse(reply);
        }
        Answer::Fault(failure(reply, Fault::of_lost_job))
    }

    fn poll(&self, id: &str) -> Option<Request> {
        Some(Request::get(format!("/v1/status/{id}")))
    }
}

/// What the state of a run says.
fn run(body: &Value) -> Answer {
    match body["status"].as_str().unwrap_or_default() {
        "starting" | "in_queue" | "processing" => Answer::Pending {
            id: body["id"].as_str().unwrap_or_default().to_owned(),
        },
        "completed" => {
            let outputs = body["output"].as_array().map(Vec::as_slice).unwrap_or_default();
            Answer::done(outputs.iter().filter_map(Value::as_str).map(output), None)
        }
        "failed" => failed(&body["error"]),
        "time_out" => Answer::Fault(Fault::Ended("the run took too long and was given up".to_owned())),
        "canceled" => Answer::Fault(Fault::broken("the run was called off")),
        other => Answer::Fault(Fault::broken(format!("a run in the unknown state `{other}`"))),
    }
}

/// `{name, message}`; each name's meaning is the client's own description of it.
fn failed(error: &Value) -> Answer {
    let name = error["name"].as_str().unwrap_or_default();
    let message = answer::brief(error["message"].as_str().unwrap_or_default());
    match name {
        "ContentModerationError" => Answer::Refused {
            reason: message,
            stage: None,
        },
        // Failures of the vendor's machines: "retry request".
        "PipelineError" | "InternalServerError" | "3rdPartyProviderError" | "PollingTimeout" => {
            Answer::Fault(Fault::Ended(format!("{name}: {message}")))
        }
        "PoseError" => Answer::Fault(Fault::broken(format!(
            "no body is seen in the photo of the person: {message}; give one that shows the person whole"
        ))),
        // ImageLoadError, InputValidationError, ThirdPartyError: other photos or words are needed.
        _ => Answer::Fault(Fault::broken(format!("{name}: {message}"))),
    }
}

/// `{"error": NAME, "message"}`.
fn failure(reply: &HttpReply, fault: fn(&HttpReply, &str) -> Fault) -> Fault {
    let body = reply.json().unwrap_or_default();
    let message = body["message"].as_str().unwrap_or_default();
    if body["error"] == "OutOfCredits" {
        return Fault::Misconfigured(format!("the vendor's account is out of credit: {message}"));
    }
    fault(reply, message)
}
