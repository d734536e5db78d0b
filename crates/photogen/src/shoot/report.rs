//! What is written beside the pictures: `manifest.json` and `index.html`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use domain::{
    ids::WorkspaceId,
    manifest::{Counts, MANIFEST_VERSION, Manifest},
};
use worker::Environment;

use super::{
    channels::{self, Channels},
    sets,
};
use crate::contact_sheet;

/// What was written.
pub(crate) struct Report {
    pub(crate) manifest: Manifest,
    /// Files of earlier settings that a new picture replaced.
    pub(crate) removed: usize,
    /// The files for channels.
    pub(crate) channels: channels::Made,
    /// What could not be done beside the pictures themselves.
    pub(crate) troubles: Vec<String>,
}

/// Writes the manifest and the contact sheet for everything the folder holds.
pub(crate) async fn write(
    environment: &Environment,
    workspace: &WorkspaceId,
    out: &Path,
    channels: &Channels,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> anyhow::Result<Report> {
    let mut troubles = sets::check(environment, workspace, is_stopped).await?;
    let pictures = environment.store.entries(workspace).await?;
    let brief = environment
        .store
        .latest_brief(workspace)
        .await?
        .unwrap_or_default();
    let mut manifest = Manifest {
        version: MANIFEST_VERSION,
        generator: concat!("photogen ", env!("CARGO_PKG_VERSION")).to_owned(),
        brief,
        counts: Counts::of(&pictures),
        pictures,
    };
    let sources = environment.store.sources(workspace).await?;
    troubles.extend(contact_sheet::write_previews(
        &mut manifest,
        &sources,
        out,
        is_stopped,
    ));
    let made = channels.render(&mut manifest.pictures, out, is_stopped);
    troubles.extend(made.remarks.iter().cloned());
    let json = serde_json::to_string_pretty(&manifest)? + "\n";
    replace(&out.join("manifest.json"), json.as_bytes())?;
    replace(
        &out.join("index.html"),
        contact_sheet::render(&manifest)?.as_bytes(),
    )?;
    troubles.extend(contact_sheet::sweep_previews(&manifest, out));
    let removed = remove_replaced(environment, workspace, &mut troubles).await?;
    Ok(Report {
        manifest,
        channels: made,
        removed,
        troubles,
    })
}

/// Removes files of earlier settings, after the manifest no longer names them.
async fn remove_replaced(
    environment: &Environment,
    workspace: &WorkspaceId,
    troubles: &mut Vec<String>,
) -> anyhow::Result<usize> {
    let mut removed = 0;
    for (generation, key) in environment.store.replaced_files(workspace).await? {
        let stood = environment.blobs.size(&key).await?.is_some();
        match environment.blobs.remove(&key).await {
            Ok(()) => {
                removed += usize::from(stood);
                environment.store.forget_file(&generation).await?;
            }
            Err(error) => troubles.push(error.to_string()),
        }
    }
    Ok(removed)
}

/// Writes a file whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut aside = PathBuf::from(path);
    aside.as_mut_os_string().push(".part");
    fs::write(&aside, bytes)
        .and_then(|()| fs::rename(&aside, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
