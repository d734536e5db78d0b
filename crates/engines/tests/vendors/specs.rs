//! Our requests held against the vendors' published files, where those are on this machine: `shared/specs` beside the
//! repository or above it, as for the real photos.

use std::{fs, io::Write as _, path::PathBuf};

use domain::engine::Scene;
use engines::vendor::{Body, Part, Request};
use serde_json::{Map, Value, json};

use crate::{
    drafts::{Draft, json_of, picture, vendor},
    schema::complaints,
};

/// Fields of the newest OpenAI client that the published file of 2026-08-21 lacks. We send none of them yet.
const NEWER: &[&str] = &["complexity", "markup", "moderation", "safety_identifier"];

fn spec(file: &str) -> Option<Value> {
    let repository = testkit::repository();
    let found = ["shared/specs", "../shared/specs"]
        .iter()
        .map(|folder| repository.join(folder).join(file))
        .find(|path: &PathBuf| path.is_file());
    let Some(path) = found else {
        // Past the harness's own capture, as testkit does it.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {file} is not here: requests are not held against it"
        );
        return None;
    };
    Some(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
}

/// Nothing about a value displeases the schema at a pointer.
fn demand(spec: &Value, pointer: &str, value: &Value, what: &str) {
    let schema = spec
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} leads nowhere"));
    let found = complaints(spec, schema, value, "");
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// A form as the object that a schema of it describes: numbers are numbers, a list's fields end in `[]`.
fn object(request: &Request, properties: &Value) -> Value {
    let Body::Form(parts) = &request.body else {
        panic!("{:?}", request.body)
    };
    let mut object = Map::new();
    for part in parts {
        let (name, value) = match part {
            Part::Text { name, value } => (name, value.clone()),
            Part::File { name, file_name, .. } => (name, file_name.clone()),
        };
        let (name, many) = match name.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let is_number = matches!(properties[name]["type"].as_str(), Some("integer" | "number"));
        let value = match serde_json::from_str::<Value>(&value) {
            Ok(number) if is_number => number,
            _ => json!(value),
        };
        if many {
            let list = object.entry(name.to_owned()).or_insert_with(|| json!([]));
            list.as_array_mut().unwrap().push(value);
        } else {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// Every model of a card that works, with the fullest order it takes.
fn drafts(engine: &str) -> Vec<Draft> {
    let card = crate::bench::card(engine);
    let models = card.models.iter().filter(|model| model.refused.is_none());
    models
        .map(|model| {
            let mut draft = Draft::of(engine, &model.id);
            draft.mask = model.inputs.contains_key("mask").then(|| picture("mask.png"));
            if card.references.people && model.suits(Scene::Dressed) {
                draft
            } else {
                draft.alone()
            }
        })
        .collect()
}

#[test]
fn openai_forms_are_what_the_published_file_says() {
    let Some(spec) = spec("openai-images.json") else {
        return;
    };
    let pointer = "/components/schemas/CreateImageEditRequest";
    let properties = &spec.pointer(pointer).unwrap()["properties"];
    for draft in drafts("openai") {
        let request = draft.request();
        assert!(spec["paths"][request.path.trim_start_matches("/v1")]["post"].is_object());
        let form = object(&request, properties);
        let unknown: Vec<&String> = form
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| properties[name.as_str()].is_null() && !NEWER.contains(&name.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", draft.model.id);
        demand(&spec, pointer, &form, &draft.model.id);
    }
}

#[test]
fn stability_v1_forms_are_what_the_published_file_says() {
    let Some(spec) = spec("stability-v1.json") else {
        return;
    };
    let schemas = &spec["components"]["schemas"];
    let properties = &schemas["ImageToImageRequestBody"]["properties"];
    let draft = Draft::of("stability", "stable-diffusion-xl-1024-v1-0").alone();
    let request = draft.request();
    let path = request
        .path
        .trim_start_matches("/v1")
        .replace(&draft.model.id, "{engine_id}");
    assert!(spec["paths"][path.as_str()]["post"].is_object(), "{path}");
    let Value::Object(form) = object(&request, properties) else {
        panic!("no form")
    };
    let prompt = &schemas["TextPrompt"]["properties"];
    let mut prompts = 0;
    for (name, value) in form {
        // `text_prompts[0][text]`: how the file wants lists written in a form.
        let field = name
            .strip_prefix("text_prompts[")
            .and_then(|rest| rest.split_once("]["));
        if let Some((index, field)) = field {
            prompts += usize::from(index.parse::<usize>().is_ok());
            assert!(prompt[field.trim_end_matches(']')].is_object(), "{name}");
            continue;
        }
        let pointer = properties[name.as_str()]["$ref"].as_str();
        let pointer = pointer.unwrap_or_else(|| panic!("{name} is no field of v1"));
        let number = value
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let value = number.filter(Value::is_number).unwrap_or(value);
        demand(&spec, pointer.trim_start_matches('#'), &value, &name);
    }
    assert_eq!(prompts, 4);
}

#[test]
fn replicate_requests_are_what_the_published_file_says() {
    let Some(spec) = spec("replicate.json") else {
        return;
    };
    let prefer = &spec["components"]["parameters"]["parameters_prefer_header"]["schema"]["pattern"];
    assert_eq!(*prefer, "^wait(=([1-9]|[1-9][0-9]|60))?$");
    for draft in drafts("replicate") {
        let request = draft.request();
        let (path, schema) = if draft.model.id.contains(':') {
            ("/predictions", "schemas_version_prediction_request")
        } else {
            (
                "/models/{model_owner}/{model_name}/predictions",
                "schemas_prediction_request",
            )
        };
        let reference = format!("#/components/schemas/{schema}");
        let post = &spec["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(post["$ref"], reference);
        let pointer = reference.trim_start_matches('#');
        demand(&spec, pointer, json_of(&request), &draft.model.id);
        let header = |name: &str| {
            request
                .headers
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap()
                .1
                .clone()
        };
        let wait_s = header("prefer").strip_prefix("wait=").unwrap().parse::<u32>();
        assert!((1..=60).contains(&wait_s.unwrap()));
        assert!(
            header("cancel-after")
                .trim_end_matches('s')
                .parse::<u32>()
                .unwrap()
                >= 5
        );
    }
    let mut large = Draft::of("replicate", "black-forest-labs/flux-2-pro");
    large.products[0].bytes = vec![0; 300_000];
    let upload = &vendor("replicate").uploads(&large.order())[0];
    let pointer = "/paths/~1files/post/requestBody/content/multipart~1form-data/schema";
    let form = object(upload, &spec.pointer(pointer).unwrap()["properties"]);
    demand(&spec, pointer, &form, "an upload");
    for (request, path) in [
        (
            vendor("replicate").poll("x").unwrap(),
            "/predictions/{prediction_id}",
        ),
        (
            vendor("replicate").cancel("x").unwrap(),
            "/predictions/{prediction_id}/cancel",
        ),
    ] {
        assert_eq!(
            request.path,
            format!("/v1{}", path.replace("{prediction_id}", "x"))
        );
        assert!(spec["paths"][path].is_object());
    }
}
