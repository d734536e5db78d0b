//! What is sent to ComfyUI and understood of it, to the letter.

use std::collections::HashSet;

use engines::vendor::{Answer, Fault, Output};
use serde_json::json;

use super::reply;
use crate::drafts::{Draft, form_of, json_of, picture, vendor};

#[test]
fn comfyui_gets_its_own_workflow_with_the_places_filled() {
    let comfyui = vendor("comfyui");
    let mut draft = Draft::of("comfyui", "workflow");
    draft.mask = Some(picture("mask.png"));
    let order = draft.order();
    let uploads = comfyui.uploads(&order);
    assert_eq!(uploads.len(), 4);
    let form = form_of(&uploads[0]);
    assert_eq!(uploads[0].path, "/upload/image");
    assert_eq!(form[1], json!(["type", "input"]));
    assert_eq!(form[2], json!(["overwrite", "true"]));
    let names: Vec<String> = uploads
        .iter()
        .map(|upload| {
            let name = form_of(upload)[0][1]
                .as_str()
                .unwrap()
                .trim_matches(['<', '>'])
                .to_owned();
            comfyui
                .uploaded(&reply(
                    200,
                    &json!({ "name": name, "subfolder": "", "type": "input" }),
                ))
                .unwrap()
        })
        .collect();
    let request = comfyui.request(&order, &names).unwrap();
    assert_eq!(request.path, "/prompt");
    let graph = &json_of(&request)["prompt"];
    let node = |key: &str, input: &str| graph[key]["inputs"][input].clone();
    let places = ["10", "11", "12", "13"].map(|key| node(key, "image"));
    assert!(
        places
            .iter()
            .all(|place| names.contains(&place.as_str().unwrap().to_owned()))
    );
    assert_eq!(places.iter().collect::<HashSet<_>>().len(), 4);
    assert_eq!(node("14", "value"), json!(7));
    assert_eq!(node("15", "text"), json!("WORDS"));
    assert_eq!(
        (node("15", "width"), node("15", "height")),
        (json!(1216), json!(1536))
    );
    assert_eq!(node("15", "garment"), json!(["11", 0]));
    let in_folder = reply(200, &json!({ "name": "a.jpg", "subfolder": "photogen" }));
    assert_eq!(comfyui.uploaded(&in_folder).unwrap(), "photogen/a.jpg");
}

#[test]
fn comfyui_replies_are_understood() {
    let comfyui = vendor("comfyui");
    let taken = json!({ "prompt_id": "c1", "number": 3, "node_errors": {} });
    assert_eq!(
        comfyui.parse(&reply(200, &taken)),
        Answer::Pending { id: "c1".into() }
    );
    assert!(matches!(
        comfyui.parse_poll(&reply(200, &json!({}))),
        Answer::Pending { .. }
    ));
    let images =
        |name: &str, kind: &str| json!({ "images": [{ "filename": name, "subfolder": "", "type": kind }] });
    let status = json!({ "status_str": "success", "completed": true, "messages": [] });
    let over = json!({ "c1": {
        "outputs": { "16": images("p.png", "temp"), "17": images("made.png", "output") },
        "status": status,
    }});
    assert_eq!(
        comfyui.parse_poll(&reply(200, &over)),
        Answer::Done {
            outputs: vec![Output::Path(
                "/view?filename=made.png&subfolder=&type=output".into()
            )],
            seed: None,
        }
    );
    let stopped = json!({ "c1": { "outputs": {}, "status": { "status_str": "error", "messages": [
        ["execution_error", { "node_id": "15", "exception_message": "out of memory" }]
    ]}}});
    let Answer::Fault(Fault::Broken(told)) = comfyui.parse_poll(&reply(200, &stopped)) else {
        panic!("not broken")
    };
    assert!(
        told.contains("node 15 (OperatorsOwnDresser") && told.contains("out of memory"),
        "{told}"
    );
    let rejected = json!({
        "error": { "type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation" },
        "node_errors": { "15": { "errors": [{ "message": "Value not in list", "details": "ckpt_name: 'x'" }] } },
    });
    let Answer::Fault(Fault::Misconfigured(told)) = comfyui.parse(&reply(400, &rejected)) else {
        panic!("not misconfigured")
    };
    assert!(
        told.contains("node 15") && told.contains("Value not in list: ckpt_name: 'x'"),
        "{told}"
    );
    let cancel = comfyui.cancel("c1").unwrap();
    assert_eq!(
        (cancel.path.as_str(), json_of(&cancel)),
        ("/queue", &json!({ "delete": ["c1"] }))
    );
}
