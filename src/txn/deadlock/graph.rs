//! Who waits for whom, over all instances: pure.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Xid;
use crate::id::InstanceId;

/// A lock wait as a server shows it: connections by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait {
    /// Where.
    pub instance: InstanceId,
    /// Who waits.
    pub waiter: u32,
    /// Who holds what it waits for.
    pub holder: u32,
}

/// A transaction over several instances, of any Weir, or whatever else is on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// One whose name is known.
    Transaction(Xid),
    /// Anything else.
    Other(InstanceId, u32),
}

/// Transactions that wait for each other in a ring: each member with the wait that leads to the next.
pub(super) type Ring = Vec<(Member, Wait)>;

/// The rings that no single server sees, because their waits are on several instances; no two share a transaction.
pub(super) fn rings(waits: &BTreeSet<Wait>, owner: impl Fn(InstanceId, u32) -> Option<Xid>) -> Vec<Ring> {
    let member =
        |instance, thread| owner(instance, thread).map_or(Member::Other(instance, thread), Member::Transaction);
    let mut edges: BTreeMap<Member, Vec<(Member, Wait)>> = BTreeMap::new();
    for wait in waits {
        let (from, to) = (member(wait.instance, wait.waiter), member(wait.instance, wait.holder));
        if from != to {
            edges.entry(from).or_default().push((to, *wait));
        }
    }
    let mut found = Vec::new();
    while let Some(ring) = edges.keys().find_map(|start| ring_from(*start, &edges)) {
        for (member, _) in &ring {
            edges.remove(member);
        }
        let instances: BTreeSet<InstanceId> = ring.iter().map(|(_, wait)| wait.instance).collect();
        if instances.len() > 1 {
            found.push(ring);
        }
    }
    found
}

/// Transactions that wait while somebody waits for them: only those can be in a ring.
pub(super) fn between<'a>(
    waits: impl Iterator<Item = &'a Wait> + Clone,
    owner: impl Fn(InstanceId, u32) -> Option<Xid>,
) -> BTreeSet<Xid> {
    let waiting = waits.clone().filter_map(|wait| owner(wait.instance, wait.waiter));
    let waited_for: BTreeSet<Xid> = waits.filter_map(|wait| owner(wait.instance, wait.holder)).collect();
    waiting.filter(|xid| waited_for.contains(xid)).collect()
}

/// A ring through a member, if there is one: depth first, each member visited once.
fn ring_from(start: Member, edges: &BTreeMap<Member, Vec<(Member, Wait)>>) -> Option<Ring> {
    let mut visited = BTreeSet::from([start]);
    // The way from the start, and how many edges of each member on it have been tried.
    let mut way: Vec<(Member, usize)> = vec![(start, 0)];
    let mut waits: Vec<Wait> = Vec::new();
    while let Some((at, tried)) = way.last_mut() {
        let next = edges.get(at).and_then(|edges| edges.get(*tried)).copied();
        *tried += 1;
        match next {
            Some((to, wait)) if to == start => {
                waits.push(wait);
                return Some(way.iter().map(|(member, _)| *member).zip(waits).collect());
            }
            Some((to, wait)) => {
                if visited.insert(to) {
                    way.push((to, 0));
                    waits.push(wait);
                }
            }
            None => {
                way.pop();
                waits.pop();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::Id;
    use super::*;

    fn xid(serial: u64) -> Xid {
        Xid { home: Id(1), coordinator: Id(2), serial }
    }

    /// Waits as (instance, waiter, holder). Connections 10 to 19 are our transaction 1's, 20 to 29 are 2's and so on;
    /// those below 10 are somebody's. Gives the members of each ring.
    fn check(waits: &[(u16, u32, u32)], expected: &[&[u64]]) {
        let wait = |(instance, waiter, holder): &(u16, u32, u32)| Wait {
            instance: InstanceId(*instance),
            waiter: *waiter,
            holder: *holder,
        };
        let waits: BTreeSet<Wait> = waits.iter().map(wait).collect();
        let found = rings(&waits, |_, thread| (thread >= 10).then(|| xid(u64::from(thread / 10))));
        let serial = |member: &Member| match member {
            Member::Transaction(xid) => xid.serial,
            Member::Other(..) => 0,
        };
        let members: Vec<Vec<u64>> =
            found.iter().map(|ring| ring.iter().map(|(member, _)| serial(member)).collect()).collect();
        assert_eq!(members, expected);
    }

    #[test]
    fn rings_over_several_instances_are_found() {
        check(&[], &[]);
        check(&[(0, 10, 20)], &[]);
        check(&[(0, 10, 20), (1, 21, 11)], &[&[1, 2]]);
        check(&[(0, 10, 20), (1, 21, 31), (2, 32, 12)], &[&[1, 2, 3]]);
        // A ring on one instance is its server's to break.
        check(&[(0, 10, 20), (0, 20, 10)], &[]);
        // A way that leads nowhere, and one that leads into a ring without being in it.
        check(&[(0, 10, 40), (0, 10, 20), (1, 21, 11), (0, 50, 10)], &[&[1, 2]]);
        // Through somebody else's transaction.
        check(&[(0, 10, 5), (0, 5, 20), (1, 21, 11)], &[&[1, 0, 2]]);
        // Two rings at once.
        check(&[(0, 10, 20), (1, 21, 11), (0, 30, 40), (1, 41, 31)], &[&[1, 2], &[3, 4]]);
    }

    #[test]
    fn only_who_waits_and_is_waited_for_can_be_in_a_ring() {
        let wait = |instance, waiter, holder| Wait { instance: InstanceId(instance), waiter, holder };
        let owner = |_: InstanceId, thread: u32| (thread >= 10).then(|| xid(u64::from(thread / 10)));
        let between = |waits: &[Wait]| between(waits.iter(), owner);
        assert!(between(&[wait(0, 10, 5), wait(1, 20, 5)]).is_empty());
        assert!(between(&[wait(0, 5, 10), wait(1, 20, 5)]).is_empty());
        assert_eq!(between(&[wait(0, 10, 5), wait(1, 6, 11)]), BTreeSet::from([xid(1)]));
    }
}
