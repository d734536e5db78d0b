//! What a file's C2PA statement says, and whether it holds.

use std::{io::Cursor, sync::Arc};

use c2pa::{Context, Manifest, Reader, ValidationState};
use domain::profile::Provenance;
use imaging::provenance::{SealError, Seen, holds_statement};
use serde_json::Value;

use crate::{context, media_type_of};

/// Reads and checks statements.
pub struct Verifier {
    context: Arc<Context>,
}

impl From<&Arc<Context>> for Verifier {
    fn from(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
        }
    }
}

impl Verifier {
    /// One that trusts who signs under these roots (PEM, one after another).
    ///
    /// # Errors
    /// [`SealError`] for roots that cannot be read.
    pub fn new(roots: Option<&str>) -> Result<Self, SealError> {
        Ok(Self {
            context: Arc::new(context(roots)?),
        })
    }

    /// What a file's statement is worth.
    pub fn check(&self, bytes: &[u8]) -> Seen {
        let Some(media_type) = media_type_of(bytes) else {
            return Seen::default();
        };
        let read = Reader::from_shared_context(&self.context).with_stream(media_type, Cursor::new(bytes));
        match read {
            Ok(reader) if reader.active_manifest().is_some() => seen(&reader),
            Ok(_) | Err(c2pa::Error::JumbfNotFound) if !holds_statement(bytes) => Seen::default(),
            Ok(_) | Err(c2pa::Error::JumbfNotFound) => broken("there is a statement where none can be read"),
            Err(error) => broken(&error.to_string()),
        }
    }
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
        ValidationState::Invalid => Provenance::Broken,
    };
    let json: Value = serde_json::from_str(&reader.json()).unwrap_or_default();
    let active = &json["manifests"][json["active_manifest"].as_str().unwrap_or_default()];
    let problems = reader.validation_status().unwrap_or_default().iter();
    Seen {
        state,
        signer: reader.active_manifest().and_then(Manifest::issuer),
        generator: active["claim_generator_info"][0]["name"]
            .as_str()
            .map(str::to_owned),
        actions: actions(active),
        ingredients: ingredients(&json, active),
        problems: if state == Provenance::Broken {
            problems.map(|status| status.code().to_owned()).collect()
        } else {
            Vec::new()
        },
    }
}

fn actions(manifest: &Value) -> Vec<String> {
    let assertions = manifest["assertions"].as_array().into_iter().flatten();
    assertions
        .filter(|assertion| {
            assertion["label"]
                .as_str()
                .is_some_and(|label| label.starts_with("c2pa.actions"))
        })
        .flat_map(|assertion| assertion["data"]["actions"].as_array().into_iter().flatten())
        .filter_map(action)
        .collect()
}

/// `c2pa.created (trainedAlgorithmicMedia) by openai`.
fn action(action: &Value) -> Option<String> {
    let mut words = action["action"].as_str()?.to_owned();
    if let Some(source) = action["digitalSourceType"].as_str() {
        let term = source.rsplit('/').next().unwrap_or(source);
        words = format!("{words} ({term})");
    }
    if let Some(agent) = action["softwareAgent"]["name"].as_str() {
        words = format!("{words} by {agent}");
    }
    Some(words)
}

/// Every ingredient by its title, with who signed it.
fn ingredients(store: &Value, manifest: &Value) -> Vec<String> {
    let ingredients = manifest["ingredients"].as_array().into_iter().flatten();
    ingredients
        .map(|ingredient| {
            let title = ingredient["title"].as_str().unwrap_or("a file");
            let Some(label) = ingredient["active_manifest"].as_str() else {
                return title.to_owned();
            };
            let signer = &store["manifests"][label]["signature_info"]["issuer"];
            format!("{title} (signed by {})", signer.as_str().unwrap_or("somebody"))
        })
        .collect()
}
