//! What an instance is configured with. The process configuration turns its YAML into this.

/// One instance's address, account and limits.
#[derive(Clone, PartialEq, Eq)]
pub struct InstanceOptions {
    /// The name in the configuration.
    pub name: String,
    /// `host:port`.
    pub address: String,
    /// The account's name.
    pub user: String,
    /// The account's password.
    pub password: String,
    /// Connections at most, idle ones included.
    pub max_connections: u32,
    /// Connections that one statement may use at once to read tables in order.
    pub max_scatter_connections: usize,
    /// Opening a connection, from TCP to the end of authentication.
    pub connect_timeout_ms: u64,
    /// How long a statement may take in all; 0 for no limit.
    pub query_timeout_ms: u64,
    /// How long a backend may stay silent while an answer is due; 0 for no limit.
    pub io_timeout_ms: u64,
    /// How long a statement waits for a connection to become free.
    pub acquire_timeout_ms: u64,
    /// A connection idle for longer is closed.
    pub idle_timeout_ms: u64,
    /// A connection older than this is closed when it is given back.
    pub max_lifetime_ms: u64,
    /// Between two pings.
    pub health_interval_ms: u64,
    /// Prepared statements kept open on one connection.
    pub max_prepared: usize,
    /// Prepared statements kept open on all connections together.
    pub max_prepared_total: usize,
    /// Short reads of several clients that share a connection at most: the last one waits for all the others.
    pub max_pipelined: usize,
    /// Worker threads that use it ([`super::worker`]).
    pub workers: usize,
}

// === impl InstanceOptions ===

impl InstanceOptions {
    /// With every limit at its default.
    pub fn new(
        name: impl Into<String>,
        address: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            address: address.into(),
            user: user.into(),
            password: password.into(),
            max_connections: 64,
            max_scatter_connections: 64,
            connect_timeout_ms: 3000,
            query_timeout_ms: 0,
            io_timeout_ms: 30_000,
            acquire_timeout_ms: 5000,
            idle_timeout_ms: 60_000,
            max_lifetime_ms: 30 * 60_000,
            health_interval_ms: 2000,
            max_prepared: 4096,
            max_prepared_total: 14_000,
            max_pipelined: 16,
            workers: 0,
        }
    }
}
