//! A split table: its nodes in routing order, their names, and from shard-key values to nodes.
//!
//! Routing order is number order: database by database in the order of `shards:`, and table by table within one.

use std::fmt;

use super::algorithm::{Algorithm, Refusal};
use super::key::{KeyError, KeyForm, KeySet, KeyValue};
use crate::id::{DataNode, ShardId};

/// How a table is split: over all databases of the schema, and within each over the same number of physical tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub(super) schema: Box<str>,
    pub(super) database: Level,
    pub(super) table: Option<Level>,
    /// Distinct shard-key columns, the database level's first.
    pub(super) key_columns: Vec<Box<str>>,
    /// How string keys go in, in the order of `key_columns`.
    pub(super) key_forms: Vec<KeyForm>,
    pub(super) play: Play,
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

/// How the two levels play together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Play {
    /// One algorithm of one key numbers all tables of all databases, or there is one table in each database.
    Joint,
    /// Two algorithms of one key: a value still has one node.
    OneKey,
    /// Two keys: each level is narrowed by its own.
    TwoKeys,
}

/// One node count per level: the databases or tables that a key leaves.
enum Indexes {
    All(u16),
    One(u16),
    Some(Vec<u16>),
}

// === impl Level ===

impl Level {
    fn error(&self, refusal: Refusal, value: &KeyValue<'_>) -> KeyError {
        let column = self.column.clone();
        match refusal {
            Refusal::Kind => KeyError::Kind {
                algorithm: self.algorithm.name(),
                column,
                kind: value.kind(),
                takes: self.algorithm.takes(),
            },
            Refusal::Decimal => KeyError::Decimal { column },
            Refusal::Date => KeyError::Date { algorithm: self.algorithm.name(), column },
        }
    }

    fn index(&self, value: &KeyValue<'_>) -> Result<u16, KeyError> {
        self.algorithm.index(value, self.count).map_err(|refusal| self.error(refusal, value))
    }

    fn indexes(&self, key: KeySet<'_>) -> Result<Indexes, KeyError> {
        match key {
            KeySet::Any => Ok(Indexes::All(self.count)),
            KeySet::Values([value]) => self.index(value).map(Indexes::One),
            KeySet::Values(values) => {
                let mut indexes =
                    values.iter().map(|value| self.index(value)).collect::<Result<Vec<u16>, KeyError>>()?;
                indexes.sort_unstable();
                indexes.dedup();
                Ok(Indexes::Some(indexes))
            }
        }
    }
}

impl fmt::Display for Level {
    /// As a rule writes it: `hash(user_id)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.algorithm {
            Algorithm::RightShift(bits) => write!(f, "right_shift({}, {bits})", self.column),
            algorithm => write!(f, "{}({})", algorithm.name(), self.column),
        }
    }
}

// === impl Play ===

impl Play {
    pub(super) fn of(database: &Level, table: Option<&Level>) -> Self {
        match table {
            None => Play::Joint,
            Some(table) if !table.column.eq_ignore_ascii_case(&database.column) => Play::TwoKeys,
            Some(table) if table.algorithm == database.algorithm => Play::Joint,
            Some(_) => Play::OneKey,
        }
    }
}

// === impl Indexes ===

impl Indexes {
    fn each<E>(&self, mut visit: impl FnMut(u16) -> Result<(), E>) -> Result<(), E> {
        match self {
            Indexes::All(count) => (0..*count).try_for_each(visit),
            Indexes::One(index) => visit(*index),
            Indexes::Some(indexes) => indexes.iter().copied().try_for_each(visit),
        }
    }
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
    /// meet on the same shard, at the same table number. It says nothing of the columns' types, which must agree too.
    pub fn co_split_with(&self, other: &Split) -> bool {
        let level = |a: &Level, b: &Level| a.algorithm == b.algorithm && a.count == b.count;
        let tables = match (&self.table, &other.table) {
            (None, None) => true,
            (Some(a), Some(b)) => level(a, b),
            (Some(_), None) | (None, Some(_)) => false,
        };
        self.schema == other.schema
            && level(&self.database, &other.database)
            && tables
            && self.play == other.play
            && self.nodes == other.nodes
    }

    /// All nodes, in routing order.
    pub fn nodes(&self) -> &[DataNode] {
        &self.nodes
    }

    /// Whether a string key of `key_columns()[index]` goes in as it is or in its collation's normal form.
    pub fn key_form(&self, index: usize) -> KeyForm {
        self.key_forms.get(index).copied().unwrap_or(KeyForm::Raw)
    }

    /// Appends the nodes that the keys leave, in routing order, each once. `keys[i]` belongs to `key_columns()[i]`;
    /// a missing entry is [`KeySet::Any`]. Allocates nothing but `out` for single values.
    ///
    /// On an error `out` is as it was.
    pub fn route(&self, keys: &[KeySet<'_>], out: &mut Vec<DataNode>) -> Result<(), KeyError> {
        let first = keys.first().copied().unwrap_or(KeySet::Any);
        let start = out.len();
        let routed = match self.play {
            Play::TwoKeys => self.route_two(first, keys.get(1).copied().unwrap_or(KeySet::Any), out),
            Play::Joint | Play::OneKey => self.route_one(first, out),
        };
        if routed.is_err() {
            out.truncate(start);
        }
        routed
    }

    fn route_one(&self, key: KeySet<'_>, out: &mut Vec<DataNode>) -> Result<(), KeyError> {
        match key {
            KeySet::Any => out.extend_from_slice(&self.nodes),
            KeySet::Values([value]) => out.push(self.node(value)?),
            KeySet::Values(values) => {
                let start = out.len();
                for value in values {
                    out.push(self.node(value)?);
                }
                in_routing_order(out, start);
            }
        }
        Ok(())
    }

    fn route_two(&self, first: KeySet<'_>, second: KeySet<'_>, out: &mut Vec<DataNode>) -> Result<(), KeyError> {
        let databases = self.database.indexes(first)?;
        let tables = match &self.table {
            Some(level) => level.indexes(second)?,
            None => Indexes::All(self.tables),
        };
        databases.each(|database| {
            tables.each(|table| {
                out.push(DataNode { shard: ShardId(database), table });
                Ok(())
            })
        })
    }

    /// The node of one value, where one key decides.
    fn node(&self, value: &KeyValue<'_>) -> Result<DataNode, KeyError> {
        let Level { algorithm, count, .. } = self.database;
        if let (Play::OneKey, Some(table)) = (self.play, &self.table) {
            return Ok(DataNode { shard: ShardId(self.database.index(value)?), table: table.index(value)? });
        }
        let cell = algorithm.cell(value, count, self.tables).map_err(|refusal| self.database.error(refusal, value))?;
        Ok(DataNode { shard: ShardId(cell.database), table: cell.table })
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

/// Brings the nodes from `start` on into routing order, each once; what stands before stays as it is.
pub fn in_routing_order(nodes: &mut Vec<DataNode>, start: usize) {
    if let Some(added) = nodes.get_mut(start..) {
        added.sort_unstable();
    }
    let mut index = 0;
    let mut last = None;
    nodes.retain(|node| {
        index += 1;
        index <= start || last.replace(*node) != Some(*node)
    });
}
