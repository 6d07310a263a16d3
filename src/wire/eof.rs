//! EofPacket: the end of column definitions or rows, without DEPRECATE_EOF.

use super::read::Reader;
use super::{ProtocolError, StatusFlags};

/// The end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct EofPacket {
    /// How many warnings SHOW WARNINGS has.
    pub warnings: u16,
    /// Status flags.
    pub status: StatusFlags,
}

// === impl EofPacket ===

impl EofPacket {
    /// The first byte.
    pub const HEADER: u8 = 0xFE;

    /// Reads the packet.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "EofPacket");
        if reader.u8()? != Self::HEADER {
            return Err(reader.malformed("its first byte is not 0xFE"));
        }
        Ok(Self { warnings: reader.u16()?, status: StatusFlags(reader.u16()?) })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(Self::HEADER);
        out.extend_from_slice(&self.warnings.to_le_bytes());
        out.extend_from_slice(&self.status.0.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let packet = EofPacket { warnings: 2, status: StatusFlags::AUTOCOMMIT };
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(out, [0xFE, 2, 0, 2, 0]);
        assert_eq!(EofPacket::decode(&out), Ok(packet));
    }
}
