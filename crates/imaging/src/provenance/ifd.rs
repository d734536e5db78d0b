//! Reads the tag directories that TIFF files and EXIF blocks are made of (TIFF 6.0, section 2).

/// Orientation of the stored pixels, 1..=8.
pub const ORIENTATION: u16 = 0x0112;
/// Pixels per unit across, a rational.
pub const X_RESOLUTION: u16 = 0x011a;
/// Pixels per unit down, a rational.
pub const Y_RESOLUTION: u16 = 0x011b;
/// The unit of the resolutions: 2 is the inch, 3 the centimetre.
pub const RESOLUTION_UNIT: u16 = 0x0128;
/// An XMP packet, as bytes.
pub const XMP: u16 = 700;
/// An ICC profile, as bytes.
pub const ICC_PROFILE: u16 = 34675;

/// A view of a TIFF structure: `II` or `MM`, 42, the first directory. Every offset is checked, so any
/// bytes may be given.
#[derive(Clone, Copy, Debug)]
pub struct Ifd<'a> {
    bytes: &'a [u8],
    little_endian: bool,
    entries_at: usize,
    entry_count: usize,
}

impl<'a> Ifd<'a> {
    /// The first directory of a TIFF file or of EXIF bytes (with or without the `Exif\0\0` prefix).
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes);
        let little_endian = match bytes.get(..4)? {
            b"II\x2a\0" => true,
            b"MM\0\x2a" => false,
            _ => return None,
        };
        let mut ifd = Self {
            bytes,
            little_endian,
            entries_at: 0,
            entry_count: 0,
        };
        let at = ifd.long(4)? as usize;
        ifd.entry_count = ifd.short(at)? as usize;
        ifd.entries_at = at.checked_add(2)?;
        Some(ifd)
    }

    /// The first value of a SHORT or LONG tag.
    pub fn unsigned(&self, tag: u16) -> Option<u32> {
        let (kind, _, at) = self.entry(tag)?;
        match kind {
            3 => self.short(at).map(u32::from),
            4 => self.long(at),
            _ => None,
        }
    }

    /// The first value of a RATIONAL tag.
    pub fn rational(&self, tag: u16) -> Option<f64> {
        let (kind, _, at) = self.entry(tag)?;
        let (above, below) = (self.long(at)?, self.long(at.checked_add(4)?)?);
        (kind == 5 && below != 0).then(|| f64::from(above) / f64::from(below))
    }

    /// The bytes of a BYTE or UNDEFINED tag.
    pub fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let (kind, count, at) = self.entry(tag)?;
        matches!(kind, 1 | 7).then(|| self.bytes.get(at..at.checked_add(count)?))?
    }

    /// Type, count and position of a tag's values.
    fn entry(&self, tag: u16) -> Option<(u16, usize, usize)> {
        let at = (0..self.entry_count)
            .map(|index| self.entries_at + index * 12)
            .take_while(|&at| at + 12 <= self.bytes.len())
            .find(|&at| self.short(at) == Some(tag))?;
        let kind = self.short(at + 2)?;
        let count = self.long(at + 4)? as usize;
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            5 | 10 | 12 => 8,
            _ => 4,
        };
        let inline = count.checked_mul(size)? <= 4;
        let place = if inline {
            at + 8
        } else {
            self.long(at + 8)? as usize
        };
        Some((kind, count, place))
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little_endian {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little_endian {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}
