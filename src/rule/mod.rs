//! Rules: the YAML of DBAs, as typed and as checked.

use crate::id::{DataNode, InstanceId, ShardId};
use std::sync::Arc;

/// Checked rules of one logical schema.
#[derive(Debug)]
pub struct RuleSet {}

/// Where a table's rows are.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// Split over shards.
    Split(Arc<Split>),
    /// A full copy in every shard.
    Broadcast,
    /// In one shard.
    Single(ShardId),
}

/// How a table is split.
#[derive(Debug, PartialEq)]
pub struct Split {}

impl RuleSet {
    /// The name of a physical database.
    pub fn database(&self, _shard: ShardId) -> &str {
        ""
    }
    /// The instance of a shard.
    pub fn instance(&self, _shard: ShardId) -> InstanceId {
        InstanceId(0)
    }
}

impl Placement {
    /// The physical table at a node.
    pub fn physical_table<'a>(&'a self, _node: DataNode, logical: &'a str) -> &'a str {
        logical
    }
}
