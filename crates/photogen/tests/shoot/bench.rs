//! A folder of drawn product photos and the program that shoots it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use domain::{
    generation::Status,
    manifest::{Entry, Manifest},
};
use testkit::{Garment, Kind, Print};

/// A folder of drawn product photos and the catalogue made of it.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    /// Three SKUs, one with a back; none when the cut-out model is not here.
    pub(crate) fn new() -> Option<Self> {
        testkit::model("u2netp.onnx")?;
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(bench.photos()).unwrap();
        let shirt = Garment {
            side: 512,
            print: Print::Badge([240, 240, 240]),
            tilt_deg: 3.0,
            ..Garment::default()
        };
        bench.photo("TEE1_front.png", &shirt);
        bench.photo(
            "TEE1_back.png",
            &Garment {
                print: Print::Plain,
                ..shirt.clone()
            },
        );
        bench.photo(
            "TEE2.png",
            &Garment {
                print: Print::Stripes([230, 60, 40]),
                ..shirt.clone()
            },
        );
        bench.photo(
            "DRESS_front.png",
            &Garment {
                kind: Kind::Dress,
                colour: [120, 30, 60],
                ..shirt
            },
        );
        Some(bench)
    }

    pub(crate) fn photos(&self) -> PathBuf {
        self.folder.path().join("photos")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(crate) fn photo(&self, name: &str, garment: &Garment) {
        let photo = image::DynamicImage::ImageRgba16(garment.photo()).to_rgb8();
        photo.save(self.photos().join(name)).unwrap();
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command
            .arg("shoot")
            .arg(self.photos())
            .arg("--out")
            .arg(self.out())
            .args(more);
        if !more.contains(&"--size") {
            command.args(["--size", "400"]);
        }
        command
    }

    pub(crate) fn shoot(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    pub(crate) fn manifest(&self) -> Manifest {
        serde_json::from_slice(&fs::read(self.out().join("manifest.json")).unwrap()).unwrap()
    }

    pub(crate) fn delivered(&self) -> Vec<(Entry, Vec<u8>)> {
        let completed = self
            .manifest()
            .pictures
            .into_iter()
            .filter(|entry| entry.status == Status::Completed);
        completed
            .map(|entry| {
                let bytes = fs::read(self.out().join(&entry.file.as_ref().unwrap().path)).unwrap();
                (entry, bytes)
            })
            .collect()
    }
}

/// Everything the program said.
pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
