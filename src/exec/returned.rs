//! Rows that a write returns (RETURNING), where more than one server makes it.
//!
//! Always holds: they are held until every node has done its part, because a client cannot be told to forget a row;
//! bounded by `limits.max_merge_bytes`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::hold::Hold;
use super::kinds::{self, Kind};
use super::{Conversation, ExecError, Form, Outcome, Physical, Place, Request, answers, gather, rows, send};
use crate::backend::{BackendError, Connection};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::merge::MergeLimits;
use crate::wire::frame::RowPackets;
use crate::wire::{OkPacket, ResponseKind, Scanned};

/// Rows that a statement has returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    place: Place,
    definitions: Vec<Bytes>,
    rows: VecDeque<Bytes>,
}

/// How much all nodes of a statement may hold.
#[derive(Clone, Debug)]
pub(super) struct Room {
    held: Arc<AtomicU64>,
    limit: u64,
}

// === impl Returned ===

impl Returned {
    /// Takes the rows that are complete.
    fn take(&mut self, packets: &mut RowPackets) -> Result<(), SqlError> {
        while let Some(packet) = packets.next_row().map_err(rows::broken)? {
            self.rows.push_back(packet.freeze());
        }
        Ok(())
    }
}

// === impl Room ===

impl Room {
    pub(super) fn of(limits: MergeLimits) -> Self {
        Self { held: Arc::default(), limit: limits.max_bytes }
    }

    fn has(&self, bytes: usize) -> bool {
        let more = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.held.fetch_add(more, Ordering::Relaxed).saturating_add(more) <= self.limit
    }

    fn too_much(&self) -> SqlError {
        let message = format!(
            "more than {} bytes of rows would be returned by several shards (limits.max_merge_bytes); write in parts, or \
             without RETURNING",
            self.limit
        );
        SqlError::new(Code::MergeLimit, message)
    }
}

// === impl Returned ===

impl Returned {
    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }
}

/// The answer to a statement that returns rows.
pub(super) async fn answer(backend: &mut Connection, place: Place, room: &Room) -> Result<Outcome, BackendError> {
    let mut scanner = backend.scanner(ResponseKind::Results);
    let capabilities = backend.capabilities();
    let mut outcome = Outcome::default();
    let mut returned = Returned { place, definitions: Vec::new(), rows: VecDeque::new() };
    let mut packets = RowPackets::new();
    let mut failed: Option<SqlError> = None;
    while !scanner.is_over() {
        let scanned = backend.next(&mut scanner).await?;
        let used = scanned.end();
        match scanned {
            Scanned::Column { frame } => {
                let payload = super::relay::payload(backend.unread(), &frame);
                returned.definitions.push(Bytes::copy_from_slice(payload));
            }
            Scanned::Rows { bytes, .. } if failed.is_none() => {
                if room.has(bytes.len()) {
                    packets.push(backend.unread().get(bytes).unwrap_or_default());
                    failed = returned.take(&mut packets).err();
                } else {
                    failed = Some(room.too_much());
                }
            }
            Scanned::End { frame, end, .. } => {
                outcome.warnings = end.warnings;
                if returned.definitions.is_empty()
                    && let Ok(ok) = OkPacket::decode(super::relay::payload(backend.unread(), &frame), capabilities)
                {
                    (outcome.affected_rows, outcome.last_insert_id) = (ok.affected_rows, ok.last_insert_id);
                    outcome.message = ok.message.to_vec();
                }
            }
            Scanned::Err { frame } => failed = Some(backend.error_at(frame)?),
            _ => {}
        }
        backend.consume(used);
    }
    if let Some(error) = failed {
        return Err(BackendError::Server(error));
    }
    outcome.returned = (!returned.definitions.is_empty()).then(|| Box::new(returned));
    Ok(outcome)
}

/// Runs a statement on a merge node and holds what it returns. The connection comes back where it is well, also when the
/// statement failed.
pub(super) async fn on(
    conversation: &mut Conversation<'_>,
    mut hold: Hold,
    request: &Request<'_>,
    physical: &Physical,
) -> Result<(Option<Hold>, Result<Outcome, ExecError>), ExecError> {
    let names = request.names_at(Place::MergeNode);
    if let Err(error) = send::send(&mut hold, request, (&physical.sql, &physical.params)).await {
        let well = !error.ends_connection();
        return Ok((well.then_some(hold), Err(names.error(error.into()).into())));
    }
    let outcome = match answer(&mut hold, Place::MergeNode, &Room::of(conversation.limits)).await {
        Err(error) if error.ends_connection() => return Err(error.into()),
        outcome => outcome,
    };
    if outcome.as_ref().map_or(true, |outcome| outcome.warnings > 0) {
        let list = names.warnings(answers::warnings(&mut hold).await?);
        match outcome {
            Ok(outcome) => return Ok((Some(hold), Ok(Outcome { warning_list: list, ..outcome }))),
            Err(error) => {
                *conversation.noted = list;
                return Ok((Some(hold), Err(names.error(error.into()).into())));
            }
        }
    }
    Ok((Some(hold), outcome.map_err(ExecError::from)))
}

/// One server's rows out of the nodes': in the order of the statement's own rows, or else one node's behind another's.
pub(super) fn together(returned: Vec<(DataNode, Returned)>, rows: &[DataNode]) -> Option<Box<Returned>> {
    let (_, first) = returned.first()?;
    let (place, definitions) = (first.place, first.definitions.clone());
    let mut all = VecDeque::with_capacity(returned.iter().map(|(_, of)| of.rows.len()).sum());
    if rows.is_empty() {
        returned.into_iter().for_each(|(_, of)| all.extend(of.rows));
    } else {
        let mut by_node: BTreeMap<DataNode, VecDeque<Bytes>> =
            returned.into_iter().map(|(node, of)| (node, of.rows)).collect();
        all.extend(rows.iter().filter_map(|node| by_node.get_mut(node)?.pop_front()));
    }
    Some(Box::new(Returned { place, definitions, rows: all }))
}

/// # Errors
/// The nodes' rows cannot be shown as those of one.
pub(super) fn fit<'r>(mut all: impl Iterator<Item = &'r Returned>, request: &Request<'_>) -> Result<(), SqlError> {
    let Some(first) = all.next() else { return Ok(()) };
    let types = match request.form {
        Form::Text | Form::Named(_) => None,
        Form::Binary(_) => Some(Kind::all(&first.definitions)?),
    };
    for other in all {
        kinds::as_many(first.definitions.len(), other.definitions.len())?;
        let Some(types) = &types else { continue };
        for (at, other) in Kind::all(&other.definitions)?.into_iter().enumerate() {
            kinds::same(types.get(at), other, at)?;
        }
    }
    Ok(())
}

/// Shows the client what a statement has returned, now that it is done.
pub(super) async fn show(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    outcome: &mut Outcome,
) -> Result<(), ExecError> {
    let Some(returned) = outcome.returned.take() else { return Ok(()) };
    gather::write_definitions(conversation, &returned.definitions, request.names_at(returned.place))?;
    outcome.rows = Some(u64::try_from(returned.rows.len()).unwrap_or(u64::MAX));
    for row in returned.rows {
        conversation.client.packet(|out| out.extend_from_slice(&row));
        if conversation.client.above_high_water() {
            conversation.client.flush().await?;
        }
    }
    answers::end_rows(conversation.client, conversation.status, outcome.warnings);
    Ok(())
}
