//! Makes a difference small: parts of the statement, rows and columns go as long as the two sides still differ.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::aggregates_a_parameter;
use super::node::Node;
use super::pair::{Pair, Sent};
use super::world::{Table, World};
use crate::differential::{Mode, SECOND, Verdict, shape};
use crate::servers::Brand;

/// A statement on which two sides differ, and the tables that it takes.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) node: Node,
    pub(crate) mode: Mode,
    pub(crate) params: bool,
    /// Whether its ORDER BY is total.
    pub(crate) ordered: bool,
    /// The table that it changes.
    pub(crate) changes: Option<String>,
    /// What kind of difference is shrunk, once that is known.
    pub(crate) class: Option<String>,
}

const MOST_TIME: Duration = Duration::from_secs(30);

// === impl Case ===

impl Case {
    fn sent(&self) -> Sent {
        let (mut sql, mut params) = self.node.render(&mut || self.params);
        if self.world.brand == Brand::MySql && aggregates_a_parameter(&sql) {
            (sql, params) = self.node.render(&mut || false);
        }
        let mut sent = Sent::text(sql);
        sent.statement.params = params;
        sent.mode = self.mode;
        sent.statement.unordered = !(self.ordered && sent.statement.has_order());
        sent
    }

    fn tables(&self) -> Vec<&Table> {
        let text = self.node.text();
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && !"_.".contains(c)).collect();
        let own = format!("{}.", self.world.schema);
        let mentions = |word: &str, table: &Table| {
            let behind = word.strip_prefix(&own).unwrap_or(word).strip_prefix(&table.name);
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('.'))
        };
        let mentioned = |table: &&Table| words.iter().any(|word| mentions(word, table));
        self.world.tables.iter().filter(mentioned).collect()
    }

    /// What differs, if something does; the tables must be as the case has them.
    async fn difference(&self, pair: &mut Pair) -> Option<String> {
        let told = self.any_difference(pair).await?;
        self.class.as_ref().is_none_or(|class| *class == class_of(&told)).then_some(told)
    }

    async fn any_difference(&self, pair: &mut Pair) -> Option<String> {
        let told = |verdict: Verdict| match verdict {
            Verdict::Wrong(differences) => Some(differences.join("\n    ")),
            Verdict::Unread(why) => Some(format!("not read: {why}")),
            _ => None,
        };
        match &self.changes {
            None => match pair.compare(&self.sent()).await {
                Ok((verdict, ..)) => told(verdict),
                Err(why) => Some(why),
            },
            Some(changed) => {
                let verdict = pair.change(&self.sent()).await;
                let (plain, weir) = pair.rows(self.world.table(changed)).await.ok()?;
                for table in self.tables() {
                    pair.refill(table).await.ok()?;
                }
                match verdict {
                    Ok(Verdict::Refused { .. } | Verdict::RefusedError { .. }) => None,
                    Ok(verdict) if plain == weir => told(verdict),
                    Ok(verdict) => Some(told(verdict).unwrap_or_default() + &rows_apart(&plain, &weir)),
                    Err(why) => Some(why),
                }
            }
        }
    }

    /// As small as it gets in a while; None if the two sides do not differ on it when asked again.
    pub(crate) async fn shrunk(mut self, pair: &mut Pair) -> Option<(Self, String)> {
        let until = Instant::now() + MOST_TIME;
        for table in self.tables() {
            pair.make_table(table).await.ok()?;
        }
        let mut told = self.difference(pair).await?;
        self.class = Some(class_of(&told));
        let plainer = Self { mode: Mode::Text, params: false, ..self.clone() };
        if let Some(difference) = plainer.difference(pair).await {
            (self, told) = (plainer, difference);
        }
        for _ in 0..3 {
            let before = (self.node.text().len(), self.rows());
            self.shrink_statement(pair, until, &mut told).await;
            self.shrink_rows(pair, until, &mut told).await;
            self.shrink_columns(pair, until, &mut told).await;
            if before == (self.node.text().len(), self.rows()) {
                break;
            }
        }
        Some((self, told))
    }

    fn rows(&self) -> usize {
        self.world.tables.iter().map(|table| table.rows.len()).sum()
    }

    async fn shrink_statement(&mut self, pair: &mut Pair, until: Instant, told: &mut String) {
        'again: while Instant::now() < until {
            for node in self.node.smaller() {
                let smaller = Self { node, ..self.clone() };
                if Instant::now() > until {
                    break 'again;
                }
                if let Some(difference) = smaller.difference(pair).await {
                    (*self, *told) = (smaller, difference);
                    continue 'again;
                }
            }
            break;
        }
    }

    async fn shrink_rows(&mut self, pair: &mut Pair, until: Instant, told: &mut String) {
        let names: Vec<String> = self.tables().into_iter().map(|table| table.name.clone()).collect();
        for name in names {
            let mut part = self.world.table(&name).rows.len();
            while part > 0 && Instant::now() < until {
                let mut at = 0;
                while at < self.world.table(&name).rows.len() {
                    let mut smaller = self.clone();
                    let table = smaller.table_mut(&name);
                    let end = (at + part).min(table.rows.len());
                    table.rows.drain(at..end);
                    match smaller.tried(pair, &name, false).await {
                        Some(difference) => (*self, *told) = (smaller, difference),
                        None => {
                            at += part;
                            let table = self.world.table(&name).clone();
                            if pair.refill(&table).await.is_err() {
                                return;
                            }
                        }
                    }
                }
                part /= 2;
            }
        }
    }

    async fn shrink_columns(&mut self, pair: &mut Pair, until: Instant, told: &mut String) {
        let names: Vec<String> = self.tables().into_iter().map(|table| table.name.clone()).collect();
        for name in names {
            for at in (2..self.world.table(&name).columns.len()).rev() {
                let text = self.node.text();
                let column = &self.world.table(&name).columns[at].name;
                if text.contains(&format!(".{column}"))
                    || text.contains(&format!(" {column}"))
                    || Instant::now() > until
                {
                    continue;
                }
                let mut smaller = self.clone();
                let table = smaller.table_mut(&name);
                table.columns.remove(at);
                for row in &mut table.rows {
                    row.remove(at);
                }
                match smaller.tried(pair, &name, true).await {
                    Some(difference) => (*self, *told) = (smaller, difference),
                    None => {
                        let table = self.world.table(&name).clone();
                        if pair.make_table(&table).await.is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }

    fn table_mut(&mut self, name: &str) -> &mut Table {
        self.world.tables.iter_mut().find(|table| table.name == name).expect("a table of this world")
    }

    async fn tried(&self, pair: &mut Pair, name: &str, anew: bool) -> Option<String> {
        let table = self.world.table(name);
        if anew {
            pair.make_table(table).await.ok()?;
        } else {
            pair.refill(table).await.ok()?;
        }
        self.difference(pair).await
    }

    /// A script of the differential suite.
    pub(crate) fn script(&self, origin: &str, told: &str) -> String {
        let mut text = format!("-- Found by the fuzzer: {origin}.\n");
        let tables = self.tables();
        for (schema, _) in self.world.schemas() {
            let head = if schema == self.world.schema { "rules".to_owned() } else { format!("rules of {schema}") };
            writeln!(text, "-- {head}:").expect("a string takes all");
            for table in &tables {
                let (place, name) = table.place();
                if place.unwrap_or(&self.world.schema) == schema {
                    writeln!(text, "--   {name}: {}", self.rule(table, &tables)).expect("a string takes all");
                }
            }
        }
        for table in &tables {
            writeln!(text, "{};", table.create()).expect("a string takes all");
            if let Some(insert) = table.insert() {
                writeln!(text, "{insert};").expect("a string takes all");
            }
        }
        if let Some(set) = self.world.session {
            writeln!(text, "{set};").expect("a string takes all");
        }
        let sent = self.sent();
        if !sent.statement.params.is_empty() {
            writeln!(text, "--@ params: {}", sent.statement.params.join(", ")).expect("a string takes all");
        }
        if self.changes.is_none() && sent.statement.unordered {
            text.push_str("--@ unordered\n");
        }
        let own = format!("{}.", self.world.schema);
        writeln!(text, "{};", sent.statement.sql.replace(&own, "shop.")).expect("a string takes all");
        for table in self.changes.iter() {
            writeln!(text, "--@ unordered\nSELECT * FROM {table};").expect("a string takes all");
        }
        for table in &tables {
            writeln!(text, "DROP TABLE {};", table.name).expect("a string takes all");
        }
        for line in told.lines() {
            writeln!(text, "-- {line}").expect("a string takes all");
        }
        text
    }

    /// A table's rule in the suite's databases, without a leader that is not among the tables.
    fn rule(&self, table: &Table, tables: &[&Table]) -> String {
        let mut rule = table.rule.clone();
        if let Some((_, behind)) = table.rule.split_once(", binding: ") {
            let leader = behind.trim_end_matches(" }");
            if tables.iter().all(|other| other.place() != (table.place().0, leader)) {
                rule = rule.replace(&format!(", binding: {leader}"), "");
            }
        }
        rule.replace(&format!("{}_", self.world.schema), "shop_0")
            .replace(&format!("{SECOND}_"), &format!("{SECOND}_0"))
    }
}

/// The aspect that differs first.
fn class_of(told: &str) -> String {
    shape(told.lines().next().unwrap_or_default().split(": ").next().unwrap_or_default())
}

/// Rows that one side has and the other has not.
pub(crate) fn rows_apart(plain: &[Vec<String>], weir: &[Vec<String>]) -> String {
    let only = |these: &[Vec<String>], those: &[Vec<String>]| -> Vec<String> {
        these.iter().filter(|row| !those.contains(row)).take(3).map(|row| row.join(", ")).collect()
    };
    format!(
        "rows afterwards: plain has {}, weir has {}\n    only plain: {:?}\n    only weir: {:?}",
        plain.len(),
        weir.len(),
        only(plain, weir),
        only(weir, plain)
    )
}
