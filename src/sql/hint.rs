//! DRDS's hints: what stands inside `/*+TDDL: … */`.
//!
//! A hint that says what a statement means or where it goes is obeyed or refused: an unknown call is an error, never
//! skipped. Advice on how DRDS's own executor is to join or aggregate ([`Hint::Advice`]) cannot change an answer, and is
//! read so that statements which carry it run.

/// One hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// `node('SHARD_0', 'SHARD_1')`, `node(0)`, `node("0,1,3")`: the shards, by name or number.
    Node(Vec<String>),
    /// `scan()`, `scan("t")`, `scan("t", condition="…")`, `scan("t", node="0,1")`.
    Scan {
        /// The tables; empty for those of the statement.
        tables: Vec<String>,
        /// The condition that chooses nodes.
        condition: Option<String>,
        /// The shards.
        nodes: Vec<String>,
    },
    /// `master()`.
    Master,
    /// `slave()`.
    Slave,
    /// `SOCKET_TIMEOUT(ms)`.
    SocketTimeout {
        /// Milliseconds.
        ms: u64,
    },
    /// `cmd_extra(K=V, …)`, or a bare `K=V`: keys in upper case, values as written.
    CmdExtra(Vec<(String, String)>),
    /// `HASH_JOIN(a, b)`, `INDEX(t, i)` and the like, in upper case: how to find an answer, not which.
    Advice(String),
}

/// Calls that name DRDS's physical operators, and the index or the order of a join.
const ADVICE: &[&str] = &[
    "ADD_PUSHDOWN_AGG",
    "BKA_JOIN",
    "FORCE_INDEX",
    "HASH_AGG",
    "HASH_GROUP_JOIN",
    "HASH_JOIN",
    "HASH_OUTER_JOIN",
    "HASH_WINDOW",
    "IGNORE_INDEX",
    "INDEX",
    "MATERIALIZED_SEMI_JOIN",
    "NL_JOIN",
    "NL_OUTER_JOIN",
    "NO_INDEX",
    "NO_JOIN",
    "PAGING_INDEX",
    "SEMI_BKA_JOIN",
    "SEMI_HASH_JOIN",
    "SEMI_NL_JOIN",
    "SEMI_SORT_MERGE_JOIN",
    "SORT_AGG",
    "SORT_MERGE_JOIN",
    "SORT_WINDOW",
];

/// Why a hint cannot be obeyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("TDDL hint: {0}")]
pub struct HintError(pub String);

/// Parses the inside of a hint (`Lexed::hint`): calls, joined by space, commas or semicolons.
///
/// # Errors
/// Unknown calls, by name.
pub fn parse(inside: &[u8]) -> Result<Vec<Hint>, HintError> {
    let text = std::str::from_utf8(inside).map_err(|_| HintError("it is not valid UTF-8".to_owned()))?;
    let mut rest = text.trim_start_matches(separates);
    if rest.starts_with('{') {
        return Err(HintError("hints in JSON are not served; write node(), scan() or cmd_extra()".to_owned()));
    }
    let mut hints = Vec::new();
    while !rest.is_empty() {
        let (hint, behind) = call(rest)?;
        hints.push(hint);
        rest = behind.trim_start_matches(separates);
    }
    Ok(hints)
}

fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';')
}

/// An argument: a value, perhaps with a key before it.
struct Argument {
    key: Option<String>,
    value: String,
}

/// One call and what stands behind it.
fn call(text: &str) -> Result<(Hint, &str), HintError> {
    let length = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    if let Some(assigned) = rest.trim_start().strip_prefix('=')
        && !name.is_empty()
    {
        let (value, behind) = value(assigned.trim_start())?;
        return Ok((Hint::CmdExtra(vec![(name.to_ascii_uppercase(), value)]), behind));
    }
    let Some(rest) = rest.trim_start().strip_prefix('(') else {
        return Err(HintError(format!("'{}' is not a call as in scan()", first_words(text))));
    };
    let upper = name.to_ascii_uppercase();
    if ADVICE.binary_search(&upper.as_str()).is_ok() {
        return Ok((Hint::Advice(upper), parenthesized(rest)?.1));
    }
    let (arguments, rest) = arguments(rest)?;
    let hint = match name.to_ascii_lowercase().as_str() {
        "node" => Hint::Node(nodes(name, arguments)?),
        "scan" => scan(arguments)?,
        "master" if arguments.is_empty() => Hint::Master,
        "slave" if arguments.is_empty() => Hint::Slave,
        "socket_timeout" => socket_timeout(&arguments)?,
        "cmd_extra" => Hint::CmdExtra(arguments.into_iter().map(extra).collect::<Result<_, _>>()?),
        "master" | "slave" => return Err(HintError(format!("{name}() takes no arguments"))),
        _ => {
            let known = "node, scan, master, slave, socket_timeout and cmd_extra";
            return Err(HintError(format!("'{}' is not known (known are {known})", first_words(text))));
        }
    };
    Ok((hint, rest))
}

/// What stands up to the parenthesis that closes this one, and what stands behind it.
fn parenthesized(text: &str) -> Result<(&str, &str), HintError> {
    let mut depth = 1_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inside, rest) = text.split_at(at);
            return Ok((inside, rest.get(1..).unwrap_or_default()));
        }
    }
    Err(HintError("a parenthesis is not closed".to_owned()))
}

/// The value of a setting: a word, or a list in parentheses.
fn value(text: &str) -> Result<(String, &str), HintError> {
    match text.strip_prefix('(') {
        Some(rest) => parenthesized(rest).map(|(inside, behind)| (inside.to_owned(), behind)),
        None => word(text),
    }
}

fn first_words(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The arguments up to the closing parenthesis, and what stands behind it.
fn arguments(mut rest: &str) -> Result<(Vec<Argument>, &str), HintError> {
    let open = || HintError("a parenthesis is not closed".to_owned());
    let mut arguments = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix(')') {
            return Ok((arguments, behind));
        }
        let (mut value, mut behind) = word(rest)?;
        let mut key = None;
        if let Some(assigned) = behind.trim_start().strip_prefix('=') {
            key = Some(value);
            (value, behind) = self::value(assigned.trim_start())?;
        }
        let set = key.is_some();
        arguments.push(Argument { key, value });
        let spaced = behind.starts_with(char::is_whitespace);
        rest = behind.trim_start();
        match rest.chars().next() {
            Some(',') => rest = rest.get(1..).unwrap_or_default(),
            Some(')') => {}
            // Settings may have only space between them.
            Some(_) if set && spaced => {}
            Some(_) => return Err(HintError(format!("unexpected '{}'", first_words(rest)))),
            None => return Err(open()),
        }
    }
}

/// A quoted or bare word, and what stands behind it.
fn word(text: &str) -> Result<(String, &str), HintError> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
    if let Some(quote) = quote {
        let inside = text.get(1..).unwrap_or_default();
        return match inside.split_once(quote) {
            Some((value, behind)) => Ok((value.to_owned(), behind)),
            None => Err(HintError("a quote is not closed".to_owned())),
        };
    }
    let length = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | '(' | '=')).unwrap_or(text.len());
    let (value, behind) = text.split_at(length);
    if value.is_empty() {
        return Err(HintError(format!("a value is missing before '{}'", first_words(text))));
    }
    Ok((value.to_owned(), behind))
}

/// `'a', 'b'`, `0`, `"0,1,3"`: one list.
fn nodes(call: &str, arguments: Vec<Argument>) -> Result<Vec<String>, HintError> {
    let mut nodes = Vec::new();
    for argument in arguments {
        if let Some(key) = argument.key {
            return Err(HintError(format!("{call}() knows no argument '{key}'")));
        }
        nodes.extend(split(&argument.value));
    }
    if nodes.is_empty() {
        return Err(HintError(format!("{call}() names no shard")));
    }
    Ok(nodes)
}

fn split(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

fn scan(arguments: Vec<Argument>) -> Result<Hint, HintError> {
    let (mut tables, mut condition, mut nodes) = (Vec::new(), None, Vec::new());
    for Argument { key, value } in arguments {
        match key.map(|key| key.to_ascii_lowercase()).as_deref() {
            None => tables.extend(split(&value)),
            Some("condition") if condition.is_none() => condition = Some(value),
            Some("node") if nodes.is_empty() => nodes.extend(split(&value)),
            Some(key) => return Err(HintError(format!("scan() knows no argument '{key}', or it is given twice"))),
        }
    }
    Ok(Hint::Scan { tables, condition, nodes })
}

fn socket_timeout(arguments: &[Argument]) -> Result<Hint, HintError> {
    match arguments {
        [Argument { key: None, value }] if value.bytes().all(|byte| byte.is_ascii_digit()) => {
            let ms = value.parse().map_err(|_| HintError(format!("SOCKET_TIMEOUT({value}) is too long")))?;
            Ok(Hint::SocketTimeout { ms })
        }
        _ => Err(HintError("SOCKET_TIMEOUT takes a number of milliseconds".to_owned())),
    }
}

fn extra(argument: Argument) -> Result<(String, String), HintError> {
    match argument.key {
        Some(key) => Ok((key.to_ascii_uppercase(), argument.value)),
        None => Err(HintError(format!("cmd_extra takes K=V, not '{}'", argument.value))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    #[test]
    fn known_hints() {
        let check = |text: &str, expected: &[Hint]| assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        check("", &[]);
        check("node('SHARD_0', 'SHARD_1')", &[Hint::Node(strings(&["SHARD_0", "SHARD_1"]))]);
        check(" NODE(0) ", &[Hint::Node(strings(&["0"]))]);
        check("node(\"0,1, 3\")", &[Hint::Node(strings(&["0", "1", "3"]))]);
        let scan = |tables, condition: Option<&str>, nodes| Hint::Scan {
            tables: strings(tables),
            condition: condition.map(str::to_owned),
            nodes: strings(nodes),
        };
        check("scan()", &[scan(&[], None, &[])]);
        check("scan('t', condition=\"t.pk = 9 or pk = (19)\")", &[scan(&["t"], Some("t.pk = 9 or pk = (19)"), &[])]);
        check("scan(\"a, b\", node = '0,1')", &[scan(&["a", "b"], None, &["0", "1"])]);
        check("master() SOCKET_TIMEOUT(900)", &[Hint::Master, Hint::SocketTimeout { ms: 900 }]);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        check(
            "slave();cmd_extra(forbid_execute_dml_all=false, B = 'x y')",
            &[Hint::Slave, Hint::CmdExtra(vec![pair("FORBID_EXECUTE_DML_ALL", "false"), pair("B", "x y")])],
        );
        check("cmd_extra(a=1\n b=(2, 3))", &[Hint::CmdExtra(vec![pair("A", "1"), pair("B", "2, 3")])]);
        check(
            "ENABLE_MPP=true force=(\"p,s\") node(1)",
            &[
                Hint::CmdExtra(vec![pair("ENABLE_MPP", "true")]),
                Hint::CmdExtra(vec![pair("FORCE", "\"p,s\"")]),
                Hint::Node(strings(&["1"])),
            ],
        );
        let advice = |name: &str| Hint::Advice(name.to_owned());
        check("hash_join((a, b), ')') INDEX(t, i)", &[advice("HASH_JOIN"), advice("INDEX")]);
        assert!(ADVICE.is_sorted());
    }

    #[test]
    fn unknown_hints_are_errors() {
        for text in [
            "fly()",
            "node()",
            "node(",
            "node('a)",
            "node(a b)",
            "node(a=b)",
            "scan(x=1)",
            "master(1)",
            "master",
            "SOCKET_TIMEOUT(x)",
            "SOCKET_TIMEOUT()",
            "SOCKET_TIMEOUT(99999999999999999999999)",
            "cmd_extra(a)",
            "scan(,)",
            "hash_join((a)",
            "a=",
            "=1",
            "a=(1",
            "scan(t x)",
            "node(\u{e9}\u{e9}",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\xff").is_err());
        assert!(parse(b"fly(1)").unwrap_err().to_string().contains("'fly(1)' is not known"));
    }
}
