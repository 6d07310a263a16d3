//! Rules + statement + parameters → a [`Plan`]: plain data that says where a statement goes, what is sent there, and
//! how the answers become one. No I/O, no async, no clock.
//!
//! A plan is made once for a normal form and bound again and again: [`Plan::route`] says which data nodes the literals
//! or parameters mean, [`Plan::write`] splices the physical names of one node into the client's text.

pub mod conditions;
pub mod rows;
pub mod table;

use std::sync::Arc;

use crate::error::SqlError;
use crate::merge::MergeSpec;
use crate::sql::Span;
pub use rows::Generate;
pub use table::{Lookup, PhysicalName, Table, Tables, UniqueKey};

/// A statement's plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The logical schema whose rules route it; None when no table is named.
    pub schema: Option<Arc<str>>,
    /// Whether it reads or writes.
    pub access: Access,
    /// The tables it names, each once per mention.
    pub tables: Vec<Arc<Table>>,
    /// How the data nodes follow from literals and parameters.
    pub routing: Routing,
    /// What is replaced when the statement goes to one node.
    pub single: Vec<Edit>,
    /// What is replaced when it goes to many; the answer is put together by `combine`.
    pub many: Vec<Edit>,
    /// How many answers become one.
    pub combine: Combine,
    /// LIMIT of the merged answer: which literals give count and offset.
    pub limit: Option<LimitOperands>,
    /// Literals on whose value this plan rests (`ORDER BY 1`): it is valid only for the same bytes there.
    pub pins: Vec<Pin>,
    /// AUTO_INCREMENT values that Weir gives.
    pub generate: Option<Generate>,
    /// Why this plan looks as it does, for EXPLAIN and golden tests: short sentences.
    pub notes: Vec<String>,
}

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A read that a replica may answer.
    Read,
    /// A read that locks rows: FOR UPDATE, FOR SHARE.
    LockingRead,
    /// A write.
    Write,
}

/// How data nodes follow from a statement's operands.
#[derive(Clone, Debug, PartialEq)]
pub enum Routing {
    /// Any one instance: no table, or broadcast tables only (read).
    Any,
    /// Always this node.
    Fixed(crate::id::DataNode),
    /// Every shard once (broadcast tables written).
    Broadcast,
    /// The nodes of a split table that its conditions leave; the table is `tables[table]`.
    Split {
        /// Index into `Plan::tables`.
        table: usize,
        /// What is known of its shard keys.
        conditions: conditions::KeyCondition,
    },
    /// Each row of VALUES goes to its own node.
    Rows(rows::RowRouting),
    /// No row can match: the answer is empty.
    Empty,
}

/// How the answers of many nodes become one.
#[derive(Clone, Debug, PartialEq)]
pub enum Combine {
    /// Row sets are merged.
    Rows(MergeSpec),
    /// Affected rows, warnings and so on are added (split writes).
    Affected,
    /// All answers are the same, the first one stands (broadcast writes).
    Same,
    /// One node only; if the operands leave more, this is the answer.
    Refuse(SqlError),
}

/// LIMIT of a merged answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitOperands {
    /// How many rows.
    pub count: Operand,
    /// How many to skip first.
    pub offset: Option<Operand>,
}

/// Where a value comes from when a plan is bound.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A literal: hole and number of the literal in the hole.
    Literal {
        /// Index into `Lexed::holes`.
        hole: u32,
        /// Which literal of the hole.
        nth: u32,
        /// Behind a minus sign.
        negative: bool,
    },
    /// All literals of a list hole.
    List {
        /// Index into `Lexed::holes`.
        hole: u32,
    },
    /// A parameter. Its number also holds for texts with folded lists before it, because texts with parameters are
    /// planned once per prepared statement.
    Param(u16),
    /// Known when planning.
    Constant(crate::value::Value<'static>),
}

/// A replacement in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced, as a span of the *normal form*; empty for an insertion.
    pub at: Span,
    /// What stands there instead.
    pub with: Replacement,
}

/// What an edit writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Replacement {
    /// The physical name of `tables[table]` at the node, with its database, quoted; and ` AS alias`.
    Table {
        /// Index into `Plan::tables`.
        table: usize,
        /// The alias to add.
        alias: Option<Box<str>>,
    },
    /// A text.
    Text(Box<str>),
    /// `LIMIT offset + count` of `Plan::limit`.
    PushedLimit,
    /// The rows of VALUES that go to the node (`Routing::Rows`), generated values filled in.
    Rows,
}

/// A literal that a plan rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Index into `Lexed::holes`.
    pub hole: u32,
    /// The bytes that must stand there.
    pub bytes: Box<[u8]>,
}
