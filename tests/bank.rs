//! The bank: money goes from account to account over several instances through several Weirs, while Weirs and servers are
//! killed, connections are cut at any byte, and all of them stop for a while; and at every look it adds up.
//!
//! `make bank` runs it long, `make suites` short. `BANK_SECONDS` says how long; with `BANK_KILLS` it lasts until so many
//! kills and `BANK_TRANSFERS` acknowledged transfers are done. `BANK_SEED` repeats a run's choices, `BANK_BRAND` (mariadb
//! or mysql) leaves the other one out, `BANK_RECORD` names a file that adds runs up. docs/transactions.md says what is
//! checked.

mod chaos;
mod check;
pub(crate) mod dice;
mod record;
mod settle;
mod traffic;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use indicatif::{ProgressBar, ProgressStyle};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

use crate::servers::{Brand, Server};
use chaos::{INSTANCES, SHARDS, Town, Until};
use check::{Entry, Outcome, Told, Violation};
use dice::Dice;
use record::Run;
use settle::settle;
use traffic::{ACCOUNTS, Client, LISTS, Memory, OPENING, Progress, list, numbers};

const TRANSFERRING: u64 = 8;
const APPENDING: u64 = 2;
const READING: u64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; make suites and make bank run it"]
async fn money_adds_up_on_mariadb() {
    run(Brand::MariaDb, "mariadb").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; make suites and make bank run it"]
async fn money_adds_up_on_mysql() {
    run(Brand::MySql, "mysql").await;
}

async fn run(brand: Brand, name: &str) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    if std::env::var("BANK_BRAND").is_ok_and(|brand| brand != name) {
        return;
    }
    let seed = variable("BANK_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 32 | now_ns());
    let kills = variable("BANK_KILLS").unwrap_or(0);
    let until = Until {
        seconds: variable("BANK_SECONDS").unwrap_or(45),
        kills,
        transfers: variable("BANK_TRANSFERS").unwrap_or(100 * kills),
    };
    println!("bank on {name}: BANK_SEED={seed}, {until:?}");
    let mut town = match Town::found(brand).await {
        Ok(town) => town,
        Err(why) => return println!("SKIPPED bank on {name}: {why}"),
    };
    town.open();
    lay_out(&town).await;
    let progress = Arc::new(Progress::new());
    let clients = open_clients(&progress, &town.ports(), seed);
    let mut town = besiege(town, &progress, seed, until).await;
    progress.stop.store(true, Ordering::Relaxed);
    let mut memory = Memory::default();
    for client in clients {
        memory.take(client.await.expect("a client"));
    }
    town.open();
    let (settled, mut violations) = settle(&town.servers, |server, port| town.whose(server, port)).await;
    if !violations.is_empty() {
        println!("bank on {name}: left after {settled:?}: {violations:#?}\n{}", town.transactions().await);
    }
    violations.extend(progress.violations.lock().unwrap().iter().map(|violation| format!("in a cut: {violation:?}")));
    violations.extend(verdict(&town.servers, &memory).await);
    for (what, why) in &*progress.not_served.lock().unwrap() {
        println!("SKIPPED bank on {name}, {what}: {why}");
    }
    let doubt = if violations.iter().any(|violation| violation.contains("in doubt")) { "something" } else { "nothing" };
    println!("bank on {name}: {}, {doubt} in doubt after {settled:?}", summary(&memory, &progress, &town));
    if let Ok(path) = std::env::var("BANK_RECORD") {
        let run = Run {
            brand: name.to_owned(),
            seed,
            kills: town.kills(),
            transfers: progress.acknowledged.load(Ordering::Relaxed),
            cuts: progress.cuts.load(Ordering::Relaxed),
            violations: u64::try_from(violations.len()).expect("few"),
        };
        println!("bank on {name}: {}", run.record(Path::new(&path)).expect("a file for the record"));
    }
    if !violations.is_empty() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bank-{name}-{seed}.log"));
        std::fs::write(&path, town.logs()).expect("a log");
        let shown: Vec<&String> = violations.iter().take(20).collect();
        panic!("BANK_SEED={seed}: {} violations: {shown:#?}\nthe Weirs' logs: {}", violations.len(), path.display());
    }
}

/// Tables and opening balances, through Weir.
async fn lay_out(town: &Town) {
    for shard in 0..SHARDS {
        let mut conn = town.servers[shard * INSTANCES / SHARDS].connect().await;
        conn.query_drop(format!("CREATE DATABASE bank_{shard:02}")).await.expect("a physical database");
    }
    let mut conn = town.weir().connect("bank").await;
    let accounts: Vec<String> = (0..ACCOUNTS).map(|id| format!("({id}, {OPENING}, 0, 0)")).collect();
    let lists: Vec<String> = (0..LISTS).map(|key| format!("({key}, '')")).collect();
    let statements = [
        "CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL, pot BIGINT NOT NULL, \
         touched BIGINT NOT NULL)",
        "CREATE TABLE ledger (account INT NOT NULL, transfer BIGINT NOT NULL, amount BIGINT NOT NULL, \
         PRIMARY KEY (account, transfer))",
        "CREATE TABLE lists (k INT NOT NULL PRIMARY KEY, vals TEXT NOT NULL)",
        &format!("INSERT INTO accounts (id, balance, pot, touched) VALUES {}", accounts.join(",")),
        &format!("INSERT INTO lists (k, vals) VALUES {}", lists.join(",")),
    ];
    for statement in statements {
        conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{error}: {statement:.60}"));
    }
}

fn open_clients(progress: &Arc<Progress>, ports: &Arc<[u16]>, seed: u64) -> Vec<tokio::task::JoinHandle<Memory>> {
    let client = |stream| Client::new(progress, ports, Dice::new(seed, stream));
    let transferring = (1..=TRANSFERRING).map(|stream| tokio::spawn(client(stream).transfers()));
    let appending = (101..=100 + APPENDING).map(|stream| tokio::spawn(client(stream).appends()));
    let reading = (201..=200 + READING).map(|stream| tokio::spawn(client(stream).reads()));
    transferring.chain(appending).chain(reading).collect()
}

/// Breaks things on a thread of its own, because all that waits there blocks.
async fn besiege(mut town: Town, progress: &Arc<Progress>, seed: u64, until: Until) -> Town {
    let progress = Arc::clone(progress);
    let siege = move || {
        let bar = bar(until);
        town.strike(&progress, &mut Dice::new(seed, 0), until, |town| {
            bar.set_position(if until.kills > 0 { town.kills() } else { bar.elapsed().as_secs() });
            let acknowledged = progress.acknowledged.load(Ordering::Relaxed);
            bar.set_message(format!("{acknowledged} acknowledged, {:?}", town.done));
        });
        bar.finish_and_clear();
        town
    };
    tokio::task::spawn_blocking(siege).await.expect("what was broken was mended")
}

fn bar(until: Until) -> ProgressBar {
    let (length, unit) = if until.kills > 0 { (until.kills, "kills") } else { (until.seconds, "s") };
    let template = format!("{{elapsed}} {{bar:30}} {{pos}}/{{len}} {unit}, {{msg}}");
    ProgressBar::new(length).with_style(ProgressStyle::with_template(&template).expect("a template"))
}

/// What is wrong with what the servers hold, asked directly.
async fn verdict(servers: &[Server], memory: &Memory) -> Vec<String> {
    let mut accounts = BTreeMap::new();
    let mut entries = Vec::new();
    let mut lists = BTreeMap::new();
    let (mut pot, mut touched) = (0, 0);
    for shard in 0..SHARDS {
        let mut conn = servers[shard * INSTANCES / SHARDS].connect().await;
        let schema = format!("bank_{shard:02}");
        for row in rows(&mut conn, &format!("SELECT id, balance, pot, touched FROM {schema}.accounts")).await {
            let [id, balance, one_pot, one_touched] = numbers(row).expect("numbers");
            accounts.insert(u32::try_from(id).expect("an account"), balance);
            (pot, touched) = (pot + one_pot, touched + one_touched);
        }
        for row in rows(&mut conn, &format!("SELECT account, transfer, amount FROM {schema}.ledger")).await {
            let [account, transfer, amount] = numbers(row).expect("numbers");
            let (account, transfer) = (u32::try_from(account), u64::try_from(transfer));
            entries.push(Entry { account: account.expect("an account"), transfer: transfer.expect("an id"), amount });
        }
        for row in rows(&mut conn, &format!("SELECT k, vals FROM {schema}.lists")).await {
            let seen = list(row).expect("a list");
            lists.insert(seen.key, seen.values);
        }
    }
    assert_eq!((accounts.len(), lists.len()), (count(ACCOUNTS), count(LISTS)), "all rows are there");
    let mut violations: Vec<Violation> = check::ledger(OPENING, &accounts, &entries, &memory.transfers);
    violations.extend(check::sum(0, pot));
    violations.extend(check::count(touched, &memory.updates));
    violations.extend(check::lists(&lists, &memory.appends, &memory.seen));
    violations.extend(check::recent(&memory.appends, &memory.seen));
    violations.iter().map(|violation| format!("at the end: {violation:?}{}", memory.story(violation))).collect()
}

fn summary(memory: &Memory, progress: &Progress, town: &Town) -> String {
    let tell = |what: &str, outcomes: &mut dyn Iterator<Item = Outcome>| {
        let mut counts = [0; 3];
        for outcome in outcomes {
            counts[match outcome {
                Outcome::Acknowledged => 0,
                Outcome::Undone => 1,
                Outcome::Unknown => 2,
            }] += 1;
        }
        format!("{what}: {} acknowledged, {} undone, {} unknown", counts[0], counts[1], counts[2])
    };
    [
        tell("transfers", &mut memory.transfers.iter().map(|one| one.outcome)),
        tell("two-sided updates", &mut memory.updates.iter().copied()),
        tell("appends", &mut memory.appends.iter().map(|one| one.outcome)),
        format!("{} lists seen, {} cuts", memory.seen.len(), progress.cuts.load(Ordering::Relaxed)),
        format!("{} kills {:?}", town.kills(), town.done),
    ]
    .join("; ")
}

// === impl Memory ===

impl Memory {
    /// What its client remembers of what a violation is about.
    fn story(&self, violation: &Violation) -> String {
        let tell = |told: &Told, what: String| {
            format!(", told at port {} after {} ms: {what}", told.port, told.at.as_millis())
        };
        let transfer = self.transfers.iter().find(|one| Some(one.id) == violation.id());
        let append = self.appends.iter().find(|one| Some(one.value) == violation.id());
        let told = transfer
            .map(|one| tell(&one.told, format!("{one:?}")))
            .or_else(|| append.map(|one| tell(&one.told, format!("{one:?}"))));
        told.unwrap_or_default()
    }

    fn take(&mut self, other: Self) {
        self.transfers.extend(other.transfers);
        self.updates.extend(other.updates);
        self.appends.extend(other.appends);
        self.seen.extend(other.seen);
    }
}

async fn rows(conn: &mut Conn, statement: &str) -> Vec<Row> {
    conn.query(statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"))
}

fn count(number: u32) -> usize {
    usize::try_from(number).expect("a word of at least 32 bits")
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a whole number")))
}

fn now_ns() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::from(since.subsec_nanos()))
}
