//! Signed distance to the edge of a mask, near the edge.

use super::{Field, Mask, Plane};

/// Distance from each pixel centre to the nearest pixel edge of the other kind: positive inside, negative
/// outside, in pixels, exact up to `cap` (at most 120) and `cap` beyond.
pub(in crate::vision) fn signed(mask: &Mask, cap: f32) -> Field {
    let inside = to_mask(&mask.not(), cap + 1.0);
    let outside = to_mask(mask, cap + 1.0);
    mask.same_size(|i| {
        if mask.is(i) {
            (inside.data[i] - 0.5).min(cap)
        } else {
            (0.5 - outside.data[i]).max(-cap)
        }
    })
}

/// Distance from each pixel centre to the nearest mask pixel's centre, exact up to `cap` (at most 120) and `cap` beyond.
pub(in crate::vision) fn to_mask(mask: &Mask, cap: f32) -> Field {
    let reach = (cap.ceil() as usize).clamp(1, 120);
    let columns = squared_columns(mask, reach as u16 + 1);
    let far = ((reach + 1) * (reach + 1)) as u16;
    let mut out = Plane::filled(mask.width, mask.height, 0.0_f32);
    let mut padded = vec![far; mask.width + 2 * reach];
    let mut best = vec![far; mask.width];
    for y in 0..mask.height {
        padded[reach..reach + mask.width].copy_from_slice(columns.row(y));
        best.copy_from_slice(columns.row(y));
        for dx in 1..=reach {
            let along = (dx * dx) as u16;
            let (left, right) = (&padded[reach - dx..], &padded[reach + dx..]);
            for ((b, &l), &r) in best.iter_mut().zip(left).zip(right) {
                *b = (*b).min(l.min(r) + along);
            }
        }
        for (t, &b) in out.row_mut(y).iter_mut().zip(&best) {
            *t = (b as f32).sqrt().min(cap);
        }
    }
    out
}

/// Squared rows to the nearest mask pixel in the same column, at most `cap` squared.
fn squared_columns(mask: &Mask, cap: u16) -> Plane<u16> {
    let mut out = mask.same_size(|i| if mask.is(i) { 0 } else { cap });
    let width = mask.width;
    for y in 1..mask.height {
        let (done, rest) = out.data.split_at_mut(y * width);
        relax(&mut rest[..width], &done[(y - 1) * width..]);
    }
    for y in (1..mask.height).rev() {
        let (rest, done) = out.data.split_at_mut(y * width);
        relax(&mut rest[(y - 1) * width..], &done[..width]);
    }
    out.data.iter_mut().for_each(|v| *v *= *v);
    out
}

fn relax(row: &mut [u16], next: &[u16]) {
    for (here, &there) in row.iter_mut().zip(next) {
        *here = (*here).min(there + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_to_a_dot_is_euclidean() {
        let mut dot = Plane::filled(25, 25, 0_u8);
        dot.data[12 * 25 + 12] = 1;
        let d = to_mask(&dot, 8.0);
        for (i, &v) in d.data.iter().enumerate() {
            let (dx, dy) = ((i % 25) as f32 - 12.0, (i / 25) as f32 - 12.0);
            assert!((v - dx.hypot(dy).min(8.0)).abs() < 1e-4);
        }
    }

    #[test]
    fn the_edge_of_a_half_plane_is_between_the_pixels() {
        let half = Plane {
            width: 20,
            height: 3,
            data: (0..60).map(|i| u8::from(i % 20 >= 10)).collect(),
        };
        let d = signed(&half, 6.0);
        assert_eq!(d.row(1)[8..12], [-1.5, -0.5, 0.5, 1.5]);
        assert_eq!(d.row(1)[0], -6.0);
    }
}
