//! SQL errors: what a client is told, with MySQL's number, SQLSTATE, and where the failure came from.
//!
//! A [`SqlError`] ends one statement. What ends a connection is `wire::ProtocolError` or an I/O error, never this.
//! Weir's own numbers are declared once, in [`code`]; `docs/errors.md` is generated from there and a test compares.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod code;

pub use code::Code;

use std::fmt;

/// Who failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The statement or the client's use of the protocol.
    Client,
    /// Weir itself: a refusal, a limit, a rule.
    Weir,
    /// A backend answered with this error, or could not be reached.
    Backend,
}

/// Whether sending the same statement again may be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Nothing of the statement can have taken effect.
    Safe,
    /// Unknown or unsafe.
    No,
}

/// An error as a client sees it in an ERR packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// MySQL's error number, or one of Weir's own ([`Code`]).
    pub errno: u16,
    /// Five ASCII characters.
    pub state: [u8; 5],
    /// One sentence; what to change, where there is something to change.
    pub message: String,
    /// Who failed.
    pub origin: Origin,
    /// Whether the statement may be sent again.
    pub retry: Retry,
}

// === impl SqlError ===

impl SqlError {
    /// One of the numbers declared in [`Code`], with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            errno: code.errno(),
            state: code.sqlstate(),
            message: message.into(),
            origin: code.origin(),
            retry: Retry::No,
        }
    }

    /// An error that a backend answered with; passes through with its own number and state.
    pub fn backend(errno: u16, state: [u8; 5], message: impl Into<String>) -> Self {
        Self { errno, state, message: message.into(), origin: Origin::Backend, retry: Retry::No }
    }

    /// The same error, marked as safe to send again.
    #[must_use]
    pub fn retry_safe(mut self) -> Self {
        self.retry = Retry::Safe;
        self
    }

    /// Whether this is the given code's error.
    pub fn is(&self, code: Code) -> bool {
        self.errno == code.errno()
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ERROR {} ({}): {}", self.errno, String::from_utf8_lossy(&self.state), self.message)
    }
}

impl std::error::Error for SqlError {}
