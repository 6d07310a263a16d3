//! Generated keys: AUTO_INCREMENT values of split tables, from sequences kept in a backend.
//!
//! A sequence is one row of `weir.sequence` on its schema's home instance. A Weir takes a *segment* of values from it
//! in one atomic statement and gives them out from memory, so several Weirs never give the same value, and a crash loses
//! at most the values of a segment (gaps, as MySQL has them). [`Sequences::take`] gives one statement's values in one
//! piece, so LAST_INSERT_ID is its first value, as in MySQL; [`Sequences::observe`] goes past values that clients gave
//! themselves.
//!
//! What several Weirs cannot have: values in the order of time, and an explicit value inside a segment that another Weir
//! holds is given again by that one (a duplicate key error, if the row goes to the same table). Nothing here opens a
//! connection of its own: the caller brings the [`Home`], which is the [`Instance`] of the schema's first shard.

mod segment;
mod statement;

use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use tokio::sync::{Mutex, MutexGuard};

use crate::backend::Instance;
use crate::error::{Code, SqlError};
use segment::{Observed, Segment, Taken};
use statement::Name;

/// The instance that keeps a schema's sequences.
pub trait Home: Sync {
    /// The instance's name, for errors.
    fn name(&self) -> &str;

    /// Runs one statement under autocommit, outside of any client's transaction, on the primary.
    fn execute(&self, sql: &str) -> impl Future<Output = Result<Executed, SqlError>> + Send;
}

/// What an OK packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Executed {
    /// LAST_INSERT_ID.
    pub last_insert_id: u64,
}

/// An AUTO_INCREMENT column of a split table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter<'c> {
    /// The logical schema.
    pub schema: &'c str,
    /// The logical table, in one spelling.
    pub table: &'c str,
    /// The largest value of the column's type: 127 for TINYINT, 18446744073709551615 for BIGINT UNSIGNED.
    pub max: u64,
}

/// All sequences of this Weir.
#[derive(Debug)]
pub struct Sequences {
    /// `sequence_segment`: how many values are fetched at a time, at least.
    segment: u64,
    /// By schema and table.
    held: std::sync::Mutex<HashMap<Box<str>, SchemaSegments>>,
}

/// A table's segment is locked while it is refilled, so that one statement fetches for all.
type SchemaSegments = HashMap<Box<str>, Arc<Mutex<Segment>>>;

// === impl Instance ===

impl Home for Instance {
    fn name(&self) -> &str {
        Instance::name(self)
    }

    async fn execute(&self, sql: &str) -> Result<Executed, SqlError> {
        let answer = self.query(sql).await?;
        Ok(Executed { last_insert_id: answer.end.last_insert_id })
    }
}

// === impl Sequences ===

impl Sequences {
    /// `sequence_segment` when the configuration does not say: 1000.
    pub const DEFAULT_SEGMENT: u64 = 1000;

    /// Holds nothing yet; `segment` values (at least 1) are fetched at a time.
    pub fn new(segment: u64) -> Self {
        Self { segment: segment.max(1), held: std::sync::Mutex::default() }
    }

    /// `count` values in one piece for one INSERT. LAST_INSERT_ID of the statement is the first.
    ///
    /// `largest` is asked when the sequence is used for the first time anywhere: the largest value in the column over
    /// all physical tables, 0 for none. Statements that want values of one sequence at the same time wait for one
    /// fetch. When the future is dropped during a fetch, the values that it would have brought are lost, no more.
    ///
    /// # Errors
    /// `SequenceFailed`: the home instance could not be asked (it is named), or the column's type has no more values.
    pub async fn take<H, L, F>(
        &self,
        home: &H,
        counter: Counter<'_>,
        count: u64,
        largest: L,
    ) -> Result<Range<u64>, SqlError>
    where
        H: Home,
        L: FnOnce() -> F + Send,
        F: Future<Output = Result<u64, SqlError>> + Send,
    {
        let held = self.held(counter);
        let mut segment = held.lock().await;
        match segment.take(count, counter.max) {
            Taken::Given(values) => return Ok(values),
            Taken::Exhausted => return Err(exhausted(counter)),
            Taken::Short => {}
        }
        self.fetch(home, counter, &mut segment, (1, count), largest).await?;
        match segment.take(count, counter.max) {
            Taken::Given(values) => Ok(values),
            Taken::Exhausted | Taken::Short => Err(exhausted(counter)),
        }
    }

    /// Goes past the largest value that a client gave itself in an INSERT: later values are above it. Asks the home
    /// instance only when the value is not below the end of the segment held here, and then fetches a new one, so that
    /// loading rows with rising values asks once a segment.
    ///
    /// # Errors
    /// As [`Sequences::take`].
    pub async fn observe<H, L, F>(&self, home: &H, counter: Counter<'_>, value: u64, largest: L) -> Result<(), SqlError>
    where
        H: Home,
        L: FnOnce() -> F + Send,
        F: Future<Output = Result<u64, SqlError>> + Send,
    {
        let held = self.held(counter);
        let mut segment = held.lock().await;
        match segment.observe(value) {
            Observed::Covered => Ok(()),
            Observed::Ahead => self.fetch(home, counter, &mut segment, (value.saturating_add(1), 1), largest).await,
        }
    }

    /// Starts over, after DROP or TRUNCATE TABLE and for both names of a RENAME: the next use begins behind the largest
    /// value that the physical tables then have.
    ///
    /// Another Weir that holds a segment of this sequence goes on giving its values until they are used up or it calls
    /// [`Sequences::forget`]; with several Weirs the DDL must tell them, or the sequence must not be restarted.
    ///
    /// # Errors
    /// `SequenceFailed`: the home instance could not be asked.
    pub async fn restart<H: Home>(&self, home: &H, counter: Counter<'_>) -> Result<(), SqlError> {
        let held = self.held(counter);
        let mut segment = held.lock().await;
        *segment = Segment::EMPTY;
        match home.execute(&statement::remove(counter.name())).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(failed(home, counter, &error)),
        }
    }

    /// Gives up the segments of a schema that are held in memory; the next use asks the home instance.
    pub fn forget(&self, schema: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(schema);
    }

    fn held(&self, counter: Counter<'_>) -> Arc<Mutex<Segment>> {
        let mut schemas = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = schemas.get(counter.schema).and_then(|tables| tables.get(counter.table)) {
            return Arc::clone(held);
        }
        let held = Arc::new(Mutex::new(Segment::EMPTY));
        schemas.entry(counter.schema.into()).or_default().insert(counter.table.into(), Arc::clone(&held));
        held
    }

    /// Fetches a segment of at least `count` values, the first not below `floor`.
    async fn fetch<H, L, F>(
        &self,
        home: &H,
        counter: Counter<'_>,
        segment: &mut MutexGuard<'_, Segment>,
        (floor, count): (u64, u64),
        largest: L,
    ) -> Result<(), SqlError>
    where
        H: Home,
        L: FnOnce() -> F + Send,
        F: Future<Output = Result<u64, SqlError>> + Send,
    {
        let count = count.max(self.segment);
        let name = counter.name();
        let sql = statement::advance(name, floor, count);
        let advanced = match undisturbed(home, &sql).await {
            Err(error) if is_missing(&error) => {
                for create in [statement::CREATE_SCHEMA, statement::CREATE_TABLE] {
                    home.execute(create).await.map_err(|error| failed(home, counter, &error))?;
                }
                home.execute(&sql).await
            }
            answered => answered,
        };
        let mut first = advanced.map_err(|error| failed(home, counter, &error))?.last_insert_id;
        if first == 0 {
            let next = largest().await?.saturating_add(1);
            let started = undisturbed(home, &statement::start(name, next, floor, count)).await;
            first = started.map_err(|error| failed(home, counter, &error))?.last_insert_id;
        }
        if first == 0 {
            let message = format!("{counter}: instance {} gave no value", home.name());
            return Err(SqlError::new(Code::SequenceFailed, message));
        }
        segment.refill(first..first + statement::granted(first, count));
        Ok(())
    }
}

// === impl Counter ===

impl<'c> Counter<'c> {
    fn name(&self) -> Name<'c> {
        Name { schema: self.schema, table: self.table }
    }
}

impl std::fmt::Display for Counter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AUTO_INCREMENT of {}.{}", self.schema, self.table)
    }
}

fn exhausted(counter: Counter<'_>) -> SqlError {
    let message = format!("{counter}: the column's type has no more values, its largest is {}", counter.max);
    SqlError::new(Code::SequenceFailed, message)
}

fn failed<H: Home>(home: &H, counter: Counter<'_>, cause: &SqlError) -> SqlError {
    let message = format!("{counter}: instance {} gave no value: {}", home.name(), cause.message);
    SqlError { retry: cause.retry, ..SqlError::new(Code::SequenceFailed, message) }
}

/// Runs a statement again when InnoDB rolled it back for a deadlock with another Weir's.
async fn undisturbed<H: Home>(home: &H, sql: &str) -> Result<Executed, SqlError> {
    const ATTEMPTS: usize = 3;
    const ER_LOCK_DEADLOCK: u16 = 1213;
    let mut answer = home.execute(sql).await;
    for _ in 1..ATTEMPTS {
        match &answer {
            Err(error) if error.errno == ER_LOCK_DEADLOCK => answer = home.execute(sql).await,
            Ok(_) | Err(_) => break,
        }
    }
    answer
}

/// Whether the table of sequences is not there yet: unknown database or table.
fn is_missing(error: &SqlError) -> bool {
    error.is(Code::UnknownDatabase) || error.is(Code::NoSuchTable)
}

#[cfg(test)]
mod tests;
