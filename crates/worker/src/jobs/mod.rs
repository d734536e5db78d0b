//! The kinds of job, one file each.

pub mod generate;
