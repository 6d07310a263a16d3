//! Files that do not end well: clients, servers and transactions that break off, and files of any size.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use mysql_common::constants::CapabilityFlags;

use super::{Sides, connect, rows, told};
use crate::raw::{RawClient, error_in};
use crate::servers::{Brand, PASSWORD, USER};
use crate::transactions::on_both;
use crate::weir::{APP, APP_PASSWORD, Setup, rules_over_eight};

const INTERRUPTED: u16 = 1317;
const TOO_LONG: u16 = 21008;

on_both! {
    clients_and_servers_that_take_no_files_are_told_so: disabled;
    a_file_that_breaks_off_leaves_nothing: broken;
    a_large_file_is_not_held: large;
}

/// A file name that only a client of ours makes something of.
const LOAD: &str = "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' (id, s)";

async fn disabled(brand: Brand) {
    let Some(mut sides) = Sides::of(brand).await else { return };
    let (errno, part) = match brand {
        Brand::MariaDb => (4166, "has disabled the local infile capability"),
        Brand::MySql => (3948, "Loading local data is disabled"),
    };
    let mut without = RawClient::log_in(sides.weir.port, "shop").await;
    let (told_errno, message) = error_in(&without.command(format!("\x03{LOAD}").as_bytes()).await.unwrap()).unwrap();
    assert!(told_errno == errno && message.contains(part), "{told_errno} {message}");
    assert!(without.is_usable().await);
    let csv = "FIELDS TERMINATED BY ',' (id, s)";
    // Servers tell it in the middle of what they have to say to each other.
    for off in [vec![0, 1, 2], vec![0, 2]] {
        for server in off {
            sides.servers[server].connect().await.query_drop("SET GLOBAL local_infile = OFF").await.unwrap();
        }
        sides.same("t", csv, "1,a\n2,b\n").await;
        sides.both("BEGIN").await;
        sides.same("t", csv, "1,a\n2,b\n").await;
        sides.both("INSERT INTO t (id) VALUES (9), (10), (11), (12)").await;
        sides.both("ROLLBACK").await;
        for server in 0..3 {
            sides.servers[server].connect().await.query_drop("SET GLOBAL local_infile = ON").await.unwrap();
        }
        sides.same("t", csv, "1,a\n2,b\n").await;
        sides.both("TRUNCATE TABLE t").await;
    }
    assert_eq!(rows(&mut sides.conn, "t").await.len(), 0);
}

/// A megabyte of lines, each with a key of its own.
fn megabyte(number: u32, step: u32) -> Vec<u8> {
    let id = |line: u32| (number * 10_000 + line) * step;
    (0..8192).flat_map(|line| format!("{},{}\n", id(line), "x".repeat(120)).into_bytes()).collect()
}

/// A client in the middle of a file: lines for four tables on both instances, of which each has got some.
async fn begun(sides: &Sides) -> RawClient {
    let mut client = RawClient::log_in_with(sides.weir.port, "shop", CapabilityFlags::CLIENT_LOCAL_FILES).await;
    let asked = client.command(format!("\x03{LOAD}").as_bytes()).await.unwrap();
    assert_eq!(asked, b"\xfbx");
    for number in 0..6 {
        client.write(&megabyte(number, 4)).await;
    }
    client
}

/// How many rows there are once nobody holds any: a transaction that still runs is waited for.
async fn count(conn: &mut Conn) -> usize {
    conn.query::<u32, _>("SELECT id FROM t FOR UPDATE").await.unwrap().len()
}

async fn broken(brand: Brand) {
    let Some(mut sides) = Sides::of(brand).await else { return };
    drop(begun(&sides).await);
    assert_eq!(count(&mut sides.conn).await, 0, "the client has left");

    let mut client = begun(&sides).await;
    client.sequence = client.sequence.wrapping_add(1);
    client.write(b"1,a\n").await;
    let answer = client.read().await;
    assert!(answer.as_deref().and_then(error_in).is_some_and(|(errno, _)| errno == 1156), "a packet out of order");
    assert_eq!(count(&mut sides.conn).await, 0);

    // What does not fit is told when the file has been read.
    let mut client = begun(&sides).await;
    client.write(b"no number,a\n").await;
    client.write(&megabyte(50, 4)).await;
    client.write(b"").await;
    let (errno, message) = error_in(&client.read().await.unwrap()).unwrap();
    assert!(errno == 21017 && message.ends_with("(row 49153 of the file)"), "{errno} {message}");
    assert!(client.is_usable().await);
    assert_eq!(count(&mut sides.conn).await, 0);

    let mut client = begun(&sides).await;
    let list: Vec<mysql_async::Row> = sides.conn.query("SHOW PROCESSLIST").await.unwrap();
    let ids = list.iter().map(|row| row.get::<u32, _>(0).unwrap());
    let id = ids.filter(|id| *id != sides.conn.id()).max().expect("it runs");
    sides.conn.query_drop(format!("KILL QUERY {id}")).await.unwrap();
    client.write(&megabyte(50, 4)).await;
    client.write(b"").await;
    let (errno, _) = error_in(&client.read().await.unwrap()).unwrap();
    assert_eq!(errno, INTERRUPTED);
    assert!(client.is_usable().await);
    assert_eq!(count(&mut sides.conn).await, 0);

    let mut client = begun(&sides).await;
    sides.servers[2].kill();
    client.write(&megabyte(50, 4)).await;
    client.write(b"").await;
    assert!(error_in(&client.read().await.unwrap()).is_some(), "an instance has died");
    assert!(client.is_usable().await);
    let left: Vec<u32> =
        sides.servers[1].connect().await.query("SELECT id FROM shop_00.t_00 FOR UPDATE").await.unwrap();
    assert_eq!(left.len(), 0);
}

async fn large(brand: Brand) {
    /// By what is on its way: 16 MiB of lines, and some pieces of a mebibyte for each instance.
    const GROWTH_KIB: u64 = 60 * 1024;
    const MEBIBYTES: u32 = 64;
    let Some(mut sides) = Sides::of(brand).await else { return };
    sides.conn.query_drop("DO 1").await.unwrap();
    let before = sides.weir.process().resident_kib();
    let mut client = RawClient::log_in_with(sides.weir.port, "shop", CapabilityFlags::CLIENT_LOCAL_FILES).await;
    client.command(format!("\x03{LOAD}").as_bytes()).await.unwrap();
    for number in 0..MEBIBYTES {
        client.write(&megabyte(number, 1)).await;
    }
    client.write(b"").await;
    let ok = client.read().await.unwrap();
    assert!(ok.first() == Some(&0), "{:?}", error_in(&ok));
    let grown = sides.weir.process().peak_kib() - before;
    println!("{brand:?}: {MEBIBYTES} MiB of lines, {grown} KiB more held");
    assert!(grown < GROWTH_KIB, "{grown} KiB");
    let lines = u64::from(MEBIBYTES) * 8192;
    let counted: (u64, u64) = sides.conn.query_first("SELECT COUNT(*), SUM(LENGTH(s)) FROM t").await.unwrap().unwrap();
    assert_eq!(counted, (lines, lines * 120));
}

on_both! {
    a_line_has_a_bound: bounded;
}

async fn bounded(brand: Brand) {
    let Some(sides) = Sides::of(brand).await else { return };
    let rules = rules_over_eight("shop", "shop", 2, super::TABLES);
    let setup = Setup::over(&sides.servers[1..]).setting("limits: { max_merge_bytes: 1048576 }").rules("shop", rules);
    let weir = setup.start();
    let mut conn = connect(weir.port, APP, APP_PASSWORD, &sides.folder).await;
    let path = sides.write(format!("1,a\n2,{}\n", "b".repeat(3 << 20)).as_bytes());
    let sql = format!("LOAD DATA LOCAL INFILE '{}' INTO TABLE t FIELDS TERMINATED BY ',' (id, s)", path.display());
    let answer = told(&mut conn, &sql).await;
    assert!(answer.starts_with(&TOO_LONG.to_string()), "{answer}");
    let answer = told(&mut connect(sides.servers[0].port, USER, PASSWORD, &sides.folder).await, &sql).await;
    assert!(answer.starts_with("2 rows"), "{answer}");
}
