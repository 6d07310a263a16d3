//! Random expressions: each of a type, over the columns that are in sight.
//!
//! Left out by construction is what has no one answer: sums of arbitrary floating-point numbers, division by what may
//! be zero (its warnings depend on which rows are looked at), values of the clock and of chance.

use super::node::{Node, part, value};
use super::select::Grower;
use super::world::{Type, word};

/// A column in sight.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) sql: String,
    pub(crate) kind: Type,
    pub(crate) collation: &'static str,
}

impl Grower<'_> {
    /// A column of a type and, for a text, of a collation.
    fn column(&mut self, scope: &[Seen], kind: Type, collation: Option<&str>) -> Option<Node> {
        let fitting: Vec<&Seen> = scope
            .iter()
            .filter(|seen| seen.kind == kind && collation.is_none_or(|collation| seen.collation == collation))
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let seen = *self.dice.pick(&fitting);
        Some(value![seen.sql.as_str()])
    }

    pub(crate) fn of_kind(&mut self, scope: &[Seen], kind: Type, depth: u32) -> Node {
        match kind {
            Type::Int => self.integer(scope, depth),
            Type::Decimal => self.decimal(scope, depth),
            Type::Text => self.text(scope, depth),
            Type::Date => self.date(scope, depth),
            Type::DateTime => self.datetime(scope, depth),
            Type::Float => self.float(scope, depth),
            Type::Time => self.column(scope, Type::Time, None).unwrap_or_else(|| Node::literal("'12:30:00'")),
            Type::Enum => self.column(scope, Type::Enum, None).unwrap_or_else(|| Node::literal("'red'")),
            Type::Bit => match self.column(scope, Type::Bit, None) {
                Some(column) => column,
                None => value!["b'0101'"],
            },
            Type::Json => match self.column(scope, Type::Json, None) {
                Some(column) => column,
                None => value!["JSON_OBJECT('a', ", self.integer(scope, depth + 2), ")"],
            },
        }
    }

    pub(crate) fn integer(&mut self, scope: &[Seen], depth: u32) -> Node {
        let leaf = depth > 2 || self.dice.one_in(2);
        if leaf {
            if let Some(column) = self.column(scope, Type::Int, None).filter(|_| !self.dice.one_in(4)) {
                return column;
            }
            return Node::literal(self.dice.below(13).to_string());
        }
        let deeper = depth + 1;
        match self.dice.below(23) {
            0 | 1 => value!["(", self.signed(scope, deeper), " + ", self.signed(scope, deeper), ")"],
            2 => value!["(", self.signed(scope, deeper), " - ", self.signed(scope, deeper), ")"],
            3 => value!["(", self.integer(scope, deeper), " * ", Node::literal("3"), ")"],
            4 => value!["(", self.integer(scope, deeper), " DIV 3)"],
            5 => value!["(", self.integer(scope, deeper), " % 4)"],
            6 => value!["ABS(", self.integer(scope, deeper), ")"],
            7 => value!["CHAR_LENGTH(", self.text(scope, deeper), ")"],
            8 => value!["YEAR(", self.date(scope, deeper), ")"],
            9 => value!["DAYOFMONTH(", self.date(scope, deeper), ")"],
            10 => value!["DATEDIFF(", self.date(scope, deeper), ", ", self.date(scope, deeper), ")"],
            11 => value!["COALESCE(", self.integer(scope, deeper), ", ", self.integer(scope, deeper), ")"],
            12 => value![
                "IF(",
                self.boolean(scope, deeper),
                ", ",
                self.integer(scope, deeper),
                ", ",
                self.integer(scope, deeper),
                ")"
            ],
            13 => value![
                "CASE WHEN ",
                self.boolean(scope, deeper),
                " THEN ",
                self.integer(scope, deeper),
                " WHEN ",
                self.boolean(scope, deeper),
                " THEN ",
                self.integer(scope, deeper),
                " ELSE ",
                self.integer(scope, deeper),
                " END"
            ],
            14 => value!["NULLIF(", self.integer(scope, deeper), ", ", self.integer(scope, deeper), ")"],
            15 => value!["GREATEST(", self.integer(scope, deeper), ", ", self.integer(scope, deeper), ")"],
            16 => value!["(", self.integer(scope, deeper), " & 6)"],
            17 => value!["FLOOR(", self.decimal(scope, deeper), ")"],
            18 => value!["LOCATE('o', ", self.text(scope, deeper), ")"],
            19 => value!["JSON_LENGTH(", self.of_kind(scope, Type::Json, deeper), ", '$.c')"],
            20 => value!["(", self.of_kind(scope, Type::Bit, deeper), " + 0)"],
            21 => value!["WEEK(", self.date(scope, deeper), ")"],
            _ => self.scalar_query(scope, Type::Int, deeper),
        }
    }

    /// An integer whose difference may be negative.
    pub(crate) fn signed(&mut self, scope: &[Seen], depth: u32) -> Node {
        value!["CAST(", self.integer(scope, depth), " AS SIGNED)"]
    }

    pub(crate) fn decimal(&mut self, scope: &[Seen], depth: u32) -> Node {
        if depth > 2 || self.dice.one_in(2) {
            if let Some(column) = self.column(scope, Type::Decimal, None).filter(|_| !self.dice.one_in(4)) {
                return column;
            }
            // Never a parameter: a client would send it as a text, which makes floating-point numbers of what it is added to.
            return value![format!("{}.25", self.dice.below(9))];
        }
        let deeper = depth + 1;
        match self.dice.below(9) {
            0 => value!["(", self.decimal(scope, deeper), " + ", self.decimal(scope, deeper), ")"],
            1 => value!["(", self.decimal(scope, deeper), " * ", self.integer(scope, deeper), ")"],
            2 => value!["ROUND(", self.decimal(scope, deeper), ", 1)"],
            3 => value!["TRUNCATE(", self.decimal(scope, deeper), ", 1)"],
            4 => value!["(", self.integer(scope, deeper), " / 4)"],
            5 => value!["CAST(", self.integer(scope, deeper), " AS DECIMAL(12,2))"],
            6 => value!["IFNULL(", self.decimal(scope, deeper), ", ", self.decimal(scope, deeper), ")"],
            7 => value!["(", self.decimal(scope, deeper), " / 3)"],
            _ => self.scalar_query(scope, Type::Decimal, deeper),
        }
    }

    fn float(&mut self, scope: &[Seen], depth: u32) -> Node {
        match self.column(scope, Type::Float, None) {
            Some(column) if self.dice.one_in(3) => value!["(", column, " + 0.5e0)"],
            Some(column) => column,
            None => value!["(", self.integer(scope, depth + 1), " * 0.25e0)"],
        }
    }

    /// A text of one collation, so that its parts go together.
    pub(crate) fn text(&mut self, scope: &[Seen], depth: u32) -> Node {
        let collations: Vec<&'static str> =
            scope.iter().filter(|seen| seen.kind == Type::Text).map(|seen| seen.collation).collect();
        let collation = if collations.is_empty() { "utf8mb4_bin" } else { *self.dice.pick(&collations) };
        self.text_in(scope, collation, depth)
    }

    pub(crate) fn text_in(&mut self, scope: &[Seen], collation: &'static str, depth: u32) -> Node {
        if depth > 2 || self.dice.one_in(2) {
            let column = self.column(scope, Type::Text, Some(collation)).filter(|_| !self.dice.one_in(5));
            return column.unwrap_or_else(|| self.word(collation));
        }
        let deeper = depth + 1;
        match self.dice.below(13) {
            0 => value![
                "CONCAT(",
                self.text_in(scope, collation, deeper),
                ", ",
                self.text_in(scope, collation, deeper),
                ")"
            ],
            1 => value!["UPPER(", self.text_in(scope, collation, deeper), ")"],
            2 => value!["SUBSTRING(", self.text_in(scope, collation, deeper), ", 2, 3)"],
            3 => value!["LEFT(", self.text_in(scope, collation, deeper), ", 2)"],
            4 => value!["REPLACE(", self.text_in(scope, collation, deeper), ", 'n', 'm')"],
            5 => value![
                "COALESCE(",
                self.text_in(scope, collation, deeper),
                ", ",
                self.text_in(scope, collation, deeper),
                ")"
            ],
            6 => value![
                "IF(",
                self.boolean(scope, deeper),
                ", ",
                self.text_in(scope, collation, deeper),
                ", ",
                self.text_in(scope, collation, deeper),
                ")"
            ],
            7 => value![
                "CONCAT_WS('-', ",
                self.text_in(scope, collation, deeper),
                ", ",
                self.integer(scope, deeper),
                ")"
            ],
            8 => value!["LPAD(", self.text_in(scope, collation, deeper), ", 6, 'x')"],
            9 => value!["TRIM(", self.text_in(scope, collation, deeper), ")"],
            10 => value!["REVERSE(", self.text_in(scope, collation, deeper), ")"],
            11 => value![
                "CONCAT(",
                self.text_in(scope, collation, deeper),
                ", ",
                *self.dice.pick(&["MONTHNAME(", "DAYNAME("]),
                self.date(scope, deeper),
                "))"
            ],
            _ => value![
                "CONCAT(",
                self.text_in(scope, collation, deeper),
                ", DATE_FORMAT(",
                self.date(scope, deeper),
                ", '%d'))"
            ],
        }
    }

    fn word(&mut self, collation: &str) -> Node {
        let text = loop {
            let text = word(self.dice);
            if text.is_ascii() || collation.starts_with("utf8mb4") {
                break text;
            }
        };
        Node::literal(text)
    }

    pub(crate) fn date(&mut self, scope: &[Seen], depth: u32) -> Node {
        if depth > 2 || self.dice.one_in(2) {
            let column = self.column(scope, Type::Date, None).filter(|_| !self.dice.one_in(4));
            return column.unwrap_or_else(|| value![format!("DATE '2024-02-{:02}'", 1 + self.dice.below(20))]);
        }
        let deeper = depth + 1;
        match self.dice.below(4) {
            0 => value!["DATE_ADD(", self.date(scope, deeper), ", INTERVAL 3 DAY)"],
            1 => value!["LAST_DAY(", self.date(scope, deeper), ")"],
            2 => value!["CAST(", self.datetime(scope, deeper), " AS DATE)"],
            _ => value!["(", self.date(scope, deeper), " - INTERVAL 1 MONTH)"],
        }
    }

    pub(crate) fn datetime(&mut self, scope: &[Seen], depth: u32) -> Node {
        let column = self.column(scope, Type::DateTime, None);
        match column {
            Some(column) if depth > 2 || !self.dice.one_in(3) => column,
            Some(column) => value!["DATE_ADD(", column, ", INTERVAL 90 MINUTE)"],
            None => value!["TIMESTAMP '2024-02-03 10:15:00'"],
        }
    }

    /// A text as one spelling stands for all that a collation may find equal.
    pub(crate) fn canonical(&mut self, kind: Type, inner: Node) -> Node {
        if kind == Type::Text { part!["LOWER(RTRIM(", inner, "))"] } else { inner }
    }

    pub(crate) fn boolean(&mut self, scope: &[Seen], depth: u32) -> Node {
        let deeper = depth + 1;
        if depth < 3 && self.dice.one_in(4) {
            let (left, right) = (self.boolean(scope, deeper), self.boolean(scope, deeper));
            return match self.dice.below(5) {
                0 | 1 => value!["(", left, " AND ", right, ")"],
                2 | 3 => value!["(", left, " OR ", right, ")"],
                _ => value!["(NOT ", left, ")"],
            };
        }
        if depth < 3 && self.room() && self.dice.one_in(5) {
            return self.subquery_condition(scope, deeper);
        }
        let comparison = *self.dice.pick(&["=", "=", "<", "<=", ">", ">=", "<>", "<=>"]);
        match self.dice.below(16) {
            0..=3 => value!["(", self.integer(scope, deeper), " ", comparison, " ", self.integer(scope, deeper), ")"],
            4 => value!["(", self.decimal(scope, deeper), " ", comparison, " ", self.decimal(scope, deeper), ")"],
            5 | 6 => {
                let texts: Vec<&'static str> =
                    scope.iter().filter(|seen| seen.kind == Type::Text).map(|seen| seen.collation).collect();
                let collation = if texts.is_empty() { "utf8mb4_bin" } else { *self.dice.pick(&texts) };
                value![
                    "(",
                    self.text_in(scope, collation, deeper),
                    " ",
                    comparison,
                    " ",
                    self.text_in(scope, collation, deeper),
                    ")"
                ]
            }
            7 => value!["(", self.date(scope, deeper), " ", comparison, " ", self.date(scope, deeper), ")"],
            8 => value!["(", self.datetime(scope, deeper), " ", comparison, " ", self.datetime(scope, deeper), ")"],
            9 => value![
                "(",
                self.integer(scope, deeper),
                " BETWEEN ",
                self.integer(scope, deeper),
                " AND ",
                self.integer(scope, deeper),
                ")"
            ],
            10 | 11 => {
                let items =
                    (0..1 + self.dice.below(4)).map(|_| Node::literal(self.dice.below(13).to_string())).collect();
                let not = *self.dice.pick(&["", "", " NOT"]);
                value!["(", self.integer(scope, deeper), not, " IN (", Node::list(", ", items), "))"]
            }
            12 => {
                let kind = *self.dice.pick(&[Type::Int, Type::Text, Type::Decimal, Type::Date, Type::Enum]);
                let is = *self.dice.pick(&[" IS NULL", " IS NOT NULL"]);
                value!["(", self.of_kind(scope, kind, deeper), is, ")"]
            }
            13 => {
                let pattern = *self.dice.pick(&["'%n%'", "'b%'", "'_o%'", "'ANN'"]);
                value!["(", self.text(scope, deeper), " LIKE ", Node::literal(pattern), ")"]
            }
            14 => value![
                "((",
                self.integer(scope, deeper),
                ", ",
                self.integer(scope, deeper),
                ") ",
                *self.dice.pick(&["=", "<", ">="]),
                " (",
                self.integer(scope, deeper),
                ", ",
                self.integer(scope, deeper),
                "))"
            ],
            _ => match self.column(scope, Type::Enum, None) {
                Some(column) => value!["(", column, " ", comparison, " ", "'green'", ")"],
                None => value!["(", self.integer(scope, deeper), " IS NOT TRUE)"],
            },
        }
    }
}
