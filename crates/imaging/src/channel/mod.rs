//! A picture for a channel: measured as the channel would, framed as it wants, rendered until it passes or cannot.

mod frame;
mod measure;
mod render;

pub use measure::{border, measure, subject};
pub use render::{RenderError, Rendered, Source, render};
