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

/// A JSON Web Token: none is believed but those that our key signed.
pub(crate) const TOKEN: Target = Target {
    name: "token",
    read: |bytes| {
        if let Some(claims) = KEYS.verify(&text(bytes), NOW_S) {
            assert_eq!(claims.sub, "anna", "a token that nobody signed");
        }
    },
    seeds: || {
        let signed = KEYS.sign("anna", "session", NOW_S).expect("a token");
        let claims = signed.split('.').nth(1).expect("claims").to_owned();
        // {"typ":"JWT","alg":"none"}
        vec![
            signed.into(),
            format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.{claims}.").into(),
        ]
    },
};
