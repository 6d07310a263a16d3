//! Rules: the YAML of DBAs, as typed and as checked.
//!
//! A rule file says for one logical schema which physical databases there are (`shards:`) and where each table's rows
//! live (`tables:`). [`check`] turns the texts of a rules folder into [`RuleSet`]s, or lists every [`Problem`] with its
//! place. A `RuleSet` is plain data that never changes; whoever reloads makes a new one.
//!
//! No I/O here: texts come from the caller. Raw YAML types do not leave this module.

pub mod algorithm;
mod check;
mod function;
pub mod key;
mod names;
pub mod problem;
pub(crate) mod report;
pub mod split;
mod topology;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

pub use algorithm::Algorithm;
pub use key::{KeyError, KeyForm, KeySet, KeyValue};
pub use problem::{Place, Problem};
pub use split::{Level, Split, in_routing_order};

use crate::id::{DataNode, InstanceId, ShardId};

/// Checked rules of one logical schema.
#[derive(Debug, PartialEq)]
pub struct RuleSet {
    /// The logical schema's name.
    pub schema: Box<str>,
    /// Which loading of the rules this is; grows with every reload. Cached plans are valid within one.
    pub version: u64,
    shards: Vec<Shard>,
    /// In the order of the file.
    tables: Vec<(Box<str>, Placement)>,
    /// Indexes into `tables`.
    by_name: HashMap<Box<str>, usize>,
    default: DefaultPlacement,
}

/// One physical database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The physical database's name.
    pub database: Box<str>,
    /// Where it is.
    pub instance: InstanceId,
}

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

/// Where tables are that no rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultPlacement {
    /// In this shard.
    Single(ShardId),
    /// Split by the primary key when created through Weir ([`RuleSet::auto_split`]).
    AutoHash,
}

/// One file of a rules folder.
#[derive(Clone, Copy, Debug)]
pub struct RuleFile<'a> {
    /// As problems name it: `rules/shop.yaml`.
    pub name: &'a str,
    /// Its content.
    pub text: &'a str,
}

/// Checks the files of a rules folder together: all rule sets, in the order of the files, or every problem.
///
/// `instances` are the names of the process configuration in its order: an [`InstanceId`] is an index into them.
pub fn check(files: &[RuleFile<'_>], instances: &[&str], version: u64) -> Result<Vec<RuleSet>, Vec<Problem>> {
    let mut checked: Vec<check::Checked> = Vec::with_capacity(files.len());
    let mut problems = Vec::new();
    let mut schemas: HashMap<Box<str>, &str> = HashMap::new();
    let mut databases: HashMap<(InstanceId, Box<str>), &str> = HashMap::new();
    for file in files {
        let mut report = report::Report::new(file.name, file.text);
        if let Some(found) = check::check_file(&mut report, instances, version) {
            if let Some(other) = schemas.insert(found.rules.schema.clone(), file.name) {
                report
                    .add(found.schema_place, format!("schema {:?} is already defined in {other}", found.rules.schema));
            }
            for (shard, place) in found.rules.shards.iter().zip(&found.shard_places) {
                let key = (shard.instance, shard.database.clone());
                if let Some(other) = databases.insert(key, file.name)
                    && other != file.name
                {
                    report
                        .add(*place, format!("database {:?} already belongs to the schema of {other}", shard.database));
                }
            }
            checked.push(found);
        }
        problems.extend(report.into_problems());
    }
    if problems.is_empty() { Ok(checked.into_iter().map(|found| found.rules).collect()) } else { Err(problems) }
}

// === impl RuleSet ===

impl RuleSet {
    fn new(
        schema: Box<str>,
        version: u64,
        shards: Vec<Shard>,
        tables: Vec<(Box<str>, Placement)>,
        default: DefaultPlacement,
    ) -> Self {
        let by_name = tables.iter().enumerate().map(|(index, (name, _))| (name.clone(), index)).collect();
        Self { schema, version, shards, tables, by_name, default }
    }

    /// Whether these are the same rules, whatever their version.
    pub fn same_rules(&self, other: &Self) -> bool {
        self.schema == other.schema
            && self.shards == other.shards
            && self.tables == other.tables
            && self.default == other.default
    }

    /// All physical databases, in routing order.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The name of a physical database; empty for a shard of other rules.
    pub fn database(&self, shard: ShardId) -> &str {
        self.shards.get(usize::from(shard.0)).map_or("", |shard| &shard.database)
    }

    /// The instance of a shard.
    ///
    /// Ids are made by the same rules; for another one's this is the first instance.
    pub fn instance(&self, shard: ShardId) -> InstanceId {
        self.shards.get(usize::from(shard.0)).map_or(InstanceId(0), |shard| shard.instance)
    }

    /// Where the rule of this name puts a table; None when only the default speaks of it. Names compare by case.
    pub fn placement(&self, table: &str) -> Option<&Placement> {
        let index = *self.by_name.get(table)?;
        self.tables.get(index).map(|(_, placement)| placement)
    }

    /// Tables that a rule names, in the order of the file.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Placement)> {
        self.tables.iter().map(|(name, placement)| (&**name, placement))
    }

    /// Where tables are that no rule names.
    pub fn default_placement(&self) -> &DefaultPlacement {
        &self.default
    }

    /// What `default: {auto: hash}` gives a table with this primary-key column: split over all databases by `hash`,
    /// one physical table of the plain name in each.
    pub fn auto_split(&self, table: &str, key_column: &str) -> Placement {
        // `check` has bounded the number of shards.
        let count = u16::try_from(self.shards.len()).unwrap_or(u16::MAX);
        let level = Level { algorithm: Algorithm::Hash, column: key_column.into(), count };
        Placement::Split(Arc::new(check::build(&self.schema, table, level, None, 1, None)))
    }
}

// === impl Placement ===

impl Placement {
    /// The physical table's name at a node.
    pub fn physical_table<'a>(&'a self, node: DataNode, logical: &'a str) -> &'a str {
        match self {
            Placement::Split(split) => split.table_name(node).unwrap_or(logical),
            Placement::Broadcast | Placement::Single(_) => logical,
        }
    }

    /// How many physical tables there are.
    pub fn node_count(&self, rules: &RuleSet) -> usize {
        match self {
            Placement::Split(split) => split.nodes().len(),
            Placement::Broadcast => rules.shards.len(),
            Placement::Single(_) => 1,
        }
    }

    /// All physical tables, in routing order.
    pub fn nodes(&self, rules: &RuleSet) -> Vec<DataNode> {
        match self {
            Placement::Split(split) => split.nodes().to_vec(),
            Placement::Broadcast => (0..).zip(&rules.shards).map(|(n, _)| whole(ShardId(n))).collect(),
            Placement::Single(shard) => vec![whole(*shard)],
        }
    }
}

/// The node of a table that a shard holds once.
fn whole(shard: ShardId) -> DataNode {
    DataNode { shard, table: 0 }
}
