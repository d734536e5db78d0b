//! The encoders' libraries alone, on pixels that are resized already: the floor under what finishing can take.

use anyhow::{Context as _, anyhow};
use domain::{format::Format, size::Size};
use imaging::{
    codec::{self, Limits},
    finish::{Fit, Spec, finish},
};
use jpeg_encoder::{ColorType, SamplingFactor};
use webp::WebPConfig;

use super::CANVAS;

/// Opaque pixels of the canvas, 8 bits or 16 (the higher byte first).
pub(super) struct Pixels(Vec<u8>);

/// What a mode's encoder gets. None for several files.
pub(super) fn pixels(mode: &str, source: &[u8]) -> anyhow::Result<Option<Pixels>> {
    let format = match mode {
        "main" | "jpeg" | "seed" => Format::Png,
        "png16" => Format::Png16,
        _ => return Ok(None),
    };
    let spec = Spec {
        size: Size::new(CANVAS.0, CANVAS.1),
        fit: Fit::Cover,
        format,
        read_back: false,
        ..Spec::default()
    };
    let photo = codec::decode(source, &Limits::default())?;
    let made = codec::decode(&finish(&photo.pixels, &spec)?.bytes, &Limits::default())?;
    let rgb = made
        .pixels
        .pixels()
        .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]);
    Ok(Some(Pixels(match format {
        Format::Png16 => rgb.flat_map(u16::to_be_bytes).collect(),
        _ => rgb.map(|value| (value >> 8) as u8).collect(),
    })))
}

/// Encodes with the settings of `imaging::finish`, without a word about the picture. The size of the file.
pub(super) fn encode(mode: &str, Pixels(pixels): &Pixels) -> anyhow::Result<usize> {
    let (width, height) = CANVAS;
    match mode {
        "main" | "seed" => {
            let mut config = WebPConfig::new().map_err(|()| anyhow!("no configuration"))?;
            config.lossless = i32::from(mode == "seed");
            (config.quality, config.method) = if mode == "seed" { (25.0, 2) } else { (100.0, 4) };
            config.exact = 1;
            let made = webp::Encoder::from_rgb(pixels, width, height).encode_advanced(&config);
            Ok(made.map_err(|error| anyhow!("{error:?}"))?.len())
        }
        "jpeg" => {
            let mut made = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut made, 92);
            encoder.set_progressive(true);
            encoder.set_progressive_scans(2);
            encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
            encoder.encode(pixels, width as u16, height as u16, ColorType::Rgb)?;
            Ok(made.len())
        }
        "png16" => {
            let mut made = Vec::new();
            let mut encoder = png::Encoder::new(&mut made, width, height);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Sixteen);
            encoder.set_compression(png::Compression::Fast);
            encoder.set_filter(png::Filter::Paeth);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(pixels)?;
            writer.finish()?;
            Ok(made.len())
        }
        _ => None.context("several files have no encoder of their own"),
    }
}
