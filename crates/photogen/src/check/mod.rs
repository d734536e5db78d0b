//! `photogen check`: one lock alone, on files.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use imaging::{
    locks::product::{self, Examination, Reference},
    vision::Cutter,
};
use serde_json::{Map, Value, json};

use crate::{files, models, text};

mod background;
mod identity;
mod no_op;
mod set;

/// What scripts need to know.
const FOR_SCRIPTS: &str = "\
Exit codes: 0 passed, doubtful (a person should look) or not applicable; 1 failed, or could not be checked
(unverifiable); 2 a file or an argument cannot be used. `outcome` in the JSON tells passed from doubtful.";

const PRODUCT_JSON: &str = "\
The JSON, one line: `outcome`, `reason`, `score` and the `threshold` it needs to pass, 0 to 1; `same_product`, how likely it
is this product, faults aside; `parts`, each 0 to 1, from 0.5 on right; `worst`, the `part` to blame and its `box` (left,
top, width, height in pixels of the candidate); `road`, `flat` where the garment lies as in the photo and else `draped`;
`ssim` of the garment laid over the photo, for information. Exit codes: photogen check --help.";

/// Runs one check on files and says what it found.
#[derive(clap::Args)]
#[command(after_help = FOR_SCRIPTS)]
pub(crate) struct Args {
    #[command(subcommand)]
    lock: Lock,
}

// One line per lock, as in `imaging::locks::ALL`.
#[derive(clap::Subcommand)]
enum Lock {
    Product(ProductArgs),
    Identity(identity::Args),
    Background(background::Args),
    #[command(name = "no_op")]
    NoOp(no_op::Args),
    Set(set::Args),
}

/// Is the garment in a picture the garment of a product photo?
#[derive(clap::Args)]
#[command(after_help = PRODUCT_JSON)]
struct ProductArgs {
    /// The product photo: one product on a plain ground.
    #[arg(long, value_name = "PHOTO")]
    reference: PathBuf,
    /// A photo of its back: whichever side the picture shows better is judged.
    #[arg(long, value_name = "PHOTO")]
    reference_back: Option<PathBuf>,
    /// The picture to judge.
    #[arg(long, value_name = "PICTURE")]
    candidate: PathBuf,
    /// The picture shows a part of the garment, edge to edge.
    #[arg(long)]
    close_up: bool,
    /// Write the candidate in gray with what differs in colour: yellow from dE 6, red from 12 (PNG).
    #[arg(long, value_name = "OUT.png")]
    heatmap: Option<PathBuf>,
    /// Print the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Exits 0 when the picture passed or only wants a look, 1 when it failed or could not be checked.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.lock {
        Lock::Product(args) => product(args),
        Lock::Identity(args) => identity::run(args),
        Lock::Background(args) => background::run(args),
        Lock::NoOp(args) => no_op::run(args),
        Lock::Set(args) => set::run(args),
    }
}

fn product(args: &ProductArgs) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.heatmap {
        files::check_png(path)?;
        files::check_output(path, &[&args.reference, &args.candidate])?;
    }
    let candidate = files::open(&args.candidate)?.pixels;
    let model = models::ensure("cutout")?;
    let cutter = Cutter::load(&model.path, model.input()?)?;
    let framing = if args.close_up {
        Framing::CloseUp
    } else {
        Framing::Full
    };
    let against = |side: &str, photo: &Path| -> anyhow::Result<Examination> {
        let cutout = cutter
            .cut(&files::open(photo)?.pixels)
            .with_context(|| photo.display().to_string())?;
        let reference = Reference::new(&cutout).read_by(text::reader());
        let mut examination = product::examine(&reference, &candidate, framing);
        examination.verdict.evidence["reference"] = json!(side);
        Ok(examination)
    };
    let mut examination = against("front", &args.reference)?;
    if let Some(photo) = &args.reference_back {
        let back = against("back", photo)?;
        if back.verdict.score > examination.verdict.score {
            examination = back;
        }
    }
    if let Some(path) = &args.heatmap {
        files::write_png(path, &examination.heatmap(&candidate))?;
    }
    Ok(tell(&examination.verdict, args.json))
}

/// Prints the verdict; the exit code says whether the picture failed or could not be checked.
fn tell(verdict: &Verdict, json: bool) -> ExitCode {
    if json {
        println!("{}", flat(verdict));
    } else {
        println!("{}", sentence(verdict));
    }
    let bad = matches!(verdict.outcome, Outcome::Failed | Outcome::Unverifiable);
    ExitCode::from(u8::from(bad))
}

/// The verdict with its evidence beside it, not inside it.
fn flat(verdict: &Verdict) -> Value {
    let mut object = Map::new();
    object.insert("lock".to_owned(), json!(verdict.lock));
    object.insert("score".to_owned(), json!(verdict.score));
    object.insert("threshold".to_owned(), json!(verdict.threshold));
    object.insert("outcome".to_owned(), json!(verdict.outcome));
    if let Value::Object(evidence) = &verdict.evidence {
        object.extend(evidence.clone());
    }
    Value::Object(object)
}

fn sentence(verdict: &Verdict) -> String {
    let outcome = verdict.outcome.name();
    let reason = verdict.evidence["reason"].as_str().unwrap_or("no reason given");
    match verdict.score {
        Some(score) => format!(
            "{outcome} ({score:.2}, at least {:.2}): {reason}",
            verdict.threshold
        ),
        None => format!("{outcome}: {reason}"),
    }
}
