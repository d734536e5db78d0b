//! A home, a PATH and a card for one test.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use testkit::Random;

/// Everything one test needs, removed at its end.
pub(crate) struct World {
    folder: TempDir,
    /// The file to be fetched.
    pub(crate) payload: Vec<u8>,
}

/// What a run of the program said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// An empty home, no client on the PATH, no card of ours.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "bin", "given"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut random = Random::new(7);
        let payload = (0..200_000).map(|_| random.next_u64() as u8).collect();
        Self { folder, payload }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder for `--from`.
    pub(crate) fn given(&self) -> PathBuf {
        self.folder.path().join("given")
    }

    /// Where the model ends up.
    pub(crate) fn model(&self) -> PathBuf {
        self.home().join("models/tiny.onnx")
    }

    /// Files in the models folder that are not the model: parts and scratch, without the lock.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = fs::read_dir(self.home().join("models")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name != ".lock" && name != "tiny.onnx")
            .collect()
    }

    /// Writes the owner's `models.toml`: one cut-out model called `tiny` with these sources, a TOML list.
    pub(crate) fn card(&self, sources: &str) {
        let (bytes, sha256) = (self.payload.len(), sha256(&self.payload));
        let card = format!(
            "[[card]]\nname = 'tiny'\nkind = 'cutout'\ndefault = true\nabout = 'a test'\nlicence = 'MIT'\n\
             input = {{ side = 320, mean = [0, 0, 0], std = [1, 1, 1], output = 0 }}\n\
             files = [{{ file = 'tiny.onnx', bytes = {bytes}, sha256 = '{sha256}' }}]\nsources = [{sources}]\n"
        );
        fs::write(self.home().join("models.toml"), card).unwrap();
    }

    /// A wheel (zip) with these entries.
    pub(crate) fn wheel(&self, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = self.folder.path().join("tiny_model-1.0-py3-none-any.whl");
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    /// An npm tarball with these entries.
    pub(crate) fn tarball(&self, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = self.folder.path().join("tiny-model-1.0.tgz");
        let file = fs::File::create(&path).unwrap();
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    /// Puts a shell script on the PATH. It runs in the folder where a client leaves its package.
    pub(crate) fn client(&self, name: &str, script: &str) {
        let path = self.folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `photogen models ...`, ready to run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command.arg("models").args(args);
        command
            .env("PHOTOGEN_HOME", self.home())
            .env("PATH", self.folder.path().join("bin"));
        command
            .env("PHOTOGEN_PULL_TIMEOUT_S", "1")
            .env("NO_PROXY", "127.0.0.1");
        command
    }

    /// Runs `photogen models ...` to its end.
    pub(crate) fn models(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// The model is in place, byte for byte, and nothing else was left.
    pub(crate) fn assert_whole(&self) {
        assert!(
            fs::read(self.model()).unwrap() == self.payload,
            "other bytes are in place"
        );
        assert_eq!(self.leftovers(), [""; 0]);
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended with this code, and its messages hold each of these.
    pub(crate) fn assert(&self, code: i32, phrases: &[&str]) {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        for phrase in phrases {
            assert!(self.err.contains(phrase), "`{phrase}` is not in:\n{}", self.err);
        }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A TOML source for a package file, pinned by the bytes it has now.
pub(crate) fn source(registry: &str, package: &Path, folder: &str) -> String {
    let sha256 = sha256(&fs::read(package).unwrap());
    format!("{{ {registry} = 'tiny-model', version = '1.0', sha256 = '{sha256}', folder = '{folder}' }}")
}

/// A script that leaves this file, as a client would.
pub(crate) fn deliver(package: &Path) -> String {
    format!("cp '{}' .", package.display())
}
