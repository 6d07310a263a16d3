//! The commands of `weir` that end by themselves, and the HTTP side of `serve`.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::free_port;
use crate::servers::{Brand, Fleet, Server};
use crate::weir::{Setup, create_shards, eight_shards};

fn rules(tables: &str) -> Setup {
    let text = format!("schema: shop\n{}default: {{ single: shop_00 }}\ntables:\n{tables}", eight_shards("shop", 2));
    Setup::over_ports([free_port(), free_port()]).rules("shop", text)
}

#[test]
fn check_accepts_good_rules_without_a_server() {
    let (passed, text) = rules("  orders: { dbpartition: hash(user_id) }\n").run("check", &[]);
    assert!(passed, "{text}");
}

#[test]
fn check_lists_every_problem_with_its_place() {
    let bad = rules("  a: { dbpartition: hsh(id) }\n  b: { single: shop_09 }\n  c: { broadcast: true, binding: d }\n");
    let (passed, text) = bad.run("check", &[]);
    assert!(!passed, "{text}");
    // Three tables, on the lines after the four of the head: schema, shards and its two, default, tables.
    for (line, word) in [(7, "hsh"), (8, "shop_09"), (9, "binding")] {
        let place = format!("shop.yaml:{line}:");
        assert!(text.lines().any(|found| found.contains(&place)), "no problem at {place} in:\n{text}");
        assert!(text.contains(word), "{word} is not shown in:\n{text}");
    }
}

#[test]
fn serve_does_not_start_on_bad_rules() {
    let (passed, text) = rules("  a: { single: shop_99 }\n").run("serve", &[]);
    assert!(!passed && text.contains("shop_99"), "{text}");
}

#[test]
fn explain_shows_where_a_statement_goes_without_a_server() {
    let setup = rules("  orders: { dbpartition: hash(user_id) }\n");
    let (passed, text) = setup.run("explain", &["SELECT id FROM orders WHERE user_id = 5"]);
    assert!(passed && text.contains("shop_05") && !text.contains("shop_04"), "{text}");
}

#[tokio::test]
async fn http_tells_health_and_metrics() {
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards("http", &instances).await;
    let text = format!("schema: http\n{}default: {{ auto: hash }}\n", eight_shards("http", 2));
    let port = free_port();
    let weir = Setup::over(instances).rules("http", text).setting(&format!("http: 127.0.0.1:{port}")).start();
    let mut conn = weir.connect("http").await;
    conn.query_drop("SELECT 1").await.unwrap();
    let health = get(port, "/health").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    let metrics = get(port, "/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200") && metrics.contains("# TYPE weir_"), "{metrics}");
    assert!(get(port, "/nowhere").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn weir_idles_in_little_memory() {
    let instances: Vec<&Server> = Fleet::shared(Brand::MariaDb).unwrap().instances.iter().take(2).collect();
    create_shards("idle", &instances).await;
    let text = format!("schema: idle\n{}default: {{ auto: hash }}\n", eight_shards("idle", 2));
    let weir = Setup::over(instances).rules("idle", text).start();
    weir.connect("idle").await.disconnect().await.unwrap();
    let held = weir.process().resident_kib();
    println!("weir idles at {held} KiB");
    assert!(held < 50 * 1024, "{held} KiB");
}

pub(crate) async fn get(port: u16, path: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(10), socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}
