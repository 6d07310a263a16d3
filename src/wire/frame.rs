//! Frames: a three-byte length and a sequence number before at most 16 MiB − 1 of payload.
//!
//! A payload that fills a frame goes on in the next one; [`FrameReader`] joins such frames and [`put_packet`] splits.
//! Sequence numbers are checked on the way in and counted on the way out. Nothing larger than the limit is ever held.

use bytes::{Buf, BytesMut};

use super::ProtocolError;

/// Bytes of a frame's header.
pub const HEADER: usize = 4;

/// The largest payload of one frame; exactly this many mean that the packet goes on.
pub const MAX_PAYLOAD: usize = 0xFF_FFFF;

/// One packet, its frames joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The sequence number of its last frame.
    pub sequence: u8,
    /// Its payload without headers.
    pub payload: BytesMut,
}

/// Cuts a stream of bytes into packets.
#[derive(Debug)]
pub struct FrameReader {
    limit: usize,
    expected: u8,
    joined: Option<BytesMut>,
}

/// Rows out of frames that come in runs, which may end anywhere.
#[derive(Debug)]
pub struct RowPackets {
    /// Knows the number of the next frame once one has come.
    reader: Option<FrameReader>,
    frames: BytesMut,
}

/// Header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Payload bytes, 0 to [`MAX_PAYLOAD`].
    pub length: usize,
    /// Sequence number.
    pub sequence: u8,
}

/// Frames that stand one behind the other and are numbered without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRun {
    /// The number that the next one has to have.
    pub next: u8,
    /// Bytes of the last one that are still to come.
    pub open: usize,
}

/// Gives relayed frames other sequence numbers, in place, also when a frame comes in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renumber {
    remaining: usize,
}

// === impl FrameHeader ===

impl FrameHeader {
    /// The header at the start of `bytes`, if all of it is there.
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, sequence] = *bytes.first_chunk::<HEADER>()?;
        // Three bytes always fit.
        let length = usize::try_from(u32::from_le_bytes([a, b, c, 0])).ok()?;
        Some(Self { length, sequence })
    }
}

/// The payloads of whole frames that stand one behind the other; what is cut short at the end is left out.
pub fn packets(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let header = FrameHeader::peek(bytes)?;
        let payload = bytes.get(HEADER..HEADER.checked_add(header.length)?)?;
        bytes = bytes.get(HEADER + header.length..)?;
        Some(payload)
    })
}

// === impl FrameReader ===

impl FrameReader {
    /// A reader that refuses packets of more than `max_allowed_packet` bytes.
    pub fn new(max_allowed_packet: usize) -> Self {
        Self { limit: max_allowed_packet, expected: 0, joined: None }
    }

    /// The next packet must carry this number: 0 at the start of each command.
    pub fn expect(&mut self, sequence: u8) {
        self.expected = sequence;
    }

    /// Changes the limit, as `max_allowed_packet` is larger once a client is known.
    pub fn set_limit(&mut self, max_allowed_packet: usize) {
        self.limit = max_allowed_packet;
    }

    /// Moves the next packet from the front of `input` to the end of `payload`, which is empty before its first frame;
    /// gives its last sequence number, or None while it is not complete.
    ///
    /// # Errors
    /// A packet above the limit (known from its header, before its bytes are held) or out of order.
    pub fn next_into(&mut self, input: &mut BytesMut, payload: &mut Vec<u8>) -> Result<Option<u8>, ProtocolError> {
        while let Some(header) = FrameHeader::peek(input) {
            if header.sequence != self.expected {
                return Err(ProtocolError::OutOfOrder { expected: self.expected, got: header.sequence });
            }
            if payload.len().saturating_add(header.length) > self.limit {
                return Err(ProtocolError::PacketTooLarge { limit: self.limit });
            }
            let end = HEADER + header.length;
            let Some(part) = input.get(HEADER..end) else {
                input.reserve(end.saturating_sub(input.len()));
                return Ok(None);
            };
            payload.extend_from_slice(part);
            input.advance(end);
            self.expected = self.expected.wrapping_add(1);
            if header.length < MAX_PAYLOAD {
                return Ok(Some(header.sequence));
            }
        }
        Ok(None)
    }

    /// Takes the next packet off the front of `input`; None while it is not complete.
    ///
    /// # Errors
    /// A packet above the limit (known from its header, before its bytes are held) or out of order.
    pub fn next_packet(&mut self, input: &mut BytesMut) -> Result<Option<Packet>, ProtocolError> {
        while let Some(header) = FrameHeader::peek(input) {
            if header.sequence != self.expected {
                return Err(ProtocolError::OutOfOrder { expected: self.expected, got: header.sequence });
            }
            let held = self.joined.as_ref().map_or(0, BytesMut::len);
            if held.saturating_add(header.length) > self.limit {
                return Err(ProtocolError::PacketTooLarge { limit: self.limit });
            }
            if input.len() < HEADER + header.length {
                input.reserve(HEADER + header.length - input.len());
                return Ok(None);
            }
            input.advance(HEADER);
            let part = input.split_to(header.length);
            self.expected = self.expected.wrapping_add(1);
            let payload = match self.joined.take() {
                Some(mut joined) => {
                    joined.extend_from_slice(&part);
                    joined
                }
                None => part,
            };
            if header.length < MAX_PAYLOAD {
                return Ok(Some(Packet { sequence: header.sequence, payload }));
            }
            self.joined = Some(payload);
        }
        Ok(None)
    }
}

// === impl RowPackets ===

impl RowPackets {
    /// As large as a row can be: no server sends larger packets.
    pub const LARGEST: usize = 1 << 30;

    /// None yet.
    pub fn new() -> Self {
        Self { reader: None, frames: BytesMut::new() }
    }

    /// Adds what has come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.frames.extend_from_slice(bytes);
    }

    /// Whether all that has come has been taken.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The payload of the next row; None while it is not complete.
    ///
    /// # Errors
    /// As [`FrameReader::next_packet`].
    pub fn next_row(&mut self) -> Result<Option<BytesMut>, ProtocolError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let Some(header) = FrameHeader::peek(&self.frames) else { return Ok(None) };
                let mut reader = FrameReader::new(Self::LARGEST);
                reader.expect(header.sequence);
                self.reader.insert(reader)
            }
        };
        Ok(reader.next_packet(&mut self.frames)?.map(|packet| packet.payload))
    }
}

impl Default for RowPackets {
    fn default() -> Self {
        Self::new()
    }
}

/// Appends one packet: the header's place is kept, `write` appends the payload, the header is filled in.
///
/// `sequence` is the number of its first frame and is counted on. A payload of 16 MiB − 1 or more is split.
pub fn put_packet(out: &mut Vec<u8>, sequence: &mut u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER]);
    write(out);
    close_packet(out, start, sequence);
}

/// Fills in the header of a packet whose four header bytes were left free at `start`; the payload is the rest of `out`.
fn close_packet(out: &mut Vec<u8>, start: usize, sequence: &mut u8) {
    let length = out.len().saturating_sub(start + HEADER);
    if length >= MAX_PAYLOAD {
        return split_packet(out, start, sequence);
    }
    if let Some(place) = out.get_mut(start..).and_then(|tail| tail.first_chunk_mut::<HEADER>()) {
        *place = header(length, *sequence);
    }
    *sequence = sequence.wrapping_add(1);
}

/// The rare packet that needs more than one frame.
fn split_packet(out: &mut Vec<u8>, start: usize, sequence: &mut u8) {
    let payload = out.split_off(start + HEADER);
    out.truncate(start);
    out.reserve(payload.len() + HEADER * (payload.len() / MAX_PAYLOAD + 1));
    for chunk in payload.chunks(MAX_PAYLOAD) {
        out.extend_from_slice(&header(chunk.len(), *sequence));
        out.extend_from_slice(chunk);
        *sequence = sequence.wrapping_add(1);
    }
    if payload.len().is_multiple_of(MAX_PAYLOAD) {
        out.extend_from_slice(&header(0, *sequence));
        *sequence = sequence.wrapping_add(1);
    }
}

/// A frame's header; `length` is at most [`MAX_PAYLOAD`].
fn header(length: usize, sequence: u8) -> [u8; HEADER] {
    let [a, b, c, ..] = length.to_le_bytes();
    [a, b, c, sequence]
}

// === impl Renumber ===

impl Renumber {
    /// Whether the last chunk ended within a frame.
    pub fn mid_frame(&self) -> bool {
        self.remaining > 0
    }

    /// Numbers the frames of `chunk` from `sequence` on. A chunk may begin and end within a frame, but never within a
    /// header ([`super::ResponseScanner`] never cuts one).
    pub fn apply(&mut self, chunk: &mut [u8], sequence: &mut u8) {
        let mut at = self.remaining;
        while let Some(tail) = chunk.get_mut(at..) {
            let Some(header) = FrameHeader::peek(tail) else { break };
            if let Some([_, _, _, number]) = tail.first_chunk_mut::<HEADER>() {
                *number = *sequence;
            }
            *sequence = sequence.wrapping_add(1);
            at += HEADER + header.length;
        }
        self.remaining = at.saturating_sub(chunk.len());
    }

    /// As [`Self::apply`], for a chunk that is known to be such a run: if its frames have the right numbers already, as
    /// they do behind a head of as many frames, they are not looked at one by one.
    pub fn apply_run(&mut self, chunk: &mut [u8], run: FrameRun, sequence: &mut u8) {
        match chunk.get(self.remaining..).and_then(FrameHeader::peek) {
            Some(first) if first.sequence != *sequence => return self.apply(chunk, sequence),
            Some(_) => *sequence = run.next,
            None => {}
        }
        self.remaining = run.open;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test")]
    use super::*;

    #[test]
    fn half_packets_wait_for_the_rest() {
        let whole = [3, 0, 0, 0, b'a', b'b', b'c', 1, 0, 0, 1, b'd'];
        let mut reader = FrameReader::new(100);
        let mut input = BytesMut::new();
        let mut seen = Vec::new();
        for byte in whole {
            input.extend_from_slice(&[byte]);
            if let Some(packet) = reader.next_packet(&mut input).unwrap() {
                seen.push((packet.sequence, packet.payload.to_vec()));
            }
        }
        assert_eq!(seen, [(0, b"abc".to_vec()), (1, b"d".to_vec())]);
        let (mut reader, mut input) = (FrameReader::new(100), BytesMut::new());
        let (mut payload, mut seen) = (Vec::new(), Vec::new());
        for byte in whole {
            input.extend_from_slice(&[byte]);
            if let Some(sequence) = reader.next_into(&mut input, &mut payload).unwrap() {
                seen.push((sequence, std::mem::take(&mut payload)));
            }
        }
        assert_eq!(seen, [(0, b"abc".to_vec()), (1, b"d".to_vec())]);
    }

    #[test]
    fn numbers_are_checked() {
        let mut input = BytesMut::from(&[0, 0, 0, 7][..]);
        let out_of_order = ProtocolError::OutOfOrder { expected: 0, got: 7 };
        assert_eq!(FrameReader::new(9).next_into(&mut input, &mut Vec::new()), Err(out_of_order.clone()));
        assert_eq!(FrameReader::new(9).next_packet(&mut input), Err(out_of_order));
    }

    #[test]
    fn the_limit_counts_before_bytes_are_held() {
        let mut input = BytesMut::from(&[11, 0, 0, 0][..]);
        let got = FrameReader::new(10).next_packet(&mut input);
        assert_eq!(got, Err(ProtocolError::PacketTooLarge { limit: 10 }));
    }

    #[test]
    fn large_packets_split_and_join() {
        for length in [MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * MAX_PAYLOAD] {
            let mut out = vec![9];
            let mut sequence = 0;
            put_packet(&mut out, &mut sequence, |out| out.resize(out.len() + length, b'x'));
            assert_eq!(usize::from(sequence), length / MAX_PAYLOAD + 1);
            let mut input = BytesMut::from(&out[1..]);
            let packet = FrameReader::new(1 << 26).next_packet(&mut input).unwrap().unwrap();
            assert_eq!(packet.payload.len(), length);
            assert!(packet.payload.iter().all(|&byte| byte == b'x') && input.is_empty());
            let (mut input, mut payload) = (BytesMut::from(&out[1..]), Vec::new());
            let last = FrameReader::new(length).next_into(&mut input, &mut payload).unwrap();
            assert_eq!((last, payload.len()), (Some(sequence - 1), length));
            assert!(payload == packet.payload && input.is_empty());
            let mut input = BytesMut::from(&out[1..]);
            assert!(FrameReader::new(length - 1).next_into(&mut input, &mut Vec::new()).is_err());
            let mut input = BytesMut::from(&out[1..]);
            assert!(FrameReader::new(length - 1).next_packet(&mut input).is_err());
        }
    }

    #[test]
    fn renumbering_hops_over_pieces() {
        let mut bytes = vec![2, 0, 0, 1, 9, 9, 1, 0, 0, 2, 8, 0, 0, 0, 3];
        let mut renumber = Renumber::default();
        let mut sequence = 5;
        let (head, tail) = bytes.split_at_mut(5);
        renumber.apply(head, &mut sequence);
        renumber.apply(tail, &mut sequence);
        assert_eq!(bytes, [2, 0, 0, 5, 9, 9, 1, 0, 0, 6, 8, 0, 0, 0, 7]);
        assert_eq!(sequence, 8);
    }
}
