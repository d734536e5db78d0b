//! The cache of cut-outs: one cut per photo, bounded, and shared between threads.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use imaging::{
    Picture,
    vision::{Cutout, CutoutCache, Gate, Quality, VisionError},
};

/// 100 pixels: 800 bytes.
fn cutout() -> Cutout {
    let gate = Gate {
        quality: Quality::Clean,
        reasons: Vec::new(),
        weak_edge: 0.0,
        iou: 1.0,
        softness: 1.0,
        filled_gaps: 0.0,
        light_ground_only: false,
        touches_frame: false,
    };
    Cutout {
        pixels: Picture::new(10, 10),
        bounds: [0, 0, 10, 10],
        gate,
    }
}

#[test]
fn threads_that_ask_at_once_share_one_cut() {
    let cache = CutoutCache::new(10_000);
    let cuts = AtomicUsize::new(0);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                let found = cache.get_or_cut([1; 32], || {
                    cuts.fetch_add(1, Ordering::SeqCst);
                    thread::yield_now();
                    Ok(cutout())
                });
                assert_eq!(found.unwrap().bounds, [0, 0, 10, 10]);
            });
        }
    });
    assert_eq!(cuts.into_inner(), 1);
    assert_eq!(cache.bytes(), 800);
}

#[test]
fn the_one_used_longest_ago_makes_room() {
    let cache = CutoutCache::new(1_700);
    let first = cache.get_or_cut([1; 32], || Ok(cutout())).unwrap();
    cache.get_or_cut([2; 32], || Ok(cutout())).unwrap();
    cache.get_or_cut([1; 32], || panic!("it is here")).unwrap();
    cache.get_or_cut([3; 32], || Ok(cutout())).unwrap();
    assert_eq!(cache.bytes(), 1_600);
    let again = cache.get_or_cut([1; 32], || panic!("it was used last")).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    let cut = AtomicUsize::new(0);
    cache
        .get_or_cut([2; 32], || {
            cut.fetch_add(1, Ordering::SeqCst);
            Ok(cutout())
        })
        .unwrap();
    assert_eq!(cut.into_inner(), 1, "2 was dropped for 3");
}

#[test]
fn a_cut_out_larger_than_the_cache_is_handed_out_and_not_kept() {
    let cache = CutoutCache::new(100);
    assert!(cache.get_or_cut([1; 32], || Ok(cutout())).is_ok());
    assert_eq!(cache.bytes(), 0);
}

#[test]
fn a_failure_is_not_kept() {
    let cache = CutoutCache::new(10_000);
    let failed = cache.get_or_cut([1; 32], || Err(VisionError::NoProduct));
    assert!(matches!(failed, Err(VisionError::NoProduct)));
    assert!(cache.get_or_cut([1; 32], || Ok(cutout())).is_ok());
}
