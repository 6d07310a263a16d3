//! Questions of Weir's own: a statement in, the whole answer out. Not for clients' rows.

use bytes::Bytes;

use super::{BackendError, Connection, Prepared, ServerKind, StatementKey};
use crate::error::Code;
use crate::wire::frame::{HEADER, RowPackets};
use crate::wire::response::ResultEnd;
use crate::wire::text_row::text_cells;
use crate::wire::{ColumnDefinition41, ResponseKind, Scanned, command};

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
        let (mut packets, mut held) = (RowPackets::new(), 0);
        let mut failed = None;
        while !scanner.is_over() {
            let scanned = self.next(&mut scanner).await?;
            let used = scanned.end();
            match scanned {
                Scanned::ColumnCount { .. } => (result, packets, held) = Default::default(),
                Scanned::Column { frame } => {
                    let payload = self.unread().get(HEADER..frame.end).unwrap_or_default();
                    let definition = Bytes::copy_from_slice(payload);
                    let column = ColumnDefinition41::decode(&definition).map_err(|error| self.protocol(error))?;
                    result.columns.push(String::from_utf8_lossy(column.name).into_owned());
                    result.definitions.push(definition);
                }
                Scanned::Rows { bytes, .. } => {
                    held += bytes.len();
                    if held > LIMIT {
                        return Err(self.too_much(LIMIT));
                    }
                    packets.push(self.unread().get(bytes).unwrap_or_default());
                    self.take_rows(&mut packets, &mut result)?;
                }
                Scanned::End { end, .. } => result.end = end,
                Scanned::Err { frame } => failed = Some(self.error_at(frame)?),
                _ => {}
            }
            self.consume(used);
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

    /// Queues COM_STMT_PREPARE, and says how its answer is read.
    ///
    /// On MySQL a COM_PING stands behind it where there are parameters: those that it drops are announced and never
    /// defined, so that only the next answer shows where the definitions end.
    pub fn queue_prepare(&mut self, sql: &[u8]) -> ResponseKind {
        self.queue_command(|out| command::put_stmt_prepare(out, sql));
        if self.kind() == ServerKind::MariaDb || !sql.contains(&b'?') {
            return ResponseKind::Prepare;
        }
        self.queue_silent(|out| out.push(command::byte::PING));
        ResponseKind::PrepareAndPing
    }

    async fn prepare_anew(&mut self, key: &StatementKey<'_>) -> Result<Prepared, BackendError> {
        let kind = self.queue_prepare(key.text());
        self.flush().await?;
        let mut scanner = self.scanner(kind);
        let mut outcome = Err(None);
        while !scanner.is_over() {
            let scanned = self.next(&mut scanner).await?;
            let used = scanned.end();
            match scanned {
                Scanned::Prepared { head, .. } => {
                    outcome =
                        Ok(Prepared { statement_id: head.statement_id, params: head.params, columns: head.columns });
                }
                Scanned::Err { frame } => outcome = Err(Some(self.error_at(frame)?)),
                _ => {}
            }
            self.consume(used);
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

    /// Cuts rows that are complete into cells.
    fn take_rows(&mut self, packets: &mut RowPackets, result: &mut TextResult) -> Result<(), BackendError> {
        while let Some(packet) = packets.next_row().map_err(|error| self.protocol(error))? {
            let payload = packet.freeze();
            let row: Result<Vec<_>, _> =
                text_cells(&payload).map(|cell| cell.map(|cell| cell.map(|bytes| payload.slice_ref(bytes)))).collect();
            result.rows.push(row.map_err(|error| self.protocol(error))?);
        }
        Ok(())
    }
}
