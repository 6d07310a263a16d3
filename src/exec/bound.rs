//! The values of nested queries go down to the fetches that follow, as [`Bound`]s.

use super::hold::Hold;
use super::merge_node::loading;
use super::{Conversation, ExecError, Request};
use crate::backend::BackendError;
use crate::plan::Bound;

/// Values with more digits could leave DECIMAL's 65 when one is added.
const MOST_DIGITS: usize = 60;

/// The condition of a bound; None where there is no value.
///
/// # Errors
/// The merge node cannot be reached.
pub(super) async fn condition(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    bound: &Bound,
    hold: &mut Hold,
) -> Result<Option<String>, ExecError> {
    let mut sql = b"SELECT ".to_vec();
    request.plan.write_merged_part(bound.query, &request.args, &mut sql)?;
    // As the statement itself would ask it.
    hold.apply_state(conversation.state).await?;
    hold.queue_query(|out| out.extend_from_slice(&sql));
    hold.flush().await?;
    let found = match hold.answer(crate::wire::ResponseKind::Results).await {
        Ok(found) => found,
        // The statement will say so itself.
        Err(BackendError::Server(error)) => {
            tracing::debug!(%error, "a nested query gave no bound");
            hold.apply_state(&loading()).await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    hold.apply_state(&loading()).await?;
    let [row] = found.rows.as_slice() else { return Ok(None) };
    let digits = |text: &&str| {
        text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
    };
    let value = match row.first() {
        // Nothing is above or below NULL.
        Some(None) => Some("NULL"),
        _ => found.text(0, 0).filter(digits),
    };
    Ok(value.map(|value| bound.condition(value)))
}
