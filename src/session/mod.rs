//! One client: its login, its commands, its state, its transaction.
//!
//! The story of a statement is told in [`query`]: lex, find or make the plan, bind and route it, run it, answer. What
//! a client may set is in [`variables`], what Weir answers itself in [`show`] and [`explain`].
//!
//! Always holds: a command is answered exactly once; an error that ends a statement leaves the connection usable; only
//! [`SessionEnd`] ends it.

mod answer;
mod bounds;
mod buffers;
mod charset;
mod clients;
mod command;
mod counted;
mod create_select;
mod explain;
mod found_rows;
mod like;
mod login;
mod named;
mod prepared;
mod query;
mod sent;
mod service;
mod shapes;
mod show;
mod show_transactions;
mod state_for;
mod statement;
mod syntax;
mod topology;
mod tracked;
mod transaction;
mod variables;
mod warned;

use buffers::Lent;
pub use clients::{Activity, ClientEntry, Clients, Doing};
pub use service::{Limits, Service, User};

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::backend::SessionState;
use crate::client::{ClientError, ClientStream, Read, Socket};
use crate::error::{Code, SqlError};
use crate::exec::Warning;
use crate::plan::Switches;
use crate::sql::LexMode;
use crate::turn;
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

/// The challenge of a handshake.
type Nonce = [u8; crate::wire::NONCE_LENGTH];

/// Who a client is.
struct Account {
    user: String,
    /// Where it comes from, without the port.
    host: String,
    /// What it may use; None for one that has not logged in.
    rights: Option<Arc<User>>,
}

/// One client's session.
pub struct Session {
    service: Arc<Service>,
    entry: Arc<ClientEntry>,
    client: ClientStream,
    account: Arc<Account>,
    schema: Option<String>,
    /// What every backend connection has to be set to.
    state: SessionState,
    /// What it was after login: COM_RESET_CONNECTION goes back to it.
    initial_state: SessionState,
    mode: LexMode,
    /// Whether texts and parameters are UTF-8.
    utf8: bool,
    no_auto_value_on_zero: bool,
    /// `sql_mode` is known and not strict.
    lax: bool,
    autocommit: bool,
    transaction: Transaction,
    /// Weir's own variables.
    switches: Switches,
    /// The transaction that is open is that of one statement, and the client sees nothing of it.
    in_cut: bool,
    /// SET TRANSACTION without a scope.
    next_transaction: Characteristics,
    /// In boxes: an execution takes its statement out, and the memory of every client has room for what that holds.
    prepared: HashMap<u32, Box<prepared::PreparedStatement>, foldhash::fast::RandomState>,
    /// PREPARE name FROM …, by name in lower case.
    named: HashMap<String, Box<prepared::PreparedStatement>>,
    last_statement_id: u32,
    last_insert_id: u64,
    bounds: bounds::Bounds,
    /// None where the last statement left a number that is not known.
    found_rows: Option<u64>,
    row_count: i64,
    warnings: Vec<Warning>,
    /// How many warnings the last statement had; not all of them are kept.
    warning_count: u16,
    /// What the next OK packet tells of the session's state.
    tracked: tracked::Tracked,
    /// The challenge of the handshake: COM_CHANGE_USER answers it again.
    nonce: Nonce,
    /// COMMIT RELEASE: the connection ends after the answer.
    closing: bool,
    /// When the command came that is running; between commands, when the last one was answered.
    now: Instant,
    /// Those of the command that is running.
    buffers: Lent,
}

// === impl Session ===

impl Session {
    /// Serves a client from its first byte to its last.
    pub async fn serve(service: Arc<Service>, socket: Socket) -> SessionEnd {
        let host = socket.peer().map_or_else(|| "?".to_owned(), |peer| peer.to_string());
        let entry = service.clients.enter(host);
        let guard = Leaving { service: service.clone(), id: entry.id };
        let killed = entry.clone();
        let mut told = false;
        let mut running = pin!(Self::login_and_run(service, entry, socket));
        let end = poll_fn(|context| {
            turn::polled();
            // A statement that came behind the KILL is not answered, however fast its server is.
            if killed.kill.was_asked() {
                return Poll::Ready(SessionEnd::Killed);
            }
            match running.as_mut().poll(context) {
                Poll::Pending if killed.kill.is_asked(&mut told, context) => Poll::Ready(SessionEnd::Killed),
                polled => polled,
            }
        });
        let end = end.await;
        drop(guard);
        end
    }

    async fn login_and_run(service: Arc<Service>, entry: Arc<ClientEntry>, socket: Socket) -> SessionEnd {
        let limit = Duration::from_millis(service.limits.login_timeout_ms);
        let mut session = match tokio::time::timeout(limit, Box::pin(Self::login(service, entry, socket))).await {
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
            self.entry.does(Activity::Sleep, self.now);
            let limit = match self.service.limits.client_idle_timeout_ms {
                0 => None,
                limit => self.now.checked_add(Duration::from_millis(limit)),
            };
            let until = limit.map(Into::into);
            match self.client.wait(until).await {
                Some(waited) => waited?,
                None => return Err(SessionEnd::Idle),
            }
            self.buffers = Lent::take();
            // Taken out while the command runs, so that the rest of the session can be used beside it.
            let mut packet = std::mem::take(&mut self.buffers.get().packet);
            match self.client.read_packet(until, &mut packet).await {
                Ok(Read::Packet) => {}
                Ok(Read::Closed) => return Err(SessionEnd::Left),
                Ok(Read::Silent) => return Err(SessionEnd::Idle),
                Err(error) => return Err(self.refuse_packet(error).await),
            }
            self.now = Instant::now();
            match Command::decode(&packet, self.client.capabilities) {
                Ok(command) => self.command(command).await?,
                Err(error) => {
                    self.write_error(&SqlError::new(Code::MalformedPacket, error.to_string()));
                }
            }
            self.buffers.get().packet = packet;
            self.buffers.give_back();
            turn::after_others().await;
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
            ClientError::Io(_) | ClientError::Held { .. } => None,
        };
        if let Some(code) = code {
            self.write_error(&SqlError::new(code, error.to_string()));
            if let Err(error) = self.client.flush().await {
                tracing::debug!(%error, "the client did not take its last error");
            }
            self.client.linger().await;
        }
        SessionEnd::Client(error)
    }

    /// Status flags as the client is to see them.
    fn status(&self) -> StatusFlags {
        let mut status = StatusFlags::default();
        if self.autocommit {
            status = status.with(StatusFlags::AUTOCOMMIT);
        }
        if self.transaction.is_open() && !self.in_cut {
            status = status.with(StatusFlags::IN_TRANSACTION);
            if self.transaction.is_read_only() {
                status = status.with(StatusFlags::IN_TRANSACTION_READONLY);
            }
        }
        if self.mode.no_backslash_escapes {
            status = status.with(StatusFlags::NO_BACKSLASH_ESCAPES);
        }
        status
    }

    /// Appends an ERR packet.
    fn write_error(&mut self, error: &SqlError) {
        self.service.metrics.error(error);
        self.tracked.take();
        if self.client.mid_frame() {
            self.closing = true;
            return;
        }
        self.client.packet(|out| ErrPacket::from(error).encode(out));
    }

    /// Appends an OK packet.
    fn write_ok(&mut self, ok: &OkPacket<'_>) {
        let capabilities = self.client.capabilities;
        let session_state = &*self.tracked.take();
        let ok = OkPacket { status: self.status(), session_state, ..*ok };
        self.client.packet(|out| ok.encode(crate::wire::ok::OkHeader::Ok, capabilities, out));
    }

    /// Whether this user may use a schema.
    fn may_use(&self, schema: &str) -> bool {
        self.account.rights.as_ref().is_some_and(|user| user.may_use(schema))
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

#[cfg(test)]
mod tests {
    use super::Session;

    /// What the allocator gives for a client's task; a little more costs every idle client another KiB.
    const BLOCK: usize = 6144;

    fn size_of_future<A, B, F>(_: impl FnOnce(A, B) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_client_takes_no_larger_block() {
        let size = size_of_future(Session::serve);
        assert!(size <= BLOCK, "{size} bytes");
    }
}
