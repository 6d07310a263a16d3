//! The plan cache: normal form, schema and lexer mode → plans.
//!
//! One normal form can have several plans, because a plan may rest on the value of some literals (`ORDER BY 1`): the
//! pins say which. A look-up allocates nothing.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use quick_cache::{Equivalent, sync::Cache};

use super::{ResultHeads, Sifting};
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
    /// Whether its tables are to be sifted.
    pub sifting: Sifting,
}

/// Plans by normal form.
#[derive(Debug)]
pub struct PlanCache {
    forms: Cache<Key, Plans>,
}

/// The plans of one normal form. Most have one, which is then counted once for each who uses it, not twice: all
/// sessions share that count.
#[derive(Clone, Debug)]
enum Plans {
    One(Arc<CachedPlan>),
    /// The newest first.
    Several(Arc<[Arc<CachedPlan>]>),
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
        Self { plan, collations: OnceLock::new(), heads: ResultHeads::default(), sifting: Sifting::default() }
    }
}

// === impl PlanCache ===

impl PlanCache {
    /// A cache of about `entries` normal forms.
    pub fn new(entries: usize) -> Self {
        Self { forms: Cache::new(entries) }
    }

    /// The plan of a statement, if one is kept that `fits` its literals.
    pub fn find(
        &self,
        schema: Option<&str>,
        mode: LexMode,
        lexed: &Lexed,
        fits: impl Fn(&Plan) -> bool,
    ) -> Option<Arc<CachedPlan>> {
        match self.forms.get(&Borrowed { schema, mode, normal: &lexed.normal })? {
            Plans::One(cached) => fits(&cached.plan).then_some(cached),
            Plans::Several(plans) => plans.iter().find(|cached| fits(&cached.plan)).cloned(),
        }
    }

    /// Keeps a plan, unless its text is too long to be kept.
    pub fn keep(&self, schema: Option<&str>, mode: LexMode, lexed: &Lexed, plan: Arc<CachedPlan>) {
        if lexed.normal.len() > MAX_NORMAL_BYTES {
            return;
        }
        let key = Borrowed { schema, mode, normal: &lexed.normal };
        let plans = match self.forms.peek(&key) {
            None => Plans::One(plan),
            Some(older) => {
                let older = older.list().iter().take(PLANS_PER_FORM - 1).cloned();
                Plans::Several(std::iter::once(plan).chain(older).collect())
            }
        };
        let key = Key { schema: schema.map(Into::into), mode, normal: lexed.normal.clone().into_boxed_slice() };
        self.forms.insert(key, plans);
    }

    /// How many normal forms are kept.
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }
}

// === impl Plans ===

impl Plans {
    fn list(&self) -> &[Arc<CachedPlan>] {
        match self {
            Plans::One(plan) => std::slice::from_ref(plan),
            Plans::Several(plans) => plans,
        }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::catalog::Cluster;
    use crate::plan::{Context, plan};
    use crate::sql;

    #[test]
    fn one_form_has_several_plans_and_the_oldest_goes() {
        let (cluster, mode, text) = (Cluster::new(1, Vec::new(), 10, Arc::default()), LexMode::default(), b"SELECT 1");
        let mut lexed = Lexed::default();
        sql::lex(text, mode, &mut lexed).unwrap();
        let statement = sql::parse(text, mode, &lexed).unwrap();
        let context = Context { schema: None, rules: None, tables: &cluster, mode };
        let made = plan(&statement, &lexed, text, &context).unwrap();
        let noted = |number: usize| vec![number.to_string()];
        let finds = |number| cluster.plans.find(None, mode, &lexed, |plan| plan.notes == noted(number)).is_some();
        for number in 0..=PLANS_PER_FORM {
            assert!(!finds(number));
            let plan = Plan { notes: noted(number), ..made.clone() };
            cluster.plans.keep(None, mode, &lexed, Arc::new(CachedPlan::new(plan)));
            assert!(finds(number) && cluster.plans.len() == 1);
        }
        assert!(!finds(0), "the oldest was replaced");
        assert!((1..=PLANS_PER_FORM).all(finds));
        let other = LexMode { ansi_quotes: true, ..mode };
        assert!(cluster.plans.find(None, other, &lexed, |_| true).is_none(), "another mode reads the text otherwise");
        assert!(cluster.plans.find(Some("shop"), mode, &lexed, |_| true).is_none(), "another schema has other tables");
    }
}
