//! The tour: a heading, the SQL, the real answer, what to see; and each claim is checked, most against the physical
//! tables themselves.
//!
//! Always holds: the tour ends in an error at the first claim that does not hold; it leaves the data fit for the next
//! tour (what it adds it removes at its next start, and what it changes balances).

mod physical;
mod reads;
mod rules;
mod writes;

use std::path::Path;

use super::DemoError;
use super::cluster::Layout;
use super::screen::Screen;
use super::sql::{self, Answer, Column, Connection};

/// What the steps share.
struct Tour<'t, 's> {
    layout: &'t Layout,
    weir: Connection,
    backends: [Connection; 2],
    screen: &'t mut Screen<'s>,
    steps: u32,
}

/// Walks through all the steps.
pub(super) async fn walk(
    layout: &Layout,
    check: &dyn Fn(&Path) -> Result<(), String>,
    screen: &mut Screen<'_>,
) -> Result<(), DemoError> {
    let [a, b] = layout.backend_ports;
    let backends = [sql::connect_backend(a).await?, sql::connect_backend(b).await?];
    let weir = sql::connect_weir(layout.weir_port).await?;
    let mut tour = Tour { layout, weir, backends, screen, steps: 0 };
    tour.one_table_is_many().await?;
    tour.point_query().await?;
    tour.join_in_one_database().await?;
    tour.range_in_order().await?;
    tour.overdue_by_month().await?;
    tour.question_that_no_shard_answers().await?;
    tour.insert_and_where_it_landed().await?;
    tour.repayment_in_a_transaction().await?;
    tour.books_balance().await?;
    tour.ddl_on_every_node().await?;
    tour.refusals().await?;
    tour.bad_rule(check)?;
    let Tour { weir, backends: [a, b], steps, screen, .. } = tour;
    screen.line(&format!("\nAll {steps} steps gave what they must."))?;
    for connection in [weir, a, b] {
        connection.close().await?;
    }
    Ok(())
}

// === impl Tour ===

impl Tour<'_, '_> {
    /// The heading of a step.
    fn step(&mut self, heading: &str) -> Result<(), DemoError> {
        self.steps += 1;
        Ok(self.screen.title(&format!("{}. {heading}", self.steps))?)
    }

    /// What to see in the answer above.
    fn see(&mut self, text: &str) -> Result<(), DemoError> {
        Ok(self.screen.line(&format!("   -> {text}"))?)
    }

    /// Shows a statement, runs it through Weir, and shows its answer.
    async fn weir(&mut self, statement: &str) -> Result<Answer, DemoError> {
        self.screen.statement("weir", statement)?;
        let answer = self.weir.query(statement).await?;
        self.screen.answer(&answer)?;
        Ok(answer)
    }

    /// Shows EXPLAIN of a statement; returns how many physical statements it lists.
    async fn explain(&mut self, statement: &str) -> Result<usize, DemoError> {
        let answer = self.weir.query(&format!("EXPLAIN {statement}")).await?;
        self.screen.line("weir> EXPLAIN …the same…;")?;
        const SHOWN: usize = 4;
        let first: Vec<_> = answer.rows.iter().take(SHOWN).cloned().collect();
        self.screen.table(&answer.columns, &first)?;
        if answer.rows.len() > SHOWN {
            self.screen.line(&format!("… and {} more", answer.rows.len() - SHOWN))?;
        }
        Ok(answer.rows.len())
    }
}

/// An error unless the claim holds.
fn claim(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), DemoError> {
    if holds { Ok(()) } else { Err(DemoError::Wrong(otherwise())) }
}

/// A table's heading.
fn columns<const N: usize>(names: [(&str, bool); N]) -> Vec<Column> {
    names.into_iter().map(|(name, numeric)| Column { name: name.to_owned(), numeric }).collect()
}
