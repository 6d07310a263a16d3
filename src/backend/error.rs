//! What can go wrong with a backend.

use std::sync::Arc;

use super::Endpoint;
use crate::error::{Code, SqlError};
use crate::wire::ProtocolError;

/// A failure of, or on the way to, an instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No connection could be opened. Nothing was sent.
    #[error("{endpoint} cannot be reached: {why}")]
    Connect {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// The system's words.
        why: String,
    },
    /// The instance refused the login. Nothing was sent.
    #[error("{endpoint} refused the login: {error}")]
    Denied {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// The server's words.
        error: SqlError,
    },
    /// Opening connections failed a moment ago; the next try is due soon. Nothing was sent.
    #[error("{endpoint} is down: {why}")]
    Down {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// The last failure, in words.
        why: String,
    },
    /// The connection broke while it was in use. What had been sent may have taken effect.
    #[error("the connection to {endpoint} was lost: {why}")]
    Lost {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// The system's words.
        why: String,
    },
    /// The instance did not answer in time.
    #[error("{endpoint} did not answer within {after_ms} ms ({setting})")]
    Timeout {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// How long was waited.
        after_ms: u64,
        /// The name of the limit.
        setting: &'static str,
    },
    /// All connections stayed in use.
    #[error(
        "{endpoint}: none of {max} connections became free within {waited_ms} ms (max_connections, acquire_timeout_ms)"
    )]
    Exhausted {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// `max_connections`.
        max: u32,
        /// `acquire_timeout_ms`.
        waited_ms: u64,
    },
    /// Bytes that do not follow the protocol.
    #[error("{endpoint} does not follow the protocol: {error}")]
    Protocol {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// What was wrong.
        error: ProtocolError,
    },
    /// More was answered than Weir holds for a question of its own.
    #[error("{endpoint} answered with more than {limit} bytes to a question of Weir's own")]
    TooMuch {
        /// Which instance.
        endpoint: Arc<Endpoint>,
        /// The limit.
        limit: usize,
    },
    /// The instance answered a statement with an error; the connection is fine.
    #[error("{0}")]
    Server(SqlError),
}

// === impl BackendError ===

impl BackendError {
    /// Whether the connection it happened on can no longer be used.
    pub fn ends_connection(&self) -> bool {
        !matches!(self, Self::Server(_))
    }
}

impl From<BackendError> for SqlError {
    fn from(error: BackendError) -> Self {
        let code = match &error {
            BackendError::Server(error) => return error.clone(),
            BackendError::Connect { .. } | BackendError::Denied { .. } | BackendError::Down { .. } => {
                return SqlError::new(Code::InstanceUnavailable, error.to_string()).retry_safe();
            }
            BackendError::Exhausted { .. } => {
                return SqlError::new(Code::PoolExhausted, error.to_string()).retry_safe();
            }
            BackendError::Lost { .. } => Code::InstanceUnavailable,
            BackendError::Timeout { .. } => Code::InstanceTimeout,
            BackendError::Protocol { .. } | BackendError::TooMuch { .. } => Code::BackendAnswer,
        };
        SqlError::new(code, error.to_string())
    }
}
