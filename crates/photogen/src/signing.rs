//! Who signs delivered files (C2PA): a certificate that you bought, or one under a root made here.
//!
//! `C2PA_CERTIFICATE` and `C2PA_KEY` (PEM, or files by `C2PA_CERTIFICATE_FILE` and `C2PA_KEY_FILE`), else what
//! `photogen doctor --init-signing` keeps under the home folder, else nobody. `C2PA_TRUST` holds further roots to trust.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use credentials::{Signer, Verifier, development_identity};
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
    let Some(chain) = chain()? else { return Ok(None) };
    let key = match settings::read("C2PA_KEY") {
        Some(key) => key,
        None => read(KEY)?,
    };
    let signer = Signer::from_pem(&chain, &key).with_context(set_or_kept)?;
    Ok(Some(Arc::new(signer)))
}

/// Checks files' signatures; trusts who signs here and the roots of `C2PA_TRUST`. Needs no key.
pub(crate) fn verifier() -> anyhow::Result<Verifier> {
    let own = chain()?.map(|chain| Signer::root_of(&chain));
    let roots: Vec<String> = [own, settings::read("C2PA_TRUST")]
        .into_iter()
        .flatten()
        .collect();
    let roots = (!roots.is_empty()).then(|| roots.join("\n"));
    Verifier::new(roots.as_deref()).context("C2PA_TRUST, or the certificates that sign here")
}

/// Where the certificates and the key come from.
fn set_or_kept() -> String {
    match settings::read("C2PA_KEY") {
        Some(_) => "C2PA_CERTIFICATE and C2PA_KEY".to_owned(),
        None => folder().display().to_string(),
    }
}

/// The certificates, the signing one first.
fn chain() -> anyhow::Result<Option<String>> {
    match (settings::read("C2PA_CERTIFICATE"), settings::read("C2PA_KEY")) {
        (Some(chain), Some(_)) => Ok(Some(chain)),
        (None, None) if folder().join(CHAIN).is_file() => read(CHAIN).map(Some),
        (None, None) => Ok(None),
        _ => bail!("C2PA_CERTIFICATE and C2PA_KEY go together: set both, or neither"),
    }
}

/// Makes a root and a signing certificate, unless there are some, and says where.
pub(crate) fn init(organisation: &str) -> anyhow::Result<()> {
    let folder = folder();
    if folder.join(KEY).exists() || folder.join(CHAIN).exists() {
        bail!(
            "{} already holds a signing certificate; move it away first: what it signed is trusted by its root alone",
            folder.display()
        );
    }
    let made = development_identity(organisation).map_err(anyhow::Error::msg)?;
    make_private_folder(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text, mode) in [
        (KEY, &made.key, 0o600),
        (ROOT, &made.root, 0o644),
        (CHAIN, &made.chain, 0o644),
    ] {
        let path = folder.join(name);
        write_new(&path, text, mode).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!(
        "Files are signed as \"{organisation}\" from now on. Whoever shall trust them needs {}; keep {} to yourself.",
        folder.join(ROOT).display(),
        folder.join(KEY).display()
    );
    Ok(())
}

/// For `photogen doctor`.
pub(crate) fn examine() -> Vec<Finding> {
    let (state, says) = match signer() {
        Ok(Some(_)) if settings::read("C2PA_KEY").is_some() => {
            (State::Good, "files are signed with C2PA_CERTIFICATE".to_owned())
        }
        Ok(Some(_)) => (
            State::Good,
            format!(
                "files are signed with the certificate in {}; others trust it with its {ROOT} only",
                folder().display()
            ),
        ),
        Ok(None) => (
            State::Absent,
            "files are not signed: set C2PA_CERTIFICATE and C2PA_KEY, or run photogen doctor --init-signing"
                .to_owned(),
        ),
        Err(error) => (State::Broken, format!("{error:#}")),
    };
    vec![Finding {
        what: "signing (C2PA)".to_owned(),
        state,
        says,
    }]
}

fn folder() -> PathBuf {
    home().join("signing")
}

fn read(name: &str) -> anyhow::Result<String> {
    let path = folder().join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// A folder that only its owner looks into.
fn make_private_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// A new file with these rights, whole on the disk.
fn write_new(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
