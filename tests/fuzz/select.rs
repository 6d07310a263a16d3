//! Random SELECTs whose answers are determined: LIMIT stands only behind an order that is total, and what a group or
//! DISTINCT may choose freely is not shown.

use super::node::{Kind, Node, node, part, value};
use super::value::Seen;
use super::world::{Type, World};
use crate::bank::dice::Dice;
use crate::servers::Brand;

/// Grows statements over a world.
pub(crate) struct Grower<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) world: &'a World,
    pub(crate) aliases: u32,
    /// How many more subqueries, derived tables and joins the statement may have.
    pub(crate) budget: u32,
    /// DISTINCT and OFFSET do not go together: MariaDB skips no row of the one that DISTINCT leaves of constants.
    distinct: bool,
    /// Tables that are mentioned by their own names: a statement does that once for each.
    pub(crate) bare: Vec<String>,
    /// Names of common table expressions in sight, and their columns.
    pub(crate) shared: Vec<(String, Vec<Seen>)>,
}

/// A SELECT and what it gives.
pub(crate) struct Grown {
    pub(crate) node: Node,
    /// Its columns, named `c1`, `c2` …
    pub(crate) columns: Vec<Seen>,
    /// ORDER BY is total, so its rows have one order.
    pub(crate) ordered: bool,
}

/// What stands behind FROM.
pub(crate) struct Source {
    pub(crate) node: Node,
    pub(crate) columns: Vec<Seen>,
    /// Columns that tell its rows apart; none if that is not known.
    pub(crate) keys: Option<Vec<String>>,
    /// About how many rows it has.
    pub(crate) size: usize,
}

/// Types that a column of a derived table may have and be grouped, compared and ordered by.
const PLAIN: [Type; 6] = [Type::Int, Type::Int, Type::Decimal, Type::Text, Type::Date, Type::DateTime];

impl<'a> Grower<'a> {
    pub(crate) fn new(dice: &'a mut Dice, world: &'a World) -> Self {
        let budget = 1 + dice.below(4);
        Self { dice, world, aliases: 0, budget, distinct: false, bare: Vec::new(), shared: Vec::new() }
    }

    /// Whether the statement may grow by another part; takes it.
    pub(crate) fn room(&mut self) -> bool {
        let room = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        room
    }

    pub(crate) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    /// A whole statement.
    pub(crate) fn statement(&mut self) -> Grown {
        let with = if self.dice.one_in(6) { Some(self.common_tables()) } else { None };
        let mut grown = match self.dice.below(20) {
            0..=6 => self.plain(&[], true),
            7..=12 => self.grouped(&[], true),
            13 | 14 => self.windowed(),
            15 | 16 => self.set_operation(),
            17 => self.distinct(),
            18 => self.rollup(),
            _ => self.plain(&[], true),
        };
        if let Some(with) = with {
            grown.node = part![with, grown.node];
        }
        grown
    }

    /// Columns that are shown, and what ORDER BY and LIMIT make of them.
    fn ending(&mut self, mut order: Vec<Node>, keys: Option<Vec<String>>) -> (Node, bool) {
        let total = keys.is_some();
        if self.dice.one_in(3) || (order.is_empty() && !total) {
            return (part![], false);
        }
        for key in keys.into_iter().flatten() {
            order.push(part![key]);
        }
        if !total {
            return (part![" ORDER BY ", Node::list(", ", order)].optional(), false);
        }
        let list = Node::row(", ", order);
        if self.dice.one_in(2) {
            return (part![" ORDER BY ", list].optional(), true);
        }
        let limit = Node::literal((1 + self.dice.below(9)).to_string());
        let limit = match self.dice.below(3) {
            0 if !self.distinct => part![" LIMIT ", limit, " OFFSET ", Node::literal(self.dice.below(6).to_string())],
            1 if !self.distinct => part![" LIMIT ", Node::literal(self.dice.below(6).to_string()), ", ", limit],
            _ => part![" LIMIT ", limit],
        };
        (part![" ORDER BY ", list, limit.optional()].optional(), true)
    }

    /// SELECT of columns and expressions of a row.
    pub(crate) fn plain(&mut self, outer: &[Seen], top: bool) -> Grown {
        let source = self.from(outer);
        let scope = [source.columns.as_slice(), outer].concat();
        let (mut items, mut columns, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for number in 1..=1 + self.dice.below(4) {
            let kind = self.shown_type(top);
            let (item, seen) = self.item(&scope, kind, number);
            if ![Type::Json, Type::Bit].contains(&kind) && self.dice.one_in(3) {
                let direction = *self.dice.pick(&["", " DESC"]);
                order.push(match self.dice.below(3) {
                    0 => part![format!("c{number}"), direction],
                    1 => part![number.to_string(), direction],
                    _ => part![self.integer(&scope, 1), " + 0", direction],
                });
            }
            items.push(item);
            columns.push(seen);
        }
        let filter = self.filter(&scope, &source);
        let locks = top && self.dice.one_in(60);
        let (ending, ordered) = self.ending(order, source.keys);
        let lock =
            if locks { part![*self.dice.pick(&[" FOR UPDATE", " LOCK IN SHARE MODE"])].optional() } else { part![] };
        let node = node![Kind::Query; "SELECT ", Node::list(", ", items), " FROM ", source.node, filter, ending, lock];
        Grown { node, columns, ordered }
    }

    fn shown_type(&mut self, top: bool) -> Type {
        let all = [Type::Float, Type::Time, Type::Json, Type::Bit, Type::Enum];
        if top && self.dice.one_in(3) { *self.dice.pick(&all) } else { *self.dice.pick(&PLAIN) }
    }

    fn item(&mut self, scope: &[Seen], kind: Type, number: u32) -> (Node, Seen) {
        let columns: Vec<&Seen> = scope.iter().filter(|seen| seen.kind == kind).collect();
        let (value, collation) = if kind == Type::Text {
            let collation = if columns.is_empty() { "utf8mb4_bin" } else { self.dice.pick(&columns).collation };
            (self.text_in(scope, collation, 0), collation)
        } else {
            (self.of_kind(scope, kind, 0), "utf8mb4_bin")
        };
        let name = format!("c{number}");
        (part![value, format!(" AS {name}")], Seen { sql: name, kind, collation })
    }

    /// WHERE, and what commas join by.
    pub(crate) fn filter(&mut self, scope: &[Seen], source: &Source) -> Node {
        if source.size > 400 || self.dice.one_in(2) {
            part![" WHERE ", self.boolean(scope, 1)].optional()
        } else {
            part![]
        }
    }

    /// A group's key, shown so that it does not matter which of equal texts stands for it.
    fn group_key(&mut self, scope: &[Seen]) -> Option<(Node, Seen)> {
        let fitting: Vec<&Seen> = scope
            .iter()
            .filter(|seen| {
                [Type::Int, Type::Text, Type::Date, Type::Enum, Type::Decimal, Type::DateTime].contains(&seen.kind)
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let seen = (*self.dice.pick(&fitting)).clone();
        Some((part![seen.sql.as_str()], seen))
    }

    pub(crate) fn grouped(&mut self, outer: &[Seen], top: bool) -> Grown {
        let source = self.from(outer);
        let scope = source.columns.clone();
        let filter = self.filter(&[scope.as_slice(), outer].concat(), &source);
        let mut keys: Vec<(Node, Seen)> = Vec::new();
        let wanted = if top { *self.dice.pick(&[0, 1, 1, 1, 2]) } else { 1 };
        for _ in 0..wanted {
            keys.extend(self.group_key(&scope).filter(|(_, seen)| keys.iter().all(|(_, other)| other.sql != seen.sql)));
        }
        let (mut items, mut columns) = (Vec::new(), Vec::new());
        for (key, seen) in &keys {
            let name = format!("c{}", items.len() + 1);
            let shown = self.canonical(seen.kind, key.clone());
            items.push(part![shown, format!(" AS {name}")]);
            columns.push(Seen { sql: name, ..seen.clone() });
        }
        let mut order = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let (aggregate, kind) = self.aggregate(&scope, &source, top);
            let name = format!("c{}", items.len() + 1);
            if kind == Type::Int && self.dice.one_in(3) {
                order.push(part![name.as_str(), *self.dice.pick(&["", " DESC"])]);
            }
            items.push(part![aggregate, format!(" AS {name}")]);
            columns.push(Seen { sql: name, kind, collation: "utf8mb4_bin" });
        }
        let having =
            if self.dice.one_in(3) { part![" HAVING ", self.having(&scope, &source)].optional() } else { part![] };
        let by: Vec<Node> = keys.iter().map(|(key, _)| key.clone()).collect();
        let group = if by.is_empty() { part![] } else { part![" GROUP BY ", Node::row(", ", by)] };
        let total = keys.iter().map(|(_, seen)| seen.sql.clone()).collect::<Vec<_>>();
        let (ending, ordered) = if keys.is_empty() { (part![], false) } else { self.ending(order, Some(total)) };
        let node = node![
            Kind::Query; "SELECT ", Node::list(", ", items), " FROM ", source.node, filter, group, having, ending
        ];
        Grown { node, columns, ordered }
    }

    fn having(&mut self, scope: &[Seen], source: &Source) -> Node {
        let comparison = *self.dice.pick(&[">", "<", ">=", "<>"]);
        let left = match self.dice.below(4) {
            0 => value!["COUNT(*)"],
            1 => value!["SUM(", self.integer(scope, 2), ")"],
            2 => value!["MAX(", self.signed(scope, 2), ") - MIN(", self.signed(scope, 2), ")"],
            _ => self.aggregate(scope, source, false).0,
        };
        let right = if self.room() && self.dice.one_in(3) {
            self.scalar_query(&[], Type::Int, 2)
        } else {
            Node::literal(self.dice.below(8).to_string())
        };
        value!["(", left, " ", comparison, " ", right, ")"]
    }

    /// A decimal to sum. No quotient on MariaDB: it sums more digits of one than it shows, but not where it groups in a
    /// temporary table.
    fn summed(&mut self, scope: &[Seen]) -> Node {
        let decimal = self.decimal(scope, 1);
        let quotient = self.world.brand == Brand::MariaDb && decimal.render(&mut || false).0.contains(" / ");
        if quotient { self.integer(scope, 1) } else { decimal }
    }

    /// An aggregate and its type, as far as later expressions need it.
    fn aggregate(&mut self, scope: &[Seen], source: &Source, top: bool) -> (Node, Type) {
        match self.dice.below(if top { 20 } else { 12 }) {
            0 | 1 => (part!["COUNT(*)"], Type::Int),
            2 => {
                let kind = *self.dice.pick(&PLAIN);
                (part!["COUNT(", self.of_kind(scope, kind, 1), ")"], Type::Int)
            }
            3 => {
                let kind = *self.dice.pick(&PLAIN);
                (part!["COUNT(DISTINCT ", self.of_kind(scope, kind, 1), ")"], Type::Int)
            }
            4 => (part!["SUM(", self.integer(scope, 1), ")"], Type::Decimal),
            5 => (part!["SUM(", self.summed(scope), ")"], Type::Decimal),
            6 => (part!["MIN(", self.integer(scope, 1), ")"], Type::Int),
            7 => (part!["MAX(", self.integer(scope, 1), ")"], Type::Int),
            8 => (part!["AVG(", self.integer(scope, 1), ")"], Type::Decimal),
            9 => (part!["MAX(", self.date(scope, 1), ")"], Type::Date),
            10 => (part!["MIN(", self.decimal(scope, 1), ")"], Type::Decimal),
            11 => (part!["AVG(", self.summed(scope), ")"], Type::Decimal),
            12 => (part!["SUM(DISTINCT ", self.integer(scope, 1), ")"], Type::Decimal),
            13 => (part!["LOWER(RTRIM(MIN(", self.text(scope, 1), ")))"], Type::Text),
            14 => (part!["COUNT(DISTINCT ", self.integer(scope, 1), ", ", self.date(scope, 1), ")"], Type::Int),
            15 => (
                part![*self.dice.pick(&["BIT_OR(", "BIT_AND(", "BIT_XOR("]), self.integer(scope, 1), ")"],
                Type::Decimal,
            ),
            16 => match &source.keys {
                Some(keys) => {
                    let keys = keys.join(", ");
                    let (shown, separator) = (self.text(scope, 2), *self.dice.pick(&["", " SEPARATOR '|'"]));
                    let direction = *self.dice.pick(&["", " DESC"]);
                    let first = self.integer(scope, 2);
                    (
                        part![
                            "GROUP_CONCAT(",
                            shown,
                            " ORDER BY ",
                            first,
                            " + 0",
                            direction,
                            ", ",
                            keys,
                            separator,
                            ")"
                        ],
                        Type::Text,
                    )
                }
                None => (part!["COUNT(*)"], Type::Int),
            },
            17 => {
                let number = self.integer(scope, 2);
                let direction = *self.dice.pick(&["", " DESC"]);
                // A number alone says which argument, and MariaDB finds out only where it has rows that there is no such.
                let alone = number.render(&mut || false).0.bytes().all(|byte| byte.is_ascii_digit());
                let order = if alone { part![number.clone(), " + 0"] } else { number.clone() };
                (part!["GROUP_CONCAT(DISTINCT ", number, " ORDER BY ", order, direction, ")"], Type::Text)
            }
            18 => (part!["ROUND(STDDEV(", self.integer(scope, 2), "), 4)"], Type::Float),
            _ => (part!["(SUM(", self.integer(scope, 1), ") / COUNT(*))"], Type::Decimal),
        }
    }

    fn rollup(&mut self) -> Grown {
        let source = self.from(&[]);
        let fitting: Vec<Seen> =
            source.columns.iter().filter(|seen| [Type::Int, Type::Date].contains(&seen.kind)).cloned().collect();
        if fitting.is_empty() {
            return self.grouped(&[], true);
        }
        let mut keys = vec![self.dice.pick(&fitting).clone()];
        let second = self.dice.pick(&fitting).clone();
        if second.sql != keys[0].sql && self.dice.one_in(2) {
            keys.push(second);
        }
        let mut items: Vec<Node> = keys.iter().map(|key| part![key.sql.as_str()]).collect();
        for _ in 0..1 + self.dice.below(2) {
            let (aggregate, _) = self.aggregate(&source.columns.clone(), &source, false);
            items.push(aggregate);
        }
        let filter = self.filter(&source.columns.clone(), &source);
        let by: Vec<Node> = keys.iter().map(|key| part![key.sql.as_str()]).collect();
        let node = node![
            Kind::Query; "SELECT ", Node::list(", ", items), " FROM ", source.node, filter, " GROUP BY ",
            Node::list(", ", by), part![" WITH ROLLUP"].optional()
        ];
        Grown { node, columns: Vec::new(), ordered: false }
    }

    fn distinct(&mut self) -> Grown {
        let source = self.from(&[]);
        let scope = source.columns.clone();
        let kinds: Vec<Type> = (0..1 + self.dice.below(3)).map(|_| *self.dice.pick(&PLAIN)).collect();
        let (items, columns) = self.canonical_items(&scope, &kinds, "utf8mb4_bin");
        let filter = self.filter(&scope, &source);
        let keys = (1..=items.len()).map(|number| number.to_string()).collect();
        self.distinct = true;
        let (ending, ordered) = self.ending(Vec::new(), Some(keys));
        self.distinct = false;
        let node =
            node![Kind::Query; "SELECT DISTINCT ", Node::row(", ", items), " FROM ", source.node, filter, ending];
        Grown { node, columns, ordered }
    }

    fn canonical_items(&mut self, scope: &[Seen], kinds: &[Type], collation: &'static str) -> (Vec<Node>, Vec<Seen>) {
        let (mut items, mut columns) = (Vec::new(), Vec::new());
        for (number, kind) in (1..).zip(kinds) {
            let value = match kind {
                Type::Text => self.text_in(scope, collation, 1),
                _ => self.of_kind(scope, *kind, 1),
            };
            let value = self.canonical(*kind, value);
            items.push(part![value, format!(" AS c{number}")]);
            columns.push(Seen { sql: format!("c{number}"), kind: *kind, collation });
        }
        (items, columns)
    }

    fn set_operation(&mut self) -> Grown {
        let kinds: Vec<Type> = (0..1 + self.dice.below(3)).map(|_| *self.dice.pick(&PLAIN)).collect();
        let (first, columns) = self.arm(&kinds);
        let mut arms = part![first];
        for _ in 0..1 + self.dice.below(2) {
            let operator = *self.dice.pick(&["UNION", "UNION ALL", "UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
            let (next, _) = self.arm(&kinds);
            arms = part![arms, part![format!(" {operator} "), next].optional()];
        }
        let keys = (1..=kinds.len()).map(|number| number.to_string()).collect();
        let (ending, ordered) = self.ending(Vec::new(), Some(keys));
        Grown { node: node![Kind::Query; arms, ending], columns, ordered }
    }

    fn arm(&mut self, kinds: &[Type]) -> (Node, Vec<Seen>) {
        let source = self.from(&[]);
        let scope = source.columns.clone();
        let (items, columns) = self.canonical_items(&scope, kinds, "utf8mb4_bin");
        let filter = self.filter(&scope, &source);
        (node![Kind::Query; "SELECT ", Node::row(", ", items), " FROM ", source.node, filter], columns)
    }

    fn windowed(&mut self) -> Grown {
        let source = self.from(&[]);
        let scope = source.columns.clone();
        let Some(keys) = source.keys.clone() else { return self.grouped(&[], true) };
        let mut items = vec![part![keys.join(", ")]];
        // MariaDB answers by where its windows happen to lie in memory when one of several orders by a constant.
        let beside = match (self.world.brand, keys.first()) {
            (Brand::MariaDb, Some(key)) => format!(" + {key} * 0"),
            _ => " + 0".to_owned(),
        };
        for _ in 0..1 + self.dice.below(2) {
            let partition = if self.dice.one_in(2) {
                part!["PARTITION BY ", self.integer(&scope, 2), beside.clone(), " "].optional()
            } else {
                part![]
            };
            let order = part!["ORDER BY ", self.integer(&scope, 2), beside.clone(), *self.dice.pick(&["", " DESC"])];
            let total = part![
                "ORDER BY ",
                self.integer(&scope, 2),
                beside.clone(),
                *self.dice.pick(&["", " DESC"]),
                ", ",
                keys.join(", ")
            ];
            let number = self.integer(&scope, 2);
            items.push(match self.dice.below(11) {
                0 | 1 => part!["ROW_NUMBER() OVER (", partition, total, ")"],
                2 => part!["RANK() OVER (", partition, order, ")"],
                3 => part!["DENSE_RANK() OVER (", partition, order, ")"],
                4 => part!["SUM(", number, ") OVER (", partition, ")"],
                5 => part!["SUM(", number, ") OVER (", partition, total, " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)"],
                6 => part!["LAG(", number, ", 1) OVER (", partition, total, ")"],
                7 => part!["LEAD(", number, ") OVER (", partition, total, ")"],
                8 => part!["FIRST_VALUE(", number, ") OVER (", partition, total, ")"],
                9 => part!["COUNT(*) OVER (", partition, order, ")"],
                _ => part!["NTILE(3) OVER (", partition, total, ")"],
            });
        }
        let filter = self.filter(&scope, &source);
        let (ending, ordered) = self.ending(Vec::new(), source.keys);
        let node = node![Kind::Query; "SELECT ", Node::list(", ", items), " FROM ", source.node, filter, ending];
        Grown { node, columns: Vec::new(), ordered }
    }

    /// A subquery of at most one row and one column.
    pub(crate) fn scalar_query(&mut self, outer: &[Seen], kind: Type, depth: u32) -> Node {
        if !self.room() {
            return Node::literal(self.dice.below(9).to_string());
        }
        let source = self.from(outer);
        let scope = source.columns.clone();
        let sight = [scope.as_slice(), outer].concat();
        let value = match (kind, self.dice.below(4)) {
            (Type::Int, 0) => value!["COUNT(*)"],
            (Type::Int, 1) => value!["MIN(", self.integer(&scope, depth), ")"],
            (Type::Int, _) => value!["MAX(", self.integer(&scope, depth), ")"],
            (_, 0) => value!["AVG(", self.decimal(&scope, depth), ")"],
            _ => value!["SUM(", self.decimal(&scope, depth), ")"],
        };
        let condition =
            if self.dice.one_in(3) { part![] } else { part![" WHERE ", self.boolean(&sight, 2)].optional() };
        value!["(", node![Kind::Query; "SELECT ", value, " FROM ", source.node, condition], ")"]
    }

    /// EXISTS, IN, ANY, ALL.
    pub(crate) fn subquery_condition(&mut self, outer: &[Seen], depth: u32) -> Node {
        let source = self.from(outer);
        let scope = source.columns.clone();
        let sight = [scope.as_slice(), outer].concat();
        let condition = part![" WHERE ", self.boolean(&sight, 2)].optional();
        let not = *self.dice.pick(&["", "", " NOT"]);
        let kind = *self.dice.pick(&[Type::Int, Type::Int, Type::Date, Type::Decimal]);
        let (left, shown) = (self.of_kind(outer, kind, depth), self.of_kind(&scope, kind, depth));
        match self.dice.below(6) {
            0 | 1 => value![
                "(",
                not.trim_start(),
                " EXISTS (",
                node![Kind::Query; "SELECT 1 FROM ", source.node, condition],
                "))"
            ],
            2 | 3 => value![
                "(",
                left,
                not,
                " IN (",
                node![Kind::Query; "SELECT ", shown, " FROM ", source.node, condition],
                "))"
            ],
            4 => {
                let comparison = *self.dice.pick(&["= ANY", "> ALL", "< ANY", "<= ALL", "<> ALL", ">= SOME"]);
                value![
                    "(",
                    left,
                    " ",
                    comparison,
                    " (",
                    node![Kind::Query; "SELECT ", shown, " FROM ", source.node, condition],
                    "))"
                ]
            }
            _ => {
                let (second, other) = (self.integer(outer, depth), self.integer(&scope, depth));
                value![
                    "((",
                    left,
                    ", ",
                    second,
                    ")",
                    not,
                    " IN (",
                    node![Kind::Query; "SELECT ", shown, ", ", other, " FROM ", source.node, condition],
                    "))"
                ]
            }
        }
    }

    /// WITH, before the statement that uses it.
    fn common_tables(&mut self) -> Node {
        let name = format!("w{}", self.dice.below(9));
        if self.dice.one_in(3) {
            let table = self.dice.pick(&self.world.tables);
            let table = self.mention(table);
            let node = match self.dice.below(2) {
                0 => part![format!(
                    "WITH RECURSIVE {name} AS (SELECT 1 AS c1 UNION ALL SELECT c1 + 1 FROM {name} WHERE c1 < 6) "
                )],
                _ => part![format!(
                    "WITH RECURSIVE {name} AS (SELECT id AS c1, 0 AS c2 FROM {table} WHERE id < 4 UNION ALL \
                     SELECT x.id, c2 + 1 FROM {name} JOIN {table} AS x ON x.id = c1 * 2 WHERE c2 < 3) "
                )],
            };
            self.shared.push((name, vec![Seen { sql: "c1".to_owned(), kind: Type::Int, collation: "utf8mb4_bin" }]));
            return node;
        }
        let grown = if self.dice.one_in(2) { self.grouped(&[], false) } else { self.plain(&[], false) };
        self.shared.push((name.clone(), grown.columns));
        part![format!("WITH {name} AS ("), grown.node, ") "]
    }

    pub(crate) fn is_mysql(&self) -> bool {
        self.world.brand == Brand::MySql
    }
}
