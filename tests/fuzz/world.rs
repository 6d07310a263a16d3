//! A random schema: tables of many types, the rules that split them, and their rows.
//!
//! Every choice keeps answers determined: strings that a collation finds equal differ only in case and in spaces at
//! their end, floating-point numbers are quarters, so that sums do not depend on the order of rows, and the key of a
//! table always contains its shard key.

use std::fmt::Write;

use crate::bank::dice::Dice;
use crate::differential::SECOND;
use crate::servers::Brand;

/// Physical databases, the first half of them on the first instance.
pub(crate) const DATABASES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Decimal,
    Float,
    Text,
    Date,
    DateTime,
    Time,
    Json,
    Bit,
    Enum,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Type,
    /// Type, charset and NULL as CREATE TABLE has them.
    pub(crate) definition: String,
    pub(crate) collation: &'static str,
    pub(crate) nullable: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// With its schema before it, if that is not the world's first.
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of the primary key; none where there is none.
    pub(crate) key: Vec<&'static str>,
    /// Its line of the rule file.
    pub(crate) rule: String,
    pub(crate) split: bool,
    /// Literals.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Tables and where they lie.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) brand: Brand,
    /// Where unqualified names are looked for.
    pub(crate) schema: String,
    /// Whether there is a second schema, [`SECOND`]; its databases lie on the instances the other way round.
    pub(crate) two: bool,
    pub(crate) tables: Vec<Table>,
    /// A statement that changes the session once the tables are there, in some worlds.
    pub(crate) session: Option<&'static str>,
}

/// What a session may be set to; all of it changes answers, errors or warnings.
const SESSIONS: [(Option<Brand>, &str); 22] = [
    (None, "SET sql_mode = ''"),
    (None, "SET sql_mode = 'ALLOW_INVALID_DATES'"),
    (None, "SET sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE'"),
    (None, "SET sql_mode = 'STRICT_ALL_TABLES,NO_UNSIGNED_SUBTRACTION'"),
    (None, "SET sql_mode = 'ANSI'"),
    (None, "SET sql_mode = 'TRADITIONAL'"),
    (Some(Brand::MariaDb), "SET sql_mode = 'STRICT_ALL_TABLES,TIME_ROUND_FRACTIONAL'"),
    (Some(Brand::MySql), "SET sql_mode = 'STRICT_ALL_TABLES,TIME_TRUNCATE_FRACTIONAL'"),
    (None, "SET time_zone = '+05:30'"),
    (None, "SET time_zone = '-11:00', sql_mode = ''"),
    (None, "SET div_precision_increment = 0"),
    (None, "SET div_precision_increment = 9"),
    (None, "SET group_concat_max_len = 16"),
    (None, "SET collation_connection = utf8mb4_bin"),
    (None, "SET collation_connection = utf8mb4_unicode_ci"),
    (None, "SET NAMES latin1"),
    (None, "SET character_set_results = NULL"),
    (None, "SET default_week_format = 3, lc_time_names = 'de_DE'"),
    (None, "SET autocommit = 0"),
    (None, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"),
    (None, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
    (None, "SET foreign_key_checks = 0, unique_checks = 0"),
];

/// The second schema's tables: some are called like those of the first, and are split in another way.
const SECOND_TABLES: [&str; 5] = ["t1", "t0", "u2", "t3", "t2"];

const WORDS: [&str; 12] = ["ann", "Ann", "ANN ", "bob", "Bob", "cid", "dee d", "", "x1", "X1", "zoe", "o''neil"];
const WIDE_WORDS: [&str; 4] = ["жук", "Жук", "日本", "日本語"];

// === impl Table ===

impl Table {
    pub(crate) fn create(&self) -> String {
        let mut parts: Vec<String> =
            self.columns.iter().map(|column| format!("{} {}", column.name, column.definition)).collect();
        if self.key.is_empty() {
            parts.push("KEY (k)".to_owned());
        } else {
            parts.push(format!("PRIMARY KEY ({})", self.key.join(", ")));
        }
        format!("CREATE TABLE {} ({}) DEFAULT CHARSET utf8mb4", self.name, parts.join(", "))
    }

    /// The schema, if it is not the world's first, and the name in it.
    pub(crate) fn place(&self) -> (Option<&str>, &str) {
        match self.name.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, &self.name),
        }
    }

    /// The statement that fills it, if it has rows.
    pub(crate) fn insert(&self) -> Option<String> {
        let rows: Vec<String> = self.rows.iter().map(|row| format!("({})", row.join(", "))).collect();
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        (!rows.is_empty())
            .then(|| format!("INSERT INTO {} ({}) VALUES {}", self.name, names.join(", "), rows.join(", ")))
    }
}

// === impl World ===

impl World {
    pub(crate) fn grow(dice: &mut Dice, brand: Brand, schema: &str) -> Self {
        let mut tables: Vec<Table> = Vec::new();
        let keys = ["INT", "BIGINT", "INT UNSIGNED", "VARCHAR(20)", "VARCHAR(20) COLLATE utf8mb4_bin"];
        let shared = *dice.pick(&keys);
        for number in 0..5 + dice.index(3) {
            tables.push(Self::grow_table(dice, brand, (schema, &format!("t{number}"), "t0"), number, shared));
        }
        let fitting: Vec<&'static str> =
            SESSIONS.iter().filter(|(only, _)| only.is_none_or(|only| only == brand)).map(|(_, set)| *set).collect();
        let session = dice.one_in(2).then(|| *dice.pick(&fitting));
        Self { brand, schema: schema.to_owned(), two: false, tables, session }
    }

    /// A world of two schemas.
    pub(crate) fn grow_two(dice: &mut Dice, brand: Brand, schema: &str) -> Self {
        let mut world = Self::grow(dice, brand, schema);
        world.two = true;
        world.tables.truncate(5);
        let mut shared = world.tables[0].columns[1].definition.replace(" NOT NULL", "");
        if dice.one_in(3) {
            shared = (*dice.pick(&["INT", "BIGINT", "VARCHAR(20)"])).to_owned();
        }
        let many = 3 + dice.index(3);
        for (number, name) in SECOND_TABLES.iter().enumerate().take(many) {
            let (name, leader) = (format!("{SECOND}.{name}"), SECOND_TABLES[0]);
            // The second is not always bound to the first, as it is in the other schema.
            let choice = number * (1 + dice.index(8));
            world.tables.push(Self::grow_table(dice, brand, (SECOND, &name, leader), choice, &shared));
        }
        world
    }

    /// The names of its schemas, and whether their databases lie on the instances the other way round.
    pub(crate) fn schemas(&self) -> Vec<(&str, bool)> {
        let second = self.two.then_some((SECOND, true));
        std::iter::once((self.schema.as_str(), false)).chain(second).collect()
    }

    fn grow_table(
        dice: &mut Dice,
        brand: Brand,
        (schema, name, leader): (&str, &str, &str),
        number: usize,
        shared: &str,
    ) -> Table {
        let joint = "dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2";
        let integer = shared.contains("INT");
        let choice = if number < 2 { number } else { 1 + dice.index(9) };
        let (rule, key): (String, &[&'static str]) = match choice {
            0 => (format!("{{ {joint} }}"), &["k", "id"]),
            1 | 2 => (format!("{{ {joint}, binding: {leader} }}"), &["id", "k"]),
            3 => ("{ dbpartition: hash(id) }".to_owned(), &["id"]),
            4 => ("{ dbpartition: hash(k), tbpartition: hash(id), tbpartitions: 2 }".to_owned(), &["id", "k"]),
            5 => ("{ broadcast: true }".to_owned(), &["id"]),
            6 => (format!("{{ single: {schema}_0 }}"), &["id"]),
            7 => (format!("{{ single: {schema}_{} }}", DATABASES - 1), &["id"]),
            8 if integer => {
                let function = *dice.pick(&["mod(k)", "uni_hash(k)", "\"right_shift(k, 1)\""]);
                (format!("{{ dbpartition: {function}, tbpartition: {function}, tbpartitions: 2 }}"), &["k", "id"])
            }
            _ => (format!("{{ {joint} }}"), &[]),
        };
        let split = !rule.contains("broadcast") && !rule.contains("single");
        let null = if key.contains(&"k") { "NOT NULL" } else { "NULL" };
        let collation = match (shared.contains("bin"), brand) {
            (true, _) => "utf8mb4_bin",
            (false, Brand::MariaDb) => "utf8mb4_general_ci",
            (false, Brand::MySql) => "utf8mb4_0900_ai_ci",
        };
        let kind = if integer { Type::Int } else { Type::Text };
        let mut columns = vec![
            Column {
                name: "id".to_owned(),
                kind: Type::Int,
                definition: "INT NOT NULL".to_owned(),
                collation,
                nullable: false,
            },
            Column {
                name: "k".to_owned(),
                kind,
                definition: format!("{shared} {null}"),
                collation,
                nullable: null == "NULL",
            },
        ];
        for number in 0..4 + dice.index(4) {
            columns.push(column(dice, brand, number));
        }
        let mut table = Table { name: name.to_owned(), columns, key: key.to_vec(), rule, split, rows: Vec::new() };
        let rows = *dice.pick(&[0, 3, 8, 14, 20, 26]);
        table.rows = (0..rows).map(|id| row(dice, &table, id + 1)).collect();
        table
    }

    /// The rule file of a schema.
    pub(crate) fn rules(&self, schema: &str, turned: bool) -> String {
        let (half, last) = (DATABASES / 2, DATABASES - 1);
        let (first, second) = if turned { ("b", "a") } else { ("a", "b") };
        let mut text = format!(
            "schema: {schema}\nshards:\n  - {{ database: \"{schema}_{{0..{}}}\", instance: {first} }}\n  - \
             {{ database: \"{schema}_{{{half}..{last}}}\", instance: {second} }}\ndefault: {{ single: {schema}_0 }}\n\
             tables:\n",
            half - 1
        );
        for table in &self.tables {
            let (place, name) = table.place();
            if place.unwrap_or(&self.schema) == schema {
                writeln!(text, "  {name}: {}", table.rule).expect("a string takes all");
            }
        }
        text
    }

    pub(crate) fn table(&self, name: &str) -> &Table {
        self.tables.iter().find(|table| table.name == name).expect("a table of this world")
    }
}

fn column(dice: &mut Dice, brand: Brand, number: usize) -> Column {
    let collations: [&'static str; 4] = match brand {
        Brand::MariaDb => ["utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_unicode_ci", "latin1_swedish_ci"],
        Brand::MySql => ["utf8mb4_0900_ai_ci", "utf8mb4_bin", "utf8mb4_general_ci", "latin1_swedish_ci"],
    };
    let collation = *dice.pick(&collations);
    let charset = collation.split('_').next().unwrap_or_default();
    let (kind, definition) = match dice.below(20) {
        0..=3 => {
            (Type::Int, (*dice.pick(&["INT", "BIGINT", "SMALLINT", "INT UNSIGNED", "TINYINT", "MEDIUMINT"])).to_owned())
        }
        4..=6 => (Type::Decimal, (*dice.pick(&["DECIMAL(10,2)", "DECIMAL(20,6)", "DECIMAL(5,0)"])).to_owned()),
        7 => (Type::Float, (*dice.pick(&["DOUBLE", "FLOAT"])).to_owned()),
        8..=11 => {
            let kind = *dice.pick(&["VARCHAR(20)", "VARCHAR(20)", "CHAR(8)", "TEXT"]);
            (Type::Text, format!("{kind} CHARACTER SET {charset} COLLATE {collation}"))
        }
        12..=13 => (Type::Date, "DATE".to_owned()),
        14..=15 => (Type::DateTime, (*dice.pick(&["DATETIME", "DATETIME(3)", "TIMESTAMP"])).to_owned()),
        16 => (Type::Time, "TIME".to_owned()),
        17 => (Type::Json, "JSON".to_owned()),
        18 => (Type::Bit, (*dice.pick(&["BIT(4)", "BIT(1)"])).to_owned()),
        _ => (Type::Enum, format!("{}('red','green','blue')", dice.pick(&["ENUM", "SET"]))),
    };
    let letter = match kind {
        Type::Int => 'i',
        Type::Decimal => 'd',
        Type::Float => 'f',
        Type::Text => 's',
        Type::Date => 'a',
        Type::DateTime => 'm',
        Type::Time => 'u',
        Type::Json => 'j',
        Type::Bit => 'b',
        Type::Enum => 'e',
    };
    let nullable = !dice.one_in(4);
    let definition = format!("{definition} {}", if nullable { "NULL" } else { "NOT NULL" });
    Column { name: format!("{letter}{number}"), kind, definition, collation, nullable }
}

/// A row for a table: literals in the order of its columns.
pub(crate) fn row(dice: &mut Dice, table: &Table, id: usize) -> Vec<String> {
    let value = |column: &Column| {
        if column.name == "id" {
            return id.to_string();
        }
        if column.nullable && dice.one_in(6) {
            return "NULL".to_owned();
        }
        literal(dice, column)
    };
    table.columns.iter().map(value).collect()
}

/// A value that a column takes.
pub(crate) fn literal(dice: &mut Dice, column: &Column) -> String {
    let (day, hour) = (1 + dice.below(20), dice.below(24));
    match column.kind {
        Type::Int if column.definition.contains("BIGINT") && dice.one_in(4) => {
            format!("{}", 3_000_000_000_u64 + u64::from(dice.below(5)))
        }
        Type::Int if !column.definition.contains("UNSIGNED") && dice.one_in(6) => format!("-{}", dice.below(5)),
        Type::Int => dice.below(13).to_string(),
        Type::Decimal => {
            format!("{}{}.{:02}", dice.pick(&["", "", "-"]), dice.below(20), dice.pick(&[0, 25, 50, 99, 10]))
        }
        Type::Float => format!("{}{}.{:02}", dice.pick(&["", "", "-"]), dice.below(20), 25 * dice.below(4)),
        Type::Text => {
            let wide = column.collation.starts_with("utf8mb4") && column.name != "k" && dice.one_in(4);
            let word = if wide { *dice.pick(&WIDE_WORDS) } else { *dice.pick(&WORDS) };
            format!("'{word}'")
        }
        Type::Date => format!("'2024-{:02}-{day:02}'", 1 + dice.below(3)),
        Type::DateTime => {
            format!("'2024-{:02}-{day:02} {hour:02}:{:02}:00'", 1 + dice.below(3), dice.pick(&[0, 15, 59]))
        }
        Type::Time => format!("'{hour:02}:{:02}:00'", dice.pick(&[0, 30])),
        Type::Json => {
            let (a, b, c) = (dice.below(6), dice.pick(&["ann", "bob", "Bob"]), dice.below(9));
            format!("'{{\"a\": {a}, \"b\": \"{b}\", \"c\": [{c}, {}]}}'", c + 1)
        }
        Type::Bit if column.definition.contains("(1)") => format!("b'{}'", dice.below(2)),
        Type::Bit => format!("b'{:04b}'", dice.below(16)),
        Type::Enum => format!("'{}'", dice.pick(&["red", "green", "blue"])),
    }
}

/// A string literal that comparisons may find.
pub(crate) fn word(dice: &mut Dice) -> String {
    let word = if dice.one_in(8) { *dice.pick(&WIDE_WORDS) } else { *dice.pick(&WORDS) };
    format!("'{word}'")
}
