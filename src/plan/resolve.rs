//! Names: which table every mention means, which mention every column belongs to, and what has to be replaced so that
//! the statement means the same at a data node.
//!
//! Always holds: a table that stays in the text unreplaced is a CTE or one that every server has. What is not resolved
//! (columns of derived tables, names that fit two tables) stays unknown, and nothing is concluded from it.

use std::collections::HashSet;
use std::sync::Arc;

use super::copies;
use super::functions;
use super::inline::{CteMention, CteUse};
pub(super) use super::resolved::{Block, ColumnRef, Mention, Naming, Resolved, Source};
use super::{Context, Edit, FoundRows, Lookup, Piece, PlanError, Replacement, Table};
use crate::error::{Code, SqlError};
use crate::rule::Placement;
use crate::sql::ast::{
    BinaryOp, Destination, Expr, ExprKind, Ident, JoinConstraint, JoinKind, Query, QueryBody, Select, SelectItem,
    TableExpr, TableName, TableRef,
};
use crate::sql::{Lexed, Span};

/// Tables of information_schema that say the same on every server, whatever schemas it holds.
const SERVER_WIDE: [&str; 8] = [
    "collations",
    "character_sets",
    "collation_character_set_applicability",
    "engines",
    "plugins",
    "keywords",
    "system_variables",
    "sql_functions",
];

/// Walks a statement once and resolves it.
pub(super) struct Resolver<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) lexed: &'c Lexed,
    pub(super) text: &'c [u8],
    pub(super) found: Resolved,
    /// The CTEs in sight, by name; what hides others comes behind them.
    ctes: Vec<(String, usize)>,
    /// The CTEs that are being resolved.
    pub(super) inside: Vec<usize>,
    /// The next SELECT stands under EXISTS: `*` in it is no column.
    shows_nothing: bool,
    /// What is resolved are tables that an outer join joins, or what such a table is derived from.
    of_outer_join: bool,
    /// Queries nested in the expression at hand may become part of an outer join.
    joins_outer: bool,
}

// === impl Resolver ===

impl<'c> Resolver<'c> {
    pub(super) fn new(context: &'c Context<'c>, lexed: &'c Lexed, text: &'c [u8]) -> Self {
        Self {
            context,
            lexed,
            text,
            found: Resolved::default(),
            ctes: Vec::new(),
            inside: Vec::new(),
            shows_nothing: false,
            of_outer_join: false,
            joins_outer: false,
        }
    }

    /// A place of the text as a span of the normal form.
    pub(super) fn normal(&self, span: Span) -> Span {
        Span { start: self.lexed.to_normal(span.start), end: self.lexed.to_normal(span.end) }
    }

    pub(super) fn replace(&mut self, span: Span, with: Replacement) {
        let at = self.normal(span);
        self.found.edits.push(Edit { at, with });
        self.found.edit_texts.push(span);
    }

    pub(super) fn block(&mut self, parent: Option<usize>) -> usize {
        self.found.blocks.push(Block { parent, ..Block::default() });
        self.found.blocks.len() - 1
    }

    /// A query and everything in it.
    pub(super) fn query(&mut self, query: &Query, parent: Option<usize>) -> Result<(), PlanError> {
        let of_outer_join = std::mem::take(&mut self.of_outer_join);
        let in_sight = self.ctes.len();
        let first = self.found.ctes.len();
        let end = query.ctes.last().map_or(query.span.start, |cte| cte.span.end);
        self.found.ctes.extend(query.ctes.iter().map(|cte| CteUse {
            name: cte.name.text.clone(),
            columns: cte.columns.iter().map(|column| column.text.clone()).collect(),
            body: cte.query.span,
            recursive: false,
            clause: Span { start: query.span.start, end },
        }));
        let named = || query.ctes.iter().zip(first..).map(|(cte, id)| (cte.name.text.clone(), id));
        if query.recursive {
            self.ctes.extend(named());
        }
        for (cte, named) in query.ctes.iter().zip(named()) {
            self.found.nested_queries += 1;
            self.inside.push(named.1);
            self.query(&cte.query, None)?;
            self.inside.pop();
            self.ctes.push(named);
        }
        self.of_outer_join = of_outer_join;
        let block = match &query.body {
            QueryBody::Select(select) => Some(self.select(select, parent)?),
            QueryBody::SetOperation { left, right, .. } => {
                self.query(left, parent)?;
                self.query(right, parent)?;
                None
            }
            QueryBody::Nested(inner) => {
                self.query(inner, parent)?;
                None
            }
            QueryBody::Values(exprs) => {
                let block = self.block(parent);
                self.exprs(exprs, block)?;
                Some(block)
            }
            QueryBody::Table(name) => {
                let block = self.block(parent);
                self.mention(name, None, None, Naming::Bare, block)?;
                self.use_whole(block);
                Some(block)
            }
        };
        // Names in ORDER BY of a set operation are those of its columns.
        let block = block.unwrap_or_else(|| {
            let block = self.block(parent);
            self.opaque(block, String::new());
            block
        });
        for key in &query.order_by {
            self.expr(&key.expr, block)?;
        }
        self.ctes.truncate(in_sight);
        match &query.into {
            None => {}
            Some(Destination::Variables(names)) => names.iter().for_each(|name| self.found.needs.assign(name)),
            Some(Destination::File) => {
                return refuse(
                    Code::UnsupportedStatement,
                    "SELECT … INTO a file is not served: the file would be a server's; read the rows and write them",
                );
            }
        }
        Ok(())
    }

    fn select(&mut self, select: &Select, parent: Option<usize>) -> Result<usize, PlanError> {
        let shows_nothing = std::mem::take(&mut self.shows_nothing);
        let of_outer_join = self.of_outer_join;
        let block = self.block(parent);
        self.found.block_of.insert(select.span.start, block);
        self.found.needs.leaves = FoundRows::Unknown;
        self.found.needs.reads_rows |= !select.from.is_empty();
        for table in &select.from {
            self.table_expr(table, block, Naming::Alias)?;
        }
        for table in &select.from {
            self.conditions_of(table, block, of_outer_join)?;
        }
        for item in &select.items {
            if !shows_nothing {
                self.knows_table_of(item, block)?;
            }
            if !(shows_nothing && matches!(item, SelectItem::Wildcard(_))) {
                self.item(item, block)?;
            }
        }
        if let Some(selection) = &select.selection {
            self.condition(selection, block, of_outer_join)?;
        }
        for expr in select.group_by.iter().chain(&select.having).chain(&select.window_exprs) {
            self.expr(expr, block)?;
        }
        if let Some(having) = &select.having {
            let with = super::converts::of_extreme(&self.found, having, self.lexed);
            self.found.converts_number |= with.number;
            self.found.may_convert.extend(with.values);
        }
        Ok(block)
    }

    /// One item of a select list or of RETURNING.
    pub(super) fn item(&mut self, item: &SelectItem, block: usize) -> Result<(), PlanError> {
        match item {
            SelectItem::Wildcard(_) => {
                self.use_whole(block);
                Ok(())
            }
            SelectItem::QualifiedWildcard { table, .. } => {
                let mention = self.qualifier(block, table.schema.as_ref(), &table.name)?;
                self.found.whole.extend(mention);
                Ok(())
            }
            SelectItem::Expr { expr, alias, .. } => {
                let changeable = |found: &Resolved| (found.edits.len(), found.cte_mentions.len());
                let before = changeable(&self.found);
                self.expr(expr, block)?;
                let changed = changeable(&self.found) != before;
                let named = alias.is_some() || matches!(expr.kind, ExprKind::Column(_));
                if changed && !named {
                    // The column's name is its text: it stays what the client wrote.
                    let text = self.normal(expr.span);
                    let pieces = vec![Piece::Text(" AS ".into()), Piece::Quoted(text)];
                    self.replace(Span { start: expr.span.end, end: expr.span.end }, Replacement::Pieces(pieces));
                }
                Ok(())
            }
        }
    }

    /// `t.*` without a table `t` in the FROM: MariaDB names the current schema in its error, and a backend has none.
    fn knows_table_of(&self, item: &SelectItem, block: usize) -> Result<(), PlanError> {
        let (true, SelectItem::QualifiedWildcard { table, .. }) = (self.context.tables.on_mariadb(), item) else {
            return Ok(());
        };
        let sources = self.found.blocks.get(block).map_or(&[][..], |block| &block.sources);
        let named = |name: &str| name.eq_ignore_ascii_case(&table.name.text);
        let known = sources.iter().any(|source| match source {
            Source::Mention(mention) => self.found.mentions.get(*mention).is_none_or(|of| named(&of.name)),
            Source::Opaque(name) => named(name),
        });
        let schema = table.schema.as_ref().map(|schema| schema.text.as_str()).or(self.context.schema);
        match schema {
            Some(schema) if !known && !sources.is_empty() => {
                refuse(Code::UnknownTable, format!("Unknown table '{schema}.{}'", table.name.text))
            }
            _ => Ok(()),
        }
    }

    /// The tables of a FROM; conditions follow in [`Resolver::join_conditions`], when all tables are known.
    pub(super) fn table_expr(&mut self, table: &TableExpr, block: usize, naming: Naming) -> Result<(), PlanError> {
        match table {
            TableExpr::Table(TableRef { name, alias, partition, index_hints }) => {
                let mention = self.found.tables.len();
                if partition.is_some() {
                    self.found.bound_to_tables = Some("PARTITION (…)".to_owned());
                }
                self.mention(name, alias.as_ref(), *partition, naming, block)?;
                let of_table = (self.found.tables.len() > mention).then_some(mention);
                self.found.index_hints.extend(index_hints.map(|span| (of_table, span)));
                Ok(())
            }
            TableExpr::Derived { query, alias, lateral, .. } => {
                self.found.nested_queries += 1;
                // A derived table that is not LATERAL may use what is around its block, not its neighbours; nothing is
                // concluded from either.
                let first = self.found.blocks.len();
                self.query(query, Some(block))?;
                let own = self.found.blocks.iter_mut().skip(first).filter(|inner| inner.parent == Some(block));
                own.for_each(|inner| inner.derived = true);
                if !lateral && copies::is_materialised(query) && self.stands_alone(query.span, first, block) {
                    self.found.blocks.iter_mut().skip(first).for_each(|inner| inner.settled = true);
                }
                self.opaque(block, alias.as_ref().map_or_else(String::new, |alias| alias.text.clone()));
                Ok(())
            }
            TableExpr::Join { left, right, kind, constraint } => {
                if let Some(of) = self.found.blocks.get_mut(block)
                    && matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
                {
                    of.joined_by_name = true;
                    of.joined_right |= *kind == JoinKind::Right;
                }
                let around = self.of_outer_join;
                let first = self.source_count(block);
                for side in [left, right] {
                    self.of_outer_join = around || *kind != JoinKind::Inner;
                    self.table_expr(side, block, naming)?;
                }
                self.of_outer_join = around;
                if let JoinConstraint::On(condition) = constraint {
                    self.joins(block, condition.span, first);
                }
                Ok(())
            }
            TableExpr::Nested(tables) => tables.iter().try_for_each(|table| self.table_expr(table, block, naming)),
            TableExpr::Function { alias, .. } => {
                self.found.table_functions = true;
                self.opaque(block, alias.as_ref().map_or_else(String::new, |alias| alias.text.clone()));
                Ok(())
            }
        }
    }

    /// All columns of all tables of a block are used.
    pub(super) fn use_whole(&mut self, block: usize) {
        let sources = self.found.blocks.get(block).map_or(&[][..], |block| &block.sources);
        self.found.whole.extend(sources.iter().filter_map(|source| match source {
            Source::Mention(mention) => Some(*mention),
            Source::Opaque(_) => None,
        }));
    }

    fn opaque(&mut self, block: usize, name: String) {
        if let Some(block) = self.found.blocks.get_mut(block) {
            block.sources.push(Source::Opaque(name));
        }
    }

    /// A FROM has every name once.
    fn once(&self, block: usize, binding: &str) -> Result<(), PlanError> {
        let sources = self.found.blocks.get(block).map_or(&[][..], |block| &block.sources);
        let taken = sources.iter().any(|source| match source {
            Source::Mention(mention) => self.found.mentions.get(*mention).is_some_and(|of| of.name == binding),
            Source::Opaque(name) => name == binding,
        });
        if taken { refuse(Code::DuplicateTable, format!("Not unique table/alias: '{binding}'")) } else { Ok(()) }
    }

    /// Whether a derived table, whose blocks are those from `first` on, uses nothing of what is around it.
    fn stands_alone(&self, of: Span, first: usize, block: usize) -> bool {
        let within = |at: u32| of.start <= at && at < of.end;
        let own = |mention: usize| self.found.mentions.get(mention).is_some_and(|mention| mention.block >= first);
        let mut around = self.found.blocks.get(block).and_then(|block| block.parent);
        while let Some(block) = around.and_then(|block| self.found.blocks.get(block)) {
            // A name that is not known could be one of its columns.
            if block.sources.iter().any(|source| matches!(source, Source::Opaque(_))) {
                return false;
            }
            around = block.parent;
        }
        self.found.columns.iter().all(|(at, column)| !within(*at) || own(column.mention))
    }

    /// A table's name.
    pub(super) fn mention(
        &mut self,
        name: &TableName,
        alias: Option<&Ident>,
        partition: Option<Span>,
        naming: Naming,
        block: usize,
    ) -> Result<(), PlanError> {
        let binding = alias.map_or(&name.name.text, |alias| &alias.text).clone();
        if name.schema.is_none()
            && let Some(&(_, cte)) = self.ctes.iter().rev().find(|(known, _)| *known == name.name.text)
        {
            if self.inside.contains(&cte) {
                if let Some(cte) = self.found.ctes.get_mut(cte) {
                    cte.recursive = true;
                }
            } else {
                let end = alias.map_or(name.span.end, |alias| alias.span.end);
                let at = Span { start: name.span.start, end };
                self.found.cte_mentions.push(CteMention { cte, at, alias: binding.clone() });
                if self.of_outer_join {
                    self.found.joins_outer(cte);
                }
            }
            self.opaque(block, binding);
            return Ok(());
        }
        let schema = match (&name.schema, self.context.schema) {
            (Some(schema), _) => schema.text.as_str(),
            (None, Some(schema)) => schema,
            (None, None) => return refuse(Code::NoDatabase, "No database selected"),
        };
        if super::is_system_schema(schema) {
            return self.system_table(schema, name, alias, block);
        }
        self.found.several_schemas |= self.found.schema.as_deref().is_some_and(|other| other != schema);
        let once = self.once(block, &binding);
        if once.is_err() && self.found.several_schemas {
            let message = format!("give one of the tables '{binding}' of different schemas an alias");
            return refuse(Code::UnsupportedAcrossShards, message);
        }
        once?;
        let table = self.lookup(schema, &name.name.text)?;
        if table.view && !matches!(table.placement, Placement::Single(_)) {
            return refuse(
                Code::UnsupportedAcrossShards,
                format!("'{}' is a view over shards, which is not possible yet; name its tables", table.name),
            );
        }
        self.found.schema = Some(schema.into());
        let mention = self.found.tables.len();
        self.found.tables.push(table);
        self.found.mention_at.insert(name.span.start, mention);
        self.found.mentions.push(Mention { name: binding, block, naming });
        if let Some(block) = self.found.blocks.get_mut(block) {
            block.sources.push(Source::Mention(mention));
        }
        if let (Some(alias), Naming::Bare) = (alias, naming) {
            // The alias goes, and what it qualifies is replaced.
            let named = Span { start: name.span.start, end: alias.span.end };
            self.replace(named, Replacement::Table { table: mention, alias: None });
            return Ok(());
        }
        let added = (alias.is_none() && naming == Naming::Alias).then_some(name.name.text.as_str());
        let own = if partition.is_none() { added.map(Into::into) } else { None };
        self.replace(name.span, Replacement::Table { table: mention, alias: own });
        if let (Some(added), Some(partition)) = (added, partition) {
            let end = Span { start: partition.end, end: partition.end };
            self.replace(end, Replacement::Text(format!(" AS {}", quoted(added)).into()));
        }
        Ok(())
    }

    /// The table of this name.
    pub(super) fn lookup(&self, schema: &str, name: &str) -> Result<Arc<Table>, PlanError> {
        match self.context.tables.table(schema, name) {
            Lookup::Known(table) => Ok(table),
            Lookup::NoSchema if !self.context.tables.on_mariadb() => {
                refuse(Code::UnknownDatabase, format!("Unknown database '{schema}'"))
            }
            Lookup::Missing | Lookup::NoSchema => {
                refuse(Code::NoSuchTable, format!("Table '{schema}.{name}' doesn't exist"))
            }
            Lookup::NotLoaded => Err(PlanError::NeedsTable { schema: schema.into(), table: name.into() }),
        }
    }

    fn system_table(
        &mut self,
        schema: &str,
        name: &TableName,
        alias: Option<&Ident>,
        block: usize,
    ) -> Result<(), PlanError> {
        let binding = alias.map_or(&name.name.text, |alias| &alias.text).clone();
        let of_all = schema.eq_ignore_ascii_case("information_schema");
        if of_all && self.dictionary_table(name, alias) {
            self.opaque(block, binding);
            return Ok(());
        }
        let table = name.name.text.to_ascii_lowercase();
        let served = of_all && SERVER_WIDE.contains(&table.as_str());
        if !served {
            return refuse(
                Code::UnsupportedStatement,
                format!("{schema}.{} would show physical tables, not yours; use SHOW instead", name.name.text),
            );
        }
        if name.schema.is_none() {
            let start = Span { start: name.span.start, end: name.span.start };
            self.replace(start, Replacement::Text("information_schema.".into()));
        }
        self.found.system = Some(format!("{schema}.{}", name.name.text));
        self.opaque(block, binding);
        Ok(())
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr], block: usize) -> Result<(), PlanError> {
        exprs.iter().try_for_each(|expr| self.expr(expr, block))
    }

    /// An expression and everything in it.
    pub(super) fn expr(&mut self, expr: &Expr, block: usize) -> Result<(), PlanError> {
        match &expr.kind {
            ExprKind::Column(name) => self.column(expr.span, name, block),
            ExprKind::Literal(_) | ExprKind::Param(_) | ExprKind::Default => Ok(()),
            ExprKind::UserVariable(name) => {
                let name = name.to_ascii_lowercase();
                if !self.found.needs.user_variables.iter().any(|known| **known == name) {
                    self.found.needs.user_variables.push(name.into());
                }
                Ok(())
            }
            ExprKind::SystemVariable(name) => {
                functions::system_variable(self, name, expr.span);
                Ok(())
            }
            ExprKind::Neg(inner) | ExprKind::Not(inner) | ExprKind::Paren(inner) => self.expr(inner, block),
            ExprKind::IsNull { expr, .. } => self.expr(expr, block),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left, block)?;
                self.expr(right, block)
            }
            ExprKind::InList { expr, list, .. } => {
                self.expr(expr, block)?;
                self.exprs(list, block)
            }
            ExprKind::InQuery { expr, query, .. } => {
                self.found.compares_with_rows = true;
                self.expr(expr, block)?;
                self.subquery(query, block)?;
                self.asks_whether(query);
                Ok(())
            }
            ExprKind::Between { expr, low, high, .. } => {
                self.expr(expr, block)?;
                self.expr(low, block)?;
                self.expr(high, block)
            }
            ExprKind::Row(exprs) => self.exprs(exprs, block),
            ExprKind::Subquery(query) => {
                self.found.query_as_value = true;
                self.subquery(query, block)
            }
            ExprKind::Exists(query) => {
                self.shows_nothing = copies::select_of_rows(query).is_some();
                self.subquery(query, block)?;
                self.asks_whether(query);
                Ok(())
            }
            ExprKind::Function(function) => {
                if function.name == "DEFAULT"
                    && let [Expr { kind: ExprKind::Column(column), .. }] = &*function.args
                {
                    self.found.defaults.insert(column.column.text.to_lowercase());
                }
                functions::function(self, function, expr.span)?;
                self.note_aggregate(function, block);
                self.exprs(&function.args, block)?;
                self.exprs(function.over.as_deref().unwrap_or(&[]), block)
            }
            ExprKind::Other { name, children } => {
                if matches!(&**name, "ANY" | "ALL")
                    && let [left, Expr { kind: ExprKind::Subquery(query), .. }] = &**children
                {
                    self.found.compares_with_rows = true;
                    self.expr(left, block)?;
                    return self.subquery(query, block);
                }
                if name == ":="
                    && let Some(Expr { kind: ExprKind::UserVariable(variable), .. }) = children.first()
                {
                    self.found.needs.assign(variable);
                }
                if name.starts_with("MATCH") {
                    self.found.bound_to_tables = Some("MATCH".to_owned());
                    self.found.relevance |= !self.found.only_filters.contains(&expr.span);
                }
                self.exprs(children, block)
            }
        }
    }

    /// A condition; of an outer join, if `outer`.
    pub(super) fn condition(&mut self, expr: &Expr, block: usize, outer: bool) -> Result<(), PlanError> {
        only_filters(expr, &mut self.found.only_filters);
        let around = std::mem::replace(&mut self.joins_outer, outer);
        let result = self.expr(expr, block);
        self.joins_outer = around;
        result
    }

    fn subquery(&mut self, query: &Query, block: usize) -> Result<(), PlanError> {
        self.found.nested_queries += 1;
        let joins_outer = std::mem::take(&mut self.joins_outer);
        let of_outer_join = std::mem::take(&mut self.of_outer_join);
        self.note_nested(query, joins_outer);
        let result = self.query(query, Some(block));
        (self.joins_outer, self.of_outer_join) = (joins_outer, of_outer_join);
        result
    }

    /// Of a query under IN or EXISTS it does not matter how often a row comes.
    fn asks_whether(&mut self, query: &Query) {
        let block = copies::select_of_rows(query).and_then(|select| self.found.block_of.get(&select.span.start));
        if let Some(block) = block.and_then(|at| self.found.blocks.get_mut(*at)) {
            block.asked_whether = true;
        }
    }
}

/// What of MATCH no node can say for all.
pub(super) const RELEVANCE: &str = "The relevance of MATCH … AGAINST (all but IN BOOLEAN MODE as a condition)";

/// Over many nodes each would count the words of its own rows.
pub(super) fn relevant_to_none(found: &Resolved) -> Result<(), SqlError> {
    if found.relevance { Err(super::select::apart(RELEVANCE)) } else { Ok(()) }
}

/// Whether a word is in a row does not rest on other rows; how much it counts does.
fn only_filters(condition: &Expr, out: &mut HashSet<Span>) {
    match &condition.kind {
        ExprKind::Paren(inner) | ExprKind::Not(inner) => only_filters(inner, out),
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, left, right } => {
            only_filters(left, out);
            only_filters(right, out);
        }
        ExprKind::Other { name, .. } if name == "MATCH IN BOOLEAN MODE" => {
            out.insert(condition.span);
        }
        _ => {}
    }
}

/// A name in backticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A refusal.
pub(super) fn refuse<T>(code: Code, message: impl Into<String>) -> Result<T, PlanError> {
    Err(PlanError::Sql(SqlError::new(code, message)))
}
