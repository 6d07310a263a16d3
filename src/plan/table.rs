//! Tables as plans see them: the rule that places one, and what the catalog knows of its columns.

use std::sync::Arc;

use crate::id::DataNode;
use crate::rule::{Placement, RuleSet};
use crate::value::{Column, ColumnKind};

/// A logical table.
#[derive(Debug)]
pub struct Table {
    /// The rules of its schema: they turn nodes into databases and instances.
    pub rules: Arc<RuleSet>,
    /// The logical name.
    pub name: Box<str>,
    /// Where its rows are.
    pub placement: Placement,
    /// Its columns in order; None when nothing could be read (`weir explain` without backends).
    pub columns: Option<Vec<Column>>,
    /// Its unique keys, the primary one first; columns by index.
    pub unique_keys: Vec<UniqueKey>,
    /// Whether it is a view.
    pub view: bool,
    /// SHOW CREATE TABLE of its first physical table, where it could be read.
    pub definition: Option<Box<str>>,
    /// Its triggers on INSERT and UPDATE.
    pub triggers: Vec<Trigger>,
    /// The temporary table that stands for it at every node, where its rows are carried there for one statement.
    pub carried: Option<Box<str>>,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its name at the first physical table.
    pub name: Box<str>,
    /// What it runs for.
    pub event: TriggerEvent,
    /// The columns that it sets, in lower case.
    pub columns: Vec<Box<str>>,
}

/// What a trigger runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    /// Each new row.
    Insert,
    /// Each row that is changed, or might have been.
    Update,
}

/// A unique key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueKey {
    /// `PRIMARY` for the primary key.
    pub name: Box<str>,
    /// Indexes into `Table::columns`.
    pub columns: Vec<usize>,
}

/// What is known of a name.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The table.
    Known(Arc<Table>),
    /// There is no such table.
    Missing,
    /// The schema is not one of ours.
    NoSchema,
    /// It has not been read yet: read it and plan again.
    NotLoaded,
}

/// The catalog as plans ask it.
pub trait Tables: Sync {
    /// A table by schema and name (names as MySQL compares them on Linux: tables by case, schemas by case).
    fn table(&self, schema: &str, name: &str) -> Lookup;

    /// Whether the backends are known to be MariaDB, where it and MySQL read a statement or name a fault otherwise.
    fn on_mariadb(&self) -> bool {
        false
    }

    /// Whether every backend is known to be MySQL.
    fn on_mysql_only(&self) -> bool {
        false
    }
}

/// Physical names of one table at one node.
#[derive(Debug)]
pub struct PhysicalName<'t> {
    /// The physical database.
    pub database: &'t str,
    /// The physical table.
    pub table: &'t str,
}

/// The name of a table that was fetched to a merge node: one for each mention of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeName {
    mention: usize,
    copy: u16,
}

// === impl MergeName ===

impl MergeName {
    /// The database that all of them are in.
    pub const DATABASE: &'static str = "weir";

    /// Of a mention, by its index in `Plan::tables`.
    pub fn of(mention: usize) -> Self {
        Self { mention, copy: 0 }
    }

    /// Of a copy of it.
    pub fn copy(mention: usize, copy: u16) -> Self {
        Self { mention, copy }
    }

    /// The mention that a table's name is of.
    pub fn mention_of(table: &[u8]) -> Option<usize> {
        let name = std::str::from_utf8(table).ok()?.strip_prefix("merge_")?;
        name.split('_').next()?.parse().ok()
    }

    /// Without its database.
    pub fn table(self) -> String {
        match self.copy {
            0 => format!("merge_{}", self.mention),
            copy => format!("merge_{}_{copy}", self.mention),
        }
    }

    /// The column that numbers its rows where no key tells them apart.
    pub fn numbers(self) -> String {
        format!("weir row {}", self.mention)
    }

    /// In backticks, with its database.
    pub fn qualified(self) -> String {
        format!("`{}`.`{}`", Self::DATABASE, self.table())
    }
}

// === impl Table ===

impl Table {
    /// The physical name at a node. A broadcast table ignores the node's table number, a single one all of it.
    pub fn physical(&self, node: DataNode) -> PhysicalName<'_> {
        if let Some(table) = &self.carried {
            return PhysicalName { database: MergeName::DATABASE, table };
        }
        let shard = match &self.placement {
            Placement::Single(shard) => *shard,
            Placement::Split(_) | Placement::Broadcast => node.shard,
        };
        PhysicalName { database: self.rules.database(shard), table: self.placement.physical_table(node, &self.name) }
    }

    /// The table as every node has it once all of its rows have been carried there, for a mention.
    pub(super) fn carried_for(&self, mention: usize) -> Self {
        Self {
            rules: self.rules.clone(),
            name: self.name.clone(),
            placement: Placement::Broadcast,
            columns: self.columns.clone(),
            unique_keys: self.unique_keys.clone(),
            view: self.view,
            definition: self.definition.clone(),
            triggers: Vec::new(),
            carried: Some(MergeName::of(mention).table().into()),
        }
    }

    /// The table as keys with counts: these columns, and so many numbers.
    pub(super) fn counted(&self, keys: &[usize], counts: usize) -> Option<Self> {
        let all = self.columns.as_ref()?;
        let mut columns: Vec<Column> = keys.iter().filter_map(|at| all.get(*at)).cloned().collect();
        let names: Vec<String> = (0..counts).map(Self::count_name).collect();
        columns.extend(names.iter().map(|name| Column {
            name: name.clone(),
            kind: ColumnKind::Int { bytes: 8, unsigned: false },
            holds: None,
            padded: false,
            nullable: false,
            auto_increment: false,
            generated: false,
            invisible: false,
        }));
        let (head, rest) = self.definition.as_ref()?.split_once('\n')?;
        let lines: String = names.iter().map(|name| format!("  `{name}` bigint NOT NULL,\n")).collect();
        Some(Self {
            rules: self.rules.clone(),
            name: self.name.clone(),
            placement: self.placement.clone(),
            columns: Some(columns),
            unique_keys: Vec::new(),
            view: self.view,
            definition: Some(format!("{head}\n{lines}{rest}").into()),
            triggers: Vec::new(),
            carried: None,
        })
    }

    /// The name of a column that has counts.
    pub(super) fn count_name(number: usize) -> String {
        format!("weir count {number}")
    }

    /// A column's index by name, without regard to case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.as_ref()?.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }
}

impl PartialEq for Table {
    /// Two tables are the same when schema, name and placement are; what the catalog read is not compared.
    fn eq(&self, other: &Self) -> bool {
        self.rules.schema == other.rules.schema && self.name == other.name && self.placement == other.placement
    }
}
