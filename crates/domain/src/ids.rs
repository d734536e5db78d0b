//! Identifiers: opaque text (UUID version 7 when minted by the store), one newtype a noun.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// A tenant.
    WorkspaceId,
    /// One submitted brief.
    ShootId,
    /// A group of products, models, shoots and exports.
    ProjectId,
    /// A person that pictures are checked against.
    ModelId,
    /// A person who signs in.
    UserId,
    /// A file on its way in.
    UploadId,
    /// One SKU of a workspace.
    ProductId,
    /// One picture to make: product x pose x take.
    GenerationId,
    /// One unit of durable work.
    JobId,
}
