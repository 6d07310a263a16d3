//! A wire between Weir and a real server that fails when it is told to: cut at any byte, garbage, silence. It also writes
//! down what goes over it.

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
    /// What Weir has sent, each piece with whether it followed on an answer.
    sent: Mutex<Vec<(Flight, Vec<u8>)>>,
    answered: Mutex<bool>,
}

/// Whether a piece begins a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flight {
    New,
    Same,
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
        let state = Arc::new(State {
            fault: Mutex::new(Fault::None),
            changed: Notify::new(),
            passed: Mutex::new(0),
            sent: Mutex::default(),
            answered: Mutex::new(true),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((weir, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                let (from_weir, to_weir) = weir.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(Arc::clone(&shared).questions(from_weir, to_server));
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

    /// What has been sent since this was last asked: one entry for each round trip, with its statements. For one busy
    /// connection at a time.
    pub(crate) fn flights(&self) -> Vec<Vec<String>> {
        let mut flights: Vec<Vec<u8>> = Vec::new();
        for (flight, piece) in std::mem::take(&mut *self.state.sent.lock().unwrap()) {
            match flights.last_mut() {
                Some(last) if flight == Flight::Same => last.extend(piece),
                _ => flights.push(piece),
            }
        }
        flights.iter().map(|flight| statements(flight)).collect()
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
            *self.answered.lock().unwrap() = true;
            let mut piece = buffer[..count].to_vec();
            let fate = self.judge(&mut piece);
            if to.write_all(&piece).await.is_err() || matches!(fate, Fate::Cut) {
                return;
            }
        }
    }

    async fn questions(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let piece = &buffer[..count];
            let flight = match std::mem::take(&mut *self.answered.lock().unwrap()) {
                true => Flight::New,
                false => Flight::Same,
            };
            self.sent.lock().unwrap().push((flight, piece.to_vec()));
            if to.write_all(piece).await.is_err() {
                return;
            }
        }
        // How a connection ends is of no interest here: both sides see it.
        drop(to.shutdown().await);
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

/// The texts of the COM_QUERYs among some packets; other commands by their number.
fn statements(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(4) {
        let length = usize::try_from(u32::from_le_bytes([head[0], head[1], head[2], 0])).unwrap();
        let (payload, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        found.push(match payload.split_first() {
            Some((3, text)) => String::from_utf8_lossy(text).into_owned(),
            other => format!("command {:?}", other.map(|(command, _)| *command)),
        });
        bytes = rest;
    }
    found
}
