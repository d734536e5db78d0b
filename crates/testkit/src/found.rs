//! What this machine has for tests to look at: real photos, models, sample photos.

use std::{
    collections::HashSet,
    env,
    io::Write,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// The repository's root.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of real garment photos: `garments` among the real photos. None, said aloud, where there is none.
pub fn garment_photos() -> Option<PathBuf> {
    real_photos("garments")
}

/// The folder of portraits, each of another person: `models` among the real photos. None, said aloud, where there is none.
pub fn portraits() -> Option<PathBuf> {
    real_photos("models")
}

/// A folder in `$PHOTOGEN_PHOTOS`, else in `shared/photos` beside the repository or above it.
fn real_photos(folder: &str) -> Option<PathBuf> {
    let given = env::var_os("PHOTOGEN_PHOTOS")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    let beside = || {
        let repository = repository();
        let mut above = repository.ancestors().map(|folder| folder.join("shared/photos"));
        above.find(|path| path.is_dir())
    };
    let found = given
        .or_else(beside)
        .map(|photos| photos.join(folder))
        .filter(|path| path.is_dir());
    or_skip(
        found,
        &format!("no real photos (set PHOTOGEN_PHOTOS to a folder that holds `{folder}`)"),
    )
}

/// A model file by its name, say `u2netp.onnx`, from PhotoGen's home. None, said aloud, where it was never pulled.
pub fn model(file: &str) -> Option<PathBuf> {
    let path = home()?.join("models").join(file);
    or_skip(
        path.is_file().then_some(path),
        &format!("{file} is not here (run `photogen models pull`)"),
    )
}

/// The folder of sample photos from PhotoGen's home. None, said aloud, where they were never pulled.
pub fn sample_photos() -> Option<PathBuf> {
    let path = home()?.join("samples/openvto-clothes");
    let whole = path.join("products.csv").is_file();
    or_skip(
        whole.then_some(path),
        "no sample photos (run `photogen models pull photos`)",
    )
}

/// The folder of photos of people from PhotoGen's home. None, said aloud, where they were never pulled.
pub fn sample_people() -> Option<PathBuf> {
    let path = home()?.join("samples/openvto-people");
    let whole = path.join("4_avatar.png").is_file();
    or_skip(
        whole.then_some(path),
        "no photos of people (run `photogen models pull openvto-people`)",
    )
}

/// PhotoGen's home, found as the program finds it.
pub fn home() -> Option<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("PHOTOGEN_HOME")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("photogen")))
        .or_else(|| set("HOME").map(|user| user.join(".local/share/photogen")))
}

fn or_skip(found: Option<PathBuf>, reason: &str) -> Option<PathBuf> {
    if found.is_none() {
        say_once(reason);
    }
    found
}

/// Written to the stream itself: what the print macros write is swallowed when a test passes.
pub(crate) fn say_once(reason: &str) {
    static SAID: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if said.get_or_insert_default().insert(reason.to_owned()) {
        let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    }
}
