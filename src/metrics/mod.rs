//! What Weir counts: clients, statements by kind and route, latency, plan cache, errors by origin, rules.
//!
//! Made once and shared by `Arc`. Counting is a relaxed addition to an atomic, in a place of the thread's own ([`Spread`]),
//! and never locks; only reading locks. What one instance counts belongs to its pool and is not here. No I/O:
//! [`Metrics::encode`] gives the text, others serve it.

mod latency;
mod spread;
mod words;

pub use latency::Latency;
pub use spread::Spread;
pub use words::{CacheOutcome, CommitOutcome, RecoveryOutcome, ReloadOutcome, StatementKind, StatementRoute};

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::error::{Origin, SqlError};
use spread::Counter;
use words::Words;

type Label = [(&'static str, &'static str); 1];
type Labels = [(&'static str, &'static str); 2];
type SchemaLabel = [(&'static str, String); 1];

/// The counters of one process.
#[derive(Debug)]
pub struct Metrics {
    clients: Gauge,
    clients_accepted: Counter,
    clients_refused: Counter,
    logins_failed: Counter,
    /// By kind, then by route: looked up once, here, so that counting needs no map.
    statements: Vec<Counter>,
    latency: Latency,
    plan_cache: Vec<Counter>,
    errors: Vec<Counter>,
    reloads: Vec<Counter>,
    commits: Vec<Counter>,
    recovered: Vec<Counter>,
    prepared: Gauge,
    deadlocks: Counter,
    rules_version: Family<SchemaLabel, Gauge>,
    rules_tables: Family<SchemaLabel, Gauge>,
    registry: Mutex<Registry>,
}

/// A connected client; counted until dropped.
#[derive(Debug)]
pub struct ClientCount {
    clients: Gauge,
}

// === impl Metrics ===

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero. Every pair of labels exists from the start, so that rates have a first point.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let statements = Family::<Labels, Counter>::default();
        let plan_cache = Family::<Label, Counter>::default();
        let errors = Family::<Label, Counter>::default();
        let reloads = Family::<Label, Counter>::default();
        let commits = Family::<Label, Counter>::default();
        let recovered = Family::<Label, Counter>::default();
        let metrics = Self {
            clients: Gauge::default(),
            clients_accepted: Counter::default(),
            clients_refused: Counter::default(),
            logins_failed: Counter::default(),
            statements: StatementKind::ALL
                .iter()
                .flat_map(|kind| StatementRoute::ALL.iter().map(move |route| (kind, route)))
                .map(|(kind, route)| statements.get_or_create_owned(&[("kind", kind.word()), ("route", route.word())]))
                .collect(),
            latency: Latency::default(),
            plan_cache: each(&plan_cache, "result", CacheOutcome::ALL),
            errors: each(&errors, "origin", Origin::ALL),
            reloads: each(&reloads, "result", ReloadOutcome::ALL),
            commits: each(&commits, "result", CommitOutcome::ALL),
            recovered: each(&recovered, "result", RecoveryOutcome::ALL),
            prepared: Gauge::default(),
            deadlocks: Counter::default(),
            rules_version: Family::default(),
            rules_tables: Family::default(),
            registry: Mutex::default(),
        };
        registry.register("weir_clients", "Clients connected now", metrics.clients.clone());
        registry.register("weir_clients_accepted", "Clients accepted", metrics.clients_accepted.clone());
        let help = "Clients refused at the connection limit";
        registry.register("weir_clients_refused", help, metrics.clients_refused.clone());
        registry.register("weir_logins_failed", "Logins with a wrong name or password", metrics.logins_failed.clone());
        registry.register("weir_statements", "Statements by kind and route", statements);
        let help = "From the last byte of a statement to the last byte of its answer";
        registry.register("weir_statement_duration_seconds", help, metrics.latency.clone());
        registry.register("weir_plan_cache_lookups", "Lookups of statement plans", plan_cache);
        registry.register("weir_errors", "Errors told to clients, by who failed", errors);
        registry.register("weir_rules_reloads", "Changes seen in the rules folder", reloads);
        let help = "Commits of transactions that were written on several instances";
        registry.register("weir_distributed_commits", help, commits);
        let help = "Branches that a Weir had left prepared, and this one has ended";
        registry.register("weir_recovered_branches", help, recovered);
        let help =
            "Prepared branches of any Weir that the instances showed last, those that are being committed included";
        registry.register("weir_prepared_branches", help, metrics.prepared.clone());
        let help = "Deadlocks over several instances that this Weir has broken";
        registry.register("weir_distributed_deadlocks", help, metrics.deadlocks.clone());
        registry.register("weir_rules_version", "The version of a schema's rules", metrics.rules_version.clone());
        registry.register("weir_rules_tables", "Tables that a schema's rules name", metrics.rules_tables.clone());
        Self { registry: Mutex::new(registry), ..metrics }
    }

    /// One more client, until the answer is dropped.
    pub fn client_accepted(&self) -> ClientCount {
        self.clients_accepted.inc();
        self.clients.inc();
        ClientCount { clients: self.clients.clone() }
    }

    /// A client that was one too many.
    pub fn client_refused(&self) {
        self.clients_refused.inc();
    }

    /// A login with a wrong name or password.
    pub fn login_failed(&self) {
        self.logins_failed.inc();
    }

    /// A statement that was answered, with success or with an error.
    pub fn statement(&self, kind: StatementKind, route: StatementRoute, took: Duration) {
        let index = kind.index() * StatementRoute::ALL.len() + route.index();
        if let Some(counter) = self.statements.get(index) {
            counter.inner().add();
        }
        self.latency.observe(took);
    }

    /// A lookup in the plan cache.
    pub fn plan_cache(&self, outcome: CacheOutcome) {
        add(&self.plan_cache, outcome);
    }

    /// An error that was told to a client.
    pub fn error(&self, error: &SqlError) {
        add(&self.errors, error.origin);
    }

    /// A change in the rules folder.
    pub fn rules_reloaded(&self, outcome: ReloadOutcome) {
        add(&self.reloads, outcome);
    }

    /// The end of a transaction that was written on several instances.
    pub fn distributed_commit(&self, outcome: CommitOutcome) {
        add(&self.commits, outcome);
    }

    /// A branch that some Weir had left.
    pub fn recovered(&self, outcome: RecoveryOutcome) {
        add(&self.recovered, outcome);
    }

    /// A deadlock over several instances was broken.
    pub fn deadlock(&self) {
        self.deadlocks.inc();
    }

    /// How many prepared branches there are.
    pub fn in_doubt(&self, branches: usize) {
        self.prepared.set(i64::try_from(branches).unwrap_or(i64::MAX));
    }

    /// What is in force now: schema, version and number of tables. Schemas that are gone are forgotten.
    pub fn rules_in_force<'a>(&self, schemas: impl IntoIterator<Item = (&'a str, u64, usize)>) {
        self.rules_version.clear();
        self.rules_tables.clear();
        for (schema, version, tables) in schemas {
            let label = [("schema", schema.to_owned())];
            self.rules_version.get_or_create(&label).set(i64::try_from(version).unwrap_or(i64::MAX));
            self.rules_tables.get_or_create(&label).set(i64::try_from(tables).unwrap_or(i64::MAX));
        }
    }

    /// Clients connected now.
    pub fn clients(&self) -> u64 {
        u64::try_from(self.clients.get()).unwrap_or_default()
    }

    /// Statements answered since the start.
    pub fn statements_total(&self) -> u64 {
        self.statements.iter().map(Counter::get).sum()
    }

    /// Errors told since the start, of one origin.
    pub fn errors_total(&self, origin: Origin) -> u64 {
        self.errors.get(origin.index()).map_or(0, Counter::get)
    }

    /// Adds what is read only when asked for, such as the pools of the instances.
    pub fn register(&self, collector: Box<dyn Collector>) {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register_collector(collector);
    }

    /// The OpenMetrics text.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

fn each<W: Words>(family: &Family<Label, Counter>, label: &'static str, all: &[W]) -> Vec<Counter> {
    all.iter().map(|word| family.get_or_create_owned(&[(label, word.word())])).collect()
}

fn add<W: Words>(counters: &[Counter], word: W) {
    if let Some(counter) = counters.get(word.index()) {
        counter.inner().add();
    }
}

// === impl ClientCount ===

impl Drop for ClientCount {
    fn drop(&mut self) {
        self.clients.dec();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn counts_are_shown() {
        let metrics = Metrics::new();
        let client = metrics.client_accepted();
        drop(metrics.client_accepted());
        metrics.statement(StatementKind::Select, StatementRoute::Single, Duration::from_micros(700));
        metrics.statement(StatementKind::Select, StatementRoute::Single, Duration::from_secs(100));
        metrics.plan_cache(CacheOutcome::Hit);
        metrics.error(&SqlError::new(Code::ParseError, "x"));
        metrics.rules_in_force([("gone", 1, 1)]);
        metrics.rules_in_force([("shop", 7, 4)]);
        let text = metrics.encode().unwrap();
        for line in [
            "weir_clients 1",
            "weir_clients_accepted_total 2",
            "weir_clients_refused_total 0",
            "weir_statements_total{kind=\"select\",route=\"single\"} 2",
            "weir_statements_total{kind=\"insert\",route=\"multi\"} 0",
            "weir_statement_duration_seconds_count 2",
            "weir_statement_duration_seconds_bucket{le=\"0.001\"} 1",
            "weir_statement_duration_seconds_bucket{le=\"+Inf\"} 2",
            "weir_plan_cache_lookups_total{result=\"hit\"} 1",
            "weir_plan_cache_lookups_total{result=\"miss\"} 0",
            "weir_errors_total{origin=\"client\"} 1",
            "weir_rules_version{schema=\"shop\"} 7",
            "weir_rules_tables{schema=\"shop\"} 4",
            "weir_rules_reloads_total{result=\"failed\"} 0",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} is missing:\n{text}");
        }
        assert!(!text.contains("gone"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        assert_eq!((metrics.clients(), metrics.statements_total()), (1, 2));
        assert_eq!((metrics.errors_total(Origin::Client), metrics.errors_total(Origin::Backend)), (1, 0));
        drop(client);
        assert_eq!(metrics.clients(), 0);
    }
}
