//! HandshakeV10: the first packet of a connection, from the server.
//!
//! The layout of the protocol since MySQL 4.1; older servers are refused.

use super::read::Reader;
use super::write::put_null_terminated;
use super::{Capabilities, NONCE_LENGTH, ProtocolError, StatusFlags};

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeV10 {
    /// `10.11.6-MariaDB-0+deb12u1`, `9.7.0`.
    pub server_version: String,
    /// The thread id, as KILL takes it.
    pub connection_id: u32,
    /// The challenge.
    pub nonce: [u8; NONCE_LENGTH],
    /// What the server can.
    pub capabilities: Capabilities,
    /// The low byte of the server's default collation.
    pub collation: u8,
    /// Status flags.
    pub status: StatusFlags,
    /// The plugin that the challenge is for.
    pub auth_plugin: String,
}

// === impl HandshakeV10 ===

impl HandshakeV10 {
    const NAME: &'static str = "HandshakeV10";

    /// Reads the packet. An ERR packet in its place (too many connections) is for the caller to see first.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, Self::NAME);
        if reader.u8()? != 10 {
            return Err(ProtocolError::ServerLacks("protocol version 10"));
        }
        let server_version = String::from_utf8_lossy(reader.null_terminated()?).into_owned();
        let connection_id = reader.u32()?;
        let [n0, n1, n2, n3, n4, n5, n6, n7] = reader.array::<8>()?;
        reader.u8()?; // filler
        let low = reader.u16()?;
        let collation = reader.u8()?;
        let status = StatusFlags(reader.u16()?);
        let capabilities = Capabilities(u32::from(low) | u32::from(reader.u16()?) << 16);
        if !capabilities.contains(Capabilities::PROTOCOL_41.with(Capabilities::SECURE_CONNECTION)) {
            return Err(ProtocolError::ServerLacks("the 4.1 protocol with secure authentication"));
        }
        let nonce_length = usize::from(reader.u8()?);
        reader.bytes(10)?; // zeroes; MariaDB's extended capabilities
        let [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = reader.array::<12>()?;
        reader.bytes(nonce_length.saturating_sub(NONCE_LENGTH).max(1))?; // its closing zero
        let auth_plugin = if capabilities.contains(Capabilities::PLUGIN_AUTH) {
            String::from_utf8_lossy(reader.null_terminated_or_rest()).into_owned()
        } else {
            super::auth::NATIVE_PASSWORD.to_owned()
        };
        let nonce = [n0, n1, n2, n3, n4, n5, n6, n7, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11];
        Ok(Self { server_version, connection_id, nonce, capabilities, collation, status, auth_plugin })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (head, tail) = self.nonce.split_at(8);
        let [c0, c1, c2, c3] = self.capabilities.0.to_le_bytes();
        out.push(10);
        put_null_terminated(out, self.server_version.as_bytes());
        out.extend_from_slice(&self.connection_id.to_le_bytes());
        out.extend_from_slice(head);
        out.extend_from_slice(&[0, c0, c1, self.collation]);
        out.extend_from_slice(&self.status.0.to_le_bytes());
        out.extend_from_slice(&[c2, c3, 21]);
        out.extend_from_slice(&[0; 10]);
        out.extend_from_slice(tail);
        out.push(0);
        put_null_terminated(out, self.auth_plugin.as_bytes());
    }

    /// Whether the server is a MariaDB, which says so in its version.
    pub fn is_mariadb(&self) -> bool {
        self.server_version.contains("MariaDB")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    /// Sent by MariaDB 10.11.
    const MARIADB: &[u8] = b"\x0a5.5.5-10.11.6-MariaDB\0\x03\0\0\0abcdefgh\0\xfe\xf7\x2d\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0ijklmnopqrst\0mysql_native_password\0";

    #[test]
    fn reads_mariadb() {
        let packet = HandshakeV10::decode(MARIADB).unwrap();
        assert_eq!(packet.server_version, "5.5.5-10.11.6-MariaDB");
        assert_eq!(&packet.nonce, b"abcdefghijklmnopqrst");
        assert_eq!(packet.capabilities, Capabilities(0x81ff_f7fe));
        assert_eq!(packet.auth_plugin, "mysql_native_password");
        assert!(packet.is_mariadb());
    }

    #[test]
    fn round_trip() {
        let mut packet = HandshakeV10::decode(MARIADB).unwrap();
        packet.server_version = "8.0.0-weir".into();
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(HandshakeV10::decode(&out).unwrap(), packet);
    }

    #[test]
    fn no_prefix_panics_or_passes_as_whole() {
        for end in 0..MARIADB.len() - "mysql_native_password\0".len() {
            assert!(HandshakeV10::decode(MARIADB.get(..end).unwrap()).is_err(), "{end}");
        }
    }
}
