//! What a shoot tells while it runs: text for people on standard error and out, or JSON lines for programs.

use std::{
    io::{Write as _, stdout},
    path::Path,
};

use domain::{
    manifest::Manifest, money::MicroUsd, plan::PlannedGeneration, product::Product, retry::AttemptOutcome,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use store::{generations::AttemptEnd, shoots::Submitted};
use worker::Ended;

use super::report::Report;
use crate::{
    counted::counted,
    preflight::{Preflight, render_table},
};

/// Prints a line to standard output. A reader that went away ends the output, not the shoot.
macro_rules! say {
    ($($word:tt)*) => { say_block(&(format!($($word)*) + "\n")) };
}

fn say_block(text: &str) {
    let _ = stdout().lock().write_all(text.as_bytes());
}

/// Where the events go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Events {
    json: bool,
}

impl Events {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    fn emit(self, event: &Value) {
        if self.json {
            say!("{event}");
        }
    }

    /// Something that will not stop this shoot and should be known.
    pub(crate) fn warn(self, warning: Option<&str>) {
        let Some(warning) = warning else { return };
        if self.json {
            self.emit(&json!({ "event": "warning", "message": warning }));
        } else {
            eprintln!("warning: {warning}");
        }
    }

    /// A bar for the check of the photos; nothing where nobody watches.
    pub(crate) fn checking() -> Bar {
        Bar(ProgressBar::new(0).with_style(style("checking photos {bar:30} {pos}/{len}")))
    }

    pub(crate) fn checked(self, checked: &Preflight) {
        if self.json {
            let mut event = json!(checked);
            event["event"] = "checked".into();
            self.emit(&event);
        } else {
            say_block(&render_table(checked, text_width()));
        }
    }

    pub(crate) fn planned(self, planned: &[PlannedGeneration], products: &[Product]) {
        let to_make = planned.iter().filter(|picture| picture.skip.is_none()).count();
        let by_reason = by_reason(planned, products);
        let price: MicroUsd = planned.iter().filter_map(|picture| picture.price).sum();
        let is_priced = price > MicroUsd::default();
        let unpriced = planned
            .iter()
            .filter(|picture| picture.skip.is_none() && picture.price.is_none())
            .count();
        self.emit(&json!({
            "event": "planned", "products": products.len(), "pictures": to_make,
            "skipped": planned.len() - to_make,
            "estimated_usd": is_priced.then(|| price.usd()), "without_known_price": unpriced,
            "skipped_by_pose": by_reason.iter().map(|(pose, count, why)|
                json!({ "pose": pose, "count": count, "reason": why })).collect::<Vec<_>>(),
        }));
        if self.json {
            return;
        }
        say!(
            "Plan: up to {} of {}.",
            counted(to_make, "picture"),
            counted(products.len(), "product")
        );
        if is_priced {
            say!(
                "  The engine's vendor charges about ${:.2} for them; what is done already costs nothing more, pictures that are \
                 made again come on top.",
                price.usd()
            );
        }
        if unpriced > 0 {
            say!(
                "  What the vendor charges for {} is not known here, so --cost-max cannot hold it; --retries does. A \
                 price_usd in engines.toml makes it known.",
                counted(unpriced, "picture")
            );
        }
        for (pose, count, why) in by_reason {
            say!("  {pose} skipped for {}: {why}", counted(count, "product"));
        }
    }

    pub(crate) fn submitted(self, done: &Submitted) {
        self.emit(&json!({
            "event": "submitted", "to_make": done.to_make, "resumed": done.resumed,
            "already_done": done.already_done, "already_decided": done.already_decided,
            "skipped": done.skipped, "made_again": done.made_again,
        }));
        if self.json {
            return;
        }
        let parts = [
            (done.already_done, "already done and kept"),
            (
                done.resumed,
                "left over from a shoot that was stopped, taken up again",
            ),
            (
                done.already_decided,
                "refused or rejected before from the same photos, not tried again",
            ),
            (
                done.made_again,
                "made before from other photos or settings (or the file is gone), made again",
            ),
        ];
        for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
            say!("  {count} {what}");
        }
    }

    pub(crate) fn ended(self, ended: &Ended<'_>) {
        let (status, reason) = match ended.end {
            AttemptEnd::Completed(_) => ("COMPLETED", None),
            AttemptEnd::Rejected(reason) => ("REJECTED", Some(reason)),
            AttemptEnd::Refused(reason) => ("SKIPPED", Some(reason)),
            AttemptEnd::Failed(reason) => ("FAILED", Some(reason)),
            AttemptEnd::Retry { message, .. } => ("PENDING", Some(message)),
        };
        self.emit(&json!({
            "event": "picture", "sku": ended.shot.product.sku, "pose": ended.shot.pose, "take": ended.shot.take,
            "status": status, "reason": reason, "file": ended.file().map(|file| &file.path),
            "verdicts": ended.verdicts, "elapsed_ms": ended.elapsed_ms,
        }));
    }

    pub(crate) fn finished(self, report: &Report, out: &Path, elapsed_ms: i64, left: usize) {
        let counts = &report.manifest.counts;
        self.emit(&json!({
            "event": "finished", "left": left, "counts": counts, "elapsed_ms": elapsed_ms,
            "channels": {
                "written": report.channels.rendered, "kept": report.channels.kept, "failing": report.channels.failing,
            },
            "manifest": out.join("manifest.json").display().to_string(),
            "index": out.join("index.html").display().to_string(),
        }));
        if self.json {
            return;
        }
        let seconds = elapsed_ms.max(0) / 1000;
        let took = if seconds < 60 {
            format!("{seconds} s")
        } else {
            format!("{} min {} s", seconds / 60, seconds % 60)
        };
        let word = if left > 0 { "Stopped" } else { "Done" };
        say!(
            "{word} in {took}: {} ({} to look at), {} failed, {} rejected, {} skipped.",
            counted(counts.completed, "picture"),
            counts.to_review,
            counts.failed,
            counts.rejected,
            counts.skipped
        );
        if left > 0 {
            let left = counted(left, "picture");
            say!("Not made yet: {left}. Run the same command again to go on.");
        }
        say_spent(&report.manifest);
        if report.removed > 0 {
            say!(
                "Replaced and removed: {} of earlier settings.",
                counted(report.removed, "file")
            );
        }
        let channels = &report.channels;
        if channels.rendered + channels.kept + channels.failing > 0 {
            say!(
                "For channels: {} written, {} there already, {} that their channel would not take.",
                counted(channels.rendered, "file"),
                channels.kept,
                channels.failing
            );
        }
        for line in &report.troubles {
            say!("  {line}");
        }
        say!("Look:     {}", out.join("index.html").display());
        say!("Manifest: {}", out.join("manifest.json").display());
    }

    /// Front and back photos that gave no picture.
    pub(crate) fn unusable(self, count: usize) {
        if count > 0 && !self.json {
            say!(
                "No picture of {}: their reasons are in the contact sheet.",
                counted(count, "front or back photo")
            );
        }
    }
}

/// The skipped pictures of a plan: pose, count, and the reason. Reasons that differ only in the SKU count as one,
/// written with `SKU`.
fn by_reason(planned: &[PlannedGeneration], products: &[Product]) -> Vec<(&'static str, usize, String)> {
    let mut rows: Vec<(&'static str, usize, String)> = Vec::new();
    for picture in planned {
        let Some(reason) = &picture.skip else { continue };
        let pose = picture.pose.as_str();
        let sku = &products[picture.product].sku;
        let reason = reason
            .replace(&format!("of {sku},"), "of SKU,")
            .replace(&format!("add {sku}_"), "add SKU_");
        match rows
            .iter_mut()
            .find(|(row_pose, _, row_reason)| *row_pose == pose && *row_reason == reason)
        {
            Some((_, count, _)) => *count += 1,
            None => rows.push((pose, 1, reason)),
        }
    }
    rows
}

fn text_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

/// What vendors charged for the pictures of the catalogue, and orders that nobody has an answer to.
fn say_spent(manifest: &Manifest) {
    let tries = || manifest.pictures.iter().flat_map(|picture| &picture.attempts);
    let spent: f64 = tries().map(|one| one.cost_usd).sum();
    if spent > 0.0 {
        say!(
            "Vendors:  about ${spent:.2} by their price lists, for {}.",
            counted(tries().count(), "order")
        );
    }
    let lost: Vec<f64> = tries()
        .filter(|one| one.outcome == AttemptOutcome::Lost.name())
        .map(|one| one.cost_usd)
        .collect();
    if !lost.is_empty() {
        say!(
            "Maybe billed: {} without an answer, about ${:.2}. manifest.json names them; ask the vendor.",
            counted(lost.len(), "order"),
            lost.iter().sum::<f64>()
        );
    }
}

pub(crate) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A bar of known length, hidden where standard error is not a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn at(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
