//! The heat-map of a doubted picture, laid over it in the review desk by a key or a button.

use std::io::Cursor;

use image::{ImageFormat, Rgba, RgbaImage};
use store::blobs::local::LocalBlobs;

use super::{Service, Window, begun, rewrite, shot};

/// Doubts one picture of a shoot, and gives it alone a heat-map.
const DOUBT: &str = "
import sqlite3, sys
file, shoot, heatmap = sys.argv[1:]
books = sqlite3.connect(file, timeout=60)
pictures = books.execute('SELECT id FROM generations WHERE shoot_id = ? ORDER BY id', (shoot,)).fetchall()
for at, (picture,) in enumerate(pictures):
    books.execute('UPDATE generations SET needs_review = ?, score = ? WHERE id = ?', (int(at == 0), 1.0 if at else -1.0, picture))
    books.execute('UPDATE attempts SET heatmap = ? WHERE generation_id = ?', (None if at else heatmap, picture))
books.commit()
";
/// Where the heat-map is kept.
const KEY: &str = "heatmaps/w/1.webp";
/// It is laid over the result, exactly, and its pixels are there.
const LAID: &str = "(() => {
    const [map, result] = ['[data-heatmap]', '[data-result]'].map((one) => document.querySelector(one));
    const [over, under] = [map, result].map((one) => one.getBoundingClientRect());
    return !map.hidden && map.complete && map.naturalWidth === 48 && over.width > 0 && ['left', 'top', 'width', 'height'].every((side) => over[side] === under[side]);
})()";
const GONE: &str = "document.querySelector('[data-heatmap]').getClientRects().length === 0";
const ARROW_LEFT: &str = "\u{E012}";
const ARROW_RIGHT: &str = "\u{E014}";

/// Keeps a heat-map as a worker does: red on a clear ground.
fn keep(service: &Service) {
    let mut webp = Cursor::new(Vec::new());
    let map = RgbaImage::from_pixel(48, 48, Rgba([240, 60, 16, 190]));
    map.write_to(&mut webp, ImageFormat::WebP).unwrap();
    let files = LocalBlobs::shared(&service.folder().join("files")).unwrap();
    files.put(KEY, "heatmap", webp.get_ref()).unwrap();
}

/// Whether the button can be pressed, and whether it is.
async fn button(window: &Window) -> [bool; 2] {
    let states = "['aria-disabled', 'aria-pressed'].map((one) => document.querySelector('[data-heat]').getAttribute(one) === 'true')";
    let told = window.of(states).await;
    [told[0] == false, told[1] == true]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heat_map_is_laid_over_a_doubted_picture_by_key_and_by_button() {
    let Some((service, _driver, anna)) = begun().await else {
        return;
    };
    let shoot = shot(&anna).await;
    let id = shoot.rsplit('/').next().unwrap();
    keep(&service);
    rewrite(&service, DOUBT, &[id, KEY]);

    // The doubted one comes first.
    anna.go(&format!("/review/{id}")).await;
    anna.until("document.querySelector('[data-desk]')?.hasAttribute('data-ready')")
        .await;
    anna.until("document.querySelector('[data-result]').naturalWidth > 0")
        .await;
    anna.until("document.querySelector('[data-heat]').getAttribute('aria-disabled') === 'false'")
        .await;
    assert_eq!(anna.of(GONE).await, true, "nobody has asked for it");
    assert_eq!(button(&anna).await, [true, false]);
    let doubted = anna.of("document.querySelector('[data-sku]').textContent").await;

    anna.keys("m").await;
    anna.until(LAID).await;
    assert_eq!(button(&anna).await, [true, true]);
    anna.keys("m").await;
    anna.until(GONE).await;
    assert_eq!(button(&anna).await, [true, false]);
    anna.press("[data-heat]").await;
    anna.until(LAID).await;

    // The next picture has none: nothing is laid over it, the key does nothing, and the hand stays on the keys.
    let another = format!("document.querySelector('[data-sku]').textContent !== {doubted}");
    anna.keys(ARROW_RIGHT).await;
    anna.until(&another).await;
    anna.until(GONE).await;
    assert_eq!(button(&anna).await, [false, true]);
    anna.keys("m").await;
    assert_eq!(anna.of(GONE).await, true);
    assert_eq!(button(&anna).await, [false, true]);
    anna.press("[data-heat]").await;
    assert_eq!(anna.of(GONE).await, true);

    // Back at the first it is there again, as it was left.
    anna.keys(ARROW_LEFT).await;
    anna.until(&format!("!({another})")).await;
    anna.until(LAID).await;
    anna.keys("m").await;
    anna.until(GONE).await;
    assert_eq!(anna.complaints().await, Vec::<String>::new());
    anna.close().await;
}
