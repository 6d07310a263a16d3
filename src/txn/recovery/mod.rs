//! Recovery: every Weir ends what any Weir has left behind.
//!
//! Again and again each instance is asked for its prepared branches. Those of ours that stay for longer than a commit
//! takes are in doubt ([`doubt`]): the home instance's log is made to say what became of the transaction, by inserting an
//! abort mark if nothing is there, and the branch is committed or rolled back by that. So it does not matter how many
//! Weirs recover at once, nor whether the coordinator is dead or only slow: whoever inserts first has decided.
//!
//! Old decisions are removed here too, and only when every instance has shown its prepared branches: one that is down
//! may hold a branch that still needs its decision.

mod doubt;
mod held;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::coordinator::{Coordinator, Settled, renew, settle};
use super::crash;
use super::deadlock::FORGET;
use super::ending::Resolved;
use super::log;
use super::xid::{BranchXid, Xid};
use crate::backend::{BackendError, Instance, ServerKind, SessionState};
use crate::id::InstanceId;
use crate::metrics::RecoveryOutcome;
use doubt::{Doubt, Seen};

/// How long one instance may take to show its branches, or to end one.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// How long a transaction that is in doubt may stay undecided, or a decided branch bound to a connection, before that
/// connection is killed: its Weir neither ends it nor lets it go.
const PATIENCE: Duration = Duration::from_secs(2);
/// Looks at the connection of a branch: the first one may be shown what another looker was shown before.
const FRESH_LOOKS: u32 = 2;
/// Looks until a connection that was killed has let its branch go.
const CLOSED_LOOKS: u32 = 10;
/// Between two purges.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// Rows that one statement removes.
const PURGED_AT_ONCE: u64 = 1000;

/// XAER_NOTA.
const UNKNOWN_XID: u16 = 1397;

/// When recovery does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryLimits {
    /// How often instances are asked; 0 for never.
    pub interval_ms: u64,
    /// A branch that has been prepared for less is not in doubt.
    pub grace_ms: u64,
    /// How long a decision is kept.
    pub kept_ms: u64,
}

/// Recovers until the task is dropped.
pub async fn run(coordinator: Arc<Coordinator>, limits: RecoveryLimits) {
    if limits.interval_ms == 0 {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(limits.interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut recovery = Recovery {
        coordinator: coordinator.clone(),
        limits,
        doubt: Doubt::default(),
        complained: Vec::new(),
        purge_due: Instant::now() + PURGE_EVERY.min(Duration::from_millis(limits.kept_ms)),
    };
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = coordinator.left.notified() => {}
        }
        recovery.round().await;
    }
}

struct Recovery {
    coordinator: Arc<Coordinator>,
    limits: RecoveryLimits,
    doubt: Doubt,
    /// Instances of which it has been said that they do not show their branches.
    complained: Vec<InstanceId>,
    purge_due: Instant,
}

/// Our prepared branches on an instance, by transaction.
///
/// # Errors
/// It cannot be reached, or does not show them.
pub async fn prepared(instance: &Instance) -> Result<Vec<BranchXid>, BackendError> {
    let answer = instance.query(log::RECOVER).await?;
    let branch = |row: &Vec<Option<bytes::Bytes>>| {
        let text = |at: usize| std::str::from_utf8(row.get(at)?.as_deref()?).ok();
        BranchXid::parse(text(0)?, text(1)?, text(2)?, row.get(3)?.as_deref()?)
    };
    let mut branches: Vec<BranchXid> = answer.rows.iter().filter_map(branch).collect();
    branches.sort_unstable();
    Ok(branches)
}

// === impl Recovery ===

impl Recovery {
    async fn round(&mut self) {
        let shown = self.shown().await;
        let complete = shown.len() == self.coordinator.instances().iter().count();
        let now = Instant::now();
        self.doubt.shown(&shown, now);
        self.doubt.left_behind(&self.coordinator.take_left());
        self.coordinator.metrics().in_doubt(self.doubt.len());
        let due = self.doubt.due(now, Duration::from_millis(self.limits.grace_ms));
        let mut tasks = JoinSet::new();
        let patience = Duration::from_millis(self.limits.grace_ms) + PATIENCE;
        for (xid, branches) in due {
            tasks.spawn(recover(self.coordinator.clone(), xid, branches, patience));
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok(ended) = done {
                ended.iter().for_each(|seen| self.doubt.ended(seen));
            }
        }
        if complete && Instant::now() >= self.purge_due {
            self.purge(&shown).await;
            self.purge_due = Instant::now() + PURGE_EVERY.min(Duration::from_millis(self.limits.kept_ms));
        }
    }

    /// The prepared branches of every instance that answers in time.
    async fn shown(&mut self) -> Vec<(InstanceId, Vec<BranchXid>)> {
        let mut tasks = JoinSet::new();
        for instance in self.coordinator.instances().iter() {
            let instance = instance.clone();
            tasks.spawn(async move {
                let shown = tokio::time::timeout(ANSWERED_WITHIN, prepared(&instance)).await;
                (instance.id(), shown)
            });
        }
        let mut all = Vec::new();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok((id, Ok(Ok(branches)))) => all.push((id, branches)),
                Ok((id, Ok(Err(BackendError::Server(error))))) if !self.complained.contains(&id) => {
                    self.complained.push(id);
                    let name = self.coordinator.instances().get(id).map_or("?", |instance| instance.name());
                    tracing::warn!(
                        instance = name,
                        %error,
                        "prepared transactions are not shown, so none can be recovered there (MySQL wants \
                         XA_RECOVER_ADMIN)"
                    );
                }
                // One that is down is told of elsewhere.
                Ok(_) | Err(_) => {}
            }
        }
        all
    }

    /// Removes old decisions that no prepared branch needs.
    async fn purge(&self, shown: &[(InstanceId, Vec<BranchXid>)]) {
        let before = log::now_s().saturating_sub(self.limits.kept_ms / 1000);
        let needed: Vec<Xid> = shown.iter().flat_map(|(_, branches)| branches).map(|branch| branch.xid).collect();
        for instance in self.coordinator.instances().iter() {
            if !matches!(self.coordinator.recall(instance.id()).await, Ok(Some(_))) {
                continue;
            }
            if let Err(error) = instance.query(FORGET).await {
                tracing::trace!(instance = instance.name(), %error, "no names of connections were removed");
            }
            let sql = log::purge(before, &needed, PURGED_AT_ONCE);
            loop {
                match instance.query(&sql).await {
                    Ok(done) if done.end.affected_rows >= PURGED_AT_ONCE => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::debug!(instance = instance.name(), %error, "old decisions were not removed");
                        break;
                    }
                }
            }
        }
    }
}

/// Ends the branches of one transaction by what its home says; gives those that have ended. Connections of a Weir that
/// has had them for longer than `patience` are closed.
async fn recover(coordinator: Arc<Coordinator>, xid: Xid, branches: Vec<Seen>, patience: Duration) -> Vec<Seen> {
    let home = match coordinator.find(xid.home).await {
        Some(home) => home,
        None => {
            tracing::debug!(%xid, "in doubt, and no instance that can be reached is its home");
            return Vec::new();
        }
    };
    let mut settled = asked(&home, xid).await;
    if settled == Some(Settled::Undecided)
        && let Some(seen) = branches.iter().find(|seen| seen.since.elapsed() > patience)
    {
        kill(&home, seen.branch.home_thread, xid, "it has not decided").await;
        settled = asked(&home, xid).await;
    }
    let resolved = match settled {
        Some(Settled::Decided(resolved)) => resolved,
        Some(Settled::Elsewhere) => {
            coordinator.forget(home.id());
            return Vec::new();
        }
        Some(Settled::Undecided) | None => return Vec::new(),
    };
    // Who shows the branch again, as a replica that lags, must find the row for the whole time from now on.
    if !renewed(&home, xid).await {
        // A coordinator that has found an abort mark still holds its row.
        let Some(seen) = branches.iter().find(|seen| seen.since.elapsed() > patience) else { return Vec::new() };
        kill(&home, seen.branch.home_thread, xid, "it keeps the row of a decision").await;
        if !renewed(&home, xid).await {
            return Vec::new();
        }
    }
    let mut ended = Vec::new();
    for seen in branches {
        let Some(instance) = coordinator.instances().get(seen.instance) else { continue };
        match end(instance, &seen, resolved, patience).await {
            Ok(true) => {
                let (name, outcome) =
                    (instance.name(), if resolved == Resolved::Committed { "COMMIT" } else { "ROLLBACK" });
                tracing::info!(%xid, instance = name, outcome, "recovered a branch");
                coordinator.metrics().recovered(match resolved {
                    Resolved::Committed => RecoveryOutcome::Committed,
                    Resolved::RolledBack | Resolved::Unknown => RecoveryOutcome::RolledBack,
                });
                ended.push(seen);
            }
            Ok(false) => {}
            Err(error) => tracing::debug!(%xid, instance = instance.name(), %error, "a branch was not ended"),
        }
    }
    ended
}

/// Counts the time for which a decision is kept from now; false when that cannot be done now.
async fn renewed(home: &Instance, xid: Xid) -> bool {
    match tokio::time::timeout(ANSWERED_WITHIN, renew(home, xid)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%xid, instance = home.name(), %error, "in doubt: its decision cannot be renewed");
            false
        }
        Err(_) => false,
    }
}

/// What the home says; None when it cannot be asked.
async fn asked(home: &Instance, xid: Xid) -> Option<Settled> {
    match tokio::time::timeout(ANSWERED_WITHIN, settle(home, xid)).await {
        Ok(Ok(settled)) => Some(settled),
        Ok(Err(error)) => {
            tracing::debug!(%xid, instance = home.name(), %error, "in doubt: its home cannot be asked");
            None
        }
        Err(_) => None,
    }
}

/// Ends one branch; false when it is not this connection's to end.
async fn end(instance: &Instance, seen: &Seen, resolved: Resolved, patience: Duration) -> Result<bool, BackendError> {
    let verb = match resolved {
        Resolved::Committed => "COMMIT",
        Resolved::RolledBack => "ROLLBACK",
        Resolved::Unknown => return Ok(false),
    };
    // On MariaDB the connection that prepared it keeps it from everybody else.
    if instance.kind() == Some(ServerKind::MariaDb) && !freed(instance, seen, patience).await? {
        return Ok(false);
    }
    crash::point(|| "End.before".to_owned());
    let ended = said(instance, &seen.branch.xa(verb)).await?;
    crash::point(|| "End.after".to_owned());
    Ok(ended)
}

/// True when the connection that prepared a branch has let it go, which it is made to after `patience`.
async fn freed(instance: &Instance, seen: &Seen, patience: Duration) -> Result<bool, BackendError> {
    let thread = seen.branch.thread;
    let free = held::free(instance, thread, seen.since, FRESH_LOOKS).await?;
    if free || seen.since.elapsed() <= patience {
        return Ok(free);
    }
    kill(instance, thread, seen.branch.xid, "it keeps a branch that is decided").await;
    held::free(instance, thread, seen.since, CLOSED_LOOKS).await
}

/// Says XA COMMIT or XA ROLLBACK; false when there is no such branch for this connection, or no answer.
async fn said(instance: &Instance, sql: &str) -> Result<bool, BackendError> {
    match tokio::time::timeout(ANSWERED_WITHIN, instance.query(sql)).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(BackendError::Server(error))) if error.errno == UNKNOWN_XID => Ok(false),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

async fn kill(instance: &Instance, thread: u32, xid: Xid, why: &str) {
    let name = instance.name();
    tracing::warn!(%xid, instance = name, thread, why, "closing a connection of the Weir that began this transaction");
    let killed = async {
        let mut lease = instance.lease_own(&SessionState::default()).await?;
        lease.query(&format!("KILL {thread}")).await?;
        lease.give_back();
        Ok::<(), BackendError>(())
    };
    if let Ok(Err(error)) = tokio::time::timeout(ANSWERED_WITHIN, killed).await {
        tracing::debug!(%xid, instance = name, %error, "it was not killed");
    }
}

/// What an instance shows of one transaction, and what its home says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InDoubt {
    /// The branch.
    pub branch: BranchXid,
    /// Where it is prepared.
    pub instance: String,
    /// The home instance's name here; None when no instance that can be reached is it.
    pub home: Option<String>,
    /// What the log says: `committed`, `rolled back`, `undecided`, `unknown`.
    pub decision: &'static str,
}

/// All prepared branches of ours, also those whose commit is under way. Instances that cannot be reached are left out.
pub async fn in_doubt(coordinator: &Coordinator) -> Vec<InDoubt> {
    let mut all = Vec::new();
    let mut homes: BTreeMap<Xid, (Option<String>, &'static str)> = BTreeMap::new();
    for instance in coordinator.instances().iter() {
        let Ok(Ok(branches)) = tokio::time::timeout(ANSWERED_WITHIN, prepared(instance)).await else { continue };
        for branch in branches {
            let known = homes.get(&branch.xid).cloned();
            let (home, decision) = match known {
                Some(known) => known,
                None => {
                    let found = decision_of(coordinator, branch.xid).await;
                    homes.insert(branch.xid, found.clone());
                    found
                }
            };
            all.push(InDoubt { branch, instance: instance.name().to_owned(), home, decision });
        }
    }
    all
}

async fn decision_of(coordinator: &Coordinator, xid: Xid) -> (Option<String>, &'static str) {
    let Some(home) = coordinator.find(xid.home).await else { return (None, "unknown") };
    let asked = tokio::time::timeout(ANSWERED_WITHIN, home.query(&log::ask(xid))).await;
    let decision = match &asked {
        Ok(Ok(answer)) => match answer.text(0, 0) {
            Some("1") => "committed",
            Some(_) => "rolled back",
            None => "undecided",
        },
        Ok(Err(_)) | Err(_) => "unknown",
    };
    (Some(home.name().to_owned()), decision)
}
