//! What the address of a list page says: typed days, sums of settings, and the address written again for links and files.

use serde::de::DeserializeOwned;
use store::Days;
use terms::Language;

use axum::extract::Query;
use http::Uri;
use pages::form::{ButtonKind, TextInput, button, hidden, query_form};
use pages::part::link;
use pages::{Html, Markup as _, say};

use super::view::{list, part};
use super::visit::Stopped;

/// The longest day that is typed.
const DAY_CHARACTERS: usize = 10;

/// The settings of a page from its address.
///
/// # Errors
/// Where a field is there twice or is of another form.
pub(super) fn asked<T: DeserializeOwned>(uri: &Uri) -> Result<T, Stopped> {
    Query::try_from_uri(uri).map(|Query(asked)| asked).map_err(|_| Stopped::BadRequest)
}

/// A value that may be left out.
///
/// # Errors
/// Where it is there and wrong.
pub(super) fn maybe<T: std::str::FromStr>(typed: &str) -> Result<Option<T>, Stopped> {
    match typed.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Stopped::BadRequest),
    }
}

/// One of the names that there are, or none where nothing was typed.
///
/// # Errors
/// Where there is no such name.
pub(super) fn one_of(typed: &str, names: &[&'static str]) -> Result<Option<&'static str>, Stopped> {
    match typed {
        "" => Ok(None),
        typed => names.iter().find(|name| **name == typed).map(|name| Some(*name)).ok_or(Stopped::BadRequest),
    }
}

/// From one day until another.
///
/// # Errors
/// Where one is no day.
pub(super) fn days(from: &str, until: &str) -> Result<Days, Stopped> {
    Ok(Days { from: maybe(from)?, until: maybe(until)? })
}

/// A field for a day.
pub(super) fn day_field(language: Language, name: &str, id: &str, typed: &str) -> Html {
    TextInput::new(language, name, say(language, id)).longest(DAY_CHARACTERS).value(typed).html()
}

/// What follows the question mark: everything that is said, each value safe in an address.
pub(super) fn query(settings: &[(&str, &str)]) -> String {
    let said = settings.iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

/// An address with what follows the question mark, where anything does.
pub(super) fn address(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A value as it stands in an address (RFC 3986): letters, digits and four signs as they are, every other octet by number.
fn encoded(value: &str) -> String {
    let octet = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(octet).collect()
}

/// The form that narrows a list: its fields, what stays as it is, and the button.
pub(super) fn narrowing(
    language: Language,
    path: &str,
    fields: impl IntoIterator<Item = Html>,
    kept: &[(&str, &str)],
) -> Html {
    let kept = kept.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| hidden(name, value));
    let show = button(say(language, "report-show"), ButtonKind::Main);
    query_form("narrow", path, fields.into_iter().chain(kept).chain([show]))
}

/// One of several words, or any, as links that keep everything else of the page: the one in force is named and no link.
pub(super) fn choices(
    language: Language,
    path: &str,
    settings: &[(&str, &str)],
    (name, title): (&str, &str),
    words: impl IntoIterator<Item = (String, String)>,
) -> Html {
    let now = settings.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let any = (String::new(), say(language, "list-any").to_string());
    let offered = [any].into_iter().chain(words).map(|(word, label)| {
        if word == now {
            return Html::text(say(language, "list-chosen").with("what", label));
        }
        let others = settings.iter().filter(|(known, _)| *known != name).copied();
        let settings: Vec<(&str, &str)> = others.chain([(name, word.as_str())]).collect();
        link(&address(path, &query(&settings)), label)
    });
    Html::join([part(say(language, title)), list(offered.collect())])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A14
    #[test]
    fn a_value_in_an_address_is_only_a_value() {
        assert_eq!(
            query(&[("q", "Ә &b=1#/"), ("of", ""), ("day", "2026-11-22")]),
            "q=%D3%98%20%26b%3D1%23%2F&day=2026-11-22"
        );
        assert_eq!(address("/claims", ""), "/claims");
        let read: std::collections::BTreeMap<String, String> =
            asked(&"/x?q=%D3%98%20%26b%3D1%23%2F".parse().unwrap()).unwrap();
        assert_eq!(read["q"], "Ә &b=1#/");
    }
}
