//! The token cursor that all parsers share: looking, eating, names, errors, limits.
//!
//! Always holds: comments are gone from the token list, the last token is `End`, and the cursor never passes it.

use super::super::ast::{Ident, Span, TableName};
use super::super::scan::{Scanner, Token, TokenKind, is_introducer};
use super::super::{LexError, LexMode, Lexed};
use super::reserved::is_reserved;
use super::{ParseError, ParseErrorKind};

/// How deep expressions and queries may nest.
const MAX_NESTING: u32 = 64;

/// How high a tree may grow: trees are dropped and walked by recursion.
const MAX_HEIGHT: u32 = 400;

/// A parser of one statement.
pub(super) struct Parser<'t> {
    pub(super) text: &'t [u8],
    pub(super) mode: LexMode,
    pub(super) lexed: &'t Lexed,
    tokens: Vec<Token>,
    at: usize,
    nesting: u32,
    /// How high the tree of the last parsed expression is.
    pub(super) height: u32,
    /// How many `?` were met.
    pub(super) params: u16,
    /// A window function was met in the SELECT being read.
    pub(super) windows: bool,
    /// A versioned comment that not every server reads.
    pub(super) conditional: Option<Span>,
}

pub(super) type Parsed<T> = Result<T, ParseError>;

impl From<LexError> for ParseError {
    fn from(error: LexError) -> Self {
        ParseError { offset: error.offset, message: error.to_string(), kind: ParseErrorKind::Syntax }
    }
}

// === impl Parser ===

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t [u8], mode: LexMode, lexed: &'t Lexed) -> Parsed<Self> {
        let mut scanner = Scanner::new(text, mode)?;
        let mut tokens = Vec::new();
        let mut conditional = None;
        loop {
            let token = scanner.next()?;
            match token.kind {
                TokenKind::Comment
                | TokenKind::OptimizerHint
                | TokenKind::TddlHint
                | TokenKind::VersionOpen
                | TokenKind::VersionClose => {}
                TokenKind::Conditional => conditional = conditional.or(Some(token.span)),
                _ => tokens.push(token),
            }
            if token.kind == TokenKind::End {
                break;
            }
        }
        Ok(Self { text, mode, lexed, tokens, at: 0, nesting: 0, height: 0, params: 0, windows: false, conditional })
    }

    // --- looking ---

    pub(super) fn token(&self) -> Token {
        self.token_at(0)
    }

    pub(super) fn token_at(&self, ahead: usize) -> Token {
        let end = Token { kind: TokenKind::End, span: Span::default() };
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(end)
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token().kind
    }

    pub(super) fn bytes(&self, span: Span) -> &'t [u8] {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else { return &[] };
        self.text.get(start..end).unwrap_or_default()
    }

    /// The word at a place ahead, in upper case where it is a word of ASCII letters.
    pub(super) fn upper_at(&self, ahead: usize) -> String {
        let token = self.token_at(ahead);
        if token.kind != TokenKind::Word {
            return String::new();
        }
        String::from_utf8_lossy(self.bytes(token.span)).to_ascii_uppercase()
    }

    pub(super) fn upper(&self) -> String {
        self.upper_at(0)
    }

    pub(super) fn is_at(&self, ahead: usize, word: &str) -> bool {
        let token = self.token_at(ahead);
        token.kind == TokenKind::Word && self.bytes(token.span).eq_ignore_ascii_case(word.as_bytes())
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.is_at(0, word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn is_punct_at(&self, ahead: usize, byte: u8) -> bool {
        self.token_at(ahead).kind == TokenKind::Punct(byte)
    }

    pub(super) fn is_punct(&self, byte: u8) -> bool {
        self.is_punct_at(0, byte)
    }

    pub(super) fn at_end(&self) -> bool {
        self.kind() == TokenKind::End || (self.is_punct(b';') && self.token_at(1).kind == TokenKind::End)
    }

    // --- eating ---

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn back_to(&mut self, position: usize) {
        self.at = position;
    }

    pub(super) fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// Eats several words, all or none.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_at(ahead, word));
        if found {
            self.at += words.len();
        }
        found
    }

    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(word))
    }

    pub(super) fn eat_punct(&mut self, byte: u8) -> bool {
        let found = self.is_punct(byte);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(self.syntax()) }
    }

    pub(super) fn expect_punct(&mut self, byte: u8) -> Parsed<()> {
        if self.eat_punct(byte) { Ok(()) } else { Err(self.syntax()) }
    }

    /// The end of the statement, perhaps behind a semicolon.
    pub(super) fn expect_end(&mut self) -> Parsed<()> {
        if self.at_end() {
            return Ok(());
        }
        if self.is_punct(b';') {
            return Err(self.refused("more than one statement in one query"));
        }
        Err(self.syntax())
    }

    /// Eats to the end of the statement; a semicolon with more behind it is refused.
    pub(super) fn eat_rest(&mut self) -> Parsed<()> {
        while !self.at_end() && !self.is_punct(b';') {
            self.bump();
        }
        self.expect_end()
    }

    /// Eats a parenthesis and all up to its partner.
    pub(super) fn eat_parentheses(&mut self) -> Parsed<()> {
        self.expect_punct(b'(')?;
        let mut depth = 1_u32;
        while depth > 0 {
            match self.bump().kind {
                TokenKind::Punct(b'(') => depth += 1,
                TokenKind::Punct(b')') => depth -= 1,
                TokenKind::End => return Err(self.syntax()),
                _ => {}
            }
        }
        Ok(())
    }

    // --- places ---

    pub(super) fn start(&self) -> u32 {
        self.token().span.start
    }

    /// Where the last eaten token ends.
    pub(super) fn last_end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.end)
    }

    pub(super) fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.last_end() }
    }

    // --- limits ---

    /// Runs a parser one level deeper.
    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            return Err(self.refused("a statement nested more than 64 levels deep"));
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    /// The last parsed tree grows by one level above trees of the given height.
    pub(super) fn grow(&mut self, below: u32) -> Parsed<()> {
        self.height = self.height.max(below) + 1;
        if self.height > MAX_HEIGHT {
            return Err(self.refused("an expression of more than 400 levels"));
        }
        Ok(())
    }

    // --- errors ---

    pub(super) fn syntax(&self) -> ParseError {
        self.syntax_at(self.start())
    }

    pub(super) fn syntax_at(&self, offset: u32) -> ParseError {
        let at = usize::try_from(offset).unwrap_or(0).min(self.text.len());
        let (before, rest) = self.text.split_at(at);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let near: String = String::from_utf8_lossy(rest).chars().take(80).collect();
        let message = if near.trim().is_empty() {
            format!("syntax error at the end of the statement, line {line}")
        } else {
            format!("syntax error near '{near}' at line {line}")
        };
        ParseError { offset, message, kind: ParseErrorKind::Syntax }
    }

    pub(super) fn refused(&self, what: &'static str) -> ParseError {
        self.refused_at(self.start(), what)
    }

    pub(super) fn refused_at(&self, offset: u32, what: &'static str) -> ParseError {
        let message = format!("{what}: not supported");
        ParseError { offset, message, kind: ParseErrorKind::Refused(what) }
    }

    // --- names ---

    /// Whether a name that is not a reserved word stands ahead.
    pub(super) fn is_name_at(&self, ahead: usize) -> bool {
        let token = self.token_at(ahead);
        match token.kind {
            TokenKind::Quoted => true,
            TokenKind::Word => !is_reserved(self.bytes(token.span)) && !is_introducer(self.bytes(token.span)),
            _ => false,
        }
    }

    /// A name that is not a reserved word, unless quoted.
    pub(super) fn name(&mut self) -> Parsed<Ident> {
        if !self.is_name_at(0) {
            return Err(self.syntax());
        }
        self.any_name()
    }

    /// A name where reserved words are names too: behind a point.
    pub(super) fn any_name(&mut self) -> Parsed<Ident> {
        if !matches!(self.kind(), TokenKind::Word | TokenKind::Quoted) {
            return Err(self.syntax());
        }
        let token = self.bump();
        let text = self.unquoted(token)?;
        Ok(Ident { text, span: token.span })
    }

    /// The text of a word or a quoted name.
    fn unquoted(&self, token: Token) -> Parsed<String> {
        let bytes = self.bytes(token.span);
        let name = match token.kind {
            TokenKind::Quoted => {
                let quote = bytes.first().copied().unwrap_or(0);
                without_quotes(bytes, quote)
            }
            _ => bytes.to_vec(),
        };
        String::from_utf8(name).map_err(|_| self.refused_at(token.span.start, "a name that is not valid UTF-8"))
    }

    /// `t` or `s.t`.
    pub(super) fn table_name(&mut self) -> Parsed<TableName> {
        let start = self.start();
        let first = self.name()?;
        if !self.eat_punct(b'.') {
            return Ok(TableName { schema: None, name: first, span: self.span_from(start) });
        }
        let name = self.any_name()?;
        Ok(TableName { schema: Some(first), name, span: self.span_from(start) })
    }

    /// One thing or more, with commas between.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_punct(b',') {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(a, b)`.
    pub(super) fn names_in_parentheses(&mut self) -> Parsed<Vec<Ident>> {
        self.expect_punct(b'(')?;
        let names = self.list(Self::name)?;
        self.expect_punct(b')')?;
        Ok(names)
    }
}

/// A quoted text without its quotes, doubled quotes made single.
pub(super) fn without_quotes(bytes: &[u8], quote: u8) -> Vec<u8> {
    let inside = bytes.get(1..bytes.len().saturating_sub(1)).unwrap_or_default();
    let mut out = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == quote {
            bytes.next();
        }
        out.push(byte);
    }
    out
}
