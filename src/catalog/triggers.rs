//! Which columns a trigger sets: read from its text, and rather one too many than one too few.

use crate::plan::{Trigger, TriggerEvent};

/// A trigger; `event` and `body` as in `information_schema.TRIGGERS`. None where it is not of INSERT or UPDATE.
pub(super) fn trigger(name: &str, event: &str, body: &str) -> Option<Trigger> {
    let event = match event.to_ascii_uppercase().as_str() {
        "INSERT" => TriggerEvent::Insert,
        "UPDATE" => TriggerEvent::Update,
        _ => return None,
    };
    Some(Trigger { name: name.into(), event, columns: assigned(body) })
}

/// The columns of NEW that get a value: in SET, as a target of INTO, or in the hands of a procedure.
fn assigned(body: &str) -> Vec<Box<str>> {
    let tokens = tokens(body);
    let at = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut columns: Vec<Box<str>> = Vec::new();
    let (mut into, mut call) = (false, false);
    for (index, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            _ if token.quoted => {}
            "into" => into = true,
            "call" => call = true,
            ";" => (into, call) = (false, false),
            "select" | "set" | "value" | "values" | "from" | "where" | "(" | "=" => into = false,
            "new" if at(index + 1) == "." => {
                let behind = (at(index + 3), at(index + 4));
                let before = index.checked_sub(1).map_or("", at);
                let set = behind == (":", "=") || (behind.0 == "=" && matches!(before, "set" | ","));
                if set || into || call {
                    columns.push(at(index + 2).into());
                }
            }
            _ => {}
        }
    }
    columns
}

/// A word in lower case, or one other character.
struct Token {
    text: String,
    /// In backticks or double quotes: a name, whatever it says.
    quoted: bool,
}

/// Words and characters without strings, comments and white space.
fn tokens(body: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = body;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted_length(rest, first),
            '`' | '"' => {
                let length = quoted_length(rest, first);
                let inside = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
                let text = inside.replace(&format!("{first}{first}"), &first.to_string()).to_ascii_lowercase();
                tokens.push(Token { text, quoted: true });
                length
            }
            '#' => line_length(rest),
            '-' if rest.starts_with("--") && rest.get(2..3).is_none_or(|next| next.trim().is_empty()) => {
                line_length(rest)
            }
            // What stands in a comment for some versions is read as if it counted.
            '/' if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") => {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let text = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
                tokens.push(Token { text, quoted: false });
                length
            }
            _ => {
                tokens.push(Token { text: first.to_string(), quoted: false });
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn line_length(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// How long a text in quotes is; a backslash hides the next character, but for names in backticks.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_triggers_set() {
        for (body, expected) in [
            ("SET NEW.k = NEW.k + 100", &["k"][..]),
            ("BEGIN SET @a = 1, new.`K` := 2; SET NEW . v=NEW.w; END", &["k", "v"]),
            ("SET @a = NEW.k, @b = NEW.v = NEW.w", &[]),
            ("INSERT INTO log (k, v) VALUES (NEW.k, NEW.v)", &[]),
            ("INSERT INTO log SELECT NEW.k FROM t WHERE a = NEW.v", &[]),
            ("SELECT a, b INTO @x, NEW.k FROM t WHERE c = NEW.v", &["k"]),
            ("BEGIN CALL p(1, NEW.k); INSERT INTO log SET a = NEW.v; END", &["k"]),
            ("BEGIN -- SET NEW.a = 1\n# SET NEW.b = 1\n/* SET NEW.c = 1 */ SET @x = 'SET NEW.d = \\'1'; END", &[]),
            ("/*!50003 SET NEW.k = 1 */", &["k"]),
            ("IF NEW.k = 5 THEN SET NEW.v = 'it''s', NEW.w = \"x\"; END IF", &["v", "w"]),
            ("SET NEW.``k```", &[]),
        ] {
            let columns = assigned(body);
            assert_eq!(columns.iter().map(|column| &**column).collect::<Vec<_>>(), expected, "{body}");
        }
        assert!(trigger("t", "DELETE", "SET @a = 1").is_none());
    }
}
