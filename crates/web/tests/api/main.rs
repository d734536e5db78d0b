//! The API through its front door: the real router, a database of its own on each engine, and a clock that tests turn.

#![expect(unreachable_pub, reason = "a test program exports nothing")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod app;
mod auth;
mod brand_presets;
mod browser;
mod engines;
mod exports;
mod fixes;
mod generate;
mod imports;
mod keys;
mod limits;
mod mail;
mod models;
mod pages;
mod payments;
mod products;
mod projects;
mod retention;
mod reviews;
mod shoots;
mod studio;
mod sweep;
mod tenants;
mod thumbnails;
mod uploads;
mod webhooks;
