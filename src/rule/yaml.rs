//! YAML as typed: a tree in which every key and value knows its line and column.
//!
//! A typed `Deserialize` would stop at the first mistake; a DBA wants all of them at once. So the text is read into this
//! tree without looking at its meaning, duplicate keys included, and [`Report`](super::report::Report) looks at it.
//! Scalars keep the text as it was written: a password `0123` or `1e3` stays what it is.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned};
use std::fmt;

use super::problem::Place;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Nothing, `null` or `~`.
    Empty,
    /// A scalar's text: without quotes, escapes resolved.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stood in quotes or in a block: then it is a string, never a number or truth value.
        quoted: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; keys may repeat.
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) value: Node,
}

/// Reads one document. An error is what the YAML reader says, and where.
pub(crate) fn parse(text: &str) -> Result<Node, (Place, String)> {
    // With "last wins" a mapping is streamed as it is, duplicate keys too; `Report` finds them.
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        merge_keys: MergeKeyPolicy::Error,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => Ok(node(raw, text)),
        Err(error) => {
            let place = error.location().map(place).unwrap_or_default();
            Err((place, sentence(&error.to_string())))
        }
    }
}

/// The reader's message without the position that it appends.
fn sentence(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    let cut = first.find(" at line ").unwrap_or(first.len());
    format!("this is not valid YAML: {}", &first[..cut])
}

fn place(location: Location) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Place {
        line: number(location.line()),
        column: number(location.column()),
        width: number(location.span().len()).max(1),
    }
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    let written = written(raw.defined, text);
    let place = place(raw.referenced);
    let content = match raw.value {
        Raw::Empty => Content::Empty,
        Raw::Plain => Content::Scalar { text: written.trim().to_owned(), quoted: false },
        Raw::Text(value) => Content::Scalar { text: value, quoted: written.starts_with(['"', '\'', '|', '>']) },
        Raw::List(items) => Content::List(items.into_iter().map(|item| node(item, text)).collect()),
        Raw::Map(entries) => Content::Map(entries.into_iter().map(|(key, value)| entry(key, value, text)).collect()),
    };
    Node { place, content }
}

fn entry(key: Spanned<String>, value: Spanned<Raw>, text: &str) -> Entry {
    Entry { key_place: place(key.referenced), key: key.value, value: node(value, text) }
}

/// The bytes of the file that a location covers.
fn written(location: Location, text: &str) -> &str {
    let span = location.span();
    let number = |n: u64| usize::try_from(n).ok();
    let start = span.byte_offset().and_then(number).unwrap_or(0);
    let end = span.byte_len().and_then(number).map_or(start, |len| start.saturating_add(len));
    text.get(start..end).unwrap_or_default()
}

/// What serde shows of a value; [`node`] adds what the file says.
enum Raw {
    Empty,
    /// A number or truth value: its text is in the file.
    Plain,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Empty)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "test")]
mod tests {
    use super::*;

    fn entries(node: &Node) -> &[Entry] {
        match &node.content {
            Content::Map(entries) => entries,
            other => panic!("not a mapping: {other:?}"),
        }
    }

    fn scalar(node: &Node) -> (&str, bool) {
        match &node.content {
            Content::Scalar { text, quoted } => (text, *quoted),
            other => panic!("not a scalar: {other:?}"),
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let root = parse("a: 1\nbö:\n  - x\n  - { c: \"q\" }\n").unwrap();
        let [a, b] = entries(&root) else { panic!() };
        assert_eq!(a.key_place, Place { line: 1, column: 1, width: 1 });
        assert_eq!(a.value.place, Place { line: 1, column: 4, width: 1 });
        assert_eq!(b.key_place, Place { line: 2, column: 1, width: 2 });
        let Content::List(items) = &b.value.content else { panic!() };
        assert_eq!(items[0].place, Place { line: 3, column: 5, width: 1 });
        let [c] = entries(&items[1]) else { panic!() };
        assert_eq!(c.value.place, Place { line: 4, column: 10, width: 3 });
    }

    #[test]
    fn scalars_keep_the_text_as_written() {
        let text =
            "- 0123\n- 1e3 # comment\n- 'yes'\n- yes\n- 0x1F\n- \"a\\tb\"\n- ~\n- 99999999999999999999999999\n- a b \n";
        let root = parse(text).unwrap();
        let Content::List(items) = &root.content else { panic!() };
        assert_eq!(scalar(&items[0]), ("0123", false));
        assert_eq!(scalar(&items[1]), ("1e3", false));
        assert_eq!(scalar(&items[2]), ("yes", true));
        assert_eq!(scalar(&items[3]), ("yes", false));
        assert_eq!(scalar(&items[4]), ("0x1F", false));
        assert_eq!(scalar(&items[5]), ("a\tb", true));
        assert!(matches!(items[6].content, Content::Empty));
        assert_eq!(scalar(&items[7]), ("99999999999999999999999999", false));
        assert_eq!(scalar(&items[8]), ("a b", false));
    }

    #[test]
    fn duplicate_keys_are_all_there() {
        let root = parse("t:\n  a: 1\n  b: 2\n  a: 3\n").unwrap();
        let inner = entries(&entries(&root)[0].value);
        let keys: Vec<&str> = inner.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "a"]);
        assert_eq!(inner[2].key_place, Place { line: 4, column: 3, width: 1 });
    }

    #[test]
    fn broken_yaml_says_where() {
        let (place, message) = parse("a: {b: 1\nc: 2\n").unwrap_err();
        assert!(place.line >= 1, "{place:?}");
        assert!(message.starts_with("this is not valid YAML: "), "{message}");
        assert!(!message.contains("line"), "{message}");
    }

    #[test]
    fn nothing_is_empty() {
        assert!(matches!(parse("").unwrap().content, Content::Empty));
        assert!(matches!(parse("# only a comment\n").unwrap().content, Content::Empty));
    }
}
