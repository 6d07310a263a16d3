//! The plan cache: normal form, schema and lexer mode → plans.
//!
//! One normal form can have several plans, because a plan may rest on the value of some literals (`ORDER BY 1`): the
//! pins say which. A look-up allocates nothing.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use quick_cache::{Equivalent, sync::Cache};

use super::ResultHeads;
use crate::plan::Plan;
use crate::sql::{LexMode, Lexed};
use crate::value::CollationId;

/// How many plans of one normal form are kept; one more replaces the oldest.
const PLANS_PER_FORM: usize = 8;

/// Longer normal forms are planned each time: the cache is bounded in entries, so each entry is bounded in bytes.
const MAX_NORMAL_BYTES: usize = 64 * 1024;

/// The collations of a statement's columns, found out once for a plan.
pub type KnownCollations = OnceLock<Arc<[CollationId]>>;

/// A plan, and what running it has shown.
#[derive(Debug)]
pub struct CachedPlan {
    /// The plan.
    pub plan: Plan,
    /// What each column of its rows compares by.
    pub collations: KnownCollations,
    /// How its results begin.
    pub heads: ResultHeads,
}

/// Plans by normal form.
#[derive(Debug)]
pub struct PlanCache {
    plans: Cache<Key, Arc<[Arc<CachedPlan>]>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    schema: Option<Box<str>>,
    mode: LexMode,
    normal: Box<[u8]>,
}

/// A key as a look-up has it: borrowed.
struct Borrowed<'a> {
    schema: Option<&'a str>,
    mode: LexMode,
    normal: &'a [u8],
}

// === impl CachedPlan ===

impl CachedPlan {
    /// A plan that has not run yet.
    pub fn new(plan: Plan) -> Self {
        Self { plan, collations: OnceLock::new(), heads: ResultHeads::default() }
    }
}

// === impl PlanCache ===

impl PlanCache {
    /// A cache of about `entries` normal forms.
    pub fn new(entries: usize) -> Self {
        Self { plans: Cache::new(entries) }
    }

    /// The plan of a statement, if one is kept that `fits` its literals.
    pub fn find(
        &self,
        schema: Option<&str>,
        mode: LexMode,
        lexed: &Lexed,
        fits: impl Fn(&Plan) -> bool,
    ) -> Option<Arc<CachedPlan>> {
        let plans = self.plans.get(&Borrowed { schema, mode, normal: &lexed.normal })?;
        plans.iter().find(|cached| fits(&cached.plan)).cloned()
    }

    /// Keeps a plan, unless its text is too long to be kept.
    pub fn keep(&self, schema: Option<&str>, mode: LexMode, lexed: &Lexed, plan: Arc<CachedPlan>) {
        if lexed.normal.len() > MAX_NORMAL_BYTES {
            return;
        }
        let key = Borrowed { schema, mode, normal: &lexed.normal };
        let older = self.plans.peek(&key);
        let older = older.iter().flat_map(|plans| plans.iter().cloned()).take(PLANS_PER_FORM - 1);
        let plans: Arc<[Arc<CachedPlan>]> = std::iter::once(plan).chain(older).collect();
        let key = Key { schema: schema.map(Into::into), mode, normal: lexed.normal.clone().into_boxed_slice() };
        self.plans.insert(key, plans);
    }

    /// How many normal forms are kept.
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }
}

// === impl Key ===

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Borrowed { schema: self.schema.as_deref(), mode: self.mode, normal: &self.normal }.hash(state);
    }
}

impl Hash for Borrowed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normal.hash(state);
        self.schema.hash(state);
        self.mode.hash(state);
    }
}

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.normal == *key.normal && self.schema == key.schema.as_deref() && self.mode == key.mode
    }
}
