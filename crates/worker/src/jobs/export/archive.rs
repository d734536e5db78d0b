//! The archive of an export: written aside, one file in memory at a time, and stored.

use std::{path::Path, sync::Arc};

use domain::{
    delivery::{EXPORT_VERSION, ExportManifest, ExportedFile},
    manifest::Entry,
};
use store::exports::report_key;
use tokio::runtime::Handle;

use super::{
    Exporter, Held, Pulse, Trouble,
    aside::{self, Aside, Why},
    render::Ready,
};
use crate::delivery::{Disk, PackError, Packed, Packer, Renders};

/// An archive that is stored.
pub(super) struct Archive {
    /// Its blob.
    pub(super) file: String,
    pub(super) packed: Packed,
}

/// What goes into the archive.
pub(super) fn manifest(
    held: &Held<'_>,
    entries: &[Arc<Entry>],
    ready: Vec<Ready>,
    mut remarks: Vec<String>,
) -> Result<ExportManifest, Trouble> {
    let mut files = Vec::with_capacity(ready.len());
    for Ready { planned, rendered } in ready {
        let entry = &entries[planned.picture];
        match rendered {
            Ok(rendered) => {
                let source = entry.file.as_ref().map_or("", |file| file.sha256.as_str());
                let mut exported = rendered.exported(entry, &planned, &held.terms, source);
                exported.notes = rendered.sentences();
                files.push(exported);
            }
            Err(why) => remarks.push(format!(
                "{}: no file for {}: {why}",
                planned.path, planned.profile.title
            )),
        }
    }
    if files.is_empty() {
        let why = remarks.into_iter().next();
        return Err(Trouble::Broken(
            why.unwrap_or_else(|| "there is no picture to pack".to_owned()),
        ));
    }
    Ok(ExportManifest {
        version: EXPORT_VERSION,
        generator: concat!("photogen ", env!("CARGO_PKG_VERSION")).to_owned(),
        profiles: held.request.profiles.clone(),
        files,
        remarks,
    })
}

impl Exporter {
    /// Writes and stores the archive, and before it what pages tell of it.
    pub(super) async fn archive(
        &self,
        held: &Held<'_>,
        manifest: ExportManifest,
        pulse: &Pulse,
    ) -> Result<Archive, Trouble> {
        let report = serde_json::to_vec(&manifest)
            .map_err(|error| Trouble::Broken(format!("the manifest cannot be written: {error}")))?;
        let path = aside::path(&self.scratch, Why::Export, held);
        let renders = held.renders.clone();
        let is_lost = pulse.is_lost();
        let packing = tokio::task::spawn_blocking(move || {
            let aside = Aside::at(path).map_err(PackError::from)?;
            let packed = write(&renders, &Handle::current(), &manifest, aside.path(), &is_lost)?;
            Ok::<_, Trouble>((packed, aside))
        });
        let (packed, aside) = packing
            .await
            .map_err(|panic| Trouble::Broken(format!("packing broke down: {panic}")))??;
        self.put(held, packed, aside.path(), report).await
    }

    async fn put(
        &self,
        held: &Held<'_>,
        packed: Packed,
        path: &Path,
        report: Vec<u8>,
    ) -> Result<Archive, Trouble> {
        let file = format!("exports/{}/{}.zip", held.export.workspace_id, packed.sha256);
        // An earlier export's archive may be it, and be doomed.
        self.store.spare(&report_key(&file)).await?;
        self.blobs.put(&report_key(&file), report.into()).await?;
        self.store.spare(&file).await?;
        self.blobs.put_file(&file, path).await?;
        Ok(Archive { file, packed })
    }
}

/// The blob of a file in the archive.
pub(super) fn blob_of(renders: &Renders, file: &ExportedFile) -> String {
    renders.file(&file.sha256, file.format.extension())
}

fn write(
    renders: &Renders,
    handle: &Handle,
    manifest: &ExportManifest,
    path: &Path,
    is_lost: &dyn Fn() -> bool,
) -> Result<Packed, Trouble> {
    let mut packer = Packer::new(Disk::create(path).map_err(PackError::from)?);
    for file in &manifest.files {
        if is_lost() {
            return Err(Trouble::Lost);
        }
        let bytes = handle.block_on(renders.blobs.get(&blob_of(renders, file)))?;
        packer.add(&file.path, file.bytes, bytes.as_ref())?;
    }
    let (packed, to) = packer.finish(manifest)?;
    to.finish().map_err(PackError::from)?;
    Ok(packed)
}
