//! SQL text: lexing, normal forms, parsing, literals, hints.
//!
//! [`lex`] runs on every statement that is not [`alike`] one of the last, and allocates nothing; [`parse`] runs when no plan is cached for a normal form. Both
//! read the same tokens (`scan`), so what a plan sees and what the cache key says cannot drift apart. No I/O, no clock,
//! no global.

pub mod alike;
pub mod ast;
pub mod hint;
mod keywords;
pub mod lexed;
pub mod lexer;
pub mod literal;
pub mod parse;
mod scan;

pub use ast::{Span, Statement};
pub use hint::Hint;
pub use lexed::{Hole, HoleKind, LexMode, Lexed, Literal, StatementKind};
pub use lexer::{LexError, lex};
pub use parse::{ParseError, ParseErrorKind, parse};
