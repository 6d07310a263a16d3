//! A statement as plans see it: Weir's own, small syntax tree with exact byte spans into the client's text.
//!
//! Always holds: every span is token-aligned; an expression's span covers its parentheses and everything that belongs
//! to it, so its text can be copied as it stands.

mod ddl;
mod expr;
mod query;
mod session;
mod write;

pub use ddl::{ConstraintName, ConstraintRole, CreateSelect, Ddl, DrdsPartition, ForeignKey};
pub use expr::{BinaryOp, ColumnName, Expr, ExprKind, Function, LiteralKind};
pub use query::{
    Cte, Destination, JoinConstraint, JoinKind, Limit, Lock, OrderKey, Query, QueryBody, Select, SelectItem, TableExpr,
    TableRef,
};
pub use session::{SetItem, Show, ShowWhat, VariableScope};
pub use write::{Assignment, Delete, Insert, InsertRow, InsertSource, LoadData, LoadTarget, Update};

/// A byte range of the statement's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A name as written: the text without its quotes, and where it stands with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// Unquoted.
    pub text: String,
    /// With quotes.
    pub span: Span,
}

/// A table's name, perhaps with its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// `shop` in `shop.orders`.
    pub schema: Option<Ident>,
    /// `orders`.
    pub name: Ident,
    /// Both, and the point between.
    pub span: Span,
}

/// One statement.
#[expect(clippy::large_enum_variant, reason = "one per plan-cache miss, never held in numbers")]
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// SELECT, also with set operations, CTEs, VALUES and TABLE.
    Query(Box<Query>),
    /// INSERT or REPLACE.
    Insert(Box<Insert>),
    /// UPDATE, of one or many tables.
    Update(Box<Update>),
    /// DELETE, of one or many tables.
    Delete(Box<Delete>),
    /// Any change of a schema's objects.
    Ddl(Box<Ddl>),
    /// SET, in all its forms.
    Set(Vec<SetItem>),
    /// SHOW, with Weir's and DRDS's own forms.
    Show(Show),
    /// DESCRIBE t, DESC t [column], EXPLAIN t.
    Describe {
        /// The table.
        table: TableName,
        /// A column or pattern.
        column: Option<String>,
    },
    /// USE schema.
    Use(Ident),
    /// BEGIN, START TRANSACTION.
    Begin {
        /// WITH CONSISTENT SNAPSHOT.
        consistent_snapshot: bool,
        /// READ ONLY (true) or READ WRITE (false), where given.
        read_only: Option<bool>,
    },
    /// COMMIT [AND [NO] CHAIN] [[NO] RELEASE].
    Commit {
        /// AND CHAIN.
        chain: bool,
        /// RELEASE.
        release: bool,
    },
    /// ROLLBACK [AND [NO] CHAIN] [[NO] RELEASE].
    Rollback {
        /// AND CHAIN.
        chain: bool,
        /// RELEASE.
        release: bool,
    },
    /// SAVEPOINT s.
    Savepoint(Ident),
    /// ROLLBACK TO [SAVEPOINT] s.
    RollbackTo(Ident),
    /// RELEASE SAVEPOINT s.
    ReleaseSavepoint(Ident),
    /// EXPLAIN (Weir's own: the physical statements) of what stands at `statement`.
    Explain {
        /// Which answer is asked for.
        kind: ExplainKind,
        /// The explained statement.
        statement: Box<Statement>,
        /// Where it starts; it reaches to the end of the text.
        start: u32,
    },
    /// KILL [CONNECTION | QUERY] id.
    Kill {
        /// KILL QUERY.
        query_only: bool,
        /// The connection.
        id: u64,
    },
    /// PREPARE name FROM 'text' | @variable.
    Prepare {
        /// The statement's name.
        name: Ident,
        /// The text, or the variable that holds it.
        from: PrepareSource,
    },
    /// EXECUTE name [USING @a, …].
    Execute {
        /// The statement's name.
        name: Ident,
        /// Names of user variables, without `@`.
        using: Vec<String>,
    },
    /// EXECUTE IMMEDIATE 'text' | @variable [USING @a, …]: MariaDB's.
    ExecuteImmediate {
        /// The text, or the variable that holds it.
        from: PrepareSource,
        /// Names of user variables, without `@`.
        using: Vec<String>,
    },
    /// DEALLOCATE | DROP PREPARE name.
    Deallocate(Ident),
    /// DO expr, ….
    Do(Vec<Expr>),
    /// CALL procedure(…).
    Call {
        /// The procedure.
        name: TableName,
    },
    /// LOCK TABLES …
    LockTables,
    /// UNLOCK TABLES.
    UnlockTables,
    /// A comment, and nothing else.
    Nothing,
    /// ANALYZE, CHECK, OPTIMIZE, REPAIR or CHECKSUM TABLE: an answer row for each table.
    TableMaintenance {
        /// The first word, upper case.
        verb: String,
        /// The tables.
        tables: Vec<TableName>,
    },
    /// LOAD DATA LOCAL INFILE.
    LoadData(Box<LoadData>),
    /// A statement that Weir knows by name and does not serve: LOAD XML, XA, HANDLER, GRANT, ….
    Unsupported {
        /// Its name, as in `LOAD XML`.
        name: String,
    },
}

/// What EXPLAIN asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainKind {
    /// The physical statements: GROUP_NAME, SQL, PARAMS.
    Physical,
    /// EXPLAIN SHARDING.
    Sharding,
    /// EXPLAIN EXECUTE, EXPLAIN FORMAT=…, EXPLAIN ANALYZE: the backends' own EXPLAIN.
    Backend,
}

/// The text of a PREPARE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareSource {
    /// A literal, unescaped.
    Text(Vec<u8>),
    /// The name of a user variable, without `@`.
    Variable(String),
}
