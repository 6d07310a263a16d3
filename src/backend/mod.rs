//! The backend side: one connection, a pool of them, an instance with its health.
//!
//! 1. [`Instance::lease`] takes an idle connection or opens one, within the limits that [`InstanceOptions`] name;
//! 2. [`Connection::apply_state`] brings its session variables to the client's ([`SessionState`]), in the same flight;
//! 3. [`Connection::queue_query`] and its like append commands, [`Connection::flush`] sends them in one write;
//! 4. [`Connection::next`] follows the answer ([`crate::wire::ResponseScanner`]); rows stay raw bytes in the read
//!    buffer until [`Connection::consume`];
//! 5. [`Lease::give_back`] returns the connection, but only in a known state; a lease that is merely dropped closes it.
//!
//! Nothing here knows of logical tables, plans or clients. Every failure names the instance and its address.

mod connect;
mod connection;
mod counters;
mod endpoint;
mod error;
#[cfg(test)]
mod fake;
mod health;
mod instance;
mod options;
mod pipeline;
mod pool;
mod query;
mod state;
mod statements;
#[cfg(test)]
mod tests;
pub mod worker;

pub use connection::{Connection, ServerKind};
pub use counters::Counters;
pub use endpoint::Endpoint;
pub use error::BackendError;
pub use health::{Health, watch};
pub use instance::{Instance, Instances};
pub use options::InstanceOptions;
pub use pipeline::Ticket;
pub use pool::Lease;
pub use query::TextResult;
pub use state::{NULL_STRING, SessionState, null_of};
pub use statements::{Prepared, StatementKey};
