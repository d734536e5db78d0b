//! One request to the face service, and what its failures mean.

use std::{error::Error, thread, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{DynamicImage, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType};
use imaging::{Picture, vision::face::FaceError};
use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use serde_json::json;

/// An address that does not answer is given up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest answer in bytes: 512 numbers are 12 kB.
const ANSWER_MAX: usize = 1 << 20;
/// JPEG quality of what is sent.
const QUALITY: u8 = 95;

/// The request: the picture, `shrink` times its size, as a data URI.
pub(super) fn body(picture: &Picture, shrink: f64) -> Result<String, FaceError> {
    let mut pixels = on_white(picture);
    if shrink < 1.0 {
        let side = |side: u32| ((f64::from(side) * shrink).round() as u32).max(1);
        let (width, height) = (side(picture.width()), side(picture.height()));
        pixels = DynamicImage::ImageRgb8(pixels)
            .resize_exact(width, height, FilterType::Triangle)
            .into_rgb8();
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&pixels)
        .map_err(|error| FaceError::Refused(format!("the picture cannot be sent: {error}")))?;
    let uri = format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg));
    Ok(json!({ "image_url": uri }).to_string())
}

fn on_white(picture: &Picture) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let pixel = picture.get_pixel(x, y).0.map(u32::from);
        let shown = |value: u32| (value * pixel[3] + 65_535 * (65_535 - pixel[3])) / 65_535;
        image::Rgb([0, 1, 2].map(|channel| ((shown(pixel[channel]) + 128) / 257) as u8))
    })
}

/// Sends it and waits for the whole answer.
pub(super) fn post(url: &Url, body: String, timeout: Duration) -> Result<Vec<u8>, FaceError> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| FaceError::Unreachable(error.to_string()))?;
        runtime.block_on(ask(url, body, timeout))
    };
    // A thread of its own, so that a caller which is itself asynchronous may wait here.
    let answer = thread::scope(|scope| scope.spawn(run).join());
    answer.unwrap_or_else(|_| Err(FaceError::Unreachable("the request crashed".to_owned())))
}

async fn ask(url: &Url, body: String, timeout: Duration) -> Result<Vec<u8>, FaceError> {
    let unreachable = |error: reqwest::Error| FaceError::Unreachable(innermost(&error));
    let request = client(url, timeout)
        .map_err(unreachable)?
        .post(url.clone())
        .header(header::CONTENT_TYPE, "application/json")
        .body(body);
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        let said = format!("it answered {status}");
        let passing = status.is_server_error()
            || matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
            );
        return Err(if passing {
            FaceError::Unreachable(said)
        } else {
            FaceError::Refused(said)
        });
    }
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        answer.extend_from_slice(&chunk);
        if answer.len() > ANSWER_MAX {
            return Err(FaceError::Unreachable(format!(
                "its answer is longer than {ANSWER_MAX} bytes"
            )));
        }
    }
    Ok(answer)
}

fn client(url: &Url, timeout: Duration) -> Result<Client, reqwest::Error> {
    // Harmless when the program has already chosen its TLS provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .timeout(timeout)
        .redirect(Policy::none())
        .user_agent(concat!("photogen/", env!("CARGO_PKG_VERSION")));
    let own_machine = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if own_machine { builder.no_proxy() } else { builder }.build()
}

/// The cause people can act on: `Connection refused`, not `error sending request`.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
