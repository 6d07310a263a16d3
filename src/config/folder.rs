//! Reading files: the configuration, and the rules folder with one YAML file for each logical schema.
//!
//! Files whose names end in `.yaml` or `.yml` count, except hidden ones; they are taken in the order of their names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rule::{self, Problem, RuleFile, RuleSet};

/// The largest file that is read; a rule file of a thousand tables has some 100 KiB.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Reads and checks a rules folder.
pub(super) fn load(folder: &Path, instances: &[&str], version: u64) -> Result<Vec<RuleSet>, Vec<Problem>> {
    let paths = rule_files(folder).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let mut texts = Vec::with_capacity(paths.len());
    for path in paths {
        match read(&path) {
            Ok(text) => texts.push((shown(&path), text)),
            Err(problem) => problems.push(problem),
        }
    }
    let files: Vec<RuleFile<'_>> = texts.iter().map(|(name, text)| RuleFile { name, text }).collect();
    match rule::check(&files, instances, version) {
        Ok(rules) if problems.is_empty() => Ok(rules),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    }
}

fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable =
        |error: &std::io::Error| Problem::of_file(shown(folder), format!("the rules folder cannot be read: {error}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if yaml && !hidden && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(Problem::of_file(shown(folder), "the rules folder has no file that ends in .yaml"));
    }
    paths.sort();
    Ok(paths)
}

/// A whole file of UTF-8.
pub(super) fn read(path: &Path) -> Result<String, Problem> {
    let problem = |message: String| Problem::of_file(shown(path), message);
    let size = fs::metadata(path).map_err(|error| problem(format!("cannot be read: {error}")))?.len();
    if size > MAX_FILE_BYTES {
        return Err(problem(format!("has {size} bytes, the limit is {MAX_FILE_BYTES}")));
    }
    let bytes = fs::read(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count();
        problem(format!("is not UTF-8 from line {} on", line + 1))
    })
}

/// A path as the DBA knows it: `rules/shop.yaml`, not `./rules/shop.yaml`.
fn shown(path: &Path) -> String {
    let plain: PathBuf = path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
    if plain.as_os_str().is_empty() { ".".to_owned() } else { plain.display().to_string() }
}
