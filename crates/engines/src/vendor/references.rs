//! The photos that go along: read, chosen by the pose, turned upright and made small enough for the engine.

use domain::{engine::References, product::PhotoRef, shot::Shot, size::Size};
use image::{DynamicImage, Rgb, imageops::FilterType};
use imaging::{
    Picture,
    codec::{Limits, decode},
};

use super::{Places, Reference, canvas::Canvas};
use crate::{EngineError, ReadPhoto};

/// JPEG quality of what is sent: high enough that the engine sees no blocks in a print.
const QUALITY: u8 = 95;
/// Most photos of the product that are sent; more than front, back, side and a detail tells an engine little.
const PRODUCTS_MAX: usize = 4;

/// Which photos of a shot are sent.
pub(super) struct Chosen<'a> {
    /// Of the product, the one of the pose's view first.
    pub(super) products: Vec<&'a PhotoRef>,
    /// Of the person.
    pub(super) people: Vec<&'a PhotoRef>,
}

/// The photos of a shot that an engine's limits and its model leave room for.
pub(super) fn chosen<'a>(shot: &'a Shot, limits: &References, worn: bool, places: Places) -> Chosen<'a> {
    let most = limits.max.max(1) as usize;
    let mut people: Vec<&PhotoRef> = if worn && limits.people {
        shot.person.iter().collect()
    } else {
        Vec::new()
    };
    // The product is never crowded out: a person gets what it leaves, and at least one place.
    people.truncate(
        most.saturating_sub(PRODUCTS_MAX)
            .max(1)
            .min(most.saturating_sub(1))
            .min(places.people),
    );
    let mut products = ordered(shot);
    products.truncate(PRODUCTS_MAX.min(most - people.len()).min(places.products));
    Chosen { products, people }
}

/// The chosen photos as they are sent: product, and person. The first is on its canvas where the model wants one.
pub(super) fn references(
    chosen: &Chosen<'_>,
    read: &ReadPhoto,
    limits: &References,
    canvas: Option<&Canvas>,
) -> Result<(Vec<Reference>, Vec<Reference>), EngineError> {
    let product = |(i, photo): (usize, &&PhotoRef)| {
        let name = format!("product-{}-{}.jpg", i + 1, photo.view);
        reference(photo, read, limits, name, canvas.filter(|_| i == 0))
    };
    let person = |(i, photo): (usize, &&PhotoRef)| {
        reference(photo, read, limits, format!("person-{}.jpg", i + 1), None)
    };
    let products = chosen.products.iter().enumerate().map(product);
    let products = products.collect::<Result<Vec<_>, _>>()?;
    let people = chosen.people.iter().enumerate().map(person);
    let people = people.collect::<Result<Vec<_>, _>>()?;
    if products.is_empty() {
        return Err(EngineError::Broken(
            "there is no photo of the product to work from".to_owned(),
        ));
    }
    Ok((products, people))
}

/// The product's photos, those of the pose's view first.
pub(super) fn ordered(shot: &Shot) -> Vec<&PhotoRef> {
    let view = shot.pose.pose().view;
    let mut photos: Vec<&PhotoRef> = shot.product.photos.iter().collect();
    photos.sort_by_key(|photo| photo.view != view);
    photos
}

fn reference(
    photo: &PhotoRef,
    read: &ReadPhoto,
    limits: &References,
    file_name: String,
    canvas: Option<&Canvas>,
) -> Result<Reference, EngineError> {
    let bytes = read(photo)?;
    let decoded =
        decode(&bytes, &Limits::default()).map_err(|error| EngineError::Broken(error.to_string()))?;
    let mut pixels = on_white(&decoded.pixels);
    if let Some(canvas) = canvas {
        pixels = DynamicImage::ImageRgb8(canvas.lay(&pixels.into_rgb8(), Rgb(canvas.ground)));
        if let Some(size) = canvas.exact() {
            pixels = pixels.resize_exact(size.width, size.height, FilterType::Lanczos3);
        }
    }
    let (width, height) = (pixels.width(), pixels.height());
    let shrink = (f64::from(limits.side_max) / f64::from(width.max(height))).min(1.0);
    let side = |side: u32| ((f64::from(side) * shrink).round() as u32).max(1);
    let mut pixels = if shrink < 1.0 {
        pixels.resize_exact(side(width), side(height), FilterType::Lanczos3)
    } else {
        pixels
    };
    loop {
        let jpeg = jpeg(&pixels)?;
        if jpeg.len() as u64 <= limits.bytes_max || pixels.width().min(pixels.height()) < Size::MIN {
            return Ok(Reference {
                size: Size {
                    width: pixels.width(),
                    height: pixels.height(),
                },
                bytes: jpeg,
                media_type: "image/jpeg",
                file_name,
            });
        }
        let (width, height) = (pixels.width() * 4 / 5, pixels.height() * 4 / 5);
        pixels = pixels.resize_exact(width, height, FilterType::Lanczos3);
    }
}

fn jpeg(pixels: &DynamicImage) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    pixels
        .to_rgb8()
        .write_with_encoder(encoder)
        .map_err(|error| EngineError::Broken(format!("a photo cannot be sent: {error}")))?;
    Ok(bytes)
}

/// Where a photo is transparent it stands on white.
fn on_white(picture: &Picture) -> DynamicImage {
    let flat = image::RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let pixel = picture.get_pixel(x, y).0.map(u32::from);
        let shown = |value: u32| {
            (u64::from(value) * u64::from(pixel[3]) + 65_535 * u64::from(65_535 - pixel[3])) / 65_535
        };
        Rgb([0, 1, 2].map(|channel| ((shown(pixel[channel]) + 128) / 257) as u8))
    });
    DynamicImage::ImageRgb8(flat)
}
