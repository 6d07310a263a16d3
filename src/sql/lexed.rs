//! What one pass of the lexer leaves behind: the statement's normal form and where its holes are.
//!
//! The *normal form* is the text with every hole replaced by a short mark: a literal by `?`, a list of two or more
//! literals after IN by `(?*)`, two or more rows of VALUES that look alike by the first row and `,*`, a comment by one
//! space. Between holes it is the text byte for byte, so a place in the normal form is a place in the text of *every*
//! statement with the same normal form: that is what lets a cached plan be spliced into a new text.
//!
//! A `Lexed` is reused from statement to statement and allocates nothing once it has grown.

use super::ast::{LiteralKind, Span};

/// The lexer's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexed {
    /// The normal form: the key of the plan cache.
    pub normal: Vec<u8>,
    /// All holes, in the order of the text.
    pub holes: Vec<Hole>,
    /// All literals and parameters, in the order of the text.
    pub literals: Vec<Literal>,
    /// The rows of `HoleKind::Rows` holes, parentheses included, in the order of the text.
    pub rows: Vec<Span>,
    /// What follows the colon of a `/*+TDDL: … */` or `/!+TDDL: … */` hint, or the parenthesis of `/*+TDDL({…})*/`. It
    /// stays in the normal form.
    pub hint: Option<Span>,
    /// That hint with its comment marks: what a backend must not see. It is not inside a hole.
    pub hint_comment: Option<Span>,
    /// How many `?` parameters the text has.
    pub params: u16,
    /// The first word of the statement.
    pub kind: StatementKind,
}

/// A place where statements of one normal form differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Where its mark starts and ends in the normal form.
    pub normal: Span,
    /// Where it stands in the text.
    pub text: Span,
    /// The first of its literals in `Lexed::literals`.
    pub first_literal: u32,
    /// How many literals it has.
    pub literals: u32,
    /// The first of its rows in `Lexed::rows`.
    pub first_row: u32,
    /// How many rows it has; 0 unless its kind is `Rows`.
    pub rows: u32,
    /// What it stands for.
    pub kind: HoleKind,
}

/// What a hole stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// One literal or parameter.
    Literal,
    /// The inside of an IN list that holds only literals and parameters, two or more.
    List,
    /// Two or more rows of VALUES with equal normal forms.
    Rows,
    /// A comment.
    Comment,
}

/// One literal or parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Where it stands, quotes and introducer included, a sign not.
    pub span: Span,
    /// Its class.
    pub kind: LiteralKind,
    /// For `LiteralKind::Param`: its number among the parameters, from 0.
    pub param: u16,
}

/// The first word of a statement, after comments and opening parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum StatementKind {
    /// No word: nothing but space and comments.
    #[default]
    Empty,
    /// SELECT.
    Select,
    /// INSERT.
    Insert,
    /// REPLACE.
    Replace,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// WITH, VALUES, TABLE, DO.
    OtherQuery,
    /// BEGIN, START, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, XA.
    Transaction,
    /// SET.
    Set,
    /// SHOW, DESC, DESCRIBE, EXPLAIN.
    Show,
    /// Anything else.
    Other,
}

/// The parts of sql_mode that change how text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct LexMode {
    /// `"x"` is a name.
    pub ansi_quotes: bool,
    /// A backslash is a backslash.
    pub no_backslash_escapes: bool,
    /// `||` joins strings.
    pub pipes_as_concat: bool,
}

// === impl Lexed ===

impl Lexed {
    /// Forgets the last statement, keeps the memory.
    pub fn clear(&mut self) {
        self.normal.clear();
        self.holes.clear();
        self.literals.clear();
        self.rows.clear();
        self.hint = None;
        self.hint_comment = None;
        self.params = 0;
        self.kind = StatementKind::Empty;
    }

    /// Forgets the last statement, and the memory of any list that has grown beyond so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        fn list<T>(list: &mut Vec<T>, bytes: usize) {
            if list.capacity() > bytes / size_of::<T>().max(1) {
                *list = Vec::new();
            }
        }
        list(&mut self.normal, bytes);
        list(&mut self.holes, bytes);
        list(&mut self.literals, bytes);
        list(&mut self.rows, bytes);
    }

    /// The place in the normal form of a place in the text: a hole's start maps to its mark's start, the end of a hole
    /// to its mark's end, and a place inside a hole to its mark's start.
    pub fn to_normal(&self, at: u32) -> u32 {
        let next = self.holes.partition_point(|hole| hole.text.end <= at);
        if let Some(inside) = self.holes.get(next).filter(|hole| hole.text.start <= at) {
            return inside.normal.start;
        }
        match next.checked_sub(1).and_then(|i| self.holes.get(i)) {
            None => at,
            Some(before) => before.normal.end + (at - before.text.end),
        }
    }

    /// The hole that covers a place of the text, by index.
    pub fn hole_at(&self, at: u32) -> Option<usize> {
        let i = self.holes.partition_point(|hole| hole.text.end <= at);
        self.holes.get(i).filter(|h| h.text.start <= at).map(|_| i)
    }
}
