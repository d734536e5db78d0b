//! A signer that reserves just the bytes its signature takes. The library's own reserves ten thousand: padding in every file, which
//! no signature covers, so that a byte changed in it would go unseen.

use c2pa::{BoxedSigner, Signer, SigningAlg};

/// The signature itself: two numbers of P-256.
const SIGNATURE_BYTES: usize = 64;

/// Another signer, with room for its signature alone.
pub(crate) struct Compact {
    signer: BoxedSigner,
    reserved: usize,
}

impl Compact {
    pub(crate) fn new(signer: BoxedSigner) -> Result<Self, c2pa::Error> {
        let certificates = signer.certs()?;
        Ok(Self {
            reserved: cose_bytes(certificates.iter().map(Vec::len)),
            signer,
        })
    }
}

impl Signer for Compact {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        self.signer.sign(data)
    }

    fn alg(&self) -> SigningAlg {
        self.signer.alg()
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        self.signer.certs()
    }

    fn reserve_size(&self) -> usize {
        self.reserved
    }
}

/// The length of a `COSE_Sign1` (RFC 9052) whose protected header holds the algorithm and these certificates (`x5chain`).
fn cose_bytes(certificates: impl ExactSizeIterator<Item = usize>) -> usize {
    let list = usize::from(certificates.len() != 1);
    let chain = list + certificates.map(byte_string).sum::<usize>();
    // A map of two: 1 (algorithm) to -7, and 33 (x5chain), which takes two bytes, to the chain.
    let protected = 1 + 2 + 2 + chain;
    // A tag, an array of four: protected header, an empty map, no payload, the signature.
    1 + 1 + byte_string(protected) + 1 + 1 + byte_string(SIGNATURE_BYTES)
}

/// A string of bytes with its head (CBOR).
fn byte_string(length: usize) -> usize {
    let head = match length {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    };
    head + length
}
