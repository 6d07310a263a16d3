//! Texts that differ from one that has been lexed in whole numbers and plain strings only.
//!
//! Applications send the same few texts with other values. Such a text is compared with the one before instead of being
//! lexed: what stands between its literals is the same byte for byte, and each literal is again digits, or a string in
//! the same quotes without a quote or a backslash inside. The scanner decides where a token ends by its own bytes and the
//! one behind it, and both are alike, so all tokens are: the answer is what [`super::lex`] would give.

use memchr::{memchr, memchr2};

use super::ast::LiteralKind;
use super::scan::{is_name_byte, place};
use super::{Hole, HoleKind, Lexed, Literal, Span};

/// Longer texts are not compared: lexing them is little beside running them.
pub const LONGEST: usize = 1024;

/// Texts with more literals are no templates.
const MOST_LITERALS: usize = 16;

/// Whether texts may be compared with this one.
pub fn is_template(text: &[u8], lexed: &Lexed) -> bool {
    let plain = |hole: &Hole| hole.kind == HoleKind::Literal;
    let same = |literal: &Literal| {
        let span = bounds(literal.span).and_then(|(start, end)| text.get(start..end));
        span.is_some_and(|span| length_of(literal.kind, span.first().copied(), span) == Some(span.len()))
    };
    text.len() <= LONGEST
        && lexed.params == 0
        && lexed.hint.is_none()
        && lexed.rows.is_empty()
        && lexed.literals.len() <= MOST_LITERALS
        && lexed.holes.len() == lexed.literals.len()
        && lexed.holes.iter().all(plain)
        && lexed.literals.iter().all(same)
}

/// Lexes a text by comparing it with a template; false when they differ in more than their literals, and then nothing is
/// said of the text.
pub fn lex_alike(template: &[u8], lexed: &Lexed, text: &[u8], into: &mut Lexed) -> bool {
    into.clear();
    let (mut before, mut at) = (0, 0);
    for (hole, literal) in lexed.holes.iter().zip(&lexed.literals) {
        let Some((start, end)) = bounds(literal.span) else { return false };
        let between = template.get(before..start).unwrap_or_default();
        let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(between)) else { return false };
        let Some(length) = length_of(literal.kind, template.get(start).copied(), rest) else { return false };
        at += between.len();
        let span = Span { start: place(at), end: place(at + length) };
        into.holes.push(Hole { text: span, ..*hole });
        into.literals.push(Literal { span, ..*literal });
        at += length;
        before = end;
    }
    if text.get(at..) != template.get(before..) {
        return false;
    }
    into.normal.extend_from_slice(&lexed.normal);
    into.kind = lexed.kind;
    true
}

/// A number that is equal for texts which are alike, and most likely not for others: of a string only its first quote
/// counts, and of a number that it is one.
pub fn fingerprint(text: &[u8]) -> u64 {
    let mut hash = 0;
    let mut in_name = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (word, length) = next_word(rest);
        // Eight bytes at once, up to the first that may begin a literal.
        let plain = first_mark(marks(word)).min(length);
        let (before, behind) = rest.split_at(plain);
        if let Some(last) = before.last() {
            hash = mixed(hash, first_bytes(word, plain));
            in_name = is_name_byte(*last);
        }
        rest = behind;
        if plain == length {
            continue;
        }
        match behind {
            [quote @ (b'\'' | b'"'), inside @ ..] => {
                hash = mixed(hash, u64::from(*quote));
                let closed = memchr(*quote, inside).and_then(|at| inside.get(at + 1..));
                (rest, in_name) = (closed.unwrap_or_default(), false);
            }
            [digit, more @ ..] if in_name => {
                hash = mixed(hash, u64::from(*digit));
                rest = more;
            }
            [_, more @ ..] => {
                hash = mixed(hash, u64::from(b'0'));
                (rest, in_name) = (more, true);
                while let [b'0'..=b'9', behind @ ..] = rest {
                    rest = behind;
                }
            }
            [] => {}
        }
    }
    hash
}

/// The place that a fingerprint has among 256.
pub fn place_of(print: u64) -> usize {
    // The upper bits of a product depend on all bits.
    usize::try_from(mixed(print, 0) >> 56).unwrap_or_default()
}

/// Mixes eight bytes into a hash.
pub fn mixed(hash: u64, word: u64) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR)
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const TOP_BITS: u64 = ONES << 7;

/// The first eight bytes, with zeros behind the end of the text, and how many there are.
fn next_word(text: &[u8]) -> (u64, usize) {
    if let Some(word) = text.first_chunk() {
        return (u64::from_le_bytes(*word), 8);
    }
    let word = text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    (word, text.len())
}

/// The top bit of each byte that is a digit or a quote, up to the first one; further bits mean nothing.
fn marks(word: u64) -> u64 {
    // A byte that is less than `limit` borrows from its top bit, and from nobody's before it.
    let less = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & TOP_BITS;
    let same = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    less(word ^ (ONES * u64::from(b'0')), 10) | same(b'\'') | same(b'"')
}

/// How many bytes come before the first mark.
fn first_mark(marks: u64) -> usize {
    usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default()
}

/// The first `count` bytes of a word.
fn first_bytes(word: u64, count: usize) -> u64 {
    if count < 8 { word & !(u64::MAX << (8 * count)) } else { word }
}

/// How long a literal at the start of some text is, if it is one that may be replaced; `quote` is how it begins.
fn length_of(kind: LiteralKind, quote: Option<u8>, text: &[u8]) -> Option<usize> {
    match (kind, quote) {
        (LiteralKind::Int, _) => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0).then_some(digits)
        }
        (LiteralKind::String, Some(quote @ (b'\'' | b'"'))) => {
            let inside = text.strip_prefix(&[quote])?;
            let end = memchr2(quote, b'\\', inside)?;
            (inside.get(end) == Some(&quote)).then_some(end + 2)
        }
        _ => None,
    }
}

fn bounds(span: Span) -> Option<(usize, usize)> {
    Some((usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sql::{LexMode, lex};

    fn lexed(text: &[u8], mode: LexMode) -> Option<Lexed> {
        let mut into = Lexed::default();
        lex(text, mode, &mut into).ok().map(|()| into)
    }

    /// Whether `text` is taken for one like `template`; what is said of it is what the lexer says.
    fn alike(template: &[u8], text: &[u8], mode: LexMode) -> bool {
        let Some(known) = lexed(template, mode).filter(|known| is_template(template, known)) else { return false };
        let mut into = Lexed::default();
        let alike = lex_alike(template, &known, text, &mut into);
        if alike {
            assert_eq!(Some(into), lexed(text, mode), "{}", String::from_utf8_lossy(text));
            assert_eq!(fingerprint(template), fingerprint(text), "{}", String::from_utf8_lossy(text));
        }
        alike
    }

    #[track_caller]
    fn check(template: &str, text: &str, expected: bool) {
        assert_eq!(alike(template.as_bytes(), text.as_bytes(), LexMode::default()), expected, "{template} / {text}");
    }

    #[test]
    fn numbers_and_strings_may_differ() {
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=12345", true);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t2 WHERE id=5", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=5.5", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=0x5", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=5e5", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id=5 ", false);
        check("SELECT c FROM t1 WHERE id=5", "SELECT c FROM t1 WHERE id='5'", false);
        check("UPDATE t SET c='a', k=1 WHERE id=2", "UPDATE t SET c='', k=10 WHERE id=0", true);
        check("UPDATE t SET c='a' WHERE id=2", "UPDATE t SET c='a\\'' WHERE id=2", false);
        check("UPDATE t SET c='a' WHERE id=2", "UPDATE t SET c='a''b' WHERE id=2", false);
        check("UPDATE t SET c='a' WHERE id=2", "UPDATE t SET c=\"a\" WHERE id=2", false);
        check("UPDATE t SET c=\"a'\" WHERE id=2", "UPDATE t SET c=\"''\" WHERE id=2", true);
        check("SELECT 'a' 'b'", "SELECT 'x' 'b'", false);
        check("SELECT N'a'", "SELECT N'b'", false);
        check("SELECT x'41'", "SELECT x'42'", false);
        check("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b')", true);
        check("INSERT INTO t VALUES (1), (2)", "INSERT INTO t VALUES (3), (4)", false);
        check("SELECT 1 /*+TDDL:master()*/", "SELECT 2 /*+TDDL:master()*/", false);
        check("SELECT 1 /* 1 */", "SELECT 2 /* 1 */", false);
        check("SELECT a FROM t WHERE k IN (1, 2)", "SELECT a FROM t WHERE k IN (3, 4)", false);
        check("SELECT a FROM t WHERE k IN (1)", "SELECT a FROM t WHERE k IN (3)", true);
        check("SELECT -1, 1-1, 1.5 FROM t", "SELECT -2, 3-4, 1.5 FROM t", false);
        check("SELECT -1, 1-1 FROM t", "SELECT -2, 3-40 FROM t", true);
    }

    fn pieces() -> impl Strategy<Value = Vec<(usize, String, String)>> {
        let piece = (0..24_usize, "[0-9]{0,3}", "[a\\\\'\" 0-9.e]{0,3}");
        proptest::collection::vec(piece, 1..8)
    }

    fn text(pieces: &[(usize, String, String)]) -> String {
        const WORDS: [&str; 19] = [
            " id=", "t1", " ", ",", "(", ")", " IN (", ".", "-", "+", "e", "x", "@", " AS ", " LIKE ", "/*", "*/",
            "_utf8", "b",
        ];
        let mut text = "SELECT".to_owned();
        for (word, digits, string) in pieces {
            match *word {
                at if at < WORDS.len() => text.push_str(WORDS.get(at).copied().unwrap_or_default()),
                19 => text.push_str(&format!("'{string}'")),
                20 => text.push_str(&format!("\"{string}\"")),
                _ => text.push_str(digits),
            }
        }
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Whatever is taken for alike is what the lexer says of it.
        #[test]
        fn says_what_the_lexer_says(
            known in pieces(), digits in "[0-9]{0,4}", string in "[a\\\\'\" ]{0,2}", raw in any::<bool>(), ansi in any::<bool>()
        ) {
            let mode = LexMode { ansi_quotes: ansi, no_backslash_escapes: raw, pipes_as_concat: false };
            let mut other = known.clone();
            for piece in &mut other {
                piece.1.clone_from(&digits);
                piece.2.clone_from(&string);
            }
            let (known, other) = (text(&known), text(&other));
            alike(known.as_bytes(), other.as_bytes(), mode);
            alike(other.as_bytes(), known.as_bytes(), mode);
        }
    }

    #[test]
    fn other_texts_have_other_fingerprints() {
        let texts = ["SELECT c FROM t1 WHERE id=5", "SELECT c FROM t2 WHERE id=5", "SELECT c FROM t1 WHERE id='5'"];
        let mut prints: Vec<u64> = texts.iter().map(|text| fingerprint(text.as_bytes())).collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), texts.len());
    }

    #[test]
    fn a_template_is_like_itself() {
        let (text, mode) = (b"SELECT c FROM t WHERE id=5 AND d='x'", LexMode::default());
        let known = lexed(text, mode).unwrap();
        let mut into = Lexed::default();
        assert!(lex_alike(text, &known, text, &mut into));
        assert_eq!(into, known);
    }
}
