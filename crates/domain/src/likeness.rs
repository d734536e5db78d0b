//! How much the photos of one person are alike, and which of them shows somebody else.

/// The faces of photos compared, each with each.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness {
    /// Below this cosine two photos show two people.
    pub threshold: f64,
    /// From here on they show one.
    pub sure: f64,
    /// The cosine of each photo's face with each, -1 to 1; none where one of the two is not known.
    pub similarity: Vec<Vec<Option<f64>>>,
}

impl Likeness {
    /// The photos, by their places, that are unlike more of the others than they are like.
    pub fn odd(&self) -> Vec<usize> {
        let is_odd = |at: usize| {
            let (alike, unlike): (Vec<f64>, Vec<f64>) =
                self.with_others(at).partition(|cosine| *cosine >= self.threshold);
            unlike.len() > alike.len()
        };
        (0..self.similarity.len()).filter(|at| is_odd(*at)).collect()
    }

    /// Whether two of the photos may show one person or two: nothing that was measured says which.
    pub fn unsure(&self) -> bool {
        (0..self.similarity.len())
            .flat_map(|at| self.with_others(at))
            .any(|cosine| (self.threshold..self.sure).contains(&cosine))
    }

    /// How many photos could be compared with another one.
    pub fn compared(&self) -> usize {
        (0..self.similarity.len())
            .filter(|at| self.with_others(*at).next().is_some())
            .count()
    }

    fn with_others(&self, at: usize) -> impl Iterator<Item = f64> {
        let row = self.similarity.get(at).into_iter().flatten().enumerate();
        row.filter(move |(other, _)| *other != at)
            .filter_map(|(_, cosine)| *cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Photos of these people, `?` where nothing is known of the face.
    fn photos(people: &str) -> Likeness {
        let cosine = |one: char, other: char| match (one, other) {
            ('?', _) | (_, '?') => None,
            _ if one == other => Some(0.8),
            _ => Some(0.1),
        };
        let row =
            |one: char| -> Vec<Option<f64>> { people.chars().map(|other| cosine(one, other)).collect() };
        Likeness {
            threshold: 0.5,
            sure: 0.7,
            similarity: people.chars().map(row).collect(),
        }
    }

    #[test]
    fn the_odd_photo_is_the_one_that_most_of_the_others_are_unlike() {
        for (people, compared, odd) in [
            ("", 0, vec![]),
            ("a", 0, vec![]),
            ("a?", 0, vec![]),
            ("aa", 2, vec![]),
            ("ab", 2, vec![0, 1]),
            ("aab", 3, vec![2]),
            ("a?ba", 3, vec![2]),
            ("abc", 3, vec![0, 1, 2]),
            ("aabb", 4, vec![0, 1, 2, 3]),
            ("aaabb", 5, vec![3, 4]),
        ] {
            let likeness = photos(people);
            assert_eq!((likeness.compared(), likeness.odd()), (compared, odd), "{people}");
            assert!(!likeness.unsure(), "{people}");
        }
    }

    #[test]
    fn what_is_neither_alike_nor_unlike_is_unsure() {
        for (cosine, unsure) in [(0.49, false), (0.5, true), (0.69, true), (0.7, false)] {
            let row = |other| vec![Some(1.0), Some(other)];
            let likeness = Likeness {
                threshold: 0.5,
                sure: 0.7,
                similarity: vec![row(cosine), vec![Some(cosine), Some(1.0)]],
            };
            assert_eq!(likeness.unsure(), unsure, "{cosine}");
        }
    }
}
