//! The process configuration, and reading the rules folder that it names.
//!
//! [`load`] reads a configuration file and its rules, or lists every [`Problem`] of all of them at once; [`check`] is
//! `weir check`. After start only the rules change: [`load_rules`] reads them again. Secrets are never printed.

mod environment;
mod file;
mod folder;
pub mod limits;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use limits::{InstanceLimits, Limits, Setting};

use crate::backend::InstanceOptions;
use crate::rule::report::{Report, did_you_mean};
use crate::rule::{Problem, RuleSet};
use crate::wire::auth::Credential;

/// The process configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where /health and /metrics are served; None turns them off.
    pub http: Option<SocketAddr>,
    /// The folder of rule files.
    pub rules: PathBuf,
    /// Who may connect.
    pub users: Vec<User>,
    /// The servers, in the order of the file: an `InstanceId` is an index into them.
    pub instances: Vec<InstanceConfig>,
    /// Those of them that serve as merge nodes; empty for all.
    pub merge_nodes: Vec<usize>,
    /// Limits of the process.
    pub limits: Limits,
    /// What Weir shows clients that ask for TLS; None refuses TLS.
    pub tls: Option<Tls>,
}

/// A user that clients log in as.
pub struct User {
    /// The name; compared by case, as MySQL does.
    pub name: String,
    /// What the password is checked against.
    pub credential: Credential,
    /// What the user may use.
    pub schemas: Schemas,
}

/// The logical schemas of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schemas {
    /// Every schema that has a rule file, now or later.
    All,
    /// These.
    Only(Vec<String>),
}

/// One server.
#[derive(Debug)]
pub struct InstanceConfig {
    /// The name that rules use.
    pub name: String,
    /// Where it listens.
    pub address: Address,
    /// Whom Weir logs in as.
    pub user: String,
    /// That user's password.
    pub password: Secret,
    /// Connections and timeouts.
    pub limits: InstanceLimits,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an IP address, without brackets.
    pub host: String,
    /// 1–65535.
    pub port: u16,
}

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those that sign it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Reads a configuration and its rules, which get this version.
///
/// Environment variables are those of the process.
pub fn load(path: &Path, version: u64) -> Result<(Config, Vec<RuleSet>), Vec<Problem>> {
    load_with(path, version, &|name| std::env::var(name).ok())
}

/// Every problem of a configuration and its rules; none when `weir serve` would start.
pub fn check(path: &Path) -> Vec<Problem> {
    load(path, 1).err().unwrap_or_default()
}

/// Reads the rules folder of a running configuration again.
pub fn load_rules(config: &Config, version: u64) -> Result<Vec<RuleSet>, Vec<Problem>> {
    let names: Vec<&str> = config.instances.iter().map(|instance| instance.name.as_str()).collect();
    folder::load(&config.rules, &names, version)
}

/// [`load`] with the environment as given.
fn load_with(
    path: &Path,
    version: u64,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Config, Vec<RuleSet>), Vec<Problem>> {
    let file = path.display().to_string();
    let text = folder::read(path).map_err(|problem| vec![problem])?;
    let mut report = Report::new(&file, &text);
    let Some(mut root) = report.parse() else { return Err(quoting_hint(report.into_problems())) };
    environment::expand(&mut root, variable, &mut report);
    let parent = path.parent().unwrap_or(Path::new(""));
    let draft = file::Draft::read(&root, parent, &mut report);
    // The rules are looked at even when the configuration has problems, so that all are seen at once.
    let names: Vec<&str> = draft.instance_names.iter().map(String::as_str).collect();
    let rules = draft.rules.as_ref().map(|(rules, _)| folder::load(rules, &names, version)).unwrap_or(Ok(Vec::new()));
    if let Ok(rules) = &rules
        && draft.rules.is_some()
    {
        for (schema, place) in &draft.named_schemas {
            if !rules.iter().any(|rules| *rules.schema == **schema) {
                let hint = did_you_mean(schema, rules.iter().map(|rules| &*rules.schema)).unwrap_or_default();
                report.add(*place, format!("schema {schema:?} is not defined by any rule file{hint}"));
            }
        }
    }
    let mut problems = report.into_problems();
    match (rules, draft.finish()) {
        (Ok(rules), Some(config)) if problems.is_empty() => Ok((config, rules)),
        (rules, _) => {
            problems.extend(rules.err().unwrap_or_default());
            Err(problems)
        }
    }
}

/// Braces of `${NAME}` end a `{ … }` mapping early; the reader's message alone would not tell.
fn quoting_hint(mut problems: Vec<Problem>) -> Vec<Problem> {
    for problem in &mut problems {
        if problem.snippet.contains("${") {
            problem.message.push_str("; inside { } write \"${NAME}\" in quotes");
        }
    }
    problems
}

// === impl User ===

impl User {
    /// Whether the user may use a schema.
    pub fn may_use(&self, schema: &str) -> bool {
        match &self.schemas {
            Schemas::All => true,
            Schemas::Only(schemas) => schemas.iter().any(|allowed| allowed == schema),
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).field("schemas", &self.schemas).finish_non_exhaustive()
    }
}

// === impl InstanceConfig ===

impl InstanceConfig {
    /// What the backend side is given.
    ///
    /// `workers` is how many threads use it.
    pub fn options(&self, workers: usize) -> InstanceOptions {
        let limits = &self.limits;
        InstanceOptions {
            name: self.name.clone(),
            address: self.address.to_string(),
            user: self.user.clone(),
            password: self.password.expose().to_owned(),
            // The ranges of the settings fit.
            max_connections: u32::try_from(limits.max_connections).unwrap_or(u32::MAX),
            max_scatter_connections: usize::try_from(limits.max_scatter_connections).unwrap_or(1),
            connect_timeout_ms: limits.connect_timeout_ms,
            query_timeout_ms: limits.query_timeout_ms,
            io_timeout_ms: limits.io_timeout_ms,
            acquire_timeout_ms: limits.acquire_timeout_ms,
            idle_timeout_ms: limits.idle_timeout_ms,
            max_lifetime_ms: limits.max_lifetime_ms,
            health_interval_ms: limits.health_interval_ms,
            max_prepared: usize::try_from(limits.max_prepared).unwrap_or(usize::MAX),
            max_prepared_total: usize::try_from(limits.max_prepared_total).unwrap_or(usize::MAX),
            max_pipelined: usize::try_from(limits.max_pipelined).unwrap_or(1),
            workers,
        }
    }
}

// === impl Address ===

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

// === impl Secret ===

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for logging in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
