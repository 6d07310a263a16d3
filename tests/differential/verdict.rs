//! What becomes of a statement that is asked of one plain server and of Weir: equal, refused by name, or wrong.

use std::fmt::Write;

use super::Answer;

/// What the comparison of two answers says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No difference that counts.
    Equal,
    /// Both fail with the same number.
    AlikeError(u16),
    /// Weir refuses with one of its own numbers what the plain server answers.
    Refused { errno: u16, reason: String },
    /// Weir refuses with one of its own numbers what the plain server fails at.
    RefusedError { errno: u16, plain: u16 },
    /// Weir cannot read what the plain server answers.
    Unread(String),
    /// Rows, names and types are equal, and something about the columns is not: flags, lengths, original names.
    Metadata(Vec<String>),
    /// Both fail, each with another number.
    OtherError { plain: u16, weir: u16, message: String },
    /// One of Weir's answers that no user should see.
    Wrong(Vec<String>),
}

/// Aspects that tell where a column comes from and how it may look, not what the answer is.
const SECONDARY: [&str; 8] =
    ["flags", "length", "original name", "original table", " table", "schema", "message", "sqlstate"];

// === impl Verdict ===

impl Verdict {
    /// Compares the plain server's answer with Weir's; aspects in `apart` are not looked at.
    pub(crate) fn of(plain: &Answer, weir: &Answer, apart: &[String]) -> Self {
        match (plain.errno, weir.errno) {
            (None, Some(1064)) => Self::Unread(weir.message().to_owned()),
            (None, Some(errno)) if weir.refused_by_name() => Self::Refused { errno, reason: shape(weir.message()) },
            (Some(plain), Some(errno)) if weir.refused_by_name() => Self::RefusedError { errno, plain },
            (Some(plain), Some(weir)) if plain == weir => Self::AlikeError(plain),
            (Some(plain), Some(errno)) => Self::OtherError { plain, weir: errno, message: weir.message().to_owned() },
            (None, Some(errno)) => {
                Self::Wrong(vec![format!("plain answers, weir fails with {errno}: {}", weir.message())])
            }
            (Some(errno), None) => {
                Self::Wrong(vec![format!("weir answers, plain fails with {errno}: {}", plain.message())])
            }
            (None, None) => Self::of_answers(plain, weir, apart),
        }
    }

    fn of_answers(plain: &Answer, weir: &Answer, apart: &[String]) -> Self {
        let differences = plain.differences(weir, apart);
        let infos = [plain.info(), weir.info()];
        if differences.is_empty() {
            return Self::Equal;
        }
        let secondary = |difference: &String| {
            // MariaDB says nothing of an UPDATE whose plan has shown that there is no such row.
            if difference.starts_with("info: ") {
                return infos.iter().all(|info| info.is_empty() || info.starts_with("Rows matched: 0  Changed: 0"));
            }
            let aspect = difference.split(": ").next().unwrap_or_default();
            // 31 and 39 stand for "not fixed", which a server says or not as it goes through a temporary table or not.
            let unfixed = aspect.ends_with("decimals")
                && ["\"0\"", "\"31\"", "\"39\""].iter().any(|value| difference.ends_with(value));
            unfixed || (SECONDARY.iter().any(|name| aspect.ends_with(name)) && !difference.starts_with("rows"))
        };
        if differences.iter().all(secondary) { Self::Metadata(differences) } else { Self::Wrong(differences) }
    }
}

/// A message without what differs from one statement to the next: what stands in quotes, and numbers.
pub(crate) fn shape(message: &str) -> String {
    let mut text = String::new();
    let mut quote = None;
    for c in message.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '`' | '"' | '\'') if c != '\'' || !text.ends_with(char::is_alphanumeric) => {
                quote = Some(c);
                text.push('…');
            }
            (None, c) if c.is_ascii_digit() => {
                if !text.ends_with('#') {
                    text.push('#');
                }
            }
            (None, c) => text.push(c),
        }
    }
    text
}

/// Counts by name, the most frequent first, one line each.
pub(crate) fn ranking(counts: &std::collections::BTreeMap<String, usize>) -> String {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let mut text = String::new();
    for (name, count) in sorted {
        writeln!(text, "{count:>7}  {name}").expect("a string takes all");
    }
    text
}
