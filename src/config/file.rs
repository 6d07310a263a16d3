//! The process configuration as YAML: from the text of the file to [`Config`], with every problem.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::limits::{InstanceLimits, Limits};
use super::{Address, Config, InstanceConfig, Schemas, Secret, Tls, User};
use crate::rule::Place;
use crate::rule::report::{Fields, Report};
use crate::rule::yaml::{Content, Node};
use crate::wire::auth::Credential;

const KEYS: [&str; 8] = ["listen", "http", "rules", "users", "instances", "merge_nodes", "limits", "tls"];
/// `InstanceId` is 16 bits wide.
const MAX_INSTANCES: usize = 4096;

/// What could be read of a configuration; complete only when the report is clean.
#[derive(Debug, Default)]
pub(super) struct Draft {
    listen: Option<SocketAddr>,
    http: Option<SocketAddr>,
    /// The rules folder, and where it is named.
    pub(super) rules: Option<(PathBuf, Place)>,
    /// Names of all instances, also of those with problems.
    pub(super) instance_names: Vec<String>,
    instances: Vec<InstanceConfig>,
    /// Indexes into the names of all instances.
    merge_nodes: Vec<usize>,
    users: Vec<User>,
    /// Every schema that a user names, and where.
    pub(super) named_schemas: Vec<(String, Place)>,
    limits: Limits,
    tls: Option<Tls>,
}

// === impl Draft ===

impl Draft {
    /// Reads a tree whose variables are expanded. Relative paths are relative to `folder`.
    pub(super) fn read(root: &Node, folder: &Path, report: &mut Report<'_>) -> Self {
        let mut draft = Self::default();
        let Some(fields) = report.fields(root, "the configuration", &KEYS) else { return draft };
        let listen = fields.required("listen", "the configuration", report);
        draft.listen = listen.and_then(|node| socket_address(report, node, "listen"));
        draft.http = fields.value("http").and_then(|node| socket_address(report, node, "http"));
        if let (Some(listen), Some(node)) = (draft.listen, fields.value("http"))
            && draft.http == Some(listen)
        {
            report.add(node.place, "http and listen cannot have the same address");
        }
        if let Some(node) = fields.required("rules", "the configuration", report) {
            draft.rules = report.text(node, "rules").map(|path| (folder.join(path), node.place));
        }
        if let Some(node) = fields.required("instances", "the configuration", report) {
            draft.read_instances(node, report);
        }
        if let Some(node) = fields.value("merge_nodes") {
            draft.read_merge_nodes(node, report);
        }
        if let Some(node) = fields.required("users", "the configuration", report) {
            draft.read_users(node, report);
        }
        if let Some(fields) = fields.value("limits").and_then(|node| report.fields(node, "limits", Limits::KEYS)) {
            draft.limits = Limits::read(&fields, report);
        }
        draft.tls = fields.value("tls").and_then(|node| tls(report, node, folder));
        draft
    }

    /// The configuration, if nothing that it needs is missing.
    pub(super) fn finish(self) -> Option<Config> {
        Some(Config {
            listen: self.listen?,
            http: self.http,
            rules: self.rules?.0,
            users: self.users,
            instances: self.instances,
            merge_nodes: self.merge_nodes,
            limits: self.limits,
            tls: self.tls,
        })
    }

    fn read_instances(&mut self, node: &Node, report: &mut Report<'_>) {
        let Some(entries) = report.names(node, "instances") else { return };
        if entries.is_empty() {
            report.add(node.place, "instances must name at least one server");
        }
        if entries.len() > MAX_INSTANCES {
            report.add(node.place, format!("there can be at most {MAX_INSTANCES} instances"));
            return;
        }
        let keys: Vec<&str> =
            ["address", "user", "password"].into_iter().chain(InstanceLimits::KEYS.iter().copied()).collect();
        for entry in entries {
            self.instance_names.push(entry.key.clone());
            let what = format!("instance {:?}", entry.key);
            if entry.key.is_empty() || entry.key.chars().any(char::is_control) {
                report.add(entry.key_place, "an instance needs a name that can be printed");
            }
            let Some(fields) = report.fields(&entry.value, &what, &keys) else { continue };
            let address = fields.required("address", &what, report).and_then(|node| address(report, node));
            if let (Some(address), Some(node)) = (&address, fields.value("address"))
                && let Some(other) = self.instances.iter().find(|other| other.address == *address)
            {
                // One server under two names would take part twice in one transaction.
                report.add(node.place, format!("{what} has the address of instance {:?}", other.name));
            }
            let user = fields.required("user", &what, report).and_then(|node| report.text(node, "user"));
            let password = password(report, &fields, &what);
            let limits = InstanceLimits::read(&fields, report);
            if let (Some(address), Some(user), Some(password)) = (address, user, password) {
                let name = entry.key.clone();
                self.instances.push(InstanceConfig { name, address, user: user.to_owned(), password, limits });
            }
        }
    }

    fn read_merge_nodes(&mut self, node: &Node, report: &mut Report<'_>) {
        let Some(items) = report.list(node, "merge_nodes") else { return };
        if items.is_empty() {
            report.add(node.place, "merge_nodes must name at least one instance; without the key any instance is one");
        }
        for item in items {
            let Some(name) = report.text(item, "a merge node") else { continue };
            match self.instance_names.iter().position(|known| known == name) {
                None => report.add(item.place, format!("merge_nodes names {name:?}, which is not an instance")),
                Some(at) if self.merge_nodes.contains(&at) => {
                    report.add(item.place, format!("merge_nodes names {name:?} twice"));
                }
                Some(at) => self.merge_nodes.push(at),
            }
        }
    }

    fn read_users(&mut self, node: &Node, report: &mut Report<'_>) {
        let Some(entries) = report.names(node, "users") else { return };
        for entry in entries {
            let what = format!("user {:?}", entry.key);
            if entry.key.chars().count() > 80 {
                report.add(entry.key_place, "a user's name can have at most 80 characters");
            }
            let Some(fields) = report.fields(&entry.value, &what, &["password", "schemas"]) else { continue };
            let schemas = match fields.value("schemas") {
                None => Some(Schemas::All),
                Some(node) => report.list(node, "schemas").map(|items| {
                    let named = items.iter().filter_map(|item| Some((report.text(item, "a schema")?, item.place)));
                    let named: Vec<(String, Place)> = named.map(|(name, place)| (name.to_owned(), place)).collect();
                    self.named_schemas.extend(named.iter().cloned());
                    Schemas::Only(named.into_iter().map(|(name, _)| name).collect())
                }),
            };
            let Some(password) = password(report, &fields, &what) else { continue };
            let Some(credential) = credential(report, &fields, &password) else { continue };
            if let Some(schemas) = schemas {
                self.users.push(User { name: entry.key.clone(), credential, schemas });
            }
        }
    }
}

fn socket_address(report: &mut Report<'_>, node: &Node, what: &str) -> Option<SocketAddr> {
    let text = report.text(node, what)?;
    let address = text.parse().ok();
    if address.is_none() {
        let message = format!("{what} must be an IP address and a port, as in 127.0.0.1:3307, but this is {text}");
        report.add(node.place, message);
    }
    address
}

/// `host:port`; an IPv6 address stands in brackets.
fn address(report: &mut Report<'_>, node: &Node) -> Option<Address> {
    let text = report.text(node, "address")?;
    let parsed = text.rsplit_once(':').and_then(|(host, port)| {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let plain = bare.is_some() || !host.contains(':');
        let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
        let host = bare.unwrap_or(host);
        (plain && !host.is_empty()).then(|| Address { host: host.to_owned(), port })
    });
    if parsed.is_none() {
        let message = format!("address must be a host and a port, as in 127.0.0.1:3306, but this is {text}");
        report.add(node.place, message);
    }
    parsed
}

/// `password:`, which must be there, but may be an empty text in quotes.
fn password(report: &mut Report<'_>, fields: &Fields<'_>, what: &str) -> Option<Secret> {
    let node = fields.required("password", what, report)?;
    match &node.content {
        Content::Scalar { text, .. } => Some(Secret::new(text.clone())),
        Content::Empty | Content::List(_) | Content::Map(_) => {
            report.add(node.place, "password must be a text; write \"\" for an empty one");
            None
        }
    }
}

/// What a client's password is checked against.
fn credential(report: &mut Report<'_>, fields: &Fields<'_>, password: &Secret) -> Option<Credential> {
    let text = password.expose().as_bytes();
    if !Credential::looks_like_hash(text) {
        return Some(Credential::from_password(text));
    }
    match Credential::from_hash(text) {
        Ok(credential) => Some(credential),
        Err(why) => {
            let place = fields.value("password").map_or(fields.place, |node| node.place);
            report.add(place, why.to_string());
            None
        }
    }
}

fn tls(report: &mut Report<'_>, node: &Node, folder: &Path) -> Option<Tls> {
    let fields = report.fields(node, "tls", &["certificate", "key"])?;
    let mut file = |key: &str| {
        let node = fields.required(key, "tls", report)?;
        let path = folder.join(report.text(node, key)?);
        if let Err(error) = std::fs::File::open(&path) {
            report.add(node.place, format!("{key} cannot be read: {error}"));
        }
        Some(path)
    };
    let (certificate, key) = (file("certificate"), file("key"));
    Some(Tls { certificate: certificate?, key: key? })
}
