//! Slips of paper from ATMs and kiosks: plain text of a fixed number of columns.
//!
//! One letter is one column, Cyrillic and Kazakh letters included; letters that would take none or two are
//! replaced, so that a line never runs over the edge of the paper.
//! Source: Instruction № 491, table 4 step 17, table 5 step 19.

use terms::Language;

use crate::ReceiptDocument;

/// How wide the paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Paper of 58 mm.
    Narrow,
    /// Paper of 80 mm.
    Wide,
}

impl Columns {
    /// Letters on a line.
    pub fn count(self) -> usize {
        match self {
            Self::Narrow => 32,
            Self::Wide => 42,
        }
    }
}

/// One line of a slip before it is fitted to the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlipLine {
    /// In the middle; longer ones go on in the middle of the next line.
    Centre(String),
    /// From the left edge.
    Text(String),
    /// A label at the left edge and its value at the right one; on a line of its own where both do not fit.
    Pair(String, String),
    /// A line across the paper.
    Rule,
    /// Nothing.
    Blank,
}

/// What a printer of one column a letter can set: no-break spaces become spaces, letters without a column
/// of their own become question marks.
fn printable(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}'))
        .map(|c| match c {
            _ if c.is_whitespace() => ' ',
            _ if c.is_control() || c as u32 > 0x2fff => '?',
            _ => c,
        })
        .collect()
}

fn wrapped(text: &str, columns: usize) -> Vec<Vec<char>> {
    let letters = printable(text);
    let mut lines = Vec::new();
    let mut line: Vec<char> = Vec::new();
    for word in letters.split(|c| *c == ' ').filter(|word| !word.is_empty()) {
        let mut rest = word;
        if !line.is_empty() {
            if line.len() + 1 + rest.len() <= columns {
                line.push(' ');
                line.extend(rest);
                continue;
            }
            lines.push(std::mem::take(&mut line));
        }
        while rest.len() > columns {
            lines.push(rest[..columns].to_vec());
            rest = &rest[columns..];
        }
        line = rest.to_vec();
    }
    lines.push(line);
    lines
}

/// Fits lines to the paper; every line ends with a line feed and has no spaces before it.
pub fn slip_text(lines: &[SlipLine], columns: Columns) -> String {
    let width = columns.count();
    let mut text = String::new();
    let mut put = |indent: usize, line: &[char]| {
        text.extend(std::iter::repeat_n(' ', indent));
        text.extend(line);
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    };
    for line in lines {
        match line {
            SlipLine::Centre(line) => {
                wrapped(line, width).iter().for_each(|line| put((width - line.len()) / 2, line));
            }
            SlipLine::Text(line) => wrapped(line, width).iter().for_each(|line| put(0, line)),
            SlipLine::Pair(label, value) => {
                let (label, value) = (printable(label), printable(value));
                if label.len() + 1 + value.len() <= width {
                    let gap = width - label.len() - value.len();
                    let whole = [label, vec![' '; gap], value].concat();
                    put(0, &whole);
                } else {
                    let back = |letters: Vec<char>| letters.into_iter().collect::<String>();
                    wrapped(&back(label), width).iter().for_each(|line| put(0, line));
                    for line in wrapped(&back(value), width) {
                        put(width - line.len(), &line);
                    }
                }
            }
            SlipLine::Rule => put(0, &vec!['-'; width]),
            SlipLine::Blank => put(0, &[]),
        }
    }
    text
}

/// The receipt as a slip in one language.
pub fn receipt_slip(receipt: &ReceiptDocument, language: Language, columns: Columns) -> String {
    let mut lines = vec![
        SlipLine::Centre(ReceiptDocument::title(language).to_uppercase()),
        SlipLine::Rule,
        SlipLine::Centre(receipt.code.to_string()),
        SlipLine::Rule,
    ];
    lines.extend(
        receipt.rows(language).into_iter().map(|row| SlipLine::Pair(row.label.to_owned(), row.value)),
    );
    lines.push(SlipLine::Rule);
    lines.push(SlipLine::Text(ReceiptDocument::not_fiscal(language).to_owned()));
    lines.push(SlipLine::Text(receipt.verify_url.clone()));
    slip_text(&lines, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_runs_over_the_edge_of_the_paper() {
        let lines = [
            SlipLine::Centre("ЭЛЕКТРОНДЫҚ ЧЕК".into()),
            SlipLine::Pair("Сома".into(), "1\u{a0}725,00\u{a0}₸".into()),
            SlipLine::Pair("Қызмет көрсетуші".into(), "Қазақстан Республикасы Әділет министрлігі".into()),
            SlipLine::Text("Кодты сақтаңыз: ол қызметке портал арқылы тапсырыс беру үшін керек".into()),
            SlipLine::Text("a".repeat(100)),
            SlipLine::Text("漢字 e\u{301}".into()),
            SlipLine::Rule,
        ];
        for columns in [Columns::Narrow, Columns::Wide] {
            let text = slip_text(&lines, columns);
            assert!(text.lines().all(|line| line.chars().count() <= columns.count()), "{text}");
            assert!(text.contains("Әділет"));
            assert!(text.contains("?? e\n"));
        }
        let narrow = slip_text(&lines, Columns::Narrow);
        assert_eq!(narrow.lines().next(), Some("        ЭЛЕКТРОНДЫҚ ЧЕК"));
        assert_eq!(narrow.lines().nth(1), Some("Сома                  1 725,00 ₸"));
    }
}
