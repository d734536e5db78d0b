//! `photogen models`, through the program itself: fake clients on the PATH, a server on the loopback, cards of our own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod address;
mod folder;
mod own;
mod package;
mod server;
mod states;
mod world;
