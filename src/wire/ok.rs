//! OkPacket: a statement is done; and, with DEPRECATE_EOF, the end of a result set.
//!
//! Session-track sections are kept as they came. An encoder writes them only to a client that negotiated them.

use super::read::Reader;
use super::write::{put_lenenc_bytes, put_lenenc_int};
use super::{Capabilities, ProtocolError, StatusFlags};

/// The outcome of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OkPacket<'a> {
    /// Rows changed (or matched, with FOUND_ROWS).
    pub affected_rows: u64,
    /// The first AUTO_INCREMENT value made.
    pub last_insert_id: u64,
    /// Status flags.
    pub status: StatusFlags,
    /// How many warnings SHOW WARNINGS has.
    pub warnings: u16,
    /// `Rows matched: 1  Changed: 1  Warnings: 0`.
    pub message: &'a [u8],
    /// Session-track sections as they came, without their common length; empty when nothing changed.
    pub session_state: &'a [u8],
}

/// Which first byte an OK packet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OkHeader {
    /// 0x00: the answer to a statement without rows.
    Ok,
    /// 0xFE: after the rows of a result set (DEPRECATE_EOF).
    EndOfRows,
}

/// One session-track section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateChange<'a> {
    /// SESSION_TRACK_SYSTEM_VARIABLES: a variable and its new value.
    Variable {
        /// The variable's name.
        name: &'a [u8],
        /// Its new value.
        value: &'a [u8],
    },
    /// SESSION_TRACK_SCHEMA: the new default schema.
    Schema(&'a [u8]),
    /// Any other section, by its type byte.
    Other {
        /// The type of the section.
        kind: u8,
        /// Its content.
        content: &'a [u8],
    },
}

// === impl OkPacket ===

impl<'a> OkPacket<'a> {
    const NAME: &'static str = "OkPacket";

    /// Reads the packet, of either header. `capabilities` are those of the connection it came over.
    pub fn decode(payload: &'a [u8], capabilities: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, Self::NAME);
        if !matches!(reader.u8()?, 0x00 | 0xFE) {
            return Err(reader.malformed("its first byte is neither 0x00 nor 0xFE"));
        }
        let mut packet = Self {
            affected_rows: reader.lenenc_int()?,
            last_insert_id: reader.lenenc_int()?,
            status: StatusFlags(reader.u16()?),
            warnings: reader.u16()?,
            ..Self::default()
        };
        // Servers leave both strings out when there is nothing to say. The manual calls the message of a connection
        // without SESSION_TRACK a string up to the packet's end; servers write a length before it all the same
        // (`net_send_ok`), and clients read one.
        if !reader.is_empty() {
            packet.message = reader.lenenc_bytes()?;
        }
        let track = capabilities.contains(Capabilities::SESSION_TRACK);
        if track && packet.status.contains(StatusFlags::SESSION_STATE_CHANGED) && !reader.is_empty() {
            packet.session_state = reader.lenenc_bytes()?;
        }
        Ok(packet)
    }

    /// Appends the payload for a connection with these capabilities.
    pub fn encode(&self, header: OkHeader, capabilities: Capabilities, out: &mut Vec<u8>) {
        out.push(match header {
            OkHeader::Ok => 0x00,
            OkHeader::EndOfRows => 0xFE,
        });
        put_lenenc_int(out, self.affected_rows);
        put_lenenc_int(out, self.last_insert_id);
        let track = capabilities.contains(Capabilities::SESSION_TRACK) && !self.session_state.is_empty();
        let status = self.status.without(StatusFlags::SESSION_STATE_CHANGED);
        let status = if track { status.with(StatusFlags::SESSION_STATE_CHANGED) } else { status };
        out.extend_from_slice(&status.0.to_le_bytes());
        out.extend_from_slice(&self.warnings.to_le_bytes());
        if track || !self.message.is_empty() {
            put_lenenc_bytes(out, self.message);
        }
        if track {
            put_lenenc_bytes(out, self.session_state);
        }
    }

    /// What changed, one after another; ends at the first section that cannot be read.
    pub fn state_changes(&self) -> impl Iterator<Item = Result<StateChange<'a>, ProtocolError>> {
        let mut sections = Reader::new(self.session_state, Self::NAME);
        // MariaDB may put several variables into one section.
        let mut variables = Reader::new(&[], Self::NAME);
        std::iter::from_fn(move || {
            (!variables.is_empty() || !sections.is_empty()).then(|| {
                let change = StateChange::read(&mut sections, &mut variables);
                if change.is_err() {
                    sections.take_rest();
                    variables.take_rest();
                }
                change
            })
        })
    }
}

// === impl StateChange ===

impl<'a> StateChange<'a> {
    fn read(sections: &mut Reader<'a>, variables: &mut Reader<'a>) -> Result<Self, ProtocolError> {
        if variables.is_empty() {
            let kind = sections.u8()?;
            let content = sections.lenenc_bytes()?;
            let mut inner = Reader::new(content, OkPacket::NAME);
            match kind {
                0 => *variables = inner,
                1 => return Ok(Self::Schema(inner.lenenc_bytes()?)),
                kind => return Ok(Self::Other { kind, content }),
            }
        }
        Ok(Self::Variable { name: variables.lenenc_bytes()?, value: variables.lenenc_bytes()? })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn a_message_has_its_length_with_and_without_session_tracking() {
        let bytes = [0, 1, 0xFC, 0, 1, 2, 0, 3, 0, 2, b'h', b'i'];
        for capabilities in [Capabilities::default(), Capabilities::SESSION_TRACK] {
            let ok = OkPacket::decode(&bytes, capabilities).unwrap();
            assert_eq!((ok.affected_rows, ok.last_insert_id, ok.warnings, ok.message), (1, 256, 3, &b"hi"[..]));
            assert_eq!(ok.status, StatusFlags::AUTOCOMMIT);
            let mut out = Vec::new();
            ok.encode(OkHeader::Ok, capabilities, &mut out);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn session_state_is_kept_and_stripped() {
        let bytes = b"\0\0\0\x02\x40\0\0\0\x0d\0\x0b\x08time_zon\x01Z";
        let ok = OkPacket::decode(bytes, Capabilities::SESSION_TRACK).unwrap();
        let changes: Vec<_> = ok.state_changes().map(Result::unwrap).collect();
        assert_eq!(changes, [StateChange::Variable { name: b"time_zon", value: b"Z" }]);
        let mut out = Vec::new();
        ok.encode(OkHeader::Ok, Capabilities::SESSION_TRACK, &mut out);
        assert_eq!(out, bytes);
        out.clear();
        ok.encode(OkHeader::EndOfRows, Capabilities::default(), &mut out);
        assert_eq!(out, [0xFE, 0, 0, 2, 0, 0, 0]);
    }

    #[test]
    fn broken_sections_end_the_iterator() {
        let ok = OkPacket { session_state: &[0, 200, 1], ..OkPacket::default() };
        assert_eq!(ok.state_changes().filter(Result::is_err).count(), 1);
    }
}
