//! SELECT over many nodes: what is appended to the statement, and how the rows that come back become one answer.
//!
//! Always holds: a hidden column stands after the client's own and has a name that no client uses, so that no other
//! name in the statement changes its meaning. What cannot be merged exactly is an error here, and the plan keeps it for
//! the case that the operands leave more than one node.

use std::cell::RefCell;

use super::aggregate;
use super::conditions::bare;
use super::converts;
use super::copies::{self, Rows};
use super::join;
use super::resolve::{Resolved, Resolver, relevant_to_none};
use super::{Edit, LimitOperands, Operand, Piece, Pin, Replacement};
use crate::error::{Code, SqlError};
use crate::merge::{ColumnAt, MergeSpec, SortKey};
use crate::sql::ast::{Expr, ExprKind, LiteralKind, OrderKey, Query, QueryBody, Select, SelectItem};
use crate::sql::{Lexed, Span};
use crate::value::ColumnKind;

/// What many nodes need beyond the names.
#[derive(Debug, Default)]
pub(super) struct Scattered {
    /// Edits beside those of one node.
    pub(super) edits: Vec<Edit>,
    pub(super) spec: MergeSpec,
    pub(super) limit: Option<LimitOperands>,
    pub(super) pins: Vec<Pin>,
    pub(super) notes: Vec<String>,
}

/// A SELECT being prepared for many nodes.
pub(super) struct Scatter<'s, 'r> {
    pub(super) found: &'r Resolved,
    pub(super) lexed: &'r Lexed,
    pub(super) text: &'r [u8],
    pub(super) query: &'s Query,
    pub(super) select: &'s Select,
    pub(super) made: Scattered,
    /// MariaDB gives a parameter the type of its value, and takes one in ORDER BY for a column's number.
    pub(super) on_mariadb: bool,
    /// All backends have ANY_VALUE().
    on_mysql_only: bool,
    /// The hidden columns' pieces, appended after the select list.
    hidden: Vec<Piece>,
    /// Whether shards group rows that are grouped again.
    pub(super) grouped: bool,
    /// Literals that were compared.
    pins: RefCell<Vec<Pin>>,
}

/// What a sort key is made of.
#[derive(Clone, Copy)]
pub(super) enum Source<'s> {
    /// The n-th item of the select list, which is also the n-th visible column.
    Item(u16, &'s Expr),
    /// An expression that is not shown, or not at a known place.
    Expr(&'s Expr),
}

/// What makes one group of all rows, or of a group's, where nothing shows it.
pub(super) const AROUND: &str = "An aggregate of the query around, in a subquery,";

/// Prepares a query for many nodes, or says why it cannot go there.
pub(super) fn scatter(query: &Query, resolver: &Resolver<'_>, groups: &[join::Group]) -> Result<Scattered, SqlError> {
    let found = &resolver.found;
    let QueryBody::Select(select) = &query.body else {
        return Err(apart(match &query.body {
            QueryBody::SetOperation { operator, .. } => operator,
            QueryBody::Nested(_) => "A query in parentheses",
            QueryBody::Values(_) | QueryBody::Table(_) | QueryBody::Select(_) => "This query",
        }));
    };
    if !query.ctes.is_empty() {
        return Err(apart("WITH"));
    }
    if select.directed {
        return Err(apart("GROUP BY with ASC or DESC"));
    }
    if select.calc_found_rows {
        return Err(apart("SQL_CALC_FOUND_ROWS"));
    }
    if let Some(system) = &found.system {
        return Err(apart(&format!("A join with {system}")));
    }
    if groups.len() > 1 {
        return Err(not_together(found, groups));
    }
    if select.selection.as_ref().is_some_and(|condition| converts::of_constant(found, condition)) {
        return Err(apart("A string compared with numbers of a subquery"));
    }
    if found.converts_number {
        return Err(converts::refused());
    }
    relevant_to_none(found)?;
    if found.aggregates_around() {
        return Err(apart(AROUND));
    }
    match copies::rows_of(found, groups, &select.from) {
        Rows::Split => {}
        Rows::Copied => return Err(apart("A subquery over a split table, from a table that is not split,")),
        Rows::Wrong => {
            return Err(apart(
                "An outer join that keeps rows of a table that is not split, or a derived table that counts or cuts \
                 off rows,",
            ));
        }
    }
    let made = Scattered::default();
    let (lexed, text) = (resolver.lexed, resolver.text);
    let mut scatter = Scatter {
        found,
        lexed,
        text,
        query,
        select,
        made,
        on_mariadb: resolver.context.tables.on_mariadb(),
        on_mysql_only: resolver.context.tables.on_mysql_only(),
        hidden: Vec::new(),
        grouped: false,
        pins: RefCell::default(),
    };
    scatter.run(groups)?;
    let mut made = scatter.made;
    made.pins.append(&mut scatter.pins.into_inner());
    Ok(made)
}

// === impl Scatter ===

impl<'s> Scatter<'s, '_> {
    fn run(&mut self, groups: &[join::Group]) -> Result<(), SqlError> {
        self.limit_operands()?;
        // A weight beside a string makes two rows of DISTINCT out of strings that differ in trailing spaces only, so rows
        // that are to be ordered are made distinct again here.
        let whole = (!self.select.distinct || self.query.order_by.is_empty())
            && aggregate::is_node_by_node(self.found, self.select, groups);
        if copies::is_row_by_row(self.select) || whole {
            if whole {
                self.made.notes.push("each group lies at one node".to_owned());
            }
            self.ordered(whole)?;
        } else {
            aggregate::grouped(self)?;
        }
        if !self.hidden.is_empty() {
            let at = self.normal(Span { start: self.select.items_span.end, end: self.select.items_span.end });
            let pieces = std::mem::take(&mut self.hidden);
            self.made.edits.push(Edit { at, with: Replacement::Pieces(pieces) });
        }
        Ok(())
    }

    pub(super) fn normal(&self, span: Span) -> Span {
        Span { start: self.lexed.to_normal(span.start), end: self.lexed.to_normal(span.end) }
    }

    fn limit_operands(&mut self) -> Result<(), SqlError> {
        let Some(limit) = &self.query.limit else { return Ok(()) };
        let operand = |expr: &Expr| {
            Operand::of(expr, self.lexed).ok_or_else(|| apart("LIMIT with anything but numbers and parameters"))
        };
        let offset = limit.offset.as_ref().map(operand).transpose()?;
        self.made.limit = Some(LimitOperands { count: operand(&limit.count)?, offset });
        self.made.spec.limited = true;
        Ok(())
    }

    /// Shards cut off what cannot be part of the answer.
    pub(super) fn push_limit(&mut self) {
        if let Some(limit) = &self.query.limit {
            self.made.edits.push(Edit { at: self.normal(limit.span), with: Replacement::PushedLimit });
        }
    }

    /// Shards send everything: which rows are cut off is known after merging only.
    pub(super) fn drop_limit(&mut self) {
        if let Some(limit) = &self.query.limit {
            self.made.edits.push(Edit { at: self.normal(limit.span), with: Replacement::Text("".into()) });
        }
    }

    /// Rows as they are, in order where one is asked for.
    fn ordered(&mut self, whole: bool) -> Result<(), SqlError> {
        if self.select.rollup {
            return Err(apart("WITH ROLLUP"));
        }
        if self.select.windows {
            return Err(apart("A window function"));
        }
        for key in &self.query.order_by {
            if !whole && aggregate::has_aggregate(&key.expr) {
                return Err(apart("ORDER BY an aggregate without GROUP BY"));
            }
            let Some(source) = self.order_source(key)? else { continue };
            if let (Source::Expr(expr), true) = (source, self.select.distinct && whole)
                && !self
                    .select
                    .items
                    .iter()
                    .any(|item| matches!(item, SelectItem::Expr { expr: item, .. } if self.same(item, expr)))
            {
                return Err(apart("DISTINCT with ORDER BY something that is not selected"));
            }
            // Equal in all rows it orders nothing. Asking for it once more, as a sort key, would let MySQL take another
            // type for its parameters.
            if let Source::Item(_, expr) | Source::Expr(expr) = source
                && aggregate::is_of_literals(expr)
            {
                continue;
            }
            let sort = self.sort_key(source, key.descending)?;
            self.made.spec.order.push(sort);
        }
        self.push_limit();
        Ok(())
    }

    /// What a key of ORDER BY means; None for a constant, which orders nothing.
    pub(super) fn order_source(&mut self, key: &'s OrderKey) -> Result<Option<Source<'s>>, SqlError> {
        let expr = bare(&key.expr);
        match &expr.kind {
            ExprKind::Param(_) if self.on_mariadb => Err(apart("ORDER BY a parameter")),
            ExprKind::Literal(_) | ExprKind::Param(_) => match self.position(expr)? {
                Some(source) => Ok(Some(source)),
                None => Ok(None),
            },
            ExprKind::Column(name) if name.table.is_none() && self.doubled(&name.column.text) => {
                Err(apart("ORDER BY a name that several columns of the answer have"))
            }
            ExprKind::Column(name) if name.table.is_none() => match self.aliased(&name.column.text) {
                Some(source) => Ok(Some(source)),
                None => Ok(Some(self.selected(&name.column.text).unwrap_or_else(|| self.visible(expr)))),
            },
            _ => {
                if mentions_alias(expr, self.select) {
                    return Err(apart("ORDER BY an expression over an alias"));
                }
                if self.found.random.is_some() {
                    return Err(apart("ORDER BY with a function of random value"));
                }
                Ok(Some(self.visible(expr)))
            }
        }
    }

    /// `ORDER BY 2`, `GROUP BY 2`: the plan then holds for this number only.
    pub(super) fn position(&mut self, expr: &'s Expr) -> Result<Option<Source<'s>>, SqlError> {
        self.pin(expr.span);
        if !matches!(expr.kind, ExprKind::Literal(LiteralKind::Int)) {
            return Ok(None);
        }
        let digits = std::str::from_utf8(super::splice::bytes(self.text, expr.span)).unwrap_or("");
        let wrong = || SqlError::new(Code::UnknownColumn, format!("Unknown column '{digits}' in 'order clause'"));
        let number: usize = digits.parse().map_err(|_| wrong())?;
        let index = number.checked_sub(1).ok_or_else(wrong)?;
        if self.select.items.iter().take(number).any(|item| !matches!(item, SelectItem::Expr { .. })) {
            return Err(apart("A position in ORDER BY or GROUP BY beside a wildcard"));
        }
        self.item(index).map(Some).ok_or_else(wrong)
    }

    /// The n-th item, where that is the n-th column.
    pub(super) fn item(&self, index: usize) -> Option<Source<'s>> {
        let SelectItem::Expr { expr, .. } = self.select.items.get(index)? else { return None };
        let before = self.select.items.iter().take(index).all(|item| matches!(item, SelectItem::Expr { .. }));
        match (before, u16::try_from(index)) {
            (true, Ok(at)) => Some(Source::Item(at, expr)),
            _ => Some(Source::Expr(expr)),
        }
    }

    /// Whether different items have this name: which one a server takes is a matter of rules of its own.
    pub(super) fn doubled(&self, name: &str) -> bool {
        let named = |item: &'s SelectItem| match item {
            SelectItem::Expr { expr, alias: Some(alias), .. } if alias.text.eq_ignore_ascii_case(name) => Some(expr),
            SelectItem::Expr { expr, alias: None, .. } => match &expr.kind {
                ExprKind::Column(column) if column.column.text.eq_ignore_ascii_case(name) => Some(expr),
                _ => None,
            },
            _ => None,
        };
        let mut all = self.select.items.iter().filter_map(named);
        all.next().is_some_and(|first| all.any(|other| !self.same(first, other)))
    }

    /// The item that has this alias.
    pub(super) fn aliased(&self, name: &str) -> Option<Source<'s>> {
        let index = self.select.items.iter().position(
            |item| matches!(item, SelectItem::Expr { alias: Some(alias), .. } if alias.text.eq_ignore_ascii_case(name)),
        )?;
        self.item(index)
    }

    /// The item that is a column of this name: ORDER BY takes it before it looks at the tables.
    fn selected(&self, name: &str) -> Option<Source<'s>> {
        let index = self.select.items.iter().position(|item| {
            matches!(item, SelectItem::Expr { expr: Expr { kind: ExprKind::Column(column), .. }, alias: None, .. }
                if column.column.text.eq_ignore_ascii_case(name))
        })?;
        self.item(index)
    }

    /// An expression, as a visible column where it is one.
    pub(super) fn visible(&self, expr: &'s Expr) -> Source<'s> {
        let index = self.select.items.iter().position(|item| match item {
            SelectItem::Expr { expr: item, .. } => self.same(item, expr),
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard { .. } => false,
        });
        match index.and_then(|index| self.item(index)) {
            Some(Source::Item(at, item)) => Source::Item(at, item),
            _ => Source::Expr(expr),
        }
    }

    /// Whether two expressions are the same column or the same text.
    pub(super) fn same(&self, a: &Expr, b: &Expr) -> bool {
        match (self.found.column(a), self.found.column(b)) {
            (Some(a), Some(b)) => a == b,
            _ => {
                let same = self.text_of(a) == self.text_of(b);
                if same {
                    self.pin(a.span);
                    self.pin(b.span);
                }
                same
            }
        }
    }

    fn text_of(&self, expr: &Expr) -> &[u8] {
        super::splice::bytes(self.text, bare(expr).span)
    }

    /// The plan holds only for texts that have the same literals here.
    fn pin(&self, span: Span) {
        let inside = (0..).zip(&self.lexed.holes);
        let inside = inside.filter(|(_, hole)| span.start <= hole.text.start && hole.text.end <= span.end);
        self.pins.borrow_mut().extend(inside.map(|(hole, at)| {
            let bytes = super::splice::bytes(self.text, at.text);
            Pin { hole, bytes: bytes.into() }
        }));
    }

    fn kind(&self, expr: &Expr) -> Option<&ColumnKind> {
        self.found.kind(self.found.column(expr)?)
    }

    /// What a row is sorted or grouped by.
    pub(super) fn sort_key(&mut self, source: Source<'s>, descending: bool) -> Result<SortKey, SqlError> {
        let expr = match source {
            Source::Item(_, expr) | Source::Expr(expr) => expr,
        };
        let (number, weighed) = match self.kind(expr) {
            Some(ColumnKind::Text { .. }) | None => (None, true),
            Some(ColumnKind::Enum { .. } | ColumnKind::Set { .. } | ColumnKind::Bit { .. }) => {
                (Some(("CAST(", " AS UNSIGNED)")), false)
            }
            Some(ColumnKind::Float) => (Some(("((", ") + 0e0)")), false),
            Some(kind @ (ColumnKind::Json | ColumnKind::Geometry | ColumnKind::Other(_))) => {
                return Err(apart(&format!("Ordering or grouping by a column of type {}", kind_name(kind))));
            }
            Some(
                ColumnKind::Int { .. }
                | ColumnKind::Decimal { .. }
                | ColumnKind::Double
                | ColumnKind::Year
                | ColumnKind::Date
                | ColumnKind::Time { .. }
                | ColumnKind::DateTime { .. }
                | ColumnKind::Timestamp { .. }
                | ColumnKind::Binary,
            ) => (None, false),
        };
        // Within a group all values are equal, so any is that value; servers that check what may stand beside GROUP BY
        // know a key inside another expression only when it is a column. MySQL's MIN may warn where it finds no date.
        let wrapped = self.grouped && !matches!(bare(expr).kind, ExprKind::Column(_));
        let (value_in, weight_in) = match wrapped {
            true if self.on_mysql_only => (("ANY_VALUE(", ")"), ("WEIGHT_STRING(ANY_VALUE(", "))")),
            true => (("MIN(", ")"), ("WEIGHT_STRING(MIN(", "))")),
            false => (("", ""), ("WEIGHT_STRING(", ")")),
        };
        let value = match (number, source) {
            (Some((before, after)), _) => self.hide(before, expr.span, after),
            (None, Source::Item(at, _)) => ColumnAt::Visible(at),
            (None, Source::Expr(_)) => self.hide(value_in.0, expr.span, value_in.1),
        };
        let weight = weighed.then(|| self.hide(weight_in.0, expr.span, weight_in.1));
        Ok(SortKey { value, weight, descending })
    }

    /// Appends a hidden column.
    pub(super) fn hide(&mut self, before: &str, span: Span, after: &str) -> ColumnAt {
        let number = self.made.spec.hidden;
        self.made.spec.hidden += 1;
        self.hidden.push(Piece::Text(format!(", {before}").into()));
        self.hidden.push(Piece::Copy(self.normal(span)));
        self.hidden.push(Piece::Text(format!("{after} AS `weir.{number}`").into()));
        ColumnAt::Hidden(number)
    }
}

/// Whether an expression names an alias: in the select list it would mean something else, or nothing.
fn mentions_alias(expr: &Expr, select: &Select) -> bool {
    let mut found = false;
    aggregate::each_part(expr, &mut |part| {
        if let ExprKind::Column(name) = &part.kind
            && name.table.is_none()
        {
            found |= select.items.iter().any(|item| {
                matches!(item, SelectItem::Expr { alias: Some(alias), .. }
                    if alias.text.eq_ignore_ascii_case(&name.column.text))
            });
        }
    });
    found
}

fn kind_name(kind: &ColumnKind) -> &str {
    match kind {
        ColumnKind::Json => "JSON",
        ColumnKind::Geometry => "GEOMETRY",
        ColumnKind::Other(name) => name,
        _ => "this",
    }
}

/// What is not possible over many nodes.
pub(super) fn apart(what: &str) -> SqlError {
    SqlError::new(
        Code::UnsupportedAcrossShards,
        format!(
            "{what} over many shards is not possible yet; \
             give the shard key one value, or take it out of the statement"
        ),
    )
}

/// Two split tables that are not joined by their keys.
pub(super) fn not_together(found: &Resolved, groups: &[join::Group]) -> SqlError {
    let name = |group: Option<&join::Group>| {
        let mention = group.and_then(|group| group.mentions.first().copied());
        mention.and_then(|mention| found.mentions.get(mention)).map_or("", |mention| mention.name.as_str())
    };
    SqlError::new(
        Code::JoinNotCoSplit,
        format!(
            "'{}' and '{}' are not split alike or not joined by all their shard keys; \
             join them by these, or give each shard key one value",
            name(groups.first()),
            name(groups.get(1))
        ),
    )
}
