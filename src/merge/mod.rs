//! Pure pull-based merging of rows from many shards.

pub mod spec;

pub use spec::{Aggregate, ColumnAt, CombineAggregate, GroupSpec, MergeSpec, SortKey};
