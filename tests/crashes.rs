//! A Weir that dies before, in or after any step of a commit or of recovery: another one ends what is left, all one way,
//! within ten seconds of being up; what was acknowledged stays.

use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error};

use crate::servers::{Brand, Server};
use crate::weir::{Setup, Weir, create_shards, rules_over_eight};

/// What the project promises.
const RECOVERED_WITHIN: Duration = Duration::from_secs(10);
const DIES_WITHIN: Duration = Duration::from_secs(20);

/// Row `n` of `t` is on shard `n % 8`: these are on instances a, b and d of four.
const ROWS: [u32; 3] = [0, 2, 6];

/// Four servers of this test's own: prepared branches are looked for on whole servers.
struct Field {
    instances: Vec<Server>,
}

// === impl Field ===

impl Field {
    async fn of(brand: Brand) -> Option<Self> {
        let started: Result<Vec<Server>, String> = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..4).map(|_| scope.spawn(|| Server::of(brand))).collect();
            starting.into_iter().map(|server| server.join().expect("a server starts")).collect()
        });
        let instances = match started {
            Ok(instances) => instances,
            Err(why) => {
                assert_eq!(brand, Brand::MySql, "{why}");
                println!("SKIPPED crashes on MySQL 9: {why}");
                return None;
            }
        };
        create_shards("shop", &instances.iter().collect::<Vec<_>>()).await;
        let field = Self { instances };
        let weir = field.setup().start();
        let mut conn = weir.connect("shop").await;
        conn.query_drop("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB").await.unwrap();
        conn.query_drop("INSERT INTO t VALUES (0, 0), (2, 0), (6, 0)").await.unwrap();
        Some(field)
    }

    fn setup(&self) -> Setup {
        let rules = rules_over_eight("shop", "shop", 4, "  t: { dbpartition: hash(id) }\n");
        Setup::over(&self.instances).rules("shop", rules)
    }

    fn dying_at(&self, point: &str) -> Weir {
        self.setup().environment("WEIR_CRASH_AT", point).start()
    }

    /// Prepared branches of Weir's on all servers.
    async fn prepared(&self) -> Vec<String> {
        let mut found = Vec::new();
        for server in &self.instances {
            let rows: Vec<(i64, i64, i64, Vec<u8>)> = server.connect().await.query("XA RECOVER").await.unwrap();
            found.extend(rows.into_iter().map(|row| String::from_utf8_lossy(&row.3).into_owned()));
        }
        found
    }

    /// Waits until nothing is in doubt; gives the values of the rows.
    async fn recovered(&self, what: &str) -> Vec<u32> {
        let weir = self.setup().start();
        let up = Instant::now();
        loop {
            let prepared = self.prepared().await;
            if prepared.is_empty() {
                break;
            }
            assert!(up.elapsed() < RECOVERED_WITHIN, "{what}: still in doubt: {prepared:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut conn = weir.connect("shop").await;
        // Waits for what a server may not have noticed yet: a local branch whose client is gone.
        conn.query("SELECT v FROM t WHERE id IN (0, 2, 6) ORDER BY id FOR UPDATE").await.unwrap()
    }
}

/// Whether a client got its OK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Committed,
    Nothing,
}

/// Adds one to the rows of the first `branches` instances in one transaction.
async fn transfer(conn: &mut Conn, branches: usize) -> Told {
    conn.query_drop("BEGIN").await.unwrap();
    for row in &ROWS[..branches] {
        conn.query_drop(format!("UPDATE t SET v = v + 1 WHERE id = {row}")).await.unwrap();
    }
    match conn.query_drop("COMMIT").await {
        Ok(()) => Told::Committed,
        Err(Error::Server(error)) => panic!("an answer instead of a crash: {error}"),
        Err(_) => Told::Nothing,
    }
}

/// Where a commit of so many written branches can die.
fn points(branches: usize) -> Vec<String> {
    if branches == 1 {
        return vec!["Commit.0.before".to_owned(), "Commit.0.heard".to_owned()];
    }
    let words = |word: &str, places: std::ops::Range<usize>| {
        let place = |at: usize| ["before", "sent", "heard"].map(|when| format!("{word}.{at}.{when}"));
        places.flat_map(place).collect::<Vec<_>>()
    };
    [words("Decide", 0..1), words("Prepare", 1..branches), words("Commit", 0..1), words("CommitPrepared", 1..branches)]
        .concat()
}

/// The first `branches` rows are all at `before` or all one more; gives which.
fn one_outcome(what: &str, values: &[u32], branches: usize, before: &[u32]) -> Told {
    let steps: Vec<u32> = values.iter().zip(before).map(|(now, before)| now - before).collect();
    assert_eq!(steps[branches..], vec![0; 3 - branches], "{what}: a row that was not written");
    assert!(steps[..branches].iter().all(|step| *step == steps[0] && *step <= 1), "{what}: torn: {values:?}");
    if steps[0] == 1 { Told::Committed } else { Told::Nothing }
}

async fn commits_that_die(brand: Brand) {
    let Some(field) = Field::of(brand).await else { return };
    let mut before = vec![0; 3];
    let mut outcomes = [0, 0];
    for branches in 1..=3 {
        for point in points(branches) {
            let what = format!("{branches} branches, dying at {point}");
            let weir = field.dying_at(&point);
            let mut conn = weir.connect("shop").await;
            let told = transfer(&mut conn, branches).await;
            weir.process().wait_for_end(DIES_WITHIN).unwrap_or_else(|why| panic!("{what}: {why}"));
            drop(weir);
            let values = field.recovered(&what).await;
            let outcome = one_outcome(&what, &values, branches, &before);
            assert!(told == Told::Nothing || outcome == Told::Committed, "{what}: acknowledged and lost");
            let decided = point.starts_with("CommitPrepared") || point == "Commit.0.heard";
            let undecided = point.starts_with("Prepare") || point.starts_with("Decide") || point == "Commit.0.before";
            assert!(!decided || outcome == Told::Committed, "{what}: decided and rolled back");
            assert!(!undecided || outcome == Told::Nothing, "{what}: committed without a decision");
            outcomes[usize::from(outcome == Told::Committed)] += 1;
            before = values;
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

async fn recoveries_that_die(brand: Brand) {
    let Some(field) = Field::of(brand).await else { return };
    let mut before = vec![0; 3];
    for (commit, outcome) in [("Commit.0.heard", Told::Committed), ("Prepare.2.heard", Told::Nothing)] {
        for recovery in ["Settle.before", "Settle.after", "End.before", "End.after"] {
            let what = format!("commit dying at {commit}, recovery dying at {recovery}");
            let weir = field.dying_at(commit);
            let mut conn = weir.connect("shop").await;
            transfer(&mut conn, 3).await;
            weir.process().wait_for_end(DIES_WITHIN).unwrap_or_else(|why| panic!("{what}: {why}"));
            assert_eq!(field.prepared().await.len(), 2, "{what}");
            let recoverer = field.dying_at(recovery);
            recoverer.process().wait_for_end(DIES_WITHIN).unwrap_or_else(|why| panic!("{what}: {why}"));
            let values = field.recovered(&what).await;
            assert_eq!(one_outcome(&what, &values, 3, &before), outcome, "{what}");
            before = values;
        }
    }
}

#[tokio::test]
async fn one_outcome_wherever_a_commit_dies_mariadb() {
    commits_that_die(Brand::MariaDb).await;
}

#[tokio::test]
async fn one_outcome_wherever_a_commit_dies_mysql() {
    commits_that_die(Brand::MySql).await;
}

#[tokio::test]
async fn one_outcome_wherever_a_recovery_dies_mariadb() {
    recoveries_that_die(Brand::MariaDb).await;
}

#[tokio::test]
async fn one_outcome_wherever_a_recovery_dies_mysql() {
    recoveries_that_die(Brand::MySql).await;
}
