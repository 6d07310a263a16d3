//! What ends a connection: bytes that do not follow the protocol.
//!
//! A statement's own failure is a `SqlError` and never this. A server may still tell the peer once, before it closes:
//! [`ProtocolError::to_sql_error`].

use crate::error::{Code, SqlError};

/// The peer did not follow the protocol; the stream can no longer be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A packet ends too early or holds a value that cannot be.
    #[error("malformed packet {packet}: {what}")]
    Malformed {
        /// The packet's name in the MySQL manual.
        packet: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A packet is larger than the limit.
    #[error("a packet of more than {limit} bytes was sent (max_allowed_packet)")]
    PacketTooLarge {
        /// `max_allowed_packet`.
        limit: usize,
    },
    /// A packet came with the wrong sequence number.
    #[error("packets out of order: expected number {expected}, got {got}")]
    OutOfOrder {
        /// The number that was due.
        expected: u8,
        /// The number that came.
        got: u8,
    },
    /// A packet that has no place at this point of the conversation.
    #[error("unexpected packet with first byte {first:#04x} while {during}")]
    Unexpected {
        /// The packet's first byte.
        first: u8,
        /// What was going on.
        during: &'static str,
    },
    /// The server asks for a way of authentication that is not spoken here.
    #[error("authentication plugin '{plugin}' is not supported; use mysql_native_password or caching_sha2_password")]
    AuthPlugin {
        /// The plugin's name.
        plugin: String,
    },
    /// The server is older than protocol 4.1, or lacks a capability that is needed.
    #[error("the server lacks {0}")]
    ServerLacks(&'static str),
    /// A cryptographic step failed: a bad public key, or a password too long for it.
    #[error("authentication failed: {0}")]
    Crypto(&'static str),
}

// === impl ProtocolError ===

impl ProtocolError {
    /// The error that a client may be told once before its connection is closed.
    pub fn to_sql_error(&self) -> SqlError {
        let code = match self {
            Self::PacketTooLarge { .. } => Code::PacketTooLarge,
            Self::OutOfOrder { .. } => Code::PacketsOutOfOrder,
            Self::Malformed { .. } | Self::Unexpected { .. } => Code::MalformedPacket,
            Self::AuthPlugin { .. } | Self::ServerLacks(_) | Self::Crypto(_) => Code::BadHandshake,
        };
        SqlError::new(code, self.to_string())
    }
}
