//! INSERT … SELECT: over many nodes where each node's rows stay at that node.

use super::copies::{self, Rows};
use super::insert::{TARGET, copies_alike};
use super::join::{self, Group, Joins};
use super::met;
use super::resolve::{RELEVANCE, Resolver};
use super::rewrite::{self, Way};
use super::select::{AROUND, apart, not_together};
use super::{Combine, Plan, PlanError, Routing, route_of};
use crate::error::{Code, SqlError};
use crate::rule::{Placement, Split};
use crate::sql::ast::{Insert, Query, QueryBody, SelectItem};

/// INSERT … SELECT: rows must stay at the node where they are read, or a merge node moves them.
pub(super) fn from_query(
    insert: &Insert,
    query: &Query,
    names: &Option<Vec<String>>,
    query_block: usize,
    mut resolver: Resolver<'_>,
) -> Result<Plan, PlanError> {
    let mut joins = Joins::new(&resolver.found, resolver.lexed);
    joins.query(query);
    let groups = joins.groups();
    let merged = match generated(&resolver, names.as_deref()) {
        Some(column) => Err(format!("a merge node would not say that the generated column '{column}' takes no value")),
        None => rewrite::inserts(insert, None, &resolver, &mut joins),
    };
    let way = match resolver.found.several_schemas {
        true => Err(super::several_schemas()),
        false => way(insert, query, (names.as_deref(), query_block), &resolver, groups),
    };
    resolver.found.needs.timestamp |= matches!(way, Ok((Routing::Broadcast, _)));
    let mut plan = rewrite::plan(resolver, way, merged)?;
    plan.returns = !insert.returning.is_empty();
    Ok(plan)
}

/// The first generated column that is to take a value: MariaDB fails at it or warns, by the `sql_mode`.
fn generated<'r>(resolver: &'r Resolver<'_>, names: Option<&[String]>) -> Option<&'r str> {
    let columns = resolver.found.tables.first()?.columns.iter().flatten();
    let named = |name: &str| names.is_some_and(|names| names.iter().any(|named| named.eq_ignore_ascii_case(name)));
    let mut named = columns.filter(|column| column.generated && named(&column.name)).map(|column| column.name.as_str());
    named.next().filter(|_| resolver.context.tables.on_mariadb())
}

/// How the nodes make it.
fn way(
    insert: &Insert,
    query: &Query,
    (names, query_block): (Option<&[String]>, usize),
    resolver: &Resolver<'_>,
    mut groups: Vec<Group>,
) -> Way {
    let found = &resolver.found;
    let refuse = |message: String| Err(SqlError::new(Code::UnsupportedAcrossShards, message));
    let Some(table) = found.tables.first().cloned() else {
        let message = "INSERT into a table of the server is not served";
        return Err(SqlError::new(Code::UnsupportedStatement, message));
    };
    let automatic = table.columns.as_ref().and_then(|columns| columns.iter().find(|column| column.auto_increment));
    let named = |column: &str| names.is_some_and(|names| names.iter().any(|n| n.eq_ignore_ascii_case(column)));
    if let Some(column) = automatic
        && !matches!(table.placement, Placement::Single(_))
        && !named(&column.name)
    {
        return refuse(format!("INSERT … SELECT cannot generate '{}'; select a value for it", column.name));
    }
    if let (Some(column), Placement::Split(_)) = (automatic, &table.placement) {
        return refuse(format!(
            "INSERT … SELECT into '{}' would give values to '{}' that its sequence does not know of; \
             read the rows and insert them",
            table.name, column.name
        ));
    }
    met::stays(insert, &table, found, None)?;
    // The target is no part of what is read: its own group goes with the rows.
    groups.retain(|group| group.mentions.first() != Some(&TARGET));
    match &table.placement {
        Placement::Single(_) => {
            Ok((route_of(found, groups)?, Combine::Refuse(apart("INSERT … SELECT into a table that is not split"))))
        }
        Placement::Broadcast => {
            copies_alike(found.random.as_deref())?;
            let others = found.tables.iter().any(|table| table.placement != Placement::Broadcast);
            if others || query.limit.is_some() {
                let message = "INSERT … SELECT into a broadcast table is possible from broadcast tables, without LIMIT";
                return refuse(message.to_owned());
            }
            Ok((Routing::Broadcast, Combine::Same))
        }
        Placement::Split(split) => {
            let source = same_node(resolver, query, query_block, split, names);
            let Some(group) = source.and_then(|mention| groups.iter_mut().find(|g| g.kept.contains(&mention))) else {
                return refuse(
                    "INSERT … SELECT would move rows between shards, which is not possible yet; \
                     select the shard key of a table that is split alike, or read the rows and insert them"
                        .to_owned(),
                );
            };
            group.mentions.push(TARGET);
            let node_by_node = match &query.body {
                QueryBody::Select(select) => {
                    copies::is_row_by_row(select)
                        && query.limit.is_none()
                        && found.random.is_none()
                        && copies::rows_of(found, &groups, &select.from) == Rows::Split
                }
                _ => false,
            };
            let combine = match groups.len() {
                _ if found.relevance => Combine::Refuse(apart(RELEVANCE)),
                _ if found.aggregates_around() => Combine::Refuse(apart(AROUND)),
                1 if node_by_node => Combine::Affected,
                1 => Combine::Refuse(apart("INSERT … SELECT with LIMIT, GROUP BY, DISTINCT or the like")),
                _ => Combine::Refuse(not_together(found, &groups)),
            };
            Ok((route_of(found, groups)?, combine))
        }
    }
}

/// The mention whose shard keys the query selects as the target's.
fn same_node(
    resolver: &Resolver<'_>,
    query: &Query,
    query_block: usize,
    split: &Split,
    names: Option<&[String]>,
) -> Option<usize> {
    let found = &resolver.found;
    let QueryBody::Select(select) = &query.body else { return None };
    let mut source = None;
    for (index, key) in split.key_columns().iter().enumerate() {
        let place = names?.iter().position(|name| name.eq_ignore_ascii_case(key))?;
        if select.items.iter().take(place + 1).any(|item| !matches!(item, SelectItem::Expr { .. })) {
            return None;
        }
        let SelectItem::Expr { expr, .. } = select.items.get(place)? else { return None };
        let column = found.column(expr)?;
        let of = join::split_of(found, column.mention)?;
        let target = super::resolve::ColumnRef { mention: TARGET, name: key.to_ascii_lowercase() };
        let fits = found.mentions.get(column.mention)?.block == query_block
            && split.co_split_with(of)
            && of.key_columns().get(index).is_some_and(|other| other.eq_ignore_ascii_case(&column.name))
            && found.kind(&target) == found.kind(column)
            && source.is_none_or(|source| source == column.mention);
        if !fits {
            return None;
        }
        source = Some(column.mention);
    }
    source
}
