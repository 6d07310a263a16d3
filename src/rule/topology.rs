//! Checks of a file's tables together: no physical table belongs to two, and no shard is without any.

use std::collections::HashMap;

use super::problem::Place;
use super::report::Report;
use super::yaml::Entry;
use super::{DefaultPlacement, Placement, Shard};
use crate::id::{DataNode, ShardId};

/// Two logical tables must not share a physical one.
pub(super) fn overlaps(report: &mut Report<'_>, entries: &[(&Entry, Placement)], shards: &[Shard]) {
    let mut owners: HashMap<(ShardId, String), &Entry> = HashMap::new();
    for (entry, placement) in entries {
        let every: Vec<DataNode>;
        let nodes = match placement {
            Placement::Split(split) => split.nodes(),
            Placement::Broadcast => {
                every = (0..).zip(shards).map(|(n, _)| DataNode { shard: ShardId(n), table: 0 }).collect();
                &every
            }
            Placement::Single(shard) => &[DataNode { shard: *shard, table: 0 }],
        };
        for node in nodes {
            let name = placement.physical_table(*node, &entry.key).to_owned();
            let Some(other) = owners.insert((node.shard, name.clone()), entry) else { continue };
            let database = shards.get(usize::from(node.shard.0)).map_or("", |shard| &shard.database);
            let message = if other.key == entry.key {
                format!("table {:?} would have the physical table {database}.{name} twice", entry.key)
            } else {
                format!("tables {:?} and {:?} would share the physical table {database}.{name}", other.key, entry.key)
            };
            report.add(entry.key_place, message);
            break;
        }
    }
}

/// A shard that no table can lie on is a mistake of `shards:` or of `default:`.
pub(super) fn reach(
    report: &mut Report<'_>,
    entries: &[(&Entry, Placement)],
    default: DefaultPlacement,
    shards: &[Shard],
    places: &[Place],
) {
    let everywhere = default == DefaultPlacement::AutoHash
        || entries.iter().any(|(_, placement)| !matches!(placement, Placement::Single(_)));
    // With other problems in the file a table may be missing here only because of them.
    if everywhere || !report.is_clean() {
        return;
    }
    let reached = |shard: ShardId| {
        default == DefaultPlacement::Single(shard)
            || entries.iter().any(|(_, placement)| *placement == Placement::Single(shard))
    };
    let mut last = None;
    for ((index, shard), place) in (0..).zip(shards).zip(places) {
        if !reached(ShardId(index)) && last.replace(*place) != Some(*place) {
            let database = &shard.database;
            let message = format!(
                "no table reaches shard {database:?}: split or broadcast a table, or place a single one there, or remove the shard"
            );
            report.add(*place, message);
        }
    }
}
