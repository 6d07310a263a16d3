//! COM_STMT_EXECUTE: run a prepared statement with values.
//!
//! How many parameters there are, the types bound before and the long data are the session's to know, so reading goes
//! in two steps: [`ComStmtExecute::decode`], then [`ComStmtExecute::params`].

use super::command::byte;
use super::read::Reader;
use super::{ColumnType, Param, ParamData, ParamType, ProtocolError};

/// The command, its parameters not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComStmtExecute<'a> {
    /// The statement.
    pub statement_id: u32,
    /// Cursor flags; not 0 when the client would like a cursor, which a server need not open.
    pub flags: u8,
    /// NULL bitmap, types and values.
    pub body: &'a [u8],
}

// === impl ComStmtExecute ===

impl<'a> ComStmtExecute<'a> {
    const NAME: &'static str = "ComStmtExecute";

    /// Reads what follows the command byte.
    pub fn decode(body: &'a [u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(body, Self::NAME);
        let statement_id = reader.u32()?;
        let flags = reader.u8()?;
        reader.u32()?; // iteration count, always 1
        Ok(Self { statement_id, flags, body: reader.take_rest() })
    }

    /// Reads the parameters into `params` (cleared first).
    ///
    /// `types` are those bound by an earlier execution, and are replaced when this one brings new ones. `long` holds
    /// what was sent ahead for a parameter, by index; it may be shorter than the list of parameters.
    pub fn params(
        &self,
        count: u16,
        types: &mut Vec<ParamType>,
        long: &'a [Option<Vec<u8>>],
        params: &mut Vec<Param<'a>>,
    ) -> Result<(), ProtocolError> {
        params.clear();
        if count == 0 {
            return Ok(());
        }
        let count = usize::from(count);
        let mut reader = Reader::new(self.body, Self::NAME);
        let nulls = reader.bytes(count.div_ceil(8))?;
        if reader.u8()? == 1 {
            types.clear();
            for _ in 0..count {
                let [kind, flags] = reader.array()?;
                types.push(ParamType { kind: ColumnType(kind), flags });
            }
        }
        if types.len() != count {
            return Err(reader.malformed("its parameters have never been given types"));
        }
        for (at, &kind) in types.iter().enumerate() {
            let null = nulls.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
            let data = if let Some(Some(bytes)) = long.get(at) {
                // Its bytes would be read as a number by a backend.
                if !kind.takes_long_data() {
                    return Err(reader.malformed("long data was sent for a parameter that is no string"));
                }
                ParamData::Long(bytes)
            } else if null {
                ParamData::Null
            } else {
                ParamData::Wire(kind.take(&mut reader)?)
            };
            params.push(Param { kind, data });
        }
        Ok(())
    }
}

/// Appends COM_STMT_EXECUTE with its types. The parameters may be any choice of those that a client bound, in any
/// order, and as many as the statement has.
pub fn put_stmt_execute<'p, 'a: 'p>(
    out: &mut Vec<u8>,
    statement_id: u32,
    params: impl ExactSizeIterator<Item = &'p Param<'a>> + Clone,
) {
    out.push(byte::STMT_EXECUTE);
    out.extend_from_slice(&statement_id.to_le_bytes());
    out.extend_from_slice(&[0, 1, 0, 0, 0]); // no cursor; iteration count
    if params.len() == 0 {
        return;
    }
    let mut nulls = 0_u8;
    let mut bit = 0;
    for param in params.clone() {
        nulls |= u8::from(param.data == ParamData::Null) << bit;
        bit += 1;
        if bit == 8 {
            out.push(std::mem::take(&mut nulls));
            bit = 0;
        }
    }
    if bit > 0 {
        out.push(nulls);
    }
    out.push(1);
    for param in params.clone() {
        out.extend_from_slice(&[param.kind.kind.0, param.kind.flags]);
    }
    for param in params {
        param.put(out);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test")]
    use super::*;
    use crate::value::Value;

    /// Statement 1, three parameters: LONG 7, NULL, VAR_STRING 'ab'.
    const BYTES: &[u8] = b"\x01\0\0\0\0\x01\0\0\0\x02\x01\x03\0\xfd\0\xfd\0\x07\0\0\0\x02ab";

    #[test]
    fn reads_and_writes() {
        let packet = ComStmtExecute::decode(BYTES).unwrap();
        let (mut types, mut params) = (Vec::new(), Vec::new());
        packet.params(3, &mut types, &[], &mut params).unwrap();
        let values: Vec<_> = params.iter().map(|param| param.value().unwrap()).collect();
        assert_eq!(values, [Value::Int(7), Value::Null, Value::Bytes(b"ab"[..].into())]);
        let mut out = Vec::new();
        put_stmt_execute(&mut out, 1, params.iter());
        assert_eq!(out[1..], *BYTES);
    }

    #[test]
    fn types_are_remembered_and_long_data_mixes_in() {
        let long = [None, None, Some(b"long".to_vec())];
        let packet = ComStmtExecute::decode(b"\x01\0\0\0\0\x01\0\0\0\x02\0\x07\0\0\0").unwrap();
        let mut params = Vec::new();
        assert!(packet.params(3, &mut Vec::new(), &long, &mut params).is_err());
        let mut types = vec![
            ParamType { kind: ColumnType::LONG, flags: 0 },
            ParamType { kind: ColumnType::VAR_STRING, flags: 0 },
            ParamType { kind: ColumnType::BLOB, flags: 0 },
        ];
        packet.params(3, &mut types, &long, &mut params).unwrap();
        assert_eq!(params[2].value().unwrap(), Value::Bytes(b"long"[..].into()));
        let mut out = Vec::new();
        put_stmt_execute(&mut out, 9, [&params[2], &params[0]].into_iter());
        assert_eq!(out, b"\x17\x09\0\0\0\0\x01\0\0\0\0\x01\xfc\0\x03\0\x04long\x07\0\0\0");
    }
}
