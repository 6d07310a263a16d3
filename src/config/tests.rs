//! Configurations as a whole, in folders of their own.

#![expect(clippy::unwrap_used, reason = "test")]

use super::*;
use crate::id::{InstanceId, ShardId};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

const SHOP: &str = include_str!("../../rules/shop.yaml");
const GOOD: &str = "\
listen: 127.0.0.1:3307
http: 127.0.0.1:3309
rules: ./rules
users:
  app: { password: \"${WEIR_TEST_PASSWORD}\", schemas: [shop] }
  root: { password: \"*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19\" }
instances:
  a: { address: 127.0.0.1:13306, user: weir, password: 0123 }
  b: { address: \"[::1]:13307\", user: weir, password: \"\", max_connections: 8, acquire_timeout_ms: 1_500 }
limits: { max_client_connections: 200 }
";

/// A folder with a configuration and one rule file; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(config: &str, rules: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("weir-config-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("rules")).unwrap();
        fs::write(folder.join("weir.yaml"), config).unwrap();
        fs::write(folder.join("rules/shop.yaml"), rules).unwrap();
        fs::write(folder.join("rules/.hidden.yaml"), "{").unwrap();
        fs::write(folder.join("rules/notes.txt"), "{").unwrap();
        Self(folder)
    }

    fn load(&self) -> Result<(Config, Vec<RuleSet>), Vec<Problem>> {
        let variable = |name: &str| (name == "WEIR_TEST_PASSWORD").then(|| "secret".to_owned());
        load_with(&self.0.join("weir.yaml"), 3, &variable)
    }

    /// Problems with paths relative to the folder.
    fn problems(&self) -> Vec<String> {
        let problems = self.load().err().unwrap_or_default();
        let prefix = format!("{}/", self.0.display());
        problems
            .iter()
            .map(|p| format!("{}:{}:{}: {}", p.file.replace(&prefix, ""), p.place.line, p.place.column, p.message))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn complains(config: &str, expected: &[&str]) {
    assert_eq!(Folder::new(config, SHOP).problems(), expected, "{config}");
}

#[test]
fn a_good_configuration() {
    let (config, rules) = Folder::new(GOOD, SHOP).load().unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3307");
    assert_eq!(config.http.map(|http| http.port()), Some(3309));
    assert_eq!(config.limits.max_client_connections, 200);
    assert_eq!(config.limits.plan_cache_entries, 10_000);
    assert_eq!(config.tls, None);

    let [app, root] = config.users.as_slice() else { unreachable!() };
    assert!(matches!(app.credential, Credential::Password { .. }));
    assert!(matches!(root.credential, Credential::Native(_)));
    assert!(app.may_use("shop") && !app.may_use("Shop") && !app.may_use("other") && root.may_use("other"));

    let [a, b] = config.instances.as_slice() else { unreachable!() };
    assert_eq!((a.address.to_string().as_str(), a.password.expose()), ("127.0.0.1:13306", "0123"));
    assert_eq!(a.limits, InstanceLimits::default());
    assert_eq!((b.address.to_string().as_str(), b.password.expose()), ("[::1]:13307", ""));
    assert_eq!((b.limits.max_connections, b.limits.acquire_timeout_ms), (8, 1500));

    let options = b.options(1);
    assert_eq!((options.address.as_str(), options.max_connections), ("[::1]:13307", 8));

    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0].version, rules[0].instance(ShardId(7))), (3, InstanceId(1)));
    assert_eq!(load_rules(&config, 4).unwrap_err().len(), 1, "the folder is gone");
}

#[test]
fn secrets_are_not_printed() {
    let (config, _) = Folder::new(GOOD, SHOP).load().unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("0123") && !shown.contains("secret"), "{shown}");
}

#[test]
fn problems_of_the_configuration_and_of_the_rules_come_together() {
    let config = GOOD.replace("max_client_connections", "max_clients").replace("schemas: [shop]", "schema: [shop]");
    let folder = Folder::new(&config, &SHOP.replace("instance: b", "instance: c"));
    let known = Limits::ALL.iter().map(|limit| limit.name).collect::<Vec<_>>().join(", ");
    assert_eq!(
        folder.problems(),
        [
            "weir.yaml:5:45: unknown key \"schema\" in user \"app\"; did you mean \"schemas\"?".to_owned(),
            format!("weir.yaml:10:11: unknown key \"max_clients\" in limits; known keys are {known}"),
            "rules/shop.yaml:6:44: instance \"c\" is not defined; the process configuration defines a, b".to_owned(),
        ]
    );
}

#[test]
fn problems_of_values() {
    complains(
        &GOOD.replace("listen: 127.0.0.1:3307", "listen: localhost"),
        &["weir.yaml:1:9: listen must be an IP address and a port, as in 127.0.0.1:3307, but this is localhost"],
    );
    complains(&GOOD.replace(":3309", ":3307"), &["weir.yaml:2:7: http and listen cannot have the same address"]);
    complains(
        &GOOD.replace("127.0.0.1:13306", "127.0.0.1"),
        &["weir.yaml:8:17: address must be a host and a port, as in 127.0.0.1:3306, but this is 127.0.0.1"],
    );
    complains(
        &GOOD.replace("\"[::1]:13307\"", "127.0.0.1:13306"),
        &["weir.yaml:9:17: instance \"b\" has the address of instance \"a\""],
    );
    complains(
        &GOOD.replace("WEIR_TEST_PASSWORD", "NO_SUCH"),
        &["weir.yaml:5:20: the environment variable \"NO_SUCH\" is not set"],
    );
    complains(
        &GOOD.replace("[shop]", "[shpo]"),
        &["weir.yaml:5:55: schema \"shpo\" is not defined by any rule file; did you mean \"shop\"?"],
    );
    complains(
        &GOOD.replace("max_connections: 8", "max_connections: 0"),
        &["weir.yaml:9:75: max_connections must be a whole number from 1 to 100000, but this is 0"],
    );
    complains(
        &GOOD.replace("password: 0123", "password:"),
        &["weir.yaml:8:54: password must be a text; write \"\" for an empty one"],
    );
    complains(
        "{}",
        &[
            "weir.yaml:1:1: the configuration needs \"listen\"",
            "weir.yaml:1:1: the configuration needs \"rules\"",
            "weir.yaml:1:1: the configuration needs \"instances\"",
            "weir.yaml:1:1: the configuration needs \"users\"",
        ],
    );
    let merging = |names: &str| format!("{GOOD}merge_nodes: {names}\n");
    assert_eq!(Folder::new(&merging("[b, a]"), SHOP).load().unwrap().0.merge_nodes, [1, 0]);
    complains(&merging("[a, c]"), &["weir.yaml:11:18: merge_nodes names \"c\", which is not an instance"]);
    complains(&merging("[a, a]"), &["weir.yaml:11:18: merge_nodes names \"a\" twice"]);
    complains(
        &merging("[]"),
        &["weir.yaml:11:14: merge_nodes must name at least one instance; without the key any instance is one"],
    );
    let tls = format!("{GOOD}tls: {{ certificate: none.pem, key: weir.yaml }}\n");
    complains(&tls, &["weir.yaml:11:21: certificate cannot be read: No such file or directory (os error 2)"]);
}

#[test]
fn braces_without_quotes_get_a_hint() {
    let folder = Folder::new(&GOOD.replace("\"${WEIR_TEST_PASSWORD}\"", "${WEIR_TEST_PASSWORD}"), SHOP);
    let problems = folder.problems();
    assert!(problems[0].contains("in quotes"), "{problems:?}");
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Folder::new(&GOOD.replace("./rules", "./no_rules"), SHOP);
    assert_eq!(
        folder.problems(),
        ["no_rules:0:0: the rules folder cannot be read: No such file or directory (os error 2)"]
    );
    fs::create_dir(folder.0.join("no_rules")).unwrap();
    assert_eq!(folder.problems(), ["no_rules:0:0: the rules folder has no file that ends in .yaml"]);
    fs::write(folder.0.join("no_rules/a.yaml"), b"schema: a\n# \xff\n").unwrap();
    assert_eq!(folder.problems(), ["no_rules/a.yaml:0:0: is not UTF-8 from line 2 on"]);
    assert_eq!(check(Path::new("/no/such/weir.yaml")).len(), 1);
}

#[test]
fn the_example_of_the_document_loads() {
    let document = include_str!("../../docs/configuration.md");
    let example = document.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let config = example.replace("APP_PASSWORD", "WEIR_TEST_PASSWORD");
    let (config, _) = Folder::new(&config, SHOP).load().unwrap();
    assert_eq!((config.limits.max_client_connections, config.users.len()), (2000, 2));
}

#[test]
fn shipped_rules_fit_a_configuration() {
    let folder = Folder::new(GOOD, SHOP);
    fs::write(folder.0.join("rules/finance.yaml"), include_str!("../../rules/finance.yaml")).unwrap();
    let (_, rules) = folder.load().unwrap();
    let schemas: Vec<&str> = rules.iter().map(|rules| &*rules.schema).collect();
    assert_eq!(schemas, ["finance", "shop"]);
}
