//! Every crate in the tree must be under a licence that `deny.toml` allows, must not be one that it bans, and must
//! come from the one registry: read from what cargo has on disk, so that it holds where `cargo deny` is not installed.

use std::{fs, process::Command};

use serde_json::Value;

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = deny();
    let allowed = texts(&deny["licenses"]["allow"]);
    let packages = packages();
    assert!(
        packages.len() > 50,
        "cargo metadata lists only {} packages",
        packages.len()
    );
    let complaint = |package: &Value| {
        let licence = package["license"].as_str().unwrap_or("no licence stated");
        (!permits(licence, &allowed))
            .then(|| format!("{} {}: {licence}", package["name"], package["version"]))
    };
    crate::demand_none(&packages.iter().filter_map(complaint).collect::<Vec<_>>());
}

#[test]
fn no_dependency_is_banned_or_from_elsewhere() {
    let lock: toml::Table = read("Cargo.lock");
    let banned: Vec<String> = deny()["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ban| ban["crate"].as_str().unwrap().to_owned())
        .collect();
    let mut complaints = Vec::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let source = package
            .get("source")
            .and_then(toml::Value::as_str)
            .unwrap_or("ours");
        if banned.iter().any(|ban| ban == name) {
            complaints.push(format!("{name} is banned in deny.toml"));
        }
        if source != "ours" && !source.ends_with("/crates.io-index") {
            complaints.push(format!("{name} comes from {source}"));
        }
    }
    crate::demand_none(&complaints);
}

fn deny() -> toml::Table {
    read("deny.toml")
}

fn read(path: &str) -> toml::Table {
    toml::from_str(&fs::read_to_string(testkit::repository().join(path)).unwrap()).unwrap()
}

fn texts(list: &toml::Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect()
}

fn packages() -> Vec<Value> {
    let host = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--locked",
            "--filter-platform",
            host,
        ])
        .current_dir(testkit::repository())
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Whether an SPDX expression (or the old `A/B`) can be met by the allowed licences alone.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&words, &mut at, allowed) && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let Some(&word) = words.get(*at) else { return false };
    *at += 1;
    if word == "(" {
        let met = any(words, at, allowed);
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        // An exception only ever grants more.
        *at += 2;
    }
    allowed.contains(&word)
}

#[test]
fn expressions_are_met_as_spdx_means_them() {
    let allowed = ["MIT", "Apache-2.0", "ISC"];
    for (expression, met) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR AGPL-3.0) AND ISC", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        ("AGPL-3.0-only", false),
        ("no licence stated", false),
    ] {
        assert_eq!(permits(expression, &allowed), met, "{expression}");
    }
}
