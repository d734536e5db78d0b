//! What a delivered file says about itself: resolution, colour profile, how it was made.

pub mod ifd;
