//! Foreign keys that lead to the tables of a DDL statement: a server refuses at their nodes what it takes at others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::backend::{Instance, Instances, ServerKind, SessionState};
use crate::error::{Code, SqlError};
use crate::id::InstanceId;
use crate::plan::ddl::{DdlPlan, DdlStatement};

/// A physical table: its instance, database and name, in small letters.
type Physical = (InstanceId, String, String);

/// A foreign key: the physical database of both tables, the one that is led to, and the one that it is of, in small letters.
struct Key {
    database: String,
    to: String,
    of: String,
}

/// The places of the statements that a foreign key may have a server refuse.
///
/// # Errors
/// An instance cannot be asked; MariaDB would drop some tables of a list and keep another, and that at some nodes only.
pub(super) async fn places(
    instances: &Arc<Instances>,
    state: &SessionState,
    plan: &DdlPlan,
) -> Result<BTreeSet<usize>, SqlError> {
    let mut places = BTreeSet::new();
    if !plan.referred || plan.statements.len() < 2 || state.get("foreign_key_checks") == Some("0") {
        return Ok(places);
    }
    let mut asked: BTreeMap<InstanceId, Vec<&DdlStatement>> = BTreeMap::new();
    let mut listed: BTreeMap<Physical, usize> = BTreeMap::new();
    for statement in &plan.statements {
        asked.entry(statement.instance).or_default().push(statement);
        for (table, place) in &statement.tables {
            let (database, table) = (statement.database.to_ascii_lowercase(), table.to_ascii_lowercase());
            listed.insert((statement.instance, database, table), *place);
        }
    }
    let mut on_mariadb = false;
    let mut why = None;
    for (id, statements) in asked {
        let Some(instance) = instances.get(id) else { continue };
        let keys = keys(instance, &statements).await?;
        let one_by_one = instance.kind() == Some(ServerKind::MariaDb);
        on_mariadb |= one_by_one;
        for (place, statement) in plan.statements.iter().enumerate().filter(|(_, of)| of.instance == id) {
            let holds = |key: &&Key| {
                let of = (id, key.database.clone(), key.of.clone());
                let led_to = |(table, place): &&(Box<str>, usize)| {
                    // A table that the statement drops as well holds nothing; MariaDB drops one after the other.
                    let goes = listed.get(&of).is_some_and(|of| !one_by_one || of <= place);
                    table.eq_ignore_ascii_case(&key.to) && !goes
                };
                statement.database.eq_ignore_ascii_case(&key.database)
                    && statement.tables.iter().any(|table| led_to(&table))
            };
            if let Some(key) = keys.iter().find(holds) {
                places.insert(place);
                let of_client = statement.names.iter().find(|(physical, _)| physical.eq_ignore_ascii_case(&key.to));
                why = why.or(of_client.map(|(_, logical)| logical));
            }
        }
    }
    if on_mariadb && !places.is_empty() && places.len() < plan.statements.len() && lists(plan) {
        let to = why.map_or("?", |name| &**name);
        let message = format!(
            "DROP TABLE of several tables, to one of which, `{to}`, a foreign key of a table that stays leads at some nodes \
             only: drop one table a statement, the one with the foreign key before `{to}`"
        );
        return Err(SqlError::new(Code::UnsupportedAcrossShards, message));
    }
    Ok(places)
}

/// Whether it names more than one table.
fn lists(plan: &DdlPlan) -> bool {
    plan.statements.iter().flat_map(|statement| &statement.tables).any(|(_, place)| *place > 0)
}

/// The foreign keys that lead to tables of these statements.
async fn keys(instance: &Instance, statements: &[&DdlStatement]) -> Result<Vec<Key>, SqlError> {
    let text = |name: &str| format!("'{}'", name.replace('\\', "\\\\").replace('\'', "''"));
    let mut by_database: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for statement in statements {
        let tables = statement.tables.iter().map(|(table, _)| &**table);
        by_database.entry(&statement.database).or_default().extend(tables);
    }
    let of_database = |(database, tables): (&str, BTreeSet<&str>)| {
        let (database, tables) = (text(database), tables.into_iter().map(text).collect::<Vec<_>>().join(", "));
        // MariaDB opens no other database's tables where the name of the key's own is given.
        format!(
            "SELECT TABLE_SCHEMA, REFERENCED_TABLE_NAME, TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE \
             WHERE TABLE_SCHEMA = {database} AND REFERENCED_TABLE_SCHEMA = {database} AND REFERENCED_TABLE_NAME IN ({tables})"
        )
    };
    let sql = by_database.into_iter().map(of_database).collect::<Vec<_>>().join(" UNION ALL ");
    let answer = instance.query(&sql).await?;
    let text = |row, column| answer.text(row, column).unwrap_or_default().to_ascii_lowercase();
    Ok((0..answer.rows.len()).map(|row| Key { database: text(row, 0), to: text(row, 1), of: text(row, 2) }).collect())
}
