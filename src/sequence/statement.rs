//! The statements that keep sequences in `weir.sequence` of a schema's home instance.
//!
//! Each is one atomic statement that may be sent under autocommit by any number of Weirs at once. Every operand of
//! GREATEST and LEAST is unsigned: with a signed one beside it MariaDB 10.11 takes the largest BIGINT UNSIGNED for −1,
//! and MySQL 9.7 computes in DECIMAL.

use std::fmt::Write;

/// Creates the schema that holds Weir's own tables.
pub(super) const CREATE_SCHEMA: &str = "CREATE DATABASE IF NOT EXISTS `weir`";

/// Creates the table of sequences.
pub(super) const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS `weir`.`sequence` (\
    schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, \
    name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, \
    next_value BIGINT UNSIGNED NOT NULL, \
    PRIMARY KEY (schema_name, name)) ENGINE=InnoDB";

/// The name of one sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'n> {
    pub(super) schema: &'n str,
    pub(super) table: &'n str,
}

/// Takes up to `count` values, the first at least `floor`; fewer only at the end of BIGINT UNSIGNED.
///
/// LAST_INSERT_ID of the answer is the first value; 0 says that the sequence is not there.
pub(super) fn advance(name: Name<'_>, floor: u64, count: u64) -> String {
    format!("UPDATE `weir`.`sequence` SET next_value = {} WHERE {}", advanced(floor, count), condition(name))
}

/// The same for a sequence that is not there: it starts at `first`. If another Weir was quicker, its sequence advances.
pub(super) fn start(name: Name<'_>, first: u64, floor: u64, count: u64) -> String {
    let first = first.max(floor);
    format!(
        "INSERT INTO `weir`.`sequence` (schema_name, name, next_value) VALUES ({}, {}, LAST_INSERT_ID({first}) + {}) \
         ON DUPLICATE KEY UPDATE next_value = {}",
        text(name.schema),
        text(name.table),
        granted(first, count),
        advanced(floor, count),
    )
}

/// Forgets a sequence.
pub(super) fn remove(name: Name<'_>) -> String {
    format!("DELETE FROM `weir`.`sequence` WHERE {}", condition(name))
}

/// How many values a sequence whose next one is `first` gives when `count` are wanted.
pub(super) fn granted(first: u64, count: u64) -> u64 {
    count.min(u64::MAX - first)
}

fn advanced(floor: u64, count: u64) -> String {
    let first = format!("GREATEST(next_value, CAST({floor} AS UNSIGNED))");
    format!("LAST_INSERT_ID({first}) + LEAST(CAST({count} AS UNSIGNED), {} - {first})", u64::MAX)
}

fn condition(name: Name<'_>) -> String {
    format!("schema_name = {} AND name = {}", text(name.schema), text(name.table))
}

/// A string literal that reads the same in every `sql_mode` and character set.
fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() * 2 + 12);
    literal.push_str("_utf8mb4 x'");
    for byte in value.as_bytes() {
        // Writing to a String does not fail.
        write!(literal, "{byte:02x}").unwrap_or_default();
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_literals() {
        let name = Name { schema: "s'", table: "t\\" };
        let sql = remove(name);
        assert_eq!(
            sql,
            "DELETE FROM `weir`.`sequence` WHERE schema_name = _utf8mb4 x'7327' AND name = _utf8mb4 x'745c'"
        );
    }

    #[test]
    fn the_end_of_the_range_is_granted_exactly() {
        assert_eq!(granted(1, 1000), 1000);
        assert_eq!(granted(u64::MAX - 10, 1000), 10);
        assert_eq!(granted(u64::MAX, 1000), 0);
    }
}
