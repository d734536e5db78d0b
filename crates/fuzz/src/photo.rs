//! Photos, and finished files that say who made them.

use std::sync::LazyLock;

use credentials::{Signer, Verifier, development_identity};
use domain::format::Format;
use imaging::{
    Picture,
    codec::{Limits, decode},
    finish::{Spec, finish},
    provenance::{Seal as _, Statement, holds_statement, read_back, source_type},
};
use testkit::fuzz::Target;

/// An uploaded photo: told by its content, decoded to its last pixel, and asked what it says of itself.
pub(crate) const PHOTO: Target = Target {
    name: "photo",
    read: |bytes| {
        // Smaller than what people may send, so that more of them are looked at in a minute.
        let limits = Limits {
            pixels_max: 1 << 20,
            side_max: 1 << 14,
            ..Limits::default()
        };
        if let Ok(photo) = decode(bytes, &limits) {
            let (width, height) = photo.pixels.dimensions();
            assert!(width > 0 && height > 0, "a photo without pixels");
            assert!(u64::from(width) * u64::from(height) <= limits.pixels_max);
        }
        let _ = (read_back(bytes), holds_statement(bytes));
    },
    seeds: || Format::ALL.into_iter().map(file).collect(),
};

/// What `photogen verify` reads of a file's signed statement.
pub(crate) const STATEMENT: Target = Target {
    name: "statement",
    read: |bytes| {
        static VERIFIER: LazyLock<Verifier> =
            LazyLock::new(|| Verifier::new(None).expect("no roots are to be read"));
        let _ = VERIFIER.check(bytes);
    },
    seeds: signed,
};

fn file(format: Format) -> Vec<u8> {
    let picture = Picture::from_fn(24, 31, |x, y| {
        image::Rgba(
            [x * 2700, y * 2100, x * y * 80, 65_535].map(|value| u16::try_from(value).unwrap_or(u16::MAX)),
        )
    });
    let spec = Spec {
        format,
        ..Spec::default()
    };
    finish(&picture, &spec)
        .expect("a picture that can be finished")
        .bytes
}

fn signed() -> Vec<Vec<u8>> {
    let identity = development_identity("Fuzz").expect("a development identity");
    let signer = Signer::from_pem(&identity.chain, &identity.key).expect("it signs");
    [Format::Jpeg, Format::Png, Format::Webp]
        .into_iter()
        .map(|format| {
            let statement = Statement {
                format,
                digital_source_type: source_type::ALGORITHMICALLY_ENHANCED,
                maker: "studio",
                actions: &["c2pa.resized"],
                parent: None,
            };
            signer.sign(&file(format), &statement).expect("a signed file")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::profile::Provenance;

    use super::*;

    #[test]
    fn each_photo_is_decoded_but_avif_which_nobody_may_send() {
        for (seed, format) in (PHOTO.seeds)().iter().zip(Format::ALL) {
            let decoded = decode(seed, &Limits::default());
            assert_eq!(decoded.is_ok(), format != Format::Avif, "{format:?}");
            if let Ok(photo) = decoded {
                assert_eq!(photo.pixels.dimensions(), (24, 31));
            }
        }
    }

    #[test]
    fn each_statement_holds() {
        let verifier = Verifier::new(None).expect("no roots are to be read");
        for seed in (STATEMENT.seeds)() {
            assert!(holds_statement(&seed));
            let seen = verifier.check(&seed);
            assert_eq!(seen.state, Provenance::Valid, "{seen:?}");
        }
    }
}
