//! The demo's own client: text statements, answers as texts, errors that say which statement failed.
//!
//! It speaks to Weir and, for checking, to the instances themselves; it knows nothing of rules or routes.

use std::time::{Duration, Instant};

use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row, ServerError, Value};

use super::DemoError;

/// What each instance runs when it starts: the user that Weir logs in as.
pub(super) const BACKEND_USER: &str = "CREATE USER IF NOT EXISTS 'weir'@'127.0.0.1' IDENTIFIED BY 'weir';\n\
                                       GRANT ALL PRIVILEGES ON *.* TO 'weir'@'127.0.0.1' WITH GRANT OPTION;\n";

/// How long one connection attempt may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait between attempts.
const POLL: Duration = Duration::from_millis(50);

/// MySQL's numbers for a database and a table that do not exist.
const MISSING: [u16; 2] = [1049, 1146];

/// A connection.
pub(super) struct Connection {
    conn: Conn,
}

/// What a statement answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The columns; none when the statement has no rows to give.
    pub(super) columns: Vec<Column>,
    /// The rows as texts; None is NULL.
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// Rows that were changed.
    pub(super) affected: u64,
    /// The first generated id, if there is one.
    pub(super) last_insert_id: Option<u64>,
    /// From sending the statement to its last row.
    pub(super) took: Duration,
}

/// A column of an answer.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// Whether a client aligns it to the right.
    pub(super) numeric: bool,
}

/// Connects to an instance as Weir's own user.
pub(super) async fn connect_backend(port: u16) -> Result<Connection, DemoError> {
    connect(port, "weir", "weir", None).await
}

/// Connects to Weir as the application's user.
pub(super) async fn connect_weir(port: u16) -> Result<Connection, DemoError> {
    connect(port, "app", "secret", Some("finance")).await
}

/// Waits until Weir lets the application in.
pub(super) async fn wait_until_listening(port: u16, timeout: Duration) -> Result<(), DemoError> {
    let started = Instant::now();
    loop {
        match connect_weir(port).await {
            Ok(connection) => return connection.close().await,
            Err(error) if started.elapsed() > timeout => return Err(error),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}

/// The version of the data set that a settings table says is complete.
pub(super) async fn dataset_version(connection: &mut Connection, settings: &str) -> Result<Option<String>, DemoError> {
    let statement = format!("SELECT setting FROM {settings} WHERE name = 'demo.dataset'");
    match connection.query(&statement).await {
        Ok(answer) => Ok(answer.rows.into_iter().flatten().next().flatten()),
        Err(error) if error.server_error().is_some_and(|server| MISSING.contains(&server.code)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn connect(port: u16, user: &str, password: &str, schema: Option<&str>) -> Result<Connection, DemoError> {
    let options = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(schema)
        .prefer_socket(false);
    let doing = || format!("connecting to 127.0.0.1:{port} as {user}");
    match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(options)).await {
        Ok(Ok(conn)) => Ok(Connection { conn }),
        Ok(Err(source)) => Err(DemoError::Sql { doing: doing(), source: Box::new(source) }),
        Err(_) => Err(DemoError::Wrong(format!("{}: no answer within {CONNECT_TIMEOUT:?}", doing()))),
    }
}

// === impl Connection ===

impl Connection {
    /// Runs one statement by the text protocol.
    pub(super) async fn query(&mut self, statement: &str) -> Result<Answer, DemoError> {
        let failed = |source| DemoError::Sql { doing: shortened(statement), source: Box::new(source) };
        let started = Instant::now();
        let mut result = self.conn.query_iter(statement).await.map_err(failed)?;
        let columns: Vec<Column> = result
            .columns_ref()
            .iter()
            .map(|column| Column {
                name: column.name_str().into_owned(),
                numeric: column.column_type().is_numeric_type() || column.column_type() == ColumnType::MYSQL_TYPE_YEAR,
            })
            .collect();
        let (affected, last_insert_id) = (result.affected_rows(), result.last_insert_id());
        let rows: Vec<Row> = result.collect().await.map_err(failed)?;
        result.drop_result().await.map_err(failed)?;
        let rows = rows.into_iter().map(|row| row.unwrap().into_iter().map(text).collect()).collect();
        Ok(Answer { columns, rows, affected, last_insert_id, took: started.elapsed() })
    }

    /// Says good-bye.
    pub(super) async fn close(self) -> Result<(), DemoError> {
        let failed = |source| DemoError::Sql { doing: "closing a connection".to_owned(), source: Box::new(source) };
        self.conn.disconnect().await.map_err(failed)
    }
}

// === impl Answer ===

impl Answer {
    /// The only value of the only row.
    pub(super) fn single(&self) -> Option<&str> {
        match self.rows.as_slice() {
            [row] => match row.as_slice() {
                [value] => value.as_deref(),
                _ => None,
            },
            _ => None,
        }
    }
}

// === impl DemoError ===

impl DemoError {
    /// The error that a server answered with, if that is what failed.
    pub(super) fn server_error(&self) -> Option<&ServerError> {
        match self {
            DemoError::Sql { source, .. } => match source.as_ref() {
                mysql_async::Error::Server(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A value of the text protocol as text.
fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true)),
    }
}

/// The beginning of a long statement.
fn shortened(statement: &str) -> String {
    const LONGEST: usize = 160;
    match statement.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &statement[..end]),
        None => statement.to_owned(),
    }
}
