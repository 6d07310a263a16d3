//! The part of a sequence that this Weir holds in memory: pure, without I/O.

use std::ops::Range;

/// Values that belong to this Weir and have not been given yet: `next..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    next: u64,
    end: u64,
}

/// What [`Segment::take`] can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// These values, in one piece.
    Given(Range<u64>),
    /// There are too few; more have to be fetched.
    Short,
    /// The next values would be above the largest of the column's type.
    Exhausted,
}

/// What an explicit value means to the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Observed {
    /// It is below what will be given next, or was inside the segment, which now starts behind it.
    Covered,
    /// It is at or above the segment's end: the stored sequence has to go past it.
    Ahead,
}

// === impl Segment ===

impl Segment {
    /// Nothing.
    pub(super) const EMPTY: Segment = Segment { next: 0, end: 0 };

    /// Takes `count` values in one piece, none of them above `max`.
    pub(super) fn take(&mut self, count: u64, max: u64) -> Taken {
        let left = self.end - self.next;
        // An empty segment does not know what comes next, so only one that has values can say that they are too large.
        let last = self.next.saturating_add(count.saturating_sub(1));
        if left > 0 && last > max {
            return Taken::Exhausted;
        }
        if left < count {
            return Taken::Short;
        }
        let start = self.next;
        self.next += count;
        Taken::Given(start..self.next)
    }

    /// Adds values that were fetched. When they follow on what is left, both are one piece; otherwise what is left is
    /// given up, because a statement's values must follow each other.
    pub(super) fn refill(&mut self, fetched: Range<u64>) {
        if fetched.start != self.end || self.next == self.end {
            self.next = fetched.start;
        }
        self.end = fetched.end.max(fetched.start);
    }

    /// Goes past a value that a client gave itself, as MySQL's counter does.
    pub(super) fn observe(&mut self, value: u64) -> Observed {
        if value >= self.end {
            return Observed::Ahead;
        }
        self.next = self.next.max(value + 1);
        Observed::Covered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_given_in_one_piece() {
        let mut segment = Segment::EMPTY;
        assert_eq!(segment.take(1, 100), Taken::Short);
        segment.refill(1..11);
        assert_eq!(segment.take(4, 100), Taken::Given(1..5));
        assert_eq!(segment.take(7, 100), Taken::Short);
        // What follows on is joined, so nothing is lost.
        segment.refill(11..21);
        assert_eq!(segment.take(7, 100), Taken::Given(5..12));
        // Another Weir took 21..31 meanwhile: the rest of ours is given up.
        segment.refill(31..41);
        assert_eq!(segment.take(1, 100), Taken::Given(31..32));
    }

    #[test]
    fn nothing_above_the_largest_value() {
        let mut segment = Segment::EMPTY;
        segment.refill(120..220);
        assert_eq!(segment.take(9, 127), Taken::Exhausted);
        assert_eq!(segment.take(8, 127), Taken::Given(120..128));
        assert_eq!(segment.take(1, 127), Taken::Exhausted);

        let mut last = Segment::EMPTY;
        last.refill(u64::MAX - 2..u64::MAX);
        assert_eq!(last.take(2, u64::MAX), Taken::Given(u64::MAX - 2..u64::MAX));
        assert_eq!(last.take(1, u64::MAX), Taken::Short);
    }

    #[test]
    fn explicit_values_push_the_segment_forward() {
        let mut segment = Segment::EMPTY;
        assert_eq!(segment.observe(5), Observed::Ahead);
        segment.refill(10..20);
        assert_eq!(segment.observe(3), Observed::Covered);
        assert_eq!(segment.take(1, 100), Taken::Given(10..11));
        assert_eq!(segment.observe(15), Observed::Covered);
        assert_eq!(segment.take(1, 100), Taken::Given(16..17));
        assert_eq!(segment.observe(19), Observed::Covered);
        assert_eq!(segment.take(1, 100), Taken::Short);
        assert_eq!(segment.observe(20), Observed::Ahead);
        assert_eq!(segment.observe(u64::MAX), Observed::Ahead);
    }
}
