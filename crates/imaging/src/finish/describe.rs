//! Step: prepares what the file will say about itself.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use super::{FinishError, Work};
use crate::provenance::Packets;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    work.packets = Some(Packets::new(
        work.spec.dpi,
        work.spec.digital_source_type,
        &work.spec.about,
    ));
    Ok(())
}
