//! The text of a level in a rule: `hash(user_id)`, `right_shift(id, 4)`.

use super::algorithm::Algorithm;
use super::report::did_you_mean;

/// Functions that are served.
const SERVED: [&str; 9] = ["hash", "raw_hash", "mod", "uni_hash", "right_shift", "mm", "dd", "week", "mmdd"];

/// Functions that DRDS or other proxies know; they are refused by name.
const KNOWN: [&str; 12] = [
    "yyyymm",
    "yyyydd",
    "yyyyweek",
    "yyyymm_opt",
    "yyyydd_opt",
    "yyyyweek_opt",
    "str_hash",
    "range_hash",
    "range_hash1",
    "range",
    "list",
    "interval",
];

/// Reads `name(column)` or `name(column, number)`.
pub(super) fn parse(text: &str) -> Result<(Algorithm, String), String> {
    let shape = || format!("{text:?} is not an algorithm with its shard key; write for example hash(user_id)");
    let (name, rest) = text.trim().split_once('(').ok_or_else(shape)?;
    let arguments = rest.strip_suffix(')').ok_or_else(shape)?;
    let name = name.trim().to_ascii_lowercase();
    let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
    if KNOWN.contains(&name.as_str()) {
        return Err(format!("the algorithm {name} is not served yet; served are {}", SERVED.join(", ")));
    }
    let algorithm = match (name.as_str(), arguments.as_slice()) {
        ("hash", [_]) => Algorithm::Hash,
        ("raw_hash", [_]) => Algorithm::RawHash,
        ("mod", [_]) => Algorithm::Mod,
        ("uni_hash", [_]) => Algorithm::UniHash,
        ("mm", [_]) => Algorithm::Month,
        ("dd", [_]) => Algorithm::DayOfMonth,
        ("week", [_]) => Algorithm::DayOfWeek,
        ("mmdd", [_]) => Algorithm::DayOfYear,
        ("right_shift", [_, bits]) => match bits.parse() {
            Ok(bits @ 1..=63) => Algorithm::RightShift(bits),
            _ => return Err(format!("right_shift takes a number of bits from 1 to 63, but this is {bits}")),
        },
        ("right_shift", _) => {
            return Err("right_shift takes a column and a number of bits: right_shift(id, 4)".to_owned());
        }
        (known, _) if SERVED.contains(&known) => return Err(format!("{known} takes one column: {known}(user_id)")),
        _ => {
            let hint = did_you_mean(&name, SERVED).unwrap_or_else(|| format!("; served are {}", SERVED.join(", ")));
            return Err(format!("unknown algorithm {name:?}{hint}"));
        }
    };
    let column = arguments.first().copied().unwrap_or_default();
    let column = column.strip_prefix('`').and_then(|column| column.strip_suffix('`')).unwrap_or(column);
    match super::names::refuse_name(column) {
        Some(why) => Err(format!("the column {column:?} {why}")),
        None => Ok((algorithm, column.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions() {
        let ok = |algorithm, column: &str| Ok((algorithm, column.to_owned()));
        assert_eq!(parse("hash(user_id)"), ok(Algorithm::Hash, "user_id"));
        assert_eq!(parse(" HASH ( `user id` ) "), ok(Algorithm::Hash, "user id"));
        assert_eq!(parse("raw_hash(name)"), ok(Algorithm::RawHash, "name"));
        assert_eq!(parse("right_shift(id, 4)"), ok(Algorithm::RightShift(4), "id"));
    }

    #[test]
    fn the_document_names_every_function() {
        let document = include_str!("../../docs/rules.md");
        for name in SERVED {
            assert!(document.contains(&format!("| `{name}(c")), "{name} is missing in docs/rules.md");
        }
    }

    #[test]
    fn refusals() {
        for (text, part) in [
            ("hash", "is not an algorithm"),
            ("hash(a", "is not an algorithm"),
            ("hash(a) b", "is not an algorithm"),
            ("hash()", "is empty"),
            ("hash(a, b)", "hash takes one column"),
            ("hahs(a)", "did you mean \"hash\"?"),
            ("md5(a)", "served are hash"),
            ("yyyymm(a)", "not served yet"),
            ("right_shift(a)", "a column and a number of bits"),
            ("right_shift(a, 64)", "from 1 to 63"),
        ] {
            let error = parse(text).err().unwrap_or_default();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
