//! One connection to an instance: commands are queued and sent in one write, answers are followed as raw bytes.
//!
//! Bytes that have been read stay in one buffer until they are consumed; rows are forwarded straight out of it. A
//! connection knows how many answers are still due, what its session variables are, which statements are prepared on
//! it, and whether it may be used again ([`Connection::is_reusable`]). Cancelling any of its futures loses no bytes,
//! but leaves answers due, so that the connection is then closed rather than reused.

mod polled;
mod prepared;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::statements::Statements;
use super::{BackendError, Counters, Endpoint, SessionState};
use crate::deadline::Deadline;
use crate::error::SqlError;
use crate::ready;
use crate::wire::frame::{HEADER, put_packet};
use crate::wire::ok::StateChange;
use crate::wire::{
    Capabilities, ErrPacket, OkPacket, ProtocolError, ResponseKind, ResponseScanner, Scanned, StatusFlags, command,
};

/// The read buffer of an idle connection is not kept larger than this.
const BUFFER: usize = 16 * 1024;

/// What kind of server an instance is; where they differ is asked by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerKind {
    /// MariaDB 10 and later.
    MariaDb,
    /// MySQL 5.7 and later.
    MySql,
}

/// What is known of the server and the session once a connection is open.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) stream: TcpStream,
    pub(super) input: BytesMut,
    pub(super) capabilities: Capabilities,
    pub(super) version: String,
    pub(super) kind: ServerKind,
    pub(super) connection_id: u32,
    pub(super) status: StatusFlags,
}

/// How long things may take on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) io_timeout_ms: u64,
    pub(super) query_timeout_ms: u64,
}

/// An open, authenticated connection.
#[derive(Debug)]
pub struct Connection {
    endpoint: Arc<Endpoint>,
    counters: Arc<Counters>,
    opened: Opened,
    limits: Limits,
    /// The deadline of the statement that is running.
    deadline: Option<Instant>,
    silence_ms: u64,
    /// When waiting for the server ends: the deadline, or a silence that is too long.
    patience: Deadline,
    /// Something was sent since the last read.
    sent: bool,
    /// Somebody who does not wait has asked, and nothing has come since.
    polled: bool,
    output: Vec<u8>,
    /// How much of `output` has been written.
    written: usize,
    /// Answers that have not been seen to their end.
    due: usize,
    /// Of those, the first ones that Weir asked for itself: SET statements.
    preludes: usize,
    /// The last read filled its room: more is waiting, and the next one is given more room.
    bulk: bool,
    broken: bool,
    /// The server closed it: there is nothing left that could run.
    ended: bool,
    /// The last answer was an error: it says nothing of whether a transaction is open.
    failed: bool,
    /// The server's answers made no sense.
    garbled: bool,
    /// A session variable changed that nobody told [`Self::adopt_state`] about.
    untracked: bool,
    state: SessionState,
    statements: Statements,
    /// How many statements have been prepared by name.
    named: u64,
    opened_at: Instant,
    /// When it was sent something last, or waited for last.
    used_at: Instant,
}

// === impl Connection ===

impl Connection {
    pub(super) fn new(endpoint: Arc<Endpoint>, counters: Arc<Counters>, opened: Opened, limits: Limits) -> Self {
        let now = Instant::now();
        let statements = Statements::new(Arc::clone(&counters.prepared));
        Self {
            endpoint,
            counters,
            opened,
            limits,
            deadline: None,
            silence_ms: limits.io_timeout_ms,
            patience: Deadline::default(),
            sent: false,
            polled: false,
            output: Vec::with_capacity(4096),
            written: 0,
            due: 0,
            preludes: 0,
            bulk: false,
            broken: false,
            ended: false,
            failed: false,
            garbled: false,
            untracked: false,
            state: SessionState::default(),
            statements,
            named: 0,
            opened_at: now,
            used_at: now,
        }
    }

    /// Which instance this leads to.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// The server's version, as it says it.
    pub fn server_version(&self) -> &str {
        &self.opened.version
    }

    /// What kind of server it is.
    pub fn kind(&self) -> ServerKind {
        self.opened.kind
    }

    /// The thread id on the server, for KILL.
    pub fn connection_id(&self) -> u32 {
        self.opened.connection_id
    }

    /// What both sides can.
    pub fn capabilities(&self) -> Capabilities {
        self.opened.capabilities
    }

    /// The status flags of the last answer.
    pub fn status(&self) -> StatusFlags {
        self.opened.status
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.opened.status.contains(StatusFlags::IN_TRANSACTION)
    }

    /// Whether the last answer was an error, which does not tell whether a transaction is open.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    // --- session state

    /// The variables that this connection has.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// Queues the SET statement that leads to `target`, if one is needed. Its answer is taken by the next
    /// [`Self::next`], which fails if the SET did.
    pub fn queue_state(&mut self, target: &SessionState) {
        if self.state.digest() == target.digest() {
            return;
        }
        if let Some(sql) = self.state.diff(target, self.opened.kind) {
            self.queue_prelude(&sql);
        }
        self.state.follow(target);
    }

    /// Queues a statement that is only to be answered with OK (BEGIN, SAVEPOINT): its answer is taken by the next
    /// [`Self::next`], which fails if the statement did.
    pub fn queue_prelude(&mut self, sql: &str) {
        self.queue_query(|out| out.extend_from_slice(sql.as_bytes()));
        self.preludes += 1;
    }

    /// Leads to `target` and waits until that is done: for variables that this server may refuse.
    pub async fn apply_state(&mut self, target: &SessionState) -> Result<(), BackendError> {
        self.queue_state(target);
        if self.preludes > 0 {
            self.flush().await?;
            self.settle().await?;
        }
        Ok(())
    }

    /// Says that this connection has these variables now, after a statement of the client's that set them here.
    pub fn adopt_state(&mut self, state: &SessionState) {
        self.state.clone_from(state);
        self.untracked = false;
    }

    // --- sending

    /// Queues COM_QUERY; `write` appends the text.
    pub fn queue_query(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.queue_command(|out| {
            out.push(command::byte::QUERY);
            write(out);
        });
    }

    /// Queues a command that is answered; `write` appends its payload, command byte and all (`wire::command` and
    /// `wire::stmt_execute` have writers).
    pub fn queue_command(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        put_packet(&mut self.output, &mut 0, write);
        self.due += 1;
        self.counters.commands.add();
    }

    /// Queues a command that is not answered (COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA).
    pub fn queue_silent(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        put_packet(&mut self.output, &mut 0, write);
    }

    /// Queues bytes that are packets already: a file for LOAD DATA LOCAL.
    pub fn queue_frames(&mut self, frames: &[u8]) {
        self.output.extend_from_slice(frames);
    }

    /// Whether anything is queued.
    pub fn has_queued(&self) -> bool {
        self.written < self.output.len()
    }

    /// Sends what is queued, in one write if the system takes it, and starts the clock of `query_timeout_ms`.
    pub async fn flush(&mut self) -> Result<(), BackendError> {
        self.begin_statement();
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Starts the clock of `query_timeout_ms`.
    pub(super) fn begin_statement(&mut self) {
        self.used_at = Instant::now();
        self.deadline = match self.limits.query_timeout_ms {
            0 => None,
            limit => self.used_at.checked_add(Duration::from_millis(limit)),
        };
        self.wait_from(self.used_at);
    }

    // --- receiving

    /// The bytes that have been read and not consumed.
    pub fn unread(&self) -> &[u8] {
        &self.opened.input
    }

    /// Drops the first `count` unread bytes.
    pub fn consume(&mut self, count: usize) {
        self.opened.input.advance(count.min(self.opened.input.len()));
    }

    /// Reads more bytes, at least one.
    pub async fn fill(&mut self) -> Result<(), BackendError> {
        if !std::mem::take(&mut self.sent) {
            self.begin_wait();
        }
        let room = self.make_room();
        let Opened { stream, input, .. } = &mut self.opened;
        match self.patience.bound(poll_fn(|context| ready::poll_read(stream, context, input, self.bulk))).await {
            Some(read) => self.filled(read, room),
            None => Err(self.timed_out()),
        }
    }

    fn begin_wait(&mut self) {
        self.used_at = Instant::now();
        self.wait_from(self.used_at);
    }

    /// Makes room for the next read, and says how much there is.
    fn make_room(&mut self) -> usize {
        let input = &mut self.opened.input;
        if self.bulk || input.capacity() - input.len() < BUFFER / 8 {
            let room = match (self.bulk, input.len()) {
                (false, _) => BUFFER / 4,
                // Grown no further, so that it is kept.
                (true, unread) if unread <= BUFFER / 2 => BUFFER - unread,
                (true, _) => BUFFER,
            };
            // Moving what is left to the front costs nothing when there is room; growing in place would copy all that has
            // been consumed.
            if !input.try_reclaim(room) {
                let mut larger = BytesMut::with_capacity(input.len() + room);
                larger.extend_from_slice(input);
                *input = larger;
            }
        }
        input.capacity() - input.len()
    }

    fn filled(&mut self, read: std::io::Result<usize>, room: usize) -> Result<(), BackendError> {
        self.polled = false;
        match read {
            Ok(0) => Err(self.lost("it closed the connection".to_owned())),
            Ok(count) => {
                self.bulk = count >= room;
                Ok(())
            }
            Err(error) => Err(self.lost(error.to_string())),
        }
    }

    /// Waiting for the server begins.
    fn wait_from(&mut self, now: Instant) {
        let silence = match self.silence_ms {
            0 => None,
            limit => now.checked_add(Duration::from_millis(limit)),
        };
        self.patience.set(match (silence, self.deadline) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (silence, deadline) => silence.or(deadline),
        });
    }

    /// A scanner for the answer to a command of this connection.
    pub fn scanner(&self, kind: ResponseKind) -> ResponseScanner {
        ResponseScanner::new(kind, self.opened.capabilities)
    }

    /// Waits until some of the answer that is due has come. Answers to [`Self::queue_state`] are taken first, silently.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn answers(&mut self) -> Result<(), BackendError> {
        if self.preludes > 0 {
            self.settle().await?;
        }
        while self.opened.input.is_empty() {
            self.fill().await?;
        }
        Ok(())
    }

    /// The next part of the answer that is due: reads until `scanner` finds one in [`Self::unread`]. The caller
    /// consumes the part's range before it asks again. Answers to [`Self::queue_state`] are taken first, silently.
    ///
    /// # Errors
    /// When the connection fails; and [`BackendError::Server`] when a queued state was refused.
    pub async fn next(&mut self, scanner: &mut ResponseScanner) -> Result<Scanned, BackendError> {
        if self.preludes > 0 {
            self.settle().await?;
        }
        self.scan(scanner).await
    }

    /// The next part if its bytes have been read already; None when it takes a read.
    pub fn next_buffered(&mut self, scanner: &mut ResponseScanner) -> Result<Option<Scanned>, BackendError> {
        if self.preludes > 0 {
            return Ok(None);
        }
        let scanned = scanner.scan(&self.opened.input).map_err(|error| self.protocol(error))?;
        if let Scanned::NeedBytes(need) = scanned {
            let missing = need.saturating_sub(self.opened.input.len());
            self.opened.input.reserve(missing);
            return Ok(None);
        }
        self.observe(&scanned, scanner.is_over());
        Ok(Some(scanned))
    }

    async fn scan(&mut self, scanner: &mut ResponseScanner) -> Result<Scanned, BackendError> {
        loop {
            let scanned = scanner.scan(&self.opened.input).map_err(|error| self.protocol(error))?;
            if let Scanned::NeedBytes(need) = scanned {
                let missing = need.saturating_sub(self.opened.input.len());
                self.opened.input.reserve(missing);
                self.fill().await?;
                continue;
            }
            self.observe(&scanned, scanner.is_over());
            return Ok(scanned);
        }
    }

    /// Keeps what a part says of the session.
    fn observe(&mut self, scanned: &Scanned, over: bool) {
        match scanned {
            Scanned::End { end, frame, .. } => {
                self.opened.status = end.status;
                self.failed = false;
                if end.state_changed && self.preludes == 0 && self.tells_of_variables(frame.clone()) {
                    self.untracked = true;
                }
            }
            // A file is asked for in the middle of the answer, which goes on after it.
            Scanned::LocalInfile { .. } | Scanned::Over => return,
            Scanned::Err { .. } => self.failed = true,
            _ => {}
        }
        if over {
            self.due = self.due.saturating_sub(1);
        }
    }

    fn tells_of_variables(&self, frame: std::ops::Range<usize>) -> bool {
        let payload = self.opened.input.get(frame.start + HEADER..frame.end).unwrap_or_default();
        OkPacket::decode(payload, self.opened.capabilities)
            .is_ok_and(|ok| ok.state_changes().any(|change| !matches!(change, Ok(StateChange::Other { .. }))))
    }

    /// Takes the answers to queued SET statements.
    async fn settle(&mut self) -> Result<(), BackendError> {
        while !self.settle_buffered()? {
            self.fill().await?;
        }
        Ok(())
    }

    /// Takes those that have been read already, and says whether that is all of them.
    fn settle_buffered(&mut self) -> Result<bool, BackendError> {
        while self.preludes > 0 {
            let mut scanner = self.scanner(ResponseKind::Simple);
            let scanned = scanner.scan(&self.opened.input).map_err(|error| self.protocol(error))?;
            self.observe(&scanned, scanner.is_over());
            let (end, refused) = match scanned {
                Scanned::NeedBytes(need) => {
                    self.opened.input.reserve(need.saturating_sub(self.opened.input.len()));
                    return Ok(false);
                }
                Scanned::Err { frame } => (frame.end, Some(self.error_at(frame)?)),
                Scanned::End { frame, .. } => (frame.end, None),
                _ => (0, None),
            };
            self.consume(end);
            self.preludes -= 1;
            if let Some(error) = refused {
                // The variables are now unknown, and what was sent behind has run under them: never reuse.
                self.broken = true;
                return Err(BackendError::Server(error));
            }
        }
        Ok(true)
    }

    /// The error in a frame of [`Self::unread`].
    pub fn error_at(&mut self, frame: std::ops::Range<usize>) -> Result<SqlError, BackendError> {
        let payload = self.opened.input.get(frame.start + HEADER..frame.end).unwrap_or_default();
        match ErrPacket::decode(payload) {
            Ok(packet) => Ok(packet.to_sql_error()),
            Err(error) => Err(self.protocol(error)),
        }
    }

    // --- limits and reuse

    /// Sets how long the server may stay silent while an answer is due, until the connection is given back; 0 for no
    /// limit. For statements that are known to take long, such as ALTER TABLE.
    pub fn set_silence_limit_ms(&mut self, limit_ms: u64) {
        self.silence_ms = limit_ms;
    }

    /// Whether the next statement can be sent: the last one has been answered to its end, and nothing went wrong.
    /// Statements that are queued in front of the next one do not count.
    pub fn is_sound(&self) -> bool {
        !self.broken && self.due == self.preludes && self.opened.input.is_empty()
    }

    /// Whether the server may still be running something that nobody waits for any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.due > 0 && self.output.is_empty() && !self.ended && !self.garbled
    }

    /// Whether the session is in a known state: nothing queued or due, no bytes left, no open transaction, no variable
    /// changed out of sight.
    pub fn is_reusable(&self) -> bool {
        !self.broken
            && self.due == 0
            && !self.has_queued_answers()
            && self.opened.input.is_empty()
            && !self.in_transaction()
            && !self.untracked
    }

    /// COM_STMT_CLOSE may stay queued; anything that was begun to be written may not.
    fn has_queued_answers(&self) -> bool {
        self.written > 0
    }

    /// When it was used last.
    pub(super) fn used_at(&self) -> Instant {
        self.used_at
    }

    /// How old it was when it was used last.
    pub(super) fn age(&self) -> Duration {
        self.used_at.duration_since(self.opened_at)
    }

    /// Makes the connection ready for its next lease.
    pub(super) fn rest(&mut self) {
        self.silence_ms = self.limits.io_timeout_ms;
        self.deadline = None;
        self.bulk = false;
        if self.opened.input.capacity() > BUFFER {
            self.opened.input = BytesMut::with_capacity(BUFFER / 4);
        }
    }

    /// Whether an idle connection has been closed by the server, or was sent something nobody asked for.
    pub(super) fn has_ended(&self) -> bool {
        let mut byte = [0];
        match self.opened.stream.try_read(&mut byte) {
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
            Ok(_) => true,
        }
    }

    pub(super) fn too_much(&mut self, limit: usize) -> BackendError {
        self.broken = true;
        BackendError::TooMuch { endpoint: Arc::clone(&self.endpoint), limit }
    }

    /// What is wrong with an answer; the connection is of no more use.
    pub fn protocol(&mut self, error: ProtocolError) -> BackendError {
        self.broken = true;
        self.garbled = true;
        BackendError::Protocol { endpoint: Arc::clone(&self.endpoint), error }
    }

    fn lost(&mut self, why: String) -> BackendError {
        self.ended = true;
        self.fail(|counters| &counters.lost);
        BackendError::Lost { endpoint: Arc::clone(&self.endpoint), why }
    }

    fn timed_out(&mut self) -> BackendError {
        self.fail(|counters| &counters.timeouts);
        let endpoint = Arc::clone(&self.endpoint);
        if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            let after_ms = self.limits.query_timeout_ms;
            return BackendError::Timeout { endpoint, after_ms, setting: "query_timeout_ms" };
        }
        BackendError::Timeout { endpoint, after_ms: self.silence_ms, setting: "io_timeout_ms" }
    }

    fn fail(&mut self, counter: impl FnOnce(&Counters) -> &AtomicU64) {
        self.broken = true;
        Counters::add(counter(&self.counters));
    }
}

impl Drop for Connection {
    /// Says COM_QUIT if that takes no waiting, so that the server does not count an aborted client.
    fn drop(&mut self) {
        if !self.broken && self.due == 0 && self.written == 0 {
            drop(self.opened.stream.try_write(&[1, 0, 0, 0, command::byte::QUIT]));
        }
    }
}
