//! `weir demo`: one MySQL in front of many, on this machine, with made data, and a short tour that checks itself.
//!
//! Two private MariaDB (or MySQL) instances run in a scratch folder, eight physical databases on them; the proxy runs
//! in this process; tables are made and filled through it; then the tour shows statements with their real answers.
//!
//! Always holds: every server that was started here is stopped here, also after a failure or Ctrl-C; nothing outside
//! the scratch folder is written; the data is the same on every machine. The demo knows Weir as a client does: what it
//! needs of the program it is handed as [`Proxy`], and what it claims it counts again in the backends.

mod cluster;
mod dataset;
mod load;
mod money;
mod people;
mod random;
mod screen;
mod server;
mod sql;
mod tour;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use cluster::{Cluster, Layout};
use screen::Screen;

/// How long the proxy may take to listen, and to end.
const PROXY_TIMEOUT: Duration = Duration::from_secs(15);

/// What the reader of the demo may choose.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Scratch folder: servers, data, logs, configuration. It is made, and kept for the next start
    #[arg(long, value_name = "FOLDER", default_value = ".scratch/demo")]
    pub dir: PathBuf,
    /// End after the tour, with status 0 only if all of it worked (the same as ONCE=1 in the environment)
    #[arg(long)]
    pub once: bool,
}

/// A running proxy: ends with a sentence when it fails.
pub type Serving = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
/// Serves by a configuration file until the receiver hears something (or its sender is gone).
pub type Serve = Box<dyn FnOnce(PathBuf, oneshot::Receiver<()>) -> Serving>;
/// Checks a configuration file; the error is all that `weir check` would print.
pub type Check = Box<dyn Fn(&Path) -> Result<(), String>>;

/// What the demo needs of the rest of the program.
pub struct Proxy {
    /// `weir serve`, in this process.
    pub serve: Serve,
    /// `weir check`.
    pub check: Check,
}

/// Why the demo ended.
#[derive(Debug, Error)]
pub enum DemoError {
    /// There is no database server on this machine.
    #[error(
        "no MariaDB or MySQL server was found (looked for mariadbd and mysqld in PATH, /usr/sbin, /usr/libexec and \
         /usr/local). Install one, for example with: apt-get install mariadb-server"
    )]
    NoServer,
    /// MariaDB's program that makes data folders is missing.
    #[error("found {server}, but not mariadb-install-db, which makes its data folder; it is in mariadb-server-core")]
    NoInstaller {
        /// The server that was found.
        server: PathBuf,
    },
    /// Another demo uses the scratch folder.
    #[error("another demo is running in {dir}; end it first, or choose another folder with --dir")]
    Busy {
        /// The scratch folder.
        dir: PathBuf,
    },
    /// A program that the demo started failed.
    #[error("{program} {how}. The end of {log}:\n{tail}")]
    Program {
        /// Its name.
        program: String,
        /// What happened to it.
        how: String,
        /// Where it wrote.
        log: PathBuf,
        /// The last lines of that.
        tail: String,
    },
    /// A file or folder could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No port could be had.
    #[error("no free port on 127.0.0.1 from {from} on for {purpose}")]
    NoPort {
        /// The first one that was tried.
        from: u16,
        /// What it was for.
        purpose: &'static str,
    },
    /// The output could not be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// A statement failed that should work.
    #[error("{doing}: {source}")]
    Sql {
        /// What was being done, or the statement.
        doing: String,
        /// The driver's error.
        source: Box<mysql_async::Error>,
    },
    /// The proxy did not start, or ended.
    #[error("the proxy failed: {0}")]
    Proxy(String),
    /// An answer was not what it must be.
    #[error("{0}")]
    Wrong(String),
    /// Ctrl-C before the tour was over.
    #[error("stopped before the tour was over")]
    Interrupted,
}

// === impl Options ===

impl Options {
    /// The same options, with `once` also when the environment says `ONCE=1`.
    #[must_use]
    pub fn or_environment(mut self) -> Self {
        self.once |= std::env::var_os("ONCE").is_some_and(|value| !value.is_empty() && value != "0");
        self
    }
}

/// Runs the demo and writes it to `out`; progress bars go to stderr when that is a terminal.
///
/// Returns after the tour (`once`) or after Ctrl-C, when everything that was started has ended.
pub async fn run(options: Options, proxy: Proxy, out: &mut dyn io::Write) -> Result<(), DemoError> {
    let mut stop = StopSignals::listen()?;
    let mut screen = Screen::new(out);
    let mut cluster = Cluster::open(&options.dir)?;
    let mut serving = None;
    let shown = tokio::select! {
        shown = show(&mut cluster, &mut serving, proxy, &mut screen) => shown,
        () = stop.asked() => Err(DemoError::Interrupted),
    };
    let ended = match shown {
        Ok(layout) if !options.once => wait(&layout, serving.as_mut(), &mut stop, &mut screen).await,
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Some(serving) = serving {
        serving.end().await;
    }
    cluster.stop().await;
    ended
}

/// Everything up to the end of the tour.
async fn show(
    cluster: &mut Cluster,
    serving: &mut Option<Running>,
    proxy: Proxy,
    screen: &mut Screen<'_>,
) -> Result<Layout, DemoError> {
    screen.title("Weir demo: one MySQL in front of many")?;
    let layout = cluster.start(screen).await?;
    let running = serving.insert(Running::start(proxy.serve, layout.config.clone()));
    let listening = sql::wait_until_listening(layout.weir_port, PROXY_TIMEOUT);
    running.unless_it_ends(listening).await?;
    screen.line(&format!("weir      127.0.0.1:{}   configuration {}", layout.weir_port, layout.config.display()))?;
    running.unless_it_ends(load::load_unless_loaded(&layout, screen)).await?;
    running.unless_it_ends(tour::walk(&layout, proxy.check.as_ref(), screen)).await?;
    Ok(layout)
}

/// Keeps serving until Ctrl-C.
async fn wait(
    layout: &Layout,
    running: Option<&mut Running>,
    stop: &mut StopSignals,
    screen: &mut Screen<'_>,
) -> Result<(), DemoError> {
    screen.title("Now try it yourself")?;
    screen.line(&format!("  mysql -h 127.0.0.1 -P {} -u app -psecret finance", layout.weir_port))?;
    screen.line(&format!("  curl http://127.0.0.1:{}/metrics", layout.http_port))?;
    screen.line("")?;
    screen.line("Serving until Ctrl-C.")?;
    let Some(running) = running else { return Ok(()) };
    tokio::select! {
        failed = running.unless_it_ends(std::future::pending::<Result<(), DemoError>>()) => failed,
        () = stop.asked() => Ok(()),
    }
}

/// The proxy's task.
struct Running {
    task: JoinHandle<Result<(), String>>,
    stop: oneshot::Sender<()>,
}

impl Running {
    fn start(serve: Serve, config: PathBuf) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { task: tokio::spawn(serve(config, stopped)), stop }
    }

    /// The work's result, or the proxy's failure if that comes first.
    async fn unless_it_ends<T>(&mut self, work: impl Future<Output = Result<T, DemoError>>) -> Result<T, DemoError> {
        tokio::select! {
            result = work => result,
            ended = &mut self.task => Err(DemoError::Proxy(match ended {
                Ok(Ok(())) => "it ended by itself".to_owned(),
                Ok(Err(sentence)) => sentence,
                Err(panic) => panic.to_string(),
            })),
        }
    }

    /// Asks it to end; a proxy that does not is dropped after a while.
    async fn end(self) {
        if self.task.is_finished() || self.stop.send(()).is_err() {
            return;
        }
        let abort = self.task.abort_handle();
        if tokio::time::timeout(PROXY_TIMEOUT, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// SIGINT, SIGTERM and SIGHUP.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self, DemoError> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
