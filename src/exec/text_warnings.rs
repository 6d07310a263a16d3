//! Warnings about a statement's text: one server says them once, and every node says them.
//!
//! A server warns of the text itself (a deprecated word, a constant that is no number) before it reads rows, and EXPLAIN
//! of a statement warns of just that. So where every node has warned, one of them explains its statement, and the
//! statement as one node alone would get it: the first list, found at the beginning of every node's own, is cut off
//! there, and the second one is told in front of what is left.
//!
//! Always holds: a list that does not begin so, or whose statement cannot be explained, stays as it is. Nothing is
//! explained that calls a stored function: a server may call it to plan the statement, and it may write.

use super::hold::Hold;
use super::merge_node::DUPLICATE_ENTRY;
use super::spread::{AT_ROW, Done};
use super::{Outcome, Request, Warning, answers, send};
use crate::backend::BackendError;
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::{Combine, Spread, Target};

/// What a node has warned of.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) node: DataNode,
    /// How many warnings there were.
    pub(super) count: u16,
    /// Those that it has kept.
    pub(super) list: Vec<Warning>,
}

/// EXPLAIN's own notes: what the optimizer has made of a statement, which columns come from a query around, and which
/// index a conversion keeps from being used.
const OF_EXPLAIN: [u16; 3] = [1003, 1276, 1739];

/// So many warnings a server keeps of a statement, in the session that the connection has.
///
/// # Errors
/// The connection is lost.
pub(super) async fn kept(hold: &mut Hold) -> Result<usize, SqlError> {
    let answer = hold.query("SELECT @@max_error_count").await?;
    let told = answer.text(0, 0).and_then(|count| count.parse().ok());
    told.ok_or_else(|| SqlError::new(Code::BackendAnswer, "a server does not tell max_error_count as a number"))
}

/// Tells once what every node has said of the text of a read; the connection is one of theirs.
///
/// # Errors
/// The connection is lost.
pub(super) async fn of_read(hold: &mut Hold, request: &Request<'_>, heard: &mut [Heard]) -> Result<(), SqlError> {
    let here = |heard: &&Heard| request.instance(heard.node) == hold.instance;
    let Some(node) = heard.iter().find(here).map(|heard| heard.node) else { return Ok(()) };
    let Some(each) = explained(hold, request, node, Spread::Many).await? else { return Ok(()) };
    if each.is_empty() || !heard.iter().all(|heard| heard.list.starts_with(&each)) {
        return Ok(());
    }
    let Some(once) = explained(hold, request, node, Spread::One).await? else { return Ok(()) };
    for (number, heard) in heard.iter_mut().enumerate() {
        let told = if number == 0 { once.as_slice() } else { &[] };
        replace_start(&mut heard.list, &mut heard.count, each.len(), told);
    }
    Ok(())
}

/// The same of a write, whose nodes may have different texts: rows of VALUES go to their own.
///
/// # Errors
/// A connection is lost.
pub(super) async fn of_write(request: &Request<'_>, done: &mut [Done]) -> Result<(), SqlError> {
    let nodes: usize = done.iter().map(|done| done.outcomes.len()).sum();
    let warns = |outcome: &Outcome| outcome.warning_list.first().is_some_and(may_be_of_text);
    if nodes < 2 || request.plan.combine == Combine::Same || request.plan.calls_stored {
        return Ok(());
    }
    let mut starts = Vec::new();
    for done in done.iter_mut() {
        for (node, outcome) in &done.outcomes {
            if !warns(outcome) {
                continue;
            }
            match explained(&mut done.hold, request, *node, Spread::Many).await? {
                Some(each) if request.names(*node).warnings(outcome.warning_list.clone()).starts_with(&each) => {
                    starts.push((*node, each.len()));
                }
                _ => return Ok(()),
            }
        }
    }
    let Some(first) = done.iter_mut().find(|done| done.outcomes.iter().any(|(_, outcome)| warns(outcome))) else {
        return Ok(());
    };
    let Some((node, _)) = first.outcomes.first() else { return Ok(()) };
    let node = *node;
    if starts.iter().all(|(_, length)| *length == 0) {
        return Ok(());
    }
    let Some(once) = explained(&mut first.hold, request, node, Spread::One).await? else { return Ok(()) };
    let mut told = once.as_slice();
    for (node, outcome) in done.iter_mut().flat_map(|done| &mut done.outcomes) {
        let Some((_, length)) = starts.iter().find(|(of, _)| of == node) else { continue };
        replace_start(&mut outcome.warning_list, &mut outcome.warnings, *length, std::mem::take(&mut told));
        renumber(&mut outcome.message, outcome.warnings);
    }
    Ok(())
}

/// A warning of a row says which one it is, or what it has met.
fn may_be_of_text(warning: &Warning) -> bool {
    warning.errno != DUPLICATE_ENTRY && !warning.message.contains(AT_ROW)
}

/// Puts other warnings in the place of the first ones.
fn replace_start(list: &mut Vec<Warning>, count: &mut u16, length: usize, told: &[Warning]) {
    let number = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    list.splice(..length.min(list.len()), told.iter().cloned());
    *count = count.saturating_sub(number(length)).saturating_add(number(told.len()));
}

/// `Rows matched: 9  Changed: 1  Warnings: 2` with another number of warnings.
fn renumber(message: &mut Vec<u8>, warnings: u16) {
    const WARNINGS: &[u8] = b"Warnings: ";
    if let Some(at) = message.windows(WARNINGS.len()).rposition(|part| part == WARNINGS) {
        message.truncate(at + WARNINGS.len());
        message.extend_from_slice(warnings.to_string().as_bytes());
    }
}

/// What a server warns of when it explains a node's statement; None where it cannot be explained.
async fn explained(
    hold: &mut Hold,
    request: &Request<'_>,
    node: DataNode,
    spread: Spread,
) -> Result<Option<Vec<Warning>>, SqlError> {
    let mut sql = b"EXPLAIN ".to_vec();
    let mut numbers = Vec::new();
    request.plan.write(Target { node, spread, rows: request.rows }, &request.args, &mut sql, &mut numbers)?;
    let answered = match send::send(hold, request, (&sql, &numbers)).await {
        Ok(()) => answers::outcome(hold).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(outcome) if outcome.warnings == 0 => Ok(Some(Vec::new())),
        Ok(_) => {
            let list = answers::warnings(hold).await?;
            let list = list.into_iter().filter(|warning| !OF_EXPLAIN.contains(&warning.errno)).collect();
            Ok(Some(request.names(node).warnings(list)))
        }
        Err(BackendError::Server(_)) if hold.is_sound() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Warning, renumber, replace_start};

    #[test]
    fn the_first_warnings_are_replaced_and_counted() {
        let warning = |message: &str| Warning { level: "Warning".into(), errno: 1287, message: message.into() };
        let (mut list, mut count) = (vec![warning("a"), warning("a"), warning("row")], 9);
        replace_start(&mut list, &mut count, 2, &[warning("a")]);
        assert_eq!((list.as_slice(), count), ([warning("a"), warning("row")].as_slice(), 8));
        let mut message = b"Rows matched: 9  Changed: 1  Warnings: 12".to_vec();
        renumber(&mut message, 3);
        assert_eq!(message, b"Rows matched: 9  Changed: 1  Warnings: 3");
    }
}
