//! Just enough of HTML to use our own pages: forms by id, the marks that pages leave for machines, links.

use anyhow::{Context, Result};

/// A form of a page: where it is sent, and what it sends unasked.
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
}

/// The text between the start tag that contains `mark` and the end tag of its element.
fn element<'a>(body: &'a str, name: &str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut rest = body;
    loop {
        let at = rest.find(&format!("<{name}"))?;
        rest = &rest[at..];
        let end = rest.find('>')?;
        let tag = &rest[..=end];
        if tag.contains(mark) {
            let inner = &rest[end + 1..];
            let close = inner.find(&format!("</{name}>")).unwrap_or(0);
            return Some((tag, &inner[..close]));
        }
        rest = &rest[end..];
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((entity, after_entity)) = after.split_once(';') else {
            out.push('&');
            rest = after;
            continue;
        };
        let code = entity.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16).ok());
        let code = code.or_else(|| entity.strip_prefix('#').map(|decimal| decimal.parse().ok()));
        match (code.flatten().and_then(char::from_u32), entity) {
            (Some(c), _) => out.push(c),
            (None, "amp") => out.push('&'),
            (None, "lt") => out.push('<'),
            (None, "gt") => out.push('>'),
            (None, "quot") => out.push('"'),
            (None, other) => out.push_str(&format!("&{other};")),
        }
        rest = after_entity;
    }
    out + rest
}

/// The form with this id.
pub(crate) fn form(body: &str, id: &str) -> Result<Form> {
    let (tag, inner) = element(body, "form", &format!("id=\"{id}\""))
        .with_context(|| format!("the page has no form `{id}`"))?;
    let action = attribute(tag, "action").context("a form without an action")?;
    let hidden = inner
        .split("<input")
        .skip(1)
        .filter_map(|rest| {
            let tag = format!(" {}", rest.split('>').next()?);
            if attribute(&tag, "type")? != "hidden" {
                return None;
            }
            Some((attribute(&tag, "name")?, attribute(&tag, "value").unwrap_or_default()))
        })
        .collect();
    Ok(Form { action, hidden })
}

/// Whether the page has a form with this id.
pub(crate) fn has_form(body: &str, id: &str) -> bool {
    form(body, id).is_ok()
}

/// What a page says for machines: `<… id="payment-code" data-code="…">`.
pub(crate) fn mark(body: &str, id: &str, name: &str) -> Option<String> {
    let at = body.find(&format!(" id=\"{id}\""))?;
    let start = body[..at].rfind('<')?;
    let end = at + body[at..].find('>')?;
    attribute(&body[start..end], &format!("data-{name}"))
}

/// The slip that the screen of a machine shows as printed.
pub(crate) fn printed(body: &str) -> Option<String> {
    element(body, "pre", "id=\"slip\"").map(|(_, text)| unescape(text))
}

/// The address of the first link whose address contains `part`.
pub(crate) fn link(body: &str, part: &str) -> Option<String> {
    body.split(" href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(unescape)
        .find(|href| href.contains(part))
}

/// The text of a page without its tags, for a message that says what went wrong.
pub(crate) fn text(body: &str) -> String {
    let main = body.split("<main").nth(1).unwrap_or(body);
    let mut out = String::new();
    let mut in_tag = true;
    for c in main.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    unescape(&words.join(" ")).chars().take(400).collect()
}
