//! Who calls: passwords, tokens, cookies, keys, and what each may do.

pub mod caller;
pub mod password;
pub mod sealed;
pub mod secret;
pub(crate) mod standings;
pub mod token;
