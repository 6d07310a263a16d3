//! A differential fuzzer: random schemas, rules, rows and statements, each statement on one plain server and through
//! Weir over two instances. What differs is shrunk to a script of the differential suite and written to `target/fuzz`.
//!
//! `FUZZ_SEED` (random), `FUZZ_STATEMENTS` (no limit), `FUZZ_SECONDS` (150 for each brand), `FUZZ_BRAND` (`mariadb`,
//! `mysql`; both) and `FUZZ_ROUND` (all; one world of a seed again) choose what is run.

mod node;
mod pair;
mod planted;
mod select;
mod servers;
mod shrink;
mod source;
mod value;
mod world;
mod write;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use mysql_async::prelude::Queryable;

use crate::bank::dice::Dice;
use crate::differential::{Mode, Verdict, ranking, shape};
use crate::servers::{Brand, connect};
use crate::weir::{APP, APP_PASSWORD, Setup};
use node::Node;
use pair::{Pair, Sent};
use select::Grower;
use servers::Servers;
use shrink::{Case, rows_apart};
use world::World;

/// Weir's number for a server that cannot be reached, or was lost.
const INSTANCE_UNAVAILABLE: u16 = 21011;
/// How long each brand is fuzzed where nothing else is asked for.
const SECONDS: u64 = 150;
/// Reads of a world before its rows are changed.
const READS: u32 = 640;
/// Changes of a world; reads stand between them.
const CHANGES: u32 = 120;
/// Differences that are shrunk; further ones are only written down.
const MOST_SHRUNK: usize = 12;
/// Of those, how many that look alike.
const MOST_ALIKE: usize = 2;

#[tokio::test]
#[ignore = "takes minutes; make suites runs it, make fuzz for longer"]
async fn random_statements_on_mariadb_are_answered_alike() {
    fuzz(Brand::MariaDb).await;
}

#[tokio::test]
#[ignore = "takes minutes; make suites runs it, make fuzz for longer"]
async fn random_statements_on_mysql_are_answered_alike() {
    fuzz(Brand::MySql).await;
}

/// What has been found.
#[derive(Default)]
struct Tally {
    statements: usize,
    counts: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
    metadata: BTreeMap<String, usize>,
    scripts: Vec<String>,
    /// How often each kind of difference was seen.
    signatures: BTreeMap<String, usize>,
    wrong: usize,
}

fn knob(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

async fn fuzz(brand: Brand) {
    if std::env::var("FUZZ_BRAND").is_ok_and(|only| !only.eq_ignore_ascii_case(&format!("{brand:?}"))) {
        return;
    }
    let mut servers = match Servers::start(brand, 2) {
        Ok(servers) => servers,
        Err(why) => {
            println!("SKIPPED fuzzer on {brand:?}: {why}");
            return;
        }
    };
    let random = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |since| since.as_secs());
    let seed = knob("FUZZ_SEED").unwrap_or_else(random);
    let most = knob("FUZZ_STATEMENTS").map_or(usize::MAX, |most| usize::try_from(most).expect("a count"));
    let limit = match (knob("FUZZ_SECONDS"), most) {
        (Some(seconds), _) => Duration::from_secs(seconds),
        (None, usize::MAX) => Duration::from_secs(SECONDS),
        (None, _) => Duration::from_secs(86_400),
    };
    let start = Instant::now();
    println!("{brand:?}: FUZZ_SEED={seed}");
    let mut tally = Tally::default();
    let rounds = knob("FUZZ_ROUND").map_or(0..u64::MAX, |only| only..only + 1);
    for number in rounds {
        if start.elapsed() >= limit || tally.statements >= most {
            break;
        }
        let deadline = start + limit;
        Round { brand, servers: &servers, seed, number, deadline }.run(&mut tally).await;
        servers.revive();
        let rate = tally.statements as u64 / start.elapsed().as_secs().max(1);
        println!(
            "{brand:?} round {number}: {} statements, {rate}/s, {} refused, {} wrong",
            tally.statements,
            tally.reasons.values().sum::<usize>(),
            tally.wrong
        );
    }
    println!(
        "{brand:?}: FUZZ_SEED={seed}, {} statements in {:?}\n{}refused\n{}metadata\n{}wrong\n{}",
        tally.statements,
        start.elapsed(),
        ranking(&tally.counts),
        ranking(&tally.reasons),
        ranking(&tally.metadata),
        ranking(&tally.signatures)
    );
    assert!(tally.wrong == 0, "{} of {} answers are wrong; FUZZ_SEED={seed}", tally.wrong, tally.statements);
}

/// One world and the statements over it: all of it follows from the seed and the round's number.
struct Round<'s> {
    brand: Brand,
    servers: &'s Servers,
    seed: u64,
    number: u64,
    deadline: Instant,
}

// === impl Round ===

impl Round<'_> {
    async fn run(&self, tally: &mut Tally) {
        let mut dice = Dice::new(self.seed, self.number);
        let schema = "fuzz";
        let mut world = match self.number % 3 {
            2 => World::grow_two(&mut dice, self.brand, schema),
            _ => World::grow(&mut dice, self.brand, schema),
        };
        let mut root = self.servers.plain.connect().await;
        let account =
            format!("CREATE USER IF NOT EXISTS {APP} IDENTIFIED BY '{APP_PASSWORD}'; GRANT ALL ON *.* TO {APP}");
        root.query_drop(account).await.unwrap();
        let anew = |name: &str| format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}");
        let mut setup = Setup::over(&self.servers.instances);
        for (schema, turned) in world.schemas() {
            root.query_drop(anew(schema)).await.unwrap();
            for (half, instance) in [(0, usize::from(turned)), (1, usize::from(!turned))] {
                let mut conn = self.servers.instances[instance].connect().await;
                for database in half * world::DATABASES / 2..(half + 1) * world::DATABASES / 2 {
                    conn.query_drop(anew(&format!("{schema}_{database}"))).await.unwrap();
                }
            }
            setup = setup.rules(schema, world.rules(schema, turned));
        }
        let weir = setup.start();
        let mut pair = Pair {
            plain: connect(self.servers.plain.port, APP, APP_PASSWORD, Some(schema)).await.unwrap(),
            other: weir.connect(schema).await,
            brand: self.brand,
            fault: None,
            out_of_step: false,
        };
        pair::bound(&mut pair.plain, self.brand).await.unwrap();
        if let Err(why) = pair.make(&world).await {
            let rules: Vec<String> = world.schemas().iter().map(|(name, turned)| world.rules(name, *turned)).collect();
            panic!("FUZZ_SEED={} FUZZ_ROUND={}: {why}\n{}", self.seed, self.number, rules.concat());
        }
        if let Some(set) = world.session {
            pair.both(set).await.unwrap();
        }
        if self.reads(&mut pair, &world, &mut dice, READS, tally).await {
            self.changes(&mut pair, &mut world, &mut dice, tally).await;
        }
    }

    /// Whether the round can go on.
    async fn reads(&self, pair: &mut Pair, world: &World, dice: &mut Dice, many: u32, tally: &mut Tally) -> bool {
        for _ in 0..many {
            if Instant::now() > self.deadline {
                return false;
            }
            let prepared = dice.one_in(3);
            let grown = Grower::new(dice, world).statement();
            let sent = sent(dice, &grown.node, (prepared, self.brand), grown.ordered);
            tally.statements += 1;
            let found = match pair.compare(&sent).await {
                Ok((verdict, ..)) => tally.note(&sent, verdict),
                Err(why) => Some(why),
            };
            if let Some(why) = found {
                let case = Case {
                    world: world.clone(),
                    node: grown.node,
                    mode: sent.mode,
                    params: prepared,
                    ordered: grown.ordered,
                    changes: None,
                    class: None,
                };
                if !self.report(pair, case, &sent, why, tally).await {
                    return false;
                }
            }
        }
        true
    }

    async fn changes(&self, pair: &mut Pair, world: &mut World, dice: &mut Dice, tally: &mut Tally) {
        let mut next_id = 100;
        for _ in 0..CHANGES {
            if Instant::now() > self.deadline {
                return;
            }
            let prepared = dice.one_in(3);
            let change = Grower::new(dice, world).change(&mut next_id);
            let sent = sent(dice, &change.node, (prepared, self.brand), false);
            tally.statements += 1;
            let case = |world: &World| Case {
                world: world.clone(),
                node: change.node.clone(),
                mode: sent.mode,
                params: prepared,
                ordered: false,
                changes: Some(change.table.clone()),
                class: None,
            };
            let verdict = pair.change(&sent).await;
            let mut found = match verdict {
                Ok(verdict) => tally.note(&sent, verdict),
                Err(why) => Some(why),
            };
            match pair.rows(world.table(&change.table)).await {
                Ok((plain, weir)) if plain == weir => {
                    if found.is_none() {
                        let table = world.tables.iter_mut().find(|table| table.name == change.table);
                        table.expect("a table of this world").rows = plain;
                    }
                }
                Ok((plain, weir)) => {
                    if found.is_none() {
                        tally.wrong += 1;
                    }
                    found = Some(found.unwrap_or_default() + &rows_apart(&plain, &weir));
                }
                Err(why) => found = Some(why),
            }
            if let Some(why) = found {
                self.report(pair, case(world), &sent, why, tally).await;
                return;
            }
            if !self.reads(pair, world, dice, 1, tally).await {
                return;
            }
        }
    }

    /// Shrinks a difference and writes it down; whether the round can go on.
    async fn report(&self, pair: &mut Pair, case: Case, sent: &Sent, why: String, tally: &mut Tally) -> bool {
        let broken = why.contains(pair::BROKEN) || why.contains("no answer");
        let dead = if why.contains(pair::BROKEN) { self.servers.dead() } else { Vec::new() };
        if !dead.is_empty() {
            // One that only Weir speaks to died of what Weir made of the statement.
            tally.wrong += usize::from(self.servers.plain.process().runs());
            let died = format!("{} died of", dead.join(" and "));
            println!("{died} ({:?}): {} [{}]", sent.mode, sent.statement.sql, sent.statement.params.join(", "));
            *tally.counts.entry(died).or_default() += 1;
            return false;
        }
        if why.starts_with(pair::PLAIN) && why.contains("no answer") {
            *tally.counts.entry("the plain server takes too long".to_owned()).or_default() += 1;
            println!("{why} ({:?})\n    {}", sent.mode, sent.statement.sql);
            return false;
        }
        let origin = format!("{:?}, FUZZ_SEED={} FUZZ_ROUND={}", self.brand, self.seed, self.number);
        let seen = tally.signatures.entry(signature(&sent.statement.sql, &why)).or_default();
        *seen += 1;
        let mut gone = false;
        let script = if *seen > MOST_ALIKE || tally.scripts.len() >= MOST_SHRUNK || broken {
            format!("-- {origin}, not shrunk\n{};\n-- {}\n", sent.statement.sql, why.replace('\n', "\n-- "))
        } else {
            let whole = case.world.clone();
            let unshrunk = format!("{}\n-- differs once only: {}\n", sent.statement.sql, why.replace('\n', "\n-- "));
            match case.shrunk(pair).await {
                Some((case, told)) => {
                    // Its tables as they were, for what comes next.
                    for table in &whole.tables {
                        gone |= pair.make_table(table).await.is_err();
                    }
                    let params = sent.statement.params.join(", ");
                    format!("-- As it was sent: {} [{params}]\n{}", sent.statement.sql, case.script(&origin, &told))
                }
                None => format!("-- {origin}\n{unshrunk}"),
            }
        };
        if broken {
            tally.wrong += 1;
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{:?}-{}.sql", self.brand, self.seed).to_ascii_lowercase());
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{script}").unwrap();
        if *seen <= MOST_ALIKE && tally.scripts.len() < MOST_SHRUNK {
            println!("{script}");
            tally.scripts.push(script);
        }
        !broken && !gone && !pair.out_of_step
    }
}

/// What differences that have one cause may have in common.
fn signature(sql: &str, why: &str) -> String {
    let words = [
        "WITH",
        "OVER (",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "DISTINCT",
        "ROLLUP",
        "GROUP BY",
        "LIMIT",
        "UPDATE",
        "DELETE",
        "INSERT",
        "REPLACE",
    ];
    let found: Vec<&str> = words.into_iter().filter(|word| sql.contains(word)).collect();
    format!("{} [{}]", shape(why.lines().next().unwrap_or_default()), found.join(" "))
}

/// Whether a parameter stands in an aggregate: where MySQL groups in a temporary table, it takes it for NULL.
fn aggregates_a_parameter(sql: &str) -> bool {
    let names =
        ["COUNT(", "SUM(", "AVG(", "MIN(", "MAX(", "GROUP_CONCAT(", "STDDEV(", "BIT_OR(", "BIT_AND(", "BIT_XOR("];
    let argument = |from: usize| {
        let mut depth = 1;
        let inside = |c: &char| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth > 0
        };
        sql[from..].chars().take_while(inside).any(|c| c == '?')
    };
    names.iter().any(|name| sql.match_indices(name).any(|(at, _)| argument(at + name.len())))
}

fn sent(dice: &mut Dice, node: &Node, (prepared, brand): (bool, Brand), ordered: bool) -> Sent {
    let (mut sql, mut params) = node.render(&mut || prepared && dice.one_in(2));
    if brand == Brand::MySql && aggregates_a_parameter(&sql) {
        (sql, params) = node.render(&mut || false);
    }
    let mut sent = Sent::text(sql);
    sent.statement.params = params;
    sent.statement.unordered = !ordered;
    if prepared {
        sent.mode = Mode::Prepared;
    }
    sent
}

// === impl Tally ===

impl Tally {
    /// Counts an outcome; what is wrong with it, if something is.
    fn note(&mut self, sent: &Sent, verdict: Verdict) -> Option<String> {
        let mut wrong = None;
        let outcome = match verdict {
            Verdict::Equal => "equal".to_owned(),
            Verdict::AlikeError(errno) => format!("both fail with {errno}"),
            Verdict::Refused { errno: INSTANCE_UNAVAILABLE, reason } => {
                // The statement goes on as one whose connection broke.
                return Some(format!("{}: {reason}", pair::BROKEN));
            }
            Verdict::Refused { errno, reason } => {
                *self.reasons.entry(format!("{errno} {reason}")).or_default() += 1;
                "refused".to_owned()
            }
            Verdict::RefusedError { .. } => "refused what fails".to_owned(),
            Verdict::Metadata(differences) => {
                for difference in differences {
                    let aspect = difference.split(": ").next().unwrap_or_default();
                    let aspect = aspect.strip_prefix("column").unwrap_or(aspect).trim_start();
                    let aspect = aspect.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
                    *self.metadata.entry(aspect.to_owned()).or_default() += 1;
                }
                "equal but for metadata".to_owned()
            }
            Verdict::OtherError { plain, weir, message } => {
                let text = format!("fail with {plain} and {weir}: {}", shape(&message));
                if !self.counts.contains_key(&text) {
                    println!("{text}\n    {}", sent.statement.sql);
                }
                text
            }
            Verdict::Unread(why) => {
                wrong = Some(format!("not read: {why}"));
                "not read".to_owned()
            }
            Verdict::Wrong(differences) => {
                wrong = Some(differences.join("\n    "));
                "WRONG".to_owned()
            }
        };
        *self.counts.entry(outcome).or_default() += 1;
        self.wrong += usize::from(wrong.is_some());
        wrong
    }
}
