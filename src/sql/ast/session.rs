//! SET and SHOW.

use super::{Expr, Ident, Limit, TableName};

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
    /// SHOW TRIGGERS [FROM s].
    Triggers {
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
