//! What the handlers' own descriptions leave out because it holds for all of them: how every refusal looks, and what
//! every call with a body, a parameter or a limit may be answered.

use serde_json::{Map, Value, json};

/// What each status means where a handler says no more.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request cannot be read"),
    ("401", "Nobody is signed in, or what proves it does not hold"),
    ("402", "Too few credits"),
    ("403", "Who is signed in may not"),
    ("404", "There is none, or it is somebody else's"),
    ("405", "This address takes other methods"),
    ("409", "It cannot be done as things stand"),
    ("410", "It has ended"),
    (
        "412",
        "It was changed meanwhile, or another version of the protocol is spoken",
    ),
    ("413", "Too many bytes"),
    ("415", "Another content type is expected"),
    ("416", "The file has no such range"),
    ("422", "Fields are wrong: `errors` names them"),
    ("423", "Another call works on it"),
    ("429", "Too many calls; Retry-After says when the next is taken"),
    ("503", "Not now; Retry-After says when"),
];

/// Completes a description, as JSON.
pub(crate) fn completed(description: &utoipa::openapi::OpenApi) -> Value {
    // What utoipa writes is always JSON.
    let mut value = serde_json::to_value(description).unwrap_or_default();
    for item in values(value.get_mut("paths")) {
        for operation in values(Some(item)) {
            if operation.get("responses").is_some() {
                complete(operation);
            }
        }
    }
    value
}

fn values(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
}

fn complete(operation: &mut Value) {
    let more = may_be_answered(operation);
    only_one_version(operation);
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for status in more {
        responses
            .entry(status)
            .or_insert_with(|| json!({ "description": "" }));
    }
    for (status, response) in responses {
        let Some((_, meaning)) = REFUSALS.iter().find(|(known, _)| known == status) else {
            // OpenAPI asks for words at every answer.
            if response["description"].as_str().is_none_or(str::is_empty) {
                response["description"] = "It is done, or this is it".into();
            }
            continue;
        };
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = (*meaning).into();
        }
        response["content"] = json!({
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        });
    }
}

/// What a call may be answered by what it is made of.
fn may_be_answered(operation: &Value) -> Vec<&'static str> {
    let mut more = vec!["429", "503"];
    let body = operation["requestBody"]["content"].as_object();
    let parameters = operation["parameters"].as_array();
    if body.is_some() {
        more.extend(["400", "413", "415", "422"]);
    }
    for parameter in parameters.into_iter().flatten() {
        match parameter["in"].as_str() {
            Some("path") => more.push("404"),
            // What a list is narrowed to may not be there.
            _ => more.extend(["400", "404", "422"]),
        }
    }
    more
}

/// The one version of tus that is spoken.
fn only_one_version(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["name"] == "Tus-Resumable" {
            parameter["schema"] = json!({ "type": "string", "enum": ["1.0.0"] });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_with_a_body_says_that_it_may_not_be_read() {
        let mut described = crate::router::openapi();
        let mut seen = 0;
        for operation in values(described.get_mut("paths")).flat_map(|item| values(Some(item))) {
            assert!(
                operation.get("parameters").is_none_or(Value::is_array),
                "{operation:#}"
            );
            if operation.get("requestBody").is_some() {
                let responses = &operation["responses"];
                assert!(
                    responses["400"].is_object() && responses["415"].is_object(),
                    "{operation:#}"
                );
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
