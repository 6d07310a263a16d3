//! Routing of VALUES rows.

/// How each row of VALUES finds its node.
#[derive(Clone, Debug, PartialEq)]
pub struct RowRouting {}

/// AUTO_INCREMENT values that Weir gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Generate {}
