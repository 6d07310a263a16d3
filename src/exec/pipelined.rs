//! Short reads of several clients on one connection ([`crate::backend::Ticket`]).
//!
//! Nothing reaches the client before the answer has come to its end, so that whatever is out of the ordinary (an error, a
//! warning, a connection that ends) is left to the statement's own connection, where it runs again.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::hold::Hold;
use super::relay::{Answer, Failure, Ready, Step};
use super::{Conversation, ExecError, Form, Outcome, Place, Request};
use crate::backend::{BackendError, Connection, Lease, Ticket};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::turn;
use crate::wire::stmt_execute::put_stmt_execute;

/// Longer statements go alone, in bytes.
const LONGEST: usize = 2048;

/// An answer of more bytes is not held, and those of its plan go alone from then on.
const LARGEST: usize = 256 << 10;

/// What came of an answer.
enum Told {
    /// It has been passed on.
    Rows,
    /// It is an error, and has come to its end.
    Error,
    /// It is too large to be held.
    Large,
    /// The connection does not go on.
    Lost(Option<BackendError>),
    /// The client has asked for its end.
    Interrupted,
    /// The client has gone.
    Gone,
}

/// How a statement goes on.
pub(super) enum Way {
    /// It has been answered.
    Answered(Outcome),
    /// It has to run on a connection of its own: on this one, if it has been found already.
    Alone(Option<Hold>),
}

/// Runs a statement on a connection with those of others that are ready now, if it is such that it can.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    node: DataNode,
    ready: &Ready<'_>,
) -> Result<Way, ExecError> {
    let fits = request.plan.short && ready.physical.sql.len() <= LONGEST && !conversation.transaction.is_open();
    if !fits || matches!(request.form, Form::Named(_)) || request.heads.have_seen_large() {
        return Ok(Way::Alone(None));
    }
    let mut ticket = match board(conversation, request, node, ready).await? {
        Ok(ticket) => ticket,
        Err(lease) => {
            let hold = Hold::of_pool(conversation, request.instance(node), lease);
            return Ok(Way::Alone(Some(hold)));
        }
    };
    if ticket.sends() {
        turn::after_others().await;
        if !poll_fn(|context| Poll::Ready(ticket.send(context))).await {
            return Ok(Way::Alone(None));
        }
    }
    let mut outcome = Outcome::default();
    conversation.client.hold(LARGEST);
    let mut answer = None;
    let told = poll_fn(|context| {
        let worked = ticket.poll(context, |backend, context| {
            let answer = answer.get_or_insert_with(|| Answer::new(conversation, backend, request, Place::Node(node)));
            follow(answer, conversation, backend, &mut outcome, context)
        });
        if worked.is_pending() && conversation.running.waits(context.waker()) {
            return Poll::Ready(Some(Told::Interrupted));
        }
        if worked.is_pending() && conversation.client.poll_closed(context).is_ready() {
            return Poll::Ready(Some(Told::Gone));
        }
        worked
    })
    .await;
    // The clock of the others has run while they waited for it.
    let is_first = ticket.sends();
    if matches!(told, Some(Told::Rows | Told::Error)) {
        ticket.leave();
    } else {
        drop(ticket);
    }
    if matches!(told, Some(Told::Rows)) && outcome.warnings == 0 {
        conversation.client.let_go();
        return Ok(Way::Answered(outcome));
    }
    drop(conversation.client.take_held());
    if matches!(told, Some(Told::Large)) {
        request.heads.saw_large();
    }
    match told {
        Some(Told::Lost(Some(error @ BackendError::Timeout { .. }))) if is_first => Err(error.into()),
        Some(Told::Interrupted) => Err(interrupted()),
        Some(Told::Gone) => Err(super::client_gone()),
        _ if conversation.running.interrupted() => Err(interrupted()),
        _ => Ok(Way::Alone(None)),
    }
}

fn interrupted() -> ExecError {
    SqlError::new(Code::QueryInterrupted, "Query execution was interrupted").into()
}

/// A place on a connection that others share or may, the statement being queued there; or a connection for it alone.
async fn board(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    node: DataNode,
    ready: &Ready<'_>,
) -> Result<Result<Ticket, Lease>, ExecError> {
    let Some(instance) = conversation.catalog.instances().get(request.instance(node)) else {
        let message = "the rules name an instance that is not configured";
        return Err(SqlError::new(Code::InstanceUnavailable, message).into());
    };
    let (state, key) = (conversation.state, ready.key.as_ref());
    let params = request.params(&ready.physical.params)?;
    let queue = |backend: &mut Connection| match key {
        None => {
            backend.queue_query(|out| out.extend_from_slice(&ready.physical.sql));
            true
        }
        Some(key) => {
            let Some(prepared) = backend.prepared(key) else { return false };
            backend.queue_command(|out| put_stmt_execute(out, prepared.statement_id, params.clone()));
            true
        }
    };
    if let Some(ticket) = instance.join(state, key, queue) {
        return Ok(Ok(ticket));
    }
    let mut lease = match key {
        None => instance.lease_with(state).await,
        Some(key) => instance.lease_prepared(state, key).await,
    }
    .map_err(SqlError::from)?;
    // Nobody shares a connection on which something else has to be done first.
    if lease.has_queued() || !queue(&mut lease) {
        return Ok(Err(lease));
    }
    Ok(Ok(instance.share(lease)))
}

/// Passes on what comes of an answer.
fn follow(
    answer: &mut Answer<'_>,
    conversation: &mut Conversation<'_>,
    backend: &mut Connection,
    outcome: &mut Outcome,
    context: &mut Context<'_>,
) -> Poll<Told> {
    loop {
        match answer.pass_on(conversation, backend, outcome) {
            Ok(Step::Over) => return Poll::Ready(Told::Rows),
            // A row or none: all of it is held.
            Ok(Step::Full) if conversation.client.holds_too_much() => return Poll::Ready(Told::Large),
            Ok(Step::Full) => {}
            Ok(Step::WantsBytes) => match std::task::ready!(backend.poll_fill(context)) {
                Ok(()) => {}
                Err(error) => return Poll::Ready(Told::Lost(Some(error))),
            },
            Err(Failure::Answer(_)) => return Poll::Ready(Told::Error),
            Err(Failure::Lost(_)) => return Poll::Ready(Told::Lost(None)),
        }
    }
}
