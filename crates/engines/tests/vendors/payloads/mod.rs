//! What each adapter sends for one fixed order, to the letter, and what it understands of replies: no network.

mod comfyui;
mod fashn;
mod openai;
mod replicate;
mod stability;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use engines::vendor::HttpReply;

fn data_url(name: &str) -> String {
    format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(name))
}

fn reply(status: u16, body: &serde_json::Value) -> HttpReply {
    HttpReply {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}
