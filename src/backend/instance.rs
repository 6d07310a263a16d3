//! An instance: its pool, its health, its counts. And all of them, by id.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connect::connect;
use super::pool::{Pool, Purpose, Wanted};
use super::statements::{Budget, StatementKey};
use super::{
    BackendError, Connection, Counters, Endpoint, Health, InstanceOptions, Lease, ServerKind, SessionState, Ticket,
};
use crate::error::Code;
use crate::id::InstanceId;

/// One mysqld.
pub struct Instance {
    id: InstanceId,
    endpoint: Arc<Endpoint>,
    options: InstanceOptions,
    pool: Pool,
    health: Health,
    /// Held by who tries to connect while it is down.
    trying: Mutex<()>,
    counters: Arc<Counters>,
}

/// All instances of the process configuration, in its order.
#[derive(Default)]
pub struct Instances {
    list: Vec<Arc<Instance>>,
}

// === impl Instance ===

impl Instance {
    /// An instance; nothing is opened yet.
    pub fn new(id: InstanceId, options: InstanceOptions) -> Self {
        Self {
            id,
            endpoint: Arc::new(Endpoint {
                name: options.name.as_str().into(),
                address: options.address.as_str().into(),
            }),
            pool: Pool::new(&options),
            health: Health::default(),
            trying: Mutex::default(),
            counters: Arc::new(Counters::new(Budget::new(options.max_prepared, options.max_prepared_total))),
            options,
        }
    }

    /// Its place in the process configuration.
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// Its name in the process configuration.
    pub fn name(&self) -> &str {
        &self.endpoint.name
    }

    /// Name and address, as errors give them.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// Its limits.
    pub fn options(&self) -> &InstanceOptions {
        &self.options
    }

    /// Whether it can be reached.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What it has done.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What kind of server it is; None until a connection has been opened.
    pub fn kind(&self) -> Option<ServerKind> {
        self.health.kind()
    }

    /// Connections that are idle.
    pub fn idle_count(&self) -> usize {
        self.pool.idle_count()
    }

    /// Connections that are in use.
    pub fn used_count(&self) -> usize {
        self.pool.used_count()
    }

    /// A connection to use: an idle one that is alive, or a new one. Its session variables are those of whoever used
    /// it last; see [`Self::lease_with`].
    ///
    /// # Errors
    /// No place became free in time, or no connection could be opened; nothing has been sent in either case.
    pub async fn lease(&self) -> Result<Lease, BackendError> {
        self.lease_like(Wanted { state: &SessionState::default(), statement: None }, Purpose::Statement).await
    }

    /// A connection that can be brought to these session variables.
    async fn lease_like(&self, wanted: Wanted<'_>, purpose: Purpose) -> Result<Lease, BackendError> {
        if purpose != Purpose::Spare
            && let Some(lease) = self.pool.take_kept(wanted)
        {
            self.counters.leases.add();
            return Ok(lease);
        }
        let limit = Duration::from_millis(self.options.acquire_timeout_ms);
        let Some(place) = self.pool.place(purpose, limit).await else {
            if purpose != Purpose::Spare {
                Counters::add(&self.counters.exhausted);
            }
            return Err(BackendError::Exhausted {
                endpoint: Arc::clone(&self.endpoint),
                max: self.options.max_connections,
                waited_ms: self.options.acquire_timeout_ms,
            });
        };
        let lease = match self.pool.take_idle(wanted, place) {
            Ok(lease) => lease,
            Err(place) => self.pool.lease(Box::pin(self.open(wanted.state.found_rows())).await?, place),
        };
        self.counters.leases.add();
        Ok(lease)
    }

    /// A connection with these session variables. A difference that this instance has taken before is sent ahead of
    /// the next command, in the same flight; a new one is waited for, since a statement behind a refused SET would
    /// run under the wrong variables.
    ///
    /// # Errors
    /// As [`Self::lease`]; or the server refuses a variable.
    pub async fn lease_with(&self, state: &SessionState) -> Result<Lease, BackendError> {
        self.lease_for(Wanted { state, statement: None }, Purpose::Statement).await
    }

    /// As [`Self::lease_with`], and rather a connection where this statement is prepared.
    ///
    /// # Errors
    /// As [`Self::lease_with`].
    pub async fn lease_prepared(
        &self,
        state: &SessionState,
        statement: &StatementKey<'_>,
    ) -> Result<Lease, BackendError> {
        self.lease_for(Wanted { state, statement: Some(statement) }, Purpose::Statement).await
    }

    /// As [`Self::lease_with`], for a short question of Weir's own beside a client's statement: it does not wait for
    /// the connections that transactions hold. Nothing else may be waited for while it is held.
    ///
    /// # Errors
    /// As [`Self::lease_with`].
    pub async fn lease_own(&self, state: &SessionState) -> Result<Lease, BackendError> {
        self.lease_for(Wanted { state, statement: None }, Purpose::Own).await
    }

    /// As [`Self::lease_with`], for a statement that has a connection and would be quicker with another one: None when
    /// fewer than half of all are free, or when it does not come.
    pub async fn lease_spare(&self, state: &SessionState) -> Option<Lease> {
        self.lease_for(Wanted { state, statement: None }, Purpose::Spare).await.ok()
    }

    async fn lease_for(&self, wanted: Wanted<'_>, purpose: Purpose) -> Result<Lease, BackendError> {
        let mut lease = self.lease_like(wanted, purpose).await?;
        let state = wanted.state;
        if lease.state().digest() == state.digest() {
            return Ok(lease);
        }
        if self.health.has_taken(state.settings_digest()) {
            lease.queue_state(state);
        } else {
            lease.apply_state(state).await?;
            self.health.note_taken(state.settings_digest());
        }
        Ok(lease)
    }

    /// Puts a statement behind others of this worker that are about to be sent on one connection with these variables,
    /// where `statement` is prepared; `queue` is given that connection, and says whether it could. None where there is no
    /// such connection.
    pub fn join(
        &self,
        state: &SessionState,
        statement: Option<&StatementKey<'_>>,
        queue: impl FnOnce(&mut Connection) -> bool,
    ) -> Option<Ticket> {
        let ticket = self.pool.pipelines().join((state, statement), self.options.max_pipelined, queue)?;
        self.counters.pipelined.add();
        Some(ticket)
    }

    /// Opens a connection, on which a statement is queued, to others that are ready before it is sent.
    pub fn share(&self, lease: Lease) -> Ticket {
        self.pool.pipelines().open(lease)
    }

    /// Runs one statement of Weir's own on a connection with fresh session variables.
    pub async fn query(&self, sql: &str) -> Result<super::TextResult, BackendError> {
        let mut lease = self.lease_own(&SessionState::default()).await?;
        let result = lease.query(sql).await;
        if result.as_ref().err().is_none_or(|error| !error.ends_connection()) {
            lease.give_back();
        }
        result
    }

    /// KILL QUERY over a connection of its own, outside the pool: a full pool must not keep a statement alive. When
    /// the statement is not `running` any more by the time that connection is open, its thread is left alone: it may
    /// be working for another client.
    ///
    /// # Errors
    /// No connection could be opened, or the server refuses.
    pub async fn kill_query(&self, connection_id: u32, running: impl Fn() -> bool) -> Result<(), BackendError> {
        let mut connection = Box::pin(connect(&self.endpoint, &self.options, &self.counters, false)).await?;
        if !running() {
            return Ok(());
        }
        connection.query(&format!("KILL QUERY {connection_id}")).await.map(drop)
    }

    /// Ends the threads that leases have abandoned, one batch after the other, until the task is dropped.
    pub(super) async fn end_abandoned(&self) {
        loop {
            let threads = self.pool.abandoned().await;
            if let Err(error) = self.kill(&threads).await {
                tracing::warn!(instance = self.name(), ?threads, %error, "abandoned statements go on running");
            }
        }
    }

    async fn kill(&self, threads: &[u32]) -> Result<(), BackendError> {
        let mut connection = Box::pin(connect(&self.endpoint, &self.options, &self.counters, false)).await?;
        for thread in threads {
            match connection.query(&format!("KILL {thread}")).await {
                // It has ended by itself.
                Err(BackendError::Server(error)) if error.is(Code::NoSuchThread) => {}
                answered => drop(answered?),
            }
        }
        Ok(())
    }

    /// Opens a connection. While the instance is down, this waits for a try that is under way, and shares its failure.
    async fn open(&self, found_rows: bool) -> Result<Connection, BackendError> {
        let asked = Instant::now();
        let mut turn = None;
        if self.health.down_because().is_some() {
            turn = Some(self.trying.lock().await);
            if let Some(why) = self.health.failed_since(asked) {
                return Err(BackendError::Down { endpoint: Arc::clone(&self.endpoint), why });
            }
        }
        if self.health.down_because().is_none() {
            // Somebody else has found it up.
            drop(turn.take());
        }
        let result = connect(&self.endpoint, &self.options, &self.counters, found_rows).await;
        self.note(&result);
        result
    }

    fn note(&self, result: &Result<Connection, BackendError>) {
        match result {
            Ok(connection) => self.health.is_up(connection.server_version(), connection.kind()),
            Err(error) => self.health.is_down(&self.endpoint, error),
        }
    }

    /// Closes idle connections that are too old or whose server is gone.
    pub(super) fn reap(&self) {
        self.pool.reap();
    }

    /// Pings the instance once and closes what has been idle for too long. Keeps one connection warm.
    pub(super) async fn check(&self) {
        self.reap();
        if self.idle_count() == 0 && self.used_count() > 0 {
            // Those in use show how it is; a place taken now might be missed.
            return;
        }
        // A failure to connect is noted by the lease.
        let Ok(mut lease) = self.lease().await else { return };
        let limit = Duration::from_millis(self.options.connect_timeout_ms.max(1));
        match tokio::time::timeout(limit, lease.ping()).await {
            Ok(Ok(())) => lease.give_back(),
            // The other idle ones are no better; the next round, or the next lease, opens a new one and finds out.
            Ok(Err(_)) | Err(_) => self.pool.clear(),
        }
    }
}

// === impl Instances ===

impl Instances {
    /// All instances; the n-th has id n.
    pub fn new(options: impl IntoIterator<Item = InstanceOptions>) -> Self {
        let list = (0..=u16::MAX).zip(options).map(|(id, options)| Arc::new(Instance::new(InstanceId(id), options)));
        Self { list: list.collect() }
    }

    /// By id.
    pub fn get(&self, id: InstanceId) -> Option<&Arc<Instance>> {
        self.list.get(usize::from(id.0))
    }

    /// By name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<Instance>> {
        self.list.iter().find(|instance| instance.name() == name)
    }

    /// In the order of the configuration.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Instance>> {
        self.list.iter()
    }
}
