//! Real photos through the real network, where both are on this machine.

use std::{
    env,
    path::{Path, PathBuf},
};

use imaging::vision::{CutoutCard, Cutter, Quality};

/// `PHOTOGEN_PHOTOS`, or `shared/photos` beside any folder above this crate.
fn photos() -> Option<PathBuf> {
    let named = env::var_os("PHOTOGEN_PHOTOS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/photos"));
    named
        .into_iter()
        .chain(above)
        .find(|folder| folder.join("garments").is_dir())
}

fn model() -> Option<PathBuf> {
    let home = env::var_os("PHOTOGEN_HOME").map(PathBuf::from);
    let user = env::var_os("HOME").map(|user| PathBuf::from(user).join(".local/share/photogen"));
    let folders = home
        .into_iter()
        .chain(user)
        .map(|folder| folder.join("models/u2netp.onnx"));
    folders.into_iter().find(|file| file.is_file())
}

#[test]
fn real_garments_are_cut_and_judged() {
    let (Some(photos), Some(model)) = (photos(), model()) else {
        eprintln!("skipped: no photos or no model on this machine");
        return;
    };
    let cutter = Cutter::load(&model, &CutoutCard::U2NETP).unwrap();
    // Name, the worst verdict that is right, and a point of ground inside the product's box, where there is one.
    let rows = [
        ("050002_1.jpg", Quality::Clean, None),
        ("051991_1.jpg", Quality::Review, Some((384, 800))),
        ("12562_00.jpg", Quality::Reject, None),
    ];
    for (name, expected, gap) in rows {
        let path = photos.join("garments").join(name);
        let Ok(photo) = image::open(&path) else {
            eprintln!("skipped: no {name}");
            continue;
        };
        let cutout = cutter.cut(&photo.to_rgba16()).unwrap();
        let gate = &cutout.gate;
        match expected {
            Quality::Reject => assert_eq!(gate.quality, Quality::Reject, "{name}: {gate:?}"),
            _ => assert_ne!(gate.quality, Quality::Reject, "{name}: {gate:?}"),
        }
        if let Some((x, y)) = gap {
            assert_eq!(
                cutout.pixels.get_pixel(x, y).0[3],
                0,
                "{name}: the gap between the legs is closed"
            );
        }
    }
}
