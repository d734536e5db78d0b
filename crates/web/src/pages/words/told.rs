//! What the service says in sentences of its own (engines, checks, reasons, refusals), in the language of a page.
//!
//! Rows and the API keep the English sentence, and as in gettext it is its own key: a template with gaps finds it and says it
//! again with what was in the gaps. A gap `{name}` holds anything and keeps it. One of a kind fits only what is known:
//! `{name:word}` anything without a space, `{name:num}` a number, `{name:told}` what is told itself, `{name:one}` the same where it
//! does not begin with a gap, `{name:lock}` a word of the catalogue (`lock-…`). A sentence that no template knows is shown as it is.

use std::{cell::Cell, collections::HashMap, fmt, sync::LazyLock};

use askama::filters::{Escaper as _, Html, HtmlSafe};
use serde::{Serialize, Serializer};

use super::{Language, Words, capital};

/// How long a sentence is, how deep sentences stand within each other, how many are joined, and how often it is looked for one:
/// enough for what the service says, too little to keep a page waiting for what somebody made up.
const BYTES_MAX: usize = 2_000;
const NESTED_MAX: u8 = 6;
const JOINED_MAX: usize = 12;
const LOOKS_MAX: u32 = 1_000;

/// How deep in a sentence it is looked, and how often it still may be.
#[derive(Clone, Copy)]
struct Look<'a> {
    nested: u8,
    left: &'a Cell<u32>,
}

impl<'a> Look<'a> {
    fn first(left: &'a Cell<u32>) -> Self {
        Self { nested: 0, left }
    }

    /// Into what stands within a sentence.
    fn deeper(self) -> Option<Self> {
        (self.nested < NESTED_MAX).then_some(Self {
            nested: self.nested + 1,
            ..self
        })
    }
}

/// Something that is told, in the language of the page or else in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Told {
    text: String,
    /// It stands in English on a page of another language.
    is_foreign: bool,
}

impl Told {
    /// Whether nothing is told.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Words of the page itself.
impl From<String> for Told {
    fn from(text: String) -> Self {
        Self {
            text,
            is_foreign: false,
        }
    }
}

/// As markup: what is foreign says so to who reads it aloud. In attributes stands [`Words::sentence`] instead.
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_foreign {
            return Html.write_escaped_str(f, &self.text);
        }
        write!(f, r#"<span lang="{}">"#, Language::English.tag())?;
        Html.write_escaped_str(&mut *f, &self.text)?;
        f.write_str("</span>")
    }
}

impl HtmlSafe for Told {}

/// As plain text, for scripts.
impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Words {
    /// What the service said, as a sentence of a page.
    pub(crate) fn told(self, said: &str) -> Told {
        let known = self.known(said);
        Told {
            is_foreign: known.is_none() && self.0 != Language::English && !said.is_empty(),
            text: shown(&capital(known.as_deref().unwrap_or(said))),
        }
    }

    /// Several sentences one after the other.
    pub(crate) fn told_each<'a>(self, said: impl Iterator<Item = &'a str>) -> Told {
        let told: Vec<Told> = said.map(|one| self.told(one)).collect();
        let sentences: Vec<String> = told.iter().map(|one| format!("{}.", one.text)).collect();
        Told {
            is_foreign: told.iter().any(|one| one.is_foreign),
            text: sentences.join(" "),
        }
    }

    /// The same in an attribute, where there is no markup.
    pub(crate) fn sentence(self, said: &str) -> String {
        self.told(said).text
    }

    /// The same within a sentence.
    pub(crate) fn phrase(self, said: &str) -> String {
        shown(&self.known(said).unwrap_or_else(|| said.to_owned()))
    }

    /// In the page's words, where it is known.
    fn known(self, said: &str) -> Option<String> {
        if said.len() > BYTES_MAX {
            return None;
        }
        let left = Cell::new(LOOKS_MAX);
        self.part(said, Look::first(&left))
    }

    /// A part of it: as one, or as several that are joined.
    fn part(self, said: &str, look: Look<'_>) -> Option<String> {
        let templates = &TEMPLATES[self.0 as usize];
        if let Some(whole) = templates.find(self, said, look) {
            return Some(whole);
        }
        let mut joints = ["; ", ", "].into_iter();
        joints.find_map(|joint| {
            if said.matches(joint).count() > JOINED_MAX {
                return None;
            }
            let (first, rest) = said.match_indices(joint).find_map(|(at, _)| {
                let first = templates.find(self, &said[..at], look)?;
                Some((first, &said[at + joint.len()..]))
            })?;
            Some(format!("{first}{joint}{}", self.part(rest, look)?))
        })
    }

    /// What a gap of a kind shows of what it holds; none where the kind does not know it.
    fn in_gap(self, kind: &str, held: &str, look: Look<'_>) -> Option<String> {
        match kind {
            "" => Some(held.to_owned()),
            "word" => (!held.contains(' ')).then(|| held.to_owned()),
            "told" => self.part(held, look.deeper()?),
            "one" => {
                let look = look.deeper()?;
                let mut begun = TEMPLATES[self.0 as usize].begun(held);
                begun.find_map(|one| one.say(self, held, look))
            }
            "num" => self.numbers_told(held),
            prefix => self.named(prefix, held),
        }
    }

    /// A number, or two of them: `1000x1500`.
    fn numbers_told(self, held: &str) -> Option<String> {
        let Some((width, height)) = held.split_once('x') else {
            return self.number_told(held);
        };
        let (width, height) = (self.number_told(width)?, self.number_told(height)?);
        Some(format!("{width} × {height}"))
    }

    /// A number as English writes it, whole or with a point.
    fn number_told(self, held: &str) -> Option<String> {
        let (whole, part) = held.split_once('.').unwrap_or((held, "0"));
        let is_number = [whole, part]
            .iter()
            .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
        let shown = self.num(whole.parse::<i64>().ok().filter(|_| is_number)?);
        Some(if whole == held {
            shown
        } else {
            format!("{shown}{}{part}", self.0.point())
        })
    }
}

/// Names stand in quotes on a page, and in backticks everywhere else.
fn shown(text: &str) -> String {
    text.replace('`', "'")
}

/// The message (`cause-…`) for why a picture was not made, without the numbers and places that differ from one to the next.
pub(crate) fn cause(reason: &str) -> Option<String> {
    let left = Cell::new(LOOKS_MAX);
    CAUSES.find(Words(Language::English), reason, Look::first(&left))
}

static TEMPLATES: LazyLock<Vec<Templates>> = LazyLock::new(|| {
    Language::ALL
        .into_iter()
        .map(|language| Templates::read(source(language)))
        .collect()
});

static CAUSES: LazyLock<Templates> =
    LazyLock::new(|| Templates::read(include_str!("../../../locales/causes.told")));

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../locales/en.told"),
        Language::German => include_str!("../../../locales/de.told"),
    }
}

/// A place in a template that holds what differs, and what stands after it.
struct Gap {
    name: &'static str,
    kind: &'static str,
    after: &'static str,
}

/// A sentence with gaps, and how it is said instead.
struct Template {
    /// What stands before the first gap.
    head: &'static str,
    gaps: Vec<Gap>,
    says: &'static str,
}

impl Template {
    fn new(english: &'static str, says: &'static str) -> Self {
        let mut parts = english.split('{');
        let head = parts.next().unwrap_or_default();
        let gaps = parts.map(|part| {
            let (gap, after) = part.split_once('}').unwrap_or((part, ""));
            let (name, kind) = gap.split_once(':').unwrap_or((gap, ""));
            Gap { name, kind, after }
        });
        Self {
            head,
            gaps: gaps.collect(),
            says,
        }
    }

    /// The word by which it is found; empty where a gap may reach into it.
    fn first_word(&self) -> &'static str {
        match self.head.split_once(' ') {
            Some((word, _)) => word,
            None if self.gaps.is_empty() => self.head,
            None => "",
        }
    }

    /// How much of it is no gap: of two that fit, the one that says more does.
    fn weight(&self) -> usize {
        self.head.len() + self.gaps.iter().map(|gap| gap.after.len()).sum::<usize>()
    }

    /// What each gap holds of a sentence that fits, the shortest that does. Nothing is tried twice, so no sentence takes long.
    fn fit<'a>(&self, said: &'a str) -> Option<Vec<&'a str>> {
        let mut rest = said.strip_prefix(self.head)?;
        let mut held = Vec::with_capacity(self.gaps.len());
        for (number, gap) in self.gaps.iter().enumerate() {
            let end = if number + 1 == self.gaps.len() {
                rest.strip_suffix(gap.after)?.len()
            } else {
                rest.find(gap.after)?
            };
            held.push(&rest[..end]);
            rest = &rest[end + gap.after.len()..];
        }
        rest.is_empty().then_some(held)
    }

    fn say(&self, words: Words, said: &str, look: Look<'_>) -> Option<String> {
        let held = self.fit(said)?;
        let filled = self.gaps.iter().zip(held);
        let filled: Option<Vec<(&str, String)>> = filled
            .map(|(gap, held)| Some((gap.name, words.in_gap(gap.kind, held, look)?)))
            .collect();
        let filled = filled?;
        let mut parts = self.says.split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, after) = part.split_once('}').unwrap_or((part, ""));
            let value = filled.iter().find(|(gap, _)| *gap == name);
            text.push_str(value.map_or("", |(_, value)| value));
            text.push_str(after);
        }
        Some(text)
    }
}

/// Templates by their first word; under the empty word those that begin with a gap.
struct Templates(HashMap<&'static str, Vec<Template>>);

impl Templates {
    /// Reads a file of them: a line that is said in English, and below it `= ` and how it is said instead.
    fn read(source: &'static str) -> Self {
        let mut by_word: HashMap<&'static str, Vec<Template>> = HashMap::new();
        for (english, says) in pairs(source) {
            let template = Template::new(english, says);
            by_word.entry(template.first_word()).or_default().push(template);
        }
        for templates in by_word.values_mut() {
            templates.sort_by_key(|template| std::cmp::Reverse(template.weight()));
        }
        Self(by_word)
    }

    /// Those that begin with the first word of a sentence.
    fn begun(&self, said: &str) -> impl Iterator<Item = &Template> {
        let word = said.split(' ').next().unwrap_or_default();
        self.0.get(word).into_iter().flatten()
    }

    fn find(&self, words: Words, said: &str, look: Look<'_>) -> Option<String> {
        look.left.set(look.left.get().checked_sub(1)?);
        let with_gap = self.0.get("").into_iter().flatten();
        self.begun(said)
            .chain(with_gap)
            .find_map(|template| template.say(words, said, look))
    }
}

fn pairs(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = source.lines().zip(source.lines().skip(1));
    lines.filter_map(|(english, below)| Some((english, below.strip_prefix("= ")?)))
}

#[cfg(test)]
mod tests;
