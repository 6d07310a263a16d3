//! Deadlocks over several instances: no server sees them, so this Weir looks.
//!
//! While two or more transactions over several instances have been open for a moment, the instances are asked who waits
//! for whom. A ring that is there on two looks in a row is broken: its youngest transaction of ours is told that it is
//! the victim, its waiting statement is killed, and its client gets MySQL's own error 1213 with everything rolled back.
//!
//! A ring through the transactions of several Weirs is seen by none of them, since none knows which connections are one
//! transaction of another; there the servers' `innodb_lock_wait_timeout` ends the wait.

mod graph;

pub use graph::{Member, Wait};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::Xid;
use super::coordinator::Coordinator;
use crate::backend::{BackendError, Instance, ServerKind};
use graph::Ring;

/// How long one instance may take to show its waits.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// A transaction that has been open for less is not looked at.
const OPEN_FOR: Duration = Duration::from_millis(100);

/// MariaDB reads these anew only when nobody has asked for 0.1 s.
const MARIADB_WAITS: &str = "SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id \
    FROM information_schema.INNODB_LOCK_WAITS w \
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id";
const MYSQL_WAITS: &str = "SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID FROM performance_schema.data_lock_waits w \
    JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
    JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID";

/// A deadlock that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// When.
    pub at: SystemTime,
    /// Whose statement was killed.
    pub victim: Xid,
    /// Each member with the wait that leads to the next.
    pub ring: Vec<(Member, Wait)>,
}

/// Looks until the task is dropped; 0 for never.
pub async fn run(coordinator: Arc<Coordinator>, interval_ms: u64) {
    if interval_ms == 0 {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(interval_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before: BTreeSet<Wait> = BTreeSet::new();
    let mut complained = false;
    loop {
        ticks.tick().await;
        let open = coordinator.open_transactions();
        if open.iter().filter(|open| open.age >= OPEN_FOR && !open.committing).count() < 2 {
            before.clear();
            continue;
        }
        let waits = waits(&coordinator, &mut complained).await;
        // A wait that was there at the last look too has not just come and gone between two servers' answers.
        let lasting: BTreeSet<Wait> = waits.intersection(&before).copied().collect();
        for ring in graph::rings(&lasting, |instance, thread| coordinator.owner(instance, thread)) {
            break_up(&coordinator, ring).await;
        }
        before = waits;
    }
}

/// The lock waits of all instances that answer in time.
async fn waits(coordinator: &Coordinator, complained: &mut bool) -> BTreeSet<Wait> {
    let mut tasks = JoinSet::new();
    for instance in coordinator.instances().iter() {
        let instance = instance.clone();
        tasks.spawn(async move { (instance.id(), tokio::time::timeout(ANSWERED_WITHIN, ask(&instance)).await) });
    }
    let mut all = BTreeSet::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((_, Ok(Ok(waits)))) => all.extend(waits),
            Ok((id, Ok(Err(BackendError::Server(error))))) if !*complained => {
                *complained = true;
                let name = coordinator.instances().get(id).map_or("?", |instance| instance.name());
                tracing::warn!(
                    instance = name,
                    %error,
                    "lock waits are not shown, so deadlocks over several instances are not found (PROCESS, and on MySQL \
                     SELECT on performance_schema)"
                );
            }
            Ok(_) | Err(_) => {}
        }
    }
    all
}

async fn ask(instance: &Instance) -> Result<Vec<Wait>, BackendError> {
    let sql = match instance.kind() {
        Some(ServerKind::MySql) => MYSQL_WAITS,
        Some(ServerKind::MariaDb) | None => MARIADB_WAITS,
    };
    let answer = instance.query(sql).await?;
    let number = |row, column| answer.text(row, column)?.parse().ok();
    let wait = |row| Some(Wait { instance: instance.id(), waiter: number(row, 0)?, holder: number(row, 1)? });
    Ok((0..answer.rows.len()).filter_map(wait).collect())
}

async fn break_up(coordinator: &Coordinator, ring: Ring) {
    let own = ring.iter().filter_map(|(member, wait)| match member {
        Member::Own(xid) => Some((*xid, *wait)),
        Member::Other(..) => None,
    });
    // Serial numbers rise, and all of these are this Weir's.
    let Some((victim, wait)) = own.max_by_key(|(xid, _)| xid.serial) else { return };
    if !coordinator.make_victim(victim) {
        return;
    }
    tracing::info!(xid = %victim, members = ring.len(), "deadlock over several instances: one transaction is rolled back");
    coordinator.metrics().deadlock();
    coordinator.note_deadlock(Deadlock { at: SystemTime::now(), victim, ring });
    let Some(instance) = coordinator.instances().get(wait.instance) else { return };
    let still = || coordinator.owner(wait.instance, wait.waiter) == Some(victim);
    if let Err(error) = instance.kill_query(wait.waiter, still).await {
        tracing::warn!(xid = %victim, instance = instance.name(), %error, "its waiting statement was not killed");
    }
}
