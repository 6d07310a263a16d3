//! Reads a folder of statements that others wrote: groups of statements, each with its tables.
//!
//! - `X.txt`: a statement a line, before it perhaps a family's name and a tab; its tables are in `X_schema.sql` beside
//!   it (`X` may end in `_sample`), or in this folder;
//! - `X.ndjson`: lines `{"ddl": group, "tables": {name: CREATE TABLE}}`, then `{"ddl": group, "sql": statement}`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::tables::Table;

/// Statements over the same tables.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) tables: Vec<Table>,
    /// Family and statement.
    pub(crate) statements: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Line {
    ddl: String,
    #[serde(default)]
    tables: BTreeMap<String, String>,
    sql: Option<String>,
}

/// Every group of a folder.
pub(crate) fn groups(folder: &Path) -> Vec<Group> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut groups = Vec::new();
    for path in files {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt") => groups.push(lines(&path)),
            Some("ndjson") => groups.extend(objects(&path)),
            _ => {}
        }
    }
    groups
}

fn lines(path: &Path) -> Group {
    let stem = path.file_stem().unwrap().to_string_lossy();
    let name = stem.trim_end_matches("_sample").to_owned();
    let schema = format!("{name}_schema.sql");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora").join(&schema);
    let beside = path.with_file_name(&schema);
    let text = fs::read_to_string(if beside.exists() { beside } else { own })
        .unwrap_or_else(|error| panic!("{schema}: {error}"));
    let without_comments: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    let tables = without_comments.join("\n");
    let tables = tables.split(';').filter(|table| !table.trim().is_empty()).map(Table::of_plain).collect();
    let statements = fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| match line.split_once('\t') {
            Some((family, sql)) => (family.to_owned(), sql.to_owned()),
            None => (String::new(), line.to_owned()),
        })
        .collect();
    Group { name, tables, statements }
}

fn objects(path: &Path) -> Vec<Group> {
    let stem = path.file_stem().unwrap().to_string_lossy();
    let file = stem.trim_end_matches("_sample");
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (number, line) in (1..).zip(fs::read_to_string(path).unwrap().lines()) {
        let line: Line = match serde_saphyr::from_str(line) {
            Ok(line) => line,
            Err(error) => panic!("{}:{number}: {error}", path.display()),
        };
        let group = groups.entry(line.ddl.clone()).or_insert_with(|| Group {
            name: format!("{file} {}", line.ddl),
            tables: Vec::new(),
            statements: Vec::new(),
        });
        group.tables.extend(line.tables.values().map(|create| Table::of_drds(create)));
        group.statements.extend(line.sql.map(|sql| (String::new(), sql)));
    }
    groups.into_values().collect()
}
