//! How a statement is counted: what it is, and where it went.

use crate::metrics::{StatementKind as CountedKind, StatementRoute};
use crate::plan::{self, Combine, Routing};
use crate::sql::StatementKind;

pub(super) fn counted_kind(kind: StatementKind) -> CountedKind {
    match kind {
        StatementKind::Select | StatementKind::OtherQuery => CountedKind::Select,
        StatementKind::Insert => CountedKind::Insert,
        StatementKind::Replace => CountedKind::Replace,
        StatementKind::Update => CountedKind::Update,
        StatementKind::Delete => CountedKind::Delete,
        StatementKind::Transaction => CountedKind::Transaction,
        StatementKind::Set => CountedKind::Session,
        StatementKind::Show => CountedKind::Show,
        StatementKind::Empty | StatementKind::Other => CountedKind::Other,
    }
}

/// Where a plan went that was routed to so many nodes.
pub(super) fn counted_route(plan: &plan::Plan, nodes: usize) -> StatementRoute {
    let all = || plan.tables.first().map_or(0, |table| table.placement.node_count(&table.rules));
    match (&plan.routing, nodes) {
        (_, 2..) if matches!(plan.combine, Combine::Refuse(_)) => StatementRoute::Refused,
        (Routing::Any, _) => StatementRoute::Any,
        (Routing::Broadcast, _) => StatementRoute::Broadcast,
        (_, 0) => StatementRoute::Any,
        (_, 1) => StatementRoute::Single,
        (_, nodes) if nodes < all() => StatementRoute::Multi,
        _ => StatementRoute::Scatter,
    }
}
