//! The words that the lexer knows, as numbers: a word is looked up by one comparison of integers.

use super::StatementKind;

/// A word of up to 16 bytes as a number, without regard to case.
pub(super) const fn word_key(word: &[u8]) -> u128 {
    let mut key = 0;
    let mut at = 0;
    while at < word.len() {
        key = key << 8 | (word[at] | 0x20) as u128;
        at += 1;
    }
    key
}

/// Declares the keys of words as constants.
macro_rules! words {
    ($($name:ident)*) => { $(pub(in super::super) const $name: u128 = super::word_key(stringify!($name).as_bytes());)* };
}

/// Words that the lexer knows.
pub(super) mod words {
    words! {
        ALL AND BEGIN BETWEEN BINARY BOTH BY CASE COMMIT DELETE DESC DESCRIBE DISTINCT DISTINCTROW DIV DO ELSE ESCAPE
        EXPLAIN FALSE FOR FROM HAVING IN INSERT INTERVAL IS LEADING LIKE LIMIT MOD NOT NULL OFFSET ON OR REGEXP RELEASE
        REPLACE RLIKE ROLLBACK SAVEPOINT SELECT SEPARATOR SET SHOW START TABLE THEN TRAILING TRUE UPDATE VALUE VALUES
        WHEN WHERE WITH XA XOR
    }
}

pub(super) fn statement_kind(key: u128) -> StatementKind {
    match key {
        words::SELECT => StatementKind::Select,
        words::INSERT => StatementKind::Insert,
        words::REPLACE => StatementKind::Replace,
        words::UPDATE => StatementKind::Update,
        words::DELETE => StatementKind::Delete,
        words::WITH | words::VALUES | words::TABLE | words::DO => StatementKind::OtherQuery,
        words::BEGIN
        | words::START
        | words::COMMIT
        | words::ROLLBACK
        | words::SAVEPOINT
        | words::RELEASE
        | words::XA => StatementKind::Transaction,
        words::SET => StatementKind::Set,
        words::SHOW | words::DESC | words::DESCRIBE | words::EXPLAIN => StatementKind::Show,
        _ => StatementKind::Other,
    }
}

/// Whether a string behind this word is a literal, never a name.
pub(super) fn comes_before_expressions(key: u128) -> bool {
    matches!(
        key,
        words::ALL
            | words::AND
            | words::BETWEEN
            | words::BINARY
            | words::BOTH
            | words::BY
            | words::CASE
            | words::DISTINCT
            | words::DISTINCTROW
            | words::DIV
            | words::ELSE
            | words::ESCAPE
            | words::FOR
            | words::FROM
            | words::HAVING
            | words::INTERVAL
            | words::LEADING
            | words::LIKE
            | words::LIMIT
            | words::MOD
            | words::OFFSET
            | words::ON
            | words::OR
            | words::REGEXP
            | words::RLIKE
            | words::SELECT
            | words::SEPARATOR
            | words::THEN
            | words::TRAILING
            | words::WHEN
            | words::WHERE
            | words::XOR
    )
}
