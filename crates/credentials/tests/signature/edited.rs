//! A file that was changed after it was signed is broken, wherever the byte lies.

use std::ops::Range;

use domain::{format::Format, profile::Provenance};
use imaging::provenance::Seal as _;

use crate::{identity, layout::store, signed};

/// Bytes that tell what kind of file it is: without them it is no picture at all. AVIF's first box, which lists whom the file is
/// compatible with, is left out by the standard.
fn head(bytes: &[u8]) -> usize {
    if bytes[4..8] == *b"ftyp" {
        usize::from(bytes[3])
    } else {
        16
    }
}

/// Where the statement lies, with the head and the checksum (PNG) of what holds it.
fn place(bytes: &[u8]) -> Range<usize> {
    const HEAD_BYTES: usize = 48;
    const CHECKSUM_BYTES: usize = 4;
    let store = store(bytes);
    let at = memchr::memmem::find(bytes, &store).unwrap();
    let end = (at + store.len() + CHECKSUM_BYTES).min(bytes.len());
    at.saturating_sub(HEAD_BYTES).max(head(bytes))..end
}

/// Flips a bit in some bytes of a range; those of which nobody took notice.
fn unseen(bytes: &[u8], range: Range<usize>, places: usize) -> Vec<(usize, Provenance)> {
    let (_, signer) = identity("Another");
    let step = (range.len() / places).max(1);
    range
        .step_by(step)
        .filter_map(|at| {
            let mut changed = bytes.to_vec();
            changed[at] ^= 0x01;
            let state = signer.check(&changed).state;
            (state != Provenance::Broken).then_some((at, state))
        })
        .collect()
}

#[test]
fn any_byte_of_the_picture_changed_after_signing_breaks_it() {
    let (_, signer) = identity("Test");
    for format in Format::ALL {
        let bytes = signed(&signer, format, None);
        let statement = place(&bytes);
        let before = unseen(&bytes, head(&bytes)..statement.start, 200);
        let after = unseen(&bytes, statement.end..bytes.len(), 200);
        assert_eq!([before, after].concat(), [], "{format}, {} bytes", bytes.len());
    }
}

/// But for heads of boxes, which the standard leaves unsigned: they say nothing.
#[test]
fn bytes_of_the_statement_changed_break_it() {
    const UNSIGNED_MAX: usize = 6;
    let (_, signer) = identity("Test");
    for format in Format::ALL {
        let bytes = signed(&signer, format, None);
        let unseen = unseen(&bytes, place(&bytes), 300);
        assert!(unseen.len() <= UNSIGNED_MAX, "{format}: {unseen:?}");
        assert!(
            unseen.iter().all(|(_, state)| *state == Provenance::Valid),
            "a statement cannot be made to vanish: {format}: {unseen:?}"
        );
    }
}

#[test]
fn bytes_added_or_cut_off_break_it() {
    let (_, signer) = identity("Test");
    for format in Format::ALL {
        let bytes = signed(&signer, format, None);
        let longer = [bytes.as_slice(), b"more"].concat();
        let shorter = &bytes[..bytes.len() - 4];
        for changed in [longer.as_slice(), shorter] {
            let seen = signer.check(changed);
            assert_eq!(
                seen.state,
                Provenance::Broken,
                "{format}, {} bytes",
                changed.len()
            );
        }
    }
}
