//! Looking at a YAML tree with all problems collected: expectations on keys and values, each with its sentence.
//!
//! Every function that returns None has said why; the caller goes on with the rest of the file.

use super::problem::{Place, Problem};
use super::yaml::{Content, Entry, Node};

/// The problems of one file so far.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

// === impl Report ===

impl<'a> Report<'a> {
    /// An empty report of a file.
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, problems: Vec::new() }
    }

    /// All problems, in the order of the file.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.place);
        self.problems
    }

    /// Whether nothing has been found.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// One more problem.
    pub(crate) fn add(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push(Problem::at(self.file, self.text, place, message));
    }

    /// The document's tree.
    pub(crate) fn parse(&mut self) -> Option<Node> {
        match super::yaml::parse(self.text) {
            Ok(node) => Some(node),
            Err((place, message)) => {
                self.add(place, message);
                None
            }
        }
    }

    /// A mapping whose keys are names of the user's choice; duplicates are reported and left out.
    pub(crate) fn names<'n>(&mut self, node: &'n Node, what: &str) -> Option<Vec<&'n Entry>> {
        let Content::Map(entries) = &node.content else {
            self.add(node.place, format!("{what} must be a mapping, but this is {}", kind(node)));
            return None;
        };
        let mut first: Vec<&Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match first.iter().find(|earlier| earlier.key == entry.key) {
                Some(earlier) => {
                    let line = earlier.key_place.line;
                    self.add(entry.key_place, format!("{:?} is already defined in line {line}", entry.key));
                }
                None => first.push(entry),
            }
        }
        Some(first)
    }

    /// A mapping with fixed keys: unknown ones are reported.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let entries = self.names(node, what)?;
        for entry in &entries {
            if !known.contains(&entry.key.as_str()) {
                let hint = did_you_mean(&entry.key, known.iter().copied())
                    .unwrap_or_else(|| format!("; known keys are {}", known.join(", ")));
                self.add(entry.key_place, format!("unknown key {:?} in {what}{hint}", entry.key));
            }
        }
        Some(Fields { place: node.place, entries })
    }

    /// A sequence.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.content {
            Content::List(items) => Some(items),
            _ => {
                self.add(node.place, format!("{what} must be a list, but this is {}", kind(node)));
                None
            }
        }
    }

    /// A text that is not empty; numbers count as their text.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.content {
            Content::Scalar { text, .. } if !text.is_empty() => Some(text),
            _ => {
                self.add(node.place, format!("{what} must be a text, but this is {}", kind(node)));
                None
            }
        }
    }

    /// A whole number within a range.
    pub(crate) fn number(&mut self, node: &Node, what: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let (least, most) = (range.start(), range.end());
        let number = match &node.content {
            Content::Scalar { text, quoted: false } => text.replace('_', "").parse::<u64>().ok(),
            _ => None,
        };
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            self.add(
                node.place,
                format!("{what} must be a whole number from {least} to {most}, but this is {}", kind(node)),
            );
        }
        fits
    }

    /// `true` or `false`.
    pub(crate) fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.content {
            Content::Scalar { text, quoted: false } if text == "true" => Some(true),
            Content::Scalar { text, quoted: false } if text == "false" => Some(false),
            _ => {
                self.add(node.place, format!("{what} must be true or false, but this is {}", kind(node)));
                None
            }
        }
    }
}

/// A mapping with fixed keys.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    /// Where the mapping begins.
    pub(crate) place: Place,
    entries: Vec<&'n Entry>,
}

// === impl Fields ===

impl<'n> Fields<'n> {
    /// The entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key).copied()
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&'n Node> {
        self.get(key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&self, key: &str, what: &str, report: &mut Report<'_>) -> Option<&'n Node> {
        let value = self.value(key);
        if value.is_none() {
            report.add(Place { width: 1, ..self.place }, format!("{what} needs {key:?}"));
        }
        value
    }
}

/// What a value is, to say what was found.
fn kind(node: &Node) -> String {
    match &node.content {
        Content::Empty => "nothing".to_owned(),
        Content::Scalar { text, quoted: true } => format!("the text {text:?}"),
        Content::Scalar { text, .. } => text.clone(),
        Content::List(_) => "a list".to_owned(),
        Content::Map(_) => "a mapping".to_owned(),
    }
}

/// `; did you mean "x"?` where one of the known names is near.
pub(crate) fn did_you_mean<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let length = name.chars().count();
    let limit = (length / 4).clamp(usize::from(length > 2), 2);
    let nearest =
        known.into_iter().map(|known| (distance(name, known), known)).min_by_key(|(distance, _)| *distance)?;
    (nearest.0 <= limit).then(|| format!("; did you mean {:?}?", nearest.1))
}

/// How many characters to insert, remove, replace or swap with their neighbour; ASCII case is ignored.
fn distance(a: &str, b: &str) -> usize {
    let fold = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (a, b) = (fold(a), fold(b));
    // rows.0 is the row before the last, for swaps.
    let mut rows = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&rows.1, j) + usize::from(ca != cb);
            let mut best = replaced.min(at(&rows.1, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca) {
                best = best.min(at(&rows.0, j - 1) + 1);
            }
            row.push(best);
        }
        rows = (rows.1, row);
    }
    rows.1.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("abc", "abc", 0),
            ("hsah", "hash", 1),
            ("shop_9", "shop_09", 1),
            ("A", "a", 0),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(did_you_mean("shop_9", ["shop_00", "shop_01"]), None);
        assert_eq!(did_you_mean("tbpartition", ["tbpartitions"]).as_deref(), Some("; did you mean \"tbpartitions\"?"));
        assert_eq!(did_you_mean("foo", ["bar", "schema"]), None);
        assert_eq!(did_you_mean("x", []), None);
    }
}
