//! Following a backend's answer, frame by frame, without reading rows.
//!
//! [`ResponseScanner::scan`] is given the bytes that have not been consumed yet and says what stands at their front.
//! A run of rows is one slice of whole frames to be forwarded as it is: a row costs one look at its header and first
//! byte. A row larger than what is in the buffer is handed on in pieces, so that nobody has to hold it. Sequence
//! numbers are checked. Both ways to end a result set are understood, with and without DEPRECATE_EOF.

use std::ops::Range;

use super::frame::{FrameHeader, FrameRun, HEADER, MAX_PAYLOAD};
use super::read::Reader;
use super::{Capabilities, EofPacket, ErrPacket, OkPacket, ProtocolError, StatusFlags, StmtPrepareOk};

/// A row that is not complete is handed on in pieces once this many bytes of it have come.
const PIECE: usize = 16 * 1024;

/// No server sends more columns; MySQL's limit is 4096.
const MAX_COLUMNS: u64 = 65_535;

/// What kind of command is being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseKind {
    /// COM_QUERY and COM_STMT_EXECUTE: OK, ERR, rows, or several of these.
    Results,
    /// COM_STMT_PREPARE.
    Prepare,
    /// COM_STMT_PREPARE and a COM_PING behind it, whose OK shows where the definitions end. MySQL announces parameters
    /// that it has dropped (in an ORDER BY that does not matter) and never defines them.
    PrepareAndPing,
    /// COM_FIELD_LIST: definitions without a count.
    FieldList,
    /// COM_PING, COM_INIT_DB, COM_STMT_RESET, COM_RESET_CONNECTION, COM_SET_OPTION: OK, EOF or ERR.
    Simple,
    /// COM_STATISTICS: one string.
    Text,
}

/// What stands at the front of the bytes. Ranges are over the scanned slice and begin at 0; all of them are frames
/// with their headers. The caller consumes up to the range's end before it scans again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// Nothing whole yet; the slice must grow to at least this many bytes.
    NeedBytes(usize),
    /// A result set begins.
    ColumnCount {
        /// How many columns.
        count: usize,
        /// The frame.
        frame: Range<usize>,
    },
    /// A column definition of a result set, a prepared statement, or a table.
    Column {
        /// The frame.
        frame: Range<usize>,
    },
    /// A parameter definition of a prepared statement; or, when some of those announced are not defined, of one of its
    /// columns: these are always the last ones.
    Param {
        /// The frame.
        frame: Range<usize>,
    },
    /// The EOF packet between definitions and what follows them (without DEPRECATE_EOF).
    DefinitionsEnd {
        /// The frame.
        frame: Range<usize>,
    },
    /// Rows.
    Rows {
        /// Whole frames; the first may be the rest, and the last the beginning, of a large row.
        bytes: Range<usize>,
        /// How many rows end here.
        rows: u64,
        /// How the frames lie.
        run: FrameRun,
    },
    /// A statement has been prepared.
    Prepared {
        /// Its numbers.
        head: StmtPrepareOk,
        /// Whether definitions are announced.
        more: bool,
        /// The frame.
        frame: Range<usize>,
    },
    /// A result is over.
    End {
        /// What the packet says.
        end: ResultEnd,
        /// Whether another result follows.
        more: bool,
        /// The frame.
        frame: Range<usize>,
    },
    /// The definitions of a prepared statement are over, and the response with them. Comes with an EOF frame, with the
    /// OK of a COM_PING, or with an empty range after the last definition (DEPRECATE_EOF).
    PrepareEnd {
        /// The frame, or nothing.
        frame: Range<usize>,
    },
    /// An error; the response is over, but for the OK of a COM_PING.
    Err {
        /// The frame.
        frame: Range<usize>,
    },
    /// The server asks for a file (LOAD DATA LOCAL); after the file an OK or ERR follows.
    LocalInfile {
        /// The frame.
        frame: Range<usize>,
    },
    /// The answer to COM_STATISTICS; the response is over.
    Text {
        /// The frame.
        frame: Range<usize>,
    },
    /// The response was over before this call.
    Over,
}

// === impl Scanned ===

impl Scanned {
    /// How many bytes it takes at the front.
    pub fn end(&self) -> usize {
        match self {
            Self::Rows { bytes, .. } => bytes.end,
            Self::ColumnCount { frame, .. }
            | Self::Column { frame }
            | Self::Param { frame }
            | Self::DefinitionsEnd { frame }
            | Self::Prepared { frame, .. }
            | Self::End { frame, .. }
            | Self::PrepareEnd { frame }
            | Self::Err { frame }
            | Self::LocalInfile { frame }
            | Self::Text { frame } => frame.end,
            Self::NeedBytes(_) | Self::Over => 0,
        }
    }
}

/// What an OK or EOF packet at the end of a result says. The packet itself is the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ResultEnd {
    /// Rows changed; 0 after rows.
    pub affected_rows: u64,
    /// The first AUTO_INCREMENT value made.
    pub last_insert_id: u64,
    /// Status flags.
    pub status: StatusFlags,
    /// How many warnings there are.
    pub warnings: u16,
    /// Whether session-track sections are in the frame.
    pub state_changed: bool,
}

/// Follows one response.
#[derive(Clone, Debug)]
pub struct ResponseScanner {
    capabilities: Capabilities,
    state: State,
    /// The number of the next frame; unknown before the first.
    sequence: Option<u8>,
    /// The answer to COM_PING comes behind the one to COM_STMT_PREPARE.
    ping_behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first packet of a result.
    Head(ResponseKind),
    /// So many definitions are still to come.
    Columns(usize),
    /// EOF after definitions.
    ColumnsEof,
    /// Between rows.
    Rows,
    /// Inside a row's frame: bytes of the frame still to come, and whether the row goes on in a next frame.
    InRow {
        remaining: usize,
        continues: bool,
    },
    /// At the header of a frame that continues a row.
    NextOfRow,
    /// Definitions of a prepared statement.
    Prepared {
        params: u16,
        columns: u16,
        eof: bool,
    },
    /// The answer to COM_PING.
    Ping,
    /// Definitions of a table.
    Fields,
    Over,
}

// === impl ResponseScanner ===

impl ResponseScanner {
    /// A scanner for the answer to one command. `capabilities` are those of the backend connection.
    pub fn new(kind: ResponseKind, capabilities: Capabilities) -> Self {
        let ping_behind = kind == ResponseKind::PrepareAndPing;
        Self { capabilities, state: State::Head(kind), sequence: None, ping_behind }
    }

    /// Whether the response has been seen to its end.
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Says what is at the front of `bytes`.
    ///
    /// # Errors
    /// Bytes that cannot be such an answer; the connection is then useless.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Scanned, ProtocolError> {
        match self.state {
            State::Rows | State::InRow { .. } | State::NextOfRow => self.scan_rows(bytes),
            State::Over => Ok(Scanned::Over),
            State::Prepared { params: 0, columns: 0, eof: false } => {
                self.state = State::Over;
                Ok(Scanned::PrepareEnd { frame: 0..0 })
            }
            _ => match self.whole_packet(bytes)? {
                Whole::Missing(need) => Ok(Scanned::NeedBytes(need)),
                Whole::Packet { end, payload } => self.packet(payload, 0..end),
            },
        }
    }

    /// The caller has recognised a whole head at the front: a column count and so many definitions, in frames that are
    /// numbered from 1.
    pub fn skip_head(&mut self, columns: usize) {
        self.state = if self.deprecate_eof() { State::Rows } else { State::ColumnsEof };
        // Numbers go round: the low byte is what counts.
        self.sequence = (columns.wrapping_add(2) & 0xFF).try_into().ok();
    }

    /// A file asked for by LOAD DATA LOCAL has been sent; `sequence` is the number of the answer that is due.
    pub fn local_infile_sent(&mut self, sequence: u8) {
        self.state = State::Head(ResponseKind::Results);
        self.sequence = Some(sequence);
    }

    fn deprecate_eof(&self) -> bool {
        self.capabilities.contains(Capabilities::DEPRECATE_EOF)
    }

    fn check_sequence(&mut self, got: u8) -> Result<(), ProtocolError> {
        if let Some(expected) = self.sequence
            && expected != got
        {
            return Err(ProtocolError::OutOfOrder { expected, got });
        }
        self.sequence = Some(got.wrapping_add(1));
        Ok(())
    }

    /// A packet that is wanted whole. None of those is 16 MiB long.
    fn whole_packet<'b>(&mut self, bytes: &'b [u8]) -> Result<Whole<'b>, ProtocolError> {
        let Some(header) = FrameHeader::peek(bytes) else { return Ok(Whole::Missing(HEADER)) };
        if header.length == MAX_PAYLOAD {
            return Err(ProtocolError::Malformed { packet: "response", what: "a definition of 16 MiB" });
        }
        let end = HEADER + header.length;
        let Some(payload) = bytes.get(HEADER..end) else { return Ok(Whole::Missing(end)) };
        if self.ping_behind && matches!(self.state, State::Prepared { .. }) && payload.first() == Some(&0) {
            // No definition begins so.
            self.await_ping();
        }
        self.check_sequence(header.sequence)?;
        Ok(Whole::Packet { end, payload })
    }

    fn packet(&mut self, payload: &[u8], frame: Range<usize>) -> Result<Scanned, ProtocolError> {
        match self.state {
            State::Head(kind) => self.head(kind, payload, frame),
            State::Columns(left) => {
                if payload.first() == Some(&ErrPacket::HEADER) {
                    self.state = State::Over;
                    return Ok(Scanned::Err { frame });
                }
                self.state = match left.saturating_sub(1) {
                    0 if self.deprecate_eof() => State::Rows,
                    0 => State::ColumnsEof,
                    left => State::Columns(left),
                };
                Ok(Scanned::Column { frame })
            }
            State::ColumnsEof => {
                if payload.first() == Some(&ErrPacket::HEADER) {
                    self.state = State::Over;
                    return Ok(Scanned::Err { frame });
                }
                EofPacket::decode(payload)?;
                self.state = State::Rows;
                Ok(Scanned::DefinitionsEnd { frame })
            }
            State::Prepared { params, columns, eof } => self.prepared(params, columns, eof, payload, frame),
            State::Ping => {
                self.state = State::Over;
                match payload.first() {
                    Some(0) => Ok(Scanned::PrepareEnd { frame }),
                    Some(&ErrPacket::HEADER) => Ok(Scanned::Err { frame }),
                    first => {
                        let first = first.copied().unwrap_or_default();
                        Err(ProtocolError::Unexpected { first, during: "waiting for the answer to COM_PING" })
                    }
                }
            }
            State::Fields => match payload.first() {
                Some(&ErrPacket::HEADER) => self.error(frame),
                Some(&EofPacket::HEADER) => self.end(payload, frame),
                _ => Ok(Scanned::Column { frame }),
            },
            State::Rows | State::InRow { .. } | State::NextOfRow | State::Over => Ok(Scanned::Over),
        }
    }

    fn head(&mut self, kind: ResponseKind, payload: &[u8], frame: Range<usize>) -> Result<Scanned, ProtocolError> {
        let Some(&first) = payload.first() else {
            return Err(ProtocolError::Malformed { packet: "response", what: "it is empty" });
        };
        match (kind, first) {
            (_, ErrPacket::HEADER) => self.error(frame),
            (ResponseKind::Text, _) => {
                self.state = State::Over;
                Ok(Scanned::Text { frame })
            }
            (ResponseKind::Prepare | ResponseKind::PrepareAndPing, 0) => {
                let head = StmtPrepareOk::decode(payload)?;
                let more = head.params > 0 || head.columns > 0;
                if more {
                    self.state = State::Prepared { params: head.params, columns: head.columns, eof: false };
                } else {
                    self.prepare_over();
                }
                Ok(Scanned::Prepared { head, more, frame })
            }
            (ResponseKind::FieldList, first) => {
                self.state = State::Fields;
                if first == EofPacket::HEADER {
                    return self.end(payload, frame);
                }
                Ok(Scanned::Column { frame })
            }
            (ResponseKind::Results, 0) | (ResponseKind::Simple, 0 | EofPacket::HEADER) => self.end(payload, frame),
            (ResponseKind::Results, 0xFB) => {
                self.state = State::Over;
                Ok(Scanned::LocalInfile { frame })
            }
            (ResponseKind::Results, _) => {
                let mut reader = Reader::new(payload, "column count");
                let count = reader.lenenc_int()?;
                let Some(count) = usize::try_from(count).ok().filter(|_| (1..=MAX_COLUMNS).contains(&count)) else {
                    return Err(reader.malformed("a number of columns that cannot be"));
                };
                self.state = State::Columns(count);
                Ok(Scanned::ColumnCount { count, frame })
            }
            (ResponseKind::Prepare | ResponseKind::PrepareAndPing | ResponseKind::Simple, first) => {
                Err(ProtocolError::Unexpected { first, during: "waiting for the answer to a command" })
            }
        }
    }

    fn prepared(
        &mut self,
        params: u16,
        columns: u16,
        eof: bool,
        payload: &[u8],
        frame: Range<usize>,
    ) -> Result<Scanned, ProtocolError> {
        if payload.first() == Some(&ErrPacket::HEADER) {
            return self.error(frame);
        }
        if eof {
            EofPacket::decode(payload)?;
            if columns == 0 {
                self.prepare_over();
                let over = self.is_over();
                return Ok(if over { Scanned::PrepareEnd { frame } } else { Scanned::DefinitionsEnd { frame } });
            }
            self.state = State::Prepared { params, columns, eof: false };
            return Ok(Scanned::DefinitionsEnd { frame });
        }
        let with_eof = !self.deprecate_eof();
        if let Some(params) = params.checked_sub(1) {
            self.state = State::Prepared { params, columns, eof: with_eof && params == 0 };
            self.ping_after_last(with_eof);
            return Ok(Scanned::Param { frame });
        }
        let columns = columns.saturating_sub(1);
        self.state = State::Prepared { params, columns, eof: with_eof && columns == 0 };
        self.ping_after_last(with_eof);
        Ok(Scanned::Column { frame })
    }

    /// Without EOF packets the answer to COM_PING comes right behind the last definition.
    fn ping_after_last(&mut self, with_eof: bool) {
        if self.ping_behind && !with_eof && matches!(self.state, State::Prepared { params: 0, columns: 0, .. }) {
            self.await_ping();
        }
    }

    /// All has been said about a prepared statement.
    fn prepare_over(&mut self) {
        if self.ping_behind {
            self.await_ping();
        } else {
            self.state = State::Over;
        }
    }

    fn await_ping(&mut self) {
        self.state = State::Ping;
        self.sequence = Some(1);
    }

    fn error(&mut self, frame: Range<usize>) -> Result<Scanned, ProtocolError> {
        self.prepare_over();
        Ok(Scanned::Err { frame })
    }

    /// An OK or EOF packet that ends a result.
    fn end(&mut self, payload: &[u8], frame: Range<usize>) -> Result<Scanned, ProtocolError> {
        let end = if payload.first() == Some(&EofPacket::HEADER) && !self.deprecate_eof() {
            let eof = EofPacket::decode(payload)?;
            ResultEnd { status: eof.status, warnings: eof.warnings, ..ResultEnd::default() }
        } else if payload.first() == Some(&EofPacket::HEADER) && payload.len() == 5 {
            // COM_SET_OPTION is answered by an EOF packet even with DEPRECATE_EOF (MariaDB). An OK has at least 7.
            let eof = EofPacket::decode(payload)?;
            ResultEnd { status: eof.status, warnings: eof.warnings, ..ResultEnd::default() }
        } else {
            let ok = OkPacket::decode(payload, self.capabilities)?;
            ResultEnd {
                affected_rows: ok.affected_rows,
                last_insert_id: ok.last_insert_id,
                status: ok.status,
                warnings: ok.warnings,
                state_changed: !ok.session_state.is_empty(),
            }
        };
        let more = end.status.contains(StatusFlags::MORE_RESULTS);
        self.state = if more { State::Head(ResponseKind::Results) } else { State::Over };
        Ok(Scanned::End { end, more, frame })
    }

    /// Hops over as many rows as there are.
    fn scan_rows(&mut self, bytes: &[u8]) -> Result<Scanned, ProtocolError> {
        let mut at = 0;
        let mut rows = 0;
        loop {
            if let State::InRow { remaining, continues } = self.state {
                let here = bytes.len().saturating_sub(at).min(remaining);
                at += here;
                if here < remaining {
                    self.state = State::InRow { remaining: remaining - here, continues };
                    break;
                }
                rows += u64::from(!continues);
                self.state = if continues { State::NextOfRow } else { State::Rows };
            }
            if self.state == State::Rows {
                self.hop_whole_rows(bytes, &mut at, &mut rows);
            }
            let tail = bytes.get(at..).unwrap_or_default();
            let Some(header) = FrameHeader::peek(tail) else { break };
            if self.state == State::Rows {
                // The frame's first byte tells rows from ends; a row has at least one byte.
                let Some(&first) = tail.get(HEADER) else {
                    if header.length == 0 {
                        return Err(ProtocolError::Malformed { packet: "row", what: "it is empty" });
                    }
                    break;
                };
                if header.length == 0 {
                    return Err(ProtocolError::Malformed { packet: "row", what: "it is empty" });
                }
                if first >= EofPacket::HEADER && self.ends_rows(first, header) {
                    if at > 0 {
                        break;
                    }
                    return self.end_of_rows(bytes, first);
                }
            }
            let whole = HEADER + header.length;
            if tail.len() < whole && tail.len() < PIECE {
                break;
            }
            self.check_sequence(header.sequence)?;
            at += HEADER;
            self.state = State::InRow { remaining: header.length, continues: header.length == MAX_PAYLOAD };
        }
        if at > 0 {
            let open = if let State::InRow { remaining, .. } = self.state { remaining } else { 0 };
            let run = FrameRun { next: self.sequence.unwrap_or_default(), open };
            return Ok(Scanned::Rows { bytes: 0..at, rows, run });
        }
        Ok(Scanned::NeedBytes(match (self.state, FrameHeader::peek(bytes)) {
            (State::InRow { .. }, _) => 1,
            (_, Some(header)) => (HEADER + header.length).min(PIECE).max(HEADER + usize::from(header.length > 0)),
            (_, None) => HEADER + 1,
        }))
    }

    /// Hops over the rows that are whole and begin like no end, which most of them do.
    fn hop_whole_rows(&mut self, bytes: &[u8], at: &mut usize, rows: &mut u64) {
        let Some(mut due) = self.sequence else { return };
        let mut rest = bytes.get(*at..).unwrap_or_default();
        while let (Some(header), Some(&first)) = (FrameHeader::peek(rest), rest.get(HEADER)) {
            let plain = header.sequence == due && (1..MAX_PAYLOAD).contains(&header.length);
            if !plain || first >= EofPacket::HEADER {
                break;
            }
            let Some(behind) = rest.get(HEADER + header.length..) else { break };
            rest = behind;
            due = due.wrapping_add(1);
            *rows += 1;
        }
        self.sequence = Some(due);
        *at = bytes.len() - rest.len();
    }

    /// Whether a frame between rows is no row. A row whose first cell has 16 MiB or more begins with 0xFE too, but
    /// fills its frame.
    fn ends_rows(&self, first: u8, header: FrameHeader) -> bool {
        match first {
            ErrPacket::HEADER => true,
            EofPacket::HEADER if self.deprecate_eof() => header.length < MAX_PAYLOAD,
            EofPacket::HEADER => header.length < 9,
            _ => false,
        }
    }

    fn end_of_rows(&mut self, bytes: &[u8], first: u8) -> Result<Scanned, ProtocolError> {
        match self.whole_packet(bytes)? {
            Whole::Missing(need) => Ok(Scanned::NeedBytes(need)),
            Whole::Packet { end, .. } if first == ErrPacket::HEADER => self.error(0..end),
            Whole::Packet { end, payload } => self.end(payload, 0..end),
        }
    }
}

enum Whole<'b> {
    Missing(usize),
    Packet { end: usize, payload: &'b [u8] },
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test")]
    use super::*;
    use crate::wire::frame::{Renumber, put_packet};

    const COLUMN: &[u8] = b"\x03def\0\0\0\x01i\0\x0c\x3f\0\x0b\0\0\0\x03\0\0\0\0\0";
    const END: &[u8] = b"\xfe\0\0\x02\0\0\0";

    fn frames(payloads: &[&[u8]]) -> Vec<u8> {
        let (mut out, mut sequence) = (Vec::new(), 1);
        for payload in payloads {
            put_packet(&mut out, &mut sequence, |out| out.extend_from_slice(payload));
        }
        out
    }

    /// Feeds `bytes` in steps of `step` and gives a word an event; also checks that each byte is covered once.
    fn events(kind: ResponseKind, capabilities: Capabilities, bytes: &[u8], step: usize) -> Vec<String> {
        let mut scanner = ResponseScanner::new(kind, capabilities);
        let (mut at, mut end, mut seen) = (0, 0, Vec::new());
        while !scanner.is_over() {
            let (word, range) = match scanner.scan(&bytes[at..end]).unwrap() {
                Scanned::NeedBytes(need) => {
                    assert!(need > end - at, "asked for bytes that are there");
                    assert!(end < bytes.len(), "asked for more than there is");
                    end = bytes.len().min(end + step);
                    continue;
                }
                Scanned::ColumnCount { count, frame } => (format!("count {count}"), frame),
                Scanned::Column { frame } => ("column".into(), frame),
                Scanned::Param { frame } => ("param".into(), frame),
                Scanned::DefinitionsEnd { frame } => ("eof".into(), frame),
                Scanned::Rows { bytes, rows, .. } => (format!("rows {rows}"), bytes),
                Scanned::Prepared { frame, .. } => ("prepared".into(), frame),
                Scanned::End { more, frame, .. } => (format!("end {more}"), frame),
                Scanned::PrepareEnd { frame } => ("prepare end".into(), frame),
                Scanned::Err { frame } => ("err".into(), frame),
                Scanned::LocalInfile { frame } => ("file".into(), frame),
                Scanned::Text { frame } => ("text".into(), frame),
                Scanned::Over => unreachable!(),
            };
            assert_eq!(range.start, 0);
            at += range.end;
            seen.push(word);
        }
        assert_eq!(at, bytes.len(), "not all consumed");
        seen
    }

    #[test]
    fn rows_with_and_without_eof() {
        let bytes = frames(&[&[1], COLUMN, b"\x011", b"\x012", END]);
        let seen = events(ResponseKind::Results, Capabilities::DEPRECATE_EOF, &bytes, 1000);
        assert_eq!(seen, ["count 1", "column", "rows 2", "end false"]);
        let eof = b"\xfe\0\0\x02\0";
        let bytes = frames(&[&[1], COLUMN, eof, b"\x011", b"\x012", eof]);
        let seen = events(ResponseKind::Results, Capabilities::default(), &bytes, 1000);
        assert_eq!(seen, ["count 1", "column", "eof", "rows 2", "end false"]);
        for step in 1..20 {
            let seen = events(ResponseKind::Results, Capabilities::default(), &bytes, step);
            assert_eq!(seen.iter().filter(|word| *word == "rows 1").count(), 2 - usize::from(seen.len() == 5) * 2);
        }
    }

    #[test]
    fn a_head_that_is_known_is_skipped() {
        for (capabilities, eof) in [(Capabilities::DEPRECATE_EOF, false), (Capabilities::default(), true)] {
            for columns in [1, 2, 254, 300] {
                let mut packets: Vec<&[u8]> = vec![&[1]];
                packets.extend(std::iter::repeat_n(COLUMN, columns));
                let head = frames(&packets).len();
                if eof {
                    packets.push(&END[..5]);
                }
                packets.extend([&b"\x011"[..], if eof { &END[..5] } else { END }]);
                let bytes = frames(&packets);
                let mut scanner = ResponseScanner::new(ResponseKind::Results, capabilities);
                scanner.skip_head(columns);
                let mut at = head;
                let mut seen = Vec::new();
                while !scanner.is_over() {
                    let (word, end) = match scanner.scan(&bytes[at..]).unwrap() {
                        Scanned::DefinitionsEnd { frame } => ("eof", frame.end),
                        Scanned::Rows { bytes, .. } => ("rows", bytes.end),
                        Scanned::End { frame, .. } => ("end", frame.end),
                        other => panic!("{other:?}"),
                    };
                    seen.push(word);
                    at += end;
                }
                assert_eq!(seen, if eof { vec!["eof", "rows", "end"] } else { vec!["rows", "end"] });
            }
        }
    }

    #[test]
    fn runs_of_rows_are_numbered_as_their_packets_are() {
        // Short rows, one of two frames, one that begins like an end, and more than 256 of them.
        let large = vec![b'x'; MAX_PAYLOAD + 40_000];
        let mut like_end = vec![0xFE, 0, 0, 0, 1, 0, 0, 0, 0];
        like_end.resize(9 + (1 << 24), b'y');
        let mut rows: Vec<&[u8]> = vec![b"\x011"; 300];
        rows.extend([&large[..], b"\x05abcde", &like_end, b"\xfb"]);
        for first in [1, 2, 200] {
            let (mut sent, mut expected, mut numbers) = (Vec::new(), Vec::new(), (1, first));
            for payload in [&[1], COLUMN].into_iter().chain(rows.iter().copied()) {
                put_packet(&mut sent, &mut numbers.0, |out| out.extend_from_slice(payload));
                put_packet(&mut expected, &mut numbers.1, |out| out.extend_from_slice(payload));
            }
            put_packet(&mut sent, &mut numbers.0, |out| out.extend_from_slice(END));
            for step in [7, 50_000, usize::MAX / 2] {
                let mut scanner = ResponseScanner::new(ResponseKind::Results, Capabilities::DEPRECATE_EOF);
                let (mut renumber, mut sequence, mut shown) = (Renumber::default(), first, Vec::new());
                let (mut at, mut end) = (0, 0);
                while !scanner.is_over() {
                    let (frame, run) = match scanner.scan(&sent[at..end]).unwrap() {
                        Scanned::Rows { bytes, run, .. } => (bytes, Some(run)),
                        Scanned::NeedBytes(_) => {
                            // Slow steps only where rows are short.
                            let step = if at < 5_000 { step } else { step.max(50_000) };
                            end = sent.len().min(end.saturating_add(step));
                            continue;
                        }
                        Scanned::End { .. } => continue,
                        other => (0..other.end(), None),
                    };
                    let from = shown.len();
                    shown.extend_from_slice(&sent[at..at + frame.end]);
                    match run {
                        Some(run) => renumber.apply_run(&mut shown[from..], run, &mut sequence),
                        None => renumber.apply(&mut shown[from..], &mut sequence),
                    }
                    at += frame.end;
                }
                assert!(shown == expected && sequence == numbers.1, "from {first} on, in steps of {step}");
            }
        }
    }

    #[test]
    fn several_results_and_errors() {
        let bytes = frames(&[b"\0\x01\0\x0a\0\0\0", &[1], COLUMN, b"\x011", b"\xff\x28\x04#42000no"]);
        let seen = events(ResponseKind::Results, Capabilities::DEPRECATE_EOF, &bytes, 7);
        assert_eq!(seen, ["end true", "count 1", "column", "rows 1", "err"]);
    }

    #[test]
    fn prepared_statements() {
        let head = b"\0\x01\0\0\0\x01\0\x02\0\0\0\0";
        let bytes = frames(&[head, COLUMN, COLUMN, COLUMN]);
        let seen = events(ResponseKind::Prepare, Capabilities::DEPRECATE_EOF, &bytes, 1000);
        assert_eq!(seen, ["prepared", "param", "param", "column", "prepare end"]);
        let eof = b"\xfe\0\0\x02\0";
        let bytes = frames(&[head, COLUMN, COLUMN, eof, COLUMN, eof]);
        let seen = events(ResponseKind::Prepare, Capabilities::default(), &bytes, 5);
        assert_eq!(seen, ["prepared", "param", "param", "eof", "column", "prepare end"]);
        let bytes = frames(&[b"\0\x01\0\0\0\0\0\0\0\0\0\0"]);
        assert_eq!(events(ResponseKind::Prepare, Capabilities::default(), &bytes, 5), ["prepared"]);
    }

    #[test]
    fn parameters_that_are_announced_and_never_defined() {
        const OK: &[u8] = b"\0\0\0\x02\0\0\0";
        let check = |head: &[u8], definitions: usize, expected: &[&str]| {
            let mut packets = vec![head];
            packets.extend(std::iter::repeat_n(COLUMN, definitions));
            let bytes = [frames(&packets), frames(&[OK])].concat();
            for step in [3, 1000] {
                let seen = events(ResponseKind::PrepareAndPing, Capabilities::DEPRECATE_EOF, &bytes, step);
                assert_eq!(seen, expected);
            }
        };
        let head = b"\0\x01\0\0\0\x01\0\x02\0\0\0\0";
        check(head, 3, &["prepared", "param", "param", "column", "prepare end"]);
        check(head, 2, &["prepared", "param", "param", "prepare end"]);
        check(head, 0, &["prepared", "prepare end"]);
        check(b"\0\x01\0\0\0\0\0\0\0\0\0\0", 0, &["prepared", "prepare end"]);
        // The number of the frame behind 254 definitions is 0.
        let many: Vec<_> = ["prepared"].into_iter().chain(["param"; 254]).chain(["prepare end"]).collect();
        check(b"\0\x01\0\0\0\0\0\xff\0\0\0\0", 254, &many);
        check(b"\xff\x28\x04#42000no", 0, &["err", "prepare end"]);
        let eof = &END[..5];
        let bytes = [frames(&[head, COLUMN, COLUMN, eof, COLUMN, eof]), frames(&[OK])].concat();
        let seen = events(ResponseKind::PrepareAndPing, Capabilities::default(), &bytes, 5);
        assert_eq!(seen, ["prepared", "param", "param", "eof", "column", "eof", "prepare end"]);
    }

    #[test]
    fn a_row_of_more_than_a_frame_that_begins_like_an_end() {
        // One cell of 2^24 bytes: lenenc with 0xFE, two frames, the second one short.
        let mut row = vec![0xFE, 0, 0, 0, 1, 0, 0, 0, 0];
        row.resize(9 + (1 << 24), 0xFE);
        let bytes = frames(&[&[1], COLUMN, &row, b"\x012", END]);
        for capabilities in [Capabilities::DEPRECATE_EOF, Capabilities::default()] {
            let bytes = match capabilities {
                Capabilities::DEPRECATE_EOF => bytes.clone(),
                _ => frames(&[&[1], COLUMN, &END[..5], &row, b"\x012", &END[..5]]),
            };
            for step in [70_000, 1_000_003, usize::MAX / 2] {
                let seen = events(ResponseKind::Results, capabilities, &bytes, step);
                let total: u64 = seen.iter().filter_map(|word| word.strip_prefix("rows ")?.parse::<u64>().ok()).sum();
                assert_eq!((total, seen.last().unwrap().as_str()), (2, "end false"));
            }
        }
    }

    #[test]
    fn a_row_of_exactly_one_frame_has_an_empty_continuation() {
        let mut row = vec![0xFD, 0xFB, 0xFF, 0xFF];
        row.resize(MAX_PAYLOAD, b'x');
        let bytes = frames(&[&[1], COLUMN, &row, END]);
        let seen = events(ResponseKind::Results, Capabilities::DEPRECATE_EOF, &bytes, usize::MAX / 2);
        assert_eq!(seen, ["count 1", "column", "rows 1", "end false"]);
    }

    #[test]
    fn a_lost_frame_is_noticed() {
        let mut bytes = frames(&[&[1], COLUMN, b"\x011", END]);
        let last = bytes.len() - END.len() - 1;
        bytes[last] = 9;
        let mut scanner = ResponseScanner::new(ResponseKind::Results, Capabilities::DEPRECATE_EOF);
        let mut at = 0;
        let error = loop {
            match scanner.scan(&bytes[at..]) {
                Ok(Scanned::ColumnCount { frame, .. } | Scanned::Column { frame }) => at += frame.end,
                Ok(Scanned::Rows { bytes, .. }) => at += bytes.end,
                Ok(other) => panic!("{other:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error, ProtocolError::OutOfOrder { expected: 4, got: 9 });
    }

    #[test]
    fn simple_answers() {
        let ok = frames(&[b"\0\0\0\x02\0\0\0"]);
        assert_eq!(events(ResponseKind::Simple, Capabilities::DEPRECATE_EOF, &ok, 3), ["end false"]);
        let eof = frames(&[b"\xfe\0\0\x02\0"]);
        assert_eq!(events(ResponseKind::Simple, Capabilities::DEPRECATE_EOF, &eof, 3), ["end false"]);
        let fields = frames(&[COLUMN, COLUMN, END]);
        let seen = events(ResponseKind::FieldList, Capabilities::DEPRECATE_EOF, &fields, 3);
        assert_eq!(seen, ["column", "column", "end false"]);
        let text = frames(&[b"Uptime: 1"]);
        assert_eq!(events(ResponseKind::Text, Capabilities::default(), &text, 3), ["text"]);
    }
}
