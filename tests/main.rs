//! Weir's integration tests: one binary, black-box against the built `weir` and real servers.
//!
//! What a test needs it starts: private servers on free loopback ports, in scratch folders under `target/`, ended when
//! this process ends, however it ends. A suite that cannot run here says `SKIPPED` and why; it is never left out
//! silently.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests end by panicking and report on standard output"
)]

mod faulty;
mod process;
mod raw;
mod servers;
mod weir;

mod bank;
mod clients;
mod commands;
mod corpora;
mod crashes;
mod deadlocks;
mod differential;
mod doubts;
mod failures;
mod fuzz;
mod key_setters;
mod keyless;
mod large_writes;
mod levels;
mod load_data;
mod merge_node;
mod merge_writes;
mod model;
mod parameters;
mod pipelined;
mod placement;
mod protocol;
mod scatter;
mod sessions;
mod statements;
mod sysbench;
mod tidy;
mod tpch;
mod transactions;
mod two_schemas;
mod upserts;
