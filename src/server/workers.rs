//! Worker threads: each serves its clients on a runtime of its own, from their first byte to their last.
//!
//! A client stays with the worker it was given to, and the worker's pools are its own ([`crate::backend::worker`]), so a
//! statement passes through one thread: nothing is handed over, woken or locked on the way. A new client goes to the
//! worker that has fewest. Each worker stays on a processor of its own ([`super::processors`]).
//!
//! What it costs: a client cannot move to an idle thread while its own is busy. Work that takes long between two awaits
//! would hold up its neighbours, so there is none: merges hand rows on and yield.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::processors::{self, Processor};
use crate::backend::worker;
use crate::session::Service;
use crate::turn;

/// So many accepted clients may wait for a worker; then accepting waits.
const WAITING_CLIENTS: usize = 1024;

/// All worker threads of a process.
pub(super) struct Workers {
    list: Vec<Worker>,
}

struct Worker {
    to: mpsc::Sender<std::net::TcpStream>,
    clients: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    /// None once it has ended.
    ended: Option<oneshot::Receiver<()>>,
}

/// A worker's end of [`Worker`].
struct Station {
    from: mpsc::Receiver<std::net::TcpStream>,
    clients: Arc<AtomicUsize>,
    stop: oneshot::Receiver<()>,
    ended: oneshot::Sender<()>,
}

/// How many workers a setting of `limits.workers` means.
pub(super) fn count(setting: u64) -> usize {
    match usize::try_from(setting).unwrap_or(usize::MAX) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        count => count,
    }
}

// === impl Workers ===

impl Workers {
    /// Starts `count` threads, each on a processor of its own if they are to be `pinned` and are as many.
    ///
    /// # Errors
    /// The system gives no thread or no event queue.
    pub(super) fn start(count: usize, pinned: bool, service: &Arc<Service>) -> io::Result<Self> {
        let count = count.max(1);
        let places = if pinned { processors::one_each(count) } else { Vec::new() };
        let start = |number| Worker::start(number, places.get(number - 1).copied(), service.clone());
        Ok(Self { list: (1..=count).map(start).collect::<io::Result<_>>()? })
    }

    /// Gives a client to the worker that has fewest.
    pub(super) async fn take(&self, stream: TcpStream) -> io::Result<()> {
        let fewest = self.list.iter().min_by_key(|worker| worker.clients.load(Ordering::Relaxed));
        let Some(worker) = fewest else { return Ok(()) };
        worker.clients.fetch_add(1, Ordering::Relaxed);
        let sent = worker.to.send(stream.into_std()?).await;
        sent.map_err(|_| io::Error::other("a worker thread has ended"))
    }

    /// Takes no more clients and waits until those that are there have left.
    pub(super) async fn drained(&mut self) {
        for worker in &mut self.list {
            // Closes the channel: the worker ends when its last client has left.
            worker.to = mpsc::channel(1).0;
        }
        for worker in &mut self.list {
            worker.ended().await;
        }
    }

    /// Ends all workers with the clients that they still have.
    pub(super) async fn stop(self) {
        for mut worker in self.list {
            // Dropping its end tells the worker.
            worker.stop = None;
            worker.ended().await;
        }
    }
}

// === impl Worker ===

impl Worker {
    fn start(number: usize, place: Option<Processor>, service: Arc<Service>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().on_thread_park(turn::over).build()?;
        let (to, from) = mpsc::channel(WAITING_CLIENTS);
        let (stop, stopped) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        let clients = Arc::new(AtomicUsize::new(0));
        let station = Station { from, clients: clients.clone(), stop: stopped, ended: ending };
        std::thread::Builder::new().name(format!("weir-worker-{number}")).spawn(move || {
            worker::enter(number);
            if let Some(place) = place {
                place.stay();
            }
            runtime.block_on(station.serve(service));
        })?;
        Ok(Self { to, clients, stop: Some(stop), ended: Some(ended) })
    }

    async fn ended(&mut self) {
        if let Some(ended) = &mut self.ended {
            // The sender is dropped with the thread, whichever way that ends.
            drop(ended.await);
        }
        self.ended = None;
    }
}

// === impl Station ===

impl Station {
    async fn serve(self, service: Arc<Service>) {
        let Self { mut from, clients, stop, ended } = self;
        let serving = async {
            let mut sessions = JoinSet::new();
            loop {
                tokio::select! {
                    stream = from.recv() => match stream {
                        Some(stream) => drop(sessions.spawn(super::client(service.clone(), stream))),
                        None => break,
                    },
                    Some(_) = sessions.join_next() => {
                        clients.fetch_sub(1, Ordering::Relaxed);
                    }
                }
            }
            while sessions.join_next().await.is_some() {}
        };
        tokio::select! {
            () = serving => {}
            _ = stop => {}
        }
        drop(ended);
    }
}
