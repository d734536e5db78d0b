//! Small pieces of markup that templates put in: icons, times, bars. Whatever text they hold is escaped here.

use std::fmt;

use askama::filters::HtmlSafe;

use super::{
    assets,
    words::{Count, Number},
};

/// Markup that templates put in as it is.
#[derive(Clone, Debug)]
pub(crate) struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

impl Markup {
    /// A moment, in UTC; a script shows it in the viewer's zone.
    pub(super) fn time(ms: i64, kind: &str) -> Self {
        let Ok(moment) = jiff::Timestamp::from_millisecond(ms) else {
            return Self(String::new());
        };
        let shown = match kind {
            "clock" => moment.strftime("%H:%M").to_string(),
            "day" => moment.strftime("%Y-%m-%d").to_string(),
            _ => moment.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        Self(format!(
            r#"<time datetime="{}" data-time="{kind}">{shown}</time>"#,
            moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        ))
    }
}

/// An icon of the one file of icons. It stands beside words, so it says nothing itself.
pub(crate) fn icon(name: &str) -> Markup {
    Markup(format!(
        r#"<svg class="icon" aria-hidden="true"><use href="{}#{name}"></use></svg>"#,
        assets::url("icons.svg")
    ))
}

/// The drawing of a pose, in the colour of what it stands in.
pub(crate) fn pictogram(pose: &str) -> Markup {
    let file = format!("poses/{}.svg", pose.to_ascii_lowercase());
    Markup(assets::text(&file).map_or_else(String::new, |drawing| {
        drawing.replacen("<svg ", r#"<svg class="pictogram" aria-hidden="true" "#, 1)
    }))
}

/// A part of a bar: what it means, and how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// done, look, failed, running.
    pub(crate) kind: &'static str,
    /// How many.
    pub(crate) count: i64,
}

/// A bar of progress: its parts in fixed order, the rest is track. The words stand beside it.
pub(crate) fn bar(parts: &[Part], whole: i64) -> Markup {
    use std::fmt::Write as _;
    let whole = whole.max(1) as f64;
    let mut drawn = String::from(
        r#"<svg class="bar" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1000 8"><rect class="track" width="1000" height="8"/>"#,
    );
    let mut from = 0.0;
    for part in parts.iter().filter(|part| part.count > 0) {
        let wide = part.count as f64 / whole * 1000.0;
        let shown = (wide - 1.5).max(1.5);
        let _ = write!(
            drawn,
            r#"<rect class="{}" x="{from:.1}" width="{shown:.1}" height="8"/>"#,
            part.kind
        );
        from += wide;
    }
    drawn.push_str("</svg>");
    Markup(drawn)
}

/// A bar of one share, 0 to 1.
pub(crate) fn meter(share: impl Number, kind: &str) -> Markup {
    Markup(format!(
        r#"<svg class="meter" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1000 16"><rect class="track" y="4" width="1000" height="8"/><rect class="{kind}" y="4" width="{:.1}" height="8"/></svg>"#,
        share.number().clamp(0.0, 1.0) * 1000.0
    ))
}

/// A part of a whole, 0 to 1; 0 where there is nothing.
pub(crate) fn share(part: impl Count, whole: impl Count) -> f64 {
    part.count() as f64 / whole.count().max(1) as f64
}

/// Where an `img` finds its picture: the usual copy, and all of `srcset`, if there are several, for a place as wide as `sizes` says.
pub(super) fn sources(url: &str, srcset: &str, sizes: &str) -> Markup {
    let plain = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
    let (url, srcset) = (plain(url), plain(srcset));
    Markup(if srcset.is_empty() {
        format!(r#"src="{url}""#)
    } else {
        format!(r#"src="{url}" srcset="{srcset}" sizes="{sizes}""#)
    })
}

/// The first letters of a name.
pub(crate) fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next());
    letters.take(2).flat_map(char::to_uppercase).collect()
}
