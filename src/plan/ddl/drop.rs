//! DROP TABLE of one table or of many.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{DdlContext, DdlPlan, DdlStatement, Named, apply};
use crate::id::{DataNode, ShardId};
use crate::plan::PlanError;
use crate::sql::Span;
use crate::sql::ast::TableName;

/// The list of DROP TABLE IF EXISTS.
#[derive(Clone, Debug, PartialEq)]
pub struct IfExist {
    /// Every table of the list, with its schema.
    pub tables: Vec<String>,
    /// Those of schemas that do not exist: no server is asked.
    pub unknown: Vec<String>,
    /// MariaDB has one note for all that do not exist, MySQL one for each.
    pub in_one_note: bool,
}

/// The tables of a schema in a database that have the same number there.
type Side = (Box<str>, ShardId, Reverse<usize>);

/// The client's statement, with the list of names replaced by those that lie side by side: MySQL drops tables with the
/// foreign keys that lead to them only where one statement names both.
pub(super) fn drop_tables(
    tables: &[TableName],
    if_exists: bool,
    text: &[u8],
    context: &DdlContext<'_>,
) -> Result<DdlPlan, PlanError> {
    let mut whole = DdlPlan { referred: true, ..DdlPlan::default() };
    let mut unknown = Vec::new();
    let mut listed = Vec::new();
    let (Some(first), Some(last)) = (tables.first(), tables.last()) else { return Ok(whole) };
    let list = Span { start: first.span.start, end: last.span.end };
    let mut dropped = Vec::new();
    for name in tables {
        let Some(table) = context.dropped(name)? else {
            let schema = name.schema.as_ref().map_or("", |schema| &schema.text);
            unknown.push(format!("{schema}.{}", name.name.text));
            listed.extend(unknown.last().cloned());
            continue;
        };
        listed.push(format!("{}.{}", table.schema, table.name));
        if table.known.is_none() && !if_exists && tables.len() > 1 {
            unknown.extend(listed.last().cloned());
        } else {
            dropped.push(table);
        }
    }
    if if_exists {
        whole.if_exist = Some(IfExist { tables: listed, unknown, in_one_note: context.tables.on_mariadb() });
    } else {
        whole.unknown = unknown;
    }
    // MySQL drops all of them or none.
    if !whole.unknown.is_empty() && !context.tables.on_mariadb() {
        return Ok(whole);
    }
    // The first physical tables of a database go last: beside them are tables that others of the list may lead to.
    let mut side_by_side: BTreeMap<Side, Vec<(usize, &Named, DataNode)>> = BTreeMap::new();
    for (place, table) in dropped.iter().enumerate() {
        let mut numbers: BTreeMap<ShardId, usize> = BTreeMap::new();
        for node in table.placement.nodes(&table.rules) {
            let number = numbers.entry(node.shard).and_modify(|number| *number += 1).or_default();
            let key = (table.schema.clone(), node.shard, Reverse(*number));
            side_by_side.entry(key).or_default().push((place, table, node));
        }
        whole.reset_sequences.push(table.sequence());
    }
    for of_node in side_by_side.values() {
        let Some((_, table, node)) = of_node.first().copied() else { continue };
        let names: Vec<String> = of_node.iter().map(|(_, table, node)| table.physical(*node)).collect();
        let tables = of_node.iter();
        let tables =
            tables.map(|(place, table, node)| (table.placement.physical_table(*node, &table.name).into(), *place));
        whole.statements.push(DdlStatement {
            instance: table.rules.instance(node.shard),
            database: table.rules.database(node.shard).into(),
            tables: tables.collect(),
            node,
            rules: table.rules.clone(),
            names: of_node.iter().flat_map(|(_, table, node)| table.names(*node)).collect(),
            sql: apply(text, &[(list, names.join(", "))]),
        });
    }
    Ok(whole)
}
