//! The rows that new ones meet: looked up at the nodes before a merge node inserts the new ones among them.
//!
//! First the client's statement runs over a table without unique keys: what is in it then are the new rows, as they would
//! be stored. By their values of each unique key the rows that are there are found, locked, and copied into a table that
//! has the keys; there the statement runs again, as on one server ([`super::rewrite`]).
//!
//! Always holds: of two such statements with the same value one waits for the other, also where no row has it yet
//! ([`super::claim`]).

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use super::changes::Changes;
use super::claim::claim;
use super::hold::Hold;
use super::merge_node::{DUPLICATE_ENTRY, Fetched, Loading, fetch_one, loading};
use super::originals::{Originals, cells};
use super::repeats::Repeats;
use super::rewrite::{nothing_follows, too_much};
use super::rows::each_row;
use super::target::{self, ROW};
use super::temporary::travel;
use super::temporary::{Uniqueness, put, quoted};
use super::{Conversation, ExecError, Physical, Request, answers, send};
use crate::backend::SessionState;
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::{Fetch, MergeName, Met, MetKey, Table, WrittenRows};
use crate::rule::Placement;
use crate::value::{Column, ColumnKind};

/// So many rows are looked up by one statement.
const KEYS: usize = 500;

/// How the statement ran that shows the new rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rehearsal {
    /// They are known, and what they meet is there.
    Done,
    /// It failed, and will fail again.
    Failed,
}

/// What is looked up: conditions by key and node.
type LookUps = BTreeMap<(usize, Option<DataNode>), Vec<String>>;

/// What has been looked up for a statement.
#[derive(Debug, Default)]
pub(super) struct Known {
    look_ups: LookUps,
    seen: HashSet<(usize, Option<DataNode>, String)>,
    bytes: u64,
}

/// The table that a statement's new rows are in, on its merge node.
#[derive(Clone, Copy)]
struct Target<'r> {
    table: &'r Table,
    fetch: &'r Fetch,
    rows: &'r WrittenRows,
}

/// Copies the rows that the statement's new ones meet to its merge node.
pub(super) async fn bring(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (hold, originals): (&mut Hold, &mut Originals),
    (met, known): (&Met, &mut Known),
) -> Result<Rehearsal, ExecError> {
    let target = target(request)?;
    hold.apply_state(conversation.state).await?;
    if !rehearsed(request, hold).await? {
        return Ok(Rehearsal::Failed);
    }
    hold.apply_state(&reading()).await?;
    values_known(conversation, request, hold, target.table).await?;
    claim(conversation, hold, (target.table, target.fetch), met).await?;
    look(conversation, hold, target, (met, known, &format!(" ORDER BY {}", quoted(ROW)))).await?;
    load(conversation, request, (hold, originals), (met, known)).await?;
    Ok(Rehearsal::Done)
}

/// Looks for what the rows meet that the statement has changed. Says whether something had not been looked up: then the
/// table is as it was before the statement, with what has been found, and the statement runs again.
pub(super) async fn overlooked(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (hold, originals): (&mut Hold, &mut Originals),
    (met, known): (&Met, &mut Known),
) -> Result<bool, ExecError> {
    if !met.looks_again {
        return Ok(false);
    }
    let target = target(request)?;
    hold.apply_state(&reading()).await?;
    let before = known.seen.len();
    look(conversation, hold, target, (met, known, "")).await?;
    if known.seen.len() == before {
        return Ok(false);
    }
    claim(conversation, hold, (target.table, target.fetch), met).await?;
    load(conversation, request, (hold, originals), (met, known)).await?;
    Ok(true)
}

fn target<'r>(request: &Request<'r>) -> Result<Target<'r>, SqlError> {
    let plan = request.plan;
    let rows = plan.rewrite.as_ref().and_then(|rewrite| rewrite.written(0));
    match (plan.tables.first(), plan.fetches.first(), rows) {
        (Some(table), Some(fetch), Some(rows)) => Ok(Target { table, fetch, rows }),
        _ => Err(SqlError::new(Code::BackendAnswer, "a statement without a table that it writes")),
    }
}

/// The session in which rows are read as they travel.
fn reading() -> SessionState {
    let mut state = loading();
    state.set("character_set_results", "NULL");
    state
}

/// Makes the table anew, with all keys and the rows that were looked up.
async fn load(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (hold, originals): (&mut Hold, &mut Originals),
    (met, known): (&Met, &Known),
) -> Result<(), ExecError> {
    let Target { table, fetch, rows } = target(request)?;
    originals.clear();
    let name = MergeName::of(0);
    hold.query(&format!("DROP TEMPORARY TABLE {}", name.qualified())).await?;
    hold.query(&target::create(table, name, Uniqueness::Kept, rows)?).await?;
    let mut fetched = Fetched::default();
    for ((key, node), conditions) in &known.look_ups {
        for some in conditions.chunks(KEYS) {
            let into =
                Loading { hold: &mut *hold, fetched: &mut fetched, originals: &mut *originals, repeats: Repeats::Kept };
            match look_up(conversation, request, (fetch, &some.join(" OR "), *node), into).await {
                Err(ExecError::Sql(error)) if error.errno == DUPLICATE_ENTRY => {
                    let key = met.keys.get(*key).map_or("", |key| &key.name);
                    return Err(met_twice(table, key).into());
                }
                done => done?,
            }
        }
    }
    if !originals.is_empty() {
        nothing_follows(conversation, table, "met by new ones").await?;
    }
    Ok(())
}

fn met_twice(table: &Table, key: &str) -> SqlError {
    let message = format!(
        "a new row would meet several rows of '{}' on different shards that have one value of the unique key '{key}'; \
         change or delete all of them but one first",
        table.name
    );
    SqlError::new(Code::UnsupportedAcrossShards, message)
}

/// Runs the statement for its rows alone. Says whether it ran: where not, it fails again when it is answered.
async fn rehearsed(request: &Request<'_>, hold: &mut Hold) -> Result<bool, ExecError> {
    let mut physical = Physical::default();
    request.write_merged(hold.kind(), &mut physical)?;
    match send::send(hold, request, (&physical.sql, &physical.params)).await {
        Err(error) if error.ends_connection() => return Err(error.into()),
        Err(_) => return Ok(false),
        Ok(()) => {}
    }
    match answers::outcome(hold).await {
        Err(error) if error.ends_connection() => Err(error.into()),
        done => Ok(done.is_ok()),
    }
}

/// No new row waits for an AUTO_INCREMENT value: of the merge node's own it could meet any row.
async fn values_known(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    hold: &mut Hold,
    table: &Table,
) -> Result<(), SqlError> {
    let Some(counted) = table.columns.iter().flatten().find(|column| column.auto_increment) else { return Ok(()) };
    let name = quoted(&counted.name);
    let zero = if request.args.no_auto_value_on_zero { String::new() } else { format!(" OR {name} = 0") };
    let from = MergeName::of(0).qualified();
    let sql = format!("SELECT COUNT(CASE WHEN {name} IS NULL{zero} THEN 1 END), MAX({name}) FROM {from}");
    let answer = hold.query(&sql).await?;
    if answer.text(0, 0) != Some("0") {
        let message = format!(
            "rows of '{}' that are given no value for its AUTO_INCREMENT column '{}' cannot be looked up; give values",
            table.name, counted.name
        );
        return Err(SqlError::new(Code::UnsupportedAcrossShards, message));
    }
    let greatest = answer.text(0, 1).and_then(|text| text.parse::<u64>().ok()).filter(|greatest| *greatest > 0);
    match (greatest, &table.placement) {
        (Some(greatest), Placement::Split(_) | Placement::Broadcast) if request.plan.generate.is_none() => {
            conversation.ids.observe(table, greatest).await
        }
        _ => Ok(()),
    }
}

/// The first of the values that Weir has generated which a row has in the end.
pub(super) async fn used_id(request: &Request<'_>, hold: &mut Hold) -> Result<Option<u64>, ExecError> {
    let given = || request.args.row_ids.iter().copied().filter(|id| *id > 0);
    let (Some(generate), Some(first), Some(last)) = (&request.plan.generate, given().min(), given().max()) else {
        return Ok(None);
    };
    let (name, from) = (quoted(&generate.column), MergeName::of(0).qualified());
    let answer = hold.query(&format!("SELECT MIN({name}) FROM {from} WHERE {name} BETWEEN {first} AND {last}")).await?;
    Ok(answer.text(0, 0).and_then(|text| text.parse().ok()))
}

/// Reads the rows on the merge node, and notes what is not known yet of what they meet.
async fn look(
    conversation: &Conversation<'_>,
    hold: &mut Hold,
    Target { table, fetch, rows }: Target<'_>,
    (met, known, order): (&Met, &mut Known, &str),
) -> Result<(), SqlError> {
    let (changes, list) = Changes::of(0, (table, fetch), rows);
    let sql = format!("SELECT {list} FROM {}{order}", MergeName::of(0).qualified());
    let room = conversation.limits.max_bytes;
    let row = |payload: &[u8]| {
        let cells = cells(payload)?;
        for (number, key) in met.keys.iter().enumerate() {
            let Some(condition) = condition(table, fetch, key, &cells)? else { continue };
            let node = if key.own_node { changes.places(&cells)?.first().copied() } else { None };
            if known.seen.insert((number, node, condition.clone())) {
                known.bytes = known.bytes.saturating_add(u64::try_from(condition.len()).unwrap_or(u64::MAX));
                known.look_ups.entry((number, node)).or_default().push(condition);
            }
        }
        if known.bytes > room { Err(too_much(table, room)) } else { Ok(()) }
    };
    each_row(hold, &sql, row).await
}

/// `(a = 1 AND b = 'x')`; None where a value is NULL, which is equal to none.
fn condition(table: &Table, fetch: &Fetch, key: &MetKey, cells: &[Option<&[u8]>]) -> Result<Option<String>, SqlError> {
    let broken = || SqlError::new(Code::BackendAnswer, "a new row has other columns");
    let mut out = String::from("(");
    for (number, place) in key.columns.iter().enumerate() {
        let column = fetch.columns.get(*place).and_then(|at| table.columns.as_ref()?.get(*at)).ok_or_else(broken)?;
        let Some(cell) = cells.get(*place).ok_or_else(broken)? else { return Ok(None) };
        if number > 0 {
            out.push_str(" AND ");
        }
        out.push_str(&quoted(&column.name));
        out.push('=');
        literal(column, cell, &mut out)?;
    }
    out.push(')');
    Ok(Some(out))
}

/// A value as the column compares it, by its index.
fn literal(column: &Column, cell: &[u8], out: &mut String) -> Result<(), SqlError> {
    let hexadecimal = |out: &mut String| {
        for byte in cell {
            // Writing to a string does not fail.
            let _written = write!(out, "{byte:02x}");
        }
    };
    match &column.kind {
        ColumnKind::Text { collation } => {
            out.push_str(&format!("_{} x'", collation.charset));
            hexadecimal(out);
            out.push_str(&format!("' COLLATE {}", collation.name));
        }
        ColumnKind::Binary => {
            out.push_str("x'");
            hexadecimal(out);
            out.push('\'');
        }
        _ => {
            let mut value = Vec::new();
            put(travel(column)?, Some(cell), &mut value)?;
            let text = String::from_utf8(value);
            let broken = |_| SqlError::new(Code::BackendAnswer, "a value of a unique key cannot be read");
            out.push_str(&text.map_err(broken)?);
        }
    }
    Ok(())
}

/// Copies the rows for which a condition holds.
async fn look_up(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (fetch, condition, node): (&Fetch, &str, Option<DataNode>),
    into: Loading<'_>,
) -> Result<(), ExecError> {
    // Values are written for a session in which rows are stored.
    let mut state = conversation.state.clone();
    state.unset("collation_connection");
    for (name, value) in loading().iter() {
        state.set(name, value);
    }
    let mut conversation = conversation.under(&state);
    let plan = fetch.looked_up(condition, node);
    fetch_one(&mut conversation, request, (0, fetch.columns.as_slice(), &plan), into).await
}
