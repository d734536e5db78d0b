//! Access tokens.

use std::sync::LazyLock;

use testkit::fuzz::Target;
use web::auth::token::Keys;

use crate::text;

const NOW_S: i64 = 1_800_000_000;
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let secret = "a secret of this target and of nothing else".to_owned();
    Keys::from_secrets(&[secret]).expect("a secret that is long enough")
});
/// The only token that there is.
static SIGNED: LazyLock<String> = LazyLock::new(|| KEYS.sign("anna", "session", NOW_S).expect("a token"));
/// `{"typ":"JWT","alg":"none","kid":"e556cdd6"}`, which is our key.
const UNSIGNED: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIiwia2lkIjoiZTU1NmNkZDYifQ";

/// A JSON Web Token: none is believed but the one that our key signed, byte for byte.
pub(crate) const TOKEN: Target = Target {
    name: "token",
    read: |bytes| {
        if KEYS.verify(&text(bytes), NOW_S).is_some() {
            assert_eq!(text(bytes), *SIGNED, "a token that nobody signed");
        }
    },
    seeds: || {
        let parts: Vec<&str> = SIGNED.split('.').collect();
        let [header, claims, _] = parts[..] else {
            panic!("a token of three parts: {}", *SIGNED)
        };
        vec![
            SIGNED.as_bytes().to_vec(),
            format!("{UNSIGNED}.{claims}.").into(),
            format!("{header}.{claims}.").into(),
        ]
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_believed_and_what_is_like_it_is_not() {
        let seeds = (TOKEN.seeds)();
        let claims: Vec<_> = seeds.iter().map(|seed| KEYS.verify(&text(seed), NOW_S)).collect();
        assert_eq!(claims[0].as_ref().expect("it is signed").sub, "anna");
        assert!(claims[1..].iter().all(Option::is_none), "{claims:?}");
    }
}
