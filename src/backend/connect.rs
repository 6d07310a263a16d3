//! Opening a connection: TCP, handshake, authentication, and the session settings that Weir relies on.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection::{Connection, Limits, Opened};
use super::{BackendError, Counters, Endpoint, InstanceOptions, ServerKind, SessionState};
use crate::wire::auth::{Channel, ClientAuth, ClientStep};
use crate::wire::frame::put_packet;
use crate::wire::{
    Capabilities, DEFAULT_COLLATION, ErrPacket, FrameReader, HandshakeResponse41, HandshakeV10, OkPacket, Packet,
    ProtocolError, StatusFlags,
};

/// No packet of a handshake is larger.
const HANDSHAKE_LIMIT: usize = 64 * 1024;

/// The session variables that a server tells of when they change: those that decide what a statement means. Not `*`:
/// MySQL then tells of `statement_id` with every statement. MariaDB refuses names that it does not know.
const TRACKED: &str = "autocommit,auto_increment_increment,auto_increment_offset,character_set_client,\
    character_set_connection,character_set_results,collation_connection,default_storage_engine,\
    div_precision_increment,foreign_key_checks,group_concat_max_len,lc_time_names,sql_auto_is_null,sql_big_selects,\
    sql_log_bin,sql_mode,sql_safe_updates,sql_select_limit,time_zone,timestamp,unique_checks";

/// What Weir relies on in every session: Weir opens transactions itself, unique keys are checked, and it hears of changed
/// variables.
fn session_settings(kind: ServerKind) -> String {
    let of_kind = match kind {
        ServerKind::MariaDb => "tx_isolation,tx_read_only,max_statement_time",
        ServerKind::MySql => "transaction_isolation,transaction_read_only,max_execution_time",
    };
    format!("SET autocommit = 1, unique_checks = 1, session_track_system_variables = '{TRACKED},{of_kind}'")
}

/// Opens a connection within `connect_timeout_ms`; with `found_rows`, its UPDATEs count matched rows.
pub(super) async fn connect(
    endpoint: &Arc<Endpoint>,
    options: &InstanceOptions,
    counters: &Arc<Counters>,
    found_rows: bool,
) -> Result<Connection, BackendError> {
    let limit = Duration::from_millis(options.connect_timeout_ms.max(1));
    let opening = Box::pin(open(endpoint, options, counters, found_rows));
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
    found_rows: bool,
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
    let (greeting, capabilities, status) = handshake.log_in(options, found_rows).await?;
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
    let limits = Limits { io_timeout_ms: options.io_timeout_ms, query_timeout_ms: options.query_timeout_ms };
    let mut connection = Connection::new(Arc::clone(endpoint), Arc::clone(counters), opened, limits);
    connection.query(&session_settings(connection.kind())).await?;
    connection.adopt_state(&SessionState::counting_found_rows(found_rows));
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
        found_rows: bool,
    ) -> Result<(HandshakeV10, Capabilities, StatusFlags), BackendError> {
        let first = self.receive().await?;
        self.refused(&first)?;
        let greeting = HandshakeV10::decode(&first.payload).map_err(|error| self.protocol(error))?;
        let wanted =
            if found_rows { Capabilities::WANTED.with(Capabilities::FOUND_ROWS) } else { Capabilities::WANTED };
        let capabilities = wanted & greeting.capabilities;
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
