//! The plan cache: normal form, schema and lexer mode → plans.
//!
//! One normal form can have several plans, because a plan may rest on the value of some literals (`ORDER BY 1`): the
//! pins say which. A look-up allocates nothing.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::{Equivalent, sync::Cache};

use crate::plan::Plan;
use crate::sql::{LexMode, Lexed};

/// How many plans of one normal form are kept; one more replaces the oldest.
const PLANS_PER_FORM: usize = 8;

/// Plans by normal form.
#[derive(Debug)]
pub struct PlanCache {
    plans: Cache<Key, Arc<[Arc<Plan>]>>,
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

// === impl PlanCache ===

impl PlanCache {
    /// A cache of about `entries` normal forms.
    pub fn new(entries: usize) -> Self {
        Self { plans: Cache::new(entries) }
    }

    /// The plan of a statement, if one is kept that is valid for its literals.
    pub fn find(&self, schema: Option<&str>, mode: LexMode, lexed: &Lexed, text: &[u8]) -> Option<Arc<Plan>> {
        let plans = self.plans.get(&Borrowed { schema, mode, normal: &lexed.normal })?;
        plans.iter().find(|plan| pins_hold(plan, lexed, text)).cloned()
    }

    /// Keeps a plan.
    pub fn keep(&self, schema: Option<&str>, mode: LexMode, lexed: &Lexed, plan: Arc<Plan>) {
        let key = Borrowed { schema, mode, normal: &lexed.normal };
        let older = self.plans.peek(&key);
        let older = older.iter().flat_map(|plans| plans.iter().cloned()).take(PLANS_PER_FORM - 1);
        let plans: Arc<[Arc<Plan>]> = std::iter::once(plan).chain(older).collect();
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

fn pins_hold(plan: &Plan, lexed: &Lexed, text: &[u8]) -> bool {
    plan.pins.iter().all(|pin| {
        let bytes = usize::try_from(pin.hole)
            .ok()
            .and_then(|hole| lexed.holes.get(hole))
            .and_then(|hole| text.get(hole.text.start as usize..hole.text.end as usize));
        bytes == Some(&*pin.bytes)
    })
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
