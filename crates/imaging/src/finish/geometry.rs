//! Where the picture goes on its canvas.

use std::{fmt, str::FromStr};

use domain::size::Size;

/// How a picture of another shape than the canvas meets it. Its own shape never changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// All of it is seen, centred; the background fills the rest.
    #[default]
    Contain,
    /// The canvas is filled; what sticks out is cut off evenly.
    Cover,
    /// All of it is seen and nothing is added: the canvas shrinks to the picture's shape.
    Inside,
}

impl FromStr for Fit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "contain" => Ok(Self::Contain),
            "cover" => Ok(Self::Cover),
            "inside" => Ok(Self::Inside),
            _ => Err(format!("`{text}` is not a fit: use contain, cover or inside")),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contain => "contain",
            Self::Cover => "cover",
            Self::Inside => "inside",
        })
    }
}

/// A part of a picture and its place on a canvas, in pixels. The place lies on the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Left, top, width and height of the part, none of them outside the picture.
    pub source: [u32; 4],
    /// Its size on the canvas.
    pub placed: (u32, u32),
    /// Its top left corner there.
    pub at: (u32, u32),
}

/// The numbers of one placement, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Geometry {
    /// The part of the source that is used: left, top, width, height.
    pub(super) source: [f64; 4],
    /// Size of that part after resizing.
    pub(super) placed: (u32, u32),
    /// Its top left corner on the canvas.
    pub(super) at: (u32, u32),
    /// The delivered size.
    pub(super) canvas: (u32, u32),
    /// Pixel values change: a resize is needed.
    pub(super) resizes: bool,
}

impl Geometry {
    pub(super) fn new(source: (u32, u32), size: Option<Size>, fit: Fit) -> Self {
        let asked = size.map_or(source, |size| (size.width, size.height));
        let (width, height) = (f64::from(source.0), f64::from(source.1));
        let across = f64::from(asked.0) / width;
        let down = f64::from(asked.1) / height;
        if fit == Fit::Cover {
            let scale = across.max(down);
            let part = (f64::from(asked.0) / scale, f64::from(asked.1) / scale);
            return Self {
                source: [(width - part.0) / 2.0, (height - part.1) / 2.0, part.0, part.1],
                placed: asked,
                at: (0, 0),
                canvas: asked,
                resizes: asked != source,
            };
        }
        let scale = across.min(down);
        let side = |length: f64, most: u32| ((length * scale).round() as u32).clamp(1, most);
        let placed = (side(width, asked.0), side(height, asked.1));
        let canvas = if fit == Fit::Inside { placed } else { asked };
        Self {
            source: [0.0, 0.0, width, height],
            placed,
            at: ((canvas.0 - placed.0) / 2, (canvas.1 - placed.1) / 2),
            canvas,
            resizes: placed != source,
        }
    }

    pub(super) fn framed(frame: &Frame, canvas: Size) -> Self {
        Self {
            source: frame.source.map(f64::from),
            placed: frame.placed,
            at: frame.at,
            canvas: (canvas.width, canvas.height),
            resizes: true,
        }
    }

    /// Part of the canvas is not covered by the picture.
    pub(super) fn leaves_margin(&self) -> bool {
        self.placed != self.canvas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_placed_by_their_fit() {
        let size = Size::new(1000, 1000);
        for (fit, source, placed, at, canvas) in [
            (Fit::Contain, (200, 100), (1000, 500), (0, 250), (1000, 1000)),
            (Fit::Contain, (100, 200), (500, 1000), (250, 0), (1000, 1000)),
            (Fit::Contain, (3000, 1), (1000, 1), (0, 499), (1000, 1000)),
            (Fit::Cover, (200, 100), (1000, 1000), (0, 0), (1000, 1000)),
            (Fit::Inside, (200, 100), (1000, 500), (0, 0), (1000, 500)),
        ] {
            let geometry = Geometry::new(source, size, fit);
            assert_eq!(
                (geometry.placed, geometry.at, geometry.canvas),
                (placed, at, canvas),
                "{fit} {source:?}"
            );
        }
        assert!(!Geometry::new((1000, 1000), size, Fit::Cover).resizes);
        assert!(!Geometry::new((40, 30), None, Fit::Contain).resizes);
        let cover = Geometry::new((200, 100), size, Fit::Cover);
        assert_eq!(cover.source, [50.0, 0.0, 100.0, 100.0]);
    }
}
