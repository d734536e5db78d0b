//! What looks at files that people send: decoding is the binary's, so that no pixel is known here.

use std::path::Path;

use domain::likeness::Likeness;

/// What a photo is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFacts {
    /// By its content, never by its name.
    pub media_type: &'static str,
    /// Columns, upright.
    pub width: u32,
    /// Rows, upright.
    pub height: u32,
}

/// What looking for a face gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceLook {
    /// One face that pictures can be compared with.
    Usable(FaceFacts),
    /// The photo is no reference: a sentence that says why and what to do.
    Unusable(String),
    /// Nobody could look, and why. The photo is taken, and what is made with it goes to a person.
    Unknown(String),
}

/// The one face of a reference photo.
#[derive(Clone, PartialEq, Eq)]
pub struct FaceFacts {
    /// Its shorter side, in pixels.
    pub side: u32,
    /// front, three_quarter, profile; none where that is not known.
    pub yaw: Option<&'static str>,
    /// All faces, with those in the background.
    pub faces: u32,
    /// What was seen, for the identity lock: biometric data, kept sealed. With the revision of what looked.
    pub seen: String,
}

// What was seen is in no log.
impl std::fmt::Debug for FaceFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaceFacts")
            .field("side", &self.side)
            .field("yaw", &self.yaw)
            .finish_non_exhaustive()
    }
}

/// Looks at files. Blocks: called on threads for such work.
pub trait Intake: Send + Sync {
    /// What a photo file is, every pixel of it read; the sentence says why it is none that can be used.
    fn look(&self, path: &Path) -> Result<PhotoFacts, String>;

    /// The face in a reference photo of a person.
    fn face(&self, path: &Path) -> FaceLook {
        let _ = path;
        FaceLook::Unknown("faces cannot be looked at here".to_owned())
    }

    /// How much the faces of photos are alike, by what was seen in each ([`FaceFacts::seen`]); none where nothing is kept of one. None
    /// where nobody can compare faces here.
    fn likeness(&self, seen: &[Option<String>]) -> Option<Likeness> {
        let _ = seen;
        None
    }

    /// The small copies of a file as WebP, for each of [`domain::thumbnail::SIDES`] one whose longer side has at most so many pixels:
    /// [`domain::thumbnail::fitted`].
    fn thumbnails(&self, file: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, String>;
}
