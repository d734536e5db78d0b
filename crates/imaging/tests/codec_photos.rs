//! Every sample photo decodes. Skipped, saying so, where the photos are not there.

use std::path::{Path, PathBuf};

use imaging::codec::{self, Limits};

fn photos() -> Option<PathBuf> {
    let given = std::env::var_os("PHOTOGEN_PHOTOS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/photos"))
        .find(|folder| folder.is_dir());
    given.or(beside)
}

#[test]
fn every_sample_photo_decodes() {
    let Some(folder) = photos() else {
        eprintln!("skipped: no sample photos; set PHOTOGEN_PHOTOS to a folder with garments/");
        return;
    };
    let limits = Limits::default();
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("garments")).unwrap() {
        let path = entry.unwrap().path();
        let Some("jpg" | "jpeg" | "png" | "webp") = path.extension().and_then(|end| end.to_str()) else {
            continue;
        };
        let bytes = codec::read(&path, &limits).unwrap();
        let photo =
            codec::decode(&bytes, &limits).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(photo.pixels.width() > 100, "{}", path.display());
        count += 1;
    }
    assert!(count > 0, "no photos in {}", folder.display());
}
