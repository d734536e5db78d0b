//! Engines reached over HTTP. A vendor is a card of data plus pure functions from an order to a request and from a
//! reply to an answer; `transport` alone speaks to the network, and alone knows the key.
//!
//! Marks in the adapters say how sure a contract is: \[A\] the vendor's own file or client, \[B\] a third party's page, \[C\]
//! common knowledge that nobody here has confirmed.

mod answer;
mod canvas;
mod comfyui;
mod engine;
mod fashn;
mod ground;
mod inputs;
mod mask;
mod openai;
mod order;
mod references;
mod replicate;
mod stability;
pub mod webhook;
mod wire;

use domain::engine::ModelCard;

pub(crate) use answer::retry_after;
pub use answer::{Answer, Fault, Output};
pub use comfyui::Comfyui;
pub use engine::{VendorEngine, probe};
pub use fashn::Fashn;
pub use inputs::WORDS;
pub use openai::OpenAi;
pub use order::{Order, Reference};
pub use replicate::Replicate;
pub use stability::Stability;
pub use wire::{Body, HttpReply, Method, Part, Request};

/// The most photos that a model has places for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Of the product.
    pub products: usize,
    /// Of the person.
    pub people: usize,
}

/// One vendor's language. Nothing here touches network, clock or environment.
pub trait Vendor: Send + Sync {
    /// Files that are put on the server before the picture is asked for; none unless the vendor wants it so.
    fn uploads(&self, order: &Order<'_>) -> Vec<Request> {
        let _ = order;
        Vec::new()
    }

    /// The name the server gave an uploaded file.
    fn uploaded(&self, reply: &HttpReply) -> Result<String, Fault> {
        Err(Fault::broken(format!(
            "unexpected answer to an upload (HTTP {})",
            reply.status
        )))
    }

    /// The request for a picture. `uploaded` are the names of [`Self::uploads`], in order.
    fn request(&self, order: &Order<'_>, uploaded: &[String]) -> Result<Request, Fault>;

    /// What a reply to the request means.
    fn parse(&self, reply: &HttpReply) -> Answer;

    /// What a reply to a poll means; what a reply to the request would, unless the vendor has another shape for it.
    fn parse_poll(&self, reply: &HttpReply) -> Answer {
        self.parse(reply)
    }

    /// How many photos of product and person a model takes; what the prompt counts is what is sent.
    fn places(&self, model: &ModelCard) -> Places {
        inputs::places(model)
    }

    /// A model is told where the product stands, so that it leaves it as it is.
    fn wants_mask(&self, model: &ModelCard) -> bool {
        model.inputs.contains_key("mask")
    }

    /// Asks how the job of this id stands.
    fn poll(&self, id: &str) -> Option<Request> {
        let _ = id;
        None
    }

    /// Calls the job of this id off.
    fn cancel(&self, id: &str) -> Option<Request> {
        let _ = id;
        None
    }

    /// Asks which job runs, where [`Self::cancel`] reaches only those that wait for their turn.
    fn queue(&self) -> Option<Request> {
        None
    }

    /// Ends the job of this id if it is the one that runs, by a reply to [`Self::queue`].
    fn interrupt(&self, id: &str, running: &HttpReply) -> Option<Request> {
        let _ = (id, running);
        None
    }
}
