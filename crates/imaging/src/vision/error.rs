//! Why a product could not be cut out.

use std::path::PathBuf;

use thiserror::Error;

/// Why there is no cut-out. Each message is one line that names the trouble and the way out.
#[derive(Debug, Error)]
pub enum VisionError {
    /// The model file cannot be read or is not a model this runtime knows.
    #[error("cannot load the cut-out model {path}: {reason}; fetch it again with `photogen models pull`")]
    Model {
        /// The file.
        path: PathBuf,
        /// What the runtime said.
        reason: String,
    },
    /// The photo cannot be opened.
    #[error(transparent)]
    Photo(#[from] crate::codec::DecodeError),
    /// The model ran and failed, or does not fit its card.
    #[error("the cut-out model does not fit its card: {0}; check input side and output in the model list")]
    Inference(String),
    /// Nothing in the photo stands out as one product.
    #[error("no product found; use a photo of one product, whole, on a plain ground of another colour")]
    NoProduct,
    /// Too small to hold a product.
    #[error("the photo is {width}x{height} pixels; at least {min} pixels a side are needed", min = crate::vision::SIDE_MIN)]
    TooSmall {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}
