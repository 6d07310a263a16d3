//! Whose connections are whose, told by every Weir to the others: rows of `weir.txn_thread` on the instance that the
//! connections are to.
//!
//! A server shows who waits for whom by the numbers of connections, and no Weir knows which of another one's belong
//! together. So each names its own, but only those of transactions that may be in a ring, for as long as they may: most
//! transactions never have a row. A row that was last renewed before the wait was seen may be of the transaction that
//! was on the connection before, and means nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::super::coordinator::Coordinator;
use super::super::live::Owner;
use super::super::log;
use super::super::xid::{Xid, hex};
use super::{ANSWERED_WITHIN, Seen, Wait, graph};
use crate::backend::{BackendError, Instance};
use crate::error::Code;
use crate::id::InstanceId;

/// Creates the table; it is there from the first wait on that concerns two Weirs.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS `weir`.`txn_thread` (\
    thread BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'a connection to this server', \
    xid VARBINARY(64) NOT NULL COMMENT 'the transaction that it is a branch of', \
    began_us BIGINT UNSIGNED NOT NULL COMMENT 'microseconds since 1970', \
    seen_at DATETIME(6) NOT NULL COMMENT 'UTC', \
    KEY (seen_at)) ENGINE=InnoDB";

/// Removes what has long meant nothing.
pub(in super::super) const FORGET: &str =
    "DELETE FROM `weir`.`txn_thread` WHERE seen_at < UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE LIMIT 1000";

/// Whose each connection is.
pub(super) type Owners = BTreeMap<(InstanceId, u32), Owner>;

/// What one instance is told and asked.
#[derive(Default)]
struct Talk {
    own: Vec<(u32, Owner)>,
    /// Connections of others, and since when each has been seen in all of its waits.
    strange: BTreeMap<u32, Instant>,
}

/// Names those of our connections that may be in a ring with others', and learns whose the others are.
pub(super) async fn exchange(coordinator: &Coordinator, seen: &BTreeMap<Wait, Seen>, owners: &mut Owners) {
    let own = |instance, thread| owners.get(&(instance, thread)).copied();
    let between = graph::between(seen.keys(), |instance, thread| own(instance, thread).map(|owner| owner.xid));
    if between.is_empty() {
        return;
    }
    let mut talks: BTreeMap<InstanceId, Talk> = BTreeMap::new();
    let mut threads: BTreeMap<(InstanceId, u32), Instant> = BTreeMap::new();
    for (wait, seen) in seen {
        for thread in [wait.waiter, wait.holder] {
            let since = threads.entry((wait.instance, thread)).or_insert(seen.since);
            *since = seen.since.max(*since);
        }
    }
    for ((instance, thread), since) in threads {
        let talk = talks.entry(instance).or_default();
        match own(instance, thread) {
            Some(owner) if between.contains(&owner.xid) => talk.own.push((thread, owner)),
            Some(_) => {}
            None => drop(talk.strange.insert(thread, since)),
        }
    }
    if talks.values().all(|talk| talk.strange.is_empty()) {
        return;
    }
    let mut tasks = JoinSet::new();
    for (id, talk) in talks {
        let Some(instance) = coordinator.instances().get(id).cloned() else { continue };
        tasks.spawn(async move { (id, tokio::time::timeout(ANSWERED_WITHIN, talk.with(&instance)).await) });
    }
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((id, Ok(Ok(named)))) => {
                owners.extend(named.into_iter().map(|(thread, owner)| ((id, thread), owner)));
            }
            Ok((id, Ok(Err(error)))) => {
                tracing::debug!(instance = id.0, %error, "transactions of other Weirs were not told apart");
            }
            Ok((_, Err(_))) | Err(_) => {}
        }
    }
}

// === impl Talk ===

impl Talk {
    async fn with(self, instance: &Instance) -> Result<Vec<(u32, Owner)>, BackendError> {
        if !self.own.is_empty() {
            let statement = name(&self.own);
            match instance.query(&statement).await {
                Err(BackendError::Server(error)) if error.is(Code::NoSuchTable) || error.is(Code::UnknownDatabase) => {
                    instance.query(log::CREATE_SCHEMA).await?;
                    instance.query(CREATE).await?;
                    instance.query(&statement).await?;
                }
                named => drop(named?),
            }
        }
        if self.strange.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Instant::now();
        let answer = match instance.query(&ask(&self.strange)).await {
            // Nobody has named any.
            Err(BackendError::Server(error)) if error.is(Code::NoSuchTable) || error.is(Code::UnknownDatabase) => {
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let number = |row, column| answer.text(row, column)?.parse::<u64>().ok();
        let row = |row| {
            let owner = Owner { xid: Xid::parse(answer.text(row, 1)?)?, began_us: number(row, 2)? };
            let thread = u32::try_from(number(row, 0)?).ok()?;
            let age = Duration::from_micros(number(row, 3)?);
            (asked.checked_sub(age)? >= *self.strange.get(&thread)?).then_some((thread, owner))
        };
        Ok((0..answer.rows.len()).filter_map(row).collect())
    }
}

fn name(own: &[(u32, Owner)]) -> String {
    let row = |(thread, owner): &(u32, Owner)| {
        format!("({thread}, {}, {}, UTC_TIMESTAMP(6))", hex(&owner.xid.to_string()), owner.began_us)
    };
    let rows: Vec<String> = own.iter().map(row).collect();
    format!("REPLACE INTO `weir`.`txn_thread` (thread, xid, began_us, seen_at) VALUES {}", rows.join(", "))
}

/// With the time since each was renewed, by the server's own clock: Weirs' clocks may differ.
fn ask(strange: &BTreeMap<u32, Instant>) -> String {
    let threads: Vec<String> = strange.keys().map(u32::to_string).collect();
    format!(
        "SELECT thread, xid, began_us, TIMESTAMPDIFF(MICROSECOND, seen_at, UTC_TIMESTAMP(6)) FROM `weir`.`txn_thread` \
         WHERE thread IN ({})",
        threads.join(", ")
    )
}
