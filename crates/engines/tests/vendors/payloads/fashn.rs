//! What is sent to FASHN and understood of it, to the letter.

use engines::vendor::{Answer, Fault, Output};
use serde_json::json;

use super::{data_url, reply};
use crate::drafts::{Draft, json_of, vendor};

#[test]
fn fashn_is_sent_a_run_by_the_models_card() {
    let request = Draft::of("fashn", "tryon-max").request();
    assert_eq!(request.path, "/v1/run");
    assert_eq!(
        *json_of(&request),
        json!({ "model_name": "tryon-max", "inputs": {
            "aspect_ratio": "4:5",
            "generation_mode": "balanced",
            "model_image": data_url("person-1.jpg"),
            "num_images": 1,
            "output_format": "png",
            "product_image": data_url("product-1-front.jpg"),
            "prompt": "WORDS",
            "resolution": "2k",
            "return_base64": true,
            "seed": 7,
        }})
    );
    let request = Draft::of("fashn", "tryon-v1.6").request();
    assert_eq!(
        json_of(&request)["inputs"],
        json!({
            "category": "tops",
            "garment_image": data_url("product-1-front.jpg"),
            "mode": "balanced",
            "model_image": data_url("person-1.jpg"),
            "num_samples": 1,
            "output_format": "png",
            "return_base64": true,
            "seed": 7,
        })
    );
    let request = Draft::of("fashn", "product-to-model").alone().request();
    assert_eq!(json_of(&request)["inputs"]["model_image"], json!(null));
    let request = Draft::of("fashn", "model-swap").request();
    let inputs = &json_of(&request)["inputs"];
    assert_eq!(inputs["model_image"], data_url("product-1-front.jpg"));
    assert_eq!(inputs["face_reference"], data_url("person-1.jpg"));
}

#[test]
fn fashn_replies_are_understood() {
    let fashn = vendor("fashn");
    let pending = Answer::Pending { id: "r1".into() };
    assert_eq!(
        fashn.parse(&reply(200, &json!({ "id": "r1", "error": null }))),
        pending
    );
    assert!(matches!(
        fashn.parse(&reply(200, &json!({ "id": "r1", "error": "no such model" }))),
        Answer::Fault(Fault::Broken(_))
    ));
    let at = |status: &str, output: serde_json::Value, error: serde_json::Value| {
        fashn.parse_poll(&reply(
            200,
            &json!({ "id": "r1", "status": status, "output": output, "error": error }),
        ))
    };
    for status in ["starting", "in_queue", "processing"] {
        assert_eq!(at(status, json!(null), json!(null)), pending);
    }
    let done = |output| Answer::Done {
        outputs: vec![output],
        seed: None,
    };
    let url = "https://cdn.fashn.ai/r1/output_0.png";
    assert_eq!(
        at("completed", json!([url]), json!(null)),
        done(Output::Url(url.into()))
    );
    assert_eq!(
        at("completed", json!(["data:image/png;base64,AQI="]), json!(null)),
        done(Output::Bytes(vec![1, 2]))
    );
    let failed = |name: &str| at("failed", json!(null), json!({ "name": name, "message": "told" }));
    assert!(matches!(failed("ContentModerationError"), Answer::Refused { reason, .. } if reason == "told"));
    for name in [
        "PipelineError",
        "InternalServerError",
        "3rdPartyProviderError",
        "PollingTimeout",
    ] {
        assert!(matches!(failed(name), Answer::Fault(Fault::Ended(_))), "{name}");
    }
    for name in [
        "ImageLoadError",
        "PoseError",
        "InputValidationError",
        "ThirdPartyError",
        "Other",
    ] {
        assert!(
            matches!(failed(name), Answer::Fault(Fault::Broken(told)) if told.contains("told")),
            "{name}"
        );
    }
    assert!(matches!(
        at("time_out", json!(null), json!(null)),
        Answer::Fault(Fault::Ended(_))
    ));
    assert!(matches!(
        at("canceled", json!(null), json!(null)),
        Answer::Fault(Fault::Broken(_))
    ));
    let http =
        |status, error: &str| fashn.parse(&reply(status, &json!({ "error": error, "message": "told" })));
    assert!(matches!(
        http(429, "OutOfCredits"),
        Answer::Fault(Fault::Misconfigured(_))
    ));
    assert!(matches!(
        http(429, "ConcurrencyLimitExceeded"),
        Answer::Fault(Fault::Retry { .. })
    ));
    assert!(matches!(http(400, "BadRequest"), Answer::Fault(Fault::Broken(_))));
    assert!(fashn.cancel("r1").is_none());
}
