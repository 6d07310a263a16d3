//! What is measured: one list of steps, for criterion and for counting instructions.
//!
//! A step sets itself up and gives a closure that does the work once; its buffers are kept from run to run, as those of
//! a session are.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use weir::merge::{
    Aggregate, ColumnAt, CombineAggregate, GroupSpec, MergeInput, MergeLimits, MergeSpec, Merger, ResultColumn,
    RowBatch, RowFormat, SortKey, Step as MergeStep, Weights,
};
use weir::plan::{Lookup, Spread, Tables, Target};
use weir::rule::{self, KeySet, KeyValue, Placement, RuleFile};
use weir::sql::{self, LexMode, Lexed};
use weir::value::CollationId;
use weir::wire::binary_row::{BinaryCell, put_binary_row};
use weir::wire::frame::{Renumber, put_packet};
use weir::wire::ok::OkHeader;
use weir::wire::text_row::put_text_cell;
use weir::wire::{Capabilities, ColumnDefinition41, ColumnType, OkPacket, ResponseKind, ResponseScanner, Scanned};

use crate::road::{POINT_SELECT, Road, SCHEMA, args, cluster, execute_packet, planned, rules};

/// Does the work of a step once.
pub(crate) type Run = Box<dyn FnMut()>;

/// Something to measure.
pub(crate) struct Step {
    /// Layer, and what it does.
    pub(crate) name: &'static str,
    /// How many of `unit` one run does.
    pub(crate) units: u32,
    /// What is counted: statements, rows, look-ups.
    pub(crate) unit: &'static str,
    /// How often it is run when instructions are counted: enough that what is done once does not show. 0: its
    /// instructions are not counted.
    pub(crate) counted_runs: u32,
    /// Sets it up.
    pub(crate) start: fn() -> Run,
}

const fn statement(name: &'static str, counted_runs: u32, start: fn() -> Run) -> Step {
    Step { name, units: 1, unit: "statement", counted_runs, start }
}

const fn rows(name: &'static str, units: u32, counted_runs: u32, start: fn() -> Run) -> Step {
    Step { name, units, unit: "row", counted_runs, start }
}

const fn lookups(name: &'static str, counted_runs: u32, start: fn() -> Run) -> Step {
    Step { name, units: LOOKUPS, unit: "look-up", counted_runs, start }
}

/// Look-ups of one run.
const LOOKUPS: u32 = 10_000;
/// Rows of a result, and of a merge.
const ROWS: u32 = 10_000;
/// Rows of a multi-row INSERT.
const INSERTED: u32 = 1_000;
/// Sources of a merge.
const SOURCES: u32 = 8;

/// All steps.
pub(crate) const STEPS: &[Step] = &[
    statement("lexer/point_select", 20_000, || lex(POINT_SELECT[1..].to_vec())),
    statement("lexer/in_list_of_1000", 50, || lex(in_list(1_000))),
    rows("lexer/insert_1000x10", INSERTED, 20, || lex(insert(INSERTED))),
    statement("plan/miss_point_select", 0, plan_miss),
    statement("plan_cache/hit", 20_000, plan_cache_hit),
    statement("route/point_select", 20_000, || route(POINT_SELECT[1..].to_vec())),
    statement("route/in_list_of_1000", 50, || route(in_list(1_000))),
    statement("splice/point_select", 20_000, splice),
    statement("road/text", 20_000, road_of_text),
    statement("road/execute", 20_000, road_of_execute),
    Step { units: LOOKUPS, ..statement("road/text_of_10_tables", 4, || road_of_tables(10)) },
    Step { units: LOOKUPS, ..statement("road/text_of_10000_tables", 4, || road_of_tables(10_000)) },
    rows("road/insert_1000x10", INSERTED, 20, road_of_insert),
    rows("relay/rows", ROWS, 20, || relay(1)),
    rows("relay/rows_numbered_anew", ROWS, 20, || relay(2)),
    rows("merge/concatenate_text", ROWS, 10, || merge(&concatenation(), RowFormat::Text)),
    rows("merge/cut_hidden_text", ROWS, 10, || merge(&cutting(), RowFormat::Text)),
    rows("merge/ordered_text", ROWS, 10, || merge(&ordered(), RowFormat::Text)),
    rows("merge/ordered_binary", ROWS, 10, || merge(&ordered(), RowFormat::Binary)),
    rows("merge/grouped_text", ROWS, 10, || merge(&grouped(), RowFormat::Text)),
    rows("merge/grouped_binary", ROWS, 10, || merge(&grouped(), RowFormat::Binary)),
    lookups("functions/hash_of_int", 2, || function("hash(id)", &KeyValue::Int(5023))),
    lookups("functions/hash_of_text", 2, || function("hash(id)", &KeyValue::Text("ALPHA-0005023".into()))),
    lookups("functions/uni_hash", 2, || function("uni_hash(id)", &KeyValue::Int(5023))),
    lookups("functions/mod", 2, || function("mod(id)", &KeyValue::Int(5023))),
    lookups("functions/right_shift", 2, || function("right_shift(id, 4)", &KeyValue::Int(5023))),
    lookups("rules/lookup_of_10", 20, || rule_lookup(10)),
    lookups("rules/lookup_of_100", 0, || rule_lookup(100)),
    lookups("rules/lookup_of_1000", 0, || rule_lookup(1_000)),
    lookups("rules/lookup_of_10000", 20, || rule_lookup(10_000)),
    lookups("catalog/lookup_of_10", 20, || table_lookup(10)),
    lookups("catalog/lookup_of_10000", 20, || table_lookup(10_000)),
];

// --- sql, plan

fn lex(text: Vec<u8>) -> Run {
    let mut lexed = Lexed::default();
    Box::new(move || sql::lex(black_box(&text), LexMode::default(), &mut lexed).unwrap())
}

fn in_list(count: u32) -> Vec<u8> {
    let list: Vec<String> = (1..=count).map(|id| (id * 37).to_string()).collect();
    format!("SELECT c FROM sbtest1 WHERE id IN ({})", list.join(", ")).into()
}

/// A multi-row INSERT with ten columns, numbers and strings.
fn insert(count: u32) -> Vec<u8> {
    let mut text = "INSERT INTO sbtest1 (id, k, c, pad, c5, c6, c7, c8, c9, c10) VALUES ".to_owned();
    for id in 1..=count {
        let comma = if id > 1 { ", " } else { "" };
        write!(text, "{comma}({id}, {}, '{:0>60}', '{:0>30}', 5.25, 6, 'seven', NULL, 9, 'ten')", id * 7, id, id)
            .unwrap();
    }
    text.into()
}

fn plan_miss() -> Run {
    let cluster = cluster(&rules(1, 1));
    let mut lexed = Lexed::default();
    Box::new(move || drop(black_box(planned(&cluster, black_box(&POINT_SELECT[1..]), &mut lexed))))
}

fn plan_cache_hit() -> Run {
    let road = Road::of_point_select();
    let mut lexed = Lexed::default();
    sql::lex(&POINT_SELECT[1..], LexMode::default(), &mut lexed).unwrap();
    Box::new(move || {
        let args = args(&POINT_SELECT[1..], &lexed, &[]);
        let found = road.cluster.plans.find(Some(SCHEMA), LexMode::default(), &lexed, |plan| plan.fits(&args));
        assert!(black_box(found).is_some());
    })
}

fn route(text: Vec<u8>) -> Run {
    let mut lexed = Lexed::default();
    let plan = planned(&cluster(&rules(1, 1)), &text, &mut lexed);
    let mut nodes = Vec::new();
    Box::new(move || {
        nodes.clear();
        plan.route(black_box(&args(&text, &lexed, &[])), &mut nodes).unwrap();
        black_box(&nodes);
    })
}

fn splice() -> Run {
    let text = &POINT_SELECT[1..];
    let mut lexed = Lexed::default();
    let plan = planned(&cluster(&rules(1, 1)), text, &mut lexed);
    let mut nodes = Vec::new();
    plan.route(&args(text, &lexed, &[]), &mut nodes).unwrap();
    let (mut out, mut numbers) = (Vec::new(), Vec::new());
    Box::new(move || {
        out.clear();
        let target = Target { node: nodes[0], spread: Spread::One, rows: &[] };
        plan.write(black_box(target), &args(text, &lexed, &[]), &mut out, &mut numbers).unwrap();
        black_box(&out);
    })
}

// --- the whole road

fn road_of_text() -> Run {
    let mut road = Road::of_point_select();
    Box::new(move || {
        road.query(black_box(POINT_SELECT));
        black_box(&road.output);
    })
}

fn road_of_execute() -> Run {
    let mut road = Road::of_point_select();
    let packet = execute_packet(5023);
    Box::new(move || {
        road.execute(black_box(&packet));
        black_box(&road.output);
    })
}

/// Point selects of each of so many tables in turn, all of them planned.
fn road_of_tables(tables: u32) -> Run {
    let mut road = Road::new(Arc::new(cluster(&rules(tables.try_into().unwrap(), 5))));
    let texts: Vec<Vec<u8>> =
        (1..=tables).map(|table| format!("\x03SELECT c FROM sbtest{table:05} WHERE id=5023").into()).collect();
    for text in &texts {
        road.query(text);
    }
    Box::new(move || {
        for _ in 0..LOOKUPS / tables {
            for text in &texts {
                road.query(black_box(text));
            }
        }
    })
}

fn road_of_insert() -> Run {
    let mut road = Road::of_point_select();
    let mut packet = vec![3];
    packet.extend(insert(INSERTED));
    Box::new(move || {
        road.query(black_box(&packet));
        black_box(&road.output);
    })
}

// --- wire

/// A backend's answer of 10,000 rows of about 190 bytes, read in pieces of 64 KiB, its frames numbered from `first` on
/// where they come from 1 on.
fn relay(first: u8) -> Run {
    const PIECE: usize = 64 * 1024;
    let capabilities = Capabilities::DEPRECATE_EOF;
    let answer = answer(capabilities);
    let mut out = Vec::new();
    Box::new(move || {
        let mut scanner = ResponseScanner::new(ResponseKind::Results, capabilities);
        let (mut at, mut piece, mut sequence, mut rows) = (0, PIECE, first, 0);
        let mut renumber = Renumber::default();
        out.clear();
        while !scanner.is_over() {
            let end = answer.len().min(at + piece);
            let (frames, run) = match scanner.scan(black_box(&answer[at..end])).unwrap() {
                Scanned::Rows { bytes, rows: here, run } => {
                    rows += here;
                    (bytes, Some(run))
                }
                Scanned::ColumnCount { frame, .. } | Scanned::Column { frame } | Scanned::End { frame, .. } => {
                    (frame, None)
                }
                Scanned::NeedBytes(_) => {
                    piece += PIECE;
                    continue;
                }
                other => panic!("{other:?}"),
            };
            piece = PIECE;
            if out.len() > PIECE {
                out.clear();
            }
            let from = out.len();
            out.extend_from_slice(&answer[at + frames.start..at + frames.end]);
            match run {
                Some(run) => renumber.apply_run(&mut out[from..], run, &mut sequence),
                None => renumber.apply(&mut out[from..], &mut sequence),
            }
            at += frames.end;
        }
        assert_eq!(rows, u64::from(ROWS));
    })
}

fn answer(capabilities: Capabilities) -> Vec<u8> {
    let (mut out, mut sequence) = (Vec::new(), 1);
    put_packet(&mut out, &mut sequence, |out| out.push(4));
    for name in ["id", "k", "c", "pad"] {
        let column = ColumnDefinition41 {
            names: Default::default(),
            name: name.as_bytes(),
            org_name: name.as_bytes(),
            collation: CollationId::UTF8MB4_GENERAL_CI,
            length: 120,
            kind: ColumnType::VAR_STRING,
            flags: Default::default(),
            decimals: 0,
            tail: b"",
        };
        put_packet(&mut out, &mut sequence, |out| column.encode(out));
    }
    for id in 0..ROWS {
        put_packet(&mut out, &mut sequence, |out| {
            for cell in [id.to_string(), (id * 7).to_string(), format!("{id:0>119}"), format!("{id:0>59}")] {
                put_text_cell(out, Some(cell.as_bytes()));
            }
        });
    }
    put_packet(&mut out, &mut sequence, |out| OkPacket::default().encode(OkHeader::EndOfRows, capabilities, out));
    out
}

// --- merge

fn concatenation() -> MergeSpec {
    MergeSpec::default()
}

fn cutting() -> MergeSpec {
    MergeSpec { hidden: 1, ..MergeSpec::default() }
}

fn key(value: ColumnAt) -> SortKey {
    SortKey { value, weight: None, descending: false }
}

/// ORDER BY the hidden last column.
fn ordered() -> MergeSpec {
    MergeSpec { hidden: 1, order: vec![key(ColumnAt::Hidden(0))], ..MergeSpec::default() }
}

/// `SELECT g, SUM(k), c, g2 … GROUP BY g`: every group has rows of all sources.
fn grouped() -> MergeSpec {
    let aggregates = vec![Aggregate { column: ColumnAt::Visible(1), combine: CombineAggregate::Sum }];
    let group = GroupSpec { keys: vec![key(ColumnAt::Visible(0))], aggregates };
    MergeSpec { hidden: 1, group: Some(group), ..MergeSpec::default() }
}

/// Merges rows of `(group BIGINT, k DECIMAL, c VARCHAR(120), order BIGINT)`, which each source sends sorted by the first
/// and by the last column, as the frames they came in.
fn merge(spec: &MergeSpec, format: RowFormat) -> Run {
    let frames = |source| {
        let (mut frames, mut sequence) = (Vec::new(), 0);
        for at in 0..ROWS / SOURCES {
            put_packet(&mut frames, &mut sequence, |out| put_row(at, source, format, out));
        }
        Bytes::from(frames)
    };
    let sources: Vec<Bytes> = (0..SOURCES).map(frames).collect();
    let spec = spec.clone();
    let mut out = Vec::new();
    Box::new(move || {
        let limits = MergeLimits { max_rows: u64::MAX, max_bytes: u64::MAX };
        let input = MergeInput { columns: merged_columns(), format, sources: sources.len(), weights: Weights::new() };
        let mut merger = Merger::new(&spec, input, None, limits).unwrap();
        for (source, rows) in sources.iter().enumerate() {
            merger.push(source, RowBatch::framed(rows.clone())).unwrap();
            merger.finish(source).unwrap();
        }
        loop {
            out.clear();
            match merger.next(&mut out).unwrap() {
                MergeStep::Row => _ = black_box(&out),
                MergeStep::Done => break,
                other => panic!("{other:?}"),
            }
        }
    })
}

fn merged_columns() -> Vec<ResultColumn> {
    let column = |kind: ColumnType, collation| ResultColumn { type_code: kind.0, flags: 0, collation, decimals: 0 };
    vec![
        column(ColumnType::LONGLONG, CollationId::BINARY),
        column(ColumnType::NEWDECIMAL, CollationId::BINARY),
        column(ColumnType::VAR_STRING, CollationId::UTF8MB4_GENERAL_CI),
        column(ColumnType::LONGLONG, CollationId::BINARY),
    ]
}

fn put_row(at: u32, source: u32, format: RowFormat, out: &mut Vec<u8>) {
    let (group, decimal, text) = (i64::from(at), (at * 7).to_string(), format!("{at:0>119}"));
    let order = i64::from(at * SOURCES + source);
    match format {
        RowFormat::Text => {
            for cell in [group.to_string(), decimal, text, order.to_string()] {
                put_text_cell(out, Some(cell.as_bytes()));
            }
        }
        RowFormat::Binary => {
            let cells = [
                BinaryCell::Int(group),
                BinaryCell::Bytes(decimal.as_bytes()),
                BinaryCell::Bytes(text.as_bytes()),
                BinaryCell::Int(order),
            ];
            put_binary_row(out, &cells);
        }
    }
}

// --- rules, catalog

/// Routes one value through a function over 8 databases.
fn function(function: &str, value: &KeyValue<'static>) -> Run {
    let yaml = format!(
        "schema: s\nshards:\n  - {{ database: \"s_{{0..7}}\", instance: a }}\ndefault: {{ single: s_0 }}\n\
         tables:\n  t: {{ dbpartition: \"{function}\" }}\n"
    );
    let files = [RuleFile { name: "s.yaml", text: &yaml }];
    let sets = rule::check(&files, &["a"], 1).unwrap_or_else(|problems| panic!("{problems:?}"));
    let Some(Placement::Split(split)) = sets[0].placement("t").cloned() else { panic!("it is split") };
    let values = [value.clone()];
    let mut nodes = Vec::new();
    Box::new(move || {
        for _ in 0..LOOKUPS {
            nodes.clear();
            split.route(black_box(&[KeySet::Values(&values)]), &mut nodes).unwrap();
            black_box(&nodes);
        }
    })
}

fn rule_lookup(tables: u32) -> Run {
    let rules = rules(tables.try_into().unwrap(), 5);
    let names: Vec<String> = rules.tables().map(|(name, _)| name.to_owned()).collect();
    Box::new(move || {
        for _ in 0..LOOKUPS / tables {
            for name in &names {
                assert!(black_box(rules.placement(black_box(name))).is_some());
            }
        }
    })
}

fn table_lookup(tables: u32) -> Run {
    let rules = rules(tables.try_into().unwrap(), 5);
    let names: Vec<String> = rules.tables().map(|(name, _)| name.to_owned()).collect();
    let cluster = cluster(&rules);
    Box::new(move || {
        for _ in 0..LOOKUPS / tables {
            for name in &names {
                assert!(matches!(black_box(cluster.table(SCHEMA, black_box(name))), Lookup::Known(_)));
            }
        }
    })
}
