//! Who reads text on prints here: two networks, where both are here. They are never pulled by themselves.

use std::sync::Arc;

use imaging::vision::text::TextReader;

use crate::models;

/// The kinds of the networks: one finds lines, one reads them.
pub(crate) const KINDS: [&str; 2] = ["text_detect", "text_read"];

/// None where one of them is not here: then text is not compared.
pub(crate) fn reader() -> Option<Arc<TextReader>> {
    let [detect, read] = KINDS.map(models::here);
    Some(Arc::new(TextReader::new(detect?.path, read?.path)))
}
