//! The physical tables, asked directly at the instances: what the tour compares Weir's answers with.
//!
//! It knows nothing of rules: which physical tables there are is what the instances say there are.

use super::Tour;
use crate::demo::DemoError;
use crate::demo::cluster::INSTANCES;
use crate::demo::sql::Answer;

/// Physical tables of each table that the demo splits.
pub(super) const NODES: usize = 32;

/// A table on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PhysicalTable {
    /// Index into [`INSTANCES`].
    pub(super) instance: usize,
    /// The physical database.
    pub(super) database: String,
    /// The physical table.
    pub(super) name: String,
}

// === impl PhysicalTable ===

impl PhysicalTable {
    /// Its name within its instance.
    pub(super) fn qualified(&self) -> String {
        format!("{}.{}", self.database, self.name)
    }

    /// The name of its instance.
    pub(super) fn instance_name(&self) -> &'static str {
        INSTANCES[self.instance]
    }
}

// === impl Tour ===

impl Tour<'_, '_> {
    /// All physical tables of a split table, by database and number.
    pub(super) async fn physical_tables(&mut self, logical: &str) -> Result<Vec<PhysicalTable>, DemoError> {
        let statement = format!(
            "SELECT table_schema, table_name FROM information_schema.tables \
             WHERE table_schema LIKE 'finance\\_0_' AND table_name REGEXP '^{logical}_[0-9]+$' ORDER BY 1, 2"
        );
        let mut tables = Vec::new();
        for (instance, backend) in self.backends.iter_mut().enumerate() {
            for row in backend.query(&statement).await?.rows {
                let mut names = row.into_iter().map(Option::unwrap_or_default);
                let (database, name) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
                tables.push(PhysicalTable { instance, database, name });
            }
        }
        super::claim(tables.len() == NODES, || format!("{logical} has {} physical tables, not {NODES}", tables.len()))?;
        Ok(tables)
    }

    /// A statement with `{table}` in it, run over one physical table.
    pub(super) async fn directly(&mut self, table: &PhysicalTable, statement: &str) -> Result<Answer, DemoError> {
        self.backends[table.instance].query(&statement.replace("{table}", &table.qualified())).await
    }

    /// The rows of a statement with `{table}` in it, run over every physical table of a split table.
    pub(super) async fn everywhere(&mut self, logical: &str, statement: &str) -> Result<Vec<Row>, DemoError> {
        let mut rows = Vec::new();
        for table in self.physical_tables(logical).await? {
            rows.extend(self.directly(&table, statement).await?.rows);
        }
        Ok(rows)
    }
}

/// A row as texts.
pub(super) type Row = Vec<Option<String>>;

/// A column's text; empty for NULL and for a column that is not there.
pub(super) fn cell(row: &Row, column: usize) -> &str {
    row.get(column).and_then(Option::as_deref).unwrap_or_default()
}

/// A column's number or amount.
pub(super) fn parsed<T: std::str::FromStr>(row: &Row, column: usize) -> Result<T, DemoError> {
    let text = cell(row, column);
    text.parse().map_err(|_| DemoError::Wrong(format!("{text:?} in column {} is not what was expected", column + 1)))
}
