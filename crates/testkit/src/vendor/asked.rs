//! What an order asks for, read out of any dialect: its pictures, words, seed and size.

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{Field, form};
use crate::http::Incoming;

/// An order as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Method and path.
    pub line: String,
    /// The `authorization` header.
    pub authorization: Option<String>,
    /// The form's fields and files.
    pub fields: Vec<Field>,
    /// The JSON body, where it is one.
    pub json: Option<Value>,
    /// Where it wants to be told that the job is done.
    pub webhook: Option<String>,
    /// Every picture that came with it, in the body or uploaded before, and the name of its field.
    pub pictures: Vec<(String, Vec<u8>)>,
    /// All its words, a line each.
    pub words: String,
    /// The seed.
    pub seed: Option<u64>,
    /// The pixels asked for; of a ratio, about a megapixel.
    pub size: Option<(u32, u32)>,
}

impl Order {
    /// The text of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        let field = self
            .fields
            .iter()
            .find(|field| field.name == name && field.file_name.is_none());
        field.and_then(|field| std::str::from_utf8(&field.bytes).ok())
    }

    /// The files of a field.
    pub fn files(&self, name: &str) -> Vec<&Field> {
        let of_name = |field: &&Field| field.name == name && field.file_name.is_some();
        self.fields.iter().filter(of_name).collect()
    }

    /// Reads a request. `uploads` are files by the name or address they were given.
    pub(super) fn read(incoming: &Incoming, uploads: &HashMap<String, Vec<u8>>) -> Self {
        let fields = form::fields(
            incoming.header("content-type").unwrap_or_default(),
            &incoming.body,
        );
        let mut order = Self {
            line: incoming.line.clone(),
            authorization: incoming.header("authorization").map(str::to_owned),
            json: serde_json::from_slice(&incoming.body).ok(),
            ..Self::default()
        };
        order.webhook = order
            .json
            .as_ref()
            .and_then(|json| json["webhook"].as_str())
            .map(str::to_owned);
        let mut sides = Sides::default();
        for field in &fields {
            match std::str::from_utf8(&field.bytes) {
                Ok(text) if field.file_name.is_none() => order.take(&field.name, text, uploads, &mut sides),
                _ => order.pictures.push((field.name.clone(), field.bytes.clone())),
            }
        }
        if let Some(json) = order.json.clone() {
            order.walk("", &json, uploads, &mut sides);
        }
        order.fields = fields;
        order.size = order.size.or(sides.both());
        order
    }

    fn walk(&mut self, key: &str, value: &Value, uploads: &HashMap<String, Vec<u8>>, sides: &mut Sides) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    self.walk(key, value, uploads, sides);
                }
            }
            Value::Array(list) => list
                .iter()
                .for_each(|value| self.walk(key, value, uploads, sides)),
            Value::String(text) => self.take(key, text, uploads, sides),
            Value::Number(number) => self.take(key, &number.to_string(), uploads, sides),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// One value under its name.
    fn take(&mut self, key: &str, text: &str, uploads: &HashMap<String, Vec<u8>>, sides: &mut Sides) {
        let inline = text
            .starts_with("data:image/")
            .then(|| text.split_once(";base64,"))
            .flatten()
            .and_then(|(_, data)| BASE64_STANDARD.decode(data).ok());
        if let Some(picture) = inline.or_else(|| uploads.get(text).cloned()) {
            self.pictures.push((key.to_owned(), picture));
            return;
        }
        let pair = |mark: char| {
            let (width, height) = text.split_once(mark)?;
            Some((width.parse::<u32>().ok()?, height.parse::<u32>().ok()?))
        };
        match key {
            "seed" | "noise_seed" => self.seed = text.parse().ok(),
            "width" => sides.width = text.parse().ok(),
            "height" => sides.height = text.parse().ok(),
            "size" => self.size = pair('x'),
            "aspect_ratio" => self.size = self.size.or_else(|| pair(':').and_then(megapixel)),
            _ => {
                self.words.push_str(text);
                self.words.push('\n');
            }
        }
    }

    /// The picture of the product: the one whose field says so, else the first.
    pub(super) fn product(&self) -> Option<&[u8]> {
        let says = |name: &str| {
            ["product", "garm", "subject"]
                .iter()
                .any(|word| name.contains(word))
        };
        let named = self.pictures.iter().find(|(name, _)| says(name));
        named
            .or_else(|| self.pictures.first())
            .map(|(_, bytes)| bytes.as_slice())
    }
}

#[derive(Default)]
struct Sides {
    width: Option<u32>,
    height: Option<u32>,
}

impl Sides {
    fn both(&self) -> Option<(u32, u32)> {
        Some((self.width?, self.height?))
    }
}

/// About a megapixel in a ratio.
fn megapixel((width, height): (u32, u32)) -> Option<(u32, u32)> {
    let scale = (f64::from(1 << 20) / f64::from(width.checked_mul(height)?)).sqrt();
    scale.is_finite().then(|| {
        let side = |parts: u32| (f64::from(parts) * scale).round() as u32;
        (side(width), side(height))
    })
}
