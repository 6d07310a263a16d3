//! Writes that a merge node makes, when something breaks: a Weir that dies between any two steps, a server's connection
//! that is cut at any byte. The statement is done as a whole or not at all, and nothing of it stays behind.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, ServerError};

use crate::faulty::{Fault, FaultyWire};
use crate::servers::{Brand, Server};
use crate::transactions::{Pair, beside, on_both, run, second};
use crate::weir::Weir;

const INSTANCE_UNAVAILABLE: u16 = 21011;
const INSTANCE_TIMEOUT: u16 = 21012;
const BACKEND_ANSWER: u16 = 21016;
const ROLLED_BACK_AT_COMMIT: u16 = 21032;

/// No condition that a test waits for takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// Each reaches rows of both instances, and none of them can be made by the shards alone.
const UPDATE: &str = "UPDATE t JOIN moves m ON m.row_id = t.id SET t.v = t.v + m.step WHERE m.step > 0";
const INSERT: &str = "INSERT INTO t SELECT t.id + 100, m.step FROM t JOIN moves m ON m.row_id = t.id";
const DELETE: &str = "DELETE FROM t WHERE id IN (SELECT row_id + 100 FROM moves)";

/// So many cuts are spread over a statement's answers, elsewhere each time it is its turn.
const CUTS: usize = 5;
/// Each wire, each merge node, alone or in a transaction, each kind of statement.
const TURNS: usize = 16;

on_both! {
    all_or_nothing_wherever_a_connection_is_cut: cuts;
    all_or_nothing_wherever_the_weir_dies: deaths;
}

/// Two servers behind wires, a Weir before them, and one that ends what the first one leaves.
struct Field {
    pair: Pair,
    other: Weir,
}

// === impl Field ===

impl Field {
    async fn of(brand: Brand) -> Option<Self> {
        let pair = Pair::of(brand).await?;
        let other = beside(&pair, "recovery_interval_ms: 50, recovery_grace_ms: 200");
        let mut conn = pair.connect().await;
        run(&mut conn, &["CREATE TABLE moves (row_id INT NOT NULL PRIMARY KEY, step INT NOT NULL)"]).await;
        run(&mut conn, &["INSERT INTO moves VALUES (0, 1), (1, 2), (6, 3), (7, 4), (13, 5)"]).await;
        Some(Self { pair, other })
    }

    /// All rows, once nobody holds any of them.
    async fn rows(&self) -> Vec<(u32, u32)> {
        let mut conn = self.other.connect("shop").await;
        let rows = conn.query("SELECT id, v FROM t ORDER BY id FOR UPDATE").await;
        rows.unwrap_or_else(|error| panic!("what a broken statement held is held for ever: {error}"))
    }

    /// Waits until no server has a temporary table.
    async fn no_tables_are_left(&self) {
        for server in &self.pair.servers {
            let asked = Instant::now();
            while temporary_tables(server).await > 0 {
                assert!(asked.elapsed() < LIMIT, "temporary tables are left");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// How many temporary tables there are, whosever they are. MariaDB does not tell.
async fn temporary_tables(server: &Server) -> u64 {
    if server.brand == Brand::MariaDb {
        return 0;
    }
    let count = "SELECT COUNT(*) FROM information_schema.INNODB_TEMP_TABLE_INFO";
    server.connect().await.query_first(count).await.unwrap().expect("a row")
}

/// What a statement makes of the rows.
fn made(statement: &str, rows: &[(u32, u32)]) -> Vec<(u32, u32)> {
    const MOVES: [(u32, u32); 5] = [(0, 1), (1, 2), (6, 3), (7, 4), (13, 5)];
    let step = |id: &u32| MOVES.iter().find(|(row, _)| row == id).map(|(_, step)| *step);
    let old = rows.iter().copied();
    match statement {
        UPDATE => old.map(|(id, v)| (id, v + step(&id).unwrap_or(0))).collect(),
        INSERT => old.chain(MOVES.map(|(id, step)| (id + 100, step))).collect(),
        _ => old.filter(|(id, _)| *id < 100).collect(),
    }
}

/// Whether a statement's error tells the client that nothing was done, and because of whom.
fn tells(error: &ServerError) -> bool {
    let numbers = [INSTANCE_UNAVAILABLE, INSTANCE_TIMEOUT, BACKEND_ANSWER, ROLLED_BACK_AT_COMMIT];
    let names = ["'a'", "'b'", "rolled back"];
    numbers.contains(&error.code) && names.iter().any(|name| error.message.contains(name))
}

/// A statement, alone or as the last one of a transaction that has written before; true when it was acknowledged. The
/// wire fails from the statement on.
async fn acknowledged(
    conn: &mut Conn,
    statement: &str,
    alone: bool,
    (wire, fault): (&FaultyWire, Fault),
    place: &str,
) -> bool {
    let written = ["BEGIN", "UPDATE t SET v = v + 1000 WHERE id = 3", "UPDATE t SET v = v - 1000 WHERE id = 4"];
    if !alone {
        run(conn, &written).await;
    }
    wire.set(fault);
    let mut done = conn.query_drop(statement).await;
    if !alone && done.is_ok() {
        done = conn.query_drop("UPDATE t SET v = v + IF(id = 3, -1000, 1000) WHERE id IN (3, 4)").await;
    }
    if !alone && done.is_ok() {
        done = conn.query_drop("COMMIT").await;
    }
    match done {
        Ok(()) => true,
        Err(Error::Server(error)) => {
            assert!(tells(&error), "{place}: {error}");
            if !alone {
                run(conn, &["ROLLBACK"]).await;
            }
            false
        }
        Err(broken) => panic!("{place}: the connection broke: {broken}"),
    }
}

async fn cuts(brand: Brand) {
    let Some(field) = Field::of(brand).await else { return };
    let mut outcomes = [0, 0];
    let mut rows = field.rows().await;
    // Whom a client's statements have as their merge node follows from its number.
    let mut clients = [field.pair.connect().await, field.pair.connect().await];
    for turn in 0..TURNS {
        let (wire, conn, alone) = (&field.pair.wires[turn % 2], &mut clients[turn / 2 % 2], turn / 4 % 2 == 0);
        let statements: &[&str] = if turn / 8 == 0 { &[UPDATE] } else { &[INSERT, DELETE] };
        let mut whole = [0; 2];
        for (statement, whole) in statements.iter().zip(&mut whole) {
            let done = acknowledged(conn, statement, alone, (wire, Fault::None), statement).await;
            assert!(done, "{statement}: nothing was broken");
            *whole = wire.passed();
            rows = made(statement, &rows);
        }
        for cut in 0..CUTS {
            let at = if statements.len() > 1 && rows.iter().any(|(id, _)| *id >= 100) { 1 } else { 0 };
            let (statement, whole) = (statements[at], whole[at]);
            let bytes = whole * (cut * TURNS + turn) / (CUTS * TURNS);
            let place = format!("{statement}, alone: {alone}, cut after {bytes} of {whole} bytes");
            let done = acknowledged(conn, statement, alone, (wire, Fault::CutAfter(bytes)), &place).await;
            wire.set(Fault::None);
            let due = if done { made(statement, &rows) } else { rows };
            rows = field.rows().await;
            assert_eq!(rows, due, "{place}, acknowledged: {done}");
            outcomes[usize::from(done)] += 1;
            let one: Option<u32> = conn.query_first("SELECT v FROM t WHERE id = 2").await.unwrap();
            assert_eq!(one, Some(100), "{place}: the connection is of no use");
        }
        run(conn, &[DELETE]).await;
        rows = made(DELETE, &rows);
    }
    println!("{brand:?}: {} cuts, of which {} were not noticed", outcomes[0] + outcomes[1], outcomes[1]);
    assert!(outcomes[0] > 0, "no statement was broken by a cut");
    field.no_tables_are_left().await;
    // Nor is one left on a connection that is used again: it would be in the way.
    for conn in &mut clients {
        run(conn, &[UPDATE, INSERT, DELETE]).await;
    }
}

async fn deaths(brand: Brand) {
    const STEPS: [(&str, bool); 12] = [
        ("Rewrite.copied", false),
        ("Rewrite.changed", false),
        ("Rewrite.sent", false),
        ("Rewrite.written", false),
        ("Decide.0.sent", false),
        ("Prepare.1.sent", false),
        ("Prepare.1.heard", false),
        ("Commit.0.before", false),
        ("Commit.0.heard", true),
        ("CommitPrepared.1.before", true),
        ("CommitPrepared.1.sent", true),
        ("CommitPrepared.1.heard", true),
    ];
    let Some(field) = Field::of(brand).await else { return };
    let mut rows = field.rows().await;
    for (step, is_done) in STEPS {
        let dying = second(&field.pair, "recovery_interval_ms: 0").environment("WEIR_CRASH_AT", step).start();
        let mut conn = dying.connect("shop").await;
        let statement = if rows.iter().all(|(id, _)| *id < 100) { INSERT } else { DELETE };
        match conn.query_drop(statement).await {
            Err(Error::Server(error)) => panic!("{step}: an answer instead of a crash: {error}"),
            Ok(()) => panic!("{step}: it is never reached"),
            Err(_) => dying.process().wait_for_end(LIMIT).unwrap_or_else(|why| panic!("{step}: {why}")),
        }
        let due = if is_done { made(statement, &rows) } else { rows };
        rows = field.rows().await;
        assert_eq!(rows, due, "{statement}, dying at {step}");
    }
    field.no_tables_are_left().await;
    let mut conn = field.pair.connect().await;
    run(&mut conn, &[UPDATE, DELETE]).await;
}
