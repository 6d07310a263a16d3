//! Listening: clients come in here, and everything is put together from the configuration.
//!
//! [`serve`] opens the listener first, so that a taken port is said at once, and returns when the shutdown future is
//! ready and running statements have ended (or `limits.shutdown_timeout_ms` has passed).

mod processors;
mod workers;

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::admin;
use crate::backend::{Instances, watch};
use crate::catalog::Catalog;
use crate::client::Socket;
use crate::config::{Config, Schemas, Tls, load_rules};
use crate::metrics::Metrics;
use crate::rule::RuleSet;
use crate::sequence::Sequences;
use crate::session::{Clients, Limits, Service, Session, SessionEnd, User};
use crate::txn::recovery::{self, RecoveryLimits};
use crate::txn::{Coordinator, deadlock};
use crate::wire::auth::ServerKey;
use workers::Workers;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address} ({setting}:): {error}")]
    Listen {
        /// `listen` or `http`.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's words.
        error: std::io::Error,
    },
    /// The certificate or key cannot be used.
    #[error("tls: {0}")]
    Tls(String),
    /// The system gives no thread.
    #[error("cannot start a worker thread (limits.workers): {0}")]
    Worker(std::io::Error),
    /// The system failed.
    #[error("{0}")]
    Crypto(#[from] crate::wire::ProtocolError),
}

/// Serves clients until `shutdown` is ready.
///
/// # Errors
/// An address is taken, or TLS cannot be set up. Once it serves, it does not fail.
pub async fn serve(config: Config, rules: Vec<RuleSet>, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    let listener = listen("listen", config.listen).await?;
    let http = match config.http {
        Some(address) => Some(listen("http", address).await?),
        None => None,
    };
    let rules: Vec<Arc<RuleSet>> = rules.into_iter().map(Arc::new).collect();
    let shutdown_timeout = Duration::from_millis(config.limits.shutdown_timeout_ms);
    let service = Arc::new(service(&config, rules.clone())?);
    let mut background = JoinSet::new();
    for instance in service.instances.iter() {
        background.spawn(watch(instance.clone()));
    }
    if let Some(http) = http {
        let (metrics, readings) = (service.metrics.clone(), admin::readings(service.instances.clone()));
        background.spawn(async move {
            if let Err(error) = admin::serve(http, metrics, readings).await {
                tracing::error!(%error, "the HTTP listener has ended");
            }
        });
    }
    let recovery = RecoveryLimits {
        interval_ms: config.limits.recovery_interval_ms,
        grace_ms: config.limits.recovery_grace_ms,
        kept_ms: config.limits.decision_kept_ms,
    };
    background.spawn(recovery::run(service.coordinator.clone(), recovery));
    background.spawn(deadlock::run(service.coordinator.clone(), config.limits.deadlock_interval_ms));
    background.spawn(follow(service.clone(), config.limits.schema_poll_ms));
    let count = workers::count(config.limits.workers);
    let pinned = config.limits.pin_workers == 1;
    let workers = Workers::start(count, pinned, &service).map_err(ServeError::Worker)?;
    background.spawn(reload(config, rules, service.clone()));
    tracing::info!(address = %listener.local_addr().map_or_else(|_| "?".into(), |a| a.to_string()), "serving");
    accept(&service, &listener, workers, shutdown, shutdown_timeout).await;
    Ok(())
}

async fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Listen { setting, address, error })
}

/// Puts a process's parts together.
fn service(config: &Config, rules: Vec<Arc<RuleSet>>) -> Result<Service, ServeError> {
    let workers = workers::count(config.limits.workers);
    let instances = Arc::new(Instances::new(config.instances.iter().map(|instance| instance.options(workers))));
    let metrics = Arc::new(Metrics::new());
    let size = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let limits = &config.limits;
    let users = config.users.iter().map(|user| {
        let schemas = match &user.schemas {
            Schemas::All => None,
            Schemas::Only(schemas) => Some(schemas.clone()),
        };
        (user.name.clone(), Arc::new(User::new(user.credential.clone(), schemas)))
    });
    Ok(Service {
        catalog: Catalog::new(instances.clone(), rules, size(limits.plan_cache_entries)),
        coordinator: Arc::new(Coordinator::new(instances.clone(), metrics.clone())),
        merge_nodes: config
            .merge_nodes
            .iter()
            .filter_map(|at| instances.iter().nth(*at).map(|instance| instance.id()))
            .collect(),
        instances,
        sequences: Sequences::new(Sequences::DEFAULT_SEGMENT),
        users: users.collect::<HashMap<_, _>>(),
        clients: Clients::default(),
        started: std::time::Instant::now(),
        metrics,
        limits: Limits {
            max_allowed_packet: size(limits.max_allowed_packet),
            max_client_connections: size(limits.max_client_connections),
            max_prepared_statements: size(limits.max_prepared_statements),
            max_merge_rows: limits.max_merge_rows,
            max_merge_bytes: limits.max_merge_bytes,
            max_fetch_rows: limits.max_fetch_rows,
            max_fetch_bytes: limits.max_fetch_bytes,
            login_timeout_ms: limits.login_timeout_ms,
            client_idle_timeout_ms: limits.client_idle_timeout_ms,
            client_write_timeout_ms: limits.client_write_timeout_ms,
        },
        tls: config.tls.as_ref().map(acceptor).transpose()?,
        server_key: Some(Arc::new(ServerKey::generate()?)),
    })
}

/// TLS for clients, from the files that the configuration names.
fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ServeError> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let wrong =
        |file: &std::path::Path, error: &dyn std::fmt::Display| ServeError::Tls(format!("{}: {error}", file.display()));
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&tls.certificate).map_err(|error| wrong(&tls.certificate, &error))?.collect();
    let certificates = certificates.map_err(|error| wrong(&tls.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| wrong(&tls.key, &error))?;
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| wrong(&tls.certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Reads the rules again whenever their folder changes.
async fn reload(config: Config, rules: Vec<Arc<RuleSet>>, service: Arc<Service>) {
    let config = Arc::new(config);
    let folder = config.rules.clone();
    let load: admin::reload::Load = Arc::new(move |version| load_rules(&config, version));
    let metrics = service.metrics.clone();
    admin::watch_rules(&folder, rules, metrics, load, move |rules| service.catalog.replace_rules(rules)).await;
}

/// Forgets what is known of tables whenever another Weir has changed them; 0 for never.
async fn follow(service: Arc<Service>, schema_poll_ms: u64) {
    if schema_poll_ms == 0 {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(schema_poll_ms));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let changed = service.catalog.versions().changed(&service.instances, &service.catalog.cluster()).await;
        if !changed.is_empty() {
            tracing::debug!(schemas = ?changed, "tables have been changed by another Weir");
            service.catalog.forget();
        }
        for schema in &changed {
            service.sequences.forget(schema);
        }
    }
}

/// Takes clients in until the end, then waits for those that are running a statement.
async fn accept(
    service: &Service,
    listener: &TcpListener,
    mut workers: Workers,
    shutdown: impl Future<Output = ()>,
    shutdown_timeout: Duration,
) {
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let taken = match accepted {
            Ok((stream, _)) => workers.take(stream).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            // Out of file descriptors, most likely: the next client may fit again.
            tracing::warn!(%error, "a client could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    tracing::info!(clients = service.clients.len(), "shutting down");
    let dismissing = async {
        loop {
            for client in service.clients.all() {
                if client.doing().command == "Sleep" {
                    client.kill.ask();
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let drained = async {
        tokio::select! {
            () = workers.drained() => {}
            () = dismissing => {}
        }
    };
    if tokio::time::timeout(shutdown_timeout, drained).await.is_err() {
        tracing::warn!(clients = service.clients.len(), "limits.shutdown_timeout_ms has passed: closing the rest");
        workers.stop().await;
    }
}

/// One client, from its first byte to its last.
async fn client(service: Arc<Service>, stream: std::net::TcpStream) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::warn!(%error, "a client's socket cannot be watched"),
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let counted = service.metrics.client_accepted();
    let end = Box::pin(Session::serve(service.clone(), Socket::Plain(stream))).await;
    drop(counted);
    match end {
        SessionEnd::Left | SessionEnd::Killed | SessionEnd::Idle => tracing::debug!(%end, "client gone"),
        SessionEnd::Refused { .. } => tracing::info!(%end, "client refused"),
        SessionEnd::Client(_) => tracing::debug!(%end, "client lost"),
    }
}
