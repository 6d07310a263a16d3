//! From YAML as typed to checked rules, with every problem of a file.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::function;
use super::key::KeyForm;
use super::names::{TablePattern, expand, refuse_name};
use super::problem::Place;
use super::report::{Fields, Report, did_you_mean};
use super::split::{Level, Play, Split};
use super::topology;
use super::yaml::{Content, Entry, Node};
use super::{DefaultPlacement, Placement, RuleSet, Shard};
use crate::id::{DataNode, InstanceId, ShardId};

/// Most physical databases of one schema.
pub(super) const MAX_SHARDS: usize = 4096;
/// Most physical tables of one table in one database.
pub(super) const MAX_TABLES: u16 = 4096;
/// Most physical tables of one table.
pub(super) const MAX_NODES: usize = 65_536;

const FILE_KEYS: [&str; 4] = ["schema", "shards", "tables", "default"];
const TABLE_KEYS: [&str; 7] =
    ["dbpartition", "tbpartition", "tbpartitions", "binding", "broadcast", "single", "pattern"];
/// Schemas that servers keep for themselves, and the one where Weir keeps its own tables.
const RESERVED: [&str; 5] = ["information_schema", "mysql", "performance_schema", "sys", "weir"];

/// The rules of one file, as far as they could be read, and the places that checks across files speak of.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) rules: RuleSet,
    pub(super) schema_place: Place,
    /// The place of each shard.
    pub(super) shard_places: Vec<Place>,
}

/// Checks one file. None when there is no point in looking further; the report says why.
pub(super) fn check_file(report: &mut Report<'_>, instances: &[&str], version: u64) -> Option<Checked> {
    let root = report.parse()?;
    let file = report.fields(&root, "a rule file", &FILE_KEYS)?;
    let schema = file.required("schema", "a rule file", report).and_then(|node| schema_name(report, node));
    let shards = file.required("shards", "a rule file", report).and_then(|node| shards(report, node, instances));
    let (schema, (shards, shard_places)) = (schema?, shards?);
    let mut tables = TableCheck { report, schema: &schema.0, shards: &shards, entries: Vec::new() };
    if let Some(node) = file.value("tables") {
        tables.all(node);
    }
    let default = tables.default(file.value("default"));
    let entries = tables.entries;
    topology::overlaps(report, &entries, &shards);
    topology::reach(report, &entries, default, &shards, &shard_places);
    let tables = entries.into_iter().map(|(entry, placement)| (entry.key.as_str().into(), placement)).collect();
    let rules = RuleSet::new(schema.0, version, shards, tables, default);
    Some(Checked { rules, schema_place: schema.1, shard_places })
}

fn schema_name(report: &mut Report<'_>, node: &Node) -> Option<(Box<str>, Place)> {
    let name = report.text(node, "schema")?;
    if let Some(why) = refuse_name(name) {
        report.add(node.place, format!("the schema's name {name:?} {why}"));
        return None;
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        report.add(node.place, format!("{name:?} is a schema of the server's own; choose another name"));
        return None;
    }
    Some((name.into(), node.place))
}

/// `shards:` in routing order. Problems of one entry do not hide those of the next.
fn shards(report: &mut Report<'_>, node: &Node, instances: &[&str]) -> Option<(Vec<Shard>, Vec<Place>)> {
    let items = report.list(node, "shards")?;
    let mut shards: Vec<Shard> = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    for item in items {
        let Some(fields) = report.fields(item, "a shard", &["database", "instance"]) else { continue };
        let instance = fields
            .required("instance", "a shard", report)
            .and_then(|node| self::instance(report, node, instances))
            // Goes on with any, so that tables are looked at too; the report is not clean any more.
            .unwrap_or(InstanceId(0));
        let Some(node) = fields.required("database", "a shard", report) else { continue };
        let Some(pattern) = report.text(node, "database") else { continue };
        let names = match expand(pattern) {
            Ok(names) => names,
            Err(why) => {
                report.add(node.place, why);
                continue;
            }
        };
        for name in names {
            if let Some(why) = refuse_name(&name) {
                report.add(node.place, format!("the database's name {name:?} {why}"));
                break;
            }
            if shards.len() >= MAX_SHARDS {
                report.add(node.place, format!("a schema can have at most {MAX_SHARDS} shards"));
                return None;
            }
            // One name twice is refused even on two instances: `single:` and hints name shards by database.
            if let Some(earlier) = shards.iter().position(|shard| *shard.database == *name) {
                let line = places.get(earlier).map_or(0, |place| place.line);
                report.add(node.place, format!("database {name:?} is already listed in line {line}"));
                continue;
            }
            shards.push(Shard { database: name.into(), instance });
            places.push(node.place);
        }
    }
    if items.is_empty() {
        report.add(node.place, "shards must list at least one physical database");
    }
    (!shards.is_empty()).then_some((shards, places))
}

fn instance(report: &mut Report<'_>, node: &Node, instances: &[&str]) -> Option<InstanceId> {
    let name = report.text(node, "instance")?;
    if let Some(index) = instances.iter().position(|known| *known == name) {
        return u16::try_from(index).ok().map(InstanceId);
    }
    let hint = did_you_mean(name, instances.iter().copied())
        .unwrap_or_else(|| format!("; the process configuration defines {}", instances.join(", ")));
    report.add(node.place, format!("instance {name:?} is not defined{hint}"));
    None
}

/// The tables of one file while they are read.
struct TableCheck<'r, 'a, 'n> {
    report: &'r mut Report<'a>,
    schema: &'r str,
    shards: &'r [Shard],
    /// Good ones, in the order of the file.
    entries: Vec<(&'n Entry, Placement)>,
}

// === impl TableCheck ===

impl<'n> TableCheck<'_, '_, 'n> {
    fn all(&mut self, node: &'n Node) {
        if matches!(node.content, Content::Empty) {
            return;
        }
        let Some(entries) = self.report.names(node, "tables") else { return };
        let mut bindings: Vec<(&Entry, &Node)> = Vec::new();
        for entry in entries {
            if let Some(why) = refuse_name(&entry.key) {
                self.report.add(entry.key_place, format!("the table's name {:?} {why}", entry.key));
                continue;
            }
            let what = format!("table {:?}", entry.key);
            let Some(fields) = self.report.fields(&entry.value, &what, &TABLE_KEYS) else { continue };
            let placement = self.placement(entry, &fields, &what);
            if let (Some(leader), Some(Placement::Split(_))) = (fields.value("binding"), &placement) {
                bindings.push((entry, leader));
            }
            self.entries.extend(placement.map(|placement| (entry, placement)));
        }
        self.bind(&bindings);
    }

    fn placement(&mut self, entry: &Entry, fields: &Fields<'_>, what: &str) -> Option<Placement> {
        let kinds: Vec<&Entry> =
            ["dbpartition", "broadcast", "single"].into_iter().filter_map(|key| fields.get(key)).collect();
        let kind = match kinds.as_slice() {
            [kind] => *kind,
            [] => {
                let message = if fields.get("tbpartition").is_some() {
                    format!("{what} has a tbpartition but no dbpartition; add dbpartition: hash(column)")
                } else {
                    format!("{what} needs one of dbpartition, broadcast, single")
                };
                self.report.add(entry.key_place, message);
                return None;
            }
            [first, second, ..] => {
                let message = format!("{what} cannot be both {} and {}; keep one", first.key, second.key);
                self.report.add(second.key_place, message);
                return None;
            }
        };
        if kind.key == "dbpartition" {
            return self.split(entry, fields, what);
        }
        for key in ["tbpartition", "tbpartitions", "binding", "pattern"] {
            if let Some(extra) = fields.get(key) {
                let message = format!("{key} has no meaning for a {} table; remove it", kind.key);
                self.report.add(extra.key_place, message);
            }
        }
        if kind.key == "single" {
            return self.shard(&kind.value).map(Placement::Single);
        }
        if !self.report.truth(&kind.value, "broadcast")? {
            self.report.add(kind.value.place, "broadcast can only be true; leave it out for other tables");
            return None;
        }
        Some(Placement::Broadcast)
    }

    /// A shard by its database's name.
    fn shard(&mut self, node: &Node) -> Option<ShardId> {
        let name = self.report.text(node, "single")?;
        if let Some(index) = self.shards.iter().position(|shard| *shard.database == *name) {
            return u16::try_from(index).ok().map(ShardId);
        }
        let hint = did_you_mean(name, self.shards.iter().map(|shard| &*shard.database)).unwrap_or_default();
        self.report.add(node.place, format!("shard {name:?} is not defined{hint}"));
        None
    }

    fn level(&mut self, node: &Node, key: &str, count: u16) -> Option<Level> {
        let text = self.report.text(node, key)?;
        match function::parse(text) {
            Ok((algorithm, column)) => Some(Level { algorithm, column: column.into(), count }),
            Err(why) => {
                self.report.add(node.place, why);
                None
            }
        }
    }

    /// How many tables each database holds.
    fn tables_per_database(&mut self, entry: &Entry, fields: &Fields<'_>) -> Option<u16> {
        match (fields.get("tbpartition"), fields.get("tbpartitions")) {
            (None, None) => Some(1),
            (Some(tbpartition), None) => {
                let message = format!(
                    "tbpartition of table {:?} needs tbpartitions, the number of tables in each database",
                    entry.key
                );
                self.report.add(tbpartition.key_place, message);
                None
            }
            (tbpartition, Some(count)) => {
                let number = self.report.number(&count.value, "tbpartitions", 1..=u64::from(MAX_TABLES))?;
                if tbpartition.is_none() && number > 1 {
                    let message = "tbpartitions needs tbpartition, which says how rows are split over the tables";
                    self.report.add(count.key_place, message);
                    return None;
                }
                u16::try_from(number).ok()
            }
        }
    }

    fn split(&mut self, entry: &Entry, fields: &Fields<'_>, what: &str) -> Option<Placement> {
        let databases = u16::try_from(self.shards.len()).ok()?;
        let database = fields.value("dbpartition").and_then(|node| self.level(node, "dbpartition", databases));
        let tables = self.tables_per_database(entry, fields);
        let table_node = fields.value("tbpartition");
        let table = table_node.map(|node| self.level(node, "tbpartition", tables.unwrap_or(1)));
        let pattern = fields.value("pattern").map(|node| self.pattern(node, tables));
        let (database, tables) = (database?, tables?);
        let table = match table {
            None => None,
            Some(None) => return None,
            // One table needs no number: the level adds nothing.
            Some(Some(level)) => (tables > 1).then_some(level),
        };
        if !database.algorithm.splits_databases() {
            let place = fields.value("dbpartition").map_or(entry.key_place, |node| node.place);
            let name = database.algorithm.name();
            self.report
                .add(place, format!("{name} splits tables only; use it for tbpartition, and hash for dbpartition"));
            return None;
        }
        let nodes = usize::from(databases) * usize::from(tables);
        if nodes > MAX_NODES {
            self.report
                .add(entry.key_place, format!("{what} would have {nodes} physical tables, the limit is {MAX_NODES}"));
            return None;
        }
        if let (Some(table), Some(node)) = (&table, table_node)
            && mixes_forms(&database, table)
        {
            let message = format!(
                "{} and {} hash strings of {} differently; use one of them for both levels",
                database.algorithm.name(),
                table.algorithm.name(),
                database.column
            );
            self.report.add(node.place, message);
            return None;
        }
        let pattern = match pattern {
            None => None,
            Some(None) => return None,
            Some(Some(pattern)) => Some(pattern),
        };
        let split = build(self.schema, &entry.key, database, table, tables, pattern);
        self.names_fit(entry, fields, &split).then(|| Placement::Split(Arc::new(split)))
    }

    fn pattern(&mut self, node: &Node, tables: Option<u16>) -> Option<TablePattern> {
        let text = self.report.text(node, "pattern")?;
        match TablePattern::parse(text) {
            Ok(pattern) if !pattern.numbers() && tables.is_some_and(|tables| tables > 1) => {
                let message = "pattern needs a place for the table's number, as in \"orders_{00}\", because each database holds several tables";
                self.report.add(node.place, message);
                None
            }
            Ok(pattern) => Some(pattern),
            Err(why) => {
                self.report.add(node.place, why);
                None
            }
        }
    }

    /// Whether MySQL takes the physical names; the last one is the longest.
    fn names_fit(&mut self, entry: &Entry, fields: &Fields<'_>, split: &Split) -> bool {
        let last = split.names.last().map_or("", |name| name);
        let Some(why) = refuse_name(last) else { return true };
        let place = fields.value("pattern").map_or(entry.key_place, |node| node.place);
        self.report.add(place, format!("the physical table's name {last:?} {why}"));
        false
    }

    fn bind(&mut self, bindings: &[(&Entry, &Node)]) {
        for (entry, leader) in bindings {
            let Some(name) = self.report.text(leader, "binding") else { continue };
            let leader_bound = bindings.iter().any(|(other, _)| other.key == name);
            let find = |key: &str| self.entries.iter().position(|(entry, _)| entry.key == key);
            let (Some(member), found) = (find(&entry.key), find(name)) else { continue };
            let Some(found) = found else {
                let hint = did_you_mean(name, self.entries.iter().map(|(entry, _)| entry.key.as_str()));
                let message = format!("binding names table {name:?}, which is not defined{}", hint.unwrap_or_default());
                self.report.add(leader.place, message);
                continue;
            };
            if let Some(why) = self.binding_mismatch(member, found, leader_bound) {
                self.report.add(leader.place, why);
                continue;
            }
            for index in [member, found] {
                if let Some((_, Placement::Split(split))) = self.entries.get_mut(index) {
                    Arc::make_mut(split).binding = Some(name.into());
                }
            }
        }
    }

    /// Why two tables cannot be bound.
    fn binding_mismatch(&self, member: usize, leader: usize, leader_bound: bool) -> Option<String> {
        let (entry, placement) = self.entries.get(member)?;
        let (leader_entry, leader_placement) = self.entries.get(leader)?;
        let (name, leader_name) = (&entry.key, &leader_entry.key);
        if member == leader {
            return Some(format!("table {name:?} cannot be bound to itself; leave binding out of the leading table"));
        }
        if leader_bound {
            return Some(format!("table {leader_name:?} is bound itself; bind to the table that it is bound to"));
        }
        let (Placement::Split(split), Placement::Split(leader)) = (placement, leader_placement) else {
            return Some(format!("table {leader_name:?} is not split, so nothing can be bound to it"));
        };
        if split.co_split_with(leader) {
            return None;
        }
        Some(format!(
            "table {name:?} is split by {} and table {leader_name:?} by {}; bound tables must be split alike",
            describe(split),
            describe(leader)
        ))
    }

    /// Tables that no rule names; without `default:` they are in the first shard, as in DRDS.
    fn default(&mut self, node: Option<&Node>) -> DefaultPlacement {
        let first = DefaultPlacement::Single(ShardId(0));
        let Some(node) = node else { return first };
        let Some(fields) = self.report.fields(node, "default", &["single", "auto"]) else { return first };
        match (fields.get("single"), fields.get("auto")) {
            (Some(_), Some(auto)) => {
                self.report.add(auto.key_place, "default cannot be both single and auto; keep one");
                first
            }
            (Some(single), None) => self.shard(&single.value).map_or(first, DefaultPlacement::Single),
            (None, Some(auto)) => {
                if self.report.text(&auto.value, "auto").is_some_and(|name| name != "hash") {
                    self.report.add(auto.value.place, "auto can only be hash: split by hash of the primary key");
                }
                DefaultPlacement::AutoHash
            }
            (None, None) => {
                self.report.add(fields.place, "default needs single or auto");
                first
            }
        }
    }
}

/// Whether a string of the one shard key would have to be handed over in two forms.
fn mixes_forms(database: &Level, table: &Level) -> bool {
    let hashes_strings = |algorithm| matches!(algorithm, Algorithm::Hash | Algorithm::RawHash | Algorithm::UniHash);
    let form = |level: &Level| level.algorithm.key_form();
    database.column.eq_ignore_ascii_case(&table.column)
        && hashes_strings(database.algorithm)
        && hashes_strings(table.algorithm)
        && (form(database) == KeyForm::Raw) != (form(table) == KeyForm::Raw)
}

/// `hash(user_id), hash(user_id) over 4 tables`.
fn describe(split: &Split) -> String {
    match &split.table {
        None => split.database.to_string(),
        Some(table) => format!("{}, {table} over {} tables", split.database, table.count),
    }
}

/// Puts a split together: nodes and names in number order.
pub(super) fn build(
    schema: &str,
    name: &str,
    database: Level,
    table: Option<Level>,
    tables: u16,
    pattern: Option<TablePattern>,
) -> Split {
    let mut key_columns = vec![database.column.clone()];
    if let Some(table) = &table
        && !table.column.eq_ignore_ascii_case(&database.column)
    {
        key_columns.push(table.column.clone());
    }
    let databases = database.count;
    let normal = |column: &str| {
        [Some(&database), table.as_ref()]
            .into_iter()
            .flatten()
            .any(|level| column.eq_ignore_ascii_case(&level.column) && level.algorithm.key_form() == KeyForm::Normal)
    };
    let form = |column: &str| if normal(column) { KeyForm::Normal } else { KeyForm::Raw };
    let key_forms = key_columns.iter().map(|column| form(column)).collect();
    let mut split = Split {
        key_forms,
        play: Play::of(&database, table.as_ref()),
        schema: schema.into(),
        database,
        table,
        key_columns,
        nodes: Vec::new(),
        names: Vec::new(),
        tables,
        binding: None,
    };
    // Joint numbers run over all databases, others start again in each.
    let joint = split.play == Play::Joint;
    let total = if joint { u32::from(databases) * u32::from(tables) } else { u32::from(tables) };
    let pattern = pattern.unwrap_or_else(|| TablePattern::drds(name, (tables > 1).then_some(total)));
    for shard in 0..databases {
        for index in 0..tables {
            let base = if joint { u32::from(shard) * u32::from(tables) } else { 0 };
            split.nodes.push(DataNode { shard: ShardId(shard), table: index });
            split.names.push(pattern.name(base + u32::from(index)).into());
        }
    }
    split
}
