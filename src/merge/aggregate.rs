//! Aggregates: how the parts that shards send become one value.
//!
//! Only what combines exactly is here; the types of the columns are checked when the merge is made. COUNT, SUM and AVG
//! are exact to the last digit (AVG by MySQL's own division), MIN and MAX keep the winning row's own cell.

use std::cmp::Ordering;

use bytes::Bytes;

use super::key::{KeyPart, Keys};
use super::ordered::Head;
use super::row::{Cell, Layout, NewCell, malformed};
use super::{
    Aggregate, ColumnAt, CombineAggregate, MergeError, ResultColumn, RowFormat, SortKey, Weights, scalar, type_code,
};
use crate::value::Decimal;

/// How one aggregate combines, its columns found.
#[derive(Debug)]
pub(super) struct Combine {
    at: ColumnAt,
    column: usize,
    definition: ResultColumn,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Count,
    Sum,
    Extreme {
        keys: Keys,
        wanted: Ordering,
        /// The columns taken from the winning row: the aggregate's own, and its key's.
        taken: Vec<usize>,
    },
    Avg {
        sum: usize,
        count: usize,
        count_unsigned: bool,
    },
    Bits(fn(u64, u64) -> u64),
}

/// What has been put together so far.
#[derive(Debug)]
pub(super) enum Accumulator {
    /// COUNT: wide enough for any number of 64-bit counts.
    Count(i128),
    /// SUM: None while all parts are NULL.
    Sum(Option<Decimal>),
    /// MIN and MAX: None while all parts are NULL.
    Extreme(Option<Best>),
    /// AVG.
    Avg {
        /// None while all parts are NULL.
        sum: Option<Decimal>,
        /// Values that are not NULL.
        count: u64,
    },
    /// BIT_AND, BIT_OR, BIT_XOR: None before the first part.
    Bits(Option<u64>),
}

/// The winning row of MIN or MAX.
#[derive(Debug)]
pub(super) struct Best {
    row: Bytes,
    cells: Vec<Cell>,
    parts: Vec<KeyPart>,
}

/// A combined value.
#[derive(Debug)]
pub(super) enum Combined<'a> {
    Null,
    Integer {
        value: u64,
        signed: bool,
    },
    Decimal(Decimal),
    /// The winning row's cells stand for the columns that [`Combine::taken`] names.
    Best(&'a Best),
}

// === impl Combine ===

impl Combine {
    /// Checks that the aggregate combines exactly over these columns.
    pub(super) fn resolve(aggregate: &Aggregate, layout: &Layout, weights: &Weights) -> Result<Self, MergeError> {
        let (column, definition) = layout.column(aggregate.column)?;
        let at = aggregate.column;
        let whole = |function| expect_type(function, at, definition, definition.type_code == type_code::LONGLONG);
        let exact = |function| expect_type(function, at, definition, definition.is_decimal());
        let kind = match &aggregate.combine {
            CombineAggregate::Count => whole("COUNT").map(|()| Kind::Count)?,
            CombineAggregate::Sum => exact("SUM").map(|()| Kind::Sum)?,
            CombineAggregate::Min(key) => extreme(column, key, Ordering::Less, layout, weights)?,
            CombineAggregate::Max(key) => extreme(column, key, Ordering::Greater, layout, weights)?,
            CombineAggregate::Avg { sum, count } => {
                exact("AVG")?;
                let (sum_column, sum_definition) = layout.column(*sum)?;
                let (count_column, count_definition) = layout.column(*count)?;
                expect_type("AVG", *sum, sum_definition, sum_definition.is_decimal())?;
                expect_type("AVG", *count, count_definition, count_definition.type_code == type_code::LONGLONG)?;
                Kind::Avg { sum: sum_column, count: count_column, count_unsigned: count_definition.is_unsigned() }
            }
            CombineAggregate::BitAnd => whole("BIT_AND").map(|()| Kind::Bits(|a, b| a & b))?,
            CombineAggregate::BitOr => whole("BIT_OR").map(|()| Kind::Bits(|a, b| a | b))?,
            CombineAggregate::BitXor => whole("BIT_XOR").map(|()| Kind::Bits(|a, b| a ^ b))?,
        };
        Ok(Self { at, column, definition, kind })
    }

    /// The columns that this aggregate gives.
    pub(super) fn gives(&self) -> &[usize] {
        match &self.kind {
            Kind::Extreme { taken, .. } => taken,
            Kind::Count | Kind::Sum | Kind::Avg { .. } | Kind::Bits(_) => std::slice::from_ref(&self.column),
        }
    }

    /// Before the first row of a group.
    pub(super) fn start(&self) -> Accumulator {
        match &self.kind {
            Kind::Count => Accumulator::Count(0),
            Kind::Sum => Accumulator::Sum(None),
            Kind::Extreme { .. } => Accumulator::Extreme(None),
            Kind::Avg { .. } => Accumulator::Avg { sum: None, count: 0 },
            Kind::Bits(_) => Accumulator::Bits(None),
        }
    }

    /// Adds one row's part.
    pub(super) fn add(&self, accumulator: &mut Accumulator, head: &Head, format: RowFormat) -> Result<(), MergeError> {
        match (&self.kind, accumulator) {
            (Kind::Count, Accumulator::Count(total)) => {
                let value = integer(head, self.column, format, self.definition.is_unsigned())?;
                *total += match value {
                    Some(value) if self.definition.is_unsigned() => i128::from(value),
                    Some(value) => i128::from(value.cast_signed()),
                    None => return Err(malformed("a COUNT that is NULL")),
                };
                Ok(())
            }
            (Kind::Sum, Accumulator::Sum(total)) => self.add_decimal(total, "SUM", head, self.column),
            (Kind::Extreme { keys, wanted, .. }, Accumulator::Extreme(best)) => {
                add_extreme(keys, *wanted, best, head, format)
            }
            (Kind::Avg { sum, count, count_unsigned }, Accumulator::Avg { sum: total, count: counted }) => {
                self.add_decimal(total, "AVG", head, *sum)?;
                let part = integer(head, *count, format, *count_unsigned)?.unwrap_or(0);
                *counted = counted.checked_add(part).ok_or_else(|| self.out_of_range("AVG"))?;
                Ok(())
            }
            (Kind::Bits(combine), Accumulator::Bits(bits)) => {
                let part = integer(head, self.column, format, self.definition.is_unsigned())?;
                *bits = match (*bits, part) {
                    (Some(bits), Some(part)) => Some(combine(bits, part)),
                    (bits, part) => bits.or(part),
                };
                Ok(())
            }
            // `start` made the accumulator of this very kind.
            (Kind::Count | Kind::Sum | Kind::Extreme { .. } | Kind::Avg { .. } | Kind::Bits(_), _) => {
                Err(malformed("an aggregate of another kind"))
            }
        }
    }

    /// The value of the whole group.
    pub(super) fn end<'a>(&self, accumulator: &'a Accumulator) -> Result<Combined<'a>, MergeError> {
        let signed = !self.definition.is_unsigned();
        match accumulator {
            Accumulator::Count(total) => {
                let value = if signed {
                    i64::try_from(*total).map(i64::cast_unsigned).ok()
                } else {
                    u64::try_from(*total).ok()
                };
                let value = value.ok_or_else(|| self.out_of_range("COUNT"))?;
                Ok(Combined::Integer { value, signed })
            }
            Accumulator::Sum(None) | Accumulator::Extreme(None) | Accumulator::Bits(None) => Ok(Combined::Null),
            Accumulator::Avg { sum: None, .. } | Accumulator::Avg { count: 0, .. } => Ok(Combined::Null),
            Accumulator::Sum(Some(total)) => {
                let shown = total.exactly_at(self.definition.decimals);
                Ok(Combined::Decimal(shown.ok_or(malformed("a SUM with more decimals than its column"))?))
            }
            Accumulator::Avg { sum: Some(total), count } => {
                let average = total.average(*count, self.definition.decimals);
                Ok(Combined::Decimal(average.ok_or_else(|| self.out_of_range("AVG"))?))
            }
            Accumulator::Extreme(Some(best)) => Ok(Combined::Best(best)),
            Accumulator::Bits(Some(value)) => Ok(Combined::Integer { value: *value, signed }),
        }
    }

    fn add_decimal(
        &self,
        total: &mut Option<Decimal>,
        function: &'static str,
        head: &Head,
        column: usize,
    ) -> Result<(), MergeError> {
        let cell = cell(head, column)?;
        if cell.is_null() {
            return Ok(());
        }
        let part = Decimal::parse(cell.of(&head.row)).ok_or(malformed("a bad DECIMAL"))?;
        *total = Some(match total {
            None => part,
            Some(total) => total.checked_add(&part).ok_or_else(|| self.out_of_range(function))?,
        });
        Ok(())
    }

    fn out_of_range(&self, function: &'static str) -> MergeError {
        MergeError::OutOfRange { function, column: self.at }
    }
}

// === impl Best ===

impl Best {
    /// The cell of one column.
    pub(super) fn cell(&self, column: usize) -> NewCell<'_> {
        self.cells.get(column).map_or(NewCell::Null, |cell| cell.copied(&self.row))
    }
}

fn expect_type(
    function: &'static str,
    column: ColumnAt,
    definition: ResultColumn,
    fits: bool,
) -> Result<(), MergeError> {
    let type_code = definition.type_code;
    if fits { Ok(()) } else { Err(MergeError::AggregateType { function, column, type_code }) }
}

fn extreme(
    column: usize,
    key: &SortKey,
    wanted: Ordering,
    layout: &Layout,
    weights: &Weights,
) -> Result<Kind, MergeError> {
    let ascending = SortKey { descending: false, ..key.clone() };
    let keys = Keys::resolve(std::slice::from_ref(&ascending), layout, weights)?;
    let mut taken = vec![column, layout.column(key.value)?.0];
    if let Some(weight) = key.weight {
        taken.push(layout.column(weight)?.0);
    }
    Ok(Kind::Extreme { keys, wanted, taken })
}

fn add_extreme(
    keys: &Keys,
    wanted: Ordering,
    best: &mut Option<Best>,
    head: &Head,
    format: RowFormat,
) -> Result<(), MergeError> {
    let mut parts = Vec::with_capacity(1);
    keys.decode(format, &head.row, &head.cells, &mut parts)?;
    if parts.first().is_none_or(KeyPart::is_null) {
        return Ok(());
    }
    let wins = best.as_ref().is_none_or(|best| keys.compare((&head.row, &parts), (&best.row, &best.parts)) == wanted);
    if wins {
        *best = Some(Best { row: head.row.clone(), cells: head.cells.clone(), parts });
    }
    Ok(())
}

fn cell(head: &Head, column: usize) -> Result<Cell, MergeError> {
    head.cells.get(column).copied().ok_or(malformed("fewer cells than columns"))
}

fn integer(head: &Head, column: usize, format: RowFormat, unsigned: bool) -> Result<Option<u64>, MergeError> {
    let cell = cell(head, column)?;
    if cell.is_null() { Ok(None) } else { scalar::integer(cell.of(&head.row), format, unsigned).map(Some) }
}
