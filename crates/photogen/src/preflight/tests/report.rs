//! What is told: problems, the table, progress.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use domain::{
    product::{Side, View},
    size::Size,
};
use image::{Rgb, RgbImage};
use unicode_width::UnicodeWidthStr as _;

use super::{Folder, photo, problems};
use crate::preflight::{Options, render_table, run};

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
    let options = Options::new(Size::new(1000, 1000).unwrap(), None, 1 << 30);
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
            ..Options::new(Size::default(), None, 1 << 30)
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
