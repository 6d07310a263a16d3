//! ErrPacket: a statement, or a connection, has failed.

use super::ProtocolError;
use super::read::Reader;
use crate::error::SqlError;

/// An error from a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrPacket<'a> {
    /// MySQL's error number.
    pub errno: u16,
    /// SQLSTATE; `HY000` where the packet has none (before authentication).
    pub state: [u8; 5],
    /// The sentence.
    pub message: &'a [u8],
}

// === impl ErrPacket ===

impl<'a> ErrPacket<'a> {
    /// The first byte.
    pub const HEADER: u8 = 0xFF;

    /// Reads the packet.
    pub fn decode(payload: &'a [u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "ErrPacket");
        if reader.u8()? != Self::HEADER {
            return Err(reader.malformed("its first byte is not 0xFF"));
        }
        let errno = reader.u16()?;
        let mut state = *b"HY000";
        if reader.rest().first() == Some(&b'#') {
            reader.u8()?;
            state = reader.array()?;
        }
        Ok(Self { errno, state, message: reader.take_rest() })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(Self::HEADER);
        out.extend_from_slice(&self.errno.to_le_bytes());
        out.push(b'#');
        out.extend_from_slice(&self.state);
        out.extend_from_slice(self.message);
    }

    /// The same, as the error of a statement.
    pub fn to_sql_error(&self) -> SqlError {
        SqlError::backend(self.errno, self.state, String::from_utf8_lossy(self.message))
    }
}

impl<'a> From<&'a SqlError> for ErrPacket<'a> {
    fn from(error: &'a SqlError) -> Self {
        Self { errno: error.errno, state: error.state, message: error.message.as_bytes() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn with_and_without_state() {
        let early = ErrPacket::decode(b"\xff\x10\x04Too many connections").unwrap();
        assert_eq!((early.errno, &early.state, early.message), (1040, b"HY000", &b"Too many connections"[..]));
        let bytes = b"\xff\x28\x04#42000You have an error";
        let packet = ErrPacket::decode(bytes).unwrap();
        assert_eq!((packet.errno, &packet.state), (1064, b"42000"));
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(out, bytes);
    }
}
