//! Access tokens: JSON Web Tokens that hold for fifteen minutes, signed by the newest of our keys and known by any of them.
//!
//! The algorithm is fixed here, never read from a token; `kid` only says which key. What a token says of a person is looked up
//! again at every request: it names a session, and the session knows.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// How long an access token holds, in seconds.
pub const ACCESS_S: i64 = 900;
/// The fewest bytes of a secret: as many as the hash has (RFC 7518, 3.2).
const SECRET_BYTES_MIN: usize = 32;
const AUDIENCE: &str = "photogen";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    pub sub: String,
    /// The session.
    pub sid: String,
    /// For whom.
    pub aud: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// Until when.
    pub exp: i64,
}

/// A signing key that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Too easily guessed.
    #[error(
        "the secret has {0} bytes; use {SECRET_BYTES_MIN} or more, for example from `openssl rand -base64 48`"
    )]
    Short(usize),
    /// No key is there.
    #[error("no key to sign tokens with")]
    None,
    /// No Ed25519 key.
    #[error("no Ed25519 private key in PEM: {0}")]
    Pem(String),
}

/// The keys, the newest first.
pub struct Keys(Vec<Key>);

struct Key {
    id: String,
    algorithm: Algorithm,
    sign: EncodingKey,
    verify: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl Keys {
    /// Keys from secrets, the newest first. Tokens are signed with the first and known by any, so that a new one can be put in
    /// front while tokens of the old one run out.
    pub fn from_secrets(secrets: &[String]) -> Result<Self, KeyError> {
        let keys: Result<Vec<Key>, KeyError> = secrets.iter().map(|secret| key(secret.as_bytes())).collect();
        let keys = keys?;
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        Ok(Self(keys))
    }

    /// A token for a session.
    pub fn sign(&self, user: &str, session: &str, now_s: i64) -> Result<String, jsonwebtoken::errors::Error> {
        let key = &self.0[0];
        let header = Header {
            kid: Some(key.id.clone()),
            ..Header::new(key.algorithm)
        };
        let claims = Claims {
            sub: user.to_owned(),
            sid: session.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now_s,
            exp: now_s + ACCESS_S,
        };
        jsonwebtoken::encode(&header, &claims, &key.sign)
    }

    /// What a token says, if one of our keys signed it, by its own algorithm, and it holds now.
    pub fn verify(&self, token: &str, now_s: i64) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let key = self.0.iter().find(|key| Some(&key.id) == header.kid.as_ref())?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verify, &key.validation)
            .ok()?
            .claims;
        (claims.exp > now_s && claims.iat <= now_s + 60).then_some(claims)
    }
}

fn key(secret: &[u8]) -> Result<Key, KeyError> {
    let id = hex::encode(&Sha256::digest(secret)[..4]);
    if secret.starts_with(b"-----BEGIN") {
        return ed25519(secret, id);
    }
    if secret.len() < SECRET_BYTES_MIN {
        return Err(KeyError::Short(secret.len()));
    }
    Ok(Key {
        id,
        algorithm: Algorithm::HS256,
        sign: EncodingKey::from_secret(secret),
        verify: DecodingKey::from_secret(secret),
        validation: validation(Algorithm::HS256),
    })
}

/// By a key's own algorithm, for our audience. When a token ends is held against the clock that is handed in.
fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation
}

/// A private key in PKCS #8 version 2, which holds the public key too.
fn ed25519(pem: &[u8], id: String) -> Result<Key, KeyError> {
    let wrong = |error: jsonwebtoken::errors::Error| KeyError::Pem(error.to_string());
    let sign = EncodingKey::from_ed_pem(pem).map_err(wrong)?;
    let verify = public_half(&sign)?;
    Ok(Key {
        id,
        algorithm: Algorithm::EdDSA,
        sign,
        verify,
        validation: validation(Algorithm::EdDSA),
    })
}

fn public_half(sign: &EncodingKey) -> Result<DecodingKey, KeyError> {
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(sign, Algorithm::EdDSA)
        .map_err(|error| KeyError::Pem(error.to_string()))?;
    DecodingKey::from_jwk(&jwk).map_err(|error| KeyError::Pem(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old secret of thirty-two bytes";
    const NEW: &str = "a new secret of thirty-two bytes!";
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

    fn keys(secrets: &[&str]) -> Keys {
        Keys::from_secrets(
            &secrets
                .iter()
                .map(|&secret| secret.to_owned())
                .collect::<Vec<_>>(),
        )
        .unwrap()
    }

    #[test]
    fn a_token_holds_for_its_time_and_outlives_a_new_key() {
        let token = keys(&[OLD]).sign("u", "s", 1_000).unwrap();
        let both = keys(&[NEW, OLD]);
        assert_eq!(both.verify(&token, 1_000 + ACCESS_S - 1).unwrap().sid, "s");
        assert_eq!(both.verify(&token, 1_000 + ACCESS_S), None);
        assert_eq!(keys(&[NEW]).verify(&token, 1_000), None);
    }

    #[test]
    fn an_ed25519_key_signs_and_knows_its_own() {
        let keys = keys(&[ED25519]);
        let token = keys.sign("u", "s", 1_000).unwrap();
        assert_eq!(keys.verify(&token, 1_000).unwrap().sub, "u");
    }

    #[test]
    fn forged_tokens_are_nobody_s() {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let keys = keys(&[NEW]);
        let token = keys.sign("u", "s", 1_000).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let other =
            URL_SAFE_NO_PAD.encode(r#"{"sub":"admin","sid":"s","aud":"photogen","iat":1000,"exp":99999}"#);
        for forged in [
            format!("{none}.{}.", parts[1]),
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            String::new(),
        ] {
            assert_eq!(keys.verify(&forged, 1_000), None, "{forged}");
        }
        assert_eq!(
            Keys::from_secrets(&["short".to_owned()]).unwrap_err(),
            KeyError::Short(5)
        );
    }
}
