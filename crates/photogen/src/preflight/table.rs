//! The pre-flight as a plain table for a terminal or a mail: what was understood, then what to look at.

use std::fmt::Write as _;

use domain::{
    intake::problem::one_line,
    product::{Product, View},
};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Preflight, Problem, Severity};
use crate::counted::{counted, grouped};

/// Products shown before the rest is counted.
const ROWS_MAX: usize = 40;

/// Problems of one kind shown before the rest is counted.
const PROBLEMS_MAX: usize = 10;

/// Narrowest table that can be read.
const WIDTH_MIN: usize = 60;

/// Widest SKU and name columns, in character cells.
const TEXT_MAX: usize = 28;

/// See [`super::render_table`].
pub(super) fn render(preflight: &Preflight, width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let root = common_root(preflight);
    let mut text = summary(preflight);
    if !root.is_empty() {
        let _ = writeln!(text, "Paths are from {root}");
    }
    if !preflight.products.is_empty() {
        text.push('\n');
        text.push_str(&product_rows(preflight, width));
    }
    for (severity, title) in [
        (Severity::Error, "Not used"),
        (Severity::Warning, "Look at these"),
        (Severity::Note, "Good to know"),
    ] {
        text.push_str(&problem_list(preflight, severity, title, root, width));
    }
    text
}

fn summary(preflight: &Preflight) -> String {
    let products = counted(preflight.products.len(), "product");
    let photos = counted(preflight.photos.len(), "photo");
    let unusable = match preflight.photos.len() - preflight.usable() {
        0 => String::new(),
        count => format!(", {} of them not usable", grouped(count)),
    };
    let ignored = match preflight.ignored {
        0 => String::new(),
        count => format!("; {} beside them ignored", counted(count, "other file")),
    };
    format!("{products} from {photos}{unusable}{ignored}.\n")
}

/// The folder every photo lies in, with its slash; empty when it is not worth a line.
fn common_root(preflight: &Preflight) -> &str {
    let mut paths = preflight.photos.iter().map(|photo| photo.path.as_str());
    let Some(first) = paths.next().filter(|_| preflight.photos.len() > 1) else {
        return "";
    };
    let folder = |length: usize| first[..length].rfind('/').map_or(0, |slash| slash + 1);
    let shared = paths.fold(first.len(), |length, path| {
        let same = first[..length]
            .bytes()
            .zip(path.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        (0..=same)
            .rev()
            .find(|&end| first.is_char_boundary(end))
            .unwrap_or(0)
    });
    &first[..folder(shared)]
}

fn product_rows(preflight: &Preflight, width: usize) -> String {
    let has = |said: fn(&Product) -> bool| preflight.products.iter().any(said);
    let named = has(|product| product.name.is_some());
    let coloured = has(|product| product.colour.is_some());
    let mut rows = vec![header(named, coloured)];
    let sizes = preflight
        .photos
        .iter()
        .filter_map(|photo| Some((photo.picture.as_ref()?.sha256.as_str(), photo)))
        .filter_map(|(hash, photo)| Some((hash, photo.picture.as_ref().map(|p| (p.width, p.height))?)))
        .collect();
    rows.extend(
        preflight
            .products
            .iter()
            .take(ROWS_MAX)
            .map(|product| row(product, named, coloured, &sizes)),
    );
    let mut text = aligned(&rows, width);
    if let Some(more) = preflight
        .products
        .len()
        .checked_sub(ROWS_MAX)
        .filter(|&more| more > 0)
    {
        let _ = writeln!(
            text,
            "and {}; --json lists every one",
            counted(more, "more product")
        );
    }
    text.push_str(&coverage(&preflight.products));
    text
}

fn header(named: bool, coloured: bool) -> Vec<String> {
    let mut cells = vec!["SKU"];
    cells.extend(named.then_some("Name"));
    cells.extend(coloured.then_some("Colour"));
    cells.extend(["Category", "Front", "Back", "Side", "Detail"]);
    cells.into_iter().map(str::to_owned).collect()
}

type Sizes<'a> = std::collections::HashMap<&'a str, (u32, u32)>;

fn row(product: &Product, named: bool, coloured: bool, sizes: &Sizes<'_>) -> Vec<String> {
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut cells = vec![product.sku.clone()];
    if named {
        cells.push(said(&product.name));
    }
    if coloured {
        cells.push(said(&product.colour));
    }
    cells.push(category(product));
    for view in [View::Front, View::Back] {
        cells.push(
            match product
                .photo(view)
                .and_then(|photo| sizes.get(photo.sha256.as_str()))
            {
                Some((width, height)) => format!("{width}x{height}"),
                None => "-".to_owned(),
            },
        );
    }
    cells.push(sides(product));
    cells.push(match product.photos_of(View::Detail).count() {
        0 => "-".to_owned(),
        count => count.to_string(),
    });
    cells
}

fn category(product: &Product) -> String {
    use domain::category::Category;
    match product.category {
        Category::Unknown => "by shape".to_owned(),
        Category::CropTop => "crop top".to_owned(),
        known => format!("{known:?}").to_lowercase(),
    }
}

fn sides(product: &Product) -> String {
    let mut names: Vec<&str> = product
        .photos_of(View::Side)
        .map(|photo| photo.side.map_or("side", domain::product::Side::name))
        .collect();
    names.dedup();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join("+")
    }
}

/// How many products have each view: what a manager counts first.
fn coverage(products: &[Product]) -> String {
    let with = |view: View| {
        products
            .iter()
            .filter(|product| product.photo(view).is_some())
            .count()
    };
    let counts: Vec<String> = View::ALL
        .into_iter()
        .map(|view| format!("{view} {}", grouped(with(view))))
        .collect();
    format!("Products with a photo of: {}\n", counts.join(", "))
}

/// Rows as columns, each as wide as its widest cell, cut to the width.
fn aligned(rows: &[Vec<String>], width: usize) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| shortened(&one_line(cell), TEXT_MAX))
                .collect()
        })
        .collect();
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, column_width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(column_width - cell.width() + 2));
        }
        text.push_str(&shortened(line.trim_end(), width));
        text.push('\n');
    }
    text
}

/// The text in at most `width` cells, with `…` for what was cut.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

fn problem_list(preflight: &Preflight, severity: Severity, title: &str, root: &str, width: usize) -> String {
    let problems: Vec<&Problem> = preflight
        .problems
        .iter()
        .filter(|p| p.severity == severity)
        .collect();
    if problems.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title} ({})\n", grouped(problems.len()));
    for kind in problems.chunk_by(|a, b| a.kind == b.kind) {
        for problem in kind.iter().take(PROBLEMS_MAX) {
            let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
            let path = problem
                .path
                .strip_prefix(root)
                .filter(|path| !path.is_empty())
                .unwrap_or(&problem.path);
            let message = if root.is_empty() {
                problem.message.clone()
            } else {
                problem.message.replace(root, "")
            };
            text.push_str(&wrapped(&format!("{path}{line}: {message}"), width));
        }
        if let Some(more) = kind.len().checked_sub(PROBLEMS_MAX).filter(|&more| more > 0) {
            let _ = writeln!(
                text,
                "  and {} more of this kind; --json lists every one",
                grouped(more)
            );
        }
    }
    text
}

/// Breaks at spaces, indented by two, the following lines by four.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec!["  ".to_owned()];
    for word in text.split(' ') {
        let current = lines.last().map_or(0, |line| line.width());
        let fits = current + 1 + word.width() <= width;
        match lines.last_mut() {
            Some(line) if fits || line.trim().is_empty() => {
                if !line.trim().is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            _ => lines.push(format!("    {word}")),
        }
    }
    lines.join("\n") + "\n"
}
