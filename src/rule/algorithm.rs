//! Algorithms: from a shard-key value to a number.

/// How a shard-key value becomes a number of a database or table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// DRDS's HASH: integers by their absolute value, strings by Java's `String.hashCode` of their collation's normal
    /// form.
    Hash,
    /// DRDS's HASH, strings always as they are.
    RawHash,
    /// The remainder of an integer, never negative.
    Mod,
}

// === impl Algorithm ===

impl Algorithm {
    /// The name in a rule.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Hash => "hash",
            Algorithm::RawHash => "raw_hash",
            Algorithm::Mod => "mod",
        }
    }
}
