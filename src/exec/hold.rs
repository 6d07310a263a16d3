//! Holding a connection for one statement: a branch of the open transaction, or a lease of its own.
//!
//! Whatever has to be said before the statement (session variables, BEGIN, savepoints) is queued in front of it and
//! goes out in the same flight; the connection takes those answers itself.

use std::ops::{Deref, DerefMut};

use super::{Conversation, Request};
use crate::backend::{Connection, Lease};
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
    /// A connection to an instance, ready for the statement.
    ///
    /// A branch is taken out of the transaction: [`Hold::release`] puts it back. Dropped instead, its connection is
    /// closed and the server rolls it back.
    pub(super) async fn take(
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        instance: InstanceId,
    ) -> Result<Self, SqlError> {
        let mut holds = Self::take_all(conversation, request, &[instance]).await?;
        holds.pop().ok_or_else(|| SqlError::new(Code::InstanceUnavailable, "no connection was taken"))
    }

    /// Connections to several instances, in this order; all of them or none.
    pub(super) async fn take_all(
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        wanted: &[InstanceId],
    ) -> Result<Vec<Self>, SqlError> {
        if conversation.transaction.is_open() && request.plan.access == Access::Write {
            let instances = conversation.catalog.instances();
            let name = |id| instances.get(id).map_or_else(String::new, |instance| instance.name().to_owned());
            conversation.transaction.will_write(wanted, name)?;
        }
        let mut holds: Vec<Self> = Vec::with_capacity(wanted.len());
        for instance in wanted {
            match Self::take_one(conversation, *instance).await {
                Ok(hold) => holds.push(hold),
                Err(error) => {
                    holds.into_iter().for_each(|hold| hold.release(conversation));
                    return Err(error);
                }
            }
        }
        Ok(holds)
    }

    async fn take_one(conversation: &mut Conversation<'_>, instance: InstanceId) -> Result<Self, SqlError> {
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
                let mut lease = known.lease_with(conversation.state).await?;
                if of_transaction {
                    conversation.transaction.opening(|statement| lease.queue_prelude(statement));
                }
                (lease, if of_transaction { Origin::NewBranch } else { Origin::Pool })
            }
        };
        conversation.running.on(instance, lease.connection_id());
        Ok(Self { instance, lease, origin })
    }

    /// Gives the connection back to where it came from. One that cannot be used again is closed; if it was a branch, the
    /// transaction has lost it.
    pub(super) fn release(self, conversation: &mut Conversation<'_>) {
        if self.of_transaction() && !self.lease.is_sound() {
            if self.origin == Origin::NewBranch {
                conversation.transaction.lose();
            }
            return;
        }
        match self.origin {
            Origin::Pool => self.lease.give_back(),
            Origin::NewBranch => conversation.transaction.adopt(self.instance, self.lease),
            Origin::Branch => conversation.transaction.put_back(self.instance, self.lease),
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
