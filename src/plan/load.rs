//! LOAD DATA LOCAL INFILE: the client's file is cut into lines, and each node is sent its own, byte by byte as they came.
//!
//! A node gets the client's statement with its table's name, without IGNORE n LINES, and with the charset of the file
//! spelt out. What values become is the node's business; only the shard keys are looked at here, as those of an INSERT.
//! LOCAL means IGNORE, unless REPLACE stands there, so what is refused for those is refused here.

use super::insert::{copies_alike, is_checked};
use super::lines::{FieldValue, LineFormat};
use super::operand::{Given, other_text};
use super::resolve::{Naming, Resolver, quoted, refuse};
use super::rows::{Placing, number};
use super::{
    Access, Combine, Edit, Generate, Plan, PlanError, Replacement, Routing, Table, constraint, key_setters, met,
};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::plan::KeyCondition;
use crate::rule::{KeyValue, Placement};
use crate::sql::Span;
use crate::sql::ast::{ColumnName, Insert, InsertSource, LiteralKind, LoadData, LoadTarget};
use crate::value::{Column, Value};

/// What LOAD DATA LOCAL does with a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The file's name, as the client is asked for it.
    pub file: Box<[u8]>,
    /// What the file looks like, but for its charset.
    pub format: LineFormat,
    /// IGNORE n LINES.
    pub skipped: u64,
    /// Rows that meet others are left out, and values are made to fit; else REPLACE.
    pub ignores: bool,
    /// The charset of the file.
    pub charset: LoadCharset,
    /// User variables that take fields: the last line's are the session's.
    pub variables: Vec<Box<str>>,
    /// Weir gives AUTO_INCREMENT values, and puts them in front of each line as a field of its own.
    pub generates: bool,
    /// The server of a single table gives AUTO_INCREMENT values.
    pub asks_id: bool,
    /// A row may be left out for what it says, and the server then does not count it.
    pub is_checked: bool,
    /// Where CHARACTER SET can be put, in the normal form.
    charset_at: Span,
    /// Where the shard keys come from.
    keys: Vec<Source>,
    /// Where the file's own AUTO_INCREMENT values are, in `LineFormat::wanted`.
    own_ids: Option<usize>,
}

/// The charset of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadCharset {
    /// As CHARACTER SET says.
    Named(Box<str>),
    /// That of the session's schema, which is the table's.
    OfSchema,
    /// The server's, where no schema is chosen.
    OfServer,
}

/// Where a shard key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A field, by its place in `LineFormat::wanted`.
    Field(usize),
    /// The AUTO_INCREMENT value that Weir gives.
    Generated,
}

/// Says where lines go.
pub struct LinePlacing<'t> {
    load: &'t Load,
    table: &'t Table,
    /// None where every line goes to every node.
    placing: Option<Placing<'t>>,
}

/// What takes the fields, and where keys and ids are among it.
struct Fields<'l> {
    names: Vec<Option<String>>,
    load: &'l LoadData,
    table: &'l Table,
}

/// Charsets of which a byte is a letter, and ASCII is ASCII.
const OF_BYTES: [&str; 22] = [
    "latin1", "ascii", "binary", "latin2", "latin5", "latin7", "cp1250", "cp1251", "cp1256", "cp1257", "cp850",
    "cp852", "cp866", "koi8r", "koi8u", "hebrew", "greek", "tis620", "armscii8", "dec8", "hp8", "keybcs2",
];

/// Plans LOAD DATA LOCAL INFILE.
pub(super) fn plan(load: &LoadData, mut resolver: Resolver<'_>) -> Result<Plan, PlanError> {
    let block = resolver.block(None);
    resolver.mention(&load.table, None, load.partition, Naming::Bare, block)?;
    for target in &load.targets {
        if let LoadTarget::Column(column) = target {
            resolver.assigned(column, block)?;
        }
    }
    for assignment in &load.assignments {
        resolver.assigned(&assignment.column, block)?;
        resolver.expr(&assignment.value, block)?;
    }
    let Some(table) = resolver.found.tables.first().cloned() else {
        return refuse(Code::UnsupportedStatement, "LOAD DATA into a table of the server is not served");
    };
    plain_values(&resolver)?;
    let format = format(load, &resolver)?;
    let fields = Fields::of(load, &table)?;
    let several = !matches!(table.placement, Placement::Single(_));
    let automatic = table.columns.iter().flatten().find(|column| column.auto_increment && several);
    let (mut wanted, mut own_ids, mut generated) = (Vec::new(), None, None);
    if let Some(column) = automatic {
        match fields.place(&column.name)? {
            Some(place) => own_ids = Some(place),
            None => {
                prefixes(load, &table)?;
                generated = Some(column.name.as_str());
            }
        }
    }
    let mut keys = Vec::new();
    if let Placement::Split(split) = &table.placement {
        for key in split.key_columns() {
            keys.push(match fields.place(key)? {
                Some(place) => Ok(place),
                None if generated.is_some_and(|name| name.eq_ignore_ascii_case(key)) => Err(()),
                None => {
                    let message = format!("the file gives no value for the shard key '{}.{key}'; name it", table.name);
                    return refuse(Code::ShardKeyMissing, message);
                }
            });
        }
    }
    wanted.extend(keys.iter().filter_map(|key| key.ok()).chain(own_ids));
    wanted.sort_unstable();
    wanted.dedup();
    let among = |place: usize| wanted.iter().position(|wanted| *wanted == place);
    let source = |key: &Result<usize, ()>| key.ok().and_then(among).map_or(Source::Generated, Source::Field);
    let keys = keys.iter().map(source).collect();
    keeps_rows(load, &table, generated)?;
    edit(load, generated, &mut resolver);
    let (routing, combine) = match &table.placement {
        Placement::Split(_) => {
            (Routing::Split { table: 0, conditions: KeyCondition::Any, also: Vec::new() }, Combine::Affected)
        }
        Placement::Broadcast => {
            copies_alike(resolver.found.random.as_deref())?;
            (Routing::Broadcast, Combine::Same)
        }
        Placement::Single(shard) => (Routing::Fixed(DataNode { shard: *shard, table: 0 }), Combine::Same),
    };
    let schema = resolver.context.schema;
    let charset = match (&load.charset, schema) {
        (Some(name), _) => LoadCharset::Named(name.as_str().into()),
        (None, Some(schema)) if schema.eq_ignore_ascii_case(&table.rules.schema) => LoadCharset::OfSchema,
        (None, None) => LoadCharset::OfServer,
        (None, Some(_)) => {
            let message = "LOAD DATA into a table of another schema is served with CHARACTER SET only: name the file's";
            return refuse(Code::UnsupportedStatement, message);
        }
    };
    let at = resolver.normal(Span { start: load.charset_at, end: load.charset_at });
    let variable = |target: &LoadTarget| match target {
        LoadTarget::Variable(name) => Some(name.as_str().into()),
        LoadTarget::Column(_) => None,
    };
    let mut variables: Vec<Box<str>> = load.targets.iter().filter_map(variable).collect();
    variables.sort_unstable();
    variables.dedup();
    let own_ids = own_ids.and_then(among);
    let format = LineFormat { fields: fields.names.len(), wanted: wanted.into(), ..format };
    resolver.found.needs.timestamp = true;
    let mut plan = Plan::of(resolver.found, routing);
    plan.access = Access::Write;
    plan.combine = combine;
    plan.load = Some(Box::new(Load {
        file: load.file.as_slice().into(),
        format,
        skipped: load.skipped.map_or(0, |(lines, _)| lines),
        ignores: !load.replace,
        charset,
        variables,
        generates: generated.is_some(),
        asks_id: !several && table.columns.iter().flatten().any(|column| column.auto_increment),
        is_checked: is_checked(&table, None),
        charset_at: at,
        keys,
        own_ids,
    }));
    Ok(plan)
}

/// No hint sends a file elsewhere.
pub(super) fn unhinted(plan: &Plan) -> Result<(), PlanError> {
    match (&plan.load, &plan.routing) {
        (Some(_), Routing::Hinted(_)) => refuse(Code::BadHint, "LOAD DATA takes no hint that names shards"),
        _ => Ok(()),
    }
}

/// SET gives each row a value that rests on this row alone.
fn plain_values(resolver: &Resolver<'_>) -> Result<(), PlanError> {
    let found = &resolver.found;
    let what = if found.tables.len() > 1 || found.nested_queries > 0 {
        "a query in SET"
    } else if !found.needs.assigns.is_empty() {
        "an assignment to a user variable in SET"
    } else if found.needs.sets_insert_id {
        "LAST_INSERT_ID(expr)"
    } else if found.stored.is_some() {
        "a stored function"
    } else {
        return Ok(());
    };
    refuse(Code::UnsupportedStatement, format!("LOAD DATA with {what} is not served"))
}

fn format(load: &LoadData, resolver: &Resolver<'_>) -> Result<LineFormat, PlanError> {
    let escaped = load.escaped.as_deref();
    let separators = [&load.field_end, &load.enclosed, &load.line_start, &load.line_end];
    if !separators.iter().copied().map(Vec::as_slice).chain(escaped).all(<[u8]>::is_ascii) {
        return refuse(Code::UnsupportedStatement, "LOAD DATA with separators beyond ASCII is not served");
    }
    if load.field_end.is_empty() && load.enclosed.is_empty() {
        let message = "LOAD DATA of fields of a fixed width is not served: give FIELDS TERMINATED BY";
        return refuse(Code::UnsupportedStatement, message);
    }
    let line_end: &[u8] = if load.line_end == load.field_end { &[] } else { &load.line_end };
    if line_end.is_empty() && load.skipped.is_some_and(|(lines, _)| lines > 0) {
        let message = "IGNORE n LINES of a file whose lines have no terminator of their own is not served";
        return refuse(Code::UnsupportedStatement, message);
    }
    let default: &[u8] = if resolver.context.mode.no_backslash_escapes { &[] } else { b"\\" };
    Ok(LineFormat {
        fields: 0,
        field_end: load.field_end.as_slice().into(),
        line_end: line_end.into(),
        line_start: load.line_start.as_slice().into(),
        enclosed: load.enclosed.first().copied(),
        escape: escaped.unwrap_or(default).first().copied(),
        wanted: Box::default(),
        utf8: true,
    })
}

/// A number can be put in front of a line as a field.
fn prefixes(load: &LoadData, table: &Table) -> Result<(), PlanError> {
    let separators = [&load.field_end, &load.enclosed, &load.line_end].into_iter().chain(&load.escaped);
    let mut bytes = separators.flatten();
    if load.field_end.is_empty() || bytes.any(u8::is_ascii_digit) {
        let message = format!(
            "LOAD DATA cannot give AUTO_INCREMENT values to '{}' where fields have no terminator or digits separate them",
            table.name
        );
        return refuse(Code::UnsupportedStatement, message);
    }
    Ok(())
}

/// What is refused for INSERT IGNORE and REPLACE.
fn keeps_rows(load: &LoadData, table: &Table, generated: Option<&str>) -> Result<(), SqlError> {
    key_setters::inserted(table)?;
    if !load.replace {
        constraint::ignored(table)?;
    }
    let insert = Insert {
        replace: load.replace,
        ignore: !load.replace,
        table: load.table.clone(),
        partition: None,
        columns: Vec::new(),
        has_columns: true,
        columns_end: None,
        source: InsertSource::Set(Vec::new()),
        on_duplicate: Vec::new(),
        row_alias: None,
        returning: Vec::new(),
    };
    let generate = generated.map(|column| Generate { column: column.into(), cells: vec![None] });
    met::unique_keys_hold(&insert, table, generate.as_ref()).map_err(|error| {
        let message = format!("LOAD DATA LOCAL passes over rows that are there: {}", error.message);
        SqlError { message, ..error }
    })
}

/// What nodes read instead: all lines, and the column that Weir fills.
fn edit(load: &LoadData, generated: Option<&str>, resolver: &mut Resolver<'_>) {
    if let Some((_, at)) = load.skipped {
        resolver.replace(at, Replacement::Text(" ".into()));
    }
    // There is a list then: without one, all columns are in the file.
    let Some(column) = generated else { return };
    let start = load.targets_at.start + 1;
    let text = format!("{}, ", quoted(column));
    resolver.replace(Span { start, end: start }, Replacement::Text(text.into()));
}

// === impl Fields ===

impl<'l> Fields<'l> {
    fn of(load: &'l LoadData, table: &'l Table) -> Result<Self, PlanError> {
        let target = |target: &LoadTarget| match target {
            LoadTarget::Column(ColumnName { column, .. }) => Some(column.text.clone()),
            LoadTarget::Variable(_) => None,
        };
        if !load.targets.is_empty() {
            return Ok(Self { names: load.targets.iter().map(target).collect(), load, table });
        }
        let plain = |column: &Column| !column.generated && !column.invisible;
        let columns = table.columns.as_ref().filter(|columns| !columns.is_empty() && columns.iter().all(plain));
        match columns {
            Some(columns) => {
                Ok(Self { names: columns.iter().map(|column| Some(column.name.clone())).collect(), load, table })
            }
            None => {
                let message = format!("name the columns of '{}' that the file has, in their order", table.name);
                refuse(Code::UnsupportedStatement, message)
            }
        }
    }

    /// The field that a column takes; SET and a second field must not give it another value.
    fn place(&self, column: &str) -> Result<Option<usize>, PlanError> {
        let is_it = |name: &str| name.eq_ignore_ascii_case(column);
        let mut places =
            self.names.iter().enumerate().filter(|(_, name)| name.as_deref().is_some_and(is_it)).map(|(at, _)| at);
        let place = places.next();
        let set = self.load.assignments.iter().any(|assignment| is_it(&assignment.column.column.text));
        let generated = |name: &str| {
            let mut columns = self.table.columns.iter().flatten();
            columns.any(|column| column.generated && column.name.eq_ignore_ascii_case(name))
        };
        if set || places.next().is_some() || (place.is_some() && generated(column)) {
            let message =
                format!("LOAD DATA must take '{}.{column}' from one field, as it stands there", self.table.name);
            return refuse(Code::ShardKeyMissing, message);
        }
        Ok(place)
    }
}

// === impl Load ===

impl Load {
    /// Whether a file's charset is UTF-8; None of one whose letters may hold bytes of ASCII, or that is not known.
    pub fn utf8(charset: &str) -> Option<bool> {
        match charset {
            "utf8mb4" | "utf8mb3" | "utf8" => Some(true),
            _ => OF_BYTES.contains(&charset).then_some(false),
        }
    }
}

// === impl Plan ===

impl Plan {
    /// The plan with the file's charset spelt out: nodes have no schema that could say it.
    #[must_use]
    pub fn with_file_charset(&self, charset: &str) -> Self {
        let mut plan = self.clone();
        let Some(load) = plan.load.as_deref_mut() else { return plan };
        load.format.utf8 = Load::utf8(charset) == Some(true);
        if !matches!(load.charset, LoadCharset::Named(_)) {
            let edit =
                Edit { at: load.charset_at, with: Replacement::Text(format!(" CHARACTER SET {charset} ").into()) };
            for edits in [&mut plan.single, &mut plan.many] {
                let at = edits.partition_point(|other| other.at.end <= edit.at.start);
                edits.insert(at, edit.clone());
            }
        }
        plan
    }

    /// Says where the file's lines go.
    ///
    /// # Errors
    /// The plan is that of another statement.
    pub fn line_placing(&self) -> Result<LinePlacing<'_>, SqlError> {
        let load = self.load.as_deref().ok_or_else(other_text)?;
        let table = self.tables.first().ok_or_else(other_text)?;
        let split = matches!(table.placement, Placement::Split(_));
        let placing = split.then(|| Placing::of(table, load.format.utf8)).transpose()?;
        Ok(LinePlacing { load, table, placing })
    }
}

// === impl LinePlacing ===

impl LinePlacing<'_> {
    /// The node of a line with these values of the wanted fields, and the AUTO_INCREMENT value that Weir gives it; None
    /// where every node gets every line.
    ///
    /// # Errors
    /// A shard key that cannot be routed, for the reason given.
    pub fn node(&mut self, fields: &[FieldValue], generated: Option<u64>) -> Result<Option<DataNode>, SqlError> {
        let Some(placing) = &mut self.placing else { return Ok(None) };
        let mut values: [KeyValue<'_>; 4] = [const { KeyValue::Null }; 4];
        for (key, (source, slot)) in self.load.keys.iter().zip(&mut values).enumerate() {
            let given = match source {
                Source::Generated => number(generated.ok_or_else(other_text)?),
                Source::Field(place) => given(fields.get(*place).ok_or_else(other_text)?, self.table)?,
            };
            *slot = placing.key(key, &given)?;
        }
        placing.node(&values).map(Some)
    }

    /// The AUTO_INCREMENT value that a line brings itself, for the sequence to step over; 0 for one below.
    ///
    /// # Errors
    /// It brings none: NULL, 0, or what is no integer.
    pub fn own_id(&self, fields: &[FieldValue]) -> Result<Option<u64>, SqlError> {
        let Some(place) = self.load.own_ids else { return Ok(None) };
        let field = fields.get(place).ok_or_else(other_text)?;
        let text = std::str::from_utf8(&field.bytes).unwrap_or_default();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = !field.null && !field.missing && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<i128>() {
            Ok(value) if whole && value < 0 => Ok(Some(0)),
            Ok(value) if whole && value > 0 => Ok(Some(u64::try_from(value).unwrap_or(u64::MAX))),
            _ => Err(SqlError::new(
                Code::ShardKeyValue,
                format!(
                    "the AUTO_INCREMENT column of '{}' must be an integer above 0 in every line, or not in the column list",
                    self.table.name
                ),
            )),
        }
    }
}

fn given<'f>(field: &'f FieldValue, table: &Table) -> Result<Given<'f>, SqlError> {
    if field.missing {
        let message = format!("the line ends before the shard key of '{}'", table.name);
        return Err(SqlError::new(Code::ShardKeyMissing, message));
    }
    if field.null {
        return Ok(Given { value: Value::Null, kind: LiteralKind::Null });
    }
    if std::str::from_utf8(&field.bytes).is_err() {
        let message = format!("the shard key of '{}' cannot be routed by bytes that are not UTF-8", table.name);
        return Err(SqlError::new(Code::ShardKeyValue, message));
    }
    Ok(Given { value: Value::Bytes(field.bytes.as_slice().into()), kind: LiteralKind::String })
}
