//! Numbers of the process configuration: each with its default, its range and its meaning, declared once.
//!
//! `docs/configuration.md` is compared with these tables by a test. Units stand last in a name.

use crate::rule::report::{Fields, Report};

/// One number, for documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the file.
    pub name: &'static str,
    /// Its value when the file is silent.
    pub default: u64,
    /// The smallest value.
    pub least: u64,
    /// The largest value.
    pub most: u64,
    /// What it does.
    pub meaning: &'static str,
}

macro_rules! settings {
    ($(#[doc = $about:literal])+ $group:ident { $($(#[doc = $doc:literal])+ $name:ident = $default:literal, $least:literal..=$most:literal;)+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $group { $($(#[doc = $doc])+ pub $name: u64,)+ }

        impl $group {
            /// Every setting, in the order of the document.
            pub const ALL: &'static [Setting] = &[$(Setting {
                name: stringify!($name), default: $default, least: $least, most: $most, meaning: concat!($($doc,)+),
            },)+];

            /// The keys, for the mapping that holds them.
            pub(super) const KEYS: &'static [&'static str] = &[$(stringify!($name),)+];

            /// Reads what the mapping says and takes defaults for the rest.
            pub(super) fn read(fields: &Fields<'_>, report: &mut Report<'_>) -> Self {
                let mut settings = Self::default();
                $(if let Some(node) = fields.value(stringify!($name))
                    && let Some(number) = report.number(node, stringify!($name), $least..=$most)
                {
                    settings.$name = number;
                })+
                settings
            }
        }

        impl Default for $group {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }
    };
}

settings! {
    /// Limits of the whole process: `limits:`.
    Limits {
        /// Threads that serve clients. 0 for one a processor.
        workers = 0, 0..=1_024;
        /// 1 keeps each of these threads on a processor of its own, where they are as many as the processors that the process may run on; 0 leaves that to the system.
        pin_workers = 1, 0..=1;
        /// Clients that may be connected at once; the next one is told 1040.
        max_client_connections = 10_000, 1..=1_000_000;
        /// Prepared statements that one client may hold open; the next one is told 1461.
        max_prepared_statements = 16_382, 1..=1_048_576;
        /// Bytes of the largest packet that a client may send or be sent.
        max_allowed_packet = 67_108_864, 1_048_576..=1_073_741_824;
        /// Rows that one statement may hold in memory to merge the answers of several nodes.
        max_merge_rows = 1_000_000, 1..=1_000_000_000;
        /// Bytes that one statement may hold in memory to merge the answers of several nodes.
        max_merge_bytes = 268_435_456, 1_048_576..=1_099_511_627_776;
        /// Rows that one statement may copy to a merge node.
        max_fetch_rows = 10_000_000, 1..=1_000_000_000_000;
        /// Bytes that one statement may copy to a merge node.
        max_fetch_bytes = 4_294_967_296, 1_048_576..=1_099_511_627_776;
        /// Statement plans that are remembered.
        plan_cache_entries = 10_000, 16..=10_000_000;
        /// How long a client may take to log in.
        login_timeout_ms = 10_000, 100..=600_000;
        /// How long a client may be silent before its connection is closed.
        client_idle_timeout_ms = 28_800_000, 1_000..=31_536_000_000;
        /// How long a client may take no bytes of its answer before its connection is closed.
        client_write_timeout_ms = 60_000, 100..=86_400_000;
        /// How often Weir asks whether another Weir has changed tables. 0 for never.
        schema_poll_ms = 1_000, 0..=60_000;
        /// How often instances are asked for transactions that some Weir has left prepared. 0 for never: another Weir must do it then.
        recovery_interval_ms = 2_000, 0..=60_000;
        /// A transaction that has been prepared for less is not ended by a Weir that did not begin it.
        recovery_grace_ms = 3_000, 100..=600_000;
        /// How often Weir looks for deadlocks over several instances, while such transactions are open. 0 for never.
        deadlock_interval_ms = 200, 0..=60_000;
        /// How long the decision of a transaction over several instances is kept; longer than any replica lags behind, and than the servers' `wait_timeout`.
        decision_kept_ms = 86_400_000, 1_000..=31_536_000_000;
        /// How long running statements may take to end when Weir shuts down.
        shutdown_timeout_ms = 10_000, 0..=3_600_000;
    }
}

settings! {
    /// Limits of one instance: beside its `address:`.
    InstanceLimits {
        /// Connections to the instance for statements of clients; up to 4 more are for Weir's own short questions.
        max_connections = 64, 1..=100_000;
        /// Connections to the instance that one statement may use at once to read several of its tables in order, where much would have to be held otherwise; more than one only outside of transactions and while half of `max_connections` is free.
        max_scatter_connections = 64, 1..=256;
        /// How long connecting and logging in may take.
        connect_timeout_ms = 3_000, 10..=600_000;
        /// How long a statement waits for a free connection; then it is told 21013.
        acquire_timeout_ms = 5_000, 1..=600_000;
        /// How long the instance may be silent while an answer is due; then the statement is told 21012. 0 for no limit.
        io_timeout_ms = 600_000, 0..=86_400_000;
        /// How long a statement may take in all; then it is told 21012. 0 for no limit.
        query_timeout_ms = 0, 0..=86_400_000;
        /// How long an unused connection is kept.
        idle_timeout_ms = 60_000, 100..=86_400_000;
        /// A connection older than this is closed when it is given back.
        max_lifetime_ms = 1_800_000, 1_000..=604_800_000;
        /// How often Weir looks whether the instance is alive.
        health_interval_ms = 2_000, 100..=600_000;
        /// Prepared statements that are kept open on one connection.
        max_prepared = 4_096, 1..=1_048_576;
        /// Prepared statements that are kept open on all connections together, each of which has a share: below the
        /// server's max_prepared_stmt_count, which counts those of all its clients.
        max_prepared_total = 14_000, 16..=1_048_576;
        /// Short reads of several clients, ready at the same moment, that are sent on one connection: the last one waits for those in front of it. 1: each has a connection of its own.
        max_pipelined = 16, 1..=256;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a table in `docs/configuration.md`.
    fn rows(settings: &[Setting]) -> String {
        let row = |setting: &Setting| {
            let Setting { name, default, least, most, meaning } = setting;
            format!("| `{name}` | {default} | {least}–{most} | {} |\n", meaning.trim())
        };
        settings.iter().map(row).collect()
    }

    #[test]
    fn the_document_lists_every_setting() {
        let document = include_str!("../../docs/configuration.md");
        for expected in [rows(Limits::ALL), rows(InstanceLimits::ALL)] {
            assert!(document.contains(&expected), "docs/configuration.md should have these rows:\n{expected}");
        }
    }

    #[test]
    fn defaults_are_in_range() {
        for setting in Limits::ALL.iter().chain(InstanceLimits::ALL) {
            assert!((setting.least..=setting.most).contains(&setting.default), "{}", setting.name);
        }
    }
}
