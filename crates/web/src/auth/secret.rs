//! Secrets that we hand out: 256 random bits each, of which only the SHA-256 is kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// How every API key begins, so that scanners of leaked secrets know it.
pub const KEY_PREFIX: &str = "pgk_";
/// How much of a key is shown again, to tell it from others.
const SHOWN: usize = KEY_PREFIX.len() + 6;

/// A new secret.
pub fn new() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes()?))
}

/// A new API key.
pub fn new_key() -> Result<String> {
    Ok(format!("{KEY_PREFIX}{}", new()?))
}

/// What is shown of a key again.
pub fn shown(key: &str) -> &str {
    key.get(..SHOWN).unwrap_or(key)
}

/// What is kept of a secret. It holds 256 random bits, so it needs no slow hash.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

fn bytes() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(bytes)
}
