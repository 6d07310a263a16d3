//! Which tables are always found together, and whether a FROM may be answered node by node.
//!
//! Split tables form a *group* when they are split alike and equalities join all their shard keys: their matching rows
//! are at the same node. One group may go to many nodes; whatever else is split must be found at one place.
//!
//! Always holds: an equality counts only where no row can be part of the answer without it. In the ON of an outer join
//! that is so for the side that may be filled with NULL, and for nothing else.

use std::collections::{HashMap, HashSet};

use super::conditions::{KeyCondition, KeyRef, bare};
use super::copies;
use super::filter::{Demand, conjuncts};
use super::implied::{Implied, Implying};
use super::resolve::{ColumnRef, Resolved};
use crate::rule::{KeyForm, Placement, Split};
use crate::sql::Lexed;
use crate::sql::ast::{
    BinaryOp, Expr, ExprKind, JoinConstraint, JoinKind, Query, QueryBody, Select, SelectItem, TableExpr,
};
use crate::value::ColumnKind;

/// Split tables that are found together.
#[derive(Debug)]
pub(super) struct Group {
    /// Mentions, the outermost first.
    pub(super) mentions: Vec<usize>,
    /// Those whose rows no outer join replaces by NULLs.
    pub(super) kept: Vec<usize>,
    /// What is known of the first one's keys.
    pub(super) condition: KeyCondition,
}

/// The join of an outer join's two sides, to be looked at when all inner equalities are known.
#[derive(Clone)]
pub(super) struct OuterJoin<'s> {
    preserved: Vec<usize>,
    pub(super) supplied: Vec<usize>,
    pub(super) constraint: &'s JoinConstraint,
}

/// Collects what conditions say of columns, over all query blocks.
pub(super) struct Joins<'s, 'r> {
    pub(super) found: &'r Resolved,
    pub(super) lexed: &'r Lexed,
    /// Conditions that every row of a block fulfils.
    pub(super) filters: Vec<(usize, &'s Expr)>,
    pub(super) outer: Vec<OuterJoin<'s>>,
    /// Mentions whose rows an outer join may replace by NULLs.
    pub(super) supplied: HashSet<usize>,
    pub(super) classes: Classes,
}

// === impl Joins ===

impl<'s, 'r> Joins<'s, 'r> {
    pub(super) fn new(found: &'r Resolved, lexed: &'r Lexed) -> Self {
        let classes = Classes::default();
        Self { found, lexed, filters: Vec::new(), outer: Vec::new(), supplied: HashSet::new(), classes }
    }

    /// A query, and the queries in it.
    pub(super) fn query(&mut self, query: &'s Query) {
        query.ctes.iter().for_each(|cte| self.query(&cte.query));
        match &query.body {
            QueryBody::Select(select) => self.select(select),
            QueryBody::SetOperation { left, right, .. } => {
                self.query(left);
                self.query(right);
            }
            QueryBody::Nested(inner) => self.query(inner),
            QueryBody::Values(exprs) => exprs.iter().for_each(|expr| self.nested(expr)),
            QueryBody::Table(_) => {}
        }
        query.order_by.iter().for_each(|key| self.nested(&key.expr));
    }

    fn select(&mut self, select: &'s Select) {
        let Some(&block) = self.found.block_of.get(&select.span.start) else { return };
        self.block(block, &select.from, select.selection.as_ref());
        for item in &select.items {
            if let SelectItem::Expr { expr, .. } = item {
                self.nested(expr);
            }
        }
        select.group_by.iter().chain(&select.having).for_each(|expr| self.nested(expr));
    }

    /// The tables and conditions of one block.
    pub(super) fn block(&mut self, block: usize, from: &'s [TableExpr], selection: Option<&'s Expr>) {
        for table in from {
            self.table(table, block, Side::Kept);
        }
        if let Some(selection) = selection {
            self.filters.push((block, selection));
            self.equalities(selection, block);
            self.nested(selection);
        }
    }

    /// A part of a FROM; gives its mentions.
    fn table(&mut self, table: &'s TableExpr, block: usize, side: Side) -> Vec<usize> {
        match table {
            TableExpr::Table(table) => {
                let mention = self.found.mention_at.get(&table.name.span.start).copied();
                if side == Side::Supplied {
                    self.supplied.extend(mention);
                }
                mention.into_iter().collect()
            }
            TableExpr::Derived { query, .. } => {
                self.query(query);
                Vec::new()
            }
            TableExpr::Function { .. } => Vec::new(),
            TableExpr::Nested(tables) => tables.iter().flat_map(|table| self.table(table, block, side)).collect(),
            TableExpr::Join { left, right, kind, constraint } => {
                let (left_side, right_side) = match kind {
                    JoinKind::Inner => (side, side),
                    JoinKind::Left => (side, Side::Supplied),
                    JoinKind::Right => (Side::Supplied, side),
                };
                let mut mentions = self.table(left, block, left_side);
                let right = self.table(right, block, right_side);
                if let JoinConstraint::On(on) = constraint {
                    self.nested(on);
                }
                match kind {
                    JoinKind::Inner => self.inner(&mentions, &right, constraint, block, side),
                    JoinKind::Left => {
                        self.outer.push(OuterJoin { preserved: mentions.clone(), supplied: right.clone(), constraint });
                    }
                    JoinKind::Right => {
                        self.outer.push(OuterJoin { preserved: right.clone(), supplied: mentions.clone(), constraint });
                    }
                }
                mentions.extend(right);
                mentions
            }
        }
    }

    fn inner(&mut self, left: &[usize], right: &[usize], constraint: &'s JoinConstraint, block: usize, side: Side) {
        match constraint {
            JoinConstraint::On(on) => {
                self.equalities(on, block);
                if side == Side::Kept {
                    self.filters.push((block, on));
                }
            }
            JoinConstraint::Using(_) | JoinConstraint::Natural => {
                for (a, b) in self.same_named(left, right, constraint) {
                    self.classes.join(self.found, a, b);
                }
            }
            JoinConstraint::None => {}
        }
    }

    /// The pairs of columns that USING or NATURAL joins.
    fn same_named(&self, left: &[usize], right: &[usize], constraint: &JoinConstraint) -> Vec<(ColumnRef, ColumnRef)> {
        let names: Vec<String> = match constraint {
            JoinConstraint::Using(columns) => columns.iter().map(|column| column.text.to_ascii_lowercase()).collect(),
            JoinConstraint::Natural => {
                let columns = left.iter().filter_map(|&mention| self.found.tables.get(mention)?.columns.as_ref());
                columns.flatten().map(|column| column.name.to_ascii_lowercase()).collect()
            }
            JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
        };
        // Where several tables of a side have the column, they are joined by it already.
        let one = |side: &[usize], name: &String| -> Option<ColumnRef> {
            let mut having = side.iter().filter(|&&mention| {
                self.found.tables.get(mention).is_some_and(|t| t.columns.is_none() || t.column(name).is_some())
            });
            having.next().map(|&mention| ColumnRef { mention, name: name.clone() })
        };
        names.iter().filter_map(|name| Some((one(left, name)?, one(right, name)?))).collect()
    }

    /// Notes the equalities that hold wherever this condition of a block holds.
    ///
    /// A condition of a nested query says nothing of the columns around it, which may be equal for no row of the answer
    /// (`NOT EXISTS (… WHERE i.k = o.k AND i.k = o.j)`): so a nested column is tied to one of them, and no two of them to
    /// each other.
    fn equalities(&mut self, condition: &'s Expr, block: usize) {
        let mut pairs = Vec::new();
        conjunct_pairs(self.found, condition, &mut pairs);
        let found = self.found;
        let around = |column: &ColumnRef| {
            found.mentions.get(column.mention).is_some_and(|mention| !found.encloses(block, mention.block))
        };
        for (a, b) in pairs {
            let tied = (self.classes.any_in_class(&a, around), self.classes.any_in_class(&b, around));
            if (around(&a) && around(&b)) || (tied == (true, true) && self.classes.class(&a) != self.classes.class(&b))
            {
                continue;
            }
            self.classes.join(self.found, a, b);
        }
    }

    /// Looks for queries inside an expression.
    pub(super) fn nested(&mut self, expr: &'s Expr) {
        each_query(expr, &mut |query| self.query(query));
    }

    /// Puts split tables that are found together into groups.
    pub(super) fn groups(&mut self) -> Vec<Group> {
        for join in self.outer.clone() {
            self.attach(&join);
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut split: Vec<usize> = (0..self.found.tables.len()).filter(|&m| self.found.is_split(m)).collect();
        split.sort_by_key(|&mention| self.found.mentions.get(mention).map(|mention| mention.block));
        for mention in split {
            let fitting = groups.iter_mut().find(|group| {
                group.first().is_some_and(|&first| together(self.found, &mut self.classes, first, mention))
            });
            match fitting {
                Some(group) => group.push(mention),
                None => groups.push(vec![mention]),
            }
        }
        let mut with_conditions = Vec::with_capacity(groups.len());
        for mentions in groups {
            let condition = mentions.first().map_or(KeyCondition::Any, |&first| self.condition(first));
            let kept = mentions.iter().copied().filter(|mention| !self.supplied.contains(mention)).collect();
            with_conditions.push(Group { mentions, kept, condition });
        }
        with_conditions
    }

    /// Equalities in the ON of an outer join tie the supplied side to the preserved one: a supplied column to the
    /// first preserved column that it equals. A second tie would say that two preserved columns are equal, which the
    /// answer's rows need not fulfil.
    fn attach(&mut self, join: &OuterJoin<'s>) {
        let mut pairs = match join.constraint {
            JoinConstraint::On(on) => {
                let mut pairs = Vec::new();
                conjunct_pairs(self.found, on, &mut pairs);
                pairs
            }
            other => self.same_named(&join.preserved, &join.supplied, other),
        };
        for (a, b) in &mut pairs {
            if join.supplied.contains(&a.mention) {
                std::mem::swap(a, b);
            }
        }
        for (preserved, supplied) in pairs {
            let across = join.preserved.contains(&preserved.mention) && join.supplied.contains(&supplied.mention);
            let tied = self.classes.any_in_class(&supplied, |column| !join.supplied.contains(&column.mention));
            if across && !tied {
                self.classes.join(self.found, preserved, supplied);
            }
        }
    }

    /// What may be asked of the rows of one mention before they are joined to anything.
    pub(super) fn filters(&self, mention: usize) -> Vec<Implied> {
        let Some(block) = self.found.mentions.get(mention).map(|mention| mention.block) else { return Vec::new() };
        let where_demand = if self.supplied.contains(&mention) { Demand::RejectsNull } else { Demand::Any };
        let mut parts = Vec::new();
        for (_, condition) in self.filters.iter().filter(|(of, _)| *of == block) {
            conjuncts(condition, &mut parts);
        }
        let mut parts: Vec<(&Expr, Demand)> = parts.into_iter().map(|part| (part, where_demand)).collect();
        for join in self.outer.iter().filter(|join| join.supplied.contains(&mention)) {
            if let JoinConstraint::On(on) = join.constraint {
                let mut of_join = Vec::new();
                conjuncts(on, &mut of_join);
                parts.extend(of_join.into_iter().map(|part| (part, Demand::RejectsNull)));
            }
        }
        let implied = |(part, demand): (&Expr, Demand)| {
            let implying = Implying { mentions: &[mention], demand, found: self.found, lexed: self.lexed };
            implying.of(part, &mut Vec::new())
        };
        parts.into_iter().filter_map(implied).collect()
    }

    /// What the conditions of its block say of a mention's keys.
    pub(super) fn condition(&mut self, mention: usize) -> KeyCondition {
        let Some(split) = split_of(self.found, mention) else { return KeyCondition::Any };
        let Some(block) = self.found.mentions.get(mention).map(|mention| mention.block) else {
            return KeyCondition::Any;
        };
        let keys: Vec<usize> =
            split.key_columns().iter().map(|name| self.classes.class(&key_ref(mention, name))).collect();
        let classes = self.classes.frozen();
        let (found, supplied) = (self.found, &self.supplied);
        let key_of = |expr: &Expr| -> Option<KeyRef> {
            let column = found.column(expr)?;
            let class = classes.get(column)?;
            let key = keys.iter().position(|key| key == class)?;
            Some(KeyRef { key, null_supplied: supplied.contains(&column.mention) })
        };
        let parts = self.filters.iter().filter(|(of, _)| *of == block);
        KeyCondition::and(parts.map(|(_, expr)| KeyCondition::of(expr, &key_of, self.lexed)).collect())
    }
}

/// Whether the rows under a part of a FROM may be replaced by NULLs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Kept,
    Supplied,
}

/// Calls back for each query directly inside an expression.
pub(super) fn each_query<'s>(expr: &'s Expr, visit: &mut dyn FnMut(&'s Query)) {
    match &expr.kind {
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Param(_)
        | ExprKind::UserVariable(_)
        | ExprKind::SystemVariable(_)
        | ExprKind::Default => {}
        ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => each_query(inner, visit),
        ExprKind::IsNull { expr, .. } => each_query(expr, visit),
        ExprKind::Binary { left, right, .. } => {
            each_query(left, visit);
            each_query(right, visit);
        }
        ExprKind::InList { expr, list, .. } => {
            each_query(expr, visit);
            list.iter().for_each(|expr| each_query(expr, visit));
        }
        ExprKind::InQuery { expr, query, .. } => {
            each_query(expr, visit);
            visit(query);
        }
        ExprKind::Between { expr, low, high, .. } => {
            each_query(expr, visit);
            each_query(low, visit);
            each_query(high, visit);
        }
        ExprKind::Row(exprs) | ExprKind::Other { children: exprs, .. } => {
            exprs.iter().for_each(|expr| each_query(expr, visit));
        }
        ExprKind::Subquery(query) | ExprKind::Exists(query) => visit(query),
        ExprKind::Function(function) => {
            function.args.iter().chain(function.over.iter().flatten()).for_each(|expr| each_query(expr, visit));
        }
    }
}

/// The pairs of columns that are equal wherever a condition holds.
pub(super) fn conjunct_pairs(found: &Resolved, condition: &Expr, pairs: &mut Vec<(ColumnRef, ColumnRef)>) {
    match &bare(condition).kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            conjunct_pairs(found, left, pairs);
            conjunct_pairs(found, right, pairs);
        }
        // One side is true, and with it what both say.
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            conjunct_pairs(found, left, &mut one);
            if !one.is_empty() {
                conjunct_pairs(found, right, &mut other);
            }
            let said_twice =
                |(a, b): &(ColumnRef, ColumnRef)| other.iter().any(|(c, d)| (a == c && b == d) || (a == d && b == c));
            pairs.extend(one.into_iter().filter(said_twice));
        }
        ExprKind::Binary { op: BinaryOp::Eq, left, right } => match (&bare(left).kind, &bare(right).kind) {
            (ExprKind::Row(left), ExprKind::Row(right)) if left.len() == right.len() => {
                for (left, right) in left.iter().zip(right) {
                    pairs.extend(found.column(left).cloned().zip(found.column(right).cloned()));
                }
            }
            _ => pairs.extend(found.column(left).cloned().zip(found.column(right).cloned())),
        },
        // `a IN (SELECT b …)` holds only where a row with `b = a` is found.
        ExprKind::InQuery { expr, query, negated: false } => {
            if let QueryBody::Select(select) = &query.body
                && query.limit.is_none()
                && query.ctes.is_empty()
                && (copies::is_row_by_row(select) || is_of_its_keys(found, select))
                && let [SelectItem::Expr { expr: item, .. }] = select.items.as_slice()
            {
                pairs.extend(found.column(expr).cloned().zip(found.column(item).cloned()));
            }
        }
        _ => {}
    }
}

/// Whether each row that a SELECT gives follows from rows that agree in the one column that it shows.
fn is_of_its_keys(found: &Resolved, select: &Select) -> bool {
    let [SelectItem::Expr { expr: item, .. }] = select.items.as_slice() else { return false };
    let of_it = |key: &Expr| found.column(item).is_some_and(|item| found.column(key) == Some(item));
    let shown = found.column(item).is_some();
    let grouped = select.group_by.iter().any(of_it);
    let distinct = select.distinct && select.group_by.is_empty() && select.having.is_none();
    shown && !select.rollup && !select.windows && (grouped || distinct)
}

fn key_ref(mention: usize, name: &str) -> ColumnRef {
    ColumnRef { mention, name: name.to_ascii_lowercase() }
}

/// The split of a mention's table.
pub(super) fn split_of(found: &Resolved, mention: usize) -> Option<&Split> {
    match &found.tables.get(mention)?.placement {
        Placement::Split(split) => Some(split),
        Placement::Broadcast | Placement::Single(_) => None,
    }
}

/// Whether equal values of a table's key always lie at one node: not so for strings that go in as they are under a
/// collation that finds different ones equal.
pub(super) fn equal_keys_meet(found: &Resolved, mention: usize, key: usize) -> bool {
    let Some(split) = split_of(found, mention) else { return false };
    let Some(name) = split.key_columns().get(key) else { return false };
    match found.kind(&key_ref(mention, name)) {
        Some(ColumnKind::Text { collation }) => {
            split.key_form(key) == KeyForm::Normal || collation.name.ends_with("_bin")
        }
        _ => true,
    }
}

/// Whether two mentions are split alike and joined by all their keys, the first one's block enclosing the other's.
pub(super) fn together(found: &Resolved, classes: &mut Classes, first: usize, other: usize) -> bool {
    let (Some(a), Some(b)) = (split_of(found, first), split_of(found, other)) else { return false };
    let (Some(outer), Some(inner)) = (found.mentions.get(first), found.mentions.get(other)) else { return false };
    found.encloses(outer.block, inner.block)
        && a.co_split_with(b)
        && a.key_columns().len() == b.key_columns().len()
        && a.key_columns().iter().zip(b.key_columns()).enumerate().all(|(key, (left, right))| {
            equal_keys_meet(found, first, key)
                && equal_keys_meet(found, other, key)
                && classes.class(&key_ref(first, left)) == classes.class(&key_ref(other, right))
        })
}

/// Classes of columns that are equal in every row of the answer.
#[derive(Default)]
pub(super) struct Classes {
    numbers: HashMap<ColumnRef, usize>,
    parents: Vec<usize>,
}

// === impl Classes ===

impl Classes {
    fn class(&mut self, column: &ColumnRef) -> usize {
        let number = match self.numbers.get(column) {
            Some(number) => *number,
            None => {
                let number = self.parents.len();
                self.parents.push(number);
                self.numbers.insert(column.clone(), number);
                number
            }
        };
        self.root(number)
    }

    fn root(&self, mut number: usize) -> usize {
        while let Some(&parent) = self.parents.get(number)
            && parent != number
        {
            number = parent;
        }
        number
    }

    /// Columns of different types may be equal without being the same value for a rule.
    fn join(&mut self, found: &Resolved, a: ColumnRef, b: ColumnRef) {
        let alike = match (found.kind(&a), found.kind(&b)) {
            (Some(ColumnKind::Int { .. }), Some(ColumnKind::Int { .. })) => true,
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        if alike {
            let (a, b) = (self.class(&a), self.class(&b));
            if let Some(parent) = self.parents.get_mut(b) {
                *parent = a;
            }
        }
    }

    fn any_in_class(&mut self, column: &ColumnRef, test: impl Fn(&ColumnRef) -> bool) -> bool {
        let class = self.class(column);
        self.numbers.iter().any(|(other, number)| self.root(*number) == class && test(other))
    }

    fn frozen(&self) -> HashMap<ColumnRef, usize> {
        self.numbers.iter().map(|(column, number)| (column.clone(), self.root(*number))).collect()
    }
}
