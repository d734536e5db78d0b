//! What is written on prints, read where the lock doubts them: in the photo, and in the same place of the picture.

use super::Draped;
use crate::{
    locks::{
        colour::Linear,
        plane::sample_all,
        product::{measure::Region, reference::Reference},
    },
    vision::text::{Page, Reading, TextReader},
};

/// So far around a print its letters may reach, in frame pixels.
const BESIDE: f32 = 6.0;
/// Pixels looked at for a pixel of the frame, and the longer side that they come to at most.
const SHARP: f32 = 3.0;
const SIDE_MAX: f32 = 640.0;
/// A line counts that is read as surely as this, and has so many letters and figures. These and the next are by design:
/// no measured picture chose them.
const SURE: f32 = 0.85;
const LETTERS_MIN: usize = 3;
/// From this share of letters on it says something else: below, a fold took one for another.
const OTHER: f32 = 0.4;

/// A line on a print of the photo.
#[derive(Clone, Debug)]
pub(in crate::locks::product) struct Line {
    text: String,
    /// In frame pixels.
    region: Region,
}

/// A line that says something else in the picture.
pub(in crate::locks::product) struct Misread {
    pub(in crate::locks::product) product: String,
    pub(in crate::locks::product) picture: String,
    /// In frame pixels.
    pub(in crate::locks::product) region: Region,
}

/// What is surely written on the prints of the photo.
pub(in crate::locks::product) fn lines(reference: &Reference, reader: &TextReader) -> Vec<Line> {
    let master = reference.master();
    let image = &reference.image;
    let across = image.width() as f32 / master.width() as f32;
    let down = image.height() as f32 / master.height() as f32;
    let seen = |region: Region| page(region, image, |x, y| (x * across, y * down));
    let found = master.prints.iter().flat_map(|print| {
        let left = (print.left as f32 - BESIDE).max(0.0);
        let top = (print.top as f32 - BESIDE).max(0.0);
        let width = (print.right as f32 + BESIDE).min(master.width() as f32) - left;
        let height = (print.low as f32 + BESIDE).min(master.height() as f32) - top;
        let scale = scale([left, top, width, height]);
        let lines = reader.find(&seen([left, top, width, height]));
        lines
            .into_iter()
            .map(move |[x, y, w, h]| [left + x / scale, top + y / scale, w / scale, h / scale])
    });
    let sure = found.filter_map(|region| {
        let reading = reader.read(&seen(region)).filter(is_sure)?;
        Some(Line {
            text: reading.text,
            region,
        })
    });
    sure.collect()
}

impl Draped {
    /// The first line of the photo in whose place something else is surely written.
    pub(in crate::locks::product) fn misread(
        &self,
        lines: &[Line],
        candidate: &Linear,
        reader: &TextReader,
    ) -> Option<Misread> {
        let mut open = lines.iter().filter(|line| self.is_open(line.region));
        open.find_map(|line| {
            let page = page(line.region, candidate, |x, y| self.at(x, y));
            let reading = reader.read(&page).filter(is_sure)?;
            says_other(&line.text, &reading.text).then(|| Misread {
                product: line.text.clone(),
                picture: reading.text,
                region: line.region,
            })
        })
    }

    /// Nothing covers it, and all of it is in the picture.
    fn is_open(&self, [left, top, width, height]: Region) -> bool {
        let (across, down) = (self.laid.hidden.width, self.laid.hidden.height);
        let columns = left as usize..((left + width) as usize).min(across);
        let mut rows = top as usize..((top + height) as usize).min(down);
        rows.all(|y| {
            let mut row = columns.clone().map(|x| y * across + x);
            row.all(|at| self.laid.hidden.data[at] < 0.5 && self.laid.inside.data[at] > 0.5)
        })
    }
}

/// Pixels of a page for a pixel of the frame.
fn scale([_, _, width, height]: Region) -> f32 {
    SHARP.min(SIDE_MAX / width.max(height).max(1.0))
}

/// A region of the frame as an image shows it; `at` leads from the frame to the image.
fn page(region: Region, image: &Linear, at: impl Fn(f32, f32) -> (f32, f32)) -> Page {
    let [left, top, width, height] = region;
    let scale = scale(region);
    let side = |length: f32| ((length * scale).round() as usize).max(1);
    let [red, green, blue] = &image.rgb;
    Page::from_fn(side(width), side(height), |column, row| {
        let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
        let (u, v) = at(left + x / scale, top + y / scale);
        sample_all([red, green, blue], u, v)
    })
}

fn is_sure(reading: &Reading) -> bool {
    reading.confidence >= SURE && letters(&reading.text).len() >= LETTERS_MIN
}

/// Letters and figures, whatever their case: a fold makes a comma, and small letters look like capitals.
fn letters(text: &str) -> Vec<char> {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether two lines differ by more than what a fold does. A line that is half as long is one that a fold hides.
fn says_other(product: &str, picture: &str) -> bool {
    let (product, picture) = (letters(product), letters(picture));
    let longer = product.len().max(picture.len()).max(1);
    let is_whole = 2 * picture.len() > product.len();
    is_whole && edits(&product, &picture) as f32 >= OTHER * longer as f32
}

/// Letters to add, drop or change until the one is the other (Levenshtein).
fn edits(one: &[char], two: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (done, own) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = done + 1;
        for (at, other) in two.iter().enumerate() {
            let changed = before + usize::from(own != other);
            before = row[at + 1];
            row[at + 1] = changed.min(before + 1).min(row[at] + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let count = |one: &str, two: &str| edits(&letters(one), &letters(two));
        assert_eq!(count("kitten", "sitting"), 3);
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("SUMMER", "summer!"), 0);
    }

    #[test]
    fn other_letters_count_and_folds_do_not() {
        assert!(says_other("SUMMER", "SNWWEB"));
        assert!(!says_other("SUMMER", "SUMNER"));
        assert!(!says_other("SUMMER TOUR", "TOUR"), "a fold hides the rest");
        assert!(!says_other("New York", "NEW YORK"));
    }
}
