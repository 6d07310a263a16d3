//! `${NAME}` in values of the process configuration stands for an environment variable; `$${` for the characters `${`.
//!
//! A variable that is not set is a problem, never an empty text. Keys are not expanded.

use crate::rule::report::Report;
use crate::rule::yaml::{Content, Node};

/// Expands every scalar of a tree.
pub(super) fn expand(node: &mut Node, variable: &dyn Fn(&str) -> Option<String>, report: &mut Report<'_>) {
    let place = node.place;
    match &mut node.content {
        Content::Empty => {}
        Content::Scalar { text, .. } => match expand_text(text, variable) {
            Ok(expanded) => *text = expanded,
            Err(why) => report.add(place, why),
        },
        Content::List(items) => items.iter_mut().for_each(|item| expand(item, variable, report)),
        Content::Map(entries) => entries.iter_mut().for_each(|entry| expand(&mut entry.value, variable, report)),
    }
}

fn expand_text(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            expanded.push_str(literal);
            expanded.push_str("${");
            rest = &after[2..];
            continue;
        }
        expanded.push_str(before);
        let Some((name, tail)) = after[2..].split_once('}') else {
            return Err("\"${\" has no closing brace; write $${ for these characters themselves".to_owned());
        };
        let value = variable(name).ok_or_else(|| format!("the environment variable {name:?} is not set"))?;
        expanded.push_str(&value);
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded() {
        let variable = |name: &str| match name {
            "PORT" => Some("3307".to_owned()),
            "NESTED" => Some("${PORT}".to_owned()),
            _ => None,
        };
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("${PORT}", Ok("3307")),
            ("a:${PORT}-${PORT}", Ok("a:3307-3307")),
            ("$${PORT}", Ok("${PORT}")),
            ("${NESTED}", Ok("${PORT}")),
            ("$A$005$x", Ok("$A$005$x")),
            ("${MISSING}", Err("the environment variable \"MISSING\" is not set")),
            ("${PORT", Err("\"${\" has no closing brace; write $${ for these characters themselves")),
        ] {
            let got = expand_text(text, &variable);
            assert_eq!(got.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}
