//! Step: Lanczos with three lobes, in linear light.

use fast_image_resize::{
    FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
};

use super::{FinishError, Work, linear::Linear};

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    let Some(linear) = work.linear.take() else {
        return Ok(());
    };
    let [left, top, width, height] = work.geometry.source;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, width, height)
        .use_alpha(false);
    let (from, to) = (work.picture.dimensions(), work.geometry.placed);
    work.linear = Some(match linear {
        Linear::Opaque(pixels) => Linear::Opaque(resized(&pixels, from, to, &options)?),
        Linear::Premultiplied(pixels) => Linear::Premultiplied(resized(&pixels, from, to, &options)?),
    });
    Ok(())
}

fn resized<P: PixelTrait>(
    pixels: &[P],
    from: (u32, u32),
    to: (u32, u32),
    options: &ResizeOptions,
) -> Result<Vec<P>, FinishError> {
    let failed = |error: &dyn std::fmt::Display| FinishError::BadSpec(format!("resizing failed: {error}"));
    let source = TypedImageRef::new(from.0, from.1, pixels).map_err(|error| failed(&error))?;
    let mut made = vec![P::default(); to.0 as usize * to.1 as usize];
    let mut target = TypedImage::from_pixels_slice(to.0, to.1, &mut made).map_err(|error| failed(&error))?;
    Resizer::new()
        .resize_typed(&source, &mut target, options)
        .map_err(|error| failed(&error))?;
    Ok(made)
}
