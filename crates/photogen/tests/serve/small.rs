//! Small copies of photos and pictures: every one that a page names is a WebP, as wide as the page says.

use std::{collections::BTreeSet, io::Cursor};

use image::{ImageFormat, imageops::FilterType};
use serde_json::json;

use crate::service::{self, Service};

/// A photo that is no square: 700 x 800 pixels.
fn tall() -> Vec<u8> {
    let whole = image::load_from_memory(&service::shirt_of(800)).unwrap();
    let mut png = Cursor::new(Vec::new());
    let tall = whole.resize_exact(700, 800, FilterType::Triangle);
    tall.write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The addresses that the `srcset`s of a page name, each with its columns.
fn candidates(page: &str) -> BTreeSet<(String, u32)> {
    let sets = page.split(" srcset=\"").skip(1);
    sets.filter_map(|rest| rest.split('"').next())
        .flat_map(|set| set.split(", "))
        .map(|candidate| {
            let (address, width) = candidate.split_once(' ').unwrap();
            let width = width.strip_suffix('w').unwrap();
            (address.replace("&amp;", "&"), width.parse().unwrap())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_small_copy_is_as_wide_as_its_page_says() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let product = anna.product("TEE1", &tall()).await;
    let order = json!({ "productIds": [product], "poses": ["FRONT"], "resolution": "RES_1000" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    let shoot = ordered["shootId"].as_str().unwrap();
    anna.events_until(shoot, "shoot.done").await;

    let mut widths = BTreeSet::new();
    for path in [
        "/".to_owned(),
        "/products".to_owned(),
        "/products?view=table".to_owned(),
        format!("/products/{product}"),
        "/shoots/new".to_owned(),
        format!("/shoots/{shoot}"),
        format!("/review/{shoot}?show=all"),
    ] {
        let (status, page) = anna.get(&path).await;
        assert_eq!(status, 200, "{path}");
        let candidates = candidates(page.as_str().unwrap());
        assert!(!candidates.is_empty(), "{path} shows no picture: {page}");
        for (address, width) in candidates {
            let (status, file) = anna.file(&address).await;
            assert_eq!(status, 200, "{path}: {address}");
            assert_eq!(image::guess_format(&file).unwrap(), ImageFormat::WebP, "{path}");
            let copy = image::load_from_memory(&file).unwrap();
            assert_eq!(copy.width(), width, "{path}: {address}");
            widths.insert(width);
        }
    }
    // Of the photo, which is smaller than the largest copy, and of the picture.
    let expected = BTreeSet::from([140, 160, 280, 320, 420, 480, 700, 960]);
    assert_eq!(widths, expected);
}
