//! Reading one table's columns and keys from a backend.

use std::sync::Arc;

use bytes::Bytes;

use crate::backend::{BackendError, Instance};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::plan::{Lookup, PhysicalName, Table, Tables, Trigger, UniqueKey};
use crate::rule::{DefaultPlacement, Placement, RuleSet};
use crate::value::Column;

use super::collations::ServerCollations;
use super::columns::ColumnRow;
use super::triggers;
use super::{Catalog, Cluster};

/// What the first physical table of a logical one shows.
#[derive(Debug)]
struct Shape {
    columns: Vec<Column>,
    unique_keys: Vec<UniqueKey>,
    view: bool,
    definition: Option<Box<str>>,
    triggers: Vec<Trigger>,
}

// === impl Catalog ===

impl Catalog {
    /// What is known of a table, read from a backend when this generation has not seen it yet.
    pub async fn table(&self, cluster: &Cluster, schema: &str, name: &str) -> Result<Lookup, SqlError> {
        match cluster.table(schema, name) {
            Lookup::NotLoaded => {}
            known => return Ok(known),
        }
        let Some(rules) = cluster.schema(schema) else { return Ok(Lookup::NoSchema) };
        let table = self.load(rules, name).await?.map(Arc::new);
        cluster.keep(schema, name, table.clone());
        Ok(table.map_or(Lookup::Missing, Lookup::Known))
    }

    async fn load(&self, rules: &Arc<RuleSet>, name: &str) -> Result<Option<Table>, SqlError> {
        let placement = match (rules.placement(name), rules.default_placement()) {
            (Some(placement), _) => Some(placement.clone()),
            (None, DefaultPlacement::Single(shard)) => Some(Placement::Single(*shard)),
            (None, DefaultPlacement::AutoHash) => None,
        };
        let first = placement.as_ref().and_then(|placement| placement.nodes(rules).first().copied());
        let first = first.unwrap_or(DataNode { shard: ShardId(0), table: 0 });
        let physical = placement.as_ref().map_or(name, |placement| placement.physical_table(first, name));
        let Some(shape) = self.read_shape(rules, first.shard, physical).await? else { return Ok(None) };
        let placement = match placement {
            Some(placement) => placement,
            None => self.discover(rules, name, &shape).await?,
        };
        let Shape { columns, unique_keys, view, definition, triggers } = shape;
        Ok(Some(Table {
            rules: rules.clone(),
            name: name.into(),
            placement,
            columns: Some(columns),
            unique_keys,
            view,
            definition,
            triggers,
            carried: None,
        }))
    }

    /// Under `default: { auto: hash }` a table is split when its last shard has it too, else it is single.
    async fn discover(&self, rules: &Arc<RuleSet>, name: &str, shape: &Shape) -> Result<Placement, SqlError> {
        let single = Placement::Single(ShardId(0));
        let last = rules.shards().len().checked_sub(1).and_then(|last| u16::try_from(last).ok());
        let Some(last) = last.filter(|last| *last > 0) else { return Ok(single) };
        let primary = shape.unique_keys.iter().find(|key| &*key.name == "PRIMARY");
        // MariaDB makes up `seq_1_to_10` wherever it is asked for.
        let options = shape.definition.as_deref().and_then(|text| text.lines().find(|line| line.starts_with(')')));
        if options.is_some_and(|options| options.starts_with(") ENGINE=SEQUENCE")) {
            return Ok(single);
        }
        let column = primary.and_then(|key| key.columns.first()).and_then(|index| shape.columns.get(*index));
        let Some(column) = column else { return Ok(single) };
        match self.read_shape(rules, ShardId(last), name).await? {
            Some(_) => Ok(rules.auto_split(name, &column.name)),
            None => Ok(single),
        }
    }

    async fn read_shape(&self, rules: &RuleSet, shard: ShardId, table: &str) -> Result<Option<Shape>, SqlError> {
        let Some(instance) = self.instances.get(rules.instance(shard)) else {
            return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
        };
        let name = PhysicalName { database: rules.database(shard), table };
        let collations = self.collations.known(instance).await?;
        Ok(read(instance, &name, &collations).await?)
    }
}

async fn read(
    instance: &Instance,
    name: &PhysicalName<'_>,
    collations: &ServerCollations,
) -> Result<Option<Shape>, BackendError> {
    let (database, table) = (literal(name.database), literal(name.table));
    let sql = format!(
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, EXTRA, COLLATION_NAME FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = {database} AND TABLE_NAME = {table} ORDER BY ORDINAL_POSITION"
    );
    let answer = instance.query(&sql).await?;
    if answer.rows.is_empty() {
        return Ok(None);
    }
    let row_of = |row: &Vec<Option<Bytes>>| ColumnRow {
        name: text(row, 0),
        data_type: text(row, 1),
        column_type: text(row, 2),
        nullable: text(row, 3) == "YES",
        extra: text(row, 4),
        collation: collations.named(&text(row, 5)).cloned(),
    };
    let columns: Vec<Column> = answer.rows.iter().map(|row| row_of(row).into_column()).collect();

    let sql = format!(
        "SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {database} \
         AND TABLE_NAME = {table} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX"
    );
    let answer = instance.query(&sql).await?;
    let mut unique_keys: Vec<UniqueKey> = Vec::new();
    for row in &answer.rows {
        let (name, column) = (text(row, 0), text(row, 1));
        if unique_keys.last().is_none_or(|key| *key.name != *name) {
            unique_keys.push(UniqueKey { name: name.into(), columns: Vec::new() });
        }
        let index = columns.iter().position(|known| known.name == column);
        if let (Some(key), Some(index)) = (unique_keys.last_mut(), index) {
            key.columns.push(index);
        }
    }

    let sql =
        format!("SELECT 1 FROM information_schema.VIEWS WHERE TABLE_SCHEMA = {database} AND TABLE_NAME = {table}");
    let view = !instance.query(&sql).await?.rows.is_empty();
    let sql = format!("SHOW CREATE TABLE {}.{}", quoted(name.database), quoted(name.table));
    let created = instance.query(&sql).await?;
    let definition = if view { None } else { created.text(0, 1).map(Into::into) };
    let sql = format!(
        "SELECT TRIGGER_NAME, EVENT_MANIPULATION, ACTION_STATEMENT FROM information_schema.TRIGGERS \
         WHERE EVENT_OBJECT_SCHEMA = {database} AND EVENT_OBJECT_TABLE = {table}"
    );
    let answer = instance.query(&sql).await?;
    let trigger = |row: &Vec<Option<Bytes>>| triggers::trigger(&text(row, 0), &text(row, 1), &text(row, 2));
    let triggers = answer.rows.iter().filter_map(trigger).collect();
    Ok(Some(Shape { columns, unique_keys, view, definition, triggers }))
}

/// A cell as text; NULL and a missing cell are empty.
pub fn text(row: &[Option<Bytes>], index: usize) -> String {
    row.get(index).and_then(Option::as_ref).map(|cell| String::from_utf8_lossy(cell).into_owned()).unwrap_or_default()
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name as a string literal that means the same under every sql_mode.
pub fn literal(name: &str) -> String {
    let mut literal = String::from("_utf8mb4 x'");
    for byte in name.bytes() {
        literal.push_str(&format!("{byte:02x}"));
    }
    literal.push('\'');
    literal
}
