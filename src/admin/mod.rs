//! What operators see and do beside SQL: /health and /metrics over HTTP, and rules that are read again when they change.
//!
//! Nothing here is on a statement's way. HTTP answers only read; rules are replaced only by rules that have no problem.

mod http;
mod instances;
mod process;
pub mod reload;

pub use http::serve;
pub use instances::{InstanceReading, Readings, State, readings};
pub use reload::watch_rules;
