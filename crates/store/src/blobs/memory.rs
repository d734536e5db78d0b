//! PLACEHOLDER until the storage branch is merged.
#[derive(Debug, Default)]
pub struct Memory;
impl super::Blobs for Memory {}
