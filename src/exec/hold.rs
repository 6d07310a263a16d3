//! Holding a connection for one statement: a branch of the open transaction, or a lease of its own.
//!
//! Whatever has to be said before the statement (session variables, BEGIN, savepoints) is queued in front of it and
//! goes out in the same flight; [`Hold::settle`] reads those answers first. Only before a write are session variables
//! waited for, because a write must not run under other ones than the client's.

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
    origin: From,
    /// How many queued statements are answered before the statement itself.
    pending: usize,
}

/// Where a connection came from, and goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
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
        let instances = conversation.catalog.instances().clone();
        let of_transaction = conversation.transaction.is_open();
        let access = request.plan.access;
        if of_transaction && access == Access::Write {
            let name = |id| instances.get(id).map_or_else(String::new, |instance| instance.name().to_owned());
            conversation.transaction.will_write(instance, name)?;
        }
        let (lease, origin) = match conversation.transaction.take(instance) {
            Some(lease) => (lease, From::Branch),
            None => {
                let Some(instance) = instances.get(instance) else {
                    let message = "the rules name an instance that is not configured";
                    return Err(SqlError::new(Code::InstanceUnavailable, message));
                };
                (instance.lease().await?, if of_transaction { From::NewBranch } else { From::Pool })
            }
        };
        conversation.running.on(instance, lease.thread_id());
        let mut hold = Self { instance, lease, origin, pending: 0 };
        if let Some(set) = hold.lease.difference(conversation.state) {
            hold.queue(set.as_bytes());
            hold.lease.assume(conversation.state);
            if access == Access::Write {
                hold.lease.flush().await?;
                hold.settle().await?;
            }
        }
        if origin == From::NewBranch {
            for statement in conversation.transaction.opening() {
                hold.queue(statement.as_bytes());
            }
        }
        Ok(hold)
    }

    fn queue(&mut self, statement: &[u8]) {
        self.lease.queue_query(|out| out.extend_from_slice(statement));
        self.pending += 1;
    }

    /// Reads the answers to what was queued in front of the statement.
    pub(super) async fn settle(&mut self) -> Result<(), SqlError> {
        let mut refused = None;
        while self.pending > 0 {
            self.pending -= 1;
            if let Err(error) = self.lease.read_ok().await {
                if !error.is_answer() {
                    return Err(error.into());
                }
                refused = refused.or(Some(error));
            }
        }
        match refused {
            // What is queued behind has run without it: the connection is in a state that nobody asked for.
            Some(error) => {
                self.lease.poison();
                Err(error.into())
            }
            None => Ok(()),
        }
    }

    /// Gives the connection back to where it came from.
    pub(super) fn release(self, conversation: &mut Conversation<'_>) {
        match self.origin {
            From::Pool => self.lease.give_back(),
            From::NewBranch => conversation.transaction.adopt(self.instance, self.lease),
            From::Branch => conversation.transaction.put_back(self.instance, self.lease),
        }
    }

    /// Whether it is a branch of the open transaction.
    pub(super) fn of_transaction(&self) -> bool {
        self.origin != From::Pool
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
