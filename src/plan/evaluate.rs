//! DO: expressions that are evaluated for what they do.
//!
//! Always holds: each of them is evaluated once, by one server.

use super::resolve::Resolver;
use super::select::apart;
use super::{Combine, Plan, PlanError, plan_query};
use crate::sql::Span;
use crate::sql::ast::{Expr, Ident, Query, QueryBody, Select, SelectItem};

/// Plans a DO as the query that would show its expressions.
pub(super) fn plan(exprs: &[Expr], resolver: Resolver<'_>) -> Result<Plan, PlanError> {
    let whole = Span {
        start: exprs.first().map_or(0, |expr| expr.span.start),
        end: exprs.last().map_or(0, |expr| expr.span.end),
    };
    // What has a name is not given the name that it has in the client's text.
    let named = Some(Ident { text: String::new(), span: Span::default() });
    let item = |expr: &Expr| SelectItem::Expr { expr: expr.clone(), alias: named.clone(), span: expr.span };
    let items = exprs.iter().map(item).collect();
    let select = Select { items, items_span: whole, span: whole, ..Select::default() };
    let query = Query::bare(QueryBody::Select(Box::new(select)), whole);
    let mut plan = plan_query(&query, resolver)?;
    plan.carried.clear();
    if !matches!(plan.combine, Combine::Refuse(_)) {
        plan.combine = Combine::Refuse(apart("DO with a query"));
    }
    Ok(plan)
}
