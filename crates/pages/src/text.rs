//! Texts in three languages: Fluent files compiled in, looked up by id.
//!
//! Ids of messages are their codes of the catalogue in small letters: `m-iin-1` is M-IIN-1. A test compares the
//! ids and variables of the three languages and looks up every id that a page of the workspace names by
//! `say("…")`, so an id that is missing is a red test and not a hole in a page.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use terms::{Language, Moment};
use unic_langid::langid;

use crate::written;

macro_rules! files_of {
    ($language:literal) => {
        [
            include_str!(concat!("../texts/", $language, "/common.ftl")),
            include_str!(concat!("../texts/", $language, "/messages.ftl")),
            include_str!(concat!("../texts/", $language, "/portal.ftl")),
            include_str!(concat!("../texts/", $language, "/pay.ftl")),
            include_str!(concat!("../texts/", $language, "/bank.ftl")),
            include_str!(concat!("../texts/", $language, "/console.ftl")),
            include_str!(concat!("../texts/", $language, "/overview.ftl")),
            include_str!(concat!("../texts/", $language, "/finance.ftl")),
            include_str!(concat!("../texts/", $language, "/refunds.ftl")),
            include_str!(concat!("../texts/", $language, "/matters.ftl")),
        ]
    };
}

fn sources(language: Language) -> [&'static str; 10] {
    match language {
        Language::Kk => files_of!("kk"),
        Language::Ru => files_of!("ru"),
        Language::En => files_of!("en"),
    }
}

type Bundle = FluentBundle<FluentResource>;

fn bundle(language: Language) -> Bundle {
    let locale = match language {
        Language::Kk => langid!("kk"),
        Language::Ru => langid!("ru"),
        Language::En => langid!("en"),
    };
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // The three scripts all run from left to right: the marks that keep directions apart would only get
    // into what people copy.
    bundle.set_use_isolating(false);
    for source in sources(language) {
        let resource =
            FluentResource::try_new(source.to_owned()).expect("the texts are compiled in and tested");
        bundle.add_resource(resource).expect("no id is written twice");
    }
    bundle
}

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| Language::ALL.map(bundle));

fn bundle_of(language: Language) -> &'static Bundle {
    &BUNDLES[match language {
        Language::Kk => 0,
        Language::Ru => 1,
        Language::En => 2,
    }]
}

/// What fills a variable of a text. Numbers choose plural forms; everything else is written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Written as it is.
    Text(String),
    /// Counted.
    Number(u64),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

macro_rules! number_arg {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Arg {
            fn from(number: $kind) -> Self {
                Self::Number(number as u64)
            }
        }
        impl From<&$kind> for Arg {
            fn from(number: &$kind) -> Self {
                Self::Number(*number as u64)
            }
        }
    )*};
}
number_arg!(u8, u16, u32, u64, usize);

/// A text about to be written; in a template `{{ t.say("m-iin-1").with("count", n) }}`.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    language: Language,
    id: &'a str,
    args: Vec<(&'static str, Arg)>,
}

/// The text with this id. Without its variables it is written with their names in braces.
pub fn say(language: Language, id: &str) -> Text<'_> {
    Text { language, id, args: Vec::new() }
}

/// Whether there is a text with this id, for ids put together from parts.
pub fn has_text(id: &str) -> bool {
    bundle_of(Language::Kk).has_message(id)
}

impl Text<'_> {
    /// Fills a variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bundle = bundle_of(self.language);
        let Some(pattern) = bundle.get_message(self.id).and_then(|message| message.value()) else {
            return write!(f, "{{{}}}", self.id);
        };
        let mut args = FluentArgs::with_capacity(self.args.len());
        for (name, value) in &self.args {
            match value {
                Arg::Text(text) => args.set(*name, text.as_str()),
                Arg::Number(number) => args.set(*name, FluentValue::from(*number)),
            }
        }
        let mut missing = Vec::new();
        f.write_str(&bundle.format_pattern(pattern, Some(&args), &mut missing))
    }
}

/// The texts of one language, for a template's field `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    /// The language.
    pub fn language(&self) -> Language {
        self.0
    }

    /// The text with this id.
    pub fn say<'a>(&self, id: &'a str) -> Text<'a> {
        say(self.0, id)
    }
}

/// The five answers to «where is my money?». Nothing else is ever said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyState {
    /// Paid, and the code is free to be used.
    Paid,
    /// Not paid; no money was taken.
    NotTaken,
    /// Not known yet.
    Unknown {
        /// By when it will be known.
        until: Moment,
        /// The present moment, to tell whether the day needs naming.
        now: Moment,
    },
    /// Paid, and the code is used.
    PaidAndUsed,
    /// There is no such code.
    NoSuchCode,
}

impl MoneyState {
    /// The answer in words, one sentence.
    pub fn text(self, language: Language) -> String {
        match self {
            Self::Paid => say(language, "money-paid").to_string(),
            Self::NotTaken => say(language, "money-not-taken").to_string(),
            Self::Unknown { until, now } => {
                let until = written::until(language, until, now);
                say(language, "money-unknown").with("until", until).to_string()
            }
            Self::PaidAndUsed => say(language, "money-used").to_string(),
            Self::NoSuchCode => say(language, "money-no-code").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    /// Ids and the variables each uses, read line by line.
    fn variables(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = None;
        for line in sources(language).iter().flat_map(|source| source.lines()) {
            let begins = line.starts_with(|c: char| c.is_ascii_lowercase());
            if begins && let Some((id, _)) = line.split_once(" = ").or_else(|| line.split_once(" =")) {
                let id = id.trim().to_owned();
                assert!(bundle_of(language).has_message(&id), "{id}");
                assert!(messages.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is written twice");
                current = Some(id);
            }
            if let Some(id) = &current {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
                let names = line
                    .split('$')
                    .skip(1)
                    .map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default().to_owned());
                messages.get_mut(id).expect("just put there").extend(names);
            }
        }
        messages
    }

    #[test]
    fn the_three_languages_say_the_same_things_with_the_same_variables() {
        let kk = variables(Language::Kk);
        assert!(kk.len() > 300, "{}", kk.len());
        for language in [Language::Ru, Language::En] {
            let other = variables(language);
            let ids = |messages: &BTreeMap<String, _>| messages.keys().cloned().collect::<BTreeSet<_>>();
            let apart: Vec<_> = ids(&kk).symmetric_difference(&ids(&other)).cloned().collect();
            assert!(apart.is_empty(), "only in one of kk and {}: {apart:?}", language.tag());
            for (id, names) in &kk {
                assert_eq!(names, &other[id], "variables of {id} in {}", language.tag());
            }
        }
    }

    #[test]
    fn every_text_is_written_whole_and_in_its_own_letters() {
        for language in Language::ALL {
            for (id, names) in variables(language) {
                let mut text = say(language, &id);
                for name in names {
                    text = text.with(Box::leak(name.into_boxed_str()), 3_u64);
                }
                let text = text.to_string();
                assert!(!text.is_empty() && !text.contains(['{', '}']), "{id}: {text}");
                let cyrillic = text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
                let names_others =
                    ["lang-", "atm-language", "kiosk-language"].iter().any(|p| id.starts_with(p));
                assert!(language != Language::En || !cyrillic || names_others, "{id}: {text}");
            }
        }
    }

    fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" {
                    files_below(&path, found);
                }
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                found.push(path);
            }
        }
    }

    /// The ids named in a source as `say("id"` or `say(language, "id"`.
    fn named_ids(source: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for rest in source.split("say(").skip(1) {
            let rest = rest.trim_start();
            let literal = if rest.starts_with('"') {
                rest
            } else {
                match rest.split_once(',') {
                    Some((first, after)) if !first.contains(['"', '(', ')', '\n']) => after.trim_start(),
                    _ => continue,
                }
            };
            let is_id = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if let Some(id) = literal.strip_prefix('"').and_then(|text| text.split('"').next()).filter(is_id)
            {
                ids.push(id.to_owned());
            }
        }
        ids
    }

    #[test]
    fn every_id_that_a_page_of_the_workspace_names_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        for folder in ["crates/pages/src", "crates/pages/templates", "participants"] {
            files_below(&root.join(folder), &mut found);
        }
        let mut named = 0;
        // This file names ids that do not exist, and none that a page shows by itself.
        for path in found.into_iter().filter(|path| !path.ends_with("pages/src/text.rs")) {
            let source = std::fs::read_to_string(&path).unwrap();
            for id in &named_ids(&source) {
                named += 1;
                assert!(has_text(id), "{id} of {} is no text", path.display());
            }
        }
        assert!(named > 10, "the scan found only {named} ids");
    }

    #[test]
    fn the_money_states_are_five_and_name_the_time_only_where_it_is_not_known() {
        let now: Moment = "2026-03-01T14:00:00+05:00".parse().unwrap();
        let unknown = MoneyState::Unknown { until: now.plus_seconds(2100), now };
        assert_eq!(
            unknown.text(Language::Kk),
            "Төлемнің өткені-өтпегені әзірге белгісіз: нәтижесі сағат\u{a0}14:35-ке дейін белгілі болады."
        );
        assert!(unknown.text(Language::Ru).contains("до 14:35"));
        assert!(MoneyState::NotTaken.text(Language::En).contains("No money has been taken"));
    }

    #[test]
    fn a_text_without_an_id_shows_itself() {
        assert_eq!(say(Language::En, "no-such-id").to_string(), "{no-such-id}");
    }
}
