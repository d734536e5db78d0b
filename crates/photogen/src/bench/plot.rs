//! Curves over time as an SVG, one above the other as in docs/soak.svg, readable on light and on dark.

use std::fmt::Write as _;

/// Pixels of a panel, and what surrounds it.
const WIDE: f64 = 720.0;
const HIGH: f64 = 120.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 30.0;
const BELOW: f64 = 60.0;
/// No more times are written below a panel.
const TIMES_MAX: f64 = 8.0;
const STYLE: &str = "<style>\
.ground{fill:#fff}.title,.time{fill:#333}.value{fill:#666}.axis{stroke:#999;fill:none}\
.line{stroke:#2563a8;fill:none;stroke-width:1.5}.mark{stroke:#b3401a;fill:none;stroke-width:2}\
.level{stroke:#2e7d32;fill:none;stroke-dasharray:6 4}.says{fill:#2e7d32}\
@media (prefers-color-scheme:dark){\
.ground{fill:#16181c}.title,.time{fill:#ddd}.value{fill:#aaa}.axis{stroke:#777}\
.line{stroke:#7db4f0}.mark{stroke:#f0a27d}.level{stroke:#8fd694}.says{fill:#8fd694}}</style>";

/// What is drawn over the same seconds as the other panels.
#[derive(Default)]
pub(super) struct Panel<'a> {
    /// What it shows, and in what.
    pub(super) title: &'a str,
    /// Seconds and values, joined by a line.
    pub(super) line: Vec<(f64, f64)>,
    /// Seconds and values, each a tick as high as its value.
    pub(super) marks: Vec<(f64, f64)>,
    /// A value across all of it, and what it is.
    pub(super) level: Option<(f64, String)>,
}

/// Draws panels over so many seconds.
pub(super) fn draw(panels: &[Panel<'_>], seconds: f64) -> String {
    let (wide, high) = (LEFT + WIDE + 20.0, TOP + panels.len() as f64 * (HIGH + BELOW));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" font-family=\"system-ui,sans-serif\" \
         font-size=\"12\">{STYLE}<rect class=\"ground\" width=\"100%\" height=\"100%\"/>"
    );
    for (number, panel) in panels.iter().enumerate() {
        panel.draw(&mut svg, TOP + number as f64 * (HIGH + BELOW), seconds.max(1e-3));
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel<'_> {
    fn draw(&self, svg: &mut String, top: f64, seconds: f64) {
        let (bottom, right, most) = (top + HIGH, LEFT + WIDE, self.most());
        let x = |time: f64| LEFT + time / seconds * WIDE;
        let y = |value: f64| bottom - value / most * HIGH;
        text(svg, "title", "start", (LEFT, top - 8.0), self.title);
        path(svg, "axis", &format!("M{LEFT} {top}V{bottom}H{right}"));
        for value in [0.0, most / 2.0, most] {
            text(svg, "value", "end", (LEFT - 6.0, y(value) + 4.0), &short(value));
        }
        for time in times(seconds) {
            text(svg, "time", "middle", (x(time), bottom + 16.0), &short(time));
        }
        text(svg, "time", "end", (right, bottom + 32.0), "seconds");
        if let Some((value, says)) = &self.level {
            path(svg, "level", &format!("M{LEFT} {:.1}H{right}", y(*value)));
            text(svg, "says", "end", (right, y(*value) - 4.0), says);
        }
        let points: Vec<String> = self
            .line
            .iter()
            .map(|(time, value)| format!("{:.1} {:.1}", x(*time), y(*value)))
            .collect();
        if !points.is_empty() {
            path(svg, "line", &format!("M{}", points.join("L")));
        }
        for (time, value) in &self.marks {
            let way = format!("M{:.1} {bottom}V{:.1}", x(*time), y(*value));
            path(svg, "mark", &way);
        }
    }

    /// The value at its upper edge.
    fn most(&self) -> f64 {
        let drawn = self.line.iter().chain(&self.marks).map(|(_, value)| *value);
        let most = drawn
            .chain(self.level.iter().map(|(value, _)| *value))
            .fold(0.0, f64::max);
        if most > 0.0 { most * 1.1 } else { 1.0 }
    }
}

/// Round times from the start to the end.
fn times(seconds: f64) -> impl Iterator<Item = f64> {
    let least = seconds / TIMES_MAX;
    let ten = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * ten);
    let step = steps.into_iter().find(|step| *step >= least).unwrap_or(seconds);
    (0..=(seconds / step) as u32).map(move |number| f64::from(number) * step)
}

/// With as many digits as it needs.
fn short(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        10.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn text(svg: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), says: &str) {
    let _ = write!(
        svg,
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{says}</text>"
    );
}

fn path(svg: &mut String, class: &str, way: &str) {
    let _ = write!(svg, "<path class=\"{class}\" d=\"{way}\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_marks_and_a_level_stand_where_their_values_are() {
        let panel = Panel {
            title: "orders",
            line: vec![(0.0, 0.0), (10.0, 100.0)],
            marks: vec![(5.0, 50.0)],
            level: Some((100.0, "allowed".to_owned())),
        };
        let svg = draw(&[panel], 10.0);
        // The upper edge is a tenth above the largest value: 100 of 110 is 109.1 pixels above the axis, which is at 150.
        for part in [
            "M60.0 150.0L780.0 40.9",
            "M420.0 150V95.5",
            "M60 40.9H780",
            ">allowed</text>",
            ">seconds</text>",
            "prefers-color-scheme:dark",
        ] {
            assert!(svg.contains(part), "{part} is not in {svg}");
        }
    }

    #[test]
    fn times_are_round() {
        assert_eq!(times(10.0).collect::<Vec<_>>(), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(times(140.0).last(), Some(140.0));
    }
}
