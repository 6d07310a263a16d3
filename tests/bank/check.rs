//! What must hold of what clients saw and of what is in the tables at the end. Pure: histories in, violations out; each
//! check has a test that plants what it must find.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What a client knows of a transaction of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It heard OK.
    Acknowledged,
    /// It heard that it is rolled back, asked for that, or never asked for a commit.
    Undone,
    /// The answer was lost, or said that it is not known.
    Unknown,
}

/// Money from one account to another, with one row of the ledger for each side.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) id: u64,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) amount: i64,
    pub(crate) outcome: Outcome,
    pub(crate) told: Told,
}

/// Where and when a client learned the outcome, for whoever looks into a violation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    /// The port it was connected to.
    pub(crate) port: u16,
    /// Since the run began.
    pub(crate) at: Duration,
}

/// A row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) account: u32,
    pub(crate) transfer: u64,
    pub(crate) amount: i64,
}

/// One value appended to two lists in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Append {
    pub(crate) value: u64,
    pub(crate) keys: [u32; 2],
    pub(crate) outcome: Outcome,
    pub(crate) told: Told,
}

/// A list as some reader saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Of a consistent cut: when it was asked for, since the run began.
    pub(crate) cut_at: Option<Duration>,
    pub(crate) key: u32,
    pub(crate) values: Vec<u64>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Acknowledged, and not there.
    Lost(u64),
    /// Rolled back for all its client knows, and there.
    NotUndone(u64),
    /// There on one side only.
    Half(u64),
    /// There, and not as its client wrote it, or nobody wrote it.
    Stranger(u64),
    /// The balance of an account is not what the ledger says.
    Balance { account: u32, due: i64, found: i64 },
    /// A sum over all accounts is not what it must be.
    Sum { due: i64, found: i64 },
    /// Two-sided updates: so many are there, and only so many may be.
    Count { found: i64, least: i64, most: i64 },
    /// There more than once.
    Twice { key: u32, value: u64 },
    /// What a reader saw is not how the list began.
    NoPrefix { key: u32, at: usize },
    /// A cut that shows a transaction in one list and not in the other.
    Torn { value: u64 },
    /// Acknowledged before a cut was asked for, and not in it.
    Stale { value: u64 },
}

// === impl Violation ===

impl Violation {
    /// The transfer or value that it is about.
    pub(crate) fn id(&self) -> Option<u64> {
        match self {
            Self::Lost(id) | Self::NotUndone(id) | Self::Half(id) | Self::Stranger(id) => Some(*id),
            Self::Twice { value, .. } | Self::Torn { value } | Self::Stale { value } => Some(*value),
            Self::Balance { .. } | Self::Sum { .. } | Self::Count { .. } | Self::NoPrefix { .. } => None,
        }
    }
}

/// The accounts and the ledger at the end. All accounts began with the same balance.
pub(crate) fn ledger(
    opening: i64,
    accounts: &BTreeMap<u32, i64>,
    entries: &[Entry],
    transfers: &[Transfer],
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut sides: HashMap<u64, Vec<Entry>> = HashMap::new();
    let mut due: BTreeMap<u32, i64> = accounts.keys().map(|account| (*account, opening)).collect();
    for entry in entries {
        sides.entry(entry.transfer).or_default().push(*entry);
        match due.get_mut(&entry.account) {
            Some(balance) => *balance += entry.amount,
            None => violations.push(Violation::Stranger(entry.transfer)),
        }
    }
    for transfer in transfers {
        let there = sides.remove(&transfer.id).unwrap_or_default();
        violations.extend(transfer_is_right(transfer, &there));
    }
    violations.extend(sides.into_keys().map(Violation::Stranger));
    for (account, found) in accounts {
        let due = due[account];
        if due != *found {
            violations.push(Violation::Balance { account: *account, due, found: *found });
        }
    }
    violations.extend(sum(opening * i64::try_from(accounts.len()).expect("few"), accounts.values().sum()));
    violations
}

fn transfer_is_right(transfer: &Transfer, there: &[Entry]) -> Option<Violation> {
    let Transfer { id, from, to, amount, outcome, .. } = transfer;
    let due = [(*from, -amount), (*to, *amount)];
    if there.iter().any(|entry| !due.contains(&(entry.account, entry.amount))) || there.len() > due.len() {
        return Some(Violation::Stranger(*id));
    }
    match (there.len(), outcome) {
        (1, _) => Some(Violation::Half(*id)),
        (0, Outcome::Acknowledged) => Some(Violation::Lost(*id)),
        (2, Outcome::Undone) => Some(Violation::NotUndone(*id)),
        _ => None,
    }
}

/// A sum that a cut shows.
pub(crate) fn sum(due: i64, found: i64) -> Option<Violation> {
    (due != found).then_some(Violation::Sum { due, found })
}

/// Two-sided updates, each of which counts one up on both sides: `found` is the sum of the counts.
pub(crate) fn count(found: i64, outcomes: &[Outcome]) -> Option<Violation> {
    let number = |outcome| i64::try_from(outcomes.iter().filter(|one| **one == outcome).count()).expect("few");
    let (least, unknown) = (number(Outcome::Acknowledged), number(Outcome::Unknown));
    let most = least + unknown;
    let fits = found % 2 == 0 && (least..=most).contains(&(found / 2));
    (!fits).then_some(Violation::Count { found, least: 2 * least, most: 2 * most })
}

/// Lists at the end, and all that was seen of them before.
pub(crate) fn lists(finals: &BTreeMap<u32, Vec<u64>>, appends: &[Append], seen: &[Seen]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut places: HashMap<u64, Vec<u32>> = HashMap::new();
    for (key, values) in finals {
        let mut distinct = BTreeSet::new();
        for value in values {
            if distinct.insert(*value) {
                places.entry(*value).or_default().push(*key);
            } else {
                violations.push(Violation::Twice { key: *key, value: *value });
            }
        }
    }
    let mut undone = BTreeSet::new();
    for append in appends {
        let there = places.remove(&append.value).unwrap_or_default();
        if append.outcome == Outcome::Undone {
            undone.insert(append.value);
        }
        violations.extend(match (there.len(), append.outcome) {
            _ if there.iter().any(|key| !append.keys.contains(key)) => Some(Violation::Stranger(append.value)),
            (1, _) => Some(Violation::Half(append.value)),
            (0, Outcome::Acknowledged) => Some(Violation::Lost(append.value)),
            (2, Outcome::Undone) => Some(Violation::NotUndone(append.value)),
            _ => None,
        });
    }
    violations.extend(places.into_keys().map(Violation::Stranger));
    for Seen { key, values, .. } in seen {
        let all = finals.get(key).map_or(&[][..], Vec::as_slice);
        // Aborted reads are among these: what is rolled back is not in the list at the end.
        if let Some(at) = values.iter().enumerate().position(|(at, value)| all.get(at) != Some(value)) {
            violations.push(match undone.contains(&values[at]) {
                true => Violation::NotUndone(values[at]),
                false => Violation::NoPrefix { key: *key, at },
            });
        }
    }
    violations
}

/// A consistent cut shows whatever was acknowledged before it was asked for, whichever Weir is asked.
pub(crate) fn recent(appends: &[Append], seen: &[Seen]) -> Vec<Violation> {
    let mut acknowledged: BTreeMap<u32, Vec<(Duration, u64)>> = BTreeMap::new();
    for append in appends.iter().filter(|append| append.outcome == Outcome::Acknowledged) {
        for key in append.keys {
            acknowledged.entry(key).or_default().push((append.told.at, append.value));
        }
    }
    acknowledged.values_mut().for_each(|of_key| of_key.sort_unstable());
    let mut violations = Vec::new();
    for Seen { key, values, cut_at } in seen {
        let (Some(asked), Some(of_key)) = (cut_at, acknowledged.get(key)) else { continue };
        let due = of_key.iter().take_while(|(at, _)| at < asked).map(|(_, value)| *value);
        let shown: BTreeSet<u64> = values.iter().copied().collect();
        violations.extend(due.filter(|value| !shown.contains(value)).map(|value| Violation::Stale { value }));
    }
    violations
}

/// Lists seen at one moment: every append is in both of its lists or in neither. `keys_of` tells where a value belongs.
pub(crate) fn cut(shown: &[Seen], keys_of: impl Fn(u64) -> Option<[u32; 2]>) -> Vec<Violation> {
    let lists: BTreeMap<u32, BTreeSet<u64>> =
        shown.iter().map(|seen| (seen.key, seen.values.iter().copied().collect())).collect();
    let mut violations = Vec::new();
    for value in lists.values().flatten() {
        let Some(keys) = keys_of(*value) else {
            violations.push(Violation::Stranger(*value));
            continue;
        };
        let torn = keys.iter().filter_map(|key| lists.get(key)).any(|list| !list.contains(value));
        if torn && !violations.contains(&Violation::Torn { value: *value }) {
            violations.push(Violation::Torn { value: *value });
        }
    }
    violations
}

mod planted {
    //! Each check finds what it is there for, and nothing in what is right.

    use super::*;

    fn transfer(id: u64, outcome: Outcome) -> Transfer {
        Transfer { id, from: 1, to: 2, amount: 5, outcome, told: Told::default() }
    }

    fn both_sides(transfer: u64) -> [Entry; 2] {
        [Entry { account: 1, transfer, amount: -5 }, Entry { account: 2, transfer, amount: 5 }]
    }

    fn accounts(first: i64, second: i64) -> BTreeMap<u32, i64> {
        BTreeMap::from([(1, first), (2, second)])
    }

    #[test]
    fn a_ledger_that_is_right() {
        let transfers = [
            transfer(7, Outcome::Acknowledged),
            transfer(8, Outcome::Unknown),
            transfer(9, Outcome::Unknown),
            transfer(10, Outcome::Undone),
        ];
        let entries = [both_sides(7), both_sides(9)].concat();
        assert_eq!(ledger(100, &accounts(90, 110), &entries, &transfers), []);
    }

    #[test]
    fn a_lost_transfer() {
        let transfers = [transfer(7, Outcome::Acknowledged)];
        assert_eq!(ledger(100, &accounts(100, 100), &[], &transfers), [Violation::Lost(7)]);
    }

    #[test]
    fn a_transfer_that_was_rolled_back_and_is_there() {
        let transfers = [transfer(7, Outcome::Undone)];
        assert_eq!(ledger(100, &accounts(95, 105), &both_sides(7), &transfers), [Violation::NotUndone(7)]);
    }

    #[test]
    fn half_a_transfer() {
        for outcome in [Outcome::Acknowledged, Outcome::Undone, Outcome::Unknown] {
            let found = ledger(100, &accounts(95, 100), &both_sides(7)[..1], &[transfer(7, outcome)]);
            assert_eq!(found, [Violation::Half(7), Violation::Sum { due: 200, found: 195 }]);
        }
    }

    #[test]
    fn rows_that_nobody_wrote() {
        let found = ledger(100, &accounts(95, 105), &both_sides(7), &[]);
        assert_eq!(found, [Violation::Stranger(7)]);
        let mut other = both_sides(7);
        other[1].amount = 6;
        let found = ledger(100, &accounts(95, 106), &other, &[transfer(7, Outcome::Unknown)]);
        assert_eq!(found, [Violation::Stranger(7), Violation::Sum { due: 200, found: 201 }]);
    }

    #[test]
    fn an_update_without_its_row_or_done_twice() {
        let transfers = [transfer(7, Outcome::Acknowledged)];
        let found = ledger(100, &accounts(90, 110), &both_sides(7), &transfers);
        let due = [
            Violation::Balance { account: 1, due: 95, found: 90 },
            Violation::Balance { account: 2, due: 105, found: 110 },
        ];
        assert_eq!(found, due);
    }

    #[test]
    fn counts() {
        let outcomes = [Outcome::Acknowledged, Outcome::Undone, Outcome::Unknown, Outcome::Acknowledged];
        assert_eq!(count(4, &outcomes), None);
        assert_eq!(count(6, &outcomes), None);
        for found in [2, 3, 5, 8] {
            assert_eq!(count(found, &outcomes), Some(Violation::Count { found, least: 4, most: 6 }));
        }
    }

    fn append(value: u64, outcome: Outcome) -> Append {
        Append { value, keys: [1, 2], outcome, told: Told::default() }
    }

    fn finals(first: &[u64], second: &[u64]) -> BTreeMap<u32, Vec<u64>> {
        BTreeMap::from([(1, first.to_vec()), (2, second.to_vec())])
    }

    fn seen(key: u32, values: &[u64]) -> Seen {
        Seen { cut_at: None, key, values: values.to_vec() }
    }

    #[test]
    fn lists_that_are_right() {
        let appends = [append(7, Outcome::Acknowledged), append(8, Outcome::Unknown), append(9, Outcome::Undone)];
        let reads = [seen(1, &[]), seen(1, &[7]), seen(2, &[8, 7]), seen(3, &[])];
        assert_eq!(lists(&finals(&[7, 8], &[8, 7]), &appends, &reads), []);
    }

    #[test]
    fn a_lost_a_half_and_an_undone_append() {
        let lost = lists(&finals(&[], &[]), &[append(7, Outcome::Acknowledged)], &[]);
        assert_eq!(lost, [Violation::Lost(7)]);
        let half = lists(&finals(&[7], &[]), &[append(7, Outcome::Unknown)], &[]);
        assert_eq!(half, [Violation::Half(7)]);
        let undone = lists(&finals(&[7], &[7]), &[append(7, Outcome::Undone)], &[]);
        assert_eq!(undone, [Violation::NotUndone(7)]);
    }

    #[test]
    fn values_twice_elsewhere_or_from_nowhere() {
        let known = [append(7, Outcome::Acknowledged)];
        let twice = lists(&finals(&[7, 7], &[7]), &known, &[]);
        assert_eq!(twice, [Violation::Twice { key: 1, value: 7 }]);
        assert_eq!(lists(&finals(&[7, 5], &[7]), &known, &[]), [Violation::Stranger(5)]);
        let elsewhere = BTreeMap::from([(1, vec![7]), (3, vec![7])]);
        assert_eq!(lists(&elsewhere, &known, &[]), [Violation::Stranger(7)]);
    }

    #[test]
    fn reads_of_what_was_rolled_back_or_came_in_another_order() {
        let appends = [append(7, Outcome::Acknowledged), append(8, Outcome::Acknowledged), append(9, Outcome::Undone)];
        let all = finals(&[7, 8], &[7, 8]);
        assert_eq!(lists(&all, &appends, &[seen(1, &[7, 9])]), [Violation::NotUndone(9)]);
        assert_eq!(lists(&all, &appends, &[seen(1, &[8])]), [Violation::NoPrefix { key: 1, at: 0 }]);
        assert_eq!(lists(&all, &appends, &[seen(2, &[7, 8, 6])]), [Violation::NoPrefix { key: 2, at: 2 }]);
    }

    #[test]
    fn cuts_that_do_not_show_what_was_acknowledged() {
        let at = |ms| Duration::from_millis(ms);
        let told = |value, outcome, ms| Append { told: Told { port: 0, at: at(ms) }, ..append(value, outcome) };
        let appends =
            [told(7, Outcome::Acknowledged, 10), told(8, Outcome::Acknowledged, 20), told(9, Outcome::Unknown, 5)];
        let cut = |ms, values: &[u64]| Seen { cut_at: Some(at(ms)), ..seen(1, values) };
        assert_eq!(
            recent(&appends, &[cut(9, &[]), cut(11, &[7]), cut(20, &[7]), cut(21, &[9, 7, 8]), seen(1, &[])]),
            []
        );
        assert_eq!(recent(&appends, &[cut(21, &[7])]), [Violation::Stale { value: 8 }]);
    }

    #[test]
    fn cuts() {
        let keys_of = |value| (value != 5).then_some([1, 2]);
        assert_eq!(cut(&[seen(1, &[7, 8]), seen(2, &[8, 7])], keys_of), []);
        assert_eq!(cut(&[seen(1, &[7, 8])], keys_of), [], "the other list is not shown");
        assert_eq!(cut(&[seen(1, &[7]), seen(2, &[])], keys_of), [Violation::Torn { value: 7 }]);
        assert_eq!(cut(&[seen(1, &[5])], keys_of), [Violation::Stranger(5)]);
        assert_eq!(sum(10, 9), Some(Violation::Sum { due: 10, found: 9 }));
        assert_eq!(sum(10, 10), None);
    }
}
