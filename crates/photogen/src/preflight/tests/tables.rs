//! `products.csv` overrules names.

use domain::category::Category;

use super::{Folder, lines, problems};

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
            "Products.CSV:8 row_without_photo",
            "Products.CSV:10 row_repeated",
            "D4.jpg no_front",
            "Products.CSV:7 row_without_photo",
            "Products.CSV:9 row_repeated",
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
