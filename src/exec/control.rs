//! Statements of Weir's own, on one instance: their answers are held, not relayed.

use crate::backend::{Instances, TextResult};
pub use crate::catalog::{literal, text};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;

/// Asks an instance, on a connection with fresh session variables.
///
/// # Errors
/// The instance cannot be reached, or answers with an error.
pub async fn ask(instances: &Instances, instance: InstanceId, sql: &str) -> Result<TextResult, SqlError> {
    let Some(instance) = instances.get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    Ok(instance.query(sql).await?)
}
