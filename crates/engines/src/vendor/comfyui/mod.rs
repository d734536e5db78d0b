//! ComfyUI: an operator's own workflow on a server of his own, with the product's photo in its marked place.
//!
//! Contract: comfyanonymous/ComfyUI `openapi.yaml`: `POST /upload/image`, `POST /prompt`, `GET /history/{id}`, `GET
//! /view`. The shape of `status.messages` and of `node_errors` is that of its `execution.py` and `server.py` \[C\].

mod replies;
mod workflow;

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, Body, Fault, HttpReply, Order, Part, Places, Reference, Request, Vendor};
use crate::{EngineError, Kit, transport::Setting};
use domain::engine::ModelCard;
use workflow::{Slot, Workflow};

/// The setting that names the file of a workflow.
const SETTING: &str = "COMFYUI_WORKFLOW";
/// Where none is named: the product photo redrawn by SDXL at half strength.
const BUILT_IN: &str = include_str!("workflow.json");

/// Speaks to ComfyUI with one workflow.
pub struct Comfyui {
    workflow: Workflow,
}

impl Comfyui {
    /// With the workflow that the setting `COMFYUI_WORKFLOW` names, or the built-in one.
    pub fn open(kit: &Kit) -> Result<Self, EngineError> {
        Self::of_setting(&*kit.setting)
    }

    pub(super) fn of_setting(setting: Setting<'_>) -> Result<Self, EngineError> {
        let Some(path) = setting(SETTING) else {
            return Self::with(BUILT_IN).map_err(EngineError::Broken);
        };
        let told = |reason: String| EngineError::Misconfigured(format!("{SETTING}: `{path}` {reason}"));
        let text = fs::read_to_string(&path).map_err(|error| told(format!("cannot be read: {error}")))?;
        Self::with(&text).map_err(told)
    }

    /// With this workflow, or what has to be changed in it.
    pub fn with(text: &str) -> Result<Self, String> {
        Workflow::parse(text).map(|workflow| Self { workflow })
    }

    /// Every place for a picture and the picture that goes there. More places than photos show the first one again.
    fn pictures<'a>(&'a self, order: &'a Order<'_>) -> Result<Vec<(&'a Slot, &'a Reference)>, Fault> {
        let groups = [
            ("product", order.products.iter().collect::<Vec<_>>()),
            ("person", order.people.iter().collect()),
            ("mask", order.mask.iter().collect()),
        ];
        let mut placed = Vec::new();
        for (name, pictures) in groups {
            let slots = self.workflow.slots(name);
            if name == "person" && slots.is_empty() && !pictures.is_empty() {
                return Err(Fault::Misconfigured(
                    "the workflow has no place for the person: give a LoadImage node the title `photogen:person`"
                        .to_owned(),
                ));
            }
            for slot in slots {
                let picture = pictures.get(slot.index).or_else(|| pictures.first());
                let picture = picture.ok_or_else(|| {
                    Fault::Misconfigured(format!(
                        "the workflow has a place for a {name} and none is given; give one, or take another workflow"
                    ))
                })?;
                placed.push((slot, *picture));
            }
        }
        Ok(placed)
    }

    /// Every place for words or a number and what goes there.
    fn words(&self, order: &Order<'_>) -> Vec<(&Slot, Value)> {
        let size = order.model.sizes.nearest(order.size).unwrap_or(order.size);
        let values = [
            ("prompt", Some(json!(order.prompt.text))),
            ("negative", order.prompt.negative.as_ref().map(|text| json!(text))),
            ("seed", order.seed.map(|seed| json!(seed))),
            ("width", Some(json!(size.width))),
            ("height", Some(json!(size.height))),
        ];
        let mut placed = Vec::new();
        for (name, value) in values {
            let slots = self.workflow.slots(name);
            placed.extend(value.into_iter().flat_map(|value| {
                slots
                    .iter()
                    .map(move |slot| (*slot, value.clone()))
                    .collect::<Vec<_>>()
            }));
        }
        placed
    }
}

impl Vendor for Comfyui {
    fn uploads(&self, order: &Order<'_>) -> Vec<Request> {
        // A workflow that cannot take the order is told of by `request`.
        let pictures = self.pictures(order).unwrap_or_default();
        distinct(&pictures)
            .into_iter()
            .map(|(name, picture)| upload(&name, picture))
            .collect()
    }

    fn uploaded(&self, reply: &HttpReply) -> Result<String, Fault> {
        let body = reply.json().unwrap_or_default();
        let name = body["name"].as_str().filter(|_| reply.is_success());
        let name = name.ok_or_else(|| Fault::of_status(reply, "a photo was not taken"))?;
        Ok(match body["subfolder"].as_str().unwrap_or_default() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        })
    }

    fn request(&self, order: &Order<'_>, uploaded: &[String]) -> Result<Request, Fault> {
        let pictures = self.pictures(order)?;
        let names: BTreeMap<String, &String> = distinct(&pictures).into_keys().zip(uploaded).collect();
        let mut values = self.words(order);
        for (slot, picture) in pictures {
            let name = names
                .get(&stored_name(picture))
                .ok_or_else(|| Fault::broken("a photo was not uploaded"))?;
            values.push((slot, json!(name)));
        }
        let graph = self.workflow.filled(&values)?;
        let body = json!({ "prompt": graph, "client_id": "photogen" });
        Ok(Request::post("/prompt", Body::Json(body)))
    }

    fn parse(&self, reply: &HttpReply) -> Answer {
        let body = reply.json().unwrap_or_default();
        if !reply.is_success() {
            return Answer::Fault(replies::rejected(&self.workflow, reply, &body));
        }
        match body["prompt_id"].as_str() {
            Some(id) => Answer::Pending { id: id.to_owned() },
            None => Answer::Fault(Fault::broken("the server took the workflow and gave it no id")),
        }
    }

    fn parse_poll(&self, reply: &HttpReply) -> Answer {
        if !reply.is_success() {
            return Answer::Fault(Fault::of_lost_job(reply, ""));
        }
        match reply.json() {
            // Empty until the job is over; then one entry under the job's id.
            Some(Value::Object(history)) => match history.iter().next() {
                Some((_, entry)) => replies::history(&self.workflow, entry),
                None => Answer::Pending { id: String::new() },
            },
            _ => Answer::Fault(Fault::broken("the answer is not the JSON of a history")),
        }
    }

    fn poll(&self, id: &str) -> Option<Request> {
        Some(Request::get(format!("/history/{id}")))
    }

    fn cancel(&self, id: &str) -> Option<Request> {
        Some(Request::post("/queue", Body::Json(json!({ "delete": [id] }))))
    }

    fn queue(&self) -> Option<Request> {
        Some(Request::get("/queue"))
    }

    /// A server that is not new stops whatever runs, whoever's it is \[C\]: so it is asked only while our own job does.
    fn interrupt(&self, id: &str, running: &HttpReply) -> Option<Request> {
        let body = running.json().unwrap_or_default();
        let jobs = body["queue_running"].as_array().into_iter().flatten();
        let is_ours = jobs.into_iter().any(|job| job[1] == id);
        is_ours.then(|| Request::post("/interrupt", Body::Json(json!({ "prompt_id": id }))))
    }

    /// As many as the workflow has; at least one each, so that a place that is missing is told of.
    fn places(&self, _: &ModelCard) -> Places {
        let most = |name: &str| self.workflow.slots(name).len().max(1);
        Places {
            products: most("product"),
            people: most("person"),
        }
    }

    fn wants_mask(&self, _: &ModelCard) -> bool {
        !self.workflow.slots("mask").is_empty()
    }
}

/// Each picture once, under the name it is stored by.
fn distinct<'a>(pictures: &[(&Slot, &'a Reference)]) -> BTreeMap<String, &'a Reference> {
    pictures
        .iter()
        .map(|(_, picture)| (stored_name(picture), *picture))
        .collect()
}

/// A name by content: two jobs at once never write over each other's photos.
fn stored_name(picture: &Reference) -> String {
    let hash = hex::encode(Sha256::digest(&picture.bytes));
    let ending = if picture.media_type == "image/png" {
        "png"
    } else {
        "jpg"
    };
    format!("photogen-{}.{ending}", &hash[..32])
}

fn upload(name: &str, picture: &Reference) -> Request {
    let parts = vec![
        Part::File {
            name: "image".to_owned(),
            file_name: name.to_owned(),
            media_type: picture.media_type,
            bytes: picture.bytes.clone(),
        },
        Part::text("type", "input"),
        Part::text("overwrite", "true"),
    ];
    Request::post("/upload/image", Body::Form(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_interrupted_only_while_it_is_the_one_that_runs() {
        let comfyui = Comfyui::with(BUILT_IN).unwrap();
        let running = |body: Value| HttpReply {
            status: 200,
            body: body.to_string().into_bytes(),
            ..HttpReply::default()
        };
        let ours = running(json!({ "queue_running": [[4, "job-1", {}, {}, []]], "queue_pending": [] }));
        let asked = comfyui.interrupt("job-1", &ours).unwrap();
        assert_eq!(
            (asked.path.as_str(), asked.body),
            ("/interrupt", Body::Json(json!({ "prompt_id": "job-1" })))
        );
        assert_eq!(comfyui.interrupt("job-2", &ours), None);
        assert_eq!(comfyui.interrupt("job-1", &running(json!({}))), None);
    }

    #[test]
    fn the_built_in_workflow_can_be_filled() {
        let comfyui = Comfyui::with(BUILT_IN).unwrap();
        for slot in [
            "product", "prompt", "negative", "seed", "width", "height", "output",
        ] {
            assert_eq!(comfyui.workflow.slots(slot).len(), 1, "{slot}");
        }
    }
}
