//! Text → [`Statement`].

use super::{LexMode, Lexed, Statement};

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
pub fn parse(_text: &[u8], _mode: LexMode, _lexed: &Lexed) -> Result<Statement, ParseError> {
    Err(ParseError { offset: 0, message: "not yet".to_owned(), kind: ParseErrorKind::Refused("everything") })
}
