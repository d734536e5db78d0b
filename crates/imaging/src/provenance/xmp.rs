//! The XMP packet of a finished picture, and finding the digital source type in anyone's packet.

use super::{About, source_type};

/// What XMP starts with inside a JPEG's APP1 segment.
pub(crate) const JPEG_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The iTXt keyword that XMP has inside a PNG.
pub(crate) const PNG_KEYWORD: &str = "XML:com.adobe.xmp";

/// A packet (ISO 16684-1) that says how the picture was made, and by what program.
pub(super) fn xmp(digital_source_type: &str, about: &About) -> String {
    let about = about.properties();
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">\n\
         <xmp:CreatorTool>PhotoGen</xmp:CreatorTool>\n\
         <Iptc4xmpExt:DigitalSourceType>{digital_source_type}</Iptc4xmpExt:DigitalSourceType>\n{about}\
         </rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

/// The digital source type of a packet, as a full URI, whether it stands in an attribute or an element.
pub(super) fn digital_source_type(packet: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(packet);
    let (_, after) = text.split_once("DigitalSourceType")?;
    let (_, after) = after.split_once("/newscodes/digitalsourcetype/")?;
    let word: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!word.is_empty()).then(|| format!("{}{word}", source_type::VOCABULARY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_term_is_found_in_elements_and_attributes() {
        let ours = xmp(source_type::ALGORITHMICALLY_ENHANCED, &About::default());
        let found = digital_source_type(ours.as_bytes());
        assert_eq!(found.as_deref(), Some(source_type::ALGORITHMICALLY_ENHANCED));
        let theirs = b"<rdf:Description Iptc4xmpExt:DigitalSourceType=\"https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\"/>";
        let found = digital_source_type(theirs);
        assert_eq!(found.as_deref(), Some(source_type::TRAINED_ALGORITHMIC_MEDIA));
        assert_eq!(digital_source_type(b"<x:xmpmeta/>"), None);
    }
}
