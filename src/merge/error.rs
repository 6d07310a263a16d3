//! Why a merge stops: what cannot be merged exactly, what a shard answered wrongly, and which limit was reached.

use super::ColumnAt;
use crate::error::{Code, SqlError};

/// Why a merge stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A key's type has no order that the merge knows.
    #[error(
        "{column} (type {type_code}) cannot be sorted or grouped across shards; leave it out of ORDER BY, GROUP BY and DISTINCT, or select one shard"
    )]
    KeyType {
        /// The key's column.
        column: ColumnAt,
        /// `MYSQL_TYPE_*`.
        type_code: u8,
    },
    /// A character string is a key, and its order is not known: no WEIGHT_STRING, or no word on its trailing spaces.
    #[error(
        "{column} is a character string whose order is not known; its WEIGHT_STRING column or pad weight is missing"
    )]
    NoWeight {
        /// The key's column.
        column: ColumnAt,
    },
    /// An aggregate's parts do not combine exactly for this type.
    #[error(
        "{function} in {column} (type {type_code}) cannot be put together exactly from several shards; cast its argument to DECIMAL or an integer, or select one shard"
    )]
    AggregateType {
        /// `SUM`.
        function: &'static str,
        /// The aggregate's column.
        column: ColumnAt,
        /// `MYSQL_TYPE_*`.
        type_code: u8,
    },
    /// The specification names a column that the rows do not have.
    #[error("the merge needs {column}, and the shards sent {columns} columns, {hidden} of them hidden")]
    NoColumn {
        /// What is missing.
        column: ColumnAt,
        /// Columns that came.
        columns: usize,
        /// Hidden ones among them.
        hidden: u16,
    },
    /// A combined value is larger than its type.
    #[error("{function} value is out of range in {column}")]
    OutOfRange {
        /// `SUM`.
        function: &'static str,
        /// The aggregate's column.
        column: ColumnAt,
    },
    /// More rows or bytes would have to be held than allowed.
    #[error(
        "more than {limit} {unit} would have to be held to sort the groups ({name}); add a LIMIT or a narrower WHERE"
    )]
    Limit {
        /// The configuration's name of the limit.
        name: &'static str,
        /// Its value.
        limit: u64,
        /// `rows` or `bytes`.
        unit: &'static str,
    },
    /// A row is cut short, too long, or holds a cell that its type does not allow.
    #[error("a row of a shard's answer is malformed ({what})")]
    MalformedRow {
        /// What is wrong.
        what: &'static str,
    },
    /// A shard's rows did not come in the order that was asked for.
    #[error(
        "shard answer {source_index} did not come in the order that the merge relies on; if it sorts by long strings, raise max_sort_length on the instance"
    )]
    Unordered {
        /// Which source.
        source_index: usize,
    },
    /// A shard sent no row, or more than one, for an aggregate without GROUP BY.
    #[error("shard answer {source_index} has {rows} rows for an aggregate without GROUP BY; it must have one")]
    OneRowExpected {
        /// Which source.
        source_index: usize,
        /// How many came, at least.
        rows: u64,
    },
    /// A row came from a source that does not exist or has ended.
    #[error("a row came from shard answer {source_index}, which has ended or was never opened")]
    NoSource {
        /// Which source.
        source_index: usize,
    },
}

// === impl MergeError ===

impl MergeError {
    /// Which of Weir's codes this is.
    pub fn code(&self) -> Code {
        match self {
            MergeError::KeyType { .. } | MergeError::NoWeight { .. } | MergeError::AggregateType { .. } => {
                Code::UnsupportedAcrossShards
            }
            MergeError::OutOfRange { .. } => Code::DataOutOfRange,
            MergeError::Limit { .. } => Code::MergeLimit,
            MergeError::NoColumn { .. }
            | MergeError::MalformedRow { .. }
            | MergeError::Unordered { .. }
            | MergeError::OneRowExpected { .. }
            | MergeError::NoSource { .. } => Code::BackendAnswer,
        }
    }
}

impl From<MergeError> for SqlError {
    fn from(error: MergeError) -> Self {
        SqlError::new(error.code(), error.to_string())
    }
}
