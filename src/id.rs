//! Newtypes for the things that rules name and plans refer to.
//!
//! All are small indexes into the one `RuleSet` (or the process configuration) that made them; they mean nothing
//! beside another one.

/// Index of one mysqld (its primary and replicas) in the process configuration, in the order it lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub u16);

/// Index of a physical database in a schema's `shards:`, in routing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u16);

/// One physical table: a shard and the number of the table within the logical table's topology.
///
/// `table` is the table's index *within its shard*, 0-based; the physical name comes from the table's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataNode {
    /// The physical database.
    pub shard: ShardId,
    /// Which of the logical table's physical tables in that database, 0-based.
    pub table: u16,
}
