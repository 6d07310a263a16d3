//! Text → [`Statement`]: a recursive-descent parser of MySQL's statements over the lexer's own tokens.
//!
//! Always holds: a statement is either read whole or an error; no clause is skipped. Every span is that of the tokens
//! that were eaten for it. What is known and not read is refused by name.
//!
//! `cursor` is what all share; `expr` and `function` read expressions, `query` and `table` queries, `dml` the writes,
//! `set`, `show`, `control` and `ddl` the rest.

mod control;
mod cursor;
mod ddl;
mod dml;
mod expr;
mod foreign;
mod function;
mod load;
mod query;
mod reserved;
mod set;
mod show;
mod table;
mod window;

use super::{LexMode, Lexed, Statement};
use cursor::Parser;

/// Why a text has no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// Where, in bytes from the start of the text.
    pub offset: u32,
    /// One sentence.
    pub message: String,
    /// Whose fault it is.
    pub kind: ParseErrorKind,
}

/// Classes of parse errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not SQL as MySQL has it.
    Syntax,
    /// SQL that Weir does not read; the name of the feature.
    Refused(&'static str),
}

/// Parses a statement; `lexed` is what [`super::lex`] made of the same text in the same mode.
///
/// # Errors
/// Syntax errors, and what is refused by name.
pub fn parse(text: &[u8], mode: LexMode, lexed: &Lexed) -> Result<Statement, ParseError> {
    let mut parser = Parser::new(text, mode, lexed)?;
    let statement = parser.statement()?;
    parser.expect_end()?;
    if let Some(comment) = parser.conditional {
        let harmless = matches!(statement, Statement::Ddl(_)) && ddl::is_option_text(parser.bytes(comment));
        if !harmless {
            return Err(parser.refused_at(comment.start, "a versioned comment that not every server reads"));
        }
    }
    Ok(statement)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests;
