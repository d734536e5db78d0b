//! What is sent to OpenAI Images and servers of its shape and understood of it, to the letter.

use domain::engine::EngineName;
use engines::{
    cards::Cards,
    vendor::{Body, Part},
};
use serde_json::json;

use crate::drafts::{Draft, form_of, picture};

#[test]
fn openai_edits_are_a_form_with_every_photo() {
    let request = Draft::of("openai", "gpt-image-2.6-sunburst").request();
    assert_eq!(request.path, "/v1/images/edits");
    assert_eq!(
        form_of(&request),
        json!([
            ["model", "gpt-image-2.6-sunburst"],
            ["prompt", "WORDS"],
            ["n", "1"],
            ["size", "1200x1504"],
            ["quality", "medium"],
            ["background", "opaque"],
            ["output_format", "png"],
            ["image[]", "<product-1-front.jpg>"],
            ["image[]", "<product-2-back.jpg>"],
            ["image[]", "<person-1.jpg>"],
            ["image[]", "<person-2.jpg>"],
        ])
    );
}

#[test]
fn a_server_of_its_shape_gets_seed_and_negative_words_too() {
    let request = Draft::of("openai_compatible", "default").alone().request();
    assert_eq!(
        form_of(&request),
        json!([
            ["model", "default"],
            ["prompt", "WORDS"],
            ["n", "1"],
            ["size", "1200x1504"],
            ["response_format", "b64_json"],
            ["seed", "7"],
            ["negative_prompt", "NOT THIS"],
            ["image[]", "<product-1-front.jpg>"],
            ["image[]", "<product-2-back.jpg>"],
        ])
    );
}

#[test]
fn localai_is_asked_at_its_own_path_by_the_row_that_the_cards_show() {
    let shown = include_str!("../../../cards.toml").lines();
    let row: Vec<&str> = shown
        .skip_while(|line| *line != "#   [[model]]")
        .map_while(|line| line.strip_prefix("#   "))
        .collect();
    let cards = Cards::built_in().with(&row.join("\n"), "engines.toml").unwrap();
    let card = cards.engine(&EngineName("openai_compatible".into())).unwrap();
    let mut draft = Draft::of("openai_compatible", "default").alone();
    draft.model = card.models.last().unwrap().clone();
    draft.mask = Some(picture("mask.png"));
    let request = draft.request();
    assert_eq!(request.path, "/v1/images/inpainting");
    assert_eq!(
        form_of(&request),
        json!([
            ["image", "<product-1-front.jpg>"],
            ["mask", "<mask.png>"],
            ["model", "MODEL"],
            ["prompt", "WORDS"],
            ["response_format", "b64_json"],
            ["size", "320x400"],
        ])
    );
}

#[test]
fn a_mask_is_clear_for_openai_and_white_for_the_others() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let drawn = image::GrayImage::from_fn(4, 5, |x, _| image::Luma([if x == 0 { 255 } else { 0 }]));
    drawn.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let sent = |engine: &str, model: &str| {
        let mut draft = Draft::of(engine, model).alone();
        let mut mask = picture("mask.png");
        mask.bytes = bytes.get_ref().clone();
        draft.mask = Some(mask);
        let Body::Form(parts) = draft.request().body else {
            panic!("no form")
        };
        let file = parts.into_iter().find_map(|part| match part {
            Part::File { name, bytes, .. } if name == "mask" => Some(bytes),
            _ => None,
        });
        image::load_from_memory(&file.unwrap()).unwrap()
    };
    let clear = sent("openai", "gpt-image-2.6-sunburst").into_rgba8();
    assert_eq!(clear.dimensions(), (4, 5));
    assert_eq!((clear.get_pixel(0, 0).0[3], clear.get_pixel(1, 0).0[3]), (0, 255));
    for (engine, model) in [("openai_compatible", "default"), ("stability", "inpaint")] {
        let white = sent(engine, model).into_luma8();
        assert_eq!(
            (white.get_pixel(0, 0).0[0], white.get_pixel(1, 0).0[0]),
            (255, 0),
            "{engine}"
        );
    }
}
