//! Paper: A4 pages of tagged text in Noto Sans, written as PDF/A-2a.
//!
//! Knows letters, lines, columns and pages; what is written is settled by `receipt` and `certificate`.
//! One letter is one glyph: Kazakh, Russian and English need no shaping, and text without kerning and
//! ligatures is read back letter by letter.
#![expect(clippy::float_arithmetic, reason = "points on paper; no amount of money is ever computed here")]

use std::num::NonZeroU16;

use krilla::color::luma;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use terms::{Language, Moment};

use crate::qr::QrModules;

/// Width of A4 in points.
pub(crate) const WIDTH: f32 = 595.28;
/// Height of A4 in points.
pub(crate) const HEIGHT: f32 = 841.89;
/// The empty edge of a page, in points.
pub(crate) const MARGIN: f32 = 42.0;

/// The most pages of one file; texts are bounded, so only a fault could ask for more.
const PAGES_MOST: usize = 8;

static REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Bold.ttf");

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// More text than fits the bound of pages.
    #[error("the text needs more than {PAGES_MOST} pages")]
    TooLong,
    /// The PDF library refused; its own words.
    #[error("the file could not be written as PDF/A: {0}")]
    Pdf(String),
}

/// A cut of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) face: Face,
    /// Points.
    pub(crate) size: f32,
    /// 0 is black.
    pub(crate) lightness: u8,
}

impl Style {
    pub(crate) const fn new(face: Face, size: f32) -> Self {
        Self { face, size, lightness: 0 }
    }

    /// For labels: dark enough for a contrast of 7 : 1 on white.
    pub(crate) const fn grey(self) -> Self {
        Self { lightness: 84, ..self }
    }

    /// From one line to the next.
    pub(crate) fn leading(self) -> f32 {
        self.size * 1.3
    }
}

/// What a piece of the page is, for those who have it read aloud.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    Title,
    Paragraph,
    /// The name of a row.
    Label,
    /// What a row of the table of this number says; always follows its label.
    Value(usize),
    /// A picture and what it shows.
    Figure(String),
}

/// One cut of Noto Sans, ready to measure and to draw.
struct Typeface {
    metrics: FontRef<'static>,
    drawn: Font,
}

impl Typeface {
    fn new(octets: &'static [u8]) -> Self {
        Self {
            metrics: FontRef::new(octets).expect("the font is compiled in"),
            drawn: Font::new(octets.into(), 0).expect("the font is compiled in"),
        }
    }

    fn glyph(&self, letter: char) -> skrifa::GlyphId {
        self.metrics.charmap().map(letter).unwrap_or_default()
    }

    /// The text with a question mark for each letter the typeface lacks: a receipt with one strange letter
    /// is better than none, and an archival file may not hold a letter without a glyph.
    fn written(&self, text: &str) -> String {
        let charmap = self.metrics.charmap();
        text.chars().map(|letter| if charmap.map(letter).is_some() { letter } else { '?' }).collect()
    }

    /// The advance of a letter in parts of the type size.
    fn advance(&self, letter: char) -> f32 {
        let metrics = self.metrics.glyph_metrics(Size::new(1.0), LocationRef::default());
        metrics.advance_width(self.glyph(letter)).unwrap_or(0.5)
    }
}

struct Block {
    role: Role,
    language: Language,
}

enum Mark {
    Text { x: f32, y: f32, text: String, style: Style, block: usize },
    Rule { y: f32 },
    Modules { x: f32, y: f32, side: f32, modules: QrModules, block: usize },
}

/// A document being laid out, page after page.
pub(crate) struct Paper {
    regular: Typeface,
    bold: Typeface,
    pages: Vec<Vec<Mark>>,
    blocks: Vec<Block>,
    /// The upper edge of what comes next, in points from the top of the page.
    pub(crate) y: f32,
}

/// What a PDF says about itself.
pub(crate) struct About {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) language: Language,
    pub(crate) created_at: Moment,
    /// The text of the QR code on the paper, so that a program finds it without eyes.
    pub(crate) qr_text: Option<String>,
}

impl Paper {
    pub(crate) fn new() -> Self {
        Self {
            regular: Typeface::new(REGULAR),
            bold: Typeface::new(BOLD),
            pages: vec![Vec::new()],
            blocks: Vec::new(),
            y: MARGIN,
        }
    }

    fn typeface(&self, face: Face) -> &Typeface {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    fn width_of(&self, text: &str, style: Style) -> f32 {
        let typeface = self.typeface(style.face);
        text.chars().map(|letter| typeface.advance(letter) * style.size).sum()
    }

    /// Breaks a text into lines no wider than `width`: at spaces, or inside a word that is wider by itself.
    pub(crate) fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width_of(&longer, style) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if line.chars().count() > 1 && self.width_of(&line, style) > width {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        lines.push(line);
        lines
    }

    /// Begins a new page unless `height` points are left on this one.
    pub(crate) fn reserve(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    /// A piece of the page; its lines are drawn by [`Paper::write`].
    pub(crate) fn block(&mut self, role: Role, language: Language) -> usize {
        self.blocks.push(Block { role, language });
        self.blocks.len() - 1
    }

    fn mark(&mut self, mark: Mark) {
        self.pages.last_mut().expect("there is always a page").push(mark);
    }

    /// Draws lines from `top` down and returns the lower edge. Moves nothing else.
    pub(crate) fn write(&mut self, lines: &[String], x: f32, top: f32, style: Style, block: usize) -> f32 {
        let mut baseline = top;
        for line in lines {
            baseline += style.leading();
            let text = self.typeface(style.face).written(line);
            self.mark(Mark::Text { x, y: baseline - style.size * 0.3, text, style, block });
        }
        baseline
    }

    /// A paragraph over the given width, at the cursor, which moves below it.
    pub(crate) fn paragraph(&mut self, text: &str, role: Role, language: Language, style: Style, width: f32) {
        let lines = self.lines(text, style, width);
        let leading = style.leading();
        self.reserve(lines.iter().map(|_| leading).sum());
        let block = self.block(role, language);
        self.y = self.write(&lines, MARGIN, self.y, style, block);
    }

    /// A thin line across the page at the cursor.
    pub(crate) fn rule(&mut self) {
        let y = self.y;
        self.mark(Mark::Rule { y });
    }

    /// A QR code with its upper left corner at (x, y), `side` points wide without its quiet zone.
    pub(crate) fn modules(
        &mut self,
        modules: QrModules,
        x: f32,
        y: f32,
        side: f32,
        alt: &str,
        language: Language,
    ) {
        let block = self.block(Role::Figure(alt.to_owned()), language);
        self.mark(Mark::Modules { x, y, side, modules, block });
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`PaperError::TooLong`] above the bound of pages, [`PaperError::Pdf`] where the library refuses.
    pub(crate) fn finish(self, about: &About) -> Result<Vec<u8>, PaperError> {
        if self.pages.len() > PAGES_MOST {
            return Err(PaperError::TooLong);
        }
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_A)
            .finish()
            .map_err(|error| PaperError::Pdf(format!("{error:?}")))?;
        let mut document =
            Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        document.set_metadata(metadata(about));
        let mut identifiers = Vec::new();
        for marks in &self.pages {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has a size");
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                self.draw(&mut surface, mark, &mut identifiers);
            }
            surface.finish();
            page.finish();
        }
        document.set_tag_tree(self.tag_tree(about.language, &identifiers));
        document.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark, identifiers: &mut Vec<(usize, Identifier)>) {
        match mark {
            Mark::Text { x, y, text, style, block } => {
                let language = self.blocks[*block].language.tag();
                let span = ContentTag::Span(SpanTag::empty().with_lang(Some(language)));
                identifiers.push((*block, surface.start_tagged(span)));
                self.draw_text(surface, Point::from_xy(*x, *y), text, *style);
                surface.end_tagged();
            }
            Mark::Rule { y } => {
                surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
                fill_rectangles(surface, 170, [Rect::from_xywh(MARGIN, *y, WIDTH - 2.0 * MARGIN, 0.6)]);
                surface.end_tagged();
            }
            Mark::Modules { x, y, side, modules, block } => {
                identifiers.push((*block, surface.start_tagged(ContentTag::Other)));
                let module = side / points(modules.size());
                let runs = modules.runs().into_iter().map(|(row, column, length)| {
                    let (left, top) = (x + points(column) * module, y + points(row) * module);
                    Rect::from_xywh(left, top, points(length) * module, module)
                });
                fill_rectangles(surface, 0, runs);
                surface.end_tagged();
            }
        }
    }

    fn draw_text(&self, surface: &mut Surface<'_>, start: Point, text: &str, style: Style) {
        let typeface = self.typeface(style.face);
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(at, letter)| {
                let range = at..at + letter.len_utf8();
                let glyph = GlyphId::new(typeface.glyph(letter).to_u32());
                KrillaGlyph::new(glyph, typeface.advance(letter), 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        surface.set_fill(Some(grey(style.lightness)));
        surface.draw_glyphs(start, &glyphs, typeface.drawn.clone(), text, style.size, false);
    }

    /// The logical structure: blocks in the order they were begun, rows gathered into their tables.
    fn tag_tree(&self, language: Language, identifiers: &[(usize, Identifier)]) -> TagTree {
        let mut tables: Vec<(usize, TagGroup)> = Vec::new();
        let mut outside: Vec<Node> = Vec::new();
        let mut row: Option<TagGroup> = None;
        for (number, block) in self.blocks.iter().enumerate() {
            let content: Vec<Node> = identifiers
                .iter()
                .filter(|(block, _)| *block == number)
                .map(|(_, identifier)| Node::from(*identifier))
                .collect();
            let spoken = Some(block.language.tag().to_owned());
            match &block.role {
                Role::Title => {
                    let level = NonZeroU16::new(1).expect("one is not zero");
                    outside.push(
                        TagGroup::with_children(Tag::Hn(level, None).with_lang(spoken), content).into(),
                    );
                }
                Role::Paragraph => {
                    outside.push(TagGroup::with_children(Tag::P.with_lang(spoken), content).into());
                }
                Role::Figure(alt) => {
                    let figure = Tag::Figure(Some(alt.clone())).with_lang(spoken);
                    outside.push(TagGroup::with_children(figure, content).into());
                }
                Role::Label => {
                    let head = Tag::TH(TableHeaderScope::Row).with_lang(spoken);
                    row = Some(TagGroup::with_children(
                        Tag::TR,
                        vec![TagGroup::with_children(head, content).into()],
                    ));
                }
                Role::Value(table) => {
                    let mut whole = row.take().unwrap_or_else(|| TagGroup::new(Tag::TR));
                    whole.push(TagGroup::with_children(Tag::TD.with_lang(spoken), content));
                    match tables.iter_mut().find(|(number, _)| number == table) {
                        Some((_, group)) => group.push(whole),
                        None => {
                            let fresh = Tag::Table.with_lang(Some(block.language.tag().to_owned()));
                            tables.push((*table, TagGroup::with_children(fresh, vec![whole.into()])));
                        }
                    }
                }
            }
        }
        let mut tree = TagTree::new().with_lang(Some(language.tag().to_owned()));
        outside.into_iter().for_each(|node| tree.push(node));
        tables.into_iter().for_each(|(_, table)| tree.push(table));
        tree
    }
}

fn points(count: usize) -> f32 {
    f32::from(u16::try_from(count).expect("a QR code has fewer than 65,536 modules"))
}

fn grey(lightness: u8) -> Fill {
    Fill { paint: luma::Color::new(lightness).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

fn fill_rectangles(
    surface: &mut Surface<'_>,
    lightness: u8,
    rectangles: impl IntoIterator<Item = Option<Rect>>,
) {
    let mut path = PathBuilder::new();
    for rectangle in rectangles.into_iter().flatten() {
        path.push_rect(rectangle);
    }
    surface.set_fill(Some(grey(lightness)));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn metadata(about: &About) -> Metadata {
    let part = |pattern: &str| about.created_at.in_almaty(pattern);
    let small = |pattern: &str| part(pattern).parse::<u8>().expect("a part of a date is a small number");
    let offset = part("%z");
    let created = DateTime::new(part("%Y").parse().unwrap_or(0))
        .month(small("%-m"))
        .day(small("%-d"))
        .hour(small("%-H"))
        .minute(small("%-M"))
        .second(small("%-S"))
        .utc_offset_hour(offset[..3].parse().unwrap_or(0))
        .utc_offset_minute(offset[3..].parse().unwrap_or(0));
    Metadata::new()
        .title(about.title.clone())
        .authors(vec![about.author.clone()])
        .language(about.language.tag().to_owned())
        .creation_date(created)
        .keywords(about.qr_text.iter().cloned().collect())
}
