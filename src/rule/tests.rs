//! Rules as a whole: shipped files, layouts, every problem with its message, and routing against a naive formula.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test")]

use super::*;
use proptest::prelude::*;

const INSTANCES: [&str; 2] = ["a", "b"];

fn load(text: &str) -> RuleSet {
    let file = RuleFile { name: "t.yaml", text };
    match check(&[file], &INSTANCES, 1) {
        Ok(mut sets) => sets.pop().unwrap(),
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", all.join("\n"))
        }
    }
}

/// Rules of eight databases on two instances with these tables.
fn tables(tables: &str) -> RuleSet {
    load(&format!(
        "schema: shop\nshards:\n  - {{ database: \"shop_{{00..03}}\", instance: a }}\n  - {{ database: \"shop_{{04..07}}\", instance: b }}\ntables:\n{tables}"
    ))
}

fn split(rules: &RuleSet, table: &str) -> Arc<Split> {
    match rules.placement(table) {
        Some(Placement::Split(split)) => Arc::clone(split),
        other => panic!("{table} is {other:?}"),
    }
}

/// `shop_00.orders_00` and so on.
fn physical(rules: &RuleSet, table: &str) -> Vec<String> {
    let placement = rules.placement(table).unwrap();
    let name = |node: DataNode| format!("{}.{}", rules.database(node.shard), placement.physical_table(node, table));
    placement.nodes(rules).into_iter().map(name).collect()
}

fn route(split: &Split, keys: &[KeySet<'_>]) -> Vec<DataNode> {
    let mut out = Vec::new();
    split.route(keys, &mut out).unwrap();
    out
}

fn node(shard: u16, table: u16) -> DataNode {
    DataNode { shard: ShardId(shard), table }
}

const ORDERS: &str = "  orders: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 4 }\n";

#[test]
fn shipped_rules_load() {
    let shop = load(include_str!("../../rules/shop.yaml"));
    assert_eq!((&*shop.schema, shop.shards().len()), ("shop", 8));
    let names: Vec<&str> = shop.tables().map(|(name, _)| name).collect();
    assert_eq!(names, ["orders", "order_items", "cities", "settings"]);
    assert_eq!(split(&shop, "orders").binding(), Some("orders"));
    assert_eq!(split(&shop, "order_items").binding(), Some("orders"));
    assert!(split(&shop, "orders").co_split_with(&split(&shop, "order_items")));
    assert_eq!(shop.placement("cities"), Some(&Placement::Broadcast));
    assert_eq!(shop.placement("settings"), Some(&Placement::Single(ShardId(0))));
    assert_eq!(shop.placement("elsewhere"), None);
    assert_eq!(*shop.default_placement(), DefaultPlacement::Single(ShardId(0)));
    assert_eq!(shop.instance(ShardId(3)), InstanceId(0));
    assert_eq!(shop.instance(ShardId(4)), InstanceId(1));

    let finance = load(include_str!("../../rules/finance.yaml"));
    for table in ["loans", "instalments", "repayments"] {
        assert!(split(&finance, "users").co_split_with(&split(&finance, table)), "{table}");
        assert_eq!(&*split(&finance, table).key_columns()[0], "user_id");
    }
    // Equal keys lie apart when they belong to different schemas.
    assert!(!split(&finance, "users").co_split_with(&split(&shop, "orders")));
}

#[test]
fn the_example_of_the_document_is_the_shipped_one() {
    let document = include_str!("../../docs/rules.md");
    let example = document.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(load(example).same_rules(&load(include_str!("../../rules/shop.yaml"))));
}

#[test]
fn joint_layout_is_that_of_drds() {
    let rules = tables(ORDERS);
    let all = physical(&rules, "orders");
    assert_eq!(all.len(), 32);
    assert_eq!(all[0], "shop_00.orders_00");
    assert_eq!(all[3], "shop_00.orders_03");
    assert_eq!(all[4], "shop_01.orders_04");
    assert_eq!(all[31], "shop_07.orders_31");
}

#[test]
fn other_layouts() {
    let rules = tables(
        "  alone: { dbpartition: hash(a), tbpartition: hash(b), tbpartitions: 2 }\n  \
         onekey: { dbpartition: hash(a), tbpartition: mod(a), tbpartitions: 10 }\n  \
         plain: { dbpartition: hash(a) }\n  \
         t1: { dbpartition: hash(a), tbpartition: hash(b), tbpartitions: 1 }\n  \
         random: { dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 2, pattern: \"random_AbCd_{00}\" }\n  \
         everywhere: { broadcast: true }\n  \
         one: { single: shop_05 }\n",
    );
    let first_last = |table| {
        let all = physical(&rules, table);
        (all.len(), all[0].clone(), all[all.len() - 1].clone())
    };
    let expect = |count, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
    assert_eq!(first_last("alone"), expect(16, "shop_00.alone_0", "shop_07.alone_1"));
    assert_eq!(first_last("onekey"), expect(80, "shop_00.onekey_00", "shop_07.onekey_09"));
    assert_eq!(first_last("plain"), expect(8, "shop_00.plain", "shop_07.plain"));
    assert_eq!(first_last("t1"), expect(8, "shop_00.t1", "shop_07.t1"));
    assert_eq!(first_last("random"), expect(16, "shop_00.random_AbCd_00", "shop_07.random_AbCd_15"));
    assert_eq!(first_last("everywhere"), expect(8, "shop_00.everywhere", "shop_07.everywhere"));
    assert_eq!(first_last("one"), expect(1, "shop_05.one", "shop_05.one"));
    assert_eq!(split(&rules, "alone").key_columns(), ["a".into(), "b".into()]);
    assert_eq!(split(&rules, "t1").key_columns(), ["a".into()]);
}

#[test]
fn one_key_routes_to_one_node_a_value() {
    let rules = tables(ORDERS);
    let orders = split(&rules, "orders");
    let values = [KeyValue::Int(37), KeyValue::Int(5), KeyValue::Int(-37), KeyValue::Int(0)];
    assert_eq!(route(&orders, &[KeySet::Values(&values[..1])]), [node(1, 1)]);
    assert_eq!(route(&orders, &[KeySet::Values(&values)]), [node(0, 0), node(1, 1)]);
    assert_eq!(route(&orders, &[KeySet::Values(&[])]), []);
    assert_eq!(route(&orders, &[KeySet::Any]), orders.nodes());
    assert_eq!(route(&orders, &[]), orders.nodes());
    // Appended, not replaced, and what was there stays.
    let mut out = vec![node(1, 1), node(1, 1)];
    orders.route(&[KeySet::Values(&values)], &mut out).unwrap();
    assert_eq!(out, [node(1, 1), node(1, 1), node(0, 0), node(1, 1)]);
}

#[test]
fn two_keys_route_to_the_cross_product() {
    let rules = tables("  t: { dbpartition: hash(a), tbpartition: hash(b), tbpartitions: 3 }\n");
    let t = split(&rules, "t");
    let a = [KeyValue::Int(9), KeyValue::Int(1), KeyValue::Int(2)];
    let b = [KeyValue::Int(4)];
    assert_eq!(route(&t, &[KeySet::Values(&a), KeySet::Values(&b)]), [node(1, 1), node(2, 1)]);
    assert_eq!(route(&t, &[KeySet::Values(&a[..1]), KeySet::Any]), [node(1, 0), node(1, 1), node(1, 2)]);
    assert_eq!(route(&t, &[KeySet::Any, KeySet::Values(&b)]).len(), 8);
    assert_eq!(route(&t, &[KeySet::Values(&[]), KeySet::Any]), []);
    assert_eq!(route(&t, &[]), t.nodes());
}

#[test]
fn a_value_that_an_algorithm_cannot_take_is_an_error_and_leaves_nothing() {
    let rules = tables("  t: { dbpartition: mod(id), tbpartition: dd(day), tbpartitions: 4 }\n");
    let t = split(&rules, "t");
    let mut out = vec![node(0, 0)];
    let text = [KeyValue::Int(1), KeyValue::Text("x".into())];
    let error = t.route(&[KeySet::Values(&text)], &mut out).unwrap_err();
    assert_eq!(error.to_string(), "mod(id) cannot take a character string; it takes integers and decimals");
    assert_eq!(out, [node(0, 0)]);
}

#[test]
fn key_forms() {
    let rules = tables(
        "  h: { dbpartition: hash(a), tbpartition: raw_hash(b), tbpartitions: 2 }\n  m: { dbpartition: mod(a) }\n",
    );
    let h = split(&rules, "h");
    assert_eq!([h.key_form(0), h.key_form(1), h.key_form(2)], [KeyForm::Normal, KeyForm::Raw, KeyForm::Raw]);
    assert_eq!(split(&rules, "m").key_form(0), KeyForm::Raw);
}

#[test]
fn co_split_needs_the_same_shape() {
    let rules = tables(
        "  a: { dbpartition: hash(x), tbpartition: hash(x), tbpartitions: 4 }\n  \
         b: { dbpartition: hash(y), tbpartition: hash(y), tbpartitions: 4 }\n  \
         c: { dbpartition: hash(y), tbpartition: hash(z), tbpartitions: 4 }\n  \
         d: { dbpartition: hash(y), tbpartition: hash(y), tbpartitions: 2 }\n  \
         e: { dbpartition: raw_hash(y), tbpartition: raw_hash(y), tbpartitions: 4 }\n  \
         f: { dbpartition: hash(y) }\n",
    );
    let a = split(&rules, "a");
    for (other, expected) in [("a", true), ("b", true), ("c", false), ("d", false), ("e", false), ("f", false)] {
        assert_eq!(a.co_split_with(&split(&rules, other)), expected, "{other}");
        assert_eq!(split(&rules, other).co_split_with(&a), expected, "{other}");
    }
    assert_eq!(a.binding(), None);
}

#[test]
fn auto_split_spreads_over_all_databases() {
    let rules = load("schema: s\nshards: [{ database: 's_{0..3}', instance: b }]\ndefault: { auto: hash }\n");
    assert_eq!(*rules.default_placement(), DefaultPlacement::AutoHash);
    let placement = rules.auto_split("t", "id");
    let Placement::Split(auto) = &placement else { panic!() };
    assert_eq!(placement.nodes(&rules), [node(0, 0), node(1, 0), node(2, 0), node(3, 0)]);
    assert_eq!(placement.physical_table(node(3, 0), "t"), "t");
    assert_eq!(route(auto, &[KeySet::Values(&[KeyValue::Int(-6)])]), [node(2, 0)]);
    assert_eq!(auto.key_columns(), ["id".into()]);
}

#[test]
fn without_default_the_first_shard_takes_the_rest() {
    assert_eq!(*tables(ORDERS).default_placement(), DefaultPlacement::Single(ShardId(0)));
}

// === problems ===

/// `line:column: message` of every problem of a file.
fn problems(text: &str) -> Vec<String> {
    let file = RuleFile { name: "t.yaml", text };
    let problems = check(&[file], &INSTANCES, 1).err().unwrap_or_default();
    problems.iter().map(|p| format!("{}:{}: {}", p.place.line, p.place.column, p.message)).collect()
}

fn complains(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected, "{text}");
}

/// One table, in line 4, column 3, of a schema with two shards.
fn table_complains(table: &str, expected: &[&str]) {
    complains(&format!("schema: s\nshards: [{{ database: 's_{{0..1}}', instance: a }}]\ntables:\n{table}"), expected);
}

#[test]
fn a_problem_reads_well() {
    let text = "schema: shop\nshards: [{ database: 'shop_{00..07}', instance: a }]\ntables:\n  t: { dbpartition: hash(a) }\n  settings: { single: shop_007 }\n";
    let problems = check(&[RuleFile { name: "rules/shop.yaml", text }], &INSTANCES, 1).unwrap_err();
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        ["rules/shop.yaml:5:23: shard \"shop_007\" is not defined; did you mean \"shop_00\"?\n  \
          5 |   settings: { single: shop_007 }\n    |                       ^^^^^^^^"]
    );
}

#[test]
fn problems_of_a_file() {
    complains("", &["1:1: a rule file must be a mapping, but this is nothing"]);
    complains("schema: s\n", &["1:1: a rule file needs \"shards\""]);
    complains(
        "schema: mysql\nshards: []\n",
        &[
            "1:9: \"mysql\" is a schema of the server's own; choose another name",
            "2:9: shards must list at least one physical database",
        ],
    );
    complains(
        "shcema: s\nshards: [{ database: s, instance: a }]\n",
        &["1:1: a rule file needs \"schema\"", "1:1: unknown key \"shcema\" in a rule file; did you mean \"schema\"?"],
    );
}

#[test]
fn problems_of_shards() {
    complains(
        "schema: s\nshards:\n  - { database: 's_{0..1}', instance: c }\n  - { database: s_1, instance: b }\n  - { database: 's_{3..2}', instance: a }\n  - { instance: a, db: x }\n  - x\ndefault: { auto: hash }\n",
        &[
            "3:39: instance \"c\" is not defined; the process configuration defines a, b",
            "4:17: database \"s_1\" is already listed in line 3",
            "5:17: the range 3..2 runs backwards; write 2..3",
            "6:5: a shard needs \"database\"",
            "6:20: unknown key \"db\" in a shard; known keys are database, instance",
            "7:5: a shard must be a mapping, but this is x",
        ],
    );
}

#[test]
fn problems_of_tables() {
    table_complains(
        "  t: { dbpartition: hash(a), shards: 3 }\n",
        &[
            "4:30: unknown key \"shards\" in table \"t\"; known keys are dbpartition, tbpartition, tbpartitions, binding, broadcast, single, pattern",
        ],
    );
    table_complains(
        "  t: { dbpartition: hash(a) }\n  t: { broadcast: true }\n",
        &["5:3: \"t\" is already defined in line 4"],
    );
    table_complains("  t: { dbpartition: hsah(a) }\n", &["4:21: unknown algorithm \"hsah\"; did you mean \"hash\"?"]);
    table_complains(
        "  t: { dbpartition: hash(a), tbpartition: hash(a) }\n",
        &["4:30: tbpartition of table \"t\" needs tbpartitions, the number of tables in each database"],
    );
    table_complains(
        "  t: { dbpartition: hash(a), tbpartitions: 4 }\n",
        &["4:30: tbpartitions needs tbpartition, which says how rows are split over the tables"],
    );
    table_complains(
        "  t: { dbpartition: hash(a), tbpartition: hash(a), tbpartitions: many }\n",
        &["4:66: tbpartitions must be a whole number from 1 to 4096, but this is many"],
    );
    table_complains(
        "  t: { tbpartition: hash(a), tbpartitions: 4 }\n",
        &["4:3: table \"t\" has a tbpartition but no dbpartition; add dbpartition: hash(column)"],
    );
    table_complains("  t: {}\n", &["4:3: table \"t\" needs one of dbpartition, broadcast, single"]);
    table_complains(
        "  t: { dbpartition: hash(a), broadcast: true }\n",
        &["4:30: table \"t\" cannot be both dbpartition and broadcast; keep one"],
    );
    table_complains(
        "  t: { broadcast: false }\n",
        &["4:19: broadcast can only be true; leave it out for other tables"],
    );
    table_complains(
        "  t: { broadcast: true, binding: x, pattern: y }\n",
        &[
            "4:25: binding has no meaning for a broadcast table; remove it",
            "4:37: pattern has no meaning for a broadcast table; remove it",
        ],
    );
    table_complains("  t: { single: s_2 }\n", &["4:16: shard \"s_2\" is not defined; did you mean \"s_0\"?"]);
    table_complains(
        "  t: { dbpartition: dd(a) }\n",
        &["4:21: dd splits tables only; use it for tbpartition, and hash for dbpartition"],
    );
    table_complains(
        "  t: { dbpartition: hash(a), tbpartition: raw_hash(A), tbpartitions: 2 }\n",
        &["4:43: hash and raw_hash hash strings of a differently; use one of them for both levels"],
    );
    table_complains(
        "  t: { dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 2, pattern: t }\n",
        &[
            "4:78: pattern needs a place for the table's number, as in \"orders_{00}\", because each database holds several tables",
        ],
    );
    let long = "x".repeat(64);
    table_complains(
        &format!("  {long}: {{ dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 2 }}\n"),
        &[&format!("4:3: the physical table's name \"{long}_3\" is 66 characters long, MySQL's limit is 64")],
    );
}

#[test]
fn problems_of_bindings() {
    let leader = "  o: { dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 2 }\n";
    table_complains(
        &format!("{leader}  i: {{ dbpartition: hash(a), binding: o }}\n"),
        &[
            "5:39: table \"i\" is split by hash(a) and table \"o\" by hash(a), hash(a) over 2 tables; bound tables must be split alike",
        ],
    );
    table_complains(
        &format!("{leader}  i: {{ dbpartition: hash(a), binding: p }}\n"),
        &["5:39: binding names table \"p\", which is not defined"],
    );
    table_complains(
        "  c: { broadcast: true }\n  i: { dbpartition: hash(a), binding: c }\n",
        &["5:39: table \"c\" is not split, so nothing can be bound to it"],
    );
    table_complains(
        "  i: { dbpartition: hash(a), binding: i }\n",
        &["4:39: table \"i\" cannot be bound to itself; leave binding out of the leading table"],
    );
    table_complains(
        "  a: { dbpartition: hash(a) }\n  b: { dbpartition: hash(a), binding: a }\n  c: { dbpartition: hash(a), binding: b }\n",
        &["6:39: table \"b\" is bound itself; bind to the table that it is bound to"],
    );
}

#[test]
fn physical_tables_are_not_shared() {
    table_complains(
        "  t: { dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 2 }\n  t_3: { single: s_1 }\n",
        &["5:3: tables \"t\" and \"t_3\" would share the physical table s_1.t_3"],
    );
    table_complains(
        "  t: { dbpartition: hash(a) }\n  u: { dbpartition: hash(b), pattern: t }\n",
        &["5:3: tables \"t\" and \"u\" would share the physical table s_0.t"],
    );
}

#[test]
fn every_shard_is_reached() {
    let shards = "schema: s\nshards:\n  - { database: s_0, instance: a }\n  - { database: 's_{1..2}', instance: a }\n";
    complains(
        shards,
        &[
            "4:17: no table reaches shard \"s_1\": split or broadcast a table, or place a single one there, or remove the shard",
        ],
    );
    complains(&format!("{shards}default: {{ auto: hash }}\n"), &[]);
    complains(&format!("{shards}tables:\n  t: {{ broadcast: true }}\n"), &[]);
    complains(&format!("{shards}tables:\n  t: {{ single: s_1 }}\n  u: {{ single: s_2 }}\n"), &[]);
}

#[test]
fn problems_of_the_default() {
    let shards = "schema: s\nshards: [{ database: s_0, instance: a }]\n";
    complains(
        &format!("{shards}default: {{ single: s_9, auto: hash }}\n"),
        &["3:25: default cannot be both single and auto; keep one"],
    );
    complains(
        &format!("{shards}default: {{ auto: mod }}\n"),
        &["3:18: auto can only be hash: split by hash of the primary key"],
    );
    complains(&format!("{shards}default: {{}}\n"), &["3:10: default needs single or auto"]);
}

#[test]
fn files_are_checked_together() {
    let text = "schema: s\nshards: [{ database: s, instance: a }]\n";
    let files = [RuleFile { name: "a.yaml", text }, RuleFile { name: "b.yaml", text }];
    let problems = check(&files, &INSTANCES, 1).unwrap_err();
    let all: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        all,
        ["schema \"s\" is already defined in a.yaml", "database \"s\" already belongs to the schema of a.yaml"]
    );
    assert!(problems.iter().all(|problem| problem.file == "b.yaml"));
    let other = "schema: t\nshards: [{ database: s, instance: b }]\n";
    let sets = check(&[files[0], RuleFile { name: "b.yaml", text: other }], &INSTANCES, 7).unwrap();
    assert_eq!(sets.iter().map(|set| set.version).collect::<Vec<u64>>(), [7, 7]);
}

#[test]
fn broken_yaml_is_a_problem_with_a_place() {
    let all = problems("schema: s\nshards: [{\n");
    assert_eq!(all.len(), 1);
    assert!(all[0].contains("this is not valid YAML"), "{all:?}");
    assert!(!all[0].starts_with("0:"), "{all:?}");
}

// === properties ===

fn any_key() -> impl Strategy<Value = KeyValue<'static>> {
    prop_oneof![
        Just(KeyValue::Null),
        any::<i64>().prop_map(|int| KeyValue::Int(i128::from(int))),
        (-100_i64..100).prop_map(|int| KeyValue::Int(i128::from(int))),
        "\\PC{0,12}".prop_map(|text| KeyValue::Text(text.into())),
        "-?[0-9]{1,18}\\.[0-9]{0,4}".prop_map(|text| KeyValue::Decimal(text.into())),
    ]
}

/// The formula as DRDS's manual writes it, in a type wide enough for everything.
fn naive(value: &KeyValue<'_>, databases: i128, tables: i128) -> DataNode {
    let hash = match value {
        KeyValue::Int(int) => *int,
        KeyValue::Decimal(text) => text.split('.').next().unwrap().parse().unwrap(),
        KeyValue::Text(text) => {
            let units: Vec<u16> = text.encode_utf16().collect();
            let mut hash = 0_i128;
            for unit in units {
                hash = (hash * 31 + i128::from(unit)) & 0xFFFF_FFFF;
            }
            if hash >= 1 << 31 { hash - (1 << 32) } else { hash }
        }
        _ => 0,
    };
    let number = hash.abs() % (databases * tables);
    node(u16::try_from(number / tables).unwrap(), u16::try_from(number % tables).unwrap())
}

proptest! {
    #[test]
    fn routes_agree_with_the_formula(key in any_key(), databases in 1_u16..20, tables in 1_u16..12) {
        let rules = load(&format!(
            "schema: s\nshards: [{{ database: 's_{{1..{databases}}}', instance: a }}]\n\
             tables:\n  t: {{ dbpartition: hash(k), tbpartition: hash(k), tbpartitions: {tables} }}\n"
        ));
        let t = split(&rules, "t");
        let routed = route(&t, &[KeySet::Values(std::slice::from_ref(&key))]);
        prop_assert_eq!(&routed, &[naive(&key, i128::from(databases), i128::from(tables))]);
        prop_assert!(t.nodes().contains(&routed[0]));
    }

    #[test]
    fn lists_are_unions_of_their_values(
        keys in proptest::collection::vec(any_key(), 0..20),
        rule in proptest::sample::select(vec![
            "{ dbpartition: hash(a), tbpartition: hash(a), tbpartitions: 3 }",
            "{ dbpartition: raw_hash(a) }",
            "{ dbpartition: hash(a), tbpartition: hash(b), tbpartitions: 3 }",
        ]),
    ) {
        let rules = tables(&format!("  t: {rule}\n"));
        let t = split(&rules, "t");
        let mut union: Vec<DataNode> =
            keys.iter().flat_map(|key| route(&t, &[KeySet::Values(std::slice::from_ref(key))])).collect();
        union.sort_unstable();
        union.dedup();
        prop_assert_eq!(route(&t, &[KeySet::Values(&keys)]), union);
    }

    #[test]
    fn checking_never_panics(text in "\\PC{0,200}") {
        let _ = problems(&text);
    }

    #[test]
    fn checking_damaged_rules_never_panics(at in 0_usize..700, with in "\\PC{0,3}") {
        let text = include_str!("../../rules/shop.yaml");
        let damaged: String = text.chars().take(at).chain(with.chars()).chain(text.chars().skip(at + 2)).collect();
        let _ = problems(&damaged);
    }
}
