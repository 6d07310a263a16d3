//! The MySQL client/server protocol, both sides, without I/O: one packet a file.
//!
//! Bytes come in as slices and go out into a `Vec<u8>`; nothing here reads a socket, a clock or a global. Every read
//! is length-checked, and no bytes of a peer can make a decoder panic (`fuzz` tries). The road of a packet:
//!
//! 1. [`frame::FrameReader`] cuts a stream of bytes into packets, [`frame::put_packet`] does the reverse;
//! 2. a connection opens with [`HandshakeV10`] and [`HandshakeResponse41`], and [`auth`] decides who it is;
//! 3. [`Command::decode`] reads what a client asks;
//! 4. [`response::ResponseScanner`] follows what a backend answers, one header a row, so that rows can be relayed as
//!    the bytes they are;
//! 5. [`OkPacket`], [`ErrPacket`], [`EofPacket`], [`ColumnDefinition41`] and the row writers make answers of our own.
//!
//! What is not here: compression, the X protocol, replication, cursors (COM_STMT_FETCH), MariaDB's bulk execution.

#![deny(clippy::indexing_slicing)]

pub mod auth;
pub mod auth_more_data;
pub mod auth_switch_request;
pub mod binary_row;
pub mod capabilities;
pub mod change_user;
pub mod column_definition;
pub mod column_type;
pub mod command;
pub mod eof;
pub mod err;
pub mod error;
pub mod frame;
#[cfg(test)]
mod fuzz;
pub mod handshake;
pub mod handshake_response;
pub mod ok;
pub mod param;
pub mod read;
pub mod response;
pub mod ssl_request;
pub mod status;
pub mod stmt_execute;
pub mod stmt_prepare_ok;
pub mod text_row;
pub mod write;

pub use auth_more_data::AuthMoreData;
pub use auth_switch_request::AuthSwitchRequest;
pub use capabilities::Capabilities;
pub use change_user::ComChangeUser;
pub use column_definition::{ColumnDefinition41, ColumnNames};
pub use column_type::{ColumnFlags, ColumnType};
pub use command::Command;
pub use eof::EofPacket;
pub use err::ErrPacket;
pub use error::ProtocolError;
pub use frame::{FrameReader, Packet};
pub use handshake::HandshakeV10;
pub use handshake_response::HandshakeResponse41;
pub use ok::OkPacket;
pub use param::{Param, ParamData, ParamType};
pub use response::{ResponseKind, ResponseScanner, Scanned};
pub use ssl_request::SslRequest;
pub use status::StatusFlags;
pub use stmt_execute::ComStmtExecute;
pub use stmt_prepare_ok::StmtPrepareOk;

/// The character set of a fresh connection in handshakes: `utf8mb4_general_ci`, which both kinds of server know.
pub const DEFAULT_COLLATION: u8 = 45;

/// Length of the random challenge of a handshake, without its closing zero.
pub const NONCE_LENGTH: usize = 20;
