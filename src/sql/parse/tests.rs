//! Statements and the trees they become.

use super::super::ast::*;
use super::super::{LexMode, Lexed, lex, parse};
use super::{ParseError, ParseErrorKind};

mod dml;
mod expressions;

mod other;
mod print;
mod queries;
mod refusals;

pub(super) const PIPES: LexMode = LexMode { ansi_quotes: false, no_backslash_escapes: false, pipes_as_concat: true };
pub(super) const ANSI: LexMode = LexMode { ansi_quotes: true, no_backslash_escapes: false, pipes_as_concat: false };

pub(super) fn read_in(mode: LexMode, text: &[u8]) -> Result<Statement, ParseError> {
    let mut lexed = Lexed::default();
    lex(text, mode, &mut lexed).map_err(ParseError::from)?;
    let statement = parse(text, mode, &lexed)?;
    Ok(statement)
}

pub(super) fn read(text: &str) -> Statement {
    read_in(LexMode::default(), text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn cut(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// The tree as an s-expression; leaves are the text at their spans.
pub(super) fn check(text: &str, expected: &str) {
    check_in(LexMode::default(), text, expected);
}

pub(super) fn check_in(mode: LexMode, text: &str, expected: &str) {
    let statement = read_in(mode, text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(print::statement(text, &statement), expected, "{text}");
}

pub(super) fn syntax(text: &str) {
    let error = read_in(LexMode::default(), text.as_bytes()).err().unwrap_or_else(|| panic!("{text}"));
    assert_eq!(error.kind, ParseErrorKind::Syntax, "{text}: {error}");
}

pub(super) fn refuses(text: &str, name: &str) {
    match read_in(LexMode::default(), text.as_bytes()) {
        Err(ParseError { kind: ParseErrorKind::Refused(what), .. }) => assert!(what.contains(name), "{text}: {what}"),
        other => panic!("{text}: {other:?}"),
    }
}
