//! Looks at the files that people send.

use std::{path::Path, sync::OnceLock};

use domain::{likeness::Likeness, thumbnail::SIDES};
use image::RgbImage;
use imaging::{
    codec::{Limits, decode, read},
    locks::identity::{self, References},
    vision::face::{FaceEmbedder, Sighting},
};
use web::intake::{FaceFacts, FaceLook, Intake, PhotoFacts};
use webp::Encoder;

use super::people;
use crate::{contact_sheet::reduced, faces};

/// WebP quality of small copies: they are looked at by the hundred, and judged by none.
const SMALL_QUALITY: f32 = 80.0;

/// The codec of the command line, and its eyes for faces once they are needed.
#[derive(Default)]
pub(crate) struct Codec {
    faces: OnceLock<Result<Box<dyn FaceEmbedder>, String>>,
}

impl Codec {
    /// Whoever looks at faces; nothing is pulled for it.
    fn eyes(&self) -> Result<&dyn FaceEmbedder, String> {
        faces::revision()?;
        let opened = self.faces.get_or_init(|| match faces::open() {
            Ok(opened) => opened,
            Err(error) => Err(format!("{error:#}")),
        });
        opened.as_deref().map_err(Clone::clone)
    }

    fn seen(&self, path: &Path) -> Result<Sighting, String> {
        let limits = Limits::default();
        let eyes = self.eyes()?;
        let bytes = read(path, &limits).map_err(|error| error.to_string())?;
        let photo = decode(&bytes, &limits).map_err(|error| error.to_string())?;
        eyes.look(&photo.pixels).map_err(|error| error.to_string())
    }
}

impl Intake for Codec {
    fn look(&self, path: &Path) -> Result<PhotoFacts, String> {
        let limits = Limits::default();
        // The path is ours and says nothing to the person who sent the file.
        let bytes = read(path, &limits).map_err(|_| "the file cannot be read; send it again".to_owned())?;
        let photo = decode(&bytes, &limits).map_err(|error| error.to_string())?;
        let media_type = match photo.info.format {
            "png" => "image/png",
            "webp" => "image/webp",
            "tiff" => "image/tiff",
            _ => "image/jpeg",
        };
        let (width, height) = photo.pixels.dimensions();
        Ok(PhotoFacts {
            media_type,
            width,
            height,
        })
    }

    fn face(&self, path: &Path) -> FaceLook {
        let seen = match self.seen(path) {
            Ok(seen) => seen,
            Err(why) => return FaceLook::Unknown(why),
        };
        // The words of the lock itself, so that what it would not compare with is not taken.
        if let Err(why) = References::new(vec![("this photo".to_owned(), seen.clone())]) {
            return FaceLook::Unusable(why.to_string());
        }
        let (Some(face), Ok(revision)) = (&seen.face, faces::revision()) else {
            return FaceLook::Unknown("the face models have changed meanwhile".to_owned());
        };
        FaceLook::Usable(FaceFacts {
            side: face.frame.short_side() as u32,
            yaw: face.shape.as_ref().map(|shape| shape.yaw().name()),
            faces: 1 + seen.others.len() as u32,
            seen: people::written(&revision, &seen),
        })
    }

    fn likeness(&self, seen: &[Option<String>]) -> Option<Likeness> {
        let (revision, limits) = (faces::revision().ok()?, faces::limits_here().ok()?);
        let photos: Vec<Option<Sighting>> = seen
            .iter()
            .map(|text| people::read(&revision, text.as_deref()?))
            .collect();
        Some(identity::likeness(&photos, limits))
    }

    fn thumbnails(&self, file: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, String> {
        let photo = decode(file, &Limits::default()).map_err(|error| error.to_string())?;
        let copy = |&side: &u32| webp(&reduced(&photo.pixels, side)).map(|webp| (side, webp));
        SIDES.iter().map(copy).collect()
    }
}

fn webp(small: &RgbImage) -> Result<Vec<u8>, String> {
    let encoder = Encoder::from_rgb(small, small.width(), small.height());
    let encoded = encoder.encode_simple(false, SMALL_QUALITY);
    encoded
        .map(|file| file.to_vec())
        .map_err(|error| format!("{error:?}"))
}
