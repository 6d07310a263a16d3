//! The merger: rows of many sources go in, the rows of one answer come out.
//!
//! Pull-based and without I/O: [`Merger::next`] says what it needs, the caller pushes it. Nothing is decoded that the
//! specification does not ask for; a plain concatenation copies each row once, into the caller's buffer.

use bytes::Bytes;

use super::batch::{RowBatch, RowQueue};
use super::group::{Groups, Held};
use super::key::Keys;
use super::ordered::{Ordered, Poll};
use super::row::{Cell, Layout};
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
    layout: Layout,
    rows: Rows,
    /// Rows still to be skipped.
    skip: u64,
    /// Rows still to be given; None without a LIMIT.
    left: Option<u64>,
    /// Buffers for rows that are skipped or held.
    scratch: Vec<u8>,
    cells: Vec<Cell>,
}

/// Where the next row comes from.
#[derive(Debug)]
enum Rows {
    /// Any source: nothing is sorted.
    Any(Concat),
    /// The least of the sources' rows.
    Ordered(Ordered),
    /// Groups, in the order of their keys.
    Grouped(Ordered, Groups),
    /// Groups, to be sorted again.
    Holding(Ordered, Groups, Held),
    /// Sorted groups.
    Sorted(std::vec::IntoIter<Bytes>),
}

#[derive(Debug)]
struct Concat {
    queue: RowQueue,
    held: u64,
    ended: Vec<bool>,
    open: usize,
}

// === impl MergeSpec ===

impl MergeSpec {
    /// Whether rows go out as they come in, in any order: the sources' frames could be relayed one after another,
    /// as long as nobody counts them (`limited`).
    pub fn is_concatenation(&self) -> bool {
        self.hidden == 0 && self.group.is_none() && self.order.is_empty()
    }

    /// Whether groups have to be held and sorted again: the answer's order is neither that of the groups' keys nor a
    /// beginning of it.
    pub fn holds_groups(&self) -> bool {
        self.group.as_ref().is_some_and(|group| !group.keys.starts_with(&self.order))
    }
}

// === impl Merger ===

impl Merger {
    /// Checks that the specification can be done exactly over these columns.
    ///
    /// `window` is applied to the merged rows, after grouping and sorting. With no sources at all the answer is empty,
    /// also for an aggregate without GROUP BY: such a statement has to be sent to one node in any case.
    ///
    /// # Errors
    /// A key or aggregate whose type does not merge exactly, or a column that the rows do not have.
    pub fn new(
        spec: &MergeSpec,
        input: MergeInput,
        window: Option<Window>,
        limits: MergeLimits,
    ) -> Result<Self, MergeError> {
        let MergeInput { columns, format, sources, weights } = input;
        let layout = Layout::new(columns, format, spec.hidden)?;
        let rows = match &spec.group {
            None if spec.order.is_empty() => Rows::Any(Concat::new(sources)),
            None => Rows::Ordered(Ordered::new(Keys::resolve(&spec.order, &layout, &weights)?, sources)),
            Some(group) => {
                let ordered = Ordered::new(Keys::resolve(&group.keys, &layout, &weights)?, sources);
                let groups = Groups::new(group, &layout, &weights)?;
                if spec.holds_groups() {
                    let wanted = window.map(|window| window.offset.saturating_add(window.count));
                    Rows::Holding(ordered, groups, Held::new(&spec.order, &layout, &weights, limits, wanted)?)
                } else {
                    Rows::Grouped(ordered, groups)
                }
            }
        };
        let (skip, left) = window.map_or((0, None), |window| (window.offset, Some(window.count)));
        Ok(Self { layout, rows, skip, left, scratch: Vec::new(), cells: Vec::new() })
    }

    /// Takes rows from a source, in the order the source sent them: a batch, or one row's payload. Rows may be pushed
    /// before they are needed; how many is the caller's choice, who looks at [`Self::held`].
    ///
    /// # Errors
    /// The source does not exist or has ended.
    pub fn push(&mut self, source: usize, rows: impl Into<RowBatch>) -> Result<(), MergeError> {
        match &mut self.rows {
            Rows::Any(concat) => concat.push(source, rows.into()),
            Rows::Ordered(ordered) | Rows::Grouped(ordered, _) | Rows::Holding(ordered, _, _) => {
                ordered.push(source, rows.into())
            }
            Rows::Sorted(_) => Err(MergeError::NoSource { source_index: source }),
        }
    }

    /// Bytes of rows that were pushed and not merged yet.
    pub fn held(&self) -> u64 {
        match &self.rows {
            Rows::Any(concat) => concat.held,
            Rows::Ordered(ordered) | Rows::Grouped(ordered, _) | Rows::Holding(ordered, _, _) => ordered.held(),
            Rows::Sorted(_) => 0,
        }
    }

    /// Of these, those of one source; without an order, of any.
    pub fn held_of(&self, source: usize) -> u64 {
        match &self.rows {
            Rows::Any(concat) => concat.held,
            Rows::Ordered(ordered) | Rows::Grouped(ordered, _) | Rows::Holding(ordered, _, _) => {
                ordered.held_of(source)
            }
            Rows::Sorted(_) => 0,
        }
    }

    /// Says that a source has sent its last row.
    ///
    /// # Errors
    /// The source does not exist or has ended.
    pub fn finish(&mut self, source: usize) -> Result<(), MergeError> {
        match &mut self.rows {
            Rows::Any(concat) => concat.finish(source),
            Rows::Ordered(rows) | Rows::Grouped(rows, _) | Rows::Holding(rows, _, _) => rows.finish(source),
            Rows::Sorted(_) => Err(MergeError::NoSource { source_index: source }),
        }
    }

    /// The next row of the answer: appends its payload (visible columns only, no packet header) to `out`.
    ///
    /// # Errors
    /// A malformed row, a value out of range, a limit reached, or a source out of order. After an error the merger is
    /// of no further use.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<Step, MergeError> {
        if self.left == Some(0) {
            return Ok(Step::Done);
        }
        while self.skip > 0 {
            let mut skipped = std::mem::take(&mut self.scratch);
            skipped.clear();
            let step = self.any_row(&mut skipped);
            self.scratch = skipped;
            match step? {
                Step::Row => self.skip -= 1,
                other @ (Step::Need(_) | Step::NeedAny | Step::Done) => return Ok(other),
            }
        }
        let step = self.any_row(out)?;
        if step == Step::Row
            && let Some(left) = &mut self.left
        {
            *left -= 1;
        }
        Ok(step)
    }

    /// How many rows have been skipped of so many.
    pub fn skipped(&self, offset: u64) -> u64 {
        offset.saturating_sub(self.skip)
    }

    /// The next row before LIMIT.
    fn any_row(&mut self, out: &mut Vec<u8>) -> Result<Step, MergeError> {
        loop {
            match &mut self.rows {
                Rows::Any(concat) => return concat.next(&self.layout, &mut self.cells, out),
                Rows::Ordered(rows) => {
                    let step = Step::from(rows.poll(&self.layout)?);
                    if let (Step::Row, Some(head)) = (step, rows.top()) {
                        self.layout.write_visible(&head.row, &head.cells, out)?;
                        rows.pop(&self.layout)?;
                    }
                    return Ok(step);
                }
                Rows::Grouped(rows, groups) => {
                    let step = Step::from(groups.poll(rows, &self.layout)?);
                    if step == Step::Row {
                        groups.write(&self.layout, self.layout.visible, out)?;
                    }
                    return Ok(step);
                }
                Rows::Holding(rows, groups, held) => match groups.poll(rows, &self.layout)? {
                    Poll::Need(source) => return Ok(Step::Need(source)),
                    Poll::Ready => {
                        self.scratch.clear();
                        groups.write(&self.layout, self.layout.columns.len(), &mut self.scratch)?;
                        held.hold(&self.scratch, &self.layout, &mut self.cells)?;
                    }
                    Poll::Done => self.sort_groups(),
                },
                Rows::Sorted(rows) => {
                    let Some(row) = rows.next() else { return Ok(Step::Done) };
                    self.layout.locate(&row, &mut self.cells)?;
                    self.layout.write_visible(&row, &self.cells, out)?;
                    return Ok(Step::Row);
                }
            }
        }
    }

    /// All groups are there.
    fn sort_groups(&mut self) {
        let none = Rows::Sorted(Vec::new().into_iter());
        self.rows = match std::mem::replace(&mut self.rows, none) {
            Rows::Holding(_, _, held) => Rows::Sorted(held.into_sorted()),
            other @ (Rows::Any(_) | Rows::Ordered(_) | Rows::Grouped(..) | Rows::Sorted(_)) => other,
        };
    }
}

impl From<Poll> for Step {
    fn from(poll: Poll) -> Self {
        match poll {
            Poll::Ready => Step::Row,
            Poll::Need(source) => Step::Need(source),
            Poll::Done => Step::Done,
        }
    }
}

// === impl Concat ===

impl Concat {
    fn new(sources: usize) -> Self {
        Self { queue: RowQueue::default(), held: 0, ended: vec![false; sources], open: sources }
    }

    fn open(&mut self, source: usize) -> Result<&mut bool, MergeError> {
        self.ended.get_mut(source).filter(|ended| !**ended).ok_or(MergeError::NoSource { source_index: source })
    }

    fn push(&mut self, source: usize, rows: RowBatch) -> Result<(), MergeError> {
        self.open(source)?;
        self.held = self.held.saturating_add(rows.len());
        self.queue.push(rows);
        Ok(())
    }

    fn finish(&mut self, source: usize) -> Result<(), MergeError> {
        *self.open(source)? = true;
        self.open -= 1;
        Ok(())
    }

    fn next(&mut self, layout: &Layout, cells: &mut Vec<Cell>, out: &mut Vec<u8>) -> Result<Step, MergeError> {
        let Some((row, less)) = self.queue.pop()? else {
            return Ok(if self.open == 0 { Step::Done } else { Step::NeedAny });
        };
        self.held = self.held.saturating_sub(less);
        if layout.visible < layout.columns.len() {
            layout.locate(&row, cells)?;
        }
        layout.write_visible(&row, cells, out)?;
        Ok(Step::Row)
    }
}
