//! Pre-flight: what was understood of the photos, and every problem, before a picture is made.
//!
//! Nothing here stops a shoot: a file or row that cannot be used is one [`Problem`], and the rest goes on. The
//! result depends only on the files, not on the order of arguments or threads.

pub(crate) mod pool;
mod probe;
mod table;
mod walk;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    env, fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use domain::{
    intake::{
        group::{self, Grouped, Understood, Words},
        product_table::{self, ProductTable},
        sku_key,
    },
    product::{PhotoRef, Product, Side, View},
    size::Size,
};
use engines::Budget;
use imaging::codec::Limits;
use serde::Serialize;

pub(crate) use domain::intake::problem::{Problem, ProblemKind, Severity, shown};
use probe::{Probed, Trouble};

/// How `products.csv` is read, for `--help` and the documentation.
pub(crate) const PRODUCTS_CSV_HELP: &str = "\
A products.csv beside the photos (or named as an argument) overrules file names. Columns, in any order and case:
sku, name, category, colour (or color), view, file (or photo); also front, back, side, left, right and detail, each
holding a file name (several details: a.jpg | b.jpg). Other columns are not used.
1. A row that names a file decides the SKU and view of that file. The name may be a path from the table's folder,
   a file name, or a file name without its extension; case does not matter.
2. A row without a file speaks of every photo whose SKU (from the file name) it spells, in any case. Its `view` is
   taken when exactly one of them says none itself.
3. Name, category, colour and the SKU's spelling come from the first row that says them.
Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; cells starting with = + - @ are plain text.";

/// Bytes a pixel costs while a photo is decoded: 8 as a `Picture`, and as much again in the decoder.
const BYTES_PER_PIXEL: u64 = 16;

/// Enlargement nobody notices. Source: the packshot recipe.
const ENLARGEMENT_SILENT: f64 = 1.5;

/// Enlargement that is still honest, with a note. Source: the packshot recipe.
const ENLARGEMENT_MAX: f64 = 2.0;

/// What to look for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The canvas that will be asked for; decides which photos are too small.
    pub(crate) size: Size,
    /// A picture may be smaller where its photo holds too little.
    pub(crate) size_at_most: bool,
    /// The output folder: never read as photos.
    pub(crate) out: Option<PathBuf>,
    /// What a photo may cost to open.
    pub(crate) limits: Limits,
    /// Photos opened at once.
    pub(crate) threads: usize,
    /// Bytes that opened photos may take together.
    pub(crate) memory: u64,
}

impl Options {
    /// All cores, the usual limits.
    pub(crate) fn new(size: Size, out: Option<PathBuf>, memory: u64) -> Self {
        Self {
            size,
            size_at_most: false,
            out,
            limits: Limits::default(),
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            memory,
        }
    }
}

/// One photo file and what was understood of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PhotoReport {
    /// The file, escaped for people.
    pub(crate) path: String,
    /// The product it belongs to.
    pub(crate) sku: String,
    pub(crate) view: View,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) side: Option<Side>,
    pub(crate) number: u32,
    /// What opening it showed; null when it is not used.
    pub(crate) picture: Option<PictureReport>,
}

/// A photo that can be used.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PictureReport {
    /// `jpeg`, `png`, `webp` or `tiff`, by content.
    pub(crate) format: &'static str,
    /// Upright, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bits a channel.
    pub(crate) bits: u8,
    pub(crate) has_alpha: bool,
    /// The profile its colours were converted from.
    pub(crate) converted_from: Option<String>,
    pub(crate) bytes: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

/// Everything understood before the first picture.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Preflight {
    /// Products in SKU order; one whose photos all failed stays, without photos.
    pub(crate) products: Vec<Product>,
    /// Every photo file, in path order.
    pub(crate) photos: Vec<PhotoReport>,
    /// Worst first, then by kind and path.
    pub(crate) problems: Vec<Problem>,
    /// Files beside the photos that are none.
    pub(crate) ignored: usize,
}

impl Preflight {
    /// Photos that can be used.
    pub(crate) fn usable(&self) -> usize {
        self.photos.iter().filter(|photo| photo.picture.is_some()).count()
    }
}

/// Follows the arguments, opens every photo and says what was understood. `progress` gets (done, total).
pub(crate) fn run(
    arguments: &[PathBuf],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Preflight {
    let walked = walk::walk(arguments, options.out.as_deref());
    let mut problems = walked.problems;
    let tables: Vec<_> = walked
        .tables
        .into_iter()
        .map(|table| {
            let mut content = read_table(&table.path);
            problems.append(&mut content.problems);
            (table, content)
        })
        .collect();
    let here = env::current_dir().unwrap_or_default();
    let mut grouped = group::group(&walked.photos, &tables, &here);
    problems.append(&mut grouped.problems);
    let probed = probe_all(&walked.photos, options, progress);

    let mut photos = Vec::new();
    for ((path, understood), result) in walked.photos.iter().zip(&grouped.photos).zip(probed) {
        let probed = note_troubles(path, result, options, &mut problems);
        photos.push(Seen {
            path,
            understood,
            probed: probed.filter(|_| !understood.is_nameless),
        });
    }
    problems.extend(same_pictures(&photos));
    let products = products(&photos, &grouped, &mut problems);
    problems
        .sort_by(|a, b| (a.severity, a.kind, &a.path, a.line).cmp(&(b.severity, b.kind, &b.path, b.line)));
    let photos = photos
        .into_iter()
        .map(|seen| report(&seen, &grouped.words))
        .collect();
    Preflight {
        products,
        photos,
        problems,
        ignored: walked.ignored,
    }
}

/// The pre-flight as a plain table of lines of at most `width` character cells.
pub(crate) fn render_table(preflight: &Preflight, width: usize) -> String {
    table::render(preflight, width)
}

/// Reads a table; one that cannot be used is one problem and no rows.
fn read_table(path: &Path) -> ProductTable {
    match table_bytes(path) {
        Ok(bytes) => product_table::parse(path, bytes),
        Err(error) => product_table::unusable(path, &format!("the product table cannot be read: {error}")),
    }
}

fn table_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a file"));
    }
    if metadata.len() > product_table::BYTES_MAX {
        return Err(io::Error::other("larger than 32 MiB"));
    }
    fs::read(path)
}

/// A photo with all that is known of it.
struct Seen<'a> {
    path: &'a Path,
    understood: &'a Understood,
    probed: Option<Probed>,
}

fn probe_all(
    photos: &[PathBuf],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Result<Probed, Trouble>> {
    let budget = Budget::new(options.memory);
    let done = AtomicUsize::new(0);
    pool::map(photos, options.threads, |path| {
        let opened = probe::open(path, &options.limits);
        let result = opened.and_then(|opened| {
            let bytes = opened.pixels.saturating_mul(BYTES_PER_PIXEL);
            budget.with(bytes, || probe::probe(&opened, &options.limits))
        });
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, photos.len());
        result
    })
}

/// Turns what opening showed into problems; what is left can be used.
fn note_troubles(
    path: &Path,
    result: Result<Probed, Trouble>,
    options: &Options,
    problems: &mut Vec<Problem>,
) -> Option<Probed> {
    let probed = match result {
        Ok(probed) => probed,
        Err(trouble) => {
            problems.push(Problem::new(Severity::Error, trouble.kind, path, trouble.message));
            return None;
        }
    };
    problems.extend(enlargement(path, &probed, options));
    if let Some(profile) = probed
        .info
        .converted_from
        .as_ref()
        .filter(|profile| !profile.contains("sRGB"))
    {
        let message = format!("colours converted from {profile} to sRGB");
        problems.push(Problem::new(
            Severity::Note,
            ProblemKind::ColourConverted,
            path,
            message,
        ));
    }
    for note in &probed.info.notes {
        problems.push(Problem::new(Severity::Note, ProblemKind::PhotoNote, path, note));
    }
    Some(probed)
}

/// How much the photo would have to be enlarged for the asked canvas, when that shows.
fn enlargement(path: &Path, probed: &Probed, options: &Options) -> Option<Problem> {
    let size = options.size;
    let (width, height) = (f64::from(probed.width), f64::from(probed.height));
    let factor = (f64::from(size.width) / width).min(f64::from(size.height) / height);
    if factor <= ENLARGEMENT_SILENT {
        return None;
    }
    let canvas = |factor_wanted: f64| {
        let side = |side: u32| (f64::from(side) * factor_wanted / factor).floor() as u32;
        format!("{}x{}", side(size.width), side(size.height))
    };
    let needed = (width.max(height) * factor / ENLARGEMENT_SILENT).ceil();
    let own = format!("{} x {} pixels", probed.width, probed.height);
    let sharper = format!("a photo of {needed} pixels on its long side is sharp at {size}");
    Some(if factor > ENLARGEMENT_MAX && options.size_at_most {
        let message = format!(
            "{own} hold too little for {size}: its picture is {} or smaller, and enlarged for channels that want more; {sharper}",
            canvas(ENLARGEMENT_MAX)
        );
        Problem::new(Severity::Note, ProblemKind::Enlarged, path, message)
    } else if factor > ENLARGEMENT_MAX {
        let message = format!(
            "{own} is too small for {size}: good up to {}; {sharper}",
            canvas(ENLARGEMENT_MAX)
        );
        Problem::new(Severity::Warning, ProblemKind::TooSmall, path, message)
    } else {
        let message = format!("{own} is enlarged {factor:.1} times for {size}: a little soft; {sharper}");
        Problem::new(Severity::Note, ProblemKind::Enlarged, path, message)
    })
}

/// Two names for the same bytes: a copy, or one of the names is wrong.
fn same_pictures(photos: &[Seen<'_>]) -> Vec<Problem> {
    let mut first: HashMap<&str, &Seen<'_>> = HashMap::new();
    let mut problems = Vec::new();
    for seen in photos {
        let Some(probed) = &seen.probed else { continue };
        let Some(other) = first.get(probed.sha256.as_str()) else {
            first.insert(&probed.sha256, seen);
            continue;
        };
        let what = if sku_key(&seen.understood.sku) != sku_key(&other.understood.sku) {
            "two SKUs share one photo"
        } else if seen.understood.view == other.understood.view {
            "one of them is a copy"
        } else {
            "one of the names says the wrong view"
        };
        let message = format!("the same picture as {}: {what}", beside(seen.path, other.path));
        problems.push(Problem::new(
            Severity::Warning,
            ProblemKind::SamePicture,
            seen.path,
            message,
        ));
    }
    problems
}

/// Photos by SKU, in view and number order, with the words of their rows.
fn products(photos: &[Seen<'_>], grouped: &Grouped, problems: &mut Vec<Problem>) -> Vec<Product> {
    let mut by_sku: BTreeMap<String, Vec<&Seen<'_>>> = BTreeMap::new();
    for seen in photos.iter().filter(|seen| !seen.understood.is_nameless) {
        by_sku
            .entry(sku_key(&seen.understood.sku))
            .or_default()
            .push(seen);
    }
    by_sku
        .into_iter()
        .map(|(key, members)| {
            let words = grouped.words.get(&key).cloned().unwrap_or_default();
            let sku = words
                .sku
                .clone()
                .unwrap_or_else(|| members[0].understood.sku.clone());
            let photos = photo_refs(&sku, members, problems);
            Product {
                category: words.category(),
                sku,
                name: words.name,
                colour: words.colour,
                photos,
            }
        })
        .collect()
}

/// The usable photos of one product, numbered within each view.
fn photo_refs(sku: &str, mut members: Vec<&Seen<'_>>, problems: &mut Vec<Problem>) -> Vec<PhotoRef> {
    members.retain(|seen| seen.probed.is_some());
    members.sort_by_key(|seen| {
        let understood = seen.understood;
        (understood.view, understood.side, understood.number, seen.path)
    });
    if let Some(any) = members.first().filter(|seen| seen.understood.view != View::Front) {
        let message = format!(
            "{sku} has a {} photo and no front: its FRONT picture is left out",
            any.understood.view
        );
        problems.push(Problem::new(
            Severity::Warning,
            ProblemKind::NoFront,
            any.path,
            message,
        ));
    }
    let mut refs: Vec<PhotoRef> = Vec::new();
    let mut used: Option<&Seen<'_>> = None;
    for seen in members {
        let understood = seen.understood;
        let same_slot = |other: &&Seen<'_>| {
            (other.understood.view, other.understood.side) == (understood.view, understood.side)
        };
        match used.filter(same_slot) {
            Some(other) if understood.view != View::Detail => {
                problems.push(two_of_a_view(sku, seen, other));
            }
            Some(_) => {}
            None => used = Some(seen),
        }
        let number = 1 + refs.iter().filter(|photo| photo.view == understood.view).count() as u32;
        refs.extend(seen.probed.as_ref().map(|probed| PhotoRef {
            view: understood.view,
            side: understood.side,
            number,
            source: absolute(seen.path),
            sha256: probed.sha256.clone(),
        }));
    }
    refs
}

/// Where the photo is read from when the shoot is resumed elsewhere.
fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .as_deref()
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

fn two_of_a_view(sku: &str, seen: &Seen<'_>, used: &Seen<'_>) -> Problem {
    let what = match seen.understood.side {
        Some(side) => side.name(),
        None => seen.understood.view.name(),
    };
    let message = format!(
        "a second {what} photo of {sku}; {} is used",
        beside(seen.path, used.path)
    );
    Problem::new(Severity::Warning, ProblemKind::TwoOfAView, seen.path, message)
}

/// Another file as people beside this one call it.
fn beside(own: &Path, other: &Path) -> String {
    let name = other.file_name().filter(|_| own.parent() == other.parent());
    shown(name.map_or(other, Path::new))
}

fn report(seen: &Seen<'_>, words: &BTreeMap<String, Words>) -> PhotoReport {
    let understood = seen.understood;
    let spelt = words
        .get(&sku_key(&understood.sku))
        .and_then(|words| words.sku.clone());
    PhotoReport {
        path: shown(seen.path),
        sku: spelt.unwrap_or_else(|| understood.sku.clone()),
        view: understood.view,
        side: understood.side,
        number: understood.number,
        picture: seen.probed.as_ref().map(|probed| PictureReport {
            format: probed.info.format,
            width: probed.width,
            height: probed.height,
            bits: probed.info.bits,
            has_alpha: probed.info.has_alpha,
            converted_from: probed.info.converted_from.clone(),
            bytes: probed.bytes,
            sha256: probed.sha256.clone(),
        }),
    }
}
