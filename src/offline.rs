//! `weir explain`: a statement's route from the rules alone, without asking a backend.
//!
//! Columns are not known here, so a literal routes by its own type, and what needs columns (INSERT without a column
//! list, `*` in some places) is refused with a sentence that says so.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use crate::config;
use crate::plan::{self, Args, Context, Lookup, PlanError, Table, Tables};
use crate::rule::{DefaultPlacement, Placement, RuleSet};
use crate::sql::{self, LexMode, Lexed};

/// The catalog as the rules alone give it: every table exists.
struct RulesOnly {
    schemas: HashMap<Box<str>, Arc<RuleSet>>,
}

impl Tables for RulesOnly {
    fn table(&self, schema: &str, name: &str) -> Lookup {
        let Some(rules) = self.schemas.get(schema) else { return Lookup::NoSchema };
        let placement = match (rules.placement(name), rules.default_placement()) {
            (Some(placement), _) => placement.clone(),
            (None, DefaultPlacement::Single(shard)) => Placement::Single(*shard),
            (None, DefaultPlacement::AutoHash) => return Lookup::Missing,
        };
        Lookup::Known(Arc::new(Table {
            rules: rules.clone(),
            name: name.into(),
            placement,
            columns: None,
            unique_keys: Vec::new(),
            view: false,
            definition: None,
            triggers: Vec::new(),
            carried: None,
        }))
    }
}

/// The route and the physical statements of `sql`, for people.
///
/// # Errors
/// What is wrong with the configuration, or why the statement cannot be planned.
pub fn explain(path: &Path, schema: Option<&str>, sql: &str) -> Result<String, String> {
    let (_, rules) = config::load(path, 1)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let schemas: HashMap<Box<str>, Arc<RuleSet>> =
        rules.into_iter().map(|rules| (rules.schema.clone(), Arc::new(rules))).collect();
    let only = schemas.keys().next().filter(|_| schemas.len() == 1).cloned();
    let schema = match (schema, &only) {
        (Some(schema), _) => Some(schema),
        (None, Some(only)) => Some(&**only),
        (None, None) => None,
    };
    let mode = LexMode::default();
    let mut lexed = Lexed::default();
    sql::lex(sql.as_bytes(), mode, &mut lexed).map_err(|error| error.message.to_owned())?;
    let statement = sql::parse(sql.as_bytes(), mode, &lexed).map_err(|error| error.message)?;
    let tables = RulesOnly { schemas };
    let context =
        Context { schema, rules: schema.and_then(|schema| tables.schemas.get(schema)), tables: &tables, mode };
    let plan = match plan::plan(&statement, &lexed, sql.as_bytes(), &context) {
        Ok(plan) => plan,
        Err(PlanError::Sql(error)) => return Err(error.to_string()),
        Err(PlanError::NeedsTable { schema, table }) => return Err(format!("table {schema}.{table} is not known")),
    };
    let args = Args {
        text: sql.as_bytes(),
        lexed: &lexed,
        params: &[],
        mode,
        utf8: true,
        no_auto_value_on_zero: false,
        lax: false,
        generated: Some(1),
        row_ids: &[],
        last_insert_id: 0,
        connection_id: 0,
        user: "",
        host: "",
        found_rows: 0,
        row_count: 0,
        warning_count: 0,
        error_count: 0,
        switches: Default::default(),
    };
    let mut text = String::new();
    for note in &plan.notes {
        writeln!(text, "-- {note}").map_err(|error| error.to_string())?;
    }
    for row in plan.explain(&args).map_err(|error| error.to_string())? {
        let sql = String::from_utf8_lossy(&row.sql).into_owned();
        writeln!(text, "{}: {sql}", row.group_name).map_err(|error| error.to_string())?;
    }
    Ok(text)
}
