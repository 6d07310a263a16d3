//! The ordered merge: of the sources' first rows the least is next.
//!
//! Each source's rows must come in the order of the keys; that is checked row by row, because a stream in another order
//! would give a wrong answer without a sign. Equal rows come out by source number. Nothing is allocated per row once
//! the buffers have grown.

use bytes::Bytes;
use std::cmp::Ordering;

use super::MergeError;
use super::batch::{RowBatch, RowQueue};
use super::key::{KeyPart, Keys, Rank};
use super::row::{Cell, Layout};

/// A row, taken apart.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) row: Bytes,
    pub(super) cells: Vec<Cell>,
    pub(super) parts: Vec<KeyPart>,
    pub(super) rank: Rank,
}

/// A source in the heap, with the rank of its head.
#[derive(Clone, Copy, Debug)]
struct Entry {
    rank: Rank,
    source: usize,
}

/// What [`Ordered::poll`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poll {
    /// `top` is the next row.
    Ready,
    /// This source has to go on first.
    Need(usize),
    /// All sources have ended and all rows have been taken.
    Done,
}

/// Merges sources that are sorted alike.
#[derive(Debug)]
pub(super) struct Ordered {
    keys: Keys,
    sources: Vec<Source>,
    /// Sources with a head, as a heap: the one with the least head first.
    heap: Vec<Entry>,
    /// Sources whose next row is not known yet; none of the heap's rows may go before it.
    waiting: Vec<usize>,
    /// Buffers that change places with a source's head.
    spare: Head,
    /// What the sources' queues hold.
    held: u64,
}

#[derive(Debug, Default)]
struct Source {
    queue: RowQueue,
    ended: bool,
    /// How many rows were taken from the queue.
    rows: u64,
    /// Its row in the heap, or the last one it had there.
    head: Head,
}

enum Advance {
    Row,
    Waiting,
    Ended,
}

// === impl Head ===

impl Head {
    /// Becomes a copy of another row; buffers are kept and the row's bytes shared.
    pub(super) fn copy_from(&mut self, other: &Head) {
        self.row.clone_from(&other.row);
        self.cells.clone_from(&other.cells);
        self.parts.clone_from(&other.parts);
        self.rank = other.rank;
    }
}

// === impl Ordered ===

impl Ordered {
    pub(super) fn new(keys: Keys, sources: usize) -> Self {
        Self {
            keys,
            sources: std::iter::repeat_with(Source::default).take(sources).collect(),
            heap: Vec::with_capacity(sources),
            waiting: (0..sources).rev().collect(),
            spare: Head::default(),
            held: 0,
        }
    }

    pub(super) fn push(&mut self, source: usize, rows: RowBatch) -> Result<(), MergeError> {
        let more = rows.len();
        self.open(source)?.queue.push(rows);
        self.held = self.held.saturating_add(more);
        Ok(())
    }

    /// Bytes of rows that were pushed and not merged yet.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// Of these, those of one source.
    pub(super) fn held_of(&self, source: usize) -> u64 {
        self.sources.get(source).map_or(0, |source| source.queue.len())
    }

    pub(super) fn finish(&mut self, source: usize) -> Result<(), MergeError> {
        self.open(source)?.ended = true;
        Ok(())
    }

    fn open(&mut self, source: usize) -> Result<&mut Source, MergeError> {
        self.sources.get_mut(source).filter(|s| !s.ended).ok_or(MergeError::NoSource { source_index: source })
    }

    /// Finds the least of the sources' rows.
    pub(super) fn poll(&mut self, layout: &Layout) -> Result<Poll, MergeError> {
        while let Some(&source) = self.waiting.last() {
            match self.advance(source, layout)? {
                Advance::Waiting => return Ok(Poll::Need(source)),
                Advance::Ended => {}
                Advance::Row => {
                    self.heap.push(Entry { rank: self.head(source).rank, source });
                    self.sift_up();
                }
            }
            self.waiting.pop();
        }
        Ok(if self.heap.is_empty() { Poll::Done } else { Poll::Ready })
    }

    /// The least row; there is one after [`Poll::Ready`].
    pub(super) fn top(&self) -> Option<&Head> {
        self.heap.first().map(|entry| self.head(entry.source))
    }

    /// Goes past the least row.
    pub(super) fn pop(&mut self, layout: &Layout) -> Result<(), MergeError> {
        let Some(&Entry { source, .. }) = self.heap.first() else { return Ok(()) };
        match self.advance(source, layout)? {
            Advance::Row => {
                let rank = self.head(source).rank;
                if let Some(top) = self.heap.first_mut() {
                    top.rank = rank;
                }
                self.sift_down();
            }
            Advance::Waiting => {
                self.remove_top();
                self.waiting.push(source);
            }
            Advance::Ended => self.remove_top(),
        }
        Ok(())
    }

    /// Whether two rows have equal keys.
    pub(super) fn same_keys(&self, a: &Head, b: &Head) -> bool {
        self.compare(a, b) == Ordering::Equal
    }

    /// How many rows each source has given.
    pub(super) fn rows(&self) -> impl Iterator<Item = u64> {
        self.sources.iter().map(|source| source.rows)
    }

    fn compare(&self, a: &Head, b: &Head) -> Ordering {
        compare(&self.keys, a, b)
    }

    #[expect(clippy::indexing_slicing, reason = "the heap and `waiting` hold only numbers of sources")]
    fn head(&self, source: usize) -> &Head {
        &self.sources[source].head
    }

    /// Makes the next row of a source its head.
    fn advance(&mut self, source: usize, layout: &Layout) -> Result<Advance, MergeError> {
        let Some(entry) = self.sources.get_mut(source) else { return Ok(Advance::Ended) };
        let Some((row, less)) = entry.queue.pop()? else {
            return Ok(if entry.ended { Advance::Ended } else { Advance::Waiting });
        };
        self.held = self.held.saturating_sub(less);
        let next = &mut self.spare;
        layout.locate(&row, &mut next.cells)?;
        self.keys.decode(layout.format, &row, &next.cells, &mut next.parts)?;
        next.rank = self.keys.rank(&row, &next.parts);
        next.row = row;
        if entry.rows > 0 && compare(&self.keys, &entry.head, next) == Ordering::Greater {
            return Err(MergeError::Unordered { source_index: source });
        }
        entry.rows += 1;
        std::mem::swap(&mut entry.head, next);
        Ok(Advance::Row)
    }

    fn before(&self, a: Entry, b: Entry) -> bool {
        let by_keys = || {
            let (a, b) = (self.head(a.source), self.head(b.source));
            self.keys.compare((&a.row, &a.parts), (&b.row, &b.parts))
        };
        a.rank.compare(b.rank).then_with(by_keys).then(a.source.cmp(&b.source)) == Ordering::Less
    }

    fn remove_top(&mut self) {
        if !self.heap.is_empty() {
            self.heap.swap_remove(0);
            self.sift_down();
        }
    }

    /// Puts the last entry of the heap where it belongs.
    #[expect(clippy::indexing_slicing, reason = "a parent's place is below its child's")]
    fn sift_up(&mut self) {
        let mut at = self.heap.len().saturating_sub(1);
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.before(self.heap[at], self.heap[parent]) {
                break;
            }
            self.heap.swap(at, parent);
            at = parent;
        }
    }

    /// Puts the first entry of the heap where it belongs.
    #[expect(clippy::indexing_slicing, reason = "children are compared with the heap's length first")]
    fn sift_down(&mut self) {
        let mut at = 0;
        loop {
            let mut least = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if child < self.heap.len() && self.before(self.heap[child], self.heap[least]) {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }
}

fn compare(keys: &Keys, a: &Head, b: &Head) -> Ordering {
    a.rank.compare(b.rank).then_with(|| keys.compare((&a.row, &a.parts), (&b.row, &b.parts)))
}
