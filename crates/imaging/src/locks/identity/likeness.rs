//! Photos of one person compared with each other, for the people who keep them.

use domain::likeness::Likeness;

use super::rounded;
use crate::vision::face::{Face, Limits, Sighting};

/// How much the faces that were seen in photos are alike, each with each; none where nothing is known of one.
///
/// Two photos are held to the line below which a face is another person's, not to the bar of what a picture must pass: that is
/// for a face that was made to be alike, and photos of one person from two sides need not reach it.
pub fn likeness(photos: &[Option<Sighting>], limits: Limits) -> Likeness {
    let faces: Vec<Option<&Face>> = photos.iter().map(|seen| seen.as_ref()?.face.as_ref()).collect();
    let cosine = |one: Option<&Face>, other: Option<&Face>| {
        let cosine = one?.embedding.cosine(&other?.embedding)?;
        Some(rounded(cosine))
    };
    let row =
        |one: Option<&Face>| -> Vec<Option<f64>> { faces.iter().map(|other| cosine(one, *other)).collect() };
    Likeness {
        threshold: limits.review,
        sure: limits.pass,
        similarity: faces.iter().copied().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::face::{Embedding, Frame};

    fn photo(numbers: &[f32]) -> Sighting {
        let face = Face {
            frame: Frame {
                left: 0.0,
                top: 0.0,
                width: 200.0,
                height: 200.0,
            },
            confidence: 1.0,
            cut_off: false,
            embedding: Embedding::new(numbers).unwrap(),
            shape: None,
        };
        Sighting {
            face: Some(face),
            others: Vec::new(),
        }
    }

    #[test]
    fn photos_are_compared_each_with_each() {
        let limits = Limits {
            pass: 0.74,
            review: 0.5,
        };
        let nobody = Some(Sighting {
            face: None,
            others: Vec::new(),
        });
        let photos = [
            Some(photo(&[1.0, 0.0])),
            Some(photo(&[0.6, 0.8])),
            None,
            nobody,
            Some(photo(&[0.0, 1.0, 0.0])),
        ];
        let likeness = likeness(&photos, limits);
        assert_eq!(likeness.threshold, 0.5);
        let one = vec![Some(1.0), Some(0.6), None, None, None];
        assert_eq!(likeness.similarity[0], one);
        assert_eq!(likeness.similarity[1][..2], [Some(0.6), Some(1.0)]);
        assert_eq!(likeness.similarity[2], [None; 5]);
        assert_eq!(likeness.similarity[4][4], Some(1.0), "of another embedder");
        assert_eq!(likeness.odd(), Vec::<usize>::new());
    }
}
