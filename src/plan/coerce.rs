//! Values as a shard-key column sees them: compared in a condition, or stored by a write.
//!
//! Always holds: a conversion is exact or there is none. A comparison without one widens the route to all nodes; a
//! write without one is refused. Never: rounding, guessing a charset, reading `12abc` as 12.

use std::borrow::Cow;

use super::operand::Given;
use crate::rule::{KeyForm, KeyValue};
use crate::sql::ast::LiteralKind;
use crate::value::{Collation, ColumnKind, DateTime, Value};

/// Integers below are told apart by a DOUBLE: strings from here on may be compared as DOUBLE by the server, which takes
/// this one and the next for equal.
const EXACT_IN_DOUBLE: i128 = 1 << 53;

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is compared with the column.
    Compare,
    /// It is stored into the column.
    Store,
}

/// How a column's values are handed to the rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyColumn<'c> {
    /// Its type; None when the catalog could not read it.
    pub(super) kind: Option<&'c ColumnKind>,
    /// Whether strings go in as they are.
    pub(super) form: KeyForm,
    /// Whether the session's strings are UTF-8.
    pub(super) utf8: bool,
}

/// The value that the rule takes, or None when there is no exact one.
pub(super) fn key_value<'a>(given: &Given<'a>, column: KeyColumn<'_>, purpose: Purpose) -> Option<KeyValue<'a>> {
    if matches!(given.value, Value::Null) {
        let text = matches!(column.kind, Some(ColumnKind::Text { .. }));
        return Some(if text { KeyValue::NULL_TEXT } else { KeyValue::Null });
    }
    if matches!(given.kind, LiteralKind::Hex | LiteralKind::Bit | LiteralKind::IntroducedString) {
        return None;
    }
    match column.kind {
        None => unknown(&given.value, column),
        Some(ColumnKind::Int { bytes, unsigned }) => {
            let value = integer(&given.value, purpose)?;
            in_range(value, *bytes, *unsigned, purpose).then_some(KeyValue::Int(value))
        }
        Some(ColumnKind::Decimal { scale, .. }) => decimal(&given.value, *scale),
        Some(ColumnKind::Text { collation }) => text(&given.value, column, collation, purpose),
        Some(ColumnKind::Binary) => match &given.value {
            Value::Bytes(bytes) => Some(KeyValue::Bytes(bytes.clone())),
            _ => None,
        },
        Some(ColumnKind::Date) => date_time(&given.value)
            .filter(|d| d.hour == 0 && d.minute == 0 && d.second == 0 && d.micros == 0)
            .map(KeyValue::DateTime),
        Some(ColumnKind::DateTime { .. }) => date_time(&given.value).filter(|d| d.micros == 0).map(KeyValue::DateTime),
        Some(_) => None,
    }
}

/// Without a catalog, integers are taken for integers and strings for strings.
fn unknown<'a>(value: &Value<'a>, column: KeyColumn<'_>) -> Option<KeyValue<'a>> {
    match value {
        Value::Int(n) => Some(KeyValue::Int(i128::from(*n))),
        Value::UInt(n) => Some(KeyValue::Int(i128::from(*n))),
        Value::Bytes(bytes) => utf8(bytes, column.utf8).map(KeyValue::Text),
        Value::DateTime(d) => Some(KeyValue::DateTime(*d)),
        Value::Null | Value::Decimal(_) | Value::Double(_) | Value::Time(_) => None,
    }
}

fn integer(value: &Value<'_>, purpose: Purpose) -> Option<i128> {
    match value {
        Value::Int(n) => Some(i128::from(*n)),
        Value::UInt(n) => Some(i128::from(*n)),
        Value::Decimal(digits) => {
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            fraction.bytes().all(|b| b == b'0').then(|| whole.parse().ok()).flatten()
        }
        Value::Bytes(bytes) => {
            let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
            let plain = !digits.is_empty() && digits.len() <= 20 && digits.iter().all(u8::is_ascii_digit);
            let value: i128 = plain.then(|| std::str::from_utf8(bytes).ok()?.parse().ok()).flatten()?;
            (purpose == Purpose::Store || value.abs() < EXACT_IN_DOUBLE).then_some(value)
        }
        Value::Null | Value::Double(_) | Value::DateTime(_) | Value::Time(_) => None,
    }
}

/// A stored value must fit the column, or the server would store another one; a compared one need not.
fn in_range(value: i128, bytes: u8, unsigned: bool, purpose: Purpose) -> bool {
    let bits = u32::from(bytes.clamp(1, 8)) * 8;
    let (least, most) =
        if unsigned { (0, (1_i128 << bits) - 1) } else { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) };
    purpose == Purpose::Compare || (least..=most).contains(&value)
}

/// A DECIMAL in one normal form: no needless zeros, and no more digits after the point than the column keeps.
fn decimal<'a>(value: &Value<'a>, scale: u8) -> Option<KeyValue<'a>> {
    let digits: Cow<'_, str> = match value {
        Value::Int(n) => n.to_string().into(),
        Value::UInt(n) => n.to_string().into(),
        Value::Decimal(digits) => digits.clone(),
        _ => return None,
    };
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, &*digits),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > usize::from(scale) {
        return None;
    }
    let mut normal = String::new();
    if negative && !(whole.is_empty() && fraction.is_empty()) {
        normal.push('-');
    }
    normal.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        normal.push('.');
        normal.push_str(fraction);
    }
    Some(KeyValue::Decimal(normal.into()))
}

fn utf8<'a>(bytes: &Cow<'a, [u8]>, session_utf8: bool) -> Option<Cow<'a, str>> {
    if !session_utf8 && !bytes.is_ascii() {
        return None;
    }
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes.clone()).ok().map(Cow::Owned),
    }
}

fn text<'a>(value: &Value<'a>, column: KeyColumn<'_>, collation: &Collation, purpose: Purpose) -> Option<KeyValue<'a>> {
    let string = match value {
        Value::Bytes(bytes) => utf8(bytes, column.utf8)?,
        // A number stored into a string column is its digits; compared with one, the strings are read as numbers.
        Value::Int(n) if purpose == Purpose::Store => Cow::Owned(n.to_string()),
        Value::UInt(n) if purpose == Purpose::Store => Cow::Owned(n.to_string()),
        _ => return None,
    };
    match column.form {
        KeyForm::Raw => Some(KeyValue::Text(string)),
        KeyForm::Normal => normal_form(string, collation).map(KeyValue::Text),
    }
}

/// Parts of the names of collations that find more printable ASCII equal than upper and lower case: `i` and `j` of Latin,
/// `i` and `y` of Lithuanian, `ccs` and `cscs` of Hungarian, a backquote and a space. Found by comparing all pairs of
/// letters, and of strings of two, in every collation of MariaDB 10.11 and MySQL 9.7.
const ODD_LETTERS: [&str; 15] = [
    "roman_",
    "lithuanian",
    "_la_0900_ai",
    "_lt_0900_ai",
    "_lv_0900_ai",
    "_hu_0900_ai",
    "uca1400_latvian",
    "uca1400_hungarian",
    "macce_general",
    "geostd8_general",
    "koi8u_general",
    "cp1251_ukrainian",
    "big5_chinese",
    "gb2312_chinese",
    "gbk_chinese",
];

/// The form that all strings share which the collation finds equal. For a collation that folds letters it is known
/// for printable ASCII only: upper case, without trailing spaces. A `_bin` collation tells all else apart.
fn normal_form<'a>(string: Cow<'a, str>, collation: &Collation) -> Option<Cow<'a, str>> {
    let kept = string.trim_end_matches(' ').len();
    let binary = collation.name.ends_with("_bin");
    if ODD_LETTERS.iter().any(|part| collation.name.contains(part)) {
        return None;
    }
    if !binary && !string.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return None;
    }
    if kept == string.len() && (binary || !string.bytes().any(|b| b.is_ascii_lowercase())) {
        return Some(string);
    }
    let mut owned = string.into_owned();
    owned.truncate(kept);
    if !binary {
        owned.make_ascii_uppercase();
    }
    Some(owned.into())
}

fn date_time(value: &Value<'_>) -> Option<DateTime> {
    match value {
        Value::DateTime(d) => Some(*d),
        Value::Bytes(bytes) => parse_date_time(bytes),
        _ => None,
    }
}

/// `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS`, to the letter; all that the server reads besides is not exact here.
fn parse_date_time(bytes: &[u8]) -> Option<DateTime> {
    let number = |range: std::ops::Range<usize>| -> Option<u16> {
        let digits = bytes.get(range)?;
        digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
    };
    let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-')) {
        return None;
    }
    let mut date = DateTime { year: number(0..4)?, month: small(5..7)?, day: small(8..10)?, ..DateTime::default() };
    let calendar = (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    match bytes.len() {
        10 => {}
        19 if is(10, b' ') && is(13, b':') && is(16, b':') => {
            date.hour = small(11..13)?;
            date.minute = small(14..16)?;
            date.second = small(17..19)?;
        }
        _ => return None,
    }
    (calendar && date.hour < 24 && date.minute < 60 && date.second < 60).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{CollationId, Pad};

    fn check(kind: &ColumnKind, value: Value<'_>, purpose: Purpose, expected: Option<KeyValue<'_>>) {
        let given = Given { value: value.clone(), kind: LiteralKind::Param };
        let column = KeyColumn { kind: Some(kind), form: KeyForm::Normal, utf8: true };
        assert_eq!(key_value(&given, column, purpose), expected, "{value:?} {purpose:?}");
    }

    fn bytes(text: &str) -> Value<'_> {
        Value::Bytes(text.as_bytes().into())
    }

    #[test]
    fn integers() {
        let int = ColumnKind::Int { bytes: 1, unsigned: false };
        check(&int, bytes("123"), Purpose::Compare, Some(KeyValue::Int(123)));
        check(&int, bytes("-0012"), Purpose::Compare, Some(KeyValue::Int(-12)));
        check(&int, bytes("9007199254740991"), Purpose::Compare, Some(KeyValue::Int(9_007_199_254_740_991)));
        for text in ["123abc", "1.5", "", "-", " 1", "1e0", "9007199254740992", "9007199254740993"] {
            check(&int, bytes(text), Purpose::Compare, None);
        }
        check(&int, Value::Decimal("7.00".into()), Purpose::Compare, Some(KeyValue::Int(7)));
        check(&int, Value::Decimal("7.5".into()), Purpose::Store, None);
        check(&int, Value::Double(7.0), Purpose::Compare, None);
        check(&int, Value::Int(128), Purpose::Compare, Some(KeyValue::Int(128)));
        check(&int, Value::Int(128), Purpose::Store, None);
        check(&int, Value::Null, Purpose::Store, Some(KeyValue::Null));
    }

    #[test]
    fn strings() {
        let collation = |name: &str| Collation {
            id: CollationId::UTF8MB4_GENERAL_CI,
            name: name.to_owned(),
            charset: "utf8mb4".to_owned(),
            pad: Pad::Space,
        };
        let folding = ColumnKind::Text { collation: collation("utf8mb4_general_ci") };
        let binary = ColumnKind::Text { collation: collation("utf8mb4_bin") };
        let text = |s: &'static str| Some(KeyValue::Text(s.into()));
        check(&folding, bytes("Ab c  "), Purpose::Compare, text("AB C"));
        check(&folding, bytes("stra\u{df}e"), Purpose::Compare, None);
        check(&folding, bytes("a\tb"), Purpose::Store, None);
        check(&folding, Value::Int(7), Purpose::Compare, None);
        check(&folding, Value::Int(7), Purpose::Store, text("7"));
        check(&binary, bytes("stra\u{df}e "), Purpose::Store, text("stra\u{df}e"));
        check(&folding, Value::Null, Purpose::Store, Some(KeyValue::NULL_TEXT));
    }

    #[test]
    fn odd_letters() {
        let collation = |name: &str| Collation {
            id: CollationId::UTF8MB4_GENERAL_CI,
            name: name.to_owned(),
            charset: "utf8mb4".to_owned(),
            pad: Pad::Space,
        };
        let roman = ColumnKind::Text { collation: collation("utf8mb4_roman_ci") };
        let romanian = ColumnKind::Text { collation: collation("utf8mb4_romanian_ci") };
        check(&roman, bytes("jvl"), Purpose::Compare, None);
        check(&roman, bytes("jvl"), Purpose::Store, None);
        check(&romanian, bytes("jvl"), Purpose::Compare, Some(KeyValue::Text("JVL".into())));
    }

    #[test]
    fn decimals_and_dates() {
        let decimal = ColumnKind::Decimal { precision: 10, scale: 2, unsigned: false };
        let number = |s: &'static str| Some(KeyValue::Decimal(s.into()));
        check(&decimal, Value::Decimal("-012.50".into()), Purpose::Compare, number("-12.5"));
        check(&decimal, Value::Decimal("-0.00".into()), Purpose::Compare, number("0"));
        check(&decimal, Value::Decimal("1.005".into()), Purpose::Store, None);
        let day = DateTime { year: 2024, month: 2, day: 29, ..DateTime::default() };
        check(&ColumnKind::Date, bytes("2024-02-29"), Purpose::Compare, Some(KeyValue::DateTime(day)));
        check(&ColumnKind::Date, bytes("2024-2-29"), Purpose::Compare, None);
        check(&ColumnKind::Date, bytes("2024-02-29 10:00:00"), Purpose::Compare, None);
        check(&ColumnKind::Timestamp { fraction: 0 }, bytes("2024-02-29 10:00:00"), Purpose::Compare, None);
    }
}
