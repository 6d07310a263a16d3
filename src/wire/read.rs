//! Length-checked reading of a packet's fields.
//!
//! A [`Reader`] never panics and never reads past its slice; each failure names the packet being read.

use super::ProtocolError;

/// A cursor over one packet's payload.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    packet: &'static str,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    /// Starts at the first byte; `packet` is the name that errors carry.
    pub fn new(payload: &'a [u8], packet: &'static str) -> Self {
        Self { rest: payload, packet }
    }

    /// An error about this packet.
    pub fn malformed(&self, what: &'static str) -> ProtocolError {
        ProtocolError::Malformed { packet: self.packet, what }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes all that is left.
    pub fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], ProtocolError> {
        let Some((head, tail)) = self.rest.split_at_checked(count) else {
            return Err(self.malformed("it ends too early"));
        };
        self.rest = tail;
        Ok(head)
    }

    /// The next N bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ProtocolError> {
        let Some((head, tail)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.malformed("it ends too early"));
        };
        self.rest = tail;
        Ok(*head)
    }

    /// int<1>
    pub fn u8(&mut self) -> Result<u8, ProtocolError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// int<2>
    pub fn u16(&mut self) -> Result<u16, ProtocolError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// int<3>
    pub fn u24(&mut self) -> Result<u32, ProtocolError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    /// int<4>
    pub fn u32(&mut self) -> Result<u32, ProtocolError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// int<8>
    pub fn u64(&mut self) -> Result<u64, ProtocolError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// int<lenenc>; NULL (0xFB) and 0xFF are errors.
    pub fn lenenc_int(&mut self) -> Result<u64, ProtocolError> {
        match self.u8()? {
            small @ 0..=0xFA => Ok(u64::from(small)),
            0xFC => Ok(u64::from(self.u16()?)),
            0xFD => Ok(u64::from(self.u24()?)),
            0xFE => self.u64(),
            0xFB | 0xFF => Err(self.malformed("a length that cannot be")),
        }
    }

    /// string<lenenc>
    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8], ProtocolError> {
        let length = self.lenenc_int()?;
        match usize::try_from(length) {
            Ok(length) => self.bytes(length),
            Err(_) => Err(self.malformed("a length that cannot be")),
        }
    }

    /// A cell of a text row: string<lenenc>, or None for NULL.
    pub fn cell(&mut self) -> Result<Option<&'a [u8]>, ProtocolError> {
        if self.rest.first() == Some(&0xFB) {
            self.u8()?;
            return Ok(None);
        }
        self.lenenc_bytes().map(Some)
    }

    /// string<NUL>, without its zero.
    pub fn null_terminated(&mut self) -> Result<&'a [u8], ProtocolError> {
        let Some(end) = memchr::memchr(0, self.rest) else {
            return Err(self.malformed("a string without its closing zero"));
        };
        let text = self.bytes(end)?;
        self.u8()?;
        Ok(text)
    }

    /// string<NUL> where the last string of a packet may lack its zero.
    pub fn null_terminated_or_rest(&mut self) -> &'a [u8] {
        match self.null_terminated() {
            Ok(text) => text,
            Err(_) => self.take_rest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn lengths() {
        for (bytes, expected) in [
            (&[0xFA_u8][..], Some(250)),
            (&[0xFB], None),
            (&[0xFC, 0xFB, 0], Some(251)),
            (&[0xFD, 1, 2, 3], Some(0x03_0201)),
            (&[0xFE, 1, 0, 0, 0, 0, 0, 0, 0x80], Some(0x8000_0000_0000_0001)),
            (&[0xFE, 1, 0], None),
            (&[0xFF], None),
            (&[], None),
        ] {
            assert_eq!(Reader::new(bytes, "test").lenenc_int().ok(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_string_longer_than_its_packet_is_refused() {
        assert!(Reader::new(&[5, b'a', b'b'], "test").lenenc_bytes().is_err());
        assert!(Reader::new(&[0xFE, 255, 255, 255, 255, 255, 255, 255, 255], "test").lenenc_bytes().is_err());
    }
}
