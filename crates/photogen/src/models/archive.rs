//! Packages: takes the named files out of a wheel (zip) or an npm tarball, and nothing else.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use anyhow::{Context, bail};

use super::card::FileCard;

/// Every pinned file of `files` found under `folder` in the package, with its bytes, in no certain order.
/// Paths are compared, never followed, and no more than a file's pinned size is read.
pub(crate) fn unpack<'a>(
    package: &Path,
    folder: &str,
    files: &[&'a FileCard],
) -> anyhow::Result<Vec<(&'a FileCard, Vec<u8>)>> {
    let name = package
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let open = || File::open(package).map(BufReader::new);
    let found = match package.extension().and_then(|extension| extension.to_str()) {
        Some("whl" | "zip") => from_zip(open()?, folder, files),
        Some("tgz" | "gz") => from_tar(open()?, folder, files),
        _ => bail!("{name} is neither a wheel nor a tarball"),
    };
    let found = found.with_context(|| format!("cannot read the package {name}"))?;
    for file in files {
        if !found.iter().any(|(there, _)| there.file == file.file) {
            bail!("the package {name} holds no {}", member(folder, file));
        }
    }
    Ok(found)
}

/// A file's path inside the package.
fn member(folder: &str, file: &FileCard) -> String {
    if folder.is_empty() {
        file.path().to_owned()
    } else {
        format!("{folder}/{}", file.path())
    }
}

fn from_zip<'a>(
    package: BufReader<File>,
    folder: &str,
    files: &[&'a FileCard],
) -> anyhow::Result<Vec<(&'a FileCard, Vec<u8>)>> {
    let mut zip = zip::ZipArchive::new(package)?;
    let mut found = Vec::new();
    for &file in files {
        if let Ok(entry) = zip.by_name(&member(folder, file)) {
            found.push((file, read_pinned(entry, file)?));
        }
    }
    Ok(found)
}

fn from_tar<'a>(
    package: BufReader<File>,
    folder: &str,
    files: &[&'a FileCard],
) -> anyhow::Result<Vec<(&'a FileCard, Vec<u8>)>> {
    let mut tar = tar::Archive::new(flate2::bufread::GzDecoder::new(package));
    let mut found = Vec::new();
    for entry in tar.entries()? {
        let entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        if let Some(&file) = files.iter().find(|file| member(folder, file) == path) {
            found.push((file, read_pinned(entry, file)?));
        }
    }
    Ok(found)
}

/// One byte more than pinned is enough to see that it is another file.
fn read_pinned(entry: impl Read, file: &FileCard) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(file.bytes.min(1 << 26) as usize);
    entry.take(file.bytes + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
