//! What a file says of itself beside how it was made: the system that generated it, and a sentence for people.

use std::fmt::Write as _;

/// Properties of the IPTC Photo Metadata Standard 2025.1 for pictures that a model generated, and a description. Empty ones are
/// left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// `AISystemUsed`: the engine and its model.
    pub ai_system: Option<String>,
    /// `AISystemVersionUsed`.
    pub ai_system_version: Option<String>,
    /// `AIPromptInformation`: the words it was given.
    pub ai_prompt: Option<String>,
    /// `dc:description`: a disclosure, or words for who does not see the picture.
    pub description: Option<String>,
}

impl About {
    /// As elements of a packet, one a line.
    pub(super) fn properties(&self) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("AISystemUsed", &self.ai_system),
            ("AISystemVersionUsed", &self.ai_system_version),
            ("AIPromptInformation", &self.ai_prompt),
        ] {
            if let Some(value) = value {
                let value = escaped(value);
                let _ = writeln!(text, "<Iptc4xmpExt:{name}>{value}</Iptc4xmpExt:{name}>");
            }
        }
        if let Some(description) = &self.description {
            let _ = writeln!(
                text,
                "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:description>",
                escaped(description)
            );
        }
        text
    }
}

/// Text of an element: nothing in it ends the element, and what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_leave_their_element() {
        let about = About {
            ai_system: Some("a</Iptc4xmpExt:AISystemUsed>\u{0}&".to_owned()),
            ..About::default()
        };
        assert_eq!(
            about.properties(),
            "<Iptc4xmpExt:AISystemUsed>a&lt;/Iptc4xmpExt:AISystemUsed&gt;&amp;</Iptc4xmpExt:AISystemUsed>\n"
        );
        assert_eq!(About::default().properties(), "");
    }
}
