//! Small things gone: buttons, a badge, a tag, a drawstring's end. Found as small patches that stand out from the cloth
//! right around them.

use super::{
    super::{
        mask::{Mask, Piece},
        subject::{Cut, Sketch, Subject, distance},
    },
    print,
};
use crate::Random;

/// A detail's share of the garment, least and most.
const SHARE: (f32, f32) = (0.0003, 0.02);
/// Mean distance of a detail to its blurred surroundings, itself among them: creases are nearer.
const CONTRAST: f32 = 14.5;
/// Patches of fewer pixels of the sketch are noise.
const SPECK: usize = 6;
/// A garment with more such patches than this is patterned, or creased.
const MANY: usize = 14;

/// One detail that stands out, or the whole row of its like.
pub(super) fn removed(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let sketch = &subject.sketch;
    let details = find(sketch);
    if details.is_empty() {
        return None;
    }
    let first = &details[random.below(details.len().min(2))];
    let alike = |piece: &&Piece| {
        let ratio = piece.pixels.len() as f32 / first.pixels.len() as f32;
        (0.6..1.7).contains(&ratio)
    };
    let mut gone = sketch.inside.map(|_| false);
    for piece in details.iter().filter(alike) {
        piece.pixels.iter().for_each(|i| gone.data[*i] = true);
    }
    let hole = gone.grown(4).soft(cut.width(), cut.height());
    Some(Cut {
        colours: print::without(&cut, &hole),
        alpha: cut.alpha,
    })
}

/// Details, the most striking first.
fn find(sketch: &Sketch) -> Vec<Piece> {
    if sketch.is_patterned() {
        return Vec::new();
    }
    let weight = sketch.inside.map(f32::from);
    let around = sketch.lab.blurred_within(&weight, 9.0);
    let apart = sketch.lab.zip(&around, distance);
    let free = not_print(sketch);
    let off = apart.map(|d| d > 11.0).and(&sketch.core.shrunk(3)).and(&free);
    let pieces = off.grown(1).shrunk(1).pieces();
    if pieces.iter().filter(|piece| piece.pixels.len() >= SPECK).count() > MANY {
        return Vec::new();
    }
    let mut found: Vec<(f32, Piece)> = pieces
        .into_iter()
        .filter(|piece| is_compact(sketch, piece))
        .map(|piece| {
            let sum: f32 = piece.pixels.iter().map(|i| apart.data[*i]).sum();
            (sum, piece)
        })
        .filter(|(sum, piece)| *sum > CONTRAST * piece.pixels.len() as f32)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, piece)| piece).collect()
}

/// A letter of a print is not a detail.
fn not_print(sketch: &Sketch) -> Mask {
    match print::find(sketch) {
        Some(print) => print.grown(8).inverted(),
        None => sketch.inside.map(|_| true),
    }
}

fn is_compact(sketch: &Sketch, piece: &Piece) -> bool {
    let share = sketch.share(piece.pixels.len());
    let (w, h) = (piece.bounds.width as f32, piece.bounds.height as f32);
    let full = piece.pixels.len() as f32 / (w * h);
    share > SHARE.0 && share < SHARE.1 && full > 0.4 && w.max(h) < 3.5 * w.min(h)
}
