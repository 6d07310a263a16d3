//! A client's transaction: its branches, one for each instance it has touched.
//!
//! A branch is opened by the first statement that reaches its instance, in the same flight as that statement. Several
//! instances may be read in one transaction; only one may be written, because a commit over several is not atomic.
//!
//! Always holds: a lease leaves a branch only after COMMIT or ROLLBACK has been answered; dropped in any other way it
//! closes its connection, and the server rolls back.

use crate::backend::{BackendError, Lease};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;

/// What START TRANSACTION or SET TRANSACTION ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Characteristics {
    /// `READ-COMMITTED`, as in the variable; None: the session's.
    pub isolation: Option<Box<str>>,
    /// READ ONLY (true) or READ WRITE (false); None: the session's.
    pub read_only: Option<bool>,
}

/// One client's transaction.
#[derive(Debug, Default)]
pub struct Transaction {
    open: bool,
    characteristics: Characteristics,
    branches: Vec<Branch>,
    writer: Option<InstanceId>,
    savepoints: Vec<Box<str>>,
    /// Branches that are taken out and not put back.
    out: usize,
}

/// The part of a transaction on one instance.
#[derive(Debug)]
struct Branch {
    instance: InstanceId,
    lease: Lease,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// COMMIT.
    Commit,
    /// ROLLBACK.
    Rollback,
}

// === impl Transaction ===

impl Transaction {
    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens one; no instance is told yet.
    pub fn open(&mut self, characteristics: Characteristics) {
        self.open = true;
        self.characteristics = characteristics;
    }

    /// What it was opened with, for AND CHAIN.
    pub fn characteristics(&self) -> Characteristics {
        self.characteristics.clone()
    }

    /// Takes the branch on an instance out, to run a statement on it; [`Self::adopt`] puts it back.
    pub fn take(&mut self, instance: InstanceId) -> Option<Lease> {
        let at = self.branches.iter().position(|branch| branch.instance == instance)?;
        self.out += 1;
        Some(self.branches.remove(at).lease)
    }

    /// Notes that instances are about to be written by one statement.
    ///
    /// # Errors
    /// There are several, or another one has been written already. Nothing is noted then.
    pub fn will_write(
        &mut self,
        instances: &[InstanceId],
        name: impl Fn(InstanceId) -> String,
    ) -> Result<(), SqlError> {
        let Some(writer) = self.writer.or(instances.first().copied()) else { return Ok(()) };
        match instances.iter().find(|instance| **instance != writer) {
            Some(other) if self.writer.is_none() => Err(SqlError::new(
                Code::SecondInstanceInTransaction,
                format!(
                    "this statement would write on instances `{}` and `{}` inside one transaction: a transaction can \
                     write on one instance only; send it outside of a transaction, or keep the rows of one \
                     transaction on one shard key",
                    name(writer),
                    name(*other)
                ),
            )),
            Some(other) => Err(SqlError::new(
                Code::SecondInstanceInTransaction,
                format!(
                    "this transaction writes on instance `{}` and would also write on `{}`: a transaction can write \
                     on one instance only; commit first, or keep the rows of one transaction on one shard key",
                    name(writer),
                    name(*other)
                ),
            )),
            None => {
                self.writer = Some(writer);
                Ok(())
            }
        }
    }

    /// The statements that open a branch, each to be answered with OK. The branch counts as taken out until
    /// [`Self::adopt`] or [`Self::not_opened`].
    pub fn opening(&mut self, mut say: impl FnMut(&str)) {
        self.out += 1;
        if let Some(isolation) = &self.characteristics.isolation {
            say(&format!("SET TRANSACTION ISOLATION LEVEL {}", isolation.replace('-', " ")));
        }
        say(match self.characteristics.read_only {
            None => "BEGIN",
            Some(true) => "START TRANSACTION READ ONLY",
            Some(false) => "START TRANSACTION READ WRITE",
        });
        for name in &self.savepoints {
            say(&format!("SAVEPOINT {}", quoted(name)));
        }
    }

    /// Takes in a branch that has just been opened.
    pub fn adopt(&mut self, instance: InstanceId, lease: Lease) {
        self.put_back(instance, lease);
    }

    /// Nothing has been sent to a branch that was to be opened.
    pub fn not_opened(&mut self) {
        self.out = self.out.saturating_sub(1);
    }

    /// Puts a branch back that was taken out.
    pub fn put_back(&mut self, instance: InstanceId, lease: Lease) {
        self.out = self.out.saturating_sub(1);
        self.branches.push(Branch { instance, lease });
    }

    /// Whether it has a branch on an instance.
    pub fn touches(&self, instance: InstanceId) -> bool {
        self.branches.iter().any(|branch| branch.instance == instance)
    }

    /// Whether a branch was taken out and never came back: its connection is gone, and with it what it had done. The
    /// transaction can only be rolled back.
    pub fn has_lost_branch(&self) -> bool {
        self.out > 0
    }

    /// Ends the transaction on every branch and gives the connections back.
    ///
    /// Cancelled, it leaves branches that are dropped with their connections.
    ///
    /// # Errors
    /// The branch that was written could not be told to commit, or refused. The transaction is over all the same.
    pub async fn end(&mut self, end: End) -> Result<(), SqlError> {
        let transaction = std::mem::take(self);
        let statement = match end {
            End::Commit => "COMMIT",
            End::Rollback => "ROLLBACK",
        };
        let mut failed = None;
        // The one that was written goes first: it alone decides what the client hears.
        let (written, read): (Vec<_>, Vec<_>) =
            transaction.branches.into_iter().partition(|branch| Some(branch.instance) == transaction.writer);
        for branch in written {
            failed = finish(branch, statement).await.err();
        }
        for branch in read {
            let instance = branch.instance;
            if let Err(error) = finish(branch, statement).await {
                tracing::debug!(instance = instance.0, %error, "a branch that was only read did not end well");
            }
        }
        match (failed, end) {
            // What a lost connection had done is rolled back by its server.
            (Some(_), End::Rollback) | (None, _) => Ok(()),
            (Some(error), End::Commit) => Err(error.into()),
        }
    }

    /// Sets a savepoint on every branch; branches that are opened later get it when they are opened.
    ///
    /// # Errors
    /// A branch refuses or is lost.
    pub async fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        self.on_all(&format!("SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.retain(|known| !known.eq_ignore_ascii_case(name));
        self.savepoints.push(name.into());
        Ok(())
    }

    /// Goes back to a savepoint on every branch.
    ///
    /// # Errors
    /// There is no such savepoint, or a branch is lost.
    pub async fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.position(name)?;
        self.on_all(&format!("ROLLBACK TO SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.truncate(at + 1);
        Ok(())
    }

    /// Forgets a savepoint and those after it on every branch.
    ///
    /// # Errors
    /// There is no such savepoint, or a branch is lost.
    pub async fn release(&mut self, name: &str) -> Result<(), SqlError> {
        let at = self.position(name)?;
        self.on_all(&format!("RELEASE SAVEPOINT {}", quoted(name))).await?;
        self.savepoints.truncate(at);
        Ok(())
    }

    fn position(&self, name: &str) -> Result<usize, SqlError> {
        let position = self.savepoints.iter().position(|known| known.eq_ignore_ascii_case(name));
        position.ok_or_else(|| SqlError::new(Code::UnknownSavepoint, format!("SAVEPOINT {name} does not exist")))
    }

    async fn on_all(&mut self, statement: &str) -> Result<(), SqlError> {
        for branch in &mut self.branches {
            branch.lease.query(statement).await?;
        }
        Ok(())
    }
}

async fn finish(mut branch: Branch, statement: &str) -> Result<(), BackendError> {
    branch.lease.query(statement).await?;
    branch.lease.give_back();
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
