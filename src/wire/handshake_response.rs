//! HandshakeResponse41: who the client is and what it can.
//!
//! User and schema are bytes in the character set that the packet itself names; they are not decoded here.

use super::read::Reader;
use super::write::{put_lenenc_bytes, put_lenenc_int, put_null_terminated};
use super::{Capabilities, ProtocolError};

/// A client's answer to [`super::HandshakeV10`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HandshakeResponse41 {
    /// What the client wants; the connection uses what both sides have.
    pub capabilities: Capabilities,
    /// The largest packet that the client wants to receive.
    pub max_packet_size: u32,
    /// The low byte of the collation that its statements are in.
    pub collation: u8,
    /// The user's name.
    pub user: Vec<u8>,
    /// The first authentication data, made by `auth_plugin`.
    pub auth_response: Vec<u8>,
    /// The schema to start with.
    pub database: Option<Vec<u8>>,
    /// The plugin that made `auth_response`.
    pub auth_plugin: Option<Vec<u8>>,
    /// Connection attributes (`program_name`, `_pid`, …) in the order given.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

// === impl HandshakeResponse41 ===

impl HandshakeResponse41 {
    const NAME: &'static str = "HandshakeResponse41";

    /// Reads the packet.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, Self::NAME);
        let capabilities = Capabilities(reader.u32()?);
        if !capabilities.contains(Capabilities::PROTOCOL_41) {
            return Err(reader.malformed("the client is older than the 4.1 protocol"));
        }
        let max_packet_size = reader.u32()?;
        let collation = reader.u8()?;
        reader.bytes(23)?; // zeroes; MariaDB's extended capabilities
        let user = reader.null_terminated()?.to_vec();
        let auth_response = if capabilities.contains(Capabilities::PLUGIN_AUTH_LENENC_DATA) {
            reader.lenenc_bytes()?.to_vec()
        } else if capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let length = usize::from(reader.u8()?);
            reader.bytes(length)?.to_vec()
        } else {
            reader.null_terminated_or_rest().to_vec()
        };
        let optional = |reader: &mut Reader<'_>, flag| {
            (capabilities.contains(flag) && !reader.is_empty()).then(|| reader.null_terminated_or_rest().to_vec())
        };
        let database = optional(&mut reader, Capabilities::CONNECT_WITH_DB).filter(|name| !name.is_empty());
        let auth_plugin = optional(&mut reader, Capabilities::PLUGIN_AUTH);
        let attributes = if capabilities.contains(Capabilities::CONNECT_ATTRS) && !reader.is_empty() {
            Self::decode_attributes(reader.lenenc_bytes()?)?
        } else {
            Vec::new()
        };
        Ok(Self { capabilities, max_packet_size, collation, user, auth_response, database, auth_plugin, attributes })
    }

    /// Reads key and value pairs, as [`super::ComChangeUser`] has them too.
    pub(super) fn decode_attributes(bytes: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, ProtocolError> {
        let mut reader = Reader::new(bytes, Self::NAME);
        let mut attributes = Vec::new();
        while !reader.is_empty() {
            let key = reader.lenenc_bytes()?.to_vec();
            attributes.push((key, reader.lenenc_bytes()?.to_vec()));
        }
        Ok(attributes)
    }

    /// Appends the payload. The capability flags say which fields are written: set them to what the fields hold.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.capabilities.0.to_le_bytes());
        out.extend_from_slice(&self.max_packet_size.to_le_bytes());
        out.push(self.collation);
        out.extend_from_slice(&[0; 23]);
        put_null_terminated(out, &self.user);
        if self.capabilities.contains(Capabilities::PLUGIN_AUTH_LENENC_DATA) {
            put_lenenc_bytes(out, &self.auth_response);
        } else {
            // Native scrambles have 20 bytes, SHA-256 ones 32.
            out.push(u8::try_from(self.auth_response.len()).unwrap_or(u8::MAX));
            out.extend(self.auth_response.iter().take(usize::from(u8::MAX)));
        }
        if self.capabilities.contains(Capabilities::CONNECT_WITH_DB) {
            put_null_terminated(out, self.database.as_deref().unwrap_or_default());
        }
        if self.capabilities.contains(Capabilities::PLUGIN_AUTH) {
            put_null_terminated(out, self.auth_plugin.as_deref().unwrap_or_default());
        }
        if self.capabilities.contains(Capabilities::CONNECT_ATTRS) {
            let mut pairs = Vec::new();
            for (key, value) in &self.attributes {
                put_lenenc_bytes(&mut pairs, key);
                put_lenenc_bytes(&mut pairs, value);
            }
            put_lenenc_int(out, pairs.len() as u64);
            out.extend_from_slice(&pairs);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn round_trip() {
        let packet = HandshakeResponse41 {
            capabilities: Capabilities::WANTED | Capabilities::CONNECT_WITH_DB,
            max_packet_size: 1 << 24,
            collation: 45,
            user: b"app".to_vec(),
            auth_response: vec![7; 20],
            database: Some(b"shop".to_vec()),
            auth_plugin: Some(b"mysql_native_password".to_vec()),
            attributes: vec![(b"program_name".to_vec(), b"weir".to_vec())],
        };
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(HandshakeResponse41::decode(&out).unwrap(), packet);
        for end in 0..out.len() {
            // Optional trailing fields may be missing; nothing else may.
            drop(HandshakeResponse41::decode(out.get(..end).unwrap()));
        }
    }

    #[test]
    fn reads_a_client_without_lenenc_data_and_closing_zero() {
        let mut bytes =
            (Capabilities::PROTOCOL_41.0 | Capabilities::SECURE_CONNECTION.0 | Capabilities::CONNECT_WITH_DB.0)
                .to_le_bytes()
                .to_vec();
        bytes.extend_from_slice(&[0, 0, 0, 1, 33]);
        bytes.extend_from_slice(&[0; 23]);
        bytes.extend_from_slice(b"root\0\x02ab");
        bytes.extend_from_slice(b"test");
        let packet = HandshakeResponse41::decode(&bytes).unwrap();
        assert_eq!(packet.database.as_deref(), Some(&b"test"[..]));
        assert_eq!(packet.auth_response, b"ab");
        assert_eq!(packet.auth_plugin, None);
    }
}
