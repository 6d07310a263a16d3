//! Status flags of a server, as every OK and EOF packet carries them.

/// A set of SERVER_STATUS flags: int<2>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct StatusFlags(pub u16);

// === impl StatusFlags ===

impl StatusFlags {
    /// SERVER_STATUS_IN_TRANS.
    pub const IN_TRANSACTION: Self = Self(0x0001);
    /// SERVER_STATUS_AUTOCOMMIT.
    pub const AUTOCOMMIT: Self = Self(0x0002);
    /// SERVER_MORE_RESULTS_EXISTS.
    pub const MORE_RESULTS: Self = Self(0x0008);
    /// SERVER_STATUS_NO_GOOD_INDEX_USED.
    pub const NO_GOOD_INDEX_USED: Self = Self(0x0010);
    /// SERVER_STATUS_NO_INDEX_USED.
    pub const NO_INDEX_USED: Self = Self(0x0020);
    /// SERVER_STATUS_CURSOR_EXISTS.
    pub const CURSOR_EXISTS: Self = Self(0x0040);
    /// SERVER_STATUS_LAST_ROW_SENT.
    pub const LAST_ROW_SENT: Self = Self(0x0080);
    /// SERVER_STATUS_DB_DROPPED.
    pub const DB_DROPPED: Self = Self(0x0100);
    /// SERVER_STATUS_NO_BACKSLASH_ESCAPES.
    pub const NO_BACKSLASH_ESCAPES: Self = Self(0x0200);
    /// SERVER_STATUS_METADATA_CHANGED.
    pub const METADATA_CHANGED: Self = Self(0x0400);
    /// SERVER_QUERY_WAS_SLOW.
    pub const QUERY_WAS_SLOW: Self = Self(0x0800);
    /// SERVER_PS_OUT_PARAMS.
    pub const PS_OUT_PARAMS: Self = Self(0x1000);
    /// SERVER_STATUS_IN_TRANS_READONLY.
    pub const IN_TRANSACTION_READONLY: Self = Self(0x2000);
    /// SERVER_SESSION_STATE_CHANGED.
    pub const SESSION_STATE_CHANGED: Self = Self(0x4000);

    /// Whether all flags of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags without those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
