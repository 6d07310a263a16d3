//! One instance's part of a scatter: a task that runs its statements one by one and hands their rows on.
//!
//! One by one, because warnings can be read only before the next statement, and because a statement that is queued
//! behind a failed one would run all the same.
//!
//! Rows go through a bounded channel, so a slow client slows the backends down instead of filling memory. When nobody
//! listens any more, a connection of the transaction is read to its end, and any other is closed if much is left.

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::hold::Hold;
use super::{Warning, answers, prepare, relay};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::wire::{EofPacket, FrameReader, OkPacket, Param, ResponseKind, Scanned};

/// Rows are handed on in batches of about so many bytes.
const BATCH: usize = 32 * 1024;
/// So many batches may wait between a task and the merge.
pub(super) const WAITING_BATCHES: usize = 4;
/// Reading so many bytes that nobody wants is cheaper than opening a new connection.
const DRAINED: usize = 1 << 20;
/// A row is at most as large as the largest packet that any server sends.
const MAX_ROW: usize = 1 << 30;

/// One statement of a scatter.
#[derive(Debug)]
pub(super) struct Job {
    /// Its number among all statements of the scatter.
    pub(super) source: usize,
    /// Where it runs.
    pub(super) node: DataNode,
    /// Its text.
    pub(super) sql: Vec<u8>,
    /// What its prepared form is executed with; None for a text statement.
    pub(super) params: Option<Vec<OwnedParam>>,
}

/// A parameter that a task can keep.
#[derive(Clone, Debug)]
pub(super) struct OwnedParam {
    kind: crate::wire::ParamType,
    data: OwnedData,
}

#[derive(Clone, Debug)]
enum OwnedData {
    Null,
    Wire(Vec<u8>),
    Long(Vec<u8>),
}

/// What a task tells the merge.
#[derive(Debug)]
pub(super) enum Event {
    /// The column definitions of a statement's rows.
    Columns { node: DataNode, definitions: Vec<Bytes> },
    /// Some rows.
    Rows { source: usize, rows: Vec<Bytes> },
    /// The statement is done.
    End { source: usize, node: DataNode, warnings: u16, list: Vec<Warning> },
    /// The statement failed, or the connection is lost.
    Failed { node: DataNode, error: SqlError, list: Vec<Warning> },
}

/// Whether anybody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    Yes,
    No,
}

// === impl OwnedParam ===

impl OwnedParam {
    pub(super) fn of(param: &Param<'_>) -> Self {
        use crate::wire::ParamData;
        let data = match param.data {
            ParamData::Null => OwnedData::Null,
            ParamData::Wire(bytes) => OwnedData::Wire(bytes.to_vec()),
            ParamData::Long(bytes) => OwnedData::Long(bytes.to_vec()),
        };
        Self { kind: param.kind, data }
    }

    pub(super) fn borrow(&self) -> Param<'_> {
        use crate::wire::ParamData;
        let data = match &self.data {
            OwnedData::Null => ParamData::Null,
            OwnedData::Wire(bytes) => ParamData::Wire(bytes),
            OwnedData::Long(bytes) => ParamData::Long(bytes),
        };
        Param { kind: self.kind, data }
    }
}

/// Runs the statements one after the other on one connection, which comes back when it is well.
pub(super) async fn run(mut hold: Hold, jobs: Vec<Job>, to: mpsc::Sender<Event>) -> Option<Hold> {
    let mut listening = Listening::Yes;
    for job in &jobs {
        let done = match send(&mut hold, job).await {
            Ok(()) => one(&mut hold, job, &to, &mut listening).await,
            Err(stopped) => Err(stopped),
        };
        if let Err(Stopped { error, well }) = done {
            let list = if well { answers::warnings(&mut hold).await } else { Ok(Vec::new()) };
            let well = well && list.is_ok();
            let list = list.unwrap_or_default();
            tell(&to, Event::Failed { node: job.node, error, list }, &mut listening).await;
            return well.then_some(hold);
        }
        if listening == Listening::No {
            return Some(hold);
        }
    }
    Some(hold)
}

/// Why a statement stopped, and whether its connection is well.
struct Stopped {
    error: SqlError,
    well: bool,
}

impl From<crate::backend::BackendError> for Stopped {
    fn from(error: crate::backend::BackendError) -> Self {
        let well = !error.ends_connection();
        Self { error: error.into(), well }
    }
}

impl From<SqlError> for Stopped {
    fn from(error: SqlError) -> Self {
        Self { error, well: false }
    }
}

async fn send(hold: &mut Hold, job: &Job) -> Result<(), Stopped> {
    match &job.params {
        None => hold.queue_query(|out| out.extend_from_slice(&job.sql)),
        Some(params) => {
            let params: Vec<Param<'_>> = params.iter().map(OwnedParam::borrow).collect();
            prepare::queue_execute(hold, &job.sql, params.iter()).await?;
        }
    }
    Ok(hold.flush().await?)
}

async fn tell(to: &mpsc::Sender<Event>, event: Event, listening: &mut Listening) {
    if *listening == Listening::Yes && to.send(event).await.is_err() {
        *listening = Listening::No;
    }
}

/// Reads one statement's answer.
async fn one(hold: &mut Hold, job: &Job, to: &mpsc::Sender<Event>, listening: &mut Listening) -> Result<(), Stopped> {
    let capabilities = hold.capabilities();
    let mut scanner = hold.scanner(ResponseKind::Results);
    let mut definitions = Vec::new();
    let mut frames = BytesMut::new();
    let mut reader: Option<FrameReader> = None;
    let mut unheard = 0;
    let (source, node) = (job.source, job.node);
    loop {
        let scanned = match hold.next_buffered(&mut scanner)? {
            Some(scanned) => scanned,
            None => {
                flush_rows(&mut reader, &mut frames, source, to, listening).await?;
                if *listening == Listening::No && unheard > DRAINED && !hold.of_transaction() {
                    return Err(broken("nobody waits for the answer").into());
                }
                hold.next(&mut scanner).await?
            }
        };
        let bytes = hold.unread();
        match scanned {
            Scanned::ColumnCount { count, frame } => {
                definitions.reserve(count);
                hold.consume(frame.end);
            }
            Scanned::Column { frame } => {
                definitions.push(Bytes::copy_from_slice(relay::payload(bytes, &frame)));
                hold.consume(frame.end);
            }
            Scanned::DefinitionsEnd { frame } => hold.consume(frame.end),
            Scanned::Rows { bytes: range, .. } => {
                announce(&mut definitions, node, to, listening).await;
                let chunk = bytes.get(range.clone()).unwrap_or_default();
                if reader.is_none() {
                    let mut first = FrameReader::new(MAX_ROW);
                    first.expect(chunk.get(3).copied().unwrap_or_default());
                    reader = Some(first);
                }
                if *listening == Listening::No {
                    unheard += chunk.len();
                }
                frames.extend_from_slice(chunk);
                hold.consume(range.end);
                if frames.len() >= BATCH {
                    flush_rows(&mut reader, &mut frames, source, to, listening).await?;
                }
            }
            Scanned::End { frame, .. } => {
                let payload = relay::payload(bytes, &frame);
                let warnings = match OkPacket::decode(payload, capabilities) {
                    Ok(ok) => ok.warnings,
                    Err(_) => EofPacket::decode(payload).map_err(|error| broken(&error))?.warnings,
                };
                hold.consume(frame.end);
                announce(&mut definitions, node, to, listening).await;
                flush_rows(&mut reader, &mut frames, source, to, listening).await?;
                let list = if warnings > 0 { answers::warnings(hold).await? } else { Vec::new() };
                tell(to, Event::End { source, node, warnings, list }, listening).await;
                return Ok(());
            }
            Scanned::Err { frame } => {
                let error = answers::error(relay::payload(bytes, &frame));
                hold.consume(frame.end);
                return Err(Stopped { error, well: true });
            }
            Scanned::NeedBytes(_)
            | Scanned::LocalInfile { .. }
            | Scanned::Param { .. }
            | Scanned::Prepared { .. }
            | Scanned::PrepareEnd { .. }
            | Scanned::Text { .. }
            | Scanned::Over => return Err(broken("it does not fit the statement").into()),
        }
    }
}

async fn announce(definitions: &mut Vec<Bytes>, node: DataNode, to: &mpsc::Sender<Event>, listening: &mut Listening) {
    if !definitions.is_empty() {
        tell(to, Event::Columns { node, definitions: std::mem::take(definitions) }, listening).await;
    }
}

async fn flush_rows(
    reader: &mut Option<FrameReader>,
    frames: &mut BytesMut,
    source: usize,
    to: &mpsc::Sender<Event>,
    listening: &mut Listening,
) -> Result<(), SqlError> {
    let Some(reader) = reader else { return Ok(()) };
    let mut rows = Vec::new();
    while let Some(packet) = reader.next_packet(frames).map_err(|error| broken(&error))? {
        rows.push(packet.payload.freeze());
    }
    if !rows.is_empty() {
        tell(to, Event::Rows { source, rows }, listening).await;
    }
    Ok(())
}

fn broken(why: &(impl std::fmt::Display + ?Sized)) -> SqlError {
    SqlError::new(Code::BackendAnswer, format!("a backend's answer cannot be read: {why}"))
}
