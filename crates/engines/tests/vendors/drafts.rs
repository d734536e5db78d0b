//! Orders built by hand, for tests of what an adapter would send: nothing is read, nothing goes out.

use domain::{
    engine::{EngineCard, ModelCard},
    prompt::Prompt,
    shot::Shot,
    size::Size,
};
use engines::vendor::{
    Body, Comfyui, Fashn, OpenAi, Order, Part, Reference, Replicate, Request, Stability, Vendor,
};
use serde_json::{Value, json};

use crate::bench::{card, shot};

/// What an order is drawn up from.
pub(crate) struct Draft {
    pub(crate) card: EngineCard,
    pub(crate) model: ModelCard,
    pub(crate) shot: Shot,
    pub(crate) products: Vec<Reference>,
    pub(crate) people: Vec<Reference>,
    pub(crate) mask: Option<Reference>,
    pub(crate) strength: Option<f32>,
}

impl Draft {
    /// Front pose, two photos of the product, two of the person, for one model of a card.
    pub(crate) fn of(engine: &str, model: &str) -> Self {
        let card = card(engine);
        let model = card
            .models
            .iter()
            .find(|known| known.id == model)
            .unwrap()
            .clone();
        Self {
            card,
            model,
            shot: shot(engine),
            products: vec![picture("product-1-front.jpg"), picture("product-2-back.jpg")],
            people: vec![picture("person-1.jpg"), picture("person-2.jpg")],
            mask: None,
            strength: None,
        }
    }

    /// The product without a person.
    pub(crate) fn alone(mut self) -> Self {
        self.shot.person.clear();
        self.people.clear();
        self
    }

    /// The order, with words that are easily told apart.
    pub(crate) fn order(&self) -> Order<'_> {
        Order {
            webhook: None,
            shot: &self.shot,
            card: &self.card,
            model: &self.model,
            prompt: Prompt {
                text: "WORDS".to_owned(),
                negative: self.card.negative_prompt.then(|| "NOT THIS".to_owned()),
            },
            products: self.products.clone(),
            people: self.people.clone(),
            mask: self.mask.clone(),
            size: self.shot.brief.size,
            seed: self.card.seed_max.map(|_| 7),
            strength: self.strength,
            quality: self.shot.brief.quality,
            worn: !self.people.is_empty(),
        }
    }

    /// What its vendor would send.
    pub(crate) fn request(&self) -> Request {
        vendor(&self.card.name.0).request(&self.order(), &[]).unwrap()
    }
}

/// What speaks to an engine.
pub(crate) fn vendor(engine: &str) -> Box<dyn Vendor> {
    match engine {
        "openai" | "openai_compatible" => Box::new(OpenAi),
        "stability" => Box::new(Stability),
        "replicate" => Box::new(Replicate),
        "fashn" => Box::new(Fashn),
        "comfyui" => Box::new(Comfyui::with(include_str!("dress.json")).unwrap()),
        other => panic!("{other} has no wire"),
    }
}

/// A picture whose bytes are its name.
pub(crate) fn picture(name: &str) -> Reference {
    Reference {
        bytes: name.as_bytes().to_vec(),
        media_type: if name.ends_with("png") {
            "image/png"
        } else {
            "image/jpeg"
        },
        size: Size {
            width: 320,
            height: 400,
        },
        file_name: name.to_owned(),
    }
}

/// The JSON of a request.
pub(crate) fn json_of(request: &Request) -> &Value {
    match &request.body {
        Body::Json(value) => value,
        other => panic!("{other:?}"),
    }
}

/// The fields of a request's form; a file by its name.
pub(crate) fn form_of(request: &Request) -> Value {
    let Body::Form(parts) = &request.body else {
        panic!("{:?}", request.body)
    };
    let pair = |part: &Part| match part {
        Part::Text { name, value } => json!([name, value]),
        Part::File { name, file_name, .. } => json!([name, format!("<{file_name}>")]),
    };
    parts.iter().map(pair).collect()
}
