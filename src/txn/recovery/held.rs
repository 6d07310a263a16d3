//! Whether a connection of MariaDB still holds its branch.
//!
//! MariaDB ends a connection in two steps: its prepared branch is first given to everybody in the table of XA
//! transactions, and then let go by InnoDB. XA COMMIT or XA ROLLBACK that comes in between answers OK and ends nothing:
//! the branch is in no list any more, and keeps its locks until the server starts anew (seen with 10.11, about once in a
//! hundred times when the statement follows KILL at once). So a branch is ended only when InnoDB shows its connection
//! without a transaction.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{BackendError, Instance, Lease, SessionState};

/// InnoDB shows its transactions anew when nobody has looked for 0.1 s.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// How long after its last sign of life a connection is taken to be ended where InnoDB's transactions are not shown.
const ENDED_WITHIN: Duration = Duration::from_millis(500);

/// The looker must see itself, or it is shown how things were at an earlier look.
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT";

/// What one look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Free,
    Held,
    Stale,
    /// The account has no PROCESS.
    Refused,
}

/// Looks until connection `thread` holds no transaction that may be a branch which has been prepared since `since`, at
/// most `looks` times; false when it still may.
///
/// # Errors
/// The instance does not answer.
pub(super) async fn free(instance: &Instance, thread: u32, since: Instant, looks: u32) -> Result<bool, BackendError> {
    let mut lease = instance.lease_own(&SessionState::default()).await?;
    let mut free = false;
    for look in 0..looks {
        if look > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        free = match transaction(&mut lease, thread, since).await? {
            Look::Free => true,
            Look::Held | Look::Stale => false,
            Look::Refused => ended(&mut lease, thread).await?,
        };
        if free {
            break;
        }
    }
    lease.query("ROLLBACK").await?;
    lease.give_back();
    Ok(free)
}

/// InnoDB's word on it.
async fn transaction(lease: &mut Lease, thread: u32, since: Instant) -> Result<Look, BackendError> {
    lease.query(BEGIN).await?;
    // A server that was started anew may have given the number to another connection.
    let older = since.elapsed().as_secs();
    let sql = format!(
        "SELECT trx_mysql_thread_id = CONNECTION_ID() FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = \
         CONNECTION_ID() OR trx_mysql_thread_id = {thread} AND trx_started <= NOW() - INTERVAL {older} SECOND"
    );
    let shown = match lease.query(&sql).await {
        Ok(shown) => shown,
        Err(BackendError::Server(_)) => return Ok(Look::Refused),
        Err(error) => return Err(error),
    };
    let has = |text: &str| (0..shown.rows.len()).any(|row| shown.text(row, 0) == Some(text));
    Ok(match (has("0"), has("1")) {
        (_, false) => Look::Stale,
        (true, true) => Look::Held,
        (false, true) => Look::Free,
    })
}

/// Without PROCESS: connections of one's own account are in the list until a moment before they let go.
async fn ended(lease: &mut Lease, thread: u32) -> Result<bool, BackendError> {
    let listed = lease.query(&format!("SELECT ID FROM information_schema.PROCESSLIST WHERE ID = {thread}")).await?;
    if !listed.rows.is_empty() {
        return Ok(false);
    }
    tokio::time::sleep(ENDED_WITHIN).await;
    Ok(true)
}
