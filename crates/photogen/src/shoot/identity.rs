//! The identity lock in a shoot: every picture of a person is compared with the photos of `--model`.

use std::{thread, time::Duration};

use domain::{product::PhotoRef, shot::Shot, verdict::Verdict};
use engines::{Budget, ReadPhoto};
use imaging::{
    Picture,
    codec::{self, decode},
    locks::identity::{self, ReferenceError, References},
    vision::face::{FaceEmbedder, FaceError, Limits, Sighting},
};

use crate::faces;

/// The first wait for a face service that is out; it doubles up to [`WAIT_MAX`].
const WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two looks.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// Looks at one picture before it goes to a person unjudged: about ten minutes of waiting.
const LOOKS_MAX: u32 = 15;

/// Who the person is, or why that cannot be told here.
pub(crate) enum Identity {
    /// Compared with these.
    Known(Box<Known>),
    /// Nothing is judged, for this reason.
    Unknown(String),
}

/// A person whose face is known.
pub(crate) struct Known {
    embedder: Box<dyn FaceEmbedder>,
    /// It is a service, which works on a processor of its own.
    is_elsewhere: bool,
    references: References,
    limits: Limits,
}

impl Identity {
    /// Looks at the photos once. The sentences say which of them show no face to compare with; photos of two people and a
    /// face service that does not answer are errors, for nothing is paid for yet.
    pub(crate) fn open(photos: &[PhotoRef], read: &ReadPhoto) -> anyhow::Result<(Self, Vec<String>)> {
        Self::open_seen(photos, read, &|_| None)
    }

    /// The same, where what was seen in some photos is known already.
    pub(crate) fn open_seen(
        photos: &[PhotoRef],
        read: &ReadPhoto,
        known: &dyn Fn(&PhotoRef) -> Option<Sighting>,
    ) -> anyhow::Result<(Self, Vec<String>)> {
        let embedder = match faces::open()? {
            Ok(embedder) => embedder,
            Err(reason) => return Ok(unknown(reason, Vec::new())),
        };
        let (mut seen, mut warnings): (Vec<(String, Sighting)>, Vec<String>) = (Vec::new(), Vec::new());
        for photo in photos {
            let sighting = if let Some(sighting) = known(photo) {
                sighting
            } else {
                let picture = decode(&read(photo)?, &codec::Limits::default())?.pixels;
                match faces::or_reason(embedder.look(&picture))? {
                    Ok(sighting) => sighting,
                    Err(reason) => return Ok(unknown(reason, warnings)),
                }
            };
            match References::new(vec![(photo.source.clone(), sighting.clone())]) {
                Ok(_) => seen.push((photo.source.clone(), sighting)),
                Err(reason) => warnings.push(format!("--model: not compared with: {reason}")),
            }
        }
        if seen.is_empty() {
            let reason = "none of the photos of --model shows a face to compare with".to_owned();
            return Ok(unknown(reason, warnings));
        }
        let limits = faces::limits(&*embedder)?;
        let references =
            References::new(seen).map_err(|error: ReferenceError| anyhow::anyhow!("--model: {error}"))?;
        let known = Known {
            embedder,
            is_elsewhere: faces::service_url().is_some(),
            references,
            limits,
        };
        Ok((Self::Known(Box::new(known)), warnings))
    }

    /// The verdict on a picture of the person.
    pub(crate) fn check(&self, shot: &Shot, picture: &Picture, cores: &Budget) -> Verdict {
        if let Some(verdict) = identity::not_applicable(shot.pose.pose(), true) {
            return verdict;
        }
        match self {
            Self::Unknown(reason) => identity::unverifiable(reason),
            Self::Known(known) => match known.look(picture, cores) {
                Ok(seen) => identity::check(&known.references, &seen, known.limits),
                Err(reason) => identity::unverifiable(&reason.to_string()),
            },
        }
    }
}

impl Known {
    /// An outage waits, holding up nobody else: the picture is here already and is not lost by it.
    fn look(&self, picture: &Picture, cores: &Budget) -> Result<Sighting, FaceError> {
        let look = || {
            if self.is_elsewhere {
                self.embedder.look(picture)
            } else {
                cores.with(1, || self.embedder.look(picture))
            }
        };
        patiently(look)
    }
}

/// Looks until the face service is there, for a while.
fn patiently(look: impl Fn() -> Result<Sighting, FaceError>) -> Result<Sighting, FaceError> {
    let mut wait = WAIT;
    for _ in 1..LOOKS_MAX {
        match look() {
            Err(FaceError::Unreachable(_)) => thread::sleep(wait),
            seen => return seen,
        }
        wait = (wait * 2).min(WAIT_MAX);
    }
    look()
}

fn unknown(reason: String, mut warnings: Vec<String>) -> (Identity, Vec<String>) {
    warnings.push(format!(
        "whether pictures show the person of --model cannot be checked, so each goes to review: {reason}"
    ));
    (Identity::Unknown(reason), warnings)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    };

    use imaging::vision::face::{Embedding, Face, Frame};

    use super::*;

    /// A service that is out at the first look, and that finds out at every look whether somebody holds the only core.
    struct Service {
        cores: Arc<Budget>,
        looks: Arc<AtomicU32>,
    }

    impl FaceEmbedder for Service {
        fn limits(&self) -> Limits {
            ::engines::insightface::LIMITS
        }

        fn look(&self, _: &Picture) -> Result<Sighting, FaceError> {
            assert!(
                is_free(&self.cores),
                "the core is held while the service is waited for"
            );
            if self.looks.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(FaceError::Unreachable("out".to_owned()));
            }
            Ok(Sighting {
                face: None,
                others: Vec::new(),
            })
        }
    }

    /// Somebody else gets the only core within a moment.
    fn is_free(cores: &Arc<Budget>) -> bool {
        let (done, waiting) = mpsc::channel();
        let cores = Arc::clone(cores);
        thread::spawn(move || {
            cores.with(1, || ());
            let _ = done.send(());
        });
        waiting.recv_timeout(Duration::from_secs(5)).is_ok()
    }

    #[test]
    fn a_face_service_is_waited_for_without_a_core() {
        let (cores, looks) = (Arc::new(Budget::new(1)), Arc::new(AtomicU32::new(0)));
        let face = Face {
            frame: Frame {
                left: 0.0,
                top: 0.0,
                width: 200.0,
                height: 200.0,
            },
            confidence: 1.0,
            cut_off: false,
            embedding: Embedding::new(&[1.0, 0.0]).unwrap(),
            shape: None,
        };
        let seen = Sighting {
            face: Some(face),
            others: Vec::new(),
        };
        let known = Known {
            embedder: Box::new(Service {
                cores: Arc::clone(&cores),
                looks: Arc::clone(&looks),
            }),
            is_elsewhere: true,
            references: References::new(vec![("a".to_owned(), seen)]).unwrap(),
            limits: ::engines::insightface::LIMITS,
        };
        let picture = Picture::new(8, 8);
        let looking = thread::scope(|scope| {
            let looking = scope.spawn(|| known.look(&picture, &cores));
            while looks.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            assert!(is_free(&cores), "the core is held between two looks");
            looking.join().unwrap()
        });
        assert!(looking.unwrap().face.is_none());
        assert_eq!(looks.load(Ordering::SeqCst), 2);
    }
}
