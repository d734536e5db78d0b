//! What an account holds, through its Admin API: pages of the pictures, then pages of the rest.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream, stream::BoxStream};
use serde::Deserialize;

use super::{Cloudinary, Kind, Listed, Result, check_portable_key};

#[derive(Deserialize)]
struct Page {
    resources: Vec<Resource>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    public_id: String,
    bytes: u64,
    created_at: jiff::Timestamp,
}

/// Where a listing stands.
struct Listing {
    account: Cloudinary,
    prefix: String,
    kinds: VecDeque<Kind>,
    cursor: Option<String>,
    found: VecDeque<Resource>,
}

pub(super) fn list(account: Cloudinary, folder: &str) -> BoxStream<'static, Result<Listed>> {
    let listing = Listing {
        account,
        prefix: match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        },
        kinds: VecDeque::from([Kind::Image, Kind::Raw]),
        cursor: None,
        found: VecDeque::new(),
    };
    stream::try_unfold(listing, |mut listing| async move {
        let next = listing.next().await?;
        Ok(next.map(|next| (next, listing)))
    })
    .boxed()
}

impl Listing {
    async fn next(&mut self) -> Result<Option<Listed>> {
        loop {
            while let Some(found) = self.found.pop_front() {
                // What others keep in the account has no key.
                if check_portable_key(&found.public_id).is_ok() {
                    return Ok(Some(Listed {
                        key: found.public_id,
                        size: found.bytes,
                        modified_ms: found.created_at.as_millisecond(),
                    }));
                }
            }
            let Some(&kind) = self.kinds.front() else {
                return Ok(None);
            };
            let page: Page = self
                .account
                .page(kind, &self.prefix, self.cursor.as_deref())
                .await?;
            self.found = page.resources.into();
            self.cursor = page.next_cursor;
            if self.cursor.is_none() {
                self.kinds.pop_front();
            }
        }
    }
}
