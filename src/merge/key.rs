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
        match column.type_code {
            type_code::DECIMAL | type_code::NEWDECIMAL => Ok(by_value(KeyKind::Decimal)),
            type_code::VARCHAR
            | type_code::VAR_STRING
            | type_code::STRING
            | type_code::ENUM
            | type_code::SET
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
                None => Err(MergeError::KeyType { column: key.value, type_code: code }),
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

/// Compares two weights as if the shorter one went on with the weight of a space for ever.
fn compare_padded(a: &[u8], b: &[u8], space: &[u8]) -> Ordering {
    let common = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a.split_at(common), b.split_at(common));
    let spaces = || space.iter().cycle();
    a.cmp(b).then_with(|| {
        a_rest.iter().cmp(spaces().take(a_rest.len())).then_with(|| spaces().take(b_rest.len()).cmp(b_rest))
    })
}
