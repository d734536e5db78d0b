//! What a vendor is asked for, in our own words: one picture, with everything that may be sent for it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{
    engine::{EngineCard, ModelCard, PictureQuality},
    prompt::Prompt,
    shot::Shot,
    size::Size,
};

/// A picture that is sent along, already small enough for the engine's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file: JPEG or PNG.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Its size in pixels.
    pub size: Size,
    /// A file name that says what it is: `product-1-front.jpg`, `person-2.jpg`, `mask.png`.
    pub file_name: String,
}

impl Reference {
    /// The file in an address of its own: `data:image/jpeg;base64,…`.
    pub fn data_url(&self) -> String {
        format!(
            "data:{};base64,{}",
            self.media_type,
            BASE64_STANDARD.encode(&self.bytes)
        )
    }
}

/// One picture to ask for.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// What is shot.
    pub shot: &'a Shot,
    /// Who is asked.
    pub card: &'a EngineCard,
    /// Which model.
    pub model: &'a ModelCard,
    /// The words.
    pub prompt: Prompt,
    /// Photos of the product, the one of the pose's view first; never empty.
    pub products: Vec<Reference>,
    /// Photos of the person, at most as many as the card leaves room for; empty where the product stands alone.
    pub people: Vec<Reference>,
    /// White where the first picture may change, black where it must not; the size of the first picture.
    pub mask: Option<Reference>,
    /// The pixels asked for in the end; [`domain::engine::Sizes`] says what to ask the model for.
    pub size: Size,
    /// The seed, within the card's `seed_max`; `None` where the engine has none.
    pub seed: Option<u64>,
    /// How much of its usual freedom to leave the first picture a model is given, 0 (none) to 1; `None`: all of it.
    pub strength: Option<f32>,
    /// The quality asked for.
    pub quality: PictureQuality,
    /// A person wears it.
    pub worn: bool,
    /// Where the vendor may say that it is done, so that nobody has to wait for the next look.
    pub webhook: Option<&'a str>,
}

impl Order<'_> {
    /// All pictures to send, product first, as the prompt counts them.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.products.iter().chain(&self.people)
    }
}
