//! Pure pull-based merging of rows from many shards.
//!
//! A [`MergeSpec`] says what to do; a [`Merger`] does it: the caller pushes rows of each source as they arrive and asks
//! [`Merger::next`] for rows of the answer. What cannot be merged exactly is refused when the merger is made. Nothing
//! here does I/O, and nothing holds more than one row of each source beside those that the caller has pushed ahead ([`Merger::held`]), unless
//! groups have to be sorted again, which [`MergeLimits`] bounds.
#![deny(clippy::wildcard_enum_match_arm)]

mod aggregate;
mod batch;
mod column;
mod error;
mod group;
mod key;
mod merger;
mod ordered;
mod row;
mod scalar;
pub mod spec;
#[cfg(test)]
mod tests;
mod type_code;

pub use batch::RowBatch;
pub use column::{PadWeight, ResultColumn, RowFormat, Weights};
pub use error::MergeError;
pub use merger::{MergeInput, MergeLimits, Merger, Step, Window};
pub use spec::{Aggregate, ColumnAt, CombineAggregate, GroupSpec, MergeSpec, SortKey};
