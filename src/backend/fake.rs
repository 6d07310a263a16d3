//! A scripted server on loopback for tests of this module: it speaks through `wire`'s server side and misbehaves on
//! demand, by the text of the statement.

#![expect(clippy::unwrap_used, reason = "test")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::wire::auth::{Channel, Credential, ServerAuth, ServerKey, ServerStep, Verdict};
use crate::wire::frame::put_packet;
use crate::wire::ok::OkHeader;
use crate::wire::text_row::put_text_cell;
use crate::wire::write::put_lenenc_int;
use crate::wire::{
    Capabilities, ColumnDefinition41, ColumnFlags, ColumnNames, ColumnType, Command, ErrPacket, FrameReader,
    HandshakeResponse41, HandshakeV10, OkPacket, Packet, StatusFlags, StmtPrepareOk,
};

/// The password that the fake accepts.
pub(super) const PASSWORD: &str = "secret";

/// A running fake; stops when dropped.
pub(super) struct Fake {
    pub(super) address: SocketAddr,
    pub(super) connections: Arc<AtomicUsize>,
    pub(super) statements: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Fake {
    /// Listens on a free port (or a given one) and offers `plugin` first.
    pub(super) async fn start(plugin: &'static str, port: u16, hash: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let statements = Arc::new(Mutex::new(Vec::new()));
        let key = Arc::new(ServerKey::generate().unwrap());
        let (count, log) = (Arc::clone(&connections), Arc::clone(&statements));
        let task = tokio::spawn(async move {
            // Connections end with the fake.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let credential = match hash {
                    Some(hash) => Credential::from_hash(hash).unwrap(),
                    None => Credential::from_password(PASSWORD.as_bytes()),
                };
                let peer = Peer {
                    stream,
                    input: BytesMut::new(),
                    frames: FrameReader::new(1 << 24),
                    sequence: 0,
                    log: Arc::clone(&log),
                    capabilities: Capabilities::OFFERED,
                };
                open.spawn(peer.serve(plugin, credential, Arc::clone(&key)));
            }
        });
        Self { address, connections, statements, task }
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Peer {
    stream: TcpStream,
    input: BytesMut,
    frames: FrameReader,
    sequence: u8,
    log: Arc<Mutex<Vec<String>>>,
    capabilities: Capabilities,
}

impl Peer {
    /// None when the client is gone.
    async fn read(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = self.frames.next_packet(&mut self.input).unwrap() {
                self.sequence = packet.sequence.wrapping_add(1);
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.input).await.ok()? == 0 {
                return None;
            }
        }
    }

    async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
        let mut out = Vec::new();
        put_packet(&mut out, &mut self.sequence, write);
        self.frames.expect(self.sequence);
        self.stream.write_all(&out).await.ok()
    }

    async fn serve(mut self, plugin: &'static str, credential: Credential, key: Arc<ServerKey>) -> Option<()> {
        let greeting = HandshakeV10 {
            server_version: "10.11.0-MariaDB-fake".into(),
            connection_id: 7,
            nonce: *b"abcdefghijklmnopqrst",
            capabilities: self.capabilities,
            collation: 45,
            status: StatusFlags::AUTOCOMMIT,
            auth_plugin: plugin.into(),
        };
        self.send(|out| greeting.encode(out)).await?;
        let first = self.read().await?;
        let response = HandshakeResponse41::decode(&first.payload).unwrap();
        self.capabilities = self.capabilities & response.capabilities;
        let told = (response.auth_plugin.as_deref(), &response.auth_response[..]);
        let (mut auth, mut step) = ServerAuth::start(credential, greeting.nonce, Channel::Plain, Some(key), told);
        loop {
            let ServerStep { send, verdict } = step;
            if let Some(packet) = send {
                self.send(|out| out.extend_from_slice(&packet)).await?;
            }
            match verdict {
                Verdict::Accept { .. } => break,
                Verdict::Deny => return self.err(1045, *b"28000", "Access denied").await,
                Verdict::Pending => step = auth.receive(&self.read().await?.payload),
            }
        }
        self.ok(StatusFlags::AUTOCOMMIT).await?;
        loop {
            self.frames.expect(0);
            let packet = self.read().await?;
            match Command::decode(&packet.payload, self.capabilities).unwrap() {
                Command::Query(text) => {
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    self.log.lock().unwrap().push(text.clone());
                    self.answer(&text).await?;
                }
                Command::StmtPrepare(text) => {
                    self.log.lock().unwrap().push(format!("PREPARE {}", String::from_utf8_lossy(text)));
                    let head = StmtPrepareOk { statement_id: 5, columns: 0, params: 0, warnings: 0 };
                    self.send(|out| head.encode(out)).await?;
                }
                Command::Quit => return None,
                _ => self.ok(StatusFlags::AUTOCOMMIT).await?,
            }
        }
    }

    async fn answer(&mut self, text: &str) -> Option<()> {
        match text {
            "BEGIN" => self.ok(StatusFlags::AUTOCOMMIT.with(StatusFlags::IN_TRANSACTION)).await,
            "silence" => std::future::pending().await,
            "hang up" => None,
            "fail" => self.err(1064, *b"42000", "no such thing").await,
            "half" => {
                self.send(|out| put_lenenc_int(out, 1)).await?;
                self.column().await?;
                self.stream.write_all(&[200, 0, 0, 3, 5, b'x']).await.ok()?;
                None
            }
            text if text.starts_with("SELECT") => {
                self.send(|out| put_lenenc_int(out, 1)).await?;
                self.column().await?;
                self.send(|out| put_text_cell(out, Some(b"1"))).await?;
                self.send(|out| put_text_cell(out, None)).await?;
                let capabilities = self.capabilities;
                let ok = OkPacket { status: StatusFlags::AUTOCOMMIT, ..OkPacket::default() };
                self.send(|out| ok.encode(OkHeader::EndOfRows, capabilities, out)).await
            }
            text if text.starts_with("SET refused") => self.err(1193, *b"HY000", "Unknown system variable").await,
            _ => self.ok(StatusFlags::AUTOCOMMIT).await,
        }
    }

    async fn column(&mut self) -> Option<()> {
        let column = ColumnDefinition41 {
            names: ColumnNames::default(),
            name: b"one",
            org_name: b"",
            collation: crate::value::CollationId::BINARY,
            length: 1,
            kind: ColumnType::LONGLONG,
            flags: ColumnFlags::default(),
            decimals: 0,
            tail: b"",
        };
        self.send(|out| column.encode(out)).await
    }

    async fn ok(&mut self, status: StatusFlags) -> Option<()> {
        let capabilities = self.capabilities;
        let ok = OkPacket { status, ..OkPacket::default() };
        self.send(|out| ok.encode(OkHeader::Ok, capabilities, out)).await
    }

    async fn err(&mut self, errno: u16, state: [u8; 5], message: &str) -> Option<()> {
        let packet = ErrPacket { errno, state, message: message.as_bytes() };
        self.send(|out| packet.encode(out)).await
    }
}
