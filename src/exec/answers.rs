//! Small answers that are held: errors, warnings, the end of rows.

use super::{Outcome, Warning, control, relay};
use crate::backend::{BackendError, Connection};
use crate::client::ClientStream;
use crate::error::{Code, SqlError};
use crate::wire::ok::OkHeader;
use crate::wire::response::ResultEnd;
use crate::wire::{Capabilities, EofPacket, ErrPacket, OkPacket, ProtocolError, ResponseKind, Scanned, StatusFlags};

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
            Scanned::End { end, frame, .. } => {
                let payload = relay::payload(backend.unread(), &frame);
                take_end(&mut outcome, end, payload, capabilities).map_err(|error| backend.protocol(error))?;
            }
            Scanned::Err { frame } => failed = Some(backend.error_at(frame)?),
            _ => {}
        }
        backend.consume(used);
    }
    failed.map_or(Ok(outcome), |error| Err(BackendError::Server(error)))
}

/// What the packet at the end of a result says, its message too if it is an OK.
pub(super) fn take_end(
    outcome: &mut Outcome,
    end: ResultEnd,
    payload: &[u8],
    capabilities: Capabilities,
) -> Result<(), ProtocolError> {
    outcome.affected_rows = end.affected_rows;
    outcome.last_insert_id = end.last_insert_id;
    outcome.warnings = end.warnings;
    outcome.message.clear();
    if payload.first() != Some(&EofPacket::HEADER) {
        outcome.message.extend_from_slice(OkPacket::decode(payload, capabilities)?.message);
    }
    Ok(())
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
