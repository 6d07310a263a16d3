//! What a statement needs of the session that sends it.

use super::resolve::refuse;
use super::{FoundRows, PlanError};
use crate::error::Code;

/// What the session provides before a statement is sent.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Needs {
    /// `SET timestamp = …`: the statement asks for the time, and all nodes must see the same one.
    pub timestamp: bool,
    /// [`super::Args::last_insert_id`].
    pub last_insert_id: bool,
    /// LAST_INSERT_ID(expr): what it leaves on its connection is the session's LAST_INSERT_ID().
    pub sets_insert_id: bool,
    /// An INSERT whose server gives AUTO_INCREMENT values, if there are none among its own: its OK tells those, too, which
    /// leave LAST_INSERT_ID() as it was.
    pub asks_insert_id: bool,
    /// [`super::Args::found_rows`].
    pub found_rows: bool,
    /// [`super::Args::row_count`].
    pub row_count: bool,
    /// [`super::Args::connection_id`].
    pub connection_id: bool,
    /// A FROM stands in it, or it names a table.
    pub reads_rows: bool,
    /// What FOUND_ROWS() is afterwards.
    pub leaves: FoundRows,
    /// User variables that it assigns, without `@`, each once.
    pub assigns: Vec<Box<str>>,
    /// It compares a value with the rows of a query, and has a query for a value: MariaDB must not answer the latter while
    /// it plans ([`Needs::LATE`]).
    pub late_queries: bool,
    /// It reads [`Needs::LATE`] itself.
    pub reads_late: bool,
    /// User variables that are read, without `@`, each once: they have to be set on the backend.
    pub user_variables: Vec<Box<str>>,
}

// === impl Needs ===

impl Needs {
    /// Notes a user variable that the statement assigns.
    pub(super) fn assign(&mut self, variable: &str) {
        let name = variable.to_lowercase();
        if !self.assigns.iter().any(|known| **known == name) {
            self.assigns.push(name.into());
        }
    }

    /// How many rows MariaDB may look at to answer a nested query while it plans the statement around it.
    ///
    /// Where the operand in front of `IN (SELECT …)`, ANY or ALL is such a query, or a column that is to be equal to one, wrong
    /// rows are found (10.11): `(SELECT MAX(v) FROM a) NOT IN (SELECT id FROM c WHERE c.w = t.m)`. How many rows are looked at
    /// rests on the tables, and those of a merge node and of shards are smaller. With 0 no nested query is answered so early.
    pub const LATE: &str = "expensive_subquery_limit";

    /// A statement would see what is set for it alone.
    pub(super) fn check(&self) -> Result<(), PlanError> {
        if self.late_queries && self.reads_late {
            let message = format!("@@{} beside nested queries is not served: read it by itself", Self::LATE);
            return refuse(Code::UnsupportedStatement, message);
        }
        Ok(())
    }
}
