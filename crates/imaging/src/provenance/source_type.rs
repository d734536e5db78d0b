//! IPTC Digital Source Type: how a picture came to be, in the words of the controlled vocabulary
//! `http://cv.iptc.org/newscodes/digitalsourcetype/` (as of 2024-10-23).

/// What every term's URI starts with.
pub const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// "Captured from a real-life source using a digital camera": a photo as it came.
pub const DIGITAL_CAPTURE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture";

/// "Modification or correction by algorithm without changing the main content of the media, initiated or
/// configured by a human." What the studio delivers: the product is the photo's own; a ground and a shadow
/// replace what was around it, and no generative model takes part.
pub const ALGORITHMICALLY_ENHANCED: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";

/// "Augmentation, correction or enhancement using a Generative AI model, such as with inpainting or
/// outpainting operations": a real product on a generated person or in a generated scene. False for the
/// studio: a network that only says where the product is adds nothing to the picture.
pub const COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// "Digital media created algorithmically using an Artificial Intelligence model trained on captured
/// content": a picture made from words alone.
pub const TRAINED_ALGORITHMIC_MEDIA: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// Every term in use, retired ones left out.
pub const ALL: [&str; 16] = [
    DIGITAL_CAPTURE,
    "http://cv.iptc.org/newscodes/digitalsourcetype/computationalCapture",
    "http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm",
    "http://cv.iptc.org/newscodes/digitalsourcetype/positiveFilm",
    "http://cv.iptc.org/newscodes/digitalsourcetype/print",
    "http://cv.iptc.org/newscodes/digitalsourcetype/humanEdits",
    COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
    ALGORITHMICALLY_ENHANCED,
    "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    "http://cv.iptc.org/newscodes/digitalsourcetype/dataDrivenMedia",
    TRAINED_ALGORITHMIC_MEDIA,
    "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
    "http://cv.iptc.org/newscodes/digitalsourcetype/screenCapture",
    "http://cv.iptc.org/newscodes/digitalsourcetype/composite",
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture",
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic",
];

/// The term of a URI or of its last word (`trainedAlgorithmicMedia`), if the vocabulary has it.
pub fn term(text: &str) -> Option<&'static str> {
    let word = text.trim().rsplit('/').next()?;
    ALL.into_iter()
        .find(|uri| uri.strip_prefix(VOCABULARY) == Some(word))
}

/// What a file that already says how it was made becomes when it is resized and given a ground: it keeps its
/// term, except that a plain capture is then an altered one. Files that say nothing are taken as photos.
pub fn after_finishing(before: Option<&str>) -> &'static str {
    match before.and_then(term) {
        None | Some(DIGITAL_CAPTURE) => ALGORITHMICALLY_ENHANCED,
        Some(kept) => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_by_uri_and_by_word() {
        assert_eq!(term("trainedAlgorithmicMedia"), Some(TRAINED_ALGORITHMIC_MEDIA));
        assert_eq!(term(DIGITAL_CAPTURE), Some(DIGITAL_CAPTURE));
        assert_eq!(term("softwareImage"), None, "retired");
    }

    #[test]
    fn finishing_never_hides_that_a_picture_was_generated() {
        assert_eq!(after_finishing(None), ALGORITHMICALLY_ENHANCED);
        assert_eq!(after_finishing(Some(DIGITAL_CAPTURE)), ALGORITHMICALLY_ENHANCED);
        assert_eq!(
            after_finishing(Some(TRAINED_ALGORITHMIC_MEDIA)),
            TRAINED_ALGORITHMIC_MEDIA
        );
    }
}
