//! A proxy as one writes it from two crates, to measure Weir against: opensrv-mysql reads the client, mysql_async asks
//! the backend, every row is decoded and encoded again. It does no SQL work, routes nothing, and keeps one backend
//! connection for each client.
//!
//! Texts only: opensrv-mysql 0.7.0 reads wrong values when a client executes a statement again without sending its
//! types again, as clients do. ER_UNSUPPORTED_PS makes sysbench send texts instead.
//!
//! `weir-baseline LISTEN BACKEND USER PASSWORD`, for example `weir-baseline 127.0.0.1:3310 127.0.0.1:13306 weir weir`.
//! It takes any password. Only for measurements on a loopback address: opensrv-mysql 0.7 must not face a network.

use std::io;

use mysql_async::consts::ColumnType as BackendType;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, QueryResult, Value};
use mysql_common::value::Value as ClientValue;
use opensrv_mysql::{
    AsyncMysqlIntermediary, AsyncMysqlShim, Column, ColumnFlags, ColumnType, ErrorKind, InitWriter, OkResponse,
    ParamParser, QueryResultWriter, StatementMetaWriter, StatusFlags,
};
use tokio::io::AsyncWrite;
use tokio::net::{TcpListener, TcpStream};

/// One client's backend connection.
struct Relay {
    conn: Conn,
    version: String,
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
        let relay = Relay { conn, version };
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

    async fn on_prepare<'a>(&'a mut self, _: &'a str, info: StatementMetaWriter<'a, W>) -> io::Result<()> {
        info.error(ErrorKind::ER_UNSUPPORTED_PS, b"this proxy serves texts only".as_slice()).await
    }

    async fn on_execute<'a>(
        &'a mut self,
        _: u32,
        _: ParamParser<'a>,
        results: QueryResultWriter<'a, W>,
    ) -> io::Result<()> {
        results.error(ErrorKind::ER_UNKNOWN_STMT_HANDLER, b"no statement is prepared".as_slice()).await
    }

    async fn on_close(&mut self, _: u32) {}

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
        // The errors after which sysbench tries again; opensrv-mysql panics at a number that it does not know.
        mysql_async::Error::Server(error) => match error.code {
            1020 | 1062 | 1205 | 1213 => (ErrorKind::from(error.code), error.message.clone()),
            code => (ErrorKind::ER_UNKNOWN_ERROR, format!("{code}: {}", error.message)),
        },
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
