//! Which logical tables there are, and where the first physical table of each lies.

use std::collections::{BTreeMap, BTreeSet};

use super::control;
use crate::backend::Instances;
use crate::error::SqlError;
use crate::id::{InstanceId, ShardId};
use crate::rule::{DefaultPlacement, RuleSet};

/// A logical table that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `BASE TABLE`, `VIEW`.
    pub kind: String,
    /// The shard of its first physical table.
    pub shard: ShardId,
    /// The name of that one.
    pub physical: String,
}

/// Every logical table of a schema that exists, by name.
///
/// # Errors
/// An instance cannot be reached.
pub async fn logical_tables(instances: &Instances, rules: &RuleSet) -> Result<BTreeMap<String, Listed>, SqlError> {
    let default_shard = match rules.default_placement() {
        DefaultPlacement::Single(shard) => *shard,
        DefaultPlacement::AutoHash => ShardId(0),
    };
    let mut shards = BTreeSet::from([default_shard]);
    let mut named: BTreeMap<(ShardId, &str), &str> = BTreeMap::new();
    let mut claimed: BTreeSet<(ShardId, &str)> = BTreeSet::new();
    for (name, placement) in rules.tables() {
        let nodes = placement.nodes(rules);
        claimed.extend(nodes.iter().map(|node| (node.shard, placement.physical_table(*node, name))));
        if let Some(first) = nodes.first() {
            shards.insert(first.shard);
            named.insert((first.shard, placement.physical_table(*first, name)), name);
        }
    }
    let mut tables = BTreeMap::new();
    for (shard, physical, kind) in physical_tables(instances, rules, &shards).await? {
        let logical = match named.get(&(shard, physical.as_str())) {
            Some(logical) => (*logical).to_owned(),
            None if shard == default_shard && !claimed.contains(&(shard, physical.as_str())) => physical.clone(),
            None => continue,
        };
        tables.insert(logical, Listed { kind, shard, physical });
    }
    Ok(tables)
}

async fn physical_tables(
    instances: &Instances,
    rules: &RuleSet,
    shards: &BTreeSet<ShardId>,
) -> Result<Vec<(ShardId, String, String)>, SqlError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<ShardId>> = BTreeMap::new();
    for shard in shards {
        by_instance.entry(rules.instance(*shard)).or_default().push(*shard);
    }
    let mut found = Vec::new();
    for (instance, shards) in by_instance {
        let names: Vec<String> = shards.iter().map(|shard| control::literal(rules.database(*shard))).collect();
        let sql = format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ({})",
            names.join(", ")
        );
        let answer = control::ask(instances, instance, &sql).await?;
        for row in &answer.rows {
            let database = control::text(row, 0);
            let shard = shards.iter().find(|shard| rules.database(**shard) == database);
            if let Some(shard) = shard {
                found.push((*shard, control::text(row, 1), control::text(row, 2)));
            }
        }
    }
    Ok(found)
}
