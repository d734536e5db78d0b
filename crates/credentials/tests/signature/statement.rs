//! What a signed file says, and to whom it is trusted.

use credentials::{Signer, Verifier};
use domain::{format::Format, profile::Provenance};
use imaging::{
    codec::{Limits, decode},
    provenance::{Seal as _, holds_statement, read_back, source_type},
};

use crate::{file, identity, signed};

const SOURCE: &str = "compositeWithTrainedAlgorithmicMedia";

#[test]
fn every_format_is_signed_and_keeps_pixels_and_notes() {
    let (made, signer) = identity("Test & Söhne");
    let (stranger, known) = (
        Verifier::new(None).unwrap(),
        Verifier::new(Some(&made.root)).unwrap(),
    );
    for format in Format::ALL {
        let (before, after) = (file(format), signed(&signer, format, None));
        assert_eq!(stranger.check(&before).state, Provenance::None, "{format}");
        assert!(!holds_statement(&before) && holds_statement(&after), "{format}");
        assert_eq!(stranger.check(&after).state, Provenance::Valid, "{format}");
        let seen = known.check(&after);
        assert_eq!(seen.state, Provenance::Trusted, "{format}: {seen:?}");
        assert_eq!(seen, signer.check(&after), "{format}");
        assert_eq!(seen.generator.as_deref(), Some("PhotoGen"));
        assert_eq!(seen.signer.as_deref(), Some("Test & Söhne"));
        let actions = ["created", "edited"].map(|action| format!("c2pa.{action} ({SOURCE}) by "));
        assert_eq!(
            seen.actions,
            [format!("{}openai", actions[0]), format!("{}PhotoGen", actions[1])]
        );
        assert_eq!(
            read_back(&after).digital_source_type.as_deref(),
            Some(source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA),
            "{format}"
        );
        if format != Format::Avif {
            let pixels = |bytes: &[u8]| decode(bytes, &Limits::default()).unwrap().pixels;
            assert!(pixels(&before) == pixels(&after), "{format}");
        }
    }
}

#[test]
fn another_root_is_not_trusted() {
    let (_, signer) = identity("One");
    let (_, other) = identity("Two");
    let seen = other.check(&signed(&signer, Format::Jpeg, None));
    assert_eq!(seen.state, Provenance::Valid, "{seen:?}");
}

#[test]
fn a_certificate_and_the_key_of_another_do_not_sign() {
    let (one, _) = identity("One");
    let (two, _) = identity("Two");
    for (chain, key) in [
        (one.chain.as_str(), two.key.as_str()),
        (one.chain.as_str(), "no key"),
        ("no chain", one.key.as_str()),
        (one.root.as_str(), one.key.as_str()),
    ] {
        assert!(
            Signer::from_pem(chain, key).is_err(),
            "{chain:.40} with {key:.40}"
        );
    }
}

#[test]
fn what_it_was_made_from_keeps_its_own_statement() {
    let (_, vendor) = identity("Vendor");
    let (_, signer) = identity("Studio");
    let engine = signed(&vendor, Format::Png, None);
    for format in Format::ALL {
        let bytes = signed(&signer, format, Some(&engine));
        let seen = signer.check(&bytes);
        assert_eq!(seen.state, Provenance::Trusted, "{format}: {seen:?}");
        assert_eq!(seen.signer.as_deref(), Some("Studio"));
        assert_eq!(seen.ingredients, ["the engine's picture (signed by Vendor)"]);
        assert!(seen.actions[0].starts_with("c2pa.opened"), "{seen:?}");
        // And once more, as for a channel.
        let channel = signed(&signer, Format::Jpeg, Some(&bytes));
        let seen = signer.check(&channel);
        assert_eq!(seen.ingredients, ["the engine's picture (signed by Studio)"]);
        assert_eq!(seen.state, Provenance::Trusted, "{format}: {seen:?}");
    }
}

#[test]
fn what_it_was_made_from_may_say_nothing_or_be_broken() {
    let (_, signer) = identity("Studio");
    let silent = file(Format::Jpeg);
    let seen = signer.check(&signed(&signer, Format::Webp, Some(&silent)));
    assert_eq!(seen.state, Provenance::Trusted, "{seen:?}");
    assert_eq!(seen.ingredients, ["the engine's picture"]);
    let mut broken = signed(&signer, Format::Jpeg, None);
    let last = broken.len() - 20;
    broken[last] ^= 1;
    assert_eq!(signer.check(&broken).state, Provenance::Broken);
    let seen = signer.check(&signed(&signer, Format::Webp, Some(&broken)));
    assert_eq!(
        seen.state,
        Provenance::Trusted,
        "its own bytes are as signed: {seen:?}"
    );
}
