//! What really goes over the wire.

use engines::{Call, EngineError, Reply, Resume};
use sha2::{Digest as _, Sha256};
use testkit::vendor::{Behaviour, VendorServer};

use crate::bench::{KEY, call, card, engine, files, opened, shot};

#[test]
fn openai_is_sent_every_photo_the_words_and_a_size_it_takes() {
    let server = VendorServer::start([]);
    let Reply::Done(made) = engine("openai", &server.url, 20)
        .start(&shot("openai"), &call())
        .unwrap()
    else {
        panic!("refused");
    };
    assert_eq!(made.pixels.dimensions(), (1200, 1500));
    let orders = server.orders();
    let order = &orders[0];
    assert_eq!(orders.len(), 1);
    assert_eq!(
        order.authorization.as_deref(),
        Some(format!("Bearer {KEY}").as_str())
    );
    let names: Vec<_> = order
        .files("image[]")
        .iter()
        .map(|file| file.file_name.clone().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "product-1-front.jpg",
            "product-2-back.jpg",
            "person-1.jpg",
            "person-2.jpg"
        ]
    );
    for file in order.files("image[]") {
        assert_eq!(file.media_type.as_deref(), Some("image/jpeg"));
        assert!(image::load_from_memory(&file.bytes).is_ok());
    }
    let text = |name: &str| order.text(name).unwrap_or_default().to_owned();
    assert_eq!(text("model"), "gpt-image-2.6-sunburst");
    assert_eq!(text("size"), "1200x1504");
    assert_eq!(text("quality"), "medium");
    assert_eq!(text("n"), "1");
    for field in ["seed", "negative_prompt", "response_format"] {
        assert_eq!(order.text(field), None, "OpenAI knows no {field}");
    }
    let prompt = text("prompt");
    for words in [
        "#f4f1ec",
        "pictures 1 and 2",
        "pictures 3 and 4",
        "calm, warm light",
        "\"Linen 'Riva' shirt\"",
    ] {
        assert!(prompt.contains(words), "{words}: {prompt}");
    }
}

#[test]
fn a_server_of_ones_own_gets_seed_and_negative_prompt_and_needs_no_key() {
    let server = VendorServer::start([]);
    engine("openai_compatible", &server.url, 20)
        .start(&shot("openai_compatible"), &call())
        .unwrap();
    let order = &server.orders()[0];
    assert_eq!(order.text("seed"), Some("7"));
    assert!(order.text("negative_prompt").unwrap().contains("watermark"));
    assert_eq!(order.text("response_format"), Some("b64_json"));
    assert_eq!(order.text("quality"), None);
}

#[test]
fn the_back_is_made_from_the_photo_of_the_back_first() {
    let server = VendorServer::start([]);
    let mut back = shot("openai");
    back.pose = "BACK".parse().unwrap();
    let Reply::Done(made) = engine("openai", &server.url, 20).start(&back, &call()).unwrap() else {
        panic!("refused");
    };
    let first = server.orders()[0].files("image[]")[0].file_name.clone();
    assert_eq!(first.as_deref(), Some("product-1-back.jpg"));
    assert_eq!(made.inputs[0], back.product.photos[1].sha256);
}

#[test]
fn a_closed_model_is_refused_with_its_successor_and_nobody_is_called() {
    let server = VendorServer::start([Behaviour::Well]);
    let mut closed = shot("openai");
    closed.brief.engine = "openai:dall-e-3".parse().unwrap();
    let error = engine("openai", &server.url, 20)
        .start(&closed, &call())
        .unwrap_err();
    assert!(matches!(error, EngineError::Misconfigured(_)));
    assert!(error.to_string().contains("gpt-image-2.6-flare"), "{error}");
    assert!(server.orders().is_empty());
}

#[test]
fn a_key_is_never_shown() {
    let server = VendorServer::start([Behaviour::Unauthorised]);
    let error = engine("openai", &server.url, 20)
        .start(&shot("openai"), &call())
        .unwrap_err();
    assert!(
        !error.to_string().contains(KEY) && !format!("{error:?}").contains(KEY),
        "{error:?}"
    );
}

#[test]
fn a_large_photo_is_uploaded_and_the_order_names_it() {
    let server = VendorServer::start([]);
    let mut shot = shot("replicate");
    shot.person.clear();
    "grain".clone_into(&mut shot.product.photos[0].source);
    shot.product.photos[0].sha256 = hex::encode(Sha256::digest(&files()["grain"]));
    engine("replicate", &server.url, 20)
        .start(&shot, &call())
        .unwrap();
    assert_eq!(server.counts().uploads, 1);
    let order = &server.orders()[0];
    let pictures = order.json.as_ref().unwrap()["input"]["input_images"].clone();
    assert!(pictures[0].as_str().unwrap().contains("/v1/files/"), "{pictures}");
    assert!(
        pictures[1]
            .as_str()
            .unwrap()
            .starts_with("data:image/jpeg;base64,")
    );
    assert_eq!(order.pictures.len(), 2);
}

#[test]
fn comfyui_uploads_each_photo_once_by_its_content() {
    let server = VendorServer::start([]);
    let dresses = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/dress.json");
    let mut shot = shot("comfyui");
    // One product photo for two places.
    shot.product.photos.truncate(1);
    opened(&card("comfyui"), &server.url, &[("COMFYUI_WORKFLOW", dresses)])
        .unwrap()
        .start(&shot, &call())
        .unwrap();
    // The product, the person and the mask.
    assert_eq!(server.counts().uploads, 3);
    let graph = server.orders()[0].json.as_ref().unwrap()["prompt"].clone();
    let image = |node: &str| graph[node]["inputs"]["image"].as_str().unwrap().to_owned();
    assert_eq!(image("11"), image("12"));
    assert!(image("11").starts_with("photogen-") && image("13").contains(".png"));
}

#[test]
fn a_workflow_that_cannot_be_used_is_told_before_anything_is_sent() {
    for (path, words) in [
        (
            "/nowhere/workflow.json",
            "COMFYUI_WORKFLOW: `/nowhere/workflow.json` cannot be read",
        ),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "is no workflow",
        ),
    ] {
        let opened = opened(
            &card("comfyui"),
            "http://127.0.0.1:9",
            &[("COMFYUI_WORKFLOW", path)],
        );
        let Err(EngineError::Misconfigured(told)) = opened else {
            panic!("{path}")
        };
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_key_that_a_server_repeats_is_masked() {
    let server = VendorServer::start([Behaviour::RepeatsKey]);
    let error = engine("openai", &server.url, 20)
        .start(&shot("openai"), &call())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("not this: Bearer ***") && !error.contains(KEY),
        "{error}"
    );
}

#[test]
fn a_vendor_s_file_is_the_parent_where_it_is_signed() {
    let server = VendorServer::start([]);
    let engine = engine("openai", &server.url, 20);
    let parent = |file: &[u8]| {
        let taken_up = Call {
            resume: Some(Resume::File(file)),
            ..call()
        };
        match engine.start(&shot("openai"), &taken_up).unwrap() {
            Reply::Done(made) => made.parent,
            Reply::Refused(reason) => panic!("{reason}"),
        }
    };
    let silent = &files()["front"];
    assert_eq!(parent(silent), None);
    let signed = [silent.as_slice(), b"jumdc2pa"].concat();
    assert!(parent(&signed) == Some(signed));
}
