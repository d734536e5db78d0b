//! Every sample photo decodes. Skipped, saying so, where the photos are not there.

use imaging::codec::{self, Limits};

#[test]
fn every_sample_photo_decodes() {
    let Some(folder) = testkit::garment_photos() else {
        return;
    };
    let limits = Limits::default();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
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
