//! The statement read by nothing of its own library: found in each format's own place, its boxes walked (JUMBF, ISO 19566-5), the
//! file's hash computed anew, and the signature (COSE, ES256) checked by another cryptography.

use std::collections::BTreeMap;

use ciborium::Value;
use domain::format::Format;
use ring::signature::{ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::{identity, signed};

/// Where the statement lies in a file: its bytes, put together.
pub(crate) fn store(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0xff, 0xd8, ..] => of_jpeg(bytes),
        [0x89, b'P', ..] => of_chunks(bytes, 8, *b"caBX", true),
        [b'R', b'I', ..] => of_chunks(bytes, 12, *b"C2PA", false),
        [b'I', b'I', ..] => of_tiff(bytes),
        _ => of_bmff(bytes),
    }
}

fn number(bytes: &[u8], is_big: bool) -> usize {
    let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
    if is_big {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// APP11 segments: `JP`, box instance, packet number, and the box; all but the first repeat the box's head.
fn of_jpeg(bytes: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while bytes[at] == 0xff && bytes[at + 1] != 0xda {
        let end = at + 2 + number(&bytes[at + 2..at + 4], true);
        let segment = &bytes[at + 4..end];
        if bytes[at + 1] == 0xeb && segment.starts_with(b"JP") {
            let head = if number(&segment[4..8], true) == 1 { 8 } else { 16 };
            found.extend_from_slice(&segment[head..]);
        }
        at = end;
    }
    found
}

/// PNG's chunks (length, name, data, checksum) and RIFF's (name, length, data, to an even length).
fn of_chunks(bytes: &[u8], start: usize, name: [u8; 4], is_png: bool) -> Vec<u8> {
    let mut at = start;
    while at + 8 <= bytes.len() {
        let (length, label) = if is_png { (at, at + 4) } else { (at + 4, at) };
        let length = number(&bytes[length..length + 4], is_png);
        let data = at + 8..at + 8 + length;
        if bytes[label..label + 4] == name {
            return bytes[data].to_vec();
        }
        at = data.end + if is_png { 4 } else { length % 2 };
    }
    Vec::new()
}

/// Tag 0xCD41, in whichever directory.
fn of_tiff(bytes: &[u8]) -> Vec<u8> {
    let little = |at: usize, length: usize| number(&bytes[at..at + length], false);
    let mut directory = little(4, 4);
    while directory != 0 {
        let end = directory + 2 + little(directory, 2) * 12;
        let entry = (directory + 2..end)
            .step_by(12)
            .find(|&entry| little(entry, 2) == 0xcd41);
        if let Some(entry) = entry {
            let (length, offset) = (little(entry + 4, 4), little(entry + 8, 4));
            return bytes[offset..offset + length].to_vec();
        }
        directory = little(end, 4);
    }
    Vec::new()
}

/// The `uuid` box of C2PA: head, uuid, version and flags, purpose, offset of the Merkle tree.
fn of_bmff(bytes: &[u8]) -> Vec<u8> {
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let length = number(&bytes[at..at + 4], true);
        if &bytes[at + 4..at + 8] == b"uuid" && bytes[at + 8..].starts_with(&[0xd8, 0xfe, 0xc3, 0xd6]) {
            return bytes[at + 8 + 16 + 4 + b"manifest\0".len() + 8..at + length].to_vec();
        }
        at += length;
    }
    Vec::new()
}

/// Every content box by the labels of the boxes around it: `c2pa/urn:…/c2pa.signature`.
fn boxes(bytes: &[u8], within: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    let (mut at, mut label) = (0, within.to_owned());
    while at + 8 <= bytes.len() {
        let length = number(&bytes[at..at + 4], true);
        let content = &bytes[at + 8..at + length];
        match &bytes[at + 4..at + 8] {
            b"jumb" => boxes(content, &label, found),
            // A type of 16 bytes, toggles, and a label that ends in zero.
            b"jumd" => {
                let name = content[17..].split(|byte| *byte == 0).next().unwrap();
                label = format!("{within}/{}", String::from_utf8_lossy(name));
            }
            b"cbor" => {
                found.insert(label.clone(), content.to_vec());
            }
            _ => {}
        }
        at += length;
    }
}

fn cbor(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).unwrap()
}

fn field<'a>(map: &'a Value, name: &str) -> &'a Value {
    let pairs = map.as_map().unwrap();
    &pairs
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .unwrap_or_else(|| panic!("no {name}"))
        .1
}

fn one<'a>(found: &'a BTreeMap<String, Vec<u8>>, ending: &str) -> &'a [u8] {
    let mut those = found.iter().filter(|(label, _)| label.ends_with(ending));
    let (_, content) = those
        .next()
        .unwrap_or_else(|| panic!("no {ending} in {:?}", found.keys()));
    assert!(those.next().is_none(), "{ending} twice");
    content
}

/// The file's hash without what it leaves out is the one that was signed.
fn check_hash(bytes: &[u8], assertion: &Value) {
    let mut hash = Sha256::new();
    let mut at = 0;
    for exclusion in field(assertion, "exclusions").as_array().unwrap() {
        let place = |name| usize::try_from(field(exclusion, name).as_integer().unwrap()).unwrap();
        hash.update(&bytes[at..place("start")]);
        at = place("start") + place("length");
    }
    hash.update(&bytes[at..]);
    assert_eq!(
        field(assertion, "hash").as_bytes().unwrap()[..],
        hash.finalize()[..]
    );
}

/// COSE_Sign1 without its payload, which is the claim.
fn check_signature(cose: &[u8], claim: &[u8], key_pem: &str) {
    let cose = cbor(cose);
    let parts = match &cose {
        Value::Tag(18, parts) => parts.as_array().unwrap(),
        other => panic!("no COSE_Sign1: {other:?}"),
    };
    assert!(
        parts[1].as_map().unwrap().is_empty(),
        "padding, which no signature covers"
    );
    let bytes = |part: &Value| Value::Bytes(part.as_bytes().unwrap().clone());
    let said = Value::Array(vec![
        Value::Text("Signature1".to_owned()),
        bytes(&parts[0]),
        Value::Bytes(Vec::new()),
        Value::Bytes(claim.to_vec()),
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&said, &mut message).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key(key_pem));
    key.verify(&message, parts[3].as_bytes().unwrap()).unwrap();
}

fn public_key(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let random = ring::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
    pair.unwrap().public_key().as_ref().to_vec()
}

#[test]
fn statements_lie_where_the_standard_says_and_hold_by_other_means() {
    let (made, signer) = identity("Test");
    for format in Format::ALL {
        let bytes = signed(&signer, format, None);
        let mut found = BTreeMap::new();
        boxes(&store(&bytes), "", &mut found);
        assert!(
            found.keys().all(|label| label.starts_with("/c2pa/urn:c2pa:")),
            "{format}: {:?}",
            found.keys()
        );
        let claim = one(&found, "/c2pa.claim.v2");
        check_signature(one(&found, "/c2pa.signature"), claim, &made.key);
        let actions = cbor(one(&found, "/c2pa.assertions/c2pa.actions.v2"));
        assert_eq!(
            field(&actions, "actions").as_array().unwrap().len(),
            2,
            "{format}"
        );
        match format {
            // Boxes are hashed one by one there, by rules of their own.
            Format::Avif => assert!(!one(&found, "/c2pa.assertions/c2pa.hash.bmff.v3").is_empty()),
            _ => check_hash(&bytes, &cbor(one(&found, "/c2pa.assertions/c2pa.hash.data"))),
        }
        assert!(!found.keys().any(|label| label.contains("thumbnail")), "{format}");
    }
}
