//! Weir under test: its configuration and rules in a scratch folder, the built binary, its log when a test fails.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use mysql_async::Conn;

use crate::process::{Process, free_port, output_of, scratch};
use crate::servers::{PASSWORD, Server, USER, connect};

/// The account of Weir's clients.
pub(crate) const APP: &str = "app";
/// Its password.
pub(crate) const APP_PASSWORD: &str = "app-secret";

/// Of every instance unless a test says otherwise: a loaded machine that stands still for some seconds is no failure.
const PATIENCE: [&str; 2] = ["connect_timeout_ms: 20000", "acquire_timeout_ms: 20000"];

const START_LIMIT: Duration = Duration::from_secs(30);

/// What is written into the configuration and the rule file.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Name, port, user and password of each instance.
    instances: Vec<(String, u16, String, String)>,
    /// Further settings of every instance.
    instance_settings: String,
    /// Further lines of the configuration, at the top level.
    settings: String,
    /// Schema name and text of each rule file.
    rules: Vec<(String, String)>,
    /// Environment variables.
    environment: Vec<(String, String)>,
}

/// A running `weir serve`.
pub(crate) struct Weir {
    pub(crate) port: u16,
    process: Process,
    folder: PathBuf,
}

// === impl Setup ===

impl Setup {
    /// Instances a, b, c … at the given servers.
    pub(crate) fn over<'a>(servers: impl IntoIterator<Item = &'a Server>) -> Self {
        Self::over_ports(servers.into_iter().map(|server| server.port))
    }

    /// Instances a, b, c … at the given ports, whatever is there.
    pub(crate) fn over_ports(ports: impl IntoIterator<Item = u16>) -> Self {
        let instances = ('a'..='z')
            .zip(ports)
            .map(|(name, port)| (name.to_string(), port, USER.to_owned(), PASSWORD.to_owned()))
            .collect();
        Self {
            instances,
            instance_settings: String::new(),
            settings: String::new(),
            rules: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// The password that Weir uses for all instances.
    pub(crate) fn instance_password(mut self, password: &str) -> Self {
        for instance in &mut self.instances {
            password.clone_into(&mut instance.3);
        }
        self
    }

    /// A setting of every instance, `name: value`.
    pub(crate) fn instance_setting(mut self, setting: &str) -> Self {
        self.instance_settings.push_str(", ");
        self.instance_settings.push_str(setting);
        self
    }

    /// Lines for the configuration's top level.
    pub(crate) fn setting(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self.settings.push('\n');
        self
    }

    /// An environment variable.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A rule file.
    pub(crate) fn rules(mut self, schema: &str, text: impl Into<String>) -> Self {
        self.rules.push((schema.to_owned(), text.into()));
        self
    }

    /// The command `weir <verb> --config FILE`, its files written.
    pub(crate) fn command(&self, verb: &str, port: u16) -> (Command, PathBuf) {
        let folder = scratch("weir");
        fs::create_dir(folder.join("rules")).expect("a folder");
        for (schema, text) in &self.rules {
            fs::write(folder.join(format!("rules/{schema}.yaml")), text).expect("a file");
        }
        let config = folder.join("weir.yaml");
        fs::write(&config, self.configuration(port)).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.arg(verb).arg("--config").arg(&config).current_dir(&folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        (command, folder)
    }

    fn configuration(&self, port: u16) -> String {
        let schemas: Vec<&str> = self.rules.iter().map(|(schema, _)| schema.as_str()).collect();
        let mut text = format!(
            "listen: 127.0.0.1:{port}\nrules: ./rules\nusers:\n  {APP}: {{ password: {APP_PASSWORD}, schemas: [{}] }}\n\
             instances:\n",
            schemas.join(", ")
        );
        let mut more = self.instance_settings.clone();
        for patience in PATIENCE {
            let (setting, _) = patience.split_once(':').expect("name: value");
            if !more.contains(setting) {
                more.push_str(", ");
                more.push_str(patience);
            }
        }
        for (name, port, user, password) in &self.instances {
            writeln!(text, "  {name}: {{ address: 127.0.0.1:{port}, user: {user}, password: {password}{more} }}")
                .expect("a string takes all");
        }
        text + &self.settings
    }

    /// Starts Weir; a failure shows the configuration's folder and what Weir said.
    pub(crate) fn start(self) -> Weir {
        self.start_at(free_port())
    }

    /// Starts Weir at a port, as after a crash.
    pub(crate) fn start_at(&self, port: u16) -> Weir {
        let (command, folder) = self.command("serve", port);
        let process = Process::start(&command, &folder.join("log"), Some(&folder));
        if let Err(why) = process.wait_for_greeting(port, START_LIMIT) {
            panic!("weir serve {why}\nconfiguration:\n{}", self.configuration(port));
        }
        Weir { port, process, folder }
    }

    /// Runs a command that ends by itself: whether it succeeded, and what it printed.
    pub(crate) fn run(&self, verb: &str, arguments: &[&str]) -> (bool, String) {
        let (mut command, _folder) = self.command(verb, free_port());
        output_of(command.args(arguments))
    }
}

// === impl Weir ===

impl Weir {
    /// A client's connection.
    pub(crate) async fn connect(&self, schema: &str) -> Conn {
        connect(self.port, APP, APP_PASSWORD, Some(schema))
            .await
            .unwrap_or_else(|error| panic!("weir does not let a client in: {error}\n{}", self.process.log()))
    }

    /// Writes a rule file anew, as an editor does: a new file takes the old one's place.
    pub(crate) fn rewrite_rules(&self, schema: &str, text: &str) {
        let new = self.folder.join(format!("rules/.{schema}.new"));
        fs::write(&new, text).expect("a file");
        fs::rename(new, self.folder.join(format!("rules/{schema}.yaml"))).expect("a file");
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("--- what weir logged ---\n{}", self.process.log());
        }
    }
}

/// The `shards:` section that spreads `{prefix}_00` … `{prefix}_07` evenly over the first instances.
pub(crate) fn eight_shards(prefix: &str, instances: usize) -> String {
    let each = 8 / instances;
    let mut text = "shards:\n".to_owned();
    for (number, name) in ('a'..='z').take(instances).enumerate() {
        let (first, last) = (number * each, number * each + each - 1);
        writeln!(text, "  - {{ database: \"{prefix}_{{{first:02}..{last:02}}}\", instance: {name} }}")
            .expect("a string takes all");
    }
    text
}

/// Rules over eight shards: tables as lines of the rule file, all others in the first shard.
pub(crate) fn rules_over_eight(schema: &str, prefix: &str, instances: usize, tables: &str) -> String {
    let shards = eight_shards(prefix, instances);
    format!("schema: {schema}\n{shards}default: {{ single: {prefix}_00 }}\ntables:\n{tables}")
}

/// Creates those databases on their instances.
pub(crate) async fn create_shards(prefix: &str, instances: &[&Server]) {
    use mysql_async::prelude::Queryable;
    for shard in 0..8 {
        let mut conn = instances[shard * instances.len() / 8].connect().await;
        let statements = format!("DROP DATABASE IF EXISTS {prefix}_{shard:02}; CREATE DATABASE {prefix}_{shard:02}");
        conn.query_drop(statements).await.expect("a physical database");
        conn.disconnect().await.expect("goes in peace");
    }
}
