//! What is sent to Stability AI and understood of it, to the letter.

use engines::vendor::{Answer, Fault, Output};
use serde_json::json;

use super::reply;
use crate::drafts::{Draft, form_of, picture, vendor};

#[test]
fn stability_is_sent_a_form_by_the_models_card() {
    let mut draft = Draft::of("stability", "inpaint").alone();
    draft.mask = Some(picture("mask.png"));
    let request = draft.request();
    assert_eq!(request.path, "/v2beta/stable-image/edit/inpaint");
    assert_eq!(request.headers, [("accept", "application/json".to_owned())]);
    assert_eq!(
        form_of(&request),
        json!([
            ["image", "<product-1-front.jpg>"],
            ["mask", "<mask.png>"],
            ["negative_prompt", "NOT THIS"],
            ["output_format", "png"],
            ["prompt", "WORDS"],
            ["seed", "7"],
        ])
    );
    let request = Draft::of("stability", "sd3.5-large").alone().request();
    assert_eq!(request.path, "/v2beta/stable-image/generate/sd3");
    assert_eq!(
        form_of(&request),
        json!([
            ["image", "<product-1-front.jpg>"],
            ["mode", "image-to-image"],
            ["model", "sd3.5-large"],
            ["negative_prompt", "NOT THIS"],
            ["output_format", "png"],
            ["prompt", "WORDS"],
            ["seed", "7"],
            ["strength", "0.6"],
        ])
    );
    let request = Draft::of("stability", "ultra").alone().request();
    assert_eq!(form_of(&request)[0], json!(["aspect_ratio", "4:5"]));
}

#[test]
fn a_retry_takes_a_share_of_the_cards_own_freedom_to_leave_the_photo() {
    let mut draft = Draft::of("stability", "stable-diffusion-xl-1024-v1-0").alone();
    // The card says 0.4 alike, so 0.6 free; three tenths of that are 0.18.
    draft.strength = Some(0.3);
    let request = draft.request();
    assert_eq!(
        request.path,
        "/v1/generation/stable-diffusion-xl-1024-v1-0/image-to-image"
    );
    assert_eq!(
        form_of(&request),
        json!([
            ["image_strength", "0.82"],
            ["init_image", "<product-1-front.jpg>"],
            ["init_image_mode", "IMAGE_STRENGTH"],
            ["samples", "1"],
            ["seed", "7"],
            ["text_prompts[0][text]", "WORDS"],
            ["text_prompts[0][weight]", "1"],
            ["text_prompts[1][text]", "NOT THIS"],
            ["text_prompts[1][weight]", "-1"],
        ])
    );
}

#[test]
fn stability_replies_are_understood() {
    let stability = vendor("stability");
    let good = Answer::Done {
        outputs: vec![Output::Bytes(vec![1, 2])],
        seed: Some(7),
    };
    let v2 = json!({ "image": "AQI=", "finish_reason": "SUCCESS", "seed": 7 });
    let v1 = json!({ "artifacts": [{ "base64": "AQI=", "finishReason": "SUCCESS", "seed": 7 }] });
    assert_eq!(stability.parse(&reply(200, &v2)), good);
    assert_eq!(stability.parse(&reply(200, &v1)), good);
    for filtered in [
        json!({ "image": "AQI=", "finish_reason": "CONTENT_FILTERED" }),
        json!({ "artifacts": [{ "base64": "AQI=", "finishReason": "CONTENT_FILTERED" }] }),
    ] {
        let answer = stability.parse(&reply(200, &filtered));
        assert!(matches!(&answer, Answer::Refused { stage: Some(stage), .. } if stage == "output"));
    }
    let broken_off = json!({ "artifacts": [{ "base64": "", "finishReason": "ERROR" }] });
    assert!(matches!(
        stability.parse(&reply(200, &broken_off)),
        Answer::Fault(Fault::Ended(_))
    ));
    let moderated = json!({ "id": "1", "name": "content_moderation", "errors": ["flagged"] });
    assert!(
        matches!(stability.parse(&reply(403, &moderated)), Answer::Refused { reason, .. } if reason == "flagged")
    );
    for (status, name) in [(402, "credit"), (403, "the key"), (401, "the key")] {
        let answer = stability.parse(&reply(status, &json!({ "name": "x", "errors": ["told"] })));
        let Answer::Fault(Fault::Misconfigured(told)) = answer else {
            panic!("{answer:?}")
        };
        assert!(told.contains(name) && told.contains("told"), "{told}");
    }
    for status in [400, 413, 422] {
        assert!(matches!(
            stability.parse(&reply(status, &v2)),
            Answer::Fault(Fault::Broken(_))
        ));
    }
    let later = Answer::Pending { id: "ab".into() };
    assert_eq!(stability.parse(&reply(200, &json!({ "id": "ab" }))), later);
    assert_eq!(stability.poll("ab").unwrap().path, "/v2beta/results/ab");
    assert!(matches!(
        stability.parse_poll(&reply(202, &json!({}))),
        Answer::Pending { .. }
    ));
    assert!(matches!(
        stability.parse_poll(&reply(404, &json!({}))),
        Answer::Fault(Fault::Gone(_))
    ));
}
