//! The demo's folder, its two instances, the physical databases on them, and Weir's configuration for them.
//!
//! Always holds: one demo at a time in a folder (a lock that the system frees when the process ends).

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::screen::Screen;
use super::server::{self, Programs, Server};
use super::{DemoError, dataset, sql};

/// Physical databases, in routing order, with the index of their instance.
pub(super) const SHARDS: [(&str, usize); 8] = [
    ("finance_00", 0),
    ("finance_01", 0),
    ("finance_02", 0),
    ("finance_03", 0),
    ("finance_04", 1),
    ("finance_05", 1),
    ("finance_06", 1),
    ("finance_07", 1),
];

/// The instances' names in Weir's configuration.
pub(super) const INSTANCES: [&str; 2] = ["a", "b"];

/// How many ports are tried from the preferred one on.
const PORTS_TRIED: u16 = 100;

/// The rules of the demo, as they are shipped.
pub(super) const RULES: &str = include_str!("../../rules/finance.yaml");

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The scratch folder, absolute.
    pub(super) folder: PathBuf,
    /// Weir's configuration.
    pub(super) config: PathBuf,
    /// The port that Weir listens on.
    pub(super) weir_port: u16,
    /// The port of Weir's console.
    pub(super) http_port: u16,
    /// The instances' ports.
    pub(super) backend_ports: [u16; 2],
}

/// The scratch folder and the servers that run in it.
pub(super) struct Cluster {
    folder: PathBuf,
    servers: Vec<Server>,
    _lock: File,
}

// === impl Cluster ===

impl Cluster {
    /// Makes the folder if needed, and takes its lock.
    pub(super) fn open(folder: &Path) -> Result<Self, DemoError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| DemoError::File { path, source }
        };
        fs::create_dir_all(folder).map_err(at(folder))?;
        let folder = folder.canonicalize().map_err(at(folder))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, servers: Vec::new(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DemoError::Busy { dir: folder }),
            Err(TryLockError::Error(source)) => Err(DemoError::File { path: lock_path, source }),
        }
    }

    /// Starts the instances, makes the physical databases, and writes Weir's configuration.
    pub(super) async fn start(&mut self, screen: &mut Screen<'_>) -> Result<Layout, DemoError> {
        let programs = Programs::find()?;
        screen.line(&format!("server    {}", programs.server().display()))?;
        for name in INSTANCES {
            server::end_left_behind(&self.folder.join(name)).await;
        }
        let started = Instant::now();
        let mut taken = Vec::new();
        for (name, preferred) in INSTANCES.into_iter().zip([13_306, 13_307]) {
            let port = free_port(preferred, "an instance", &mut taken)?;
            self.servers.push(Server::start(&programs, self.folder.join(name), name, port).await?);
        }
        let mut backend_ports = [0; 2];
        for (server, port) in self.servers.iter_mut().zip(&mut backend_ports) {
            server.ready().await?;
            *port = server.port;
            let took = started.elapsed();
            screen.line(&format!("instance  {} at 127.0.0.1:{} (up after {took:.1?})", server.name, server.port))?;
        }
        create_databases(backend_ports).await?;
        let weir_port = free_port(3307, "Weir", &mut taken)?;
        if weir_port != 3307 {
            screen.line(&format!("note      port 3307 is taken, so Weir listens on {weir_port}"))?;
        }
        let http_port = free_port(3309, "Weir's console", &mut taken)?;
        let config = self.folder.join("weir.yaml");
        let layout = Layout { folder: self.folder.clone(), config, weir_port, http_port, backend_ports };
        layout.write_configuration()?;
        Ok(layout)
    }

    /// Ends the servers, both at the same time.
    pub(super) async fn stop(self) {
        let ending: Vec<_> = self.servers.into_iter().map(|server| tokio::spawn(server.stop())).collect();
        for task in ending {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a server was not ended in order");
            }
        }
    }
}

// === impl Layout ===

impl Layout {
    /// Writes `weir.yaml` and `rules/finance.yaml`.
    fn write_configuration(&self) -> Result<(), DemoError> {
        write_file(&self.config, &self.configuration("./rules"))?;
        write_file(&self.folder.join("rules/finance.yaml"), RULES)
    }

    /// The process configuration, with the rules in the given folder.
    pub(super) fn configuration(&self, rules: &str) -> String {
        let (weir, http, [a, b]) = (self.weir_port, self.http_port, self.backend_ports);
        format!(
            "listen: 127.0.0.1:{weir}\n\
             http: 127.0.0.1:{http}\n\
             rules: {rules}\n\
             users:\n  \
               app: {{ password: secret, schemas: [finance] }}\n\
             instances:\n  \
               a: {{ address: 127.0.0.1:{a}, user: weir, password: weir }}\n  \
               b: {{ address: 127.0.0.1:{b}, user: weir, password: weir }}\n"
        )
    }
}

/// Writes a file, and makes its folder if needed.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), DemoError> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)
    };
    write().map_err(|source| DemoError::File { path: path.to_owned(), source })
}

/// Makes the physical databases, unless the data set is there already. What an interrupted start left is dropped.
async fn create_databases(ports: [u16; 2]) -> Result<(), DemoError> {
    let mut instances = [sql::connect_backend(ports[0]).await?, sql::connect_backend(ports[1]).await?];
    let mut complete =
        sql::dataset_version(&mut instances[0], "finance_00.settings").await? == Some(dataset::VERSION.to_owned());
    for (name, instance) in SHARDS {
        let databases = instances[instance].query(&format!("SHOW DATABASES LIKE '{name}'")).await?;
        complete &= databases.rows.len() == 1;
    }
    if !complete {
        for (index, instance) in instances.iter_mut().enumerate() {
            instance.query("DROP DATABASE IF EXISTS weir").await?;
            for (name, _) in SHARDS.iter().filter(|(_, at)| *at == index) {
                instance.query(&format!("DROP DATABASE IF EXISTS {name}")).await?;
                instance.query(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await?;
            }
        }
    }
    for instance in instances {
        instance.close().await?;
    }
    Ok(())
}

/// The preferred port, or the next one that nobody listens on.
fn free_port(preferred: u16, purpose: &'static str, taken: &mut Vec<u16>) -> Result<u16, DemoError> {
    let port = (preferred..preferred.saturating_add(PORTS_TRIED))
        .find(|port| !taken.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or(DemoError::NoPort { from: preferred, purpose })?;
    taken.push(port);
    Ok(port)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::{Cluster, free_port};
    use crate::demo::DemoError;

    #[test]
    fn a_taken_port_is_passed_over() {
        let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return };
        let Ok(address) = listener.local_addr() else { return };
        let mut taken = Vec::new();
        let first = free_port(address.port(), "a test", &mut taken);
        assert!(first.as_ref().is_ok_and(|port| *port > address.port()), "{first:?}");
        let second = free_port(address.port(), "a test", &mut taken);
        assert!(second.is_ok_and(|port| Some(&port) != taken.first()));
    }

    #[test]
    fn a_folder_holds_one_demo() {
        let folder = std::env::temp_dir().join(format!("weir-demo-lock-{}", std::process::id()));
        let first = Cluster::open(&folder);
        assert!(first.is_ok());
        assert!(matches!(Cluster::open(&folder), Err(DemoError::Busy { .. })));
        drop(first);
        assert!(Cluster::open(&folder).is_ok());
        assert!(std::fs::remove_dir_all(&folder).is_ok());
    }
}
