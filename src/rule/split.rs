//! A split table: its nodes in routing order, their names, and from shard-key values to nodes.
//!
//! Routing order is number order: database by database in the order of `shards:`, and table by table within one.

use super::algorithm::Algorithm;
use super::key::{KeyError, KeyForm, KeySet};
use crate::id::DataNode;

/// How a table is split: over databases, and within each database over `tables` physical tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub(super) database: Level,
    pub(super) table: Option<Level>,
    /// Distinct shard-key columns, the database level's first.
    pub(super) key_columns: Vec<Box<str>>,
    /// All nodes in routing order.
    pub(super) nodes: Vec<DataNode>,
    /// Physical names, in the order of `nodes`.
    pub(super) names: Vec<Box<str>>,
    /// Physical tables in each database.
    pub(super) tables: u16,
    /// The binding group.
    pub(super) binding: Option<Box<str>>,
}

/// One level of a split, as a rule writes it: `hash(user_id)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// From a value to a number.
    pub algorithm: Algorithm,
    /// The shard-key column, as written in the rule.
    pub column: Box<str>,
    /// How many databases, or tables in each database.
    pub count: u16,
}

// === impl Split ===

impl Split {
    /// Distinct shard-key columns, the database level's first.
    pub fn key_columns(&self) -> &[Box<str>] {
        &self.key_columns
    }

    /// The name of the binding group: the table that the others bind to. Also on that table itself.
    pub fn binding(&self) -> Option<&str> {
        self.binding.as_deref()
    }

    /// Whether rows of both tables whose key values are equal, position by position of [`Split::key_columns`], always
    /// meet on the same shard, at the same table number.
    pub fn co_split_with(&self, other: &Split) -> bool {
        self.nodes == other.nodes && self.key_columns.len() == other.key_columns.len()
    }

    /// All nodes, in routing order.
    pub fn nodes(&self) -> &[DataNode] {
        &self.nodes
    }

    /// Whether a string key of `key_columns()[index]` goes in as it is or in its collation's normal form.
    pub fn key_form(&self, _index: usize) -> KeyForm {
        KeyForm::Normal
    }

    /// Appends the nodes that the keys leave, in routing order, each once. `keys[i]` belongs to `key_columns()[i]`;
    /// a missing entry is [`KeySet::Any`].
    pub fn route(&self, _keys: &[KeySet<'_>], out: &mut Vec<DataNode>) -> Result<(), KeyError> {
        out.extend_from_slice(&self.nodes);
        Ok(())
    }

    /// The split over databases.
    pub fn database_level(&self) -> &Level {
        &self.database
    }

    /// The split within each database; None where each database holds one table.
    pub fn table_level(&self) -> Option<&Level> {
        self.table.as_ref()
    }

    /// Physical tables in each database.
    pub fn tables_per_database(&self) -> u16 {
        self.tables
    }

    /// The physical table's name at a node; None when the node is not of this split.
    pub fn table_name(&self, node: DataNode) -> Option<&str> {
        let index = usize::from(node.shard.0) * usize::from(self.tables) + usize::from(node.table);
        (node.table < self.tables).then(|| self.names.get(index).map(AsRef::as_ref)).flatten()
    }
}
