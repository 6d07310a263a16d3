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

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::wire::frame::{self, Renumber};
use crate::wire::{Capabilities, FrameReader, ProtocolError};

/// When this much is waiting to go out, writers flush.
const HIGH_WATER: usize = 64 * 1024;
/// Buffers that a large answer has grown are dropped when they are empty and larger than this.
const KEEP_CAPACITY: usize = 2 * HIGH_WATER;
/// How much room a read asks for.
const READ_SIZE: usize = 16 * 1024;

/// Why a client's connection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The socket failed or was closed in the middle of something.
    #[error("client connection: {0}")]
    Io(#[from] io::Error),
    /// The client does not keep to the protocol.
    #[error("client protocol: {0}")]
    Protocol(#[from] ProtocolError),
}

/// A client's connection.
#[derive(Debug)]
pub struct ClientStream {
    /// What the client and Weir agreed on.
    pub capabilities: Capabilities,
    socket: Socket,
    reader: FrameReader,
    inbound: BytesMut,
    outbound: Vec<u8>,
    /// The sequence number of the next packet that goes out.
    sequence: u8,
    renumber: Renumber,
    max_packet: usize,
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
            outbound: Vec::new(),
            sequence: 0,
            renumber: Renumber::default(),
            max_packet,
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

    /// Starts a new command: the next packet read has sequence number 0.
    pub fn begin_command(&mut self) {
        self.reader.expect(0);
        if self.inbound.is_empty() && self.inbound.capacity() > KEEP_CAPACITY {
            self.inbound = BytesMut::new();
        }
        if self.outbound.is_empty() && self.outbound.capacity() > KEEP_CAPACITY {
            self.outbound = Vec::new();
        }
    }

    /// The next packet's payload; None when the client has closed between packets. What goes out next carries the
    /// number after it.
    pub async fn read_packet(&mut self) -> Result<Option<BytesMut>, ClientError> {
        loop {
            if let Some(packet) = self.reader.next_packet(&mut self.inbound)? {
                self.sequence = packet.sequence.wrapping_add(1);
                return Ok(Some(packet.payload));
            }
            if self.fill().await? == 0 {
                if self.inbound.is_empty() {
                    return Ok(None);
                }
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// The client's answer to what was just sent to it, as in authentication: its number follows on.
    pub async fn read_reply(&mut self) -> Result<Option<BytesMut>, ClientError> {
        self.flush().await?;
        self.reader.expect(self.sequence);
        self.read_packet().await
    }

    /// Ends when the client closes the connection; what it sends ahead meanwhile stays buffered.
    pub async fn closed(&mut self) {
        loop {
            match self.fill().await {
                Ok(0) | Err(_) => return,
                // A client may send its next command ahead; more than one packet's limit is not held.
                Ok(_) if self.inbound.len() > self.max_packet => std::future::pending::<()>().await,
                Ok(_) => {}
            }
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.inbound.reserve(READ_SIZE);
        self.socket.read_buf(&mut self.inbound).await
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

    /// Whether the last relayed frame is not complete yet: no other packet can follow.
    pub fn mid_frame(&self) -> bool {
        self.renumber.mid_frame()
    }

    /// Whether enough is waiting to go out that it should be flushed.
    pub fn above_high_water(&self) -> bool {
        self.outbound.len() >= HIGH_WATER
    }

    /// Sends all that is waiting.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        let mut written = 0;
        while let Some(rest) = self.outbound.get(written..).filter(|rest| !rest.is_empty()) {
            match in_time(self.write_timeout, self.socket.write(rest)).await? {
                0 => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                count => written += count,
            }
        }
        in_time(self.write_timeout, self.socket.flush()).await?;
        self.outbound.clear();
        Ok(())
    }
}

async fn in_time<T>(limit: Duration, operation: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(limit, operation).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no more bytes")),
    }
}
