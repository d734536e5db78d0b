//! A relative link in a document must lead somewhere, because a dead one tells the reader that nobody reads this.

#[test]
fn no_relative_link_is_dead() {
    let mut complaints = Vec::new();
    for source in crate::sources().iter().filter(|source| source.is("md")) {
        let folder = testkit::repository()
            .join(&source.path)
            .parent()
            .unwrap()
            .to_path_buf();
        for link in links(&source.text) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !folder.join(path).exists() {
                complaints.push(format!("{}: the link to `{link}` is dead", source.path));
            }
        }
    }
    crate::demand_none(&complaints);
}

/// Targets of `[text](target)` that are not addresses, outside code blocks.
fn links(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    prose
        .flat_map(|part| part.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        .collect()
}

#[test]
fn links_are_found_in_prose_and_not_in_code() {
    let text =
        "[a](docs/A.md#top) ![b](b.png \"b\") [c](https://example.com)\n```\n[d](d.md)\n```\n[e](#here)";
    assert_eq!(links(text), ["docs/A.md#top", "b.png", "#here"]);
}
