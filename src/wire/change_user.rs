//! COM_CHANGE_USER: log in again over the same connection.

use super::handshake_response::HandshakeResponse41;
use super::read::Reader;
use super::{Capabilities, ProtocolError};

/// Who the client wants to be now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComChangeUser {
    /// The user's name.
    pub user: Vec<u8>,
    /// Authentication data made with the challenge of the first handshake.
    pub auth_response: Vec<u8>,
    /// The new default schema.
    pub database: Option<Vec<u8>>,
    /// The new collation, if given.
    pub collation: Option<u16>,
    /// The plugin that made `auth_response`.
    pub auth_plugin: Option<Vec<u8>>,
    /// Connection attributes.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

// === impl ComChangeUser ===

impl ComChangeUser {
    /// Reads what follows the command byte.
    pub fn decode(body: &[u8], capabilities: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(body, "ComChangeUser");
        let user = reader.null_terminated()?.to_vec();
        let auth_response = if capabilities.contains(Capabilities::SECURE_CONNECTION) {
            let length = usize::from(reader.u8()?);
            reader.bytes(length)?.to_vec()
        } else {
            reader.null_terminated()?.to_vec()
        };
        let database = Some(reader.null_terminated_or_rest().to_vec()).filter(|name| !name.is_empty());
        let collation = if reader.is_empty() { None } else { Some(reader.u16()?) };
        let auth_plugin = (capabilities.contains(Capabilities::PLUGIN_AUTH) && !reader.is_empty())
            .then(|| reader.null_terminated_or_rest().to_vec());
        let attributes = if capabilities.contains(Capabilities::CONNECT_ATTRS) && !reader.is_empty() {
            HandshakeResponse41::decode_attributes(reader.lenenc_bytes()?)?
        } else {
            Vec::new()
        };
        Ok(Self { user, auth_response, database, collation, auth_plugin, attributes })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn reads() {
        let packet =
            ComChangeUser::decode(b"app\0\x02ab\0\x2d\0mysql_native_password\0\0", Capabilities::OFFERED).unwrap();
        assert_eq!((&packet.user[..], &packet.auth_response[..]), (&b"app"[..], &b"ab"[..]));
        assert_eq!((packet.database, packet.collation), (None, Some(45)));
        assert_eq!(packet.auth_plugin.as_deref(), Some(&b"mysql_native_password"[..]));
    }
}
