//! `photogen finish`: the finishing pipeline alone, for any picture.

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;
use domain::{background::Background, format::Format, size::Size};
use imaging::{
    codec::Photo,
    finish::{self, Finished, Fit, Spec},
    provenance::{Parent, Statement, read_back, source_type},
};

use crate::{files, signing};

/// Makes a delivered file of any picture: exact size, ground, format, resolution and provenance.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The picture: JPEG, PNG, WebP or TIFF, with any colour profile.
    input: PathBuf,
    /// The file to write; its ending tells the format unless --format does.
    output: PathBuf,
    /// Canvas in pixels: 1500 or 1200x1800. The picture's own size without it.
    #[arg(long)]
    size: Option<Size>,
    /// webp, webp-lossless, png, png16, jpeg, tiff or avif.
    #[arg(long)]
    format: Option<Format>,
    /// The ground under transparency and around the picture: white, light-gray or #rrggbb.
    #[arg(long, value_name = "COLOUR")]
    background: Option<Background>,
    /// How a picture of another shape meets the canvas: contain adds margins, cover cuts, inside shrinks
    /// the canvas.
    #[arg(long, default_value_t = Fit::Contain)]
    fit: Fit,
    /// Spread what 8 bits cannot say over neighbours instead of rounding it: slow changes of tone show no steps, and files grow.
    #[arg(long)]
    dither: bool,
    /// Sharpen an enlargement by so many percent of its detail; it makes no halos.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=200))]
    sharpen: Option<u8>,
    /// Pixels per inch to write.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=30_000))]
    dpi: u32,
    /// The IPTC digital source type to write, for example trainedAlgorithmicMedia; what the picture says
    /// of itself without it.
    #[arg(long, value_name = "TERM", value_parser = parse_term)]
    source_type: Option<&'static str>,
    /// Print what was written as one line of JSON.
    #[arg(long)]
    json: bool,
}

fn parse_term(text: &str) -> Result<&'static str, String> {
    source_type::term(text).ok_or_else(|| {
        let words: Vec<_> = source_type::ALL
            .iter()
            .filter_map(|uri| uri.strip_prefix(source_type::VOCABULARY))
            .collect();
        format!(
            "not a term of the IPTC vocabulary: use one of {}",
            words.join(", ")
        )
    })
}

/// Reads, finishes, writes and says what was written.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    files::check_output(&args.output, &[&args.input])?;
    let format = format_of(args)?;
    let (photo, bytes) = files::open_with_bytes(&args.input)?;
    let before = read_back(&bytes).digital_source_type;
    let spec = Spec {
        size: args.size,
        fit: args.fit,
        background: args.background,
        format,
        dpi: args.dpi,
        dither: args.dither,
        sharpen: args.sharpen,
        digital_source_type: args
            .source_type
            .unwrap_or_else(|| source_type::after_finishing(before.as_deref())),
        ..Spec::default()
    };
    let mut made = finish::finish(&photo.pixels, &spec)?;
    if let Some(signer) = signing::signer()? {
        made.bytes = signer.sign(&made.bytes, &statement(&spec, &bytes))?;
    }
    files::write(&args.output, &made.bytes)?;
    if args.json {
        print_json(args, &spec, &photo, &made);
    } else {
        print_lines(args, &spec, &photo, &made);
    }
    Ok(ExitCode::SUCCESS)
}

/// The picture that came in is the parent, with what it says of itself.
fn statement<'a>(spec: &Spec, input: &'a [u8]) -> Statement<'a> {
    Statement {
        format: spec.format,
        digital_source_type: spec.digital_source_type,
        maker: "PhotoGen",
        actions: &["c2pa.edited"],
        parent: Some(Parent {
            title: "the picture that was finished",
            bytes: input,
        }),
    }
}

fn format_of(args: &Args) -> anyhow::Result<Format> {
    let ending = args
        .output
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let told = Format::from_extension(ending);
    match (args.format, told) {
        (Some(asked), Some(told)) if asked.extension() != told.extension() => bail!(
            "{} has the ending of another format than {asked}; name it .{}",
            args.output.display(),
            asked.extension()
        ),
        (Some(asked), _) => Ok(asked),
        (None, Some(told)) => Ok(told),
        (None, None) => bail!(
            "cannot tell a format from {}; end it in .webp, .png, .jpg, .tif or .avif, or give --format",
            args.output.display()
        ),
    }
}

fn print_json(args: &Args, spec: &Spec, photo: &Photo, made: &Finished) {
    let line = serde_json::json!({
        "input": args.input,
        "output": args.output,
        "format": spec.format,
        "width": made.width,
        "height": made.height,
        "bytes": made.bytes.len(),
        "dpi": spec.dpi,
        "digital_source_type": spec.digital_source_type,
        "background": spec.background,
        "background_deviation": made.background_deviation,
        "converted_from": photo.info.converted_from,
        "notes": photo.info.notes.iter().chain(&made.notes).collect::<Vec<_>>(),
        "steps": made.steps,
    });
    println!("{line}");
}

fn print_lines(args: &Args, spec: &Spec, photo: &Photo, made: &Finished) {
    println!(
        "{}: {}x{} {}, {:.1} kB, {} DPI",
        args.output.display(),
        made.width,
        made.height,
        spec.format,
        made.bytes.len() as f64 / 1000.0,
        spec.dpi
    );
    if let Some(profile) = &photo.info.converted_from {
        println!("  colours converted from {profile}");
    }
    for note in photo.info.notes.iter().chain(&made.notes) {
        println!("  {note}");
    }
    if let Some(shift @ 1..) = made.background_deviation {
        println!(
            "  the background is up to {shift} of 255 off in this lossy file; a lossless format keeps it exact"
        );
    }
}
