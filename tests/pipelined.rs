//! Short reads of several clients that travel on one connection: each gets its own answer, whatever becomes of the
//! connection and of the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use crate::commands::get;
use crate::process::free_port;
use crate::raw::RawClient;
use crate::servers::{Brand, Fleet, Server, USER};
use crate::transactions::on_both;
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

const ROWS: u64 = 64;
const CLIENTS: u64 = 24;

/// Longer than those behind an answer that does not come wait for it, on a busy machine.
const SOON: Duration = Duration::from_secs(5);

on_both! {
    each_client_gets_its_own_answer: answers;
    a_read_that_waits_for_a_lock_does_not_hold_those_of_others: stalled;
    reads_survive_connections_that_are_killed: killed;
    a_client_that_leaves_takes_no_answer_along: leaving;
    a_large_row_is_not_held: large;
}

struct Shop {
    weir: Weir,
    http: u16,
}

/// Two servers that other tests use, too.
fn shared(brand: Brand) -> Option<Vec<&'static Server>> {
    match Fleet::shared(brand) {
        Ok(fleet) => Some(fleet.instances.iter().take(2).collect()),
        Err(why) => {
            println!("SKIPPED pipelined on {brand:?}: {why}");
            None
        }
    }
}

// === impl Shop ===

impl Shop {
    /// One worker thread, so that its clients meet; two tables that are split alike.
    async fn open(instances: &[&Server], prefix: &str) -> Self {
        create_shards(prefix, instances).await;
        let tables = "  t: { dbpartition: hash(id) }\n  u: { dbpartition: hash(id) }\n";
        let http = free_port();
        let weir = Setup::over(instances.iter().copied())
            .setting("limits: { workers: 1 }")
            .setting(&format!("http: 127.0.0.1:{http}"))
            .rules("shop", rules_over_eight("shop", prefix, instances.len(), tables))
            .start();
        let mut conn = weir.connect("shop").await;
        let values: Vec<String> = (0..ROWS).map(|id| format!("({id}, 'v{id}')")).collect();
        for table in ["t", "u"] {
            let create = format!("CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, v VARCHAR(20))");
            conn.query_drop(create).await.unwrap();
            conn.query_drop(format!("INSERT INTO {table} VALUES {}", values.join(","))).await.unwrap();
        }
        Self { weir, http }
    }

    /// How many statements have been sent behind others of their connection.
    async fn pipelined(&self) -> u64 {
        let metrics = get(self.http, "/metrics").await;
        let counts = metrics.lines().filter(|line| line.starts_with("weir_instance_pipelined_total{"));
        counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Clients that read until they are told to stop; each gives its slowest answer, and how many failed.
    async fn readers(&self, stop: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<(Duration, u64)>> {
        let mut readers = Vec::new();
        for client in 0..CLIENTS {
            let (conn, stop) = (self.weir.connect("shop").await, Arc::clone(stop));
            readers.push(tokio::spawn(read_on(conn, client, stop)));
        }
        readers
    }
}

async fn read_on(mut conn: Conn, client: u64, stop: Arc<AtomicBool>) -> (Duration, u64) {
    let (mut slowest, mut failed, mut id) = (Duration::ZERO, 0, client);
    while !stop.load(Ordering::Relaxed) {
        id = (id + 7) % ROWS;
        let began = Instant::now();
        let found: Result<Option<String>, _> = if id.is_multiple_of(2) {
            conn.query_first(format!("SELECT v FROM t WHERE id = {id}")).await
        } else {
            conn.exec_first("SELECT v FROM t WHERE id = ?", (id,)).await
        };
        slowest = slowest.max(began.elapsed());
        match found {
            Ok(found) => assert_eq!(found, Some(format!("v{id}"))),
            Err(mysql_async::Error::Server(error)) => {
                assert!(error.code >= 20_000, "{error}");
                failed += 1;
            }
            Err(error) => panic!("client {client}: {error}"),
        }
    }
    (slowest, failed)
}

async fn answers(brand: Brand) {
    let Some(instances) = shared(brand) else { return };
    let shop = Shop::open(&instances, "together").await;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let mut conn = shop.weir.connect("shop").await;
        clients.push(tokio::spawn(async move {
            for turn in 0..100 {
                let id = (client * 5 + turn * 11) % ROWS;
                asked(&mut conn, id, turn).await;
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    let pipelined = shop.pipelined().await;
    println!("{pipelined} statements were pipelined");
    assert!(pipelined > 0);
}

/// One statement of each kind in turn.
async fn asked(conn: &mut Conn, id: u64, turn: u64) {
    let expected = Some(format!("v{id}"));
    match turn % 6 {
        0 => {
            let found: Option<String> = conn.query_first(format!("SELECT v FROM t WHERE id = {id}")).await.unwrap();
            assert_eq!(found, expected);
        }
        1 => {
            let found: Option<String> = conn.exec_first("SELECT v FROM t WHERE id = ?", (id,)).await.unwrap();
            assert_eq!(found, expected);
        }
        2 => {
            let absent = format!("SELECT * FROM t WHERE id = {}", id + ROWS);
            assert!(conn.query::<Row, _>(absent).await.unwrap().is_empty());
        }
        3 => {
            // It warns, and the warnings are of this statement.
            let warns = format!("SELECT v FROM t WHERE id = {id} AND v <> 5");
            let found: Option<String> = conn.query_first(warns).await.unwrap();
            assert_eq!((found, conn.get_warnings()), (expected, 1));
            let warnings: Vec<(String, u16, String)> = conn.query("SHOW WARNINGS").await.unwrap();
            let is_own = |(_, code, message): &(_, u16, String)| *code == 1292 && message.contains(&format!("'v{id}'"));
            assert!(warnings.len() == 1 && is_own(&warnings[0]), "{warnings:?}");
        }
        4 => {
            // More than a socket holds.
            let other = "x".repeat(400_000);
            let statement = "SELECT v FROM t WHERE id = ? AND v <> ?";
            assert_eq!(conn.exec_first::<String, _, _>(statement, (id, other)).await.unwrap(), expected);
        }
        _ => {
            let beyond = format!("SELECT id + 9223372036854775807 FROM t WHERE id = {}", id.max(1));
            match conn.query_first::<u64, _>(beyond).await {
                Err(mysql_async::Error::Server(error)) => assert_eq!(error.code, 1690, "{error}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn stalled(brand: Brand) {
    let Some(instances) = shared(brand) else { return };
    let shop = Shop::open(&instances, "stalled").await;
    let stop = Arc::new(AtomicBool::new(false));
    let readers = shop.readers(&stop).await;
    let mut waiting = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..6 {
        let mut conn = shop.weir.connect("shop").await;
        ids.push(conn.query_first::<u64, _>("SELECT CONNECTION_ID()").await.unwrap().unwrap());
        let stop = Arc::clone(&stop);
        waiting.push(tokio::spawn(async move {
            // The last one meets the lock, whenever that is taken.
            let mut found = Ok(None);
            while !stop.load(Ordering::Relaxed) && found.is_ok() {
                found = conn.query_first::<String, _>("SELECT v FROM u WHERE id = 8").await;
            }
            found
        }));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut locker = instances[0].connect().await;
    locker.query_drop("LOCK TABLES stalled_00.u WRITE").await.unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut killer = shop.weir.connect("shop").await;
    killer.query_drop(format!("KILL QUERY {}", ids[0])).await.unwrap();
    let killed = tokio::time::timeout(SOON, waiting.remove(0)).await.expect("KILL QUERY ends it").unwrap();
    assert!(matches!(&killed, Err(mysql_async::Error::Server(error)) if error.code == 1317), "{killed:?}");
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (slowest, failed) = reader.await.unwrap();
        assert!(slowest < SOON && failed == 0, "{slowest:?}, {failed} failed");
    }
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()), "they wait for the lock");
    locker.query_drop("UNLOCK TABLES").await.unwrap();
    for waiting in waiting {
        let found = tokio::time::timeout(SOON, waiting).await.expect("the lock is gone").unwrap();
        assert_eq!(found.unwrap().as_deref(), Some("v8"));
    }
    assert!(shop.pipelined().await > 0);
}

async fn killed(brand: Brand) {
    // Others' connections are not to be killed.
    let server = match Server::of(brand) {
        Ok(server) => server,
        Err(why) => {
            println!("SKIPPED pipelined on {brand:?}: {why}");
            return;
        }
    };
    let shop = Shop::open(&[&server], "cut_off").await;
    let stop = Arc::new(AtomicBool::new(false));
    let readers = shop.readers(&stop).await;
    let mut killer = server.connect().await;
    let of_weir = format!(
        "SELECT id FROM information_schema.processlist WHERE user = '{USER}' AND id <> CONNECTION_ID() ORDER BY id DESC LIMIT 2"
    );
    let mut kills = 0;
    for _ in 0..60 {
        let threads: Vec<u64> = killer.query(&of_weir).await.unwrap();
        for thread in threads {
            kills += u32::from(killer.query_drop(format!("KILL {thread}")).await.is_ok());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut all_failed = 0;
    for reader in readers {
        let (slowest, failed) = reader.await.unwrap();
        assert!(slowest < SOON, "{slowest:?}");
        all_failed += failed;
    }
    println!("{kills} connections killed, {all_failed} statements failed");
    assert!(kills > 0);
    let mut conn = shop.weir.connect("shop").await;
    for id in 0..ROWS {
        let found: Option<String> = conn.query_first(format!("SELECT v FROM t WHERE id = {id}")).await.unwrap();
        assert_eq!(found, Some(format!("v{id}")));
    }
}

async fn leaving(brand: Brand) {
    let Some(instances) = shared(brand) else { return };
    let shop = Shop::open(&instances, "leaving").await;
    let stop = Arc::new(AtomicBool::new(false));
    let readers = shop.readers(&stop).await;
    for round in 0..10 {
        let mut clients = Vec::new();
        for _ in 0..8 {
            clients.push(RawClient::log_in(shop.weir.port, "shop").await);
        }
        for (id, client) in (round..).zip(&mut clients) {
            client.write_command(&format!("SELECT v FROM t WHERE id = {id}")).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (slowest, failed) = reader.await.unwrap();
        assert!(slowest < SOON && failed == 0, "{slowest:?}, {failed} failed");
    }
}

async fn large(brand: Brand) {
    const BYTES: usize = 12 << 20;
    let Some(instances) = shared(brand) else { return };
    let shop = Shop::open(&instances, "large").await;
    let mut conn = shop.weir.connect("shop").await;
    conn.query_drop("CREATE TABLE w (id BIGINT NOT NULL PRIMARY KEY, body LONGTEXT)").await.unwrap();
    conn.query_drop(format!("INSERT INTO w VALUES (1, REPEAT('x', {BYTES})), (2, 'small')")).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers = shop.readers(&stop).await;
    let before = shop.weir.process().resident_kib();
    for id in [1, 1, 2, 1] {
        let body: Option<String> = conn.query_first(format!("SELECT body FROM w WHERE id = {id}")).await.unwrap();
        let body = body.unwrap();
        assert!(if id == 1 { body.len() == BYTES && body.bytes().all(|byte| byte == b'x') } else { body == "small" });
    }
    let grown = shop.weir.process().resident_kib().saturating_sub(before);
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (slowest, failed) = reader.await.unwrap();
        assert!(slowest < SOON && failed == 0, "{slowest:?}, {failed} failed");
    }
    // The allocator takes memory in large pieces. Held, the row would take four times its size.
    assert!(grown < 20 << 10, "Weir grew by {grown} KiB for a row of {BYTES} bytes");
}
