//! Signing a finished file.

use std::{io::Cursor, sync::Arc};

use c2pa::{Builder, BuilderIntent, Context, DigitalSourceType, SigningAlg, create_signer};
use domain::{format::Format, profile::Provenance};
use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::{Parent, Seal, SealError, Seen, Statement},
};
use serde_json::{Value, json};

use crate::{Verifier, compact::Compact, context, media_type, media_type_of, refused};

/// Room for a statement without ingredients; with them it grows.
const STATEMENT_BYTES: usize = 8 << 10;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Signs with a certificate chain and its key, ES256 (P-256).
pub struct Signer {
    context: Arc<Context>,
    root: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(***)")
    }
}

impl Signer {
    /// From PEM: the signing certificate first, then what it hangs on, and the PKCS #8 key. What it signs is trusted here.
    ///
    /// # Errors
    /// [`SealError`] for a certificate or key that cannot sign, or that do not belong together.
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, SealError> {
        let root = Self::root_of(chain);
        let signer = create_signer::from_keys(chain.as_bytes(), key.as_bytes(), SigningAlg::Es256, None)
            .and_then(Compact::new)
            .map_err(refused)?;
        let context = context(Some(&root))?.with_signer(signer);
        let signer = Self {
            context: Arc::new(context),
            root,
        };
        signer.try_out()?;
        Ok(signer)
    }

    /// Signs a picture of one pixel and reads it back: a key of another certificate is found now, not in every file.
    fn try_out(&self) -> Result<(), SealError> {
        let spec = Spec {
            format: Format::Png,
            ..Spec::default()
        };
        let file = finish(&Picture::new(1, 1), &spec).map_err(|error| SealError(error.to_string()))?;
        let statement = Statement {
            format: Format::Png,
            digital_source_type: spec.digital_source_type,
            maker: "PhotoGen",
            actions: &[],
            parent: None,
        };
        let seen = self.check(&self.sign(&file.bytes, &statement)?);
        if seen.state == Provenance::Trusted {
            return Ok(());
        }
        Err(SealError(format!(
            "the certificate and the key do not belong together, or may not sign: {}",
            seen.problems.join(", ")
        )))
    }

    /// The last certificate of a chain, which the others hang on.
    pub fn root_of(chain: &str) -> String {
        chain
            .rfind(BEGIN)
            .map_or_else(String::new, |at| chain[at..].to_owned())
    }

    fn builder(&self, statement: &Statement<'_>) -> Result<Builder, c2pa::Error> {
        let definition = json!({
            "title": "picture",
            "format": media_type(statement.format),
            "claim_generator_info": [photogen()],
        });
        let mut builder =
            Builder::from_shared_context(&self.context).with_definition(definition.to_string())?;
        let parent = statement
            .parent
            .and_then(|parent| Some((parent, media_type_of(parent.bytes)?)));
        match parent {
            Some((parent, media_type)) => opened(&mut builder, &parent, media_type)?,
            None => created(&mut builder, statement)?,
        }
        for action in statement.actions {
            builder.add_action(json!({
                "action": action,
                "digitalSourceType": statement.digital_source_type,
                "softwareAgent": photogen(),
            }))?;
        }
        Ok(builder)
    }
}

impl Seal for Signer {
    fn sign(&self, bytes: &[u8], statement: &Statement<'_>) -> Result<Vec<u8>, SealError> {
        let mut builder = self.builder(statement).map_err(refused)?;
        let mut signed = Cursor::new(Vec::with_capacity(bytes.len() + STATEMENT_BYTES));
        builder
            .save_to_stream(media_type(statement.format), &mut Cursor::new(bytes), &mut signed)
            .map_err(refused)?;
        Ok(signed.into_inner())
    }

    fn check(&self, bytes: &[u8]) -> Seen {
        Verifier::from(&self.context).check(bytes)
    }

    fn root(&self) -> &str {
        &self.root
    }
}

/// This program, as it stands in statements.
fn photogen() -> Value {
    json!({ "name": "PhotoGen", "version": env!("CARGO_PKG_VERSION") })
}

/// It was made from a file, which keeps the statement that it has.
fn opened(builder: &mut Builder, parent: &Parent<'_>, media_type: &str) -> Result<(), c2pa::Error> {
    builder.set_intent(BuilderIntent::Edit);
    let about = json!({ "title": parent.title, "relationship": "parentOf" });
    builder.add_ingredient_from_stream(about.to_string(), media_type, &mut Cursor::new(parent.bytes))?;
    Ok(())
}

/// It was made by somebody, of nothing that has a statement.
fn created(builder: &mut Builder, statement: &Statement<'_>) -> Result<(), c2pa::Error> {
    let source: DigitalSourceType = serde_json::from_value(json!(statement.digital_source_type))?;
    builder.set_intent(BuilderIntent::Create(source));
    builder.add_action(json!({
        "action": "c2pa.created",
        "digitalSourceType": statement.digital_source_type,
        "softwareAgent": { "name": statement.maker },
    }))?;
    Ok(())
}
