//! One generation of everything that plans rest on: rules, tables read so far, and the plans made from them.
//!
//! A statement takes one `Arc<Cluster>` and uses nothing else, so it sees one state from beginning to end. A reload of
//! the rules or a DDL statement makes a new generation with empty caches; it never changes one in place.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use crate::plan::{Lookup, Table, Tables};
use crate::rule::RuleSet;

use super::PlanCache;

/// One generation of rules, tables and plans.
#[derive(Debug)]
pub struct Cluster {
    /// Counts generations; no two have the same.
    pub generation: u64,
    /// How many plans the cache may hold.
    pub plans: PlanCache,
    schemas: HashMap<Box<str>, Arc<RuleSet>>,
    tables: RwLock<HashMap<(Box<str>, Box<str>), Read>>,
}

/// What was read of a table.
#[derive(Debug)]
enum Read {
    Found(Arc<Table>),
    /// There was no such table at that moment.
    Missing(Instant),
}

/// How long a table that does not exist is not looked for again: it may be made behind Weir's back.
const MISSING_FOR: Duration = Duration::from_secs(1);

// === impl Cluster ===

impl Cluster {
    /// A generation with nothing read yet.
    pub fn new(generation: u64, rules: Vec<Arc<RuleSet>>, plan_cache_entries: usize) -> Self {
        Self {
            generation,
            plans: PlanCache::new(plan_cache_entries),
            schemas: rules.into_iter().map(|rules| (rules.schema.clone(), rules)).collect(),
            tables: RwLock::default(),
        }
    }

    /// The rules of a logical schema.
    pub fn schema(&self, name: &str) -> Option<&Arc<RuleSet>> {
        self.schemas.get(name)
    }

    /// All logical schemas, by name.
    pub fn schemas(&self) -> Vec<&Arc<RuleSet>> {
        let mut all: Vec<_> = self.schemas.values().collect();
        all.sort_by(|a, b| a.schema.cmp(&b.schema));
        all
    }

    /// Keeps what was read of a table; None: it does not exist.
    pub(super) fn keep(&self, schema: &str, name: &str, table: Option<Arc<Table>>) {
        let read = table.map_or_else(|| Read::Missing(Instant::now()), Read::Found);
        if let Ok(mut tables) = self.tables.write() {
            // Names that do not exist are a client's to choose: they must not fill the memory.
            tables.retain(|_, read| !matches!(read, Read::Missing(at) if at.elapsed() > MISSING_FOR));
            tables.insert((schema.into(), name.into()), read);
        }
    }
}

impl Tables for Cluster {
    fn table(&self, schema: &str, name: &str) -> Lookup {
        if !self.schemas.contains_key(schema) {
            return Lookup::NoSchema;
        }
        let Ok(tables) = self.tables.read() else { return Lookup::NotLoaded };
        match tables.get(&(schema.into(), name.into()) as &(Box<str>, Box<str>)) {
            None => Lookup::NotLoaded,
            Some(Read::Missing(at)) if at.elapsed() > MISSING_FOR => Lookup::NotLoaded,
            Some(Read::Missing(_)) => Lookup::Missing,
            Some(Read::Found(table)) => Lookup::Known(table.clone()),
        }
    }
}
