//! Opening a connection: TCP, handshake, authentication, and the session settings that Weir relies on.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection::{Connection, Limits, Opened};
use super::{BackendError, Counters, Endpoint, InstanceOptions, ServerKind};
use crate::wire::auth::{Channel, ClientAuth, ClientStep};
use crate::wire::frame::put_packet;
use crate::wire::{
    Capabilities, DEFAULT_COLLATION, ErrPacket, FrameReader, HandshakeResponse41, HandshakeV10, OkPacket, Packet,
    ProtocolError, StatusFlags,
};

/// No packet of a handshake is larger.
const HANDSHAKE_LIMIT: usize = 64 * 1024;

/// What Weir relies on in every session: Weir opens transactions itself, and the server tells of changed variables.
const SESSION: &str = "SET autocommit = 1, session_track_system_variables = '*'";

/// Opens a connection within `connect_timeout_ms`.
pub(super) async fn connect(
    endpoint: &Arc<Endpoint>,
    options: &InstanceOptions,
    counters: &Arc<Counters>,
) -> Result<Connection, BackendError> {
    let limit = Duration::from_millis(options.connect_timeout_ms.max(1));
    let opening = Box::pin(open(endpoint, options, counters));
    let result = match tokio::time::timeout(limit, opening).await {
        Ok(result) => result,
        Err(_) => Err(BackendError::Connect {
            endpoint: Arc::clone(endpoint),
            why: format!("no connection within {} ms (connect_timeout_ms)", options.connect_timeout_ms),
        }),
    };
    Counters::add(if result.is_ok() { &counters.connects } else { &counters.connect_errors });
    result
}

async fn open(
    endpoint: &Arc<Endpoint>,
    options: &InstanceOptions,
    counters: &Arc<Counters>,
) -> Result<Connection, BackendError> {
    let unreachable =
        |error: std::io::Error| BackendError::Connect { endpoint: Arc::clone(endpoint), why: error.to_string() };
    let stream = TcpStream::connect(&*endpoint.address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let mut handshake = Handshake {
        endpoint,
        stream,
        input: BytesMut::with_capacity(16 * 1024),
        frames: FrameReader::new(HANDSHAKE_LIMIT),
        sequence: 0,
    };
    let (greeting, capabilities, status) = handshake.log_in(options).await?;
    let version = greeting.server_version.strip_prefix("5.5.5-").unwrap_or(&greeting.server_version).to_owned();
    let opened = Opened {
        stream: handshake.stream,
        input: handshake.input,
        capabilities,
        version,
        kind: if greeting.is_mariadb() { ServerKind::MariaDb } else { ServerKind::MySql },
        connection_id: greeting.connection_id,
        status,
    };
    let limits = Limits {
        io_timeout_ms: options.io_timeout_ms,
        query_timeout_ms: options.query_timeout_ms,
        max_prepared: options.max_prepared,
    };
    let mut connection = Connection::new(Arc::clone(endpoint), Arc::clone(counters), opened, limits);
    connection.query(SESSION).await?;
    let state = connection.state().clone();
    connection.adopt_state(&state);
    Ok(connection)
}

struct Handshake<'e> {
    endpoint: &'e Arc<Endpoint>,
    stream: TcpStream,
    input: BytesMut,
    frames: FrameReader,
    sequence: u8,
}

// === impl Handshake ===

impl Handshake<'_> {
    async fn log_in(
        &mut self,
        options: &InstanceOptions,
    ) -> Result<(HandshakeV10, Capabilities, StatusFlags), BackendError> {
        let first = self.receive().await?;
        self.refused(&first)?;
        let greeting = HandshakeV10::decode(&first.payload).map_err(|error| self.protocol(error))?;
        let capabilities = Capabilities::WANTED & greeting.capabilities;
        let mut auth = ClientAuth::start(&greeting, options.password.as_bytes(), Channel::Plain);
        let response = HandshakeResponse41 {
            capabilities,
            max_packet_size: 1 << 30,
            collation: DEFAULT_COLLATION,
            user: options.user.as_bytes().to_vec(),
            auth_response: auth.response(),
            database: None,
            auth_plugin: Some(auth.plugin().as_bytes().to_vec()),
            attributes: vec![(b"program_name".to_vec(), b"weir".to_vec())],
        };
        self.send(|out| response.encode(out)).await?;
        loop {
            let packet = self.receive().await?;
            match auth.receive(&packet.payload).map_err(|error| self.protocol(error))? {
                ClientStep::Send(answer) => self.send(|out| out.extend_from_slice(&answer)).await?,
                ClientStep::Wait => {}
                ClientStep::Denied => self.refused(&packet)?,
                ClientStep::Accepted => {
                    let ok = OkPacket::decode(&packet.payload, capabilities).map_err(|error| self.protocol(error))?;
                    return Ok((greeting, capabilities, ok.status));
                }
            }
        }
    }

    /// An ERR packet in place of what was expected.
    fn refused(&self, packet: &Packet) -> Result<(), BackendError> {
        if packet.payload.first() != Some(&ErrPacket::HEADER) {
            return Ok(());
        }
        let error = ErrPacket::decode(&packet.payload).map_err(|error| self.protocol(error))?;
        Err(BackendError::Denied { endpoint: Arc::clone(self.endpoint), error: error.to_sql_error() })
    }

    async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), BackendError> {
        let mut out = Vec::new();
        put_packet(&mut out, &mut self.sequence, write);
        self.frames.expect(self.sequence);
        self.stream.write_all(&out).await.map_err(|error| self.unreachable(error.to_string()))
    }

    async fn receive(&mut self) -> Result<Packet, BackendError> {
        loop {
            if let Some(packet) = self.frames.next_packet(&mut self.input).map_err(|error| self.protocol(error))? {
                self.sequence = packet.sequence.wrapping_add(1);
                return Ok(packet);
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) => return Err(self.unreachable("it closed the connection during the handshake".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(self.unreachable(error.to_string())),
            }
        }
    }

    fn unreachable(&self, why: String) -> BackendError {
        BackendError::Connect { endpoint: Arc::clone(self.endpoint), why }
    }

    fn protocol(&self, error: ProtocolError) -> BackendError {
        BackendError::Connect { endpoint: Arc::clone(self.endpoint), why: error.to_string() }
    }
}
