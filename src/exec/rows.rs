//! Rows of a query of Weir's own, one after the other as they come: no more than a buffer of them is held.

use crate::backend::Connection;
use crate::error::{Code, SqlError};
use crate::wire::frame::RowPackets;
use crate::wire::{ProtocolError, ResponseKind, ResponseScanner, Scanned};

/// A query whose rows are being read.
pub(super) struct Rows {
    scanner: ResponseScanner,
    packets: RowPackets,
    failed: Option<SqlError>,
}

// === impl Rows ===

impl Rows {
    /// Sends a query.
    pub(super) async fn of(backend: &mut Connection, sql: &str) -> Result<Self, SqlError> {
        backend.queue_query(|out| out.extend_from_slice(sql.as_bytes()));
        backend.flush().await?;
        let scanner = backend.scanner(ResponseKind::Results);
        Ok(Self { scanner, packets: RowPackets::new(), failed: None })
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
        let scanned = backend.next(&mut self.scanner).await?;
        let used = scanned.end();
        match scanned {
            Scanned::Rows { bytes, .. } => {
                self.packets.push(backend.unread().get(bytes).unwrap_or_default());
                while let Some(packet) = self.packets.next_row().map_err(broken)? {
                    row(&packet)?;
                }
            }
            Scanned::Err { frame } => self.failed = Some(backend.error_at(frame)?),
            _ => {}
        }
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
}

/// A row that is none.
pub(super) fn broken(error: ProtocolError) -> SqlError {
    SqlError::new(Code::BackendAnswer, format!("a row cannot be read: {error}"))
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
