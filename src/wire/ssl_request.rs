//! SSLRequest: the head of a HandshakeResponse41, sent before the connection turns to TLS.

use super::read::Reader;
use super::{Capabilities, ProtocolError};

/// A client's wish to go on in TLS; the full response follows inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SslRequest {
    /// As in the response that follows; SSL is set.
    pub capabilities: Capabilities,
    /// As in the response that follows.
    pub max_packet_size: u32,
    /// As in the response that follows.
    pub collation: u8,
}

// === impl SslRequest ===

impl SslRequest {
    /// Whether a first packet of a client is this one and not the full response.
    pub fn is(payload: &[u8]) -> bool {
        payload.len() == 32 && Self::decode(payload).is_ok_and(|packet| packet.capabilities.contains(Capabilities::SSL))
    }

    /// Reads the packet.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "SSLRequest");
        let packet =
            Self { capabilities: Capabilities(reader.u32()?), max_packet_size: reader.u32()?, collation: reader.u8()? };
        reader.bytes(23)?;
        Ok(packet)
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.capabilities.0.to_le_bytes());
        out.extend_from_slice(&self.max_packet_size.to_le_bytes());
        out.push(self.collation);
        out.extend_from_slice(&[0; 23]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let packet = SslRequest { capabilities: Capabilities::SSL, max_packet_size: 9, collation: 45 };
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert!(SslRequest::is(&out));
        assert_eq!(SslRequest::decode(&out), Ok(packet));
    }
}
