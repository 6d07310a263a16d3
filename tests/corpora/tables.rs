//! The tables of a group: their statements without what a plain server does not read, their rules, their rows.

use std::fmt::Write;

use crate::bank::dice::Dice;

const DATABASES: usize = 4;
const MOST_TABLES_IN_DATABASE: u32 = 2;
/// Routing functions that rules may name; a table split by another one is split by the hash of its key.
const SERVED: [&str; 8] = ["hash", "mod", "uni_hash", "right_shift", "mm", "dd", "week", "mmdd"];

/// One table and where its rows lie.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) create: String,
    place: Place,
}

enum Place {
    Single,
    Broadcast,
    /// By the hash of the primary key.
    Default,
    /// Algorithm of the database, algorithm of the table and their number.
    Split(String, Option<(String, u32)>),
}

/// A column as SHOW COLUMNS tells of it.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) primary: bool,
    pub(crate) generated: bool,
}

// === impl Table ===

impl Table {
    /// From a CREATE TABLE without clauses of a sharding system.
    pub(crate) fn of_plain(create: &str) -> Self {
        let name = table_name(create);
        let place = if name.starts_with("unsharded") {
            Place::Single
        } else if name.split('_').any(|word| word == "ref") {
            Place::Broadcast
        } else {
            Place::Default
        };
        Self { name, create: create.trim().to_owned(), place }
    }

    /// From a CREATE TABLE with DRDS's clauses.
    pub(crate) fn of_drds(create: &str) -> Self {
        let create = create.trim().trim_end_matches(';');
        let (body, tail) = create.split_at(create.len() - after_columns(create).len());
        let lower = tail.to_ascii_lowercase();
        let clauses = ["dbpartition", "tbpartition", "broadcast", "single"];
        let cut = clauses.iter().filter_map(|clause| lower.find(clause)).min().unwrap_or(tail.len());
        let (options, clauses) = tail.split_at(cut);
        let clauses = clauses.replace('`', "").to_ascii_lowercase();
        let place = if clauses.contains("broadcast") {
            Place::Broadcast
        } else if let Some(database) = algorithm(&clauses, "dbpartition by ") {
            let number = clauses.split("tbpartitions").nth(1).and_then(|text| {
                text.trim_start_matches([' ', '=']).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
            });
            let number = number.unwrap_or(1).min(MOST_TABLES_IN_DATABASE);
            let within = algorithm(&clauses, "tbpartition by ").filter(|_| number > 1);
            Place::Split(database, within.map(|within| (within, number)))
        } else {
            Place::Single
        };
        let body = without_global_indexes(body).replace(" BY GROUP", "").replace(" by group", "");
        Self { name: table_name(create), create: format!("{body}{options}"), place }
    }

    /// What a binding group has in common, if the table is split.
    fn likeness(&self, columns: &[Column]) -> Option<String> {
        let (database, within) = self.algorithms(columns)?;
        let key = |algorithm: &str| {
            let (function, rest) = algorithm.split_once('(').unwrap_or((algorithm, ""));
            let column = rest.trim_end_matches(')').split(',').next().unwrap_or_default().trim();
            let kind = columns.iter().find(|other| other.name.eq_ignore_ascii_case(column)).map(|found| &found.kind);
            format!("{function} {kind:?}")
        };
        Some(format!("{} {:?}", key(&database), within.map(|(within, number)| (key(&within), number))))
    }

    fn algorithms(&self, columns: &[Column]) -> Option<(String, Option<(String, u32)>)> {
        match &self.place {
            Place::Single | Place::Broadcast => None,
            Place::Split(database, within) => Some((database.clone(), within.clone())),
            Place::Default => {
                let primary: Vec<&Column> = columns.iter().filter(|column| column.primary).collect();
                let key = match primary.as_slice() {
                    [only] => Some(*only),
                    _ => columns.iter().find(|column| column.name == "user_id"),
                };
                let key = key.or(primary.first().copied()).or(columns.first())?;
                let hash = format!("hash({})", key.name);
                Some((hash.clone(), Some((hash, MOST_TABLES_IN_DATABASE))))
            }
        }
    }

    /// Whether its primary key does not contain the key that it is split by.
    pub(crate) fn has_loose_key(&self, columns: &[Column]) -> bool {
        let Some((database, within)) = self.algorithms(columns) else { return false };
        let within = within.map(|(within, _)| within);
        [Some(database), within].into_iter().flatten().any(|algorithm| {
            let inside = algorithm.split(['(', ',', ')']).nth(1).unwrap_or_default().trim();
            let key = columns.iter().find(|column| column.name.eq_ignore_ascii_case(inside));
            key.is_some_and(|key| !key.primary)
        })
    }

    /// Its line of the rule file.
    fn rule(&self, columns: &[Column], leader: Option<&str>) -> String {
        let binding = leader.map_or_else(String::new, |leader| format!(", binding: {leader}"));
        match (&self.place, self.algorithms(columns)) {
            (Place::Broadcast, _) => "{ broadcast: true }".to_owned(),
            (_, Some((database, None))) => format!("{{ dbpartition: \"{database}\"{binding} }}"),
            (_, Some((database, Some((within, number))))) => {
                format!("{{ dbpartition: \"{database}\", tbpartition: \"{within}\", tbpartitions: {number}{binding} }}")
            }
            (_, None) => "{ single: corpus_0 }".to_owned(),
        }
    }
}

/// The rule file of a group's tables; with bindings where tables are split alike.
pub(crate) fn rules(tables: &[(&Table, Vec<Column>)], bindings: bool) -> String {
    let half = DATABASES / 2;
    let mut text = format!(
        "schema: corpus\nshards:\n  - {{ database: \"corpus_{{0..{}}}\", instance: a }}\n  \
         - {{ database: \"corpus_{{{half}..{}}}\", instance: b }}\ndefault: {{ single: corpus_0 }}\ntables:\n  \
         everywhere: {{ broadcast: true }}\n",
        half - 1,
        DATABASES - 1
    );
    let mut leaders: Vec<(String, &str)> = Vec::new();
    for (table, columns) in tables {
        let likeness = table.likeness(columns);
        let leader = leaders.iter().find(|(other, _)| Some(other) == likeness.as_ref()).map(|(_, name)| *name);
        let rule = table.rule(columns, leader.filter(|_| bindings));
        writeln!(text, "  {}: {rule}", table.name).expect("a string takes all");
        if let (None, Some(likeness)) = (leader, likeness) {
            leaders.push((likeness, &table.name));
        }
    }
    text
}

/// The physical databases, by the instance that has them.
pub(crate) fn databases(instance: usize) -> impl Iterator<Item = String> {
    let half = DATABASES / 2;
    (instance * half..(instance + 1) * half).map(|number| format!("corpus_{number}"))
}

/// A row as literals; some values are taken from the statements, so that they find something.
pub(crate) fn row(dice: &mut Dice, columns: &[Column], number: usize, words: &[String]) -> String {
    let values: Vec<String> = columns.iter().map(|column| value(dice, column, number, words)).collect();
    values.join(", ")
}

fn value(dice: &mut Dice, column: &Column, number: usize, words: &[String]) -> String {
    if column.generated {
        return "DEFAULT".to_owned();
    }
    if column.nullable && dice.one_in(8) {
        return "NULL".to_owned();
    }
    let kind = column.kind.split(['(', ' ']).next().unwrap_or_default();
    let day = format!("20{:02}-{:02}-{:02}", 10 + dice.below(12), 1 + dice.below(12), 1 + dice.below(28));
    match kind {
        "date" => format!("'{day}'"),
        "datetime" | "timestamp" => format!("'{day} {:02}:30:{:02}'", dice.below(24), dice.below(60)),
        "time" => format!("'{:02}:{:02}:00'", dice.below(24), dice.below(60)),
        "year" => format!("{}", 2000 + dice.below(20)),
        "decimal" | "double" | "float" => format!("{}.{:02}", dice.below(50), dice.below(100)),
        "bit" => "b'1'".to_owned(),
        "json" => format!("'{{\"a\": {}}}'", dice.below(5)),
        "enum" | "set" => {
            let members = column.kind.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
            let members: Vec<&str> = members.split(',').collect();
            (*dice.pick(&members)).to_owned()
        }
        _ if kind.ends_with("int") && column.primary => format!("{}", number + 1),
        _ if kind.ends_with("int") => format!("{}", dice.below(12)),
        _ => {
            let length = column.kind.split(['(', ')']).nth(1).and_then(|text| text.parse().ok()).unwrap_or(60_usize);
            let fitting: Vec<&String> = words.iter().filter(|word| word.chars().count() <= length).collect();
            if column.primary || fitting.is_empty() || dice.one_in(3) {
                let text = format!("{}{number}", dice.pick(&["a", "b", "x"]));
                format!("'{}'", text.chars().take(length).collect::<String>())
            } else {
                format!("'{}'", dice.pick(&fitting))
            }
        }
    }
}

fn table_name(create: &str) -> String {
    let before = create.split('(').next().unwrap_or_default();
    before.split_whitespace().last().unwrap_or_default().trim_matches('`').to_owned()
}

/// What follows the parenthesis that closes the columns.
fn after_columns(create: &str) -> &str {
    let mut depth = 0;
    for (at, c) in create.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return &create[at + 1..],
            ')' => depth -= 1,
            _ => {}
        }
    }
    ""
}

/// `hash(id)` out of `dbpartition by hash(id) …`.
fn algorithm(clauses: &str, word: &str) -> Option<String> {
    let rest = clauses.split_once(word)?.1;
    let call = &rest[..=rest.find(')')?];
    let (function, arguments) = call.split_once('(')?;
    let function = function.trim();
    // A hash does not take dates.
    if function.starts_with("yyyy") {
        return None;
    }
    let column = arguments.split([',', ')']).next()?.trim();
    Some(if SERVED.contains(&function) { format!("{function}({arguments}") } else { format!("hash({column})") })
}

/// A CREATE TABLE's columns and keys without those of a global index.
fn without_global_indexes(body: &str) -> String {
    let Some((head, elements)) = body.split_once('(') else { return body.to_owned() };
    let elements = elements.trim_end().trim_end_matches(')');
    let mut kept = vec![String::new()];
    let (mut depth, mut quoted) = (0, false);
    for c in elements.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                kept.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = kept.last_mut() {
            last.push(c);
        }
    }
    kept.retain(|element| {
        let lower = element.to_ascii_lowercase();
        !lower.contains("global ") && !lower.trim_start().starts_with("clustered ")
    });
    format!("{head}({})", kept.join(","))
}
