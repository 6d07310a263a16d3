//! Rows of the binary protocol, as far as Weir writes them itself: strings and 64-bit integers.

use super::write::put_lenenc_bytes;

/// A cell of an answer of Weir's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryCell<'a> {
    /// NULL.
    Null,
    /// For columns of string types.
    Bytes(&'a [u8]),
    /// For LONGLONG columns.
    Int(i64),
    /// For unsigned LONGLONG columns.
    UInt(u64),
}

/// Appends a row's payload: 0x00, the NULL bitmap (from bit 2 on), the cells that are not NULL.
pub fn put_binary_row(out: &mut Vec<u8>, cells: &[BinaryCell<'_>]) {
    out.push(0);
    let mut byte = 0_u8;
    let mut bit = 2;
    for cell in cells {
        byte |= u8::from(*cell == BinaryCell::Null) << bit;
        bit += 1;
        if bit == 8 {
            out.push(std::mem::take(&mut byte));
            bit = 0;
        }
    }
    if bit > 0 {
        out.push(byte);
    }
    for cell in cells {
        match cell {
            BinaryCell::Null => {}
            BinaryCell::Bytes(bytes) => put_lenenc_bytes(out, bytes),
            BinaryCell::Int(value) => out.extend_from_slice(&value.to_le_bytes()),
            BinaryCell::UInt(value) => out.extend_from_slice(&value.to_le_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmap_has_a_byte_more_at_seven_columns() {
        let mut out = Vec::new();
        put_binary_row(&mut out, &[BinaryCell::Null, BinaryCell::Bytes(b"a")]);
        assert_eq!(out, [0, 0b100, 1, b'a']);
        for (count, bytes) in [(0, 1), (5, 1), (6, 1), (7, 2), (14, 2), (15, 3)] {
            out.clear();
            put_binary_row(&mut out, &vec![BinaryCell::Null; count]);
            assert_eq!(out.len(), 1 + bytes, "{count} columns");
        }
    }
}
