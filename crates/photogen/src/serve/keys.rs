//! The secrets of a service: `JWT_SECRET`, or one that is made at the first start and kept in the data folder.

use std::{fs, path::Path};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use web::auth::secret;

use crate::settings;

/// The secrets that sign tokens, the newest first: `JWT_SECRET`, then `JWT_SECRET_PREVIOUS` while its tokens run out.
pub(crate) fn secrets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let newest = match settings::read("JWT_SECRET") {
        Some(secret) => secret,
        None => kept(folder)?,
    };
    let mut secrets = vec![newest];
    secrets.extend(settings::read("JWT_SECRET_PREVIOUS"));
    Ok(secrets)
}

/// What signs addresses of files and seals texts, the newest first; one at least.
pub(crate) fn media_secrets(secrets: &[String]) -> Vec<Vec<u8>> {
    secrets.iter().map(|secret| derived(secret, "media")).collect()
}

/// A secret for another purpose that follows from one, so that each does one thing.
fn derived(secret: &str, purpose: &str) -> Vec<u8> {
    let digest = Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret);
    digest.finalize().to_vec()
}

fn kept(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("jwt-secret");
    let place = || path.display().to_string();
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret.trim().to_owned());
    }
    let made = secret::new().map_err(|error| anyhow::anyhow!("{}", error.detail()))?;
    write_private(&path, &made).with_context(place)?;
    // Whoever was first: of two who start at once, both use what is there.
    Ok(fs::read_to_string(&path).with_context(place)?.trim().to_owned())
}

/// Writes a file that only its owner reads, unless it is there.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, text.as_bytes()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
