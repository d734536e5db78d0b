//! Everything here that reads what strangers send, one target each: photos, signed statements, tables, archives, manifests, tokens,
//! forms, answers of vendors, messages about payments.
//!
//! The tests give each target altered seeds for a second (`tests/bounded.rs`, and `web`'s own for those that only it can reach);
//! `bin/fuzz` drives them by coverage with libFuzzer.

mod manifest;
mod messages;
mod photo;
mod table;
mod token;
mod vendor;

use testkit::fuzz::Target;

/// The targets; built by `bin/fuzz`, those inside `web` too.
pub fn targets() -> impl Iterator<Item = Target> {
    let own = [
        photo::PHOTO,
        photo::STATEMENT,
        table::TABLE,
        manifest::MANIFEST,
        token::TOKEN,
        vendor::VENDOR,
        messages::PAYMENT,
        messages::WEBHOOK,
    ];
    #[cfg(fuzzing)]
    let own = own.into_iter().chain(web::fuzz::TARGETS);
    own.into_iter()
}

/// Bytes as text, what is no UTF-8 replaced.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
