//! Cloudinary's signatures, as its own client makes them (cloudinary 1.46.3, `utils.py`): pure functions.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What stays as it is in the source of a delivery address.
const SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'/')
    .remove(b':');

/// Letters of a delivery signature.
const SHORT: usize = 8;

/// How an account signs: a setting of the account, SHA-1 unless changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha1,
    Sha256,
}

impl Algorithm {
    fn hash(self, text: &str) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
        }
    }

    /// The signature of a call's parameters, `file`, `api_key` and the like left out: empty ones dropped, each as
    /// `name=value` with `&` as `%26`, sorted, joined, the secret behind them.
    pub(super) fn call(self, parameters: &[(&str, String)], secret: &str) -> String {
        hex::encode(self.hash(&(to_sign(parameters) + secret)))
    }

    /// The part of a delivery address that proves who made it: `s--XXXXXXXX--`. Version and host are not signed.
    pub(super) fn delivery(self, transformation: &str, source: &str, secret: &str) -> String {
        let signed = match transformation {
            "" => source.to_owned(),
            _ => format!("{transformation}/{source}"),
        };
        let letters = URL_SAFE.encode(self.hash(&(signed + secret)));
        format!("s--{}--", &letters[..SHORT])
    }
}

fn to_sign(parameters: &[(&str, String)]) -> String {
    let mut parts: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}").replace('&', "%26"))
        .collect();
    parts.sort();
    parts.join("&")
}

/// A public id, and the ending it is delivered with, as they stand in an address.
pub(super) fn source(public_id: &str, ending: Option<&str>) -> String {
    let escaped = utf8_percent_encode(public_id, SOURCE);
    match ending {
        Some(ending) => format!("{escaped}.{ending}"),
        None => escaped.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parameters = &'static [(&'static str, &'static str)];

    // Every literal below is what cloudinary 1.46.3 answered for the same input; the first is also in its
    // vendor's documentation.

    #[test]
    fn calls_are_signed_as_the_vendor_signs_them() {
        let rows: [(Parameters, &str, &str, &str); 3] = [
            (
                &[
                    ("timestamp", "1315060510"),
                    ("public_id", "sample_image"),
                    ("eager", "w_400,h_300,c_pad|w_260,h_200,c_crop"),
                ],
                "eager=w_400,h_300,c_pad|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510",
                "bfd09f95f331f558cbd1320e67aa8d488770583e",
                "cc927e1290f9e3ae4c1a741eda21a4630b4ce80f9ce0bc0296337d25cf40f91e",
            ),
            (
                &[
                    ("public_id", "shop/A12/A12_front.webp"),
                    ("timestamp", "1795478400"),
                    ("type", "authenticated"),
                    ("overwrite", "true"),
                    ("invalidate", "true"),
                ],
                "invalidate=true&overwrite=true&public_id=shop/A12/A12_front.webp&timestamp=1795478400&type=authenticated",
                "9f68ec69f8811adc3b7d15ffead18fd8fc1a13c3",
                "568c45875e2458b3214aee378a083d42da83829db9f4dbd60db94f956081077f",
            ),
            (
                &[
                    ("public_id", "a&b=c d/ä"),
                    ("timestamp", "1"),
                    ("type", ""),
                    ("tags", "x,y"),
                    ("flag", ""),
                    ("on", "true"),
                ],
                "on=true&public_id=a%26b=c d/ä&tags=x,y&timestamp=1",
                "6516257a900fb1349c65d91e750c7b5113a1d796",
                "224354e6db6c73c8aaa3487961d925f3b159838ecca076dd61e53224d31f18fc",
            ),
        ];
        for (parameters, text, sha1, sha256) in rows {
            let parameters: Vec<_> = parameters
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            assert_eq!(to_sign(&parameters), text);
            assert_eq!(Algorithm::Sha1.call(&parameters, "abcd"), sha1, "{text}");
            assert_eq!(Algorithm::Sha256.call(&parameters, "abcd"), sha256, "{text}");
        }
    }

    #[test]
    fn addresses_are_signed_as_the_vendor_signs_them() {
        use Algorithm::{Sha1, Sha256};
        for (algorithm, transformation, public_id, ending, expected) in [
            (Sha1, "c_crop,h_20,w_10", "folder/test", None, "s--ZOSudKoe--"),
            (Sha1, "", "image.jpg", None, "s--XG-ejARI--"),
            (Sha1, "", "shop/A12/A12_front.webp", Some("webp"), "s--SwkRdFrB--"),
            (
                Sha256,
                "",
                "shop/A12/A12_front.webp",
                Some("webp"),
                "s--NHAN2pPB--",
            ),
            (
                Sha1,
                "c_fill,w_400/fl_keep_iptc",
                "shop/A12/A12_front.webp",
                Some("webp"),
                "s--Sja4uYCM--",
            ),
            (Sha1, "", "shop/ä b+c.json", None, "s--8t546j8s--"),
            (Sha1, "", "shop/it's (1),2=3~x@y!$*;.zip", None, "s--vWr_Mhsp--"),
        ] {
            let source = source(public_id, ending);
            assert_eq!(
                algorithm.delivery(transformation, &source, "abcd"),
                expected,
                "{source}"
            );
        }
        assert_eq!(source("shop/ä b+c.json", None), "shop/%C3%A4%20b%2Bc.json");
        assert_eq!(
            source("shop/it's (1),2=3~x@y!$*;.zip", None),
            "shop/it%27s%20%281%29%2C2%3D3%7Ex%40y%21%24%2A%3B.zip"
        );
    }

    #[test]
    fn downloads_are_signed_as_the_vendor_signs_them() {
        let rows: [(Parameters, &str); 2] = [
            (
                &[("public_id", "shop/A12/A12_front.webp"), ("format", "webp")],
                "a385d16379c5e34f641a6f1d22b8e7074fdd2b23",
            ),
            (
                &[("public_id", "shop/a b.zip"), ("attachment", "1")],
                "277bdd8d38abd4072f85e5970e55b8bea9145ea1",
            ),
        ];
        for (own, expected) in rows {
            let shared = [
                ("timestamp", "1795478400"),
                ("type", "authenticated"),
                ("expires_at", "1795478460"),
            ];
            let parameters: Vec<_> = own
                .iter()
                .chain(&shared)
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            assert_eq!(Algorithm::Sha1.call(&parameters, "abcd"), expected);
        }
    }
}
