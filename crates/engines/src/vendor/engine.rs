//! The engine behind a vendor: photos and words go out, a checked picture on its exact ground comes back.

use std::sync::Arc;

use domain::{
    engine::{EngineCard, ModelCard, ModelRefusal},
    product::PhotoRef,
    prompt::{self, Sent},
    shot::Shot,
};
use imaging::provenance::{holds_statement, source_type};
use serde_json::json;

use super::{
    Order, Vendor, canvas::Canvas, comfyui::Comfyui, ground, mask, references, references::Chosen, webhook,
};
use crate::{
    Call, Candidate, Engine, EngineError, Health, Kit, Reply, Resume, SharedEngine,
    transport::{Address, Delivery, Setting, Spoken, Transport},
};

/// A vendor's engine.
pub struct VendorEngine {
    card: EngineCard,
    vendor: Box<dyn Vendor>,
    transport: Transport,
    /// Where it may say that a job is done.
    webhook: Option<String>,
    kit: Kit,
}

impl VendorEngine {
    /// An engine of this card that speaks this vendor's language. Reads its address and key from the kit's settings.
    pub fn open(card: &EngineCard, kit: &Kit, vendor: Box<dyn Vendor>) -> Result<SharedEngine, EngineError> {
        let address = Address::of(card, &*kit.setting)?;
        Ok(Arc::new(Self {
            webhook: webhook::address(card, address.is_open(), &*kit.setting),
            transport: Transport::new(address, card.limits.clone())?.shared(kit.sharing.clone(), &card.name),
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
        let canvas = Canvas::of(model, &shot.brief);
        let chosen = self.chosen(shot, model);
        let (products, people) =
            references::references(&chosen, &self.kit.photos, &card.references, canvas.as_ref())?;
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
            strength: if self.card.strength { call.strength } else { None },
            quality: shot.brief.quality,
            worn,
            webhook: self.webhook.as_deref(),
        })
    }

    /// The photos that this model is sent.
    fn chosen<'a>(&self, shot: &'a Shot, model: &ModelCard) -> Chosen<'a> {
        let limits = self.card.narrowed(model).references;
        references::chosen(shot, &limits, shot.is_worn(&self.card), self.vendor.places(model))
    }

    fn candidate(
        &self,
        shot: &Shot,
        model: &ModelCard,
        delivery: &Delivery,
        seed: Option<u64>,
    ) -> Result<Candidate, EngineError> {
        let read = ground::read(&delivery.bytes)?;
        let as_made = read.pixels.clone();
        let made = as_made.dimensions();
        let grounded = ground::ground(read, &delivery.bytes, shot, &*self.kit.cut_outs)?;
        let chosen = self.chosen(shot, model);
        let hashes = |photos: &[&PhotoRef]| photos.iter().map(|photo| photo.sha256.clone()).collect();
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
            inputs: hashes(&chosen.products),
            people: hashes(&chosen.people),
            as_made: Some(as_made),
            parent: holds_statement(&delivery.bytes).then(|| delivery.bytes.clone()),
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
        // Before what has come back is checked and finished: what a vendor allows in a minute and is not used is gone.
        let order = call.cores.ahead(1, || self.order(shot, model, call))?;
        let named = |error: EngineError| error.named(&self.card.name.0);
        match self.speak(&order, call).map_err(named)? {
            Spoken::Refused(reason) => Ok(Reply::Refused(format!("{}: {reason}", self.card.name))),
            Spoken::Done(delivery) => {
                call.log.received(&delivery.bytes);
                let candidate = call
                    .cores
                    .with(1, || self.candidate(shot, model, &delivery, order.seed));
                candidate
                    .map_err(named)
                    .map(|candidate| Reply::Done(Box::new(candidate)))
            }
        }
    }

    fn health(&self) -> Option<Health> {
        Some(self.transport.health())
    }

    fn wake(&self, id: &str) {
        self.transport.wake(id);
    }

    fn call_off(&self, id: &str) -> Result<bool, EngineError> {
        self.transport
            .call_off(&*self.vendor, id)
            .map_err(|error| error.named(&self.card.name.0))
    }
}

impl VendorEngine {
    /// Orders, or takes up what an earlier try ordered.
    fn speak(&self, order: &Order<'_>, call: &Call<'_>) -> Result<Spoken, EngineError> {
        match call.resume {
            Some(Resume::File(bytes)) => Ok(Spoken::Done(Delivery {
                bytes: bytes.to_vec(),
                seed: None,
                id: None,
            })),
            Some(Resume::Job(id)) => self.transport.resume(&*self.vendor, id),
            None => self.transport.picture(&*self.vendor, order, call.log),
        }
    }
}

/// Asks the server of a card whether address and key are right. Blocks.
pub fn probe(card: &EngineCard, setting: Setting<'_>) -> Result<(), EngineError> {
    let Some(server) = &card.server else {
        return Ok(());
    };
    let transport = Transport::new(Address::of(card, setting)?, card.limits.clone())?;
    if card.name.0 == "comfyui" {
        Comfyui::of_setting(setting)?;
    }
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
