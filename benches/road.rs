//! The road of a routed statement through the layers without I/O: from the payload of the client's packet to the bytes
//! for the backend. Benches time it, `tests/allocations.rs` counts what it allocates.
//!
//! The same calls in the same order as the session and `exec` make them, on buffers that are kept from statement to
//! statement as theirs are.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use weir::catalog::{CachedPlan, Cluster};
use weir::id::DataNode;
use weir::plan::{self, Args, Context, Plan, Spread, Table, Target, UniqueKey};
use weir::rule::{self, RuleFile, RuleSet};
use weir::sql::{self, LexMode, Lexed};
use weir::value::{Collation, CollationId, Column, ColumnKind, Pad, Value};
use weir::wire::frame::put_packet;
use weir::wire::stmt_execute::put_stmt_execute;
use weir::wire::{Capabilities, Command, Param, ParamType, command};

/// The logical schema.
pub(crate) const SCHEMA: &str = "sbtest";

/// sysbench's point select, as a COM_QUERY.
pub(crate) const POINT_SELECT: &[u8] = b"\x03SELECT c FROM sbtest1 WHERE id=5023";

/// Rules of sysbench's tables. `width` digits of each table's number are written, so that the names of many and of few
/// tables can be equally long.
pub(crate) fn rules(tables: usize, width: usize) -> Arc<RuleSet> {
    let mut yaml = String::new();
    for number in 1..=tables {
        writeln!(yaml, "  sbtest{number:0width$}: {{ dbpartition: hash(id) }}").unwrap();
    }
    rules_of(&yaml)
}

/// Rules of these tables over two instances with four databases each.
pub(crate) fn rules_of(tables: &str) -> Arc<RuleSet> {
    let yaml = format!(
        "schema: {SCHEMA}\nshards:\n  - {{ database: \"sbtest_{{00..03}}\", instance: a }}\n  \
         - {{ database: \"sbtest_{{04..07}}\", instance: b }}\ndefault: {{ single: sbtest_00 }}\ntables:\n{tables}"
    );
    let files = [RuleFile { name: "sbtest.yaml", text: &yaml }];
    let sets = rule::check(&files, &["a", "b"], 1).unwrap_or_else(|problems| panic!("{problems:?}"));
    Arc::new(sets.into_iter().next().unwrap())
}

/// A generation of these rules in which every table has been read.
pub(crate) fn cluster(rules: &Arc<RuleSet>) -> Cluster {
    let cluster = Cluster::new(1, vec![rules.clone()], 100_000, Arc::default());
    read_tables(&cluster, rules);
    cluster
}

/// Lets a generation know all tables of these rules.
pub(crate) fn read_tables(cluster: &Cluster, rules: &Arc<RuleSet>) {
    for (name, placement) in rules.tables() {
        let table = Table {
            rules: rules.clone(),
            name: name.into(),
            placement: placement.clone(),
            columns: Some(columns()),
            unique_keys: vec![UniqueKey { name: "PRIMARY".into(), columns: vec![0] }],
            definition: None,
            triggers: Vec::new(),
            carried: None,
            view: false,
        };
        cluster.keep(SCHEMA, name, Some(Arc::new(table)));
    }
}

/// `id INT PRIMARY KEY, k INT, c CHAR(120), pad CHAR(60)`.
fn columns() -> Vec<Column> {
    let collation = Collation {
        id: CollationId::UTF8MB4_GENERAL_CI,
        name: "utf8mb4_general_ci".to_owned(),
        charset: "utf8mb4".to_owned(),
        pad: Pad::Space,
    };
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
        holds: None,
        padded: false,
        nullable: false,
        auto_increment: false,
        generated: false,
        invisible: false,
    };
    let int = || ColumnKind::Int { bytes: 4, unsigned: false };
    let text = || ColumnKind::Text { collation: collation.clone() };
    vec![column("id", int()), column("k", int()), column("c", text()), column("pad", text())]
}

/// Lexes and plans a text.
pub(crate) fn planned(cluster: &Cluster, text: &[u8], lexed: &mut Lexed) -> Plan {
    let mode = LexMode::default();
    sql::lex(text, mode, lexed).unwrap();
    let statement = sql::parse(text, mode, lexed).unwrap();
    let context = Context { schema: Some(SCHEMA), rules: cluster.schema(SCHEMA), tables: cluster, mode };
    plan::plan(&statement, lexed, text, &context).unwrap_or_else(|error| panic!("{error:?}"))
}

/// The operands of a text, as a session has them.
pub(crate) fn args<'a>(text: &'a [u8], lexed: &'a Lexed, params: &'a [Value<'a>]) -> Args<'a> {
    Args {
        text,
        lexed,
        params,
        mode: LexMode::default(),
        utf8: true,
        no_auto_value_on_zero: false,
        lax: false,
        generated: None,
        row_ids: &[],
        last_insert_id: 0,
        connection_id: 7,
        user: "app",
        host: "127.0.0.1",
        found_rows: 0,
        row_count: 0,
        warning_count: 0,
        error_count: 0,
        switches: Default::default(),
    }
}

/// A client's prepared statement.
struct Prepared {
    text: Vec<u8>,
    lexed: Lexed,
    plan: Arc<CachedPlan>,
    types: Vec<ParamType>,
}

/// The buffers of a session and of its backends' connections.
pub(crate) struct Road {
    pub(crate) cluster: Arc<Cluster>,
    lexed: Lexed,
    nodes: Vec<DataNode>,
    rows: Vec<DataNode>,
    numbers: Vec<u16>,
    params: Vec<Param<'static>>,
    values: Vec<Value<'static>>,
    prepared: HashMap<u32, Prepared>,
    /// The statements that are open on the backends, by physical text.
    open: HashMap<Vec<u8>, u32>,
    physical: Vec<u8>,
    /// What goes to the backend.
    pub(crate) output: Vec<u8>,
}

// === impl Road ===

impl Road {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self {
            cluster,
            lexed: Lexed::default(),
            nodes: Vec::new(),
            rows: Vec::new(),
            numbers: Vec::new(),
            params: Vec::new(),
            values: Vec::new(),
            prepared: HashMap::new(),
            open: HashMap::new(),
            physical: Vec::new(),
            output: Vec::new(),
        }
    }

    /// A road of one table, with sysbench's point select planned and prepared (statement 1).
    pub(crate) fn of_point_select() -> Self {
        let mut road = Self::new(Arc::new(cluster(&rules(1, 1))));
        road.query(POINT_SELECT);
        road.prepare(1, b"SELECT c FROM sbtest1 WHERE id=?");
        road
    }

    /// COM_QUERY. The plan is made on a miss.
    pub(crate) fn query(&mut self, payload: &[u8]) -> DataNode {
        let Ok(Command::Query(text)) = Command::decode(payload, Capabilities::default()) else {
            panic!("no COM_QUERY")
        };
        let mode = LexMode::default();
        sql::lex(text, mode, &mut self.lexed).unwrap();
        let args = args(text, &self.lexed, &[]);
        let plans = &self.cluster.plans;
        let cached = plans.find(Some(SCHEMA), mode, &self.lexed, |plan| plan.fits(&args)).unwrap_or_else(|| {
            let plan = Arc::new(CachedPlan::new(planned(&self.cluster, text, &mut Lexed::default())));
            plans.keep(Some(SCHEMA), mode, &self.lexed, plan.clone());
            plan
        });
        let plan = &cached.plan;
        self.nodes.clear();
        self.rows.clear();
        plan.place(&args, &mut self.nodes, &mut self.rows).unwrap();
        let spread = if self.nodes.len() > 1 { Spread::Many } else { Spread::One };
        self.output.clear();
        for node in &self.nodes {
            put_packet(&mut self.output, &mut 0, |out| {
                out.push(command::byte::QUERY);
                self.numbers.clear();
                let target = Target { node: *node, spread, rows: &self.rows };
                plan.write(target, &args, out, &mut self.numbers).unwrap();
            });
        }
        self.nodes[0]
    }

    /// COM_STMT_PREPARE.
    pub(crate) fn prepare(&mut self, statement_id: u32, text: &[u8]) {
        let mut lexed = Lexed::default();
        let plan = Arc::new(CachedPlan::new(planned(&self.cluster, text, &mut lexed)));
        let prepared = Prepared { text: text.to_vec(), lexed, plan, types: Vec::new() };
        self.prepared.insert(statement_id, prepared);
    }

    /// COM_STMT_EXECUTE.
    pub(crate) fn execute(&mut self, payload: &[u8]) -> DataNode {
        let Ok(Command::StmtExecute(execute)) = Command::decode(payload, Capabilities::default()) else {
            panic!("no COM_STMT_EXECUTE")
        };
        let statement = self.prepared.get_mut(&execute.statement_id).unwrap();
        let mut params: Vec<Param<'_>> = std::mem::take(&mut self.params);
        execute.params(statement.lexed.params, &mut statement.types, &[], &mut params).unwrap();
        let mut values: Vec<Value<'_>> = std::mem::take(&mut self.values);
        values.extend(params.iter().map(|param| param.value().unwrap()));
        let args = args(&statement.text, &statement.lexed, &values);
        let plan = &statement.plan.plan;
        assert!(plan.fits(&args));
        self.nodes.clear();
        plan.route(&args, &mut self.nodes).unwrap();
        let node = self.nodes[0];
        self.physical.clear();
        self.numbers.clear();
        plan.write(Target { node, spread: Spread::One, rows: &[] }, &args, &mut self.physical, &mut self.numbers)
            .unwrap();
        let open_id = match self.open.get(&self.physical) {
            Some(id) => *id,
            None => {
                let id = u32::try_from(self.open.len()).unwrap();
                self.open.insert(self.physical.clone(), id);
                id
            }
        };
        self.output.clear();
        put_packet(&mut self.output, &mut 0, |out| {
            put_stmt_execute(out, open_id, self.numbers.iter().map(|number| &params[usize::from(*number)]));
        });
        self.params = emptied(params);
        self.values = emptied_values(values);
        node
    }
}

/// An empty vector for another lifetime, in the same memory.
fn emptied<'a>(mut params: Vec<Param<'_>>) -> Vec<Param<'a>> {
    params.clear();
    params.into_iter().map(|_| unreachable!()).collect()
}

fn emptied_values<'a>(mut values: Vec<Value<'_>>) -> Vec<Value<'a>> {
    values.clear();
    values.into_iter().map(|_| unreachable!()).collect()
}

/// A COM_STMT_EXECUTE of statement 1 with one BIGINT.
pub(crate) fn execute_packet(id: i64) -> Vec<u8> {
    let mut packet = b"\x17\x01\0\0\0\0\x01\0\0\0\0\x01\x08\0".to_vec();
    packet.extend_from_slice(&id.to_le_bytes());
    packet
}
