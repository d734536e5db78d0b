//! Reading what is written in a part of a picture: a network that finds lines, and one that reads a line.
//!
//! Both are of the PP-OCR kind (PaddlePaddle's), and see colours as their makers did: blue first. What cannot be read,
//! for whatever reason, was not read: nobody is told that nothing is written there.

mod characters;
mod islands;
mod page;

use std::{fmt, path::PathBuf, sync::OnceLock};

pub(crate) use self::page::{Page, Region};
use self::{characters::characters, islands::islands};
use super::network::Network;

/// The finder's input has sides of a multiple of this, at most [`SIDE_MAX`].
const SIDE_STEP: usize = 32;
const SIDE_MAX: usize = 640;
/// A line is where the finder is at least this sure of each pixel, and of all of them in the mean.
const PIXEL_MIN: f32 = 0.3;
const LINE_MIN: f32 = 0.6;
/// What is found is the middle of a line: it is grown by its area over its girth, times this.
const GROWN: f32 = 1.6;
/// Height of the reader's input, and its least and greatest width.
const HEIGHT: usize = 48;
const WIDTHS: [usize; 2] = [320, 960];

/// What stands in a line, and how sure the reader is of its letters, 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    pub(crate) confidence: f32,
}

/// Finds and reads lines. Its networks are loaded when it is first asked.
pub struct TextReader {
    finder: PathBuf,
    reader: PathBuf,
    networks: OnceLock<Option<Networks>>,
}

struct Networks {
    finder: Network,
    reader: Network,
    /// What the reader tells apart, after "nothing" and before the space.
    characters: Vec<String>,
}

impl TextReader {
    /// From the ONNX files of the network that finds lines and of the one that reads them.
    pub fn new(finder: PathBuf, reader: PathBuf) -> Self {
        Self {
            finder,
            reader,
            networks: OnceLock::new(),
        }
    }

    fn networks(&self) -> Option<&Networks> {
        let load = || {
            Some(Networks {
                finder: Network::load(&self.finder).ok()?,
                reader: Network::load(&self.reader).ok()?,
                characters: characters(&std::fs::read(&self.reader).ok()?)?,
            })
        };
        self.networks.get_or_init(load).as_ref()
    }

    /// Where lines stand on a page.
    pub(crate) fn find(&self, page: &Page) -> Vec<Region> {
        let found = self.networks().and_then(|networks| networks.find(page));
        found.unwrap_or_default()
    }

    /// What stands in the one line of a page.
    pub(crate) fn read(&self, page: &Page) -> Option<Reading> {
        self.networks()?.read(page)
    }
}

impl fmt::Debug for TextReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextReader").finish_non_exhaustive()
    }
}

impl Networks {
    fn find(&self, page: &Page) -> Option<Vec<Region>> {
        let side = |length: usize| length.next_multiple_of(SIDE_STEP).clamp(SIDE_STEP, SIDE_MAX);
        let (width, height) = (side(page.width), side(page.height));
        let input = page.planar(width, height);
        let output = self.finder.run([1, 3, height, width], input, &[0]).ok()?;
        let found = output.first().filter(|map| map.data.len() == width * height)?;
        let (across, down) = (
            page.width as f32 / width as f32,
            page.height as f32 / height as f32,
        );
        let sure = islands(&found.data, width, PIXEL_MIN)
            .into_iter()
            .filter(|island| island.mean >= LINE_MIN);
        let regions = sure.map(|island| {
            let [left, top, w, h] = grown(island.region);
            page.within([left * across, top * down, w * across, h * down])
        });
        Some(regions.collect())
    }

    fn read(&self, page: &Page) -> Option<Reading> {
        let wanted = (HEIGHT * page.width).div_ceil(page.height.max(1));
        let width = wanted.clamp(1, WIDTHS[1]);
        let line = page.planar(width, HEIGHT);
        let whole = width.max(WIDTHS[0]);
        // What is right of a short line is 0, as the network learnt it.
        let mut input = vec![0.0; 3 * HEIGHT * whole];
        for (from, into) in line.chunks_exact(width).zip(input.chunks_exact_mut(whole)) {
            into[..width].copy_from_slice(from);
        }
        let output = self.reader.run([1, 3, HEIGHT, whole], input, &[0]).ok()?;
        let steps = output.first()?;
        let classes = *steps.shape.last()?;
        (classes == self.characters.len() + 2).then(|| spelt(&steps.data, classes, &self.characters))
    }
}

/// A line whose middle was found.
fn grown([left, top, width, height]: Region) -> Region {
    let by = GROWN * width * height / (2.0 * (width + height));
    [left - by, top - by, width + 2.0 * by, height + 2.0 * by]
}

/// The likeliest character of each step, once where it stays the same, and nothing where nothing is likeliest.
fn spelt(steps: &[f32], classes: usize, characters: &[String]) -> Reading {
    let mut reading = Reading {
        text: String::new(),
        confidence: 0.0,
    };
    let (mut before, mut count) = (0, 0.0_f32);
    for step in steps.chunks_exact(classes) {
        let likeliest = step.iter().enumerate().max_by(|one, two| one.1.total_cmp(two.1));
        let Some((class, chance)) = likeliest else {
            continue;
        };
        if class != 0 && class != before {
            let character = characters.get(class - 1);
            reading.text.push_str(character.map_or(" ", String::as_str));
            reading.confidence += chance;
            count += 1.0;
        }
        before = class;
    }
    reading.confidence /= count.max(1.0);
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_spelt_once_a_run_and_again_after_nothing() {
        let characters = ["a", "b"].map(str::to_owned);
        let step = |class: usize| std::array::from_fn::<f32, 4, _>(|c| if c == class { 0.8 } else { 0.1 });
        let steps = [1, 1, 0, 1, 2, 2, 3, 0, 2].map(step).concat();
        let reading = spelt(&steps, 4, &characters);
        assert_eq!(reading.text, "aab b");
        assert!((reading.confidence - 0.8).abs() < 1e-6, "{}", reading.confidence);
        assert_eq!(spelt(&[], 4, &characters).text, "");
    }

    #[test]
    fn files_that_are_no_networks_read_nothing() {
        let reader = TextReader::new("nowhere.onnx".into(), "nowhere.onnx".into());
        let page = Page::from_fn(40, 20, |_, _| [1.0; 3]);
        assert_eq!(reader.read(&page), None);
        assert!(reader.find(&page).is_empty());
    }
}
