//! A proxy as one writes it from two crates, to measure Weir against: opensrv-mysql reads the client, mysql_async asks
//! the backend, every value is decoded and encoded again. It does no SQL work, routes nothing, and keeps one backend
//! connection for each client.
//!
//! `weir-baseline LISTEN BACKEND USER PASSWORD`, for example `weir-baseline 127.0.0.1:3310 127.0.0.1:13306 weir weir`.
//! It takes any password. Only for measurements on a loopback address: opensrv-mysql 0.7 must not face a network.

use std::collections::HashMap;
use std::io;

use mysql_async::consts::ColumnType as BackendType;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, QueryResult, Statement, Value};
use mysql_common::value::Value as ClientValue;
use opensrv_mysql::{
    AsyncMysqlIntermediary, AsyncMysqlShim, Column, ColumnFlags, ColumnType, ErrorKind, InitWriter, OkResponse,
    ParamParser, QueryResultWriter, StatementMetaWriter, StatusFlags, ValueInner,
};
use tokio::io::AsyncWrite;
use tokio::net::{TcpListener, TcpStream};

/// One client's backend connection and prepared statements.
struct Relay {
    conn: Conn,
    version: String,
    statements: HashMap<u32, Statement>,
    last_id: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, backend, user, password] = arguments.as_slice() else {
        return Err("usage: weir-baseline LISTEN BACKEND USER PASSWORD".into());
    };
    let (host, port) = backend.rsplit_once(':').ok_or("BACKEND is host:port")?;
    let opts: Opts = OptsBuilder::default()
        .ip_or_hostname(host)
        .tcp_port(port.parse()?)
        .user(Some(user))
        .pass(Some(password))
        .stmt_cache_size(1024)
        .into();
    let listener = TcpListener::bind(listen).await?;
    loop {
        let (client, _) = listener.accept().await?;
        tokio::spawn(serve(client, opts.clone()));
    }
}

async fn serve(client: TcpStream, opts: Opts) {
    let done = async {
        client.set_nodelay(true)?;
        let conn = Conn::new(opts).await.map_err(io::Error::other)?;
        let (major, minor, patch) = conn.server_version();
        let version = format!("{major}.{minor}.{patch}-baseline");
        let relay = Relay { conn, version, statements: HashMap::new(), last_id: 0 };
        let (reader, writer) = client.into_split();
        AsyncMysqlIntermediary::run_on(relay, reader, writer).await
    };
    if let Err(error) = done.await {
        eprintln!("a client's connection ended: {error}");
    }
}

#[async_trait::async_trait]
impl<W: AsyncWrite + Send + Unpin> AsyncMysqlShim<W> for Relay {
    type Error = io::Error;

    fn version(&self) -> String {
        self.version.clone()
    }

    async fn on_prepare<'a>(&'a mut self, query: &'a str, info: StatementMetaWriter<'a, W>) -> io::Result<()> {
        match self.conn.prep(query).await {
            Ok(statement) => {
                let (params, columns) = (columns_of(statement.params()), columns_of(&statement.columns()));
                self.last_id += 1;
                self.statements.insert(self.last_id, statement);
                info.reply(self.last_id, &params, &columns).await
            }
            Err(error) => {
                let (kind, message) = told(&error);
                info.error(kind, message.as_bytes()).await
            }
        }
    }

    async fn on_execute<'a>(
        &'a mut self,
        id: u32,
        params: ParamParser<'a>,
        results: QueryResultWriter<'a, W>,
    ) -> io::Result<()> {
        let Some(statement) = self.statements.get(&id) else {
            return results.error(ErrorKind::ER_UNKNOWN_STMT_HANDLER, b"unknown statement".as_slice()).await;
        };
        let values: Vec<Value> = params.into_iter().map(|param| bound(param.value.into_inner())).collect();
        let params = if values.is_empty() { Params::Empty } else { Params::Positional(values) };
        match self.conn.exec_iter(statement, params).await {
            Ok(result) => pass_on(result, results).await,
            Err(error) => refuse(&error, results).await,
        }
    }

    async fn on_close(&mut self, id: u32) {
        self.statements.remove(&id);
    }

    async fn on_query<'a>(&'a mut self, query: &'a str, results: QueryResultWriter<'a, W>) -> io::Result<()> {
        match self.conn.query_iter(query).await {
            Ok(result) => pass_on(result, results).await,
            Err(error) => refuse(&error, results).await,
        }
    }

    async fn on_init<'a>(&'a mut self, schema: &'a str, writer: InitWriter<'a, W>) -> io::Result<()> {
        match self.conn.query_drop(format!("USE `{}`", schema.replace('`', "``"))).await {
            Ok(()) => writer.ok().await,
            Err(error) => {
                let (kind, message) = told(&error);
                writer.error(kind, message.as_bytes()).await
            }
        }
    }
}

/// The first result of a statement, row by row.
async fn pass_on<W, P>(mut result: QueryResult<'_, 'static, P>, results: QueryResultWriter<'_, W>) -> io::Result<()>
where
    W: AsyncWrite + Send + Unpin,
    P: mysql_async::prelude::Protocol,
{
    let columns = columns_of(result.columns_ref());
    if columns.is_empty() {
        let ok = OkResponse {
            affected_rows: result.affected_rows(),
            last_insert_id: result.last_insert_id().unwrap_or(0),
            warnings: result.warnings(),
            status_flags: StatusFlags::empty(),
            ..OkResponse::default()
        };
        result.drop_result().await.map_err(io::Error::other)?;
        return results.completed(ok).await;
    }
    let mut rows = results.start(&columns).await?;
    while let Some(row) = result.next().await.map_err(io::Error::other)? {
        for value in row.unwrap() {
            rows.write_col(cell(value))?;
        }
        rows.end_row().await?;
    }
    rows.finish().await
}

async fn refuse<W>(error: &mysql_async::Error, results: QueryResultWriter<'_, W>) -> io::Result<()>
where
    W: AsyncWrite + Send + Unpin,
{
    let (kind, message) = told(error);
    results.error(kind, message.as_bytes()).await
}

fn told(error: &mysql_async::Error) -> (ErrorKind, String) {
    match error {
        mysql_async::Error::Server(error) => {
            (ErrorKind::ER_UNKNOWN_ERROR, format!("{}: {}", error.code, error.message))
        }
        other => (ErrorKind::ER_UNKNOWN_ERROR, other.to_string()),
    }
}

fn columns_of(columns: &[mysql_async::Column]) -> Vec<Column> {
    let column = |column: &mysql_async::Column| Column {
        table: column.table_str().into_owned(),
        column: column.name_str().into_owned(),
        coltype: type_of(column.column_type()),
        colflags: ColumnFlags::from_bits_truncate(column.flags().bits()),
    };
    columns.iter().map(column).collect()
}

fn type_of(backend: BackendType) -> ColumnType {
    ColumnType::try_from(backend as u8).unwrap_or(ColumnType::MYSQL_TYPE_VAR_STRING)
}

fn cell(value: Value) -> ClientValue {
    match value {
        Value::NULL => ClientValue::NULL,
        Value::Bytes(bytes) => ClientValue::Bytes(bytes),
        Value::Int(number) => ClientValue::Int(number),
        Value::UInt(number) => ClientValue::UInt(number),
        Value::Float(number) => ClientValue::Float(number),
        Value::Double(number) => ClientValue::Double(number),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            ClientValue::Date(year, month, day, hour, minute, second, micros)
        }
        Value::Time(negative, days, hours, minutes, seconds, micros) => {
            ClientValue::Time(negative, days, hours, minutes, seconds, micros)
        }
    }
}

fn bound(value: ValueInner<'_>) -> Value {
    match value {
        ValueInner::NULL => Value::NULL,
        ValueInner::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        ValueInner::Int(number) => Value::Int(number),
        ValueInner::UInt(number) => Value::UInt(number),
        ValueInner::Double(number) => Value::Double(number),
        ValueInner::Date(bytes) | ValueInner::Datetime(bytes) => date(bytes),
        ValueInner::Time(bytes) => time(bytes),
    }
}

/// Year to microseconds of the binary protocol, of whatever length.
fn date(bytes: &[u8]) -> Value {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let micros = u32::from_le_bytes([at(7), at(8), at(9), at(10)]);
    Value::Date(u16::from_le_bytes([at(0), at(1)]), at(2), at(3), at(4), at(5), at(6), micros)
}

fn time(bytes: &[u8]) -> Value {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let days = u32::from_le_bytes([at(1), at(2), at(3), at(4)]);
    let micros = u32::from_le_bytes([at(8), at(9), at(10), at(11)]);
    Value::Time(at(0) == 1, days, at(5), at(6), at(7), micros)
}
