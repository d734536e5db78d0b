//! Multipart forms, taken apart.

/// One part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is a file.
    pub file_name: Option<String>,
    /// The part's media type, if it says one.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The parts of a `multipart/form-data` body; none if it is not one.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Vec<Field> {
    let Some((_, boundary)) = content_type.split_once("boundary=") else {
        return Vec::new();
    };
    let mark = format!("--{}", boundary.trim_matches('"'));
    let mut fields = Vec::new();
    let mut rest = body;
    while let Some(start) = find(rest, mark.as_bytes()) {
        rest = &rest[start + mark.len()..];
        let Some(end) = find(rest, mark.as_bytes()) else {
            break;
        };
        fields.extend(field(&rest[..end]));
    }
    fields
}

/// `\r\nheaders\r\n\r\nbytes\r\n`.
fn field(part: &[u8]) -> Option<Field> {
    let part = part.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
    let split = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&part[..split]).into_owned();
    let value = |key: &str| {
        let (_, rest) = head.split_once(&format!("{key}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let media_type = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-type")
            .then(|| value.trim().to_owned())
    });
    Some(Field {
        name: value("; name")?,
        file_name: value("filename"),
        media_type,
        bytes: part[split + 4..].to_vec(),
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
