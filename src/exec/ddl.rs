//! DDL on every physical table of a logical one.
//!
//! Instances work side by side, the tables of one instance one after the other. Every table is tried, also after a
//! failure elsewhere: a DDL statement cannot be undone, so the answer says which tables have it and which have not, and
//! the same statement (with IF EXISTS or IF NOT EXISTS where it fits) can be sent again.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::answers;
use super::names::replace_name;
use crate::backend::{Instances, SessionState};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::plan::ddl::{DdlPlan, DdlStatement};

/// How many failed tables a message names.
const NAMED_FAILURES: usize = 8;

/// Runs the statements of a DDL plan.
///
/// # Errors
/// The backend's own error when every table failed alike; else [`Code::DdlPartial`], naming the tables that failed.
pub async fn run(instances: &Arc<Instances>, state: &SessionState, plan: &DdlPlan) -> Result<u16, SqlError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<DdlStatement>> = BTreeMap::new();
    for statement in &plan.statements {
        by_instance.entry(statement.instance).or_default().push(statement.clone());
    }
    let total = plan.statements.len();
    let mut tasks = JoinSet::new();
    for (instance, statements) in by_instance {
        tasks.spawn(on_instance(instances.clone(), instance, statements, state.clone()));
    }
    let mut warnings = 0;
    let mut failures: Vec<(String, SqlError)> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((of_instance, failed)) => {
                warnings = of_instance.max(warnings);
                failures.extend(failed);
            }
            Err(error) => failures.push(("?".to_owned(), SqlError::new(Code::DdlPartial, error.to_string()))),
        }
    }
    failures.sort_by(|(a, _), (b, _)| a.cmp(b));
    match failures.first() {
        None => Ok(warnings),
        Some((_, error)) if failures.len() == total && failures.iter().all(|(_, other)| other.errno == error.errno) => {
            Err(error.clone())
        }
        Some(_) => Err(partial(total, &failures)),
    }
}

fn partial(total: usize, failures: &[(String, SqlError)]) -> SqlError {
    let named: Vec<String> =
        failures.iter().take(NAMED_FAILURES).map(|(table, error)| format!("{table}: {}", error.message)).collect();
    let more = failures.len().saturating_sub(NAMED_FAILURES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!(
        "the statement succeeded on {} of {total} physical tables and failed on {}{more}; mend the cause and send it \
         again, or bring the tables together by hand",
        total - failures.len(),
        named.join("; ")
    );
    SqlError::new(Code::DdlPartial, message)
}

/// What an instance's tables answered: warnings, and each failure with its physical table.
async fn on_instance(
    instances: Arc<Instances>,
    instance: InstanceId,
    statements: Vec<DdlStatement>,
    state: SessionState,
) -> (u16, Vec<(String, SqlError)>) {
    let name = instances.get(instance).map_or_else(String::new, |instance| instance.name().to_owned());
    let mut failures = Vec::new();
    let mut warnings = 0;
    for (done, statement) in statements.iter().enumerate() {
        let table = format!("{}.{}", statement.database, statement.table);
        match one(&instances, instance, statement, &state).await {
            Ok(of_table) => warnings = of_table.max(warnings),
            Err(error) => failures.push((table.clone(), logical(error, statement))),
        }
        tracing::info!(instance = name, table, done = done + 1, of = statements.len(), "DDL");
    }
    (warnings, failures)
}

/// A backend's error as a client knows the tables.
fn logical(error: SqlError, statement: &DdlStatement) -> SqlError {
    let names = statement.names.iter();
    let message = names.fold(error.message, |message, (physical, logical)| replace_name(&message, physical, logical));
    SqlError { message, ..error }
}

async fn one(
    instances: &Instances,
    instance: InstanceId,
    statement: &DdlStatement,
    state: &SessionState,
) -> Result<u16, SqlError> {
    let Some(instance) = instances.get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = instance.lease_with(state).await?;
    // Rebuilding a large table says nothing for as long as it takes.
    lease.set_silence_limit_ms(0);
    lease.queue_query(|out| out.extend_from_slice(&statement.sql));
    lease.flush().await?;
    match answers::outcome(&mut lease).await {
        Ok(outcome) => {
            lease.give_back();
            Ok(outcome.warnings)
        }
        Err(error) => {
            if !error.ends_connection() {
                lease.give_back();
            }
            Err(error.into())
        }
    }
}
