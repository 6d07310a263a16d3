//! What stands behind FROM: tables, derived tables, common tables, and joins of every kind between them.

use super::node::{Node, part, value};
use super::select::{Grower, Source};
use super::value::Seen;
use super::world::{Table, Type};

const MOST_ROWS: usize = 1500;

impl Grower<'_> {
    pub(crate) fn from(&mut self, outer: &[Seen]) -> Source {
        let mut source = self.one_source(outer);
        while source.size < MOST_ROWS && self.dice.one_in(2) && self.room() {
            source = self.join(source, outer);
        }
        source
    }

    fn one_source(&mut self, outer: &[Seen]) -> Source {
        if !self.shared.is_empty() && self.dice.one_in(2) {
            let (name, columns) = self.dice.pick(&self.shared).clone();
            let alias = self.alias();
            return Source {
                node: part![format!("{name} AS {alias}")],
                columns: qualified(&alias, &columns),
                keys: None,
                size: 15,
            };
        }
        if self.dice.one_in(7) && self.room() {
            return self.derived(outer);
        }
        self.base()
    }

    pub(crate) fn base(&mut self) -> Source {
        let table = self.dice.pick(&self.world.tables);
        let mention = self.mention(table);
        let (node, alias) = match self.bare_name(table, &mention) {
            Some(name) => (part![mention], name),
            None => {
                let (word, alias) = (*self.dice.pick(&[" AS ", " "]), self.alias());
                (part![format!("{mention}{word}{alias}")], alias)
            }
        };
        let columns: Vec<Seen> = table
            .columns
            .iter()
            .map(|column| Seen {
                sql: format!("{alias}.{}", column.name),
                kind: column.kind,
                collation: column.collation,
            })
            .collect();
        let keys: Vec<String> = table.key.iter().map(|column| format!("{alias}.{column}")).collect();
        Source { node, columns, keys: (!keys.is_empty()).then_some(keys), size: table.rows.len().max(1) }
    }

    /// A table's name as a statement may write it: with its schema in a world of two, or as it is.
    pub(crate) fn mention(&mut self, table: &Table) -> String {
        match table.place() {
            (None, name) if self.world.two && self.dice.one_in(4) => format!("{}.{name}", self.world.schema),
            _ => table.name.clone(),
        }
    }

    /// How columns of a table without an alias are written, if this mention is to have none.
    fn bare_name(&mut self, table: &Table, mention: &str) -> Option<String> {
        let named = |name: &String| *name == table.name;
        if !self.world.two || self.bare.iter().any(named) || !self.dice.one_in(3) {
            return None;
        }
        let (schema, name) = table.place();
        // Two tables of one name are told apart by their schemas.
        let alone = self.world.tables.iter().filter(|other| other.place().1 == name).count() == 1;
        self.bare.push(table.name.clone());
        Some(match schema {
            _ if alone && self.dice.one_in(2) => name.to_owned(),
            None if mention == name && self.dice.one_in(2) => name.to_owned(),
            _ => format!("{}.{name}", schema.unwrap_or(&self.world.schema)),
        })
    }

    fn derived(&mut self, _outer: &[Seen]) -> Source {
        let grown = if self.dice.one_in(2) { self.grouped(&[], false) } else { self.plain(&[], false) };
        let alias = self.alias();
        let columns = qualified(&alias, &grown.columns);
        Source { node: part!["(", grown.node, format!(") AS {alias}")], columns, keys: None, size: 20 }
    }

    fn join(&mut self, left: Source, outer: &[Seen]) -> Source {
        match self.dice.below(20) {
            0 if left.size < 30 => self.lateral(left),
            1 if self.natural_can(&left) => self.natural(left),
            2 => self.json_table(left),
            _ => self.join_on(left, outer),
        }
    }

    fn join_on(&mut self, left: Source, outer: &[Seen]) -> Source {
        let right = self.one_source(outer);
        let columns = [left.columns.as_slice(), right.columns.as_slice()].concat();
        let keys = match (&left.keys, &right.keys) {
            (Some(left), Some(right)) => Some([left.as_slice(), right.as_slice()].concat()),
            _ => None,
        };
        let small = left.size * right.size < 200;
        let (kind, has_condition) = match self.dice.below(12) {
            0 if small => (" CROSS JOIN ", false),
            1 if small => (", ", false),
            2..=4 => (" LEFT JOIN ", true),
            5 | 6 => (" RIGHT JOIN ", true),
            7 => (" STRAIGHT_JOIN ", true),
            8 => (" INNER JOIN ", true),
            _ => (" JOIN ", true),
        };
        let mut size = left.size * right.size;
        let condition = if has_condition {
            size = size / 8 + left.size.max(right.size);
            part![" ON ", self.join_condition(&left, &right)]
        } else {
            part![]
        };
        let node = part![left.node, part![kind, right.node, condition].optional()];
        Source { node, columns, keys, size }
    }

    fn join_condition(&mut self, left: &Source, right: &Source) -> Node {
        let both = [left.columns.as_slice(), right.columns.as_slice()].concat();
        let pick = |grower: &mut Self, columns: &[Seen], like: Option<&Seen>| -> Option<Seen> {
            let fitting: Vec<&Seen> = columns
                .iter()
                .filter(|seen| match like {
                    Some(like) => {
                        seen.kind == like.kind && (seen.kind == Type::Int || seen.collation == like.collation)
                    }
                    None => [Type::Int, Type::Text].contains(&seen.kind),
                })
                .collect();
            let keys: Vec<&Seen> = fitting.iter().copied().filter(|seen| seen.sql.ends_with(".k")).collect();
            match (keys.is_empty() || grower.dice.one_in(2), fitting.is_empty()) {
                (_, true) => None,
                (true, false) => Some((*grower.dice.pick(&fitting)).clone()),
                (false, false) => Some((*grower.dice.pick(&keys)).clone()),
            }
        };
        let first = pick(self, &left.columns, None);
        let second = first.as_ref().and_then(|first| pick(self, &right.columns, Some(first)));
        match (first, second) {
            (Some(first), Some(second)) => {
                let equal = value![first.sql, " = ", second.sql];
                if self.dice.one_in(4) { value!["(", equal, " AND ", self.boolean(&both, 2), ")"] } else { equal }
            }
            _ => {
                value!["(", self.integer(&left.columns.clone(), 2), " = ", self.integer(&right.columns.clone(), 2), ")"]
            }
        }
    }

    /// A derived table that sees the row beside it; MySQL has it.
    fn lateral(&mut self, left: Source) -> Source {
        if !self.is_mysql() {
            return self.join_on(left, &[]);
        }
        let inner = self.base();
        let Some(order) = inner.keys.clone() else { return left };
        let alias = self.alias();
        let condition = self.join_condition(&left, &inner);
        let shown = self.integer(&inner.columns.clone(), 2);
        let node = part![
            left.node,
            part![
                ", LATERAL (SELECT ",
                shown,
                " AS c1 FROM ",
                inner.node,
                " WHERE ",
                condition,
                " ORDER BY ",
                order.join(", "),
                format!(" LIMIT 2) AS {alias}")
            ]
        ];
        let column = Seen { sql: "c1".to_owned(), kind: Type::Int, collation: "utf8mb4_bin" };
        let columns = [left.columns, qualified(&alias, &[column])].concat();
        Source { node, columns, keys: None, size: left.size * 2 }
    }

    fn natural_can(&self, left: &Source) -> bool {
        left.keys.is_some() && left.size < 200
    }

    /// NATURAL JOIN and USING of tables narrowed to what they have in common.
    fn natural(&mut self, _left: Source) -> Source {
        let (first, second) = (self.dice.pick(&self.world.tables), self.dice.pick(&self.world.tables));
        let (first, second) = (self.mention(first), self.mention(second));
        let (one, other) = (self.alias(), self.alias());
        let kind = *self.dice.pick(&["NATURAL JOIN", "NATURAL LEFT JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN"]);
        let using = if kind.starts_with("NATURAL") { "" } else { " USING (id)" };
        let node = part![format!(
            "(SELECT id, k FROM {first}) AS {one} {kind} (SELECT id, id + 1 AS n FROM {second}) AS {other}{using}"
        )];
        let seen = |sql: String| Seen { sql, kind: Type::Int, collation: "utf8mb4_bin" };
        let columns = vec![seen(format!("{one}.id")), seen(format!("{other}.n")), seen("id".to_owned())];
        Source { node, columns, keys: None, size: 20 }
    }

    fn json_table(&mut self, left: Source) -> Source {
        let documents: Vec<Seen> = left.columns.iter().filter(|seen| seen.kind == Type::Json).cloned().collect();
        if documents.is_empty() {
            return self.join_on(left, &[]);
        }
        let document = self.dice.pick(&documents).sql.clone();
        let alias = self.alias();
        let node = part![
            left.node,
            part![format!(
                " JOIN JSON_TABLE({document}, '$.c[*]' COLUMNS (o FOR ORDINALITY, n INT PATH '$')) AS {alias}"
            )]
            .optional()
        ];
        let seen = |name: &str| Seen { sql: format!("{alias}.{name}"), kind: Type::Int, collation: "utf8mb4_bin" };
        let columns = [left.columns, vec![seen("o"), seen("n")]].concat();
        let keys = left.keys.map(|keys| [keys, vec![format!("{alias}.o")]].concat());
        Source { node, columns, keys, size: left.size * 2 }
    }
}

fn qualified(alias: &str, columns: &[Seen]) -> Vec<Seen> {
    columns.iter().map(|seen| Seen { sql: format!("{alias}.{}", seen.sql), ..seen.clone() }).collect()
}
