//! sRGB and linear light (IEC 61966-2-1), both at 16 bits, by tables.

use std::sync::OnceLock;

use crate::Picture;

const FULL: f64 = u16::MAX as f64;
/// What 16 bits can say.
const CODES: usize = 1 << 16;

/// Both ways, 65,536 entries each.
pub(super) struct Tables {
    linear: Box<[u16; CODES]>,
    srgb: Box<[u16; CODES]>,
    /// The same at 8 bits.
    narrow_srgb: Box<[u8; CODES]>,
}

impl Tables {
    /// The tables, made once.
    pub(super) fn get() -> &'static Self {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(Self::make)
    }

    fn make() -> Self {
        let table = |curve: fn(f64) -> f64| {
            let codes = (0..CODES).map(|value| (curve(value as f64 / FULL) * FULL).round() as u16);
            table_of(codes.collect())
        };
        let to_linear = table(decoded);
        let mut to_srgb = table(encoded);
        // Linear codes that an 8-bit value maps to go back to exactly that value. It moves them by less than
        // one linear step, and makes flat 8-bit areas survive a trip through linear light unchanged.
        for value in 0..=255_u16 {
            to_srgb[usize::from(to_linear[usize::from(value * 257)])] = value * 257;
        }
        let narrow_srgb = table_of(to_srgb.iter().map(|&wide| narrowed(wide)).collect());
        Self {
            linear: to_linear,
            srgb: to_srgb,
            narrow_srgb,
        }
    }

    pub(super) fn linear(&self, srgb: u16) -> u16 {
        self.linear[usize::from(srgb)]
    }

    pub(super) fn srgb(&self, linear: u16) -> u16 {
        self.srgb[usize::from(linear)]
    }

    /// [`narrowed`] of [`srgb`](Self::srgb).
    pub(super) fn narrow_srgb(&self, linear: u16) -> u8 {
        self.narrow_srgb[usize::from(linear)]
    }
}

/// A table that is looked into without asking whether it has the entry.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "a table is larger than what belongs on a stack"
)]
fn table_of<T>(codes: Vec<T>) -> Box<[T; CODES]> {
    let table = codes.into_boxed_slice().try_into();
    table.unwrap_or_else(|_| unreachable!("a table has an entry for every code"))
}

/// sRGB to linear, 0..=1.
fn decoded(srgb: f64) -> f64 {
    if srgb <= 0.04045 {
        srgb / 12.92
    } else {
        ((srgb + 0.055) / 1.055).powf(2.4)
    }
}

/// Linear to sRGB, 0..=1.
fn encoded(linear: f64) -> f64 {
    if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    }
}

/// value * alpha, both 16-bit fractions, rounded.
pub(super) fn multiplied(value: u16, alpha: u16) -> u16 {
    const FULL: u32 = u16::MAX as u32;
    ((u32::from(value) * u32::from(alpha) + FULL / 2) / FULL) as u16
}

/// The 8-bit value nearest to a 16-bit one. v * 257 gives v.
pub(super) fn narrowed(value: u16) -> u8 {
    // The division by 65,535, rounded, without a division: a test holds every value to it.
    ((u32::from(value) * 255 + 32_895) >> 16) as u8
}

/// Every pixel has full alpha.
pub(super) fn is_opaque(picture: &Picture) -> bool {
    picture
        .as_raw()
        .iter()
        .skip(3)
        .step_by(4)
        .all(|&alpha| alpha == u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_values_come_back_exactly() {
        let tables = Tables::get();
        for value in 0..=255_u16 {
            let wide = value * 257;
            assert_eq!(tables.srgb(tables.linear(wide)), wide);
            assert_eq!(u16::from(narrowed(wide)), value);
        }
    }

    #[test]
    fn the_way_back_never_turns_around_and_is_within_one_linear_step() {
        let tables = Tables::get();
        for linear in 1..=u16::MAX {
            assert!(tables.srgb(linear) >= tables.srgb(linear - 1), "{linear}");
        }
        for srgb in 0..=u16::MAX {
            let back = tables.srgb(tables.linear(srgb));
            // One linear step is 12.92 codes of sRGB in the darkest part, and less than one above mid gray.
            assert!(back.abs_diff(srgb) <= 13, "{srgb} came back as {back}");
        }
    }

    #[test]
    fn rounding_to_eight_bits_is_to_the_nearest() {
        for value in 0..=u16::MAX {
            let exact = f64::from(value) * 255.0 / 65_535.0;
            assert!(
                (f64::from(narrowed(value)) - exact).abs() <= 0.5 + 1e-9,
                "{value}"
            );
        }
    }
}
