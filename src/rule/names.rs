//! Names: ranges of physical databases, patterns of physical tables, and what MySQL accepts as a name.

use std::ops::Range;

/// The longest name of a database or table, in characters (MySQL's manual, "Identifier Length Limits").
pub(crate) const MAX_NAME: usize = 64;

/// Why MySQL would not accept a name, as the rest of a sentence.
pub(crate) fn refuse_name(name: &str) -> Option<String> {
    let length = name.chars().count();
    if length > MAX_NAME {
        return Some(format!("is {length} characters long, MySQL's limit is {MAX_NAME}"));
    }
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    if name.ends_with(' ') {
        return Some("ends with a space, which MySQL does not allow".to_owned());
    }
    let bad = name.chars().find(|c| c.is_control() || u32::from(*c) > 0xFFFF || matches!(c, '{' | '}' | '`'))?;
    Some(format!("contains {bad:?}, which is not allowed in a name"))
}

/// `shop_{00..03}` → `shop_00` … `shop_03`; a name without braces is itself.
pub(crate) fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let Some(braces) = braces(pattern)? else { return Ok(vec![pattern.to_owned()]) };
    let inner = &pattern[braces.start + 1..braces.end - 1];
    let bad = || format!("{:?} is not a range; write two numbers, as in \"shop_{{00..03}}\"", &pattern[braces.clone()]);
    let (first, last) = inner.split_once("..").ok_or_else(bad)?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u32>().ok()).flatten().ok_or_else(bad)
    };
    let (from, to) = (number(first)?, number(last)?);
    if from > to {
        return Err(format!("the range {first}..{last} runs backwards; write {last}..{first}"));
    }
    let padded = (first.starts_with('0') && first.len() > 1) || (last.starts_with('0') && last.len() > 1);
    if padded && first.len() != last.len() {
        return Err(format!("the numbers of {first}..{last} have different lengths; pad both with zeros alike"));
    }
    let width = if padded { first.len() } else { 1 };
    let (before, after) = (&pattern[..braces.start], &pattern[braces.end..]);
    Ok((from..=to).map(|number| format!("{before}{number:0width$}{after}")).collect())
}

/// `t_AbCd_{00}` with 7 → `t_AbCd_07`; None when the pattern has no braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TablePattern {
    before: String,
    width: Option<usize>,
    after: String,
}

// === impl TablePattern ===

impl TablePattern {
    /// DRDS's own names: plain where each database holds one table, else the number padded to the digits of `total`,
    /// the count of all numbers.
    pub(crate) fn drds(table: &str, numbers: Option<u32>) -> Self {
        match numbers {
            None => Self { before: table.to_owned(), width: None, after: String::new() },
            Some(total) => {
                Self { before: format!("{table}_"), width: Some(total.to_string().len()), after: String::new() }
            }
        }
    }

    /// A pattern of a rule: zeros in braces stand for the number, their count for its least width.
    pub(crate) fn parse(pattern: &str) -> Result<Self, String> {
        let Some(braces) = braces(pattern)? else {
            return Ok(Self { before: pattern.to_owned(), width: None, after: String::new() });
        };
        let inner = &pattern[braces.start + 1..braces.end - 1];
        if inner.is_empty() || !inner.bytes().all(|byte| byte == b'0') {
            return Err(format!(
                "{:?} must be zeros, one for each digit of the table's number, as in \"orders_{{00}}\"",
                &pattern[braces]
            ));
        }
        Ok(Self {
            before: pattern[..braces.start].to_owned(),
            width: Some(inner.len()),
            after: pattern[braces.end..].to_owned(),
        })
    }

    /// Whether it has a place for the number.
    pub(crate) fn numbers(&self) -> bool {
        self.width.is_some()
    }

    /// The name of a numbered table.
    pub(crate) fn name(&self, number: u32) -> String {
        match self.width {
            Some(width) => format!("{}{number:0width$}{}", self.before, self.after),
            None => self.before.clone(),
        }
    }
}

/// Where the one pair of braces is.
fn braces(pattern: &str) -> Result<Option<Range<usize>>, String> {
    match (pattern.find('{'), pattern.find('}')) {
        (None, None) => Ok(None),
        (Some(open), Some(close)) if open < close => {
            let rest = &pattern[close + 1..];
            if rest.contains(['{', '}']) || pattern[open + 1..close].contains('{') {
                return Err(format!("{pattern:?} has more than one pair of braces"));
            }
            Ok(Some(open..close + 1))
        }
        _ => Err(format!("the braces of {pattern:?} do not match")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn ranges_expand() {
        for (pattern, names) in [
            ("shop", vec!["shop"]),
            ("shop_{00..02}", vec!["shop_00", "shop_01", "shop_02"]),
            ("s{8..11}x", vec!["s8x", "s9x", "s10x", "s11x"]),
            ("s_{08..11}", vec!["s_08", "s_09", "s_10", "s_11"]),
            ("{0..0}", vec!["0"]),
        ] {
            assert_eq!(expand(pattern).unwrap(), names, "{pattern}");
        }
    }

    #[test]
    fn bad_ranges_say_why() {
        for (pattern, part) in [
            ("s_{3..1}", "runs backwards"),
            ("s_{00..100}", "different lengths"),
            ("s_{a..b}", "is not a range"),
            ("s_{}", "is not a range"),
            ("s_{0..}", "is not a range"),
            ("s_{0..99999999}", "is not a range"),
            ("s_{0..1}_{0..1}", "more than one pair"),
            ("s_}{", "do not match"),
            ("s_{0..1", "do not match"),
        ] {
            let error = expand(pattern).unwrap_err();
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }

    #[test]
    fn drds_names() {
        let name = |total, number| TablePattern::drds("orders", total).name(number);
        assert_eq!(name(None, 0), "orders");
        assert_eq!(name(Some(8), 7), "orders_7");
        assert_eq!(name(Some(10), 9), "orders_09");
        assert_eq!(name(Some(32), 0), "orders_00");
        assert_eq!(name(Some(32), 31), "orders_31");
        assert_eq!(name(Some(100), 99), "orders_099");
    }

    #[test]
    fn patterns() {
        assert_eq!(TablePattern::parse("t_AbCd_{00}").unwrap().name(7), "t_AbCd_07");
        assert_eq!(TablePattern::parse("{000}_t").unwrap().name(7), "007_t");
        assert_eq!(TablePattern::parse("t").unwrap().name(7), "t");
        assert!(TablePattern::parse("t_{01}").is_err());
        assert!(TablePattern::parse("t_{0..3}").is_err());
        assert!(TablePattern::parse("t_{}").is_err());
    }

    #[test]
    fn names_that_mysql_refuses() {
        assert_eq!(refuse_name("orders"), None);
        assert_eq!(refuse_name(&"x".repeat(64)), None);
        assert!(refuse_name(&"x".repeat(65)).is_some());
        for bad in ["", "a ", "a\u{0}", "a`", "😀"] {
            assert!(refuse_name(bad).is_some(), "{bad:?}");
        }
    }
}
