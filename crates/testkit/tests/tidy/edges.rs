//! Crates may depend on each other only along the edges of the design, because a shortcut taken once (pages that call
//! an engine, pixels that know SQL) is never taken back.

use std::{collections::BTreeMap, fs};

/// A crate and the crates of ours that it may depend on. `testkit` is for tests, and for the
/// benchmarks that the binary carries.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("imaging", &["domain"]),
    ("credentials", &["domain", "imaging"]),
    ("engines", &["domain", "imaging"]),
    ("store", &["domain"]),
    ("payments", &["domain"]),
    ("worker", &["domain", "store", "engines", "imaging"]),
    ("web", &["domain", "store", "payments"]),
    (
        "photogen",
        &[
            "domain",
            "imaging",
            "credentials",
            "engines",
            "store",
            "payments",
            "worker",
            "web",
            "testkit",
        ],
    ),
    ("testkit", &[]),
    (
        "fuzz",
        &[
            "credentials",
            "domain",
            "engines",
            "imaging",
            "payments",
            "testkit",
            "web",
        ],
    ),
];

#[test]
fn crates_depend_along_the_edges_of_the_design() {
    let allowed: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut complaints = Vec::new();
    let crates = testkit::repository().join("crates");
    for folder in fs::read_dir(crates).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(text) = fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        let manifest: toml::Table = toml::from_str(&text).unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let Some(may) = allowed.get(name.as_str()) else {
            complaints.push(format!("{name} is not in the table of edges"));
            continue;
        };
        for dependency in dependencies(&manifest) {
            if allowed.contains_key(dependency.as_str()) && !may.contains(&dependency.as_str()) {
                complaints.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    crate::demand_none(&complaints);
}

/// Ordinary and build dependencies; tests may use what they like.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect()
}
