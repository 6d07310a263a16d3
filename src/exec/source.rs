//! One instance's part of a scatter: a connection over which its statements go out together and are answered in turn.
//!
//! Behind each statement stands SHOW WARNINGS, in the same flight, because a server keeps the warnings of the last
//! statement only. What has been sent runs, also when an earlier statement fails or nobody wants its rows any more; so
//! no more than [`IN_FLIGHT`] are under way, and locking reads go one by one.
//!
//! Nothing here waits: a [`Lane`] is polled, and says what has come. Rows are handed on in the buffers that they were
//! read into.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::hold::Hold;
use super::kinds::{self, Kind};
use super::named::Named;
use super::{Conversation, Form, Request, Warning, answers, relay};
use crate::backend::{Prepared, StatementKey};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::merge::RowBatch;
use crate::plan::Access;
use crate::wire::frame::{FrameHeader, HEADER, MAX_PAYLOAD, RowPackets};
use crate::wire::stmt_execute::put_stmt_execute;
use crate::wire::text_row::text_cells;
use crate::wire::{Param, ParamData, ResponseKind, ResponseScanner, Scanned};

/// So many statements may be under way on one connection.
const IN_FLIGHT: usize = 16;
/// And so many bytes of them behind the first: they wait in the socket while the server writes rows, and both sides
/// would wait for each other for ever if they did not fit.
const FLIGHT_BYTES: usize = 32 * 1024;

/// One statement of a scatter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// Its number among all statements of the scatter.
    pub(super) source: usize,
    /// Where it runs.
    pub(super) node: DataNode,
}

/// What a lane has to tell.
#[derive(Debug)]
pub(super) enum Event {
    /// The column definitions of rows; told once.
    Columns { node: DataNode, definitions: Vec<Bytes> },
    /// Some rows.
    Rows { source: usize, batch: RowBatch, rows: u64 },
    /// A statement is done.
    End { source: usize, node: DataNode, warnings: u16, list: Vec<Warning> },
    /// A statement failed, or the connection is lost.
    Failed { node: DataNode, error: SqlError, list: Vec<Warning> },
    /// Commands are queued that have to be flushed.
    Queued,
}

/// One instance's statements, on one connection.
#[derive(Debug)]
pub(super) struct Lane {
    hold: Hold,
    /// Statements that are not sent yet.
    jobs: VecDeque<Job>,
    /// How many of them may be sent.
    allowed: usize,
    /// How many may be under way at once.
    in_flight: usize,
    /// Answers that are due, oldest first.
    due: VecDeque<Due>,
    /// Statements among them, and their bytes.
    under_way: usize,
    flight_bytes: usize,
    /// Follows the oldest answer.
    scanner: Option<ResponseScanner>,
    /// Column definitions of the first answer; None once they have been told.
    definitions: Option<Vec<Bytes>>,
    columns_left: usize,
    /// The types of the first answer's columns, if all answers are to have the same.
    kinds: Option<Vec<Kind>>,
    /// How many columns the first answer has.
    columns: Option<usize>,
    /// A row that did not come in one piece.
    pieces: Option<RowPackets>,
    /// Of the statement whose answer is read: its warnings, or its error.
    warnings: u16,
    failed: Option<SqlError>,
    /// Rows of SHOW WARNINGS.
    told: RowPackets,
    /// A text for sending.
    sql: Vec<u8>,
    /// Warnings are asked for.
    hears: bool,
    /// Nothing is sent any more.
    stopped: bool,
    lost: bool,
}

/// An answer that is due.
#[derive(Debug)]
struct Due {
    job: Job,
    bytes: usize,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// To PREPARE: the statement is executed when it has come.
    Prepare { kind: ResponseKind, sql: Vec<u8>, numbers: Vec<u16>, prepared: Option<Prepared> },
    /// To a command in front of EXECUTE, which may need it.
    Before { must: bool },
    /// To the statement.
    Rows,
    /// To the SHOW WARNINGS behind it.
    Warnings,
}

// === impl Lane ===

impl Lane {
    /// A lane on which nothing has been sent.
    pub(super) fn new(hold: Hold, jobs: VecDeque<Job>, access: Access) -> Self {
        let in_flight = match access {
            Access::Read => IN_FLIGHT,
            // Rows behind a failure must not be locked.
            Access::LockingRead | Access::Write => 1,
        };
        Self {
            hold,
            jobs,
            allowed: 0,
            in_flight,
            due: VecDeque::new(),
            under_way: 0,
            flight_bytes: 0,
            scanner: None,
            definitions: Some(Vec::new()),
            columns_left: 0,
            kinds: None,
            columns: None,
            pieces: None,
            warnings: 0,
            failed: None,
            told: RowPackets::new(),
            sql: Vec::new(),
            hears: true,
            stopped: false,
            lost: false,
        }
    }

    pub(super) fn instance(&self) -> InstanceId {
        self.hold.instance
    }

    pub(super) fn thread(&self) -> u32 {
        self.hold.connection_id()
    }

    /// Whether its connection is a branch of the open transaction.
    pub(super) fn of_transaction(&self) -> bool {
        self.hold.of_transaction()
    }

    /// All answers are to have columns of the same types.
    pub(super) fn expect_same_types(&mut self) {
        self.kinds.get_or_insert_default();
    }

    /// Whether an answer is due.
    pub(super) fn is_busy(&self) -> bool {
        !self.due.is_empty() && !self.lost
    }

    /// Whether its connection can be asked something else.
    pub(super) fn is_idle(&self) -> bool {
        self.due.is_empty() && !self.lost
    }

    /// The connection, for a question beside the statements.
    pub(super) fn hold_mut(&mut self) -> &mut Hold {
        &mut self.hold
    }

    /// How many statements may not be sent yet.
    pub(super) fn unsent(&self) -> usize {
        self.jobs.len() - self.allowed
    }

    /// Lets one more statement be sent; how many, if there is one at all.
    pub(super) fn allow(&mut self) -> usize {
        let more = usize::from(self.unsent() > 0);
        self.allowed += more;
        more
    }

    /// The statement whose answer comes next, and whether another one comes behind it.
    pub(super) fn reads(&self) -> Option<(usize, bool)> {
        let job = self.due.front()?.job;
        Some((job.source, self.under_way > 1 || !self.jobs.is_empty()))
    }

    /// Asks for no warnings.
    pub(super) fn deafen(&mut self) {
        self.hears = false;
    }

    /// Sends nothing any more.
    pub(super) fn stop(&mut self) {
        self.jobs.clear();
        self.allowed = 0;
        self.stopped = true;
    }

    /// The connection, when nothing is due on it.
    pub(super) fn into_hold(self) -> Hold {
        self.hold
    }

    /// Gives the connection back.
    pub(super) fn release(self, conversation: &mut Conversation<'_>) {
        self.hold.release(conversation);
    }

    // --- sending

    /// Queues and sends what may be under way.
    ///
    /// # Errors
    /// A statement cannot be written, or the connection is lost.
    pub(super) async fn send(&mut self, request: &Request<'_>) -> Result<(), SqlError> {
        if self.under_way <= self.in_flight / 2 {
            self.queue(request)?;
        }
        self.flush().await
    }

    /// Sends what is queued.
    pub(super) async fn flush(&mut self) -> Result<(), SqlError> {
        if !self.due.is_empty() && self.hold.has_queued() {
            self.hold.flush().await.inspect_err(|_| self.lost = true)?;
        }
        Ok(())
    }

    fn queue(&mut self, request: &Request<'_>) -> Result<(), SqlError> {
        while self.under_way < self.in_flight && self.allowed > 0 {
            let Some(&job) = self.jobs.front() else { return Ok(()) };
            let mut numbers = Vec::new();
            self.sql.clear();
            request.write_into(job.node, &mut self.sql, &mut numbers)?;
            let params = request.params(&numbers)?;
            let length = match request.form {
                Form::Text | Form::Binary(_) => self.sql.len(),
                Form::Named(_) => Named::most_bytes(&self.sql),
            };
            let bytes = length + params.clone().map(param_bytes).sum::<usize>();
            if self.under_way > 0 && self.flight_bytes + bytes > FLIGHT_BYTES {
                return Ok(());
            }
            self.jobs.pop_front();
            self.allowed -= 1;
            self.under_way += 1;
            self.flight_bytes += bytes;
            let sql = &self.sql;
            match request.form {
                Form::Named(names) => {
                    let variables = request.variables(names, &numbers)?;
                    let number = self.hold.next_named();
                    let named = Named::new(sql, &variables, self.hold.state(), number);
                    named.queue(&mut self.hold);
                    let before = named.before.iter().map(|before| Answer::Before { must: before.must });
                    self.due.extend(before.map(|answer| Due { job, bytes: 0, answer }));
                    self.await_rows(job, bytes);
                }
                Form::Text => {
                    self.hold.queue_query(|out| out.extend_from_slice(sql));
                    self.await_rows(job, bytes);
                }
                Form::Binary(_) => {
                    let key = StatementKey::new(sql, self.hold.state());
                    if let Some(prepared) = self.hold.prepared(&key) {
                        self.execute(prepared, params, job, bytes);
                        continue;
                    }
                    let kind = self.hold.queue_prepare(sql);
                    let answer = Answer::Prepare { kind, sql: sql.clone(), numbers: numbers.clone(), prepared: None };
                    self.due.push_back(Due { job, bytes, answer });
                }
            }
        }
        Ok(())
    }

    fn execute<'p, 'a: 'p>(
        &mut self,
        prepared: Prepared,
        params: impl ExactSizeIterator<Item = &'p Param<'a>> + Clone,
        job: Job,
        bytes: usize,
    ) {
        self.hold.queue_command(|out| put_stmt_execute(out, prepared.statement_id, params));
        self.await_rows(job, bytes);
    }

    /// A statement has been queued: its warnings are asked for behind it.
    fn await_rows(&mut self, job: Job, bytes: usize) {
        self.due.push_back(Due { job, bytes, answer: Answer::Rows });
        if !self.hears {
            return;
        }
        self.hold.queue_query(|out| out.extend_from_slice(b"SHOW WARNINGS"));
        self.due.push_back(Due { job, bytes: 0, answer: Answer::Warnings });
    }

    // --- receiving

    /// What comes next; there must be an answer due.
    pub(super) fn poll(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Poll<Event> {
        let Some(node) = self.due.front().map(|due| due.job.node) else { return Poll::Pending };
        match self.poll_part(request, context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(event)) => Poll::Ready(event),
            Poll::Ready(Err(error)) => Poll::Ready(self.fail(node, error)),
        }
    }

    fn fail(&mut self, node: DataNode, error: SqlError) -> Event {
        self.lost = true;
        Event::Failed { node, error, list: Vec::new() }
    }

    fn poll_part(&mut self, request: &Request<'_>, context: &mut Context<'_>) -> Poll<Result<Event, SqlError>> {
        loop {
            if let Some(row) = self.joined()? {
                return Poll::Ready(Ok(row));
            }
            let Some(due) = self.due.front() else { return Poll::Pending };
            let kind = match due.answer {
                Answer::Prepare { kind, .. } => kind,
                Answer::Before { .. } | Answer::Rows | Answer::Warnings => ResponseKind::Results,
            };
            let mut scanner = self.scanner.take().unwrap_or_else(|| self.hold.scanner(kind));
            let scanned = self.hold.poll_next(&mut scanner, context);
            let over = scanner.is_over();
            self.scanner = Some(scanner);
            let scanned = match scanned {
                Poll::Ready(scanned) => scanned.map_err(SqlError::from)?,
                // Executions that were queued behind the answers to PREPARE: all that have come go out together.
                Poll::Pending if self.hold.has_queued() && !self.stopped => return Poll::Ready(Ok(Event::Queued)),
                Poll::Pending => return Poll::Pending,
            };
            let event = self.part(scanned)?;
            if over {
                self.scanner = None;
                if let Some(event) = self.answered(request)? {
                    return Poll::Ready(Ok(event));
                }
            }
            if let Some(event) = event {
                return Poll::Ready(Ok(event));
            }
        }
    }

    /// Takes a part of the oldest answer.
    fn part(&mut self, scanned: Scanned) -> Result<Option<Event>, SqlError> {
        let Some(due) = self.due.front_mut() else { return Err(broken("nothing was asked")) };
        let job = due.job;
        match (&mut due.answer, scanned) {
            (Answer::Prepare { prepared, .. }, Scanned::Prepared { head, frame, .. }) => {
                let (statement_id, params, columns) = (head.statement_id, head.params, head.columns);
                *prepared = Some(Prepared { statement_id, params, columns });
                self.hold.consume(frame.end);
            }
            (Answer::Rows, Scanned::ColumnCount { count, frame }) => {
                kinds::as_many(*self.columns.get_or_insert(count), count)?;
                self.columns_left = count;
                self.hold.consume(frame.end);
            }
            (Answer::Rows, Scanned::Column { frame }) => return self.column(&frame, job.node),
            (Answer::Rows, Scanned::Rows { bytes, .. }) => return Ok(self.rows(bytes.end, job.source)),
            (Answer::Warnings, Scanned::Rows { bytes, .. }) => {
                self.told.push(self.hold.unread().get(bytes.clone()).unwrap_or_default());
                self.hold.consume(bytes.end);
            }
            (Answer::Before { must: false }, Scanned::Err { frame } | Scanned::End { more: false, frame, .. })
            | (Answer::Before { must: true }, Scanned::End { more: false, frame, .. }) => self.hold.consume(frame.end),
            // Behind a PREPARE that failed there is nothing to execute: the first error counts.
            (_, Scanned::Err { frame }) => {
                let error = answers::error(relay::payload(self.hold.unread(), &frame));
                self.failed.get_or_insert(error);
                self.hold.consume(frame.end);
            }
            (Answer::Rows, Scanned::End { end, more: false, frame }) => {
                self.warnings = end.warnings;
                self.hold.consume(frame.end);
            }
            (Answer::Warnings, Scanned::End { more: false, frame, .. })
            | (Answer::Warnings, Scanned::ColumnCount { frame, .. })
            | (Answer::Rows | Answer::Warnings, Scanned::DefinitionsEnd { frame })
            | (Answer::Warnings | Answer::Prepare { .. }, Scanned::Column { frame })
            | (
                Answer::Prepare { .. },
                Scanned::Param { frame } | Scanned::DefinitionsEnd { frame } | Scanned::PrepareEnd { frame },
            ) => self.hold.consume(frame.end),
            _ => return Err(broken("it does not fit the statement")),
        }
        Ok(None)
    }

    fn column(&mut self, frame: &std::ops::Range<usize>, node: DataNode) -> Result<Option<Event>, SqlError> {
        if let Some(kinds) = &mut self.kinds {
            let kind = Kind::of(relay::payload(self.hold.unread(), frame))?;
            if self.definitions.is_some() {
                kinds.push(kind);
            } else {
                let at = kinds.len().saturating_sub(self.columns_left);
                kinds::same(kinds.get(at), kind, at)?;
            }
        }
        if let Some(definitions) = &mut self.definitions {
            definitions.push(Bytes::copy_from_slice(relay::payload(self.hold.unread(), frame)));
        }
        self.hold.consume(frame.end);
        self.columns_left = self.columns_left.saturating_sub(1);
        if self.columns_left > 0 {
            return Ok(None);
        }
        Ok(self.definitions.take().map(|definitions| Event::Columns { node, definitions }))
    }

    /// Rows: whole ones are handed on as they are.
    fn rows(&mut self, length: usize, source: usize) -> Option<Event> {
        let mut chunk = self.hold.take(length);
        if let Some(pieces) = &mut self.pieces {
            pieces.push(&chunk);
            return None;
        }
        let (whole, rows) = whole_rows(&chunk);
        if whole < chunk.len() {
            let rest = chunk.split_off(whole);
            let mut pieces = RowPackets::new();
            pieces.push(&rest);
            self.pieces = Some(pieces);
        }
        (rows > 0).then(|| Event::Rows { source, batch: RowBatch::framed(chunk), rows })
    }

    /// A row that came in pieces, once it is whole.
    fn joined(&mut self) -> Result<Option<Event>, SqlError> {
        let (Some(pieces), Some(due)) = (&mut self.pieces, self.due.front()) else { return Ok(None) };
        let Some(row) = pieces.next_row().map_err(|error| broken(&error))? else { return Ok(None) };
        if pieces.is_empty() {
            self.pieces = None;
        }
        Ok(Some(Event::Rows { source: due.job.source, batch: row.freeze().into(), rows: 1 }))
    }

    /// The oldest answer has come to its end.
    fn answered(&mut self, request: &Request<'_>) -> Result<Option<Event>, SqlError> {
        let Some(Due { job, bytes, answer }) = self.due.pop_front() else { return Ok(None) };
        let Job { source, node } = job;
        match answer {
            Answer::Rows => {
                self.flight_bytes -= bytes;
                self.pieces = None;
                if self.hears {
                    return Ok(None);
                }
            }
            Answer::Prepare { sql, numbers, prepared, .. } => {
                if let Some(prepared) = prepared.filter(|_| !self.stopped && self.failed.is_none()) {
                    let key = StatementKey::new(&sql, self.hold.state());
                    self.hold.remember_prepared(&key, prepared);
                    self.execute(prepared, request.params(&numbers)?, job, bytes);
                    return Ok(None);
                }
                self.flight_bytes -= bytes;
            }
            Answer::Before { .. } => return Ok(None),
            Answer::Warnings => {}
        }
        self.under_way -= 1;
        let list = self.warning_list()?;
        let warnings = std::mem::take(&mut self.warnings);
        Ok(Some(match self.failed.take() {
            Some(error) => Event::Failed { node, error, list },
            None => Event::End { source, node, warnings, list },
        }))
    }

    /// What SHOW WARNINGS has told.
    fn warning_list(&mut self) -> Result<Vec<Warning>, SqlError> {
        let mut list = Vec::new();
        let mut told = std::mem::take(&mut self.told);
        while let Some(row) = told.next_row().map_err(|error| broken(&error))? {
            let row = row.freeze();
            let cells: Result<Vec<_>, _> =
                text_cells(&row).map(|cell| cell.map(|cell| cell.map(|bytes| row.slice_ref(bytes)))).collect();
            list.push(answers::warning(&cells.map_err(|error| broken(&error))?));
        }
        Ok(list)
    }
}

/// How many of the bytes are whole rows in a frame of their own, and how many rows these are.
fn whole_rows(bytes: &[u8]) -> (usize, u64) {
    let (mut at, mut rows) = (0, 0);
    while let Some(header) = FrameHeader::peek(bytes.get(at..).unwrap_or_default()) {
        let end = at + HEADER + header.length;
        if header.length == MAX_PAYLOAD || end > bytes.len() {
            break;
        }
        at = end;
        rows += 1;
    }
    (at, rows)
}

fn param_bytes(param: &Param<'_>) -> usize {
    match param.data {
        ParamData::Null => 0,
        ParamData::Wire(bytes) | ParamData::Long(bytes) => bytes.len(),
    }
}

fn broken(why: &(impl std::fmt::Display + ?Sized)) -> SqlError {
    SqlError::new(Code::BackendAnswer, format!("a backend's answer cannot be read: {why}"))
}
