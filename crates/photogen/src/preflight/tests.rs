//! Folders as customers send them, and folders as nobody should.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use domain::{
    category::Category,
    product::{Side, View},
    size::Size,
};
use image::{Rgb, RgbImage};
use unicode_width::UnicodeWidthStr as _;

use super::{Options, Preflight, Severity, render_table, run};

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
        let options = Options::new(Size::new(400, 400).unwrap(), Some(self.path("out")));
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

#[test]
fn names_and_folders_say_whose_photo_it_is() {
    let folder = Folder::new().with(&[
        "SKU1_front.jpg",
        "sku1-back.png",
        "SKU1 detail 2.png",
        "SKU1_detail_1.jpg",
        "a/B2_left.webp",
        "a/B2.jpeg",
        "C3/front.png",
        "C3/back.png",
        "back/B2.png",
        "048554_1.tif",
    ]);
    assert_eq!(
        folder.understood(),
        [
            "048554_1 front 1 048554_1.tif",
            "B2 front 1 a/B2.jpeg",
            "B2 back 1 back/B2.png",
            "B2 side(left) 1 a/B2_left.webp",
            "C3 front 1 C3/front.png",
            "C3 back 1 C3/back.png",
            "SKU1 front 1 SKU1_front.jpg",
            "SKU1 back 1 sku1-back.png",
            "SKU1 detail 1 SKU1_detail_1.jpg",
            "SKU1 detail 2 SKU1 detail 2.png",
        ]
    );
    assert_eq!(problems(&folder.run()), [""; 0]);
}

#[test]
fn one_number_in_several_folders_is_several_products() {
    let folder = Folder::new().with(&[
        "jackets/1_front.jpg",
        "jackets/1_back.jpg",
        "pants/1_front.jpg",
        "pants/2_front.jpg",
        "jackets/2_back.jpg",
        "A.jpg",
        "old/A.jpg",
    ]);
    assert_eq!(
        folder.understood(),
        [
            "2 front 1 pants/2_front.jpg",
            "2 back 1 jackets/2_back.jpg",
            "A front 1 A.jpg",
            "A front 2 old/A.jpg",
            "jackets_1 front 1 jackets/1_front.jpg",
            "jackets_1 back 1 jackets/1_back.jpg",
            "pants_1 front 1 pants/1_front.jpg",
        ]
    );
    let preflight = folder.run();
    assert_eq!(
        problems(&preflight),
        ["A.jpg two_of_a_view", "1_back.jpg same_sku_in_folders"]
    );
    assert!(
        preflight.problems[1]
            .message
            .contains("read as jackets_1, pants_1")
    );
}

#[test]
fn files_globs_and_folders_overlap_without_harm() {
    let folder = Folder::new().with(&["A1.jpg", "A1_back.jpg", "deep/er/B1.jpg"]);
    let all = lines(&folder.run(), folder.dir.path());
    let mixed = folder.run_on(&[
        folder.path("*.jpg"),
        folder.path("A1.jpg"),
        folder.path("**/*.jpg"),
        folder.path("deep"),
    ]);
    assert_eq!(lines(&mixed, folder.dir.path()), all);
    assert_eq!(problems(&mixed), [""; 0]);
    let missing = folder.run_on(&[folder.path("nope"), folder.path("*.tif")]);
    assert_eq!(problems(&missing), ["*.tif not_found", "nope not_found"]);
}

#[test]
fn numbers_at_the_end_stay_skus_and_are_asked_about() {
    let folder = Folder::new().with(&[
        "A_1.jpg",
        "A_2.jpg",
        "B.jpg",
        "B-2.jpg",
        "048554_1.jpg",
        "048769_1.jpg",
    ]);
    let preflight = folder.run();
    assert_eq!(preflight.products.len(), 6);
    assert_eq!(
        problems(&preflight),
        ["A_1.jpg numbered_sku", "B-2.jpg numbered_sku"]
    );
    assert!(
        preflight.problems[0]
            .message
            .starts_with("A_1, A_2 were read as SKUs")
    );
}

#[cfg(unix)]
#[test]
fn a_pattern_through_a_loop_ends() {
    let folder = Folder::new().with(&["a/A1.jpg"]);
    std::os::unix::fs::symlink(folder.dir.path(), folder.path("a/loop")).unwrap();
    let preflight = folder.run_on(&[folder.path("**/*.jpg"), folder.path("*")]);
    assert_eq!(lines(&preflight, folder.dir.path()), ["A1 front 1 a/A1.jpg"]);
}

#[test]
fn the_output_hidden_files_and_other_files_are_no_photos() {
    let folder = Folder::new().with(&[
        "A1.jpg",
        "out/A1/A1_front.jpg",
        ".trash/X.jpg",
        ".X.jpg",
        "old/Y.jpg",
        "@eaDir/Z.jpg",
    ]);
    fs::create_dir(folder.path("old/.photogen")).unwrap();
    folder.bytes("Thumbs.db", b"x");
    folder.bytes("notes.txt", b"x");
    let preflight = folder.run();
    assert_eq!(lines(&preflight, folder.dir.path()), ["A1 front 1 A1.jpg"]);
    assert_eq!(preflight.ignored, 2);
    assert_eq!(problems(&preflight), ["old earlier_output"]);
    let shell_pattern = folder.run_on(&[folder.path("A1.jpg"), folder.path("out")]);
    assert_eq!(lines(&shell_pattern, folder.dir.path()), ["A1 front 1 A1.jpg"]);
    assert_eq!(problems(&shell_pattern), ["out earlier_output"]);
}

#[test]
fn products_csv_overrules_names() {
    let folder = Folder::new().with(&[
        "IMG_1.jpg",
        "IMG_2.jpg",
        "b2.jpg",
        "b2_back.jpg",
        "sub/C3.jpg",
        "D4.jpg",
    ]);
    folder.bytes(
        "Products.CSV",
        b"SKU;Name;Category;Color;View;File\n\
          A-1;Blue shirt;Shirts;blue;front;img_1.JPG\n\
          A-1;;;;back;IMG_2\n\
          B2;Skirt;skirt;;;\n\
          C3;Coat;coat;grey;;sub\\C3.jpg\n\
          d4;;;;back;\n\
          E5;Ghost;;;;\n\
          F6;;;;;lost.jpg\n\
          A-1;Other name;;;;\n\
          Z;;;;;IMG_1.jpg\n",
    );
    let preflight = folder.run();
    assert_eq!(
        lines(&preflight, folder.dir.path()),
        [
            "A-1 front 1 IMG_1.jpg",
            "A-1 back 1 IMG_2.jpg",
            "B2 front 1 b2.jpg",
            "B2 back 1 b2_back.jpg",
            "C3 front 1 sub/C3.jpg",
            "d4 back 1 D4.jpg",
        ]
    );
    let [shirt, skirt, coat, _] = &preflight.products[..] else {
        panic!("four products")
    };
    assert_eq!(
        (shirt.name.as_deref(), shirt.category, shirt.colour.as_deref()),
        (Some("Blue shirt"), Category::Top, Some("blue"))
    );
    assert_eq!(
        (skirt.name.as_deref(), skirt.category),
        (Some("Skirt"), Category::Skirt)
    );
    assert_eq!(coat.category, Category::Jacket);
    assert_eq!(
        problems(&preflight),
        [
            "Products.CSV:8 table_row",
            "Products.CSV:10 table_row",
            "D4.jpg no_front",
            "Products.CSV:7 table_row",
            "Products.CSV:9 table_row",
        ]
    );
}

#[test]
fn a_named_table_speaks_of_photos_elsewhere_and_a_file_brings_the_table_beside_it() {
    let folder = Folder::new().with(&["photos/IMG_1.jpg", "photos/IMG_2.jpg"]);
    folder.bytes("list.csv", b"sku,file,view\nA,IMG_1.jpg,back\n");
    let named = folder.run_on(&[folder.path("photos"), folder.path("list.csv")]);
    assert_eq!(lines(&named, folder.dir.path())[0], "A back 1 photos/IMG_1.jpg");
    folder.bytes("photos/products.csv", b"sku,file\nB,IMG_2.jpg\n");
    let beside = folder.run_on(&[folder.path("photos/IMG_2.jpg")]);
    assert_eq!(lines(&beside, folder.dir.path()), ["B front 1 photos/IMG_2.jpg"]);
}

#[test]
fn what_a_person_should_look_at_is_named() {
    let folder = Folder::new().with(&[
        "A-front.png",
        "A_front.jpg",
        "B_back.jpg",
        "C_left.jpg",
        "C_right.jpg",
        "C.jpg",
    ]);
    fs::copy(folder.path("C.jpg"), folder.path("D.jpg")).unwrap();
    folder.picture("E.png", &photo(260, 150, 9));
    folder.picture("F.png", &photo(100, 150, 9));
    folder.picture("G.png", &RgbImage::from_pixel(300, 300, Rgb([250, 250, 250])));
    folder.bytes("H.heic", b"x");
    let options = Options::new(Size::new(1000, 1000).unwrap(), None);
    let preflight = run(&[folder.dir.path().to_owned()], &options, &|_, _| {});
    let expected = [
        "H.heic unsupported_format",
        "F.png too_small",
        "G.png no_product",
        "A-front.png too_small",
        "A_front.jpg too_small",
        "B_back.jpg too_small",
        "C.jpg too_small",
        "C_left.jpg too_small",
        "C_right.jpg too_small",
        "D.jpg too_small",
        "E.png too_small",
        "A_front.jpg two_of_a_view",
        "B_back.jpg no_front",
        "D.jpg same_picture",
    ];
    assert_eq!(problems(&preflight), expected);
    let message = |kind: &str| {
        let index = expected.iter().position(|line| line.ends_with(kind)).unwrap();
        preflight.problems[index].message.clone()
    };
    assert!(message("two_of_a_view").contains("A-front.png is used"));
    assert!(message("same_picture").contains("two SKUs share one photo"));
    assert!(
        preflight.problems[3]
            .message
            .contains("good up to 800x800; a photo of 667 pixels")
    );
    let a = &preflight.products[0];
    assert_eq!(
        a.photos_of(View::Front).count(),
        2,
        "the second front is kept, after the first"
    );
    let c = preflight
        .products
        .iter()
        .find(|product| product.sku == "C")
        .unwrap();
    assert_eq!(
        c.photos_of(View::Side).map(|p| p.side).collect::<Vec<_>>(),
        [Some(Side::Left), Some(Side::Right)]
    );
    for sku in ["F", "G", "H"] {
        assert!(
            preflight
                .products
                .iter()
                .any(|p| p.sku == sku && p.photos.is_empty()),
            "{sku} is accounted for"
        );
    }
}

#[test]
fn the_table_fits_its_width_and_counts_what_it_leaves_out() {
    let names: Vec<String> = (0..60)
        .map(|i| format!("SKU-{i:03}-\u{88d9}\u{5b50}_front.png"))
        .collect();
    let folder = Folder::new().with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    folder.bytes(
        "products.csv",
        b"sku,name\nnobody,a name that is long enough to be cut somewhere\n",
    );
    let preflight = folder.run();
    let table = render_table(&preflight, 72);
    for line in table.lines().filter(|line| !line.contains('/')) {
        assert!(line.width() <= 72, "{line}");
    }
    assert!(table.starts_with("60 products from 60 photos.\n"), "{table}");
    assert!(table.contains("and 20 more products; --json lists every one"));
    assert!(table.contains("Look at these (1)"));
    assert!(table.contains("products.csv:2: no photo of nobody"));
}

#[test]
fn progress_reaches_the_total_and_the_result_does_not_depend_on_threads() {
    let folder = Folder::new().with(&["A.jpg", "B.jpg", "C.jpg", "D.jpg", "E.jpg"]);
    let most = AtomicUsize::new(0);
    let json = [1, 4].map(|threads| {
        let options = Options {
            threads,
            ..Options::new(Size::default(), None)
        };
        let preflight = run(&[folder.dir.path().to_owned()], &options, &|done, total| {
            assert_eq!(total, 5);
            most.fetch_max(done, Ordering::Relaxed);
        });
        serde_json::to_string(&preflight).unwrap()
    });
    assert_eq!(json[0], json[1]);
    assert_eq!(most.into_inner(), 5);
}

mod hostile {
    use super::*;

    /// Every hostile file costs one error line of the expected kind, and the good photo beside it survives.
    fn check(name: &str, kind: &str, make: impl FnOnce(&Folder)) {
        let folder = Folder::new().with(&["good.jpg"]);
        make(&folder);
        let preflight = folder.run();
        let errors: Vec<String> = preflight
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .map(|problem| {
                assert!(!problem.message.contains('\n') && !problem.path.contains('\n'));
                format!(
                    "{} {}",
                    problem.path.rsplit('/').next().unwrap(),
                    serde_json::to_value(problem.kind).unwrap()
                )
            })
            .collect();
        assert_eq!(errors, [format!("{name} \"{kind}\"")], "{:?}", preflight.problems);
        assert!(
            lines(&preflight, folder.dir.path())
                .iter()
                .any(|line| line == "good front 1 good.jpg")
        );
    }

    /// A PNG whose header promises 60,000 x 60,000 pixels.
    fn bomb() -> Vec<u8> {
        let mut png = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
        let mut ihdr = b"IHDR".to_vec();
        ihdr.extend(60_000u32.to_be_bytes());
        ihdr.extend(60_000u32.to_be_bytes());
        ihdr.extend([8, 2, 0, 0, 0]);
        png.extend(13u32.to_be_bytes());
        png.extend(&ihdr);
        png.extend(crc32(&ihdr).to_be_bytes());
        png
    }

    /// CRC-32 of PNG (ISO 3309), bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        })
    }

    #[test]
    fn a_bomb_is_too_large() {
        check("bomb.png", "too_large", |folder| {
            folder.bytes("bomb.png", &bomb());
        });
    }

    #[test]
    fn a_truncated_jpeg_is_damaged() {
        check("cut.jpg", "damaged", |folder| {
            folder.picture("cut.jpg", &photo(600, 600, 77));
            let whole = fs::read(folder.path("cut.jpg")).unwrap();
            folder.bytes("cut.jpg", &whole[..whole.len() / 2]);
        });
    }

    #[test]
    fn text_named_png_is_no_picture() {
        check("text.png", "not_a_picture", |folder| {
            folder.bytes("text.png", b"dear customer");
        });
    }

    #[test]
    fn a_zero_byte_file_is_empty() {
        check("zero.jpg", "empty", |folder| folder.bytes("zero.jpg", b""));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_loop_is_not_followed() {
        check("loop", "directory_loop", |folder| {
            fs::create_dir(folder.path("sub")).unwrap();
            std::os::unix::fs::symlink(folder.dir.path(), folder.path("sub/loop")).unwrap();
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_broken_link_leads_to_nothing() {
        check("gone.jpg", "broken_link", |folder| {
            std::os::unix::fs::symlink("nowhere.jpg", folder.path("gone.jpg")).unwrap();
        });
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_and_devices_are_not_opened() {
        check("pipe.jpg", "not_a_file", |folder| {
            let made = std::process::Command::new("mkfifo")
                .arg(folder.path("pipe.jpg"))
                .status();
            assert!(made.unwrap().success());
        });
        check("socket.png", "not_a_file", |folder| {
            std::os::unix::net::UnixListener::bind(folder.path("socket.png")).unwrap();
        });
        check("device.png", "not_a_file", |folder| {
            std::os::unix::fs::symlink("/dev/zero", folder.path("device.png")).unwrap();
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_is_unreadable() {
        use std::os::unix::fs::PermissionsExt as _;
        let probe = tempfile::NamedTempFile::new().unwrap();
        fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o000)).unwrap();
        if fs::File::open(probe.path()).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        check("secret.jpg", "unreadable", |folder| {
            folder.picture("secret.jpg", &photo(300, 300, 1));
            fs::set_permissions(folder.path("secret.jpg"), fs::Permissions::from_mode(0o000)).unwrap();
        });
    }

    #[cfg(unix)]
    #[test]
    fn strange_names_stay_on_one_line() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        check("a\\nb\\u{1b}[2J.png", "not_a_picture", |folder| {
            folder.bytes("a\nb\u{1b}[2J.png", b"text");
        });
        check("bad\\xff.png", "name_not_unicode", |folder| {
            fs::write(folder.dir.path().join(OsStr::from_bytes(b"bad\xff.png")), b"text").unwrap();
        });
    }

    #[test]
    fn a_file_that_vanishes_after_it_was_listed_is_unreadable() {
        let folder = Folder::new().with(&["a.jpg", "b.jpg"]);
        let options = Options {
            threads: 1,
            ..Options::new(Size::default(), None)
        };
        let gone = folder.path("b.jpg");
        let preflight = run(&[folder.dir.path().to_owned()], &options, &|done, _| {
            if done == 1 {
                fs::remove_file(&gone).unwrap();
            }
        });
        assert_eq!(problems(&preflight)[0], "b.jpg unreadable");
        assert_eq!(preflight.usable(), 1);
    }

    #[test]
    fn a_folder_named_like_a_photo_is_a_folder() {
        let folder = Folder::new().with(&["set.jpg/A1.png"]);
        assert_eq!(
            lines(&folder.run(), folder.dir.path()),
            ["A1 front 1 set.jpg/A1.png"]
        );
    }
}
