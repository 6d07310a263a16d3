//! The steps that read: one node, one database, all nodes in order, all nodes added up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::physical::{NODES, Row, cell, parsed};
use super::{Tour, claim, columns};
use crate::demo::DemoError;
use crate::demo::cluster::INSTANCES;
use crate::demo::dataset::TODAY;
use crate::demo::money::Cents;

impl Tour<'_, '_> {
    pub(super) async fn one_table_is_many(&mut self) -> Result<(), DemoError> {
        self.step("One MySQL in front, many behind")?;
        let tables = self.weir("SHOW TABLES").await?;
        claim(tables.rows.len() >= 6, || format!("SHOW TABLES lists {} tables, not six", tables.rows.len()))?;
        let counted = self.weir("SELECT COUNT(*) AS users FROM users").await?;
        let users: u64 = parsed(&Row::from([counted.single().map(str::to_owned)]), 0)?;

        let mut databases: BTreeMap<String, (usize, Vec<String>, u64)> = BTreeMap::new();
        for table in self.physical_tables("users").await? {
            let counted = self.directly(&table, "SELECT COUNT(*) FROM {table}").await?;
            let count: u64 = parsed(&Row::from([counted.single().map(str::to_owned)]), 0)?;
            let entry = databases.entry(table.database).or_insert((table.instance, Vec::new(), 0));
            entry.1.push(table.name);
            entry.2 += count;
        }
        let sum: u64 = databases.values().map(|(_, _, rows)| rows).sum();
        let rows: Vec<Row> = databases
            .into_iter()
            .map(|(database, (instance, names, rows))| {
                let names = format!("{} … {}", names.first().unwrap_or(&database), names.last().unwrap_or(&database));
                vec![Some(INSTANCES[instance].to_owned()), Some(database), Some(names), Some(rows.to_string())]
            })
            .collect();
        self.screen.line("Asked directly at the two instances:")?;
        let heading = columns([("instance", false), ("database", false), ("tables", false), ("rows", true)]);
        self.screen.table(&heading, &rows)?;
        claim(sum == users, || format!("{users} users through Weir, {sum} in the physical tables"))?;
        self.see(&format!("`users` is {NODES} tables in 8 databases on 2 instances; {users} rows either way."))
    }

    pub(super) async fn point_query(&mut self) -> Result<(), DemoError> {
        self.step("A query by shard key goes to one table")?;
        let statement = "SELECT id, name, phone, city, credit_limit FROM users WHERE id = 4321";
        let answer = self.weir(statement).await?;
        claim(answer.rows.len() == 1 && cell(&answer.rows[0], 0) == "4321", || {
            format!("user 4321 should be one row, not {}", answer.rows.len())
        })?;
        let nodes = self.explain(statement).await?;
        claim(nodes == 1, || format!("the point query goes to {nodes} nodes, not one"))?;
        self.see("One physical statement: the client's own text with the table's name replaced.")
    }

    pub(super) async fn join_in_one_database(&mut self) -> Result<(), DemoError> {
        self.step("Tables that are split alike join where their rows are")?;
        let statement = "SELECT u.name, l.loan_id, m.name AS merchant, l.principal, l.interest, l.months
FROM users u JOIN loans l ON l.user_id = u.id
  JOIN merchants m ON m.merchant_id = l.merchant_id
WHERE u.id = 4321 ORDER BY l.loan_id";
        let answer = self.weir(statement).await?;
        let mut loans = 0;
        for row in self.everywhere("loans", "SELECT COUNT(*) FROM {table} WHERE user_id = 4321").await? {
            loans += parsed::<usize>(&row, 0)?;
        }
        claim(loans > 0 && answer.rows.len() == loans, || {
            format!("user 4321 has {loans} loans, the join gives {}", answer.rows.len())
        })?;
        let nodes = self.explain(statement).await?;
        claim(nodes == 1, || format!("the join goes to {nodes} nodes, not one"))?;
        self.see(
            "users and loans are bound: split alike, by the user; merchants is broadcast: a copy in every database.",
        )
    }

    pub(super) async fn range_in_order(&mut self) -> Result<(), DemoError> {
        self.step("A range over all shards, in order")?;
        let statement = "SELECT loan_id, user_id, principal, interest, lent_on FROM loans
WHERE principal >= 60000 ORDER BY principal DESC, loan_id LIMIT 8";
        let answer = self.weir(statement).await?;
        let nodes = self.explain(statement).await?;
        claim(nodes > 1, || format!("a range without shard key should reach many nodes, not {nodes}"))?;

        let by_hand = "SELECT loan_id, user_id, principal, interest, lent_on FROM {table} WHERE principal >= 60000";
        let mut rows = Vec::new();
        for row in self.everywhere("loans", by_hand).await? {
            rows.push((Reverse(parsed::<Cents>(&row, 2)?), parsed::<u64>(&row, 0)?, row));
        }
        rows.sort();
        let first: Vec<Row> = rows.into_iter().take(8).map(|(_, _, row)| row).collect();
        claim(answer.rows.len() == 8 && answer.rows == first, || {
            format!("sorted by hand the first loans are {first:?}, Weir answers {:?}", answer.rows)
        })?;
        self.see("Every node sends its own first rows in order; Weir merges them. Sorted by hand: the same eight.")
    }

    pub(super) async fn overdue_by_month(&mut self) -> Result<(), DemoError> {
        self.step("Overdue amounts by month, over all shards")?;
        let select = |table: &str| {
            format!(
                "SELECT DATE_FORMAT(due_on, '%Y-%m') AS month, COUNT(*) AS instalments,
       SUM(principal + interest - paid) AS overdue
FROM {table} WHERE due_on >= '2024-07-01' AND due_on < '{TODAY}' AND paid < principal + interest
GROUP BY DATE_FORMAT(due_on, '%Y-%m')"
            )
        };
        let statement = format!("{} ORDER BY month", select("instalments"));
        self.screen.statement("weir", &statement)?;
        let answer = self.weir.query(&statement).await?;

        let mut by_hand: BTreeMap<String, (u64, Cents)> = BTreeMap::new();
        for row in self.everywhere("instalments", &select("{table}")).await? {
            let month = by_hand.entry(cell(&row, 0).to_owned()).or_default();
            month.0 += parsed::<u64>(&row, 1)?;
            month.1 += parsed::<Cents>(&row, 2)?;
        }
        let text = |value: &dyn ToString| Some(value.to_string());
        let expected: Vec<Row> =
            by_hand.iter().map(|(month, (count, sum))| vec![text(month), text(count), text(sum)]).collect();
        let beside: Vec<Row> =
            answer.rows.iter().zip(&expected).map(|(weir, hand)| [&weir[..], &hand[1..]].concat()).collect();
        let heading =
            [answer.columns.clone(), columns([("instalments by hand", true), ("overdue by hand", true)])].concat();
        self.screen
            .line(&format!("Weir's answer; beside it, the {NODES} physical tables asked directly and added up:"))?;
        self.screen.table(&heading, &beside)?;
        claim(!expected.is_empty() && answer.rows == expected, || {
            format!("overdue amounts differ: through Weir {:?}, by hand {expected:?}", answer.rows)
        })?;
        let total: Cents = by_hand.values().map(|(_, sum)| *sum).sum();
        self.see(&format!("Equal in every month, to the cent: {total} overdue in all."))
    }

    pub(super) async fn question_that_no_shard_answers(&mut self) -> Result<(), DemoError> {
        self.step("A question that no shard can answer alone")?;
        let statement = "SELECT m.category, COUNT(DISTINCT l.user_id) AS borrowers, MAX(l.principal) AS largest
FROM loans l JOIN merchants m ON m.merchant_id = l.merchant_id
GROUP BY m.category HAVING COUNT(DISTINCT l.user_id) > 1 ORDER BY borrowers DESC, m.category LIMIT 5";
        let answer = self.weir(statement).await?;

        let mut category_of: BTreeMap<u32, String> = BTreeMap::new();
        for row in self.weir.query("SELECT merchant_id, category FROM merchants").await?.rows {
            category_of.insert(parsed(&row, 0)?, cell(&row, 1).to_owned());
        }
        let mut by_hand: BTreeMap<String, (BTreeSet<u64>, Cents)> = BTreeMap::new();
        for row in self.everywhere("loans", "SELECT merchant_id, user_id, principal FROM {table}").await? {
            let Some(category) = category_of.get(&parsed(&row, 0)?) else { continue };
            let of = by_hand.entry(category.clone()).or_default();
            of.0.insert(parsed(&row, 1)?);
            of.1 = of.1.max(parsed(&row, 2)?);
        }
        let mut expected: Vec<(Reverse<usize>, String, Cents)> = by_hand
            .into_iter()
            .filter(|(_, (users, _))| users.len() > 1)
            .map(|(category, (users, largest))| (Reverse(users.len()), category, largest))
            .collect();
        expected.sort();
        let text = |value: &dyn ToString| Some(value.to_string());
        let expected: Vec<Row> = expected
            .iter()
            .take(5)
            .map(|(Reverse(users), category, largest)| vec![text(category), text(users), text(largest)])
            .collect();
        claim(!expected.is_empty() && answer.rows == expected, || {
            format!("counted by hand: {expected:?}, Weir answers {:?}", answer.rows)
        })?;
        self.see(
            "One user may have loans in many categories, so the nodes' counts cannot be added up. Weir fetched the columns \
             that are named into temporary tables of one server, and the statement ran there. Counted by hand: the same.",
        )
    }
}
