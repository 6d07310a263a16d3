//! How a physical statement is sent: as it is, prepared with parameters, or prepared with the values of variables.

use super::hold::Hold;
use super::named::Named;
use super::{Form, Request, prepare};
use crate::backend::{BackendError, StatementKey};

/// Has a statement sent; a text with parameters is prepared first. When this ends well, its answer is due, and nothing
/// else.
///
/// # Errors
/// The backend refuses the text (the connection is well), or the connection is lost.
pub(super) async fn send(
    hold: &mut Hold,
    request: &Request<'_>,
    (sql, numbers): (&[u8], &[u16]),
) -> Result<(), BackendError> {
    match request.form {
        Form::Text => hold.queue_query(|out| out.extend_from_slice(sql)),
        Form::Binary(_) => {
            let params = request.params(numbers).map_err(BackendError::Server)?;
            let key = StatementKey::new(sql, hold.state());
            prepare::queue_execute(hold, &key, params).await?;
        }
        Form::Named(names) => {
            let variables = request.variables(names, numbers).map_err(BackendError::Server)?;
            return Named::send(hold, sql, &variables).await;
        }
    }
    hold.flush().await
}
