//! Which prepared branches are in doubt: pure, told what instances show and when.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{BranchXid, InstanceId, Xid};

/// A prepared branch, and since when this Weir knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) instance: InstanceId,
    pub(super) branch: BranchXid,
    pub(super) since: Instant,
}

/// All prepared branches that are known.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    seen: BTreeMap<(InstanceId, BranchXid), Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    since: Instant,
    /// Its coordinator has said that it leaves it.
    left: bool,
}

// === impl Doubt ===

impl Doubt {
    /// Takes in what instances show. A branch that is not shown any more has ended; of an instance that is not among
    /// them, everything stays as it was.
    pub(super) fn shown(&mut self, shown: &[(InstanceId, Vec<BranchXid>)], now: Instant) {
        for (instance, branches) in shown {
            self.seen.retain(|(of, branch), _| of != instance || branches.contains(branch));
            for branch in branches {
                self.seen.entry((*instance, *branch)).or_insert(Known { since: now, left: false });
            }
        }
    }

    /// Transactions of this Weir that it has given up: they are due at once.
    pub(super) fn left_behind(&mut self, xids: &[Xid]) {
        for ((_, branch), known) in &mut self.seen {
            known.left |= xids.contains(&branch.xid);
        }
    }

    /// The transactions that have branches which stay for too long, with all their branches that do.
    pub(super) fn due(&self, now: Instant, grace: Duration) -> BTreeMap<Xid, Vec<Seen>> {
        let mut due: BTreeMap<Xid, Vec<Seen>> = BTreeMap::new();
        for ((instance, branch), known) in &self.seen {
            if known.left || now.duration_since(known.since) >= grace {
                let seen = Seen { instance: *instance, branch: *branch, since: known.since };
                due.entry(branch.xid).or_default().push(seen);
            }
        }
        due
    }

    /// A branch has been ended here.
    pub(super) fn ended(&mut self, seen: &Seen) {
        self.seen.remove(&(seen.instance, seen.branch));
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::txn::Id;

    const A: InstanceId = InstanceId(0);
    const B: InstanceId = InstanceId(1);
    const GRACE: Duration = Duration::from_secs(3);

    fn branch(serial: u64) -> BranchXid {
        BranchXid { xid: Xid { home: Id(1), coordinator: Id(2), serial }, thread: 3, home_thread: 4 }
    }

    fn due(doubt: &Doubt, now: Instant) -> Vec<(u64, Vec<InstanceId>)> {
        let due = doubt.due(now, GRACE);
        due.iter().map(|(xid, seen)| (xid.serial, seen.iter().map(|seen| seen.instance).collect())).collect()
    }

    #[test]
    fn what_stays_is_due_and_what_goes_is_forgotten() {
        let start = Instant::now();
        let mut doubt = Doubt::default();
        doubt.shown(&[(A, vec![branch(1)]), (B, vec![branch(1), branch(2)])], start);
        assert_eq!(due(&doubt, start), []);
        doubt.shown(&[(A, vec![branch(1)]), (B, vec![branch(1), branch(3)])], start + GRACE);
        assert_eq!(due(&doubt, start + GRACE), [(1, vec![A, B])]);
        // An instance that does not answer keeps what it has shown.
        doubt.shown(&[(A, vec![])], start + GRACE * 2);
        assert_eq!(due(&doubt, start + GRACE * 2), [(1, vec![B]), (3, vec![B])]);
        doubt.ended(&Seen { instance: B, branch: branch(1), since: start });
        assert_eq!((due(&doubt, start + GRACE * 2), doubt.len()), (vec![(3, vec![B])], 1));
    }

    #[test]
    fn what_its_coordinator_leaves_is_due_at_once() {
        let start = Instant::now();
        let mut doubt = Doubt::default();
        doubt.shown(&[(A, vec![branch(1), branch(2)])], start);
        doubt.left_behind(&[branch(2).xid]);
        assert_eq!(due(&doubt, start), [(2, vec![A])]);
    }

    #[test]
    fn one_that_came_back_counts_anew() {
        let start = Instant::now();
        let mut doubt = Doubt::default();
        doubt.shown(&[(A, vec![branch(1)])], start);
        doubt.shown(&[(A, vec![])], start + GRACE);
        doubt.shown(&[(A, vec![branch(1)])], start + GRACE * 2);
        assert_eq!(due(&doubt, start + GRACE * 2), []);
    }
}
