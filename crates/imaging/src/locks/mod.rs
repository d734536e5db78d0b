//! Measured answers about a made picture: is it the same product, the same person?
//!
//! A lock is one file (or folder) here and one line of [`ALL`].

pub mod background;
pub mod ciede2000;
mod colour;
pub mod identity;
pub mod no_op;
pub(crate) mod plane;
pub mod product;
pub mod set;
pub mod ssim;

/// What a lock is, for lists, settings and help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The name in verdicts, settings and JSON.
    pub name: &'static str,
    /// The question it answers.
    pub asks: &'static str,
    /// What it compares the picture with.
    pub needs: &'static str,
}

/// Every lock there is.
pub const ALL: &[Lock] = &[
    product::LOCK,
    identity::LOCK,
    background::LOCK,
    no_op::LOCK,
    set::LOCK,
];
