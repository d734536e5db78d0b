//! What is sent to Replicate and understood of it, to the letter.

use engines::vendor::{Answer, Fault, Output, Request};
use serde_json::json;

use super::{data_url, reply};
use crate::drafts::{Draft, form_of, json_of, vendor};

#[test]
fn replicate_is_sent_json_by_the_models_card() {
    let request = Draft::of("replicate", "black-forest-labs/flux-2-pro").request();
    assert_eq!(
        request.path,
        "/v1/models/black-forest-labs/flux-2-pro/predictions"
    );
    assert_eq!(
        request.headers,
        [
            ("prefer", "wait=5".to_owned()),
            ("cancel-after", "660s".to_owned())
        ]
    );
    assert_eq!(
        *json_of(&request),
        json!({ "input": {
            "aspect_ratio": "custom",
            "height": 1504,
            "input_images": [
                data_url("product-1-front.jpg"),
                data_url("product-2-back.jpg"),
                data_url("person-1.jpg"),
                data_url("person-2.jpg"),
            ],
            "output_format": "png",
            "prompt": "WORDS",
            "safety_tolerance": 2,
            "seed": 7,
            "width": 1200,
        }})
    );
}

#[test]
fn a_version_of_a_replicate_model_is_asked_at_predictions() {
    let version = "0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985";
    let request = Draft::of("replicate", &format!("cuuupid/idm-vton:{version}")).request();
    assert_eq!(request.path, "/v1/predictions");
    assert_eq!(
        *json_of(&request),
        json!({ "version": version, "input": {
            "category": "upper_body",
            "crop": true,
            "garm_img": data_url("product-1-front.jpg"),
            "garment_des": "Linen 'Riva' shirt",
            "human_img": data_url("person-1.jpg"),
            "seed": 7,
            "steps": 30,
        }})
    );
}

#[test]
fn a_photo_that_is_too_long_for_an_address_is_uploaded_to_replicate_first() {
    let replicate = vendor("replicate");
    let mut draft = Draft::of("replicate", "black-forest-labs/flux-2-pro").alone();
    draft.products[1].bytes = vec![7; 200_000];
    let uploads = replicate.uploads(&draft.order());
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].path, "/v1/files");
    assert_eq!(form_of(&uploads[0]), json!([["content", "<product-2-back.jpg>"]]));
    let stored = json!({ "id": "f", "urls": { "get": "https://api.replicate.com/v1/files/f" } });
    let name = replicate.uploaded(&reply(201, &stored)).unwrap();
    let request = replicate.request(&draft.order(), &[name]).unwrap();
    assert_eq!(
        json_of(&request)["input"]["input_images"],
        json!([
            data_url("product-1-front.jpg"),
            "https://api.replicate.com/v1/files/f"
        ])
    );
    assert!(replicate.request(&draft.order(), &[]).is_err());
    let too_large = json!({ "detail": "Files must be less than 100MB in size" });
    let fault = replicate.uploaded(&reply(413, &too_large)).unwrap_err();
    assert!(matches!(fault, Fault::Broken(told) if told.contains("100MB")));
}

#[test]
fn replicate_replies_are_understood() {
    let replicate = vendor("replicate");
    let at = |status: &str, more: serde_json::Value| {
        let mut body = json!({ "id": "p1", "status": status, "output": null, "error": null });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        replicate.parse_poll(&reply(200, &body))
    };
    let pending = Answer::Pending { id: "p1".into() };
    let at_once =
        json!({ "id": "p1", "status": "succeeded", "output": "https://x.replicate.delivery/a.png" });
    assert_eq!(
        replicate.parse(&reply(201, &at_once)),
        pending,
        "what is finished at once is known by its id too, so that it can be fetched again"
    );
    assert_eq!(at("starting", json!({})), pending);
    assert_eq!(at("processing", json!({})), pending);
    let url = "https://x.replicate.delivery/a.png";
    let done = Answer::Done {
        outputs: vec![Output::Url(url.into())],
        seed: None,
    };
    assert_eq!(at("succeeded", json!({ "output": url })), done);
    assert_eq!(at("succeeded", json!({ "output": [url] })), done);
    assert!(matches!(
        at("succeeded", json!({ "output": {} })),
        Answer::Fault(Fault::Broken(_))
    ));
    assert!(matches!(
        at("succeeded", json!({ "data_removed": true })),
        Answer::Fault(Fault::Gone(_))
    ));
    for words in [
        "NSFW content detected.",
        "The input or output was flagged as sensitive. (E005)",
    ] {
        assert!(
            matches!(at("failed", json!({ "error": words })), Answer::Refused { .. }),
            "{words}"
        );
    }
    assert!(
        matches!(at("failed", json!({ "error": "boom" })), Answer::Fault(Fault::Broken(told)) if told.contains("boom"))
    );
    assert!(matches!(at("aborted", json!({})), Answer::Fault(Fault::Ended(_))));
    assert!(matches!(
        at("canceled", json!({})),
        Answer::Fault(Fault::Broken(_))
    ));
    assert!(matches!(
        at("resting", json!({})),
        Answer::Fault(Fault::Broken(_))
    ));
    let throttled = json!({ "detail": "Request was throttled. Your rate limit resets in ~30s." });
    let Answer::Fault(Fault::Retry { after, .. }) = replicate.parse(&reply(429, &throttled)) else {
        panic!("no retry")
    };
    assert_eq!(after.unwrap().as_secs(), 30);
    let invalid =
        json!({ "title": "Invalid input", "detail": "input.seed: must be an integer", "status": 422 });
    assert!(
        matches!(replicate.parse(&reply(422, &invalid)), Answer::Fault(Fault::Broken(told)) if told.contains("seed"))
    );
    assert_eq!(replicate.poll("p1").unwrap(), Request::get("/v1/predictions/p1"));
    assert_eq!(replicate.cancel("p1").unwrap().path, "/v1/predictions/p1/cancel");
}

#[test]
fn a_card_that_would_not_send_the_product_is_not_used() {
    let mut draft = Draft::of("replicate", "black-forest-labs/flux-2-pro");
    draft.model.inputs.remove("pictures");
    let fault = vendor("replicate").request(&draft.order(), &[]).unwrap_err();
    assert!(matches!(fault, Fault::Misconfigured(told) if told.contains("sends no photo of the product")));
    draft.model.inputs.insert("product".into(), "image".into());
    let fault = vendor("replicate").request(&draft.order(), &[]).unwrap_err();
    assert!(matches!(fault, Fault::Misconfigured(told) if told.contains("sends no photo of the person")));
}
