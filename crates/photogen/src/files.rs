//! Files of the single-step commands: opened by content, written whole, never over what is read.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, ensure};
use imaging::{
    Picture,
    codec::{self, Limits, Photo},
};
use sha2::{Digest as _, Sha256};

/// Lower-case hex SHA-256 of a file.
pub(crate) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// Opens a photo of any kind we read, upright and in sRGB.
pub(crate) fn open(path: &Path) -> anyhow::Result<Photo> {
    open_with_bytes(path).map(|(photo, _)| photo)
}

/// [`open`], with the bytes of the file.
pub(crate) fn open_with_bytes(path: &Path) -> anyhow::Result<(Photo, Vec<u8>)> {
    let limits = Limits::default();
    let bytes = codec::read(path, &limits).map_err(|error| named(path, &error))?;
    let photo = codec::decode(&bytes, &limits).map_err(|error| named(path, &error))?;
    Ok((photo, bytes))
}

/// The error with the file's name before it, unless it names the file itself.
fn named(path: &Path, error: &codec::DecodeError) -> anyhow::Error {
    match error {
        codec::DecodeError::Unreadable { .. } | codec::DecodeError::Folder { .. } => {
            anyhow::anyhow!("{error}")
        }
        _ => anyhow::anyhow!("{}: {error}", path.display()),
    }
}

/// Fails unless `output` can be a new file and is none of the inputs.
pub(crate) fn check_output(output: &Path, inputs: &[&Path]) -> anyhow::Result<()> {
    ensure!(
        !output.is_dir(),
        "{} is a folder; give a file name in it",
        output.display()
    );
    let folder = folder_of(output);
    ensure!(
        folder.is_dir(),
        "{} is not a folder; make it first",
        folder.display()
    );
    let to = output.canonicalize().ok();
    let is_input = inputs
        .iter()
        .any(|input| to.is_some() && input.canonicalize().ok() == to);
    ensure!(
        !is_input,
        "{} is the input; write to another file",
        output.display()
    );
    Ok(())
}

/// Fails unless the output is a PNG by its name.
pub(crate) fn check_png(output: &Path) -> anyhow::Result<()> {
    let is_png = output
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    ensure!(
        is_png,
        "{} will hold a PNG; end its name in .png",
        output.display()
    );
    Ok(())
}

/// Writes an 8-bit PNG with alpha.
pub(crate) fn write_png(path: &Path, picture: &Picture) -> anyhow::Result<()> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba16(picture.clone())
        .to_rgba8()
        .write_to(&mut bytes, image::ImageFormat::Png)
        .with_context(|| format!("cannot encode {}", path.display()))?;
    write(path, bytes.get_ref())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// All of the file or none of it: written beside its place, then renamed over it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".photogen-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path)).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}
