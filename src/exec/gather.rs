//! Many nodes' rows become one answer: scatter the statement, merge what comes, write it to the client.
//!
//! One task for each instance runs that instance's statements; the merge pulls. Rows of a source that
//! is not due yet are held, bounded by `limits.max_merge_bytes`.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::hold::Hold;
use super::source::{self, Event, Job, OwnedParam};
use super::{Conversation, ExecError, Form, LogicalNames, Outcome, Request, answers, prepare, relay};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId};
use crate::merge::{
    ColumnAt, CombineAggregate, MergeInput, MergeSpec, Merger, ResultColumn, RowFormat, SortKey, Step, Weights, Window,
};
use crate::value::CollationId;
use crate::wire::ColumnDefinition41;
use crate::wire::write::put_lenenc_int;

/// Scatters a statement over its nodes and merges the rows by `spec`.
pub(super) async fn gather(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
) -> Result<Outcome, ExecError> {
    let weights = weights(conversation, request, spec).await?;
    let window = request.plan.limit(&request.args)?.map(|(offset, count)| Window { offset, count });
    let mut scatter = Scatter::start(conversation, request).await?;
    let merged = scatter.merge(conversation, request, spec, window, weights).await;
    let client = if matches!(merged, Err(ExecError::Client(_))) { Client::Gone } else { Client::Waits };
    scatter.settle(conversation, client).await;
    let mut outcome = merged?;
    outcome.warning_list = std::mem::take(&mut scatter.warning_list);
    Ok(outcome)
}

/// How long a statement whose rows are not wanted any more may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long it may take to end once it has been killed.
const KILLED_WITHIN: Duration = Duration::from_secs(5);
/// So many warnings are kept of one statement: as many as `max_error_count` lets one server keep.
const MAX_WARNINGS: usize = 1024;

/// Whether the client still waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Waits,
    Gone,
}

/// A scatter that is running.
struct Scatter {
    tasks: JoinSet<Option<Hold>>,
    channels: Vec<Channel>,
    sources: Vec<SourceRows>,
    held_bytes: u64,
    warnings: u16,
    warning_list: Vec<super::Warning>,
    definitions: Option<(DataNode, Vec<Bytes>)>,
}

/// One task's channel, and which sources come over it.
struct Channel {
    from: mpsc::Receiver<Event>,
    open: bool,
}

/// What has come of one source and has not been merged.
struct SourceRows {
    channel: usize,
    rows: VecDeque<Bytes>,
    ended: bool,
    told: bool,
}

// === impl Scatter ===

impl Scatter {
    async fn start(conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<Self, ExecError> {
        let mut by_instance: BTreeMap<InstanceId, Vec<Job>> = BTreeMap::new();
        for (source, node) in request.nodes.iter().enumerate() {
            let mut numbers = Vec::new();
            let sql = request.write(*node, &mut numbers)?;
            let params = match request.form {
                Form::Text => None,
                Form::Binary(_) => Some(request.params(&numbers)?.map(OwnedParam::of).collect()),
            };
            by_instance.entry(request.instance(*node)).or_default().push(Job { source, node: *node, sql, params });
        }
        let mut scatter = Self {
            tasks: JoinSet::new(),
            channels: Vec::with_capacity(by_instance.len()),
            sources: Vec::with_capacity(request.nodes.len()),
            held_bytes: 0,
            warnings: 0,
            warning_list: Vec::new(),
            definitions: None,
        };
        let mut channel_of = vec![0; request.nodes.len()];
        // All connections first: a statement that cannot have them all must not have sent anything.
        for (hold, jobs) in Hold::take_all(conversation, request, by_instance).await? {
            for job in &jobs {
                if let Some(channel) = channel_of.get_mut(job.source) {
                    *channel = scatter.channels.len();
                }
            }
            let (to, from) = mpsc::channel(source::WAITING_BATCHES);
            scatter.channels.push(Channel { from, open: true });
            scatter.tasks.spawn(source::run(hold, jobs, to));
        }
        scatter.sources = channel_of
            .into_iter()
            .map(|channel| SourceRows { channel, rows: VecDeque::new(), ended: false, told: false })
            .collect();
        Ok(scatter)
    }

    /// Merges until the answer is complete.
    async fn merge(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        spec: &MergeSpec,
        window: Option<Window>,
        weights: Weights,
    ) -> Result<Outcome, ExecError> {
        while self.definitions.is_none() {
            self.receive_any(conversation, request).await?;
        }
        let Some((node, definitions)) = self.definitions.take() else {
            return Err(SqlError::new(Code::BackendAnswer, "no shard sent column definitions").into());
        };
        let input = MergeInput {
            columns: columns(&definitions)?,
            format: match request.form {
                Form::Text => RowFormat::Text,
                Form::Binary(_) => RowFormat::Binary,
            },
            sources: self.sources.len(),
            weights,
        };
        let mut merger = Merger::new(spec, input, window, conversation.limits).map_err(SqlError::from)?;
        let visible = definitions.len().saturating_sub(usize::from(spec.hidden));
        write_definitions(conversation, definitions.get(..visible).unwrap_or_default(), request.names(node))?;
        let mut outcome = Outcome { rows: Some(0), ..Outcome::default() };
        let mut row = Vec::new();
        loop {
            row.clear();
            match merger.next(&mut row).map_err(SqlError::from)? {
                Step::Row => {
                    outcome.rows = outcome.rows.map(|rows| rows + 1);
                    conversation.client.packet(|out| out.extend_from_slice(&row));
                    if conversation.client.above_high_water() {
                        conversation.client.flush().await?;
                    }
                }
                Step::Need(source) => self.feed(&mut merger, source, conversation, request).await?,
                Step::NeedAny => self.feed_any(&mut merger, conversation, request).await?,
                Step::Done => break,
            }
        }
        outcome.warnings = self.warnings;
        answers::end_rows(conversation.client, conversation.status, outcome.warnings);
        Ok(outcome)
    }

    /// Gives the merger the next row of one source, or its end.
    async fn feed(
        &mut self,
        merger: &mut Merger,
        wanted: usize,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<(), ExecError> {
        loop {
            let Some(source) = self.sources.get_mut(wanted) else {
                return Err(SqlError::new(Code::BackendAnswer, "the merge asks for a source that is not there").into());
            };
            if let Some(row) = source.rows.pop_front() {
                self.held_bytes = self.held_bytes.saturating_sub(length(&row));
                return Ok(merger.push(wanted, row).map_err(SqlError::from)?);
            }
            if source.ended {
                source.told = true;
                return Ok(merger.finish(wanted).map_err(SqlError::from)?);
            }
            let channel = source.channel;
            self.receive(channel, conversation, request).await?;
            let limit = conversation.limits.max_bytes;
            if self.held_bytes > limit {
                let message = format!(
                    "more than {limit} bytes of rows would have to be held to merge (limits.max_merge_bytes); add a \
                     LIMIT or a narrower WHERE"
                );
                return Err(SqlError::new(Code::MergeLimit, message).into());
            }
        }
    }

    /// Gives the merger a row of any source, or the end of one.
    async fn feed_any(
        &mut self,
        merger: &mut Merger,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<(), ExecError> {
        loop {
            let due = self.sources.iter().position(|source| !source.rows.is_empty() || (source.ended && !source.told));
            if let Some(source) = due {
                return self.feed(merger, source, conversation, request).await;
            }
            self.receive_any(conversation, request).await?;
        }
    }

    /// Takes the next event of one task.
    async fn receive(
        &mut self,
        channel: usize,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<(), ExecError> {
        let event = match self.channels.get_mut(channel) {
            Some(channel) => tokio::select! {
                biased;
                event = channel.from.recv() => event,
                () = conversation.client.closed() => return Err(super::client_gone()),
            },
            None => None,
        };
        self.take(channel, event, conversation, request)
    }

    /// Takes the next event of whichever task has one.
    async fn receive_any(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<(), ExecError> {
        let channels = &mut self.channels;
        let next = poll_fn(|context| {
            let mut open = false;
            for (at, channel) in channels.iter_mut().enumerate().filter(|(_, channel)| channel.open) {
                open = true;
                if let Poll::Ready(event) = channel.from.poll_recv(context) {
                    return Poll::Ready((at, event));
                }
            }
            if open { Poll::Pending } else { Poll::Ready((0, None)) }
        });
        let (channel, event) = tokio::select! {
            biased;
            next = next => next,
            () = conversation.client.closed() => return Err(super::client_gone()),
        };
        self.take(channel, event, conversation, request)
    }

    fn take(
        &mut self,
        channel: usize,
        event: Option<Event>,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<(), ExecError> {
        match event {
            Some(Event::Columns { node, definitions }) => {
                if self.definitions.is_none() {
                    self.definitions = Some((node, definitions));
                }
                Ok(())
            }
            Some(Event::Rows { source, rows }) => {
                self.held_bytes += rows.iter().map(length).sum::<u64>();
                if let Some(source) = self.sources.get_mut(source) {
                    source.rows.extend(rows);
                }
                Ok(())
            }
            Some(Event::End { source, node, warnings, list }) => {
                self.warnings = self.warnings.saturating_add(warnings);
                let room = MAX_WARNINGS.saturating_sub(self.warning_list.len());
                self.warning_list.extend(request.names(node).warnings(list).into_iter().take(room));
                if let Some(source) = self.sources.get_mut(source) {
                    source.ended = true;
                }
                Ok(())
            }
            Some(Event::Failed { node, error, list }) => {
                *conversation.noted = request.names(node).warnings(list);
                Err(request.names(node).error(error).into())
            }
            None => {
                // A task that ends without having said why has been stopped by KILL or at shutdown.
                let unfinished = self.sources.iter().any(|source| source.channel == channel && !source.ended);
                if let Some(channel) = self.channels.get_mut(channel) {
                    channel.open = false;
                }
                if unfinished || self.channels.iter().all(|channel| !channel.open) {
                    let interrupted = conversation.running.interrupted();
                    let code = if interrupted { Code::QueryInterrupted } else { Code::BackendAnswer };
                    return Err(SqlError::new(code, "a shard's answer ended before its end").into());
                }
                Ok(())
            }
        }
    }

    /// Waits for the tasks and gives their connections back. Statements that go on for nobody are killed.
    async fn settle(&mut self, conversation: &mut Conversation<'_>, client: Client) {
        self.channels.clear();
        if client == Client::Gone {
            // Whatever still runs is ended with its connection.
            self.tasks.abort_all();
        }
        if tokio::time::timeout(PATIENCE, self.join(conversation)).await.is_ok() {
            return;
        }
        for (instance, thread) in conversation.running.threads() {
            let Some(instance) = conversation.catalog.instances().get(instance) else { continue };
            if let Err(error) = instance.kill_query(thread, || true).await {
                tracing::debug!(instance = instance.name(), thread, %error, "an unneeded statement was not killed");
            }
        }
        if tokio::time::timeout(KILLED_WITHIN, self.join(conversation)).await.is_err() {
            // Their connections are closed; a branch of the transaction among them is lost.
            self.tasks.abort_all();
            self.join(conversation).await;
        }
    }

    async fn join(&mut self, conversation: &mut Conversation<'_>) {
        while let Some(done) = self.tasks.join_next().await {
            if let Ok(Some(hold)) = done {
                hold.release(conversation);
            }
        }
    }
}

fn length(row: &Bytes) -> u64 {
    u64::try_from(row.len()).unwrap_or(u64::MAX)
}

/// The definitions as the merge wants them.
fn columns(definitions: &[Bytes]) -> Result<Vec<ResultColumn>, SqlError> {
    let column = |payload: &Bytes| {
        let definition = ColumnDefinition41::decode(payload).map_err(|error| {
            SqlError::new(Code::BackendAnswer, format!("a column definition cannot be read: {error}"))
        })?;
        Ok(ResultColumn {
            type_code: definition.kind.0,
            flags: definition.flags.0,
            collation: definition.collation,
            decimals: definition.decimals,
        })
    };
    definitions.iter().map(column).collect()
}

fn write_definitions(
    conversation: &mut Conversation<'_>,
    definitions: &[Bytes],
    names: LogicalNames<'_>,
) -> Result<(), SqlError> {
    let count = u64::try_from(definitions.len()).unwrap_or_default();
    conversation.client.packet(|out| put_lenenc_int(out, count));
    for payload in definitions {
        relay::forward_column(conversation, payload, names).map_err(|error| {
            SqlError::new(Code::BackendAnswer, format!("a column definition cannot be read: {error}"))
        })?;
    }
    relay::end_definitions(conversation);
    Ok(())
}

/// Keys of a merge that compare by a weight.
fn weighted_keys(spec: &MergeSpec) -> impl Iterator<Item = (ColumnAt, ColumnAt)> + '_ {
    let group = spec.group.iter().flat_map(|group| {
        let extremes = group.aggregates.iter().filter_map(|aggregate| match &aggregate.combine {
            CombineAggregate::Min(key) | CombineAggregate::Max(key) => Some(key),
            CombineAggregate::Count
            | CombineAggregate::Sum
            | CombineAggregate::Avg { .. }
            | CombineAggregate::BitAnd
            | CombineAggregate::BitOr
            | CombineAggregate::BitXor => None,
        });
        group.keys.iter().chain(extremes)
    });
    spec.order.iter().chain(group).filter_map(|key: &SortKey| key.weight.map(|weight| (key.value, weight)))
}

/// The collations of all columns, when the merge compares strings; found out once for a plan.
async fn collations(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
) -> Result<Option<Arc<[CollationId]>>, ExecError> {
    if weighted_keys(spec).next().is_none() {
        return Ok(None);
    }
    if let Some(known) = request.collations.get() {
        return Ok(Some(known.clone()));
    }
    let Some(node) = request.nodes.first() else { return Ok(None) };
    let known = prepare::collations(conversation.catalog, conversation.state, request, *node).await?;
    Ok(Some(request.collations.get_or_init(|| known).clone()))
}

/// How each weight column compares, by the collation of the expression that it weighs.
async fn weights(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
) -> Result<Weights, ExecError> {
    let mut weights = Weights::new();
    let known = collations(conversation, request, spec).await?;
    let (Some(collations), Some(node)) = (known, request.nodes.first()) else { return Ok(weights) };
    let visible = collations.len().saturating_sub(usize::from(spec.hidden));
    let instances = conversation.catalog.instances();
    for (value, weight) in weighted_keys(spec) {
        let at = match value {
            ColumnAt::Visible(at) => usize::from(at),
            ColumnAt::Hidden(at) => visible + usize::from(at),
        };
        let Some(collation) = collations.get(at) else { continue };
        let Some(instance) = instances.get(request.instance(*node)) else { continue };
        match conversation.catalog.collations().pad_weight(instance, *collation).await? {
            Some(pad) => weights.set(weight, pad),
            None => {
                let message = format!(
                    "rows of several shards cannot be put in the order of collation number {}: its weights do not \
                     compare byte by byte; sort by another column or collation, or select one shard",
                    collation.0
                );
                return Err(SqlError::new(Code::UnsupportedAcrossShards, message).into());
            }
        }
    }
    Ok(weights)
}
