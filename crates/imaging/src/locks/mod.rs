//! Measured answers about a made picture: is it the same product?
