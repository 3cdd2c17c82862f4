//! Charts of whole numbers: bars that an eye reads, and the same numbers as a table for everybody else.
//!
//! Drawn on the server as SVG; nothing moves and no script runs. What the numbers mean is said by whoever hands them in.

use askama::Template;

use crate::html::{Html, Markup};
use crate::part::DataTable;

/// The drawing's own units: it is as wide as its place, and everything in it grows with it.
const WIDTH: u64 = 1000;
const HEIGHT: u64 = 320;
/// Where the bars stand, from above.
const FLOOR: u64 = 280;
/// Room for the largest number above the highest bar.
const CEILING: u64 = 30;
/// The most labels that have room under the bars.
const MOST_LABELS: usize = 16;

/// One bar, and the mark of the same in the period before.
#[derive(Debug, Clone)]
struct Bar {
    label: String,
    value: u64,
    shown: String,
    before: Option<(u64, String)>,
}

/// Bars over a common floor.
#[derive(Debug, Clone)]
pub struct Chart {
    caption: String,
    columns: [String; 3],
    details: String,
    bars: Vec<Bar>,
}

impl Chart {
    /// A chart without bars. The columns name what the bars stand for, their numbers, and the numbers of before;
    /// `details` is what unfolds the table.
    pub fn new(caption: impl ToString, columns: [&str; 3], details: impl ToString) -> Self {
        Self {
            caption: caption.to_string(),
            columns: columns.map(str::to_owned),
            details: details.to_string(),
            bars: Vec::new(),
        }
    }

    /// One more bar, from left to right, with its number as people read it.
    pub fn bar(&mut self, label: impl ToString, value: u64, shown: impl ToString) {
        let (label, shown) = (label.to_string(), shown.to_string());
        self.bars.push(Bar { label, value, shown, before: None });
    }

    /// The same with what it was before: a line across the bar.
    pub fn bar_and_before(
        &mut self,
        label: impl ToString,
        (value, shown): (u64, impl ToString),
        (before, before_shown): (u64, impl ToString),
    ) {
        self.bar(label, value, shown);
        if let Some(bar) = self.bars.last_mut() {
            bar.before = Some((before, before_shown.to_string()));
        }
    }

    fn highest(&self) -> u64 {
        let befores = self.bars.iter().filter_map(|bar| bar.before.as_ref().map(|(before, _)| *before));
        self.bars.iter().map(|bar| bar.value).chain(befores).max().unwrap_or(0).max(1)
    }

    fn drawing(&self) -> Drawing<'_> {
        let count = self.bars.len().max(1);
        let step = WIDTH / u64::try_from(count).unwrap_or(WIDTH).max(1);
        let every = count.div_ceil(MOST_LABELS);
        let highest = self.highest();
        let level = |value: u64| {
            let rise = u128::from(value) * u128::from(FLOOR - CEILING) / u128::from(highest);
            u64::try_from(rise).unwrap_or(0)
        };
        let drawn = |(place, bar): (usize, &Bar)| {
            let left = u64::try_from(place).unwrap_or(0) * step;
            let height = level(bar.value);
            DrawnBar {
                x: left + step / 8,
                width: (step * 3 / 4).max(1),
                y: FLOOR - height,
                height,
                before: bar.before.as_ref().map(|(before, _)| FLOOR - level(*before)),
                middle: left + step / 2,
                label: (place % every == 0).then(|| bar.label.clone()),
            }
        };
        let top = self.bars.iter().max_by_key(|bar| bar.value).map_or("", |bar| &bar.shown);
        Drawing {
            width: WIDTH,
            height: HEIGHT,
            floor: FLOOR,
            label_y: FLOOR + 24,
            top,
            caption: &self.caption,
            bars: self.bars.iter().enumerate().map(drawn).collect(),
        }
    }

    fn table(&self) -> Html {
        let [label, value, before] = &self.columns;
        let mut table = DataTable::new(&self.caption).column(label).number_column(value);
        let compares = self.bars.iter().any(|bar| bar.before.is_some());
        if compares {
            table = table.number_column(before);
        }
        for bar in &self.bars {
            let mut cells = vec![Html::text(&bar.label), Html::text(&bar.shown)];
            if compares {
                cells.push(Html::text(bar.before.as_ref().map_or("", |(_, shown)| shown)));
            }
            table.row(cells);
        }
        table.html()
    }
}

struct DrawnBar {
    x: u64,
    width: u64,
    y: u64,
    height: u64,
    before: Option<u64>,
    middle: u64,
    label: Option<String>,
}

#[derive(Template)]
#[template(
    source = r#"<svg class="chart" viewBox="0 0 {{ width }} {{ height }}" role="img" aria-label="{{ caption }}">
<text x="0" y="20">{{ top }}</text>
<path class="floor" d="M0 {{ floor }}h{{ width }}"/>
{%- for bar in bars %}
<rect x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.width }}" height="{{ bar.height }}"/>
{%- if let Some(y) = bar.before %}
<path class="before" d="M{{ bar.x }} {{ y }}h{{ bar.width }}"/>
{%- endif %}
{%- if let Some(label) = bar.label %}
<text class="label" x="{{ bar.middle }}" y="{{ label_y }}">{{ label }}</text>
{%- endif %}
{%- endfor %}
</svg>"#,
    ext = "html"
)]
struct Drawing<'a> {
    width: u64,
    height: u64,
    floor: u64,
    label_y: u64,
    top: &'a str,
    caption: &'a str,
    bars: Vec<DrawnBar>,
}

#[derive(Template)]
#[template(
    source = r#"<figure>
<figcaption>{{ caption }}</figcaption>
{{ drawing }}
<details><summary>{{ details }}</summary>
{{ table }}
</details>
</figure>"#,
    ext = "html"
)]
struct Figure<'a> {
    caption: &'a str,
    details: &'a str,
    drawing: Html,
    table: Html,
}

impl Markup for Chart {
    fn html(&self) -> Html {
        Html::of(&Figure {
            caption: &self.caption,
            details: &self.details,
            drawing: Html::of(&self.drawing()),
            table: self.table(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_the_same_to_the_eye_and_in_its_table() {
        let mut chart = Chart::new("Paid <by day>", ["Day", "Payments", "Week before"], "As a table");
        chart.bar_and_before("16.11.", (50, "50"), (100, "100"));
        chart.bar_and_before("17.11.", (100, "100"), (0, "0"));
        let html = chart.html().to_string();
        // Half as high as the highest, which reaches to the ceiling; the mark of before stands at its height.
        assert!(html.contains(r#"y="155" width="375" height="125""#), "{html}");
        assert!(html.contains(r#"y="30" width="375" height="250""#), "{html}");
        assert!(html.contains(r#"d="M62 30h375""#), "{html}");
        assert!(html.contains("role=\"img\"") && html.contains("<details>") && html.contains("Week before"));
        assert!(!html.contains("<by"), "{html}");
    }

    #[test]
    fn a_chart_of_nothing_or_of_very_much_is_drawn_too() {
        let mut chart = Chart::new("", ["", "", ""], "");
        assert!(chart.html().to_string().contains("<svg"));
        chart.bar("all", u64::MAX, "");
        for place in 0..400 {
            chart.bar(place, 0, 0);
        }
        let html = chart.html().to_string();
        assert!(html.contains(r#"height="250""#));
        assert!(html.matches("class=\"label\"").count() <= MOST_LABELS);
    }
}
