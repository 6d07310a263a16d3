//! Sort keys: what is read of a row once, so that two rows compare without decoding or allocating again.
//!
//! Everything that has a natural order of at most 64 bits (integers, floats, dates, times, bits) becomes one `u64`
//! that orders the same way. Decimals, byte strings and weights stay in the row and are pointed at. NULL is first.

use std::cmp::Ordering;

use super::row::{Cell, Layout, malformed, to_usize};
use super::scalar::{self, Scalar};
use super::{ColumnAt, MergeError, PadWeight, ResultColumn, RowFormat, SortKey, Weights, type_code};
use crate::value::decimal;

/// The keys of one order.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

/// One key's value in one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyPart {
    null: bool,
    scalar: u64,
    start: u32,
    end: u32,
}

/// What a row's first key begins with, as a number: most comparisons of two rows end here, without a look at the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rank {
    /// None: it says nothing.
    number: Option<(bool, u64)>,
}

#[derive(Clone, Debug)]
struct Key {
    /// Decides NULL.
    value: usize,
    /// Decides the order: the value's column, or that of its weight.
    order: usize,
    kind: KeyKind,
    descending: bool,
}

#[derive(Clone, Debug)]
enum KeyKind {
    Scalar(Scalar),
    Decimal,
    Bytes(PadWeight),
}

// === impl Keys ===

impl Keys {
    /// Checks that every key has an order that is known.
    pub(super) fn resolve(keys: &[SortKey], layout: &Layout, weights: &Weights) -> Result<Self, MergeError> {
        let keys = keys.iter().map(|key| Key::resolve(key, layout, weights)).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// Reads the keys of a row; `parts` is cleared first.
    pub(super) fn decode(
        &self,
        format: RowFormat,
        row: &[u8],
        cells: &[Cell],
        parts: &mut Vec<KeyPart>,
    ) -> Result<(), MergeError> {
        parts.clear();
        for key in &self.keys {
            parts.push(key.decode(format, row, cells)?);
        }
        Ok(())
    }

    /// The rank of a row: where two ranks differ, [`Keys::compare`] says the same.
    pub(super) fn rank(&self, row: &[u8], parts: &[KeyPart]) -> Rank {
        let Some((key, part)) = self.keys.first().zip(parts.first()) else { return Rank::default() };
        let number = if part.null { Some((false, 0)) } else { key.beginning(part, part.of(row)).map(|n| (true, n)) };
        Rank { number: number.map(|(value, n)| if key.descending { (!value, !n) } else { (value, n) }) }
    }

    /// Compares two rows by their decoded keys.
    pub(super) fn compare(&self, a: (&[u8], &[KeyPart]), b: (&[u8], &[KeyPart])) -> Ordering {
        for ((key, x), y) in self.keys.iter().zip(a.1).zip(b.1) {
            let order = key.compare((a.0, x), (b.0, y));
            if order != Ordering::Equal {
                return if key.descending { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }
}

// === impl Rank ===

impl Rank {
    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => Ordering::Equal,
        }
    }
}

// === impl KeyPart ===

impl KeyPart {
    pub(super) fn is_null(&self) -> bool {
        self.null
    }

    fn of<'r>(&self, row: &'r [u8]) -> &'r [u8] {
        row.get(to_usize(self.start)..to_usize(self.end)).unwrap_or_default()
    }
}

// === impl Key ===

impl Key {
    fn resolve(key: &SortKey, layout: &Layout, weights: &Weights) -> Result<Self, MergeError> {
        let (value, column) = layout.column(key.value)?;
        let by_value = |kind| Self { value, order: value, kind, descending: key.descending };
        let refused = |type_code| Err(MergeError::KeyType { column: key.value, type_code });
        match column.type_code {
            code if column.is_member() => refused(code),
            // Six digits of a FLOAT are shown: different values look alike.
            code @ type_code::FLOAT if layout.format == RowFormat::Text => refused(code),
            type_code::DECIMAL | type_code::NEWDECIMAL => Ok(by_value(KeyKind::Decimal)),
            type_code::VARCHAR
            | type_code::VAR_STRING
            | type_code::STRING
            | type_code::TINY_BLOB
            | type_code::BLOB
            | type_code::MEDIUM_BLOB
            | type_code::LONG_BLOB => {
                let known = key.weight.and_then(|weight| Some((weight, weights.get(weight)?)));
                match known {
                    Some((weight, pad)) => {
                        let order = weight_column(weight, layout)?;
                        Ok(Self { order, ..by_value(KeyKind::Bytes(pad.clone())) })
                    }
                    None if column.is_byte_string() => Ok(by_value(KeyKind::Bytes(PadWeight::None))),
                    None => Err(MergeError::NoWeight { column: key.value }),
                }
            }
            code => match Scalar::of(column) {
                Some(scalar) => Ok(by_value(KeyKind::Scalar(scalar))),
                None => refused(code),
            },
        }
    }

    fn decode(&self, format: RowFormat, row: &[u8], cells: &[Cell]) -> Result<KeyPart, MergeError> {
        let cell = |index| cells.get(index).copied().ok_or(malformed("fewer cells than columns"));
        if cell(self.value)?.is_null() {
            return Ok(KeyPart { null: true, scalar: 0, start: 0, end: 0 });
        }
        let ordering = cell(self.order)?;
        if ordering.is_null() {
            return Err(malformed("no WEIGHT_STRING for a string that is not NULL"));
        }
        let (start, end) = ordering.range();
        let scalar = match &self.kind {
            KeyKind::Scalar(scalar) => scalar::decode(*scalar, format, ordering.of(row))?,
            KeyKind::Decimal if !decimal::is_number(ordering.of(row)) => return Err(malformed("a bad DECIMAL")),
            KeyKind::Decimal | KeyKind::Bytes(_) => 0,
        };
        Ok(KeyPart { null: false, scalar, start, end })
    }

    /// A number that is less only where the value is less.
    fn beginning(&self, part: &KeyPart, bytes: &[u8]) -> Option<u64> {
        match &self.kind {
            KeyKind::Scalar(_) => Some(part.scalar),
            KeyKind::Decimal => None,
            KeyKind::Bytes(PadWeight::None) => Some(first_eight(bytes, &[0])),
            // What follows a weight that is cut off within a character has no place of its own.
            KeyKind::Bytes(PadWeight::Space(space)) => {
                bytes.len().is_multiple_of(space.len()).then(|| first_eight(bytes, space))
            }
        }
    }

    fn compare(&self, a: (&[u8], &KeyPart), b: (&[u8], &KeyPart)) -> Ordering {
        match (a.1.null, b.1.null) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        match &self.kind {
            KeyKind::Scalar(_) => a.1.scalar.cmp(&b.1.scalar),
            // Both were found to be numbers when they were decoded.
            KeyKind::Decimal => decimal::compare_text(a.1.of(a.0), b.1.of(b.0)).unwrap_or(Ordering::Equal),
            KeyKind::Bytes(PadWeight::None) => a.1.of(a.0).cmp(b.1.of(b.0)),
            KeyKind::Bytes(PadWeight::Space(space)) => compare_padded(a.1.of(a.0), b.1.of(b.0), space),
        }
    }
}

/// A WEIGHT_STRING column is a byte string.
fn weight_column(weight: ColumnAt, layout: &Layout) -> Result<usize, MergeError> {
    let (index, ResultColumn { type_code, .. }) = layout.column(weight)?;
    match type_code {
        type_code::VARCHAR
        | type_code::VAR_STRING
        | type_code::STRING
        | type_code::TINY_BLOB
        | type_code::BLOB
        | type_code::MEDIUM_BLOB
        | type_code::LONG_BLOB => Ok(index),
        code => Err(MergeError::KeyType { column: weight, type_code: code }),
    }
}

/// The first eight bytes of `bytes`, which go on with `then` again and again.
fn first_eight(bytes: &[u8], then: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => bytes.iter().chain(then.iter().cycle()).take(8).fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// Compares two weights as if the shorter one went on with the weight of a space for ever.
fn compare_padded(a: &[u8], b: &[u8], space: &[u8]) -> Ordering {
    let common = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a.split_at(common), b.split_at(common));
    let spaces = || space.iter().cycle();
    a.cmp(b).then_with(|| {
        a_rest.iter().cmp(spaces().take(a_rest.len())).then_with(|| spaces().take(b_rest.len()).cmp(b_rest))
    })
}
