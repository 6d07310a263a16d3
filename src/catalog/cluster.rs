//! One generation of everything that plans rest on: rules, tables read so far, and the plans made from them.
//!
//! A statement takes one `Arc<Cluster>` and uses nothing else, so it sees one state from beginning to end. A reload of
//! the rules or a DDL statement makes a new generation with empty caches; it never changes one in place.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::backend::{Instances, ServerKind};
use crate::plan::{Lookup, Table, Tables};
use crate::rule::RuleSet;

use super::PlanCache;

/// How long it is believed that a table does not exist: another Weir, or a person, may create it without a word.
const MISSING_FOR: Duration = Duration::from_millis(500);

/// So many names of tables of a schema are remembered; names that do not exist are forgotten first.
const MAX_NAMES: usize = 100_000;

/// One generation of rules, tables and plans.
pub struct Cluster {
    /// Counts generations; no two have the same.
    pub generation: u64,
    /// How many plans the cache may hold.
    pub plans: PlanCache,
    schemas: HashMap<Box<str>, Schema>,
    instances: Arc<Instances>,
}

/// A logical schema: its rules, and what was read of its tables.
#[derive(Debug)]
struct Schema {
    rules: Arc<RuleSet>,
    tables: RwLock<HashMap<Box<str>, Read>>,
}

/// What was read of a table.
#[derive(Debug)]
enum Read {
    Known(Arc<Table>),
    /// It did not exist then.
    Missing(Instant),
}

// === impl Cluster ===

impl Cluster {
    /// A generation with nothing read yet.
    pub fn new(
        generation: u64,
        rules: Vec<Arc<RuleSet>>,
        plan_cache_entries: usize,
        instances: Arc<Instances>,
    ) -> Self {
        Self {
            instances,
            generation,
            plans: PlanCache::new(plan_cache_entries),
            schemas: rules.into_iter().map(|rules| (rules.schema.clone(), Schema::new(rules))).collect(),
        }
    }

    /// The rules of a logical schema.
    pub fn schema(&self, name: &str) -> Option<&Arc<RuleSet>> {
        self.schemas.get(name).map(|schema| &schema.rules)
    }

    /// All logical schemas, by name.
    pub fn schemas(&self) -> Vec<&Arc<RuleSet>> {
        let mut all: Vec<_> = self.schemas.values().map(|schema| &schema.rules).collect();
        all.sort_by(|a, b| a.schema.cmp(&b.schema));
        all
    }

    /// Keeps what was read of a table of a schema that has rules; None: it does not exist.
    pub fn keep(&self, schema: &str, name: &str, table: Option<Arc<Table>>) {
        let Some(schema) = self.schemas.get(schema) else { return };
        let now = Instant::now();
        let mut tables = schema.tables.write().unwrap_or_else(PoisonError::into_inner);
        if tables.len() >= MAX_NAMES {
            tables.retain(|_, read| matches!(read, Read::Known(_)));
        }
        tables.insert(name.into(), table.map_or(Read::Missing(now), Read::Known));
    }
}

// === impl Schema ===

impl Schema {
    fn new(rules: Arc<RuleSet>) -> Self {
        Self { rules, tables: RwLock::default() }
    }
}

impl Tables for Cluster {
    fn table(&self, schema: &str, name: &str) -> Lookup {
        let Some(schema) = self.schemas.get(schema) else { return Lookup::NoSchema };
        let tables = schema.tables.read().unwrap_or_else(PoisonError::into_inner);
        match tables.get(name) {
            Some(Read::Known(table)) => Lookup::Known(table.clone()),
            Some(Read::Missing(since)) if since.elapsed() < MISSING_FOR => Lookup::Missing,
            Some(Read::Missing(_)) | None => Lookup::NotLoaded,
        }
    }

    fn on_mariadb(&self) -> bool {
        self.instances.iter().find_map(|instance| instance.kind()) == Some(ServerKind::MariaDb)
    }

    fn on_mysql_only(&self) -> bool {
        self.instances.iter().all(|instance| instance.kind() == Some(ServerKind::MySql))
    }
}
