//! ColumnDefinition41: one column of a result set, of a prepared statement's parameters, or of a table (FIELD_LIST).
//!
//! Definitions come from backends and go to clients with other names and the same everything else:
//! [`ColumnDefinition41::rewrite`] copies all that it does not understand.

use super::read::Reader;
use super::write::put_lenenc_bytes;
use super::{ColumnFlags, ColumnType, ProtocolError};
use crate::value::CollationId;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDefinition41<'a> {
    /// The names that a client may have to see otherwise.
    pub names: ColumnNames<'a>,
    /// The column's name or alias.
    pub name: &'a [u8],
    /// The column's name in its table.
    pub org_name: &'a [u8],
    /// Collation of the bytes that are sent.
    pub collation: CollationId,
    /// Largest length in bytes.
    pub length: u32,
    /// Type.
    pub kind: ColumnType,
    /// Flags.
    pub flags: ColumnFlags,
    /// Digits after the point; 31 for "any", 39 for "not fixed".
    pub decimals: u8,
    /// What follows the fixed fields: the default value in answers to FIELD_LIST.
    pub tail: &'a [u8],
}

/// The names of a column's schema and table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ColumnNames<'a> {
    /// The schema.
    pub schema: &'a [u8],
    /// The table's alias.
    pub table: &'a [u8],
    /// The table's own name.
    pub org_table: &'a [u8],
}

// === impl ColumnDefinition41 ===

impl<'a> ColumnDefinition41<'a> {
    const NAME: &'static str = "ColumnDefinition41";

    /// Reads the packet.
    pub fn decode(payload: &'a [u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, Self::NAME);
        reader.lenenc_bytes()?; // "def"
        let names = ColumnNames {
            schema: reader.lenenc_bytes()?,
            table: reader.lenenc_bytes()?,
            org_table: reader.lenenc_bytes()?,
        };
        let name = reader.lenenc_bytes()?;
        let org_name = reader.lenenc_bytes()?;
        if reader.lenenc_int()? != 12 {
            return Err(reader.malformed("the fixed fields have another length than 12"));
        }
        let packet = Self {
            names,
            name,
            org_name,
            collation: CollationId(reader.u16()?),
            length: reader.u32()?,
            kind: ColumnType(reader.u8()?),
            flags: ColumnFlags(reader.u16()?),
            decimals: reader.u8()?,
            tail: &[],
        };
        reader.u16()?; // filler
        Ok(Self { tail: reader.take_rest(), ..packet })
    }

    /// Appends the payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_lenenc_bytes(out, b"def");
        for text in [self.names.schema, self.names.table, self.names.org_table, self.name, self.org_name] {
            put_lenenc_bytes(out, text);
        }
        out.push(12);
        out.extend_from_slice(&self.collation.0.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out.push(self.kind.0);
        out.extend_from_slice(&self.flags.0.to_le_bytes());
        out.extend_from_slice(&[self.decimals, 0, 0]);
        out.extend_from_slice(self.tail);
    }

    /// Reads the three names only.
    pub fn names(payload: &'a [u8]) -> Result<ColumnNames<'a>, ProtocolError> {
        let mut reader = Reader::new(payload, Self::NAME);
        reader.lenenc_bytes()?;
        Ok(ColumnNames {
            schema: reader.lenenc_bytes()?,
            table: reader.lenenc_bytes()?,
            org_table: reader.lenenc_bytes()?,
        })
    }

    /// Appends the payload with the names that `map` gives; every other byte is copied as it is.
    pub fn rewrite<'m>(
        payload: &'a [u8],
        out: &mut Vec<u8>,
        map: impl FnOnce(ColumnNames<'a>) -> ColumnNames<'m>,
    ) -> Result<(), ProtocolError>
    where
        'a: 'm,
    {
        let mut reader = Reader::new(payload, Self::NAME);
        let catalog = reader.lenenc_bytes()?;
        let names = map(ColumnNames {
            schema: reader.lenenc_bytes()?,
            table: reader.lenenc_bytes()?,
            org_table: reader.lenenc_bytes()?,
        });
        for text in [catalog, names.schema, names.table, names.org_table] {
            put_lenenc_bytes(out, text);
        }
        out.extend_from_slice(reader.rest());
        Ok(())
    }
}

/// Changes one collation to another in a definition that starts at `at`; any other stays.
pub fn replace_collation(definition: &mut [u8], from: CollationId, to: CollationId) {
    let Ok(column) = ColumnDefinition41::decode(definition) else { return };
    if column.collation != from {
        return;
    }
    // The fixed fields: collation (2 bytes), length (4), type (1), flags (2), decimals (1), filler (2), then the tail.
    let fixed = 12 + column.tail.len();
    let Some(at) = definition.len().checked_sub(fixed) else { return };
    if let Some(place) = definition.get_mut(at..).and_then(|tail| tail.first_chunk_mut::<2>()) {
        *place = to.0.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    /// Sent by MariaDB for `SELECT id AS i FROM shop_00.loan_0 l`.
    const BYTES: &[u8] = b"\x03def\x07shop_00\x01l\x06loan_0\x01i\x02id\x0c\x3f\0\x0b\0\0\0\x03\x03\x42\0\0\0";

    #[test]
    fn round_trip() {
        let column = ColumnDefinition41::decode(BYTES).unwrap();
        assert_eq!((column.name, column.org_name), (&b"i"[..], &b"id"[..]));
        assert_eq!((column.kind, column.length, column.collation), (ColumnType::LONG, 11, CollationId::BINARY));
        let mut out = Vec::new();
        column.encode(&mut out);
        assert_eq!(out, BYTES);
    }

    #[test]
    fn a_collation_is_replaced_in_place() {
        let mut bytes = BYTES.to_vec();
        replace_collation(&mut bytes, CollationId(45), CollationId(255));
        assert_eq!(bytes, BYTES, "another collation stays");
        replace_collation(&mut bytes, CollationId::BINARY, CollationId(0x1234));
        let before = ColumnDefinition41::decode(BYTES).unwrap();
        let after = ColumnDefinition41::decode(&bytes).unwrap();
        assert_eq!(after, ColumnDefinition41 { collation: CollationId(0x1234), ..before });
    }

    #[test]
    fn rewriting_changes_names_only() {
        let mut out = Vec::new();
        ColumnDefinition41::rewrite(BYTES, &mut out, |names| ColumnNames {
            schema: b"shop",
            org_table: b"loan",
            ..names
        })
        .unwrap();
        let before = ColumnDefinition41::decode(BYTES).unwrap();
        let names = ColumnNames { schema: b"shop", table: b"l", org_table: b"loan" };
        assert_eq!(ColumnDefinition41::decode(&out).unwrap(), ColumnDefinition41 { names, ..before });
    }
}
