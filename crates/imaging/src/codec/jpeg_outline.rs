//! The chain of markers of a JPEG (ITU T.81 annex B), and scans that cannot end early unnoticed.

/// What the markers say.
#[derive(Default)]
pub(super) struct Outline {
    /// Where the end marker stands.
    end: Option<usize>,
    /// An Adobe APP14 segment: CMYK ink is stored inverted.
    pub(super) is_adobe: bool,
    is_progressive: bool,
    /// Where the entropy-coded data of each scan stops.
    scan_ends: Vec<usize>,
}

impl Outline {
    /// Walks the markers: lengths outside scans, byte stuffing inside.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut at = 2;
        let mut in_scan = false;
        while let Some(offset) = bytes
            .get(at..)
            .and_then(|rest| rest.windows(2).position(is_marker))
        {
            at += offset;
            if in_scan {
                found.scan_ends.push(at);
            }
            let marker = bytes[at + 1];
            in_scan = marker == 0xda;
            found.is_progressive |= marker == 0xc2;
            match marker {
                0xd9 => {
                    found.end = Some(at);
                    return found;
                }
                0xd8 => at += 2,
                _ => {
                    let Some(&[high, low]) = bytes.get(at + 2..at + 4) else {
                        return found;
                    };
                    found.is_adobe |= marker == 0xee && bytes[at + 4..].starts_with(b"Adobe");
                    at += 2 + usize::from(u16::from_be_bytes([high, low]));
                }
            }
        }
        found
    }

    /// The picture alone, from start to end marker, with a run of one-bits behind its scans; `None` without an
    /// end marker. No Huffman code is all ones, so a decoder that runs out of data (a lost piece in the middle
    /// of the file) stops with an error there, instead of painting the rest gray. A whole scan never reads them.
    pub(super) fn guarded(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        /// 64 one-bits, each byte with its stuffing.
        const ONES: [u8; 16] = [
            0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0,
        ];
        let end = self.end?;
        let mut guarded = Vec::with_capacity(end + 64);
        let mut from = 0;
        for (index, &scan_end) in self.scan_ends.iter().enumerate() {
            guarded.extend(&bytes[from..scan_end]);
            // Where the decoder wants the next marker right behind a scan nothing can be put between them: the
            // first scan of a progressive JPEG, and all but the last of a sequential one.
            let guarded_here = if self.is_progressive {
                index > 0
            } else {
                scan_end == end
            };
            if guarded_here {
                guarded.extend(ONES);
            }
            from = scan_end;
        }
        guarded.extend(&bytes[from..end]);
        guarded.extend([0xff, 0xd9]);
        Some(guarded)
    }
}

/// 0xff and a code that is neither stuffing, fill, a restart nor TEM.
fn is_marker(pair: &[u8]) -> bool {
    pair[0] == 0xff && !matches!(pair[1], 0x00 | 0x01 | 0xff | 0xd0..=0xd7)
}
