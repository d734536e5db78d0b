//! What must be read again and may not lie open in the database: sealed with a secret that is not in it (ChaCha20-Poly1305,
//! RFC 8439, a random nonce before each text).

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// Seals texts of one place.
pub struct Seal {
    key: LessSafeKey,
}

impl Seal {
    /// A seal from the service's secret, for one purpose: what is sealed for another does not open.
    pub fn new(secret: &[u8], purpose: &str) -> Result<Self> {
        let digest = Sha256::new()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(secret)
            .finalize();
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, &digest).map_err(|_| Error::internal("no sealing key"))?;
        Ok(Self {
            key: LessSafeKey::new(key),
        })
    }

    /// Seals a text for one owner.
    pub fn seal(&self, owner: &str, text: &str) -> Result<String> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| Error::internal(error.to_string()))?;
        let mut bytes = text.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(owner), &mut bytes)
            .map_err(|_| Error::internal("a text could not be sealed"))?;
        Ok(STANDARD_NO_PAD.encode([&nonce[..], &bytes].concat()))
    }

    /// Opens what was sealed for this owner; none when it is not that, or was changed.
    pub fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let mut bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        if bytes.len() < NONCE_LEN {
            return None;
        }
        let mut text = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::from(owner), &mut text).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// Seals of one purpose over a change of the service's secret: the newest seals, and those before it still open.
pub struct Seals {
    newest: Seal,
    previous: Vec<Seal>,
}

impl Seals {
    /// From secrets, the newest first.
    pub fn new(newest: &[u8], previous: &[Vec<u8>], purpose: &str) -> Result<Self> {
        let previous = previous.iter().map(|secret| Seal::new(secret, purpose));
        Ok(Self {
            newest: Seal::new(newest, purpose)?,
            previous: previous.collect::<Result<_>>()?,
        })
    }

    /// Seals a text for one owner.
    pub fn seal(&self, owner: &str, text: &str) -> Result<String> {
        self.newest.seal(owner, text)
    }

    /// Opens what any of them sealed for this owner.
    pub fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let mut all = std::iter::once(&self.newest).chain(&self.previous);
        all.find_map(|seal| seal.open(owner, sealed))
    }

    /// What to write in place of a sealed text: none where the newest opens it, or nobody does.
    pub(crate) fn renewed(&self, owner: &str, sealed: &str) -> Result<Option<String>> {
        if self.newest.open(owner, sealed).is_some() {
            return Ok(None);
        }
        self.open(owner, sealed)
            .map(|text| self.seal(owner, &text))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let seal = Seal::new(b"secret", "test").unwrap();
        let sealed = seal.seal("anna", "a key").unwrap();
        assert!(!sealed.contains("key"));
        assert_eq!(seal.open("anna", &sealed).as_deref(), Some("a key"));
        assert_eq!(seal.open("ben", &sealed), None);
        assert_eq!(Seal::new(b"other", "test").unwrap().open("anna", &sealed), None);
        assert_eq!(seal.open("anna", "AAAA"), None);
    }

    #[test]
    fn what_an_earlier_secret_sealed_opens_and_is_renewed() {
        let old = Seal::new(b"old", "test").unwrap().seal("anna", "a key").unwrap();
        let seals = Seals::new(b"new", &[b"old".to_vec()], "test").unwrap();
        assert_eq!(seals.open("anna", &old).as_deref(), Some("a key"));
        let renewed = seals.renewed("anna", &old).unwrap().unwrap();
        let alone = Seals::new(b"new", &[], "test").unwrap();
        assert_eq!(alone.open("anna", &renewed).as_deref(), Some("a key"));
        assert_eq!(seals.renewed("anna", &renewed).unwrap(), None);
        assert_eq!(alone.renewed("anna", &old).unwrap(), None);
    }
}
