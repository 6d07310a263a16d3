//! One pass over a statement's bytes: its normal form, its holes, its kind.
//!
//! Only SELECT, INSERT, REPLACE, UPDATE, DELETE and their kin get holes: other statements are their own normal form
//! (their parameters are counted all the same). A string in the place of a name (`SELECT 1 AS 'x'`) is no hole: plans
//! depend on names. Nothing is allocated once the reused [`Lexed`] has grown.

use super::ast::LiteralKind;
use super::keywords::{comes_before_expressions, statement_kind, word_key, words};
use super::scan::{Scanner, Token, TokenKind, place};
use super::{Hole, HoleKind, LexMode, Lexed, Literal, Span, StatementKind};

/// Bytes that no statement can have: an open quote, an open comment, a malformed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct LexError {
    /// Where.
    pub offset: u32,
    /// What is wrong.
    pub message: &'static str,
}

/// Lexes one statement.
///
/// # Errors
/// Unterminated quotes and comments, malformed numbers, too long a text, too many parameters.
pub fn lex(text: &[u8], mode: LexMode, into: &mut Lexed) -> Result<(), LexError> {
    if Normalizer::new(text, into).run(Scanner::new(text, mode)?)? == Outcome::RowsDiffer {
        let mut normalizer = Normalizer::new(text, into);
        normalizer.rows = Rows::Done;
        normalizer.run(Scanner::new(text, mode)?)?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The rows of VALUES do not look alike: lex again without folding them.
    RowsDiffer,
}

/// What the token before a string says about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An operator, a comma, a keyword that an expression follows.
    Expression,
    /// IS or NOT: NULL, TRUE and FALSE belong to the operator.
    IsNot,
    /// IN: a list may follow.
    In,
    /// Anything else: a string here is a name.
    Operand,
}

/// A mark in what has been written, to come back to.
#[derive(Clone, Copy)]
struct Mark {
    text: usize,
    normal: usize,
    holes: usize,
    literals: usize,
}

/// A list after IN, as long as it holds only literals.
#[derive(Clone, Copy)]
struct List {
    from: Mark,
    wants_literal: bool,
}

/// Folding of VALUES rows.
#[derive(Clone, Copy)]
enum Rows<'t> {
    /// No VALUES yet.
    Before,
    /// VALUES: the first row comes.
    Expected,
    /// Inside a row.
    Inside { run: Run, row: Mark, depth: u32 },
    /// Behind a row; the scanner as it stood there.
    Behind { run: Run, after: Scanner<'t> },
    /// Behind a row and a comma.
    Comma { run: Run, after: Scanner<'t> },
    /// Behind the rows, or not to be folded.
    Done,
}

/// Rows that look alike so far.
#[derive(Clone, Copy)]
struct Run {
    from: Mark,
    /// Behind the first row.
    first_end: Mark,
    count: u32,
}

struct Normalizer<'t, 'l> {
    text: &'t [u8],
    into: &'l mut Lexed,
    /// Up to here the text is in the normal form.
    copied: usize,
    before: Before,
    list: Option<List>,
    rows: Rows<'t>,
}

// === impl Normalizer ===

impl<'t, 'l> Normalizer<'t, 'l> {
    fn new(text: &'t [u8], into: &'l mut Lexed) -> Self {
        into.clear();
        Self { text, into, copied: 0, before: Before::Expression, list: None, rows: Rows::Before }
    }

    fn run(mut self, mut scanner: Scanner<'t>) -> Result<Outcome, LexError> {
        loop {
            let token = scanner.next()?;
            if matches!(self.rows, Rows::Behind { .. } | Rows::Comma { .. })
                && let Some(after) = self.follow_rows(token)
            {
                scanner = after;
                continue;
            }
            if token.kind == TokenKind::End {
                self.copy_to(self.text.len());
                return Ok(Outcome::Done);
            }
            self.token(token)?;
            // Inside a row, which is most of a large INSERT, only parentheses count.
            let counts = match self.rows {
                Rows::Before | Rows::Done => false,
                Rows::Inside { .. } => matches!(token.kind, TokenKind::Punct(b'(' | b')')),
                Rows::Expected | Rows::Behind { .. } | Rows::Comma { .. } => true,
            };
            if counts && !self.count_rows(token, scanner) {
                return Ok(Outcome::RowsDiffer);
            }
        }
    }

    fn bytes(&self, span: Span) -> &'t [u8] {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else { return &[] };
        self.text.get(start..end).unwrap_or_default()
    }

    /// Writes the text as it stands up to a place.
    fn copy_to(&mut self, to: usize) {
        self.into.normal.extend_from_slice(self.text.get(self.copied..to).unwrap_or_default());
        self.copied = to;
    }

    fn mark(&mut self, at: usize) -> Mark {
        self.copy_to(at);
        Mark {
            text: at,
            normal: self.into.normal.len(),
            holes: self.into.holes.len(),
            literals: self.into.literals.len(),
        }
    }

    fn token(&mut self, token: Token) -> Result<(), LexError> {
        let list = self.list.take();
        match token.kind {
            TokenKind::Word => self.word(token, list),
            TokenKind::Literal(kind) => self.literal(token, kind, list)?,
            TokenKind::Comment => return self.comment(token),
            TokenKind::TddlHint => return self.tddl(token),
            TokenKind::OptimizerHint
            | TokenKind::VersionOpen
            | TokenKind::VersionClose
            | TokenKind::Conditional
            | TokenKind::End => {}
            TokenKind::Quoted | TokenKind::UserVariable | TokenKind::SystemVariable => self.operand(),
            TokenKind::Punct(byte) => self.punct(byte, token, list),
            TokenKind::NullSafeEq
            | TokenKind::Le
            | TokenKind::Ge
            | TokenKind::Ne
            | TokenKind::ShiftLeft
            | TokenKind::ShiftRight
            | TokenKind::OrOr
            | TokenKind::AndAnd
            | TokenKind::Assign
            | TokenKind::Arrow
            | TokenKind::LongArrow => self.before = Before::Expression,
        }
        Ok(())
    }

    /// A token that is neither keyword nor operator.
    fn operand(&mut self) {
        self.first_word(StatementKind::Other);
        self.before = Before::Operand;
    }

    fn first_word(&mut self, kind: StatementKind) {
        if self.into.kind == StatementKind::Empty {
            self.into.kind = kind;
        }
    }

    /// Whether this statement's literals are holes.
    fn has_holes(&self) -> bool {
        !matches!(
            self.into.kind,
            StatementKind::Set | StatementKind::Show | StatementKind::Transaction | StatementKind::Other
        )
    }

    fn word(&mut self, token: Token, list: Option<List>) {
        let bytes = self.bytes(token.span);
        let key = if bytes.len() <= 16 { word_key(bytes) } else { 0 };
        if self.into.kind == StatementKind::Empty {
            self.into.kind = statement_kind(key);
        }
        let before = self.before;
        self.before = match key {
            words::NULL | words::TRUE | words::FALSE => {
                if before != Before::IsNot && before != Before::Operand && self.has_holes() {
                    let kind = match key {
                        words::NULL => LiteralKind::Null,
                        words::TRUE => LiteralKind::True,
                        _ => LiteralKind::False,
                    };
                    self.hole(token.span, kind, 0);
                    self.list_literal(list);
                }
                Before::Operand
            }
            words::IN => Before::In,
            words::IS | words::NOT => Before::IsNot,
            words::VALUES | words::VALUE => {
                let inserts = matches!(self.into.kind, StatementKind::Insert | StatementKind::Replace);
                if inserts && matches!(self.rows, Rows::Before) {
                    self.rows = Rows::Expected;
                }
                Before::Operand
            }
            _ if comes_before_expressions(key) => Before::Expression,
            _ => Before::Operand,
        };
    }

    fn literal(&mut self, token: Token, kind: LiteralKind, list: Option<List>) -> Result<(), LexError> {
        self.first_word(StatementKind::Other);
        let number = self.into.params;
        if kind == LiteralKind::Param {
            let Some(next) = number.checked_add(1) else {
                return Err(LexError { offset: token.span.start, message: "more than 65535 parameters" });
            };
            self.into.params = next;
        }
        let is_name = matches!(kind, LiteralKind::String | LiteralKind::Temporal) && self.before == Before::Operand;
        if self.has_holes() && !is_name {
            self.hole(token.span, kind, number);
            self.list_literal(list);
        } else if kind == LiteralKind::Param {
            self.into.literals.push(Literal { span: token.span, kind, param: number });
        }
        self.before = Before::Operand;
        Ok(())
    }

    fn list_literal(&mut self, list: Option<List>) {
        self.list = list.filter(|list| list.wants_literal).map(|list| List { wants_literal: false, ..list });
    }

    fn hole(&mut self, span: Span, kind: LiteralKind, number: u16) {
        let param = if kind == LiteralKind::Param { number } else { 0 };
        let first_literal = place(self.into.literals.len());
        self.into.literals.push(Literal { span, kind, param });
        self.write_hole(span, b"?", |hole| {
            hole.first_literal = first_literal;
            hole.literals = 1;
        });
    }

    /// Writes the text up to a hole, and the hole's mark.
    fn write_hole(&mut self, span: Span, mark: &[u8], fill: impl FnOnce(&mut Hole)) {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else { return };
        self.copy_to(start);
        let from = place(self.into.normal.len());
        self.into.normal.extend_from_slice(mark);
        let mut hole = Hole {
            normal: Span { start: from, end: place(self.into.normal.len()) },
            text: span,
            first_literal: place(self.into.literals.len()),
            literals: 0,
            first_row: place(self.into.rows.len()),
            rows: 0,
            kind: HoleKind::Literal,
        };
        fill(&mut hole);
        self.into.holes.push(hole);
        self.copied = end;
    }

    fn comment(&mut self, token: Token) -> Result<(), LexError> {
        if self.has_holes() {
            self.write_hole(token.span, b" ", |hole| hole.kind = HoleKind::Comment);
        }
        Ok(())
    }

    fn tddl(&mut self, token: Token) -> Result<(), LexError> {
        if self.into.hint.is_some() {
            return Err(LexError { offset: token.span.start, message: "a second TDDL hint" });
        }
        let inside = self.bytes(token.span);
        let colon = memchr::memchr2(b':', b'(', inside).map_or(0, |at| place(at + 1));
        self.into.hint = Some(Span { start: token.span.start + colon, end: token.span.end - 2 });
        self.into.hint_comment = Some(token.span);
        Ok(())
    }

    fn punct(&mut self, byte: u8, token: Token, list: Option<List>) {
        let before = self.before;
        self.before = match byte {
            b')' | b'.' | b'@' | b'}' | b']' => Before::Operand,
            _ => Before::Expression,
        };
        match byte {
            b'(' if before == Before::In && self.has_holes() && !matches!(self.rows, Rows::Inside { .. }) => {
                if let Ok(at) = usize::try_from(token.span.end) {
                    self.list = Some(List { from: self.mark(at), wants_literal: true });
                }
            }
            b',' => {
                self.list = list.filter(|list| !list.wants_literal).map(|list| List { wants_literal: true, ..list });
            }
            b')' => {
                if let Some(list) = list.filter(|list| !list.wants_literal) {
                    self.fold_list(list, token.span.start);
                }
            }
            b'(' | b';' => {}
            _ => self.first_word(StatementKind::Other),
        }
    }

    fn fold_list(&mut self, list: List, end: u32) {
        let count = self.into.literals.len() - list.from.literals;
        if count < 2 {
            return;
        }
        self.into.normal.truncate(list.from.normal);
        self.into.holes.truncate(list.from.holes);
        self.copied = list.from.text;
        self.write_hole(Span { start: place(list.from.text), end }, b"?*", |hole| {
            hole.kind = HoleKind::List;
            hole.first_literal = place(list.from.literals);
            hole.literals = place(count);
        });
    }

    /// Ends the rows of VALUES at the first token that does not belong to them: the scanner goes back to the end of the
    /// last row.
    fn follow_rows(&mut self, token: Token) -> Option<Scanner<'t>> {
        let (run, after) = match self.rows {
            Rows::Behind { run, after } => match token.kind {
                TokenKind::Punct(b',') => {
                    self.rows = Rows::Comma { run, after };
                    return None;
                }
                TokenKind::Comment => return None,
                _ => (run, after),
            },
            Rows::Comma { run, after } => match token.kind {
                TokenKind::Punct(b'(') | TokenKind::Comment => return None,
                _ => (run, after),
            },
            Rows::Before | Rows::Expected | Rows::Inside { .. } | Rows::Done => return None,
        };
        self.rows = Rows::Done;
        self.list = None;
        self.before = Before::Operand;
        // What stands between the last row and here was not looked at yet.
        let end = self.into.rows.last().map_or(run.first_end.text, |row| usize::try_from(row.end).unwrap_or(0));
        self.into.normal.truncate(run.first_end.normal);
        self.into.holes.truncate(run.first_end.holes);
        self.copied = end;
        if run.count > 1 {
            self.write_rows(run, end);
        } else {
            self.into.rows.clear();
        }
        Some(after)
    }

    fn write_rows(&mut self, run: Run, end: usize) {
        self.into.holes.truncate(run.from.holes);
        self.into.normal.extend_from_slice(b",*");
        self.into.holes.push(Hole {
            normal: Span { start: place(run.from.normal), end: place(self.into.normal.len()) },
            text: Span { start: place(run.from.text), end: place(end) },
            first_literal: place(run.from.literals),
            literals: place(self.into.literals.len() - run.from.literals),
            first_row: 0,
            rows: run.count,
            kind: HoleKind::Rows,
        });
    }

    /// Follows the parentheses of VALUES rows; false when a row does not look like the first one.
    fn count_rows(&mut self, token: Token, scanner: Scanner<'t>) -> bool {
        let (Ok(start), Ok(end)) = (usize::try_from(token.span.start), usize::try_from(token.span.end)) else {
            return false;
        };
        self.rows = match (self.rows, token.kind) {
            (Rows::Expected, TokenKind::Punct(b'(')) => {
                let row = self.mark(start);
                let run = Run { from: row, first_end: row, count: 0 };
                Rows::Inside { run, row, depth: 1 }
            }
            (Rows::Comma { run, .. }, TokenKind::Punct(b'(')) => Rows::Inside { run, row: self.mark(start), depth: 1 },
            (Rows::Inside { run, row, depth }, TokenKind::Punct(b'(')) => {
                Rows::Inside { run, row, depth: depth.saturating_add(1) }
            }
            (Rows::Inside { run, row, depth }, TokenKind::Punct(b')')) if depth > 1 => {
                Rows::Inside { run, row, depth: depth - 1 }
            }
            (Rows::Inside { run, row, .. }, TokenKind::Punct(b')')) => {
                let here = self.mark(end);
                self.into.rows.push(Span { start: place(row.text), end: place(end) });
                let first_end = if run.count == 0 { here } else { run.first_end };
                let normal = &self.into.normal;
                if normal.get(row.normal..here.normal) != normal.get(run.from.normal..first_end.normal) {
                    return false;
                }
                self.into.normal.truncate(first_end.normal);
                self.into.holes.truncate(first_end.holes);
                Rows::Behind { run: Run { first_end, count: run.count + 1, ..run }, after: scanner }
            }
            (Rows::Expected, TokenKind::Comment) => Rows::Expected,
            (Rows::Expected, TokenKind::Word) if matches!(self.before, Before::Operand) => {
                // The word VALUES itself; `VALUES ROW(…)` is not folded.
                if self.is_values(token) { Rows::Expected } else { Rows::Done }
            }
            (Rows::Expected, _) => Rows::Done,
            (other, _) => other,
        };
        true
    }

    fn is_values(&self, token: Token) -> bool {
        matches!(word_key(self.bytes(token.span)), words::VALUES | words::VALUE)
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and print their seed"
)]
#[path = "lexer_tests.rs"]
mod tests;
