//! The decisions: rows of `weir.txn_log` on the instance that a transaction's xid names as its home.
//!
//! A row says that the transaction is committed, or that it never can be: whoever inserts its key first has decided.
//! The coordinator inserts inside the home branch, so that the row appears with that branch's COMMIT; a recoverer inserts
//! an abort mark by itself. An instance knows itself by the one row of `weir.instance`, made once with a random id, so
//! that Weirs that call it by different names mean the same; every insert goes through that row, and inserts nothing on
//! an instance that is not the home.

use super::xid::{Id, Xid, hex};

/// Creates the schema that holds Weir's own tables.
pub const CREATE_SCHEMA: &str = "CREATE DATABASE IF NOT EXISTS `weir`";

/// Creates the table of decisions. It is there before an instance has an id.
pub const CREATE_LOG: &str = "CREATE TABLE IF NOT EXISTS `weir`.`txn_log` (\
    xid VARBINARY(64) NOT NULL PRIMARY KEY, \
    decision TINYINT UNSIGNED NOT NULL COMMENT '1 committed, 0 rolled back', \
    decided_at BIGINT UNSIGNED NOT NULL COMMENT 'seconds since 1970', \
    KEY (decided_at)) ENGINE=InnoDB";

/// Creates the table with the instance's id.
pub const CREATE_INSTANCE: &str = "CREATE TABLE IF NOT EXISTS `weir`.`instance` (\
    one TINYINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'always 1', \
    id VARBINARY(16) NOT NULL) ENGINE=InnoDB";

/// Asks for the instance's id, and whether a lock wait that takes too long rolls back more than its statement.
pub const ASK_INSTANCE: &str = "SELECT id, @@innodb_rollback_on_timeout FROM `weir`.`instance` WHERE one = 1";

/// Reads a table, which takes a snapshot in a transaction that has none.
pub const READ_INSTANCE: &str = "SELECT one FROM `weir`.`instance` WHERE one = 1";

/// Waits for those who insert decisions, and keeps others from it until the transaction ends.
pub const CLOSE_GATE: &str = "SELECT one FROM `weir`.`instance` WHERE one = 1 FOR UPDATE";

/// The isolation level that sessions begin with, under either server's name.
pub const ASK_ISOLATION: &str = "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')";

/// Lists prepared branches.
pub const RECOVER: &str = "XA RECOVER";

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Committed: every branch is.
    Commit,
    /// It never can be committed.
    Abort,
}

/// Gives the instance an id, unless it has one.
pub fn name_instance(id: Id) -> String {
    format!("INSERT IGNORE INTO `weir`.`instance` (one, id) VALUES (1, {})", hex(&id.to_string()))
}

/// Inserts a row: one on the home instance, none anywhere else; error 1062 when it has been decided already. Until the
/// transaction ends, the instance's row is locked shared: that is the gate which a consistent snapshot closes.
pub fn decide(xid: Xid, decision: Decision, now_s: u64) -> String {
    let decision = match decision {
        Decision::Commit => 1,
        Decision::Abort => 0,
    };
    format!(
        "INSERT INTO `weir`.`txn_log` (xid, decision, decided_at) SELECT {}, {decision}, {now_s} \
         FROM `weir`.`instance` WHERE one = 1 AND id = {} LOCK IN SHARE MODE",
        hex(&xid.to_string()),
        hex(&xid.home.to_string())
    )
}

/// Asks what a row says, once it is known that there is one.
pub fn ask(xid: Xid) -> String {
    format!("SELECT decision FROM `weir`.`txn_log` WHERE xid = {}", hex(&xid.to_string()))
}

/// Counts the time for which a row is kept from now.
pub fn renew(xid: Xid, now_s: u64) -> String {
    format!(
        "UPDATE `weir`.`txn_log` SET decided_at = {now_s} WHERE xid = {} AND decided_at < {now_s}",
        hex(&xid.to_string())
    )
}

/// Removes rows decided before a second, but those of `needed` transactions; the oldest first, so many at most.
pub fn purge(before_s: u64, needed: &[Xid], limit: u64) -> String {
    let needed: Vec<String> = needed.iter().map(|xid| hex(&xid.to_string())).collect();
    let but = if needed.is_empty() { String::new() } else { format!(" AND xid NOT IN ({})", needed.join(", ")) };
    format!("DELETE FROM `weir`.`txn_log` WHERE decided_at < {before_s}{but} ORDER BY decided_at LIMIT {limit}")
}

/// Seconds since 1970 by this machine's clock; decisions are kept so long that no clock need be exact.
pub fn now_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
