//! Passwords: argon2id with the parameters OWASP names, and bcrypt hashes of older systems, taken over at the next sign-in.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};

use crate::error::{Error, Result};

/// Memory, passes and lanes of the OWASP Password Storage Cheat Sheet's first choice for argon2id: 19 MiB, 2, 1.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What bcrypt reads of a password, in bytes. It is blind to the rest, so longer ones are not compared at all.
const BCRYPT_BYTES: usize = 72;
/// The dearest bcrypt hash that is tried: each step doubles the time.
const BCRYPT_COST_MAX: u32 = 14;

/// How a password compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Another one.
    Wrong,
    /// The same.
    Right,
    /// The same, and here is a hash by today's rules.
    Rehashed(String),
}

fn hasher() -> Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash to store. Takes tens of milliseconds and 19 MiB, on a thread for such work.
pub async fn hash(password: String) -> Result<String> {
    blocking(move || hash_now(&password)).await
}

fn hash_now(password: &str) -> Result<String> {
    let hash = hasher()?.hash_password(password.as_bytes());
    Ok(hash
        .map_err(|error| Error::internal(error.to_string()))?
        .to_string())
}

/// Compares a password with a stored hash, in the same time whatever it holds. Without a hash it takes that time too, so that
/// nobody learns which addresses are known.
pub async fn check(password: String, stored: Option<String>) -> Result<Check> {
    blocking(move || match stored {
        Some(stored) if stored.starts_with("$2") => Ok(check_bcrypt(&password, &stored)?),
        Some(stored) => check_argon2(&password, &stored),
        None => hash_now(&password).map(|_| Check::Wrong),
    })
    .await
}

fn check_argon2(password: &str, stored: &str) -> Result<Check> {
    let parsed = PasswordHash::new(stored).map_err(|error| Error::internal(error.to_string()))?;
    let same = hasher()?.verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(if same { Check::Right } else { Check::Wrong })
}

fn check_bcrypt(password: &str, stored: &str) -> Result<Check> {
    let cost = stored
        .split('$')
        .nth(2)
        .and_then(|cost| cost.parse().ok())
        .unwrap_or(u32::MAX);
    let readable = password.len() <= BCRYPT_BYTES && cost <= BCRYPT_COST_MAX;
    if readable && bcrypt::verify(password, stored).unwrap_or(false) {
        return Ok(Check::Rehashed(hash_now(password)?));
    }
    Ok(Check::Wrong)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_an_old_hash_is_renewed() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let check_with = |password: &str, stored: &str| check(password.to_owned(), Some(stored.to_owned()));
        assert_eq!(check_with("correct horse", &stored).await.unwrap(), Check::Right);
        assert_eq!(check_with("correct hors", &stored).await.unwrap(), Check::Wrong);
        assert_eq!(check("x".to_owned(), None).await.unwrap(), Check::Wrong);
        let old = bcrypt::hash("correct horse", 4).unwrap();
        let Check::Rehashed(new) = check_with("correct horse", &old).await.unwrap() else {
            panic!("an old hash is taken over");
        };
        assert_eq!(check_with("correct horse", &new).await.unwrap(), Check::Right);
    }

    #[tokio::test]
    async fn what_bcrypt_does_not_read_is_not_compared() {
        let long = "x".repeat(80);
        let old = bcrypt::hash(&long[..72], 4).unwrap();
        assert_eq!(check(long, Some(old)).await.unwrap(), Check::Wrong);
    }
}
