//! Webhooks: the server tells that a job is done, in the form of Standard Webhooks, and as others would who are not it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{Behaviour, State, lock};

/// What this server signs with.
pub const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// What somebody else signs with.
const FORGED_SECRET: &str = "whsec_AAAAr8GKYqrTwjUPD8ILPZIo2LaLaSwA";

/// A webhook that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledBack {
    /// The same when it is sent again.
    pub event: String,
    /// It was signed by this server.
    pub is_ours: bool,
    /// How it was answered; 0 when it was not.
    pub status: u16,
}

/// Tells of a job once it is done, as this behaviour does.
pub(super) fn call(state: &Arc<Mutex<State>>, url: &str, id: &str, behaviour: &Behaviour) {
    let (owned, url, id) = (Arc::clone(state), url.to_owned(), id.to_owned());
    let behaviour = behaviour.clone();
    let event = format!("msg-{id}");
    if behaviour == Behaviour::CallsEarly {
        // In this thread, which answers the order afterwards.
        return tell(state, &url, &event, WEBHOOK_SECRET, &id);
    }
    thread::spawn(move || {
        let secrets: &[&str] = match behaviour {
            Behaviour::JobNeverEnds | Behaviour::JobLost => &[],
            Behaviour::CallsTwice { .. } => &[WEBHOOK_SECRET, WEBHOOK_SECRET],
            Behaviour::CallsForged { .. } => &[FORGED_SECRET, FORGED_SECRET],
            _ => &[WEBHOOK_SECRET],
        };
        thread::sleep(behaviour.after());
        for secret in secrets {
            tell(&owned, &url, &event, secret, &id);
        }
    });
}

fn tell(state: &Mutex<State>, url: &str, event: &str, secret: &str, id: &str) {
    let body = json!({ "id": id, "status": "succeeded" }).to_string();
    let status = post(url, event, secret, &body).unwrap_or(0);
    lock(state).called_back.push(CalledBack {
        event: event.to_owned(),
        is_ours: secret == WEBHOOK_SECRET,
        status,
    });
}

/// The status of the answer.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is a program of its own, with its own clock"
)]
fn post(url: &str, event: &str, secret: &str, body: &str) -> Option<u16> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let timestamp = now.as_secs();
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{event}.{timestamp}.{body}").as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!(
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nwebhook-id: {event}\r\n\
         webhook-timestamp: {timestamp}\r\nwebhook-signature: v1,{signature}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}
