//! C2PA in every format: valid to all, trusted to who knows the root, broken by a byte, and laid out as the standard says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod edited;
mod layout;
mod statement;

use credentials::{DevelopmentIdentity, Signer, development_identity};
use domain::format::Format;
use image::Rgba;
use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::{Parent, Seal as _, Statement, source_type},
};

fn identity(organisation: &str) -> (DevelopmentIdentity, Signer) {
    let made = development_identity(organisation).unwrap();
    let signer = Signer::from_pem(&made.chain, &made.key).unwrap();
    (made, signer)
}

/// A small picture's file, not signed.
fn file(format: Format) -> Vec<u8> {
    let picture = Picture::from_fn(48, 32, |x, y| {
        Rgba([(x * 1300) as u16, (y * 2000) as u16, 0x4000, u16::MAX])
    });
    let spec = Spec {
        format,
        digital_source_type: source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
        ..Spec::default()
    };
    finish(&picture, &spec).unwrap().bytes
}

fn signed(signer: &Signer, format: Format, parent: Option<&[u8]>) -> Vec<u8> {
    let statement = Statement {
        format,
        digital_source_type: source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
        maker: "openai",
        actions: &["c2pa.edited"],
        parent: parent.map(|bytes| Parent {
            title: "the engine's picture",
            bytes,
        }),
    };
    signer.sign(&file(format), &statement).unwrap()
}
