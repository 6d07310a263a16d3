//! What Weir knows of the tables: read from the backends when a statement first names one, kept until something
//! changes.
//!
//! Always holds: a [`Cluster`] is never changed after it has been handed out, except that its caches fill. What is not
//! here: rules (they are `rule`'s) and data (that is the backends').

mod cluster;
mod collations;
mod columns;
mod heads;
mod load;
mod plan_cache;
mod sifting;
mod triggers;
mod versions;

pub use cluster::Cluster;
pub use collations::{Collations, ServerCollations};
pub use heads::{HeadOf, ResultHead, ResultHeads};
pub use load::{literal, text};
pub use plan_cache::{CachedPlan, KnownCollations, PlanCache};
pub use sifting::Sifting;
pub use versions::SchemaVersions;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::backend::Instances;
use crate::error::{Origin, SqlError};
use crate::rule::RuleSet;

/// The current generation, and the way to the next.
pub struct Catalog {
    instances: Arc<Instances>,
    current: ArcSwap<Cluster>,
    /// The number of the current one, for who only compares it.
    generation: AtomicU64,
    /// Held while a generation is made and put in force.
    changing: Mutex<()>,
    plan_cache_entries: usize,
    collations: Collations,
    versions: SchemaVersions,
}

// === impl Catalog ===

impl Catalog {
    /// A catalog of these rules, nothing read yet.
    pub fn new(instances: Arc<Instances>, rules: Vec<Arc<RuleSet>>, plan_cache_entries: usize) -> Self {
        Self {
            current: ArcSwap::from_pointee(Cluster::new(1, rules, plan_cache_entries, instances.clone())),
            instances,
            generation: AtomicU64::new(1),
            changing: Mutex::default(),
            plan_cache_entries,
            collations: Collations::default(),
            versions: SchemaVersions::default(),
        }
    }

    /// The generation that a statement should use from beginning to end.
    pub fn cluster(&self) -> Arc<Cluster> {
        self.current.load_full()
    }

    /// The number of the current generation.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Starts a generation with new rules.
    pub fn replace_rules(&self, rules: Vec<Arc<RuleSet>>) {
        self.change(|_| rules);
    }

    /// Starts a generation with the same rules and nothing read: some table may have changed.
    pub fn forget(&self) {
        self.change(|cluster| cluster.schemas().into_iter().cloned().collect());
    }

    fn change(&self, rules: impl FnOnce(&Cluster) -> Vec<Arc<RuleSet>>) {
        let changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load();
        let generation = before.generation + 1;
        self.current.store(Arc::new(Cluster::new(
            generation,
            rules(&before),
            self.plan_cache_entries,
            self.instances.clone(),
        )));
        self.generation.store(generation, Ordering::Release);
        drop(changing);
    }

    /// The backends' collations.
    pub fn collations(&self) -> &Collations {
        &self.collations
    }

    /// What other Weirs are told of tables that change.
    pub fn versions(&self) -> &SchemaVersions {
        &self.versions
    }

    /// The instances that tables are read from.
    pub fn instances(&self) -> &Arc<Instances> {
        &self.instances
    }
}

/// Errors that a table may raise when it is not what the catalog says any more.
pub fn is_stale(error: &SqlError) -> bool {
    /// ER_BAD_FIELD_ERROR, ER_WRONG_VALUE_COUNT_ON_ROW, ER_NO_SUCH_TABLE.
    const STALE: [u16; 3] = [1054, 1136, 1146];
    error.origin == Origin::Backend && STALE.contains(&error.errno)
}
