//! Claims of unique values: of two statements that look up the same value, one waits until the other is done.
//!
//! Values that are not there yet have no row to lock. So a statement locks rows of `weir.claim`, a table of 1,024 rows on
//! the instance of the schema's first shard, by a hash of its values; it does so in one order, and they are free again
//! when its transaction ends. Nothing is ever written there.
//!
//! Always holds: equal values have equal claims, however they are spelled.

use std::collections::BTreeSet;

use super::hold::Hold;
use super::temporary::quoted;
use super::{Conversation, ExecError};
use crate::backend::{BackendError, Instance};
use crate::error::{Code, SqlError};
use crate::plan::{Fetch, MergeName, Met, MetKey, Table};
use crate::value::ColumnKind;

const TABLE: &str = "`weir`.`claim`";
/// How many claims there are.
const CLAIMS: u16 = 1024;

/// Claims the values that the new rows on a merge node have in unique keys.
pub(super) async fn claim(
    conversation: &mut Conversation<'_>,
    merge_node: &mut Hold,
    (table, fetch): (&Table, &Fetch),
    met: &Met,
) -> Result<(), ExecError> {
    let mut numbers = BTreeSet::new();
    for (number, key) in met.keys.iter().enumerate() {
        let answer = merge_node.query(&numbers_of(table, fetch, (number, key))).await?;
        for row in 0..answer.rows.len() {
            let number = answer.text(row, 0).and_then(|number| number.parse::<u16>().ok());
            numbers.insert(number.ok_or_else(|| SqlError::new(Code::BackendAnswer, "a claim has no number"))?);
        }
    }
    if numbers.is_empty() {
        return Ok(());
    }
    let Some(home) = table.rules.shards().first().map(|shard| shard.instance) else { return Ok(()) };
    let list: Vec<String> = numbers.iter().map(u16::to_string).collect();
    let sql = format!("SELECT number FROM {TABLE} WHERE number IN ({}) ORDER BY number FOR UPDATE", list.join(","));
    let mut hold = Hold::take_to_read(conversation, home).await?;
    let mut locked = hold.query(&sql).await;
    let missing = |locked: &Result<crate::backend::TextResult, BackendError>| match locked {
        Ok(locked) => locked.rows.len() < numbers.len(),
        Err(BackendError::Server(error)) => error.is(Code::NoSuchTable) || error.is(Code::UnknownDatabase),
        Err(_) => false,
    };
    if missing(&locked) {
        if let Some(instance) = conversation.catalog.instances().get(home) {
            make(instance).await?;
        }
        locked = hold.query(&sql).await;
    }
    match locked {
        Err(error) if error.ends_connection() => return Err(error.into()),
        _ => hold.release(conversation),
    }
    if locked?.rows.len() < numbers.len() {
        return Err(SqlError::new(Code::BackendAnswer, "the table weir.claim does not have all of its rows").into());
    }
    Ok(())
}

/// The query that gives the numbers of a key's values. A hash of what compares equal where they do, blanks at the end
/// aside, which may count or not.
fn numbers_of(table: &Table, fetch: &Fetch, (number, key): (usize, &MetKey)) -> String {
    let all = table.columns.as_deref().unwrap_or_default();
    let columns = key.columns.iter().filter_map(|place| all.get(*fetch.columns.get(*place)?));
    let (mut values, mut there) = (Vec::new(), Vec::new());
    for column in columns {
        let name = quoted(&column.name);
        values.push(match &column.kind {
            ColumnKind::Text { .. } => format!("HEX(WEIGHT_STRING(RTRIM({name})))"),
            _ => format!("HEX({name})"),
        });
        there.push(format!("{name} IS NOT NULL"));
    }
    let of = format!("{}.{}:{number}", table.rules.schema, table.name);
    let of: String = of.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "SELECT DISTINCT CRC32(CONCAT_WS(',', '{of}', {})) % {CLAIMS} FROM {} WHERE {}",
        values.join(", "),
        MergeName::of(0).qualified(),
        there.join(" AND ")
    )
}

/// Makes the table, or what is missing of it.
async fn make(instance: &Instance) -> Result<(), BackendError> {
    instance.query(&format!("CREATE DATABASE IF NOT EXISTS `{}`", MergeName::DATABASE)).await?;
    let columns = "number SMALLINT UNSIGNED NOT NULL PRIMARY KEY";
    instance.query(&format!("CREATE TABLE IF NOT EXISTS {TABLE} ({columns}) ENGINE=InnoDB")).await?;
    let rows: Vec<String> = (0..CLAIMS).map(|number| format!("({number})")).collect();
    instance.query(&format!("INSERT IGNORE INTO {TABLE} VALUES {}", rows.join(","))).await.map(drop)
}
