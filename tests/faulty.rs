//! A wire between Weir and a real server that fails when it is told to: cut at any byte, garbage, silence.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to the bytes that the server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They pass.
    None,
    /// So many pass, then the connection is closed, once; after that all is well.
    CutAfter(usize),
    /// So many pass, then so many are overwritten with 0xff, once.
    GarbageAfter(usize, usize),
    /// None passes, new connections are accepted and not served, until the fault is taken away.
    Silence,
}

/// A listening port that leads to a server.
pub(crate) struct FaultyWire {
    pub(crate) port: u16,
    state: Arc<State>,
}

struct State {
    fault: Mutex<Fault>,
    changed: Notify,
    passed: Mutex<usize>,
}

/// What becomes of a piece of what the server sent.
enum Fate {
    Pass,
    Cut,
}

// === impl FaultyWire ===

impl FaultyWire {
    /// Listens, and connects everyone to the server at `port`.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("bound").port();
        let state = Arc::new(State { fault: Mutex::new(Fault::None), changed: Notify::new(), passed: Mutex::new(0) });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((weir, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                let (from_weir, to_weir) = weir.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(forward(from_weir, to_server));
                tokio::spawn(Arc::clone(&shared).answers(from_server, to_weir));
            }
        });
        Self { port: own, state }
    }

    /// From now on this happens; bytes are counted from here.
    pub(crate) fn set(&self, fault: Fault) {
        *self.state.passed.lock().unwrap() = 0;
        *self.state.fault.lock().unwrap() = fault;
        self.state.changed.notify_waiters();
    }

    /// How many bytes of answers have passed since the last [`FaultyWire::set`].
    pub(crate) fn passed(&self) -> usize {
        *self.state.passed.lock().unwrap()
    }

    /// Whether a fault that happens once has yet to happen.
    pub(crate) fn is_armed(&self) -> bool {
        *self.state.fault.lock().unwrap() != Fault::None
    }
}

// === impl State ===

impl State {
    async fn answers(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            self.wait_for_sound().await;
            let mut piece = buffer[..count].to_vec();
            let fate = self.judge(&mut piece);
            if to.write_all(&piece).await.is_err() || matches!(fate, Fate::Cut) {
                return;
            }
        }
    }

    async fn wait_for_sound(&self) {
        loop {
            let changed = self.changed.notified();
            if *self.fault.lock().unwrap() != Fault::Silence {
                return;
            }
            changed.await;
        }
    }

    fn judge(&self, piece: &mut Vec<u8>) -> Fate {
        let mut fault = self.fault.lock().unwrap();
        let mut passed = self.passed.lock().unwrap();
        let before = *passed;
        *passed += piece.len();
        match *fault {
            Fault::CutAfter(limit) if *passed > limit => {
                piece.truncate(limit.saturating_sub(before));
                *fault = Fault::None;
                Fate::Cut
            }
            Fault::GarbageAfter(start, length) if *passed > start => {
                for byte in piece.iter_mut().skip(start.saturating_sub(before)).take(length) {
                    *byte = 0xff;
                }
                *fault = Fault::None;
                Fate::Pass
            }
            _ => Fate::Pass,
        }
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    // How a connection ends is of no interest here: both sides see it.
    let _ended: std::io::Result<u64> = tokio::io::copy(&mut from, &mut to).await;
}
