//! What the page's script reads: the manifest as short rows, with texts and photos said once.

use std::collections::HashMap;

use domain::{
    generation::Status,
    intake::parse_file_name,
    manifest::{ChannelFile, DeliveredFile, Entry, Input, Manifest},
    pose::PoseName,
    product::Side,
};
use serde::Serialize;

use super::{previews::thumb_path, url};

/// Stands for the SKU in a reason, so that 5,000 missing back photos are one reason.
const SKU_MARK: &str = "\u{1}";

/// The page's data. Rows hold indices into the lists beside them.
#[derive(Debug, Serialize)]
pub(super) struct PageData<'a> {
    states: [&'static str; 6],
    poses: Vec<&'static str>,
    locks: Vec<&'a str>,
    texts: Vec<String>,
    photos: Vec<Photo<'a>>,
    products: Vec<(&'a str, Option<&'a str>)>,
    rows: Vec<Row>,
}

/// View, file name, address of the preview.
#[derive(Debug, Serialize)]
struct Photo<'a>(&'static str, &'a str, Option<String>);

/// One entry of the manifest.
#[derive(Debug, Serialize)]
struct Row {
    /// product, pose, take, state
    is: (usize, usize, u32, usize),
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<usize>,
    /// The photos it was made from, the one that shows what the picture shows first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locks: Vec<LockRow>,
}

/// lock, score, threshold, outcome, sentence
type LockRow = (usize, Option<f64>, f64, &'static str, Option<usize>);

/// address, address of the thumbnail, width, height, bytes, format
#[derive(Debug, Serialize)]
struct FileRow(String, String, u32, u32, u64, &'static str);

/// Collects the page's data from a manifest.
pub(super) fn page_data(manifest: &Manifest) -> PageData<'_> {
    let mut lists = Lists::default();
    let rows = manifest.pictures.iter().map(|entry| lists.row(entry)).collect();
    PageData {
        states: ["done", "look", "failed", "rejected", "skipped", "open"],
        poses: lists.poses.items,
        locks: lists.locks.items,
        texts: lists.texts.items,
        photos: lists.photos,
        products: lists.products.items,
        rows,
    }
}

fn state(entry: &Entry) -> usize {
    match entry.status {
        Status::Completed if entry.needs_review => 1,
        Status::Completed => 0,
        Status::Failed => 2,
        Status::Rejected => 3,
        Status::Skipped => 4,
        Status::Pending | Status::Processing | Status::Cancelled => 5,
    }
}

/// The photo is of the pose's own view, and turned its way as far as its name says: a back may have been made with
/// the front photo beside it, for the scale.
fn shows(input: &Input, pose: PoseName) -> bool {
    let turned = match pose.as_str() {
        "LEFT" => Some(Side::Left),
        "RIGHT" => Some(Side::Right),
        "FORTY_FIVE_DEGREE" => Some(Side::FortyFive),
        _ => None,
    };
    let stem = input
        .name
        .rsplit_once('.')
        .map_or(input.name.as_str(), |(stem, _)| stem);
    let side = parse_file_name(stem).side;
    input.view == pose.pose().view && (side.is_none() || side == turned)
}

/// A list without repeats.
struct Once<T> {
    items: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Once<T> {
    fn place(&mut self, item: T) -> usize {
        *self.places.entry(item).or_insert_with_key(|item| {
            self.items.push(item.clone());
            self.items.len() - 1
        })
    }
}

#[derive(Default)]
struct Lists<'a> {
    poses: Once<&'static str>,
    locks: Once<&'a str>,
    texts: Once<String>,
    products: Once<(&'a str, Option<&'a str>)>,
    photos: Vec<Photo<'a>>,
    photo_places: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Lists<'a> {
    fn row(&mut self, entry: &'a Entry) -> Row {
        let product = self.products.place((&entry.sku, entry.name.as_deref()));
        let pose = self.poses.place(entry.pose.as_str());
        Row {
            is: (product, pose, entry.take, state(entry)),
            why: entry
                .reason
                .as_ref()
                .map(|reason| self.texts.place(without_sku(reason, &entry.sku))),
            notes: entry
                .notes
                .iter()
                .cloned()
                .chain(entry.channels.iter().map(channel))
                .map(|note| self.texts.place(without_sku(&note, &entry.sku)))
                .collect(),
            from: self.inputs(entry),
            file: entry.file.as_ref().map(file_row).or_else(|| sent_back(entry)),
            locks: self.verdicts(entry),
        }
    }

    fn inputs(&mut self, entry: &'a Entry) -> Vec<usize> {
        let mut places = Vec::new();
        let mut inputs: Vec<&Input> = entry.inputs.iter().collect();
        inputs.sort_by_key(|input| !shows(input, entry.pose));
        for input in inputs {
            let place = *self
                .photo_places
                .entry((&input.sha256, &input.name))
                .or_insert_with(|| {
                    let preview = input.preview.as_deref().map(url::relative);
                    self.photos.push(Photo(input.view.name(), &input.name, preview));
                    self.photos.len() - 1
                });
            places.push(place);
        }
        places
    }

    fn verdicts(&mut self, entry: &'a Entry) -> Vec<LockRow> {
        let mut rows = Vec::new();
        for verdict in &entry.verdicts {
            let sentence = verdict.evidence.get("reason").and_then(|reason| reason.as_str());
            let sentence = sentence.map(|reason| self.texts.place(without_sku(reason, &entry.sku)));
            let lock = self.locks.place(&verdict.lock);
            rows.push((
                lock,
                verdict.score,
                verdict.threshold,
                verdict.outcome.name(),
                sentence,
            ));
        }
        rows
    }
}

/// What became of the picture for a channel.
fn channel(file: &ChannelFile) -> String {
    let profile = file.profile.as_str();
    match (&file.path, file.passes) {
        (Some(_), true) => format!("{profile}: passes"),
        (Some(_), false) => format!("{profile}: does not pass ({})", file.notes.join("; ")),
        (None, _) => format!("{profile}: no file ({})", file.notes.join("; ")),
    }
}

fn file_row(file: &DeliveredFile) -> FileRow {
    FileRow(
        url::relative(&file.path),
        url::relative(&thumb_path(file)),
        file.width,
        file.height,
        file.bytes,
        file.format.name(),
    )
}

/// The last picture that was sent back, shown as it is: no small copy of it is kept.
fn sent_back(entry: &Entry) -> Option<FileRow> {
    let mut candidates = entry
        .attempts
        .iter()
        .rev()
        .filter_map(|attempt| attempt.candidate.as_ref());
    let mut row = file_row(candidates.next()?);
    row.1.clone_from(&row.0);
    Some(row)
}

/// The text with a mark where it names the SKU as a word of its own.
fn without_sku(text: &str, sku: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(sku).filter(|_| !sku.is_empty()) {
        let (before, from) = rest.split_at(at);
        let after = &from[sku.len()..];
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside =
            joined(before.chars().next_back().or(out.chars().next_back())) || joined(after.chars().next());
        out.push_str(before);
        out.push_str(if inside { sku } else { SKU_MARK });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_its_sku_by_a_mark() {
        for (text, sku, marked) in [
            (
                "no back photo of A1; add A1_back.jpg",
                "A1",
                "no back photo of \u{1}; add \u{1}_back.jpg",
            ),
            ("11 of 1 in 10", "1", "11 of \u{1} in 10"),
            ("nothing", "A1", "nothing"),
            ("a", "", "a"),
        ] {
            assert_eq!(without_sku(text, sku), marked);
        }
    }
}
