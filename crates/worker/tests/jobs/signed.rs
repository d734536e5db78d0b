//! Pictures and exports that are signed: by whom, made from what, and the same archive again.

use std::sync::{Arc, LazyLock};

use credentials::{Signer, development_identity};
use domain::{delivery::ExportManifest, format::Format, profile::Provenance, verdict::Outcome};
use engines::{EngineError, Reply};
use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::{Seal, Statement, source_type},
};
use sha2::{Digest as _, Sha256};
use worker::Stop;

use crate::{
    bench::{Always, SetUp, picture},
    exports::{World, entries},
};

fn signer(organisation: &str) -> Arc<dyn Seal> {
    let made = development_identity(organisation).unwrap();
    Arc::new(Signer::from_pem(&made.chain, &made.key).unwrap())
}

/// A vendor's file with the vendor's own statement.
static VENDORS_FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pixels = Picture::from_pixel(64, 64, image::Rgba([65535; 4]));
    let spec = Spec {
        format: Format::Png,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        ..Spec::default()
    };
    let statement = Statement {
        format: Format::Png,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        maker: "a model",
        actions: &[],
        parent: None,
    };
    let file = finish(&pixels, &spec).unwrap().bytes;
    signer("Vendor").sign(&file, &statement).unwrap()
});

fn with_vendors_statement() -> Result<Reply, EngineError> {
    let Reply::Done(mut candidate) = picture()? else {
        panic!("no picture");
    };
    candidate.as_made = Some(candidate.pixels.clone());
    candidate.parent = Some(VENDORS_FILE.clone());
    Ok(Reply::Done(candidate))
}

#[tokio::test]
async fn a_picture_is_signed_last_and_says_who_made_it() {
    let signer = signer("Studio");
    let set_up = SetUp {
        signer: Some(Arc::clone(&signer)),
        ..SetUp::new(|_, _| picture())
    };
    let ran = set_up.shoot(|_| Arc::new(Always(Outcome::Passed))).await;
    let (file, row) = (ran.file.unwrap(), ran.entries[0].file.as_ref().unwrap());
    assert_eq!(
        hex::encode(Sha256::digest(&file)),
        row.sha256,
        "the row tells the signed file"
    );
    assert_eq!(file.len() as u64, row.bytes);
    let seen = signer.check(&file);
    assert_eq!(seen.state, Provenance::Trusted, "{seen:?}");
    assert_eq!(seen.actions, ["c2pa.created (trainedAlgorithmicMedia) by fake"]);
}

#[tokio::test]
async fn a_vendors_own_statement_stays_in_the_picture() {
    let signer = signer("Studio");
    let set_up = SetUp {
        signer: Some(Arc::clone(&signer)),
        ..SetUp::new(|_, _| with_vendors_statement())
    };
    let ran = set_up.shoot(|_| Arc::new(Always(Outcome::Passed))).await;
    let seen = signer.check(&ran.file.unwrap());
    assert_eq!(seen.state, Provenance::Trusted, "{seen:?}");
    assert_eq!(
        seen.ingredients,
        ["the picture as its engine made it (signed by Vendor)"]
    );
    assert_eq!(seen.actions.len(), 2, "{seen:?}");
    assert!(seen.actions[0].starts_with("c2pa.opened"), "{seen:?}");
    assert!(seen.actions[1].starts_with("c2pa.edited"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_export_is_the_same_archive_again() {
    let signer = signer("Studio");
    let mut world = World::signed_by(Some(Arc::clone(&signer))).await;
    let mut archives = Vec::new();
    for _ in 0..2 {
        let id = world.order(&["web", "meta"]).await;
        world.exporter.run_one(&Stop::default()).await.unwrap();
        archives.push(world.archive(&world.export(&id).await).await);
    }
    assert!(archives[0] == archives[1], "what was signed is kept");
    let files = entries(&archives[0]);
    let manifest: ExportManifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest.files.len(), 4);
    for file in &manifest.files {
        let seen = signer.check(&files[&file.path]);
        assert_eq!(
            (seen.state, file.provenance),
            (Provenance::Trusted, Provenance::Trusted)
        );
        assert_eq!(
            seen.ingredients,
            ["the picture in the catalogue (signed by Studio)"]
        );
    }
    // Under another root they are signed anew.
    world.exporter.signer = Some(self::signer("Another"));
    let id = world.order(&["web", "meta"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let other = entries(&world.archive(&world.export(&id).await).await);
    let path = &manifest.files[0].path;
    assert_eq!(signer.check(&other[path]).signer.as_deref(), Some("Another"));
}
