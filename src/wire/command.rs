//! Commands: what a client asks in its first packet of a round.
//!
//! Texts stay raw bytes: a statement need not be UTF-8. What is not served is [`Command::Unknown`], never a guess.

use super::read::Reader;
use super::{Capabilities, ComChangeUser, ComStmtExecute, ProtocolError};

/// Command bytes.
pub mod byte {
    #![expect(missing_docs, reason = "named as in the MySQL manual")]
    pub const QUIT: u8 = 0x01;
    pub const INIT_DB: u8 = 0x02;
    pub const QUERY: u8 = 0x03;
    pub const FIELD_LIST: u8 = 0x04;
    pub const STATISTICS: u8 = 0x09;
    pub const PROCESS_KILL: u8 = 0x0C;
    pub const PING: u8 = 0x0E;
    pub const CHANGE_USER: u8 = 0x11;
    pub const STMT_PREPARE: u8 = 0x16;
    pub const STMT_EXECUTE: u8 = 0x17;
    pub const STMT_SEND_LONG_DATA: u8 = 0x18;
    pub const STMT_CLOSE: u8 = 0x19;
    pub const STMT_RESET: u8 = 0x1A;
    pub const SET_OPTION: u8 = 0x1B;
    pub const RESET_CONNECTION: u8 = 0x1F;
}

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<'a> {
    /// COM_QUIT: no answer.
    Quit,
    /// COM_INIT_DB: USE a schema.
    InitDb(&'a [u8]),
    /// COM_QUERY: a statement as text.
    Query(&'a [u8]),
    /// COM_FIELD_LIST: the columns of a table whose names fit a pattern.
    FieldList {
        /// The table.
        table: &'a [u8],
        /// A LIKE pattern; empty for all.
        wildcard: &'a [u8],
    },
    /// COM_STATISTICS: a line for people.
    Statistics,
    /// COM_PROCESS_KILL.
    ProcessKill {
        /// The connection's id.
        connection_id: u32,
    },
    /// COM_PING.
    Ping,
    /// COM_CHANGE_USER.
    ChangeUser(ComChangeUser),
    /// COM_STMT_PREPARE.
    StmtPrepare(&'a [u8]),
    /// COM_STMT_EXECUTE.
    StmtExecute(ComStmtExecute<'a>),
    /// COM_STMT_SEND_LONG_DATA: a piece of a parameter; no answer.
    StmtSendLongData {
        /// The statement.
        statement_id: u32,
        /// Which parameter, from 0.
        param: u16,
        /// The piece.
        data: &'a [u8],
    },
    /// COM_STMT_CLOSE: no answer.
    StmtClose {
        /// The statement.
        statement_id: u32,
    },
    /// COM_STMT_RESET: forget long data.
    StmtReset {
        /// The statement.
        statement_id: u32,
    },
    /// COM_SET_OPTION: multi-statements on (0) or off (1).
    SetOption {
        /// The option.
        option: u16,
    },
    /// COM_RESET_CONNECTION.
    ResetConnection,
    /// A command that is not served, by its byte.
    Unknown(u8),
}

// === impl Command ===

impl<'a> Command<'a> {
    /// Reads a command packet; `capabilities` are those of the connection.
    ///
    /// # Errors
    /// A packet that is empty or ends too early. An unknown command is not an error here.
    pub fn decode(payload: &'a [u8], capabilities: Capabilities) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload, "command");
        Ok(match reader.u8()? {
            byte::QUIT => Self::Quit,
            byte::INIT_DB => Self::InitDb(reader.rest()),
            byte::QUERY => Self::Query(reader.rest()),
            byte::FIELD_LIST => {
                Self::FieldList { table: reader.null_terminated_or_rest(), wildcard: reader.null_terminated_or_rest() }
            }
            byte::STATISTICS => Self::Statistics,
            byte::PROCESS_KILL => Self::ProcessKill { connection_id: reader.u32()? },
            byte::PING => Self::Ping,
            byte::CHANGE_USER => Self::ChangeUser(ComChangeUser::decode(reader.rest(), capabilities)?),
            byte::STMT_PREPARE => Self::StmtPrepare(reader.rest()),
            byte::STMT_EXECUTE => Self::StmtExecute(ComStmtExecute::decode(reader.rest())?),
            byte::STMT_SEND_LONG_DATA => {
                Self::StmtSendLongData { statement_id: reader.u32()?, param: reader.u16()?, data: reader.rest() }
            }
            byte::STMT_CLOSE => Self::StmtClose { statement_id: reader.u32()? },
            byte::STMT_RESET => Self::StmtReset { statement_id: reader.u32()? },
            byte::SET_OPTION => Self::SetOption { option: reader.u16()? },
            byte::RESET_CONNECTION => Self::ResetConnection,
            unknown => Self::Unknown(unknown),
        })
    }
}

/// Appends COM_QUERY.
pub fn put_query(out: &mut Vec<u8>, text: &[u8]) {
    out.push(byte::QUERY);
    out.extend_from_slice(text);
}

/// Appends COM_STMT_PREPARE.
pub fn put_stmt_prepare(out: &mut Vec<u8>, text: &[u8]) {
    out.push(byte::STMT_PREPARE);
    out.extend_from_slice(text);
}

/// Appends COM_STMT_CLOSE.
pub fn put_stmt_close(out: &mut Vec<u8>, statement_id: u32) {
    out.push(byte::STMT_CLOSE);
    out.extend_from_slice(&statement_id.to_le_bytes());
}

/// Appends COM_STMT_RESET.
pub fn put_stmt_reset(out: &mut Vec<u8>, statement_id: u32) {
    out.push(byte::STMT_RESET);
    out.extend_from_slice(&statement_id.to_le_bytes());
}

/// Appends COM_STMT_SEND_LONG_DATA.
pub fn put_stmt_send_long_data(out: &mut Vec<u8>, statement_id: u32, param: u16, data: &[u8]) {
    out.push(byte::STMT_SEND_LONG_DATA);
    out.extend_from_slice(&statement_id.to_le_bytes());
    out.extend_from_slice(&param.to_le_bytes());
    out.extend_from_slice(data);
}

/// Appends COM_INIT_DB.
pub fn put_init_db(out: &mut Vec<u8>, schema: &[u8]) {
    out.push(byte::INIT_DB);
    out.extend_from_slice(schema);
}

/// Appends COM_FIELD_LIST.
pub fn put_field_list(out: &mut Vec<u8>, table: &[u8], wildcard: &[u8]) {
    out.push(byte::FIELD_LIST);
    super::write::put_null_terminated(out, table);
    out.extend_from_slice(wildcard);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_command() {
        let check = |bytes: &[u8], expected: Command<'_>| {
            assert_eq!(Command::decode(bytes, Capabilities::OFFERED), Ok(expected));
        };
        check(b"\x01", Command::Quit);
        check(b"\x02shop", Command::InitDb(b"shop"));
        check(b"\x03SELECT '\xff'", Command::Query(b"SELECT '\xff'"));
        check(b"\x04loan\0%", Command::FieldList { table: b"loan", wildcard: b"%" });
        check(b"\x09", Command::Statistics);
        check(b"\x0c\x05\0\0\0", Command::ProcessKill { connection_id: 5 });
        check(b"\x0e", Command::Ping);
        check(b"\x16SELECT ?", Command::StmtPrepare(b"SELECT ?"));
        check(b"\x18\x01\0\0\0\x02\0xyz", Command::StmtSendLongData { statement_id: 1, param: 2, data: b"xyz" });
        check(b"\x19\x01\0\0\0", Command::StmtClose { statement_id: 1 });
        check(b"\x1a\x01\0\0\0", Command::StmtReset { statement_id: 1 });
        check(b"\x1b\x01\0", Command::SetOption { option: 1 });
        check(b"\x1f", Command::ResetConnection);
        check(b"\x1c\x01\0\0\0\x01\0\0\0", Command::Unknown(0x1C));
        assert!(Command::decode(b"", Capabilities::OFFERED).is_err());
        assert!(Command::decode(b"\x19\x01\0", Capabilities::OFFERED).is_err());
    }
}
