//! As much of JSON Schema as the vendors' published files use for requests. A keyword it does not know fails the test,
//! so that nothing is passed over in silence.
//!
//! Our own, because the crates that do it whole turn on features of serde_json and num that everything above them would
//! be compiled a second time for.

use serde_json::Value;

/// Keywords that describe and do not demand.
const WORDS: &[&str] = &[
    "description",
    "title",
    "example",
    "examples",
    "default",
    "format",
    "deprecated",
    "discriminator",
    "nullable",
    "x-go-type",
    "x-stainless-const",
    "x-order",
];

/// What of a value a schema does not allow, each with its place; empty: all is well.
pub(crate) fn complaints(spec: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Value::Object(demands) = schema else {
        assert!(schema.is_boolean(), "{place}: {schema} is no schema");
        return if *schema == Value::Bool(false) {
            vec![format!("{place} is not allowed")]
        } else {
            found
        };
    };
    if schema["nullable"] == true && value.is_null() {
        return found;
    }
    for (keyword, demand) in demands {
        let within = |schema: &Value| complaints(spec, schema, value, place);
        let list = || demand.as_array().unwrap();
        match keyword.as_str() {
            "$ref" => found.extend(within(resolved(spec, demand))),
            "allOf" => found.extend(list().iter().flat_map(within)),
            "anyOf" | "oneOf" if list().iter().any(|schema| within(schema).is_empty()) => {}
            "anyOf" | "oneOf" => found.push(format!("{place}: {value} is none of {demand}")),
            "type" if !is(demand.as_str().unwrap(), value) => {
                found.push(format!("{place}: {value} is no {demand}"));
            }
            "enum" if !list().contains(value) => found.push(format!("{place}: {value} is none of {demand}")),
            "minimum" if value.as_f64() < demand.as_f64() => {
                found.push(format!("{place}: {value} < {demand}"));
            }
            "maximum" if value.as_f64() > demand.as_f64() => {
                found.push(format!("{place}: {value} > {demand}"));
            }
            "maxLength" if value.as_str().map(str::len) > demand.as_u64().map(|most| most as usize) => {
                found.push(format!("{place} is longer than {demand}"));
            }
            "maxItems" if value.as_array().map(Vec::len) > demand.as_u64().map(|most| most as usize) => {
                found.push(format!("{place} has more than {demand} entries"));
            }
            "items" => {
                for (i, entry) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(complaints(spec, demand, entry, &format!("{place}/{i}")));
                }
            }
            "required" => {
                let missing = list()
                    .iter()
                    .filter(|name| value[name.as_str().unwrap()].is_null());
                found.extend(missing.map(|name| format!("{place} lacks {name}")));
            }
            "properties" => {
                for (name, entry) in value.as_object().into_iter().flatten() {
                    match demand.get(name) {
                        Some(schema) => {
                            found.extend(complaints(spec, schema, entry, &format!("{place}/{name}")));
                        }
                        None if schema["additionalProperties"] == false => {
                            found.push(format!("{place}/{name} is unknown"));
                        }
                        None => {}
                    }
                }
            }
            "type" | "enum" | "minimum" | "maximum" | "maxLength" | "maxItems" | "additionalProperties" => {}
            word if WORDS.contains(&word) => {}
            other => panic!("{place}: the schema says `{other}`, which is not understood here"),
        }
    }
    found
}

fn resolved<'a>(spec: &'a Value, reference: &Value) -> &'a Value {
    let pointer = reference.as_str().unwrap().trim_start_matches('#');
    spec.pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} leads nowhere"))
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type"),
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let spec = serde_json::json!({ "one": { "type": "integer", "minimum": 1, "maximum": 3 } });
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a"],
        "additionalProperties": false,
        "properties": {
            "a": { "$ref": "#/one" },
            "b": { "anyOf": [{ "enum": ["x"] }, { "type": "null" }] },
            "c": { "type": "array", "maxItems": 1, "items": { "type": "string", "maxLength": 2 } },
        },
    });
    let found = |value: Value| complaints(&spec, &schema, &value, "").len();
    assert_eq!(found(serde_json::json!({ "a": 2, "b": "x", "c": ["ab"] })), 0);
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({ "a": 4 }),
        serde_json::json!({ "a": 0 }),
        serde_json::json!({ "a": "2" }),
        serde_json::json!({ "a": 2, "b": "y" }),
        serde_json::json!({ "a": 2, "c": ["ab", "ab"] }),
        serde_json::json!({ "a": 2, "c": ["abc"] }),
        serde_json::json!({ "a": 2, "d": 1 }),
    ] {
        assert!(found(wrong.clone()) > 0, "{wrong}");
    }
}
