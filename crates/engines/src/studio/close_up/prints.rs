//! Prints, logos and other single things on a garment, which a close-up shows whole or not at all.

use super::{super::plane::Plane, study::Study, window::Window};

/// Least saliency of a print, in Lab units: below it there are only folds and shading.
const STAND_OUT_MIN: f32 = 10.0;
/// More of the garment than this is a pattern, not a print.
const PATTERN_SHARE: f32 = 0.42;
/// More separate things than this are a pattern.
const PATTERN_COUNT: usize = 7;
/// Least share of the garment a print takes.
const PRINT_SHARE: f32 = 0.0015;

/// One print.
pub(super) struct Print {
    pub(super) bounds: Window,
    /// Pixels.
    pub(super) area: f32,
    /// Sum of its saliency.
    pub(super) weight: f32,
    label: u32,
}

/// The prints of a garment; none when it is plain or patterned all over.
pub(super) struct Prints {
    /// The weightiest first.
    pub(super) list: Vec<Print>,
    labels: Vec<u32>,
    width: usize,
    height: usize,
}

impl Prints {
    pub(super) fn of(study: &Study) -> Self {
        let peak = study.saliency.values.iter().copied().fold(0.0, f32::max);
        let limit = (0.35 * peak).max(STAND_OUT_MIN);
        let reach = (0.01 * study.long_side).round().max(1.0) as usize;
        let marked = study.saliency.map(|value| f32::from(value > limit));
        let closed = marked.dilated(reach).eroded(reach);
        let (labels, mut list) = components(&closed, &study.saliency);
        let garment: f32 = study.solid.values.iter().sum();
        list.retain(|print| print.area > PRINT_SHARE * garment);
        list.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let total: f32 = list.iter().map(|print| print.area).sum();
        let patterned = total > PATTERN_SHARE * garment || list.len() > PATTERN_COUNT;
        if patterned {
            list.clear();
        }
        Self {
            list,
            labels,
            width: closed.width,
            height: closed.height,
        }
    }

    /// The first print a window cuts through.
    pub(super) fn cut_by(&self, window: &Window) -> Option<&Print> {
        self.list.iter().find(|print| {
            let inside = self.inside(print, window) / print.area;
            (0.04..0.97).contains(&inside)
        })
    }

    /// Pixels of a print inside a window.
    fn inside(&self, print: &Print, window: &Window) -> f32 {
        let columns = window.left.max(0.0) as usize..(window.right().max(0.0) as usize).min(self.width);
        let rows = window.top.max(0.0) as usize..(window.bottom().max(0.0) as usize).min(self.height);
        rows.map(|y| {
            let row = &self.labels[y * self.width..][..self.width];
            let found = row.get(columns.clone()).unwrap_or_default();
            found.iter().filter(|&&label| label == print.label).count()
        })
        .sum::<usize>() as f32
    }
}

/// Labels (from 1) of the 4-connected parts of a mask, and each part measured.
fn components(mask: &Plane, saliency: &Plane) -> (Vec<u32>, Vec<Print>) {
    let (width, height) = (mask.width, mask.height);
    let mut labels = vec![0u32; width * height];
    let mut prints = Vec::new();
    let mut stack = Vec::new();
    for start in 0..labels.len() {
        if labels[start] != 0 || mask.values[start] < 0.5 {
            continue;
        }
        let label = prints.len() as u32 + 1;
        labels[start] = label;
        stack.push(start);
        let mut found = Found::new(label);
        while let Some(index) = stack.pop() {
            let (x, y) = (index % width, index / width);
            found.add(x, y, saliency.values[index]);
            let near = [
                (x > 0).then(|| index - 1),
                (x + 1 < width).then_some(index + 1),
                (y > 0).then(|| index - width),
                (y + 1 < height).then_some(index + width),
            ];
            for next in near.into_iter().flatten() {
                if labels[next] == 0 && mask.values[next] > 0.5 {
                    labels[next] = label;
                    stack.push(next);
                }
            }
        }
        prints.push(found.print());
    }
    (labels, prints)
}

struct Found {
    label: u32,
    area: f32,
    weight: f32,
    bounds: [usize; 4],
}

impl Found {
    fn new(label: u32) -> Self {
        Self {
            label,
            area: 0.0,
            weight: 0.0,
            bounds: [usize::MAX, usize::MAX, 0, 0],
        }
    }

    fn add(&mut self, x: usize, y: usize, saliency: f32) {
        self.area += 1.0;
        self.weight += saliency;
        let [left, top, right, bottom] = self.bounds;
        self.bounds = [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)];
    }

    fn print(self) -> Print {
        let [left, top, right, bottom] = self.bounds.map(|value| value as f32);
        Print {
            bounds: Window {
                left,
                top,
                width: right - left,
                height: bottom - top,
            },
            area: self.area,
            weight: self.weight,
            label: self.label,
        }
    }
}
