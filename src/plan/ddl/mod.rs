//! DDL of a logical table → one statement for each of its physical tables.
//!
//! The client's own text is kept but for the names: a backend sees what the client wrote, with physical names in the
//! places of the logical ones and without DRDS's clauses. What would leave a logical table in two shapes is refused.

mod drop;

use std::sync::Arc;

use super::constraint::Spelling;
use super::dictionary::is_system_schema;
use super::{Lookup, PlanError, Table, Tables};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, InstanceId, ShardId};
use crate::rule::split::Level;
use crate::rule::{DefaultPlacement, Placement, RuleSet, Split};
use crate::sql::Span;
use crate::sql::ast::{ConstraintName, Ddl, DrdsPartition, ForeignKey, TableName};

pub use drop::IfExist;

/// A DDL statement's plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DdlPlan {
    /// What runs where, in routing order.
    pub statements: Vec<DdlStatement>,
    /// Logical tables whose sequence asks the physical tables where to go on: dropped, truncated, both names of a
    /// renamed one, and where ALTER TABLE says AUTO_INCREMENT = n.
    pub reset_sequences: Vec<(Box<str>, Box<str>)>,
    /// Tables that are to be dropped, with their schemas, and do not exist: 1051 when the others are gone.
    pub unknown: Vec<String>,
    /// DROP TABLE IF EXISTS: what it notes.
    pub if_exist: Option<IfExist>,
    /// A foreign key of another table can be why a server refuses it.
    pub referred: bool,
}

/// One physical statement.
#[derive(Clone, Debug, PartialEq)]
pub struct DdlStatement {
    /// Where it runs.
    pub instance: InstanceId,
    /// The physical database, for messages.
    pub database: Box<str>,
    /// The physical tables, each with the place of its logical one in the client's list.
    pub tables: Vec<(Box<str>, usize)>,
    /// The node, and the rules that it is of: a message may name tables that the statement does not.
    pub node: DataNode,
    /// The rules.
    pub rules: Arc<RuleSet>,
    /// Physical names and the logical ones that a client knows them by.
    pub names: Vec<(Box<str>, Box<str>)>,
    /// The text.
    pub sql: Vec<u8>,
}

/// What DDL plans are made from.
pub struct DdlContext<'a> {
    /// The selected schema.
    pub schema: Option<&'a str>,
    /// The catalog.
    pub tables: &'a dyn Tables,
    /// Rules by schema.
    pub rules: &'a (dyn Fn(&str) -> Option<Arc<RuleSet>> + Sync),
}

/// A name of the statement, resolved.
struct Named {
    rules: Arc<RuleSet>,
    schema: Box<str>,
    name: Box<str>,
    placement: Placement,
    span: Span,
    /// What the catalog knows of it.
    known: Option<Arc<Table>>,
}

/// Makes the plan of a DDL statement.
pub fn plan_ddl(ddl: &Ddl, text: &[u8], context: &DdlContext<'_>) -> Result<DdlPlan, PlanError> {
    match ddl {
        Ddl::CreateTable {
            table,
            temporary,
            like,
            select,
            primary_key,
            key_type,
            references,
            constraints,
            partition,
            ..
        } => {
            if *temporary {
                return refuse(Code::UnsupportedStatement, "CREATE TEMPORARY TABLE is not served yet".to_owned());
            }
            if select.is_some() {
                return refuse(
                    Code::UnsupportedStatement,
                    "CREATE TABLE … SELECT is not served here: create the table first, then INSERT … SELECT".to_owned(),
                );
            }
            let key = match like {
                Some(other) => context.existing(other)?.key_column(),
                None => primary_key.first().filter(|_| key_type.as_deref().is_none_or(is_hashed)).cloned(),
            };
            let created = context.created(table, key.as_deref())?;
            agrees(partition, &created)?;
            let mut others = Vec::new();
            for reference in references {
                others.push(context.referenced(reference, &created)?);
            }
            if let Some(name) = like {
                let other = context.existing(name)?;
                if other.known.is_none() {
                    let is_there = context.tables.on_mariadb() && context.existing(table)?.known.is_some();
                    if !is_there {
                        let message = format!("Table '{}.{}' doesn't exist", other.schema, other.name);
                        return refuse(Code::NoSuchTable, message);
                    }
                    // MariaDB looks at the new table first, and says that it exists.
                    others.push(Named { placement: created.placement.clone(), ..other });
                    return Ok(created.plan(text, &others, &[], &[]));
                }
                others.push(context.beside(name, &created)?);
            }
            let spelled = context.spelled(constraints, &created)?;
            Ok(created.plan(text, &others, &spelled, &[partition.span, partition.sequence]))
        }
        Ddl::AlterTable { table, rename_to, references, constraints, touched_columns, counts_from, counted } => {
            let altered = context.existing(table)?;
            if *counted && matches!(&altered.placement, Placement::Split(split) if split.nodes().len() > 1) {
                let message = format!(
                    "ALTER TABLE {} cannot add an AUTO_INCREMENT column: each physical table would number its own rows",
                    altered.name
                );
                return refuse(Code::UnsupportedAcrossShards, message);
            }
            if let Placement::Split(split) = &altered.placement
                && let Some(key) = touched_columns
                    .iter()
                    .find(|column| split.key_columns().iter().any(|key| key.eq_ignore_ascii_case(column)))
            {
                let message = format!(
                    "ALTER TABLE {} cannot drop, rename or redefine `{key}`: the table is split by it",
                    altered.name
                );
                return refuse(Code::UnsupportedAcrossShards, message);
            }
            let mut others = Vec::new();
            for reference in references {
                others.push(context.referenced(reference, &altered)?);
            }
            let spelled = context.spelled(constraints, &altered)?;
            let Some(name) = rename_to else {
                let mut plan = altered.plan(text, &others, &spelled, &[]);
                plan.referred = true;
                // The next value comes from the tables, which have it from this statement.
                plan.reset_sequences.extend(counts_from.then(|| altered.sequence()));
                return Ok(plan);
            };
            let renamed = context.renamed(name, &altered)?;
            let names = [altered.sequence(), renamed.sequence()];
            others.push(renamed);
            let plan = altered.plan(text, &others, &spelled, &[]);
            Ok(DdlPlan { reset_sequences: names.into(), referred: true, ..plan })
        }
        Ddl::DropTable { temporary: true, .. } => {
            refuse(Code::UnsupportedStatement, "DROP TEMPORARY TABLE is not served yet".to_owned())
        }
        Ddl::DropTable { tables, if_exists, .. } => drop::drop_tables(tables, *if_exists, text, context),
        Ddl::Truncate(table) => {
            let table = context.existing(table)?;
            let mut plan = table.plan(text, &[], &[], &[]);
            plan.reset_sequences.push(table.sequence());
            plan.referred = true;
            Ok(plan)
        }
        Ddl::RenameTable(pairs) => match pairs.as_slice() {
            [(from, to)] => {
                let table = context.existing(from)?;
                let renamed = context.renamed(to, &table)?;
                let names = [table.sequence(), renamed.sequence()];
                Ok(DdlPlan { reset_sequences: names.into(), ..table.plan(text, &[renamed], &[], &[]) })
            }
            _ => refuse(
                Code::UnsupportedAcrossShards,
                "RENAME TABLE of several tables at once is not served: send one statement a table".to_owned(),
            ),
        },
        Ddl::CreateIndex { table } => Ok(context.existing(table)?.plan(text, &[], &[], &[])),
        Ddl::DropIndex { table, index } => {
            let table = context.existing(table)?;
            let spelled = context.spelled(std::slice::from_ref(index), &table)?;
            Ok(DdlPlan { referred: true, ..table.plan(text, &[], &spelled, &[]) })
        }
        Ddl::Other { name } => refuse(
            Code::UnsupportedStatement,
            format!("{name} is not served through Weir: run it on the instances themselves"),
        ),
    }
}

fn refuse<T>(code: Code, message: String) -> Result<T, PlanError> {
    Err(PlanError::Sql(SqlError::new(code, message)))
}

/// DRDS's clauses are taken when they say what the rule says.
fn agrees(partition: &DrdsPartition, table: &Named) -> Result<(), PlanError> {
    if partition.span.is_none() {
        return Ok(());
    }
    let agrees = match &table.placement {
        Placement::Broadcast => partition.broadcast,
        Placement::Single(_) => partition.single,
        Placement::Split(split) => {
            let same = |clause: &Option<String>, level: Option<&Level>| match (clause, level) {
                (Some(clause), Some(level)) => clause.replace(['`', ' '], "") == level.to_string().to_ascii_lowercase(),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            same(&partition.dbpartition, Some(split.database_level()))
                && same(&partition.tbpartition, split.table_level())
                && partition.tbpartitions.is_none_or(|count| count == u32::from(split.tables_per_database()))
        }
    };
    if agrees {
        return Ok(());
    }
    let message = format!(
        "the partition clauses differ from the rule of table `{}` in schema `{}`: change the rule file first, then \
         create the table",
        table.name, table.schema
    );
    refuse(Code::UnsupportedAcrossShards, message)
}

// === impl DdlContext ===

impl DdlContext<'_> {
    fn schema_of<'n>(&'n self, name: &'n TableName) -> Result<(&'n str, Arc<RuleSet>), PlanError> {
        let schema = match (&name.schema, self.schema) {
            (Some(schema), _) => schema.text.as_str(),
            (None, Some(schema)) => schema,
            (None, None) => return refuse(Code::NoDatabase, "No database selected".to_owned()),
        };
        match (self.rules)(schema) {
            Some(rules) => Ok((schema, rules)),
            None => refuse(Code::UnknownDatabase, format!("Unknown database '{schema}'")),
        }
    }

    /// A table that should exist; if it does not, a backend says so.
    fn existing(&self, name: &TableName) -> Result<Named, PlanError> {
        let (schema, rules) = self.schema_of(name).map_err(|error| match (&name.schema, error) {
            (Some(schema), PlanError::Sql(error)) if error.is(Code::UnknownDatabase) && self.tables.on_mariadb() => {
                let message = format!("Table '{}.{}' doesn't exist", schema.text, name.name.text);
                PlanError::Sql(SqlError::new(Code::NoSuchTable, message))
            }
            (_, error) => error,
        })?;
        let (placement, known) = match self.tables.table(schema, &name.name.text) {
            Lookup::Known(table) => (table.placement.clone(), Some(table)),
            Lookup::Missing | Lookup::NoSchema => (by_rule(&rules, &name.name.text, None), None),
            Lookup::NotLoaded => {
                return Err(PlanError::NeedsTable { schema: schema.into(), table: name.name.text.as_str().into() });
            }
        };
        let (schema, span) = (schema.into(), name.span);
        Ok(Named { schema, name: name.name.text.as_str().into(), placement, rules, span, known })
    }

    /// A table to be dropped: also what a DDL that failed halfway has left of one that would be split. None is one of a
    /// schema that does not exist.
    fn dropped(&self, name: &TableName) -> Result<Option<Named>, PlanError> {
        let nowhere = |schema: &str| matches!(self.tables.table(schema, &name.name.text), Lookup::NoSchema);
        if name.schema.as_ref().is_some_and(|schema| !is_system_schema(&schema.text) && nowhere(&schema.text)) {
            return Ok(None);
        }
        let table = self.existing(name)?;
        let known = matches!(self.tables.table(&table.schema, &table.name), Lookup::Known(_));
        let placement = if known { table.placement } else { by_rule(&table.rules, &table.name, Some("")) };
        Ok(Some(Named { placement, ..table }))
    }

    /// A table to be made, with the first column of its primary key.
    fn created(&self, name: &TableName, key: Option<&str>) -> Result<Named, PlanError> {
        let (schema, rules) = self.schema_of(name)?;
        let placement = by_rule(&rules, &name.name.text, key);
        let (schema, span) = (schema.into(), name.span);
        Ok(Named { schema, name: name.name.text.as_str().into(), placement, rules, span, known: None })
    }

    /// What the names of constraints become at each node.
    fn spelled(&self, names: &[ConstraintName], table: &Named) -> Result<Vec<(Span, Spelling)>, PlanError> {
        let mut spelled = Vec::new();
        for named in names {
            let definition = table.known.as_ref().and_then(|known| known.definition.as_deref());
            let of = (&*table.name, &table.placement, definition);
            if let Some(spelling) = Spelling::of(named, of, self.tables.on_mariadb())? {
                spelled.push((named.name.span, spelling));
            }
        }
        Ok(spelled)
    }

    /// A table that `REFERENCES` or `LIKE` names: it must have a physical table beside each of `table`'s.
    fn beside(&self, name: &TableName, table: &Named) -> Result<Named, PlanError> {
        let other = if *name.name.text == *table.name && name.schema.is_none() {
            Named { span: name.span, ..self.created(name, table.key_column().as_deref())? }
        } else {
            self.existing(name)?
        };
        if other.schema == table.schema && stands_beside(&other.placement, &table.placement) {
            return Ok(other);
        }
        let message = format!(
            "`{}` has no physical table beside each physical table of `{}`: bind the two by their rules, or make \
             `{}` a broadcast table",
            other.name, table.name, other.name
        );
        refuse(Code::UnsupportedAcrossShards, message)
    }

    /// The table of a foreign key, which must not give rows another shard key: they would lie where nobody looks for them.
    fn referenced(&self, key: &ForeignKey, table: &Named) -> Result<Named, PlanError> {
        let other = self.beside(&key.table, table)?;
        let Placement::Split(split) = &table.placement else { return Ok(other) };
        // The shard key of the other table stays while rows depend on it.
        let stays = match &other.placement {
            Placement::Split(pointed) => {
                leads_to_one_node(key, (table, split), (&other, pointed))?;
                true
            }
            Placement::Broadcast | Placement::Single(_) => false,
        };
        let is_key = |name: &&String| split.key_columns().iter().any(|key| key.eq_ignore_ascii_case(name));
        let action = match (key.sets, key.follows && !stays) {
            (true, _) => "SET NULL or SET DEFAULT",
            (false, true) => "ON UPDATE CASCADE",
            (false, false) => return Ok(other),
        };
        let Some(column) = key.columns.iter().find(is_key) else { return Ok(other) };
        let message = format!(
            "{action} of a foreign key would change the shard key `{column}` of `{}`, and the row would not move; use \
             another action",
            table.name
        );
        refuse(Code::UnsupportedAcrossShards, message)
    }

    /// The new name of a table: it must be placed as the old one is.
    fn renamed(&self, name: &TableName, table: &Named) -> Result<Named, PlanError> {
        if table.known.is_none() && self.existing(name)?.known.is_none() {
            return refuse(Code::NoSuchTable, format!("Table '{}.{}' doesn't exist", table.schema, table.name));
        }
        let to = self.created(name, table.key_column().as_deref())?;
        let same = match (&to.placement, &table.placement) {
            (Placement::Split(to), Placement::Split(from)) => to.co_split_with(from),
            (to, from) => to == from,
        };
        if same && to.schema == table.schema {
            return Ok(to);
        }
        let message = format!(
            "`{}` cannot be renamed to `{}`: the rules place the two names differently; give `{}` the same rule first",
            table.name, to.name, to.name
        );
        refuse(Code::UnsupportedAcrossShards, message)
    }
}

/// Rows of tables that are split alike lie at one node where their shard keys are equal, so a foreign key has to lead from
/// each shard key to the other table's.
fn leads_to_one_node(
    key: &ForeignKey,
    (table, split): (&Named, &Split),
    (other, pointed): (&Named, &Split),
) -> Result<(), PlanError> {
    let leads = |own: &str, theirs: &str| {
        key.columns.iter().enumerate().any(|(place, column)| {
            let to = key.referenced.get(place).unwrap_or(column);
            column.eq_ignore_ascii_case(own) && to.eq_ignore_ascii_case(theirs)
        })
    };
    let mut keys = split.key_columns().iter().zip(pointed.key_columns());
    let Some((own, theirs)) = keys.find(|(own, theirs)| !leads(own, theirs)) else { return Ok(()) };
    let message = format!(
        "a foreign key of `{}` that does not lead from its shard key `{own}` to `{theirs}` of `{}` would not find rows of \
         other nodes: add these columns to it, or make `{}` a broadcast table",
        table.name, other.name, other.name
    );
    refuse(Code::UnsupportedAcrossShards, message)
}

/// Where the rules put a table, with the first column of its primary key.
fn by_rule(rules: &RuleSet, name: &str, key: Option<&str>) -> Placement {
    match (rules.placement(name), rules.default_placement(), key) {
        (Some(placement), ..) => placement.clone(),
        (None, DefaultPlacement::Single(shard), _) => Placement::Single(*shard),
        (None, DefaultPlacement::AutoHash, Some(key)) if rules.shards().len() > 1 => rules.auto_split(name, key),
        (None, DefaultPlacement::AutoHash, _) => Placement::Single(ShardId(0)),
    }
}

/// Whether `hash` takes values of a type, by the first word of its name.
fn is_hashed(of_type: &str) -> bool {
    const WORDS: &[&str] = &[
        "SERIAL",
        "BOOL",
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "MEDIUMINT",
        "MIDDLEINT",
        "INT",
        "INTEGER",
        "BIGINT",
        "INT1",
        "INT2",
        "INT3",
        "INT4",
        "INT8",
        "DECIMAL",
        "DEC",
        "NUMERIC",
        "FIXED",
        "NUMBER",
        "CHAR",
        "CHARACTER",
        "NCHAR",
        "NATIONAL",
        "VARCHAR",
        "VARCHARACTER",
        "VARCHAR2",
        "NVARCHAR",
        "LONG",
        "TINYTEXT",
        "TEXT",
        "MEDIUMTEXT",
        "LONGTEXT",
        "CLOB",
        "BINARY",
        "VARBINARY",
        "RAW",
        "TINYBLOB",
        "BLOB",
        "MEDIUMBLOB",
        "LONGBLOB",
    ];
    WORDS.contains(&of_type)
}

fn stands_beside(other: &Placement, table: &Placement) -> bool {
    match (other, table) {
        (Placement::Broadcast, _) => true,
        (Placement::Split(other), Placement::Split(table)) => other.co_split_with(table),
        (Placement::Single(other), Placement::Single(table)) => other == table,
        (Placement::Split(_) | Placement::Single(_), _) => false,
    }
}

// === impl Named ===

impl Named {
    fn key_column(&self) -> Option<String> {
        match &self.placement {
            Placement::Split(split) => split.key_columns().first().map(|column| column.to_string()),
            Placement::Broadcast | Placement::Single(_) => None,
        }
    }

    fn sequence(&self) -> (Box<str>, Box<str>) {
        (self.schema.clone(), self.name.clone())
    }

    /// What a backend says at a node, and the logical names in its stead.
    fn names(&self, node: DataNode) -> [(Box<str>, Box<str>); 2] {
        let table = self.placement.physical_table(node, &self.name).into();
        let database = self.rules.database(node.shard).into();
        [(table, self.name.clone()), (database, self.schema.clone())]
    }

    /// The statement at every node, this table's and the others' names replaced, constraints spelled as there, and `cut`
    /// left out.
    fn plan(&self, text: &[u8], others: &[Named], spelled: &[(Span, Spelling)], cut: &[Option<Span>]) -> DdlPlan {
        let mut statements = Vec::new();
        for node in self.placement.nodes(&self.rules) {
            let mut edits: Vec<(Span, String)> = std::iter::once(self)
                .chain(others)
                .map(|named| (named.span, named.physical(node)))
                .chain(spelled.iter().map(|(span, spelling)| {
                    let name = spelling.at(node, self.placement.physical_table(node, &self.name));
                    (*span, format!("`{}`", name.replace('`', "``")))
                }))
                .chain(cut.iter().flatten().map(|span| (*span, String::new())))
                .collect();
            edits.sort_by_key(|(span, _)| span.start);
            statements.push(DdlStatement {
                instance: self.rules.instance(node.shard),
                database: self.rules.database(node.shard).into(),
                tables: vec![(self.placement.physical_table(node, &self.name).into(), 0)],
                node,
                rules: self.rules.clone(),
                names: std::iter::once(self).chain(others).flat_map(|named| named.names(node)).collect(),
                sql: apply(text, &edits),
            });
        }
        DdlPlan { statements, ..DdlPlan::default() }
    }

    fn physical(&self, node: DataNode) -> String {
        let database = self.rules.database(node.shard).replace('`', "``");
        let table = self.placement.physical_table(node, &self.name).replace('`', "``");
        format!("`{database}`.`{table}`")
    }
}

fn apply(text: &[u8], edits: &[(Span, String)]) -> Vec<u8> {
    let mut sql = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    for (span, with) in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        sql.extend_from_slice(text.get(at..start).unwrap_or_default());
        sql.extend_from_slice(with.as_bytes());
        at = end;
    }
    sql.extend_from_slice(text.get(at..).unwrap_or_default());
    sql
}
