//! What every engine promises, checked on the studio: the same list any engine can be put through.

use domain::pose::PoseName;
use engines::{Engine, Reply, cards::Cards};
use testkit::Print;

use crate::bench::{Bench, call, garment};

#[test]
fn the_studio_keeps_what_every_engine_promises() {
    let mut front = garment(600);
    front.print = Print::Badge([230, 190, 40]);
    let bench = Bench::with_front(&front).size("640");
    promises(bench.engine().as_ref(), &bench);
}

/// The conformance list: refusals as the card says, the same pixels twice, opaque and honest about size, a recipe
/// and inputs with every picture.
fn promises(engine: &dyn Engine, bench: &Bench) {
    assert!(!engine.revision().is_empty());
    assert!(
        Cards::built_in().engine(&engine.card().name).is_some(),
        "the engine is in the register"
    );
    for pose in PoseName::all() {
        let shot = bench.shot(pose.as_str(), 1);
        let first = engine.start(&shot, &call()).unwrap();
        if engine.card().refusal(pose).is_some() {
            assert!(
                matches!(first, Reply::Refused(_)),
                "{pose} is refused by the card"
            );
            continue;
        }
        let (first, second) = match (first, engine.start(&shot, &call()).unwrap()) {
            (Reply::Done(first), Reply::Done(second)) => (first, second),
            (Reply::Refused(first), Reply::Refused(second)) => {
                assert_eq!(first, second);
                assert!(first.len() > 20, "{pose}: a refusal says why");
                continue;
            }
            _ => panic!("{pose}: the same shot was once made and once refused"),
        };
        assert!(
            first.pixels == second.pixels,
            "{pose}: the same shot gave other pixels"
        );
        assert_eq!(first.recipe, second.recipe);
        assert!(
            first.pixels.pixels().all(|pixel| pixel[3] == u16::MAX),
            "{pose} is opaque"
        );
        let size = (shot.brief.size.width, shot.brief.size.height);
        assert!(
            first.pixels.dimensions() == size || !first.notes.is_empty(),
            "{pose}: other size, no note"
        );
        assert!(first.recipe.is_object() && !first.inputs.is_empty());
        assert!(!first.digital_source_type.is_empty());
    }
}
