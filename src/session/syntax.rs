//! What is said of a text that Weir cannot read.

use crate::error::{Code, SqlError};
use crate::sql::ast::LiteralKind;
use crate::sql::{Lexed, ParseError, ParseErrorKind};

/// `?` in a text that is not prepared.
pub(super) fn parameter_in_text(text: &[u8], lexed: &Lexed) -> SqlError {
    let parameter = lexed.literals.iter().find(|literal| literal.kind == LiteralKind::Param);
    let offset = parameter.map_or(0, |literal| literal.span.start);
    syntax_error(text, offset, "a parameter stands only in a prepared statement")
}

/// A text that the parser does not read.
pub(super) fn parse_error(text: &[u8], error: &ParseError) -> SqlError {
    match error.kind {
        ParseErrorKind::Refused(name) => SqlError::new(Code::UnsupportedStatement, format!("{name} is not served")),
        ParseErrorKind::Syntax => {
            let manual = "check the manual that corresponds to your MySQL server version for the right syntax to use";
            syntax_error(text, error.offset, manual)
        }
    }
}

/// MySQL's words for a syntax error.
pub(super) fn syntax_error(text: &[u8], offset: u32, what: &str) -> SqlError {
    /// MySQL shows 80 characters.
    const SHOWN: usize = 80;
    let offset = usize::try_from(offset).unwrap_or_default().min(text.len());
    let rest = String::from_utf8_lossy(text.get(offset..).unwrap_or_default()).into_owned();
    let near: String = rest.chars().take(SHOWN).collect();
    let line = 1 + text.iter().take(offset).filter(|byte| **byte == b'\n').count();
    SqlError::new(
        Code::ParseError,
        format!("You have an error in your SQL syntax; {what} near '{near}' at line {line}"),
    )
}

/// Whether there is more than space and semicolons in a text without words; a server does not read on behind a semicolon.
pub(super) fn is_comment(text: &[u8]) -> bool {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b'\x0b');
    first.is_some_and(|byte| *byte != b';')
}
