//! DDL on every physical table of a logical one.
//!
//! Instances work side by side, the tables of one instance one after the other. Tables that foreign keys lead to go first,
//! and when they stay as they are, so do the others. Else every table is tried, also after a failure elsewhere: a DDL
//! statement cannot be undone, so the answer says which tables have it and which have not, and the same statement (with
//! IF EXISTS or IF NOT EXISTS where it fits) can be sent again.

mod referred;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::names::of_ddl;
use super::spread::add_messages;
use super::{Outcome, Warning, answers};
use crate::backend::{Instances, SessionState};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::plan::ddl::{DdlPlan, DdlStatement, IfExist};

/// How many failed tables a message names.
const NAMED_FAILURES: usize = 8;

/// What one physical statement came to.
struct Done {
    /// Its place in the plan.
    place: usize,
    /// Its physical table.
    table: String,
    result: Result<Outcome, SqlError>,
    /// What the server said of a failure.
    list: Vec<Warning>,
}

/// Runs the statements of a DDL plan. `noted` is told what a server said of a failure.
///
/// # Errors
/// The backend's own error when every table failed alike; else [`Code::DdlPartial`], naming the tables that failed.
pub async fn run(
    instances: &Arc<Instances>,
    state: &SessionState,
    plan: &DdlPlan,
    noted: &mut Vec<Warning>,
) -> Result<Outcome, SqlError> {
    let first = referred::places(instances, state, plan).await?;
    let statements = plan.statements.iter().cloned().enumerate();
    let (first, others) = statements.partition::<Vec<_>, _>(|(place, _)| first.contains(place));
    let mut done = everywhere(instances, state, first).await?;
    if done.iter().all(|done| done.result.is_ok()) {
        done.extend(everywhere(instances, state, others).await?);
    }
    done.sort_by_key(|done| done.place);
    let mut whole = Outcome::default();
    let mut failures: Vec<(String, SqlError)> = Vec::new();
    let tried = done.len();
    for Done { table, result, list, .. } in done {
        match result {
            Ok(outcome) => add(&mut whole, outcome),
            Err(error) => {
                if failures.is_empty() {
                    *noted = list;
                }
                failures.push((table, error));
            }
        }
    }
    match failures.first() {
        None if !plan.unknown.is_empty() => {
            Err(SqlError::new(Code::UnknownTable, format!("Unknown table '{}'", plan.unknown.join(","))))
        }
        None => {
            if let Some(list) = &plan.if_exist {
                note_missing(&mut whole, list);
            }
            Ok(whole)
        }
        Some((_, error)) if failures.len() == tried && failures.iter().all(|(_, other)| other.errno == error.errno) => {
            Err(error.clone())
        }
        Some(_) => {
            noted.clear();
            Err(partial(tried, plan.statements.len(), &failures))
        }
    }
}

/// Runs each statement at its instance.
async fn everywhere(
    instances: &Arc<Instances>,
    state: &SessionState,
    statements: Vec<(usize, DdlStatement)>,
) -> Result<Vec<Done>, SqlError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<(usize, DdlStatement)>> = BTreeMap::new();
    for (place, statement) in statements {
        by_instance.entry(statement.instance).or_default().push((place, statement));
    }
    let mut tasks = JoinSet::new();
    for (instance, statements) in by_instance {
        tasks.spawn(on_instance(instances.clone(), instance, statements, state.clone()));
    }
    let mut done = Vec::new();
    while let Some(of_instance) = tasks.join_next().await {
        match of_instance {
            Ok(of_instance) => done.extend(of_instance),
            Err(error) => return Err(SqlError::new(Code::DdlPartial, error.to_string())),
        }
    }
    Ok(done)
}

/// Rows add up. What each physical table warns of alike, one table would have said once.
fn add(whole: &mut Outcome, outcome: Outcome) {
    whole.affected_rows = whole.affected_rows.saturating_add(outcome.affected_rows);
    let kept = u16::try_from(outcome.warning_list.len()).unwrap_or(u16::MAX);
    let mut more = outcome.warnings.saturating_sub(kept);
    let before = whole.warning_list.clone();
    for (at, warning) in outcome.warning_list.iter().enumerate() {
        let same = |list: &[Warning], most| list.iter().take(most).filter(|other| *other == warning).count();
        if same(&outcome.warning_list, at + 1) > same(&before, before.len()) {
            whole.warning_list.push(warning.clone());
            more = more.saturating_add(1);
        }
    }
    whole.warnings = whole.warnings.saturating_add(more);
    whole.message =
        if whole.message.is_empty() { outcome.message } else { add_messages(&whole.message, &outcome.message) };
    let counted = std::str::from_utf8(&whole.message).ok().and_then(|message| message.split_once("  Warnings: "));
    if let Some((before, _)) = counted {
        whole.message = format!("{before}  Warnings: {}", whole.warnings).into_bytes();
    }
}

/// Servers note what they have not found, each of the tables that are beside each other; one server would have noted it
/// once, in the statement's order.
fn note_missing(whole: &mut Outcome, list: &IfExist) {
    let is_note = |warning: &Warning| warning.errno == Code::UnknownTable.errno();
    let found: Vec<String> = whole
        .warning_list
        .extract_if(.., |warning| is_note(warning))
        .filter_map(|note| {
            note.message.split_once('\'').map(|(_, names)| format!(",{},", names.trim_end_matches('\'')))
        })
        .collect();
    let is_missing =
        |name: &&String| list.unknown.contains(name) || found.iter().any(|of| of.contains(&format!(",{name},")));
    let missing: Vec<&str> = list.tables.iter().filter(is_missing).map(String::as_str).collect();
    let notes = if list.in_one_note && !missing.is_empty() {
        vec![missing.join(",")]
    } else {
        missing.into_iter().map(str::to_owned).collect()
    };
    whole.warning_list.extend(notes.into_iter().map(|names| Warning {
        level: "Note".to_owned(),
        errno: Code::UnknownTable.errno(),
        message: format!("Unknown table '{names}'"),
    }));
    whole.warnings = u16::try_from(whole.warning_list.len()).unwrap_or(u16::MAX);
}

fn partial(tried: usize, total: usize, failures: &[(String, SqlError)]) -> SqlError {
    let named: Vec<String> =
        failures.iter().take(NAMED_FAILURES).map(|(table, error)| format!("{table}: {}", error.message)).collect();
    let more = failures.len().saturating_sub(NAMED_FAILURES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let untried = if tried < total { format!("; {} were not tried", total - tried) } else { String::new() };
    let message = format!(
        "the statement succeeded on {} of {total} physical tables and failed on {}{more}{untried}; mend the cause and \
         send it again, or bring the tables together by hand",
        tried - failures.len(),
        named.join("; ")
    );
    SqlError::new(Code::DdlPartial, message)
}

/// What an instance's tables answered.
async fn on_instance(
    instances: Arc<Instances>,
    instance: InstanceId,
    statements: Vec<(usize, DdlStatement)>,
    state: SessionState,
) -> Vec<Done> {
    let name = instances.get(instance).map_or_else(String::new, |instance| instance.name().to_owned());
    let mut answered = Vec::with_capacity(statements.len());
    let of = statements.len();
    for (done, (place, statement)) in statements.into_iter().enumerate() {
        let tables: Vec<&str> = statement.tables.iter().map(|(table, _)| &**table).collect();
        let table = format!("{}.{}", statement.database, tables.join(", "));
        tracing::info!(instance = name, table, number = done + 1, of, "DDL");
        let mut list = Vec::new();
        let result = one(&instances, instance, &statement, &state, &mut list).await;
        let logical = |warning: Warning| {
            let message = of_ddl(&statement, warning.errno, &warning.message);
            Warning { message, ..warning }
        };
        let list: Vec<Warning> = list.into_iter().map(logical).collect();
        let result = match result {
            Ok(outcome) => Ok(Outcome { warning_list: list.clone(), ..outcome }),
            Err(error) => {
                let message = of_ddl(&statement, error.errno, &error.message);
                Err(SqlError { message, ..error })
            }
        };
        answered.push(Done { place, table, result, list });
    }
    answered
}

async fn one(
    instances: &Instances,
    instance: InstanceId,
    statement: &DdlStatement,
    state: &SessionState,
    list: &mut Vec<Warning>,
) -> Result<Outcome, SqlError> {
    let Some(instance) = instances.get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = instance.lease_with(state).await?;
    // Rebuilding a large table says nothing for as long as it takes.
    lease.set_silence_limit_ms(0);
    lease.queue_query(|out| out.extend_from_slice(&statement.sql));
    lease.flush().await?;
    let outcome = match answers::outcome(&mut lease).await {
        Err(error) if error.ends_connection() => return Err(error.into()),
        outcome => outcome,
    };
    if outcome.as_ref().map_or(true, |outcome| outcome.warnings > 0) {
        *list = answers::warnings(&mut lease).await?;
    }
    lease.give_back();
    Ok(outcome?)
}
