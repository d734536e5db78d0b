//! Trials added up, as JSON and as tables.

use std::{collections::BTreeSet, fmt::Write as _};

use domain::verdict::Outcome;
use serde::Serialize;
use testkit::pairs;

use super::{
    super::statistics::{auc, kept_at, median, worst},
    rivals,
    trial::Trial,
};

/// What was measured on.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Setting {
    pub(super) garments: usize,
    pub(super) half: &'static str,
    pub(super) per_kind: usize,
    pub(super) seed: u64,
}

/// Everything the tables say.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    setting: Setting,
    revision: u32,
    generated: Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    real: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct Figures {
    judges: Vec<Judge>,
    kinds: Vec<Kind>,
    false_reject: Option<f64>,
    false_pass: Option<f64>,
    ms_median: Option<f64>,
    ms_worst: Option<f64>,
}

/// One judge's ranking.
#[derive(Debug, Serialize)]
struct Judge {
    name: String,
    auc: Option<f64>,
    /// Faithful pictures kept at 5 % false passes.
    kept_at_5: Option<f64>,
    /// For each tampered kind, against all faithful pictures.
    kinds: Vec<(&'static str, Option<f64>)>,
}

/// What the product lock said of the pictures of one kind.
#[derive(Debug, Serialize)]
struct Kind {
    name: &'static str,
    is_faithful: bool,
    /// Different products among its pictures: many pictures of few products say less.
    garments: usize,
    passed: usize,
    doubtful: usize,
    failed: usize,
    unverifiable: usize,
    /// Of the failed ones: those whose named part is the one that was tampered with.
    right_part: Option<f64>,
}

/// The parts that a verdict may rightly blame for each kind of tamper; kinds that change everything are not listed.
const RIGHT_PARTS: &[(&str, &[&str])] = &[
    ("recoloured", &["colour"]),
    ("part-recoloured", &["panel", "colour"]),
    ("desaturated", &["colour"]),
    ("print-erased", &["print", "structure"]),
    ("print-mirrored", &["print", "structure"]),
    ("print-garbled", &["print", "structure"]),
    ("pattern-rescaled", &["pattern", "structure"]),
    ("pattern-smoothed", &["pattern", "structure"]),
    ("shortened", &["silhouette"]),
    ("details-removed", &["structure", "print"]),
];

impl Report {
    pub(super) fn new(generated: &[Trial], real: Option<&[Trial]>, setting: Setting) -> Self {
        Self {
            setting,
            revision: imaging::REVISION,
            generated: Figures::of(generated),
            real: real.map(Figures::of),
        }
    }

    pub(super) fn markdown(&self) -> String {
        let Setting {
            garments,
            half,
            per_kind,
            seed,
        } = self.setting;
        let mut text = format!(
            "`photogen bench locks --half {half} --per-kind {per_kind} --seed {seed}`: {garments} garments, imaging revision {}.\n\n",
            self.revision
        );
        self.generated.write(&mut text);
        self.generated.write_missing(&mut text);
        if let Some(real) = &self.real {
            text.push_str(
                "\nReal pictures: people who wear a garment, against its photo and against every other.\n\n",
            );
            real.write(&mut text);
        }
        text
    }
}

impl Figures {
    fn of(trials: &[Trial]) -> Self {
        let kinds = kind_names(trials);
        let share = |wanted: Outcome, faithful: bool| {
            let of: Vec<&Trial> = trials
                .iter()
                .filter(|trial| trial.is_faithful == faithful)
                .collect();
            let hits = of.iter().filter(|trial| trial.outcome == wanted).count();
            (!of.is_empty()).then(|| hits as f64 / of.len() as f64)
        };
        let ms: Vec<f64> = trials.iter().map(|trial| trial.ms).collect();
        let names = std::iter::once("product lock").chain(rivals::ALL.iter().map(|rival| rival.name));
        Self {
            judges: names
                .enumerate()
                .map(|(index, name)| Judge::of(trials, &kinds, index, name))
                .collect(),
            kinds: kinds.iter().map(|name| Kind::of(trials, name)).collect(),
            false_reject: share(Outcome::Failed, true),
            false_pass: share(Outcome::Passed, false),
            ms_median: median(&ms),
            ms_worst: worst(&ms),
        }
    }

    fn write(&self, text: &mut String) {
        let tampered: Vec<&str> = self
            .kinds
            .iter()
            .filter(|kind| !kind.is_faithful)
            .map(|kind| kind.name)
            .collect();
        row(
            text,
            ["AUC", "all", "kept at 5 % false passes"]
                .iter()
                .chain(&tampered)
                .map(ToString::to_string),
        );
        row(text, (0..tampered.len() + 3).map(|_| "---".to_owned()));
        for judge in &self.judges {
            let kinds = judge.kinds.iter().map(|(_, auc)| *auc).map(decimals);
            let head = [judge.name.clone(), decimals(judge.auc), percent(judge.kept_at_5)];
            row(text, head.into_iter().chain(kinds));
        }
        text.push('\n');
        let heads = [
            "product lock",
            "garments",
            "passed",
            "doubtful",
            "failed",
            "unverifiable",
            "right part named",
        ];
        row(text, heads.iter().map(ToString::to_string));
        row(text, heads.iter().map(|_| "---".to_owned()));
        for kind in &self.kinds {
            let counts = [
                kind.garments,
                kind.passed,
                kind.doubtful,
                kind.failed,
                kind.unverifiable,
            ]
            .map(|n| n.to_string());
            let head = std::iter::once(kind.name.to_owned());
            row(text, head.chain(counts).chain([percent(kind.right_part)]));
        }
        let _ = writeln!(
            text,
            "\nFalse rejects (faithful and failed) {}, false passes (tampered and passed) {}. {} ms of CPU a picture in the \
             median, {} at worst.",
            percent(self.false_reject),
            percent(self.false_pass),
            whole(self.ms_median),
            whole(self.ms_worst),
        );
    }

    /// Names the kinds of which these garments gave no pair.
    fn write_missing(&self, text: &mut String) {
        let is_missing = |kind: &pairs::Kind| !self.kinds.iter().any(|found| found.name == kind.name());
        let missing: Vec<&str> = pairs::Kind::ALL
            .iter()
            .filter(|kind| is_missing(kind))
            .map(|kind| kind.name())
            .collect();
        if !missing.is_empty() {
            let _ = writeln!(text, "\nNo pair among these: {}.", missing.join(", "));
        }
    }
}

impl Judge {
    fn of(trials: &[Trial], kinds: &[&'static str], index: usize, name: &str) -> Self {
        let ranks = |wanted: &dyn Fn(&Trial) -> bool| -> Vec<f64> {
            trials
                .iter()
                .filter(|trial| wanted(trial))
                .map(|trial| trial.ranks[index])
                .collect()
        };
        let faithful = ranks(&|trial| trial.is_faithful);
        let tampered = ranks(&|trial| !trial.is_faithful);
        let of_kind = |kind: &'static str| {
            let tampered = ranks(&|trial| !trial.is_faithful && trial.kind == kind);
            (!tampered.is_empty()).then(|| (kind, auc(&faithful, &tampered)))
        };
        Self {
            name: name.to_owned(),
            auc: auc(&faithful, &tampered),
            kept_at_5: kept_at(&faithful, &tampered, 0.05),
            kinds: kinds.iter().filter_map(|kind| of_kind(kind)).collect(),
        }
    }
}

impl Kind {
    fn of(trials: &[Trial], name: &'static str) -> Self {
        let of: Vec<&Trial> = trials.iter().filter(|trial| trial.kind == name).collect();
        let count = |outcome: Outcome| of.iter().filter(|trial| trial.outcome == outcome).count();
        let failed = count(Outcome::Failed);
        let right = RIGHT_PARTS
            .iter()
            .find(|(kind, _)| *kind == name)
            .filter(|_| failed > 0);
        let right_part = right.map(|(_, parts)| {
            let named =
                |trial: &&&Trial| trial.outcome == Outcome::Failed && parts.contains(&trial.part.as_str());
            of.iter().filter(named).count() as f64 / failed as f64
        });
        Self {
            name,
            is_faithful: of.iter().any(|trial| trial.is_faithful),
            garments: of
                .iter()
                .map(|trial| &trial.garment)
                .collect::<BTreeSet<_>>()
                .len(),
            passed: count(Outcome::Passed),
            doubtful: count(Outcome::Doubtful),
            failed,
            unverifiable: count(Outcome::Unverifiable) + count(Outcome::NotApplicable),
            right_part,
        }
    }
}

/// Kinds in the order of the trials, faithful ones first.
fn kind_names(trials: &[Trial]) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for faithful in [true, false] {
        for trial in trials.iter().filter(|trial| trial.is_faithful == faithful) {
            if !names.contains(&trial.kind) {
                names.push(trial.kind);
            }
        }
    }
    names
}

fn row(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn decimals(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(kind: &'static str, is_faithful: bool, outcome: Outcome, part: &str, rank: f64) -> Trial {
        Trial {
            kind,
            garment: part.to_owned(),
            is_faithful,
            outcome,
            part: part.to_owned(),
            ranks: vec![rank; 1 + rivals::ALL.len()],
            ms: 100.0 * rank,
        }
    }

    #[test]
    fn the_tables_count_what_the_trials_say() {
        let trials = [
            trial("faithful", true, Outcome::Passed, "", 0.9),
            trial("faithful", true, Outcome::Failed, "colour", 0.2),
            trial("recoloured", false, Outcome::Failed, "colour", 0.1),
            trial("recoloured", false, Outcome::Failed, "print", 0.3),
            trial("shortened", false, Outcome::Passed, "", 0.8),
            trial("shortened", false, Outcome::Unverifiable, "", 0.5),
        ];
        let figures = Figures::of(&trials);
        assert_eq!(figures.false_reject, Some(0.5));
        assert_eq!(figures.false_pass, Some(0.25));
        // 0.9 beats all four, 0.2 beats one.
        assert_eq!(figures.judges[0].auc, Some(5.0 / 8.0));
        assert_eq!(figures.judges[0].kinds[0], ("recoloured", Some(0.75)));
        assert_eq!(figures.kinds[1].right_part, Some(0.5));
        assert_eq!((figures.kinds[2].passed, figures.kinds[2].unverifiable), (1, 1));
        let mut text = String::new();
        figures.write(&mut text);
        assert!(
            text.contains("| recoloured | 2 | 0 | 0 | 2 | 0 | 50.0 % |"),
            "{text}"
        );
        assert!(text.contains("| product lock | 0.625 |"), "{text}");
        assert!(!text.contains("No pair"), "{text}");
        figures.write_missing(&mut text);
        assert!(
            text.contains("print-garbled") && !text.contains(": faithful"),
            "{text}"
        );
    }
}
