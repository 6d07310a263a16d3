//! Literals and their values.

use super::*;
use crate::sql::{Lexed, lex};

const RAW: LexMode = LexMode { ansi_quotes: false, no_backslash_escapes: true, pipes_as_concat: false };

fn literal(text: &[u8], mode: LexMode) -> (Vec<u8>, Lexed) {
    let sql = [b"SELECT ", text].concat();
    let mut lexed = Lexed::default();
    lex(&sql, mode, &mut lexed).unwrap();
    assert_eq!(lexed.literals.len(), 1, "{}", String::from_utf8_lossy(text));
    (sql, lexed)
}

fn check(text: &str, expected: Value<'static>) {
    let (sql, lexed) = literal(text.as_bytes(), LexMode::default());
    assert_eq!(value(&sql, &lexed.literals[0], LexMode::default()).unwrap(), expected, "{text}");
}

fn bytes(bytes: &[u8]) -> Value<'static> {
    Value::Bytes(Cow::Owned(bytes.to_vec()))
}

fn digits(text: &str) -> Value<'static> {
    Value::Decimal(Cow::Owned(text.to_owned()))
}

#[test]
fn numbers() {
    check("0", Value::Int(0));
    check("007", Value::Int(7));
    check("9223372036854775807", Value::Int(i64::MAX));
    check("9223372036854775808", Value::UInt(1 << 63));
    check("18446744073709551616", digits("18446744073709551616"));
    check("00018446744073709551616", digits("18446744073709551616"));
    check("1.50", digits("1.50"));
    check(".5", digits("0.5"));
    check("5.", digits("5"));
    check("1e3", Value::Double(1000.0));
    check(".5E-1", Value::Double(0.05));
    check("NULL", Value::Null);
    check("true", Value::Int(1));
    check("FALSE", Value::Int(0));
}

#[test]
fn strings() {
    check("''", bytes(b""));
    check("'a'", bytes(b"a"));
    check("'a''b'", bytes(b"a'b"));
    check("\"a\"\"b'c\"", bytes(b"a\"b'c"));
    check(r"'\0\b\n\r\t\Z\\\'\%\_\x'", bytes(b"\0\x08\n\r\t\x1a\\'\\%\\_x"));
    check("'a' 'b'\n\"c'd\"", bytes(b"abc'd"));
    check("_latin1'x' 'y'", bytes(b"xy"));
    check("N'x'", bytes(b"x"));
    check("_binary 0x0aFF", bytes(b"\x0a\xff"));
    let (sql, lexed) = literal(br"'a\nb'", RAW);
    assert_eq!(value(&sql, &lexed.literals[0], RAW).unwrap(), bytes(br"a\nb"));
    let (sql, lexed) = literal(b"'caf\xe9'", LexMode::default());
    let plain = value(&sql, &lexed.literals[0], LexMode::default()).unwrap();
    assert!(matches!(plain, Value::Bytes(Cow::Borrowed(b"caf\xe9"))));
}

#[test]
fn charsets() {
    for (text, expected) in [("_UTF8MB4 'x'", Some("utf8mb4")), ("n'x'", Some("utf8")), ("'x'", None)] {
        let (sql, lexed) = literal(text.as_bytes(), LexMode::default());
        assert_eq!(charset(&sql, &lexed.literals[0]).as_deref(), expected, "{text}");
    }
}

#[test]
fn hexadecimal_and_bits() {
    check("x'0aFf'", bytes(b"\x0a\xff"));
    check("0xABC", bytes(b"\x0a\xbc"));
    check("X''", bytes(b""));
    check("b'101'", bytes(b"\x05"));
    check("0b100000001", bytes(b"\x01\x01"));
}

#[test]
fn temporals() {
    let day = DateTime { year: 2024, month: 1, day: 31, ..DateTime::default() };
    check("DATE'2024-01-31'", Value::DateTime(day));
    check("date '0000-00-00'", Value::DateTime(DateTime::default()));
    let moment = DateTime { hour: 23, minute: 59, second: 58, micros: 120_000, ..day };
    check("TIMESTAMP'2024-01-31 23:59:58.12'", Value::DateTime(moment));
    check("TIMESTAMP '2024-01-31T23:59:58.120000'", Value::DateTime(moment));
    let span = Time { negative: true, hours: 838, minutes: 59, seconds: 1, micros: 500_000 };
    check("TIME'-838:59:01.5'", Value::Time(span));
    check("TIME'1:2'", Value::Time(Time { hours: 1, minutes: 2, ..Time::default() }));
}

#[test]
fn malformed_literals_are_errors() {
    for text in [
        "1e999",
        "DATE'2024-13-01'",
        "DATE'24-1-1'",
        "DATE'x'",
        "TIME'25'",
        "TIME'1:60'",
        "TIMESTAMP'2024-01-01'",
        "TIMESTAMP'2024-01-01 24:00:00'",
        "?",
    ] {
        let (sql, lexed) = literal(text.as_bytes(), LexMode::default());
        assert!(value(&sql, &lexed.literals[0], LexMode::default()).is_err(), "{text}");
    }
}
