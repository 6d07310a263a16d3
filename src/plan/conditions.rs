//! What a statement's conditions say about shard keys.

/// What is known of a split table's shard keys.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCondition {}
