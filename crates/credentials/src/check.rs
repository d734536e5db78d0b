//! What a file's C2PA manifest says, and whether it holds.

use std::io::Cursor;

use c2pa::{Reader, ValidationState};
use domain::profile::Provenance;
use imaging::provenance::Seen;

use crate::{context, media_type_of};

/// The first bytes of a manifest store: the description of a box whose kind is `c2pa`.
const STORE: &[u8] = b"jumdc2pa";

/// Reads and verifies a file's manifest. Roots in `anchors` (PEM) are trusted.
pub fn check(bytes: &[u8], anchors: Option<&str>) -> Seen {
    let Some(kind) = media_type_of(bytes) else {
        return Seen::default();
    };
    let read = context(anchors)
        .and_then(|context| Reader::from_context(context).with_stream(kind, Cursor::new(bytes)));
    match read {
        Ok(reader) if reader.active_manifest().is_some() => seen(&reader),
        Ok(_) | Err(c2pa::Error::JumbfNotFound) if !has_store(bytes) => Seen::default(),
        Ok(_) | Err(c2pa::Error::JumbfNotFound) => broken("there is a manifest where none can be read"),
        Err(error) => broken(&error.to_string()),
    }
}

/// A manifest lies in the file, wherever that is.
fn has_store(bytes: &[u8]) -> bool {
    bytes.windows(STORE.len()).any(|window| window == STORE)
}

fn broken(why: &str) -> Seen {
    Seen {
        state: Provenance::Broken,
        problems: vec![why.to_owned()],
        ..Seen::default()
    }
}

fn seen(reader: &Reader) -> Seen {
    let state = match reader.validation_state() {
        ValidationState::Trusted => Provenance::Trusted,
        ValidationState::Valid => Provenance::Valid,
        _ => Provenance::Broken,
    };
    let manifest = reader.active_manifest();
    let json: serde_json::Value = serde_json::from_str(&reader.json()).unwrap_or_default();
    let active = &json["manifests"][json["active_manifest"].as_str().unwrap_or_default()];
    let problems = reader.validation_status().unwrap_or_default().iter();
    Seen {
        state,
        signer: manifest.and_then(c2pa::Manifest::issuer),
        generator: active["claim_generator_info"][0]["name"]
            .as_str()
            .map(str::to_owned),
        actions: actions(active),
        ingredients: ingredients(active),
        problems: if state == Provenance::Broken {
            problems.map(|status| status.code().to_owned()).collect()
        } else {
            Vec::new()
        },
    }
}

fn actions(manifest: &serde_json::Value) -> Vec<String> {
    let assertions = manifest["assertions"].as_array().into_iter().flatten();
    assertions
        .filter(|assertion| {
            assertion["label"]
                .as_str()
                .is_some_and(|label| label.starts_with("c2pa.actions"))
        })
        .flat_map(|assertion| assertion["data"]["actions"].as_array().into_iter().flatten())
        .filter_map(|action| {
            let name = action["action"].as_str()?;
            let source = action["digitalSourceType"]
                .as_str()
                .and_then(|uri| uri.rsplit('/').next());
            Some(source.map_or_else(|| name.to_owned(), |source| format!("{name} ({source})")))
        })
        .collect()
}

fn ingredients(manifest: &serde_json::Value) -> Vec<String> {
    let ingredients = manifest["ingredients"].as_array().into_iter().flatten();
    ingredients
        .map(|ingredient| {
            let title = ingredient["title"].as_str().unwrap_or("a file");
            if ingredient["active_manifest"].is_string() {
                format!("{title} (with its own manifest)")
            } else {
                title.to_owned()
            }
        })
        .collect()
}
