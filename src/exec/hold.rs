//! Holding a connection for one statement: a branch of the open transaction, or a lease of its own.
//!
//! Whatever has to be said before the statement (session variables, BEGIN, savepoints) is queued in front of it and
//! goes out in the same flight; the connection takes those answers itself.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use super::{Conversation, Request};
use crate::backend::{Connection, Lease, StatementKey};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::plan::Access;

/// A connection, for one statement.
#[derive(Debug)]
pub(super) struct Hold {
    /// Where it is.
    pub(super) instance: InstanceId,
    lease: Lease,
    origin: Origin,
}

/// Where a connection came from, and goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Pool,
    /// A new branch of the open transaction.
    NewBranch,
    /// A branch that had been opened.
    Branch,
}

// === impl Hold ===

impl Hold {
    /// A connection to an instance, ready for the statement; rather one where the prepared `statement` is open.
    ///
    /// A branch is taken out of the transaction: [`Hold::release`] puts it back. Dropped instead, its connection is
    /// closed and the server rolls it back.
    pub(super) async fn take(
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        instance: InstanceId,
        statement: Option<&StatementKey<'_>>,
    ) -> Result<Self, SqlError> {
        if request.plan.access == Access::Write {
            conversation.transaction.will_write([instance]);
        }
        Self::take_one(conversation, instance, statement).await
    }

    /// A connection to an instance on which the statement only reads, whatever it writes elsewhere.
    pub(super) async fn take_to_read(
        conversation: &mut Conversation<'_>,
        instance: InstanceId,
    ) -> Result<Self, SqlError> {
        Self::take_one(conversation, instance, None).await
    }

    /// Connections to several instances, each with what is to be done there: all of them, or none.
    pub(super) async fn take_all<T>(
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        wanted: BTreeMap<InstanceId, T>,
    ) -> Result<Vec<(Self, T)>, SqlError> {
        if request.plan.access == Access::Write {
            conversation.transaction.will_write(wanted.keys().copied());
        }
        let mut taken = Vec::with_capacity(wanted.len());
        for (instance, work) in wanted {
            match Self::take_one(conversation, instance, None).await {
                Ok(hold) => taken.push((hold, work)),
                Err(error) => {
                    // Nothing has been sent: the branches among them are as good as before.
                    taken.into_iter().for_each(|(hold, _): (Self, T)| hold.unused(conversation));
                    return Err(error);
                }
            }
        }
        Ok(taken)
    }

    async fn take_one(
        conversation: &mut Conversation<'_>,
        instance: InstanceId,
        statement: Option<&StatementKey<'_>>,
    ) -> Result<Self, SqlError> {
        let instances = conversation.catalog.instances();
        let of_transaction = conversation.transaction.is_open();
        let (lease, origin) = match conversation.transaction.take(instance) {
            Some(mut lease) => {
                // When this fails the connection is unusable, and the branch is lost with it.
                lease.apply_state(conversation.state).await?;
                (lease, Origin::Branch)
            }
            None => {
                let Some(known) = instances.get(instance) else {
                    let message = "the rules name an instance that is not configured";
                    return Err(SqlError::new(Code::InstanceUnavailable, message));
                };
                if of_transaction {
                    conversation.transaction.admit(instance).await?;
                }
                let mut lease = match statement {
                    Some(statement) => known.lease_prepared(conversation.state, statement).await?,
                    None => known.lease_with(conversation.state).await?,
                };
                if of_transaction {
                    let thread = lease.connection_id();
                    conversation.transaction.opening(instance, thread, |statement| lease.queue_prelude(statement));
                }
                (lease, if of_transaction { Origin::NewBranch } else { Origin::Pool })
            }
        };
        conversation.running.on(instance, lease.connection_id());
        Ok(Self { instance, lease, origin })
    }

    /// A connection of the pool that a statement outside of a transaction has been given.
    pub(super) fn of_pool(conversation: &Conversation<'_>, instance: InstanceId, lease: Lease) -> Self {
        conversation.running.on(instance, lease.connection_id());
        Self { instance, lease, origin: Origin::Pool }
    }

    /// One more connection to an instance, for a statement that has one and is outside of a transaction; None when it
    /// has to do without.
    pub(super) async fn take_spare(conversation: &mut Conversation<'_>, instance: InstanceId) -> Option<Self> {
        if conversation.transaction.is_open() {
            return None;
        }
        let lease = conversation.catalog.instances().get(instance)?.lease_spare(conversation.state).await?;
        Some(Self::of_pool(conversation, instance, lease))
    }

    /// A connection to an instance beside those of the transaction, if one is open: it takes no part in it.
    pub(super) async fn take_apart(conversation: &Conversation<'_>, instance: InstanceId) -> Result<Self, SqlError> {
        let Some(known) = conversation.catalog.instances().get(instance) else {
            let message = "the rules name an instance that is not configured";
            return Err(SqlError::new(Code::InstanceUnavailable, message));
        };
        Ok(Self::of_pool(conversation, instance, known.lease_with(conversation.state).await?))
    }

    /// Gives the connection back to where it came from. One that cannot be used again is closed; if it was a branch, the
    /// transaction has lost it.
    pub(super) fn release(self, conversation: &mut Conversation<'_>) {
        conversation.running.off(self.instance, self.lease.connection_id());
        match self.origin {
            Origin::Pool => self.lease.give_back(),
            Origin::NewBranch | Origin::Branch if self.lease.is_sound() => {
                conversation.transaction.put_back(self.instance, self.lease);
            }
            Origin::NewBranch | Origin::Branch => {}
        }
    }

    /// Gives back a connection on which nothing has been sent.
    fn unused(self, conversation: &mut Conversation<'_>) {
        match self.origin {
            Origin::Branch => conversation.transaction.put_back(self.instance, self.lease),
            Origin::Pool => self.lease.give_back(),
            // Closed, because of the statements that are queued on it.
            Origin::NewBranch => conversation.transaction.not_opened(self.instance),
        }
    }

    /// Whether it is a branch of the open transaction.
    pub(super) fn of_transaction(&self) -> bool {
        self.origin != Origin::Pool
    }
}

impl Deref for Hold {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.lease
    }
}

impl DerefMut for Hold {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.lease
    }
}
