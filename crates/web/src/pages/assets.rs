//! Styles, scripts and drawings, carried in the binary. Their address holds a hash of all of them, so browsers keep them for ever.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../static/", $name))),)*]
    };
}

/// Every file that is sent, one line each; style sheets in the order of their layers.
const FILES: &[(&str, &str)] = files! {
    "icons.svg"
    "mark.svg"
    "js/counts.js"
    "js/desk.js"
    "js/draft.js"
    "js/live.js"
    "js/menu.js"
    "js/pair.js"
    "js/parts.js"
    "js/plan.js"
    "js/queue.js"
    "js/refresh.js"
    "js/select.js"
    "js/sheet.js"
    "js/upload.js"
    "poses/back.svg"
    "poses/detail_close_up.svg"
    "poses/forty_five_degree.svg"
    "poses/front.svg"
    "poses/hand_on_hip.svg"
    "poses/left.svg"
    "poses/right.svg"
    "poses/seated.svg"
    "poses/walking.svg"
    "css/tokens.css"
    "css/base.css"
    "css/shell.css"
    "css/button.css"
    "css/field.css"
    "css/choice.css"
    "css/badge.css"
    "css/table.css"
    "css/card.css"
    "css/dialog.css"
    "css/bar.css"
    "css/picture.css"
    "css/sheet.css"
    "css/pair.css"
    "css/plan.css"
    "css/matrix.css"
    "css/chart.css"
    "css/empty.css"
    "css/front.css"
    "css/phone.css"
};

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, text) in FILES {
        hash.update(name.as_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(&hash.finalize()[..8])
});

/// The style sheets, sent as one.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut style = String::new();
    for (_, text) in FILES.iter().filter(|(name, _)| name.starts_with("css/")) {
        let _ = writeln!(style, "{text}");
    }
    style
});

/// Where a file is read.
pub(crate) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// The text of a file.
pub(super) fn text(name: &str) -> Option<&'static str> {
    let found = FILES.iter().find(|(own, _)| *own == name);
    found.map(|(_, text)| *text)
}

/// A file. Under another hash it is not there: the page that asks is of another version.
pub(super) async fn get(Path((hash, name)): Path<(String, String)>) -> Response {
    if hash != *HASH {
        return StatusCode::NOT_FOUND.into_response();
    }
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let body = if name == "app.css" {
        Some(STYLE.as_str())
    } else {
        text(&name)
    };
    let Some(body) = body else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_sheet_is_sent_and_colours_stand_in_the_tokens_alone() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("static/css");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = format!("css/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(text(&name).is_some(), "{name} is not in the table of files");
        }
        for (name, sheet) in FILES.iter().filter(|(name, _)| name.starts_with("css/")) {
            let literal = sheet.lines().find(|line| {
                let line = line.trim();
                *name != "css/tokens.css"
                    && (line.contains(": #") || line.contains("rgb(") || line.contains("hsl("))
            });
            assert_eq!(literal, None, "{name} has a colour of its own");
        }
    }

    /// The contrast of two colours (WCAG 2.2, 1.4.3).
    fn contrast(a: &str, b: &str) -> f64 {
        let light = |hex: &str| {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (a, b) = (light(a), light(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_edges_stand_out_from_every_ground() {
        let tokens = text("css/tokens.css").unwrap();
        let token = |name: &str, dark: bool| {
            let (_, rest) = tokens.split_once(&format!("--{name}: light-dark(")).unwrap();
            let (pair, _) = rest.split_once(')').unwrap();
            let mut pair = pair.split(',').map(str::trim);
            let (light, night) = (pair.next().unwrap(), pair.next().unwrap());
            if dark { night.to_owned() } else { light.to_owned() }
        };
        for dark in [false, true] {
            for ground in ["surface", "paper", "sunk", "stage"] {
                for (text, least) in [
                    ("ink", 4.5),
                    ("ink2", 4.5),
                    ("ink3", 4.5),
                    ("accent", 4.5),
                    ("good", 4.5),
                    ("warn", 4.5),
                    ("bad", 4.5),
                    ("edge", 3.0),
                ] {
                    let found = contrast(&token(text, dark), &token(ground, dark));
                    assert!(found >= least, "{text} on {ground}, dark {dark}: {found:.2}");
                }
            }
            for word in ["accent", "good", "warn", "bad"] {
                let found = contrast(&token(word, dark), &token(&format!("{word}-soft"), dark));
                assert!(
                    found >= 4.5,
                    "{word} on its own soft ground, dark {dark}: {found:.2}"
                );
            }
        }
    }
}
