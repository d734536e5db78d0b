//! Targets: storages that the operator named, where exports may be put. Who orders an export chooses a name, never an address, so
//! nobody makes the service write where its operator did not say, and nothing is ever read from there.

use std::{
    collections::HashSet,
    fmt,
    path::{Component, Path},
    sync::Arc,
};

use domain::{clock::Clock, ids::WorkspaceId};
use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

use crate::blobs::{self, BlobError, Blobs, check_portable_key};

/// What stands for the workspace in an address.
const WORKSPACE: &str = "{workspace}";
/// The longest name.
const NAME_MAX: usize = 40;

/// A place for exports, as the operator writes it down.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What people choose it by: lower-case letters, digits and `-`.
    pub name: String,
    /// A bucket or a folder, as [`blobs::open()`] takes it; `{workspace}` is replaced by the id of who exports.
    pub address: String,
    /// The ids of the workspaces that may use it; all without.
    #[serde(default)]
    pub workspaces: Vec<String>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Target {
    fn is_for(&self, workspace: &WorkspaceId) -> bool {
        self.workspaces.is_empty() || self.workspaces.iter().any(|id| id == workspace.as_str())
    }
}

/// Why targets cannot be used.
#[derive(Debug, Error)]
pub enum TargetError {
    /// What the operator wrote down is not right.
    #[error("the target `{name}` cannot be used: {what}")]
    Bad {
        /// Its name.
        name: String,
        /// What is wrong, and what to write instead.
        what: String,
    },
    /// There is none of that name for the workspace.
    #[error("there is no target `{0}` here")]
    Unknown(String),
    /// Its storage cannot be opened.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// Every target of a service.
#[derive(Clone)]
pub struct Targets {
    all: Vec<Target>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Targets").field(&self.all).finish()
    }
}

impl Targets {
    /// Checks the targets of a service whose own files lie at an address.
    ///
    /// # Errors
    /// [`TargetError::Bad`]: a name or an address that is not right, one that lies in the service's own storage, or one that
    /// several workspaces would share without a folder each.
    pub fn new(all: Vec<Target>, own: &str, clock: Arc<dyn Clock>) -> Result<Self, TargetError> {
        let own = Own::at(own);
        let mut names = HashSet::new();
        for target in &all {
            let bad = |what: &str| TargetError::Bad {
                name: target.name.clone(),
                what: what.to_owned(),
            };
            if !is_name(&target.name) {
                return Err(bad(
                    "its name takes lower-case letters, digits and `-`, forty at most",
                ));
            }
            if !names.insert(target.name.as_str()) {
                return Err(bad("there are two of that name"));
            }
            if target.workspaces.len() != 1 && !target.address.contains(WORKSPACE) {
                return Err(bad(
                    "several workspaces may use it, so its address needs a folder for each: write {workspace} into it, or name \
                     the one workspace that may",
                ));
            }
            let place = Place::of(&target.address).ok_or_else(|| {
                bad("its address is neither s3://BUCKET/FOLDER nor the whole path of a folder")
            })?;
            match &own {
                Own::Place(own) if own.meets(&place) => {
                    return Err(bad("it lies where the service keeps its own files"));
                }
                Own::Unknown => {
                    return Err(bad(
                        "whether it lies where the service keeps its own files cannot be told: name its data folder or storage by a whole \
                         path or address",
                    ));
                }
                Own::Place(_) | Own::Apart => {}
            }
        }
        Ok(Self { all, clock })
    }

    /// The names that a workspace may choose from.
    pub fn names(&self, workspace: &WorkspaceId) -> Vec<&str> {
        let mine = self.all.iter().filter(|target| target.is_for(workspace));
        mine.map(|target| target.name.as_str()).collect()
    }

    /// Opens a target for a workspace.
    ///
    /// # Errors
    /// [`TargetError::Unknown`] where there is none of that name for the workspace, and what the storage says.
    pub fn open(&self, name: &str, workspace: &WorkspaceId) -> Result<Arc<dyn Blobs>, TargetError> {
        let target = self
            .all
            .iter()
            .find(|target| target.name == name && target.is_for(workspace))
            .ok_or_else(|| TargetError::Unknown(name.to_owned()))?;
        check_portable_key(workspace.as_str())?;
        let address = target.address.replace(WORKSPACE, workspace.as_str());
        Ok(blobs::open(&address, Arc::clone(&self.clock))?)
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(plain)
}

/// Where the service keeps its own files.
enum Own {
    Place(Place),
    /// Where no target can be, as memory or a delivery network.
    Apart,
    /// It cannot be compared.
    Unknown,
}

impl Own {
    fn at(address: &str) -> Self {
        let place = match blobs::folder_of(address) {
            Some(folder) => Place::folder(&folder),
            None if ["s3:", "file:"].iter().any(|scheme| address.starts_with(scheme)) => Place::of(address),
            None => return Self::Apart,
        };
        place.map_or(Self::Unknown, Self::Place)
    }
}

/// Where an address leads, as far as it can be compared.
#[derive(Debug)]
struct Place {
    /// Nothing for a folder of this machine; else the server and the bucket.
    bucket: Option<String>,
    /// The folder's parts.
    folder: Vec<String>,
}

impl Place {
    /// None for what can be no target, as memory or a delivery network.
    fn of(address: &str) -> Option<Self> {
        if let Some(rest) = address.strip_prefix("s3://") {
            // Everything before the `@` may be a secret.
            let url = Url::parse(address).ok()?;
            let endpoint = url.query_pairs().find(|(name, _)| name == "endpoint");
            let endpoint =
                endpoint.map_or_else(String::new, |(_, value)| value.trim_end_matches('/').to_owned());
            let bucket = url.host_str().filter(|_| !rest.is_empty())?;
            let parts = url.path().split('/').filter(|part| !part.is_empty());
            return Some(Self {
                bucket: Some(format!("{endpoint} {bucket}")),
                folder: parts.map(str::to_owned).collect(),
            });
        }
        // A folder that moves with where the program is started is none.
        let folder = blobs::folder_of(address).filter(|folder| folder.is_absolute())?;
        Self::folder(&folder)
    }

    /// A folder of this machine: without `..`, and without links as far as it is there.
    fn folder(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        let (there, real) = path
            .ancestors()
            .find_map(|above| Some((above, above.canonicalize().ok()?)))?;
        let rest = path.strip_prefix(there).ok()?;
        if !rest.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let whole = real.join(rest);
        let parts: Option<Vec<&str>> = whole.components().map(|part| part.as_os_str().to_str()).collect();
        Some(Self {
            bucket: None,
            folder: parts?.into_iter().map(str::to_owned).collect(),
        })
    }

    /// One lies within the other.
    fn meets(&self, other: &Self) -> bool {
        let shorter = self.folder.len().min(other.folder.len());
        self.bucket == other.bucket && self.folder[..shorter] == other.folder[..shorter]
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::EpochMs;

    use super::*;

    #[derive(Debug)]
    struct Midnight;

    impl Clock for Midnight {
        fn now_ms(&self) -> EpochMs {
            0
        }
    }

    fn target(name: &str, address: &str, workspaces: &[&str]) -> Target {
        Target {
            name: name.to_owned(),
            address: address.to_owned(),
            workspaces: workspaces.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn only_what_is_safe_to_write_to_is_a_target() {
        const OWN: &str = "s3://KEY:SECRET@pictures/service?region=eu-central-1";
        for (name, address, workspaces, own, is_fine) in [
            ("shop", "s3://shop/in?region=eu-central-1", &["a"][..], OWN, true),
            (
                "shop",
                "s3://shop/in?region=eu-central-1",
                &["a", "b"],
                OWN,
                false,
            ),
            ("shop", "s3://shop/in?region=eu-central-1", &[], OWN, false),
            (
                "shop",
                "s3://shop/{workspace}?region=eu-central-1",
                &[],
                OWN,
                true,
            ),
            ("Shop", "s3://shop/in", &["a"], OWN, false),
            ("shop", "s3://pictures/service/in", &["a"], OWN, false),
            ("shop", "s3://pictures", &["a"], OWN, false),
            ("shop", "s3://pictures/other", &["a"], OWN, true),
            (
                "shop",
                "s3://pictures/service?endpoint=https://other.example.com",
                &["a"],
                OWN,
                true,
            ),
            ("shop", "memory:", &["a"], OWN, false),
            ("shop", "cloudinary://KEY:SECRET@cloud", &["a"], OWN, false),
            ("shop", "/mnt/shop", &["a"], "/var/lib/photogen/files", true),
            (
                "shop",
                "/var/lib/photogen/files/in",
                &["a"],
                "/var/lib/photogen/files",
                false,
            ),
            (
                "shop",
                "file:///var/lib",
                &["a"],
                "/var/lib/photogen/files",
                false,
            ),
        ] {
            let made = Targets::new(vec![target(name, address, workspaces)], own, Arc::new(Midnight));
            assert_eq!(made.is_ok(), is_fine, "{name} {address} {workspaces:?}: {made:?}");
            let told = format!("{made:?}");
            assert!(!told.contains("SECRET"), "{told}");
        }
        let two = vec![target("x", "/mnt/a", &["a"]), target("x", "/mnt/b", &["b"])];
        assert!(Targets::new(two, OWN, Arc::new(Midnight)).is_err());
    }

    fn refusal(address: &str, own: &str) -> Option<String> {
        let all = vec![target("shop", address, &["a"])];
        Targets::new(all, own, Arc::new(Midnight))
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn a_data_folder_that_is_named_from_here_is_compared_too() {
        let here = std::env::current_dir().unwrap();
        let address = |path: &str| here.join(path).display().to_string();
        for (target, own) in [
            (address("data/files/in"), "data/files"),
            (address("data"), "./data/files"),
            (address("data/files"), "src/../data/files"),
            (format!("file://{}", address("data/files/in")), "data/files"),
        ] {
            assert!(refusal(&target, own).is_some(), "{target} {own}");
        }
        assert_eq!(refusal(&address("shop"), "data/files"), None);
        assert_eq!(refusal(&address("shop"), "../data/files"), None);
        // What `..` leads out of is not there.
        let told = refusal(&address("shop"), "none/../data/files").unwrap();
        assert!(told.contains("cannot be told"), "{told}");
        let told = refusal(&address("none/../shop"), "data/files").unwrap();
        assert!(told.contains("whole path"), "{told}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_service_s_own_files_is_no_target() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("files");
        let link = folder.path().join("shop");
        std::fs::create_dir(&own).unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        let told = refusal(link.join("in").to_str().unwrap(), own.to_str().unwrap()).unwrap();
        assert!(told.contains("its own files"), "{told}");
    }

    #[test]
    fn a_workspace_sees_and_opens_its_own_targets_alone() {
        let folder = std::env::temp_dir().join("photogen-targets-test");
        let shared = format!("{}/{{workspace}}", folder.display());
        let all = vec![target("ours", "/mnt/a", &["a"]), target("all", &shared, &[])];
        let targets = Targets::new(all, "memory:", Arc::new(Midnight)).expect("they are fine");
        let [a, b] = ["a", "b"].map(|id| WorkspaceId(id.to_owned()));
        assert_eq!(targets.names(&a), ["ours", "all"]);
        assert_eq!(targets.names(&b), ["all"]);
        assert!(matches!(targets.open("ours", &b), Err(TargetError::Unknown(_))));
        assert!(matches!(targets.open("/etc", &a), Err(TargetError::Unknown(_))));
        assert!(targets.open("all", &b).is_ok());
        assert!(folder.join("b").is_dir() && !folder.join("a").exists());
        std::fs::remove_dir_all(&folder).expect("it was made");
    }
}
