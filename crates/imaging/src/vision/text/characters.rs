//! The characters that a reader tells apart: its ONNX file names them, a line each, among its properties.

/// Fields of an ONNX model (a protocol buffer): its properties, and a property's name and value.
const PROPERTY: u64 = 14;
const NAME: u64 = 1;
const VALUE: u64 = 2;

/// None where the file names none.
pub(super) fn characters(model: &[u8]) -> Option<Vec<String>> {
    let is_wanted = |property: &[u8]| field(property, NAME) == Some(b"character".as_slice());
    let mut fields = fields(model);
    let (_, property) = fields.find(|(number, bytes)| *number == PROPERTY && is_wanted(bytes))?;
    let text = std::str::from_utf8(field(property, VALUE)?).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

fn field(message: &[u8], wanted: u64) -> Option<&[u8]> {
    let mut fields = fields(message);
    fields
        .find(|(number, _)| *number == wanted)
        .map(|(_, bytes)| bytes)
}

/// The fields of a protocol buffer that hold bytes, by number, up to where it is broken.
fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let key = varint(&mut rest)?;
            match key & 7 {
                0 => {
                    varint(&mut rest)?;
                }
                1 => rest = rest.get(8..)?,
                2 => {
                    let length = usize::try_from(varint(&mut rest)?).ok()?;
                    let (field, after) = rest.split_at_checked(length)?;
                    rest = after;
                    return Some((key >> 3, field));
                }
                5 => rest = rest.get(4..)?,
                _ => return None,
            }
        }
    })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(first & 127) << shift;
        if *first < 128 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: u8, bytes: &[u8]) -> Vec<u8> {
        let head = [number << 3 | 2, bytes.len() as u8];
        [head.as_slice(), bytes].concat()
    }

    #[test]
    fn characters_stand_a_line_each_in_the_property_of_that_name() {
        let property = |name: &str, value: &str| {
            let pair = [written(1, name.as_bytes()), written(2, value.as_bytes())].concat();
            written(14, &pair)
        };
        // A number, a graph, another property.
        let head = [
            vec![1 << 3, 200, 1],
            written(7, b"graph"),
            property("made", "today"),
        ]
        .concat();
        let model = [head.clone(), property("character", "a\n字\n3")].concat();
        assert_eq!(characters(&model).unwrap(), ["a", "字", "3"]);
        assert_eq!(characters(&head), None);
        assert_eq!(characters(&model[..model.len() - 3]), None, "cut short");
    }
}
