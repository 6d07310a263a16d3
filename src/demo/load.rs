//! Making the tables and filling them, all of it through Weir, on several connections at once.
//!
//! Always holds: the mark that the data set is complete is written last, after the rows were counted through Weir; a
//! load that is interrupted before that starts again from nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use super::DemoError;
use super::cluster::Layout;
use super::dataset::{self, Rows, TABLES, USERS};
use super::screen::Screen;
use super::sql::{self, Answer, Column, Connection};

/// Connections that load at the same time.
const CONNECTIONS: u32 = 4;
/// Users whose rows go together.
const USERS_A_BATCH: u32 = 100;
/// Rows of one INSERT at most.
const ROWS_AN_INSERT: usize = 1_000;
/// How often the progress is shown without a terminal.
const REPORT: Duration = Duration::from_secs(2);

/// How far the load is.
#[derive(Default)]
struct Progress {
    next_user: AtomicU32,
    users: AtomicU32,
    rows: [AtomicU64; TABLES.len()],
}

/// Loads the data set, or says that it is there from an earlier start.
pub(super) async fn load_unless_loaded(layout: &Layout, screen: &mut Screen<'_>) -> Result<(), DemoError> {
    let mut weir = sql::connect_weir(layout.weir_port).await?;
    if sql::dataset_version(&mut weir, "settings").await?.as_deref() == Some(dataset::VERSION) {
        screen.line("data      kept from the last start")?;
    } else {
        create_tables(&mut weir, screen).await?;
        load(layout, &mut weir, screen).await?;
    }
    weir.close().await
}

async fn create_tables(weir: &mut Connection, screen: &mut Screen<'_>) -> Result<(), DemoError> {
    screen.title("Six logical tables are made through Weir")?;
    for table in &TABLES {
        let answer = weir.query(table.create).await?;
        screen.line(&format!("CREATE TABLE {:<12} {:>4} ms", table.name, answer.took.as_millis()))?;
    }
    Ok(())
}

async fn load(layout: &Layout, weir: &mut Connection, screen: &mut Screen<'_>) -> Result<(), DemoError> {
    screen.title("Made data goes in through Weir")?;
    let started = Instant::now();
    let progress = Arc::new(Progress::default());
    let mut merchants = Rows::default();
    dataset::merchants(&mut merchants);
    insert(weir, &mut merchants, &progress).await?;

    let mut loaders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        loaders.spawn(load_users(layout.weir_port, Arc::clone(&progress)));
    }
    let bar = ProgressBar::new(u64::from(USERS));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {percent:>3}%  {msg}") {
        bar.set_style(style);
    }
    let mut ticks = tokio::time::interval(if bar.is_hidden() { REPORT } else { Duration::from_millis(100) });
    ticks.tick().await;
    loop {
        tokio::select! {
            loaded = loaders.join_next() => match loaded {
                Some(Ok(loaded)) => loaded?,
                Some(Err(panic)) => return Err(DemoError::Wrong(format!("a loader ended early: {panic}"))),
                None => break,
            },
            _ = ticks.tick() => {
                let message = progress.message(started);
                if bar.is_hidden() {
                    screen.line(&message)?;
                }
                bar.set_position(u64::from(progress.users.load(Ordering::Relaxed)));
                bar.set_message(message);
            }
        }
    }
    bar.finish_and_clear();
    screen.line(&progress.message(started))?;
    check_counts(weir, &progress, screen).await?;
    let mark = format!("INSERT INTO settings (name, setting) VALUES ('demo.dataset', '{}')", dataset::VERSION);
    weir.query(&mark).await?;
    Ok(())
}

/// Loads batches of users until there are none left.
async fn load_users(port: u16, progress: Arc<Progress>) -> Result<(), DemoError> {
    let mut weir = sql::connect_weir(port).await?;
    loop {
        let first = progress.next_user.fetch_add(USERS_A_BATCH, Ordering::Relaxed) + 1;
        let last = USERS.min(first + USERS_A_BATCH - 1);
        if first > last {
            return weir.close().await;
        }
        let mut rows = Rows::default();
        (first..=last).for_each(|user| dataset::user(user, &mut rows));
        insert(&mut weir, &mut rows, &progress).await?;
        progress.users.fetch_add(last - first + 1, Ordering::Relaxed);
    }
}

/// Inserts all the rows.
async fn insert(weir: &mut Connection, rows: &mut Rows, progress: &Progress) -> Result<(), DemoError> {
    for ((table, rows), loaded) in TABLES.iter().zip(&mut rows.of).zip(&progress.rows) {
        for chunk in rows.chunks(ROWS_AN_INSERT) {
            let statement = format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns, chunk.join(", "));
            let affected = weir.query(&statement).await?.affected;
            let expected = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if affected != expected {
                let what = format!("an INSERT of {expected} rows into {} reports {affected} affected", table.name);
                return Err(DemoError::Wrong(what));
            }
            loaded.fetch_add(expected, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Counts every table through Weir and compares with what was sent.
async fn check_counts(weir: &mut Connection, progress: &Progress, screen: &mut Screen<'_>) -> Result<(), DemoError> {
    let columns = [("table", false), ("rows sent", true), ("SELECT COUNT(*)", true)]
        .map(|(name, numeric)| Column { name: name.to_owned(), numeric });
    let mut shown = Answer { columns: columns.to_vec(), ..Answer::default() };
    for (table, loaded) in TABLES.iter().zip(&progress.rows) {
        let sent = loaded.load(Ordering::Relaxed).to_string();
        let counted = weir.query(&format!("SELECT COUNT(*) FROM {}", table.name)).await?;
        let counted = counted.single().unwrap_or("no single value").to_owned();
        if counted != sent {
            let what = format!("{sent} rows were sent to {}, and COUNT(*) says {counted}", table.name);
            return Err(DemoError::Wrong(what));
        }
        shown.rows.push(vec![Some(table.name.to_owned()), Some(sent), Some(counted)]);
    }
    Ok(screen.table(&shown.columns, &shown.rows)?)
}

// === impl Progress ===

impl Progress {
    fn message(&self, started: Instant) -> String {
        let rows: u64 = self.rows.iter().map(|rows| rows.load(Ordering::Relaxed)).sum();
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = rows.saturating_mul(1000) / millis;
        format!("{} rows, {} rows/s, {}.{} s", HumanCount(rows), HumanCount(rate), millis / 1000, millis % 1000 / 100)
    }
}
