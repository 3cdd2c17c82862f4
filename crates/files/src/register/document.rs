//! `docs/registers.md`: the columns of a register, printed from the table that every format is made of.

use std::fmt::Write as _;

use ledger::register::Column;
use terms::Language;

/// The document.
pub fn columns_document() -> String {
    let mut out = String::from(
        "# Columns of registers\n\n\
         Printed from the code. Every format of a register (XML, XLSX, CSV, JSON lines) has these columns in this order,\n\
         the fields of the receipt (T1.28) first. XML, JSON lines and the CSV of machines use the names and the values\n\
         below; XLSX and the CSV of offices use the titles of the reader's language.\n\n\
         | column | kind | Қазақша | Русский | English | meaning |\n|---|---|---|---|---|---|\n",
    );
    for column in Column::ALL {
        let [kk, ru, en] = [Language::Kk, Language::Ru, Language::En].map(|language| column.title(language));
        let _ = writeln!(
            out,
            "| `{}` | {} | {kk} | {ru} | {en} | {} |",
            column.name(),
            column.kind().name(),
            column.doc()
        );
    }
    out.push_str(
        "\n## Kinds\n\n\
         | kind | between machines | XLSX | CSV, kk and ru | CSV, en |\n|---|---|---|---|---|\n\
         | text | as it is | text | guarded by `'` where it begins with `=`, `+`, `-` or `@` | as kk and ru |\n\
         | identifier | as it is | text | in quotation marks | in quotation marks |\n\
         | amount | `-1725.00` | number, `# ##0,00 ₸` | `-1725,00` | `-1725.00` |\n\
         | day | `2026-11-22` | date | `22.11.2026` | `2026-11-22` |\n\
         | moment | `2026-11-22T07:05:00.000000+05:00` | date and time | `22.11.2026 07:05:00` | `2026-11-22 07:05:00` |\n\n\
         Days and moments are those of Almaty; where a moment is written without its offset, the offset stands in the title.\n\
         The amount is negative where money was taken back, so that the sum over the column is the register's net sum in\n\
         every format; `commission` is no part of it.\n\n\
         ## Files\n\n\
         | format | what stands around the rows |\n|---|---|\n\
         | XML | `head`, then each `row`, then `totals`; canonical, its digest in the signed manifest (`spec/register.xsd`) |\n\
         | camt.054 | one entry for each row, the totals before them (`spec/camt.054.001.08-subset.xsd`) |\n\
         | XLSX | titles frozen with a filter, below the rows a `SUBTOTAL` of what the filter shows, the sheet «Паспорт» |\n\
         | CSV of offices | a mark of UTF-8, titles, in the last line the number of rows and the net sum |\n\
         | CSV of machines | names; no totals: they stand in the manifest |\n\
         | JSON lines | one object a line, by its `type`: `head`, `row`, `totals`; amounts are texts, what is empty is left out |\n",
    );
    out
}
