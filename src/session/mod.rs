//! One client: its login, its commands, its state, its transaction.
//!
//! The story of a statement is told in [`query`]: lex, find or make the plan, bind and route it, run it, answer. What
//! a client may set is in [`variables`], what Weir answers itself in [`show`] and [`explain`].
//!
//! Always holds: a command is answered exactly once; an error that ends a statement leaves the connection usable; only
//! [`SessionEnd`] ends it.

mod answer;
mod clients;
mod command;
mod explain;
mod like;
mod login;
mod prepared;
mod query;
mod service;
mod show;
mod statement;
mod topology;
mod transaction;
mod variables;

pub use clients::{ClientEntry, Clients, Doing};
pub use service::{Limits, Service, User};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::SessionState;
use crate::client::{ClientError, ClientStream, Socket};
use crate::error::{Code, SqlError};
use crate::exec::Warning;
use crate::id::DataNode;
use crate::sql::{LexMode, Lexed};
use crate::txn::{Characteristics, Transaction};
use crate::wire::{Command, ErrPacket, OkPacket, ProtocolError, StatusFlags};

/// Why a session is over.
#[derive(Debug, thiserror::Error)]
pub enum SessionEnd {
    /// The client said goodbye, or closed the connection between commands.
    #[error("the client has left")]
    Left,
    /// The client could not log in; it has been told.
    #[error("login refused for user {user:?}")]
    Refused {
        /// Who it said to be.
        user: String,
    },
    /// The connection failed, or the client does not keep to the protocol.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// KILL, or the server is shutting down.
    #[error("killed")]
    Killed,
    /// The client was silent for too long.
    #[error("idle for too long")]
    Idle,
}

/// One client's session.
pub struct Session {
    service: Arc<Service>,
    entry: Arc<ClientEntry>,
    client: ClientStream,
    user: String,
    schema: Option<String>,
    /// What every backend connection has to be set to.
    state: SessionState,
    /// What it was after login: COM_RESET_CONNECTION goes back to it.
    initial_state: SessionState,
    mode: LexMode,
    /// Whether texts and parameters are UTF-8.
    utf8: bool,
    no_auto_value_on_zero: bool,
    autocommit: bool,
    transaction: Transaction,
    /// SET TRANSACTION without a scope.
    next_transaction: Characteristics,
    prepared: HashMap<u32, prepared::PreparedStatement>,
    /// PREPARE name FROM …: their texts, by name in lower case.
    named: HashMap<String, Vec<u8>>,
    last_statement_id: u32,
    last_insert_id: u64,
    found_rows: u64,
    row_count: i64,
    warnings: Vec<Warning>,
    /// How many warnings the last statement had; not all of them are kept.
    warning_count: u16,
    /// COMMIT RELEASE: the connection ends after the answer.
    closing: bool,
    // Buffers that are reused from statement to statement.
    lexed: Lexed,
    nodes: Vec<DataNode>,
    row_nodes: Vec<DataNode>,
}

// === impl Session ===

impl Session {
    /// Serves a client from its first byte to its last.
    pub async fn serve(service: Arc<Service>, socket: Socket) -> SessionEnd {
        let host = socket.peer().map_or_else(|| "?".to_owned(), |peer| peer.to_string());
        let entry = service.clients.enter(host);
        let guard = Leaving { service: service.clone(), id: entry.id };
        let killed = entry.clone();
        let end = tokio::select! {
            end = Self::login_and_run(service.clone(), entry, socket) => end,
            () = killed.kill.notified() => SessionEnd::Killed,
        };
        drop(guard);
        end
    }

    async fn login_and_run(service: Arc<Service>, entry: Arc<ClientEntry>, socket: Socket) -> SessionEnd {
        let limit = Duration::from_millis(service.limits.login_timeout_ms);
        let mut session = match tokio::time::timeout(limit, Self::login(service, entry, socket)).await {
            Ok(Ok(session)) => session,
            Ok(Err(end)) => return end,
            Err(_) => return SessionEnd::Idle,
        };
        match session.serve_commands().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn serve_commands(&mut self) -> Result<std::convert::Infallible, SessionEnd> {
        loop {
            self.client.begin_command();
            self.entry.does("Sleep");
            let packet = match self.service.limits.client_idle_timeout_ms {
                0 => self.client.read_packet().await,
                limit => match tokio::time::timeout(Duration::from_millis(limit), self.client.read_packet()).await {
                    Ok(read) => read,
                    Err(_) => return Err(SessionEnd::Idle),
                },
            };
            let payload = match packet {
                Ok(Some(payload)) => payload.freeze(),
                Ok(None) => return Err(SessionEnd::Left),
                Err(error) => return Err(self.refuse_packet(error).await),
            };
            match Command::decode(&payload, self.client.capabilities) {
                Ok(command) => self.command(command).await?,
                Err(error) => {
                    self.write_error(&SqlError::new(Code::MalformedPacket, error.to_string()));
                }
            }
            self.client.flush().await?;
            if self.closing {
                return Err(SessionEnd::Left);
            }
        }
    }

    /// Tells the client what was wrong with its packet, where it can still be told.
    async fn refuse_packet(&mut self, error: ClientError) -> SessionEnd {
        let code = match &error {
            ClientError::Protocol(ProtocolError::PacketTooLarge { .. }) => Some(Code::PacketTooLarge),
            ClientError::Protocol(ProtocolError::OutOfOrder { .. }) => Some(Code::PacketsOutOfOrder),
            ClientError::Protocol(_) => Some(Code::MalformedPacket),
            ClientError::Io(_) => None,
        };
        if let Some(code) = code {
            self.write_error(&SqlError::new(code, error.to_string()));
            if let Err(error) = self.client.flush().await {
                tracing::debug!(%error, "the client did not take its last error");
            }
        }
        SessionEnd::Client(error)
    }

    /// Status flags as the client is to see them.
    fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::default();
        if self.autocommit {
            status = status.with(StatusFlags::AUTOCOMMIT);
        }
        if self.transaction.is_open() {
            status = status.with(StatusFlags::IN_TRANSACTION);
        }
        if self.mode.no_backslash_escapes {
            status = status.with(StatusFlags::NO_BACKSLASH_ESCAPES);
        }
        status
    }

    /// Appends an ERR packet.
    fn write_error(&mut self, error: &SqlError) {
        self.service.metrics.error(error);
        if self.client.mid_frame() {
            self.closing = true;
            return;
        }
        self.client.packet(|out| ErrPacket::from(error).encode(out));
    }

    /// Appends an OK packet.
    fn write_ok(&mut self, ok: &OkPacket<'_>) {
        let capabilities = self.client.capabilities;
        let ok = OkPacket { status: self.status(), ..*ok };
        self.client.packet(|out| ok.encode(crate::wire::ok::OkHeader::Ok, capabilities, out));
    }

    /// Whether this user may use a schema.
    fn may_use(&self, schema: &str) -> bool {
        self.service.users.get(&self.user).is_some_and(|user| user.may_use(schema))
    }
}

/// Takes a client off the list when its session is over, however that comes.
struct Leaving {
    service: Arc<Service>,
    id: u64,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.service.clients.leave(self.id);
    }
}
