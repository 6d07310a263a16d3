//! A whole session on the counting thread, between a client and a server that run on threads of their own: from the
//! client's bytes to the backend's and back.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};
use tokio::sync::oneshot;
use weir::backend::{InstanceOptions, Instances};
use weir::catalog::Catalog;
use weir::client::Socket;
use weir::metrics::Metrics;
use weir::sequence::Sequences;
use weir::session::{Clients, Limits, Service, Session, User};
use weir::txn::Coordinator;
use weir::wire::auth::Credential;
use weir::wire::frame::{MAX_PAYLOAD, put_packet};
use weir::wire::ok::OkHeader;
use weir::wire::{
    Capabilities, ColumnDefinition41, ColumnFlags, ColumnNames, ColumnType, HandshakeV10, OkPacket, StatusFlags,
    StmtPrepareOk,
};

use crate::road::{SCHEMA, read_tables, rules};

/// Statements before it is counted, and while it is.
const WARM: u32 = 200;
const COUNTED: u32 = 1000;

const UPDATED: &[u8] = b"Rows matched: 1  Changed: 1  Warnings: 0";

/// How the client sends its statements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Text,
    Prepared,
    /// A text without rows.
    Update,
}

/// What a session's thread allocates for [`COUNTED`] statements.
pub(crate) fn counted(how: How) -> AllocationInfo {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = Arc::new(service(server()));
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (warm, is_warm) = oneshot::channel();
    // Bounded: an unbounded one allocates when it is told something first.
    let (go, may_go) = std::sync::mpsc::sync_channel::<()>(1);
    let (done, is_done) = oneshot::channel();
    let client = std::thread::spawn(move || {
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut client = own.block_on(connect(port));
        own.block_on(run(&mut client, how, WARM));
        warm.send(()).unwrap();
        may_go.recv().unwrap();
        own.block_on(run(&mut client, how, COUNTED));
        done.send(()).unwrap();
        own.block_on(client.disconnect()).unwrap();
    });
    let (stream, _) = runtime.block_on(listener.accept()).unwrap();
    let session = runtime.spawn(Session::serve(service, Socket::Plain(stream)));
    runtime.block_on(is_warm).unwrap();
    let counted = measure(|| {
        go.send(()).unwrap();
        runtime.block_on(is_done).unwrap();
    });
    runtime.block_on(session).unwrap();
    client.join().unwrap();
    counted
}

async fn connect(port: u16) -> Conn {
    let options = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some("app"))
        .pass(Some("secret"))
        .db_name(Some(SCHEMA))
        .prefer_socket(false)
        // Both are asked for otherwise.
        .max_allowed_packet(Some(1 << 20))
        .wait_timeout(Some(600));
    Conn::new(options).await.unwrap()
}

async fn run(client: &mut Conn, how: How, statements: u32) {
    let prepared = match how {
        How::Prepared => Some(client.prep("SELECT c FROM sbtest1 WHERE id=?").await.unwrap()),
        How::Text | How::Update => None,
    };
    for id in 0..statements {
        match &prepared {
            Some(prepared) => {
                let row: Option<Vec<u8>> = client.exec_first(prepared, (id,)).await.unwrap();
                assert_eq!(row.unwrap(), b"c");
            }
            None if how == How::Update => {
                client.query_drop(format!("UPDATE sbtest1 SET k=k+1 WHERE id={id}")).await.unwrap();
                assert_eq!(client.info().as_bytes(), UPDATED);
            }
            None => {
                let row: Option<Vec<u8>> =
                    client.query_first(format!("SELECT c FROM sbtest1 WHERE id={id}")).await.unwrap();
                assert_eq!(row.unwrap(), b"c");
            }
        }
    }
}

/// A process's parts, for one user and sysbench's tables, both instances at the same address.
fn service(port: u16) -> Service {
    let instance = |name: &str| InstanceOptions::new(name, format!("127.0.0.1:{port}"), "weir", "secret");
    let instances = Arc::new(Instances::new([instance("a"), instance("b")]));
    let metrics = Arc::new(Metrics::new());
    let rules = rules(4, 1);
    let catalog = Catalog::new(instances.clone(), vec![rules.clone()], 1000);
    read_tables(&catalog.cluster(), &rules);
    let user = User::new(Credential::from_password(b"secret"), None);
    Service {
        merge_nodes: Vec::new(),
        catalog,
        coordinator: Arc::new(Coordinator::new(instances.clone(), metrics.clone())),
        instances,
        sequences: Sequences::new(Sequences::DEFAULT_SEGMENT),
        users: HashMap::from([("app".to_owned(), Arc::new(user))]),
        clients: Clients::default(),
        metrics,
        started: Instant::now(),
        limits: Limits {
            max_allowed_packet: 1 << 20,
            max_client_connections: 10,
            max_prepared_statements: 10,
            max_merge_rows: 1000,
            max_merge_bytes: 1 << 20,
            max_fetch_rows: 1000,
            max_fetch_bytes: 1 << 20,
            login_timeout_ms: 10_000,
            client_idle_timeout_ms: 60_000,
            client_write_timeout_ms: 60_000,
        },
        tls: None,
        server_key: None,
    }
}

/// A server that takes any password and finds one row whatever it is asked; its port.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_all(stream));
        }
    });
    port
}

fn answer_all(mut stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let greeting = HandshakeV10 {
        server_version: "8.0.40".to_owned(),
        connection_id: 7,
        nonce: [b'n'; weir::wire::NONCE_LENGTH],
        capabilities: Capabilities::OFFERED,
        collation: weir::wire::DEFAULT_COLLATION,
        status: StatusFlags::AUTOCOMMIT,
        auth_plugin: "mysql_native_password".to_owned(),
    };
    let mut out = Vec::new();
    put_packet(&mut out, &mut 0, |out| greeting.encode(out));
    stream.write_all(&out).unwrap();
    let Some((_, mut sequence)) = packet(&mut stream) else { return };
    out.clear();
    put_packet(&mut out, &mut sequence, |out| put_ok(out, OkHeader::Ok, b""));
    stream.write_all(&out).unwrap();
    while let Some((payload, mut sequence)) = packet(&mut stream) {
        out.clear();
        let text = payload.get(1..).unwrap_or_default();
        match payload.first() {
            Some(0x03) if text.starts_with(b"SELECT") => put_row(&mut out, &mut sequence, b"\x01c"),
            Some(0x03) if text.starts_with(b"UPDATE") => {
                put_packet(&mut out, &mut sequence, |out| put_ok(out, OkHeader::Ok, UPDATED));
            }
            Some(0x03) => put_packet(&mut out, &mut sequence, |out| put_ok(out, OkHeader::Ok, b"")),
            Some(0x16) => {
                let head = StmtPrepareOk { statement_id: 1, columns: 1, params: 1, warnings: 0 };
                put_packet(&mut out, &mut sequence, |out| head.encode(out));
                for _ in 0..2 {
                    put_packet(&mut out, &mut sequence, |out| column().encode(out));
                }
            }
            // A COM_PING stands behind what is prepared.
            Some(0x0e) => put_packet(&mut out, &mut sequence, |out| put_ok(out, OkHeader::Ok, b"")),
            Some(0x17) => put_row(&mut out, &mut sequence, b"\x00\x00\x01c"),
            // COM_STMT_CLOSE is not answered.
            _ => continue,
        }
        stream.write_all(&out).unwrap();
    }
}

/// A command's payload, and the sequence number of its answer; None when the client has left.
fn packet(stream: &mut TcpStream) -> Option<(Vec<u8>, u8)> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut header = [0; 4];
    stream.read_exact(&mut header).ok()?;
    let length = usize::try_from(u32::from_le_bytes([header[0], header[1], header[2], 0])).unwrap();
    assert!(length < MAX_PAYLOAD);
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).ok()?;
    Some((payload, header[3] + 1))
}

fn put_row(out: &mut Vec<u8>, sequence: &mut u8, row: &[u8]) {
    put_packet(out, sequence, |out| out.push(1));
    put_packet(out, sequence, |out| column().encode(out));
    put_packet(out, sequence, |out| out.extend_from_slice(row));
    put_packet(out, sequence, |out| put_ok(out, OkHeader::EndOfRows, b""));
}

fn put_ok(out: &mut Vec<u8>, header: OkHeader, message: &[u8]) {
    let ok = OkPacket { affected_rows: 1, status: StatusFlags::AUTOCOMMIT, message, ..OkPacket::default() };
    ok.encode(header, Capabilities::OFFERED, out);
}

fn column() -> ColumnDefinition41<'static> {
    ColumnDefinition41 {
        names: ColumnNames { schema: b"sbtest_00", table: b"sbtest1", org_table: b"sbtest1" },
        name: b"c",
        org_name: b"c",
        collation: weir::value::CollationId::UTF8MB4_GENERAL_CI,
        length: 480,
        kind: ColumnType::VAR_STRING,
        flags: ColumnFlags::default(),
        decimals: 0,
        tail: b"",
    }
}
