//! `weir_verify`: what a streaming merge answers is asked of a merge node too, and the client is given it only if both
//! say the same.
//!
//! Both answers are held meanwhile, at most `max_merge_bytes` of each, and both are read in one transaction: each
//! instance shows one moment to both. With LIMIT only the number of rows is compared: which rows of equal ones are cut off
//! is free.

use super::{Conversation, ExecError, Outcome, Request, gather, merge_node};
use crate::client::ClientError;
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::merge::MergeSpec;
use crate::plan::Access;
use crate::txn::{Characteristics, End};
use crate::wire::frame::packets;
use crate::wire::{Capabilities, ColumnDefinition41};

/// Answers twice.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
    instance: InstanceId,
) -> Result<Outcome, ExecError> {
    let own = !conversation.transaction.is_open();
    if own {
        let read_only = (request.plan.access == Access::Read).then_some(true);
        conversation.transaction.open(Characteristics { isolation: Some("REPEATABLE-READ".into()), read_only });
    }
    let both = both(conversation, request, spec, instance).await;
    if own {
        let ended = conversation.transaction.end(End::Rollback).await;
        if both.is_ok() {
            ended?;
        }
    }
    let (outcome, answer) = both?;
    conversation.client.relay(&answer);
    Ok(outcome)
}

async fn both(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    spec: &MergeSpec,
    instance: InstanceId,
) -> Result<(Outcome, Vec<u8>), ExecError> {
    let limit = usize::try_from(conversation.limits.max_bytes).unwrap_or(usize::MAX);
    conversation.client.hold(limit);
    let merged = Box::pin(gather::gather(conversation, request, spec)).await;
    let merged_bytes = conversation.client.take_held();
    let outcome = merged.map_err(too_much)?;
    conversation.client.hold(limit);
    let finished = Box::pin(merge_node::run(conversation, request, instance)).await;
    let finished_bytes = conversation.client.take_held();
    finished.map_err(too_much)?;
    let eof = !conversation.client.capabilities.contains(Capabilities::DEPRECATE_EOF);
    let (a, b) = (Answer::of(&merged_bytes, eof)?, Answer::of(&finished_bytes, eof)?);
    let cut = request.plan.limit(&request.args)?.is_some();
    match a.difference(&b, cut) {
        None => Ok((outcome, merged_bytes)),
        Some(what) => {
            let message = format!("weir_verify: a streaming merge and a merge node answer differently: {what}");
            Err(SqlError::new(Code::Unverified, message).into())
        }
    }
}

fn too_much(error: ExecError) -> ExecError {
    match error {
        ExecError::Client(ClientError::Held { limit }) => {
            let message = format!("weir_verify holds both answers, at most {limit} bytes (limits.max_merge_bytes)");
            SqlError::new(Code::MergeLimit, message).into()
        }
        other => other,
    }
}

/// An answer, as far as it is compared.
struct Answer<'b> {
    /// Name, type, collation and decimals of each column.
    columns: Vec<(Vec<u8>, u8, u16, u8)>,
    /// The rows' payloads, sorted.
    rows: Vec<&'b [u8]>,
}

// === impl Answer ===

impl<'b> Answer<'b> {
    fn of(bytes: &'b [u8], eof: bool) -> Result<Self, SqlError> {
        let broken = || SqlError::new(Code::BackendAnswer, "weir_verify cannot read an answer");
        let mut packets = packets(bytes);
        let count = packets.next().and_then(|head| head.first().copied()).map(usize::from).ok_or_else(broken)?;
        // Longer numbers of columns than a byte holds are not worth the reading: 251 columns and more.
        if count > 250 {
            return Err(SqlError::new(Code::Unverified, "weir_verify compares answers of at most 250 columns"));
        }
        let mut columns = Vec::with_capacity(count);
        for _ in 0..count {
            let payload = packets.next().ok_or_else(broken)?;
            let column = ColumnDefinition41::decode(payload).map_err(|_| broken())?;
            columns.push((column.name.to_vec(), column.kind.0, column.collation.0, column.decimals));
        }
        if eof {
            packets.next();
        }
        let mut rows: Vec<&[u8]> = packets.collect();
        // The end.
        rows.pop().ok_or_else(broken)?;
        rows.sort_unstable();
        Ok(Self { columns, rows })
    }

    /// What is different.
    fn difference(&self, other: &Self, cut: bool) -> Option<String> {
        if self.columns != other.columns {
            return Some("the columns are of other types".to_owned());
        }
        if self.rows.len() != other.rows.len() {
            return Some(format!("{} rows and {} rows", self.rows.len(), other.rows.len()));
        }
        let differing = self.rows.iter().zip(&other.rows).filter(|(a, b)| a != b).count();
        (!cut && differing > 0).then(|| format!("{differing} of {} rows", self.rows.len()))
    }
}
