//! Many nodes' rows become one answer: scatter the statement, merge what comes, write it to the client.
//!
//! The merge pulls: rows are read as they are needed. Rows of a node that is not due yet are held, bounded by
//! `limits.max_merge_bytes`. Where that becomes much before the first row has gone out, the statement is begun anew with
//! a connection for each node, so that nothing has to be held: deep pages, and groups by the million.

use std::sync::Arc;

use bytes::Bytes;

use super::scatter::{Client, Scatter, Sending};
use super::source::Event;
use super::{Conversation, ExecError, Form, LogicalNames, Outcome, Request, answers, prepare, relay};
use crate::error::{Code, SqlError};
use crate::merge::{
    ColumnAt, CombineAggregate, MergeInput, MergeSpec, Merger, ResultColumn, RowFormat, SortKey, Step, Weights, Window,
};
use crate::plan::Access;
use crate::value::CollationId;
use crate::wire::ColumnDefinition41;
use crate::wire::write::put_lenenc_int;

/// Holding more than this is worth more connections.
const MUCH: u64 = 16 << 20;

/// Scatters a statement over its nodes and merges the rows by `spec`.
pub(super) async fn gather(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
) -> Result<Outcome, ExecError> {
    let weights = weights(conversation, request, spec).await?;
    let window = request.plan.limit(&request.args)?.map(|(offset, count)| Window { offset, count });
    let sending = match window {
        Some(_) if spec.is_concatenation() => Sending::AsNeeded,
        _ => Sending::All,
    };
    let may_restart = request.plan.access == Access::Read && !conversation.transaction.is_open();
    let mut attempt = Attempt { window, may_restart, columns: Columns::Now };
    let mut scatter = Scatter::start(conversation, request, sending).await?;
    let mut merged = merge(&mut scatter, conversation, request, spec, attempt, weights.clone()).await;
    if matches!(merged, Ok(Gathered::HoldsMuch)) {
        scatter.settle(conversation, request, Client::Waits).await;
        attempt = Attempt { may_restart: false, columns: Columns::Told, ..attempt };
        scatter = Scatter::start(conversation, request, Sending::Apart).await?;
        merged = merge(&mut scatter, conversation, request, spec, attempt, weights).await;
    }
    if merged.is_ok() && scatter.is_busy() {
        // The client has its answer before the rest is ended.
        merged = conversation.client.flush().await.map_err(ExecError::from).and(merged);
    }
    let client = if matches!(merged, Err(ExecError::Client(_))) { Client::Gone } else { Client::Waits };
    scatter.settle(conversation, request, client).await;
    match merged? {
        Gathered::Answered(outcome) => Ok(outcome),
        Gathered::HoldsMuch => {
            Err(SqlError::new(Code::BackendAnswer, "a merge was given up and not begun anew").into())
        }
    }
}

/// As [`gather`], over a scatter whose connections the caller has; they are not given back here.
pub(super) async fn gather_over(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
    scatter: &mut Scatter,
) -> Result<Gathered, ExecError> {
    let weights = weights(conversation, request, spec).await?;
    let window = request.plan.limit(&request.args)?.map(|(offset, count)| Window { offset, count });
    let attempt = Attempt { window, may_restart: true, columns: Columns::WithRows };
    let gathered = merge(scatter, conversation, request, spec, attempt, weights).await?;
    if matches!(gathered, Gathered::Answered(_)) && scatter.is_busy() {
        // The client has its answer before the rest is ended.
        conversation.client.flush().await?;
    }
    Ok(gathered)
}

/// What a merge begins with.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    window: Option<Window>,
    /// It may be given up for one over more connections.
    may_restart: bool,
    columns: Columns,
}

/// When the client is told the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    /// As soon as they are known.
    Now,
    /// In front of the first row: who calls may want to answer in another way.
    WithRows,
    /// It has been told.
    Told,
}

/// How a merge has ended.
#[derive(Debug)]
pub(super) enum Gathered {
    Answered(Outcome),
    /// Much had to be held, and no row has gone out.
    HoldsMuch,
}

/// Merges until the answer is complete.
async fn merge(
    scatter: &mut Scatter,
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
    attempt: Attempt,
    weights: Weights,
) -> Result<Gathered, ExecError> {
    let Attempt { window, may_restart, columns: told } = attempt;
    if matches!(request.form, Form::Binary(_)) {
        scatter.expect_same_types();
    }
    let Event::Columns { node, definitions } = scatter.next(None, |_| 0, conversation, request).await? else {
        return Err(SqlError::new(Code::BackendAnswer, "a shard sent no column definitions").into());
    };
    let visible = definitions.len().saturating_sub(usize::from(spec.hidden));
    let visible = definitions.get(..visible).unwrap_or_default();
    if spec.is_concatenation() && window.is_none() {
        write_definitions(conversation, visible, request.names(node))?;
        return concatenate(scatter, conversation, request).await.map(Gathered::Answered);
    }
    let input = MergeInput {
        columns: columns(&definitions)?,
        format: match request.form {
            Form::Text | Form::Named(_) => RowFormat::Text,
            Form::Binary(_) => RowFormat::Binary,
        },
        sources: request.nodes.len(),
        weights,
    };
    let mut merger = Merger::new(spec, input, window, conversation.limits).map_err(SqlError::from)?;
    if told == Columns::Now {
        write_definitions(conversation, visible, request.names(node))?;
    }
    let mut rows = 0;
    let mut row = Vec::new();
    loop {
        row.clear();
        if may_restart && rows == 0 && merger.held() > MUCH.min(conversation.limits.max_bytes / 2) {
            return Ok(Gathered::HoldsMuch);
        }
        match merger.next(&mut row).map_err(SqlError::from)? {
            Step::Row => {
                if rows == 0 && told == Columns::WithRows {
                    write_definitions(conversation, visible, request.names(node))?;
                }
                rows += 1;
                conversation.client.packet(|out| out.extend_from_slice(&row));
                if conversation.client.above_high_water() {
                    conversation.client.flush().await?;
                }
            }
            Step::Need(source) => feed(scatter, &mut merger, Some(source), conversation, request).await?,
            Step::NeedAny => feed(scatter, &mut merger, None, conversation, request).await?,
            Step::Done => break,
        }
    }
    if rows == 0 && told == Columns::WithRows {
        write_definitions(conversation, visible, request.names(node))?;
    }
    if !spec.is_concatenation() {
        scatter.read_out(conversation, request).await;
    }
    let mut outcome = end(scatter, conversation, request, rows).await?;
    outcome.found_rows = found_rows(spec, window, merger.skipped(window.map_or(0, |window| window.offset)), rows);
    Ok(Gathered::Answered(outcome))
}

/// FOUND_ROWS(): what was skipped, too. Servers differ about LIMIT 2, 0, and about the one row of an aggregate, which they
/// may know without counting it.
fn found_rows(spec: &MergeSpec, window: Option<Window>, skipped: u64, rows: u64) -> Option<u64> {
    let one_row = spec.group.as_ref().is_some_and(|group| group.keys.is_empty());
    match window {
        Some(Window { offset: 1.., count: 0 }) => None,
        Some(Window { offset: 1.., .. }) if one_row => None,
        _ => Some(skipped.saturating_add(rows)),
    }
}

/// Gives the merger what comes next.
async fn feed(
    scatter: &mut Scatter,
    merger: &mut Merger,
    wanted: Option<usize>,
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
) -> Result<(), ExecError> {
    match scatter.next(wanted, |source| merger.held_of(source), conversation, request).await? {
        Event::Rows { source, batch, .. } => {
            merger.push(source, batch).map_err(SqlError::from)?;
            let limit = conversation.limits.max_bytes;
            if merger.held() > limit {
                let message = format!(
                    "more than {limit} bytes of rows would have to be held to merge (limits.max_merge_bytes); add a \
                     LIMIT or a narrower WHERE"
                );
                return Err(SqlError::new(Code::MergeLimit, message).into());
            }
        }
        Event::End { source, .. } => merger.finish(source).map_err(SqlError::from)?,
        Event::Columns { .. } | Event::Failed { .. } | Event::Queued => {}
    }
    Ok(())
}

/// Rows in any order, all of them: they are passed on as the frames they came in.
async fn concatenate(
    scatter: &mut Scatter,
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
) -> Result<Outcome, ExecError> {
    let (mut rows, mut open) = (0, request.nodes.len());
    while open > 0 {
        match scatter.next(None, |_| 0, conversation, request).await? {
            Event::Rows { batch, rows: more, .. } => {
                rows += more;
                match batch.frames() {
                    Some(frames) => conversation.client.relay(frames),
                    None => conversation.client.packet(|out| out.extend_from_slice(batch.bytes())),
                }
                if conversation.client.above_high_water() {
                    conversation.client.flush().await?;
                }
            }
            Event::End { .. } => open -= 1,
            Event::Columns { .. } | Event::Failed { .. } | Event::Queued => {}
        }
    }
    end(scatter, conversation, request, rows).await
}

/// Writes the end of the rows.
async fn end(
    scatter: &mut Scatter,
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    rows: u64,
) -> Result<Outcome, ExecError> {
    let (warnings, warning_list) = scatter.warnings(request).await?;
    answers::end_rows(conversation.client, conversation.status, warnings);
    Ok(Outcome { rows: Some(rows), warnings, warning_list, ..Outcome::default() })
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

pub(super) fn write_definitions(
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
pub(super) fn weighted_keys(spec: &MergeSpec) -> impl Iterator<Item = (ColumnAt, ColumnAt)> + '_ {
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
