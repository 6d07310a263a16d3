//! A wire that is cut at a byte, in either direction, when it is told to; it knows what was last said on it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// So much of what was said last is kept.
const KEPT: usize = 300;

/// No cut is due.
const WHOLE: i64 = i64::MAX;

/// A listening port that leads to another one.
pub(crate) struct Wire {
    pub(crate) port: u16,
    /// How many bytes pass before the next cut, over all connections together.
    left: Arc<AtomicI64>,
    /// What came last from the near side of each connection, by the port from which it goes on.
    said: Arc<Said>,
}

type Said = Mutex<BTreeMap<u16, Vec<u8>>>;

// === impl Wire ===

impl Wire {
    /// Listens, and connects everyone to `port`, whatever is there then.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("bound").port();
        let left = Arc::new(AtomicI64::new(WHOLE));
        let said = Arc::new(Said::default());
        let shared = (Arc::clone(&left), Arc::clone(&said));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connection(near, port, shared.clone()));
            }
        });
        Self { port: own, left, said }
    }

    /// Whichever connection carries the byte after so many is cut there, both ways.
    pub(crate) fn cut_after(&self, bytes: u32) {
        self.left.store(i64::from(bytes), Ordering::Relaxed);
    }

    /// What came last on the connection that goes on from a port, if that is one of this wire's.
    pub(crate) fn last_said(&self, port: u16) -> Option<String> {
        let said = self.said.lock().unwrap();
        let text = |c: char| if c.is_control() { '·' } else { c };
        said.get(&port).map(|said| String::from_utf8_lossy(said).chars().map(text).collect())
    }

    /// Whether a cut is still to come.
    pub(crate) fn is_armed(&self) -> bool {
        self.left.load(Ordering::Relaxed) != WHOLE
    }
}

async fn connection(near: TcpStream, port: u16, (left, said): (Arc<AtomicI64>, Arc<Said>)) {
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    // Small packets go at once, as without a wire between.
    if near.set_nodelay(true).and_then(|()| far.set_nodelay(true)).is_err() {
        return;
    }
    let Ok(from) = far.local_addr().map(|own| own.port()) else { return };
    said.lock().unwrap().insert(from, Vec::new());
    let note = |piece: &[u8]| {
        if let Some(last) = said.lock().unwrap().get_mut(&from) {
            last.clear();
            last.extend_from_slice(&piece[..piece.len().min(KEPT)]);
        }
    };
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let cut = Notify::new();
    tokio::join!(forward(from_near, to_far, (&left, &cut), note), forward(from_far, to_near, (&left, &cut), |_| ()));
    said.lock().unwrap().remove(&from);
}

/// Ends when its source does, or with the other direction when the connection is cut.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (left, cut): (&AtomicI64, &Notify),
    note: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = tokio::select! {
            read = from.read(&mut buffer) => match read {
                Ok(count @ 1..) => count,
                _ => return,
            },
            () = cut.notified() => return,
        };
        let pass = passes(left, count);
        note(&buffer[..pass]);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return;
        }
        if pass < count {
            cut.notify_one();
            return;
        }
    }
}

/// How many of so many bytes pass; the cut happens once.
fn passes(left: &AtomicI64, count: usize) -> usize {
    let bytes = i64::try_from(count).expect("a buffer");
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        Some(match left {
            WHOLE => WHOLE,
            left if left < bytes => WHOLE,
            left => left - bytes,
        })
    });
    match taken {
        Ok(before) if before < bytes => usize::try_from(before).expect("not negative"),
        _ => count,
    }
}
