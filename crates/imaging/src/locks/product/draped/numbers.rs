//! Everything measured of one pair, by name. A larger number is worse, but for `agreeing`, `agreeing_share` and
//! `place_value`.

use std::collections::BTreeMap;

use super::{
    colour_differences::{Regions, Whole},
    details,
    key_points::SIGMA,
    laid::Laid,
    localise::Place,
    master::Master,
    outline,
    print::Likeness,
    refine::Refined,
    structure_loss::{Grain, Structure, fine_energy_lost},
};
use crate::locks::{
    plane::Plane,
    product::measure::{Region, bounds, worst},
};

/// A print whose mirror image correlates better than this much less than itself may be mirrored.
const MIRROR_ROOM: f32 = 0.3;
/// A detail of which more than this is lost is gone.
const DETAIL_GONE: f32 = 0.6;
/// Fewer agreeing key points do not tell where the garment ends.
const POINTS_MIN: usize = 12;

/// The numbers, where each part is worst, and maps for the eye.
pub(super) struct Numbers {
    pub(super) values: BTreeMap<&'static str, f32>,
    /// The worst region of each part, frame pixels.
    pub(super) regions: BTreeMap<&'static str, Region>,
    /// What differs, per frame pixel, in about CIEDE2000 units.
    pub(super) difference: Plane,
}

impl Numbers {
    /// Nothing when too little can be compared. `by` is the pixels of the refined map's picture per pixel of the
    /// place's.
    pub(super) fn of(
        master: &Master,
        laid: &Laid,
        place: &Place,
        refined: &Refined,
        by: f32,
    ) -> Option<Self> {
        let whole = Whole::of(laid)?;
        let regions = Regions::of(laid);
        let structure = Structure::of(laid, Grain::of_size(&master.grain, place.map.scale() * by));
        let within = |map: &Plane, radius| worst(map, &laid.ok, radius);
        let panel = within(&regions.relative, 6);
        let panel_wide = within(&regions.relative, 26);
        let total = within(&regions.total, 14);
        let [hem, side] = outline::ends(&regions.total, master, laid);
        let bare = worst(&laid.bare, &master.core, 8);
        let print = PrintFaults::of(master, laid, refined);
        let (detail_lost, detail) = details::lost(&master.details, laid);
        let agreeing = (place.agreeing as f32).min(120.0);
        // Few points fix no ends.
        let moved = if place.agreeing >= POINTS_MIN {
            outline::moved(master, laid, &refined.field, &place.map.resized(1.0, by))
        } else {
            [0.0; 2]
        };
        let visible = master
            .points
            .iter()
            .filter(|point| point.scale * place.map.scale() >= SIGMA);
        let share = (agreeing + 2.0) / (visible.count() as f32 + 20.0);
        let values = BTreeMap::from([
            ("chroma", whole.chroma),
            ("saturation", whole.saturation),
            ("chroma_balanced", whole.chroma_balanced),
            ("palette", whole.palette),
            ("palette_balanced", whole.palette_balanced),
            ("palette_raw", whole.palette_raw),
            ("lightness", whole.lightness),
            ("medians", whole.medians),
            ("panel_small", panel.value),
            ("panel_wide", panel_wide.value),
            ("panel_total", total.value),
            ("coarse_weighted", structure.coarse_weighted),
            ("middle_mean", structure.middle_mean),
            ("lost", structure.lost.value),
            ("fine_beyond", structure.fine_beyond),
            ("middle_beyond", structure.middle_beyond),
            ("apart_beyond", structure.apart_beyond.value),
            ("apart_small_beyond", structure.apart_small_beyond.value),
            ("bare", bare.value),
            ("detail_lost", detail_lost),
            ("print_unlike", print.unlike),
            ("print_mirrored", print.mirrored),
            ("print_rough", print.rough),
            ("fine_energy_lost", fine_energy_lost(laid)),
            ("points_lost", -share.ln()),
            ("outline_missing", outline::missing(master, laid)),
            ("hem", hem.value),
            ("hem_hidden", outline::hem_hidden(master, laid)),
            ("side", side.value),
            ("hem_moved", moved[0]),
            ("side_moved", moved[1]),
            ("bend", refined.field.bend(&master.core)),
            ("squeeze", refined.field.squeeze(&master.core)),
            ("agreeing", (1.0 + agreeing).ln()),
            ("agreeing_share", share.ln()),
            ("place_value", place.value),
        ]);
        let silhouette =
            [bare, hem, side][usize::from(bare.value < 0.3) * (1 + usize::from(side.value > hem.value))];
        Some(Self {
            values,
            regions: BTreeMap::from([
                ("colour", bounds(&laid.ok)),
                ("panel", total.region),
                (
                    "structure",
                    detail
                        .filter(|_| detail_lost > DETAIL_GONE)
                        .unwrap_or(structure.apart_beyond.region),
                ),
                ("print", print.region.unwrap_or(structure.apart_beyond.region)),
                ("pattern", structure.lost.region),
                ("silhouette", silhouette.region),
            ]),
            difference: regions
                .total
                .with(&structure.map, |d, s| d.max(12.0 * s.clamp(0.0, 1.0))),
        })
    }
}

/// What is wrong with the prints; all 0 where there is none.
struct PrintFaults {
    unlike: f32,
    mirrored: f32,
    rough: f32,
    region: Option<Region>,
}

impl PrintFaults {
    fn of(master: &Master, laid: &Laid, refined: &Refined) -> Self {
        let mut faults = Self {
            unlike: 0.0,
            mirrored: 0.0,
            rough: 0.0,
            region: None,
        };
        let (mut rough, mut trusted) = (0.0_f32, 1e-3_f32);
        for print in &master.prints {
            for y in print.top..print.low {
                for x in print.left..print.right {
                    let index = y as usize * laid.ok.width + x as usize;
                    let trust = refined.trust.data[index] * laid.ok.data[index];
                    rough += trust * refined.rough.data[index].min(8.0);
                    trusted += trust;
                }
            }
            let Some(seen) = Likeness::of(print, &laid.reference, &laid.lit, &laid.ok) else {
                continue;
            };
            if 1.0 - seen.straight >= faults.unlike {
                faults.unlike = 1.0 - seen.straight;
                let side = |from: i32, to: i32| (to - from) as f32;
                faults.region = Some([
                    print.left as f32,
                    print.top as f32,
                    side(print.left, print.right),
                    side(print.top, print.low),
                ]);
            }
            // A print that is its own mirror image cannot be told from it.
            let room = MIRROR_ROOM * (1.0 - seen.symmetry).clamp(0.0, 1.0);
            faults.mirrored = faults.mirrored.max(seen.mirrored - seen.straight + room);
        }
        faults.rough = rough / trusted;
        faults
    }
}
