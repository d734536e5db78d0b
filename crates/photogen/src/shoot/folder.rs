//! The output folder: one shoot at a time, its state in `.photogen/`.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use domain::{clock::Clock as _, ids::WorkspaceId, product::Product};
use store::{Store, blobs::local::LocalBlobs, ids::Ids, workspaces::NewWorkspace};

use crate::clock::SystemClock;

/// Where the state is kept, under the output folder.
pub(crate) const STATE_FOLDER: &str = ".photogen";

/// Fails when photos lie in the output folder: a delivered picture could take the place of the photo it was made from.
pub(crate) fn check_apart(out: &Path, products: &[Product]) -> anyhow::Result<()> {
    let Ok(out) = out.canonicalize() else {
        return Ok(());
    };
    let photos = products.iter().flat_map(|product| &product.photos);
    for photo in photos.map(|photo| Path::new(&photo.source)) {
        if photo.canonicalize().is_ok_and(|photo| photo.starts_with(&out)) {
            bail!(
                "the photo {} lies in the output folder, where pictures could overwrite it; choose an --out of its own",
                photo.display()
            );
        }
    }
    Ok(())
}

/// Fails when the folder was never a catalogue and holds files a catalogue would overwrite.
fn check_ours(out: &Path, state: &Path) -> anyhow::Result<()> {
    let foreign = ["manifest.json", "index.html"]
        .into_iter()
        .find(|name| out.join(name).exists());
    match foreign {
        Some(name) if !state.exists() => bail!(
            "{} holds a {name} that photogen did not write; choose an empty or new --out",
            out.display()
        ),
        _ => Ok(()),
    }
}

/// An output folder held by this process.
pub(crate) struct Folder {
    out: PathBuf,
    _held: File,
}

/// What an output folder remembers.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) blobs: LocalBlobs,
    pub(crate) ids: Ids,
    pub(crate) workspace: WorkspaceId,
}

impl Folder {
    /// Makes the folder if needed and holds it until the process ends, however it ends.
    pub(crate) fn open(out: &Path) -> anyhow::Result<Self> {
        let state = out.join(STATE_FOLDER);
        check_ours(out, &state)?;
        fs::create_dir_all(&state).with_context(|| format!("cannot make the folder {}", out.display()))?;
        let path = state.join("lock");
        let held = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match held.try_lock() {
            Ok(()) => Ok(Self {
                out: out.to_owned(),
                _held: held,
            }),
            Err(TryLockError::WouldBlock) => bail!(
                "another photogen is working in {}; wait for it, or choose another --out",
                out.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// The folder.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Opens the state. Jobs that a killed process held are made available again.
    pub(crate) async fn state(&self) -> anyhow::Result<State> {
        let folder = self.out.join(STATE_FOLDER);
        let store = Store::open(&folder.join("state.db")).await.with_context(|| {
            format!(
                "cannot open the state of an earlier shoot in {}",
                folder.display()
            )
        })?;
        let workspace = WorkspaceId("local".to_owned());
        let new = NewWorkspace {
            id: workspace.clone(),
            name: "this folder",
            metered: false,
        };
        store.ensure_workspace(&new, SystemClock.now_ms()).await?;
        let ids = Ids::new(Arc::new(SystemClock));
        store.rescue_all(&ids, SystemClock.now_ms()).await?;
        let blobs = LocalBlobs::open(&self.out, &folder.join("unfinished"))?;
        Ok(State {
            store,
            blobs,
            ids,
            workspace,
        })
    }
}
