//! Cut-outs kept for the next use: the front picture, its close-ups and the lock all need the same one.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{Cutout, VisionError};

/// The sha256 of a photo file.
pub type PhotoHash = [u8; 32];

/// Cut-outs by photo, bounded by bytes. Safe to share between threads; a photo asked for by several threads at
/// once is cut once, and the others wait for it.
pub struct CutoutCache {
    bytes_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    slots: HashMap<PhotoHash, Slot>,
    bytes: usize,
    uses: u64,
}

enum Slot {
    /// Some thread is cutting it.
    Underway,
    Ready {
        cutout: Arc<Cutout>,
        used: u64,
    },
}

impl CutoutCache {
    /// A cache that holds up to `bytes_max` bytes of pixels (8 a pixel). A cut-out larger than that is handed
    /// out but not kept.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The cut-out of the photo with this hash, made by `cut` unless it is here. A failure is not kept: the
    /// next caller tries again.
    pub fn get_or_cut(
        &self,
        photo: PhotoHash,
        cut: impl FnOnce() -> Result<Cutout, VisionError>,
    ) -> Result<Arc<Cutout>, VisionError> {
        if let Some(ready) = self.find_or_claim(photo) {
            return Ok(ready);
        }
        let claim = Claim { cache: self, photo };
        let cutout = Arc::new(cut()?);
        claim.fulfil(&cutout);
        Ok(cutout)
    }

    /// Bytes of pixels held now.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// The kept cut-out; or none, and the slot is ours to fill.
    fn find_or_claim(&self, photo: PhotoHash) -> Option<Arc<Cutout>> {
        let mut state = self.lock();
        loop {
            state.uses += 1;
            let now = state.uses;
            match state.slots.get_mut(&photo) {
                Some(Slot::Ready { cutout, used }) => {
                    *used = now;
                    return Some(Arc::clone(cutout));
                }
                Some(Slot::Underway) => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                None => {
                    state.slots.insert(photo, Slot::Underway);
                    return None;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot this thread must fill or give back, also when cutting fails or panics.
struct Claim<'a> {
    cache: &'a CutoutCache,
    photo: PhotoHash,
}

impl Claim<'_> {
    fn fulfil(self, cutout: &Arc<Cutout>) {
        let bytes = bytes_of(cutout);
        if bytes <= self.cache.bytes_max {
            let mut state = self.cache.lock();
            state.make_room(self.cache.bytes_max - bytes);
            state.bytes += bytes;
            let slot = Slot::Ready {
                cutout: Arc::clone(cutout),
                used: state.uses,
            };
            state.slots.insert(self.photo, slot);
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        if matches!(state.slots.get(&self.photo), Some(Slot::Underway)) {
            state.slots.remove(&self.photo);
        }
        drop(state);
        self.cache.changed.notify_all();
    }
}

impl State {
    /// Drops what was used longest ago until at most `bytes` remain.
    fn make_room(&mut self, bytes: usize) {
        while self.bytes > bytes {
            let oldest = self.slots.iter().filter_map(|(photo, slot)| match slot {
                Slot::Ready { cutout, used } => Some((*used, *photo, bytes_of(cutout))),
                Slot::Underway => None,
            });
            let Some((_, photo, freed)) = oldest.min() else {
                return;
            };
            self.slots.remove(&photo);
            self.bytes -= freed;
        }
    }
}

fn bytes_of(cutout: &Cutout) -> usize {
    size_of_val(cutout.pixels.as_raw().as_slice())
}
