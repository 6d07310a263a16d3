//! Weir's integration tests: one binary.
