//! A vendor's server for tests: makes pictures from what it is sent, misbehaves on command, and counts every call.

mod form;
mod http;

use std::{
    collections::VecDeque,
    io::Cursor,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};

pub use form::Field;
use http::{Incoming, answer, read};

/// What the server does with the next order for a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// A picture of the product it was sent.
    Well,
    /// 429 with `retry-after-ms`.
    TooMany {
        /// The wait it asks for.
        retry_after_ms: u64,
    },
    /// 500.
    Error500,
    /// 503 with a page of HTML, as proxies send it.
    ProxyPage,
    /// Says nothing for longer than anybody waits, then hangs up.
    Silent,
    /// Half of a good answer, then the connection is cut.
    CutStream,
    /// 400 with `moderation_blocked`.
    Moderation,
    /// 200 with an empty list.
    Empty,
    /// 200 with HTML where a PNG should be.
    HtmlAsPng,
    /// 200 with a picture of one pixel.
    OnePixel,
    /// 200 with base64 that stops in the middle.
    HalfPng,
    /// 401.
    Unauthorised,
    /// 429 for an empty account.
    NoCredit,
    /// A picture, its colours turned.
    Recoloured,
}

/// An order as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Method and path.
    pub line: String,
    /// The `authorization` header.
    pub authorization: Option<String>,
    /// The form's fields and files.
    pub fields: Vec<Field>,
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
}

/// A running server; it ends with the test.
pub struct VendorServer {
    /// Its address, without a slash at the end.
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    next: VecDeque<Behaviour>,
    orders: Vec<Order>,
}

impl VendorServer {
    /// Starts it on a free port; it does what is listed, one order after the other, and after that behaves well.
    ///
    /// # Panics
    /// If no port is free.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn start(behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            next: behaviours.into_iter().collect(),
            orders: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { url, state }
    }

    /// Every order for a picture so far.
    pub fn orders(&self) -> Vec<Order> {
        lock(&self.state).orders.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection, one request.
fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let Some(incoming) = read(stream) else { return };
    if incoming.line.starts_with("GET /v1/models") {
        return answer(stream, 200, &[], br#"{"object":"list","data":[]}"#);
    }
    if !incoming.line.starts_with("POST /v1/images/edits") {
        return answer(stream, 404, &[], br#"{"error":{"message":"no such path"}}"#);
    }
    let order = order(&incoming);
    let behaviour = {
        let mut state = lock(state);
        state.orders.push(order.clone());
        state.next.pop_front().unwrap_or(Behaviour::Well)
    };
    behave(stream, &order, &behaviour);
}

fn order(incoming: &Incoming) -> Order {
    Order {
        line: incoming.line.clone(),
        authorization: incoming.header("authorization").map(str::to_owned),
        fields: form::fields(
            incoming.header("content-type").unwrap_or_default(),
            &incoming.body,
        ),
    }
}

fn behave(stream: &TcpStream, order: &Order, behaviour: &Behaviour) {
    let error = |status, code: &str, message: &str| {
        let body =
            format!(r#"{{"error":{{"message":"{message}","type":"error","param":null,"code":"{code}"}}}}"#);
        answer(stream, status, &[], body.as_bytes());
    };
    match behaviour {
        Behaviour::Well => picture(stream, &png(&made(order))),
        Behaviour::Recoloured => picture(stream, &png(&turned(&made(order)))),
        Behaviour::TooMany { retry_after_ms } => answer(
            stream,
            429,
            &[("retry-after-ms", retry_after_ms.to_string())],
            br#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#,
        ),
        Behaviour::Error500 => error(500, "server_error", "something broke"),
        Behaviour::ProxyPage => answer(
            stream,
            503,
            &[("content-type", "text/html".into())],
            b"<html>busy</html>",
        ),
        Behaviour::Silent => thread::sleep(Duration::from_secs(30)),
        Behaviour::CutStream => http::half(stream, &body(&png(&made(order)))),
        Behaviour::Moderation => answer(
            stream,
            400,
            &[],
            br#"{"error":{"message":"not allowed","code":"moderation_blocked","moderation_stage":"input"}}"#,
        ),
        Behaviour::Empty => answer(stream, 200, &[], br#"{"created":1,"data":[]}"#),
        Behaviour::HtmlAsPng => picture(stream, b"<!doctype html><html><body>no</body></html>"),
        Behaviour::OnePixel => picture(stream, &png(&RgbImage::from_pixel(1, 1, Rgb([255; 3])))),
        Behaviour::HalfPng => {
            let whole = png(&made(order));
            picture(stream, &whole[..whole.len() / 2]);
        }
        Behaviour::Unauthorised => error(401, "invalid_api_key", "Incorrect API key provided"),
        Behaviour::NoCredit => error(429, "insufficient_quota", "You exceeded your current quota"),
    }
}

fn body(png: &[u8]) -> Vec<u8> {
    format!(
        r#"{{"created":1,"data":[{{"b64_json":"{}"}}]}}"#,
        BASE64_STANDARD.encode(png)
    )
    .into_bytes()
}

fn picture(stream: &TcpStream, png: &[u8]) {
    answer(stream, 200, &[], &body(png));
}

/// The first photo it was sent, in the middle of the size asked for, on a ground that is nearly white.
fn made(order: &Order) -> RgbImage {
    let size = order.text("size").and_then(|text| text.split_once('x'));
    let side = |text: &str| text.parse::<u32>().unwrap_or(1024).clamp(1, 4096);
    let (width, height) = size.map_or((1024, 1024), |(width, height)| (side(width), side(height)));
    let mut canvas = RgbImage::from_pixel(width, height, Rgb([251, 251, 250]));
    let photos = order.files("image[]");
    let Some(photo) = photos
        .first()
        .and_then(|file| image::load_from_memory(&file.bytes).ok())
    else {
        return canvas;
    };
    let photo = photo
        .resize(width, height, imageops::FilterType::CatmullRom)
        .into_rgb8();
    let (x, y) = ((width - photo.width()) / 2, (height - photo.height()) / 2);
    imageops::overlay(&mut canvas, &photo, i64::from(x), i64::from(y));
    canvas
}

/// Red becomes green, green blue, blue red.
fn turned(picture: &RgbImage) -> RgbImage {
    let mut turned = picture.clone();
    for pixel in turned.pixels_mut() {
        pixel.0.rotate_right(1);
    }
    turned
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::ImageRgb8(picture.clone()).write_to(&mut bytes, ImageFormat::Png);
    written.map(|()| bytes.into_inner()).unwrap_or_default()
}
