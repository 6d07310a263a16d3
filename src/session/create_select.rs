//! CREATE TABLE … SELECT: a server says what the table is like, DDL makes it everywhere, INSERT … SELECT fills it.
//!
//! Always holds: when the rows cannot be written the table is dropped again, as one server does. Until all rows are
//! there others see an empty table.

use super::Session;
use crate::catalog::{KnownCollations, ResultHeads, Sifting};
use crate::error::{Code, SqlError};
use crate::exec::derived::{Derived, NewTable, derive};
use crate::exec::{Form, Outcome, Request, Warning};
use crate::plan::{Lookup, Tables};
use crate::rule::{Placement, RuleSet};
use crate::sql::ast::{CreateSelect, Ddl, TableName};
use crate::sql::{self, LexMode, Lexed, Span, Statement};

// === impl Session ===

impl Session {
    /// CREATE TABLE … SELECT.
    pub(super) async fn create_from_query(&mut self, ddl: &Ddl, text: &[u8]) -> Result<Outcome, SqlError> {
        let Ddl::CreateTable { table, if_not_exists, select: Some(select), references, partition, .. } = ddl else {
            return Err(SqlError::new(Code::UnsupportedStatement, "this statement has no query"));
        };
        if !references.is_empty() {
            let message = "CREATE TABLE … SELECT with foreign keys is not served: create the table first";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        let cluster = self.service.catalog.cluster();
        let schema = match (&table.schema, &self.schema) {
            (Some(schema), _) => schema.text.clone(),
            (None, Some(schema)) => schema.to_string(),
            (None, None) => return Err(SqlError::new(Code::NoDatabase, "No database selected")),
        };
        let Some(rules) = cluster.schema(&schema).filter(|rules| self.may_use(&rules.schema)).cloned() else {
            return Err(SqlError::new(Code::UnknownDatabase, format!("Unknown database '{schema}'")));
        };
        let query = bytes(text, select.query);
        let head = without(text, table.span.end, select.head_end, &[partition.span, partition.sequence]);
        self.service.catalog.table(&cluster, &schema, &table.name.text).await?;
        let is_there = matches!(cluster.table(&schema, &table.name.text), Lookup::Known(_));
        // MariaDB looks at the table first, MySQL at the query.
        let mut derived = None;
        if !is_there || !self.service.speaks_mariadb() {
            derived = Some(self.derived(query, (&rules, table, select), &head).await?);
        }
        let Some(derived) = derived.filter(|_| !is_there) else {
            self.commit_open().await?;
            return exists(&table.name.text, *if_not_exists);
        };
        if let Some(column) = derived.without_default.first().filter(|_| self.service.speaks_mariadb()) {
            let message = format!(
                "CREATE TABLE … SELECT: '{column}' may be NULL and would have no default, which MariaDB can say in no other \
                 way; define it in front of the query: CREATE TABLE {} ({column} …) SELECT …",
                table.name.text
            );
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        let name = format!("{}.{}", quoted(&schema), quoted(&table.name.text));
        let clauses = partition.span.map_or(&b""[..], |span| bytes(text, span));
        let insert = self.insert_text(&name, &derived, (select, &head, query))?;
        self.make(&format!("CREATE TABLE {name}{}", derived.definition), clauses, &derived).await?;
        let filled = match self.forget_defaults(&name, &derived).await {
            Ok(()) => self.filled(&insert).await,
            Err(error) => Err(error),
        };
        match filled {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                let dropped = self.make(&format!("DROP TABLE {name}"), b"", &derived).await;
                dropped.map_err(|why| tracing::warn!(%why, "a table that could not be filled is left")).ok();
                Err(error)
            }
        }
    }

    /// What the table is like.
    async fn derived(
        &mut self,
        query: &[u8],
        (rules, table, select): (&RuleSet, &TableName, &CreateSelect),
        head: &[u8],
    ) -> Result<Derived, SqlError> {
        let mut lexed = Lexed::default();
        let unread = |message: String| SqlError::new(Code::ParseError, message);
        sql::lex(query, self.mode, &mut lexed).map_err(|error| unread(error.message.to_string()))?;
        let statement = sql::parse(query, self.mode, &lexed).map_err(|error| unread(error.message.to_string()))?;
        if !matches!(statement, Statement::Query(_)) {
            return Err(unread("CREATE TABLE … SELECT has no query".to_owned()));
        }
        let cluster = self.service.catalog.cluster();
        let plan = self.plan(&cluster, &statement, query, &lexed).await?;
        if plan.fetches.len() < plan.tables.len() || !plan.dictionary.is_empty() {
            let message = "CREATE TABLE … SELECT of what no merge node answers is not served: create the table first";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        let shard = match rules.placement(&table.name.text) {
            Some(Placement::Single(shard)) => *shard,
            _ => crate::id::ShardId(0),
        };
        let account = self.account.clone();
        let request = Request {
            plan: &plan,
            args: self.args(&account, query, &lexed, &[]),
            nodes: &[],
            rows: &[],
            form: Form::Text,
            anywhere: self.anywhere(),
            merge_node: None,
            collations: &KnownCollations::default(),
            heads: &ResultHeads::default(),
            sifting: &Sifting::default(),
        };
        let new = NewTable {
            instance: rules.instance(shard),
            database: rules.database(shard),
            schema: &rules.schema,
            name: &table.name.text,
            head,
            duplicates: if select.ignore {
                "IGNORE"
            } else if select.replace {
                "REPLACE"
            } else {
                ""
            },
        };
        derive(&self.service.catalog, &self.state, &request, new).await
    }

    /// The statement that fills the table, in the client's own character set.
    fn insert_text(
        &self,
        name: &str,
        derived: &Derived,
        (select, head, query): (&CreateSelect, &[u8], &[u8]),
    ) -> Result<Vec<u8>, SqlError> {
        let verb = if select.replace {
            "REPLACE"
        } else if select.ignore {
            "INSERT IGNORE"
        } else {
            "INSERT"
        };
        let mut insert = format!("{verb} INTO {name} ");
        if head.contains(&b'(') {
            let columns: Vec<String> = derived.columns.iter().map(|column| quoted(column)).collect();
            insert.push_str(&format!("({}) ", columns.join(", ")));
        }
        if !insert.is_ascii() && !self.utf8 {
            let message = "CREATE TABLE … SELECT with such names wants a client that sends UTF-8";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        Ok([insert.as_bytes(), query].concat())
    }

    /// Columns that have no default are given NULL by their definition.
    async fn forget_defaults(&mut self, name: &str, derived: &Derived) -> Result<(), SqlError> {
        let columns = derived.without_default.iter();
        let drops: Vec<String> = columns.map(|of| format!("ALTER COLUMN {} DROP DEFAULT", quoted(of))).collect();
        if drops.is_empty() {
            return Ok(());
        }
        self.make(&format!("ALTER TABLE {name} {}", drops.join(", ")), b"", derived).await
    }

    /// DDL of Weir's own.
    async fn make(&mut self, sql: &str, clauses: &[u8], derived: &Derived) -> Result<(), SqlError> {
        let text = [sql.as_bytes(), b" ", clauses].concat();
        let mut lexed = Lexed::default();
        let unread = |message: String| SqlError::new(Code::BackendAnswer, message);
        sql::lex(&text, LexMode::default(), &mut lexed).map_err(|error| unread(error.message.to_string()))?;
        let statement =
            sql::parse(&text, LexMode::default(), &lexed).map_err(|error| unread(error.message.to_string()))?;
        let Statement::Ddl(ddl) = statement else { return Err(unread("a new table is no table".to_owned())) };
        self.ddl(&ddl, &text, Some(&derived.state)).await.map(drop)
    }

    /// Runs the INSERT … SELECT, and commits it.
    async fn filled(&mut self, insert: &[u8]) -> Result<Outcome, SqlError> {
        let outcome = self.run_silently(insert).await;
        match outcome {
            Ok(outcome) => {
                self.commit_open().await?;
                if outcome.last_insert_id > 0 && !outcome.own_id {
                    self.last_insert_id = outcome.last_insert_id;
                }
                Ok(outcome)
            }
            Err(error) => {
                if self.transaction.is_open() {
                    self.transaction.end(crate::txn::End::Rollback).await?;
                }
                Err(error)
            }
        }
    }
}

/// There is such a table.
fn exists(name: &str, if_not_exists: bool) -> Result<Outcome, SqlError> {
    let message = format!("Table '{name}' already exists");
    if !if_not_exists {
        return Err(SqlError::new(Code::TableExists, message));
    }
    let note = Warning { level: "Note".to_owned(), errno: Code::TableExists.errno(), message };
    Ok(Outcome { warnings: 1, warning_list: vec![note], ..Outcome::default() })
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn bytes(text: &[u8], span: Span) -> &[u8] {
    let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
    range.and_then(|(start, end)| text.get(start..end)).unwrap_or(&[])
}

/// A part of a text, without some spans.
fn without(text: &[u8], start: u32, end: u32, cut: &[Option<Span>]) -> Vec<u8> {
    let mut spans: Vec<Span> =
        cut.iter().flatten().copied().filter(|span| start <= span.start && span.end <= end).collect();
    spans.sort_by_key(|span| span.start);
    let mut out = Vec::new();
    let mut at = start;
    for span in spans {
        out.extend_from_slice(bytes(text, Span { start: at, end: span.start }));
        out.push(b' ');
        at = span.end;
    }
    out.extend_from_slice(bytes(text, Span { start: at, end }));
    out
}
