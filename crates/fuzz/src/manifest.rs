//! Manifests of catalogues and of deliveries.

use domain::{
    brief::Brief,
    delivery::{self, EXPORT_VERSION, ExportManifest, ExportedFile},
    engine::EngineChoice,
    format::Format,
    generation::Status,
    manifest::{AttemptEntry, ChannelFile, Counts, DeliveredFile, Entry, Input, MANIFEST_VERSION, Manifest},
    product::View,
    profile::{self, Check, Provenance},
    verdict::{Outcome, Verdict},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use testkit::fuzz::Target;

/// A manifest, written by us or by whoever had the folder since: what is read is written and read again as the same.
pub(crate) const MANIFEST: Target = Target {
    name: "manifest",
    read: |bytes| {
        let catalogue: Option<Manifest> = same_again(bytes);
        if let Some(catalogue) = catalogue {
            let _ = Counts::of(&catalogue.pictures);
        }
        let delivered: Option<ExportManifest> = same_again(bytes);
        if let Some(delivered) = delivered {
            let table = String::from_utf8(delivery::csv(&delivered)).expect("a table of text");
            for cell in cells(&table) {
                assert!(!is_formula(&cell), "a formula: {cell:?}");
            }
        }
    },
    seeds: || {
        let written = [
            serde_json::to_vec(&catalogue()),
            serde_json::to_vec(&delivered("A-1")),
            serde_json::to_vec(&delivered("=1+1")),
        ];
        Vec::from(written.map(|seed| seed.expect("a manifest can be written")))
    },
};

fn same_again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    let [one, other] = [&read, &again].map(|manifest| serde_json::to_value(manifest).expect("it is JSON"));
    assert!(alike(&one, &other), "{one} {other}");
    Some(read)
}

/// The same, but for the last digit of a number with a point, which is read fast and not to that digit.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there =
                |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| alike(value, other));
            one.len() == other.len() && one.iter().all(is_there)
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let near = |one: f64, other: f64| {
                (one - other).abs() <= one.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
            };
            one.as_f64()
                .zip(other.as_f64())
                .is_some_and(|(one, other)| near(one, other))
        }
        _ => one == other,
    }
}

/// The cells of a table, as a spreadsheet takes them out.
fn cells(table: &str) -> Vec<String> {
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut signs = table.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if is_quoted && signs.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' | '\r' | '\n' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            sign => cell.push(sign),
        }
    }
    cells.push(cell);
    cells
}

/// What a spreadsheet would run: also behind blanks, and behind what it takes for the end of a cell.
fn is_formula(cell: &str) -> bool {
    cell.trim_start().starts_with(['=', '+', '-', '@', '|'])
}

fn verdict() -> Verdict {
    Verdict {
        lock: "product".to_owned(),
        score: Some(0.93),
        threshold: 0.8,
        outcome: Outcome::Passed,
        evidence: json!({ "reason": "the same garment", "worst": [3, 4] }),
    }
}

fn file(path: &str) -> DeliveredFile {
    DeliveredFile {
        path: path.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        width: 1500,
        height: 1200,
        format: Format::Webp,
        digital_source_type: "compositeWithTrainedAlgorithmicMedia".to_owned(),
        background_deviation: Some(0),
    }
}

fn catalogue() -> Manifest {
    let front = "FRONT".parse().expect("a pose");
    let pictures = vec![Entry {
        sku: "A-1".to_owned(),
        name: Some("Shirt".to_owned()),
        pose: front,
        take: 1,
        status: Status::Completed,
        reason: None,
        needs_review: true,
        notes: vec!["look at its hem".to_owned()],
        engine: "studio".to_owned(),
        seed: "18446744073709551615".to_owned(),
        recipe: json!({ "model": "studio", "strength": 0.5 }),
        inputs: vec![Input {
            view: View::Front,
            name: "A-1_front.jpg".to_owned(),
            sha256: "cd".repeat(32),
            preview: None,
        }],
        verdicts: vec![verdict()],
        file: Some(file("A-1/A-1_front.webp")),
        attempts: vec![AttemptEntry {
            engine: EngineChoice::of("studio"),
            seed: "1".to_owned(),
            outcome: "rejected".to_owned(),
            reason: Some("another hem".to_owned()),
            cost_usd: 0.04,
            candidate: Some(file("candidates/A-1.webp")),
        }],
        channels: vec![ChannelFile {
            profile: "amazon".parse().expect("a channel"),
            path: Some("amazon/A-1.jpg".to_owned()),
            bytes: 7,
            sha256: "ef".repeat(32),
            width: 1600,
            height: 1600,
            passes: false,
            notes: vec!["it is small".to_owned()],
        }],
    }];
    Manifest {
        version: MANIFEST_VERSION,
        generator: "photogen 0.1.0".to_owned(),
        brief: Brief::default(),
        counts: Counts::of(&pictures),
        pictures,
    }
}

fn delivered(sku: &str) -> ExportManifest {
    let check = Check {
        name: "pixels".to_owned(),
        outcome: profile::Outcome::Failed,
        found: "900".to_owned(),
        wanted: "1000 or more".to_owned(),
    };
    ExportManifest {
        version: EXPORT_VERSION,
        generator: "photogen 0.1.0".to_owned(),
        profiles: vec!["amazon".parse().expect("a channel")],
        files: vec![ExportedFile {
            path: format!("amazon/{sku}/{sku}.MAIN.jpg"),
            profile: Some("amazon".parse().expect("a channel")),
            sku: sku.to_owned(),
            name: Some(format!("{sku}, \"wide\"")),
            pose: "FRONT".parse().expect("a pose"),
            take: 1,
            number: 1,
            alt: format!("{sku}, seen from the front"),
            disclosure: Some("Generated".to_owned()),
            bytes: 5,
            sha256: "ab".repeat(32),
            width: 900,
            height: 900,
            format: Format::Jpeg,
            digital_source_type: "trainedAlgorithmicMedia".to_owned(),
            provenance: Provenance::Valid,
            passes: false,
            checks: vec![check],
            notes: vec!["it was cut at the side".to_owned()],
            verdicts: vec![verdict()],
            recipe: json!({ "model": "m" }),
            source_sha256: "cd".repeat(32),
        }],
        remarks: vec!["Amazon wants 6 pictures of a product: A-1 has 1".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_is_a_manifest() {
        let seeds = (MANIFEST.seeds)();
        let read: Manifest = same_again(&seeds[0]).expect("a catalogue's");
        assert_eq!(read, catalogue());
        for (seed, sku) in seeds[1..].iter().zip(["A-1", "=1+1"]) {
            let read: ExportManifest = same_again(seed).expect("a delivery's");
            assert_eq!(read, delivered(sku));
        }
    }

    #[test]
    fn every_cell_is_looked_at() {
        assert_eq!(
            cells("a,\"b, \"\"c\"\"\r\nd\",=e\r\n"),
            ["a", "b, \"c\"\r\nd", "=e", "", ""]
        );
        assert!(is_formula("=1+1") && is_formula(" @SUM(A1)") && !is_formula("'=1+1") && !is_formula("A-1"));
        let table = String::from_utf8(delivery::csv(&delivered("=1+1"))).expect("text");
        let cells = cells(&table);
        assert!(cells.iter().any(|cell| cell == "'=1+1"), "{cells:?}");
    }

    #[test]
    fn numbers_may_differ_in_their_last_digit_alone() {
        assert!(alike(&json!({ "a": [0.1 + 0.2, 7] }), &json!({ "a": [0.3, 7] })));
        assert!(!alike(&json!(0.3), &json!(0.301)));
        assert!(!alike(&json!({ "a": 1 }), &json!({ "b": 1 })));
    }
}
