//! Capability flags of a connection, as both sides announce them.

use std::ops::{BitAnd, BitOr};

/// A set of capability flags: int<4>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Capabilities(pub u32);

// === impl Capabilities ===

impl Capabilities {
    /// CLIENT_LONG_PASSWORD; to MariaDB its absence means "MariaDB's own extended flags follow".
    pub const LONG_PASSWORD: Self = Self(1);
    /// CLIENT_FOUND_ROWS: affected rows count the matched ones.
    pub const FOUND_ROWS: Self = Self(1 << 1);
    /// CLIENT_LONG_FLAG: column flags have two bytes.
    pub const LONG_FLAG: Self = Self(1 << 2);
    /// CLIENT_CONNECT_WITH_DB: the handshake response names a schema.
    pub const CONNECT_WITH_DB: Self = Self(1 << 3);
    /// CLIENT_NO_SCHEMA.
    pub const NO_SCHEMA: Self = Self(1 << 4);
    /// CLIENT_COMPRESS.
    pub const COMPRESS: Self = Self(1 << 5);
    /// CLIENT_ODBC.
    pub const ODBC: Self = Self(1 << 6);
    /// CLIENT_LOCAL_FILES: LOAD DATA LOCAL.
    pub const LOCAL_FILES: Self = Self(1 << 7);
    /// CLIENT_IGNORE_SPACE.
    pub const IGNORE_SPACE: Self = Self(1 << 8);
    /// CLIENT_PROTOCOL_41.
    pub const PROTOCOL_41: Self = Self(1 << 9);
    /// CLIENT_INTERACTIVE.
    pub const INTERACTIVE: Self = Self(1 << 10);
    /// CLIENT_SSL.
    pub const SSL: Self = Self(1 << 11);
    /// CLIENT_IGNORE_SIGPIPE.
    pub const IGNORE_SIGPIPE: Self = Self(1 << 12);
    /// CLIENT_TRANSACTIONS: status flags in answers.
    pub const TRANSACTIONS: Self = Self(1 << 13);
    /// CLIENT_RESERVED, once "speaks 4.1".
    pub const RESERVED: Self = Self(1 << 14);
    /// CLIENT_SECURE_CONNECTION: authentication data of 4.1 and later.
    pub const SECURE_CONNECTION: Self = Self(1 << 15);
    /// CLIENT_MULTI_STATEMENTS.
    pub const MULTI_STATEMENTS: Self = Self(1 << 16);
    /// CLIENT_MULTI_RESULTS.
    pub const MULTI_RESULTS: Self = Self(1 << 17);
    /// CLIENT_PS_MULTI_RESULTS.
    pub const PS_MULTI_RESULTS: Self = Self(1 << 18);
    /// CLIENT_PLUGIN_AUTH.
    pub const PLUGIN_AUTH: Self = Self(1 << 19);
    /// CLIENT_CONNECT_ATTRS.
    pub const CONNECT_ATTRS: Self = Self(1 << 20);
    /// CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA.
    pub const PLUGIN_AUTH_LENENC_DATA: Self = Self(1 << 21);
    /// CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS.
    pub const CAN_HANDLE_EXPIRED_PASSWORDS: Self = Self(1 << 22);
    /// CLIENT_SESSION_TRACK: OK packets tell of changed session state.
    pub const SESSION_TRACK: Self = Self(1 << 23);
    /// CLIENT_DEPRECATE_EOF: no EOF packets.
    pub const DEPRECATE_EOF: Self = Self(1 << 24);
    /// CLIENT_OPTIONAL_RESULTSET_METADATA.
    pub const OPTIONAL_RESULTSET_METADATA: Self = Self(1 << 25);
    /// CLIENT_ZSTD_COMPRESSION_ALGORITHM.
    pub const ZSTD: Self = Self(1 << 26);
    /// CLIENT_QUERY_ATTRIBUTES.
    pub const QUERY_ATTRIBUTES: Self = Self(1 << 27);

    /// Whether all flags of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags without those.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What Weir offers to its clients. TLS and compression are added by who can serve them.
    pub const OFFERED: Self = Self::LONG_PASSWORD
        .with(Self::FOUND_ROWS)
        .with(Self::LONG_FLAG)
        .with(Self::CONNECT_WITH_DB)
        .with(Self::ODBC)
        .with(Self::LOCAL_FILES)
        .with(Self::IGNORE_SPACE)
        .with(Self::PROTOCOL_41)
        .with(Self::INTERACTIVE)
        .with(Self::IGNORE_SIGPIPE)
        .with(Self::TRANSACTIONS)
        .with(Self::RESERVED)
        .with(Self::SECURE_CONNECTION)
        .with(Self::MULTI_STATEMENTS)
        .with(Self::MULTI_RESULTS)
        .with(Self::PS_MULTI_RESULTS)
        .with(Self::PLUGIN_AUTH)
        .with(Self::CONNECT_ATTRS)
        .with(Self::PLUGIN_AUTH_LENENC_DATA)
        .with(Self::SESSION_TRACK)
        .with(Self::DEPRECATE_EOF);

    /// What Weir asks of backends, as far as they offer it. Neither FOUND_ROWS nor IGNORE_SPACE, which change answers,
    /// and no MULTI_STATEMENTS: one text is one statement.
    pub const WANTED: Self = Self::LONG_PASSWORD
        .with(Self::LONG_FLAG)
        .with(Self::LOCAL_FILES)
        .with(Self::PROTOCOL_41)
        .with(Self::TRANSACTIONS)
        .with(Self::RESERVED)
        .with(Self::SECURE_CONNECTION)
        .with(Self::MULTI_RESULTS)
        .with(Self::PS_MULTI_RESULTS)
        .with(Self::PLUGIN_AUTH)
        .with(Self::CONNECT_ATTRS)
        .with(Self::PLUGIN_AUTH_LENENC_DATA)
        .with(Self::SESSION_TRACK)
        .with(Self::DEPRECATE_EOF);
}

impl BitAnd for Capabilities {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Capabilities {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
