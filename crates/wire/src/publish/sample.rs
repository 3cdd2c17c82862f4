//! Lays a canonical element out for people: one element a line, indented.

/// The same element with white space between elements, none inside values.
///
/// Works on the text of our own writer only, where every `<` begins a tag and every tag is closed.
pub(super) fn indented(canonical: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut after_text_or_start = false;
    for piece in canonical.split_inclusive('>').flat_map(text_and_tag) {
        let is_end = piece.starts_with("</");
        let is_start = piece.starts_with('<') && !is_end;
        if is_end {
            depth = depth.saturating_sub(1);
        }
        if is_start || (is_end && !after_text_or_start) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&"  ".repeat(depth));
        }
        if is_start {
            depth += 1;
        }
        out.push_str(piece);
        after_text_or_start = !is_end;
    }
    out.push('\n');
    out
}

/// Parts `text<tag>` into what precedes the tag, if anything, and the tag.
fn text_and_tag(piece: &str) -> impl Iterator<Item = &str> {
    let (text, tag) = piece.split_at(piece.find('<').unwrap_or(piece.len()));
    [text, tag].into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn elements_stand_on_lines_and_values_stay_whole() {
        let canonical = "<a xmlns=\"urn:x\"><b>one two</b><c><d></d></c></a>";
        let laid_out = "<a xmlns=\"urn:x\">\n  <b>one two</b>\n  <c>\n    <d></d>\n  </c>\n</a>\n";
        assert_eq!(indented(canonical), laid_out);
    }
}
