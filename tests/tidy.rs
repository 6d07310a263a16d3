//! What must hold of the source itself: which module may import which, how files open, how long they are, what nothing
//! is called; and that documents made from code are up to date.
//!
//! Every exception has a reason, and one that is no longer needed fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ::weir::error::{Code, Origin};

/// The modules by level; each may import those of lower levels only.
const LEVELS: &[&[&str]] = &[
    &["error", "value", "id", "deadline", "ready", "turn"],
    &["wire", "rule", "sql", "merge", "metrics"],
    &["plan", "backend", "client"],
    &["txn", "catalog", "sequence"],
    &["exec"],
    &["session", "reshard"],
    &["admin", "config"],
    &["server", "offline", "demo", "console"],
];

/// Imports within a level or upward, and why.
const EDGES: &[(&str, &str, &str)] = &[];

/// Modules that do no I/O and read no clock, and what they would need for it.
const PURE: &[&str] = &["error", "value", "id", "wire", "rule", "sql", "merge", "plan"];
const IMPURE: &[&str] = &["tokio::", "std::fs", "std::net", "std::time::Instant", "SystemTime", "std::env::var"];

/// Crates that one module alone sees.
const OWN_CRATES: &[(&str, &str)] = &[("serde_saphyr::", "rule")];

/// Files of more than 600 lines of production code, and why.
const LONG_FILES: &[(&str, &str)] = &[];

const MOST_LINES: usize = 600;

/// File names and ends of type names that say nothing.
const EMPTY_FILE_NAMES: &[&str] = &["utils", "util", "types", "misc", "common", "helpers", "helper"];
const EMPTY_TYPE_ENDS: &[&str] = &["Manager", "Helper", "Util", "Utils", "Impl", "Inner"];

/// Words that must not stand in the source.
const BANNED: &[(&str, &str)] = &[
    ("TODO", "what is not done is refused by name"),
    ("FIXME", "what is not done is refused by name"),
    ("#[allow(", "#[expect(…, reason = \"…\")] fails when it is no longer needed"),
    ("#![allow(", "#![expect(…, reason = \"…\")] fails when it is no longer needed"),
];

struct Source {
    /// Relative to the repository.
    path: String,
    text: String,
}

// === impl Source ===

impl Source {
    fn all(folder: &str) -> Vec<Self> {
        let mut sources = Vec::new();
        for path in files_under(&root().join(folder)) {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                sources.push(Self { path: relative, text: fs::read_to_string(&path).unwrap() });
            }
        }
        assert!(!sources.is_empty(), "no source under {folder}");
        sources
    }

    /// The top-level module; None for lib.rs and main.rs.
    fn module(&self) -> Option<&str> {
        let first = self.path.strip_prefix("src/")?.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (name != "lib" && name != "main").then_some(name)
    }

    /// The lines before the file's tests.
    fn production(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"))
    }

    /// The files that it declares as modules for tests only.
    fn test_files(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let mut lines = self.text.lines().map(str::trim);
        let mut files = Vec::new();
        while lines.any(|line| line == "#[cfg(test)]") {
            let mut path = None;
            let declared = lines.by_ref().find(|line| {
                path = path.or(line.strip_prefix("#[path = \"").and_then(|path| path.strip_suffix("\"]")));
                line.ends_with(['{', ';'])
            });
            if let (Some(path), Some((beside, _))) = (path, self.path.rsplit_once('/')) {
                files.push(format!("{beside}/{path}"));
            } else if let Some(name) = declared.and_then(|line| line.strip_prefix("mod ")?.strip_suffix(';')) {
                files.push(format!("{folder}/{name}.rs"));
            }
        }
        files
    }

    /// The top-level modules that its code names as `crate::module`.
    fn imports(&self) -> BTreeSet<&str> {
        let mut imports = BTreeSet::new();
        for line in self.text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            for (_, after) in line.match_indices("crate::").map(|(at, name)| line.split_at(at + name.len())) {
                let names = after.strip_prefix('{').map_or(after, |list| list.split('}').next().unwrap_or(list));
                let listed = if after.starts_with('{') { names.split(',').collect() } else { vec![names] };
                for name in listed {
                    let name = name.trim();
                    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                    imports.insert(&name[..end]);
                }
            }
        }
        imports
    }
}

/// The sources that are not wholly tests of the module beside them.
fn production_files() -> Vec<Source> {
    let sources = Source::all("src");
    let tests: Vec<String> = sources.iter().flat_map(Source::test_files).collect();
    sources.into_iter().filter(|source| !tests.contains(&source.path)).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn report(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn imports_point_down() {
    let level = |module: &str| LEVELS.iter().position(|level| level.contains(&module));
    let mut found = Vec::new();
    let mut edges_seen = BTreeSet::new();
    let mut modules_seen = BTreeSet::new();
    for source in Source::all("src") {
        let Some(module) = source.module() else { continue };
        modules_seen.insert(module.to_owned());
        let Some(own) = level(module) else {
            found.push(format!("{}: module {module} has no level", source.path));
            continue;
        };
        for import in source.imports() {
            let Some(other) = level(import).filter(|_| import != module) else { continue };
            if other < own {
                continue;
            }
            match EDGES.iter().find(|(from, to, _)| (*from, *to) == (module, import)) {
                Some(edge) => _ = edges_seen.insert(edge),
                None => found.push(format!("{}: {module} imports {import}, which is not below it", source.path)),
            }
        }
    }
    found.extend(EDGES.iter().filter(|edge| !edges_seen.contains(edge)).map(|edge| format!("stale: {edge:?}")));
    report("imports point down", &found);
}

#[test]
fn pure_modules_do_no_io() {
    let mut found = Vec::new();
    let pure = |source: &Source| source.module().is_some_and(|name| PURE.contains(&name));
    for source in production_files().iter().filter(|source| pure(source)) {
        for line in source.production().filter(|line| !line.trim_start().starts_with("//")) {
            if let Some(word) = IMPURE.iter().find(|word| line.contains(*word)) {
                found.push(format!("{}: {word}", source.path));
            }
        }
    }
    report("pure modules", &found);
}

#[test]
fn own_crates_are_seen_by_one_module() {
    let mut found = Vec::new();
    for source in Source::all("src") {
        for (name, owner) in OWN_CRATES.iter().filter(|(name, _)| source.text.contains(name)) {
            if source.module() != Some(owner) {
                found.push(format!("{}: {name} belongs to {owner}", source.path));
            }
        }
    }
    report("crates of one module", &found);
}

#[test]
fn files_open_with_what_lives_in_them() {
    let mut sources = Source::all("src");
    sources.extend(Source::all("tests"));
    let found: Vec<String> =
        sources.iter().filter(|source| !source.text.starts_with("//! ")).map(|source| source.path.clone()).collect();
    report("a file opens with //!", &found);
}

#[test]
fn files_can_be_held_in_the_head() {
    let long: BTreeMap<String, usize> = production_files()
        .into_iter()
        .map(|source| (source.path.clone(), source.production().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .collect();
    let excepted = |path: &str| LONG_FILES.iter().any(|(file, _)| *file == path);
    let mut found: Vec<String> = long
        .iter()
        .filter(|(path, _)| !excepted(path))
        .map(|(path, lines)| format!("{path}: {lines} lines of production code"))
        .collect();
    found
        .extend(LONG_FILES.iter().filter(|(file, _)| !long.contains_key(*file)).map(|file| format!("stale: {file:?}")));
    report("at most 600 lines", &found);
}

#[test]
fn names_say_something() {
    let mut found = Vec::new();
    let mut sources = Source::all("src");
    sources.extend(Source::all("tests"));
    for source in &sources {
        let named = source.path.split('/').any(|part| EMPTY_FILE_NAMES.contains(&part.trim_end_matches(".rs")));
        if named {
            found.push(source.path.clone());
        }
        for line in source.text.lines() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for pair in words.windows(2).filter(|pair| ["struct", "enum", "trait"].contains(&pair[0])) {
                if EMPTY_TYPE_ENDS.iter().any(|end| pair[1].ends_with(end)) {
                    found.push(format!("{}: {}", source.path, line.trim()));
                }
            }
        }
    }
    report("names that say nothing", &found);
}

#[test]
fn banned_words_are_absent() {
    let mut sources = Source::all("src");
    sources.extend(Source::all("tests"));
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path != "tests/tidy.rs") {
        for (number, line) in (1..).zip(source.text.lines()) {
            for (word, why) in BANNED.iter().filter(|(word, _)| line.contains(word)) {
                found.push(format!("{}:{number}: {word}: {why}", source.path));
            }
        }
    }
    report("banned words", &found);
}

/// Every data file under tests/ is named, itself or by its folder or extension, in some test.
#[test]
fn no_test_data_lies_unused() {
    let mut sources = Source::all("tests");
    sources.extend(Source::all("src"));
    let named = |what: &str| sources.iter().any(|source| source.text.contains(what));
    let found: Vec<String> = files_under(&root().join("tests"))
        .into_iter()
        .filter(|path| path.extension().is_none_or(|extension| extension != "rs"))
        .map(|path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned())
        .filter(|path| {
            let (folder, file) = path.rsplit_once('/').unwrap();
            let within = path.trim_start_matches("tests/");
            !named(&format!("{folder}\"")) && !named(&format!("\"{file}\"")) && !named(&format!("\"{within}\""))
        })
        .collect();
    report("no test names these files", &found);
}

/// `docs/errors.md` is what the code says; `WEIR_UPDATE_DOCS=1` writes it.
#[test]
fn the_list_of_errors_is_up_to_date() {
    let path = root().join("docs/errors.md");
    let due = errors_document();
    if std::env::var_os("WEIR_UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &due).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == due,
        "docs/errors.md is not what src/error/code.rs says; WEIR_UPDATE_DOCS=1 cargo test writes it"
    );
}

fn errors_document() -> String {
    let mut text = "# Errors that Weir raises\n\n\
        A backend's own errors pass through with their number, state and text, physical names turned back to logical\n\
        ones. Where MySQL has a number for what Weir refuses, Weir uses it; its own numbers start at 21001 and are never\n\
        used again for something else. This page is made from `src/error/code.rs`.\n\n\
        | number | SQLSTATE | name | who failed | what it means |\n|---|---|---|---|---|\n"
        .to_owned();
    let mut codes: Vec<Code> = Code::ALL.to_vec();
    codes.sort_by_key(|code| code.errno());
    for code in codes {
        let origin = match code.origin() {
            Origin::Client => "the client",
            Origin::Weir => "Weir",
            Origin::Backend => "a backend",
        };
        let state = code.sqlstate();
        let state = String::from_utf8_lossy(&state);
        let meaning = code.explanation().trim().replace('|', "\\|");
        text += &format!("| {} | {state} | {} | {origin} | {meaning} |\n", code.errno(), code.name());
    }
    text
}
