//! Folders as customers send them, and folders as nobody should: the bench, and the tests by topic.

mod folders;
mod hostile;
mod names;
mod report;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::size::Size;
use image::{Rgb, RgbImage};

use super::{Options, Preflight, run};

/// A photo of a dark patch, told from others by `shade`.
fn photo(width: u32, height: u32, shade: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let inside = (width / 4..width * 3 / 4).contains(&x) && (height / 4..height * 3 / 4).contains(&y);
        Rgb(if inside { [shade, 40, 90] } else { [244, 244, 244] })
    })
}

struct Folder {
    dir: tempfile::TempDir,
    shade: std::cell::Cell<u8>,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            shade: std::cell::Cell::new(0),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn with(self, names: &[&str]) -> Self {
        for name in names {
            self.shade.set(self.shade.get().wrapping_add(7));
            self.picture(name, &photo(300, 400, self.shade.get()));
        }
        self
    }

    fn picture(&self, name: &str, picture: &RgbImage) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture.save(path).unwrap();
    }

    fn bytes(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn run(&self) -> Preflight {
        self.run_on(&[self.dir.path().to_owned()])
    }

    fn run_on(&self, arguments: &[PathBuf]) -> Preflight {
        let options = Options::new(Size::new(400, 400).unwrap(), Some(self.path("out")), 1 << 30);
        run(arguments, &options, &|_, _| {})
    }

    /// `SKU view/side/number file`, one line a photo of a product.
    fn understood(&self) -> Vec<String> {
        lines(&self.run(), self.dir.path())
    }
}

fn lines(preflight: &Preflight, root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for product in &preflight.products {
        for photo in &product.photos {
            let side = photo
                .side
                .map_or(String::new(), |side| format!("({})", side.name()));
            let file = Path::new(&photo.source)
                .strip_prefix(root)
                .unwrap_or(Path::new(&photo.source));
            lines.push(format!(
                "{} {}{side} {} {}",
                product.sku,
                photo.view,
                photo.number,
                file.display()
            ));
        }
    }
    lines
}

/// `severity kind: message`, paths cut to file names.
fn problems(preflight: &Preflight) -> Vec<String> {
    preflight
        .problems
        .iter()
        .map(|problem| {
            let kind = serde_json::to_value(problem.kind).unwrap();
            let name = problem.path.rsplit('/').next().unwrap();
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{name}{line} {}", kind.as_str().unwrap())
        })
        .collect()
}
