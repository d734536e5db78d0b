//! Pictures of a shoot that a service made, out of its database and storage, also while it runs.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use domain::{delivery::Planned, ids::ShootId, manifest::Entry};
use store::{blobs, exports::Selection};
use tokio::runtime::{Handle, Runtime};
use worker::delivery::{Opened, Rendered, Renders, Terms, key};

use super::Stock;
use crate::{clock::SystemClock, serve::Storage};

/// A shoot of a service.
pub(super) struct Service {
    pictures: Vec<Entry>,
    renders: Renders,
    runtime: Handle,
    state: PathBuf,
}

impl Service {
    pub(super) fn open(
        storage: &Storage,
        shoot: &str,
        chosen: &[String],
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        storage.check_addresses()?;
        let state = storage.folder();
        if !storage.is_shared() && !state.join("photogen.db").is_file() && storage.database_url().is_none() {
            bail!(
                "{} holds no data of a service; name its folder with --data, or its database with DATABASE_URL",
                state.display()
            );
        }
        let blobs = blobs::open(&storage.files_address(), Arc::new(SystemClock))
            .context("cannot open the file storage (STORAGE_URL)")?;
        runtime.block_on(async {
            let store = storage.store().await?;
            let workspace = store.workspace_of_shoot(&ShootId(shoot.to_owned())).await?;
            let workspace = workspace.with_context(|| format!("there is no shoot `{shoot}` here"))?;
            let selection = Selection {
                generations: (!chosen.is_empty()).then(|| chosen.to_vec()),
                shoot: Some(shoot.to_owned()),
            };
            let found = store.pictures_to_export(&workspace, &selection).await?;
            if let Some(missing) = chosen
                .iter()
                .find(|id| !found.iter().any(|(found, _)| found == *id))
            {
                bail!("`{missing}` is no finished picture of this shoot, or it was rejected");
            }
            Ok(Self {
                pictures: found.into_iter().map(|(_, entry)| entry).collect(),
                renders: Renders {
                    store,
                    blobs,
                    workspace,
                },
                runtime: runtime.handle().clone(),
                state,
            })
        })
    }

    async fn kept(&self, key: &str, extension: &str) -> Result<Option<(Rendered, Vec<u8>)>, String> {
        let kept = self.renders.kept(key, extension).await;
        let Some(rendered) = kept.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let file = self.renders.file(&rendered.sha256, extension);
        // One that was swept away just now is rendered again.
        let bytes = self.renders.blobs.get(&file).await.ok();
        Ok(bytes.map(|bytes| (rendered, bytes.to_vec())))
    }
}

impl Stock for Service {
    fn pictures(&self) -> &[Entry] {
        &self.pictures
    }

    fn rendered(
        &self,
        entry: &Entry,
        planned: &Planned,
        terms: &Terms,
    ) -> Result<(Rendered, Vec<u8>), String> {
        let source = entry.file.as_ref().ok_or("the picture has no file")?;
        let key = key(&source.sha256, entry, planned.profile, planned.role, terms);
        let extension = planned.profile.format.extension();
        if let Some(kept) = self.runtime.block_on(self.kept(&key, extension))? {
            return Ok(kept);
        }
        let bytes = self.runtime.block_on(self.renders.blobs.get(&source.path));
        let bytes = bytes.map_err(|error| error.to_string())?;
        let (rendered, made) =
            Opened::open(bytes.to_vec())?.render(entry, planned.profile, planned.role, terms)?;
        self.runtime
            .block_on(self.renders.keep(&rendered, extension, made.clone()))
            .map_err(|error| error.to_string())?;
        Ok((rendered, made))
    }

    fn state(&self) -> PathBuf {
        self.state.clone()
    }
}
