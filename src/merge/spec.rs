//! What a merge has to do: plain data that a plan carries and EXPLAIN prints.
//!
//! The rows that come in are those of the statement as it is sent to the shards: the visible columns, then the hidden
//! ones that the plan appended. The rows that go out are the visible columns.

use std::fmt;

/// How the answers of several shards become one.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MergeSpec {
    /// How many columns at the end of each row are hidden and cut off.
    pub hidden: u16,
    /// Rows of one group become one row; the streams come ordered by these keys.
    pub group: Option<GroupSpec>,
    /// The order of the answer. When `group` is given and `order` is another order than the group's keys, the groups
    /// are held and sorted; otherwise the streams come in this order and are merged as they come.
    pub order: Vec<SortKey>,
    /// Whether a LIMIT is applied after merging; the numbers are bound with the statement.
    pub limited: bool,
}

/// Grouping, and DISTINCT (which is grouping without aggregates).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    /// What makes a group; empty for one group over all rows (`SELECT COUNT(*) FROM t`).
    pub keys: Vec<SortKey>,
    /// Aggregates to be put together. All other columns are those of the group's first row: they must follow from the
    /// keys or be constant. With no keys, every source must send exactly one row.
    pub aggregates: Vec<Aggregate>,
}

/// One aggregate of the select list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The visible column that it stands in.
    pub column: ColumnAt,
    /// How its parts combine.
    pub combine: CombineAggregate,
}

/// How the parts of one aggregate combine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CombineAggregate {
    /// COUNT: the counts are added.
    Count,
    /// SUM over exact numbers: the sums are added; NULL when all are NULL.
    Sum,
    /// MIN: the least non-NULL part by `key`, which is that part's own sort key (`descending` is not looked at). The
    /// key's columns go with it: an order by the aggregate may use the same ones.
    Min(SortKey),
    /// MAX: the greatest non-NULL part.
    Max(SortKey),
    /// AVG over exact numbers: the sum of `sum` divided by the sum of `count`, at the scale of the visible column's
    /// definition, rounded half away from zero.
    Avg {
        /// The hidden SUM.
        sum: ColumnAt,
        /// The hidden COUNT.
        count: ColumnAt,
    },
    /// BIT_AND.
    BitAnd,
    /// BIT_OR.
    BitOr,
    /// BIT_XOR.
    BitXor,
}

/// A column of the incoming rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnAt {
    /// The n-th visible column, from 0.
    Visible(u16),
    /// The n-th hidden column, from 0.
    Hidden(u16),
}

/// One key of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The column that holds the key's value: it decides NULL, and the order of everything but character strings.
    /// ENUM and SET sort by number: their key is a hidden column with an integer (`CAST(e AS UNSIGNED)`). FLOAT's
    /// text is not exact: its key is a hidden column with the value as DOUBLE.
    pub value: ColumnAt,
    /// The column that holds `WEIGHT_STRING` of the same expression; used when the definition of `value`'s column
    /// says that it is a string and it is known how the weights compare (`Weights`). A character string without both
    /// is refused.
    pub weight: Option<ColumnAt>,
    /// DESC.
    pub descending: bool,
}

// === impl ColumnAt ===

impl fmt::Display for ColumnAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnAt::Visible(n) => write!(f, "column {}", u32::from(*n) + 1),
            ColumnAt::Hidden(n) => write!(f, "hidden column {}", u32::from(*n) + 1),
        }
    }
}
