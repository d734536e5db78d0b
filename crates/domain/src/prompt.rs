//! The words an image model gets for one picture.

use crate::{brief::Brief, pose::PoseName, product::Product};

/// The prompt of one picture, from the pose, the product's words and the brief.
pub fn prompt(product: &Product, pose: PoseName, brief: &Brief) -> String {
    let garment = product
        .name
        .as_deref()
        .unwrap_or("the garment in the product photo");
    let colour = product
        .colour
        .as_deref()
        .map(|colour| format!(" in {colour}"))
        .unwrap_or_default();
    let mut words = format!(
        "Catalogue photograph of {garment}{colour}, {phrase}, on an even {background} background. \
         Keep the garment exactly as in the product photo: cut, colour, print, seams and labels unchanged.",
        phrase = pose.pose().phrase,
        background = brief.background,
    );
    if let Some(extra) = brief
        .prompt
        .as_deref()
        .map(str::trim)
        .filter(|extra| !extra.is_empty())
    {
        words.push(' ');
        words.push_str(extra);
    }
    words
}
