//! Names of constraints at the nodes.
//!
//! Servers call foreign keys and MySQL's CHECKs by names that are unique in their database, and call those that the
//! client has not named after the physical table: `orders_03_ibfk_1`. A client knows them by the logical one:
//! `orders_ibfk_1`. Where a database has several physical tables of one table, a name of the client's own gets the number
//! that its physical table has there: `on_city$weir1`; and so does the index that a server makes for such a foreign key.
//!
//! MariaDB's CHECKs are named within their table, and stay as they are.

use super::{PlanError, Table};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::rule::{Placement, RuleSet};
use crate::sql::ast::{ConstraintName, ConstraintRole};

/// The longest name of a constraint or an index, in characters.
const MAX_NAME: usize = 64;

/// The name of a constraint at each node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// What stands behind the table's name.
    AfterTable(String),
    /// The client's own name, which gets a number.
    Numbered(String),
}

/// A line of SHOW CREATE TABLE that names a constraint or an index.
struct Line<'l> {
    kind: LineKind,
    /// What stands before the name.
    before: &'l str,
    name: String,
    /// What stands behind it.
    after: &'l str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineKind {
    ForeignKey,
    Check,
    Index,
}

/// What a client's own names end with at a node.
pub fn marker(node: DataNode) -> String {
    format!("$weir{}", node.table)
}

/// Whether the messages of an error name constraints, or tables beside those of the statement, and nothing of the user's.
pub fn names_constraints(errno: u16) -> bool {
    matches!(
        errno,
        121 | 150 | 1005 | 1022 | 1025 | 1072 | 1091 | 1215 | 1217 | 1451 | 1452 | 1506 | 1553 | 1701 | 1761 | 1762
    ) || matches!(errno, 1821..=1835 | 3730 | 3733 | 3734 | 3756 | 3776..=3780 | 3812..=3823 | 3939 | 3940 | 3959)
}

// === impl Spelling ===

impl Spelling {
    /// Of a name in DDL of a table: its logical name, its placement, and the definition of its first physical table. None
    /// where it stays as it is.
    ///
    /// # Errors
    /// The name has no room for a number.
    pub(super) fn of(
        named: &ConstraintName,
        (table, placement, definition): (&str, &Placement, Option<&str>),
        on_mariadb: bool,
    ) -> Result<Option<Self>, PlanError> {
        let Placement::Split(split) = placement else { return Ok(None) };
        let Some(first) = split.nodes().first().copied() else { return Ok(None) };
        let physical = placement.physical_table(first, table);
        let name = &*named.name.text;
        let counted = counted_after(name, table).filter(|_| physical != table);
        let counted = counted.map(|rest| Self::AfterTable(rest.to_owned()));
        let numbered = (split.tables_per_database() > 1).then(|| Self::Numbered(name.to_owned()));
        let there = |spelling: Self, is: fn(LineKind) -> bool| {
            has(definition.unwrap_or_default(), &spelling.at(first, physical), is).then_some(spelling)
        };
        match named.role {
            ConstraintRole::Check | ConstraintRole::ForeignKeyIndex
                if on_mariadb == (named.role == ConstraintRole::Check) =>
            {
                Ok(None)
            }
            ConstraintRole::ForeignKey | ConstraintRole::ForeignKeyIndex | ConstraintRole::Check => {
                let spelling = counted.or(numbered);
                let too_long = |node: &DataNode| {
                    let spelled =
                        spelling.as_ref().map(|spelling| spelling.at(*node, placement.physical_table(*node, table)));
                    spelled.is_some_and(|spelled| spelled.chars().count() > MAX_NAME)
                };
                // A name that is too long in any case is the server's to refuse.
                if name.chars().count() <= MAX_NAME && split.nodes().iter().any(too_long) {
                    let message = format!(
                        "the constraint `{name}` of `{table}` cannot get the number of its physical table: with it the name \
                         has more than {MAX_NAME} characters; give it a shorter one"
                    );
                    return Err(PlanError::Sql(SqlError::new(Code::UnsupportedAcrossShards, message)));
                }
                Ok(spelling)
            }
            ConstraintRole::Constraint => {
                let is = |kind: LineKind| kind != LineKind::Index;
                Ok(counted
                    .and_then(|spelling| there(spelling, is))
                    .or(numbered.and_then(|spelling| there(spelling, is))))
            }
            ConstraintRole::Index => {
                let is = |kind: LineKind| kind == LineKind::Index;
                if has(definition.unwrap_or_default(), name, is) {
                    return Ok(None);
                }
                Ok(counted
                    .and_then(|spelling| there(spelling, is))
                    .or(numbered.and_then(|spelling| there(spelling, is))))
            }
        }
    }

    /// The name at a node.
    pub(super) fn at(&self, node: DataNode, physical: &str) -> String {
        match self {
            Self::AfterTable(rest) => format!("{physical}{rest}"),
            Self::Numbered(name) => format!("{name}{}", marker(node)),
        }
    }
}

/// `_ibfk_1` of `orders_ibfk_1`: names that servers give are the table's, with a number.
fn counted_after<'n>(name: &'n str, table: &str) -> Option<&'n str> {
    let rest = name.strip_prefix(table)?;
    let number = rest.strip_prefix("_ibfk_").or_else(|| rest.strip_prefix("_chk_"))?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

/// The logical name of a constraint or an index of a table at a node.
pub fn logical_constraint(name: &str, physical: &str, logical: &str, node: DataNode) -> String {
    if let Some(rest) = counted_after(name, physical) {
        return format!("{logical}{rest}");
    }
    name.strip_suffix(&marker(node)).unwrap_or(name).to_owned()
}

/// Whether a definition has a constraint or an index of this name.
fn has(definition: &str, name: &str, is: fn(LineKind) -> bool) -> bool {
    let mut lines = definition.lines().filter_map(line);
    lines.any(|line| is(line.kind) && line.name.to_lowercase() == name.to_lowercase())
}

fn line(text: &str) -> Option<Line<'_>> {
    let start = text.find('`')?;
    let (before, rest) = text.split_at(start);
    let (name, after) = unquoted(rest)?;
    let kind = match before {
        "  CONSTRAINT " if after.starts_with(" FOREIGN KEY ") => LineKind::ForeignKey,
        "  CONSTRAINT " if after.starts_with(" CHECK ") => LineKind::Check,
        "  KEY " => LineKind::Index,
        _ => return None,
    };
    Some(Line { kind, before, name, after })
}

/// A name in backticks, and what stands behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.strip_prefix('`')?.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '`' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '`').is_some() {
            name.push('`');
        } else {
            return Some((name, text.get(at + 2..)?));
        }
    }
    None
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// SHOW CREATE TABLE of a table at a node, as one server shows the logical one.
pub fn logical_definition(
    text: &[u8],
    rules: &RuleSet,
    (logical, placement): (&str, &Placement),
    node: DataNode,
) -> Vec<u8> {
    // A character for each byte, because a client's character set may not be UTF-8.
    let [text, logical, physical] =
        [text, logical.as_bytes(), placement.physical_table(node, logical).as_bytes()].map(wide);
    let mut lines: Vec<String> = Vec::new();
    // The lines of constraints that follow one another: kind, physical name, and the logical one.
    let mut run: Vec<(LineKind, String, String)> = Vec::new();
    for text in text.split('\n') {
        let found = line(text);
        let name = found.as_ref().map(|line| logical_constraint(&line.name, &physical, &logical, node));
        let kind = found.as_ref().map(|line| line.kind).filter(|kind| *kind != LineKind::Index);
        if run.last().is_some_and(|(last, ..)| Some(*last) != kind) {
            sort(&mut lines, &std::mem::take(&mut run));
        }
        match (found, name) {
            (Some(line), Some(name)) => {
                let after = if line.kind == LineKind::ForeignKey {
                    with_parent(line.after, rules, node)
                } else {
                    line.after.to_owned()
                };
                lines.push(format!("{}{}{after}", line.before, quoted(&name)));
                if line.kind != LineKind::Index {
                    run.push((line.kind, line.name, name));
                }
            }
            _ => lines.push(text.to_owned()),
        }
    }
    sort(&mut lines, &run);
    let head = format!("CREATE TABLE {}", quoted(&physical));
    if let Some(first) = lines.first_mut()
        && let Some(rest) = first.strip_prefix(&head)
    {
        *first = format!("CREATE TABLE {}{rest}", quoted(&logical));
    }
    lines.join("\n").chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Why a row that has no parent at its own node may have one at another, of an error 1452 under logical names: Weir does
/// not make such a foreign key, but one may have been made at the instances.
pub fn leads_elsewhere(message: &str, rules: &RuleSet) -> Option<String> {
    let (before, key) = message.split_once(", CONSTRAINT ")?;
    let (name, key) = unquoted(key)?;
    let (child, _) = unquoted(before.get(before.find("`.`")? + 2..)?)?;
    let (columns, key) = key.strip_prefix(" FOREIGN KEY (")?.split_once(") REFERENCES ")?;
    let (parent, key) = unquoted(key)?;
    let (referenced, _) = key.strip_prefix(" (")?.split_once(')')?;
    let Placement::Split(split) = rules.placement(&child)? else { return None };
    let leads = match rules.placement(&parent)? {
        Placement::Broadcast => true,
        Placement::Single(_) => false,
        Placement::Split(pointed) => {
            let pairs: Vec<(&str, &str)> = columns.split(", ").zip(referenced.split(", ")).collect();
            let leads = |own: &str, theirs: &str| {
                let is = |name: &str, listed: &str| quoted(name).eq_ignore_ascii_case(listed);
                pairs.iter().any(|(from, to)| is(own, from) && is(theirs, to))
            };
            let mut keys = split.key_columns().iter().zip(pointed.key_columns());
            split.co_split_with(pointed) && keys.all(|(own, theirs)| leads(own, theirs))
        }
    };
    (!leads).then(|| {
        format!(
            "the foreign key `{name}` of `{child}`, which was not made through Weir, does not lead from shard key to shard \
             key of `{parent}`: the row's node has no parent for it, another one may"
        )
    })
}

/// Whether rows of a table may be passed over by IGNORE because they have no parent at their own node.
pub(super) fn ignored(table: &Table) -> Result<(), SqlError> {
    let first = table.placement.nodes(&table.rules).first().copied();
    let (Some(node), Some(definition)) = (first, table.definition.as_deref()) else { return Ok(()) };
    let (schema, name) = (quoted(&table.rules.schema), quoted(&table.name));
    let stray = |text: &str| {
        let found = line(text).filter(|line| line.kind == LineKind::ForeignKey)?;
        let key = with_parent(found.after, &table.rules, node);
        leads_elsewhere(&format!("({schema}.{name}, CONSTRAINT {}{key}", quoted(&found.name)), &table.rules)
    };
    match definition.lines().find_map(stray) {
        Some(why) => Err(SqlError::new(Code::UnsupportedAcrossShards, format!("IGNORE is refused: {why}"))),
        None => Ok(()),
    }
}

fn wide(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The last lines, which are constraints, in the order that they have by their logical names, if it is by name at all.
fn sort(lines: &mut [String], run: &[(LineKind, String, String)]) {
    let start = lines.len().saturating_sub(run.len());
    let Some(lines) = lines.get_mut(start..) else { return };
    let by = |key: fn(&str) -> String| run.is_sorted_by_key(|(_, physical, _)| key(physical)).then_some(key);
    // MariaDB sorts by bytes, MySQL without regard to case.
    let Some(key) = by(str::to_owned).or_else(|| by(str::to_lowercase)) else { return };
    let commas: Vec<bool> = lines.iter().map(|line| line.ends_with(',')).collect();
    let mut sorted: Vec<(String, String)> = Vec::new();
    for ((_, _, logical), line) in run.iter().zip(&*lines) {
        sorted.push((key(logical), line.strip_suffix(',').unwrap_or(line).to_owned()));
    }
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    for ((line, (_, sorted)), comma) in lines.iter_mut().zip(sorted).zip(commas) {
        *line = if comma { format!("{sorted},") } else { sorted };
    }
}

/// ` FOREIGN KEY (…) REFERENCES …` with the logical name of the table that it leads to.
fn with_parent(text: &str, rules: &RuleSet, node: DataNode) -> String {
    const REFERENCES: &str = " REFERENCES ";
    let found = text.find(REFERENCES).and_then(|at| text.split_at_checked(at + REFERENCES.len()));
    let Some((before, rest)) = found else { return text.to_owned() };
    let Some((first, after)) = unquoted(rest) else { return text.to_owned() };
    match after.strip_prefix('.').and_then(unquoted) {
        None => format!("{before}{}{after}", quoted(&logical_table(&first, rules, node))),
        // Another database of the same schema is no other schema to the client.
        Some((table, after)) if rules.shards().iter().any(|shard| wide(shard.database.as_bytes()) == first) => {
            format!("{before}{}{after}", quoted(&logical_table(&table, rules, node)))
        }
        Some(_) => text.to_owned(),
    }
}

fn logical_table(physical: &str, rules: &RuleSet, node: DataNode) -> String {
    let mut tables = rules.tables();
    let found = tables.find(|(name, placement)| wide(placement.physical_table(node, name).as_bytes()) == physical);
    found.map_or_else(|| physical.to_owned(), |(name, _)| wide(name.as_bytes()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{leads_elsewhere, logical_definition};
    use crate::id::{DataNode, ShardId};
    use crate::rule::{RuleFile, RuleSet, check};

    const RULES: &str = "schema: shop
shards:
  - { database: \"shop_{00..01}\", instance: a }
tables:
  orders: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
  items: { dbpartition: hash(order_id), tbpartition: hash(order_id), tbpartitions: 2, binding: orders }
  cities: { broadcast: true }
  notes: { single: shop_00 }
";

    fn rules() -> RuleSet {
        check(&[RuleFile { name: "shop.yaml", text: RULES }], &["a"], 1).unwrap().remove(0)
    }

    #[test]
    fn definitions_have_logical_names() {
        let node = DataNode { shard: ShardId(1), table: 1 };
        let rules = rules();
        let shown = |text: &str| {
            let placement = rules.placement("items").unwrap();
            let shown = logical_definition(text.as_bytes(), &rules, ("items", placement), node);
            String::from_utf8(shown).unwrap()
        };
        let at_node = "CREATE TABLE `items_3` (\n  `items_3_ibfk_1` int COMMENT 'items_3_ibfk_1 é',\n  KEY `city$weir1` (`c`),\n  \
            KEY `other$weir0` (`c`),\n  CONSTRAINT `city$weir1` FOREIGN KEY (`c`) REFERENCES `cities` (`id`),\n  \
            CONSTRAINT `items_3_ibfk_1` FOREIGN KEY (`order_id`) REFERENCES `orders_3` (`id`) ON DELETE CASCADE,\n  \
            CONSTRAINT `items_3x` FOREIGN KEY (`o`) REFERENCES `shop_01`.`orders_3` (`id`),\n  \
            CONSTRAINT `items_3_chk_1` CHECK ((`c` > 0)) /*!80016 NOT ENFORCED */\n) ENGINE=InnoDB";
        let logical = "CREATE TABLE `items` (\n  `items_3_ibfk_1` int COMMENT 'items_3_ibfk_1 é',\n  KEY `city` (`c`),\n  \
            KEY `other$weir0` (`c`),\n  CONSTRAINT `city` FOREIGN KEY (`c`) REFERENCES `cities` (`id`),\n  \
            CONSTRAINT `items_3x` FOREIGN KEY (`o`) REFERENCES `orders` (`id`),\n  \
            CONSTRAINT `items_ibfk_1` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE CASCADE,\n  \
            CONSTRAINT `items_chk_1` CHECK ((`c` > 0)) /*!80016 NOT ENFORCED */\n) ENGINE=InnoDB";
        assert_eq!(shown(at_node), logical);
        assert_eq!(shown("CREATE TABLE `items_33` (\n)"), "CREATE TABLE `items_33` (\n)");
    }

    #[test]
    fn a_parent_may_be_elsewhere() {
        let told = |key: &str| {
            let message = format!(
                "Cannot add or update a child row: a foreign key constraint fails (`shop`.`items`, CONSTRAINT `k` FOREIGN KEY {key} \
                 ON DELETE CASCADE)"
            );
            leads_elsewhere(&message, &rules()).is_some()
        };
        assert!(!told("(`order_id`) REFERENCES `orders` (`id`)"));
        assert!(!told("(`a`, `order_id`) REFERENCES `orders` (`b`, `ID`)"));
        assert!(!told("(`city`) REFERENCES `cities` (`id`)"));
        assert!(told("(`other`) REFERENCES `orders` (`id`)"));
        assert!(told("(`order_id`) REFERENCES `orders` (`other`)"));
        assert!(told("(`note`) REFERENCES `notes` (`id`)"));
        assert!(!told("(`note`) REFERENCES `unknown` (`id`)"));
    }
}
