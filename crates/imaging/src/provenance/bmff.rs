//! AVIF's container (ISO/IEC 14496-12 boxes, 23008-12 items): reading its metadata, and adding an ICC
//! profile and an XMP item to a file whose encoder can write neither.

use super::{
    read_back::{Described, exif_dpi, is_profile},
    xmp,
};

const XMP_TYPE: &[u8] = b"application/rdf+xml\0";

/// One box: its type and its body.
type Part<'a> = ([u8; 4], &'a [u8]);

/// Boxes one after another; stops at anything that does not fit.
fn parts(bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = be32(bytes, at)? as usize;
        let kind = bytes.get(at + 4..at + 8)?.try_into().ok()?;
        let body = bytes.get(at + 8..at.checked_add(length)?)?;
        at += length;
        Some((kind, body))
    })
}

fn part(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    parts(bytes)
        .find(|(found, _)| *found == kind)
        .map(|(_, body)| body)
}

/// The `meta` box's children (after its version and flags).
fn meta(file: &[u8]) -> Option<&[u8]> {
    part(file, *b"meta")?.get(4..)
}

/// Reads the `colr` property, the Exif item and the XMP item.
pub(super) fn read_back(file: &[u8]) -> Described {
    let mut described = Described::default();
    let Some(meta) = meta(file) else { return described };
    let properties = part(meta, *b"iprp")
        .and_then(|iprp| part(iprp, *b"ipco"))
        .unwrap_or_default();
    described.icc = parts(properties)
        .filter(|(kind, _)| kind == b"colr")
        .filter_map(|(_, body)| body.strip_prefix(b"prof"))
        .any(is_profile);
    let items = part(meta, *b"iinf")
        .and_then(|body| body.get(6..))
        .unwrap_or_default();
    for (_, item) in parts(items) {
        let Some((id, kind)) = be16(item, 4).zip(item.get(8..12)) else {
            continue;
        };
        let data = item_data(file, meta, id).unwrap_or_default();
        if kind == b"Exif" {
            described.dpi = data.get(4..).and_then(exif_dpi);
        } else if kind == b"mime" && item.ends_with(XMP_TYPE) {
            described.digital_source_type = xmp::digital_source_type(&data);
        }
    }
    described
}

/// The bytes of an item, its extents joined, by an `iloc` with 4-byte offsets and lengths and no base.
fn item_data(file: &[u8], meta: &[u8], id: u16) -> Option<Vec<u8>> {
    let (_, extents) = locations(part(meta, *b"iloc")?)?
        .into_iter()
        .find(|(found, _)| *found == id)?;
    let mut data = Vec::new();
    for (offset, length) in extents {
        data.extend(file.get(offset as usize..(offset as usize).checked_add(length as usize)?)?);
    }
    Some(data)
}

type Extents = Vec<(u32, u32)>;

fn locations(iloc: &[u8]) -> Option<Vec<(u16, Extents)>> {
    if iloc.get(..6)? != [0, 0, 0, 0, 0x44, 0] {
        return None;
    }
    let mut at = 8;
    let mut items = Vec::new();
    for _ in 0..be16(iloc, 6)? {
        let (id, count) = (be16(iloc, at)?, be16(iloc, at + 4)?);
        at += 6;
        let mut extents = Vec::new();
        for _ in 0..count {
            extents.push((be32(iloc, at)?, be32(iloc, at + 4)?));
            at += 8;
        }
        items.push((id, extents));
    }
    Some(items)
}

/// The file with an ICC profile as a second colour property of its picture and an XMP item that describes it.
/// `None` when the file is not laid out as our AVIF encoder does it: `ftyp`, `meta`, `mdat`, picture first.
pub(crate) fn with_profile_and_xmp(file: &[u8], icc: &[u8], xmp: &[u8]) -> Option<Vec<u8>> {
    let order: Vec<[u8; 4]> = parts(file).map(|(kind, _)| kind).collect();
    if order != [*b"ftyp", *b"meta", *b"mdat"] {
        return None;
    }
    let (head, data) = (part(file, *b"ftyp")?, part(file, *b"mdat")?);
    let old = meta(file)?;
    // The box's size does not depend on the offsets inside: build once to learn it, once to keep.
    let growth = rebuilt(old, icc, 0, 0, 0)?.len().checked_sub(old.len())?;
    let xmp_at = u32::try_from(file.len() + growth).ok()?;
    let new = rebuilt(old, icc, growth as u32, xmp_at, xmp.len() as u32)?;
    let mut made = boxed(*b"ftyp", &[head]);
    made.extend(boxed(*b"meta", &[&[0; 4], &new]));
    made.extend(boxed(*b"mdat", &[data, xmp]));
    Some(made)
}

/// The children of `meta` with the new property and item; every offset moved by `shift`.
fn rebuilt(meta: &[u8], icc: &[u8], shift: u32, xmp_at: u32, xmp_length: u32) -> Option<Vec<u8>> {
    let places = locations(part(meta, *b"iloc")?)?;
    let picture = be16(part(meta, *b"pitm")?, 4)?;
    let xmp_id = places.iter().map(|(id, _)| *id).max()?.checked_add(1)?;
    let mut made = Vec::new();
    for (kind, body) in parts(meta) {
        made.extend(match &kind {
            b"iloc" => located(&places, shift, (xmp_id, xmp_at, xmp_length)),
            b"iinf" => listed(body, xmp_id)?,
            b"iref" => {
                let link = [xmp_id.to_be_bytes(), 1_u16.to_be_bytes(), picture.to_be_bytes()].concat();
                boxed(kind, &[body, &boxed(*b"cdsc", &[&link])])
            }
            b"iprp" => coloured(body, picture, icc)?,
            _ => boxed(kind, &[body]),
        });
    }
    Some(made)
}

fn located(places: &[(u16, Extents)], shift: u32, xmp: (u16, u32, u32)) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0x44, 0];
    body.extend((places.len() as u16 + 1).to_be_bytes());
    let moved = places.iter().map(|(id, extents)| {
        let extents = extents
            .iter()
            .map(|(offset, length)| (offset + shift, *length))
            .collect();
        (*id, extents)
    });
    for (id, extents) in moved.chain([(xmp.0, vec![(xmp.1, xmp.2)])]) {
        body.extend([id, 0, extents.len() as u16].map(u16::to_be_bytes).concat());
        for (offset, length) in extents {
            body.extend([offset, length].map(u32::to_be_bytes).concat());
        }
    }
    boxed(*b"iloc", &[&body])
}

fn listed(iinf: &[u8], xmp_id: u16) -> Option<Vec<u8>> {
    let count = be16(iinf, 4)?.checked_add(1)?;
    let entry = [&b"\x02\0\0\0"[..], &xmp_id.to_be_bytes(), b"\0\0mime\0", XMP_TYPE].concat();
    let head = [&iinf[..4], &count.to_be_bytes()].concat();
    Some(boxed(*b"iinf", &[&head, &iinf[6..], &boxed(*b"infe", &[&entry])]))
}

/// Adds the profile to the property list, and its number to the picture's associations.
fn coloured(iprp: &[u8], picture: u16, icc: &[u8]) -> Option<Vec<u8>> {
    let (properties, associations) = (part(iprp, *b"ipco")?, part(iprp, *b"ipma")?);
    let number = u8::try_from(parts(properties).count() + 1)
        .ok()
        .filter(|number| *number < 128)?;
    if associations.get(..4)? != [0; 4] {
        return None;
    }
    let mut made = associations[..8].to_vec();
    let mut at = 8;
    for _ in 0..be32(associations, 4)? {
        let (id, count) = (be16(associations, at)?, *associations.get(at + 2)?);
        let numbers = associations.get(at + 3..at + 3 + usize::from(count))?;
        let more: &[u8] = if id == picture { &[number] } else { &[] };
        made.extend(id.to_be_bytes());
        made.push(count + more.len() as u8);
        made.extend(numbers.iter().chain(more));
        at += 3 + usize::from(count);
    }
    let profile = boxed(*b"colr", &[b"prof", icc]);
    Some(boxed(
        *b"iprp",
        &[
            &boxed(*b"ipco", &[properties, &profile]),
            &boxed(*b"ipma", &[&made]),
        ],
    ))
}

fn boxed(kind: [u8; 4], bodies: &[&[u8]]) -> Vec<u8> {
    let length = 8 + bodies.iter().map(|body| body.len()).sum::<usize>();
    let mut made = Vec::with_capacity(length);
    made.extend((length as u32).to_be_bytes());
    made.extend(kind);
    for body in bodies {
        made.extend(*body);
    }
    made
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(
        bytes.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}
