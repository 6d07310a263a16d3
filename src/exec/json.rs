//! MySQL's JSON as it travels: its text, with the types in front that the text does not tell ([`crate::plan::json`]).
//!
//! Always holds: what is written out of it is the value that was read, part by part of the same type; what cannot be
//! written so is refused.

use std::collections::BTreeMap;

use super::temporary::put_quoted;
use crate::error::{Code, SqlError};
use crate::plan::json::TYPED;

/// A server's JSON is never deeper.
const DEEPEST: usize = 128;

/// A part of a value.
struct Part<'j> {
    text: &'j [u8],
    /// Where it is: the part around it, and the step from there.
    from: Option<(usize, Step<'j>)>,
    inside: Vec<usize>,
    is_object: bool,
}

/// A step of a path.
#[derive(Clone, Copy)]
enum Step<'j> {
    /// An element, by its index.
    Element(usize),
    /// A member, by its key in quotes.
    Member(&'j [u8]),
}

/// Reads a server's text, which is well-formed.
struct Reader<'j> {
    text: &'j [u8],
    at: usize,
    parts: Vec<Part<'j>>,
}

/// The parts of a value in the orders in which a server finds them.
#[derive(Default)]
struct Found {
    members: Vec<usize>,
    elements: Vec<usize>,
}

/// A value as an expression.
pub(super) fn put(cell: &[u8], out: &mut Vec<u8>) -> Result<(), SqlError> {
    let (types, text) = taken_apart(cell)?;
    if types.is_empty() {
        put_quoted(b"_utf8mb4'", text, out);
        return Ok(());
    }
    let mut reader = Reader { text, at: 0, parts: Vec::new() };
    let root = reader.part(None, 0)?;
    let mut found = Found { members: Vec::new(), elements: vec![root] };
    found.inside(&reader.parts, root);
    out.extend_from_slice(b"JSON_REPLACE(CAST(");
    put_quoted(b"_utf8mb4'", text, out);
    out.extend_from_slice(b" AS JSON)");
    for ((list, number), kind) in types {
        let list = if list == b'm' { &found.members } else { &found.elements };
        let at = number.checked_sub(1).and_then(|index| list.get(index)).copied().ok_or_else(broken)?;
        let mut path = b"$".to_vec();
        put_path(&reader.parts, at, &mut path)?;
        out.push(b',');
        put_quoted(b"_utf8mb4'", &path, out);
        out.push(b',');
        put_scalar(kind, reader.parts.get(at).ok_or_else(broken)?.text, out)?;
    }
    out.push(b')');
    Ok(())
}

/// The types of parts, by list and number, and the text.
type TakenApart<'j> = (BTreeMap<(u8, usize), &'j [u8]>, &'j [u8]);

fn taken_apart(cell: &[u8]) -> Result<TakenApart<'_>, SqlError> {
    let mut types = BTreeMap::new();
    let Some(rest) = cell.strip_prefix(&[TYPED]) else { return Ok((types, cell)) };
    if rest.is_empty() {
        let message = "a JSON value and the types in it are more than a server's max_allowed_packet";
        return Err(SqlError::new(Code::UnsupportedAcrossShards, message));
    }
    let end = memchr::memchr(b'}', rest).ok_or_else(broken)?;
    let (list, text) = rest.split_at(end);
    let mut words = list.split(|byte| *byte == b'"').skip(1).step_by(2);
    while let (Some(place), Some(kind)) = (words.next(), words.next()) {
        let (list, number) = place.split_first().ok_or_else(broken)?;
        let number = std::str::from_utf8(number).ok().and_then(|digits| digits.parse().ok()).ok_or_else(broken)?;
        types.insert((*list, number), kind);
    }
    Ok((types, text.get(1..).unwrap_or_default()))
}

/// The path of a part.
fn put_path(parts: &[Part<'_>], at: usize, out: &mut Vec<u8>) -> Result<(), SqlError> {
    let Some((around, step)) = parts.get(at).ok_or_else(broken)?.from else { return Ok(()) };
    put_path(parts, around, out)?;
    match step {
        Step::Element(index) => out.extend_from_slice(format!("[{index}]").as_bytes()),
        Step::Member(key) => {
            out.push(b'.');
            out.extend_from_slice(key);
        }
    }
    Ok(())
}

/// A part that is neither array nor object as an expression of its type.
fn put_scalar(kind: &[u8], text: &[u8], out: &mut Vec<u8>) -> Result<(), SqlError> {
    let said = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    let plain = |byte: &u8| byte.is_ascii_digit() || b"-+.: ".contains(byte);
    let moment = || if said.iter().all(plain) { Ok(said) } else { Err(broken()) };
    match kind {
        b"DATE" => put_between(b"DATE'", moment()?, b"'", out),
        b"TIME" => put_between(b"TIME'", moment()?, b"'", out),
        b"DATETIME" => put_between(b"TIMESTAMP'", moment()?, b"'", out),
        b"TIMESTAMP" => {
            let tail = b"\"]',_utf8mb4'$[0]' COLUMNS (v TIMESTAMP(6) PATH _utf8mb4'$' ERROR ON ERROR)) AS w)";
            put_between(b"(SELECT v FROM JSON_TABLE(_utf8mb4'[\"", moment()?, tail, out);
        }
        b"UNSIGNED INTEGER" => put_between(b"CAST(", moment()?, b" AS UNSIGNED)", out),
        b"DECIMAL" if moment()?.contains(&b'.') => out.extend_from_slice(said),
        b"DECIMAL" => put_between(b"CAST(", moment()?, b" AS DECIMAL(65,0))", out),
        b"BLOB" | b"BIT" => put_bytes(said, out)?,
        _ => return Err(not_carried(kind)),
    }
    Ok(())
}

fn put_between(before: &[u8], text: &[u8], behind: &[u8], out: &mut Vec<u8>) {
    [before, text, behind].iter().for_each(|part| out.extend_from_slice(part));
}

/// Bytes, which show as `base64:type15:QUJD` with the number of the column's type.
fn put_bytes(said: &[u8], out: &mut Vec<u8>) -> Result<(), SqlError> {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let rest = said.strip_prefix(b"base64:type").ok_or_else(broken)?;
    let colon = memchr::memchr(b':', rest).ok_or_else(broken)?;
    let (number, digits) = (rest.get(..colon).unwrap_or_default(), rest.get(colon + 1..).unwrap_or_default());
    // A line has 76 of them.
    let digits = &*String::from_utf8_lossy(digits).replace("\\n", "").into_bytes();
    if !digits.iter().all(base64) {
        return Err(broken());
    }
    let padding = digits.iter().filter(|byte| **byte == b'=').count();
    let length = (digits.len() / 4 * 3).saturating_sub(padding);
    let in_table = |(before, behind): (&str, &str), column: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(format!("(SELECT v FROM JSON_TABLE(JSON_ARRAY({before}FROM_BASE64('").as_bytes());
        out.extend_from_slice(digits);
        let tail = format!("'){behind}),_utf8mb4'$[0]' COLUMNS (v {column} PATH _utf8mb4'$' ERROR ON ERROR)) AS w)");
        out.extend_from_slice(tail.as_bytes());
    };
    match number {
        b"15" => put_between(b"FROM_BASE64('", digits, b"')", out),
        // The type of a function is that of the longest value that it may have.
        b"250" => put_between(b"IF(TRUE,FROM_BASE64('", digits, b"'),CAST('' AS BINARY(65536)))", out),
        b"251" => put_between(b"IF(TRUE,FROM_BASE64('", digits, b"'),CAST('' AS BINARY(16777216)))", out),
        b"252" => in_table(("", ""), "BLOB", out),
        b"254" => in_table(("", ""), &format!("BINARY({length})"), out),
        b"16" => in_table(("CAST(CONV(HEX(", "),16,10) AS UNSIGNED)"), &format!("BIT({})", 8 * length), out),
        _ => return Err(not_carried(number)),
    }
    Ok(())
}

fn not_carried(kind: &[u8]) -> SqlError {
    let message = format!(
        "a JSON value has bytes or an object of the type {} in it, which cannot be copied; store it as text",
        String::from_utf8_lossy(kind)
    );
    SqlError::new(Code::UnsupportedAcrossShards, message)
}

fn broken() -> SqlError {
    SqlError::new(Code::BackendAnswer, "a JSON value that was fetched is none")
}

// === impl Found ===

impl Found {
    fn inside(&mut self, parts: &[Part<'_>], at: usize) {
        let Some(part) = parts.get(at) else { return };
        let list = if part.is_object { &mut self.members } else { &mut self.elements };
        list.extend(&part.inside);
        part.inside.iter().for_each(|inner| self.inside(parts, *inner));
    }
}

// === impl Reader ===

impl<'j> Reader<'j> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eats(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The number of the part that begins here.
    fn part(&mut self, from: Option<(usize, Step<'j>)>, depth: usize) -> Result<usize, SqlError> {
        if depth > DEEPEST {
            return Err(broken());
        }
        let number = self.parts.len();
        let first = self.peek().ok_or_else(broken)?;
        let start = self.at;
        self.parts.push(Part { text: &[], from, inside: Vec::new(), is_object: first == b'{' });
        let inside = match first {
            b'{' | b'[' => self.inside(number, depth)?,
            b'"' => {
                self.string()?;
                Vec::new()
            }
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.at += rest.iter().take_while(|byte| !b",]} ".contains(byte)).count();
                Vec::new()
            }
        };
        let text = self.text.get(start..self.at).unwrap_or_default();
        let part = self.parts.get_mut(number).ok_or_else(broken)?;
        (part.text, part.inside) = (text, inside);
        Ok(number)
    }

    /// What is in the array or object that begins here.
    fn inside(&mut self, around: usize, depth: usize) -> Result<Vec<usize>, SqlError> {
        let is_object = self.eats(b'{');
        let end = if is_object { b'}' } else { b']' };
        self.at += usize::from(!is_object);
        let mut inside = Vec::new();
        if self.eats(end) {
            return Ok(inside);
        }
        loop {
            let step = if is_object { Step::Member(self.key()?) } else { Step::Element(inside.len()) };
            inside.push(self.part(Some((around, step)), depth + 1)?);
            if self.eats(end) {
                return Ok(inside);
            }
            if !self.eats(b',') {
                return Err(broken());
            }
        }
    }

    fn key(&mut self) -> Result<&'j [u8], SqlError> {
        if self.peek() != Some(b'"') {
            return Err(broken());
        }
        let key = self.string()?;
        if self.eats(b':') { Ok(key) } else { Err(broken()) }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Result<&'j [u8], SqlError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(broken()),
            }
        }
        self.at += 1;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::put;

    fn check(cell: &str, expected: &str) {
        let mut out = Vec::new();
        let done = put(cell.as_bytes(), &mut out).map(|()| String::from_utf8_lossy(&out).into_owned());
        assert_eq!(done.as_deref().map_err(|error| error.message.as_str()), Ok(expected), "{cell}");
    }

    fn refused(cell: &str) {
        assert!(put(cell.as_bytes(), &mut Vec::new()).is_err(), "{cell}");
    }

    #[test]
    fn what_the_text_tells_is_the_text() {
        check(r#"{"a": 'x'}"#, r#"_utf8mb4'{"a": \'x\'}'"#);
    }

    #[test]
    fn parts_get_their_types_back() {
        check(
            r#"~{"e1": "DATE"}"2020-01-02""#,
            r#"JSON_REPLACE(CAST(_utf8mb4'"2020-01-02"' AS JSON),_utf8mb4'$',DATE'2020-01-02')"#,
        );
        // Members are found level by level below each object, elements below each array.
        check(
            r#"~{"m1": "DECIMAL", "m4": "TIME", "e4": "UNSIGNED INTEGER"}{"a": 1.5, "b]": [0, {"\"": "-01:00:00.000000"}, 7], "c": {}}"#,
            concat!(
                r#"JSON_REPLACE(CAST(_utf8mb4'{"a": 1.5, "b]": [0, {"\\"": "-01:00:00.000000"}, 7], "c": {}}' AS JSON),"#,
                r#"_utf8mb4'$."b]"[2]',CAST(7 AS UNSIGNED),_utf8mb4'$."a"',1.5,"#,
                r#"_utf8mb4'$."b]"[1]."\\""',TIME'-01:00:00.000000')"#
            ),
        );
        check(
            r#"~{"e2": "DECIMAL", "e3": "BLOB"}[5, "base64:type15:Q\nQ=="]"#,
            concat!(
                r#"JSON_REPLACE(CAST(_utf8mb4'[5, "base64:type15:Q\\nQ=="]' AS JSON),"#,
                "_utf8mb4'$[0]',CAST(5 AS DECIMAL(65,0)),_utf8mb4'$[1]',FROM_BASE64('QQ=='))"
            ),
        );
    }

    #[test]
    fn what_is_no_such_value_is_refused() {
        for cell in [
            "~",
            "~{",
            r#"~{"e1": "DATE"}"2020'; DROP""#,
            r#"~{"e3": "DATE"}["2020-01-01"]"#,
            r#"~{"e0": "DATE"}["2020-01-01"]"#,
            r#"~{"e1": "GEOMETRY"}"x""#,
            r#"~{"e1": "BLOB"}"base64:type249:QQ==""#,
            r#"~{"e1": "BLOB"}"base64:type15:'""#,
            r#"~{"m1": "DATE"}{"a" "2020-01-01"}"#,
            r#"~{"m1": "DATE"}{"a": "2020-01-01"#,
        ] {
            refused(cell);
        }
        refused(&format!("~{{\"e1\": \"DATE\"}}{}", "[".repeat(100_000)));
    }
}
