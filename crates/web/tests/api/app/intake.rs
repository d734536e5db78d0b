//! What stands in for the binary's eyes: by a file's first bytes it is a photo, a face, or neither.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    likeness::Likeness,
    thumbnail::{SIDES, fitted},
};
use web::intake::{FaceFacts, FaceLook, Intake, PhotoFacts};

/// How many files small copies were made of: now, the most at once, and in all.
#[derive(Default)]
pub struct Copied {
    now: AtomicUsize,
    pub most: AtomicUsize,
    pub files: AtomicUsize,
}

/// Takes every file for a photo of 1000 x 1500 pixels, but those that begin with `bad`, and `small` ones of 100 x 100.
pub struct AnyPhoto(pub Arc<Copied>);

impl Intake for AnyPhoto {
    fn look(&self, path: &std::path::Path) -> Result<PhotoFacts, String> {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        if bytes.starts_with(b"bad") {
            return Err("this is no picture".to_owned());
        }
        if bytes.starts_with(b"small") {
            return Ok(PhotoFacts {
                media_type: "image/jpeg",
                width: 100,
                height: 100,
            });
        }
        Ok(PhotoFacts {
            media_type: "image/jpeg",
            width: 1000,
            height: 1500,
        })
    }

    /// A face of 200 pixels, in what begins with `stranger` another, but in what begins with `nobody` none, and `dark` ones nobody can
    /// look at.
    fn face(&self, path: &std::path::Path) -> FaceLook {
        let bytes = std::fs::read(path).unwrap();
        if bytes.starts_with(b"nobody") {
            return FaceLook::Unusable(
                "no face was found; give a photo that shows the person's face".to_owned(),
            );
        }
        if bytes.starts_with(b"dark") {
            return FaceLook::Unknown("the face models are not here".to_owned());
        }
        let whose = if bytes.starts_with(b"stranger") {
            "another"
        } else {
            "a"
        };
        FaceLook::Usable(FaceFacts {
            side: 200,
            yaw: Some("front"),
            faces: 1,
            seen: format!("numbers of {whose} face"),
        })
    }

    /// The same numbers are the same person's.
    fn likeness(&self, seen: &[Option<String>]) -> Option<Likeness> {
        let cosine = |one: usize, other: usize| {
            let (face, another) = (seen[one].as_ref()?, seen[other].as_ref()?);
            let alike = if face == another { 0.83 } else { 0.12 };
            Some(if one == other { 1.0 } else { alike })
        };
        let row =
            |one: usize| -> Vec<Option<f64>> { (0..seen.len()).map(|other| cosine(one, other)).collect() };
        Some(Likeness {
            threshold: 0.5,
            sure: 0.74,
            similarity: (0..seen.len()).map(row).collect(),
        })
    }

    /// Draws nothing, and says how large that is: pictures of the played worker are squares. What begins with `large` takes a while.
    fn thumbnails(&self, file: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, String> {
        let Self(copied) = self;
        let now = copied.now.fetch_add(1, Ordering::SeqCst) + 1;
        copied.most.fetch_max(now, Ordering::SeqCst);
        copied.files.fetch_add(1, Ordering::SeqCst);
        if file.starts_with(b"large") {
            std::thread::sleep(Duration::from_millis(50));
        }
        let whole = if file == b"12345" { 1500 } else { 1000 };
        let copy = |side: u32| {
            let (width, height) = fitted(whole, 1500, side);
            (side, format!("{width} x {height}").into_bytes())
        };
        copied.now.fetch_sub(1, Ordering::SeqCst);
        Ok(SIDES.map(copy).to_vec())
    }
}
