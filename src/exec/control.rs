//! Statements of Weir's own, on one instance: their answers are held, not relayed.

use crate::backend::{Instances, TextResult};
pub use crate::catalog::{literal, text};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;

/// Asks an instance, on a connection of its own.
///
/// # Errors
/// The instance cannot be reached, or answers with an error.
pub async fn ask(instances: &Instances, instance: InstanceId, sql: &[u8]) -> Result<TextResult, SqlError> {
    let Some(instance) = instances.get(instance) else {
        return Err(SqlError::new(Code::InstanceUnavailable, "the rules name an instance that is not configured"));
    };
    let mut lease = instance.lease().await?;
    match lease.query(sql).await {
        Ok(answer) => {
            lease.give_back();
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}
