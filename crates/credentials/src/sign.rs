//! Signing a finished file.

use std::io::Cursor;

use c2pa::{BoxedSigner, Builder, BuilderIntent, DigitalSourceType, SigningAlg, create_signer};
use imaging::provenance::{Seal, SealError, Seen, Statement};
use serde_json::json;

use crate::{check, context, media_type, media_type_of};

/// Signs with a certificate chain and its key, ES256 (P-256).
pub struct Signer {
    chain: String,
    key: String,
    anchors: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(***)")
    }
}

impl Signer {
    /// From PEM: the signing certificate first, then what it hangs on, and the PKCS #8 key.
    ///
    /// # Errors
    /// [`SealError`] for a certificate or key that cannot sign.
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, SealError> {
        let signer = Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            anchors: last_certificate(chain),
        };
        signer.open()?;
        Ok(signer)
    }

    fn open(&self) -> Result<BoxedSigner, SealError> {
        create_signer::from_keys(
            self.chain.as_bytes(),
            self.key.as_bytes(),
            SigningAlg::Es256,
            None,
        )
        .map_err(|error| SealError(error.to_string()))
    }

    fn builder(&self, statement: &Statement<'_>) -> Result<Builder, c2pa::Error> {
        let source: DigitalSourceType = serde_json::from_value(json!(statement.digital_source_type))?;
        let definition = json!({
            "title": "picture",
            "format": media_type(statement.format),
            "claim_generator_info": [{ "name": "PhotoGen", "version": env!("CARGO_PKG_VERSION") }],
        });
        let mut builder =
            Builder::from_context(context(Some(&self.anchors))?).with_definition(definition.to_string())?;
        match statement
            .parent
            .and_then(|parent| Some((parent, media_type_of(parent.bytes)?)))
        {
            Some((parent, kind)) => {
                builder.set_intent(BuilderIntent::Edit);
                let about = json!({ "title": parent.title, "relationship": "parentOf" });
                builder.add_ingredient_from_stream(
                    about.to_string(),
                    kind,
                    &mut Cursor::new(parent.bytes),
                )?;
            }
            None => {
                builder.set_intent(BuilderIntent::Create(source));
            }
        }
        for action in statement.actions {
            builder.add_action(json!({
                "action": action,
                "digitalSourceType": statement.digital_source_type,
                "softwareAgent": { "name": "PhotoGen", "version": env!("CARGO_PKG_VERSION") },
            }))?;
        }
        Ok(builder)
    }
}

impl Seal for Signer {
    fn sign(&self, bytes: &[u8], statement: &Statement<'_>) -> Result<Vec<u8>, SealError> {
        let signer = self.open()?;
        let mut builder = self
            .builder(statement)
            .map_err(|error| SealError(error.to_string()))?;
        let mut signed = Cursor::new(Vec::with_capacity(bytes.len() + (32 << 10)));
        builder
            .sign(
                signer.as_ref(),
                media_type(statement.format),
                &mut Cursor::new(bytes),
                &mut signed,
            )
            .map_err(|error| SealError(error.to_string()))?;
        Ok(signed.into_inner())
    }

    fn check(&self, bytes: &[u8]) -> Seen {
        check(bytes, Some(&self.anchors))
    }

    fn root(&self) -> &str {
        &self.anchors
    }
}

fn last_certificate(chain: &str) -> String {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    chain
        .rfind(BEGIN)
        .map_or_else(String::new, |at| chain[at..].to_owned())
}
