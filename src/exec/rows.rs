//! Rows of a query of Weir's own, one after the other as they come: no more than a buffer of them is held.

use bytes::BytesMut;

use crate::backend::Connection;
use crate::error::{Code, SqlError};
use crate::wire::frame::FrameReader;
use crate::wire::{ResponseKind, ResponseScanner, Scanned};

/// As large as a row can be.
const MAX_ROW: usize = 1 << 30;
/// Bytes in front of a row's payload.
const HEADER: usize = 4;

/// A query whose rows are being read.
pub(super) struct Rows {
    scanner: ResponseScanner,
    /// None until the first row has come.
    reader: Option<FrameReader>,
    frames: BytesMut,
    failed: Option<SqlError>,
}

// === impl Rows ===

impl Rows {
    /// Sends a query.
    pub(super) async fn of(backend: &mut Connection, sql: &str) -> Result<Self, SqlError> {
        backend.queue_query(|out| out.extend_from_slice(sql.as_bytes()));
        backend.flush().await?;
        let scanner = backend.scanner(ResponseKind::Results);
        Ok(Self { scanner, reader: None, frames: BytesMut::new(), failed: None })
    }

    /// Calls back with each row that has come meanwhile, waiting for some. Says whether there may be more.
    ///
    /// # Errors
    /// The query's, when all of its rows have been read; or that of a row: then the connection cannot be used again.
    pub(super) async fn more(
        &mut self,
        backend: &mut Connection,
        mut row: impl FnMut(&[u8]) -> Result<(), SqlError>,
    ) -> Result<bool, SqlError> {
        let used = match backend.next(&mut self.scanner).await? {
            Scanned::Rows { bytes, .. } => {
                self.frames.extend_from_slice(backend.unread().get(bytes.clone()).unwrap_or_default());
                self.take(&mut row)?;
                bytes.end
            }
            Scanned::Err { frame } => {
                self.failed = Some(backend.error_at(frame.clone())?);
                frame.end
            }
            Scanned::ColumnCount { frame, .. }
            | Scanned::Column { frame }
            | Scanned::DefinitionsEnd { frame }
            | Scanned::End { frame, .. }
            | Scanned::Param { frame }
            | Scanned::Prepared { frame, .. }
            | Scanned::PrepareEnd { frame }
            | Scanned::LocalInfile { frame }
            | Scanned::Text { frame } => frame.end,
            Scanned::NeedBytes(_) | Scanned::Over => 0,
        };
        backend.consume(used);
        match (self.scanner.is_over(), self.failed.take()) {
            (true, Some(error)) => Err(error),
            (true, None) => Ok(false),
            (false, failed) => {
                self.failed = failed;
                Ok(true)
            }
        }
    }

    fn take(&mut self, row: &mut impl FnMut(&[u8]) -> Result<(), SqlError>) -> Result<(), SqlError> {
        if self.reader.is_none()
            && let Some(sequence) = self.frames.get(HEADER - 1)
        {
            let mut new = FrameReader::new(MAX_ROW);
            new.expect(*sequence);
            self.reader = Some(new);
        }
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let broken = |error: crate::wire::ProtocolError| {
            SqlError::new(Code::BackendAnswer, format!("a row cannot be read: {error}"))
        };
        while let Some(packet) = reader.next_packet(&mut self.frames).map_err(broken)? {
            row(&packet.payload)?;
        }
        Ok(())
    }
}

/// Calls back with each row of a query.
pub(super) async fn each_row(
    backend: &mut Connection,
    sql: &str,
    mut row: impl FnMut(&[u8]) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    let mut rows = Rows::of(backend, sql).await?;
    while rows.more(backend, &mut row).await? {}
    Ok(())
}
