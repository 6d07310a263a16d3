//! What the demo writes: headings, SQL, and tables as the mysql client draws them.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use super::sql::{Answer, Column};

/// The output. Bold headings when stdout is a terminal.
pub(super) struct Screen<'a> {
    out: &'a mut dyn Write,
    bold: bool,
}

// === impl Screen ===

impl<'a> Screen<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, bold: io::stdout().is_terminal() }
    }

    /// A heading with an empty line before it.
    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        let (on, off) = if self.bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "\n{on}== {text} =={off}")?;
        self.out.flush()
    }

    /// One line, or several.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// A statement as it would be typed.
    pub(super) fn statement(&mut self, prompt: &str, statement: &str) -> io::Result<()> {
        let indent = " ".repeat(prompt.len() - prompt.trim_end().len() + 2);
        self.line(&format!("{prompt}> {};", statement.replace('\n', &format!("\n{indent}"))))
    }

    /// An answer: its table, or how many rows were changed.
    pub(super) fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        let seconds = Seconds(answer.took);
        if answer.columns.is_empty() {
            return self.line(&format!("Query OK, {} affected ({seconds})", Counted(answer.affected)));
        }
        self.table(&answer.columns, &answer.rows)?;
        let rows = u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
        self.line(&format!("{} in set ({seconds})", Counted(rows)))
    }

    /// A table.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<Option<String>>]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        write!(self.out, "{}", Table { columns, rows })?;
        self.out.flush()
    }
}

/// `1 row`, `2 rows`.
struct Counted(u64);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} row{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// A duration as the mysql client writes it, to the millisecond.
struct Seconds(std::time::Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} sec", self.0.as_secs(), self.0.subsec_millis())
    }
}

/// A table as the mysql client draws it: numbers to the right, everything else to the left. Only a value of several
/// lines stays inside its column here, where that client lets it run out.
struct Table<'t> {
    columns: &'t [Column],
    rows: &'t [Vec<Option<String>>],
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| width(&column.name)).collect();
        for row in self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(shown(cell).lines().map(width).max().unwrap_or(0));
            }
        }
        let rule = widths.iter().fold("+".to_owned(), |rule, width| rule + &"-".repeat(width + 2) + "+");
        writeln!(f, "{rule}")?;
        for (column, widest) in self.columns.iter().zip(&widths) {
            write_cell(f, &column.name, *widest, Side::Left)?;
        }
        writeln!(f, "|\n{rule}")?;
        for row in self.rows {
            let height = row.iter().map(|cell| shown(cell).lines().count()).max().unwrap_or(0).max(1);
            for line in 0..height {
                for ((column, cell), widest) in self.columns.iter().zip(row).zip(&widths) {
                    let side = if column.numeric { Side::Right } else { Side::Left };
                    write_cell(f, shown(cell).lines().nth(line).unwrap_or_default(), *widest, side)?;
                }
                writeln!(f, "|")?;
            }
        }
        writeln!(f, "{rule}")
    }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

fn write_cell(f: &mut fmt::Formatter<'_>, text: &str, widest: usize, side: Side) -> fmt::Result {
    let padding = " ".repeat(widest.saturating_sub(width(text)));
    match side {
        Side::Left => write!(f, "| {text}{padding} "),
        Side::Right => write!(f, "| {padding}{text} "),
    }
}

fn shown(cell: &Option<String>) -> &str {
    cell.as_deref().unwrap_or("NULL")
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// East Asian wide characters take two columns, combining marks none (the ranges that the demo's data can hold).
fn char_width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Table};

    #[test]
    fn tables_look_as_in_the_mysql_client() {
        let columns = [("name", false), ("amount", true)].map(|(name, numeric)| Column { name: name.into(), numeric });
        let cell = |text: &str| Some(text.to_owned());
        let rows = [
            vec![cell("王小明"), cell("5.00")],
            vec![cell("Zoë"), None],
            vec![cell("x\ny"), cell("-12345.67")],
            vec![cell(""), cell("0")],
        ];
        let expected = "\
+--------+-----------+
| name   | amount    |
+--------+-----------+
| 王小明 |      5.00 |
| Zoë    |      NULL |
| x      | -12345.67 |
| y      |           |
|        |         0 |
+--------+-----------+
";
        assert_eq!(Table { columns: &columns, rows: &rows }.to_string(), expected);
    }
}
