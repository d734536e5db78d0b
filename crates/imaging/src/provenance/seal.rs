//! A signed statement inside a file of what was done to it (C2PA). Who signs is handed in: the library for it is the heaviest of
//! all, and nothing here needs it.

use domain::{format::Format, profile::Provenance};
use memchr::memmem;
use serde::Serialize;
use thiserror::Error;

/// Why a file was not signed.
#[derive(Debug, Error)]
#[error("cannot sign the file (C2PA): {0}")]
pub struct SealError(pub String);

/// What a signature vouches for.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The file's format.
    pub format: Format,
    /// The IPTC digital source type, a full URI.
    pub digital_source_type: &'a str,
    /// Who made the picture, where it has no parent: an engine by its name.
    pub maker: &'a str,
    /// What was done after it was made or opened, in the words of C2PA: `c2pa.resized`, `c2pa.edited`.
    pub actions: &'a [&'a str],
    /// The file it was made from, with what that says of itself.
    pub parent: Option<Parent<'a>>,
}

/// A file that another was made from.
#[derive(Clone, Copy, Debug)]
pub struct Parent<'a> {
    /// What people call it.
    pub title: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

/// What was read of a signed statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What it is worth.
    pub state: Provenance,
    /// Who signed.
    pub signer: Option<String>,
    /// The program that made the claim.
    pub generator: Option<String>,
    /// What was done, in order.
    pub actions: Vec<String>,
    /// The files it was made from, and who signed those with a statement of their own.
    pub ingredients: Vec<String>,
    /// Why it is broken.
    pub problems: Vec<String>,
}

/// Labels that stand in every statement; one changed byte does not hide them all.
const LABELS: [&[u8]; 3] = [b"jumdc2pa", b"c2pa.claim", b"c2pa.signature"];

/// A file holds a signed statement, wherever it lies and whatever it is worth.
pub fn holds_statement(bytes: &[u8]) -> bool {
    LABELS.iter().any(|label| memmem::find(bytes, label).is_some())
}

/// Signs finished files, after everything else: any byte that changes later breaks it.
pub trait Seal: std::fmt::Debug + Send + Sync {
    /// The file with its signed statement. It holds a new random id each time: the same picture signed twice is two files.
    fn sign(&self, bytes: &[u8], statement: &Statement<'_>) -> Result<Vec<u8>, SealError>;

    /// What a file's statement is worth to who trusts this signer.
    fn check(&self, bytes: &[u8]) -> Seen;

    /// The root it hangs on (PEM): with another, files are signed anew.
    fn root(&self) -> &str;
}
