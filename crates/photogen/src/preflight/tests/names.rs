//! Whose photo it is and what it shows, by file and folder names.

use super::{Folder, problems};

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
