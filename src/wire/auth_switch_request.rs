//! AuthSwitchRequest: the server asks for another way of authentication.

use super::read::Reader;
use super::write::put_null_terminated;
use super::{NONCE_LENGTH, ProtocolError};

/// The plugin to go on with and its challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSwitchRequest {
    /// `mysql_native_password`, `caching_sha2_password`, ….
    pub plugin: String,
    /// What the plugin is given: for both of ours a challenge of 20 bytes, its closing zero cut off.
    pub data: Vec<u8>,
}

// === impl AuthSwitchRequest ===

impl AuthSwitchRequest {
    /// The first byte.
    pub const HEADER: u8 = 0xFE;

    /// Reads the packet.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "AuthSwitchRequest");
        if reader.u8()? != Self::HEADER {
            return Err(reader.malformed("its first byte is not 0xFE"));
        }
        if reader.is_empty() {
            return Err(ProtocolError::AuthPlugin { plugin: "mysql_old_password".into() });
        }
        let plugin = String::from_utf8_lossy(reader.null_terminated()?).into_owned();
        let data = reader.take_rest();
        Ok(Self { plugin, data: data.strip_suffix(&[0]).unwrap_or(data).to_vec() })
    }

    /// The challenge, if it has the length that both of our plugins use.
    pub fn nonce(&self) -> Option<[u8; NONCE_LENGTH]> {
        self.data.first_chunk().copied()
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(Self::HEADER);
        put_null_terminated(out, self.plugin.as_bytes());
        out.extend_from_slice(&self.data);
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let packet = AuthSwitchRequest { plugin: "caching_sha2_password".into(), data: vec![7; 20] };
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(AuthSwitchRequest::decode(&out), Ok(packet));
        assert!(AuthSwitchRequest::decode(&[0xFE]).is_err());
    }
}
