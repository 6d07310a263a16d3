//! What all sessions of a process share.

use std::collections::HashMap;
use std::sync::Arc;

use super::Clients;
use crate::backend::Instances;
use crate::catalog::Catalog;
use crate::metrics::Metrics;
use crate::sequence::Sequences;
use crate::wire::auth::Account;

/// One process's parts, shared by its sessions.
#[derive(Debug)]
pub struct Service {
    /// Tables and plans.
    pub catalog: Catalog,
    /// The servers behind.
    pub instances: Arc<Instances>,
    /// AUTO_INCREMENT values.
    pub sequences: Sequences,
    /// Who may log in.
    pub users: HashMap<String, User>,
    /// Who is connected.
    pub clients: Clients,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Named limits.
    pub limits: Limits,
    /// TLS for clients.
    pub tls: Option<tokio_rustls::TlsAcceptor>,
}

/// A user that clients log in as.
#[derive(Debug)]
pub struct User {
    /// What its password is checked against.
    pub account: Account,
    /// The logical schemas it may use; empty: all.
    pub schemas: Vec<String>,
}

/// Limits of a session, each as `limits:` of the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `max_allowed_packet`, bytes.
    pub max_allowed_packet: usize,
    /// `max_client_connections`.
    pub max_client_connections: usize,
    /// `max_prepared_statements` of one client.
    pub max_prepared_statements: usize,
    /// `max_merge_rows`.
    pub max_merge_rows: u64,
    /// `max_merge_bytes`.
    pub max_merge_bytes: u64,
    /// How long a new connection may take to log in.
    pub login_timeout_ms: u64,
    /// How long a client may be idle, 0 for ever.
    pub client_idle_timeout_ms: u64,
}

// === impl User ===

impl User {
    /// Whether this user may use a schema.
    pub fn may_use(&self, schema: &str) -> bool {
        self.schemas.is_empty() || self.schemas.iter().any(|known| known == schema)
    }
}
