//! Everything that is told has its German. As gettext's tools do, the sentences are read out of the sources that say them.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;

const GERMAN: Words = Words(Language::German);

/// Where every sentence is told to people.
const TOLD_IN: &[&str] = &[
    "domain/src/plan.rs",
    "domain/src/account.rs",
    "domain/src/engine/card.rs",
    "domain/src/engine/model.rs",
    "domain/src/engine/scene.rs",
    "domain/src/profile/check.rs",
    "domain/src/intake/group.rs",
    "domain/src/intake/folders.rs",
    "domain/src/intake/names.rs",
    "domain/src/intake/product_table",
    "imaging/src/locks/background.rs",
    "imaging/src/locks/no_op.rs",
    "imaging/src/locks/set.rs",
    "imaging/src/locks/identity",
    "imaging/src/locks/product/words.rs",
    "imaging/src/locks/product/worn.rs",
    "imaging/src/locks/product/flat.rs",
    "imaging/src/locks/product/mod.rs",
    "imaging/src/locks/product/reference.rs",
    "imaging/src/codec/mod.rs",
    "imaging/src/vision/gate.rs",
    "engines/src/studio",
    "engines/src/vendor/ground.rs",
    "worker/src/jobs/generate",
    "worker/src/jobs/export",
    "worker/src/run/ends.rs",
    "worker/src/run/work.rs",
    "store/src/blobs/told.rs",
    "photogen/src/serve/intake.rs",
    "web/src/catalog.rs",
    "photogen/src/serve/photos.rs",
    "web/src/imports",
    "web/src/webhooks/address.rs",
];

/// Where errors are told to people; what only programs do wrong stands in other files.
const ERRORS_IN: &[&str] = &[
    "web/src/api/auth",
    "web/src/api/billing",
    "web/src/api/exports.rs",
    "web/src/api/generate",
    "web/src/api/generations/reviews.rs",
    "web/src/api/keys.rs",
    "web/src/api/members.rs",
    "web/src/api/models",
    "web/src/api/products.rs",
    "web/src/api/projects.rs",
    "web/src/api/retention.rs",
    "web/src/api/thresholds.rs",
    "web/src/api/webhooks.rs",
    "web/src/extract.rs",
    "web/src/photos.rs",
    "web/src/uploads",
    "web/src/pages",
];

/// What is no sentence: the name of a column, a word of a recipe, a part of a sentence that German leaves out.
const NOT_TOLD: [&str; 3] = [
    "file name",
    "slight turn (computed from the front photo)",
    "detail photo",
];

/// A text in quotes, and the code of its statement that stands before it.
struct Literal {
    text: String,
    before: String,
}

fn literals(code: &str) -> Vec<Literal> {
    let mut rest = code.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut found, mut before) = (Vec::new(), String::new());
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(after) = rest
            .strip_prefix(r#"'"'"#)
            .or_else(|| rest.strip_prefix(r#"'\"'"#))
        {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("r#\"") {
            rest = after.split_once("\"#").map_or("", |(_, after)| after);
        } else if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = in_quotes(after);
            found.push(Literal {
                text,
                before: before.clone(),
            });
            rest = after;
        } else {
            if matches!(c, ';' | '{' | '}') {
                before.clear();
            } else {
                before.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// The text up to the closing quote, and what follows that.
fn in_quotes(rest: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &rest[at + 1..]),
            '\\' => match chars.next() {
                // The text goes on where the next line begins.
                Some((_, '\n')) => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, c)) => text.push(c),
                None => {}
            },
            c => text.push(c),
        }
    }
    (text, "")
}

/// A sentence with its gaps alike, whatever they are called. One that ends another begins after its joint.
fn shape(text: &str) -> String {
    let text = text.replace("{{", "{").replace("}}", "}");
    let mut shape = String::new();
    for (number, part) in text.split('{').enumerate() {
        let after = match number {
            0 => part,
            _ => part.split_once('}').map_or("", |(_, after)| after),
        };
        if number > 0 && !shape.ends_with("{}") {
            shape.push_str("{}");
        }
        shape.push_str(after);
    }
    shape.trim_start_matches("; ").to_owned()
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a path that end so, but for these tests.
fn files(path: &Path, extension: &str) -> Vec<PathBuf> {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap();
        let below = entries.flat_map(|entry| files(&entry.unwrap().path(), extension));
        return below.collect();
    }
    let is_one = path.extension().is_some_and(|own| own == extension) && !path.ends_with("told/tests.rs");
    is_one.then(|| path.to_owned()).into_iter().collect()
}

fn told_in(places: &[&str]) -> Vec<Literal> {
    let files = places.iter().flat_map(|place| {
        let found = files(&crates().join(place), "rs");
        assert!(!found.is_empty(), "{place} is not there");
        found
    });
    files
        .flat_map(|file| literals(&fs::read_to_string(file).unwrap()))
        .collect()
}

/// Two words or more, and no question that a lock answers, nothing for a log.
fn is_sentence(literal: &Literal) -> bool {
    let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let elsewhere = ["warn!(", "error!(", "panic!(", "ln!(", "expect(", "not_found("];
    let beside = ["asks:", "needs:", "title:"];
    literal.text.split(' ').filter(is_word).count() > 1
        && !elsewhere.iter().any(|call| literal.before.contains(call))
        && !beside
            .iter()
            .any(|field| literal.before.trim_end().ends_with(field))
        && !NOT_TOLD.contains(&literal.text.as_str())
}

fn untold(literals: impl Iterator<Item = Literal>) -> Vec<String> {
    let shapes: HashSet<String> = pairs(source(Language::German))
        .map(|(english, _)| shape(english))
        .collect();
    let is_told =
        |text: &str| shapes.contains(&shape(text)) || !text.contains('{') && GERMAN.known(text).is_some();
    literals
        .filter(is_sentence)
        .map(|literal| literal.text)
        .filter(|text| !is_told(text))
        .collect()
}

#[test]
fn every_sentence_of_plans_checks_imports_and_exports_has_its_german() {
    let literals = told_in(TOLD_IN);
    assert!(literals.iter().filter(|literal| is_sentence(literal)).count() > 150);
    let untold = untold(literals.into_iter());
    assert!(untold.is_empty(), "{untold:#?}");
}

#[test]
fn every_error_that_people_make_has_its_german() {
    let of_errors = |literal: &Literal| literal.before.contains("Error::");
    let literals: Vec<Literal> = told_in(ERRORS_IN).into_iter().filter(of_errors).collect();
    assert!(literals.iter().filter(|literal| is_sentence(literal)).count() > 50);
    let untold = untold(literals.into_iter());
    assert!(untold.is_empty(), "{untold:#?}");
}

#[test]
fn every_card_preset_and_channel_has_its_german() {
    let is_word = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let mut told = 0;
    for (file, fields) in [
        ("engines/cards.toml", ["summary = \"", "refused = \""]),
        ("domain/profiles.toml", ["title = \"", "title = \""]),
    ] {
        for line in fs::read_to_string(crates().join(file)).unwrap().lines() {
            let text = fields.iter().find_map(|field| line.strip_prefix(field));
            let Some(text) = text.map(|text| text.trim_end_matches('"')) else {
                continue;
            };
            // Marketplaces are called the same everywhere.
            if text.split(' ').skip(1).any(is_word) {
                told += 1;
                assert!(GERMAN.known(text).is_some(), "{text}");
            }
        }
    }
    assert!(told > 10, "only {told}");
}

#[test]
fn every_template_is_of_a_sentence_that_is_said() {
    let mut said = HashSet::new();
    for folder in fs::read_dir(crates()).unwrap() {
        let folder = folder.unwrap().path();
        for file in files(&folder.join("src"), "rs") {
            let literals = literals(&fs::read_to_string(file).unwrap());
            said.extend(literals.iter().map(|literal| shape(&literal.text)));
        }
    }
    for file in ["engines/cards.toml", "domain/profiles.toml"] {
        let text = fs::read_to_string(crates().join(file)).unwrap();
        said.extend(text.split('"').map(shape));
    }
    for (english, _) in pairs(source(Language::German)) {
        let shape = shape(english);
        // What to use instead is a sentence of its own.
        let is_said = said.contains(&shape)
            || shape
                .strip_suffix("; use {}")
                .is_some_and(|shape| said.contains(shape));
        assert!(is_said, "nobody says: {english}");
    }
}

#[test]
fn a_template_s_gaps_are_filled_from_what_is_known() {
    let sources = Language::ALL.map(source);
    for (english, says) in sources.into_iter().flat_map(pairs) {
        let template = Template::new(english, says);
        let names: HashSet<&str> = template.gaps.iter().map(|gap| gap.name).collect();
        assert_eq!(names.len(), template.gaps.len(), "twice in: {english}");
        let filled = says
            .split('{')
            .skip(1)
            .filter_map(|part| Some(part.split_once('}')?.0));
        for name in filled {
            assert!(names.contains(name), "{name} of: {says}");
        }
        let last = template.gaps.len().saturating_sub(1);
        for (number, gap) in template.gaps.iter().enumerate() {
            let is_apart = number == last || !gap.after.is_empty();
            assert!(is_apart, "two gaps meet: {english}");
            let prefix = format!("{}-", gap.kind);
            let is_known = matches!(gap.kind, "" | "word" | "num" | "told" | "one")
                || super::super::CATALOGUES
                    .iter()
                    .all(|catalogue| catalogue.keys().any(|id| id.starts_with(&prefix)));
            assert!(is_known, "{} of: {english}", gap.kind);
        }
    }
}

#[test]
fn every_cause_is_a_message() {
    let causes: Vec<_> = pairs(include_str!("../../../../locales/causes.told")).collect();
    assert!(!causes.is_empty());
    for (_, id) in causes {
        assert!(GERMAN.has(id), "{id}");
    }
}

#[test]
fn german_speaks_no_english() {
    for (_, says) in pairs(source(Language::German)) {
        let mut words = says.split(|c: char| !c.is_alphabetic());
        let english = words.find(|word| ["the", "of", "not", "is", "and", "with"].contains(word));
        assert_eq!(english, None, "{says}");
    }
}

#[test]
fn a_sentence_is_told_again_with_what_was_in_its_gaps() {
    for (said, told) in [
        (
            "no side photo of A_1, and studio never invents a view; add A_1_left.jpg",
            "Kein Seitenfoto von A_1, und studio erfindet keine Ansicht; fügen Sie A_1_left.jpg hinzu",
        ),
        (
            "product lock: this garment, but the print at the top left is missing or garbled (3 tries, each with a change)",
            "Produkt: dieses Kleidungsstück, aber: der Druck oben links fehlt oder ist entstellt (3 Versuche, jeder mit einer Änderung)",
        ),
        (
            "not taken without a look (strict): identity lock unverifiable: no face was found where one belongs",
            "Nicht ungesehen genommen (streng): Gesicht: es wurde kein Gesicht gefunden, wo eines hingehört",
        ),
        (
            "not taken without a look (strict): product lock doubtful: this garment (78 % sure), but perhaps the print at the \
             top left is mirrored: please look; identity lock unverifiable: the face is 40 px wide; 64 are needed",
            "Nicht ungesehen genommen (streng): Produkt: dieses Kleidungsstück (78 % sicher), aber vielleicht: der Druck oben \
             links ist gespiegelt; bitte ansehen; Gesicht: das Gesicht ist 40 px breit; 64 sind nötig",
        ),
        (
            "detail differs at the middle right: masked SSIM 0.912, colour off by dE 1.2 on average and 5.3 at worst",
            "Auf halber Höhe rechts weichen Einzelheiten ab: SSIM 0,912, Farbe im Mittel um dE 1,2 daneben, höchstens um 5,3",
        ),
        (
            "Amazon wants 6 pictures of a product: B/2 has 2, b-2 has 1 and 3 more",
            "Amazon will 6 Bilder je Produkt: B/2 hat 2, b-2 hat 1 und 3 weitere",
        ),
        (
            "enlarged 1.25x; small: fit for a product page, not as a listing picture",
            "1,25-fach vergrößert; klein: gut für eine Produktseite, nicht als Hauptbild",
        ),
        (
            "fashn does not show a product without a person; use openai",
            "Fashn zeigt nicht: ein Produkt ohne Person; nehmen Sie openai",
        ),
        (
            "long side from 1000, 10 megapixels or fewer",
            "Lange Seite ab 1.000, 10 Megapixel oder weniger",
        ),
        ("2000x3000 or more", "2.000 × 3.000 oder mehr"),
        (
            "studio: its photo cannot be read now: the service's storage does not answer for now (tried 8 times)",
            "Studio: sein Foto ist gerade nicht lesbar: der Speicher des Dienstes antwortet gerade nicht (8-mal versucht)",
        ),
        (
            "columns 1 (`sku`) and 3 (`SKU`) both say the SKU: the first is used; take the other out",
            "Spalte 1 („sku“) und Spalte 3 („SKU“) sagen dasselbe (SKU): die erste gilt; nehmen Sie die andere heraus",
        ),
        (
            "openai: set OPENAI_API_KEY to your key (or OPENAI_API_KEY_FILE to a file that holds it)",
            "Openai: setzen Sie OPENAI_API_KEY auf Ihren Schlüssel (oder OPENAI_API_KEY_FILE auf eine Datei, die ihn enthält)",
        ),
    ] {
        assert_eq!(GERMAN.sentence(said), told);
    }
}

#[test]
fn what_is_not_known_is_shown_as_it_is_and_says_that_it_is_english() {
    let unknown = GERMAN.told("the <moon> is `full`");
    assert_eq!(
        unknown.to_string(),
        "<span lang=\"en\">The &#60;moon&#62; is &#39;full&#39;</span>"
    );
    // A gap of a kind takes nothing that the kind does not know.
    assert!(GERMAN.told("product lock: something new").is_foreign);
    assert!(GERMAN.told("only many % of the photo was changed").is_foreign);
    assert_eq!(GERMAN.told("").to_string(), "");
    let english = Words(Language::English);
    for (said, shown) in [
        ("product lock: another garment", "Product: another garment"),
        ("identity lock unverifiable: no face", "Face: no face"),
        ("the lock: rusty", "The lock: rusty"),
        ("élan", "Élan"),
    ] {
        assert_eq!(english.told(said).to_string(), shown);
    }
}

#[test]
fn what_people_write_stays_in_its_gap() {
    let said = "no photo is called `<b>; no photo of A, and x never invents a view`";
    assert_eq!(
        GERMAN.told(said).to_string(),
        "Kein Foto heißt „&#60;b&#62;; no photo of A, and x never invents a view“"
    );
}

#[test]
fn what_somebody_made_up_to_be_hard_is_given_up() {
    let within = |begins: &str, times: usize, ends: &str| begins.repeat(times) + ends;
    for said in [
        within("product lock: ", 60, &"x; y, ".repeat(60)),
        within("check the cut-out: ", 6, &"x; y, ".repeat(12)),
        within("detail is missing ", 100, ""),
        within("detail is missing ", 100_000, ""),
        within("1x", 100, "1 or more"),
        within("1x", 100_000, "1 or more"),
    ] {
        assert!(GERMAN.told(&said).is_foreign, "{}", &said[..40]);
    }
}

#[test]
fn a_cause_leaves_out_what_differs() {
    for (reason, id) in [
        (
            "product lock: another garment: only 3 % likely to be this one (3 tries, each with a change)",
            Some("cause-garment"),
        ),
        (
            "product lock: this garment, but the print at the top left is missing or garbled",
            Some("cause-print"),
        ),
        (
            "no back photo of A, and studio never invents a view; add A_back.jpg",
            Some("out-no-photo"),
        ),
        (
            "identity lock: the face is another person's (the largest of 2 faces)",
            Some("cause-person"),
        ),
        ("the vendor says it is done and sends no picture", None),
    ] {
        assert_eq!(cause(reason).as_deref(), id, "{reason}");
    }
}
