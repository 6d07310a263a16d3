//! SQL text: lexing, normal forms, parsing. The only module that sees sqlparser.

pub mod ast;
pub mod lexed;

pub use ast::{Span, Statement};
pub use lexed::{Hole, HoleKind, LexMode, Lexed, Literal, StatementKind};
