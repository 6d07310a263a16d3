//! Writing a packet's fields into a `Vec<u8>`.

/// int<lenenc>
pub fn put_lenenc_int(out: &mut Vec<u8>, value: u64) {
    let [b0, b1, b2, ..] = value.to_le_bytes();
    match value {
        0..=0xFA => out.push(b0),
        0xFB..=0xFFFF => out.extend_from_slice(&[0xFC, b0, b1]),
        0x1_0000..=0xFF_FFFF => out.extend_from_slice(&[0xFD, b0, b1, b2]),
        0x100_0000.. => {
            out.push(0xFE);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

/// string<lenenc>
pub fn put_lenenc_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_lenenc_int(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// string<NUL>; a zero inside would end the string, so what follows one is left out.
pub fn put_null_terminated(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(bytes.iter().take_while(|&&byte| byte != 0));
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::put_lenenc_int;
    use crate::wire::read::Reader;

    #[test]
    fn lengths_read_back() {
        for value in [0, 250, 251, 252, 65_535, 65_536, 16_777_215, 16_777_216, u64::MAX] {
            let mut out = Vec::new();
            put_lenenc_int(&mut out, value);
            let mut reader = Reader::new(&out, "test");
            assert_eq!(reader.lenenc_int(), Ok(value));
            assert!(reader.is_empty());
        }
    }
}
