//! Binding: what a plan means for one text and one set of parameters.
//!
//! Route and write run for every statement; on one node neither allocates beyond growing the caller's buffers.

use super::{Plan, Replacement};
use crate::error::SqlError;
use crate::id::DataNode;
use crate::sql::{LexMode, Lexed};
use crate::value::Value;

/// One execution's operands.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// The client's text.
    pub text: &'a [u8],
    /// What the lexer left of it.
    pub lexed: &'a Lexed,
    /// Values of the `?` of a prepared statement, by number.
    pub params: &'a [Value<'a>],
    /// How the text was lexed.
    pub mode: LexMode,
    /// Whether string literals and parameters are UTF-8 (`character_set_client` is utf8mb4, utf8mb3 or ascii).
    pub utf8: bool,
    /// sql_mode has NO_AUTO_VALUE_ON_ZERO.
    pub no_auto_value_on_zero: bool,
    /// The first of the generated AUTO_INCREMENT values ([`Plan::generated_count`] of them, one apart).
    pub generated: Option<u64>,
    /// The session's LAST_INSERT_ID().
    pub last_insert_id: u64,
    /// The client's connection id.
    pub connection_id: u64,
    /// FOUND_ROWS() of the last statement.
    pub found_rows: u64,
    /// ROW_COUNT() of the last statement.
    pub row_count: i64,
}

/// Whether a statement goes to one node or to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// One node: its answer is the answer.
    One,
    /// Many: the answers are combined.
    Many,
}

/// What to write a statement for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'r> {
    /// The node.
    pub node: DataNode,
    /// Whether it is the only one.
    pub spread: Spread,
    /// The node of each row of VALUES ([`Plan::assign_rows`]); may be empty, then it is computed again.
    pub rows: &'r [DataNode],
}

// === impl Plan ===

impl Plan {
    /// Whether the plan, made for another text of the same normal form, holds for this one.
    pub fn fits(&self, args: &Args<'_>) -> bool {
        let _skeleton = args;
        self.pins.is_empty()
    }

    /// Appends the data nodes that the operands leave, each once, in routing order.
    ///
    /// None: no row can match. That happens for writes only; a read then names one node, because the answer needs its
    /// column definitions, and COUNT(*) its zero.
    ///
    /// # Errors
    /// A shard key that cannot be routed, or more nodes than [`super::Combine::Refuse`] allows.
    pub fn route(&self, args: &Args<'_>, out: &mut Vec<DataNode>) -> Result<(), SqlError> {
        let _skeleton = (args, out);
        Ok(())
    }

    /// For `Routing::Rows`: appends the node of each row of VALUES, in row order.
    ///
    /// # Errors
    /// A shard key that cannot be routed.
    pub fn assign_rows(&self, args: &Args<'_>, out: &mut Vec<DataNode>) -> Result<(), SqlError> {
        let _skeleton = (args, out);
        Ok(())
    }

    /// Appends the physical statement for a node, and the numbers of the client's parameters in the order of its `?`.
    ///
    /// # Errors
    /// A LIMIT that is not a number.
    pub fn write(
        &self,
        target: Target<'_>,
        args: &Args<'_>,
        out: &mut Vec<u8>,
        params: &mut Vec<u16>,
    ) -> Result<(), SqlError> {
        let _skeleton = (target, args, out, params, Replacement::Rows);
        Ok(())
    }

    /// Offset and count of the merged answer's LIMIT.
    ///
    /// # Errors
    /// A LIMIT that is not a number.
    pub fn limit(&self, args: &Args<'_>) -> Result<Option<(u64, u64)>, SqlError> {
        let _skeleton = args;
        Ok(None)
    }

    /// How many AUTO_INCREMENT values Weir has to give: reserve them, put the first into [`Args::generated`], and then
    /// route and write.
    ///
    /// # Errors
    /// An AUTO_INCREMENT value that is not a plain value.
    pub fn generated_count(&self, args: &Args<'_>) -> Result<u64, SqlError> {
        let _skeleton = args;
        Ok(0)
    }

    /// The greatest AUTO_INCREMENT value that the statement itself gives, for the sequence to step over.
    ///
    /// # Errors
    /// An AUTO_INCREMENT value that is not a plain value.
    pub fn explicit_ids(&self, args: &Args<'_>) -> Result<Option<u64>, SqlError> {
        let _skeleton = args;
        Ok(None)
    }
}
