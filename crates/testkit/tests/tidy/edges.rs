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

/// And what `bin/fuzz` alone builds in: the targets that only a crate's inside can reach.
const FUZZING: &[(&str, &str)] = &[("web", "testkit")];
const CFG_FUZZING: &str = "cfg(fuzzing)";

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
        for (platform, dependency) in dependencies(&manifest) {
            let is_fuzzing = platform == Some(CFG_FUZZING) && FUZZING.contains(&(&*name, dependency));
            if allowed.contains_key(dependency) && !may.contains(&dependency) && !is_fuzzing {
                complaints.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    crate::demand_none(&complaints);
}

/// Ordinary and build dependencies, and those of a platform or a `cfg` alone with its name; tests may use what they like.
fn dependencies(manifest: &toml::Table) -> Vec<(Option<&str>, &str)> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let of_targets = targets.into_iter().flatten().filter_map(|(platform, tables)| {
        let tables = tables.as_table()?;
        Some((Some(platform.as_str()), tables))
    });
    let mut found = Vec::new();
    for (platform, tables) in of_targets.chain([(None, manifest)]) {
        for kind in ["dependencies", "build-dependencies"] {
            let table = tables.get(kind).and_then(toml::Value::as_table);
            found.extend(
                table
                    .into_iter()
                    .flat_map(toml::Table::keys)
                    .map(|name| (platform, name.as_str())),
            );
        }
    }
    found
}

#[test]
fn an_edge_of_one_platform_is_an_edge() {
    let manifest: toml::Table = toml::from_str(
        "[dependencies]\na = \"1\"\n[target.'cfg(unix)'.dependencies]\nb.workspace = true\n\
         [target.x.build-dependencies]\nc = \"1\"\n[target.x.dev-dependencies]\nd = \"1\"\n[dev-dependencies]\ne = \"1\"\n",
    )
    .unwrap();
    let mut found = dependencies(&manifest);
    found.sort_unstable();
    assert_eq!(found, [(None, "a"), (Some("cfg(unix)"), "b"), (Some("x"), "c")]);
}
