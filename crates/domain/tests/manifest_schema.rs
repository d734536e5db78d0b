//! The schema in the documentation is the one the program writes.

use std::{env, fs, path::Path};

#[test]
fn the_documented_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/manifest.schema.json");
    let current = serde_json::to_string_pretty(&domain::manifest::schema()).unwrap_or_default() + "\n";
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &current).expect("docs can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "docs/manifest.schema.json is stale: run `UPDATE_DOCS=1 cargo test -p domain`"
    );
}
