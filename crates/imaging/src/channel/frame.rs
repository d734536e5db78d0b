//! Where a picture goes on a channel's canvas.

use domain::size::Size;

use crate::finish::Frame;

/// Puts the subject in the middle of the canvas, its longer side filling a share of it, with as much of the picture around it as
/// there is. Nothing is stretched.
pub(super) fn framed(picture: (u32, u32), subject: [u32; 4], canvas: Size, fill: f64) -> Frame {
    let [left, top, width, height] = subject.map(f64::from);
    let (across, down) = (f64::from(canvas.width), f64::from(canvas.height));
    let scale = (fill * across / width).min(fill * down / height);
    let x = placed(picture.0, left + width / 2.0, canvas.width, scale);
    let y = placed(picture.1, top + height / 2.0, canvas.height, scale);
    Frame {
        source: [x.from, y.from, x.length, y.length],
        placed: (x.placed, y.placed),
        at: (x.at, y.at),
    }
}

/// One axis: which part of the picture is seen, and where.
struct Axis {
    from: u32,
    length: u32,
    at: u32,
    placed: u32,
}

fn placed(picture: u32, middle: f64, canvas: u32, scale: f64) -> Axis {
    let half = f64::from(canvas) / 2.0 / scale;
    let from = (middle - half).max(0.0).floor();
    let to = (middle + half)
        .min(f64::from(picture))
        .ceil()
        .min(f64::from(picture));
    let on_canvas = |at: f64| ((at - middle) * scale + f64::from(canvas) / 2.0).round();
    let at = on_canvas(from).clamp(0.0, f64::from(canvas) - 1.0);
    let end = on_canvas(to).clamp(at + 1.0, f64::from(canvas));
    Axis {
        from: from as u32,
        length: ((to - from) as u32).max(1),
        at: at as u32,
        placed: (end - at) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_fills_its_share_in_the_middle() {
        let canvas = Size::new(1000, 2000).unwrap();
        // A tall subject on a wide picture: the height decides.
        let frame = framed((800, 600), [300, 100, 100, 400], canvas, 0.8);
        // 4 pixels for 1; 125 pixels of the picture on each side of the middle, all of its height.
        assert_eq!(frame.source, [225, 50, 250, 500]);
        assert_eq!((frame.placed, frame.at), ((1000, 2000), (0, 0)));
        // A picture with little around the subject leaves ground.
        let frame = framed((120, 420), [10, 10, 100, 400], canvas, 0.8);
        assert_eq!(frame.source, [0, 0, 120, 420]);
        assert_eq!((frame.placed, frame.at), ((480, 1680), (260, 160)));
    }
}
