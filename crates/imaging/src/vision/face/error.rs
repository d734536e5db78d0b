//! Why a picture could not be looked at for faces.

use std::path::PathBuf;

use thiserror::Error;

/// Why nothing was seen. None of these says anything about the picture: it is never grounds to reject one.
#[derive(Debug, Error)]
pub enum FaceError {
    /// The model file is not there or is not a model this runtime knows.
    #[error("cannot load the face model {path}: {reason}; fetch it again with `photogen models pull`")]
    Model {
        /// The file.
        path: PathBuf,
        /// What the runtime said.
        reason: String,
    },
    /// The model ran and failed, or does not fit its card.
    #[error("the {model} model does not fit its card: {reason}; check the card in the model list")]
    Mismatch {
        /// Which of them: face detector, landmarks, face embedder.
        model: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A service did not answer, or with nonsense: wait and try again.
    #[error("the face service cannot be reached; nothing was judged ({0})")]
    Unreachable(String),
    /// A service refuses the request itself: its address or its set-up is wrong.
    #[error("the face service refuses; nothing was judged ({0}): check INSIGHTFACE_URL")]
    Refused(String),
}

impl FaceError {
    /// Whether trying again later may help: an outage waits, it never rejects.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}
