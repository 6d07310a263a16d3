//! One instance's part of a file: its pieces, in the order in which they come.
//!
//! Always holds: a row's number in a warning or an error is its number in the client's file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::Receiver;

use super::super::answers;
use super::super::hold::Hold;
use super::super::relay;
use super::super::spread::{AT_ROW, Failed, is_of_row, row_of};
use super::super::{Outcome, Warning};
use crate::backend::{BackendError, Connection};
use crate::error::SqlError;
use crate::id::DataNode;
use crate::wire::frame::{FrameHeader, put_packet};
use crate::wire::{ResponseKind, Scanned};

/// How much of a file is put into a packet.
const PACKET: usize = 256 * 1024;

/// What stands in front of a row's number at the beginning of a message.
const ROW: &str = "Row ";

/// Lines for a node.
pub(super) struct Piece {
    pub(super) node: DataNode,
    /// The node's statement.
    pub(super) sql: Arc<[u8]>,
    pub(super) bytes: Vec<u8>,
    /// The number of each line in the client's file, and where it ends in `bytes`.
    pub(super) lines: Vec<(u64, usize)>,
    /// Whether its rows are counted: those of a copy are not.
    pub(super) counts: bool,
}

/// An instance, and what it is to do.
pub(super) struct Work {
    pub(super) hold: Hold,
    pub(super) pieces: Receiver<Piece>,
    /// What a server warns of whatever the file is.
    pub(super) of_text: Vec<Warning>,
    /// How many warnings a server keeps.
    pub(super) kept: usize,
    /// Whether the server gives AUTO_INCREMENT values.
    pub(super) asks_id: bool,
    /// The first line at which any instance has failed: nothing behind it matters.
    pub(super) bound: Arc<AtomicU64>,
}

/// What an instance has done.
pub(super) struct Worked {
    pub(super) hold: Hold,
    pub(super) tally: Tally,
    /// Each with the line that it is of, or that the one before it is of.
    pub(super) warnings: Vec<(u64, DataNode, Warning)>,
    pub(super) error: Option<Failed>,
    /// The first AUTO_INCREMENT value that the server has given.
    pub(super) id: Option<u64>,
    /// Rows were left out, and others were warned of.
    pub(super) unsure: bool,
}

/// What a server says of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) affected: u64,
    pub(super) records: u64,
    pub(super) deleted: u64,
    pub(super) skipped: u64,
    pub(super) warnings: u64,
}

// === impl Work ===

impl Work {
    /// Sends the pieces until one fails; then only those that may fail at an earlier line.
    ///
    /// # Errors
    /// The connection is lost.
    pub(super) async fn run(self) -> Result<Worked, (DataNode, SqlError)> {
        let Self { hold, mut pieces, of_text, kept, asks_id, bound } = self;
        let (tally, warnings) = (Tally::default(), Vec::new());
        let mut worked = Worked { hold, tally, warnings, error: None, id: None, unsure: false };
        while let Some(mut piece) = pieces.recv().await {
            piece.cut(bound.load(Ordering::Relaxed));
            if piece.lines.is_empty() {
                continue;
            }
            let node = piece.node;
            let lost = |error: BackendError| (node, error.into());
            match send(&mut worked.hold, &piece.sql, &piece.bytes).await {
                Ok(outcome) => {
                    let list = match outcome.warnings {
                        0 => Vec::new(),
                        _ => answers::warnings(&mut worked.hold).await.map_err(lost)?,
                    };
                    worked.add(&piece, &outcome, (list, &of_text), kept);
                }
                Err(error) if !error.ends_connection() && worked.hold.is_sound() => {
                    let list = answers::warnings(&mut worked.hold).await.map_err(lost)?;
                    let failed = piece.failed(error.into(), list);
                    bound.fetch_min(u64::from(failed.row).max(1), Ordering::Relaxed);
                    let goes_on = is_of_row(&failed.error);
                    worked.error = Some(failed);
                    if !goes_on {
                        break;
                    }
                }
                Err(error) => return Err(lost(error)),
            }
            if asks_id && worked.id.is_none() {
                let answer = worked.hold.query("SELECT LAST_INSERT_ID()").await.map_err(lost)?;
                worked.id = answer.text(0, 0).and_then(|id| id.parse().ok()).filter(|id| *id > 0);
            }
        }
        Ok(worked)
    }
}

// === impl Worked ===

impl Worked {
    fn add(&mut self, piece: &Piece, outcome: &Outcome, (list, of_text): (Vec<Warning>, &[Warning]), kept: usize) {
        if !piece.counts {
            return;
        }
        let mut tally = Tally::of(outcome);
        let mut rows = list.as_slice();
        if let Some(rest) = rows.strip_prefix(of_text) {
            rows = rest;
        }
        tally.warnings = tally.warnings.saturating_sub(u64::try_from(of_text.len()).unwrap_or(u64::MAX));
        self.tally.add(&tally);
        let mut row = piece.lines.first().map_or(0, |(row, _)| *row);
        for warning in rows {
            let (own, message) = piece.message(&warning.message);
            self.unsure |= own.is_some() && tally.skipped > 0;
            row = own.unwrap_or(row);
            self.warnings.push((row, piece.node, Warning { message, ..warning.clone() }));
        }
        if self.warnings.len() > kept.saturating_mul(4) {
            self.warnings.sort_by_key(|(row, _, _)| *row);
            self.warnings.truncate(kept);
        }
    }
}

// === impl Piece ===

impl Piece {
    /// Only lines in front of this one.
    fn cut(&mut self, row: u64) {
        let count = self.lines.partition_point(|(of, _)| *of < row);
        self.lines.truncate(count);
        self.bytes.truncate(self.lines.last().map_or(0, |(_, end)| *end));
    }

    fn row(&self, number: u64) -> Option<u64> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.lines.get(index).map(|(row, _)| *row)
    }

    /// A message with the file's number of its row, and that number.
    fn message(&self, message: &str) -> (Option<u64>, String) {
        if let Some(row) = row_of(message).and_then(|row| self.row(row.into()))
            && let Some((before, _)) = message.rsplit_once(AT_ROW)
        {
            return (Some(row), format!("{before}{AT_ROW}{row}"));
        }
        let first = message.strip_prefix(ROW).and_then(|rest| rest.split_once(' '));
        match first.and_then(|(number, rest)| Some((self.row(number.parse().ok()?)?, rest))) {
            Some((row, rest)) => (Some(row), format!("{ROW}{row} {rest}")),
            None => (None, message.to_owned()),
        }
    }

    fn failed(&self, error: SqlError, list: Vec<Warning>) -> Failed {
        let (row, message) = self.message(&error.message);
        let row = row.or(self.lines.first().map(|(row, _)| *row)).unwrap_or_default();
        let told = |warning: Warning| Warning { message: self.message(&warning.message).1, ..warning };
        Failed {
            node: self.node,
            error: SqlError { message, ..error },
            list: list.into_iter().map(told).collect(),
            row: u32::try_from(row).unwrap_or(u32::MAX),
        }
    }
}

// === impl Tally ===

impl Tally {
    /// Of the statement alone.
    pub(super) fn of_text(warnings: usize) -> Self {
        Self { warnings: u64::try_from(warnings).unwrap_or(u64::MAX), ..Self::default() }
    }

    /// `Records: 3  Deleted: 0  Skipped: 0  Warnings: 0`.
    fn of(outcome: &Outcome) -> Self {
        let message = String::from_utf8_lossy(&outcome.message);
        let mut numbers = message.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
        let mut next = || numbers.next().unwrap_or_default();
        Self { affected: outcome.affected_rows, records: next(), deleted: next(), skipped: next(), warnings: next() }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.affected = self.affected.saturating_add(other.affected);
        self.records = self.records.saturating_add(other.records);
        self.deleted = self.deleted.saturating_add(other.deleted);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.warnings = self.warnings.saturating_add(other.warnings);
    }

    pub(super) fn message(&self) -> Vec<u8> {
        let Self { records, deleted, skipped, warnings, .. } = self;
        format!("Records: {records}  Deleted: {deleted}  Skipped: {skipped}  Warnings: {warnings}").into_bytes()
    }
}

/// Runs the statement with a file, and takes the answer.
pub(super) async fn send(backend: &mut Connection, sql: &[u8], file: &[u8]) -> Result<Outcome, BackendError> {
    backend.queue_query(|out| out.extend_from_slice(sql));
    backend.flush().await?;
    let mut scanner = backend.scanner(ResponseKind::Results);
    let capabilities = backend.capabilities();
    let (mut outcome, mut failed) = (Outcome::default(), None);
    while !scanner.is_over() {
        let scanned = backend.next(&mut scanner).await?;
        let used = scanned.end();
        match scanned {
            Scanned::LocalInfile { .. } => {
                let asked = FrameHeader::peek(backend.unread()).map_or(0, |header| header.sequence);
                backend.consume(used);
                let mut sequence = asked.wrapping_add(1);
                let mut frames = Vec::with_capacity(file.len() + 64);
                for part in file.chunks(PACKET) {
                    put_packet(&mut frames, &mut sequence, |out| out.extend_from_slice(part));
                }
                put_packet(&mut frames, &mut sequence, |_| {});
                backend.queue_frames(&frames);
                backend.flush().await?;
                scanner.local_infile_sent(sequence);
                continue;
            }
            Scanned::End { end, frame, .. } => {
                let payload = relay::payload(backend.unread(), &frame);
                answers::take_end(&mut outcome, end, payload, capabilities).map_err(|error| backend.protocol(error))?;
            }
            Scanned::Err { frame } => failed = Some(backend.error_at(frame)?),
            _ => {}
        }
        backend.consume(used);
    }
    failed.map_or(Ok(outcome), |error| Err(BackendError::Server(error)))
}
