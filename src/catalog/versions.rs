//! Schema versions: how a Weir learns that another one has changed tables.
//!
//! Every schema has a row in `weir.schema_version` on its home instance, the one of its first shard. The Weir that runs
//! a DDL statement raises it before and after; every Weir asks for it again and again, and forgets what it knows of
//! tables when it was raised by another. So a Weir may go on with the old tables for as long as `schema_poll_ms` after
//! the statement has ended, never longer while it can reach the home instance.
//!
//! The table is made by the first DDL statement. Without the right to it DDL runs all the same, and a warning is logged.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Cluster, literal, text};
use crate::backend::{BackendError, Instance, Instances};
use crate::error::Code;
use crate::id::{InstanceId, ShardId};

const CREATE_DATABASE: &str = "CREATE DATABASE IF NOT EXISTS `weir`";
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS `weir`.`schema_version` (\
    schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, \
    version BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB";
const ASK: &str = "SELECT schema_name, version FROM `weir`.`schema_version`";

/// The versions that this Weir has seen.
#[derive(Debug, Default)]
pub struct SchemaVersions {
    seen: Mutex<HashMap<Box<str>, u64>>,
    /// Schemas whose versions this Weir is raising, each as often as it is.
    raising: Mutex<Vec<Box<str>>>,
    complained: AtomicBool,
}

/// A schema's version is being raised, until this is dropped.
struct Raising<'v> {
    versions: &'v SchemaVersions,
    schema: &'v str,
}

// === impl Raising ===

impl Drop for Raising<'_> {
    fn drop(&mut self) {
        let mut raising = self.versions.raising();
        if let Some(at) = raising.iter().position(|raising| **raising == *self.schema) {
            raising.swap_remove(at);
        }
    }
}

// === impl SchemaVersions ===

impl SchemaVersions {
    /// Says that a schema's tables change. A failure is logged: it must not keep DDL from running.
    pub async fn raise(&self, instances: &Instances, cluster: &Cluster, schema: &str) {
        let home = cluster.schema(schema).and_then(|rules| instances.get(rules.instance(ShardId(0))));
        let Some(home) = home else { return };
        self.raising().push(schema.into());
        let _raising = Raising { versions: self, schema };
        match raise_at(home, schema).await {
            Ok(version) => {
                let mut seen = self.seen();
                // One that another Weir has raised meanwhile is left to be noticed.
                if seen.get(schema).copied().unwrap_or(0) + 1 == version {
                    seen.insert(schema.into(), version);
                }
            }
            Err(error) => tracing::warn!(
                schema,
                instance = home.name(),
                %error,
                "weir.schema_version cannot be written: other Weirs do not learn of this DDL statement"
            ),
        }
    }

    /// The schemas whose tables another Weir has changed since this was last asked.
    pub async fn changed(&self, instances: &Instances, cluster: &Cluster) -> Vec<Box<str>> {
        let homes: BTreeSet<InstanceId> = cluster.schemas().iter().map(|rules| rules.instance(ShardId(0))).collect();
        let mut changed = Vec::new();
        for id in homes {
            let Some(home) = instances.get(id).filter(|home| home.health().down_because().is_none()) else { continue };
            let before = self.seen().clone();
            let answer = match home.query(ASK).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.complain(home, &error);
                    continue;
                }
            };
            let mut seen = self.seen();
            for row in &answer.rows {
                let (schema, version) = (text(row, 0), text(row, 1).parse().unwrap_or_default());
                let at_home = cluster.schema(&schema).is_some_and(|rules| rules.instance(ShardId(0)) == id);
                // What this Weir is raising it will know by itself, and an answer may be older than what it knows since.
                let own = self.raising().iter().any(|raising| **raising == *schema);
                let known = [before.get(schema.as_str()), seen.get(schema.as_str())].contains(&Some(&version));
                if at_home && !own && !known {
                    seen.insert(schema.as_str().into(), version);
                    changed.push(schema.into());
                }
            }
        }
        changed
    }

    /// A table that is not there yet is no fault, and an instance that is down is told of elsewhere.
    fn complain(&self, home: &Instance, error: &BackendError) {
        if let BackendError::Server(error) = error
            && !is_missing(error)
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                instance = home.name(),
                %error,
                "weir.schema_version cannot be read: DDL statements of other Weirs are not noticed"
            );
        }
    }

    fn raising(&self) -> MutexGuard<'_, Vec<Box<str>>> {
        self.raising.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Box<str>, u64>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version of a schema after raising it.
async fn raise_at(home: &Instance, schema: &str) -> Result<u64, BackendError> {
    let sql = format!(
        "INSERT INTO `weir`.`schema_version` (schema_name, version) VALUES ({}, LAST_INSERT_ID(1)) \
         ON DUPLICATE KEY UPDATE version = LAST_INSERT_ID(version + 1)",
        literal(schema)
    );
    let raised = match home.query(&sql).await {
        Err(BackendError::Server(error)) if is_missing(&error) => {
            home.query(CREATE_DATABASE).await?;
            home.query(CREATE_TABLE).await?;
            home.query(&sql).await?
        }
        answered => answered?,
    };
    Ok(raised.end.last_insert_id)
}

/// Unknown database or table.
fn is_missing(error: &crate::error::SqlError) -> bool {
    error.is(Code::UnknownDatabase) || error.is(Code::NoSuchTable)
}
