//! What one server leaves free, or says of itself, where an answer through Weir cannot be equal.

use crate::differential::Answer;

/// Statements whose answer is about the servers, or is Weir's own (docs/compatibility.md, "Sessions").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Free {
    /// SHOW STATUS and SHOW TABLE STATUS: the same names, each server's own figures.
    Figures,
    /// SHOW PROCESSLIST and SHOW DATABASES: clients and schemas of Weir's own.
    Own,
    /// EXPLAIN shows the physical statements.
    Explained,
    /// SHOW WARNINGS behind a refusal shows the refusal.
    Refusal,
    /// information_schema shows the logical tables, of all that one server has (docs/compatibility.md,
    /// "information_schema").
    Dictionary,
}

/// The tables of information_schema that Weir shows its own rows of.
const DICTIONARY: [&str; 8] = [
    "information_schema.schemata",
    "information_schema.tables",
    "information_schema.columns",
    "information_schema.statistics",
    "information_schema.key_column_usage",
    "information_schema.referential_constraints",
    "information_schema.table_constraints",
    "information_schema.check_constraints",
];

// === impl Free ===

impl Free {
    pub(crate) fn of(sql: &str, last_refused: bool) -> Option<Self> {
        let lower = sql.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        match words.as_slice() {
            ["show", "status", ..] | ["show", "global" | "session" | "table", "status", ..] => Some(Free::Figures),
            ["show", "processlist"] | ["show", "full", "processlist"] | ["show", "databases" | "schemas"] => {
                Some(Free::Own)
            }
            ["desc" | "describe", "select", ..] => Some(Free::Explained),
            ["show", "warnings"] if last_refused => Some(Free::Refusal),
            ["select", ..] if DICTIONARY.iter().any(|table| lower.contains(table)) => Some(Free::Dictionary),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Free::Figures => "equal but for the servers' own figures",
            Free::Own => "Weir's own clients and schemas",
            Free::Explained => "Weir's own EXPLAIN",
            Free::Refusal => "SHOW WARNINGS behind a refusal",
            Free::Dictionary => "the logical tables of all that one server's information_schema has",
        }
    }

    pub(crate) fn differences(self, plain: &Answer, weir: &Answer) -> Vec<String> {
        if plain.errno != weir.errno {
            return vec![format!("plain {:?}, weir {:?}", plain.errno, weir.errno)];
        }
        let first = |answer: &Answer| -> Vec<String> {
            let name = |row: &String| row.split(" | ").next().unwrap_or_default().to_owned();
            answer.rows.iter().map(name).collect()
        };
        match self {
            Free::Figures if first(plain) != first(weir) => {
                vec![format!("other names: plain {:?}, weir {:?}", first(plain), first(weir))]
            }
            Free::Own if weir.rows.is_empty() => vec!["weir shows nothing".to_owned()],
            Free::Dictionary => {
                let more = weir.rows.iter().filter(|row| !plain.rows.contains(row));
                more.map(|row| format!("weir alone has {row}")).collect()
            }
            Free::Figures | Free::Explained | Free::Own | Free::Refusal => Vec::new(),
        }
    }
}

/// A statement without DRDS's hints, which only Weir reads.
pub(crate) fn without_hints(sql: &str) -> String {
    for opening in ["/*+", "/!+"] {
        let Some((before, rest)) = sql.split_once(opening) else { continue };
        let Some((inside, after)) = rest.split_once("*/") else { continue };
        if inside.trim_start().to_ascii_uppercase().starts_with("TDDL:") {
            return format!("{before}{after}");
        }
    }
    sql.to_owned()
}

/// Whether a window (in lower case) has rows in no order, so that numbers over it are anybody's.
pub(crate) fn has_unordered_window(lower: &str) -> bool {
    lower.match_indices("over").any(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start();
        let Some(rest) = rest.strip_prefix('(') else { return false };
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        !rest[..end.unwrap_or(rest.len())].contains("order by")
    })
}

/// Whether all that differs is how often a join or a subquery has come by a row whose value does not convert.
pub(crate) fn are_warnings_of_rows(sql: &str, differences: &[String]) -> bool {
    let lower = sql.to_ascii_lowercase();
    let several = lower.contains(" join ") || lower.matches("select").count() > 1;
    several
        && differences.iter().all(|difference| {
            difference.starts_with("warning count: ")
                || (difference.starts_with("warning: ") && difference.contains("Warning 1292: "))
        })
}

#[test]
fn a_window_is_free_where_it_orders_nothing() {
    assert!(has_unordered_window("select row_number() over (partition by f(a)) from t order by 1"));
    assert!(!has_unordered_window("select row_number() over (partition by a order by b), over_all from t"));
}

#[test]
fn only_our_hints_are_taken_away() {
    assert_eq!(without_hints("/*+TDDL:scan()*/ SELECT 1"), " SELECT 1");
    assert_eq!(without_hints("SELECT /*+ BKA(t) */ 1"), "SELECT /*+ BKA(t) */ 1");
}
