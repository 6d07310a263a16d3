//! Random changes whose outcome is determined: LIMIT only behind a total order, new rows with ids that are free, and no
//! two assignments that could fail in different ways.

use super::node::{Node, part, value};
use super::select::Grower;
use super::value::Seen;
use super::world::{Column, Table, Type, literal, row};

/// A change and the table that it changes.
pub(crate) struct Change {
    pub(crate) node: Node,
    pub(crate) table: String,
}

impl Grower<'_> {
    /// A change; `next_id` is free in every table, and moves on.
    pub(crate) fn change(&mut self, next_id: &mut usize) -> Change {
        let changed = self.dice.pick(&self.world.tables);
        let table = Table { name: self.mention(changed), ..changed.clone() };
        let node = match self.dice.below(14) {
            0..=2 => self.insert(&table, next_id),
            3..=5 => self.update(&table),
            6 | 7 => self.delete(&table),
            8 => self.update_join(&table),
            9 => self.delete_join(&table),
            10 => self.insert_select(&table, next_id),
            11 => self.update_own_join(&table),
            12 => self.reads_own(&table),
            _ => self.upsert(&table, next_id),
        };
        Change { node, table: changed.name.clone() }
    }

    fn rows(&mut self, table: &Table, next_id: &mut usize) -> Node {
        let mut rows = Vec::new();
        for _ in 0..1 + self.dice.below(4) {
            *next_id += 1;
            let values = row(self.dice, table, *next_id).into_iter().map(plain_or_literal).collect();
            rows.push(part!["(", Node::row(", ", values), ")"]);
        }
        Node::list(", ", rows)
    }

    fn insert(&mut self, table: &Table, next_id: &mut usize) -> Node {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        part![format!("INSERT INTO {} ({}) VALUES ", table.name, names.join(", ")), self.rows(table, next_id)]
    }

    /// INSERT of rows of which some are there already.
    fn upsert(&mut self, table: &Table, next_id: &mut usize) -> Node {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let mut rows = vec![self.rows(table, next_id)];
        if !table.rows.is_empty() {
            let mut old = self.dice.pick(&table.rows).clone();
            for (value, column) in old.iter_mut().zip(&table.columns).skip(2) {
                *value = literal(self.dice, column);
            }
            let values = old.into_iter().map(plain_or_literal).collect();
            rows.push(part!["(", Node::row(", ", values), ")"]);
        }
        let rows = Node::list(", ", rows);
        let columns = names.join(", ");
        match self.dice.below(3) {
            0 => part![format!("REPLACE INTO {} ({columns}) VALUES ", table.name), rows],
            1 => part![format!("INSERT IGNORE INTO {} ({columns}) VALUES ", table.name), rows],
            _ => {
                let column = self.free_column(table);
                part![
                    format!("INSERT INTO {} ({columns}) VALUES ", table.name),
                    rows,
                    format!(" ON DUPLICATE KEY UPDATE {} = ", column.name),
                    literal(self.dice, &column)
                ]
            }
        }
    }

    fn scope_of(table: &Table, alias: &str) -> Vec<Seen> {
        let seen = |column: &Column| Seen {
            sql: format!("{alias}.{}", column.name),
            kind: column.kind,
            collation: column.collation,
        };
        table.columns.iter().map(seen).collect()
    }

    /// A column that is no key.
    fn free_column(&mut self, table: &Table) -> Column {
        self.dice.pick(&table.columns[2..]).clone()
    }

    fn assignment(&mut self, table: &Table, scope: &[Seen], prefix: &str) -> Node {
        if table.split && self.dice.one_in(12) {
            let key = table.columns[1].clone();
            return part![format!("{prefix}k = "), literal(self.dice, &key)];
        }
        let column = self.free_column(table);
        let value = match column.kind {
            Type::Int if self.dice.one_in(2) => value!["(", self.integer(scope, 1), " % 50)"],
            Type::Decimal if self.dice.one_in(2) => value!["ROUND(", self.decimal(scope, 1), " % 50, 0)"],
            Type::Text if self.dice.one_in(2) => {
                value!["LEFT(", self.text_in(scope, column.collation, 1), ", 8)"]
            }
            Type::Date if self.dice.one_in(2) => self.date(scope, 1),
            _ => plain_or_literal(literal(self.dice, &column)),
        };
        let mut items = vec![part![format!("{prefix}{} = ", column.name), value]];
        let other = self.free_column(table);
        if other.name != column.name && self.dice.one_in(3) {
            items.push(part![format!("{prefix}{} = ", other.name), literal(self.dice, &other)]);
        }
        Node::list(", ", items)
    }

    fn order_and_limit(&mut self, table: &Table) -> Node {
        if table.key.is_empty() || !self.dice.one_in(4) {
            return part![];
        }
        let direction = *self.dice.pick(&["", " DESC"]);
        let limit = part![" LIMIT ", Node::literal((1 + self.dice.below(5)).to_string())].optional();
        part![format!(" ORDER BY {}{direction}", table.key.join(", ")), limit].optional()
    }

    fn update(&mut self, table: &Table) -> Node {
        let scope = Self::scope_of(table, &table.name);
        part![
            format!("UPDATE {} SET ", table.name),
            self.assignment(table, &scope, ""),
            " WHERE ",
            self.boolean(&scope, 1),
            self.order_and_limit(table)
        ]
    }

    fn delete(&mut self, table: &Table) -> Node {
        let scope = Self::scope_of(table, &table.name);
        part![format!("DELETE FROM {} WHERE ", table.name), self.boolean(&scope, 1), self.order_and_limit(table)]
    }

    /// The rows that a join finds get a value that does not depend on which row found them.
    fn update_join(&mut self, table: &Table) -> Node {
        let (own, other) = (Self::scope_of(table, "a"), self.base());
        let column = self.free_column(table);
        let both = [own.as_slice(), other.columns.as_slice()].concat();
        part![
            format!("UPDATE {} AS a JOIN ", table.name),
            other.node,
            " ON ",
            self.boolean(&both, 2),
            format!(" SET a.{} = ", column.name),
            literal(self.dice, &column),
            " WHERE ",
            self.boolean(&both, 1)
        ]
    }

    /// A table joined to itself, so that each row finds at most one other; where there is no key, what it gets does not
    /// depend on which it has found.
    fn update_own_join(&mut self, table: &Table) -> Node {
        let (own, other) = (Self::scope_of(table, "a"), Self::scope_of(table, "b"));
        let column = self.free_column(table);
        let both = [own.as_slice(), other.as_slice()].concat();
        let (step, from) = (self.dice.below(3), self.dice.one_in(2) && !table.key.is_empty());
        let value = if from { part![format!("b.{}", column.name)] } else { part![literal(self.dice, &column)] };
        part![
            format!("UPDATE {0} AS a JOIN {0} AS b ON b.id = a.id + {step} SET a.{1} = ", table.name, column.name),
            value,
            " WHERE ",
            self.boolean(&both, 1)
        ]
    }

    /// A table that a query inside reads: MySQL refuses it.
    fn reads_own(&mut self, table: &Table) -> Node {
        let (scope, inside) = (Self::scope_of(table, &table.name), Self::scope_of(table, "x"));
        let name = &table.name;
        let change = match self.dice.below(2) {
            0 => part![format!("UPDATE {name} SET "), self.assignment(table, &scope, ""), " WHERE "],
            _ => part![format!("DELETE FROM {name} WHERE ")],
        };
        let not = *self.dice.pick(&["", "NOT "]);
        part![
            change,
            format!("id {not}IN (SELECT x.id FROM {name} AS x WHERE "),
            self.boolean(&inside, 1),
            ")",
            part![" AND ", self.boolean(&scope, 1)].optional()
        ]
    }

    fn delete_join(&mut self, table: &Table) -> Node {
        let bare = self.world.two && self.dice.one_in(3);
        let name = if bare { table.name.as_str() } else { "a" };
        let (own, other) = (Self::scope_of(table, name), self.base());
        let both = [own.as_slice(), other.columns.as_slice()].concat();
        let alias = if bare { "" } else { " AS a" };
        part![
            format!("DELETE {name} FROM {}{alias} JOIN ", table.name),
            other.node,
            " ON ",
            self.boolean(&both, 2),
            " WHERE ",
            self.boolean(&both, 1)
        ]
    }

    fn insert_select(&mut self, table: &Table, next_id: &mut usize) -> Node {
        let source = self.base();
        let id =
            source.columns.iter().find(|seen| seen.sql.ends_with(".id")).expect("every table has an id").sql.clone();
        let key = source.columns.iter().find(|seen| seen.sql.ends_with(".k")).expect("every table has a k").sql.clone();
        let base = *next_id + 1;
        *next_id += 2000;
        let mut names = vec!["id".to_owned(), "k".to_owned()];
        let shard_key = if self.dice.one_in(4) { literal(self.dice, &table.columns[1]) } else { key };
        let mut items = vec![part![format!("{id} + {base}")], part![shard_key]];
        for column in &table.columns[2..] {
            let fitting: Vec<&Seen> = source
                .columns
                .iter()
                .filter(|seen| seen.kind == column.kind && column.kind != Type::Int && column.kind != Type::Decimal)
                .collect();
            let value = match fitting.first() {
                Some(seen) if column.nullable && column.kind == Type::Date => value![seen.sql.as_str()],
                _ => part![literal(self.dice, column)],
            };
            names.push(column.name.clone());
            items.push(value);
        }
        let condition = part![" WHERE ", self.boolean(&source.columns.clone(), 1)].optional();
        part![
            format!("INSERT INTO {} ({}) SELECT ", table.name, names.join(", ")),
            Node::row(", ", items),
            " FROM ",
            source.node,
            condition
        ]
    }
}

/// What may be sent as a parameter, as such.
fn plain_or_literal(text: String) -> Node {
    if text.starts_with('\'') || text.bytes().all(|byte| byte.is_ascii_digit()) {
        Node::literal(text)
    } else {
        part![text]
    }
}
