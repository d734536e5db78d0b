//! Which side photo may stand for LEFT, RIGHT or FORTY_FIVE_DEGREE.

use domain::{
    product::{PhotoRef, Product, Side, View},
    shot::Shot,
};

/// The photo for a side pose and the doubt it comes with, or why there is none.
///
/// A photo whose name says its side serves that pose only. One whose name does not is taken for LEFT, the first
/// side picture of a catalogue, and says so: a garment is never mirrored to make the other side.
pub(super) fn photo_for(shot: &Shot, side: Side) -> Result<(&PhotoRef, Option<String>), String> {
    let product = &shot.product;
    let sides = || product.photos_of(View::Side);
    if let Some(photo) = sides().find(|photo| photo.side == Some(side)) {
        return Ok((photo, None));
    }
    let unnamed = sides().find(|photo| photo.side.is_none());
    match unnamed {
        Some(photo) if side == Side::Left => Ok((photo, Some(unnamed_note(product)))),
        Some(_) => Err(format!(
            "the side photo's name does not say which side it shows, so it is used once, as LEFT; \
             name it {sku}_{name}.jpg if it shows this one",
            sku = product.sku,
            name = side.name()
        )),
        None => Err(format!(
            "no {name} photo of {sku}, and the studio never invents or mirrors a view; add {sku}_{name}.jpg",
            sku = product.sku,
            name = side.name()
        )),
    }
}

/// The note a picture carries when its side is a guess.
fn unnamed_note(product: &Product) -> String {
    format!(
        "a side photo whose name does not say which side: filed as LEFT; \
         rename it {sku}_right.jpg or {sku}_45.jpg if it is not",
        sku = product.sku
    )
}
