//! Pictures as pages show them: where their small copies are, what they are called, how they stand.

use domain::{format::Format, generation::Status, product::PhotoRef, thumbnail};
use store::{
    catalogue::PhotoFile,
    overview::{SheetFile, SheetPicture},
    shoots::{Progress, Shoot},
};

use super::{
    show::{self, Markup, Part, bar},
    words::Words,
};
use crate::{api::media, app::App};

/// The small copies of a photo or a picture, of which a browser takes the one that its screen needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Small {
    /// The one of the usual size.
    url: String,
    /// Every one and its columns, as `srcset` says it.
    srcset: String,
}

impl Small {
    /// At an address that takes `side`, in these sides and columns.
    fn at(url: String, copies: &[(u32, u32)]) -> Self {
        let joint = if url.contains('?') { '&' } else { '?' };
        let candidates = copies
            .iter()
            .map(|(side, width)| format!("{url}{joint}side={side} {width}w"));
        Self {
            srcset: candidates.collect::<Vec<_>>().join(", "),
            url,
        }
    }

    /// Of a photo.
    pub(crate) fn of_photo(app: &App, photo: &PhotoRef, file: &PhotoFile) -> Self {
        let pixels = |length: i64| u32::try_from(length).unwrap_or(1);
        Self::at(
            media::thumbnail_url(app, &photo.source),
            &thumbnail::widths(pixels(file.width), pixels(file.height)),
        )
    }

    /// Of the first photo of a product or a person; of nothing where there is none.
    pub(crate) fn of_first(app: &App, photos: &[PhotoRef], files: &[PhotoFile]) -> Self {
        let first = photos.iter().zip(files).next();
        first
            .map(|(photo, file)| Self::of_photo(app, photo, file))
            .unwrap_or_default()
    }

    /// Of a picture, for as long as the session holds; of nothing where it has no file.
    pub(crate) fn of_picture(picture: &SheetPicture) -> Self {
        if picture.file.is_none() {
            return Self::default();
        }
        Self::at(
            format!("/pictures/{}/thumb?v={}", picture.id, picture.tries),
            &copies(picture),
        )
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.url.is_empty()
    }

    /// What an `img` shows it by, where it is drawn as wide as `sizes` says.
    pub(crate) fn sources(&self, sizes: &str) -> Markup {
        show::sources(&self.url, &self.srcset, sizes)
    }
}

/// The sides of a picture's small copies, each with its columns. None of AVIF: browsers show it, and nothing here reads it.
pub(crate) fn copies(picture: &SheetPicture) -> Vec<(u32, u32)> {
    let file = picture.file.as_ref().filter(|file| file.format != Format::Avif);
    file.map(|file| thumbnail::widths(file.width, file.height))
        .unwrap_or_default()
}

/// A picture on a sheet.
#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub(crate) id: String,
    pub(crate) sku: String,
    pub(crate) pose: String,
    /// What a screen reader says of it.
    pub(crate) label: String,
    /// waiting, running, picture, removed, left_out, cancelled, failed.
    pub(crate) state: &'static str,
    /// Its mark: approved, rejected, failed, unmade, doubtful, unverifiable; empty.
    pub(crate) mark: &'static str,
    pub(crate) small: Small,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Why there is none, as an attribute tells it.
    pub(crate) reason: String,
    pub(crate) started_ms: i64,
}

impl Tile {
    pub(crate) fn of(w: Words, picture: &SheetPicture) -> Self {
        let name = picture.name.clone().unwrap_or_default();
        let pose = pose_name(w, picture.pose.as_str(), picture.take);
        let state = match picture.status.as_str() {
            "PENDING" => "waiting",
            "PROCESSING" => "running",
            "SKIPPED" => "left_out",
            "CANCELLED" => "cancelled",
            "COMPLETED" | "REJECTED" if picture.file.is_some() => "picture",
            "COMPLETED" | "REJECTED" if picture.file_removed_ms.is_some() => "removed",
            _ => "failed",
        };
        let mark = mark(picture);
        let stands = if mark.is_empty() || state == "removed" {
            state
        } else {
            mark
        };
        let shown = if name.is_empty() {
            picture.sku.clone()
        } else {
            format!("{} {name}", picture.sku)
        };
        let reason = picture.reason.as_deref().unwrap_or_default();
        Self {
            label: format!("{shown}, {pose}, {}", w.name("mark", stands)),
            small: Small::of_picture(picture),
            width: picture.file.as_ref().map_or(4, |file| file.width),
            height: picture.file.as_ref().map_or(5, |file| file.height),
            id: picture.id.clone(),
            sku: picture.sku.clone(),
            pose,
            state,
            mark,
            reason: w.sentence(reason),
            started_ms: picture.started_ms.unwrap_or_default(),
        }
    }
}

/// How a picture stands, in a word; empty where it passed and nobody has decided.
pub(crate) fn mark(picture: &SheetPicture) -> &'static str {
    match (picture.review.as_deref(), picture.status.as_str()) {
        (Some("approved"), _) => "approved",
        (Some(_), _) => "rejected",
        (None, "REJECTED") => "failed",
        (None, "FAILED") => "unmade",
        (None, "COMPLETED") if picture.worst == "unverifiable" => "unverifiable",
        (None, "COMPLETED") if picture.needs_review => "doubtful",
        _ => "",
    }
}

/// A pose's name for people, with its number where it yields several.
pub(crate) fn pose_name(w: Words, pose: &str, take: i64) -> String {
    let name = w.name("pose", pose);
    if take > 1 { format!("{name} {take}") } else { name }
}

/// A finished file in full.
pub(crate) fn full(app: &App, file: &SheetFile, name: &str) -> String {
    media::url(app, &file.path, &media::type_of(file.format), Some(name))
}

/// A shoot's name for people.
pub(crate) fn shoot_name(w: Words, shoot: &Shoot) -> String {
    if shoot.name.is_empty() {
        let tail = shoot.id.as_str();
        w.t1("shoot-unnamed", "id", &tail[tail.len().saturating_sub(4)..])
    } else {
        shoot.name.clone()
    }
}

/// How far a shoot is, in numbers and as a bar.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    pub(crate) ordered: i64,
    pub(crate) ended: i64,
    pub(crate) passed: i64,
    pub(crate) look: i64,
    pub(crate) failed: i64,
    pub(crate) running: i64,
    pub(crate) left_ms: Option<i64>,
    pub(crate) cost_usd: f64,
    pub(crate) bar: Markup,
}

impl Far {
    pub(crate) fn of(progress: &Progress, now_ms: i64) -> Self {
        let failed = progress.at(Status::Rejected) + progress.at(Status::Failed);
        let running = progress.at(Status::Processing);
        let passed = progress.at(Status::Completed) - progress.to_review;
        let part = |kind, count| Part { kind, count };
        let parts = [
            part("done", passed),
            part("look", progress.to_review),
            part("failed", failed),
            part("running", running),
        ];
        Self {
            ordered: progress.ordered(),
            ended: progress.ended(),
            passed,
            look: progress.to_review,
            failed,
            running,
            left_ms: progress
                .left_ms(now_ms)
                .filter(|_| progress.ended() < progress.ordered()),
            cost_usd: progress.cost_microusd as f64 / 1e6,
            bar: bar(&parts, progress.ordered()),
        }
    }

    /// The share that has ended, in percent.
    pub(crate) fn percent(&self) -> i64 {
        if self.ordered == 0 {
            0
        } else {
            self.ended * 100 / self.ordered
        }
    }
}
