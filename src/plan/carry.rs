//! Tables that are carried to where others are: a join of tables that are not split alike, answered node by node.
//!
//! One group of split tables stays where it is. The rows of all other tables that are not everywhere are fetched as for a
//! merge node ([`super::fetch`]), and put into temporary tables of every instance that the group's nodes are on. For this
//! statement these are broadcast tables, and all that holds for such holds for them: where the statement can go node by
//! node over a split group and broadcast tables ([`super::select`]), it does, and the shards join, group, sort and cut
//! off.
//!
//! Which group stays, and whether it is worth it, is known when the tables' sizes are: a plan has all that could.
//!
//! A broadcast table is everywhere, but every node looks through it. Where the statement leaves few of its rows, these are
//! found once, and carried: the table is *sifted*.

use std::sync::Arc;

use super::failing;
use super::join::{Group, Joins};
use super::resolve::Naming;
use super::resolve::{Resolved, Resolver};
use super::{Access, Combine, Edit, Fetch, Piece, Plan, Replacement, Routing, Table, select};
use crate::rule::Placement;
use crate::sql::Span;
use crate::sql::ast::Query;

/// So many groups are tried at most.
const MAX_GROUPS: usize = 4;

/// One way to carry tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The statement for the nodes of the tables that stay.
    pub plan: Plan,
    /// The mentions that stay.
    pub stays: Vec<usize>,
    /// The mentions whose rows are carried: their fetches are those of a merge node.
    pub moves: Vec<usize>,
    /// What for.
    pub why: Carry,
}

/// What rows are carried for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// They are elsewhere.
    Apart,
    /// They are at every node, among many that the statement does not want.
    Sifted,
}

/// The ways to carry tables for a query that some nodes cannot answer as it is.
pub(super) fn ways(query: &Query, resolver: &mut Resolver<'_>, groups: &[Group], fetches: &[Fetch]) -> Vec<Carried> {
    let found = &resolver.found;
    let whole = found.stored.is_none()
        && !found.several_schemas
        && !found.converts_number
        && found.index_hints.is_empty()
        // Which a merge node keeps apart.
        && found.in_outer_joins.is_empty()
        && found.needs.assigns.is_empty()
        && resolver.lexed.hint_comment.is_none()
        && !query.locks()
        && !failing::may_fail_by_order(found, query)
        && fetches.len() == found.tables.len();
    let elsewhere = found.tables.iter().any(|table| matches!(table.placement, Placement::Single(_)));
    match groups {
        _ if !whole => Vec::new(),
        [] => Vec::new(),
        [group] if !elsewhere => sifted(query, resolver, group),
        groups => {
            let groups = groups.iter().take(MAX_GROUPS);
            groups.filter_map(|group| apart(query, resolver, &group.mentions)).collect()
        }
    }
}

/// The way in which these mentions stay, and all that is elsewhere moves.
fn apart(query: &Query, resolver: &mut Resolver<'_>, stays: &[usize]) -> Option<Carried> {
    let is_moved = |(mention, table): &(usize, &Arc<Table>)| match table.placement {
        Placement::Split(_) => !stays.contains(mention),
        Placement::Single(_) => true,
        Placement::Broadcast => false,
    };
    let tables = resolver.found.tables.iter().enumerate();
    let moves: Vec<usize> = tables.filter(is_moved).map(|(mention, _)| mention).collect();
    way(query, resolver, (stays, &moves), Carry::Apart)
}

/// The ways in which one broadcast table is sifted, of a statement that groups: a table that it asks something of, and
/// whose rows it finds by a key.
fn sifted(query: &Query, resolver: &mut Resolver<'_>, group: &Group) -> Vec<Carried> {
    let found = &resolver.found;
    let mut joins = Joins::new(found, resolver.lexed);
    joins.query(query);
    let links: Vec<usize> = group
        .mentions
        .iter()
        .flat_map(|mention| joins.key_links(*mention))
        .collect::<Vec<_>>()
        .into_iter()
        .filter(|link| link.unique)
        .map(|link| link.of)
        .collect();
    let fits = |mention: &usize| {
        let broadcast = found.tables.get(*mention).is_some_and(|table| table.placement == Placement::Broadcast);
        let aliased = found.mentions.get(*mention).is_some_and(|of| of.naming == Naming::Alias);
        broadcast && aliased && !joins.supplied.contains(mention) && !joins.filters(*mention).is_empty()
    };
    let sieves: Vec<usize> =
        (0..found.tables.len()).filter(|mention| links.contains(mention) && fits(mention)).collect();
    let groups = |way: &Carried| matches!(&way.plan.combine, Combine::Rows(spec) if spec.group.is_some());
    let sieves = sieves.into_iter().take(MAX_GROUPS);
    sieves
        .filter_map(|mention| way(query, resolver, (&group.mentions, &[mention]), Carry::Sifted))
        .filter(groups)
        .collect()
}

fn way(
    query: &Query,
    resolver: &mut Resolver<'_>,
    (stays, moves): (&[usize], &[usize]),
    why: Carry,
) -> Option<Carried> {
    let mut tables = resolver.found.tables.clone();
    for &mention in moves {
        let table = tables.get_mut(mention)?;
        *table = Arc::new(table.carried_for(mention));
    }
    let own = std::mem::replace(&mut resolver.found.tables, tables);
    let plan = over_nodes(query, resolver, moves);
    resolver.found.tables = own;
    Some(Carried { plan: plan?, stays: stays.to_vec(), moves: moves.to_vec(), why })
}

/// The plan over the nodes, with the tables as they are now.
fn over_nodes(query: &Query, resolver: &Resolver<'_>, moves: &[usize]) -> Option<Plan> {
    let found = &resolver.found;
    let mut joins = Joins::new(found, resolver.lexed);
    joins.query(query);
    let groups = joins.groups();
    let [_] = groups.as_slice() else { return None };
    let scattered = select::scatter(query, resolver, &groups).ok()?;
    if scattered.edits.iter().any(|edit| repeats(edit, resolver, moves)) {
        return None;
    }
    let routing = super::route_of(found, groups).ok()?;
    let like = Resolved {
        schema: found.schema.clone(),
        tables: found.tables.clone(),
        edits: found.edits.clone(),
        needs: found.needs.clone(),
        ..Resolved::default()
    };
    let mut plan = Plan::of(like, routing);
    plan.access = Access::Read;
    plan.combine = Combine::Rows(scattered.spec);
    plan.many = scattered.edits;
    plan.limit = scattered.limit;
    plan.pins = scattered.pins;
    plan.notes = scattered.notes;
    plan.arrange(resolver.lexed);
    matches!(plan.routing, Routing::Split { .. }).then_some(plan)
}

/// Whether an edit repeats a part of the text that names a carried table: MySQL opens a temporary table once only.
fn repeats(edit: &Edit, resolver: &Resolver<'_>, moves: &[usize]) -> bool {
    let Replacement::Pieces(pieces) = &edit.with else { return false };
    let names = resolver.found.mention_at.iter().filter(|(_, mention)| moves.contains(mention));
    let places: Vec<u32> = names.map(|(at, _)| resolver.normal(Span { start: *at, end: *at }).start).collect();
    pieces.iter().any(|piece| match piece {
        Piece::Copy(span) | Piece::Raw(span) => places.iter().any(|at| span.start <= *at && *at < span.end),
        _ => false,
    })
}
