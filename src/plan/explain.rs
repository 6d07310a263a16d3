//! EXPLAIN: the physical statements of a plan, and the plan as text.

use std::fmt::Write as _;

use super::bind::{Args, Spread, Target};
use super::{Address, Carry, Combine, MergeName, Plan, Routing, WrittenRows};
use crate::error::SqlError;
use crate::id::{DataNode, ShardId};
use crate::merge::{CombineAggregate, MergeSpec, SortKey};

/// What stands for the database where a merge node's statement is shown.
const MERGE_NODE: &str = "(merge node)";

/// One physical statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainRow {
    /// The physical database.
    pub group_name: String,
    /// The statement.
    pub sql: Vec<u8>,
    /// The client's parameters in the order of its `?`, from 1: `[2, 1]`; empty without any.
    pub params: String,
}

// === impl Plan ===

impl Plan {
    /// Every physical statement, in routing order.
    ///
    /// # Errors
    /// As routing and writing.
    pub fn explain(&self, args: &Args<'_>) -> Result<Vec<ExplainRow>, SqlError> {
        let (mut nodes, mut rows) = (Vec::new(), Vec::new());
        match self.route(args, &mut nodes) {
            Err(error) if self.merges_after(&error) => return self.explain_merge_node(args),
            routed => routed?,
        }
        self.assign_rows(args, &mut rows)?;
        let spread = if nodes.len() > 1 { Spread::Many } else { Spread::One };
        nodes.iter().map(|&node| self.explain_node(Target { node, spread, rows: &rows }, args)).collect()
    }

    /// The fetches of each table, and the statement that the merge node gets.
    fn explain_merge_node(&self, args: &Args<'_>) -> Result<Vec<ExplainRow>, SqlError> {
        if let Some(counted) = self.counted_for(args) {
            return counted.explain_merge_node(args);
        }
        let mut rows = Vec::new();
        for fetch in &self.fetches {
            rows.extend(fetch.plan.explain(args)?);
        }
        let target = Target { node: DataNode { shard: ShardId(0), table: 0 }, spread: Spread::MergeNode, rows: &[] };
        rows.push(ExplainRow { group_name: MERGE_NODE.to_owned(), ..self.explain_node(target, args)? });
        Ok(rows)
    }

    fn explain_node(&self, target: Target<'_>, args: &Args<'_>) -> Result<ExplainRow, SqlError> {
        let (mut sql, mut params) = (Vec::new(), Vec::new());
        self.write(target, args, &mut sql, &mut params)?;
        let numbers: Vec<String> = params.iter().map(|param| (u32::from(*param) + 1).to_string()).collect();
        let params = if numbers.is_empty() { String::new() } else { format!("[{}]", numbers.join(", ")) };
        Ok(ExplainRow { group_name: self.group_name(target.node).to_owned(), sql, params })
    }

    fn group_name(&self, node: DataNode) -> &str {
        let none = if self.dictionary.is_empty() { "" } else { MERGE_NODE };
        self.tables.first().map_or(none, |table| table.rules.database(node.shard))
    }

    /// The plan for a reader: where it goes, what is sent, how the answers become one.
    ///
    /// # Errors
    /// As routing and writing.
    pub fn describe(&self, args: &Args<'_>) -> Result<String, SqlError> {
        let rows = self.explain(args)?;
        let mut text = String::new();
        let merges = rows.last().is_some_and(|row| row.group_name == MERGE_NODE);
        let route = match (&self.routing, rows.len()) {
            _ if merges => "merge node".to_owned(),
            (Routing::Any, _) => "any instance".to_owned(),
            (Routing::Broadcast, n) => format!("broadcast to {n} shards"),
            (_, 0) => "nowhere: no row can match".to_owned(),
            (_, 1) => "one node".to_owned(),
            (_, n) => format!("{n} nodes"),
        };
        // Writing to a string does not fail.
        let _written = writeln!(text, "route: {route}");
        if merges {
            let _written = writeln!(text, "because: {}", self.merge_reason(args).unwrap_or_default());
            for written in self.rewrite.iter().flat_map(|rewrite| &rewrite.targets) {
                let table = self.tables.get(written.mention).map_or("", |table| &table.name);
                let how = match &written.rows {
                    WrittenRows::New(_) => "new rows, where they belong",
                    WrittenRows::Changed { .. } if self.met().is_some() => "new rows, and those that they meet",
                    WrittenRows::Changed { by: Address::Key(_), .. } => "changed rows, by primary key",
                    WrittenRows::Changed { by: Address::Values, .. } => "changed rows, by all of their values",
                };
                let _written = writeln!(text, "writes: {table} ({how})");
            }
            for key in self.met().iter().flat_map(|met| &met.keys) {
                let place = if key.own_node { "at the node of the new row" } else { "at all nodes" };
                let _written = writeln!(text, "looks up: rows with the same {}, {place}", key.name);
            }
            if self.met().is_some_and(|met| met.looks_again) {
                text.push_str("looks up: what changed rows meet, until nothing is missing\n");
            }
        } else if rows.len() > 1 {
            let _written = writeln!(text, "merge: {}", self.merging(args)?);
        }
        for row in &rows {
            let sql = String::from_utf8_lossy(&row.sql);
            let _written = writeln!(text, "{}: {sql}", row.group_name);
            if !row.params.is_empty() {
                let _written = writeln!(text, "  params: {}", row.params);
            }
        }
        if merges {
            let counted = self.counted_for(args);
            let merged = counted.as_ref().unwrap_or(self);
            merged.describe_key_lists(&mut text);
            merged.describe_bounds(args, &mut text)?;
            merged.describe_counts(&mut text);
        }
        self.describe_carried(args, &mut text)?;
        for note in &self.notes {
            let _written = writeln!(text, "note: {note}");
        }
        Ok(text)
    }

    /// Which keys go down to later fetches.
    fn describe_key_lists(&self, text: &mut String) {
        for fetch in &self.fetches {
            for link in &fetch.links {
                let of = MergeName::of(link.of).qualified();
                let replaces = fetch.listed.as_ref().is_some_and(|listed| listed.0.contains(&link.of));
                let instead = if replaces { ", instead of EXISTS" } else { "" };
                let (column, key) = (&link.column, &link.key);
                let _written = writeln!(text, "keys: {column} in {of}.{key}{instead}, if these come first and are few");
            }
        }
    }

    /// Which tables come as keys with counts.
    fn describe_counts(&self, text: &mut String) {
        for (fetch, table) in self.fetches.iter().zip(&self.tables).filter(|(fetch, _)| fetch.counts > 0) {
            let columns = table.columns.iter().flatten().take(fetch.columns.len().saturating_sub(fetch.counts));
            let keys = columns.map(|column| &*column.name).collect::<Vec<_>>().join(", ");
            let _written = writeln!(
                text,
                "counted: {} by {keys}, because no more is asked of its rows than how many there are",
                table.name
            );
        }
    }

    /// Which values go down to later fetches.
    fn describe_bounds(&self, args: &Args<'_>, text: &mut String) -> Result<(), SqlError> {
        for bound in self.fetches.iter().flat_map(|fetch| &fetch.bounds) {
            let mut sql = Vec::new();
            self.write_merged_part(bound.query, args, &mut sql)?;
            let _written = writeln!(text, "bound: {}", bound.condition(&String::from_utf8_lossy(&sql)));
        }
        Ok(())
    }

    /// What is carried to which nodes where that is less than what stays there.
    fn describe_carried(&self, args: &Args<'_>, text: &mut String) -> Result<(), SqlError> {
        let names = |mentions: &[usize]| {
            let name = |mention: &usize| self.tables.get(*mention).map_or("", |table| &*table.name);
            mentions.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        for way in &self.carried {
            let (moves, stays) = (names(&way.moves), names(&way.stays));
            let rows = way.plan.explain(args)?;
            let Some(first) = rows.first().filter(|_| rows.len() > 1) else { continue };
            let sql = String::from_utf8_lossy(&first.sql);
            let merge = way.plan.merging(args)?;
            let what = match way.why {
                Carry::Apart => format!("or carried: {moves} to {} nodes of {stays}, if that is less", rows.len()),
                Carry::Sifted => format!(
                    "or sifted: {moves} once instead of at {} nodes of {stays}, if it is large and little of it is wanted",
                    rows.len()
                ),
            };
            // Writing to a string does not fail.
            let _written = writeln!(text, "{what}");
            for fetch in way.moves.iter().filter_map(|mention| self.fetches.get(*mention)) {
                if way.why == Carry::Sifted
                    && let Some(row) = fetch.plan.explain(args)?.first()
                {
                    let _written = writeln!(text, "  {}: {}", row.group_name, String::from_utf8_lossy(&row.sql));
                }
            }
            let _written = writeln!(text, "  {}: {sql}\n  …\n  merge: {merge}", first.group_name);
        }
        Ok(())
    }

    /// Why a merge node is needed; None where none is.
    pub fn merge_reason(&self, args: &Args<'_>) -> Option<String> {
        if !self.dictionary.is_empty() {
            return Some("information_schema of logical tables".to_owned());
        }
        let error = self.route(args, &mut Vec::new()).err().filter(|error| self.merges_after(error))?;
        // What a refusal would say of the way out is none of a statement's that is answered.
        let end =
            [" over many shards", "; join", "; put them"].iter().filter_map(|tail| error.message.find(tail)).min();
        let reason = error.message.get(..end.unwrap_or(error.message.len())).unwrap_or_default();
        Some(reason.trim_end_matches(',').to_owned())
    }

    fn merging(&self, args: &Args<'_>) -> Result<String, SqlError> {
        Ok(match &self.combine {
            Combine::Affected => "counts are added".to_owned(),
            Combine::Same => "all answers are the same".to_owned(),
            Combine::Refuse(error) => error.message.clone(),
            Combine::Rows(spec) => {
                let mut parts = spec_parts(spec);
                if let Some((offset, count)) = self.limit(args)? {
                    parts.push(format!("limit {count} offset {offset}"));
                }
                if spec.hidden > 0 {
                    parts.push(format!("cut {} hidden columns", spec.hidden));
                }
                parts.join("; ")
            }
        })
    }
}

fn spec_parts(spec: &MergeSpec) -> Vec<String> {
    let mut parts = Vec::new();
    match &spec.group {
        None if spec.order.is_empty() => parts.push("rows one after another".to_owned()),
        None => {}
        Some(group) if group.keys.is_empty() => parts.push("one group".to_owned()),
        Some(group) => parts.push(format!("group by {}", keys(&group.keys))),
    }
    for aggregate in spec.group.iter().flat_map(|group| &group.aggregates) {
        let column = aggregate.column;
        parts.push(match &aggregate.combine {
            CombineAggregate::Count => format!("{column} = count"),
            CombineAggregate::Sum => format!("{column} = sum"),
            CombineAggregate::Min(key) => format!("{column} = min by {}", keys(std::slice::from_ref(key))),
            CombineAggregate::Max(key) => format!("{column} = max by {}", keys(std::slice::from_ref(key))),
            CombineAggregate::Avg { sum, count } => format!("{column} = {sum} / {count}"),
            CombineAggregate::BitAnd => format!("{column} = bit_and"),
            CombineAggregate::BitOr => format!("{column} = bit_or"),
            CombineAggregate::BitXor => format!("{column} = bit_xor"),
        });
    }
    if !spec.order.is_empty() {
        parts.push(format!("order by {}", keys(&spec.order)));
    }
    parts
}

fn keys(keys: &[SortKey]) -> String {
    let key = |key: &SortKey| {
        let weight = key.weight.map_or_else(String::new, |weight| format!(" (weight: {weight})"));
        format!("{}{weight}{}", key.value, if key.descending { " desc" } else { "" })
    };
    keys.iter().map(key).collect::<Vec<_>>().join(", ")
}
