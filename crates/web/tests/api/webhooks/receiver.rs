//! A system that is called, and how it checks who calls.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// A system that is called, and answers as it is told.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    pub got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    pub answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Answers these in turn, then 200.
    pub async fn start(answers: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hooks", listener.local_addr().unwrap()),
            got: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
        };
        let router = Router::new().fallback(any(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub fn ids(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(headers, _)| text(headers, "webhook-id").to_owned())
            .collect()
    }
}

/// What a header says.
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.got.lock().unwrap().push((headers, body));
    let answer = receiver.answers.lock().unwrap().pop().unwrap_or(200);
    match answer {
        // Says nothing.
        408 => std::future::pending().await,
        302 => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        // Never ends; whoever reads on and on hangs.
        206 => axum::body::Body::from_stream(futures_util::stream::repeat(
            Ok::<_, std::convert::Infallible>(vec![b'x'; 4096]),
        ))
        .into_response(),
        status => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

/// A call is signed with a webhook's secret.
#[track_caller]
pub fn assert_signed(headers: &HeaderMap, body: &str, secret: &str) {
    let signed = format!(
        "{}.{}.{body}",
        text(headers, "webhook-id"),
        text(headers, "webhook-timestamp")
    );
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let expected = STANDARD.encode(hmac(&key, signed.as_bytes()));
    assert_eq!(text(headers, "webhook-signature"), format!("v1,{expected}"));
}

/// HMAC-SHA256 written out (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|one| one ^ byte);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize();
    outer.to_vec()
}
