//! Bytes → tokens, as MySQL's own lexer reads them.
//!
//! Always holds: tokens come in order, never overlap, and every byte that is not white space belongs to one. Bytes from
//! 0x80 on are letters, so any charset whose trailing bytes are not ASCII is read rightly, valid UTF-8 or not. Nothing is
//! allocated.

use memchr::{memchr, memchr2, memmem};

use super::ast::LiteralKind;
use super::{LexError, LexMode, Span};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it stands.
    pub(super) span: Span,
}

/// Classes of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or a bare name.
    Word,
    /// A name in backquotes, or in double quotes under ANSI_QUOTES.
    Quoted,
    /// A literal or `?`. NULL, TRUE and FALSE are words here.
    Literal(LiteralKind),
    /// `@a`, `@'a'`, `` @`a` ``.
    UserVariable,
    /// `@@a`, `@@session.a`.
    SystemVariable,
    /// Any other single byte.
    Punct(u8),
    /// `<=>`.
    NullSafeEq,
    /// `<=`.
    Le,
    /// `>=`.
    Ge,
    /// `<>`, `!=`.
    Ne,
    /// `<<`.
    ShiftLeft,
    /// `>>`.
    ShiftRight,
    /// `||`.
    OrOr,
    /// `&&`.
    AndAnd,
    /// `:=`.
    Assign,
    /// `->`.
    Arrow,
    /// `->>`.
    LongArrow,
    /// A comment that no server reads.
    Comment,
    /// `/*+ … */`: a comment, or hints to MySQL's optimizer.
    OptimizerHint,
    /// `/*+TDDL: … */`, `/!+TDDL: … */`.
    TddlHint,
    /// `/*!` or `/*!40100`: what follows is SQL for every server that Weir serves.
    VersionOpen,
    /// `*/` that closes a `VersionOpen`.
    VersionClose,
    /// A versioned comment that some servers read and others skip.
    Conditional,
    /// The end of the text.
    End,
}

/// Reads tokens one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    mode: LexMode,
    at: usize,
    /// Inside `/*! … */`.
    versioned: bool,
    /// The last token was a point: a name follows, whatever it looks like.
    after_point: bool,
    /// The last token was a bare name: a point directly behind it joins it to the next name, as in `t.1e3`.
    after_word: bool,
}

/// What a byte can start or continue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Space,
    Letter,
    Digit,
}

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte {
            9..=13 | 32 => Class::Space,
            0x30..=0x39 => Class::Digit,
            0x41..=0x5a | 0x61..=0x7a | 0x5f | 0x24 => Class::Letter,
            0x80.. => Class::Letter,
            _ => Class::Other,
        };
        byte += 1;
    }
    table
}

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    matches!(class(byte), Class::Letter | Class::Digit)
}

/// A place in a text no longer than `u32::MAX`, which `Scanner::new` checks.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// From this version on, MariaDB skips the versioned comments that MySQL reads.
const FIRST_CONDITIONAL_VERSION: u32 = 50_700;

/// The version by which programs hide from every server what they tell each other.
const NO_VERSION: &[u8] = b"999999";

/// Charsets that may introduce a literal, sorted.
const INTRODUCERS: [&str; 42] = [
    "armscii8", "ascii", "big5", "binary", "cp1250", "cp1251", "cp1256", "cp1257", "cp850", "cp852", "cp866", "cp932",
    "dec8", "eucjpms", "euckr", "gb18030", "gb2312", "gbk", "geostd8", "greek", "hebrew", "hp8", "keybcs2", "koi8r",
    "koi8u", "latin1", "latin2", "latin5", "latin7", "macce", "macroman", "sjis", "swe7", "tis620", "ucs2", "ujis",
    "utf16", "utf16le", "utf32", "utf8", "utf8mb3", "utf8mb4",
];

/// Whether a word is `_` and the name of a charset.
pub(super) fn is_introducer(word: &[u8]) -> bool {
    let Some((b'_', name)) = word.split_first() else { return false };
    INTRODUCERS.iter().any(|charset| charset.as_bytes().eq_ignore_ascii_case(name))
}

// === impl Scanner ===

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8], mode: LexMode) -> Result<Self, LexError> {
        if u32::try_from(text.len()).is_err() {
            return Err(LexError { offset: u32::MAX, message: "the statement is longer than 4 GiB" });
        }
        Ok(Self { text, mode, at: 0, versioned: false, after_point: false, after_word: false })
    }

    /// The next token; `End` again and again at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Token, LexError> {
        let before = self.at;
        while self.text.get(self.at).is_some_and(|&byte| class(byte) == Class::Space) {
            self.at += 1;
        }
        let start = self.at;
        let joined = std::mem::take(&mut self.after_word) && start == before;
        let after_point = std::mem::take(&mut self.after_point);
        let kind = match self.text.get(start) {
            None => self.end()?,
            Some(&byte) => match class(byte) {
                Class::Letter => self.word(byte, after_point)?,
                Class::Digit => self.number_or_name(after_point && start == before),
                _ => self.other(byte, joined)?,
            },
        };
        self.after_word = kind == TokenKind::Word;
        Ok(Token { kind, span: Span { start: place(start), end: place(self.at) } })
    }

    fn end(&self) -> Result<TokenKind, LexError> {
        if self.versioned {
            return Err(self.error(self.at, "a comment is not closed"));
        }
        Ok(TokenKind::End)
    }

    fn error(&self, at: usize, message: &'static str) -> LexError {
        LexError { offset: place(at.min(self.text.len())), message }
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_name(&mut self) {
        while self.text.get(self.at).is_some_and(|&byte| is_name_byte(byte)) {
            self.at += 1;
        }
    }

    /// A word, or a literal that begins like one.
    #[inline]
    fn word(&mut self, first: u8, after_point: bool) -> Result<TokenKind, LexError> {
        let start = self.at;
        self.skip_name();
        if after_point {
            return Ok(TokenKind::Word);
        }
        match (first | 0x20, self.at - start) {
            (b'n', 1) if self.peek(0) == b'\'' => {
                self.strings()?;
                Ok(TokenKind::Literal(LiteralKind::IntroducedString))
            }
            (b'x', 1) if self.peek(0) == b'\'' => self.digits_in_quotes(LiteralKind::Hex),
            (b'b', 1) if self.peek(0) == b'\'' => self.digits_in_quotes(LiteralKind::Bit),
            (b'd', 4) | (b't', 4 | 9) => self.typed_temporal(start),
            _ if first == b'_' => self.introduced(start),
            _ => Ok(TokenKind::Word),
        }
    }

    /// DATE, TIME or TIMESTAMP and a string are one literal.
    fn typed_temporal(&mut self, start: usize) -> Result<TokenKind, LexError> {
        let word = self.text.get(start..self.at).unwrap_or_default();
        if ![&b"date"[..], b"time", b"timestamp"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
            return Ok(TokenKind::Word);
        }
        let quote = self.after_space();
        if !self.is_string_quote(quote) {
            return Ok(TokenKind::Word);
        }
        self.at = quote + 1;
        self.quoted(self.text.get(quote).copied().unwrap_or(0), quote)?;
        Ok(TokenKind::Literal(LiteralKind::Temporal))
    }

    /// `_utf8mb4'x'`, `_binary x'00'`, `_latin1 0xE9`.
    fn introduced(&mut self, start: usize) -> Result<TokenKind, LexError> {
        if !is_introducer(self.text.get(start..self.at).unwrap_or_default()) {
            return Ok(TokenKind::Word);
        }
        let word_end = self.at;
        self.at = self.after_space();
        if self.is_string_quote(self.at) {
            self.strings()?;
            return Ok(TokenKind::Literal(LiteralKind::IntroducedString));
        }
        let kind = match (self.peek(0), self.peek(1)) {
            (b'x' | b'X', b'\'') => {
                self.at += 1;
                self.digits_in_quotes(LiteralKind::Hex)?
            }
            (b'b' | b'B', b'\'') => {
                self.at += 1;
                self.digits_in_quotes(LiteralKind::Bit)?
            }
            (b'0', b'x' | b'b') => self.number_or_name(false),
            _ => TokenKind::Word,
        };
        if kind == TokenKind::Word {
            self.at = word_end;
            return Ok(TokenKind::Word);
        }
        Ok(TokenKind::Literal(LiteralKind::IntroducedString))
    }

    fn after_space(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at + rest.iter().position(|&byte| class(byte) != Class::Space).unwrap_or(rest.len())
    }

    fn is_string_quote(&self, at: usize) -> bool {
        match self.text.get(at) {
            Some(b'\'') => true,
            Some(b'"') => !self.mode.ansi_quotes,
            _ => false,
        }
    }

    /// One string, or several with only space between: they are one literal.
    fn strings(&mut self) -> Result<(), LexError> {
        loop {
            let open = self.at;
            self.at += 1;
            self.quoted(self.text.get(open).copied().unwrap_or(0), open)?;
            let next = self.after_space();
            if !self.is_string_quote(next) {
                return Ok(());
            }
            self.at = next;
        }
    }

    /// The rest of a quoted text; `at` is behind the opening quote.
    fn quoted(&mut self, quote: u8, open: usize) -> Result<(), LexError> {
        let escapes = quote != b'`' && !self.mode.no_backslash_escapes && !(quote == b'"' && self.mode.ansi_quotes);
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let found = if escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
            let Some(found) = found else { return Err(self.error(open, "a quote is not closed")) };
            if rest.get(found) == Some(&b'\\') {
                self.at += found + 2;
                if self.at > self.text.len() {
                    return Err(self.error(open, "a quote is not closed"));
                }
            } else if rest.get(found + 1) == Some(&quote) {
                self.at += found + 2;
            } else {
                self.at += found + 1;
                return Ok(());
            }
        }
    }

    /// `x'0aff'`, `b'0101'`; `at` is on the quote.
    fn digits_in_quotes(&mut self, kind: LiteralKind) -> Result<TokenKind, LexError> {
        let open = self.at;
        let rest = self.text.get(open + 1..).unwrap_or_default();
        let Some(length) = memchr(b'\'', rest) else { return Err(self.error(open, "a quote is not closed")) };
        let digits = rest.get(..length).unwrap_or_default();
        let good = match kind {
            LiteralKind::Hex => length % 2 == 0 && digits.iter().all(u8::is_ascii_hexdigit),
            _ => digits.iter().all(|digit| matches!(digit, b'0' | b'1')),
        };
        if !good {
            return Err(self.error(open, "a malformed hexadecimal or bit literal"));
        }
        self.at = open + length + 2;
        Ok(TokenKind::Literal(kind))
    }

    /// A number, or a name that begins with a digit (after a point, `t.1e3`, always a name).
    fn number_or_name(&mut self, after_point: bool) -> TokenKind {
        if after_point {
            self.skip_name();
            return TokenKind::Word;
        }
        let start = self.at;
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'b') {
            let hex = self.peek(1) == b'x';
            self.skip_name();
            let digits = self.text.get(start + 2..self.at).unwrap_or_default();
            let good = !digits.is_empty()
                && if hex {
                    digits.iter().all(u8::is_ascii_hexdigit)
                } else {
                    digits.iter().all(|digit| matches!(digit, b'0' | b'1'))
                };
            return match (good, hex) {
                (false, _) => TokenKind::Word,
                (true, true) => TokenKind::Literal(LiteralKind::Hex),
                (true, false) => TokenKind::Literal(LiteralKind::Bit),
            };
        }
        self.skip_digits();
        if self.peek(0) == b'.' {
            self.at += 1;
            return self.fraction();
        }
        if self.peek(0) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.skip_digits();
                return TokenKind::Literal(LiteralKind::Float);
            }
        }
        if is_name_byte(self.peek(0)) {
            self.skip_name();
            return TokenKind::Word;
        }
        TokenKind::Literal(LiteralKind::Int)
    }

    fn skip_digits(&mut self) {
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
    }

    /// What follows a number's point.
    fn fraction(&mut self) -> TokenKind {
        self.skip_digits();
        if self.peek(0) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.skip_digits();
                return TokenKind::Literal(LiteralKind::Float);
            }
            // MySQL reads no number in `1.5e`; a byte of its own makes the parser refuse it.
            return TokenKind::Punct(b'.');
        }
        TokenKind::Literal(LiteralKind::Decimal)
    }

    /// Everything that starts with neither a letter nor a digit.
    fn other(&mut self, byte: u8, joined: bool) -> Result<TokenKind, LexError> {
        let next = self.peek(1);
        let start = self.at;
        match (byte, next) {
            (b'\'', _) => {
                self.strings()?;
                Ok(TokenKind::Literal(LiteralKind::String))
            }
            (b'"', _) if !self.mode.ansi_quotes => {
                self.strings()?;
                Ok(TokenKind::Literal(LiteralKind::String))
            }
            (b'`' | b'"', _) => {
                self.at += 1;
                self.quoted(byte, start)?;
                Ok(TokenKind::Quoted)
            }
            (b'?', _) => self.take(1, TokenKind::Literal(LiteralKind::Param)),
            (b'.', b'0'..=b'9') if !joined => {
                self.at += 1;
                Ok(self.fraction())
            }
            (b'.', _) => {
                self.after_point = true;
                self.take(1, TokenKind::Punct(b'.'))
            }
            (b'@', _) => self.variable(),
            (b'#', _) => self.line_comment(),
            (b'-', b'-') if self.text.get(start + 2).is_none_or(|&byte| byte <= b' ' || byte == 0x7f) => {
                self.line_comment()
            }
            (b'/', b'*') => self.comment(),
            (b'/', b'!') if self.tddl_at(start + 2) => self.block(TokenKind::TddlHint),
            (b'*', b'/') if self.versioned => {
                self.versioned = false;
                self.take(2, TokenKind::VersionClose)
            }
            _ => self.operator(byte, next),
        }
    }

    fn take(&mut self, length: usize, kind: TokenKind) -> Result<TokenKind, LexError> {
        self.at += length;
        Ok(kind)
    }

    fn operator(&mut self, byte: u8, next: u8) -> Result<TokenKind, LexError> {
        let (length, kind) = match (byte, next) {
            (b'<', b'=') if self.peek(2) == b'>' => (3, TokenKind::NullSafeEq),
            (b'<', b'=') => (2, TokenKind::Le),
            (b'<', b'>') | (b'!', b'=') => (2, TokenKind::Ne),
            (b'<', b'<') => (2, TokenKind::ShiftLeft),
            (b'>', b'=') => (2, TokenKind::Ge),
            (b'>', b'>') => (2, TokenKind::ShiftRight),
            (b'|', b'|') => (2, TokenKind::OrOr),
            (b'&', b'&') => (2, TokenKind::AndAnd),
            (b':', b'=') => (2, TokenKind::Assign),
            (b'-', b'>') if self.peek(2) == b'>' => (3, TokenKind::LongArrow),
            (b'-', b'>') => (2, TokenKind::Arrow),
            _ => (1, TokenKind::Punct(byte)),
        };
        self.take(length, kind)
    }

    /// `@a`, `@'a'`, `@@a`, `@@session.a`, or a bare `@`.
    fn variable(&mut self) -> Result<TokenKind, LexError> {
        let system = self.peek(1) == b'@';
        self.at += 1 + usize::from(system);
        let start = self.at;
        loop {
            match self.peek(0) {
                quote @ (b'`' | b'\'' | b'"') if quote == b'`' || !system => {
                    let open = self.at;
                    self.at += 1;
                    self.quoted(quote, open)?;
                    if !system {
                        break;
                    }
                }
                b'.' => self.at += 1,
                byte if is_name_byte(byte) => self.at += 1,
                _ => break,
            }
        }
        if system && start == self.at {
            return Err(self.error(start, "a system variable without a name"));
        }
        Ok(match (system, self.at > start) {
            (true, _) => TokenKind::SystemVariable,
            (false, true) => TokenKind::UserVariable,
            (false, false) => TokenKind::Punct(b'@'),
        })
    }

    fn line_comment(&mut self) -> Result<TokenKind, LexError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += memchr(b'\n', rest).unwrap_or(rest.len());
        Ok(TokenKind::Comment)
    }

    fn tddl_at(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        let Some((b'+', rest)) = rest.split_first() else { return false };
        let space = rest.iter().take_while(|&&byte| class(byte) == Class::Space).count();
        // `TDDL({…})`, an older form, is read as a hint too: it says where a statement goes.
        let word = |word: &[u8]| word.eq_ignore_ascii_case(b"TDDL:") || word.eq_ignore_ascii_case(b"TDDL(");
        rest.get(space..space + 5).is_some_and(word)
    }

    /// A comment whose mark is three bytes long at most; the cursor goes behind its end.
    fn block(&mut self, kind: TokenKind) -> Result<TokenKind, LexError> {
        let rest = self.text.get(self.at + 2..).unwrap_or_default();
        match memmem::find(rest, b"*/") {
            Some(length) => self.take(length + 4, kind),
            None => Err(self.error(self.at, "a comment is not closed")),
        }
    }

    fn comment(&mut self) -> Result<TokenKind, LexError> {
        match self.peek(2) {
            b'+' if self.tddl_at(self.at + 2) => self.block(TokenKind::TddlHint),
            b'+' => self.block(TokenKind::OptimizerHint),
            b'M' if self.peek(3) == b'!' => self.conditional(),
            b'!' => self.versioned(),
            _ => self.block(TokenKind::Comment),
        }
    }

    /// `/*! … */` and `/*!40100 … */` are SQL to every server; from 5.7.0 on it depends on the server.
    fn versioned(&mut self) -> Result<TokenKind, LexError> {
        let digits = (3..9).take_while(|&ahead| self.peek(ahead).is_ascii_digit()).count();
        let mark = if digits < 5 { 3 } else { 3 + digits };
        let version = (3..mark).fold(0, |number: u32, ahead| number * 10 + u32::from(self.peek(ahead) & 0x0f));
        if version >= FIRST_CONDITIONAL_VERSION {
            return self.conditional();
        }
        if self.versioned {
            return Err(self.error(self.at, "a versioned comment inside another"));
        }
        self.versioned = true;
        self.take(mark, TokenKind::VersionOpen)
    }

    /// Taken as a whole. Where a comment is nested in it, servers differ about its end.
    fn conditional(&mut self) -> Result<TokenKind, LexError> {
        let start = self.at;
        self.block(TokenKind::Conditional)?;
        let inside = self.text.get(start + 2..self.at).unwrap_or_default();
        if memmem::find(inside, b"/*").is_some() {
            return Err(self.error(start, "a comment inside a versioned comment"));
        }
        // `/*M!999999\- enable the sandbox mode */` begins what mariadb-dump writes.
        let inside = inside.strip_prefix(b"M").unwrap_or(inside);
        let of_none = inside.strip_prefix(b"!").is_some_and(|inside| inside.starts_with(NO_VERSION));
        Ok(if of_none { TokenKind::Comment } else { TokenKind::Conditional })
    }
}
