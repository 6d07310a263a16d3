//! A statement as plans see it: Weir's own, small syntax tree with exact byte spans into the client's text.
//!
//! Always holds: every span is token-aligned; an expression's span covers its parentheses and everything that belongs
//! to it, so its text can be copied as it stands.

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

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is, as far as plans ask.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A column.
    Column(ColumnName),
    /// A literal; its bytes are at the span, its class is known. `TRUE` and `FALSE` are integers.
    Literal(LiteralKind),
    /// The n-th `?`, from 0.
    Param(u16),
    /// A user variable, without `@`.
    UserVariable(String),
    /// A system variable, without `@@` and scope, lower case.
    SystemVariable(String),
    /// `-x`.
    Neg(Box<Expr>),
    /// NOT x, ! x.
    Not(Box<Expr>),
    /// Two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// x IS [NOT] NULL.
    IsNull {
        /// x.
        expr: Box<Expr>,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] IN (a, b).
    InList {
        /// x.
        expr: Box<Expr>,
        /// a, b.
        list: Vec<Expr>,
        /// The list with its parentheses.
        list_span: Span,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] IN (SELECT …), and ANY, SOME, ALL.
    InQuery {
        /// x.
        expr: Box<Expr>,
        /// The query.
        query: Box<Query>,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] BETWEEN a AND b.
    Between {
        /// x.
        expr: Box<Expr>,
        /// a.
        low: Box<Expr>,
        /// b.
        high: Box<Expr>,
        /// NOT.
        negated: bool,
    },
    /// (a, b), ROW(a, b): two or more. A single expression in parentheses is `Paren`.
    Row(Vec<Expr>),
    /// (x).
    Paren(Box<Expr>),
    /// A scalar subquery.
    Subquery(Box<Query>),
    /// [NOT] EXISTS (SELECT …).
    Exists(Box<Query>),
    /// A function call, also an aggregate.
    Function(Box<Function>),
    /// DEFAULT, as a value.
    Default,
    /// CASE, CAST, LIKE, REGEXP, COLLATE, INTERVAL, bit operators, `:=`, … with everything inside them.
    Other {
        /// A word for messages: `CASE`, `LIKE`, `:=`.
        name: String,
        /// All operands.
        children: Vec<Expr>,
    },
}

/// A column, perhaps with table and schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    /// `shop` in `shop.orders.id`.
    pub schema: Option<Ident>,
    /// `orders`.
    pub table: Option<Ident>,
    /// `id`.
    pub column: Ident,
}

/// Operators that plans look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// AND, &&.
    And,
    /// OR, and || unless PIPES_AS_CONCAT.
    Or,
    /// XOR.
    Xor,
    /// =.
    Eq,
    /// <=>.
    NullSafeEq,
    /// <>, !=.
    Ne,
    /// <.
    Lt,
    /// <=.
    Le,
    /// >.
    Gt,
    /// >=.
    Ge,
    /// +.
    Add,
    /// -.
    Sub,
    /// *.
    Mul,
    /// /.
    Div,
    /// DIV.
    IntDiv,
    /// %, MOD.
    Mod,
    /// Any other operator of two operands.
    Other,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Upper case; `schema.name` when qualified.
    pub name: String,
    /// Arguments; `COUNT(*)` has none and `star`.
    pub args: Vec<Expr>,
    /// `COUNT(*)`.
    pub star: bool,
    /// DISTINCT inside.
    pub distinct: bool,
    /// ORDER BY or SEPARATOR inside (GROUP_CONCAT).
    pub ordered: bool,
    /// OVER …: a window function; its expressions.
    pub over: Option<Vec<Expr>>,
}

/// Classes of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// Digits only.
    Int,
    /// With a point.
    Decimal,
    /// With an exponent.
    Float,
    /// Quoted, of the session's charset. Adjacent strings are one literal.
    String,
    /// `_latin1'…'`, `N'…'`: of a named charset.
    IntroducedString,
    /// `x'…'`, `0x…`.
    Hex,
    /// `b'…'`, `0b…`.
    Bit,
    /// NULL.
    Null,
    /// TRUE.
    True,
    /// FALSE.
    False,
    /// `DATE'…'`, `TIME'…'`, `TIMESTAMP'…'`.
    Temporal,
    /// A parameter `?` (only as a lexed literal; in the tree it is `ExprKind::Param`).
    Param,
}

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

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The table that it points to.
    pub table: TableName,
    /// Its own columns.
    pub columns: Vec<String>,
    /// Those of the other table; empty where they are not named.
    pub referenced: Vec<String>,
    /// ON DELETE or ON UPDATE SET NULL or SET DEFAULT.
    pub sets: bool,
    /// ON UPDATE CASCADE.
    pub follows: bool,
}

/// A name by which DDL calls a constraint, or an index that a constraint may have made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintName {
    /// The name.
    pub name: Ident,
    /// What it names.
    pub role: ConstraintRole,
}

/// What a [`ConstraintName`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintRole {
    /// A foreign key that is added.
    ForeignKey,
    /// `FOREIGN KEY name (…)` without CONSTRAINT: an index; on MariaDB the foreign key, too.
    ForeignKeyIndex,
    /// A CHECK that is added.
    Check,
    /// A constraint that is there.
    Constraint,
    /// An index that is there.
    Index,
}

/// A change of a schema's objects.
#[derive(Clone, Debug, PartialEq)]
pub enum Ddl {
    /// CREATE [TEMPORARY] TABLE.
    CreateTable {
        /// The table.
        table: TableName,
        /// TEMPORARY.
        temporary: bool,
        /// IF NOT EXISTS.
        if_not_exists: bool,
        /// CREATE TABLE t LIKE other.
        like: Option<TableName>,
        /// CREATE TABLE t … SELECT.
        select: Option<CreateSelect>,
        /// Columns of the primary key, in order; empty without one.
        primary_key: Vec<String>,
        /// The first word of the type of the first of them, in capitals.
        key_type: Option<String>,
        /// The AUTO_INCREMENT column.
        auto_increment: Option<String>,
        /// What is named by REFERENCES.
        references: Vec<ForeignKey>,
        /// Constraints that are named.
        constraints: Vec<ConstraintName>,
        /// DRDS's clauses.
        partition: DrdsPartition,
    },
    /// ALTER TABLE.
    AlterTable {
        /// The table.
        table: TableName,
        /// RENAME TO other.
        rename_to: Option<TableName>,
        /// What is named by REFERENCES.
        references: Vec<ForeignKey>,
        /// Constraints and indexes that are named.
        constraints: Vec<ConstraintName>,
        /// Columns dropped, renamed or redefined (their old names).
        touched_columns: Vec<String>,
        /// AUTO_INCREMENT = n.
        counts_from: bool,
        /// Adds an AUTO_INCREMENT column.
        counted: bool,
    },
    /// DROP [TEMPORARY] TABLE.
    DropTable {
        /// The tables.
        tables: Vec<TableName>,
        /// IF EXISTS.
        if_exists: bool,
        /// TEMPORARY.
        temporary: bool,
    },
    /// TRUNCATE [TABLE].
    Truncate(TableName),
    /// RENAME TABLE a TO b, ….
    RenameTable(Vec<(TableName, TableName)>),
    /// CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX i ON t.
    CreateIndex {
        /// The table.
        table: TableName,
    },
    /// DROP INDEX i ON t.
    DropIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: ConstraintName,
    },
    /// CREATE DATABASE, DROP DATABASE, CREATE VIEW, CREATE PROCEDURE, ….
    Other {
        /// As in `CREATE VIEW`.
        name: String,
    },
}

/// DRDS's clauses of CREATE TABLE, as written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DrdsPartition {
    /// `hash(user_id)` of DBPARTITION BY, white space folded, lower case.
    pub dbpartition: Option<String>,
    /// `hash(user_id)` of TBPARTITION BY, white space folded, lower case.
    pub tbpartition: Option<String>,
    /// TBPARTITIONS n.
    pub tbpartitions: Option<u32>,
    /// BROADCAST.
    pub broadcast: bool,
    /// SINGLE.
    pub single: bool,
    /// Everything that a backend must not see.
    pub span: Option<Span>,
    /// `BY GROUP` behind AUTO_INCREMENT: a backend must not see it either.
    pub sequence: Option<Span>,
}

/// The query of CREATE TABLE … SELECT, which is not parsed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateSelect {
    /// IGNORE: of rows with one unique value the first stays.
    pub ignore: bool,
    /// REPLACE: the last stays.
    pub replace: bool,
    /// Where the table's own part ends: before IGNORE, REPLACE, AS or the query.
    pub head_end: u32,
    /// The query.
    pub query: Span,
}

/// One assignment of SET.
#[derive(Clone, Debug, PartialEq)]
pub enum SetItem {
    /// A system variable.
    Variable {
        /// Where it holds.
        scope: VariableScope,
        /// Lower case.
        name: String,
        /// The value; a bare word (`utf8mb4`, `ON`) is a `Column` without table.
        value: Expr,
    },
    /// A user variable, without `@`.
    User {
        /// Lower case.
        name: String,
        /// The value.
        value: Expr,
    },
    /// SET NAMES charset [COLLATE collation]; `DEFAULT` is None.
    Names {
        /// Lower case.
        charset: Option<String>,
        /// Lower case.
        collation: Option<String>,
    },
    /// SET CHARACTER SET charset; `DEFAULT` is None.
    CharacterSet(Option<String>),
    /// SET [SESSION | GLOBAL] TRANSACTION ….
    Transaction {
        /// Where it holds: `Next` without a word.
        scope: VariableScope,
        /// `READ-COMMITTED` as in the variable.
        isolation: Option<String>,
        /// READ ONLY (true) or READ WRITE (false).
        read_only: Option<bool>,
    },
    /// SET PASSWORD, SET ROLE, SET DEFAULT ROLE, ….
    Unsupported(String),
}

/// Where a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableScope {
    /// SESSION, LOCAL, @@session., no word.
    Session,
    /// GLOBAL, PERSIST.
    Global,
    /// SET TRANSACTION without a word, `@@transaction_isolation` without a scope: the next transaction only.
    Next,
}

/// SHOW.
#[derive(Clone, Debug, PartialEq)]
pub struct Show {
    /// What is asked for.
    pub what: ShowWhat,
    /// LIKE 'pattern', unescaped.
    pub like: Option<Vec<u8>>,
    /// WHERE.
    pub selection: Option<Expr>,
    /// LIMIT, of WARNINGS and ERRORS.
    pub limit: Option<Limit>,
}

/// The answers that SHOW asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ShowWhat {
    /// SHOW DATABASES, SCHEMAS.
    Databases,
    /// SHOW [FULL] TABLES [FROM s].
    Tables {
        /// FULL.
        full: bool,
        /// FROM s.
        schema: Option<Ident>,
    },
    /// SHOW TABLE STATUS [FROM s].
    TableStatus {
        /// FROM s.
        schema: Option<Ident>,
    },
    /// SHOW [FULL] COLUMNS FROM t.
    Columns {
        /// FULL.
        full: bool,
        /// The table.
        table: TableName,
    },
    /// SHOW INDEX FROM t.
    Index {
        /// The table.
        table: TableName,
    },
    /// SHOW CREATE TABLE t.
    CreateTable(TableName),
    /// SHOW CREATE DATABASE s.
    CreateDatabase(Ident),
    /// SHOW [GLOBAL | SESSION] VARIABLES.
    Variables {
        /// GLOBAL.
        global: bool,
    },
    /// SHOW [GLOBAL | SESSION] STATUS.
    Status {
        /// GLOBAL.
        global: bool,
    },
    /// SHOW WARNINGS [LIMIT …], SHOW COUNT(*) WARNINGS.
    Warnings {
        /// SHOW COUNT(*).
        count: bool,
    },
    /// SHOW ERRORS, SHOW COUNT(*) ERRORS.
    Errors {
        /// SHOW COUNT(*).
        count: bool,
    },
    /// SHOW [FULL] PROCESSLIST.
    Processlist {
        /// FULL.
        full: bool,
    },
    /// DRDS: SHOW TRANS.
    Trans,
    /// DRDS: SHOW GLOBAL DEADLOCKS.
    GlobalDeadlocks,
    /// SHOW IN DOUBT TRANSACTIONS.
    InDoubt,
    /// DRDS: SHOW TOPOLOGY FROM t.
    Topology(TableName),
    /// DRDS: SHOW [FULL] RULE [FROM t].
    Rule {
        /// FULL.
        full: bool,
        /// FROM t.
        table: Option<TableName>,
    },
    /// DRDS: SHOW NODE.
    Node,
    /// DRDS: SHOW DATASOURCES.
    Datasources,
    /// DRDS: SHOW BROADCASTS.
    Broadcasts,
    /// DRDS: SHOW SEQUENCES.
    Sequences,
    /// Answered by any one backend as it stands: ENGINES, CHARSET, COLLATION, PLUGINS, PRIVILEGES, GRANTS, ….
    Backend(String),
    /// Anything else, by name.
    Unsupported(String),
}
