//! StmtPrepareOk: a statement has been prepared.

use super::ProtocolError;
use super::read::Reader;

/// The head of the answer to COM_STMT_PREPARE; definitions of parameters and columns follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StmtPrepareOk {
    /// The statement's number on its connection.
    pub statement_id: u32,
    /// Columns of its result, 0 when it has none.
    pub columns: u16,
    /// Question marks.
    pub params: u16,
    /// How many warnings SHOW WARNINGS has.
    pub warnings: u16,
}

// === impl StmtPrepareOk ===

impl StmtPrepareOk {
    /// Reads the packet.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "StmtPrepareOk");
        if reader.u8()? != 0 {
            return Err(reader.malformed("its first byte is not 0x00"));
        }
        let statement_id = reader.u32()?;
        let columns = reader.u16()?;
        let params = reader.u16()?;
        reader.u8()?;
        let warnings = if reader.is_empty() { 0 } else { reader.u16()? };
        Ok(Self { statement_id, columns, params, warnings })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(0);
        out.extend_from_slice(&self.statement_id.to_le_bytes());
        out.extend_from_slice(&self.columns.to_le_bytes());
        out.extend_from_slice(&self.params.to_le_bytes());
        out.push(0);
        out.extend_from_slice(&self.warnings.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let packet = StmtPrepareOk { statement_id: 1, columns: 2, params: 3, warnings: 4 };
        let mut out = Vec::new();
        packet.encode(&mut out);
        assert_eq!(out, [0, 1, 0, 0, 0, 2, 0, 3, 0, 0, 4, 0]);
        assert_eq!(StmtPrepareOk::decode(&out), Ok(packet));
    }
}
