//! Real photos through the real network, where both are on this machine.

use imaging::vision::{CutoutCard, Cutter, Quality};

#[test]
fn real_garments_are_cut_and_judged() {
    let (Some(garments), Some(model)) = (testkit::garment_photos(), testkit::model("u2netp.onnx")) else {
        return;
    };
    let cutter = Cutter::load(&model, &CutoutCard::U2NETP).unwrap();
    // Name, the worst verdict that is right, and a point of ground inside the product's box, where there is one.
    let rows = [
        ("050002_1.jpg", Quality::Clean, None),
        ("00470_00.jpg", Quality::Clean, Some((207, 440))),
        ("02015_00.jpg", Quality::Review, Some((132, 352))),
        ("051991_1.jpg", Quality::Review, Some((384, 800))),
        ("07764_00.jpg", Quality::Review, None),
        ("12562_00.jpg", Quality::Reject, None),
    ];
    for (name, expected, gap) in rows {
        let photo = image::open(garments.join(name)).unwrap();
        let cutout = cutter.cut(&photo.to_rgba16()).unwrap();
        let gate = &cutout.gate;
        match expected {
            Quality::Reject => assert_eq!(gate.quality, Quality::Reject, "{name}: {gate:?}"),
            _ => assert_ne!(gate.quality, Quality::Reject, "{name}: {gate:?}"),
        }
        if let Some((x, y)) = gap {
            assert_eq!(
                cutout.pixels.get_pixel(x, y).0[3],
                0,
                "{name}: the gap at {x}, {y} is closed"
            );
        }
    }
}
