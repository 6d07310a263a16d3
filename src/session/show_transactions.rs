//! SHOW TRANS and SHOW IN DOUBT TRANSACTIONS.

use super::Session;
use super::answer::{Answer, Cell};
use crate::txn::recovery;

// === impl Session ===

impl Session {
    /// SHOW TRANS: the transactions over several instances that this Weir has open.
    pub(super) fn show_trans(&self) -> Answer {
        let columns = ["TRANS_ID", "TYPE", "DURATION_MS", "STATE", "PROCESS_ID"];
        let mut answer = Answer::new(&columns, &["DURATION_MS", "PROCESS_ID"]);
        for open in self.service.coordinator.open_transactions() {
            answer.row([
                Cell::from(open.xid.to_string()),
                Cell::from("XA"),
                Cell::from(u64::try_from(open.age.as_millis()).unwrap_or(u64::MAX)),
                Cell::from(if open.committing { "COMMITTING" } else { "ACTIVE" }),
                Cell::from(open.client),
            ]);
        }
        answer
    }

    /// SHOW IN DOUBT TRANSACTIONS: the prepared branches of every Weir that the instances show now.
    pub(super) async fn show_in_doubt(&self) -> Answer {
        let columns = ["TRANS_ID", "INSTANCE", "HOME_INSTANCE", "COORDINATOR", "DECISION"];
        let mut answer = Answer::new(&columns, &[]);
        let own = self.service.coordinator.id();
        for doubt in recovery::in_doubt(&self.service.coordinator).await {
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
