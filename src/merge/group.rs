//! Grouping: rows with equal keys, which come one after another, become one row.
//!
//! One group is open at a time. Where the answer's order is not the groups' own, finished groups are held and sorted;
//! with a LIMIT only as many as can still be part of the answer.

use bytes::Bytes;

use super::aggregate::{Accumulator, Combine, Combined};
use super::key::{KeyPart, Keys};
use super::ordered::{Head, Ordered, Poll};
use super::row::{Cell, Layout, NewCell};
use super::{GroupSpec, MergeError, MergeLimits, SortKey, Weights};

/// Groups rows that come in the order of the groups' keys.
#[derive(Debug)]
pub(super) struct Groups {
    aggregates: Vec<Combine>,
    /// For each column, which aggregate gives it; None for columns taken from the group's first row.
    given_by: Vec<Option<usize>>,
    /// One group over all rows.
    single: bool,
    /// The first row of the open group.
    first: Head,
    /// Of the open group; empty between groups.
    accumulators: Vec<Accumulator>,
    open: bool,
}

/// Sorts finished groups.
#[derive(Debug)]
pub(super) struct Held {
    keys: Keys,
    rows: Vec<HeldRow>,
    bytes: u64,
    limits: MergeLimits,
    /// How many rows the answer can need.
    wanted: Option<usize>,
    arrived: u64,
}

#[derive(Debug)]
struct HeldRow {
    row: Bytes,
    parts: Vec<KeyPart>,
    /// Breaks ties, so that the answer is the same every time.
    arrived: u64,
}

// === impl Groups ===

impl Groups {
    pub(super) fn new(spec: &GroupSpec, layout: &Layout, weights: &Weights) -> Result<Self, MergeError> {
        let aggregates = spec
            .aggregates
            .iter()
            .map(|aggregate| Combine::resolve(aggregate, layout, weights))
            .collect::<Result<Vec<_>, _>>()?;
        let mut given_by = vec![None; layout.columns.len()];
        for (index, aggregate) in aggregates.iter().enumerate() {
            for &column in aggregate.gives() {
                if let Some(slot) = given_by.get_mut(column) {
                    *slot = Some(index);
                }
            }
        }
        Ok(Self {
            aggregates,
            given_by,
            single: spec.keys.is_empty(),
            first: Head::default(),
            accumulators: Vec::new(),
            open: false,
        })
    }

    /// Takes rows until a group is complete: [`Poll::Ready`] when [`Groups::write`] can be called.
    pub(super) fn poll(&mut self, rows: &mut Ordered, layout: &Layout) -> Result<Poll, MergeError> {
        loop {
            match rows.poll(layout)? {
                Poll::Need(source) => return Ok(Poll::Need(source)),
                Poll::Done => {
                    if self.single {
                        check_one_row_each(rows)?;
                    }
                    return Ok(if self.open { Poll::Ready } else { Poll::Done });
                }
                Poll::Ready => {}
            }
            let Some(head) = rows.top() else { return Ok(Poll::Done) };
            if !self.open {
                self.first.copy_from(head);
                self.accumulators.extend(self.aggregates.iter().map(Combine::start));
                self.open = true;
            } else if !rows.same_keys(&self.first, head) {
                return Ok(Poll::Ready);
            }
            for (aggregate, accumulator) in self.aggregates.iter().zip(&mut self.accumulators) {
                aggregate.add(accumulator, head, layout.format)?;
            }
            rows.pop(layout)?;
        }
    }

    /// Appends the complete group as a row of its first `columns` columns and closes it.
    pub(super) fn write(&mut self, layout: &Layout, columns: usize, out: &mut Vec<u8>) -> Result<(), MergeError> {
        self.open = false;
        if self.aggregates.is_empty() && columns == layout.visible {
            return layout.write_visible(&self.first.row, &self.first.cells, out);
        }
        let ended: Vec<(Combined<'_>, String)> = self
            .aggregates
            .iter()
            .zip(&self.accumulators)
            .map(|(aggregate, accumulator)| {
                let combined = aggregate.end(accumulator)?;
                let digits = if let Combined::Decimal(value) = &combined { value.to_string() } else { String::new() };
                Ok((combined, digits))
            })
            .collect::<Result<_, MergeError>>()?;
        let first = &self.first;
        let cells = self.given_by.iter().zip(&first.cells).take(columns).enumerate();
        layout.write_row(
            cells.map(|(column, (given_by, cell))| match given_by.and_then(|index| ended.get(index)) {
                None => cell.copied(&first.row),
                Some((Combined::Null, _)) => NewCell::Null,
                Some((Combined::Integer { value, signed }, _)) => NewCell::Integer { value: *value, signed: *signed },
                Some((Combined::Decimal(_), digits)) => NewCell::Digits(digits),
                Some((Combined::Best(best), _)) => best.cell(column),
            }),
            out,
        );
        drop(ended);
        self.accumulators.clear();
        Ok(())
    }
}

// === impl Held ===

impl Held {
    pub(super) fn new(
        order: &[SortKey],
        layout: &Layout,
        weights: &Weights,
        limits: MergeLimits,
        wanted: Option<u64>,
    ) -> Result<Self, MergeError> {
        Ok(Self {
            keys: Keys::resolve(order, layout, weights)?,
            rows: Vec::new(),
            bytes: 0,
            limits,
            wanted: wanted.and_then(|rows| usize::try_from(rows).ok()),
            arrived: 0,
        })
    }

    /// Takes one row with all its columns.
    pub(super) fn hold(&mut self, row: &[u8], layout: &Layout, cells: &mut Vec<Cell>) -> Result<(), MergeError> {
        layout.locate(row, cells)?;
        let mut parts = Vec::new();
        self.keys.decode(layout.format, row, cells, &mut parts)?;
        self.bytes += held_bytes(row.len(), parts.len());
        self.rows.push(HeldRow { row: Bytes::copy_from_slice(row), parts, arrived: self.arrived });
        self.arrived += 1;
        // With a LIMIT the rows that cannot be part of the answer go when there are as many again.
        if let Some(wanted) = self.wanted
            && self.rows.len() / 2 >= wanted.max(1)
        {
            self.sort();
            self.rows.truncate(wanted);
            self.bytes = self.rows.iter().map(|held| held_bytes(held.row.len(), held.parts.len())).sum();
        }
        let MergeLimits { max_rows, max_bytes } = self.limits;
        if u64::try_from(self.rows.len()).is_ok_and(|rows| rows > max_rows) {
            return Err(MergeError::Limit { name: "limits.max_merge_rows", limit: max_rows, unit: "rows" });
        }
        if self.bytes > max_bytes {
            return Err(MergeError::Limit { name: "limits.max_merge_bytes", limit: max_bytes, unit: "bytes" });
        }
        Ok(())
    }

    /// The rows in order.
    pub(super) fn into_sorted(mut self) -> std::vec::IntoIter<Bytes> {
        self.sort();
        self.rows.into_iter().map(|held| held.row).collect::<Vec<_>>().into_iter()
    }

    fn sort(&mut self) {
        let keys = &self.keys;
        self.rows.sort_unstable_by(|a, b| {
            keys.compare((&a.row, &a.parts), (&b.row, &b.parts)).then(a.arrived.cmp(&b.arrived))
        });
    }
}

/// What a held row costs.
fn held_bytes(row: usize, parts: usize) -> u64 {
    u64::try_from(row + parts * size_of::<KeyPart>() + size_of::<HeldRow>()).unwrap_or(u64::MAX)
}

/// An aggregate without GROUP BY has one row of each shard, also of an empty one.
fn check_one_row_each(rows: &Ordered) -> Result<(), MergeError> {
    match rows.rows().enumerate().find(|&(_, rows)| rows != 1) {
        Some((source_index, rows)) => Err(MergeError::OneRowExpected { source_index, rows }),
        None => Ok(()),
    }
}
