//! One node: its rows go to the client as the frames they came in.
//!
//! Only what a client must see otherwise is touched: column definitions (physical names), the end of a result set
//! (status flags, EOF or OK as the client negotiated), sequence numbers. No row is decoded, and no more than a buffer
//! of them is held: the next bytes are read when the client has taken the last.

use super::hold::Hold;
use super::names::{Place, as_from_handshake, from_handshake};
use super::pipelined::{self, Way};
use super::{Conversation, ExecError, Form, LogicalNames, Outcome, Physical, Request, answers, user_variables};
use super::{prepare, send};
use crate::backend::{BackendError, Connection, SessionState, StatementKey};
use crate::catalog::{HeadOf, ResultHead, ResultHeads};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::FoundRows;
use crate::turn;
use crate::wire::frame::{FrameHeader, HEADER, put_packet};
use crate::wire::response::ResultEnd;
use crate::wire::{
    Capabilities, ColumnDefinition41, ColumnNames, EofPacket, ProtocolError, ResponseKind, ResponseScanner, Scanned,
};

/// A physical statement that is ready to be sent.
pub(super) struct Ready<'p> {
    pub(super) physical: &'p Physical,
    /// For one with parameters.
    pub(super) key: Option<StatementKey<'p>>,
    /// Where the message of its OK packet is put.
    message: Vec<u8>,
}

/// Runs a statement on one node.
pub(super) async fn relay(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    node: DataNode,
) -> Result<Outcome, ExecError> {
    // Taken out while it is used, so that the rest of the conversation can be used beside it.
    let mut physical = std::mem::take(conversation.physical);
    let done = run(conversation, request, node, &mut physical).await;
    *conversation.physical = physical;
    done
}

async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    node: DataNode,
    physical: &mut Physical,
) -> Result<Outcome, ExecError> {
    request.write_one(node, physical)?;
    let ready = Ready::new(physical, request, conversation.state);
    let mut hold = match pipelined::run(conversation, request, node, &ready).await? {
        Way::Answered(outcome) => return Ok(Outcome { message: ready.message, ..outcome }),
        Way::Alone(Some(hold)) => hold,
        Way::Alone(None) => Hold::take(conversation, request, request.instance(node), ready.key.as_ref()).await?,
    };
    let (well, outcome) = on(conversation, &mut hold, request, Place::Node(node), ready).await?;
    if well {
        hold.release(conversation);
    }
    outcome
}

/// Runs a statement on a connection and relays the answer. Also says whether the connection is well, as it may be when the
/// statement failed; else it can only be dropped, as after an error.
pub(super) async fn on(
    conversation: &mut Conversation<'_>,
    hold: &mut Hold,
    request: &Request<'_>,
    place: Place,
    ready: Ready<'_>,
) -> Result<(bool, Result<Outcome, ExecError>), ExecError> {
    let names = request.names_at(place);
    if leaves_insert_id(request, place) {
        hold.queue_prelude(&format!("SET last_insert_id = {}", request.args.last_insert_id));
    }
    let Physical { sql, params, .. } = ready.physical;
    let sent = match (&ready.key, request.form) {
        (Some(key), _) => prepare::queue_execute(hold, key, request.params(params)?).await,
        (None, Form::Named(_)) => send::send(hold, request, (sql, params)).await,
        (None, Form::Text | Form::Binary(_)) => {
            hold.queue_query(|out| out.extend_from_slice(sql));
            Ok(())
        }
    };
    if let Err(error) = sent {
        let well = !error.ends_connection();
        return Ok((well, Err(names.error(error.into()).into())));
    }
    turn::after_others().await;
    hold.flush().await?;
    let mut outcome = Outcome { message: ready.message, ..Outcome::default() };
    match forward(conversation, hold, request, place, &mut outcome).await {
        Ok(()) => {
            if outcome.warnings > 0 {
                conversation.client.flush().await?;
                match answers::warnings(hold).await {
                    Ok(list) => outcome.warning_list = names.warnings(list),
                    Err(error) if error.ends_connection() => {
                        // The statement has been answered. Of a transaction this is a lost branch, which shows next.
                        tracing::warn!(%error, "the connection was lost before its warnings could be read");
                        return Ok((false, Ok(outcome)));
                    }
                    Err(error) => tracing::debug!(%error, "the warnings could not be read"),
                }
            }
            if let Err(error) = afterwards(conversation, hold, (request, place), &mut outcome).await {
                if outcome.rows.is_none() {
                    return Err(error.into());
                }
                // The client has its rows, and would take the session for what it is not.
                tracing::warn!(%error, "the connection was lost before its variables could be read");
                return Err(ExecError::Client(std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into()));
            }
            Ok((true, Ok(outcome)))
        }
        Err(Failure::Answer(error)) => {
            *conversation.noted = names.warnings(answers::warnings(hold).await?);
            // What it assigned before it failed is assigned.
            left(conversation, hold, request, place).await?;
            Ok((true, Err(error.into())))
        }
        Err(Failure::Lost(error)) => Err(error),
    }
}

/// What a statement has left on its connection, where it is the session's.
async fn afterwards(
    conversation: &mut Conversation<'_>,
    hold: &mut Hold,
    (request, place): (&Request<'_>, Place),
    outcome: &mut Outcome,
) -> Result<(), BackendError> {
    outcome.found_rows = match (&request.plan.needs.leaves, outcome.rows) {
        (FoundRows::Skipped(offset), Some(rows)) => match (request.plan.count(offset, &request.args).ok(), rows) {
            // How many there were is left open where all of them have been skipped.
            (Some(1..), 0) => found_rows(hold).await?,
            (offset, rows) => offset.map(|offset| offset.saturating_add(rows)),
        },
        (FoundRows::Asked, _) => found_rows(hold).await?,
        _ => None,
    };
    left(conversation, hold, request, place).await
}

/// Whether LAST_INSERT_ID() of the connection is the session's when the statement has run: it says it itself, or its rows
/// may bring their own ids. A merge node has copies, and does not count.
fn leaves_insert_id(request: &Request<'_>, place: Place) -> bool {
    let needs = &request.plan.needs;
    needs.sets_insert_id || needs.asks_insert_id && !matches!(place, Place::MergeNode)
}

/// What a server says of the statement that it has run.
async fn found_rows(hold: &mut Hold) -> Result<Option<u64>, BackendError> {
    let counted = hold.query("SELECT FOUND_ROWS()").await?;
    Ok(counted.text(0, 0).and_then(|number| number.parse().ok()))
}

/// Reads what is the session's from now on, whether the statement has failed or not.
async fn left(
    conversation: &mut Conversation<'_>,
    hold: &mut Hold,
    request: &Request<'_>,
    place: Place,
) -> Result<(), BackendError> {
    if leaves_insert_id(request, place) {
        let answer = hold.query("SELECT LAST_INSERT_ID()").await?;
        *conversation.insert_id = answer.text(0, 0).and_then(|number| number.parse().ok());
    }
    user_variables::assigned(hold, &request.plan.needs.assigns, conversation.assigned).await
}

// === impl Ready ===

impl<'p> Ready<'p> {
    /// What has been written for a connection that will have these variables.
    pub(super) fn new(physical: &'p mut Physical, request: &Request<'_>, state: &SessionState) -> Self {
        let mut message = std::mem::take(&mut physical.message);
        message.clear();
        let physical: &'p Physical = physical;
        let key = matches!(request.form, Form::Binary(_)).then(|| StatementKey::new(&physical.sql, state));
        Self { physical, key, message }
    }
}

/// Why an answer did not come to its end.
pub(super) enum Failure {
    /// The backend answered with an error; its connection is well.
    Answer(SqlError),
    /// The connection is lost, or the client.
    Lost(ExecError),
}

impl<E: Into<ExecError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Lost(error.into())
    }
}

async fn forward(
    conversation: &mut Conversation<'_>,
    backend: &mut Connection,
    request: &Request<'_>,
    place: Place,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let mut answer = Answer::new(conversation, backend, request, place);
    wait(conversation, backend).await?;
    loop {
        match answer.pass_on(conversation, backend, outcome)? {
            Step::Over => return Ok(()),
            Step::WantsBytes => more(conversation, backend).await?,
            Step::Full => conversation.client.flush().await.map_err(ExecError::from)?,
        }
    }
}

/// An answer that is passed on as its bytes come.
pub(super) struct Answer<'r> {
    names: LogicalNames<'r>,
    heads: &'r ResultHeads,
    scanner: ResponseScanner,
    /// Its column definitions, as far as they have come.
    head: ResultHead,
    columns_left: usize,
    /// None of it has been looked at.
    fresh: bool,
}

/// How far an answer has been passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To its end.
    Over,
    /// It goes on with bytes that have not been read.
    WantsBytes,
    /// The client is to be sent what is waiting for it.
    Full,
}

// === impl Answer ===

impl<'r> Answer<'r> {
    pub(super) fn new(
        conversation: &Conversation<'_>,
        backend: &Connection,
        request: &'r Request<'_>,
        place: Place,
    ) -> Self {
        let of = HeadOf { node: place.node(), from_handshake: from_handshake(conversation.state) };
        Self {
            names: request.names_at(place),
            heads: request.heads,
            scanner: backend.scanner(ResponseKind::Results),
            head: ResultHead { of, columns: 0, sent: Vec::new(), shown: Vec::new() },
            columns_left: 0,
            fresh: true,
        }
    }

    /// Passes on what has been read of it. The statements in front of it have been answered.
    pub(super) fn pass_on(
        &mut self,
        conversation: &mut Conversation<'_>,
        backend: &mut Connection,
        outcome: &mut Outcome,
    ) -> Result<Step, Failure> {
        if self.fresh {
            if backend.unread().is_empty() {
                return Ok(Step::WantsBytes);
            }
            self.fresh = false;
            self.skip_known_head(conversation, backend, outcome);
        }
        let of = self.head.of;
        loop {
            let Some(scanned) = backend.next_buffered(&mut self.scanner)? else { return Ok(Step::WantsBytes) };
            let bytes = backend.unread();
            let used = match scanned {
                Scanned::ColumnCount { count, frame } => {
                    self.head.columns = count;
                    self.columns_left = count;
                    self.head.sent.extend_from_slice(slice(bytes, &frame));
                    self.head.shown.extend_from_slice(slice(bytes, &frame));
                    frame.end
                }
                Scanned::Column { frame } => {
                    add_column(&mut self.head, slice(bytes, &frame), self.names)
                        .map_err(|error| broken(backend, error))?;
                    self.columns_left = self.columns_left.saturating_sub(1);
                    if self.columns_left == 0 {
                        conversation.client.relay(&self.head.shown);
                        end_definitions(conversation);
                        outcome.rows = Some(0);
                        let complete = ResultHead { of, columns: 0, sent: Vec::new(), shown: Vec::new() };
                        let head = std::mem::replace(&mut self.head, complete);
                        // Behind a statement of 16 MiB the answer's frames have other numbers.
                        if FrameHeader::peek(&head.sent).is_some_and(|first| first.sequence == 1) {
                            self.heads.keep(head);
                        }
                    }
                    frame.end
                }
                Scanned::DefinitionsEnd { frame } => frame.end,
                Scanned::Rows { bytes: range, rows, run } => {
                    conversation.client.relay_run(slice(bytes, &range), run);
                    outcome.rows = outcome.rows.map(|seen| seen + rows);
                    let used = range.end;
                    if conversation.client.above_high_water() {
                        backend.consume(used);
                        return Ok(Step::Full);
                    }
                    used
                }
                Scanned::End { end, more, frame } => {
                    if more {
                        return Err(Failure::Lost(
                            SqlError::new(Code::BackendAnswer, "the backend sent more than one result").into(),
                        ));
                    }
                    finish(conversation, backend.capabilities(), end, payload(bytes, &frame), outcome)
                        .map_err(|error| broken(backend, error))?;
                    backend.consume(frame.end);
                    return Ok(Step::Over);
                }
                Scanned::Err { frame } => {
                    let error = answers::error(payload(bytes, &frame));
                    backend.consume(frame.end);
                    return Err(Failure::Answer(self.names.error(error)));
                }
                Scanned::NeedBytes(_)
                | Scanned::LocalInfile { .. }
                | Scanned::Param { .. }
                | Scanned::Prepared { .. }
                | Scanned::PrepareEnd { .. }
                | Scanned::Text { .. }
                | Scanned::Over => {
                    let error = SqlError::new(Code::BackendAnswer, "the backend's answer does not fit the statement");
                    return Err(Failure::Lost(error.into()));
                }
            };
            backend.consume(used);
        }
    }

    /// Column definitions that came before are told as they were told then.
    fn skip_known_head(
        &mut self,
        conversation: &mut Conversation<'_>,
        backend: &mut Connection,
        outcome: &mut Outcome,
    ) {
        let known = self.heads.find(self.head.of, |known| {
            backend.unread().starts_with(&known.sent).then(|| {
                conversation.client.relay(&known.shown);
                (known.sent.len(), known.columns)
            })
        });
        if let Some((bytes, columns)) = known.flatten() {
            end_definitions(conversation);
            backend.consume(bytes);
            self.scanner.skip_head(columns);
            outcome.rows = Some(0);
        }
    }
}

/// Waits for the backend's first bytes, unless some have come.
async fn wait(conversation: &mut Conversation<'_>, backend: &mut Connection) -> Result<(), ExecError> {
    let answers = conversation.client.while_open(backend.answers());
    Ok(answers.await.ok_or_else(super::client_gone)??)
}

/// Waits for more of the answer; a row that is half passed on can only be ended by closing the client's connection.
async fn more(conversation: &mut Conversation<'_>, backend: &mut Connection) -> Result<(), ExecError> {
    let filled = conversation.client.while_open(backend.fill());
    match filled.await.ok_or_else(super::client_gone)? {
        Ok(()) => Ok(()),
        Err(error) if conversation.client.mid_frame() => {
            tracing::warn!(%error, "lost a backend in the middle of a row");
            Err(ExecError::Client(std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Adds a column definition's frame to a head, as it came and under logical names.
fn add_column(head: &mut ResultHead, frame: &[u8], names: LogicalNames<'_>) -> Result<(), ProtocolError> {
    let ResultHead { of, sent, shown, .. } = head;
    sent.extend_from_slice(frame);
    let mut result = Ok(());
    // The client's stream numbers it anew.
    let mut sequence = 0;
    put_packet(shown, &mut sequence, |out| {
        let at = out.len();
        let payload = frame.get(HEADER..).unwrap_or_default();
        result = ColumnDefinition41::rewrite(payload, out, |column: ColumnNames<'_>| names.of_definition(column));
        if of.from_handshake {
            as_from_handshake(out.get_mut(at..).unwrap_or_default());
        }
    });
    result
}

/// One column definition, with logical names.
pub(super) fn forward_column(
    conversation: &mut Conversation<'_>,
    payload: &[u8],
    names: LogicalNames<'_>,
) -> Result<(), ProtocolError> {
    let mut result = Ok(());
    let state = conversation.state;
    conversation.client.packet(|out| {
        let at = out.len();
        result = ColumnDefinition41::rewrite(payload, out, |column: ColumnNames<'_>| names.of_definition(column));
        if from_handshake(state) {
            as_from_handshake(out.get_mut(at..).unwrap_or_default());
        }
    });
    result
}

/// The EOF between definitions and rows, for clients that want one.
pub(super) fn end_definitions(conversation: &mut Conversation<'_>) {
    let status = conversation.status;
    if !conversation.client.capabilities.contains(Capabilities::DEPRECATE_EOF) {
        conversation.client.packet(|out| EofPacket { warnings: 0, status }.encode(out));
    }
}

/// The end of a result: rows are ended here, an OK is only noted.
fn finish(
    conversation: &mut Conversation<'_>,
    capabilities: Capabilities,
    end: ResultEnd,
    payload: &[u8],
    outcome: &mut Outcome,
) -> Result<(), ProtocolError> {
    if outcome.rows.is_none() {
        return answers::take_end(outcome, end, payload, capabilities);
    }
    outcome.warnings = end.warnings;
    answers::end_rows(conversation.client, conversation.status, outcome.warnings);
    Ok(())
}

fn broken(backend: &Connection, error: ProtocolError) -> ExecError {
    let message = format!("{} does not keep to the protocol: {error}", backend.endpoint());
    SqlError::new(Code::BackendAnswer, message).into()
}

fn slice<'b>(bytes: &'b [u8], frame: &std::ops::Range<usize>) -> &'b [u8] {
    bytes.get(frame.clone()).unwrap_or_default()
}

/// A frame's payload.
pub(super) fn payload<'b>(bytes: &'b [u8], frame: &std::ops::Range<usize>) -> &'b [u8] {
    slice(bytes, frame).get(crate::wire::frame::HEADER..).unwrap_or_default()
}
