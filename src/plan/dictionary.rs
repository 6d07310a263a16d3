//! The tables of information_schema that speak of logical tables, and of what in them.
//!
//! A server's own would show physical tables. So a query over them runs on a merge node, over temporary tables that are
//! filled from what the servers say of the first physical table of each logical one (`exec::dictionary`). Here their
//! names are replaced.
//!
//! Always holds: what is mentioned here is read in a query that names no other table but those that every server has
//! alike; anything else is refused.

use super::resolve::{Resolver, quoted, refuse};
use super::{MergeName, Plan, PlanError, Replacement, Routing};
use crate::error::Code;
use crate::sql::Statement;
use crate::sql::ast::{Ident, TableName};
use crate::sql::{Lexed, Span};

/// Schemas of the server itself.
const SYSTEM_SCHEMAS: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

/// Whether a schema is one that every server has for itself.
pub fn is_system_schema(name: &str) -> bool {
    SYSTEM_SCHEMAS.iter().any(|system| system.eq_ignore_ascii_case(name))
}

/// A table of information_schema that Weir fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DictionaryTable {
    /// The logical schemas.
    Schemata,
    /// The logical tables.
    Tables,
    /// Their columns.
    Columns,
    /// Their indexes, a row for each column.
    Statistics,
    /// The columns of keys and foreign keys.
    KeyColumnUsage,
    /// Foreign keys.
    ReferentialConstraints,
    /// Keys, foreign keys and checks.
    TableConstraints,
    /// Checks.
    CheckConstraints,
    /// Triggers.
    Triggers,
}

/// One mention of such a table; the n-th stands for `MergeName::of(n)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictionaryMention {
    /// Which.
    pub table: DictionaryTable,
    /// Its alias, or its name as the statement writes it.
    pub(super) binding: Box<str>,
    /// The statement may name columns that have to be added up over all physical tables.
    pub sizes: bool,
}

/// Columns of TABLES that are added up over all physical tables.
pub const SIZES: [&str; 4] = ["TABLE_ROWS", "DATA_LENGTH", "INDEX_LENGTH", "DATA_FREE"];

// === impl DictionaryTable ===

impl DictionaryTable {
    const ALL: [Self; 9] = [
        Self::Schemata,
        Self::Tables,
        Self::Columns,
        Self::Statistics,
        Self::KeyColumnUsage,
        Self::ReferentialConstraints,
        Self::TableConstraints,
        Self::CheckConstraints,
        Self::Triggers,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schemata => "SCHEMATA",
            Self::Tables => "TABLES",
            Self::Columns => "COLUMNS",
            Self::Statistics => "STATISTICS",
            Self::KeyColumnUsage => "KEY_COLUMN_USAGE",
            Self::ReferentialConstraints => "REFERENTIAL_CONSTRAINTS",
            Self::TableConstraints => "TABLE_CONSTRAINTS",
            Self::CheckConstraints => "CHECK_CONSTRAINTS",
            Self::Triggers => "TRIGGERS",
        }
    }
}

// === impl Resolver ===

impl Resolver<'_> {
    /// A mention of a table of information_schema; false where Weir does not fill it.
    pub(super) fn dictionary_table(&mut self, name: &TableName, alias: Option<&Ident>) -> bool {
        let Some(table) = DictionaryTable::named(&name.name.text) else { return false };
        let binding = alias.map_or(&*name.name.text, |alias| &*alias.text);
        let filled = MergeName::of(self.found.dictionary.len()).qualified();
        // MySQL's are views: columns are called in results as the views call them, and so are those of a derived table.
        let mut text = match self.context.tables.on_mariadb() {
            true => filled,
            false => format!("(SELECT * FROM {filled})"),
        };
        if alias.is_none() {
            text.push_str(&format!(" AS {}", quoted(binding)));
        }
        self.replace(name.span, Replacement::Text(text.into()));
        let sizes = table == DictionaryTable::Tables && may_name_sizes(self.text);
        self.found.dictionary.push(DictionaryMention { table, binding: binding.into(), sizes });
        true
    }

    /// A column that is qualified with the schema: the table has none any more.
    pub(super) fn dictionary_column(&mut self, schema: &Ident, table: &Ident) {
        let mentioned = self.found.dictionary.iter().any(|mention| *mention.binding == *table.text);
        if mentioned && schema.text.eq_ignore_ascii_case("information_schema") {
            let at = Span { start: schema.span.start, end: table.span.start };
            self.replace(at, Replacement::Text("".into()));
        }
    }

    /// MySQL opens a temporary table once in a statement.
    pub(super) fn dictionary_once(&self) -> Result<(), PlanError> {
        let uses = &self.found.cte_mentions;
        let twice = (0..self.found.ctes.len()).any(|cte| uses.iter().filter(|mention| mention.cte == cte).count() > 1);
        if self.found.dictionary.is_empty() || self.context.tables.on_mariadb() || !twice {
            return Ok(());
        }
        let message = "a CTE that is mentioned twice, over tables of information_schema, is not served on MySQL";
        refuse(Code::UnsupportedStatement, message)
    }
}

/// Whether a statement may want [`SIZES`].
fn may_name_sizes(text: &[u8]) -> bool {
    let text = text.to_ascii_uppercase();
    text.contains(&b'*') || SIZES.iter().any(|name| text.windows(name.len()).any(|part| part == name.as_bytes()))
}

/// Refuses what is not a query over such tables alone.
pub(super) fn by_itself(statement: &Statement, plan: &Plan, lexed: &Lexed) -> Result<(), PlanError> {
    let Some(mention) = plan.dictionary.first() else { return Ok(()) };
    let reads = matches!(statement, Statement::Query(_)) && plan.routing == Routing::Any;
    if reads && plan.tables.is_empty() && lexed.hint.is_none() {
        return Ok(());
    }
    let name = mention.table.name();
    let message = format!(
        "information_schema.{name} together with tables of yours, in a write or under a hint is not served: ask for it by \
         itself"
    );
    refuse(Code::UnsupportedStatement, message)
}
