//! What all sessions of a process share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Clients;
use crate::backend::{Instance, Instances, ServerKind};
use crate::catalog::{Catalog, Cluster, literal, text};
use crate::error::{Code, SqlError};
use crate::exec::{Ids, Pending};
use crate::id::InstanceId;
use crate::metrics::Metrics;
use crate::plan::Table;
use crate::sequence::{Counter, Sequences};
use crate::txn::Coordinator;
use crate::value::ColumnKind;
use crate::wire::auth::{Credential, FastDigest, ServerKey};

/// One process's parts, shared by its sessions.
pub struct Service {
    /// Tables and plans.
    pub catalog: Catalog,
    /// The servers behind.
    pub instances: Arc<Instances>,
    /// Those that serve as merge nodes; empty for all.
    pub merge_nodes: Vec<InstanceId>,
    /// What transactions over several instances share.
    pub coordinator: Arc<Coordinator>,
    /// AUTO_INCREMENT values.
    pub sequences: Sequences,
    /// Who may log in.
    pub users: HashMap<String, Arc<User>>,
    /// Who is connected.
    pub clients: Clients,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Since when it serves.
    pub started: std::time::Instant,
    /// Named limits.
    pub limits: Limits,
    /// TLS for clients.
    pub tls: Option<tokio_rustls::TlsAcceptor>,
    /// For passwords that are sent encrypted over a plain connection.
    pub server_key: Option<Arc<ServerKey>>,
}

/// A user that clients log in as.
pub struct User {
    credential: Mutex<Credential>,
    /// The logical schemas it may use; None: all.
    schemas: Option<Vec<String>>,
}

/// Limits of sessions, each as `limits:` of the configuration names it.
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
    /// `max_fetch_rows`.
    pub max_fetch_rows: u64,
    /// `max_fetch_bytes`.
    pub max_fetch_bytes: u64,
    /// How long a new connection may take to log in.
    pub login_timeout_ms: u64,
    /// How long a client may be idle.
    pub client_idle_timeout_ms: u64,
    /// How long a client may take no bytes of its answer.
    pub client_write_timeout_ms: u64,
}

/// A sequence as it stands in its home instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredSequence {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) value: u64,
}

// === impl User ===

impl User {
    /// A user with what its password is checked against, and the schemas it may use (None: all).
    pub fn new(credential: Credential, schemas: Option<Vec<String>>) -> Self {
        Self { credential: Mutex::new(credential), schemas }
    }

    /// Whether this user may use a schema.
    pub fn may_use(&self, schema: &str) -> bool {
        self.schemas.as_ref().is_none_or(|schemas| schemas.iter().any(|known| known == schema))
    }

    /// What its password is checked against.
    pub fn credential(&self) -> Credential {
        self.credential.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers what a full authentication has shown: the next one can be fast.
    pub fn learn(&self, fast: FastDigest) {
        let mut credential = self.credential.lock().unwrap_or_else(PoisonError::into_inner);
        *credential = credential.clone().with_fast(Some(fast));
    }
}

// === impl Service ===

impl Service {
    /// The version that clients are greeted with: the first instance's, whose SQL is what they will speak.
    ///
    /// MariaDB 10 puts `5.5.5-` before its own, because clients of MySQL that see a major version of 10 take it for a newer
    /// MySQL, and ask for what that has.
    pub fn server_version(&self) -> String {
        let version = self.instances.iter().find_map(|instance| instance.health().version());
        match version {
            Some(version) if version.starts_with("10.") => format!("5.5.5-{version}"),
            Some(version) => version,
            None => format!("8.0.40-weir-{}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// Whether the first instance that has been reached is a MariaDB.
    pub fn speaks_mariadb(&self) -> bool {
        self.instances.iter().find_map(|instance| instance.kind()) == Some(ServerKind::MariaDb)
    }

    /// Takes `count` AUTO_INCREMENT values of a table in one piece; gives the first.
    pub(super) async fn take_ids(&self, table: &Table, count: u64) -> Result<u64, SqlError> {
        let (home, counter) = (self.home(table)?, counter(table));
        let values = self.sequences.take(&**home, counter, count, || self.largest_id(table)).await?;
        Ok(values.start)
    }

    /// Moves a table's sequence past a value that a client gave itself.
    pub(super) async fn observe_ids(&self, table: &Table, value: u64) -> Result<(), SqlError> {
        let (home, counter) = (self.home(table)?, counter(table));
        self.sequences.observe(&**home, counter, value, || self.largest_id(table)).await
    }

    /// A table that has been dropped or emptied starts again at 1.
    pub(super) async fn restart_ids(&self, cluster: &Cluster, schema: &str, table: &str) -> Result<(), SqlError> {
        let Some(rules) = cluster.schema(schema) else { return Ok(()) };
        let Some(home) = self.instances.get(rules.instance(crate::id::ShardId(0))) else { return Ok(()) };
        let counter = Counter { schema, table, max: u64::MAX };
        self.sequences.restart(&**home, counter).await
    }

    /// What stands in the backends.
    pub(super) async fn all_sequences(&self, cluster: &Cluster) -> Result<Vec<StoredSequence>, SqlError> {
        let mut homes: Vec<InstanceId> =
            cluster.schemas().iter().map(|rules| rules.instance(crate::id::ShardId(0))).collect();
        homes.sort_unstable();
        homes.dedup();
        let mut found = Vec::new();
        for home in homes {
            let Some(home) = self.instances.get(home) else { continue };
            let exists = format!(
                "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
                literal("weir"),
                literal("sequence")
            );
            if home.query(&exists).await?.rows.is_empty() {
                continue;
            }
            let sql = "SELECT schema_name, name, next_value FROM weir.sequence ORDER BY schema_name, name";
            for row in &home.query(sql).await?.rows {
                let value = text(row, 2).parse().unwrap_or_default();
                found.push(StoredSequence { schema: text(row, 0), name: text(row, 1), value });
            }
        }
        Ok(found)
    }

    fn home(&self, table: &Table) -> Result<&Arc<Instance>, SqlError> {
        self.instances.get(table.rules.instance(crate::id::ShardId(0))).ok_or_else(|| {
            SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured")
        })
    }

    /// The largest AUTO_INCREMENT value that any physical table has, or says by its own counter to have had; 0 for none.
    async fn largest_id(&self, table: &Table) -> Result<u64, SqlError> {
        let Some(column) = table.columns.iter().flatten().find(|column| column.auto_increment) else { return Ok(0) };
        let column = column.name.replace('`', "``");
        let mut largest = 0;
        for node in table.placement.nodes(&table.rules) {
            let physical = table.physical(node);
            let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
            let name = format!("{}.{}", quoted(physical.database), quoted(physical.table));
            let sql = format!("SELECT GREATEST(COALESCE(MAX(`{column}`), 0), 0) FROM {name}");
            let Some(instance) = self.instances.get(table.rules.instance(node.shard)) else { continue };
            let answer = instance.query(&sql).await?;
            let value = answer.rows.first().map(|row| text(row, 0)).unwrap_or_default();
            largest = value.parse::<u64>().unwrap_or_default().max(largest);
            // information_schema would tell a value of yesterday on MySQL.
            let shown = instance.query(&format!("SHOW CREATE TABLE {name}")).await?;
            let shown = shown.rows.first().map(|row| text(row, 1)).unwrap_or_default();
            largest = counts_from(&shown).unwrap_or_default().saturating_sub(1).max(largest);
        }
        Ok(largest)
    }
}

// === impl Ids ===

impl Ids for Service {
    fn take<'a>(&'a self, table: &'a Table, count: u64) -> Pending<'a, u64> {
        Box::pin(self.take_ids(table, count))
    }

    fn observe<'a>(&'a self, table: &'a Table, value: u64) -> Pending<'a, ()> {
        Box::pin(self.observe_ids(table, value))
    }
}

fn counter(table: &Table) -> Counter<'_> {
    let column = table.columns.iter().flatten().find(|column| column.auto_increment);
    let max = match column.map(|column| &column.kind) {
        Some(ColumnKind::Int { bytes, unsigned }) => largest_of(*bytes, *unsigned),
        _ => largest_of(8, false),
    };
    Counter { schema: &table.rules.schema, table: &table.name, max }
}

/// The largest value of an integer type.
fn largest_of(bytes: u8, unsigned: bool) -> u64 {
    let bits = u32::from(bytes.clamp(1, 8)) * 8 - u32::from(!unsigned);
    u64::MAX >> (64 - bits)
}

/// The number behind AUTO_INCREMENT among the options of a table, as SHOW CREATE TABLE tells them: in the line that
/// closes the definitions, before the comment.
fn counts_from(shown: &str) -> Option<u64> {
    let options = shown.lines().find(|line| line.starts_with(')'))?;
    let options = options.split(" COMMENT=").next()?;
    let (_, number) = options.split_once(" AUTO_INCREMENT=")?;
    number.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{counts_from, largest_of};

    #[test]
    fn counters_of_tables() {
        let shown = |options: &str| format!("CREATE TABLE `t` (\n  `id` int COMMENT ') AUTO_INCREMENT=1'\n) {options}");
        assert_eq!(counts_from(&shown("ENGINE=InnoDB AUTO_INCREMENT=10 DEFAULT CHARSET=latin1")), Some(10));
        assert_eq!(counts_from(&shown("ENGINE=InnoDB AUTO_INCREMENT=18446744073709551615")), Some(u64::MAX));
        assert_eq!(counts_from(&shown("ENGINE=InnoDB COMMENT='x AUTO_INCREMENT=7 '")), None);
    }

    #[test]
    fn largest_values_of_integer_types() {
        assert_eq!(largest_of(1, false), 127);
        assert_eq!(largest_of(3, true), 16_777_215);
        assert_eq!(largest_of(8, false), u64::try_from(i64::MAX).unwrap_or_default());
        assert_eq!(largest_of(8, true), u64::MAX);
    }
}
