//! INSERT, LOAD DATA, UPDATE and DELETE.

use super::{ColumnName, Expr, Ident, Limit, OrderKey, Query, SelectItem, Span, TableExpr, TableName};

/// INSERT or REPLACE.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// REPLACE.
    pub replace: bool,
    /// IGNORE.
    pub ignore: bool,
    /// The table.
    pub table: TableName,
    /// PARTITION (p, …).
    pub partition: Option<Span>,
    /// The column list; empty when none is given (or `()`).
    pub columns: Vec<ColumnName>,
    /// Whether a column list (even an empty one) is given.
    pub has_columns: bool,
    /// Where a column can be appended: just before the list's closing parenthesis, if there is a list.
    pub columns_end: Option<u32>,
    /// What is inserted.
    pub source: InsertSource,
    /// ON DUPLICATE KEY UPDATE.
    pub on_duplicate: Vec<Assignment>,
    /// `AS new(a, b)` of MySQL: the row alias.
    pub row_alias: Option<Ident>,
    /// RETURNING.
    pub returning: Vec<SelectItem>,
}

/// LOAD DATA LOCAL INFILE; what is not given has MySQL's default.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadData {
    /// The file's name, as the client is asked for it.
    pub file: Vec<u8>,
    /// REPLACE. Otherwise LOCAL means IGNORE, whether that stands there or not.
    pub replace: bool,
    /// The table.
    pub table: TableName,
    /// PARTITION (p, …).
    pub partition: Option<Span>,
    /// Where CHARACTER SET stands, or can be put.
    pub charset_at: u32,
    /// CHARACTER SET, in lower case.
    pub charset: Option<String>,
    /// FIELDS TERMINATED BY.
    pub field_end: Vec<u8>,
    /// FIELDS ENCLOSED BY.
    pub enclosed: Vec<u8>,
    /// FIELDS ESCAPED BY; None where none is given.
    pub escaped: Option<Vec<u8>>,
    /// LINES STARTING BY.
    pub line_start: Vec<u8>,
    /// LINES TERMINATED BY.
    pub line_end: Vec<u8>,
    /// IGNORE n LINES, and where it stands.
    pub skipped: Option<(u64, Span)>,
    /// What takes the fields, in their order; empty when no list is given (or `()`).
    pub targets: Vec<LoadTarget>,
    /// Where the list stands, or can be put.
    pub targets_at: Span,
    /// SET.
    pub assignments: Vec<Assignment>,
}

/// What takes a field of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum LoadTarget {
    /// A column.
    Column(ColumnName),
    /// A user variable, without `@`.
    Variable(String),
}

/// What an INSERT takes its rows from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// VALUES (…), (…).
    Values {
        /// The rows' values.
        rows: Vec<InsertRow>,
        /// From the first row's parenthesis to the last row's.
        span: Span,
    },
    /// SET a = 1, b = 2.
    Set(Vec<Assignment>),
    /// A query.
    Query(Box<Query>),
}

/// One row of VALUES.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertRow {
    /// Its values; empty for `()`.
    pub values: Vec<Expr>,
    /// With its parentheses (and the word ROW, where given).
    pub span: Span,
}

/// column = expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The column.
    pub column: ColumnName,
    /// The expression.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// UPDATE.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// IGNORE.
    pub ignore: bool,
    /// The tables; one `Table` for a single-table UPDATE.
    pub tables: Vec<TableExpr>,
    /// SET.
    pub assignments: Vec<Assignment>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// ORDER BY.
    pub order_by: Vec<OrderKey>,
    /// LIMIT.
    pub limit: Option<Limit>,
}

/// DELETE.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// IGNORE.
    pub ignore: bool,
    /// Multi-table: the tables whose rows go (`DELETE a, b FROM …`, `DELETE FROM a USING …`); empty for one table.
    pub targets: Vec<TableName>,
    /// The tables read.
    pub tables: Vec<TableExpr>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// ORDER BY.
    pub order_by: Vec<OrderKey>,
    /// LIMIT.
    pub limit: Option<Limit>,
    /// RETURNING.
    pub returning: Vec<SelectItem>,
}
