//! Running a plan: connections are leased, statements sent, answers relayed or merged.
//!
//! One node's rows are relayed as the frames they came in ([`relay`]); many nodes' rows are gathered and merged
//! ([`gather`]); writes of many nodes run inside a transaction on each instance ([`spread`]); DDL runs on every
//! physical table ([`ddl`]). Nothing here looks at SQL: a plan says all.
//!
//! Always holds: rows and their end are written to the client here; an OK packet is the caller's to write, because
//! only it knows what LAST_INSERT_ID is; an error is answered by the caller, once.

pub mod answers;
mod bound;
mod carry;
mod changes;
mod claim;
pub mod control;
pub mod ddl;
pub mod derived;
mod dictionary;
mod gather;
mod hold;
mod json;
mod keyless;
mod kinds;
pub mod listing;
mod load;
mod meet;
pub mod merge_node;
mod named;
pub mod names;
mod narrow;
mod originals;
mod owned_param;
mod pipelined;
pub mod prepare;
mod relay;
mod repeats;
mod returned;
mod rewrite;
mod rows;
mod running;
mod scatter;
mod send;
mod source;
mod spread;
mod target;
mod temporary;
mod text_warnings;
pub mod user_variables;
mod verify;
mod writer;

pub use names::{LogicalNames, Place};
pub use returned::Returned;
pub use running::Running;

use std::pin::Pin;
use std::time::Duration;

use crate::backend::{BackendError, ServerKind, SessionState};
use crate::catalog::{Catalog, KnownCollations, ResultHeads, Sifting};
use crate::client::{ClientError, ClientStream};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::merge::MergeLimits;
use crate::plan::{Access, Args, Combine, Plan, Spread, Switch, Table, Target};
use crate::txn::Transaction;
use crate::wire::{Param, StatusFlags};

/// A physical statement, in memory that is reused from statement to statement.
#[derive(Clone, Debug, Default)]
pub struct Physical {
    /// Its text.
    sql: Vec<u8>,
    /// The client's parameters that it takes, in its order.
    params: Vec<u16>,
    /// Where the message of an OK packet is put.
    message: Vec<u8>,
}

/// What a statement is run with: the client's side of it.
pub struct Conversation<'s> {
    /// Where rows are written.
    pub client: &'s mut ClientStream,
    /// The client's transaction; its branches are used when it is open.
    pub transaction: &'s mut Transaction,
    /// How long the client may be silent while something is due from it.
    pub silence: Duration,
    /// Session variables that every connection must have first.
    pub state: &'s SessionState,
    /// Told which backend threads work for the client.
    pub running: &'s Running,
    /// Where the physical statement of a single node is written.
    pub physical: &'s mut Physical,
    /// Tables, collations, instances.
    pub catalog: &'s Catalog,
    /// How much a merge may hold.
    pub limits: MergeLimits,
    /// How much a merge node may be given.
    pub fetch_limits: FetchLimits,
    /// Status flags that the client is to see at the end of rows.
    pub status: StatusFlags,
    /// User variables that the statement has assigned, also when it failed.
    pub assigned: &'s mut Vec<user_variables::Assigned>,
    /// What LAST_INSERT_ID() is from now on, where the statement has said it (LAST_INSERT_ID(expr)), also when it failed.
    pub insert_id: &'s mut Option<u64>,
    /// AUTO_INCREMENT values.
    pub ids: &'s dyn Ids,
    /// Whether the user may see a schema.
    pub visible: &'s (dyn Fn(&str) -> bool + Sync),
    /// What SHOW WARNINGS has to say after a failure, as the server that failed said it.
    pub noted: &'s mut Vec<Warning>,
}

/// What is under way behind a [`Ids`].
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, SqlError>> + Send + 'a>>;

/// AUTO_INCREMENT values of tables that have several physical ones.
pub trait Ids: Sync {
    /// Takes so many values in one piece; gives the first.
    fn take<'a>(&'a self, table: &'a Table, count: u64) -> Pending<'a, u64>;

    /// Moves the sequence past a value that a statement gives itself.
    fn observe<'a>(&'a self, table: &'a Table, value: u64) -> Pending<'a, ()>;
}

/// How much one statement may copy to a merge node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// `limits.max_fetch_rows`.
    pub max_rows: u64,
    /// `limits.max_fetch_bytes`.
    pub max_bytes: u64,
}

/// One statement, bound and routed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'s> {
    /// Its plan.
    pub plan: &'s Plan,
    /// Its operands.
    pub args: Args<'s>,
    /// Where it goes; empty when a merge node answers it.
    pub nodes: &'s [DataNode],
    /// The node of each row of VALUES; empty for other statements.
    pub rows: &'s [DataNode],
    /// How it came and how rows go back.
    pub form: Form<'s>,
    /// Where a statement without tables runs.
    pub anywhere: InstanceId,
    /// Which instance may be its merge node; None when it needs none.
    pub merge_node: Option<InstanceId>,
    /// The collations of its columns, once they are known.
    pub collations: &'s KnownCollations,
    /// How its results begin, once that is known.
    pub heads: &'s ResultHeads,
    /// Whether its tables are to be sifted.
    pub sifting: &'s Sifting,
}

/// How a statement came, and how its rows go back.
#[derive(Clone, Copy, Debug)]
pub enum Form<'s> {
    /// COM_QUERY: text.
    Text,
    /// COM_STMT_EXECUTE: binary, with these parameters.
    Binary(&'s [Param<'s>]),
    /// EXECUTE … USING these user variables, named without `@`: text.
    Named(&'s [String]),
}

/// What came of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows changed.
    pub affected_rows: u64,
    /// What the backend says of AUTO_INCREMENT.
    pub last_insert_id: u64,
    /// Whether that is a value which the statement brought itself: LAST_INSERT_ID() stays what it was.
    pub own_id: bool,
    /// Whether that is so of values which Weir has generated, too: which of them were used has been looked at.
    pub ids_known: bool,
    /// How many warnings there are.
    pub warnings: u16,
    /// `Rows matched: 1  Changed: 1  Warnings: 0`.
    pub message: Vec<u8>,
    /// How many rows were written to the client; None for a statement without rows.
    pub rows: Option<u64>,
    /// Rows that are to be written to the client when the statement is done.
    pub returned: Option<Box<Returned>>,
    /// FOUND_ROWS(), where it is not just how many rows were written and yet known ([`FoundRows`](crate::plan::FoundRows)).
    pub found_rows: Option<u64>,
    /// The warnings themselves, read before the connection was given back.
    pub warning_list: Vec<Warning>,
}

/// One row of SHOW WARNINGS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `Note`, `Warning`, `Error`.
    pub level: String,
    /// Its number.
    pub errno: u16,
    /// Its sentence.
    pub message: String,
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The statement ends with this error; the connection goes on.
    #[error("{0}")]
    Sql(#[from] SqlError),
    /// The client cannot be reached or cannot be answered any more.
    #[error("{0}")]
    Client(#[from] ClientError),
}

impl From<BackendError> for ExecError {
    fn from(error: BackendError) -> Self {
        Self::Sql(error.into())
    }
}

/// Runs a statement on its nodes.
///
/// # Errors
/// [`ExecError::Sql`] may come after rows have been written; an ERR packet can always follow them.
pub async fn run(conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<Outcome, ExecError> {
    if request.plan.load.is_some() {
        return Box::pin(load::run(conversation, request)).await;
    }
    match (request.nodes, &request.plan.combine) {
        ([], _) => {
            // No server says so where none is told to write.
            refuse_write(conversation, request)?;
            match request.merge_node {
                Some(instance) if request.plan.rewrite.is_some() => {
                    Box::pin(rewrite::run(conversation, request, instance)).await
                }
                Some(instance) if request.plan.converts(&request.args) => {
                    Box::pin(merge_node::run(conversation, request, instance)).await
                }
                Some(instance) => match Box::pin(carry::run(conversation, request)).await? {
                    Some(outcome) => Ok(outcome),
                    None => Box::pin(merge_node::run(conversation, request, instance)).await,
                },
                None => Ok(Outcome::default()),
            }
        }
        ([_], _) if !request.plan.dictionary.is_empty() => {
            Box::pin(merge_node::run(conversation, request, request.anywhere)).await
        }
        ([node], _) => relay::relay(conversation, request, *node).await,
        (_, Combine::Rows(spec)) => {
            if !request.plan.carried.is_empty()
                && let Some(outcome) = Box::pin(carry::run(conversation, request)).await?
            {
                return Ok(outcome);
            }
            let gathered = match request.merge_node {
                Some(instance) if request.args.switches.is_on(Switch::Verify) => {
                    Box::pin(verify::run(conversation, request, spec, instance)).await
                }
                _ => Box::pin(gather::gather(conversation, request, spec)).await,
            };
            match (gathered, request.merge_node) {
                // Nothing has been sent when a merge is refused.
                (Err(ExecError::Sql(error)), Some(instance)) if request.plan.merges_after(&error) => {
                    if request.plan.shows_ungrouped(&error) {
                        refuse_ungrouped(conversation, request).await?;
                    }
                    Box::pin(merge_node::run(conversation, request, instance)).await
                }
                (gathered, _) => gathered,
            }
        }
        (_, Combine::Affected | Combine::Same) => Box::pin(spread::spread(conversation, request)).await,
        (_, Combine::Refuse(error)) => Err(error.clone().into()),
    }
}

/// Fails with a server's own words where the client's statement, too, has in its groups what has no one value there.
async fn refuse_ungrouped(conversation: &Conversation<'_>, request: &Request<'_>) -> Result<(), SqlError> {
    let node = request.plan.any_node(&request.args);
    let one = Request { nodes: &[node], form: Form::Text, merge_node: None, ..*request };
    match prepare::definitions(conversation.catalog, conversation.state, &one, node).await {
        Err(error) if error.is(Code::NotGrouped) => Err(error),
        _ => Ok(()),
    }
}

/// Whether a session's transactions are READ ONLY unless they say otherwise, and its statements outside of one.
pub fn is_read_only(state: &SessionState) -> bool {
    state.get("transaction_read_only") == Some("1")
}

/// A write where nothing may be written is refused as by a server, whether there is anything to write or not.
fn refuse_write(conversation: &Conversation<'_>, request: &Request<'_>) -> Result<(), SqlError> {
    let transaction = &conversation.transaction;
    let read_only = transaction.is_read_only() || (!transaction.is_open() && is_read_only(conversation.state));
    if request.plan.access != Access::Write || !read_only {
        return Ok(());
    }
    Err(write_refused(conversation.catalog))
}

/// What a server says of a write where nothing may be written.
pub fn write_refused(catalog: &Catalog) -> SqlError {
    let kind = catalog.instances().iter().find_map(|instance| instance.kind());
    let end = if kind == Some(ServerKind::MySql) { "." } else { "" };
    SqlError::new(Code::ReadOnlyTransaction, format!("Cannot execute statement in a READ ONLY transaction{end}"))
}

/// The client has closed its connection while its statement runs.
fn client_gone() -> ExecError {
    ExecError::Client(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
}

// === impl Conversation ===

impl Conversation<'_> {
    /// The same with other session variables.
    fn under<'c>(&'c mut self, state: &'c SessionState) -> Conversation<'c> {
        Conversation {
            client: self.client,
            transaction: self.transaction,
            silence: self.silence,
            state,
            running: self.running,
            physical: self.physical,
            catalog: self.catalog,
            limits: self.limits,
            fetch_limits: self.fetch_limits,
            status: self.status,
            assigned: self.assigned,
            insert_id: self.insert_id,
            ids: self.ids,
            visible: self.visible,
            noted: self.noted,
        }
    }
}

// === impl Physical ===

impl Physical {
    /// Takes back the memory of [`Outcome::message`].
    pub fn reuse(&mut self, message: Vec<u8>) {
        self.message = message;
    }

    /// Forgets the statement where its memory has grown beyond so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        if self.sql.capacity() > bytes || self.params.capacity() > bytes || self.message.capacity() > bytes {
            *self = Self::default();
        }
    }
}

// === impl Request ===

impl<'s> Request<'s> {
    /// The instance that a node is on; the given one for a statement without tables.
    fn instance(&self, node: DataNode) -> InstanceId {
        self.plan.tables.first().map_or(self.anywhere, |table| table.rules.instance(node.shard))
    }

    /// Writes the physical statement of the only node.
    fn write_one(&self, node: DataNode, physical: &mut Physical) -> Result<(), SqlError> {
        physical.sql.clear();
        physical.params.clear();
        let target = Target { node, spread: Spread::One, rows: self.rows };
        self.plan.write(target, &self.args, &mut physical.sql, &mut physical.params)
    }

    /// The physical statement for a node, and its parameters.
    fn write(&self, node: DataNode, params: &mut Vec<u16>) -> Result<Vec<u8>, SqlError> {
        let mut sql = Vec::with_capacity(self.args.text.len() + 64);
        self.write_into(node, &mut sql, params)?;
        Ok(sql)
    }

    /// Appends it to a buffer.
    fn write_into(&self, node: DataNode, sql: &mut Vec<u8>, params: &mut Vec<u16>) -> Result<(), SqlError> {
        let spread = if self.nodes.len() > 1 { Spread::Many } else { Spread::One };
        self.plan.write(Target { node, spread, rows: self.rows }, &self.args, sql, params)
    }

    /// Writes the statement for a merge node.
    fn write_merged(&self, on: ServerKind, physical: &mut Physical) -> Result<(), SqlError> {
        physical.sql.clear();
        physical.params.clear();
        let spread = match on {
            ServerKind::MariaDb => Spread::MergeNode,
            ServerKind::MySql => Spread::MergeNodeOnce,
        };
        let target = Target { node: Place::MergeNode.node(), spread, rows: &[] };
        self.plan.write(target, &self.args, &mut physical.sql, &mut physical.params)
    }

    fn names(&self, node: DataNode) -> LogicalNames<'_> {
        self.names_at(Place::Node(node))
    }

    fn names_at(&self, place: Place) -> LogicalNames<'_> {
        LogicalNames {
            tables: &self.plan.tables,
            target: self.plan.deletes_as.as_deref(),
            place,
            statement: Some((self.plan, &self.args)),
        }
    }

    /// The parameters that a physical statement takes, in its order; none for a text.
    fn params<'p>(
        &self,
        numbers: &'p [u16],
    ) -> Result<impl ExactSizeIterator<Item = &'s Param<'s>> + Clone + use<'s, 'p>, SqlError> {
        static NULL: Param<'static> = Param::null();
        let (params, numbers): (&'s [Param<'s>], &[u16]) = match self.form {
            Form::Binary(params) => (params, numbers),
            Form::Text | Form::Named(_) => (&[], &[]),
        };
        if numbers.iter().any(|number| usize::from(*number) >= params.len()) {
            return Err(SqlError::new(Code::WrongArguments, "a parameter of the statement has no value"));
        }
        Ok(numbers.iter().map(move |number| params.get(usize::from(*number)).unwrap_or(&NULL)))
    }
}
