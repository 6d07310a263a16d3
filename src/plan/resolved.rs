//! What resolving finds in a statement: its tables, its query blocks, and what each column means.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::around::NestedAggregate;
use super::converts::Converted;
use super::inline::{CteMention, CteUse};
use super::{DictionaryMention, Edit, Needs, Table};
use crate::rule::Placement;
use crate::sql::Span;
use crate::sql::ast::{Expr, ExprKind};
use crate::value::ColumnKind;

/// How a mention's name is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// It gets its logical name as an alias, so that qualified columns stay.
    Alias,
    /// No alias can stand there: qualified columns are replaced too.
    Bare,
}

/// One mention of a table.
#[derive(Debug)]
pub(super) struct Mention {
    /// Its alias, or the table's name.
    pub(super) name: String,
    /// The query block whose FROM names it.
    pub(super) block: usize,
    /// How its name is replaced.
    pub(super) naming: Naming,
}

/// A column of a mention, by name in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ColumnRef {
    /// Index into `Resolved::tables` and `Resolved::mentions`.
    pub(super) mention: usize,
    /// Its name.
    pub(super) name: String,
}

/// What stands in a FROM.
#[derive(Debug)]
pub(super) enum Source {
    Mention(usize),
    /// A derived table, a CTE, a table function: nothing is known of its columns.
    Opaque(String),
}

/// One query block: a SELECT, or the whole of an UPDATE or DELETE.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The block around it whose columns it may use.
    pub(super) parent: Option<usize>,
    pub(super) sources: Vec<Source>,
    /// Which of its sources each ON joins.
    pub(super) joins: Vec<(Span, Range<usize>)>,
    /// Which of them are seen from here, while an ON is resolved: others of the FROM are not.
    pub(super) seen: Option<Range<usize>>,
    /// USING or NATURAL with a RIGHT JOIN: plain names of joined columns are the right table's.
    pub(super) joined_right: bool,
    pub(super) joined_by_name: bool,
    /// It belongs to a derived table: names that it shares with its neighbours may mean what is around these.
    pub(super) derived: bool,
    /// It belongs to a derived table whose rows are all there before the statement around it changes any.
    pub(super) settled: bool,
    /// It is asked only whether it has a row, or this row: not how often.
    pub(super) asked_whether: bool,
}

// === impl Block ===

impl Block {
    /// The sources that names may mean.
    pub(super) fn seen(&self) -> &[Source] {
        match &self.seen {
            Some(seen) => self.sources.get(seen.clone()).unwrap_or_default(),
            None => &self.sources,
        }
    }
}

/// What resolving found.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The schema of all tables; of the last one, where there are several.
    pub(super) schema: Option<Box<str>>,
    /// Tables of several schemas: no two of different ones are found together.
    pub(super) several_schemas: bool,
    /// One for each mention.
    pub(super) tables: Vec<Arc<Table>>,
    /// HAVING of one of the queries compares a number with what is none: each node would warn of it.
    pub(super) converts_number: bool,
    /// Values that HAVING compares so, if they turn out to be converted.
    pub(super) may_convert: Vec<Converted>,
    /// Beside `tables`.
    pub(super) mentions: Vec<Mention>,
    /// The query blocks.
    pub(super) blocks: Vec<Block>,
    /// The block of each SELECT, by where it starts.
    pub(super) block_of: HashMap<u32, usize>,
    /// The mention that each table name is, by where it starts.
    pub(super) mention_at: HashMap<u32, usize>,
    /// What every column reference means, by where it starts.
    pub(super) columns: HashMap<u32, ColumnRef>,
    /// Replacements that hold wherever the statement goes.
    pub(super) edits: Vec<Edit>,
    /// Beside `edits`, where each stands in the text.
    pub(super) edit_texts: Vec<Span>,
    /// What the session has to provide.
    pub(super) needs: Needs,
    /// A function whose value differs from call to call.
    pub(super) random: Option<String>,
    /// A stored function that it calls: it may write, whatever the statement is.
    pub(super) stored: Option<String>,
    /// Tables of information_schema that Weir fills, one for each mention.
    pub(super) dictionary: Vec<DictionaryMention>,
    /// Tables of the server itself.
    pub(super) system: Option<String>,
    /// Queries inside expressions, FROM and WITH.
    pub(super) nested_queries: usize,
    /// Aggregates in them.
    pub(super) nested_aggregates: Vec<NestedAggregate>,
    /// A value is compared with the rows of a query: IN, ANY, ALL.
    pub(super) compares_with_rows: bool,
    /// A query stands for a value.
    pub(super) query_as_value: bool,
    /// JSON_TABLE stands somewhere.
    pub(super) table_functions: bool,
    /// Every column that is named anywhere, whatever it belongs to, in lower case.
    pub(super) named: HashSet<String>,
    /// Mentions all of whose columns are used.
    pub(super) whole: HashSet<usize>,
    /// Index hints, which hold at the tables' own places only, and of which mention they are.
    pub(super) index_hints: Vec<(Option<usize>, Span)>,
    /// SELECTs nested in the conditions of outer joins.
    pub(super) in_outer_joins: Vec<Span>,
    /// SELECTs nested in the expressions of CTEs that no outer join joins.
    pub(super) in_ctes: Vec<Span>,
    /// Every CTE.
    pub(super) ctes: Vec<CteUse>,
    /// Every mention of one, but those of a recursive one in itself.
    pub(super) cte_mentions: Vec<CteMention>,
    /// MATCH … IN BOOLEAN MODE that only says whether a row is wanted.
    pub(super) only_filters: HashSet<Span>,
    /// A MATCH … AGAINST whose value counts: it rests on all rows of its index.
    pub(super) relevance: bool,
    /// What a copy of a table's rows cannot stand in for.
    pub(super) bound_to_tables: Option<String>,
    /// Columns whose defaults are asked for by DEFAULT(column), in lower case.
    pub(super) defaults: HashSet<String>,
}

// === impl Resolved ===

impl Resolved {
    /// An outer join joins a CTE, and with it what the CTE is made of.
    pub(super) fn joins_outer(&mut self, cte: usize) {
        let Some(body) = self.ctes.get(cte).map(|cte| cte.body) else { return };
        let within = |at: u32| body.start <= at && at < body.end;
        self.in_outer_joins.extend(self.in_ctes.extract_if(.., |select| within(select.start)));
        let named = self.cte_mentions.iter().filter(|mention| within(mention.at.start));
        let named: Vec<usize> = named.map(|mention| mention.cte).collect();
        named.into_iter().for_each(|cte| self.joins_outer(cte));
    }

    /// The column that an expression is, parentheses aside.
    pub(super) fn column(&self, expr: &Expr) -> Option<&ColumnRef> {
        let expr = super::conditions::bare(expr);
        if matches!(expr.kind, ExprKind::Column(_)) { self.columns.get(&expr.span.start) } else { None }
    }

    /// The type of a column.
    pub(super) fn kind(&self, column: &ColumnRef) -> Option<&ColumnKind> {
        let table = self.tables.get(column.mention)?;
        Some(&table.columns.as_ref()?.get(table.column(&column.name)?)?.kind)
    }

    /// Whether the table of a mention is split.
    pub(super) fn is_split(&self, mention: usize) -> bool {
        self.tables.get(mention).is_some_and(|table| matches!(table.placement, Placement::Split(_)))
    }

    /// Why DEFAULT(column) of a mention means something else of a copy: its column stays as it is there only where the
    /// default is a plain value.
    pub(super) fn default_bound_to(&self, mention: usize) -> Option<String> {
        let table = self.tables.get(mention).filter(|_| !self.defaults.is_empty())?;
        let lines = || table.definition.as_deref().unwrap_or_default().lines().map(str::trim);
        let computed = |name: &str| {
            let start = format!("`{}` ", name.replace('`', "``"));
            lines().find(|line| line.starts_with(&start)).is_none_or(|line| line.contains(" DEFAULT ("))
        };
        let asked = |column: &&crate::value::Column| self.defaults.contains(&column.name.to_lowercase());
        let mut columns = table.columns.iter().flatten().filter(asked);
        let bound = columns.find(|column| column.generated || column.auto_increment || computed(&column.name))?;
        Some(format!("DEFAULT({}) holds at the tables' own places only", bound.name))
    }

    /// Whether `outer` is `block` or a query in one of whose expressions it stands.
    pub(super) fn sees(&self, block: usize, outer: usize) -> bool {
        let mut at = Some(block);
        while let Some(block) = at {
            if block == outer {
                return true;
            }
            at = self.blocks.get(block).filter(|block| !block.derived).and_then(|block| block.parent);
        }
        false
    }

    /// Whether `outer` is `block` or around it.
    pub(super) fn encloses(&self, outer: usize, block: usize) -> bool {
        let mut at = Some(block);
        while let Some(block) = at {
            if block == outer {
                return true;
            }
            at = self.blocks.get(block).and_then(|block| block.parent);
        }
        false
    }
}
