//! Reading and writing a TCP stream by asking the system first.
//!
//! Most reads come after the runtime has told of bytes, and most writes find room: the runtime's word is asked for only
//! where there is nothing to be had. It is also what makes way for other tasks now and then ([`tokio::task::coop`]): who
//! could go on for long without ever waiting asks it first.
//!
//! Always holds: a read that leaves room, and a write that is taken in part, are remembered as the last that could be
//! done, so that the next one costs no system call in vain.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Reads what has come into the room that `into` has; waits for bytes. 0 is the end of the stream. Where `much` comes,
/// others take their turn now and then.
pub fn poll_read(
    stream: &TcpStream,
    context: &mut Context<'_>,
    into: &mut BytesMut,
    much: bool,
) -> Poll<io::Result<usize>> {
    if !much && let Some(read) = try_read(stream, into) {
        return Poll::Ready(read);
    }
    loop {
        ready!(stream.poll_read_ready(context))?;
        if let Some(read) = try_read(stream, into) {
            return Poll::Ready(read);
        }
    }
}

/// Reads what has come; None: nothing has.
fn try_read(stream: &TcpStream, into: &mut BytesMut) -> Option<io::Result<usize>> {
    let room = into.capacity() - into.len();
    try_exhausting(
        stream,
        Interest::READABLE,
        || stream.try_read_buf(into),
        // Behind the end there is nothing to be told of.
        |count| (1..room).contains(&count),
    )
}

/// Writes as much as the system takes, at least one byte; waits while it takes none.
pub fn poll_write(stream: &TcpStream, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    loop {
        let written =
            try_exhausting(stream, Interest::WRITABLE, || stream.try_write(bytes), |count| count < bytes.len());
        if let Some(written) = written {
            return Poll::Ready(written);
        }
        ready!(stream.poll_write_ready(context))?;
    }
}

/// Does what the stream is ready for; None: nothing can be done. Where `is_last` of the bytes done, nothing more can be
/// done until the runtime says so.
///
/// What the runtime said is looked up before the work and forgotten behind it: a word that comes in between, from the
/// thread that the stream was opened on, stays.
fn try_exhausting(
    stream: &TcpStream,
    what: Interest,
    work: impl FnOnce() -> io::Result<usize>,
    is_last: impl FnOnce(usize) -> bool,
) -> Option<io::Result<usize>> {
    let mut done = None;
    let outcome = stream.try_io(what, || {
        let count = work()?;
        done = Some(count);
        if is_last(count) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    });
    match (done, outcome) {
        (Some(count), _) => Some(Ok(count)),
        (None, Err(error)) if error.kind() != io::ErrorKind::WouldBlock => Some(Err(error)),
        (None, _) => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use std::future::{Future, poll_fn};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // A byte that is not told of would be waited for without end.
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), test).await }).unwrap();
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (one, other) = tokio::join!(TcpStream::connect(address), listener.accept());
        (one.unwrap(), other.unwrap().0)
    }

    async fn read(stream: &TcpStream, into: &mut BytesMut) -> usize {
        poll_fn(|context| poll_read(stream, context, into, false)).await.unwrap()
    }

    #[test]
    fn every_byte_is_read_and_then_the_end() {
        run(async {
            let (mut one, other) = pair().await;
            let mut into = BytesMut::with_capacity(4);
            assert!(try_read(&other, &mut into).is_none_or(|read| read.is_err()), "nothing was sent");
            one.write_all(b"abcdef").await.unwrap();
            assert_eq!(read(&other, &mut into).await, 4, "as much as there is room");
            into.clear();
            assert_eq!(read(&other, &mut into).await, 2);
            // What comes after the last byte was read is told of again.
            let late = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                one.write_all(b"g").await.unwrap();
            });
            into.clear();
            assert_eq!(read(&other, &mut into).await, 1);
            late.await.unwrap();
            into.clear();
            assert_eq!(read(&other, &mut into).await, 0, "closed");
            assert_eq!(read(&other, &mut into).await, 0, "and still closed");
        });
    }

    #[test]
    fn an_end_behind_bytes_is_seen() {
        run(async {
            let (mut one, other) = pair().await;
            one.write_all(b"ab").await.unwrap();
            drop(one);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut into = BytesMut::with_capacity(16);
            assert_eq!(read(&other, &mut into).await, 2);
            assert_eq!(read(&other, &mut into).await, 0);
        });
    }

    #[test]
    fn a_write_waits_for_a_reader() {
        run(async {
            const BYTES: usize = 16 << 20;
            let (one, mut other) = pair().await;
            let reading = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let mut all = Vec::new();
                other.read_to_end(&mut all).await.unwrap();
                all
            });
            let bytes: Vec<u8> = (0..=250).cycle().take(BYTES).collect();
            let (mut rest, mut writes) = (&bytes[..], 0);
            while !rest.is_empty() {
                let count = poll_fn(|context| poll_write(&one, context, rest)).await.unwrap();
                rest = rest.get(count..).unwrap();
                writes += 1;
            }
            assert!(writes > 1, "the system took all of {BYTES} bytes at once");
            drop(one);
            assert!(reading.await.unwrap() == bytes);
        });
    }

    /// A connection goes to another worker where no more may be opened: what it was opened on tells of its bytes from
    /// another thread.
    #[test]
    fn a_byte_told_of_on_another_thread_is_not_forgotten() {
        const FLIGHTS: usize = 30_000;
        let opened_on = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (one, other) = opened_on.block_on(pair());
        let (mut one, other) = (one.into_std().unwrap(), other);
        one.set_nonblocking(false).unwrap();
        one.set_nodelay(true).unwrap();
        let peer = std::thread::spawn(move || {
            use std::io::{Read, Write};
            for flight in 0..FLIGHTS {
                one.write_all(b"a")?;
                // Sooner or later, to meet the reader in each of its steps.
                (0..flight % 200).for_each(|_| std::hint::spin_loop());
                one.write_all(b"b")?;
                one.read_exact(&mut [0])?;
            }
            io::Result::Ok(())
        });
        run(async {
            let mut into = BytesMut::with_capacity(16);
            for _ in 0..FLIGHTS {
                into.clear();
                while into.len() < 2 {
                    assert_ne!(read(&other, &mut into).await, 0);
                }
                assert_eq!(poll_fn(|context| poll_write(&other, context, b"c")).await.unwrap(), 1);
            }
        });
        peer.join().unwrap().unwrap();
    }
}
