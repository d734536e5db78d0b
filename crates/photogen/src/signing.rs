//! Who signs delivered files (C2PA): a certificate you bought, or a development root made here.
//!
//! `C2PA_CERTIFICATE` and `C2PA_KEY` (PEM, or files by `C2PA_CERTIFICATE_FILE` and `C2PA_KEY_FILE`), else what
//! `photogen doctor --init-signing` keeps under the home folder, else nobody. `C2PA_TRUST` names further roots to trust.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use credentials::{Signer, development_identity};
use imaging::provenance::Seal;

use crate::{
    doctor::{Finding, State},
    home::home,
    settings,
};

const CHAIN: &str = "chain.pem";
const KEY: &str = "key.pem";
const ROOT: &str = "root.pem";

/// The signer that is set up; none where none is.
pub(crate) fn signer() -> anyhow::Result<Option<Arc<dyn Seal>>> {
    let (chain, key) = match (settings::read("C2PA_CERTIFICATE"), settings::read("C2PA_KEY")) {
        (Some(chain), Some(key)) => (chain, key),
        (None, None) if folder().join(CHAIN).is_file() => (read(CHAIN)?, read(KEY)?),
        (None, None) => return Ok(None),
        _ => bail!("C2PA_CERTIFICATE and C2PA_KEY go together: set both, or neither"),
    };
    Ok(Some(Arc::new(Signer::from_pem(&chain, &key)?)))
}

/// The roots whose signatures are trusted here, as PEM.
pub(crate) fn anchors() -> anyhow::Result<Option<String>> {
    let own = signer()?.map(|signer| signer.root().to_owned());
    let more = settings::read("C2PA_TRUST");
    let all: Vec<String> = [own, more].into_iter().flatten().collect();
    Ok((!all.is_empty()).then(|| all.join("\n")))
}

/// Makes a development root and signing certificate, unless there are some.
pub(crate) fn init() -> anyhow::Result<PathBuf> {
    let folder = folder();
    if folder.join(KEY).exists() || folder.join(CHAIN).exists() {
        bail!(
            "{} already holds a signing certificate; move it away first: files that it signed are trusted by its root",
            folder.display()
        );
    }
    let made = development_identity("PhotoGen development").map_err(anyhow::Error::msg)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write_secret(&folder.join(KEY), &made.key)?;
    for (name, text) in [(ROOT, &made.root), (CHAIN, &made.chain)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}

/// For `photogen doctor`.
pub(crate) fn examine() -> Vec<Finding> {
    let finding = |state, says: String| Finding {
        what: "signing (C2PA)".to_owned(),
        state,
        says,
    };
    vec![match signer() {
        Ok(Some(_)) if settings::read("C2PA_KEY").is_some() => {
            finding(State::Good, "files are signed with C2PA_CERTIFICATE".to_owned())
        }
        Ok(Some(_)) => finding(
            State::Good,
            format!(
                "files are signed with the development certificate in {}; others trust it only with its {ROOT}",
                folder().display()
            ),
        ),
        Ok(None) => finding(
            State::Absent,
            "files are not signed: set C2PA_CERTIFICATE and C2PA_KEY, or run photogen doctor --init-signing"
                .to_owned(),
        ),
        Err(error) => finding(State::Broken, format!("{error:#}")),
    }]
}

fn folder() -> PathBuf {
    home().join("signing")
}

fn read(name: &str) -> anyhow::Result<String> {
    let path = folder().join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// A new file that only its owner reads.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}
