//! Rules that change while Weir runs: the folder is watched, read again when it has settled, and put in force only when
//! all of it is without a problem. Until then the old rules stay.
//!
//! Schemas whose rules are still the same keep their version, so their cached plans stay valid. Files are also looked
//! at from time to time without an event, because a replaced folder or a network file system sends none.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::metrics::{Metrics, ReloadOutcome};
use crate::rule::{Problem, RuleSet};

/// How long after a change the folder must be quiet: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(200);
/// How often the folder is read without an event.
const POLL: Duration = Duration::from_secs(30);

/// Reads the rules folder; its rules get the version.
pub type Load = Arc<dyn Fn(u64) -> Result<Vec<RuleSet>, Vec<Problem>> + Send + Sync>;

/// The rules in force, and what was wrong with the last that are not.
struct Rules {
    current: Vec<Arc<RuleSet>>,
    version: u64,
    complaint: Vec<Problem>,
}

/// What a look at the folder has shown.
#[derive(Debug)]
enum Change {
    None,
    Applied(Vec<Arc<RuleSet>>),
    Failed,
}

/// Watches the folder until the task is dropped. `apply` gets all rule sets whenever one of them has changed.
///
/// An error means that the folder cannot be watched; it is then only looked at from time to time.
pub async fn watch_rules(
    folder: &Path,
    current: Vec<Arc<RuleSet>>,
    metrics: Arc<Metrics>,
    load: Load,
    apply: impl Fn(Vec<Arc<RuleSet>>) + Send,
) {
    let version = current.iter().map(|rules| rules.version).max().unwrap_or_default();
    show(&metrics, &current);
    let mut rules = Rules { current, version, complaint: Vec::new() };
    let (events, mut changed) = mpsc::channel::<()>(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Our own reading of the files would wake us for ever.
        if event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
            return;
        }
        // A full channel already holds what there is to say.
        let (Ok(()) | Err(_)) = events.try_send(());
    });
    let watching = watcher.and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    if let Err(error) = &watching {
        tracing::warn!(folder = %folder.display(), %error, "the rules folder cannot be watched; it is read every {POLL:?}");
    }
    loop {
        tokio::select! {
            Some(()) = changed.recv() => settle(&mut changed).await,
            () = tokio::time::sleep(POLL) => {}
        }
        let (load, next) = (Arc::clone(&load), rules.version.saturating_add(1));
        let Ok(loaded) = tokio::task::spawn_blocking(move || load(next)).await else { continue };
        match rules.refresh(loaded) {
            Change::None => {}
            Change::Failed => {
                metrics.rules_reloaded(ReloadOutcome::Failed);
                for problem in &rules.complaint {
                    tracing::error!(%problem, "the changed rules are not in force");
                }
            }
            Change::Applied(sets) => {
                show(&metrics, &sets);
                metrics.rules_reloaded(ReloadOutcome::Applied);
                tracing::info!(version = rules.version, schemas = sets.len(), "changed rules are in force");
                apply(sets);
            }
        }
    }
}

/// Waits until no change has come for a while.
async fn settle(changed: &mut mpsc::Receiver<()>) {
    while let Ok(Some(())) = tokio::time::timeout(SETTLE, changed.recv()).await {}
}

fn show(metrics: &Metrics, rules: &[Arc<RuleSet>]) {
    metrics.rules_in_force(rules.iter().map(|rules| (&*rules.schema, rules.version, rules.tables().count())));
}

// === impl Rules ===

impl Rules {
    fn refresh(&mut self, loaded: Result<Vec<RuleSet>, Vec<Problem>>) -> Change {
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(problems) if problems == self.complaint => return Change::None,
            Err(problems) => {
                self.complaint = problems;
                return Change::Failed;
            }
        };
        // Mended to what is in force already is no change, but the next problem is a new one.
        self.complaint.clear();
        let version = loaded.iter().map(|rules| rules.version).max().unwrap_or(self.version);
        let next: Vec<Arc<RuleSet>> = loaded
            .into_iter()
            .map(|rules| match self.current.iter().find(|current| current.same_rules(&rules)) {
                Some(current) => Arc::clone(current),
                None => Arc::new(rules),
            })
            .collect();
        let same = next.len() == self.current.len()
            && next.iter().zip(&self.current).all(|(next, current)| Arc::ptr_eq(next, current));
        if same {
            return Change::None;
        }
        self.version = version;
        self.current.clone_from(&next);
        Change::Applied(next)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "test")]
mod tests {
    use super::*;
    use crate::rule::{RuleFile, check};
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn rules(schema: &str, shards: u32, version: u64) -> Result<Vec<RuleSet>, Vec<Problem>> {
        let text = format!(
            "schema: {schema}\nshards: [{{ database: \"{schema}_{{1..{shards}}}\", instance: a }}]\ndefault: {{ auto: hash }}\n"
        );
        check(&[RuleFile { name: "t.yaml", text: &text }], &["a"], version)
    }

    fn both(a: u32, b: u32, version: u64) -> Result<Vec<RuleSet>, Vec<Problem>> {
        let mut all = rules("a", a, version)?;
        all.extend(rules("b", b, version)?);
        Ok(all)
    }

    fn start() -> Rules {
        Rules { current: both(1, 1, 1).unwrap().into_iter().map(Arc::new).collect(), version: 1, complaint: Vec::new() }
    }

    #[test]
    fn only_what_changed_gets_a_new_version() {
        let mut rules = start();
        assert!(matches!(rules.refresh(both(1, 1, 2)), Change::None));
        let Change::Applied(sets) = rules.refresh(both(1, 2, 2)) else { panic!() };
        assert_eq!(sets.iter().map(|set| set.version).collect::<Vec<u64>>(), [1, 2]);
        assert_eq!(rules.version, 2);
        let Change::Applied(sets) = rules.refresh(super::tests::rules("b", 2, 3)) else { panic!() };
        assert_eq!(sets.len(), 1);
    }

    #[test]
    fn problems_leave_the_old_rules_and_are_told_once() {
        let mut rules = start();
        let bad = || super::tests::rules("mysql", 1, 2);
        assert!(matches!(rules.refresh(bad()), Change::Failed));
        assert!(matches!(rules.refresh(bad()), Change::None));
        assert_eq!(rules.current.len(), 2);
        assert!(matches!(rules.refresh(both(1, 1, 2)), Change::None));
        assert!(matches!(rules.refresh(bad()), Change::Failed));
    }

    #[tokio::test]
    async fn a_changed_file_is_put_in_force() {
        let folder = std::env::temp_dir().join(format!("weir-reload-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("t.yaml");
        fs::write(&file, "1").unwrap();
        let (applied, mut sets) = mpsc::unbounded_channel();
        let path = file.clone();
        let looks = Arc::new(AtomicU32::new(0));
        let looked = Arc::clone(&looks);
        let load: Load = Arc::new(move |version| {
            looked.fetch_add(1, Ordering::Relaxed);
            fs::read_dir(path.parent().unwrap()).unwrap().for_each(drop);
            rules("s", fs::read_to_string(&path).unwrap().trim().parse().unwrap_or(0), version)
        });
        let metrics = Arc::new(Metrics::new());
        let current = load(1).unwrap().into_iter().map(Arc::new).collect();
        let (watched, counted) = (folder.clone(), Arc::clone(&metrics));
        let watcher = tokio::spawn(async move {
            watch_rules(&watched, current, counted, load, |sets| drop(applied.send(sets))).await;
        });
        // The watch may begin after the first write: write until it is seen.
        let seen = async {
            loop {
                fs::write(&file, "3").unwrap();
                if let Ok(Some(sets)) = tokio::time::timeout(Duration::from_secs(1), sets.recv()).await {
                    return sets;
                }
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(20), seen).await.unwrap();
        assert_eq!((seen[0].shards().len(), seen[0].version), (3, 2));
        assert!(metrics.encode().unwrap().contains("weir_rules_version{schema=\"s\"} 2\n"));
        // Reading the folder is no change of it.
        let before = looks.load(Ordering::Relaxed);
        tokio::time::sleep(SETTLE * 5).await;
        assert!(looks.load(Ordering::Relaxed) <= before + 1, "the watcher wakes itself");
        watcher.abort();
        fs::remove_dir_all(&folder).unwrap();
    }
}
