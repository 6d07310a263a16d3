//! Rows that wait to be merged: many in one piece of memory as they came, cut one by one when they are due.
//!
//! A row that is never due is never looked at: of a hundred rows that each of many shards sends for `LIMIT 100`, most
//! are dropped with their batch.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

use super::MergeError;
use super::row::malformed;

/// Bytes in front of a row's payload: three with its length, one with its number.
const HEADER: usize = 4;

/// Some rows of one source, in its order.
#[derive(Clone, Debug)]
pub struct RowBatch {
    bytes: Bytes,
    cut: Cut,
}

/// How a batch is cut into rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Each row stands behind a packet header.
    Framed,
    /// All of it is one row.
    Whole,
}

/// Batches of one source.
#[derive(Debug, Default)]
pub(super) struct RowQueue {
    batches: VecDeque<RowBatch>,
}

// === impl RowBatch ===

impl RowBatch {
    /// Rows as they came over the wire: packets with their headers, each whole and of one frame.
    pub fn framed(bytes: Bytes) -> Self {
        Self { bytes, cut: Cut::Framed }
    }

    /// What it holds.
    pub fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    /// Whether no row is left.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its packets, where it is made of whole ones.
    pub fn frames(&self) -> Option<&[u8]> {
        (self.cut == Cut::Framed).then_some(&*self.bytes)
    }

    /// All it holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its rows' payloads, one by one.
    pub fn rows(mut self) -> impl Iterator<Item = Result<Bytes, MergeError>> {
        let mut over = false;
        std::iter::from_fn(move || {
            if over || (self.cut == Cut::Framed && self.bytes.is_empty()) {
                return None;
            }
            over = self.cut == Cut::Whole;
            let row = self.pop();
            over |= row.is_err();
            Some(row)
        })
    }

    fn pop(&mut self) -> Result<Bytes, MergeError> {
        match self.cut {
            Cut::Whole => Ok(std::mem::take(&mut self.bytes)),
            Cut::Framed => {
                let Some(&[low, middle, high, _]) = self.bytes.first_chunk::<HEADER>() else {
                    return Err(malformed("cut short in a header"));
                };
                let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
                if self.bytes.len() - HEADER < length {
                    return Err(malformed("cut short"));
                }
                self.bytes.advance(HEADER);
                Ok(self.bytes.split_to(length))
            }
        }
    }
}

impl From<Bytes> for RowBatch {
    /// One row's payload.
    fn from(row: Bytes) -> Self {
        Self { bytes: row, cut: Cut::Whole }
    }
}

// === impl RowQueue ===

impl RowQueue {
    pub(super) fn push(&mut self, batch: RowBatch) {
        if batch.cut == Cut::Whole || !batch.is_empty() {
            self.batches.push_back(batch);
        }
    }

    /// The next row, and how much less is held without it.
    pub(super) fn pop(&mut self) -> Result<Option<(Bytes, u64)>, MergeError> {
        let Some(batch) = self.batches.front_mut() else { return Ok(None) };
        let before = batch.len();
        let row = batch.pop()?;
        let less = before - batch.len();
        if batch.is_empty() {
            self.batches.pop_front();
        }
        Ok(Some((row, less)))
    }

    /// What it holds.
    pub(super) fn len(&self) -> u64 {
        self.batches.iter().map(RowBatch::len).sum()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn rows_are_cut_and_counted() {
        let mut queue = RowQueue::default();
        queue.push(RowBatch::framed(Bytes::from_static(b"\x02\0\0\x05ab\x01\0\0\x06c")));
        queue.push(Bytes::from_static(b"whole").into());
        queue.push(RowBatch::framed(Bytes::new()));
        assert_eq!(queue.len(), 16);
        for (row, less) in [(&b"ab"[..], 6), (b"c", 5), (b"whole", 5)] {
            assert_eq!(queue.pop().unwrap(), Some((Bytes::from_static(row), less)));
        }
        assert_eq!((queue.pop().unwrap(), queue.len()), (None, 0));
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        for bytes in [&b"\x02\0"[..], b"\x02\0\0\0a"] {
            let mut queue = RowQueue::default();
            queue.push(RowBatch::framed(Bytes::from_static(bytes)));
            assert!(queue.pop().is_err());
        }
    }
}
