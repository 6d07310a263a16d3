//! The merger: rows of many sources go in, the rows of one answer come out.
//!
//! Pull-based and without I/O: [`Merger::next`] says what it needs, the caller pushes it. Nothing is decoded that the
//! specification does not ask for; a plain concatenation copies each row once, into the caller's buffer.

use bytes::Bytes;

use super::{MergeError, MergeSpec, ResultColumn, RowFormat, Weights};

/// What the shards send.
#[derive(Clone, Debug)]
pub struct MergeInput {
    /// All columns of the incoming rows, hidden ones included; the same for every source.
    pub columns: Vec<ResultColumn>,
    /// How the rows are written.
    pub format: RowFormat,
    /// How many sources there are; they are numbered from 0.
    pub sources: usize,
    /// How WEIGHT_STRING columns compare.
    pub weights: Weights,
}

/// How much a merge may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeLimits {
    /// `limits.max_merge_rows`.
    pub max_rows: u64,
    /// `limits.max_merge_bytes`.
    pub max_bytes: u64,
}

/// LIMIT of the merged answer, its numbers bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows to skip first.
    pub offset: u64,
    /// Rows to give.
    pub count: u64,
}

/// What [`Merger::next`] has done or needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One row's payload was appended to the buffer.
    Row,
    /// A row (or the end) of this source has to be pushed before anything can go out.
    Need(usize),
    /// A row (or the end) of any source that has not ended; the order does not matter.
    NeedAny,
    /// The answer is complete. What the sources may still send is not needed.
    Done,
}

/// Merges rows.
#[derive(Debug)]
pub struct Merger {
    input: MergeInput,
}

// === impl Merger ===

impl Merger {
    /// Checks that the specification can be done exactly over these columns.
    ///
    /// `window` is applied to the merged rows, after grouping and sorting.
    ///
    /// # Errors
    /// A key or aggregate whose type does not merge exactly, or a column that the rows do not have.
    pub fn new(
        spec: &MergeSpec,
        input: MergeInput,
        window: Option<Window>,
        limits: MergeLimits,
    ) -> Result<Self, MergeError> {
        let _skeleton = (spec, window, limits);
        Ok(Self { input })
    }

    /// Takes one row's payload from a source, in the order the source sent them.
    ///
    /// # Errors
    /// The source does not exist or has ended, or the row is malformed.
    pub fn push(&mut self, source: usize, row: Bytes) -> Result<(), MergeError> {
        let _skeleton = row;
        if source < self.input.sources { Ok(()) } else { Err(MergeError::NoSource { source_index: source }) }
    }

    /// Says that a source has sent its last row.
    ///
    /// # Errors
    /// The source does not exist or has ended.
    pub fn finish(&mut self, source: usize) -> Result<(), MergeError> {
        if source < self.input.sources { Ok(()) } else { Err(MergeError::NoSource { source_index: source }) }
    }

    /// The next row of the answer: appends its payload (visible columns only, no packet header) to `out`.
    ///
    /// # Errors
    /// A malformed row, a value out of range, a limit reached, or a source out of order. After an error the merger is
    /// of no further use.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<Step, MergeError> {
        let _skeleton = out;
        Ok(Step::Done)
    }
}
