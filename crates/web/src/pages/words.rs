//! Every word that people read, from one catalogue a language, with plural forms and grouped numbers.
//!
//! The files are written in the plain part of Project Fluent: `id = text`, `{ $value }`, and forms chosen by `$n`. Fluent's own
//! crates are left out: their Unicode data would rebuild half of the tree for this.

mod told;

use std::{collections::HashMap, fmt::Display, sync::LazyLock};

use domain::payment;

pub(crate) use self::told::{Told, cause};
use super::{checks, show::Markup};

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// Every language, the first where none is asked for.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The first language of an `Accept-Language` that we speak. Browsers send them in order of preference.
    pub(crate) fn asked(header: &str) -> Self {
        let mut tags = header
            .split(',')
            .map(|part| part.trim().split(['-', ';']).next().unwrap_or_default());
        tags.find_map(Self::of_tag).unwrap_or(Self::English)
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../locales/en.ftl"),
            Self::German => include_str!("../../locales/de.ftl"),
        }
    }

    fn group(self) -> char {
        match self {
            Self::English => ',',
            Self::German => '.',
        }
    }

    fn point(self) -> char {
        match self {
            Self::English => '.',
            Self::German => ',',
        }
    }

    /// What spreadsheets part the cells of a table by: no comma where that is the decimal point.
    fn separator(self) -> &'static str {
        match self {
            Self::English => ",",
            Self::German => ";",
        }
    }
}

/// A message: one text, or a text for each form.
#[derive(Debug)]
enum Message {
    Text(&'static str),
    /// By form: a number, `one`, `other`; the last is `other`.
    Forms(Vec<(&'static str, &'static str)>),
}

type Catalogue = HashMap<&'static str, Message>;

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    Language::ALL
        .into_iter()
        .map(|language| read(language.source()))
        .collect()
});

/// Reads a catalogue. What is wrong with one fails a test, so nothing is told here.
fn read(source: &'static str) -> Catalogue {
    let mut catalogue = Catalogue::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some((id, text)) = line
            .split_once(" = ")
            .filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
        else {
            continue;
        };
        if text != "{ $n ->" {
            catalogue.insert(id, Message::Text(text));
            continue;
        }
        let forms = lines.by_ref().map(str::trim).take_while(|line| *line != "}");
        let forms = forms.filter_map(|line| line.trim_start_matches('*').strip_prefix('[')?.split_once("] "));
        catalogue.insert(id, Message::Forms(forms.collect()));
    }
    catalogue
}

impl Message {
    /// The text for a number. Both languages have the same two forms (CLDR: one for 1, other for the rest).
    fn text(&self, n: Option<i64>) -> &'static str {
        let forms = match self {
            Self::Text(text) => return text,
            Self::Forms(forms) => forms,
        };
        let exact = n.map(|n| n.to_string());
        let named = if n == Some(1) { "one" } else { "other" };
        let found = forms
            .iter()
            .find(|(form, _)| exact.as_deref() == Some(*form))
            .or_else(|| forms.iter().find(|(form, _)| *form == named))
            .or_else(|| forms.last());
        found.map_or("", |(_, text)| text)
    }
}

/// A number of things, as templates have it.
pub(crate) trait Count {
    /// The number.
    fn count(self) -> i64;
}

macro_rules! counts {
    ($($kind:ty)*) => {$(
        impl Count for $kind {
            fn count(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

counts! { i64 u32 u64 usize i32 }

impl<T: Count + Copy> Count for &T {
    fn count(self) -> i64 {
        (*self).count()
    }
}

/// A number with a point, as templates have it: by itself or by reference.
pub(crate) trait Number {
    /// The number.
    fn number(self) -> f64;
}

impl Number for f64 {
    fn number(self) -> f64 {
        self
    }
}

impl<T: Number + Copy> Number for &T {
    fn number(self) -> f64 {
        (*self).number()
    }
}

/// With a capital, as sentences begin.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// What a page says, in the viewer's language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    /// The language's tag.
    pub(crate) fn tag(self) -> &'static str {
        self.0.tag()
    }

    /// What parts the cells of a table that is saved.
    pub(crate) fn separator(self) -> &'static str {
        self.0.separator()
    }

    /// A message.
    pub(crate) fn t(self, id: &str) -> String {
        self.say(id, None, &[])
    }

    /// A message with one value.
    pub(crate) fn t1(self, id: &str, name: &'static str, value: impl Display) -> String {
        self.say(id, None, &[(name, value.to_string())])
    }

    /// A message with two values.
    pub(crate) fn t2(
        self,
        id: &str,
        name: &'static str,
        value: impl Display,
        other: &'static str,
        second: impl Display,
    ) -> String {
        self.say(
            id,
            None,
            &[(name, value.to_string()), (other, second.to_string())],
        )
    }

    /// A message about a number of things: `$n` chooses the plural form, `$shown` is the number as people read it.
    pub(crate) fn n(self, id: &str, count: impl Count) -> String {
        self.say(id, Some(count.count()), &[])
    }

    /// A message about a number of things, and one more value.
    pub(crate) fn n1(self, id: &str, count: impl Count, name: &'static str, value: impl Display) -> String {
        self.say(id, Some(count.count()), &[(name, value.to_string())])
    }

    /// Whether there is such a message.
    pub(crate) fn has(self, id: &str) -> bool {
        CATALOGUES[self.0 as usize].contains_key(id)
    }

    /// A message, or the name itself where the catalogue knows none: for names that come from elsewhere (locks, statuses).
    pub(crate) fn name(self, prefix: &str, name: &str) -> String {
        self.named(prefix, name).unwrap_or_else(|| name.to_owned())
    }

    /// The same, where the catalogue knows it.
    fn named(self, prefix: &str, name: &str) -> Option<String> {
        let id = format!("{prefix}-{}", name.to_ascii_lowercase().replace('_', "-"));
        self.has(&id).then(|| self.t(&id))
    }

    fn say(self, id: &str, n: Option<i64>, values: &[(&'static str, String)]) -> String {
        let Some(message) = CATALOGUES[self.0 as usize].get(id) else {
            return id.to_owned();
        };
        let shown = n.map(|n| ("shown", self.num(n)));
        let mut said = String::new();
        let mut rest = message.text(n);
        while let Some((before, after)) = rest.split_once("{ $") {
            let (name, after) = after.split_once(" }").unwrap_or((after, ""));
            let value = values.iter().chain(&shown).find(|(key, _)| *key == name);
            said.push_str(before);
            said.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        said.push_str(rest);
        said
    }

    /// A whole number with its thousands apart.
    pub(crate) fn num(self, number: impl Count) -> String {
        let number = number.count();
        let digits = number.unsigned_abs().to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(self.0.group());
            }
            grouped.push(digit);
        }
        if number < 0 {
            format!("−{grouped}")
        } else {
            grouped
        }
    }

    /// A number with so many places after the point.
    pub(crate) fn decimal(self, number: impl Number, places: usize) -> String {
        self.pointed(&format!("{:.places$}", number.number()))
    }

    /// A number that is written with a point, with the language's own.
    fn pointed(self, number: &str) -> String {
        number.replace('.', &self.0.point().to_string())
    }

    /// A threshold, with as many places as it has.
    pub(crate) fn threshold(self, value: impl Number) -> String {
        self.pointed(&checks::shown(value))
    }

    /// A price, in the smallest unit of its currency.
    pub(crate) fn price(self, minor: i64, currency: &str) -> String {
        self.pointed(&payment::amount(minor, currency))
    }

    /// A share in percent.
    pub(crate) fn percent(self, share: impl Number) -> String {
        format!("{} %", self.decimal(share.number() * 100.0, 0))
    }

    /// Dollars.
    pub(crate) fn usd(self, dollars: impl Number) -> String {
        let amount = self.decimal(dollars, 2);
        match self.0 {
            Language::English => format!("${amount}"),
            Language::German => format!("{amount} $"),
        }
    }

    /// A size in bytes.
    pub(crate) fn bytes(self, bytes: impl Count) -> String {
        let bytes = bytes.count() as f64;
        match bytes {
            _ if bytes >= 1e9 => format!("{} GB", self.decimal(bytes / 1e9, 1)),
            _ if bytes >= 1e6 => format!("{} MB", self.decimal(bytes / 1e6, 1)),
            _ => format!("{} KB", self.decimal((bytes / 1e3).ceil(), 0)),
        }
    }

    /// How long something takes.
    pub(crate) fn span(self, ms: impl Count) -> String {
        let seconds = ms.count() / 1000;
        match seconds {
            0..60 => self.n("span-seconds", seconds.max(1)),
            60..5400 => self.n("span-minutes", (seconds + 30) / 60),
            5400..172_800 => self.n("span-hours", (seconds + 1800) / 3600),
            _ => self.n("span-days", seconds / 86_400),
        }
    }

    /// A moment: date and time.
    #[expect(
        clippy::unused_self,
        reason = "templates ask their words for everything they show"
    )]
    pub(crate) fn time(self, ms: impl Count) -> Markup {
        Markup::time(ms.count(), "full")
    }

    /// The time of a day.
    #[expect(
        clippy::unused_self,
        reason = "templates ask their words for everything they show"
    )]
    pub(crate) fn clock(self, ms: impl Count) -> Markup {
        Markup::time(ms.count(), "clock")
    }

    /// A day.
    #[expect(
        clippy::unused_self,
        reason = "templates ask their words for everything they show"
    )]
    pub(crate) fn day(self, ms: impl Count) -> Markup {
        Markup::time(ms.count(), "day")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that a message has, in order of their names.
    fn values(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text
            .split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split(" }").next())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_language_says_the_same_things_with_the_same_values() {
        let english = &CATALOGUES[0];
        for (language, catalogue) in Language::ALL.into_iter().zip(CATALOGUES.iter()) {
            let missing: Vec<_> = english.keys().filter(|id| !catalogue.contains_key(*id)).collect();
            let more: Vec<_> = catalogue.keys().filter(|id| !english.contains_key(*id)).collect();
            assert!(
                missing.is_empty() && more.is_empty(),
                "{}: {missing:?} {more:?}",
                language.tag()
            );
            for (id, message) in catalogue {
                let text = message.text(Some(2));
                assert!(!text.is_empty(), "{}: {id} has no form `other`", language.tag());
                assert_eq!(
                    values(text),
                    values(english[id].text(Some(2))),
                    "{}: {id}",
                    language.tag()
                );
            }
        }
    }

    #[test]
    fn an_id_stands_once() {
        for language in Language::ALL {
            let lines = language.source().lines();
            let ids = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
            let mut ids: Vec<&str> = ids.filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
            ids.sort_unstable();
            let twice = ids.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None, "{}", language.tag());
        }
    }

    #[test]
    fn a_number_chooses_its_form() {
        let words = Words(Language::English);
        assert_eq!(words.n("credits-count", 0), "free");
        assert_eq!(words.n("credits-count", 1), "1 credit");
        assert_eq!(words.n("credits-count", 1200), "1,200 credits");
        assert_eq!(words.n1("of", 3, "whole", "7"), "3 of 7");
    }

    /// Ids in quotes after `t(`, `t1(`, `n(` … of a template or a page's file.
    fn used(text: &str) -> Vec<&str> {
        let calls = ["t(\"", "t1(\"", "t2(\"", "n(\"", "n1(\""];
        let found = calls.iter().flat_map(|call| {
            text.match_indices(call)
                .filter(|(at, _)| text[..*at].ends_with('.'))
                .filter_map(|(at, call)| text[at + call.len()..].split('"').next())
        });
        found.collect()
    }

    #[test]
    fn the_catalogue_has_what_the_pages_say() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = ["templates", "src/pages", "src/api"]
            .map(|folder| root.join(folder))
            .to_vec();
        let (mut seen, mut missing) = (0, Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for id in used(&text) {
                    seen += 1;
                    if !Words(Language::English).has(id) {
                        missing.push(format!("{}: {id}", path.display()));
                    }
                }
            }
        }
        assert!(seen > 100, "only {seen} messages are used");
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn numbers_are_grouped_as_each_language_does() {
        assert_eq!(Words(Language::English).num(1_234_567), "1,234,567");
        assert_eq!(Words(Language::German).num(-1_234), "−1.234");
        assert_eq!(Words(Language::German).decimal(0.126, 2), "0,13");
        assert_eq!(Words(Language::German).usd(0.05), "0,05 $");
        assert_eq!(Words(Language::English).num(12), "12");
    }

    #[test]
    fn the_browser_s_first_language_that_we_speak_is_spoken() {
        assert_eq!(Language::asked("fr-FR,de-AT;q=0.8,en;q=0.5"), Language::German);
        assert_eq!(Language::asked("fr"), Language::English);
    }
}
