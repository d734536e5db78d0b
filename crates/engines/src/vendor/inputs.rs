//! An order in a model's own field names: our word for a thing, the vendor's field for it, as the model's card says.

use std::collections::BTreeMap;

use domain::{engine::ModelCard, prompt, size::Size};
use serde_json::{Value, json};

use super::{Fault, Order, Part, Places, Reference};

/// Our words for what a model can be sent; a card's `inputs` maps them to the vendor's fields.
pub const WORDS: &[(&str, &str)] = &[
    ("prompt", "what to make"),
    ("negative", "what must not be seen"),
    ("seed", "the seed"),
    ("strength", "how far the first photo may be left, 0 to 1"),
    ("likeness", "how near to the first photo to stay, 0 to 1"),
    ("quality", "low, medium or high"),
    ("category", "the product's category"),
    ("garment", "the product's name"),
    ("size", "width and height as WxH"),
    ("width", "width in pixels"),
    ("height", "height in pixels"),
    ("ratio", "width to height as 2:3"),
    ("resolution", "1k, 2k or 4k"),
    ("product", "the first photo of the product"),
    ("products", "all photos of the product"),
    ("person", "the first photo of the person"),
    ("people", "all photos of the person"),
    ("pictures", "all photos, those of the product first"),
    ("mask", "white where the first photo may change"),
];

/// The words that send the product's photo.
const PRODUCT: [&str; 3] = ["product", "products", "pictures"];
/// The words that send the person's.
const PERSON: [&str; 3] = ["person", "people", "pictures"];

/// The photos that a model's inputs have a place for: one, where no field takes several. Without inputs the vendor's own
/// form decides, and takes all.
pub(super) fn places(model: &ModelCard) -> Places {
    let has = |word: &str| {
        model.inputs.is_empty() || model.inputs.contains_key(word) || model.inputs.contains_key("pictures")
    };
    let most = |word: &str| if has(word) { usize::MAX } else { 1 };
    Places {
        products: most("products"),
        people: most("people"),
    }
}

/// What one field is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input<'a> {
    /// Words or a number.
    Plain(Value),
    /// A picture.
    Picture(&'a Reference),
    /// Several.
    Pictures(Vec<&'a Reference>),
}

/// Every field of a model's request and what it is sent: the card's constants, and over them what this order has.
pub(super) fn inputs<'a>(order: &'a Order<'_>) -> Result<BTreeMap<&'a str, Input<'a>>, Fault> {
    let model = order.model;
    let sends = |words: [&str; 3]| words.iter().any(|word| model.inputs.contains_key(*word));
    let missing = |what: &str, words: [&str; 3]| {
        Fault::Misconfigured(format!(
            "the card of {}:{} sends no photo of the {what}: its inputs need one of {}",
            order.card.name,
            model.id,
            words.join(", ")
        ))
    };
    if !sends(PRODUCT) {
        return Err(missing("product", PRODUCT));
    }
    if !order.people.is_empty() && !sends(PERSON) {
        return Err(missing("person", PERSON));
    }
    let mut fields: BTreeMap<&str, Input<'_>> = BTreeMap::new();
    for (field, value) in &model.constants {
        fields.insert(field, Input::Plain(value.clone()));
    }
    for (word, field) in &model.inputs {
        if let Some(input) = said(order, word, field) {
            fields.insert(field, input);
        }
    }
    Ok(fields)
}

/// How far models are told to leave the first photo where their card does not say, 0 to 1; vendors' own examples lie between
/// 0.5 and 0.7.
pub(super) const STRENGTH: f32 = 0.6;

/// What an order has to say for a word, which the model reads in this field.
fn said<'a>(order: &'a Order<'_>, word: &str, field: &str) -> Option<Input<'a>> {
    let usual = |otherwise: f32| {
        let constant = order.model.constants.get(field).and_then(Value::as_f64);
        constant.map_or(otherwise, |value| value as f32)
    };
    let plain = |value: Value| Some(Input::Plain(value));
    let share = |value: f32| plain(json!((f64::from(value) * 100.0).round() / 100.0));
    let several = |pictures: Vec<&'a Reference>| (!pictures.is_empty()).then_some(Input::Pictures(pictures));
    match word {
        "prompt" => plain(json!(order.prompt.text)),
        "negative" => plain(json!(order.prompt.negative.as_ref()?)),
        "seed" => plain(json!(order.seed?)),
        "strength" => share(usual(STRENGTH) * order.strength?),
        "likeness" => share(1.0 - (1.0 - usual(1.0 - STRENGTH)) * order.strength?),
        "quality" => theirs(order, word, order.quality.name()),
        "category" => theirs(order, word, json!(order.shot.product.category).as_str()?),
        "garment" => plain(json!(prompt::garment(order.shot))),
        "size" => plain(json!(pixels(order)?.to_string())),
        "width" => plain(json!(pixels(order)?.width)),
        "height" => plain(json!(pixels(order)?.height)),
        "ratio" => plain(json!(order.model.sizes.nearest_ratio(order.size)?.to_string())),
        "resolution" => theirs(order, word, resolution(order.size)),
        "product" => order.products.first().map(Input::Picture),
        "products" => several(order.products.iter().collect()),
        "person" => order.people.first().map(Input::Picture),
        "people" => several(order.people.iter().collect()),
        "pictures" => several(order.references().collect()),
        "mask" => order.mask.as_ref().map(Input::Picture),
        _ => None,
    }
}

/// A value of ours in the vendor's word; as it is where the card has no list for it, nothing where the list lacks it.
fn theirs<'a>(order: &Order<'_>, word: &str, ours: &str) -> Option<Input<'a>> {
    let theirs = match order.model.values.get(word) {
        Some(words) => words.get(ours)?,
        None => ours,
    };
    Some(Input::Plain(json!(theirs)))
}

/// The pixels to ask for; those of the first photo where the picture comes out in its size.
fn pixels(order: &Order<'_>) -> Option<Size> {
    let sizes = &order.model.sizes;
    sizes.nearest(order.size).or_else(|| {
        let like_input = *sizes == domain::engine::Sizes::LikeInput;
        like_input.then(|| order.products.first().map(|photo| photo.size))?
    })
}

/// The smallest of the usual steps (1, 4 and 16 megapixels) that holds as many pixels as are asked.
fn resolution(size: Size) -> &'static str {
    let megapixels = f64::from(size.width) * f64::from(size.height) / f64::from(1 << 20);
    match megapixels {
        ..=1.0 => "1k",
        ..=4.0 => "2k",
        _ => "4k",
    }
}

/// The fields as the parts of a form.
pub(super) fn form(fields: BTreeMap<&str, Input<'_>>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (name, input) in fields {
        match input {
            Input::Plain(value) => parts.push(Part::text(name, text(&value))),
            Input::Picture(picture) => parts.push(Part::picture(name, picture)),
            Input::Pictures(pictures) => {
                parts.extend(pictures.into_iter().map(|picture| Part::picture(name, picture)));
            }
        }
    }
    parts
}

/// The fields as JSON, each picture by the address that `address` gives it.
pub(super) fn object(
    fields: BTreeMap<&str, Input<'_>>,
    mut address: impl FnMut(&Reference) -> Result<String, Fault>,
) -> Result<Value, Fault> {
    let mut object = serde_json::Map::new();
    for (name, input) in fields {
        let value = match input {
            Input::Plain(value) => value,
            Input::Picture(picture) => json!(address(picture)?),
            Input::Pictures(pictures) => {
                let all: Result<Vec<String>, Fault> = pictures.into_iter().map(&mut address).collect();
                json!(all?)
            }
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// A JSON value as a form's text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
