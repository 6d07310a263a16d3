//! The client's file: read, cut into lines, and passed on to the instances.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::super::{Conversation, ExecError, Request, client_gone};
use super::work::Piece;
use crate::client::Read;
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::plan::{Combine, FieldValue, LinePlacing, LineRead, Load};

/// A node is sent its lines when they have so many bytes.
const PIECE: usize = 1 << 20;
/// When the lines of all nodes have so many, the node that has most is sent its own.
const HELD: usize = 16 << 20;
/// What is remembered of a line takes so many beside its bytes.
const OF_LINE: usize = std::mem::size_of::<(u64, usize)>();
/// A line that is not whole is looked at again when so many more bytes have come, or half as many as there are.
const PATIENCE: usize = 4096;
/// So many AUTO_INCREMENT values are taken first; then twice as many each time, up to this.
const FIRST_IDS: u64 = 64;
const MOST_IDS: u64 = 8192;

/// A client's file on its way.
pub(super) struct Feed<'r> {
    request: &'r Request<'r>,
    placing: LinePlacing<'r>,
    instances: BTreeMap<InstanceId, Sender<Piece>>,
    statements: BTreeMap<DataNode, Arc<[u8]>>,
    waiting: BTreeMap<DataNode, Waiting>,
    held: usize,
    /// The first line at which any instance has failed.
    bound: Arc<AtomicU64>,
    fields: Vec<FieldValue>,
    skipped: u64,
    ids: IdRange,
    /// The greatest value that a line has brought itself, and the greatest that the sequence knows of.
    greatest: u64,
    observed: u64,
    fed: Fed,
}

/// What has become of it.
#[derive(Debug, Default)]
pub(super) struct Fed {
    /// How many lines there were.
    pub(super) rows: u64,
    pub(super) pieces: u64,
    /// The first AUTO_INCREMENT value that Weir has given.
    pub(super) first_id: Option<u64>,
    /// The last line's node.
    pub(super) last: Option<DataNode>,
    /// Why not all of it was passed on.
    pub(super) failed: Option<SqlError>,
}

/// Lines of a node that have not been sent.
#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    lines: Vec<(u64, usize)>,
}

/// AUTO_INCREMENT values that have been taken.
#[derive(Debug)]
struct IdRange {
    next: u64,
    left: u64,
    take: u64,
}

/// Why no more lines are passed on.
enum Stopped {
    /// The statement fails with this.
    Failed(SqlError),
    /// An instance has failed.
    Elsewhere,
}

impl From<SqlError> for Stopped {
    fn from(error: SqlError) -> Self {
        Self::Failed(error)
    }
}

// === impl Feed ===

impl<'r> Feed<'r> {
    pub(super) fn new(request: &'r Request<'r>, bound: Arc<AtomicU64>) -> Result<Self, SqlError> {
        let mut statements = BTreeMap::new();
        for node in request.nodes {
            statements.insert(*node, request.write(*node, &mut Vec::new())?.into());
        }
        let wanted = request.plan.load.as_ref().map_or(0, |load| load.format.wanted.len());
        Ok(Self {
            request,
            placing: request.plan.line_placing()?,
            instances: BTreeMap::new(),
            statements,
            waiting: BTreeMap::new(),
            held: 0,
            bound,
            fields: vec![FieldValue::default(); wanted],
            skipped: 0,
            ids: IdRange { next: 0, left: 0, take: FIRST_IDS },
            greatest: 0,
            observed: 0,
            fed: Fed::default(),
        })
    }

    /// Where an instance's pieces go.
    pub(super) fn connect(&mut self, instance: InstanceId, to: Sender<Piece>) {
        self.instances.insert(instance, to);
    }

    /// Asks the client for its file and passes it on. The file is read to its end, whatever happens.
    ///
    /// # Errors
    /// The client is gone, or does not keep to the protocol.
    pub(super) async fn run(mut self, conversation: &mut Conversation<'_>, load: &Load) -> Result<Fed, ExecError> {
        conversation.client.packet(|out| {
            out.push(0xFB);
            out.extend_from_slice(&load.file);
        });
        conversation.client.ask().await?;
        let (mut packet, mut bytes) = (Vec::new(), Vec::new());
        let (mut stopped, mut wanted) = (None, 0);
        loop {
            let until = Instant::now().checked_add(conversation.silence);
            match conversation.client.read_packet(until, &mut packet).await? {
                Read::Packet => {}
                Read::Closed | Read::Silent => return Err(client_gone()),
            }
            let last = packet.is_empty();
            if stopped.is_none() {
                bytes.extend_from_slice(&packet);
                if last || bytes.len() >= wanted {
                    match self.lines(conversation, load, &mut bytes, last).await {
                        Ok(next) => wanted = next,
                        Err(why) => stopped = Some(why),
                    }
                }
            } else {
                bytes = Vec::new();
            }
            if last {
                break;
            }
        }
        let passed = match stopped {
            None => self.pass_all(conversation).await,
            // An earlier line of another node may fail, too.
            Some(Stopped::Elsewhere) if !load.ignores => self.pass_all(conversation).await,
            Some(why) => Err(why),
        };
        if let Err(Stopped::Failed(error)) = passed {
            self.fed.failed = Some(error);
        }
        Ok(self.fed)
    }

    /// Takes the whole lines off the front. Says how many bytes there have to be before it is worth to look again.
    async fn lines(
        &mut self,
        conversation: &mut Conversation<'_>,
        load: &Load,
        bytes: &mut Vec<u8>,
        last: bool,
    ) -> Result<usize, Stopped> {
        if conversation.running.interrupted() {
            return Err(SqlError::new(Code::QueryInterrupted, "Query execution was interrupted").into());
        }
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let skips = self.skipped < load.skipped;
            let read =
                if skips { load.format.skip(rest, last) } else { load.format.read(rest, last, &mut self.fields) };
            let row = self.fed.rows + 1;
            let read = read.map_err(|error| {
                let message = format!("row {row} of the file cannot be told from the next: {error}");
                SqlError::new(Code::UnsupportedStatement, message)
            })?;
            match read {
                LineRead::Line { end, .. } if skips => {
                    self.skipped += 1;
                    at += end;
                }
                LineRead::Line { fields_at, end } => {
                    if row >= self.bound.load(Ordering::Relaxed) {
                        return Err(Stopped::Elsewhere);
                    }
                    self.line(conversation, load, rest.get(..end).unwrap_or_default(), fields_at).await?;
                    at += end;
                }
                LineRead::End => {
                    bytes.clear();
                    return Ok(0);
                }
                LineRead::More => {
                    bytes.drain(..at);
                    let most = usize::try_from(conversation.limits.max_bytes).unwrap_or(usize::MAX);
                    if bytes.len() > most {
                        let message =
                            format!("row {row} of the file has more than {most} bytes (limits.max_merge_bytes)");
                        return Err(SqlError::new(Code::MergeLimit, message).into());
                    }
                    return Ok(bytes.len() + PATIENCE.max(bytes.len() / 2));
                }
            }
        }
    }

    async fn line(
        &mut self,
        conversation: &mut Conversation<'_>,
        load: &Load,
        line: &[u8],
        fields_at: usize,
    ) -> Result<(), Stopped> {
        let row = self.fed.rows + 1;
        let in_row =
            |error: SqlError| SqlError { message: format!("{} (row {row} of the file)", error.message), ..error };
        let id = if load.generates { Some(self.id(conversation).await?) } else { None };
        if let Some(own) = self.placing.own_id(&self.fields).map_err(in_row)? {
            self.greatest = self.greatest.max(own);
        }
        let node = match self.placing.node(&self.fields, id).map_err(in_row)? {
            Some(node) => node,
            None => super::first_node(self.request),
        };
        let waiting = self.waiting.entry(node).or_default();
        let before = waiting.bytes.len();
        let (start, fields) = line.split_at_checked(fields_at).unwrap_or((line, &[]));
        waiting.bytes.extend_from_slice(start);
        if let Some(id) = id {
            waiting.bytes.extend_from_slice(id.to_string().as_bytes());
            waiting.bytes.extend_from_slice(&load.format.field_end);
        }
        waiting.bytes.extend_from_slice(fields);
        waiting.lines.push((row, waiting.bytes.len()));
        self.held += waiting.bytes.len() - before + OF_LINE;
        let full = waiting.size() >= PIECE;
        self.fed.rows = row;
        self.fed.last = Some(node);
        if full {
            return self.pass(conversation, node).await;
        }
        if self.held >= HELD {
            let most = self.waiting.iter().max_by_key(|(_, waiting)| waiting.size()).map(|(node, _)| *node);
            if let Some(node) = most {
                return self.pass(conversation, node).await;
            }
        }
        Ok(())
    }

    /// The next AUTO_INCREMENT value.
    async fn id(&mut self, conversation: &Conversation<'_>) -> Result<u64, SqlError> {
        let ids = &mut self.ids;
        if ids.left == 0 {
            let Some(table) = self.request.plan.tables.first() else {
                return Err(SqlError::new(Code::SequenceFailed, "the statement has no table"));
            };
            ids.next = conversation.ids.take(table, ids.take).await?;
            (ids.left, ids.take) = (ids.take, ids.take.saturating_mul(2).min(MOST_IDS));
        }
        let id = ids.next;
        (ids.next, ids.left) = (id.saturating_add(1), ids.left - 1);
        self.fed.first_id = self.fed.first_id.or(Some(id));
        Ok(id)
    }

    /// Sends a node its lines; one that stands for all is sent them as each.
    async fn pass(&mut self, conversation: &Conversation<'_>, node: DataNode) -> Result<(), Stopped> {
        let Some(waiting) = self.waiting.remove(&node) else { return Ok(()) };
        self.held = self.held.saturating_sub(waiting.size());
        if self.greatest > self.observed
            && let Some(table) = self.request.plan.tables.first()
        {
            conversation.ids.observe(table, self.greatest).await?;
            self.observed = self.greatest;
        }
        self.fed.pieces += 1;
        if self.request.plan.combine != Combine::Same {
            return self.send(node, waiting, true).await;
        }
        for (number, copy) in self.request.nodes.iter().enumerate() {
            let waiting = Waiting { bytes: waiting.bytes.clone(), lines: waiting.lines.clone() };
            self.send(*copy, waiting, number == 0).await?;
        }
        Ok(())
    }

    async fn send(&self, node: DataNode, waiting: Waiting, counts: bool) -> Result<(), Stopped> {
        let (Some(to), Some(sql)) = (self.instances.get(&self.request.instance(node)), self.statements.get(&node))
        else {
            return Err(SqlError::new(Code::TopologyDrift, "a line's node is none of the statement's").into());
        };
        let Waiting { bytes, lines } = waiting;
        let piece = Piece { node, sql: sql.clone(), bytes, lines, counts };
        to.send(piece).await.map_err(|_| Stopped::Elsewhere)
    }

    /// Sends all that is left, the last line's node last: user variables keep what it has left in them.
    async fn pass_all(&mut self, conversation: &Conversation<'_>) -> Result<(), Stopped> {
        let mut nodes: Vec<DataNode> = self.waiting.keys().copied().collect();
        nodes.sort_by_key(|node| Some(*node) == self.fed.last);
        for node in nodes {
            self.pass(conversation, node).await?;
        }
        Ok(())
    }
}

// === impl Waiting ===

impl Waiting {
    fn size(&self) -> usize {
        self.bytes.len() + self.lines.len() * OF_LINE
    }
}
