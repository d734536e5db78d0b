//! The reason in one sentence.

use super::{Finding, Measures};
use crate::vision::face::Sighting;

/// Why the verdict is what it is, for people.
pub(super) fn reason(finding: Finding, measures: &Measures, seen: &Sighting) -> String {
    let said = match finding {
        Finding::SamePerson => "the face is the person of the references".to_owned(),
        Finding::Alike => {
            "the face is much like the references but not surely the same person; compare them".to_owned()
        }
        Finding::Stretched => format!(
            "the face agrees but is squeezed or stretched by {:.0} % against the references; compare them",
            (measures.stretch.unwrap_or(1.0) - 1.0) * 100.0
        ),
        Finding::Altered => {
            "the picture was made from a reference photo and the face in it was changed; compare them"
                .to_owned()
        }
        Finding::OtherPerson => "the face is another person's".to_owned(),
        Finding::PerhapsNoFace => "what was found may be no face, or half of one".to_owned(),
        Finding::UnseenProfile => {
            "the face is in profile and no reference shows a profile; add one that does".to_owned()
        }
    };
    match seen.others.len() {
        0 => said,
        1 => format!("{said} (the largest of 2 faces)"),
        more => format!("{said} (the largest of {} faces)", more + 1),
    }
}
