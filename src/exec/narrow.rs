//! Keys of what was fetched go down to the fetches that follow, so that these bring less.
//!
//! Always holds: a list has all keys of the rows that were fetched, or is not sent.

use super::ExecError;
use super::hold::Hold;
use crate::plan::{Bound, Fetch, MergeName, Plan};

/// A list has at most so many keys.
const MAX_KEYS: usize = 8192;
/// Keys are not looked for among more rows than this.
const MAX_ROWS: u64 = 100_000;

/// Which fetches are done, and what they brought.
#[derive(Debug)]
pub(super) struct Progress {
    /// By mention; None until it is done.
    done: Vec<Option<Done>>,
}

#[derive(Clone, Copy, Debug)]
struct Done {
    rows: u64,
    /// Rows were left out, so that its keys say something.
    cut_down: bool,
}

// === impl Progress ===

impl Progress {
    pub(super) fn new(fetches: &[Fetch]) -> Self {
        Self { done: vec![None; fetches.len()] }
    }

    /// Of some fetches only: the others bring nothing.
    pub(super) fn among(fetches: &[Fetch], some: &[usize]) -> Self {
        let nothing = Done { rows: 0, cut_down: false };
        let done = |mention| if some.contains(&mention) { None } else { Some(nothing) };
        Self { done: (0..fetches.len()).map(done).collect() }
    }

    pub(super) fn finished(&mut self, mention: usize, rows: u64, cut_down: bool) {
        if let Some(done) = self.done.get_mut(mention) {
            *done = Some(Done { rows, cut_down });
        }
    }

    /// The next fetch: those that wait for a value come last, those that bring few rows first, and tables whose keys others
    /// point to before those.
    pub(super) fn next(&self, fetches: &[Fetch]) -> Option<usize> {
        let open = |mention: usize| matches!(self.done.get(mention), Some(None));
        let rank = |&mention: &usize| {
            let Some(fetch) = fetches.get(mention) else { return (true, true, usize::MAX) };
            let waits = fetch.bounds.iter().any(|bound| bound.of.iter().any(|&of| open(of)));
            let few = fetch.cut_down
                || !fetch.bounds.is_empty()
                || fetch.links.iter().any(|link| self.keys_say_something(link.of));
            let parents = fetch.links.iter().filter(|link| link.unique && open(link.of)).count();
            (waits, !few, parents)
        };
        (0..fetches.len()).filter(|&mention| open(mention)).min_by_key(rank)
    }

    fn keys_say_something(&self, mention: usize) -> bool {
        matches!(self.done.get(mention), Some(Some(done)) if done.cut_down && done.rows <= MAX_ROWS)
    }

    /// Whether the value of a nested query can be asked.
    pub(super) fn knows(&self, bound: &Bound) -> bool {
        bound.of.iter().all(|&of| matches!(self.done.get(of), Some(Some(_))))
    }

    /// The plan of a fetch with these conditions and the lists of keys that it may be given; None where there is none.
    ///
    /// # Errors
    /// The merge node fails.
    pub(super) async fn narrowed(
        &self,
        fetch: &Fetch,
        mut conditions: Vec<String>,
        hold: &mut Hold,
    ) -> Result<Option<Plan>, ExecError> {
        let mut listed = Vec::new();
        for link in fetch.links.iter().filter(|link| self.keys_say_something(link.of)) {
            let (of, key) = (MergeName::of(link.of).qualified(), &link.key);
            let sql = format!("SELECT DISTINCT {key} FROM {of} WHERE {key} IS NOT NULL LIMIT {}", MAX_KEYS + 1);
            let found = hold.query(&sql).await?;
            if found.rows.len() > MAX_KEYS {
                continue;
            }
            let keys: Option<Vec<&str>> = (0..found.rows.len()).map(|row| found.text(row, 0)).collect();
            let Some(keys) = keys else { continue };
            let list = if keys.is_empty() { "NULL".to_owned() } else { keys.join(",") };
            conditions.push(format!("{} IN ({list})", link.column));
            listed.push(link.of);
        }
        Ok((!conditions.is_empty()).then(|| fetch.narrowed(&conditions.join(" AND "), &listed)))
    }
}
