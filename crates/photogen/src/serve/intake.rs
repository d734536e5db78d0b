//! Looks at the files that people send.

use std::path::Path;

use imaging::codec::{Limits, decode, read};
use web::intake::{Intake, PhotoFacts};

use crate::contact_sheet::small_copy;

/// The codec of the command line.
pub(crate) struct Codec;

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

    fn thumbnail(&self, file: &[u8], side: u32) -> Result<Vec<u8>, String> {
        let photo = decode(file, &Limits::default()).map_err(|error| error.to_string())?;
        small_copy(&photo.pixels, side).map_err(|error| error.to_string())
    }
}
