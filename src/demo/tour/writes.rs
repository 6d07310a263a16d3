//! The steps that write: a row and where it landed, a transaction, generated ids, DDL, and what is refused.

use std::collections::HashSet;

use super::physical::{NODES, Row, cell, parsed};
use super::{Tour, claim, columns};
use crate::demo::DemoError;
use crate::demo::cluster::INSTANCES;
use crate::demo::dataset::TODAY;
use crate::demo::money::Cents;

/// The user that the tour adds.
const NEW_USER: u64 = 900_021;

impl Tour<'_, '_> {
    pub(super) async fn insert_and_where_it_landed(&mut self) -> Result<(), DemoError> {
        self.step("An insert, and where it landed")?;
        // An earlier tour's row, if this is not the first.
        self.weir.query(&format!("DELETE FROM users WHERE id = {NEW_USER}")).await?;
        let insert = format!(
            "INSERT INTO users (id, name, phone, city, credit_limit, joined_on)
VALUES ({NEW_USER}, '欧阳明月', '13800000021', 'København', 88000.00, '{TODAY}')"
        );
        let inserted = self.weir(&insert).await?;
        claim(inserted.affected == 1, || format!("the insert reports {} rows", inserted.affected))?;

        let mut found = Vec::new();
        for table in self.physical_tables("users").await? {
            let statement = format!("SELECT id, name, city, credit_limit FROM {{table}} WHERE id = {NEW_USER}");
            let answer = self.directly(&table, &statement).await?;
            if !answer.rows.is_empty() {
                found.push((table, statement, answer));
            }
        }
        claim(found.len() == 1, || format!("the new user is in {} physical tables, not one", found.len()))?;
        for (table, statement, answer) in &found {
            let statement = statement.replace("{table}", &table.qualified());
            self.screen.statement(&format!("instance {}", table.instance_name()), &statement)?;
            self.screen.answer(answer)?;
            claim(table.qualified() == "finance_05.users_21", || {
                format!(
                    "{NEW_USER} mod {NODES} = 21, so the row belongs into finance_05.users_21, not {}",
                    table.qualified()
                )
            })?;
        }
        self.see(&format!(
            "{NEW_USER} mod {NODES} = 21: table users_21, in database 21 div 4 = finance_05. Nowhere else."
        ))
    }

    pub(super) async fn repayment_in_a_transaction(&mut self) -> Result<(), DemoError> {
        self.step("A repayment: a transaction, and an id that is unique over all shards")?;
        let owed = self
            .weir(
                "SELECT user_id, loan_id, seq_no, due_on, principal + interest - paid AS owed FROM instalments
WHERE status = 'overdue' AND principal + interest - paid > 10.00 ORDER BY due_on, loan_id, seq_no LIMIT 1",
            )
            .await?;
        let [instalment] = owed.rows.as_slice() else {
            return Err(DemoError::Wrong(format!("one overdue instalment expected, not {}", owed.rows.len())));
        };
        let (user, loan, seq) = (cell(instalment, 0), cell(instalment, 1), cell(instalment, 2));
        self.weir("BEGIN").await?;
        let inserted = self
            .weir(&format!(
                "INSERT INTO repayments (user_id, loan_id, seq_no, amount, paid_at, channel)
VALUES ({user}, {loan}, {seq}, 10.00, '{TODAY} 12:00:00', 'branch')"
            ))
            .await?;
        let id = self.weir("SELECT LAST_INSERT_ID()").await?;
        let id = id.single().unwrap_or_default().to_owned();
        let updated = self
            .weir(&format!(
                "UPDATE instalments SET paid = paid + 10.00 WHERE user_id = {user} AND loan_id = {loan} AND seq_no = {seq}"
            ))
            .await?;
        self.weir("COMMIT").await?;
        claim((inserted.affected, updated.affected) == (1, 1), || "the repayment did not change one row each".into())?;
        claim(inserted.last_insert_id.map(|id| id.to_string()).as_deref() == Some(&id), || {
            format!("the INSERT reports id {:?}, LAST_INSERT_ID() is {id}", inserted.last_insert_id)
        })?;

        let ids = self.everywhere("repayments", "SELECT repayment_id FROM {table}").await?;
        let different: HashSet<&str> = ids.iter().map(|row| cell(row, 0)).collect();
        claim(different.len() == ids.len(), || {
            format!("{} repayments have only {} different ids", ids.len(), different.len())
        })?;
        claim(different.contains(id.as_str()), || format!("no repayment has the id {id}"))?;
        self.see(&format!("Id {id} came from Weir. {} generated ids over {NODES} tables: none twice.", ids.len()))
    }

    pub(super) async fn books_balance(&mut self) -> Result<(), DemoError> {
        self.step("The books balance")?;
        let lent = self.weir("SELECT SUM(principal) AS principal, SUM(interest) AS interest FROM loans").await?;
        let due = self.weir("SELECT SUM(principal), SUM(interest), SUM(paid), AVG(paid) FROM instalments").await?;
        let repaid = self.weir("SELECT SUM(amount) AS repaid FROM repayments").await?;
        let amount = |rows: &[Row], column| match rows {
            [row] => parsed::<Cents>(row, column),
            _ => Err(DemoError::Wrong(format!("one row of sums expected, not {}", rows.len()))),
        };
        for column in [0, 1] {
            let (lent, due) = (amount(&lent.rows, column)?, amount(&due.rows, column)?);
            claim(lent == due, || format!("loans add up to {lent}, their instalments to {due}"))?;
        }
        let (paid, repaid) = (amount(&due.rows, 2)?, amount(&repaid.rows, 0)?);
        claim(paid == repaid, || format!("{paid} is paid on instalments, repayments add up to {repaid}"))?;
        self.see("Instalments add up to the loans, repayments to what is paid: exact DECIMAL sums over 32 tables each.")
    }

    pub(super) async fn ddl_on_every_node(&mut self) -> Result<(), DemoError> {
        self.step("One ALTER TABLE, on every node")?;
        // An interrupted tour may have left the column.
        if self.nodes_with_column("vip_level").await? != [0, 0] {
            self.weir.query("ALTER TABLE users DROP COLUMN vip_level").await?;
        }
        let before = self.nodes_with_column("vip_level").await?;
        self.weir("ALTER TABLE users ADD COLUMN vip_level TINYINT NOT NULL DEFAULT 0").await?;
        let after = self.nodes_with_column("vip_level").await?;
        self.weir("ALTER TABLE users DROP COLUMN vip_level").await?;
        let undone = self.nodes_with_column("vip_level").await?;
        self.screen.line("Physical tables that have the column, asked directly:")?;
        let counts = before.into_iter().zip(after).zip(undone);
        let rows: Vec<Row> = INSTANCES
            .into_iter()
            .zip(counts)
            .map(|(name, ((before, after), undone))| {
                [name.to_owned(), before.to_string(), after.to_string(), undone.to_string()].map(Some).to_vec()
            })
            .collect();
        let heading = columns([("instance", false), ("before", true), ("after ADD", true), ("after DROP", true)]);
        self.screen.table(&heading, &rows)?;
        let half = NODES / 2;
        claim((before, after, undone) == ([0, 0], [half, half], [0, 0]), || {
            format!("the column is in {before:?}, then {after:?}, then {undone:?} tables")
        })?;
        self.see("Weir ran it in all 32 tables, and would have named the nodes where it failed.")
    }

    /// How many physical tables of `users` have a column, by instance.
    async fn nodes_with_column(&mut self, column: &str) -> Result<[usize; 2], DemoError> {
        let statement = format!(
            "SELECT table_schema, table_name FROM information_schema.columns \
             WHERE table_schema LIKE 'finance\\_0_' AND table_name LIKE 'users\\_%' AND column_name = '{column}'"
        );
        let mut nodes = [0; 2];
        for (count, backend) in nodes.iter_mut().zip(&mut self.backends) {
            *count = backend.query(&statement).await?.rows.len();
        }
        Ok(nodes)
    }

    pub(super) async fn refusals(&mut self) -> Result<(), DemoError> {
        self.step("What cannot be done exactly is refused, and says what to change")?;
        self.refused("CREATE TEMPORARY TABLE drafts (id INT)", 21_002).await?;
        self.refused("DELETE FROM repayments", 21_006).await?;
        let kept = self.weir.query("SELECT COUNT(*) FROM repayments").await?;
        claim(kept.single().is_some_and(|count| count != "0"), || "the refused DELETE deleted".into())?;
        self.see("Each refusal has a number of its own, listed in docs/errors.md. Nothing was changed.")
    }

    /// Shows a statement that must be refused with a number.
    async fn refused(&mut self, statement: &str, number: u16) -> Result<(), DemoError> {
        self.screen.statement("weir", statement)?;
        match self.weir.query(statement).await {
            Ok(_) => Err(DemoError::Wrong(format!("{statement} was not refused"))),
            Err(error) => match error.server_error() {
                Some(server) => {
                    self.screen.line(&format!("ERROR {} ({}): {}", server.code, server.state, server.message))?;
                    claim(server.code == number, || {
                        format!("{statement} was refused with {}, not {number}", server.code)
                    })
                }
                None => Err(error),
            },
        }
    }
}
