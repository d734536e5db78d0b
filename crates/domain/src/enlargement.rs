//! How many times a file is enlarged beyond its picture, as the notes of files say it.

/// An enlargement that people see: it is said.
const SEEN: f64 = 1.05;
/// One that they mind: it is warned of.
const MINDED: f64 = 2.0;

/// What is noted of a file that is enlarged so many times; nothing where nobody sees it.
pub fn note(times: f64) -> Option<String> {
    if is_minded(times) {
        let note =
            format!("enlarged {times:.1}x, which is seen: shoot it larger (--size) or from a larger photo");
        return Some(note);
    }
    (times > SEEN).then(|| format!("enlarged {times:.2}x"))
}

/// Whether people mind so many times.
pub fn is_minded(times: f64) -> bool {
    times >= MINDED
}

/// How many times a file with this note is enlarged; none where the note is of something else.
pub fn of_note(note: &str) -> Option<f64> {
    let (times, _) = note.strip_prefix("enlarged ")?.split_once('x')?;
    times.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_again() {
        for (times, read) in [
            (1.05, None),
            (1.06, Some(1.06)),
            (2.0, Some(2.0)),
            (4.26, Some(4.3)),
        ] {
            let noted = note(times);
            assert_eq!(noted.as_deref().and_then(of_note), read, "{noted:?}");
        }
        // What is minded is so still once it was rounded.
        let noted = note(2.04).unwrap();
        assert!(noted.contains("shoot it larger"), "{noted}");
        assert!(of_note(&noted).is_some_and(is_minded), "{noted}");
        assert_eq!(of_note("not sharpened: the picture is not enlarged"), None);
    }
}
