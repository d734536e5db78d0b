//! The EXIF block of a finished picture: its resolution, sRGB, and what wrote it.

/// EXIF (TIFF, big-endian) bytes, without the `Exif\0\0` prefix: upright, `dpi` pixels per inch both ways,
/// colour space sRGB, the program's name. Exif 2.32.
pub(super) fn exif(dpi: u32) -> Vec<u8> {
    const SOFTWARE: &[u8] = b"PhotoGen\0";
    const DATA_AT: u32 = 8 + 2 + 6 * 12 + 4;
    let exif_at = DATA_AT + 16 + SOFTWARE.len() as u32 + SOFTWARE.len() as u32 % 2;
    let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x06".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
        bytes.extend(tag.to_be_bytes());
        bytes.extend(kind.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        bytes.extend(value.to_be_bytes());
    };
    entry(super::ifd::ORIENTATION, 3, 1, 1 << 16);
    entry(super::ifd::X_RESOLUTION, 5, 1, DATA_AT);
    entry(super::ifd::Y_RESOLUTION, 5, 1, DATA_AT + 8);
    entry(super::ifd::RESOLUTION_UNIT, 3, 1, 2 << 16);
    entry(0x0131, 2, SOFTWARE.len() as u32, DATA_AT + 16);
    entry(0x8769, 4, 1, exif_at);
    bytes.extend([0; 4]);
    for number in [dpi, 1, dpi, 1] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(SOFTWARE);
    bytes.resize(exif_at as usize, 0);
    bytes.extend(b"\0\x02\x90\0\0\x07\0\0\0\x040232\xa0\x01\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::ifd::{self, Ifd};

    #[test]
    fn the_block_reads_back() {
        let bytes = exif(300);
        let first = Ifd::first(&bytes).unwrap();
        assert_eq!(first.rational(ifd::X_RESOLUTION), Some(300.0));
        assert_eq!(first.rational(ifd::Y_RESOLUTION), Some(300.0));
        assert_eq!(first.unsigned(ifd::RESOLUTION_UNIT), Some(2));
        assert_eq!(first.unsigned(ifd::ORIENTATION), Some(1));
    }
}
