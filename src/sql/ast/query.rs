//! Queries: SELECT, set operations, CTEs and what they read from.

use super::{Expr, Ident, Span, TableName};

/// A query expression with what stands around its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// WITH ….
    pub ctes: Vec<Cte>,
    /// WITH RECURSIVE.
    pub recursive: bool,
    /// SELECT or a set operation.
    pub body: QueryBody,
    /// ORDER BY of the whole.
    pub order_by: Vec<OrderKey>,
    /// Where `ORDER BY` starts and its last key ends.
    pub order_span: Option<Span>,
    /// LIMIT of the whole.
    pub limit: Option<Limit>,
    /// FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE.
    pub lock: Option<Lock>,
    /// INTO @var, INTO OUTFILE, INTO DUMPFILE.
    pub into: Option<Destination>,
    /// The whole; for a nested query without the parentheses around it.
    pub span: Span,
}

// === impl Query ===

impl Query {
    /// A query with nothing around its body.
    pub fn bare(body: QueryBody, span: Span) -> Self {
        Self {
            ctes: Vec::new(),
            recursive: false,
            body,
            order_by: Vec::new(),
            order_span: None,
            limit: None,
            lock: None,
            into: None,
            span,
        }
    }

    /// Whether it or a query that is nested in its body locks rows.
    pub fn locks(&self) -> bool {
        self.lock.is_some()
            || match &self.body {
                QueryBody::Nested(inner) => inner.locks(),
                QueryBody::SetOperation { left, right, .. } => left.locks() || right.locks(),
                QueryBody::Select(_) | QueryBody::Values(_) | QueryBody::Table(_) => false,
            }
    }
}

/// Where the rows of a query go instead of to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// INTO @a, @b: user variables, without `@`.
    Variables(Vec<String>),
    /// INTO OUTFILE, INTO DUMPFILE.
    File,
}

/// One common table expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Its columns' names, where given.
    pub columns: Vec<Ident>,
    /// Its query.
    pub query: Query,
    /// From its name to the parenthesis behind its query.
    pub span: Span,
}

/// The body of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryBody {
    /// SELECT ….
    Select(Box<Select>),
    /// UNION, INTERSECT, EXCEPT.
    SetOperation {
        /// Upper case: `UNION`, `INTERSECT`, `EXCEPT`.
        operator: String,
        /// ALL.
        all: bool,
        /// The left side.
        left: Box<Query>,
        /// The right side.
        right: Box<Query>,
    },
    /// A query in parentheses.
    Nested(Box<Query>),
    /// VALUES ROW(…), … .
    Values(Vec<Expr>),
    /// TABLE t.
    Table(TableName),
}

/// One SELECT; by default without items, and with spans that are nowhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// DISTINCT or DISTINCTROW.
    pub distinct: bool,
    /// SQL_CALC_FOUND_ROWS.
    pub calc_found_rows: bool,
    /// The select list.
    pub items: Vec<SelectItem>,
    /// From the first item's start to the last item's end (alias included): hidden columns go after its end.
    pub items_span: Span,
    /// FROM, comma-separated; empty without FROM or with FROM DUAL.
    pub from: Vec<TableExpr>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// GROUP BY.
    pub group_by: Vec<Expr>,
    /// Where `GROUP BY` starts and its last key (or WITH ROLLUP) ends.
    pub group_span: Option<Span>,
    /// ASC or DESC behind a key of GROUP BY, as MariaDB has it.
    pub directed: bool,
    /// WITH ROLLUP.
    pub rollup: bool,
    /// HAVING.
    pub having: Option<Expr>,
    /// Whether any window function or WINDOW clause is used in this SELECT itself.
    pub windows: bool,
    /// The expressions inside a WINDOW clause.
    pub window_exprs: Vec<Expr>,
    /// The whole SELECT without ORDER BY and LIMIT.
    pub span: Span,
}

/// One item of a select list.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`.
    Wildcard(Span),
    /// `t.*`, `s.t.*`.
    QualifiedWildcard {
        /// The table.
        table: TableName,
        /// With the star.
        span: Span,
    },
    /// An expression.
    Expr {
        /// The expression.
        expr: Expr,
        /// Its alias.
        alias: Option<Ident>,
        /// Alias included.
        span: Span,
    },
}

/// What stands in FROM.
#[derive(Clone, Debug, PartialEq)]
pub enum TableExpr {
    /// A table (or view or CTE: resolving says which).
    Table(TableRef),
    /// (SELECT …) AS alias.
    Derived {
        /// The query.
        query: Box<Query>,
        /// Its alias.
        alias: Option<Ident>,
        /// LATERAL.
        lateral: bool,
        /// With parentheses, alias and the names of its columns.
        span: Span,
    },
    /// A join.
    Join {
        /// The left side.
        left: Box<TableExpr>,
        /// The right side.
        right: Box<TableExpr>,
        /// Its kind.
        kind: JoinKind,
        /// How rows meet.
        constraint: JoinConstraint,
    },
    /// (a, b JOIN c …): tables in parentheses.
    Nested(Vec<TableExpr>),
    /// JSON_TABLE(…), SEQUENCE engines, table functions.
    Function {
        /// The arguments.
        args: Vec<Expr>,
        /// Its alias.
        alias: Option<Ident>,
        /// All of it.
        span: Span,
    },
}

/// A table named in FROM, UPDATE or DELETE.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRef {
    /// The table.
    pub name: TableName,
    /// Its alias.
    pub alias: Option<Ident>,
    /// PARTITION (p, …), with the word.
    pub partition: Option<Span>,
    /// USE, FORCE or IGNORE INDEX, all of them.
    pub index_hints: Option<Span>,
}

/// Kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// JOIN, INNER JOIN, CROSS JOIN, STRAIGHT_JOIN.
    Inner,
    /// LEFT [OUTER] JOIN.
    Left,
    /// RIGHT [OUTER] JOIN.
    Right,
}

/// The condition of a join.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinConstraint {
    /// None.
    None,
    /// ON.
    On(Expr),
    /// USING (a, b).
    Using(Vec<Ident>),
    /// NATURAL.
    Natural,
}

/// One key of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// The expression, an alias, or a position.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
}

/// LIMIT.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// How many rows.
    pub count: Expr,
    /// How many to skip first.
    pub offset: Option<Expr>,
    /// From the word LIMIT to the end.
    pub span: Span,
}

/// A locking clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// FOR UPDATE (true) or for share.
    pub update: bool,
    /// Where it stands.
    pub span: Span,
}
