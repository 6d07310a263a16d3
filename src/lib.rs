//! Weir: one MySQL in front of many.
//!
//! The life of a statement, and the module that owns each step:
//!
//! 1. [`server`] accepts a connection, [`session`] authenticates it and reads a command packet ([`wire`]);
//! 2. [`sql`] lexes the text in one pass: fingerprint, literals, hint, kind;
//! 3. [`session`] looks the fingerprint up in the plan cache;
//! 4. on a miss [`sql`] parses, and [`plan`] resolves names ([`catalog`]), analyses and makes a [`plan::Plan`];
//! 5. [`plan`] binds the literals or parameters and routes to data nodes by the [`rule`]s;
//! 6. [`plan`] splices physical names into the client's own text;
//! 7. [`exec`] leases connections ([`backend`]) inside the branches of the transaction ([`txn`]) and sends;
//! 8. one node's answer is relayed as raw frames, many are joined by [`merge`];
//! 9. [`session`] writes the answer and counts it ([`metrics`]); [`admin`] shows the counts.
//!
//! Imports point down this list only; a test keeps it so.

pub mod deadline;
pub mod error;
pub mod id;
pub mod metrics;
pub mod ready;
pub mod turn;
pub mod value;

pub mod merge;
pub mod rule;
pub mod sql;
pub mod wire;

pub mod backend;
pub mod client;
pub mod plan;

pub mod catalog;
pub mod sequence;
pub mod txn;

pub mod exec;

pub mod session;

pub mod admin;
pub mod config;

pub mod demo;
pub mod offline;
pub mod server;
