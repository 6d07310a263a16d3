//! A client's socket: plain TCP or TLS over it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::ready;

/// Plain or encrypted.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

// === impl Socket ===

impl Socket {
    /// Whether what passes is encrypted.
    pub fn encrypted(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// The connection underneath.
    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// The client's address, when the system still knows it.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.tcp().peer_addr().ok()
    }

    /// Accepts a TLS handshake on a plain socket.
    pub(super) async fn start_tls(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        match self {
            Self::Plain(stream) => Ok(Self::Tls(Box::new(acceptor.accept(stream).await?))),
            Self::Tls(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "TLS inside TLS")),
        }
    }

    /// Reads into the room that `into` has; 0 is the end. Where `much` comes, others take their turn now and then.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut BytesMut,
        much: bool,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => ready::poll_read(stream, context, into, much),
            Self::Tls(stream) => pin!(stream.read_buf(into)).poll(context),
        }
    }

    /// Writes some of the bytes.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => ready::poll_write(stream, context, bytes),
            Self::Tls(stream) => pin!(stream.write(bytes)).poll(context),
        }
    }

    /// Sends what encryption has held back.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush().await,
        }
    }

    /// Says that nothing more will be sent.
    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
        }
    }
}
