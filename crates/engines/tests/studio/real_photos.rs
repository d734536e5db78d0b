//! One real photo, decoded and cut out by the real network, where photo and model are at hand.

use std::sync::Arc;

use domain::product::{PhotoRef, View};
use engines::{CutOuts, EngineError, Kit, Reply};
use imaging::{
    codec::{Limits, decode},
    vision::{Cutout, CutoutCard, Cutter},
};

use crate::bench::{Bench, call, hash, studio_card};

struct Real(Cutter);

impl CutOuts for Real {
    fn cut_out(&self, _: &str, bytes: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        let photo = decode(bytes, &Limits::default()).unwrap();
        Ok(Some(Arc::new(self.0.cut(&photo.pixels).unwrap())))
    }
}

#[test]
fn a_real_photo_becomes_a_packshot() {
    let (Some(folder), Some(model)) = (testkit::garment_photos(), testkit::model("u2netp.onnx")) else {
        return;
    };
    let path = folder.join("050191_1.jpg");
    let bytes = std::fs::read(&path).unwrap();
    let mut bench = Bench::new();
    bench.product.photos.push(PhotoRef {
        view: View::Front,
        side: None,
        number: 1,
        source: path.display().to_string(),
        sha256: hash(&bytes),
    });
    let kit = Kit {
        photos: Arc::new(move |_| Ok(bytes.clone())),
        setting: Arc::new(|_| None),
        cut_outs: Arc::new(Real(Cutter::load(&model, &CutoutCard::U2NETP).unwrap())),
        model_sha256: hash(b"u2netp"),
        sharing: None,
    };
    let studio = engines::open(&studio_card(), &kit).unwrap();
    let Reply::Done(made) = studio.start(&bench.shot("FRONT", 1), &call()).unwrap() else {
        panic!("refused");
    };
    assert_eq!(made.pixels.dimensions(), (1500, 1500));
    assert_eq!(made.pixels.get_pixel(3, 3).0, [u16::MAX; 4]);
    assert!(
        made.recipe["delta_e_2000"]["median"].as_f64().unwrap() < 0.5,
        "{}",
        made.recipe
    );
}
