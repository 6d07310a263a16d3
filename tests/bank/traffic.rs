//! What clients do at the bank, and what each of them knows afterwards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, FromRowError, Row, Value, from_row_opt};
use tokio::time::timeout;

use super::check::{Append, Outcome, Seen, Told, Transfer, Violation, cut, sum};
use super::dice::Dice;
use crate::weir::{APP, APP_PASSWORD};

pub(crate) const ACCOUNTS: u32 = 96;
pub(crate) const OPENING: i64 = 1000;
pub(crate) const LISTS: u32 = 2048;
/// Appends go to so many lists at a time, and to the next ones after so many values each.
const OPEN_LISTS: u32 = 16;
const VALUES_EACH: u64 = 40;

/// Longer than any answer may take while one thing is broken at a time; then its client knows nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// `START TRANSACTION WITH CONSISTENT SNAPSHOT` and writes on two instances, where they are not served.
const NOT_SERVED: [u16; 3] = [21002, 21003, 21015];
/// Errors of a COMMIT, or of a statement outside of a transaction, after which nothing has been done: deadlock, lock
/// wait, duplicate key, rolled back at commit, not able to take part, refused.
const UNDONE: [u16; 8] = [1213, 1205, 1062, 21032, 21033, 21001, 21002, 21003];

/// What all clients of a run share.
pub(crate) struct Progress {
    pub(crate) began: Instant,
    pub(crate) stop: AtomicBool,
    pub(crate) next: AtomicU64,
    /// Transfers; two-sided updates and appends are not counted here.
    pub(crate) acknowledged: AtomicU64,
    pub(crate) cuts: AtomicU64,
    /// The reason of each kind of statement that is not served.
    pub(crate) not_served: Mutex<std::collections::BTreeMap<&'static str, String>>,
    /// What cuts showed.
    pub(crate) violations: Mutex<Vec<Violation>>,
}

/// What one client remembers.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) transfers: Vec<Transfer>,
    /// Two-sided updates outside of a transaction.
    pub(crate) updates: Vec<Outcome>,
    pub(crate) appends: Vec<Append>,
    pub(crate) seen: Vec<Seen>,
}

/// One client.
pub(crate) struct Client {
    progress: Arc<Progress>,
    /// Where the Weirs are.
    ports: Arc<[u16]>,
    dice: Dice,
    memory: Memory,
    conn: Option<Conn>,
    /// The Weir at its other end.
    port: u16,
}

/// How far a transaction came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// No COMMIT was sent.
    Nothing,
    Commit,
    /// And OK was heard.
    Answered,
}

/// How a statement travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Text,
    Prepared,
}

const ISOLATION: [&str; 4] = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

// === impl Progress ===

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            stop: AtomicBool::default(),
            next: AtomicU64::default(),
            acknowledged: AtomicU64::default(),
            cuts: AtomicU64::default(),
            not_served: Mutex::default(),
            violations: Mutex::default(),
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn note(&self, outcome: Outcome) {
        if outcome == Outcome::Acknowledged {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn refuse(&self, what: &'static str, error: &Error) -> bool {
        let refused = matches!(error, Error::Server(error) if NOT_SERVED.contains(&error.code));
        if refused {
            self.not_served.lock().unwrap().entry(what).or_insert_with(|| error.to_string());
        }
        refused
    }
}

// === impl Client ===

impl Client {
    pub(crate) fn new(progress: &Arc<Progress>, ports: &Arc<[u16]>, dice: Dice) -> Self {
        Self {
            progress: Arc::clone(progress),
            ports: Arc::clone(ports),
            dice,
            memory: Memory::default(),
            conn: None,
            port: 0,
        }
    }

    /// Transfers until it is told to stop.
    pub(crate) async fn transfers(mut self) -> Memory {
        while !self.progress.stopped() {
            let Some(mut conn) = self.connection().await else { continue };
            let usable = match self.dice.below(8) {
                0 => self.update(&mut conn).await,
                _ => self.transfer(&mut conn).await,
            };
            self.conn = usable.then_some(conn);
        }
        self.memory
    }

    /// Appends until it is told to stop.
    pub(crate) async fn appends(mut self) -> Memory {
        while !self.progress.stopped() {
            let Some(mut conn) = self.connection().await else { continue };
            let usable = self.append(&mut conn).await;
            self.conn = usable.then_some(conn);
        }
        self.memory
    }

    /// Reads single lists and cuts until it is told to stop.
    pub(crate) async fn reads(mut self) -> Memory {
        while !self.progress.stopped() {
            let Some(mut conn) = self.connection().await else { continue };
            let usable = match self.dice.below(3) {
                0 => self.cut(&mut conn).await,
                _ => self.look(&mut conn).await,
            };
            self.conn = usable.then_some(conn);
        }
        self.memory
    }

    /// The connection that is open, or a new one to any Weir; None after a short while if there is none.
    async fn connection(&mut self) -> Option<Conn> {
        if let Some(conn) = self.conn.take()
            && !self.dice.one_in(200)
        {
            return Some(conn);
        }
        self.port = *self.dice.pick(&self.ports);
        match timeout(PATIENCE, crate::servers::connect(self.port, APP, APP_PASSWORD, Some("bank"))).await {
            Ok(Ok(conn)) => Some(conn),
            // A Weir that is being started again: another one, or the same a little later.
            Ok(Err(_)) | Err(_) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                None
            }
        }
    }

    async fn transfer(&mut self, conn: &mut Conn) -> bool {
        let (id, amount) = (self.progress.id(), i64::from(self.dice.below(20)) + 1);
        let (from, to) = self.two_of(ACCOUNTS);
        let mut asked = Asked::Nothing;
        let ended =
            timeout(PATIENCE, self.say_transfer(conn, [id, u64::from(from), u64::from(to)], amount, &mut asked));
        let ended = ended.await;
        let (outcome, usable) = self.outcome(conn, "transfers between instances", ended, asked).await;
        self.progress.note(outcome);
        self.memory.transfers.push(Transfer { id, from, to, amount, outcome, told: self.told() });
        usable
    }

    /// Says the statements of a transfer; false when it was rolled back on purpose.
    async fn say_transfer(
        &mut self,
        conn: &mut Conn,
        [id, from, to]: [u64; 3],
        amount: i64,
        asked: &mut Asked,
    ) -> Result<bool, Error> {
        let protocol = self.protocol();
        let by_autocommit = self.begin(conn).await?;
        let ledger = "INSERT INTO ledger (account, transfer, amount) VALUES";
        let debit = format!("UPDATE accounts SET balance = balance - {amount} WHERE id = {from}");
        let credit = format!("UPDATE accounts SET balance = balance + {amount} WHERE id = {to}");
        say(conn, protocol, &debit).await?;
        if self.dice.one_in(6) {
            self.take_back(conn, protocol, to).await?;
        }
        say(conn, protocol, &credit).await?;
        if self.dice.one_in(2) {
            say(conn, protocol, &format!("{ledger} ({from}, {id}, -{amount}), ({to}, {id}, {amount})")).await?;
        } else {
            say(conn, protocol, &format!("{ledger} ({from}, {id}, -{amount})")).await?;
            say(conn, protocol, &format!("{ledger} ({to}, {id}, {amount})")).await?;
        }
        if self.dice.one_in(8) {
            // A statement that fails leaves the transaction as it was, on every instance.
            match say(conn, protocol, &format!("{ledger} ({to}, {id}, 1), ({from}, {id}, 1)")).await {
                Err(Error::Server(error)) if error.code == 1062 => {}
                Err(other) => return Err(other),
                Ok(()) => self.progress.violations.lock().unwrap().push(Violation::Twice { key: 0, value: id }),
            }
        }
        if self.dice.one_in(10) {
            conn.query_drop("ROLLBACK").await?;
            self.end(conn, by_autocommit).await?;
            return Ok(false);
        }
        *asked = Asked::Commit;
        conn.query_drop("COMMIT").await?;
        *asked = Asked::Answered;
        self.end(conn, by_autocommit).await?;
        Ok(true)
    }

    /// Opens a transaction in one of the ways there are; says whether by autocommit=0.
    async fn begin(&mut self, conn: &mut Conn) -> Result<bool, Error> {
        if self.dice.one_in(2) {
            let level = self.dice.pick(&ISOLATION);
            conn.query_drop(format!("SET TRANSACTION ISOLATION LEVEL {level}")).await?;
        }
        let by_autocommit = self.dice.one_in(5);
        conn.query_drop(if by_autocommit { "SET autocommit = 0" } else { "START TRANSACTION" }).await?;
        Ok(by_autocommit)
    }

    async fn end(&mut self, conn: &mut Conn, by_autocommit: bool) -> Result<(), Error> {
        if by_autocommit { conn.query_drop("SET autocommit = 1").await } else { Ok(()) }
    }

    /// Writes and takes it back by a savepoint.
    async fn take_back(&mut self, conn: &mut Conn, protocol: Protocol, to: u64) -> Result<(), Error> {
        let other = self.dice.below(ACCOUNTS);
        conn.query_drop("SAVEPOINT here").await?;
        say(conn, protocol, &format!("UPDATE accounts SET balance = balance + 1000000 WHERE id IN ({to}, {other})"))
            .await?;
        conn.query_drop("ROLLBACK TO SAVEPOINT here").await?;
        Ok(())
    }

    /// One statement, outside of a transaction, that changes two accounts.
    async fn update(&mut self, conn: &mut Conn) -> bool {
        let (from, to) = self.two_of(ACCOUNTS);
        let protocol = self.protocol();
        let statement = format!(
            "UPDATE accounts SET pot = pot + CASE id WHEN {from} THEN -3 ELSE 3 END, touched = touched + 1 \
             WHERE id IN ({from}, {to})"
        );
        let ended = timeout(PATIENCE, async { say(conn, protocol, &statement).await.map(|()| true) }).await;
        let (outcome, usable) = self.outcome(conn, "updates on several instances", ended, Asked::Commit).await;
        self.memory.updates.push(outcome);
        usable
    }

    async fn append(&mut self, conn: &mut Conn) -> bool {
        let value = self.progress.id();
        let keys = keys_of(value);
        let mut asked = Asked::Nothing;
        let ended = timeout(PATIENCE, self.say_append(conn, value, keys, &mut asked)).await;
        let (outcome, usable) = self.outcome(conn, "appends on two instances", ended, asked).await;
        self.memory.appends.push(Append { value, keys, outcome, told: self.told() });
        usable
    }

    async fn say_append(
        &mut self,
        conn: &mut Conn,
        value: u64,
        keys: [u32; 2],
        asked: &mut Asked,
    ) -> Result<bool, Error> {
        let protocol = self.protocol();
        let by_autocommit = self.begin(conn).await?;
        for key in keys {
            say(conn, protocol, &format!("UPDATE lists SET vals = CONCAT(vals, ',{value}') WHERE k = {key}")).await?;
        }
        if self.dice.one_in(5) {
            conn.query_drop("ROLLBACK").await?;
            self.end(conn, by_autocommit).await?;
            return Ok(false);
        }
        *asked = Asked::Commit;
        conn.query_drop("COMMIT").await?;
        *asked = Asked::Answered;
        self.end(conn, by_autocommit).await?;
        Ok(true)
    }

    /// One list, outside of a transaction.
    async fn look(&mut self, conn: &mut Conn) -> bool {
        let keys = self.open_lists();
        let key = *self.dice.pick(&keys);
        let protocol = self.protocol();
        let statement = format!("SELECT k, vals FROM lists WHERE k = {key}");
        let Ok(Ok(rows)) = timeout(PATIENCE, rows(conn, protocol, &statement)).await else { return false };
        self.memory.seen.extend(rows.into_iter().filter_map(list));
        true
    }

    /// A consistent cut through all instances.
    async fn cut(&mut self, conn: &mut Conn) -> bool {
        let what = "consistent cuts";
        if self.progress.not_served.lock().unwrap().contains_key(what) {
            return true;
        }
        let keys = self.open_lists();
        let asked = self.progress.began.elapsed();
        let by_switch = self.dice.one_in(2);
        match timeout(PATIENCE, say_cut(conn, self.protocol(), &keys, by_switch)).await {
            Ok(Ok((sums, mut lists))) => {
                let due = [i64::from(ACCOUNTS) * OPENING, 0, i64::from(ACCOUNTS)];
                let mut found: Vec<Violation> =
                    due.iter().zip(&sums).filter_map(|(due, found)| sum(*due, *found)).collect();
                // Each update counts both of its sides.
                found.extend(sum(sums[3] / 2 * 2, sums[3]));
                found.extend(cut(&lists, |value| Some(keys_of(value))));
                self.progress.violations.lock().unwrap().extend(found);
                self.progress.cuts.fetch_add(1, Ordering::Relaxed);
                lists.iter_mut().for_each(|seen| seen.cut_at = Some(asked));
                self.memory.seen.extend(lists);
                true
            }
            Ok(Err(error)) => self.progress.refuse(what, &error),
            Err(_) => false,
        }
    }

    /// What its client knows of a transaction; and whether the connection can be used further.
    async fn outcome(
        &mut self,
        conn: &mut Conn,
        what: &'static str,
        ended: Result<Result<bool, Error>, tokio::time::error::Elapsed>,
        asked: Asked,
    ) -> (Outcome, bool) {
        let error = match ended {
            Ok(Ok(true)) => return (Outcome::Acknowledged, true),
            Ok(Ok(false)) => return (Outcome::Undone, true),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let said_undone = match &error {
            Some(Error::Server(said)) => UNDONE.contains(&said.code),
            _ => false,
        };
        let outcome = match asked {
            Asked::Answered => Outcome::Acknowledged,
            // What was not asked for cannot have happened.
            Asked::Nothing => Outcome::Undone,
            Asked::Commit if said_undone => Outcome::Undone,
            Asked::Commit => Outcome::Unknown,
        };
        // Cut, or no answer in time: the connection is of no use. After an error it must be.
        let Some(error @ Error::Server(_)) = error else { return (outcome, false) };
        self.progress.refuse(what, &error);
        let again = async {
            conn.query_drop("ROLLBACK").await?;
            conn.query_drop("SET autocommit = 1").await
        };
        (outcome, matches!(timeout(PATIENCE, again).await, Ok(Ok(()))))
    }

    fn told(&self) -> Told {
        Told { port: self.port, at: self.progress.began.elapsed() }
    }

    fn protocol(&mut self) -> Protocol {
        if self.dice.one_in(2) { Protocol::Text } else { Protocol::Prepared }
    }

    fn two_of(&mut self, end: u32) -> (u32, u32) {
        let first = self.dice.below(end);
        (first, (first + 1 + self.dice.below(end - 1)) % end)
    }

    /// The lists that are being appended to.
    fn open_lists(&self) -> Vec<u32> {
        let [first, _] = keys_of(self.progress.next.load(Ordering::Relaxed).max(1));
        let start = first / OPEN_LISTS * OPEN_LISTS;
        (start..start + OPEN_LISTS).collect()
    }
}

/// The two lists that a value belongs to.
fn keys_of(value: u64) -> [u32; 2] {
    let open = u64::from(OPEN_LISTS);
    let window = value / (open * VALUES_EACH) % (u64::from(LISTS) / open);
    let mut dice = Dice::new(value, 0);
    let first = dice.below(OPEN_LISTS);
    let second = (first + 1 + dice.below(OPEN_LISTS - 1)) % OPEN_LISTS;
    let start = u32::try_from(window).expect("few") * OPEN_LISTS;
    [start + first, start + second]
}

/// The sums of balances, pots, accounts and touches, and some lists: of one moment in a transaction, or each of a moment
/// of its own by Weir's switch.
async fn say_cut(
    conn: &mut Conn,
    protocol: Protocol,
    keys: &[u32],
    by_switch: bool,
) -> Result<([i64; 4], Vec<Seen>), Error> {
    let (before, after) = match by_switch {
        true => ("SET weir_consistent_read = ON", "SET weir_consistent_read = OFF"),
        false => ("START TRANSACTION WITH CONSISTENT SNAPSHOT", "COMMIT"),
    };
    conn.query_drop(before).await?;
    let sums = "SELECT SUM(balance), SUM(pot), COUNT(*), SUM(touched) FROM accounts";
    let sums = rows(conn, protocol, sums).await?.into_iter().next().and_then(numbers);
    let keys: Vec<String> = keys.iter().map(u32::to_string).collect();
    let lists = format!("SELECT k, vals FROM lists WHERE k IN ({})", keys.join(","));
    let lists = rows(conn, protocol, &lists).await?.into_iter().filter_map(list).collect();
    conn.query_drop(after).await?;
    Ok((sums.ok_or_else(|| Error::Other("sums that are no numbers".into()))?, lists))
}

async fn say(conn: &mut Conn, protocol: Protocol, statement: &str) -> Result<(), Error> {
    rows(conn, protocol, statement).await.map(drop)
}

async fn rows(conn: &mut Conn, protocol: Protocol, statement: &str) -> Result<Vec<Row>, Error> {
    match protocol {
        Protocol::Text => conn.query(statement).await,
        Protocol::Prepared => {
            let prepared = conn.prep(statement).await?;
            let rows = conn.exec(&prepared, ()).await;
            conn.close(prepared).await?;
            rows
        }
    }
}

/// Whole numbers of whatever type.
pub(crate) fn numbers<const N: usize>(row: Row) -> Option<[i64; N]> {
    let number = |value| match value {
        Value::Int(number) => Some(number),
        Value::Bytes(text) => std::str::from_utf8(&text).ok()?.parse().ok(),
        _ => None,
    };
    let numbers: Vec<i64> = row.unwrap().into_iter().map(number).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// A key and its values, `,1,2,3`.
pub(crate) fn list(row: Row) -> Option<Seen> {
    let parsed: Result<(u32, String), FromRowError> = from_row_opt(row);
    let (key, text) = parsed.ok()?;
    let values = text.split(',').skip(1).map(|value| value.parse().ok()).collect::<Option<_>>()?;
    Some(Seen { cut_at: None, key, values })
}
