//! Masks: where the product stands in the first photo, so that a model leaves it as it is.

use std::io::Cursor;

use domain::shot::Shot;
use image::{GrayImage, ImageFormat, Luma, RgbaImage, imageops::FilterType};
use imaging::vision::Quality;

use super::{Fault, Reference, canvas::Canvas, references::ordered};
use crate::{EngineError, Kit};

/// White where the first picture may change, black on the product, in the size of the picture that is sent.
pub(super) fn around_product(
    shot: &Shot,
    kit: &Kit,
    first: &Reference,
    canvas: Option<&Canvas>,
) -> Result<Reference, EngineError> {
    let unclear = || {
        EngineError::Broken(
            "the product does not stand out from its photo, and this model has to be told where it is; \
             take a model without a mask, or a photo on a plain ground"
                .to_owned(),
        )
    };
    let photo = *ordered(shot).first().ok_or_else(unclear)?;
    let bytes = (kit.photos)(photo)?;
    let cutout = kit.cut_outs.cut_out(&photo.sha256, &bytes)?;
    let cutout = cutout
        .filter(|cutout| cutout.gate.quality != Quality::Reject)
        .ok_or_else(unclear)?;
    let (width, height) = cutout.pixels.dimensions();
    let free = GrayImage::from_fn(width, height, |x, y| {
        Luma([255 - (cutout.pixels.get_pixel(x, y).0[3] / 257) as u8])
    });
    let free = match canvas {
        Some(canvas) => canvas.lay(&free, Luma([255])),
        None => free,
    };
    let size = first.size;
    let free = image::imageops::resize(&free, size.width, size.height, FilterType::Triangle);
    let mut bytes = Cursor::new(Vec::new());
    free.write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| EngineError::Broken(format!("a mask cannot be sent: {error}")))?;
    Ok(Reference {
        bytes: bytes.into_inner(),
        media_type: "image/png",
        size,
        file_name: "mask.png".to_owned(),
    })
}

/// The same mask for vendors that change what is transparent: alpha 0 where it is white.
pub(super) fn transparent(mask: &Reference) -> Result<Reference, Fault> {
    let unreadable = |error: image::ImageError| Fault::broken(format!("the mask cannot be read: {error}"));
    let free = image::load_from_memory(&mask.bytes)
        .map_err(unreadable)?
        .into_luma8();
    let clear = RgbaImage::from_fn(free.width(), free.height(), |x, y| {
        image::Rgba([0, 0, 0, 255 - free.get_pixel(x, y).0[0]])
    });
    let mut bytes = Cursor::new(Vec::new());
    clear.write_to(&mut bytes, ImageFormat::Png).map_err(unreadable)?;
    Ok(Reference {
        bytes: bytes.into_inner(),
        ..mask.clone()
    })
}
