//! HTML as a type: made by a template, which escapes, or by escaping; never from a loose string.

use std::fmt;

use askama::Template;

/// A piece of HTML that may be put into a page as it is.
///
/// There is no way to make one from text without escaping it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Renders a template.
    ///
    /// # Errors
    /// What the template's own expressions return.
    pub fn render(template: &impl Template) -> Result<Self, askama::Error> {
        template.render().map(Self)
    }

    /// Text, escaped.
    pub fn text(text: impl fmt::Display) -> Self {
        let mut escaped = String::new();
        for c in text.to_string().chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                _ => escaped.push(c),
            }
        }
        Self(escaped)
    }

    /// Pieces one after another.
    pub fn join(pieces: impl IntoIterator<Item = Self>) -> Self {
        pieces.into_iter().fold(Self::default(), |mut whole, piece| {
            whole.0.push_str(&piece.0);
            whole
        })
    }

    /// Renders a template of this crate, whose expressions cannot fail.
    pub(crate) fn of(template: &impl Template) -> Self {
        Self(template.render().expect("the templates of this crate only write strings"))
    }

    /// The SVG that `files` draws: digits and letters of its own making, nothing of anybody else's.
    pub(crate) fn from_own_svg(svg: String) -> Self {
        Self(svg)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The octets to send.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Askama writes a value of this type into a template as it is.
impl askama::filters::HtmlSafe for Html {}

/// Something that is shown: an element of a form, a panel, a table.
pub trait Markup {
    /// Its HTML.
    fn html(&self) -> Html;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A16
    #[test]
    fn text_cannot_become_markup() {
        let text = Html::text("<script>alert('1')</script> & \"x\"");
        assert!(!text.to_string().contains(['<', '>', '"', '\'']));
        assert_eq!(Html::join([Html::text("a"), Html::text("<b")]).to_string(), "a&lt;b");
    }
}
