//! Small answers that are held: errors, warnings, the end of rows.

use super::{Warning, control};
use crate::backend::{BackendError, Connection};
use crate::client::ClientStream;
use crate::error::{Code, SqlError};
use crate::wire::ok::OkHeader;
use crate::wire::{Capabilities, EofPacket, ErrPacket, OkPacket, StatusFlags};

/// The error in an ERR packet.
pub(super) fn error(payload: &[u8]) -> SqlError {
    match ErrPacket::decode(payload) {
        Ok(packet) => packet.to_sql_error(),
        Err(error) => SqlError::new(Code::BackendAnswer, format!("a backend's error cannot be read: {error}")),
    }
}

/// The warnings of the statement that ran last on a connection, under physical names.
pub(super) async fn warnings(backend: &mut Connection) -> Result<Vec<Warning>, BackendError> {
    let answer = backend.query(b"SHOW WARNINGS").await?;
    let warning = |row: &Vec<Option<bytes::Bytes>>| {
        let errno = control::text(row, 1).parse().unwrap_or_default();
        Warning { level: control::text(row, 0), errno, message: control::text(row, 2) }
    };
    Ok(answer.rows.iter().map(warning).collect())
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
