//! The output folder: one shoot at a time, its state in `.photogen/`.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow, bail, ensure};
use domain::{clock::Clock as _, ids::WorkspaceId, product::Product};
use store::{Store, StoreError, blobs::local::LocalBlobs, ids::Ids, workspaces::NewWorkspace};

use crate::clock::SystemClock;

/// Where the state is kept, under the output folder.
pub(crate) const STATE_FOLDER: &str = ".photogen";
/// Its rows, in there.
const STATE_FILE: &str = "state.db";

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

/// Fails when nothing could be written to the folder, without leaving anything there.
pub(crate) fn check_usable(out: &Path) -> anyhow::Result<()> {
    check_ours(out)?;
    let nearest = std::path::absolute(out)?;
    let Some(nearest) = nearest.ancestors().find(|folder| folder.exists()) else {
        return Ok(());
    };
    tempfile::tempfile_in(nearest).map_err(|error| cannot_write(out, &error))?;
    Ok(())
}

/// The way out of an output folder that cannot be written.
fn cannot_write(out: &Path, error: &io::Error) -> anyhow::Error {
    let what = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose an --out in a folder that you may write to"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file is in the way; choose another --out"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free some space, or choose an --out on another disk"
        }
        _ => "choose another --out",
    };
    anyhow!("cannot write to {}: {error}; {what}", out.display())
}

/// Fails when the folder was never a catalogue and holds files a catalogue would overwrite.
fn check_ours(out: &Path) -> anyhow::Result<()> {
    let foreign = ["manifest.json", "index.html"]
        .into_iter()
        .find(|name| out.join(name).exists());
    match foreign {
        Some(name) if !out.join(STATE_FOLDER).exists() => bail!(
            "{} holds a {name} that photogen did not write; choose an empty or new --out",
            out.display()
        ),
        _ => Ok(()),
    }
}

/// The rows of a catalogue that is there, also while a shoot is at work in it.
pub(crate) async fn existing(out: &Path) -> anyhow::Result<(Store, WorkspaceId)> {
    let store = Store::open(&existing_rows(out)?)
        .await
        .map_err(|error| unreadable_state(&out.join(STATE_FOLDER), error))?;
    Ok((store, local()))
}

/// The state of a folder that is there, to be looked at without changing it.
pub(crate) async fn as_it_is(out: &Path) -> anyhow::Result<Store> {
    let url = format!("sqlite:{}", existing_rows(out)?.display());
    Store::connect(&url, 2, false)
        .await
        .map_err(|error| unreadable_state(&out.join(STATE_FOLDER), error))
}

fn existing_rows(out: &Path) -> anyhow::Result<PathBuf> {
    let rows = out.join(STATE_FOLDER).join(STATE_FILE);
    ensure!(
        rows.is_file(),
        "{} is no catalogue: name the folder that photogen shoot was given as --out",
        out.display()
    );
    Ok(rows)
}

/// The one workspace of a folder.
fn local() -> WorkspaceId {
    WorkspaceId("local".to_owned())
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
        check_ours(out)?;
        fs::create_dir_all(&state).map_err(|error| cannot_write(out, &error))?;
        let path = state.join("lock");
        let held = File::create(&path).map_err(|error| cannot_write(&path, &error))?;
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
        let store = Store::open(&folder.join(STATE_FILE))
            .await
            .map_err(|error| unreadable_state(&folder, error))?;
        let workspace = local();
        let new = NewWorkspace {
            id: workspace.clone(),
            name: "this folder",
            metered: false,
        };
        let ids = Ids::new(Arc::new(SystemClock));
        let ready = async {
            store.ensure_workspace(&new, SystemClock.now_ms()).await?;
            store.rescue_all(&ids, SystemClock.now_ms()).await
        };
        ready.await.map_err(|error| unreadable_state(&folder, error))?;
        let blobs = LocalBlobs::open(&self.out, &folder.join("unfinished"))?;
        Ok(State {
            store,
            blobs,
            ids,
            workspace,
        })
    }
}

/// What to do about a state that cannot be opened; its file is never touched.
fn unreadable_state(folder: &Path, error: StoreError) -> anyhow::Error {
    let file = folder.join("state.db");
    let file = file.display();
    let what = match &error {
        error if error.is_damaged() => "is damaged",
        StoreError::Migration(_) | StoreError::Row { .. } => {
            "was written by another version of photogen, or is damaged"
        }
        _ => return anyhow!(error).context(format!("cannot open {file}")),
    };
    anyhow!(
        "{file} {what}. It only remembers what is done; the pictures are not in it. Move the files `state.db*` out of \
         {folder} (for example: mkdir old && mv {folder}/state.db* old/) and run the same command again: it makes \
         every picture anew",
        folder = folder.display()
    )
}
