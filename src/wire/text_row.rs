//! Rows of the text protocol: each cell a string<lenenc> or NULL.

use super::ProtocolError;
use super::read::Reader;
use super::write::put_lenenc_bytes;

/// Appends a cell.
pub fn put_text_cell(out: &mut Vec<u8>, cell: Option<&[u8]>) {
    match cell {
        Some(bytes) => put_lenenc_bytes(out, bytes),
        None => out.push(0xFB),
    }
}

/// The cells of a row, as many as it holds.
pub fn text_cells(payload: &[u8]) -> impl Iterator<Item = Result<Option<&[u8]>, ProtocolError>> {
    let mut reader = Reader::new(payload, "text row");
    std::iter::from_fn(move || {
        (!reader.is_empty()).then(|| {
            let cell = reader.cell();
            if cell.is_err() {
                reader.take_rest();
            }
            cell
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let mut out = Vec::new();
        for cell in [Some(&b"1"[..]), None, Some(b"")] {
            put_text_cell(&mut out, cell);
        }
        assert_eq!(out, [1, b'1', 0xFB, 0]);
        let cells: Vec<_> = text_cells(&out).collect();
        assert_eq!(cells, [Ok(Some(&b"1"[..])), Ok(None), Ok(Some(&b""[..]))]);
        assert_eq!(text_cells(&[3, 1]).filter(Result::is_err).count(), 1);
    }
}
