//! Who is connected: SHOW PROCESSLIST, KILL, and where a client's statement is running right now.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::backend::Instances;
use crate::exec::Running;

/// All clients of this process.
#[derive(Debug, Default)]
pub struct Clients {
    connected: Mutex<BTreeMap<u64, Arc<ClientEntry>>>,
    last_id: AtomicU64,
}

/// One client.
#[derive(Debug)]
pub struct ClientEntry {
    /// Its connection id.
    pub id: u64,
    /// Its address.
    pub host: String,
    /// Where its statement is running.
    pub running: Running,
    /// Told when the connection is to end.
    pub kill: Notify,
    now: Mutex<Doing>,
}

/// What a client is doing.
#[derive(Clone, Debug)]
pub struct Doing {
    /// Its user.
    pub user: String,
    /// Its schema.
    pub schema: Option<String>,
    /// `Sleep`, `Query`, `Execute`.
    pub command: &'static str,
    /// Since when.
    pub since: Instant,
}

// === impl Clients ===

impl Clients {
    /// Takes a client in; its id is the next one.
    pub fn enter(&self, host: String) -> Arc<ClientEntry> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let doing = Doing { user: String::new(), schema: None, command: "Connect", since: Instant::now() };
        let entry = Arc::new(ClientEntry {
            id,
            host,
            running: Running::default(),
            kill: Notify::new(),
            now: Mutex::new(doing),
        });
        self.connected().insert(id, entry.clone());
        entry
    }

    /// Lets a client go.
    pub fn leave(&self, id: u64) {
        self.connected().remove(&id);
    }

    /// All clients, by id.
    pub fn all(&self) -> Vec<Arc<ClientEntry>> {
        self.connected().values().cloned().collect()
    }

    /// The client with this id.
    pub fn find(&self, id: u64) -> Option<Arc<ClientEntry>> {
        self.connected().get(&id).cloned()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.connected().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn connected(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<ClientEntry>>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl ClientEntry ===

impl ClientEntry {
    /// What it is doing.
    pub fn doing(&self) -> Doing {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes who it is and where.
    pub fn is(&self, user: &str, schema: Option<&str>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.user = user.to_owned();
        now.schema = schema.map(ToOwned::to_owned);
    }

    /// Notes what it does from now on.
    pub fn does(&self, command: &'static str) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.command = command;
        now.since = Instant::now();
    }

    /// Interrupts its statement on every instance that runs a part of it.
    pub async fn interrupt(&self, instances: &Instances) {
        self.running.interrupt();
        for (instance, thread) in self.running.threads() {
            if let Some(instance) = instances.get(instance)
                && let Err(error) = instance.kill_query(thread, || self.running.runs(instance.id(), thread)).await
            {
                tracing::warn!(instance = instance.name(), thread, %error, "KILL QUERY failed");
            }
        }
    }
}
