//! One client's socket: bytes in and out, framed, nothing interpreted.
//!
//! Incoming packets are joined and bounded by `max_allowed_packet`; outgoing ones are numbered here and nowhere else.
//! After [`ClientStream::relay`] has forwarded a part of a frame, nothing but the rest of it may follow:
//! [`ClientStream::mid_frame`] tells.
//!
//! Cancelling: [`ClientStream::read_packet`] loses nothing when dropped (bytes stay buffered). A dropped
//! [`ClientStream::flush`] may have sent a part; the connection can then only be closed or flushed again.

mod socket;

pub use socket::Socket;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::ReadBuf;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::wire::frame::{self, FrameRun, Renumber};
use crate::wire::{Capabilities, FrameReader, ProtocolError};

/// When this much is waiting to go out, writers flush.
const HIGH_WATER: usize = 16 * 1024;
/// Buffers that a large statement has grown are dropped when they are empty and larger than this.
const KEEP_CAPACITY: usize = 4 * 1024;
/// Those that a large answer has grown: a thread's spares take up to 1 MiB.
const KEEP_ANSWERS: usize = 32 * 1024;
/// How long a client that has been refused may go on sending.
const LINGER: Duration = Duration::from_secs(1);
/// How much room a read asks for: most statements fit.
const READ_SIZE: usize = 2 * 1024;
/// How much room it asks for when the last one was filled.
const BULK_READ_SIZE: usize = 16 * 1024;

/// So many pairs of buffers a thread keeps for clients whose commands come.
const SPARES: usize = 32;

/// Buffers of a thread for the clients whose commands it runs: those who wait have none.
#[derive(Debug, Default)]
struct Spare {
    inbound: Vec<BytesMut>,
    outbound: Vec<Vec<u8>>,
}

thread_local! {
    static SPARE: RefCell<Spare> = RefCell::default();
}

/// What came of waiting for a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// It is there.
    Packet,
    /// The client has closed between packets.
    Closed,
    /// The client was silent for too long.
    Silent,
}

/// Why a client's connection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket failed or was closed in the middle of something.
    #[error("client connection: {0}")]
    Io(#[from] io::Error),
    /// The client does not keep to the protocol.
    #[error("client protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// More was to be held back than [`ClientStream::hold`] allows.
    #[error("an answer that is held back has more than {limit} bytes")]
    Held {
        /// Bytes.
        limit: usize,
    },
}

/// What is held back.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Where it begins in what waits to go out.
    at: usize,
    /// The sequence number of its first packet.
    sequence: u8,
    /// How many bytes it may have.
    limit: usize,
}

/// A client's connection.
#[derive(Debug)]
pub struct ClientStream {
    /// What the client and Weir agreed on.
    pub capabilities: Capabilities,
    socket: Socket,
    reader: FrameReader,
    inbound: BytesMut,
    /// The last read filled its room: more is waiting.
    bulk: bool,
    /// Until when the client may be silent.
    silence: Deadline,
    outbound: Vec<u8>,
    /// The sequence number of the next packet that goes out.
    sequence: u8,
    renumber: Renumber,
    held: Option<Held>,
    write_timeout: Duration,
}

// === impl ClientStream ===

impl ClientStream {
    /// Wraps a socket; packets above `max_packet` bytes are refused, and a client that takes no bytes for
    /// `write_timeout` is given up: it would hold the backends' connections for as long as it likes.
    pub fn new(socket: Socket, max_packet: usize, write_timeout: Duration) -> Self {
        Self {
            capabilities: Capabilities::default(),
            socket,
            reader: FrameReader::new(max_packet),
            inbound: BytesMut::new(),
            bulk: false,
            silence: Deadline::default(),
            outbound: Vec::new(),
            sequence: 0,
            renumber: Renumber::default(),
            held: None,
            write_timeout,
        }
    }

    /// The socket.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Goes on over TLS. Bytes sent in the clear behind the request are an error.
    pub async fn start_tls(self, acceptor: &tokio_rustls::TlsAcceptor) -> Result<Self, ClientError> {
        if !self.inbound.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "bytes in the clear behind the TLS request").into());
        }
        let socket = self.socket.start_tls(acceptor).await?;
        Ok(Self { socket, ..self })
    }

    /// Starts a new command: the next packet read has sequence number 0. While it is waited for, the buffers are the
    /// thread's.
    pub fn begin_command(&mut self) {
        self.reader.expect(0);
        SPARE.with_borrow_mut(|spare| {
            // A TLS session may hold bytes that have been read already, and is not waited for by its socket alone.
            if self.inbound.is_empty() && !self.socket.encrypted() {
                let mut inbound = std::mem::take(&mut self.inbound);
                inbound.clear();
                // One that has been cut up by reading has little room left, and gets it back here.
                if inbound.try_reclaim(READ_SIZE) && inbound.capacity() <= KEEP_CAPACITY && spare.inbound.len() < SPARES
                {
                    spare.inbound.push(inbound);
                }
            }
            if self.outbound.is_empty() {
                let outbound = std::mem::take(&mut self.outbound);
                if (1..=KEEP_ANSWERS).contains(&outbound.capacity()) && spare.outbound.len() < SPARES {
                    spare.outbound.push(outbound);
                }
            }
        });
    }

    /// Waits until bytes have come, as far as that can be waited for without reading them; None when the client was silent
    /// until then.
    pub async fn wait(&mut self, until: Option<Instant>) -> Option<Result<(), ClientError>> {
        self.silence.set(until);
        if self.inbound.capacity() > 0 || self.socket.encrypted() {
            // Commands that were sent ahead could keep others waiting for long.
            tokio::task::coop::consume_budget().await;
            return Some(Ok(()));
        }
        let socket = self.socket.tcp();
        if let Err(error) = self.silence.bound(poll_fn(|context| socket.poll_read_ready(context))).await? {
            return Some(Err(error.into()));
        }
        SPARE.with_borrow_mut(|spare| {
            self.inbound = spare.inbound.pop().unwrap_or_default();
            if self.outbound.capacity() == 0 {
                self.outbound = spare.outbound.pop().unwrap_or_default();
            }
        });
        Some(Ok(()))
    }

    /// Reads the next packet's payload into `payload`. What goes out next carries the number after its own.
    pub async fn read_packet(&mut self, until: Option<Instant>, payload: &mut Vec<u8>) -> Result<Read, ClientError> {
        payload.clear();
        self.silence.set(until);
        loop {
            if let Some(sequence) = self.reader.next_into(&mut self.inbound, payload)? {
                self.sequence = sequence.wrapping_add(1);
                return Ok(Read::Packet);
            }
            match self.fill().await {
                Some(Ok(0)) if self.inbound.is_empty() && payload.is_empty() => return Ok(Read::Closed),
                Some(Ok(0)) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(Read::Silent),
            }
        }
    }

    /// The client's answer to what was just sent to it, as in authentication: its number follows on. None when the
    /// client has closed instead.
    pub async fn read_reply(&mut self) -> Result<Option<Vec<u8>>, ClientError> {
        self.flush().await?;
        self.reader.expect(self.sequence);
        let mut payload = Vec::new();
        let read = self.read_packet(None, &mut payload).await?;
        Ok((read == Read::Packet).then_some(payload))
    }

    /// Sends what is waiting, and expects more packets of the client behind it: those of a file that it was asked for.
    pub async fn ask(&mut self) -> Result<(), ClientError> {
        self.flush().await?;
        self.reader.expect(self.sequence);
        Ok(())
    }

    /// The operation's result; None when the client has closed the connection meanwhile, as far as that can be seen: not
    /// behind a command that it has sent ahead. Nothing is read.
    pub async fn while_open<T>(&self, operation: impl Future<Output = T>) -> Option<T> {
        let mut operation = pin!(operation);
        poll_fn(|context| match operation.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll_closed(context).map(|()| None),
        })
        .await
    }

    /// Ready when the client has closed the connection, as [`Self::while_open`] sees it.
    pub fn poll_closed(&self, context: &mut Context<'_>) -> Poll<()> {
        match ready!(self.socket.tcp().poll_peek(context, &mut ReadBuf::new(&mut [0]))) {
            Ok(0) | Err(_) => Poll::Ready(()),
            Ok(_) => Poll::Pending,
        }
    }

    async fn fill(&mut self) -> Option<io::Result<usize>> {
        self.inbound.reserve(if self.bulk { BULK_READ_SIZE } else { READ_SIZE });
        let room = self.inbound.capacity() - self.inbound.len();
        let Self { socket, inbound, silence, bulk, .. } = self;
        let read = silence.bound(poll_fn(|context| socket.poll_read(context, inbound, *bulk))).await;
        self.bulk = matches!(read, Some(Ok(count)) if count >= room);
        read
    }

    /// Takes what the client still sends, for a moment, and forgets it: a socket that is closed with bytes unread is reset,
    /// and its client may lose the last answer.
    pub async fn linger(&mut self) {
        let rest = async {
            self.socket.shutdown().await?;
            loop {
                self.inbound.clear();
                self.inbound.reserve(BULK_READ_SIZE);
                let Self { socket, inbound, .. } = &mut *self;
                if poll_fn(|context| socket.poll_read(context, inbound, true)).await? == 0 {
                    return io::Result::Ok(());
                }
            }
        };
        // Whatever ends it, the connection is over.
        drop(tokio::time::timeout(LINGER, rest).await);
    }

    /// Appends one packet whose payload `write` appends.
    pub fn packet(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        frame::put_packet(&mut self.outbound, &mut self.sequence, write);
    }

    /// Appends frames as a backend sent them, numbered anew; a chunk may begin and end within a frame.
    pub fn relay(&mut self, chunk: &[u8]) {
        let at = self.outbound.len();
        self.outbound.extend_from_slice(chunk);
        if let Some(chunk) = self.outbound.get_mut(at..) {
            self.renumber.apply(chunk, &mut self.sequence);
        }
    }

    /// As [`Self::relay`], for frames that have been counted.
    pub fn relay_run(&mut self, chunk: &[u8], run: FrameRun) {
        let at = self.outbound.len();
        self.outbound.extend_from_slice(chunk);
        if let Some(chunk) = self.outbound.get_mut(at..) {
            self.renumber.apply_run(chunk, run, &mut self.sequence);
        }
    }

    /// Whether the last relayed frame is not complete yet: no other packet can follow.
    pub fn mid_frame(&self) -> bool {
        self.renumber.mid_frame()
    }

    /// Whether enough is waiting to go out that it should be flushed.
    pub fn above_high_water(&self) -> bool {
        self.outbound.len() >= HIGH_WATER
    }

    /// From now on nothing is sent: at most `limit` bytes are held until [`Self::take_held`].
    pub fn hold(&mut self, limit: usize) {
        self.held = Some(Held { at: self.outbound.len(), sequence: self.sequence, limit });
    }

    /// Whether more is held back than may be.
    pub fn holds_too_much(&self) -> bool {
        self.held.is_some_and(|held| self.outbound.len() - held.at.min(self.outbound.len()) > held.limit)
    }

    /// What has been held back is no longer.
    pub fn let_go(&mut self) {
        self.held = None;
    }

    /// What has been held back, as if it had never been written.
    pub fn take_held(&mut self) -> Vec<u8> {
        let Some(held) = self.held.take() else { return Vec::new() };
        self.sequence = held.sequence;
        self.renumber = Renumber::default();
        self.outbound.split_off(held.at.min(self.outbound.len()))
    }

    /// Sends all that is waiting.
    ///
    /// # Errors
    /// [`ClientError::Held`] when too much is held back; the connection is well then.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        if let Some(held) = self.held {
            return if self.holds_too_much() { Err(ClientError::Held { limit: held.limit }) } else { Ok(()) };
        }
        let mut written = 0;
        while let Some(rest) = self.outbound.get(written..).filter(|rest| !rest.is_empty()) {
            let socket = &mut self.socket;
            match in_time(self.write_timeout, poll_fn(|context| socket.poll_write(context, rest))).await? {
                0 => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                count => written += count,
            }
        }
        if self.socket.encrypted() {
            in_time(self.write_timeout, self.socket.flush()).await?;
        }
        self.outbound.clear();
        Ok(())
    }
}

/// The operation's result if it comes in time. One that is ready at once costs no timer.
async fn in_time<T>(limit: Duration, operation: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let mut operation = pin!(operation);
    let first = poll_fn(|context| Poll::Ready(operation.as_mut().poll(context))).await;
    if let Poll::Ready(done) = first {
        return done;
    }
    match tokio::time::timeout(limit, operation).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no more bytes")),
    }
}
