//! What a table is like that CREATE TABLE … SELECT makes: a server says, over empty copies of the tables that are read.
//!
//! The client's own statement makes a temporary table in the database where the first physical one will be, so that
//! types, collations and defaults are those that one server would give; SHOW CREATE TABLE shows it.
//!
//! Always holds: nothing that is made here is left.

use super::merge_node::{CHARSETS, drop_tables, loading, prepare_connection};
use super::temporary::{Uniqueness, outside_quotes, quoted};
use super::{Physical, Place, Request, answers, prepare};
use crate::backend::{Lease, ServerKind, SessionState};
use crate::catalog::Catalog;
use crate::error::{Code, SqlError};
use crate::id::InstanceId;

/// The table that a statement makes.
#[derive(Clone, Copy, Debug)]
pub struct NewTable<'n> {
    /// Where it is tried.
    pub instance: InstanceId,
    /// The physical database there.
    pub database: &'n str,
    /// The logical schema.
    pub schema: &'n str,
    /// The logical name.
    pub name: &'n str,
    /// What the client says of it itself: columns, keys, options.
    pub head: &'n [u8],
    /// `IGNORE`, `REPLACE` or nothing.
    pub duplicates: &'n str,
}

/// What it is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What stands behind the name in its CREATE TABLE, for a session with [`Derived::state`].
    pub definition: String,
    /// The columns that take what the query selects, in its order.
    pub columns: Vec<String>,
    /// Those that may be NULL and have no default, not even NULL: no definition says so. Aggregates of columns that have
    /// none are like that.
    pub without_default: Vec<String>,
    /// The session variables that the definition is written for.
    pub state: SessionState,
}

/// Asks a server; the request is that of the query.
///
/// # Errors
/// The server's own about the statement, or it cannot be reached.
pub async fn derive(
    catalog: &Catalog,
    state: &SessionState,
    request: &Request<'_>,
    new: NewTable<'_>,
) -> Result<Derived, SqlError> {
    let Some(instance) = catalog.instances().get(new.instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = instance.lease_own(state).await?;
    prepare_connection(&mut lease, request, Uniqueness::Kept).await?;
    lease.apply_state(state).await?;
    let mut physical = Physical::default();
    request.write_merged(lease.kind(), &mut physical)?;
    let name = format!("{}.{}", quoted(new.database), quoted(new.name));
    let told = |error: crate::backend::BackendError| {
        let error = request.names_at(Place::MergeNode).error(error.into());
        let message = super::names::replace_name(&error.message, new.database, new.schema);
        SqlError { message, ..error }
    };
    let selected = prepare::read(&mut lease, &physical.sql).await.map_err(told)?.columns.len();
    lease.queue_query(|out| {
        out.extend_from_slice(format!("CREATE TEMPORARY TABLE {name} ").as_bytes());
        out.extend_from_slice(new.head);
        out.extend_from_slice(format!(" {} AS ", new.duplicates).as_bytes());
        out.extend_from_slice(&physical.sql);
    });
    lease.flush().await?;
    answers::outcome(&mut lease).await.map_err(told)?;
    let derived = shown(&mut lease, (new.name, &name), selected).await?;
    lease.query(&format!("DROP TEMPORARY TABLE {name}")).await?;
    drop_tables(&mut lease, request).await?;
    lease.give_back();
    Ok(derived)
}

/// Reads the table back.
async fn shown(lease: &mut Lease, (called, name): (&str, &str), selected: usize) -> Result<Derived, SqlError> {
    let mut state = loading();
    CHARSETS.iter().for_each(|name| state.unset(name));
    lease.apply_state(&state).await?;
    let broken = || SqlError::new(Code::BackendAnswer, "the definition of a new table cannot be read");
    let kind = lease.kind();
    let created = lease.query(&format!("SHOW CREATE TABLE {name}")).await?;
    let created = created.text(0, 1).ok_or_else(broken)?;
    let open = outside_quotes(created, " (").ok_or_else(broken)?;
    let mut definition = String::new();
    for line in created.get(open..).ok_or_else(broken)?.lines() {
        let check = line.trim_start().strip_prefix("CONSTRAINT `").and_then(|rest| rest.split_once("` CHECK "));
        match check {
            Some((given, check)) if is_automatic(given, called) => definition.push_str(&format!("  CHECK {check}\n")),
            _ => definition.push_str(&format!("{line}\n")),
        }
    }
    let shown = lease.query(&format!("SHOW COLUMNS FROM {name}")).await?;
    let columns: Option<Vec<String>> = (0..shown.rows.len()).map(|row| shown.text(row, 0).map(str::to_owned)).collect();
    let mut columns = columns.ok_or_else(broken)?;
    let lacks_default = |column: &&String| {
        let line = format!("  {} ", quoted(column));
        let line = definition.lines().find_map(|of| of.strip_prefix(&line)).unwrap_or_default();
        lacks_default(line, kind)
    };
    let without_default = columns.iter().filter(lacks_default).cloned().collect();
    // What only the client's definitions name comes first.
    let columns = columns.split_off(columns.len().saturating_sub(selected));
    Ok(Derived { definition, columns, without_default, state })
}

/// Whether a server has named a check itself, after the table or not; each physical table's is named alike.
fn is_automatic(check: &str, table: &str) -> bool {
    let number = check.strip_prefix("CONSTRAINT_").or_else(|| check.strip_prefix(table)?.strip_prefix("_chk_"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether a column, shown like this, may be NULL and has no default. MySQL shows none of columns of these types.
fn lacks_default(shown: &str, kind: ServerKind) -> bool {
    const UNSHOWN: &str = "text tinytext mediumtext longtext blob tinyblob mediumblob longblob json vector geometry point \
                           linestring polygon multipoint multilinestring multipolygon geomcollection";
    let named = shown.split([' ', '(', ',']).next().unwrap_or_default();
    let unshown = kind == ServerKind::MySql && UNSHOWN.split_ascii_whitespace().any(|name| name == named);
    let said = [" NOT NULL", " DEFAULT ", " GENERATED ALWAYS", " AUTO_INCREMENT"];
    !unshown && said.iter().all(|word| outside_quotes(shown, word).is_none())
}
