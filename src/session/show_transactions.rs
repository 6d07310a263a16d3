//! SHOW TRANS, SHOW GLOBAL DEADLOCKS and SHOW IN DOUBT TRANSACTIONS.

use super::Session;
use super::answer::{Answer, Cell};
use crate::id::InstanceId;
use crate::txn::deadlock::Member;
use crate::txn::recovery;

// === impl Session ===

impl Session {
    /// SHOW TRANS: the transactions that this Weir has open, those over several instances first.
    pub(super) fn show_trans(&self) -> Answer {
        let columns = ["TRANS_ID", "TYPE", "DURATION_MS", "STATE", "PROCESS_ID"];
        let mut answer = Answer::new(&columns, &["DURATION_MS", "PROCESS_ID"]);
        let several = self.service.coordinator.open_transactions();
        for open in &several {
            answer.row([
                Cell::from(open.xid.to_string()),
                Cell::from("XA"),
                Cell::from(u64::try_from(open.age.as_millis()).unwrap_or(u64::MAX)),
                Cell::from(if open.committing { "COMMITTING" } else { "ACTIVE" }),
                Cell::from(open.client),
            ]);
        }
        for client in self.service.clients.all() {
            let Some(age) = client.transaction.age() else { continue };
            if several.iter().any(|open| open.client == client.id) {
                continue;
            }
            answer.row([
                Cell::Null,
                Cell::from("LOCAL"),
                Cell::from(u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
                Cell::from("ACTIVE"),
                Cell::from(client.id),
            ]);
        }
        answer
    }

    /// SHOW GLOBAL DEADLOCKS: the last one that this Weir has broken, a row for each member.
    pub(super) fn show_global_deadlocks(&self) -> Answer {
        let columns = ["SECONDS_AGO", "TRANS_ID", "INSTANCE", "THREAD", "WAITS_FOR", "VICTIM"];
        let mut answer = Answer::new(&columns, &["SECONDS_AGO", "THREAD", "VICTIM"]);
        let Some(last) = self.service.coordinator.last_deadlock() else { return answer };
        let name = |member: &Member| match member {
            Member::Transaction(xid) => xid.to_string(),
            Member::Other(instance, thread) => format!("thread {thread} of {}", self.instance_name(*instance)),
        };
        let ago = last.at.elapsed().map_or(0, |ago| ago.as_secs());
        let next = last.ring.iter().cycle().skip(1);
        for ((member, wait), (waits_for, _)) in last.ring.iter().zip(next) {
            answer.row([
                Cell::from(ago),
                Cell::from(name(member)),
                Cell::from(self.instance_name(wait.instance)),
                Cell::from(u64::from(wait.waiter)),
                Cell::from(name(waits_for)),
                Cell::from(u64::from(*member == Member::Transaction(last.victim))),
            ]);
        }
        answer
    }

    fn instance_name(&self, instance: InstanceId) -> String {
        self.service.instances.get(instance).map_or_else(|| "?".to_owned(), |instance| instance.name().to_owned())
    }

    /// SHOW IN DOUBT TRANSACTIONS: the prepared branches of every Weir that the instances show now.
    pub(super) async fn show_in_doubt(&self) -> Answer {
        let columns = ["TRANS_ID", "INSTANCE", "HOME_INSTANCE", "COORDINATOR", "DECISION"];
        let mut answer = Answer::new(&columns, &[]);
        let own = self.service.coordinator.id();
        // Servers list branches in no order.
        let mut branches = recovery::in_doubt(&self.service.coordinator).await;
        branches.sort_by_cached_key(|doubt| (doubt.branch.xid.to_string(), doubt.instance.clone()));
        for doubt in branches {
            let xid = doubt.branch.xid;
            answer.row([
                Cell::from(xid.to_string()),
                Cell::from(doubt.instance),
                doubt.home.map_or(Cell::Null, Cell::from),
                Cell::from(if xid.coordinator == own { "this".to_owned() } else { xid.coordinator.to_string() }),
                Cell::from(doubt.decision),
            ]);
        }
        answer
    }
}
