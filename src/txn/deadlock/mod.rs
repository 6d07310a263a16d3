//! Deadlocks over several instances: no server sees them, so every Weir looks.
//!
//! While a transaction over several instances has been open for a moment, the instances are asked who waits for whom. A
//! ring that is there on two looks in a row is broken: its youngest transaction is told that it is the victim, its waiting
//! statement is killed, and its client gets MySQL's own error 1213 with everything rolled back.
//!
//! A ring may go through transactions of several Weirs: they tell each other whose connections are whose ([`names`]), so
//! each of them sees the same ring, and all choose the same victim, which is rolled back by its own Weir.

mod graph;
mod names;

pub use graph::{Member, Wait};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::JoinSet;

use super::Xid;
use super::coordinator::Coordinator;
use crate::backend::{BackendError, Instance, ServerKind};
use graph::Ring;
pub(super) use names::FORGET;
use names::Owners;

/// How long one instance may take to show its waits.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// A transaction that has been open for less is not looked at.
const OPEN_FOR: Duration = Duration::from_millis(100);
/// Looks that show a ring before it is broken: a wait that is there twice has not just come and gone between two
/// servers' answers.
const BROKEN_AT: u32 = 2;
/// Looks after which the next youngest is the victim, because the Weir of the one before does nothing.
const NEXT_VICTIM_AFTER: u32 = 10;

/// MariaDB reads these anew only when nobody has asked for 0.1 s.
const MARIADB_WAITS: &str = "SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id \
    FROM information_schema.INNODB_LOCK_WAITS w \
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id";
const MYSQL_WAITS: &str = "SELECT r.PROCESSLIST_ID, b.PROCESSLIST_ID FROM performance_schema.data_lock_waits w \
    JOIN performance_schema.threads r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
    JOIN performance_schema.threads b ON b.THREAD_ID = w.BLOCKING_THREAD_ID";

/// On how many looks in a row a wait has been there, and when the first of them began.
#[derive(Clone, Copy)]
struct Seen {
    looks: u32,
    since: Instant,
}

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
    let mut seen: BTreeMap<Wait, Seen> = BTreeMap::new();
    let mut complained = false;
    loop {
        next_look(interval_ms).await;
        let open = coordinator.open_transactions();
        if !open.iter().any(|open| open.age >= OPEN_FOR && !open.committing) {
            seen.clear();
            continue;
        }
        let began = Instant::now();
        let again = |wait: &Wait| match seen.get(wait) {
            Some(before) => Seen { looks: before.looks.saturating_add(1), since: before.since },
            None => Seen { looks: 1, since: began },
        };
        let waits = waits(&coordinator, &mut complained).await;
        seen = waits.into_iter().map(|wait| (wait, again(&wait))).collect();
        let mut owners = coordinator.owners();
        names::exchange(&coordinator, &seen, &mut owners).await;
        let lasting: BTreeSet<Wait> =
            seen.iter().filter(|(_, seen)| seen.looks >= BROKEN_AT).map(|(wait, _)| *wait).collect();
        let owner = |instance, thread| owners.get(&(instance, thread)).map(|owner| owner.xid);
        for ring in graph::rings(&lasting, owner) {
            let looks =
                ring.iter().filter_map(|(_, wait)| seen.get(wait)).map(|seen| seen.looks).min().unwrap_or_default();
            if let Some((victim, wait)) = victim(&ring, &owners, looks) {
                break_up(&coordinator, ring, victim, wait).await;
            }
        }
    }
}

/// Waits until the clock shows a multiple of the interval: all Weirs look at once, because MariaDB shows lock waits as
/// they were at an earlier look when that was less than 0.1 s ago.
async fn next_look(interval_ms: u64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let interval = u128::from(interval_ms) * 1_000_000;
    let left = interval - now.as_nanos() % interval;
    tokio::time::sleep(Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))).await;
}

/// The transaction that a ring is broken at, with its wait: the youngest one, whichever Weir looks. When it is still
/// there many looks later, the next youngest. A member that nobody knows may be younger than all: its Weir has one more
/// look to tell of it.
fn victim(ring: &Ring, owners: &Owners, looks: u32) -> Option<(Xid, Wait)> {
    if looks <= BROKEN_AT && ring.iter().any(|(member, _)| matches!(member, Member::Other(..))) {
        return None;
    }
    let began = |xid: Xid| owners.values().find(|owner| owner.xid == xid).map(|owner| owner.began_us);
    let mut members: Vec<(u64, Xid, Wait)> = ring
        .iter()
        .filter_map(|(member, wait)| match member {
            Member::Transaction(xid) => Some((began(*xid)?, *xid, *wait)),
            Member::Other(..) => None,
        })
        .collect();
    members.sort_unstable_by(|one, other| other.cmp(one));
    let turn = usize::try_from(looks.saturating_sub(BROKEN_AT) / NEXT_VICTIM_AFTER).unwrap_or_default();
    let (_, xid, wait) = members.get(turn.checked_rem(members.len())?)?;
    Some((*xid, *wait))
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

/// Rolls a transaction back, if it is this Weir's.
async fn break_up(coordinator: &Coordinator, ring: Ring, victim: Xid, wait: Wait) {
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

#[cfg(test)]
mod tests {
    use super::super::Id;
    use super::super::live::Owner;
    use super::*;
    use crate::id::InstanceId;

    #[test]
    fn every_weir_chooses_the_same_victim() {
        let xid = |coordinator, serial| Xid { home: Id(1), coordinator: Id(coordinator), serial };
        let wait = |instance, waiter, holder| Wait { instance: InstanceId(instance), waiter, holder };
        let (old, young) = (xid(2, 900), xid(3, 1));
        let owners: Owners = [
            ((InstanceId(0), 10), Owner { xid: old, began_us: 5 }),
            ((InstanceId(1), 20), Owner { xid: young, began_us: 6 }),
        ]
        .into();
        let ring = vec![
            (Member::Transaction(old), wait(0, 10, 21)),
            (Member::Transaction(young), wait(1, 20, 30)),
            (Member::Other(InstanceId(1), 30), wait(1, 30, 11)),
        ];
        let mut turned = ring.clone();
        turned.rotate_left(1);
        for ring in [&ring, &turned] {
            assert_eq!(victim(ring, &owners, BROKEN_AT), None, "somebody is not known yet");
            assert_eq!(victim(ring, &owners, BROKEN_AT + 1), Some((young, wait(1, 20, 30))));
            assert_eq!(victim(ring, &owners, BROKEN_AT + NEXT_VICTIM_AFTER - 1), Some((young, wait(1, 20, 30))));
            assert_eq!(victim(ring, &owners, BROKEN_AT + NEXT_VICTIM_AFTER), Some((old, wait(0, 10, 21))));
            assert_eq!(victim(ring, &owners, BROKEN_AT + 2 * NEXT_VICTIM_AFTER), Some((young, wait(1, 20, 30))));
        }
        let known = vec![(Member::Transaction(old), wait(0, 10, 20)), (Member::Transaction(young), wait(1, 20, 10))];
        assert_eq!(victim(&known, &owners, BROKEN_AT), Some((young, wait(1, 20, 10))));
        assert_eq!(victim(&vec![(Member::Other(InstanceId(0), 1), wait(0, 1, 2))], &owners, BROKEN_AT + 1), None);
    }
}
