//! Close-ups: crops at the photo's own resolution, enlarged little and never padded.

mod islands;
mod regions;
mod render;
mod study;
mod window;

use domain::{product::View, shot::Shot, size::Size};

use super::{packshot::Subject, photos::NoPhoto};
use crate::{Kit, Reply};
use islands::Islands;
use regions::regions;
use study::Study;
use window::Sums;

/// Width of the widest single print, as a share of the garment's width; 0 without one.
pub(super) fn widest_print(subject: &Subject, size: Size) -> f32 {
    let study = Study::of(subject, size);
    let (solid, structure) = (Sums::of(&study.solid), Sums::of(&study.structure));
    let islands = Islands::find(&study, &solid, &structure);
    let widths = islands.list.iter().map(|island| island.core.width);
    widths.fold(0.0, f32::max) / study.garment[2]
}

/// Makes a take of the close-ups: the product's own detail photos first, then regions of the front photo.
pub(super) fn make(kit: &Kit, shot: &Shot) -> Result<Reply, NoPhoto> {
    let take = shot.take.max(1) as usize;
    let details: Vec<_> = shot.product.photos_of(View::Detail).collect();
    if let Some(photo) = details.get(take - 1) {
        return render::detail_photo(kit, shot, photo);
    }
    let Some(front) = shot.product.photo(View::Front) else {
        return Ok(Reply::Refused(format!(
            "{sku} has {count} and no front photo to take more close-ups from; add {sku}_front.jpg",
            sku = shot.product.sku,
            count = counted(details.len(), "detail photo"),
        )));
    };
    let subject = Subject::of(kit, front)?;
    let study = Study::of(&subject, shot.brief.size);
    let found = regions(&study);
    match found.get(take - 1 - details.len()) {
        Some(region) => Ok(render::region(kit, shot, front, &subject, &study, region)),
        None => Ok(Reply::Refused(format!(
            "the front photo shows only {count} worth a close-up; \
             a detail photo ({sku}_detail.jpg) would give more",
            sku = shot.product.sku,
            count = counted(found.len(), "region"),
        ))),
    }
}

/// `1 region`, `2 regions`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
