//! Manifests of catalogues and of deliveries.

use domain::{delivery, manifest};
use serde::{Serialize, de::DeserializeOwned};
use testkit::fuzz::Target;

/// A manifest, written by us or by whoever had the folder since: what is read is written and read again as the same.
pub(crate) const MANIFEST: Target = Target {
    name: "manifest",
    read: |bytes| {
        let catalogue: Option<manifest::Manifest> = same_again(bytes);
        if let Some(catalogue) = catalogue {
            let _ = manifest::Counts::of(&catalogue.pictures);
        }
        let delivered: Option<delivery::ExportManifest> = same_again(bytes);
        if let Some(delivered) = delivered {
            let table = delivery::csv(&delivered);
            let formula = |line: &&[u8]| matches!(line.first(), Some(b'=' | b'+' | b'-' | b'@'));
            assert!(
                !table.split(|byte| *byte == b'\n').any(|line| formula(&line)),
                "a formula"
            );
        }
    },
    seeds: || {
        let catalogue = r#"{"version":1,"generator":"PhotoGen 0.1.0","created":"2026-11-26T00:00:00Z","counts":{},"products":[]}"#;
        let delivered = r#"{"version":1,"generator":"PhotoGen 0.1.0","profiles":["amazon"],"remarks":[],"files":[{"path":"a/A-1.jpg","profile":"amazon","sku":"A-1","name":"Shirt","pose":"FRONT","take":1,"number":1,"alt":"Shirt","bytes":5,"sha256":"00","width":2,"height":3}]}"#;
        vec![catalogue.into(), delivered.into()]
    },
};

fn same_again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(read, again);
    Some(read)
}
