//! The engine behind a vendor: photos and words go out, a checked picture on its exact ground comes back.

use std::sync::Arc;

use domain::{
    engine::{EngineCard, ModelCard, ModelRefusal},
    prompt::{self, Sent},
    shot::Shot,
};
use imaging::provenance::source_type;
use serde_json::json;

use super::{Order, Vendor, canvas::Canvas, ground, mask, references};
use crate::{
    Call, Candidate, Engine, EngineError, Kit, Reply, SharedEngine,
    transport::{Address, Delivery, Setting, Spoken, Transport},
};

/// A vendor's engine.
pub struct VendorEngine {
    card: EngineCard,
    vendor: Box<dyn Vendor>,
    transport: Transport,
    kit: Kit,
}

impl VendorEngine {
    /// An engine of this card that speaks this vendor's language. Reads its address and key from the kit's settings.
    pub fn open(card: &EngineCard, kit: &Kit, vendor: Box<dyn Vendor>) -> Result<SharedEngine, EngineError> {
        let address = Address::of(card, &*kit.setting)?;
        Ok(Arc::new(Self {
            transport: Transport::new(address, card.limits.clone())?,
            card: card.clone(),
            vendor,
            kit: kit.clone(),
        }))
    }

    fn order<'a>(
        &'a self,
        shot: &'a Shot,
        model: &'a ModelCard,
        call: &Call<'_>,
    ) -> Result<Order<'a>, EngineError> {
        let worn = shot.is_worn(&self.card);
        let card = self.card.narrowed(model);
        let mut limits = card.references.clone();
        limits.max = limits.max.max(1);
        let canvas = Canvas::of(model, &shot.brief);
        let places = self.vendor.places(model);
        let (products, people) =
            references::references(shot, &self.kit.photos, &limits, worn, places, canvas.as_ref())?;
        let mask = match products.first() {
            Some(first) if self.vendor.wants_mask(model) => {
                Some(mask::around_product(shot, &self.kit, first, canvas.as_ref())?)
            }
            _ => None,
        };
        let sent = Sent {
            products: products.len(),
            people: people.len(),
            hint: call.hint,
        };
        Ok(Order {
            prompt: prompt::prompt(shot, &card, sent),
            shot,
            card: &self.card,
            model,
            products,
            people,
            mask,
            size: shot.brief.size,
            seed: self
                .card
                .seed_max
                .map(|most| call.seed.unwrap_or(shot.seed) % most.saturating_add(1).max(1)),
            strength: None,
            quality: shot.brief.quality,
            worn,
        })
    }

    fn candidate(
        &self,
        shot: &Shot,
        model: &ModelCard,
        delivery: &Delivery,
        seed: Option<u64>,
    ) -> Result<Candidate, EngineError> {
        let read = ground::read(&delivery.bytes)?;
        let made = read.pixels.dimensions();
        let grounded = ground::ground(read, &delivery.bytes, shot, &*self.kit.cut_outs)?;
        let inputs = shot.product.photos.iter().chain(&shot.person);
        let view = shot.pose.pose().view;
        let mut inputs: Vec<_> = inputs
            .map(|photo| (photo.view != view, photo.sha256.clone()))
            .collect();
        inputs.sort_by_key(|(other, _)| *other);
        Ok(Candidate {
            pixels: grounded.pixels,
            notes: grounded.notes,
            needs_review: grounded.doubtful,
            digital_source_type: source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
            recipe: json!({
                "engine": self.card.name,
                "model": model.id,
                "prompt_version": prompt::VERSION,
                "quality": shot.brief.quality,
                "seed": delivery.seed.or(seed).map(|seed| seed.to_string()),
                "job": delivery.id,
                "made": [made.0, made.1],
                "size": shot.brief.size,
                "background": shot.brief.background,
                "cut_out": { "model_sha256": self.kit.model_sha256 },
            }),
            inputs: inputs.into_iter().map(|(_, sha256)| sha256).collect(),
        })
    }
}

impl Engine for VendorEngine {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    /// The name alone: a picture that was paid for is not bought again because our words or a default model changed.
    fn revision(&self) -> String {
        self.card.name.0.clone()
    }

    fn start(&self, shot: &Shot, call: &Call<'_>) -> Result<Reply, EngineError> {
        if let Some(reason) = self.card.refusal(shot.pose) {
            return Ok(Reply::Refused(reason));
        }
        let wanted = shot.brief.engine.model.as_deref();
        let scene = shot.scene(&self.card);
        let model = match self.card.model_for(wanted, scene, call.today) {
            Err(refusal @ ModelRefusal::Unsuited { .. }) => return Ok(Reply::Refused(refusal.to_string())),
            model => model.map_err(|refusal| EngineError::Misconfigured(refusal.to_string()))?,
        };
        let model =
            model.ok_or_else(|| EngineError::Misconfigured(format!("{} has no model", self.card.name)))?;
        let order = self.order(shot, model, call)?;
        let named = |error: EngineError| error.named(&self.card.name.0);
        let spoken = match call.resume {
            Some(id) => self.transport.resume(&*self.vendor, id).map_err(named)?,
            None => self
                .transport
                .picture(&*self.vendor, &order, call.log)
                .map_err(named)?,
        };
        match spoken {
            Spoken::Refused(reason) => Ok(Reply::Refused(format!("{}: {reason}", self.card.name))),
            Spoken::Done(delivery) => {
                let candidate = self.candidate(shot, model, &delivery, order.seed);
                candidate
                    .map_err(named)
                    .map(|candidate| Reply::Done(Box::new(candidate)))
            }
        }
    }
}

/// Asks the server of a card whether address and key are right. Blocks.
pub fn probe(card: &EngineCard, setting: Setting<'_>) -> Result<(), EngineError> {
    let Some(server) = &card.server else {
        return Ok(());
    };
    let transport = Transport::new(Address::of(card, setting)?, card.limits.clone())?;
    let reply = transport.probe(&server.probe)?;
    if reply.is_success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&reply.body)
        .chars()
        .take(120)
        .collect::<String>();
    Err(super::Fault::of_status(&reply, &words).into())
}
