//! A face service in the place of the face networks on this machine: the one of InsightFace, or any that answers alike.
//!
//! `POST <url>/embed {"image_url": "data:image/jpeg;base64,..."}` is answered by
//! `{"face_detected": true, "embedding": [512 numbers], "bbox": [left, top, right, low], "det_score": 0.99}`. Only data
//! URIs are sent: the service fetches nothing. It sees one face a picture and says nothing of how that is built, so the
//! lock measures less than with the networks here. An outage is [`FaceError::Unreachable`]: it waits, it never rejects.

mod call;
mod reply;

use std::time::Duration;

use imaging::{
    Picture,
    vision::face::{FaceEmbedder, FaceError, Limits, Sighting},
};
use reqwest::Url;

/// What its cosines mean: InsightFace's own networks (ArcFace). Strangers reach 0.35; 0.45 is the usual bar for "the same
/// person", and a lock asks for a little more.
pub const LIMITS: Limits = Limits {
    pass: 0.50,
    review: 0.35,
};
/// Longest a picture may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest side sent, in pixels: a face of 64 px in 12 megapixels is still 30 px wide.
const SIDE_MAX: u32 = 2048;

/// The service at one address.
pub struct InsightFace {
    url: Url,
    timeout: Duration,
}

impl InsightFace {
    /// The service at this address, which is not asked yet.
    pub fn new(url: &str) -> Result<Self, FaceError> {
        let refused = |reason: &str| FaceError::Refused(format!("`{url}` {reason}"));
        let mut address =
            Url::parse(url.trim()).map_err(|error| refused(&format!("is no address: {error}")))?;
        if !matches!(address.scheme(), "http" | "https") {
            return Err(refused("is not http:// or https://"));
        }
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().push("embed");
        }
        Ok(Self {
            url: address,
            timeout: TIMEOUT,
        })
    }

    /// Waits no longer than this for an answer.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

impl FaceEmbedder for InsightFace {
    fn limits(&self) -> Limits {
        LIMITS
    }

    fn look(&self, picture: &Picture) -> Result<Sighting, FaceError> {
        let (width, height) = picture.dimensions();
        let shrink = (f64::from(SIDE_MAX) / f64::from(width.max(height))).min(1.0);
        let body = call::body(picture, shrink)?;
        let answer = call::post(&self.url, body, self.timeout)?;
        reply::sighting(&answer, (width, height), shrink)
    }
}
