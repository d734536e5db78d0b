//! `photogen cutout`, with the real network, on drawn garments whose outline is known.

use std::process::Command;

use testkit::{Garment, Kind, Picture, Print};

/// Overlap of the cut-out with the truth, 0..=1: shared coverage over joint coverage.
fn overlap(cut: &Picture, truth: &Picture) -> f64 {
    let (mut shared, mut joint) = (0.0, 0.0);
    for (a, b) in cut.pixels().zip(truth.pixels()) {
        shared += f64::from(a.0[3].min(b.0[3]));
        joint += f64::from(a.0[3].max(b.0[3]));
    }
    shared / joint
}

#[test]
fn a_drawn_garment_is_cut_along_its_outline() {
    let Some(home) = testkit::model("u2netp.onnx").and_then(|_| testkit::home()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let shirt = Garment {
        side: 512,
        ..Garment::default()
    };
    for (number, garment) in [
        Garment {
            print: Print::Stripes([196, 60, 52]),
            ..shirt.clone()
        },
        Garment {
            kind: Kind::Trousers,
            colour: [30, 30, 34],
            tilt_deg: 4.0,
            ..shirt.clone()
        },
        Garment {
            kind: Kind::Dress,
            colour: [150, 40, 48],
            shadow: 0.4,
            ..shirt
        },
    ]
    .iter()
    .enumerate()
    {
        let [photo, cut] = ["photo", "cut"].map(|name| folder.path().join(format!("{name}{number}.png")));
        garment.photo().save(&photo).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        let output = command
            .arg("cutout")
            .args([&photo, &cut])
            .env("PHOTOGEN_HOME", &home)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let found = overlap(&image::open(&cut).unwrap().to_rgba16(), &garment.mask());
        assert!(found > 0.98, "{:?}: overlap {found:.4}", garment.kind);
    }
}
