//! A lexed literal as a value.

use std::borrow::Cow;

use super::ast::LiteralKind;
use super::scan::is_introducer;
use super::{LexMode, Literal};
use crate::value::{DateTime, Time, Value};

/// A literal that is not what its class says: a malformed date, too large an exponent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct LiteralError {
    /// Where.
    pub offset: u32,
    /// What is wrong.
    pub message: &'static str,
}

/// The value of a literal; a parameter has none and is an error. TRUE and FALSE are 1 and 0, a bit literal is the bytes
/// that it stands for, an introduced string its bytes as written ([`charset`] names their charset).
///
/// # Errors
/// Malformed literals.
pub fn value<'t>(text: &'t [u8], literal: &Literal, mode: LexMode) -> Result<Value<'t>, LiteralError> {
    let error = |message| LiteralError { offset: literal.span.start, message };
    let bytes = bytes(text, literal).ok_or_else(|| error("a literal outside its text"))?;
    match literal.kind {
        LiteralKind::Null => Ok(Value::Null),
        LiteralKind::True => Ok(Value::Int(1)),
        LiteralKind::False => Ok(Value::Int(0)),
        LiteralKind::Int => integer(bytes).ok_or_else(|| error("a malformed number")),
        LiteralKind::Decimal => decimal(bytes).ok_or_else(|| error("a malformed number")),
        LiteralKind::Float => match ascii(bytes).and_then(|text| text.parse::<f64>().ok()) {
            Some(number) if number.is_finite() => Ok(Value::Double(number)),
            _ => Err(error("a number out of range")),
        },
        LiteralKind::String => Ok(Value::Bytes(unescape(bytes, mode))),
        LiteralKind::IntroducedString => {
            introduced(bytes, mode).map(Value::Bytes).ok_or_else(|| error("a malformed string"))
        }
        LiteralKind::Hex => hex(bytes).map(Value::Bytes).ok_or_else(|| error("a malformed hexadecimal literal")),
        LiteralKind::Bit => bits(bytes).map(Value::Bytes).ok_or_else(|| error("a malformed bit literal")),
        LiteralKind::Temporal => {
            temporal(bytes, mode).ok_or_else(|| error("a malformed DATE, TIME or TIMESTAMP literal"))
        }
        LiteralKind::Param => Err(error("a parameter is not a literal")),
    }
}

/// The charset that an introduced string names, lower case, without the underscore; `utf8` for `N'…'`.
pub fn charset(text: &[u8], literal: &Literal) -> Option<String> {
    if literal.kind != LiteralKind::IntroducedString {
        return None;
    }
    let (word, _) = split_introducer(bytes(text, literal)?)?;
    match word {
        b"N" | b"n" => Some("utf8".to_owned()),
        _ => ascii(word.get(1..)?).map(str::to_ascii_lowercase),
    }
}

/// The bytes that a string literal stands for: quotes, escapes and the space between adjacent strings removed.
pub fn unescape(literal: &[u8], mode: LexMode) -> Cow<'_, [u8]> {
    let quote = literal.first().copied().unwrap_or(0);
    let inside = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let plain = !inside.contains(&quote) && (mode.no_backslash_escapes || !inside.contains(&b'\\'));
    if plain {
        return Cow::Borrowed(inside);
    }
    let mut out = Vec::with_capacity(inside.len());
    let mut open = None;
    let mut at = 0;
    while let Some(&byte) = literal.get(at) {
        let next = literal.get(at + 1).copied();
        at += 1;
        match open {
            None => open = Some(byte).filter(|byte| matches!(byte, b'\'' | b'"')),
            Some(quote) if byte == quote && next == Some(quote) => {
                out.push(quote);
                at += 1;
            }
            Some(quote) if byte == quote => open = None,
            Some(_) if byte == b'\\' && !mode.no_backslash_escapes => {
                escaped(next.unwrap_or(b'\\'), &mut out);
                at += 1;
            }
            Some(_) => out.push(byte),
        }
    }
    Cow::Owned(out)
}

/// What a backslash and a byte stand for. `\%` and `\_` keep their backslash: they are for LIKE.
fn escaped(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'0' => out.push(0),
        b'b' => out.push(8),
        b'n' => out.push(b'\n'),
        b'r' => out.push(b'\r'),
        b't' => out.push(b'\t'),
        b'Z' => out.push(0x1a),
        b'%' | b'_' => out.extend([b'\\', byte]),
        other => out.push(other),
    }
}

fn bytes<'t>(text: &'t [u8], literal: &Literal) -> Option<&'t [u8]> {
    text.get(usize::try_from(literal.span.start).ok()?..usize::try_from(literal.span.end).ok()?)
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn integer(bytes: &[u8]) -> Option<Value<'_>> {
    let digits = ascii(bytes)?;
    if let Ok(number) = digits.parse::<i64>() {
        return Some(Value::Int(number));
    }
    if let Ok(number) = digits.parse::<u64>() {
        return Some(Value::UInt(number));
    }
    let digits = digits.trim_start_matches('0');
    (!digits.is_empty()).then_some(Value::Decimal(Cow::Borrowed(digits)))
}

/// `.5` is written `0.5`, `1.` is written `1`.
fn decimal(bytes: &[u8]) -> Option<Value<'_>> {
    let text = ascii(bytes)?;
    if let Some(whole) = text.strip_suffix('.') {
        return Some(Value::Decimal(Cow::Borrowed(whole)));
    }
    if text.starts_with('.') {
        return Some(Value::Decimal(Cow::Owned(format!("0{text}"))));
    }
    Some(Value::Decimal(Cow::Borrowed(text)))
}

/// The word before an introduced literal, and the literal.
fn split_introducer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = match bytes.first()? {
        b'_' => bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count(),
        _ => 1,
    };
    let (word, rest) = bytes.split_at_checked(length)?;
    (length == 1 || is_introducer(word)).then(|| (word, rest.trim_ascii_start()))
}

fn introduced(bytes: &[u8], mode: LexMode) -> Option<Cow<'_, [u8]>> {
    let (_, rest) = split_introducer(bytes)?;
    match rest.first()? {
        b'\'' | b'"' => Some(unescape(rest, mode)),
        b'x' | b'X' => hex(rest),
        b'0' if rest.get(1) == Some(&b'x') => hex(rest),
        _ => bits(rest),
    }
}

/// The digits of `x'…'` and `0x…`, `b'…'` and `0b…`.
fn digits(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.get(2..)?;
    if bytes.get(1) == Some(&b'\'') { rest.strip_suffix(b"'") } else { Some(rest) }
}

fn hex(bytes: &[u8]) -> Option<Cow<'static, [u8]>> {
    packed(digits(bytes)?, 2, 16)
}

fn bits(bytes: &[u8]) -> Option<Cow<'static, [u8]>> {
    packed(digits(bytes)?, 8, 2)
}

/// Digits packed into bytes, the first byte perhaps short.
fn packed(digits: &[u8], per_byte: usize, radix: u32) -> Option<Cow<'static, [u8]>> {
    let (head, rest) = digits.split_at_checked(digits.len() % per_byte)?;
    let byte = |chunk: &[u8]| u8::from_str_radix(ascii(chunk)?, radix).ok();
    let head = if head.is_empty() { None } else { Some(byte(head)?) };
    let rest = rest.chunks(per_byte).map(byte);
    head.into_iter().map(Some).chain(rest).collect::<Option<Vec<u8>>>().map(Cow::Owned)
}

// --- typed temporals ---

fn temporal(bytes: &[u8], mode: LexMode) -> Option<Value<'static>> {
    let quote = bytes.iter().position(|byte| matches!(byte, b'\'' | b'"'))?;
    let (word, string) = bytes.split_at_checked(quote)?;
    let inside = unescape(string, mode);
    let inside = ascii(&inside)?.trim();
    match word.trim_ascii_end().to_ascii_lowercase().as_slice() {
        b"date" => date(inside).map(Value::DateTime),
        b"time" => time(inside).map(Value::Time),
        _ => date_time(inside).map(Value::DateTime),
    }
}

fn number<T: std::str::FromStr>(digits: &str, most: usize) -> Option<T> {
    let good = !digits.is_empty() && digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good { digits.parse().ok() } else { None }
}

/// `2024-01-31`, in the strict form only: looser forms are left to the backend.
fn date(text: &str) -> Option<DateTime> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let date =
        DateTime { year: number(year, 4)?, month: number(month, 2)?, day: number(day, 2)?, ..DateTime::default() };
    (date.month <= 12 && date.day <= 31).then_some(date)
}

fn date_time(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once([' ', 'T'])?;
    let clock = time(clock.trim_start())?;
    let hour = u8::try_from(clock.hours).ok().filter(|hour| *hour <= 23)?;
    let date = date(day)?;
    (!clock.negative).then_some(DateTime {
        hour,
        minute: clock.minutes,
        second: clock.seconds,
        micros: clock.micros,
        ..date
    })
}

/// `[-]hours:minutes[:seconds[.fraction]]`.
fn time(text: &str) -> Option<Time> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?, 3)?, number(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), |seconds| number(seconds, 2))?;
    let micros = if fraction.is_empty() { 0 } else { number::<u32>(&format!("{fraction:0<6}"), 6)? };
    let good = parts.next().is_none() && hours <= 838 && minutes <= 59 && seconds <= 59;
    good.then_some(Time { negative, hours, minutes, seconds, micros })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
#[path = "literal_tests.rs"]
mod tests;
