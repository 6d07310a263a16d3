//! What is wrong with a file, and where: every problem is shown with its line and a caret below the place.
//!
//! Characters are counted as Unicode scalar values, as editors do; control characters of a file are never printed.

use std::fmt;

/// A place in a file. Columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// 1-based; 0 for the whole file.
    pub line: usize,
    /// 1-based; 0 for the whole file.
    pub column: usize,
    /// How many characters of the line are meant.
    pub width: usize,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// One sentence: what is wrong, and where possible what to write.
    pub message: String,
    /// The source line, without its line end; secrets are masked.
    pub snippet: String,
}

// === impl Problem ===

impl Problem {
    /// A problem of a file as a whole: it cannot be read, or is missing.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), place: Place::default(), message: message.into(), snippet: String::new() }
    }

    /// A problem at a place of a text.
    pub fn at(file: impl Into<String>, text: &str, place: Place, message: impl Into<String>) -> Self {
        let line = place.line.checked_sub(1).and_then(|index| text.lines().nth(index)).unwrap_or_default();
        Self { file: file.into(), place, message: message.into(), snippet: mask_secrets(line) }
    }
}

impl fmt::Display for Problem {
    /// `rules/shop.yaml:14:5: message`, then the line and a caret; without a line end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, width } = self.place;
        if line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
        if self.snippet.is_empty() {
            return Ok(());
        }
        let number = line.to_string();
        let before = column.saturating_sub(1);
        let shown: String = self.snippet.chars().map(printable).collect();
        let left = shown.chars().count().saturating_sub(before).max(1);
        write!(f, "\n  {number} | {shown}")?;
        write!(f, "\n  {:pad$} | {:before$}{}", "", "", "^".repeat(width.clamp(1, left)), pad = number.len())
    }
}

/// A character that cannot move the cursor; tabs count as one column, as in `Place`.
fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The line with every value of `password:` hidden, character by character, so that columns stay.
fn mask_secrets(line: &str) -> String {
    const KEY: &str = "password:";
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(KEY) {
        let (before, after) = rest.split_at(at + KEY.len());
        masked.push_str(before);
        let value = after.trim_start();
        masked.push_str(&after[..after.len() - value.len()]);
        let end = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |at| at + 2),
            _ if value.starts_with("${") => value.find('}').map_or(value.len(), |at| at + 1),
            _ => value.find([',', '}', ' ']).unwrap_or(value.len()),
        };
        let (secret, tail) = value.split_at(end);
        masked.extend(secret.chars().map(|c| if secret.starts_with("${") { c } else { '*' }));
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_line_and_a_caret() {
        let text = "schema: shop\ntables:\n  settings: { single: shop_9 }\n";
        let place = Place { line: 3, column: 23, width: 6 };
        let problem = Problem::at("rules/shop.yaml", text, place, "shard \"shop_9\" is not defined");
        assert_eq!(
            problem.to_string(),
            "rules/shop.yaml:3:23: shard \"shop_9\" is not defined\n  3 |   settings: { single: shop_9 }\n    |                       ^^^^^^"
        );
    }

    #[test]
    fn a_problem_of_a_file_has_no_line() {
        assert_eq!(Problem::of_file("weir.yaml", "cannot be read").to_string(), "weir.yaml: cannot be read");
    }

    #[test]
    fn secrets_are_masked_and_columns_stay() {
        for (line, shown) in [
            ("app: { password: secret, x: 1 }", "app: { password: ******, x: 1 }"),
            ("password: 'a, b' # why", "password: ****** # why"),
            ("  password: \"öö\"", "  password: ****"),
            ("{ password: ${WEIR_PASSWORD}, x: 1 }", "{ password: ${WEIR_PASSWORD}, x: 1 }"),
            ("password:", "password:"),
            ("password: '", "password: *"),
        ] {
            assert_eq!(mask_secrets(line), shown);
        }
    }

    #[test]
    fn control_characters_are_not_printed() {
        let place = Place { line: 1, column: 1, width: 9 };
        let shown = Problem::at("f", "a\u{1b}[31mb", place, "m").to_string();
        assert!(!shown.contains('\u{1b}'));
    }
}
