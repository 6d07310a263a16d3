//! DDL.

use super::{Ident, Span, TableName};

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
