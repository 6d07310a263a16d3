//! A lexed literal as a value.

use super::{LexMode, Literal};
use crate::value::Value;

/// A literal that is not what its class says: a malformed date, an odd number of hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct LiteralError {
    /// Where.
    pub offset: u32,
    /// What is wrong.
    pub message: &'static str,
}

/// The value of a literal; a parameter has none and is an error.
///
/// # Errors
/// Malformed literals.
pub fn value<'t>(_text: &'t [u8], literal: &Literal, _mode: LexMode) -> Result<Value<'t>, LiteralError> {
    Err(LiteralError { offset: literal.span.start, message: "not yet" })
}

/// The charset that an introduced string names, lower case, without the underscore; `utf8` for `N'…'`.
pub fn charset(_text: &[u8], _literal: &Literal) -> Option<String> {
    None
}
