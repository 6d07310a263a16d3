//! Prepared statements on backends: prepared when a connection first needs one, kept by text.

use std::sync::Arc;

use super::hold::Hold;
use super::names::{as_from_handshake, from_handshake};
use super::{LogicalNames, Request, relay};
use crate::backend::{BackendError, Connection, SessionState, StatementKey};
use crate::catalog::Catalog;
use crate::error::{Code, Origin, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::plan::MergeName;
use crate::value::CollationId;
use crate::wire::stmt_execute::put_stmt_execute;
use crate::wire::{ColumnDefinition41, Param, Scanned, command};

/// What a backend says of a prepared text: the payloads of its definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definitions {
    /// Of its parameters.
    pub params: Vec<Vec<u8>>,
    /// Of its columns.
    pub columns: Vec<Vec<u8>>,
}

/// The definition of a parameter of which nothing is known, as MariaDB has it: `?`, VAR_STRING, binary.
const ANY_PARAM: &[u8] = b"\x03def\0\0\0\x01?\0\x0c\x3f\0\0\0\0\0\xfd\x80\0\0\0\0";

// === impl Definitions ===

impl Definitions {
    /// Those of a statement for which so many were announced: the columns' are the last ones. Where parameters are
    /// missing, nobody knows which, and the client is told of each only that it is one.
    fn of(mut definitions: Vec<Vec<u8>>, params: usize, columns: usize) -> Self {
        let columns = definitions.split_off(definitions.len().saturating_sub(columns));
        if definitions.len() < params {
            definitions = vec![ANY_PARAM.to_vec(); params];
        }
        Self { params: definitions, columns }
    }

    /// Gives the parameters the order of the client's text: `numbers` says which of its parameters stands where in the
    /// text that was prepared, which may have one more than once.
    pub(super) fn in_order_of_text(&mut self, numbers: &[u16]) {
        if numbers.len() != self.params.len() {
            return;
        }
        let mut by_number = std::collections::BTreeMap::new();
        for (number, param) in numbers.iter().zip(std::mem::take(&mut self.params)) {
            by_number.entry(*number).or_insert(param);
        }
        self.params = by_number.into_values().collect();
    }
}

/// Queues the execution of a text with parameters, preparing it first where needed.
///
/// # Errors
/// The backend refuses the text (the connection is well), or the connection is lost.
pub(super) async fn queue_execute<'p, 'a: 'p>(
    hold: &mut Hold,
    key: &StatementKey<'_>,
    params: impl ExactSizeIterator<Item = &'p Param<'a>> + Clone,
) -> Result<(), BackendError> {
    let statement = hold.prepare(key).await?;
    hold.queue_command(|out| put_stmt_execute(out, statement.statement_id, params));
    Ok(())
}

/// The definitions of a statement's parameters and columns under logical names, as its single-node form at `node` has
/// them.
///
/// # Errors
/// The backend refuses the text, or cannot be reached.
pub async fn definitions(
    catalog: &Catalog,
    state: &SessionState,
    request: &Request<'_>,
    node: DataNode,
) -> Result<Definitions, SqlError> {
    let found = physical_definitions(catalog, state, request, node).await?;
    logical(found, request.names(node), state)
}

/// Definitions under logical names.
pub(super) fn logical(
    mut definitions: Definitions,
    names: LogicalNames<'_>,
    state: &SessionState,
) -> Result<Definitions, SqlError> {
    for payload in &mut definitions.columns {
        let mut logical = Vec::with_capacity(payload.len());
        ColumnDefinition41::rewrite(payload, &mut logical, |column| names.of_definition(column))
            .map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))?;
        if from_handshake(state) {
            as_from_handshake(&mut logical);
        }
        *payload = logical;
    }
    Ok(definitions)
}

/// The collation that each column of a statement compares by.
///
/// The definitions that come with rows name the collation of `character_set_results`, because that is what the bytes
/// are in. What a column compares by is seen when the same text is prepared with no result character set.
pub(super) async fn collations(
    catalog: &Catalog,
    state: &SessionState,
    request: &Request<'_>,
    node: DataNode,
) -> Result<Arc<[CollationId]>, SqlError> {
    let mut state = state.clone();
    state.set("character_set_results", "NULL");
    collations_of(&physical_definitions(catalog, &state, request, node).await?)
}

/// The same, asked on a connection whose session has no result character set.
pub(super) async fn collations_on(
    backend: &mut Connection,
    request: &Request<'_>,
    node: DataNode,
) -> Result<Arc<[CollationId]>, SqlError> {
    let sql = request.write(node, &mut Vec::new())?;
    let definitions = read(backend, &sql).await.map_err(|error| request.names(node).error(error.into()))?;
    collations_of(&definitions)
}

fn collations_of(definitions: &Definitions) -> Result<Arc<[CollationId]>, SqlError> {
    let collation = |payload: &Vec<u8>| {
        ColumnDefinition41::decode(payload)
            .map(|column| column.collation)
            .map_err(|error| SqlError::new(Code::BackendAnswer, error.to_string()))
    };
    definitions.columns.iter().map(collation).collect()
}

/// What a server says of the syntax of a text: None when it finds nothing wrong with it.
///
/// The text keeps its logical names: its syntax is looked at first, and anything else a server may say does not count.
///
/// # Errors
/// The server cannot be reached.
pub async fn syntax_error(
    catalog: &Catalog,
    state: &SessionState,
    instance: InstanceId,
    text: &[u8],
) -> Result<Option<SqlError>, SqlError> {
    let Some(instance) = catalog.instances().get(instance) else { return Ok(None) };
    let mut lease = instance.lease_with(state).await?;
    let mut said = read(&mut lease, text).await.map_err(SqlError::from);
    if said.as_ref().is_err_and(|error| error.is(Code::NoDatabase)) {
        // A name without a schema stopped it in front of the fault. The connection has a schema then, and is not reused.
        // Of a write MariaDB says first that information_schema takes none.
        let own = lease.query(&format!("USE `{}`", MergeName::DATABASE)).await;
        if matches!(&own, Err(BackendError::Server(error)) if error.is(Code::UnknownDatabase)) {
            lease.query("USE information_schema").await?;
        } else {
            own?;
        }
        said = read(&mut lease, text).await.map_err(SqlError::from);
    } else {
        lease.give_back();
    }
    match said {
        Err(error) if error.origin == Origin::Backend && error.is(Code::ParseError) => Ok(Some(error)),
        Err(error) if error.is(Code::InstanceUnavailable) || error.is(Code::InstanceTimeout) => Err(error),
        _ => Ok(None),
    }
}

async fn physical_definitions(
    catalog: &Catalog,
    state: &SessionState,
    request: &Request<'_>,
    node: DataNode,
) -> Result<Definitions, SqlError> {
    let sql = request.write(node, &mut Vec::new())?;
    let Some(instance) = catalog.instances().get(request.instance(node)) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = instance.lease_own(state).await?;
    match read(&mut lease, &sql).await {
        Ok(definitions) => {
            lease.give_back();
            Ok(definitions)
        }
        Err(error) => {
            if !error.ends_connection() {
                lease.give_back();
            }
            Err(request.names(node).error(error.into()))
        }
    }
}

/// Prepares a text only to see its definitions, and closes it again. When the server has as many statements as it keeps,
/// those of this connection make room.
pub(super) async fn read(backend: &mut Connection, sql: &[u8]) -> Result<Definitions, BackendError> {
    loop {
        match read_once(backend, sql).await {
            Err(BackendError::Server(error)) if error.is(Code::PreparedLimit) && backend.close_oldest_prepared() => {}
            definitions => return definitions,
        }
    }
}

async fn read_once(backend: &mut Connection, sql: &[u8]) -> Result<Definitions, BackendError> {
    let kind = backend.queue_prepare(sql);
    backend.flush().await?;
    let mut scanner = backend.scanner(kind);
    let (mut announced, mut definitions) = ((0, 0), Vec::new());
    let mut failed = None;
    while !scanner.is_over() {
        let scanned = backend.next(&mut scanner).await?;
        let used = scanned.end();
        match scanned {
            Scanned::Prepared { head, .. } => {
                backend.queue_silent(|out| command::put_stmt_close(out, head.statement_id));
                announced = (usize::from(head.params), usize::from(head.columns));
            }
            Scanned::Param { frame } | Scanned::Column { frame } => {
                definitions.push(relay::payload(backend.unread(), &frame).to_vec());
            }
            Scanned::Err { frame } => failed = Some(backend.error_at(frame)?),
            _ => {}
        }
        backend.consume(used);
    }
    backend.flush().await?;
    let (params, columns) = announced;
    failed.map_or_else(|| Ok(Definitions::of(definitions, params, columns)), |error| Err(BackendError::Server(error)))
}

#[cfg(test)]
mod tests {
    use super::{ANY_PARAM, Definitions};

    #[test]
    fn of_parameters_that_are_not_all_defined_nothing_is_said() {
        let named = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>();
        let whole = Definitions::of(named(&["p", "q", "a"]), 2, 1);
        assert_eq!(whole, Definitions { params: named(&["p", "q"]), columns: named(&["a"]) });
        let some = Definitions::of(named(&["p", "a", "b"]), 2, 2);
        assert_eq!(some, Definitions { params: vec![ANY_PARAM.to_vec(); 2], columns: named(&["a", "b"]) });
        assert_eq!(Definitions::of(Vec::new(), 1, 0).params, [ANY_PARAM]);
    }
}
