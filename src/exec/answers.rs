//! Small answers that are held: errors, warnings, the end of rows.

use super::{Outcome, Warning, control, relay};
use crate::backend::{BackendError, Connection};
use crate::client::ClientStream;
use crate::error::{Code, SqlError};
use crate::wire::ok::OkHeader;
use crate::wire::{Capabilities, EofPacket, ErrPacket, OkPacket, ResponseKind, Scanned, StatusFlags};

/// The error in an ERR packet.
pub(super) fn error(payload: &[u8]) -> SqlError {
    match ErrPacket::decode(payload) {
        Ok(packet) => packet.to_sql_error(),
        Err(error) => SqlError::new(Code::BackendAnswer, format!("a backend's error cannot be read: {error}")),
    }
}

/// The answer to a statement without rows.
pub(super) async fn outcome(backend: &mut Connection) -> Result<Outcome, BackendError> {
    let mut scanner = backend.scanner(ResponseKind::Results);
    let capabilities = backend.capabilities();
    let mut outcome = Outcome::default();
    let mut failed = None;
    while !scanner.is_over() {
        let scanned = backend.next(&mut scanner).await?;
        let used = scanned.end();
        match scanned {
            Scanned::End { frame, .. } => {
                if let Ok(ok) = OkPacket::decode(relay::payload(backend.unread(), &frame), capabilities) {
                    outcome.affected_rows = ok.affected_rows;
                    outcome.last_insert_id = ok.last_insert_id;
                    outcome.warnings = ok.warnings;
                    outcome.message = ok.message.to_vec();
                }
            }
            Scanned::Err { frame } => failed = Some(backend.error_at(frame)?),
            _ => {}
        }
        backend.consume(used);
    }
    failed.map_or(Ok(outcome), |error| Err(BackendError::Server(error)))
}

/// The warnings of the statement that ran last on a connection, under physical names.
///
/// # Errors
/// The connection is lost.
pub async fn warnings(backend: &mut Connection) -> Result<Vec<Warning>, BackendError> {
    let answer = backend.query("SHOW WARNINGS").await?;
    Ok(answer.rows.iter().map(|row| warning(row)).collect())
}

/// A row of SHOW WARNINGS.
pub(super) fn warning(row: &[Option<bytes::Bytes>]) -> Warning {
    let errno = control::text(row, 1).parse().unwrap_or_default();
    Warning { level: control::text(row, 0), errno, message: control::text(row, 2) }
}

/// Ends a row set: with an OK packet where the client knows that, else with EOF.
pub fn end_rows(client: &mut ClientStream, status: StatusFlags, warnings: u16) {
    let capabilities = client.capabilities;
    client.packet(|out| {
        if capabilities.contains(Capabilities::DEPRECATE_EOF) {
            OkPacket { status, warnings, ..OkPacket::default() }.encode(OkHeader::EndOfRows, capabilities, out);
        } else {
            EofPacket { warnings, status }.encode(out);
        }
    });
}
