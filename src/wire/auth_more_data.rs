//! AuthMoreData: what a plugin of the server tells the client's in the middle of authentication.

use super::ProtocolError;
use super::read::Reader;

/// Data for the client's plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthMoreData<'a> {
    /// For caching_sha2_password: one status byte, or a public key in PEM.
    pub data: &'a [u8],
}

// === impl AuthMoreData ===

impl<'a> AuthMoreData<'a> {
    /// The first byte.
    pub const HEADER: u8 = 0x01;

    /// Reads the packet.
    pub fn decode(payload: &'a [u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "AuthMoreData");
        if reader.u8()? != Self::HEADER {
            return Err(reader.malformed("its first byte is not 0x01"));
        }
        Ok(Self { data: reader.take_rest() })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(Self::HEADER);
        out.extend_from_slice(self.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fast_success() {
        assert_eq!(AuthMoreData::decode(&[1, 3]), Ok(AuthMoreData { data: &[3] }));
        assert!(AuthMoreData::decode(&[2, 3]).is_err() && AuthMoreData::decode(&[]).is_err());
    }
}
