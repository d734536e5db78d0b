//! A stand-in for Cloudinary: its upload, download, delivery and listing, with every signature checked by rules
//! written here anew, and a delivery network that keeps what it once gave out.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE};
use bytes::Bytes;
use domain::clock::Clock;
use http_body_util::BodyExt;
use hyper::{HeaderMap, Method, Request, Response, body::Incoming, header};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::{
    clock::TestClock,
    server::{Answer, Body, Handler, Server, text},
};

pub(crate) const CLOUD: &str = "demo";
pub(crate) const KEY: &str = "1234567890";
pub(crate) const SECRET: &str = "abc/d+e";
/// Listed at once; the real one gives as many as asked for, up to 500.
const PAGE: usize = 3;

/// A running stand-in.
pub(crate) struct CloudinaryServer {
    pub(crate) server: Server,
    pub(crate) clock: Arc<TestClock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By resource type and public id.
    assets: BTreeMap<(String, String), Bytes>,
    /// What the delivery network has, by path.
    cached: HashMap<String, Bytes>,
    /// Pieces of uploads.
    pieces: HashMap<String, Vec<u8>>,
    sha256: bool,
    transforms: bool,
}

pub(crate) async fn start(clock: Arc<TestClock>) -> CloudinaryServer {
    let state: Arc<Mutex<State>> = Arc::default();
    let handler: Handler = {
        let (state, clock) = (Arc::clone(&state), Arc::clone(&clock));
        Arc::new(move |request| Box::pin(answer(request, Arc::clone(&state), Arc::clone(&clock))))
    };
    CloudinaryServer {
        server: Server::start(handler).await,
        clock,
        state,
    }
}

impl CloudinaryServer {
    /// The address of a folder in the account.
    pub(crate) fn address(&self, folder: &str, options: &str) -> String {
        self.state.lock().unwrap().sha256 = options.contains("sha256");
        let secret = SECRET.replace('/', "%2F").replace('+', "%2B");
        let url = &self.server.url;
        format!(
            "cloudinary://{KEY}:{secret}@{CLOUD}{folder}?upload_prefix={url}&delivery={url}/{CLOUD}{options}"
        )
    }

    /// Changes pictures as they come, as an account can be set to.
    pub(crate) fn transform_incoming(&self) {
        self.state.lock().unwrap().transforms = true;
    }
}

type Fields = BTreeMap<String, String>;

async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>, clock: Arc<TestClock>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut state = state.lock().unwrap();
    let path = parts.uri.path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let query = fields_of(parts.uri.query().unwrap_or_default());
    Ok(match (parts.method, segments.as_slice()) {
        (Method::POST, ["v1_1", CLOUD, kind, "upload"]) => state.upload(kind, &parts.headers, &body),
        (Method::POST, ["v1_1", CLOUD, kind, "destroy"]) => {
            state.destroy(kind, &form(&parts.headers, &body).0)
        }
        (Method::GET, ["v1_1", CLOUD, kind, "download"]) => {
            state.download(kind, &query, clock.now_ms() / 1000)
        }
        (Method::GET, ["v1_1", CLOUD, "resources", kind, "authenticated"]) => {
            state.resources(kind, &parts.headers, &query)
        }
        (Method::GET | Method::HEAD, [CLOUD, kind, "authenticated", signature, rest @ ..]) => {
            state.deliver(&path, kind, signature, rest, &parts.headers)
        }
        _ => failure(404, "no such call"),
    })
}

impl State {
    fn hash(&self, text: &str) -> Vec<u8> {
        if self.sha256 {
            Sha256::digest(text).to_vec()
        } else {
            Sha1::digest(text).to_vec()
        }
    }

    /// Complains of parameters that are not signed as they should be.
    fn check(&self, fields: &Fields) -> Option<Response<Body>> {
        let mut signed: Vec<_> = fields
            .iter()
            .filter(|(name, _)| {
                !["file", "cloud_name", "resource_type", "api_key", "signature"].contains(&name.as_str())
            })
            .map(|(name, value)| format!("{name}={}", value.replace('&', "%26")))
            .collect();
        signed.sort();
        let signed = signed.join("&");
        let expected = hex::encode(self.hash(&format!("{signed}{SECRET}")));
        let right =
            fields.get("signature") == Some(&expected) && fields.get("api_key").is_some_and(|key| key == KEY);
        (!right).then(|| failure(401, &format!("Invalid Signature. String to sign - '{signed}'.")))
    }

    fn upload(&mut self, kind: &str, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let (fields, file) = form(headers, body);
        if let Some(complaint) = self.check(&fields) {
            return complaint;
        }
        let file = match piece(headers) {
            None => file,
            Some((upload, last, size)) => {
                let so_far = self.pieces.entry(upload.clone()).or_default();
                so_far.extend_from_slice(&file);
                if last + 1 < size {
                    return reply(&json!({"done": false}));
                }
                self.pieces.remove(&upload).unwrap()
            }
        };
        if file.is_empty() {
            return failure(400, "Empty file");
        }
        if kind == "image" && !file.starts_with(b"\x89PNG") && !file.starts_with(b"RIFF") {
            return failure(400, "Invalid image file");
        }
        let file = if self.transforms {
            file[..file.len() / 2].to_vec()
        } else {
            file
        };
        let size = file.len();
        self.assets
            .insert((kind.to_owned(), fields["public_id"].clone()), file.into());
        reply(&json!({"public_id": fields["public_id"], "bytes": size, "type": fields["type"]}))
    }

    fn destroy(&mut self, kind: &str, fields: &Fields) -> Response<Body> {
        if let Some(complaint) = self.check(fields) {
            return complaint;
        }
        let known = self
            .assets
            .remove(&(kind.to_owned(), fields["public_id"].clone()));
        reply(&json!({"result": if known.is_some() { "ok" } else { "not found" }}))
    }

    fn download(&self, kind: &str, query: &Fields, now: i64) -> Response<Body> {
        if let Some(complaint) = self.check(query) {
            return complaint;
        }
        if query["expires_at"].parse::<i64>().unwrap() < now {
            return failure(401, "Link expired");
        }
        match self.assets.get(&(kind.to_owned(), query["public_id"].clone())) {
            Some(bytes) => {
                let saved = query.get("attachment").is_some_and(|flag| flag == "1");
                let reply = Response::builder();
                let reply = if saved {
                    reply.header("content-disposition", "attachment")
                } else {
                    reply
                };
                reply.body(text(bytes.clone())).unwrap()
            }
            None => failure(404, "Resource not found"),
        }
    }

    fn resources(&self, kind: &str, headers: &HeaderMap, query: &Fields) -> Response<Body> {
        let basic = format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(format!("{KEY}:{SECRET}"))
        );
        if headers
            .get("authorization")
            .is_none_or(|sent| sent != basic.as_str())
        {
            return failure(401, "unauthorized");
        }
        let from = query.get("next_cursor").map(String::as_str).unwrap_or_default();
        let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
        let found: Vec<_> = self
            .assets
            .iter()
            .filter(|((found, id), _)| found == kind && id.starts_with(prefix) && id.as_str() >= from)
            .collect();
        let resources: Vec<Value> = found
            .iter()
            .take(PAGE)
            .map(|((_, id), bytes)| {
                json!({"public_id": id, "bytes": bytes.len(), "created_at": "2026-11-22T08:58:23Z", "format": "x"})
            })
            .collect();
        let mut page = json!({"resources": resources});
        if let Some(((_, next), _)) = found.get(PAGE) {
            page["next_cursor"] = json!(next);
        }
        reply(&page)
    }

    fn deliver(
        &mut self,
        path: &str,
        kind: &str,
        signature: &str,
        rest: &[&str],
        headers: &HeaderMap,
    ) -> Response<Body> {
        let version = rest
            .iter()
            .position(|part| part.starts_with('v') && part[1..].parse::<u64>().is_ok());
        let version = version.unwrap_or(0);
        let source = rest[version + 1..].join("/");
        let signed: Vec<&str> = rest[..version].iter().copied().chain([source.as_str()]).collect();
        let hash = self.hash(&format!("{}{SECRET}", signed.join("/")));
        if signature != format!("s--{}--", &URL_SAFE.encode(hash)[..8]) {
            return failure(401, "bad signature");
        }
        let id = percent_decode_str(&source).decode_utf8().unwrap().into_owned();
        let id = match kind {
            "image" => id.rsplit_once('.').map_or(id.clone(), |(id, _)| id.to_owned()),
            _ => id,
        };
        let cached = self.cached.get(path).cloned();
        let Some(bytes) = cached.or_else(|| self.assets.get(&(kind.to_owned(), id)).cloned()) else {
            return failure(404, "Resource not found");
        };
        self.cached.insert(path.to_owned(), bytes.clone());
        ranged(bytes, headers)
    }
}

/// The upload that a piece is of, its last byte, and the size of the whole.
fn piece(headers: &HeaderMap) -> Option<(String, u64, u64)> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().unwrap();
    let (range, size) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
    let last = range.split_once('-').unwrap().1;
    let upload = headers["x-unique-upload-id"].to_str().unwrap().to_owned();
    Some((upload, last.parse().unwrap(), size.parse().unwrap()))
}

fn ranged(bytes: Bytes, headers: &HeaderMap) -> Response<Body> {
    let Some(range) = headers.get(header::RANGE) else {
        return Response::new(text(bytes));
    };
    let size = bytes.len() as u64;
    let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let first: u64 = first.parse().unwrap();
    let last: u64 = if last.is_empty() {
        u64::MAX
    } else {
        last.parse().unwrap()
    };
    let last = last.min(size.saturating_sub(1));
    if first >= size {
        return failure(416, "range");
    }
    Response::builder()
        .status(206)
        .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))
        .body(text(bytes.slice(first as usize..=last as usize)))
        .unwrap()
}

fn reply(value: &Value) -> Response<Body> {
    Response::new(text(value.to_string()))
}

fn failure(status: u16, message: &str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("x-cld-error", message)
        .body(text(json!({"error": {"message": message}}).to_string()))
        .unwrap()
}

fn fields_of(query: &str) -> Fields {
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The fields of a form, and its file.
fn form(headers: &HeaderMap, body: &[u8]) -> (Fields, Vec<u8>) {
    let kind = headers[header::CONTENT_TYPE].to_str().unwrap();
    let boundary = format!("\r\n--{}", kind.split_once("boundary=").unwrap().1);
    let body = [b"\r\n", body].concat();
    let (mut fields, mut file) = (Fields::new(), Vec::new());
    let mut rest = after(&body, boundary.as_bytes()).unwrap();
    while rest.starts_with(b"\r\n") {
        let head_end = find(rest, b"\r\n\r\n").unwrap();
        let head = String::from_utf8(rest[..head_end].to_vec()).unwrap();
        let content = &rest[head_end + 4..];
        let end = find(content, boundary.as_bytes()).unwrap();
        let name = head.split_once(" name=\"").unwrap().1.split_once('"').unwrap().0;
        if name == "file" {
            file = content[..end].to_vec();
        } else {
            fields.insert(
                name.to_owned(),
                String::from_utf8(content[..end].to_vec()).unwrap(),
            );
        }
        rest = &content[end + boundary.len()..];
    }
    (fields, file)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    find(text, what).map(|at| &text[at + what.len()..])
}
