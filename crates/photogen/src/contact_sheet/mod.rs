//! The contact sheet: one page that opens from disk and shows every picture beside the photo it was made from.
//!
//! Styles, script and data are inside the page; pictures are found by relative paths, so the folder can be zipped,
//! moved or put on any web server. Nothing is loaded from a network.

mod data;
mod previews;

pub(crate) use previews::reduced;
mod sweep;
mod url;

use std::{collections::HashMap, path::Path};

use askama::Template;
use domain::{
    brief::Brief,
    manifest::{Counts, Entry, Manifest},
};
use serde_json::json;

use crate::counted::counted;

/// Pictures a reader without scripts sees.
const PLAIN_PICTURES: usize = 60;

#[derive(Template)]
#[template(path = "contact_sheet/page.html")]
struct Page<'a> {
    brief: String,
    generator: &'a str,
    counts: &'a Counts,
    total: usize,
    pictures: String,
    plain: Vec<PlainPicture<'a>>,
    style: &'static str,
    script: &'static str,
    data: String,
}

/// A picture for readers without scripts.
struct PlainPicture<'a> {
    sku: &'a str,
    pose: &'static str,
    url: String,
    thumb: String,
}

/// Renders the page. The manifest's previews should have been written before: see [`write_previews`].
pub(crate) fn render(manifest: &Manifest) -> anyhow::Result<String> {
    let plain = manifest.pictures.iter().filter_map(|entry| {
        let file = entry.file.as_ref()?;
        Some(PlainPicture {
            sku: &entry.sku,
            pose: entry.pose.as_str(),
            url: url::relative(&file.path),
            thumb: url::relative(&previews::thumb_path(file)),
        })
    });
    let page = Page {
        brief: headline(manifest),
        generator: &manifest.generator,
        counts: &manifest.counts,
        total: manifest.pictures.len(),
        pictures: counted(manifest.pictures.len(), "picture"),
        plain: plain.take(PLAIN_PICTURES).collect(),
        style: include_str!("../../templates/contact_sheet/style.css"),
        script: include_str!("../../templates/contact_sheet/script.js"),
        data: for_script(&serde_json::to_string(&data::page_data(manifest))?),
    };
    Ok(page.render()?)
}

/// Writes the small copies the page shows that are missing in `out`, and names the photos' in the manifest. Stops
/// before the next copy once `is_stopped`.
///
/// `sources` says where the photo with a hash is read from. A copy that cannot be made is one line of what comes
/// back and stops nothing: the page then shows the picture itself, or says that there is no copy of the photo.
pub(crate) fn write_previews(
    manifest: &mut Manifest,
    sources: &HashMap<String, String>,
    out: &Path,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> Vec<String> {
    previews::write(manifest, sources, out, is_stopped)
}

/// Removes the small copies in `out` that were made for an earlier page and that this manifest does not show. Files
/// that were not written by [`write_previews`] stay. Returns what could not be removed.
pub(crate) fn sweep_previews(manifest: &Manifest, out: &Path) -> Vec<String> {
    sweep::sweep(manifest, out)
}

/// The settings of the latest shoot, and how many pictures were made with others.
fn headline(manifest: &Manifest) -> String {
    let brief = &manifest.brief;
    let [red, green, blue] = brief.background.rgb;
    let earlier = manifest
        .pictures
        .iter()
        .filter(|entry| is_of_other_settings(entry, brief))
        .count();
    let others = match earlier {
        0 => String::new(),
        count => format!("; {} made earlier with other settings", counted(count, "picture")),
    };
    format!(
        "{} {}, ground #{red:02x}{green:02x}{blue:02x}, {} engine{others}",
        brief.size, brief.format, brief.engine
    )
}

/// A delivered picture that the headline's settings do not describe, as far as its entry tells.
fn is_of_other_settings(entry: &Entry, brief: &Brief) -> bool {
    let Some(file) = &entry.file else { return false };
    let differs = |key: &str, asked: serde_json::Value| {
        let made = &entry.recipe[key];
        !made.is_null() && *made != asked
    };
    file.format != brief.format
        || entry.engine != brief.engine.name.0
        || differs("size", json!(brief.size))
        || differs("background", json!(brief.background))
}

/// JSON that cannot end the script element it stands in, whatever a SKU or a note says.
fn for_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests;
