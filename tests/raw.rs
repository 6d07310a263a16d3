//! A client that says exactly the bytes a test wants it to say, for what no driver would send.

use std::time::Duration;

use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthPlugin, HandshakePacket, HandshakeResponse};
use mysql_common::proto::{MyDeserialize, MySerialize};
use mysql_common::scramble::scramble_native;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::weir::{APP, APP_PASSWORD};

/// No answer of a healthy server takes longer.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// A socket, and the sequence number that comes next.
pub(crate) struct RawClient {
    pub(crate) socket: TcpStream,
    pub(crate) sequence: u8,
    /// The challenge of the handshake.
    nonce: Vec<u8>,
}

// === impl RawClient ===

impl RawClient {
    /// Connects, and says nothing yet.
    pub(crate) async fn connect(port: u16) -> Self {
        Self {
            socket: TcpStream::connect(("127.0.0.1", port)).await.expect("weir listens"),
            sequence: 0,
            nonce: Vec::new(),
        }
    }

    /// Connects and logs in with `mysql_native_password`.
    pub(crate) async fn log_in(port: u16, schema: &str) -> Self {
        Self::log_in_with(port, schema, CapabilityFlags::empty()).await
    }

    /// The same with further capabilities.
    pub(crate) async fn log_in_with(port: u16, schema: &str, more: CapabilityFlags) -> Self {
        let mut client = Self::connect(port).await;
        let greeting = client.read().await.expect("a handshake");
        let nonce = nonce(&greeting);
        let scramble = scramble_native(&nonce, APP_PASSWORD.as_bytes()).map(Vec::from);
        client.nonce = nonce;
        client.write(&handshake_response(scramble, schema, more)).await;
        let mut answer = client.read().await.expect("an answer to the login");
        if answer.first() == Some(&0xfe) {
            let nonce = answer.rsplit(|&byte| byte == 0).nth(1).expect("a nonce in the switch request").to_vec();
            client.write(&scramble_native(&nonce, APP_PASSWORD.as_bytes()).expect("a password")).await;
            answer = client.read().await.expect("an answer to the scramble");
        }
        assert_eq!(answer.first(), Some(&0), "not logged in: {:?}", String::from_utf8_lossy(&answer));
        client
    }

    /// Sends one packet with the next sequence number.
    pub(crate) async fn write(&mut self, payload: &[u8]) {
        let frame = frame(payload, self.sequence);
        self.sequence = self.sequence.wrapping_add(1);
        self.socket.write_all(&frame).await.expect("weir takes what is sent");
    }

    /// Sends a command: its packet has number 0.
    pub(crate) async fn command(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        self.sequence = 0;
        self.write(payload).await;
        self.read().await
    }

    /// COM_CHANGE_USER to the same user, with a collation by its number.
    pub(crate) async fn change_user(&mut self, schema: &str, collation: u16) -> Option<Vec<u8>> {
        let scramble = scramble_native(&self.nonce, APP_PASSWORD.as_bytes()).expect("a password");
        let mut packet = format!("\x11{APP}\0\x14").into_bytes();
        packet.extend_from_slice(&scramble);
        packet.extend_from_slice(format!("{schema}\0").as_bytes());
        packet.extend_from_slice(&collation.to_le_bytes());
        packet.extend_from_slice(b"mysql_native_password\0");
        self.command(&packet).await
    }

    /// Sends a statement and waits for nothing.
    pub(crate) async fn write_command(&mut self, statement: &str) {
        self.sequence = 0;
        self.write(format!("\x03{statement}").as_bytes()).await;
    }

    /// The next packet; None when the connection was closed.
    pub(crate) async fn read(&mut self) -> Option<Vec<u8>> {
        let packet = async {
            let mut header = [0; 4];
            self.socket.read_exact(&mut header).await.ok()?;
            let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
            let mut payload = vec![0; usize::try_from(length).ok()?];
            self.socket.read_exact(&mut payload).await.ok()?;
            self.sequence = header[3].wrapping_add(1);
            Some(payload)
        };
        tokio::time::timeout(ANSWER_LIMIT, packet).await.expect("an answer or a closed connection in time")
    }

    /// Whether `SELECT 1` is answered: the connection is in order.
    pub(crate) async fn is_usable(&mut self) -> bool {
        let first = self.command(b"\x03SELECT 1").await;
        if first.as_deref() != Some(&[1]) {
            return false;
        }
        // One column definition, EOF, one row, EOF: this client does not announce DEPRECATE_EOF.
        let mut rest = Vec::new();
        for _ in 0..4 {
            rest.push(self.read().await);
        }
        rest[2].as_deref() == Some(b"\x011") && rest[3].as_ref().is_some_and(|eof| eof.first() == Some(&0xfe))
    }
}

/// One frame; a payload of 16 MiB or more would need several.
pub(crate) fn frame(payload: &[u8], sequence: u8) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload").to_le_bytes();
    [&length[..3], &[sequence], payload].concat()
}

/// The number and the text of an ERR packet, None for any other.
pub(crate) fn error_in(packet: &[u8]) -> Option<(u16, String)> {
    let (0xff, rest) = packet.split_first().map(|(first, rest)| (*first, rest))? else { return None };
    let (number, text) = rest.split_at_checked(2)?;
    Some((u16::from_le_bytes([number[0], number[1]]), String::from_utf8_lossy(text).into_owned()))
}

fn nonce(greeting: &[u8]) -> Vec<u8> {
    let packet = HandshakePacket::deserialize((), &mut ParseBuf(greeting)).expect("a handshake");
    let mut nonce = packet.scramble_1_ref().to_vec();
    nonce.extend(packet.scramble_2_ref().unwrap_or_default());
    nonce.truncate(20);
    nonce
}

fn handshake_response(scramble: Option<Vec<u8>>, schema: &str, more: CapabilityFlags) -> Vec<u8> {
    let capabilities = CapabilityFlags::CLIENT_PROTOCOL_41
        | CapabilityFlags::CLIENT_SECURE_CONNECTION
        | CapabilityFlags::CLIENT_PLUGIN_AUTH
        | CapabilityFlags::CLIENT_CONNECT_WITH_DB
        | more;
    let response = HandshakeResponse::new(
        scramble,
        (8, 0, 0),
        Some(APP.as_bytes()),
        Some(schema.as_bytes()),
        Some(AuthPlugin::MysqlNativePassword),
        capabilities,
        None,
        1 << 24,
    );
    let mut bytes = Vec::new();
    response.serialize(&mut bytes);
    bytes
}
