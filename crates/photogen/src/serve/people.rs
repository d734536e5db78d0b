//! The persons of shots: known from what was seen when their photos came in, or looked at again where that does not hold.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use domain::{clock::Clock, product::PhotoRef, shot::Shot};
use engines::Kit;
use imaging::vision::face::Sighting;
use store::Store;
use tokio::runtime::Handle;
use web::{api::models::FACES, auth::sealed::Seals};

use crate::{
    faces,
    shoot::{identity::Identity, judge::People},
};

/// What is sealed: the revision of what looked, and what it saw.
pub(super) fn written(revision: &str, seen: &Sighting) -> String {
    format!("{revision}\n{}", seen.to_kept())
}

/// What was written, if what looks now is what looked then.
pub(super) fn read(revision: &str, text: &str) -> Option<Sighting> {
    let (then, seen) = text.split_once('\n')?;
    (then == revision).then(|| Sighting::from_kept(seen))?
}

/// The persons of shots, each opened once.
pub(super) struct Known {
    kit: Kit,
    store: Store,
    clock: Arc<dyn Clock>,
    seals: Option<Seals>,
    runtime: Handle,
    faces: Mutex<HashMap<Vec<String>, Arc<Identity>>>,
}

impl Known {
    /// Made on the runtime that the store is asked on. Without a seal each photo is looked at.
    pub(super) fn new(kit: Kit, store: Store, clock: Arc<dyn Clock>, secrets: &[Vec<u8>]) -> Self {
        let seals = secrets
            .split_first()
            .and_then(|(newest, before)| Seals::new(newest, before, FACES).ok());
        Self {
            kit,
            store,
            clock,
            seals,
            runtime: Handle::current(),
            faces: Mutex::default(),
        }
    }

    /// What was seen in a photo when it came in, where it can be opened and was seen by what looks now.
    fn seen(&self, photo: &PhotoRef) -> Option<Sighting> {
        let (seals, revision) = (self.seals.as_ref()?, faces::revision().ok()?);
        let (store, source) = (self.store.clone(), photo.source.clone());
        let now_ms = self.clock.now_ms();
        let (done, waiting) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let _ = done.send(store.sealed_face(&source, now_ms).await);
        });
        let sealed = waiting.recv().ok()?.ok()??;
        read(&revision, &seals.open(&photo.source, &sealed)?)
    }
}

impl People for Known {
    fn of(&self, shot: &Shot) -> Option<Arc<Identity>> {
        if shot.person.is_empty() {
            return None;
        }
        let key: Vec<String> = shot.person.iter().map(|photo| photo.source.clone()).collect();
        let known = |faces: &HashMap<_, Arc<Identity>>| faces.get(&key).cloned();
        if let Some(identity) = known(&self.faces.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(identity);
        }
        // A fault of the face service now is no fault of the next picture's: it is not remembered.
        match Identity::open_seen(&shot.person, &self.kit.photos, &|photo| self.seen(photo)) {
            Ok((identity, _)) => {
                let identity = Arc::new(identity);
                let mut faces = self.faces.lock().unwrap_or_else(PoisonError::into_inner);
                faces.insert(key, Arc::clone(&identity));
                Some(identity)
            }
            Err(error) => Some(Arc::new(Identity::Unknown(format!("{error:#}")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_model_saw_is_not_read() {
        let seen = Sighting {
            face: None,
            others: Vec::new(),
        };
        let text = written("a b c", &seen);
        assert!(read("a b c", &text).is_some());
        assert!(read("a b d", &text).is_none());
    }
}
