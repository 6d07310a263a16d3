//! Prepared statements on backends: prepared when a connection first needs one, kept by text.

use super::hold::Hold;
use crate::backend::BackendError;
use crate::wire::Param;
use crate::wire::stmt_execute::put_stmt_execute;

/// Sees to it that the connection has the text prepared.
///
/// # Errors
/// The backend refuses the text (the connection is well), or the connection is lost.
pub(super) async fn ready(hold: &mut Hold, sql: &[u8]) -> Result<(), BackendError> {
    if hold.prepared(sql).is_none() {
        hold.flush().await?;
        hold.settle_for_prepare().await?;
        hold.prepare(sql).await?;
    }
    Ok(())
}

/// Queues the execution of a text with parameters, preparing it first where needed.
///
/// # Errors
/// As of [`ready`].
pub(super) async fn queue_execute(hold: &mut Hold, sql: &[u8], params: &[Param<'_>]) -> Result<(), BackendError> {
    ready(hold, sql).await?;
    let id = hold.prepared(sql).map(|statement| statement.id).unwrap_or_default();
    hold.queue_command(|out| put_stmt_execute(out, id, params.iter()));
    Ok(())
}
