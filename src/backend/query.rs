//! Questions of Weir's own: a statement in, the whole answer out. Not for clients' rows.

use bytes::{Bytes, BytesMut};

use super::{BackendError, Connection, Prepared, StatementKey};
use crate::error::Code;
use crate::wire::frame::{FrameHeader, HEADER};
use crate::wire::response::ResultEnd;
use crate::wire::text_row::text_cells;
use crate::wire::{ColumnDefinition41, FrameReader, ResponseKind, Scanned, command};

/// More bytes than this are not held for a question of Weir's own.
const LIMIT: usize = 64 << 20;

/// An answer in the text protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextResult {
    /// The columns' names; empty when the statement has no rows.
    pub columns: Vec<String>,
    /// The columns' definitions, as packets' payloads.
    pub definitions: Vec<Bytes>,
    /// The rows; NULL is None.
    pub rows: Vec<Vec<Option<Bytes>>>,
    /// What the server said at the end.
    pub end: ResultEnd,
}

// === impl TextResult ===

impl TextResult {
    /// The cell at a row and a column as text, if it is there, not NULL, and UTF-8.
    pub fn text(&self, row: usize, column: usize) -> Option<&str> {
        std::str::from_utf8(self.rows.get(row)?.get(column)?.as_deref()?).ok()
    }
}

// === impl Connection ===

impl Connection {
    /// Runs a statement and gives its last result.
    ///
    /// # Errors
    /// [`BackendError::Server`] when the statement failed; the connection is then fine. Any other error ends it.
    pub async fn query(&mut self, sql: &str) -> Result<TextResult, BackendError> {
        self.queue_query(|out| out.extend_from_slice(sql.as_bytes()));
        self.flush().await?;
        self.answer(ResponseKind::Results).await
    }

    /// COM_PING.
    pub async fn ping(&mut self) -> Result<(), BackendError> {
        self.queue_command(|out| out.push(command::byte::PING));
        self.flush().await?;
        self.answer(ResponseKind::Simple).await.map(drop)
    }

    /// Takes the answer to the oldest queued command as a whole; text rows only.
    pub async fn answer(&mut self, kind: ResponseKind) -> Result<TextResult, BackendError> {
        let mut scanner = self.scanner(kind);
        let mut result = TextResult::default();
        let mut rows = BytesMut::new();
        let mut failed = None;
        while !scanner.is_over() {
            let end = match self.next(&mut scanner).await? {
                Scanned::ColumnCount { frame, .. } => {
                    result = TextResult::default();
                    rows.clear();
                    frame.end
                }
                Scanned::Column { frame } => {
                    let payload = self.unread().get(HEADER..frame.end).unwrap_or_default();
                    let definition = Bytes::copy_from_slice(payload);
                    let column = ColumnDefinition41::decode(&definition).map_err(|error| self.protocol(error))?;
                    result.columns.push(String::from_utf8_lossy(column.name).into_owned());
                    result.definitions.push(definition);
                    frame.end
                }
                Scanned::Rows { bytes, .. } => {
                    rows.extend_from_slice(self.unread().get(bytes.clone()).unwrap_or_default());
                    if rows.len() > LIMIT {
                        return Err(self.too_much(LIMIT));
                    }
                    bytes.end
                }
                Scanned::End { end, frame, .. } => {
                    result.end = end;
                    self.take_rows(&mut rows, &mut result)?;
                    frame.end
                }
                Scanned::Err { frame } => {
                    failed = Some(self.error_at(frame.clone())?);
                    frame.end
                }
                Scanned::DefinitionsEnd { frame }
                | Scanned::Param { frame }
                | Scanned::Prepared { frame, .. }
                | Scanned::PrepareEnd { frame }
                | Scanned::LocalInfile { frame }
                | Scanned::Text { frame } => frame.end,
                Scanned::NeedBytes(_) | Scanned::Over => 0,
            };
            self.consume(end);
        }
        failed.map_or(Ok(result), |error| Err(BackendError::Server(error)))
    }

    /// The statement of a text on this connection: the open one, or prepared now. When the server has as many as it
    /// keeps for all its clients, the ones used least recently make room.
    pub async fn prepare(&mut self, key: &StatementKey<'_>) -> Result<Prepared, BackendError> {
        if let Some(prepared) = self.prepared(key) {
            return Ok(prepared);
        }
        loop {
            match self.prepare_anew(key).await {
                Err(BackendError::Server(error)) if error.is(Code::PreparedLimit) && self.close_oldest_prepared() => {}
                prepared => return prepared,
            }
        }
    }

    async fn prepare_anew(&mut self, key: &StatementKey<'_>) -> Result<Prepared, BackendError> {
        let kind = self.queue_prepare(key.text());
        self.flush().await?;
        let mut scanner = self.scanner(kind);
        let mut outcome = Err(None);
        while !scanner.is_over() {
            let end = match self.next(&mut scanner).await? {
                Scanned::Prepared { head, frame, .. } => {
                    outcome =
                        Ok(Prepared { statement_id: head.statement_id, params: head.params, columns: head.columns });
                    frame.end
                }
                Scanned::Err { frame } => {
                    outcome = Err(Some(self.error_at(frame.clone())?));
                    frame.end
                }
                Scanned::Param { frame }
                | Scanned::Column { frame }
                | Scanned::DefinitionsEnd { frame }
                | Scanned::PrepareEnd { frame } => frame.end,
                _ => 0,
            };
            self.consume(end);
        }
        match outcome {
            Ok(prepared) => {
                self.remember_prepared(key, prepared);
                Ok(prepared)
            }
            Err(Some(error)) => Err(BackendError::Server(error)),
            Err(None) => Err(self
                .protocol(crate::wire::ProtocolError::Malformed { packet: "StmtPrepareOk", what: "it did not come" })),
        }
    }

    /// Cuts the collected frames into rows and cells.
    fn take_rows(&mut self, rows: &mut BytesMut, result: &mut TextResult) -> Result<(), BackendError> {
        let mut frames = FrameReader::new(LIMIT);
        while let Some(header) = FrameHeader::peek(rows) {
            frames.expect(header.sequence);
            let Some(packet) = frames.next_packet(rows).map_err(|error| self.protocol(error))? else { break };
            let payload = packet.payload.freeze();
            let row: Result<Vec<_>, _> =
                text_cells(&payload).map(|cell| cell.map(|cell| cell.map(|bytes| payload.slice_ref(bytes)))).collect();
            result.rows.push(row.map_err(|error| self.protocol(error))?);
        }
        Ok(())
    }
}
