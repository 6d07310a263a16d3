//! A scatter that is running: one lane for each instance, all followed by the task that merges.
//!
//! Always holds: of each lane no more is read than the merge needs or must hold in any case, and [`READ_AHEAD`] beyond
//! that; a client that takes no rows stops the reading, and with it the servers. All connections are there before
//! anything is sent, except where a few nodes may do ([`Sending::AsNeeded`]).

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::hold::Hold;
use super::kinds::{self, Kind};
use super::source::{Event, Job, Lane};
use super::text_warnings::{self, Heard};
use super::{Conversation, ExecError, Request, Warning};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;

/// So many bytes of one lane's rows may be read before they are due.
const READ_AHEAD: u64 = 256 * 1024;
/// How long a statement whose rows are not wanted any more may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long it may take to end once it has been killed.
const KILLED_WITHIN: Duration = Duration::from_secs(5);
/// Reading so many bytes that nobody wants is cheaper than opening a new connection.
const DRAINED: u64 = 1 << 20;
/// So many warnings are kept of one statement: as many as `max_error_count` lets one server keep.
const MAX_WARNINGS: usize = 1024;
/// Where few nodes did not do, so many times more are asked next.
const WIDER: usize = 4;

/// Which statements are sent at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// All of them.
    All,
    /// All of them, over several connections to an instance that has some to spare: rows of tables that share a
    /// connection have to be held until the last of these tables is reached.
    Apart,
    /// One, and more when its rows were not enough: any rows will do.
    AsNeeded,
}

/// Whether the client still waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Waits,
    Gone,
}

/// A scatter that is running.
#[derive(Debug)]
pub(super) struct Scatter {
    lanes: Vec<Lane>,
    /// The lanes behind those, which have no connection yet.
    unopened: VecDeque<(InstanceId, VecDeque<Job>)>,
    /// The lane of each source.
    lane_of: Vec<usize>,
    /// How many statements are sent next; all that are left if there is no number.
    next: Option<usize>,
    /// The lane that is asked first.
    turn: usize,
    /// Warnings of the statements that are done and have any.
    heard: Vec<Heard>,
    /// How many statements are done.
    ended: usize,
    /// The types of the first answer's columns, if all answers are to have the same.
    kinds: Option<Vec<Kind>>,
    /// How many columns the first answer has.
    columns: Option<usize>,
}

// === impl Scatter ===

impl Scatter {
    /// Takes the connections; [`Self::next`] sends.
    pub(super) async fn start(
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        sending: Sending,
    ) -> Result<Self, SqlError> {
        let by_instance = jobs(request);
        let mut scatter = Self::empty(by_instance.len(), request);
        match sending {
            Sending::All | Sending::Apart => {
                for (hold, mut jobs) in Hold::take_all(conversation, request, by_instance).await? {
                    let instance = hold.instance;
                    let most = if sending == Sending::Apart { connections(conversation, instance) } else { 1 };
                    let mut spare = Vec::new();
                    while 1 + spare.len() < most.min(jobs.len()) {
                        let Some(hold) = Hold::take_spare(conversation, instance).await else { break };
                        spare.push(hold);
                    }
                    let each = jobs.len().div_ceil(1 + spare.len());
                    for hold in spare {
                        let rest = jobs.split_off(each.min(jobs.len()));
                        scatter.add(hold, std::mem::replace(&mut jobs, rest), request);
                    }
                    scatter.add(hold, jobs, request);
                }
            }
            Sending::AsNeeded => {
                scatter.unopened.extend(by_instance);
                scatter.next = Some(1);
            }
        }
        Ok(scatter)
    }

    /// Asks the servers for no warnings: nobody is told of any, or there are none.
    pub(super) fn deafen(&mut self) {
        self.lanes.iter_mut().for_each(Lane::deafen);
    }

    /// All answers are to have columns of the same types: the rows go to one place, and do not tell them.
    pub(super) fn expect_same_types(&mut self) {
        self.kinds.get_or_insert_default();
        self.lanes.iter_mut().for_each(Lane::expect_same_types);
    }

    fn empty(lanes: usize, request: &Request<'_>) -> Self {
        Self {
            lanes: Vec::with_capacity(lanes),
            unopened: VecDeque::new(),
            lane_of: vec![0; request.nodes.len()],
            next: None,
            turn: 0,
            heard: Vec::new(),
            ended: 0,
            kinds: None,
            columns: None,
        }
    }

    /// Over connections that are there already: those that are needed are taken, and come back by [`Self::put_back`].
    ///
    /// # Errors
    /// An instance has none.
    pub(super) fn over(holds: &mut BTreeMap<InstanceId, Hold>, request: &Request<'_>) -> Result<Self, SqlError> {
        let by_instance = jobs(request);
        let mut scatter = Self::empty(by_instance.len(), request);
        for (instance, jobs) in by_instance {
            let Some(hold) = holds.remove(&instance) else {
                return Err(SqlError::new(Code::InstanceUnavailable, "a connection of the statement was lost"));
            };
            scatter.add(hold, jobs, request);
        }
        Ok(scatter)
    }

    /// Ends it, and puts back the connections on which nothing runs any more; the others are closed.
    pub(super) async fn put_back(mut self, holds: &mut BTreeMap<InstanceId, Hold>, request: &Request<'_>) {
        let mut lanes = std::mem::take(&mut self.lanes);
        lanes.iter_mut().for_each(Lane::stop);
        drain(&mut lanes, request).await;
        let idle = lanes.into_iter().filter(|lane| !lane.is_busy()).map(Lane::into_hold);
        holds.extend(idle.map(|hold| (hold.instance, hold)));
    }

    fn add(&mut self, hold: Hold, jobs: VecDeque<Job>, request: &Request<'_>) {
        for job in &jobs {
            if let Some(lane) = self.lane_of.get_mut(job.source) {
                *lane = self.lanes.len();
            }
        }
        let mut lane = Lane::new(hold, jobs, request.plan.access);
        if self.kinds.is_some() {
            lane.expect_same_types();
        }
        self.lanes.push(lane);
    }

    /// What comes next: of the wanted source's lane if it has anything, else of any other. `held_of` tells how many bytes
    /// of a source wait to be merged.
    ///
    /// # Errors
    /// A statement failed, a connection is lost, or the client is gone.
    pub(super) async fn next(
        &mut self,
        wanted: Option<usize>,
        held_of: impl Fn(usize) -> u64,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<Event, ExecError> {
        loop {
            self.send(request).await?;
            // Statements that go one by one may still have been waiting for their turn.
            if !self.is_busy() {
                self.widen(conversation, request).await?;
                self.send(request).await?;
            }
            match self.wait(wanted, &held_of, conversation, request).await? {
                Event::Queued => {}
                Event::Failed { node, error, list } => {
                    *conversation.noted = request.names(node).warnings(list);
                    return Err(request.names(node).error(error).into());
                }
                Event::End { source, node, warnings, list } => {
                    if conversation.running.interrupted() {
                        return Err(SqlError::new(Code::QueryInterrupted, "Query execution was interrupted").into());
                    }
                    self.ended += 1;
                    if warnings > 0 {
                        let list = request.names(node).warnings(list);
                        self.heard.push(Heard { node, count: warnings, list });
                    }
                    return Ok(Event::End { source, node, warnings, list: Vec::new() });
                }
                Event::Columns { node, definitions } => {
                    kinds::as_many(*self.columns.get_or_insert(definitions.len()), definitions.len())?;
                    if let Some(kinds) = &mut self.kinds {
                        let others = Kind::all(&definitions)?;
                        if kinds.is_empty() {
                            *kinds = others;
                        } else {
                            for (at, other) in others.into_iter().enumerate() {
                                kinds::same(kinds.get(at), other, at)?;
                            }
                        }
                    }
                    return Ok(Event::Columns { node, definitions });
                }
                event @ Event::Rows { .. } => return Ok(event),
            }
        }
    }

    async fn send(&mut self, request: &Request<'_>) -> Result<(), SqlError> {
        for lane in &mut self.lanes {
            lane.send(request).await?;
        }
        Ok(())
    }

    /// Lets more statements be sent, in turn over the lanes; lanes that have no connection yet come first.
    async fn widen(&mut self, conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<(), ExecError> {
        let unsent = self.unopened.iter().map(|(_, jobs)| jobs.len()).chain(self.lanes.iter().map(Lane::unsent)).sum();
        if unsent == 0 {
            return Err(SqlError::new(Code::BackendAnswer, "the merge waits for rows that nobody sends").into());
        }
        let mut left: usize = self.next.map_or(unsent, |next| next.min(unsent));
        self.next = self.next.map(|next| next.saturating_mul(WIDER));
        while left > 0 {
            if let Some((instance, jobs)) = self.unopened.pop_front() {
                let hold = Hold::take(conversation, request, instance, None).await?;
                self.add(hold, jobs, request);
                left -= self.lanes.last_mut().map_or(0, Lane::allow);
                continue;
            }
            for lane in &mut self.lanes {
                if left > 0 {
                    left -= lane.allow();
                }
            }
        }
        Ok(())
    }

    async fn wait(
        &mut self,
        wanted: Option<usize>,
        held_of: &impl Fn(usize) -> u64,
        conversation: &Conversation<'_>,
        request: &Request<'_>,
    ) -> Result<Event, ExecError> {
        let wanted = wanted.and_then(|source| self.lane_of.get(source).copied());
        let next = poll_fn(|context| self.poll(wanted, held_of, request, context));
        conversation.client.while_open(next).await.ok_or_else(super::client_gone)
    }

    fn poll(
        &mut self,
        wanted: Option<usize>,
        held_of: &impl Fn(usize) -> u64,
        request: &Request<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Event> {
        let count = self.lanes.len();
        let first = wanted.unwrap_or(self.turn);
        for at in (0..count).map(|step| (first + step) % count) {
            let Some(lane) = self.lanes.get_mut(at) else { continue };
            if may_read(lane, at, wanted, held_of)
                && let Poll::Ready(event) = lane.poll(request, context)
            {
                self.turn = (at + 1) % count;
                return Poll::Ready(event);
            }
        }
        Poll::Pending
    }

    /// Reads what is still due after the last row that was wanted, for its warnings; not for long.
    pub(super) async fn read_out(&mut self, conversation: &mut Conversation<'_>, request: &Request<'_>) {
        let mut unheard = 0;
        let rest = async {
            while unheard <= DRAINED && self.lanes.iter().any(Lane::is_busy) {
                match self.next(None, |_| 0, conversation, request).await {
                    Ok(Event::Rows { batch, .. }) => unheard += batch.len(),
                    Ok(_) => {}
                    // One server would have stopped before it came to that.
                    Err(_) => break,
                }
            }
        };
        // What is late is ended by `settle`.
        drop(timeout(PATIENCE, rest).await);
    }

    /// How many warnings the statement has, and those that are kept: what all nodes say of its text is told once.
    ///
    /// # Errors
    /// A connection is lost.
    pub(super) async fn warnings(&mut self, request: &Request<'_>) -> Result<(u16, Vec<Warning>), SqlError> {
        let mut heard = std::mem::take(&mut self.heard);
        let mut kept = MAX_WARNINGS;
        if heard.len() > 1
            && let Some(lane) = self.lanes.iter_mut().find(|lane| lane.is_idle())
        {
            if heard.len() == self.ended {
                text_warnings::of_read(lane.hold_mut(), request, &mut heard).await?;
            }
            kept = text_warnings::kept(lane.hold_mut()).await?;
        }
        let count = heard.iter().fold(0_u16, |sum, heard| sum.saturating_add(heard.count));
        Ok((count, heard.into_iter().flat_map(|heard| heard.list).take(kept).collect()))
    }

    /// Whether anything that was sent has not been answered.
    pub(super) fn is_busy(&self) -> bool {
        self.lanes.iter().any(Lane::is_busy)
    }

    /// Gives the connections back. Statements that go on for nobody are ended: with their connection where it is one of
    /// the pool's, by KILL QUERY where it is a branch of the transaction.
    pub(super) async fn settle(&mut self, conversation: &mut Conversation<'_>, request: &Request<'_>, client: Client) {
        let mut lanes = std::mem::take(&mut self.lanes);
        lanes.iter_mut().for_each(Lane::stop);
        let until = Instant::now() + KILLED_WITHIN;
        loop {
            if client == Client::Waits {
                drain(&mut lanes, request).await;
            }
            let (busy, idle): (Vec<Lane>, Vec<Lane>) = lanes.into_iter().partition(Lane::is_busy);
            idle.into_iter().for_each(|lane| lane.release(conversation));
            lanes = busy;
            lanes.retain(Lane::of_transaction);
            if lanes.is_empty() || client == Client::Gone || Instant::now() >= until {
                // Whatever still runs is ended with its connection; a branch of the transaction is lost.
                return;
            }
            for lane in &lanes {
                let Some(instance) = conversation.catalog.instances().get(lane.instance()) else { continue };
                if let Err(error) = instance.kill_query(lane.thread(), || true).await {
                    tracing::debug!(instance = instance.name(), %error, "an unneeded statement was not killed");
                }
            }
        }
    }
}

/// The statements of a scatter, by instance.
fn jobs(request: &Request<'_>) -> BTreeMap<InstanceId, VecDeque<Job>> {
    let mut by_instance: BTreeMap<InstanceId, VecDeque<Job>> = BTreeMap::new();
    for (source, node) in request.nodes.iter().enumerate() {
        by_instance.entry(request.instance(*node)).or_default().push_back(Job { source, node: *node });
    }
    by_instance
}

/// How many connections to an instance one statement may use.
fn connections(conversation: &Conversation<'_>, instance: InstanceId) -> usize {
    conversation.catalog.instances().get(instance).map_or(1, |instance| instance.options().max_scatter_connections)
}

/// Whether a lane is to be read: the wanted one, those whose rows have to be held in any case because others come behind
/// them on the same connection, and any other until enough of it waits.
fn may_read(lane: &Lane, at: usize, wanted: Option<usize>, held_of: &impl Fn(usize) -> u64) -> bool {
    lane.is_busy()
        && (wanted.is_none()
            || wanted == Some(at)
            || lane.reads().is_some_and(|(source, behind)| behind || held_of(source) < READ_AHEAD))
}

/// Reads what nobody wants, for a while.
async fn drain(lanes: &mut [Lane], request: &Request<'_>) {
    let mut unheard = vec![0; lanes.len()];
    let all = poll_fn(|context| {
        let mut waits = false;
        for (lane, unheard) in lanes.iter_mut().zip(&mut unheard) {
            while lane.is_busy() && (lane.of_transaction() || *unheard <= DRAINED) {
                match lane.poll(request, context) {
                    Poll::Ready(Event::Rows { batch, .. }) => *unheard += batch.len(),
                    Poll::Ready(_) => {}
                    Poll::Pending => {
                        waits = true;
                        break;
                    }
                }
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    });
    // Who has not come to its end is busy still.
    drop(timeout(PATIENCE, all).await);
}
