//! Who calls: passwords, tokens, cookies, keys, and what each may do.

pub mod caller;
pub mod password;
pub(crate) mod sealed;
pub mod secret;
pub mod token;
