//! Physical names turned back to logical ones, in errors and in column definitions.
//!
//! A client never sees that `orders` is `shop_03.orders_14`: neither in "Table … doesn't exist" nor in the metadata of
//! a result set.

use std::borrow::Cow;

use super::Warning;
use crate::backend::SessionState;
use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::plan::constraint::{leads_elsewhere, marker, names_constraints};
use crate::plan::ddl::DdlStatement;
use crate::plan::{Args, DictionaryMention, MergeName, Plan, Table};
use crate::rule::RuleSet;
use crate::value::CollationId;
use crate::wire::ColumnNames;
use crate::wire::column_definition::replace_collation;

/// What one node's answer has to be read back as.
#[derive(Clone, Copy, Debug)]
pub struct LogicalNames<'a> {
    /// The tables of the statement.
    pub tables: &'a [std::sync::Arc<Table>],
    /// The alias of the one that it writes, where it ran without.
    pub target: Option<&'a str>,
    /// Where it ran.
    pub place: Place,
    /// The statement: some of its tables may be at another node than the one that it ran at.
    pub statement: Option<(&'a Plan, &'a Args<'a>)>,
}

/// Where a statement ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a data node.
    Node(DataNode),
    /// On a merge node, over the tables that were fetched.
    MergeNode,
}

// === impl Place ===

impl Place {
    /// The node; one that no rule has stands for a merge node.
    pub fn node(self) -> DataNode {
        match self {
            Place::Node(node) => node,
            Place::MergeNode => DataNode { shard: ShardId(u16::MAX), table: u16::MAX },
        }
    }
}

const INFORMATION_SCHEMA: &str = "information_schema";

/// ER_DUP_ENTRY: begins with a value of the user's.
const DUPLICATE_ENTRY: u16 = 1062;
/// ER_SP_DOES_NOT_EXIST: a connection of Weir's has no schema selected, a client's mostly has.
const NO_SUCH_ROUTINE: u16 = 1305;

/// WARN_DATA_TRUNCATED.
const DATA_TRUNCATED: u16 = 1265;

/// ER_NO_REFERENCED_ROW_2.
const NO_PARENT: u16 = 1452;

/// ER_UPDATE_TABLE_USED.
const TARGET_IS_READ: u16 = 1093;

/// MySQL's default collation of utf8mb4.
const UTF8MB4_0900_AI_CI: CollationId = CollationId(255);

/// Sees to it that results in the charset of the handshake are called by the handshake's collation.
///
/// MySQL calls them so until any `SET character_set_results`, and by the charset's own default collation ever after: a
/// pooled connection has had such a SET, a client that never sent one must not see it.
pub fn as_from_handshake(definition: &mut [u8]) {
    replace_collation(definition, UTF8MB4_0900_AI_CI, CollationId::UTF8MB4_GENERAL_CI);
}

/// Whether a client has never said in which charset it wants results.
pub fn from_handshake(state: &SessionState) -> bool {
    state.get("character_set_results").is_none()
}

// === impl LogicalNames ===

impl LogicalNames<'_> {
    /// Database and name of the statement's n-th table where it ran. A write that is made row by row runs at the node
    /// itself; what runs at several has some tables at others.
    fn physical<'t>(&self, mention: usize, table: &'t Table) -> impl Iterator<Item = (&'t str, Cow<'t, str>)> {
        let (nodes, merged) = match self.place {
            Place::Node(node) => {
                let other = self.statement.and_then(|(plan, args)| plan.node_of(mention, node, args).ok());
                ([Some(node), other.filter(|other| *other != node)], None)
            }
            Place::MergeNode => ([None, None], Some((MergeName::DATABASE, Cow::Owned(MergeName::of(mention).table())))),
        };
        let named = nodes.into_iter().flatten().map(|node| table.physical(node));
        named.map(|physical| (physical.database, Cow::Borrowed(physical.table))).chain(merged)
    }

    /// The tables of information_schema that the statement names.
    fn dictionary(&self) -> &[DictionaryMention] {
        self.statement.map_or(&[], |(plan, _)| &plan.dictionary)
    }

    /// The logical schema and table of a physical table, by the names in a column definition.
    fn of_column(&self, database: &[u8], table: &[u8]) -> Option<(&str, &str)> {
        if self.place == Place::MergeNode {
            let mention = MergeName::mention_of(table)?;
            let ours = database == MergeName::DATABASE.as_bytes() || database.is_empty();
            let named = match self.dictionary().get(mention) {
                Some(of) => (INFORMATION_SCHEMA, of.table.name()),
                None => self.tables.get(mention).map(|logical| (&*logical.rules.schema, &*logical.name))?,
            };
            return ours.then_some(named);
        }
        self.tables.iter().enumerate().find_map(|(mention, logical)| {
            // A column of a derived table that was materialised names its table and no database.
            let is_it = |(of, physical): (&str, Cow<'_, str>)| {
                (of.as_bytes() == database || database.is_empty()) && physical.as_bytes() == table
            };
            self.physical(mention, logical).any(is_it).then_some((&*logical.rules.schema, &*logical.name))
        })
    }

    /// The names of a column definition, as a client is to see them.
    pub fn of_definition<'n>(&'n self, column: ColumnNames<'n>) -> ColumnNames<'n> {
        match self.of_column(column.schema, column.org_table) {
            Some((schema, table)) => {
                let alias = if column.table == column.org_table { table.as_bytes() } else { column.table };
                let schema = if column.schema.is_empty() { "" } else { schema };
                ColumnNames { schema: schema.as_bytes(), table: alias, org_table: table.as_bytes() }
            }
            // An expression, or a table of the server's own making: only the schema may be a physical one.
            None => match self.schema(column.schema) {
                Some(schema) => ColumnNames { schema: schema.as_bytes(), ..column },
                None => column,
            },
        }
    }

    fn schema(&self, database: &[u8]) -> Option<&str> {
        let mut tables = self.tables.iter().enumerate();
        let is_there = |(of, _): (&str, Cow<'_, str>)| of.as_bytes() == database;
        let logical = tables.find(|(mention, table)| self.physical(*mention, table).any(is_there));
        logical.map(|(_, table)| &*table.rules.schema)
    }

    /// A backend's error under logical names.
    pub fn error(&self, error: SqlError) -> SqlError {
        let message = self.message(error.errno, &error.message);
        let rules = self.tables.first().map(|table| &table.rules);
        match rules.filter(|_| error.errno == NO_PARENT).and_then(|rules| leads_elsewhere(&message, rules)) {
            Some(why) => SqlError::new(Code::UnsupportedAcrossShards, why),
            None => SqlError { message, ..error },
        }
    }

    /// A backend's warnings under logical names.
    pub fn warnings(&self, list: Vec<Warning>) -> Vec<Warning> {
        let logical = |warning: Warning| Warning { message: self.message(warning.errno, &warning.message), ..warning };
        list.into_iter().map(logical).collect()
    }

    /// A backend's message as one server with the logical tables would have put it.
    pub fn message(&self, errno: u16, message: &str) -> String {
        let names = self.tables.iter().enumerate().flat_map(|(mention, table)| {
            let named = self.physical(mention, table);
            named.flat_map(|(of, physical)| [(physical, &*table.name), (Cow::Borrowed(of), &*table.rules.schema)])
        });
        let mut message = replace_names(errno, message, names);
        if let (Place::Node(node), Some(table)) = (self.place, self.tables.first())
            && names_constraints(errno)
        {
            message = with_neighbours(message, &table.rules, node);
        }
        match (errno, self.tables.first(), self.target) {
            (NO_SUCH_ROUTINE, Some(table), _) => in_schema(message, &table.rules.schema),
            (TARGET_IS_READ, _, Some(alias)) => with_target(&message, alias),
            // MySQL calls the columns of an expression with their schema unless it is selected.
            (DATA_TRUNCATED, Some(table), _) => message.replace(&format!("({}.", table.rules.schema), "("),
            _ => message,
        }
    }
}

/// `You can't specify target table 't' for update in FROM clause` calls the table by its alias.
fn with_target(message: &str, alias: &str) -> String {
    let mut parts = message.rsplitn(3, '\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(behind), Some(_), Some(before)) => format!("{before}'{alias}'{behind}"),
        _ => message.to_owned(),
    }
}

/// `FUNCTION f does not exist` says in which schema it was looked for, where one is selected.
fn in_schema(message: String, schema: &str) -> String {
    match message.strip_prefix("FUNCTION ").and_then(|rest| rest.strip_suffix(" does not exist")) {
        Some(name) if !name.contains('.') => format!("FUNCTION {schema}.{name} does not exist"),
        _ => message,
    }
}

/// A message of a DDL statement's as one server with the logical tables would have put it.
pub(super) fn of_ddl(statement: &DdlStatement, errno: u16, message: &str) -> String {
    let names = statement.names.iter().map(|(physical, logical)| (Cow::Borrowed(&**physical), &**logical));
    let message = replace_names(errno, message, names);
    if names_constraints(errno) { with_neighbours(message, &statement.rules, statement.node) } else { message }
}

/// Constraints, and tables that a foreign key leads from or to: the statement need not name them.
fn with_neighbours(message: String, rules: &RuleSet, node: DataNode) -> String {
    let replaced = rules
        .tables()
        .fold(message, |message, (name, placement)| replace_name(&message, placement.physical_table(node, name), name));
    let replaced = replace_name(&replaced, rules.database(node.shard), &rules.schema);
    replaced.replace(&format!("{}`", marker(node)), "`").replace(&format!("{}'", marker(node)), "'")
}

/// Replaces physical names, each with its logical one.
fn replace_names<'n>(errno: u16, message: &str, names: impl Iterator<Item = (Cow<'n, str>, &'n str)>) -> String {
    let from = match errno {
        DUPLICATE_ENTRY => message.rfind(" for key ").unwrap_or_default(),
        _ => 0,
    };
    let (kept, rest) = message.split_at(from);
    let replaced = names.fold(rest.to_owned(), |rest, (physical, logical)| replace_name(&rest, &physical, logical));
    format!("{kept}{replaced}")
}

/// Replaces a name where it stands alone: between quotes, points, blanks or the message's ends.
pub(super) fn replace_name(message: &str, physical: &str, logical: &str) -> String {
    if physical == logical || physical.is_empty() {
        return message.to_owned();
    }
    let edge = |c: Option<char>| c.is_none_or(|c| matches!(c, '\'' | '`' | '"' | '.' | ' ' | '(' | ')' | ','));
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(physical) {
        let (before, found) = rest.split_at(at);
        let after = found.get(physical.len()..).unwrap_or_default();
        out.push_str(before);
        // MySQL names constraints after their table where the client has not named them.
        let named_after = after.starts_with("_chk_") || after.starts_with("_ibfk_");
        let alone = edge(out.chars().next_back()) && (named_after || edge(after.chars().next()));
        out.push_str(if alone { logical } else { physical });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::replace_name;

    fn check(message: &str, expected: &str) {
        let once = replace_name(message, "orders_00", "orders");
        assert_eq!(replace_name(&once, "shop_00", "shop"), expected);
    }

    #[test]
    fn names_stand_alone() {
        check("Table 'shop_00.orders_00' doesn't exist", "Table 'shop.orders' doesn't exist");
        check("Duplicate entry '1' for key 'orders_00.PRIMARY'", "Duplicate entry '1' for key 'orders.PRIMARY'");
        check("fails (`shop_00`.`orders_001`, …)", "fails (`shop`.`orders_001`, …)");
        check("Check constraint 'orders_00_chk_1' is violated.", "Check constraint 'orders_chk_1' is violated.");
        check("Unknown column 'my_orders_00' in 'field list'", "Unknown column 'my_orders_00' in 'field list'");
    }
}
