//! The merger against a naive model: random rows, randomly split over sources, in both formats.
//!
//! The model sorts and groups plain values in memory and knows nothing of rows, weights or streams. Each failure names
//! its seed, which is all that a run depends on.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "test"
)]

use std::cmp::Ordering;

use bytes::Bytes;

use super::*;
use crate::value::CollationId;

/// A value of the model.
#[derive(Clone, Debug, PartialEq)]
enum V {
    Null,
    Int(i64),
    UInt(u64),
    /// In units of 10^-scale.
    Dec(i128, u8),
    Double(f64),
    Text(String),
    Raw(Vec<u8>),
    /// Year to microsecond.
    DateTime([u32; 7]),
    /// Signed microseconds.
    Time(i64),
}

type Row = Vec<V>;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn signed(&mut self, within: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(2 * within + 1).unwrap()).unwrap() - within
    }
}

// === the model's order ===

/// An order in the model's words and in the merge's.
type Order<'o> = (&'o [(usize, bool)], Vec<SortKey>);

fn compare(a: &V, b: &V) -> Ordering {
    match (a, b) {
        (V::Null, V::Null) => Ordering::Equal,
        (V::Null, _) => Ordering::Less,
        (_, V::Null) => Ordering::Greater,
        (V::Int(a), V::Int(b)) => a.cmp(b),
        (V::UInt(a), V::UInt(b)) => a.cmp(b),
        (V::Dec(a, m), V::Dec(b, n)) => {
            let scale = (*m).max(*n);
            (a * 10_i128.pow(u32::from(scale - m))).cmp(&(b * 10_i128.pow(u32::from(scale - n))))
        }
        (V::Double(a), V::Double(b)) => a.partial_cmp(b).unwrap(),
        (V::Text(a), V::Text(b)) => {
            let width = a.len().max(b.len());
            format!("{:width$}", a.to_ascii_uppercase()).cmp(&format!("{:width$}", b.to_ascii_uppercase()))
        }
        (V::Raw(a), V::Raw(b)) => a.cmp(b),
        (V::DateTime(a), V::DateTime(b)) => a.cmp(b),
        (V::Time(a), V::Time(b)) => a.cmp(b),
        other => panic!("{other:?} have different types"),
    }
}

fn compare_rows(a: &Row, b: &Row, keys: &[(usize, bool)]) -> Ordering {
    keys.iter()
        .map(|&(at, descending)| {
            let order = compare(&a[at], &b[at]);
            if descending { order.reverse() } else { order }
        })
        .find(|&order| order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

// === rows on the wire ===

fn column(type_code: u8, flags: u16, collation: u16, decimals: u8) -> ResultColumn {
    ResultColumn { type_code, flags, collation: CollationId(collation), decimals }
}

fn decimal_text(value: i128, scale: u8) -> String {
    let power = 10_i128.pow(u32::from(scale));
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.abs() / power, value.abs() % power);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0w$}", w = usize::from(scale)) }
}

fn time_parts(micros: i64) -> (u64, u64, u64, u64) {
    let all = micros.unsigned_abs();
    (all / 3_600_000_000, all / 60_000_000 % 60, all / 1_000_000 % 60, all % 1_000_000)
}

fn text_cell(value: &V) -> Option<Vec<u8>> {
    Some(match value {
        V::Null => return None,
        V::Int(v) => v.to_string().into_bytes(),
        V::UInt(v) => v.to_string().into_bytes(),
        V::Dec(v, scale) => decimal_text(*v, *scale).into_bytes(),
        V::Double(v) => format!("{v:e}").into_bytes(),
        V::Text(v) => v.clone().into_bytes(),
        V::Raw(v) => v.clone(),
        V::DateTime([y, m, d, h, i, s, u]) => format!("{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02}.{u:06}").into_bytes(),
        V::Time(v) => {
            let (h, m, s, u) = time_parts(*v);
            format!("{}{h:02}:{m:02}:{s:02}.{u:06}", if *v < 0 { "-" } else { "" }).into_bytes()
        }
    })
}

fn length_encoded(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes.len() {
        len @ 0..=250 => out.push(u8::try_from(len).unwrap()),
        len => {
            out.push(0xFC);
            out.extend(u16::try_from(len).unwrap().to_le_bytes());
        }
    }
    out.extend(bytes);
}

fn binary_cell(value: &V, definition: ResultColumn, out: &mut Vec<u8>) {
    match value {
        V::Null => {}
        V::Int(v) if definition.type_code == type_code::LONG => out.extend(i32::try_from(*v).unwrap().to_le_bytes()),
        V::Int(v) => out.extend(v.to_le_bytes()),
        V::UInt(v) if definition.type_code == type_code::BIT => length_encoded(&v.to_be_bytes()[6..], out),
        V::UInt(v) if definition.type_code == type_code::YEAR => out.extend(u16::try_from(*v).unwrap().to_le_bytes()),
        V::UInt(v) => out.extend(v.to_le_bytes()),
        V::Double(v) => out.extend(v.to_le_bytes()),
        V::Dec(..) | V::Text(_) | V::Raw(_) => length_encoded(&text_cell(value).unwrap(), out),
        V::DateTime([y, m, d, h, i, s, u]) => {
            let byte = |v: &u32| u8::try_from(*v).unwrap();
            let mut bytes = u16::try_from(*y).unwrap().to_le_bytes().to_vec();
            bytes.extend([byte(m), byte(d)]);
            if [h, i, s, u].iter().any(|&&part| part != 0) {
                bytes.extend([byte(h), byte(i), byte(s)]);
            }
            if *u != 0 {
                bytes.extend(u.to_le_bytes());
            }
            length_encoded(&bytes, out);
        }
        V::Time(v) => {
            let (h, m, s, u) = time_parts(*v);
            let mut bytes = vec![u8::from(*v < 0)];
            bytes.extend(u32::try_from(h / 24).unwrap().to_le_bytes());
            bytes.extend([h % 24, m, s].map(|part| u8::try_from(part).unwrap()));
            if u != 0 {
                bytes.extend(u32::try_from(u).unwrap().to_le_bytes());
            }
            length_encoded(&bytes, out);
        }
    }
}

fn encode(format: RowFormat, columns: &[ResultColumn], row: &[V]) -> Vec<u8> {
    let mut out = Vec::new();
    match format {
        RowFormat::Text => {
            for (value, definition) in row.iter().zip(columns) {
                match (value, definition.type_code) {
                    (V::UInt(v), type_code::BIT) => length_encoded(&v.to_be_bytes()[6..], &mut out),
                    _ => match text_cell(value) {
                        None => out.push(0xFB),
                        Some(bytes) => length_encoded(&bytes, &mut out),
                    },
                }
            }
        }
        RowFormat::Binary => {
            out.push(0);
            let mut bitmap = vec![0_u8; (row.len() + 9) / 8];
            for (index, value) in row.iter().enumerate() {
                if *value == V::Null {
                    bitmap[(index + 2) / 8] |= 1 << ((index + 2) % 8);
                }
            }
            out.extend(bitmap);
            row.iter().zip(columns).for_each(|(value, definition)| binary_cell(value, *definition, &mut out));
        }
    }
    out
}

/// What a server gives as WEIGHT_STRING of a case-insensitive PAD SPACE collation.
fn weight(value: &V) -> V {
    match value {
        V::Text(text) => V::Raw(text.to_ascii_uppercase().into_bytes()),
        _ => V::Null,
    }
}

// === running ===

const NO_LIMITS: MergeLimits = MergeLimits { max_rows: u64::MAX, max_bytes: u64::MAX };

struct Case<'c> {
    spec: &'c MergeSpec,
    columns: &'c [ResultColumn],
    format: RowFormat,
    weights: Weights,
    window: Option<Window>,
    limits: MergeLimits,
}

/// Feeds the sources' rows as the merger asks for them, now and then one more than it asks for.
fn run(case: &Case<'_>, sources: &[Vec<Row>], rng: &mut Rng) -> Result<Vec<Vec<u8>>, MergeError> {
    let input = MergeInput {
        columns: case.columns.to_vec(),
        format: case.format,
        sources: sources.len(),
        weights: case.weights.clone(),
    };
    let mut merger = Merger::new(case.spec, input, case.window, case.limits)?;
    let mut sent = vec![0; sources.len()];
    let feed = |merger: &mut Merger, source: usize, sent: &mut Vec<usize>| {
        let rows = &sources[source];
        let at = sent[source];
        let row = |at: usize| encode(case.format, case.columns, &rows[at]);
        sent[source] += 1;
        match at.cmp(&rows.len()) {
            // Now and then some rows in one piece, as they come over the wire.
            Ordering::Less if at % 3 == 1 => {
                let end = rows.len().min(at + 1 + rows.len() % 4);
                sent[source] = end;
                let mut frames = Vec::new();
                for row in (at..end).map(row) {
                    frames.extend_from_slice(&u32::try_from(row.len()).unwrap().to_le_bytes()[..3]);
                    frames.push(7);
                    frames.extend(row);
                }
                merger.push(source, RowBatch::framed(Bytes::from(frames)))
            }
            Ordering::Less => merger.push(source, Bytes::from(row(at))),
            Ordering::Equal => merger.finish(source),
            Ordering::Greater => Ok(()),
        }
    };
    let mut rows = Vec::new();
    loop {
        let mut out = b"before".to_vec();
        match merger.next(&mut out)? {
            Step::Row => rows.push(out.split_off(6)),
            Step::Need(source) => {
                assert!(sent[source] <= sources[source].len(), "asked for a source that has ended");
                feed(&mut merger, source, &mut sent)?;
                let other = rng.below(sources.len());
                if rng.chance(3) {
                    feed(&mut merger, other, &mut sent)?;
                }
            }
            Step::NeedAny => feed(&mut merger, rng.below(sources.len()), &mut sent)?,
            Step::Done => return Ok(rows),
        }
    }
}

fn window(rng: &mut Rng) -> Option<Window> {
    (!rng.chance(3)).then(|| Window {
        offset: u64::try_from(rng.below(4) * rng.below(10)).unwrap(),
        count: u64::try_from(rng.below(30)).unwrap(),
    })
}

fn cut(rows: Vec<Row>, window: Option<Window>) -> Vec<Row> {
    let Some(Window { offset, count }) = window else { return rows };
    rows.into_iter().skip(usize::try_from(offset).unwrap()).take(usize::try_from(count).unwrap()).collect()
}

fn show(format: RowFormat, columns: &[ResultColumn], rows: &[Row]) -> Vec<Vec<u8>> {
    rows.iter().map(|row| encode(format, columns, row)).collect()
}

// === tables ===

const TEXT_COLLATION: u16 = 45;
const S: usize = 3;

/// id, int, decimal, text, datetime, time, double, bit, bytes, year.
fn table_columns() -> Vec<ResultColumn> {
    vec![
        column(type_code::LONGLONG, 32, 63, 0),
        column(type_code::LONG, 0, 63, 0),
        column(type_code::NEWDECIMAL, 0, 63, 2),
        column(type_code::VAR_STRING, 0, TEXT_COLLATION, 0),
        column(type_code::DATETIME, 0, 63, 6),
        column(type_code::TIME, 0, 63, 6),
        column(type_code::DOUBLE, 0, 63, 31),
        column(type_code::BIT, 32, 63, 0),
        column(type_code::BLOB, 128, 63, 0),
        column(type_code::YEAR, 96, 63, 0),
    ]
}

fn word(rng: &mut Rng) -> String {
    (0..rng.below(4)).map(|_| ['a', 'A', 'b', 'z', ' ', '\t', '~'][rng.below(7)]).collect()
}

fn table_row(rng: &mut Rng, id: u64) -> Row {
    let small = |rng: &mut Rng, end: usize| u32::try_from(rng.below(end)).unwrap();
    let mut row = vec![
        V::UInt(u64::MAX - 1000 + id),
        V::Int(rng.signed(3)),
        V::Dec(i128::from(rng.signed(300)), 2),
        V::Text(word(rng)),
        V::DateTime([2000 + small(rng, 2), 1 + small(rng, 2), small(rng, 3), 0, small(rng, 2), 0, small(rng, 2) * 500]),
        V::Time(rng.signed(3) * 1_800_000_001),
        V::Double([0.0, -1.5, 1e100, 2.25, -1e-7][rng.below(5)]),
        V::UInt(rng.next() % 300),
        V::Raw(word(rng).into_bytes()),
        V::UInt([0, 1901, 2024, 2155][rng.below(4)]),
    ];
    for value in row.iter_mut().skip(1) {
        if rng.chance(8) {
            *value = V::Null;
        }
    }
    row
}

fn split(rng: &mut Rng, rows: &[Row]) -> Vec<Vec<Row>> {
    let mut sources = vec![Vec::new(); 1 + rng.below(7)];
    for row in rows {
        let source = rng.below(sources.len());
        sources[source].push(row.clone());
    }
    sources
}

fn table(rng: &mut Rng) -> Vec<Row> {
    let count = if rng.chance(5) { 0 } else { rng.below(60) };
    (0..count).map(|id| table_row(rng, u64::try_from(id).unwrap())).collect()
}

fn at(index: usize, visible: usize) -> ColumnAt {
    match index.checked_sub(visible) {
        None => ColumnAt::Visible(u16::try_from(index).unwrap()),
        Some(hidden) => ColumnAt::Hidden(u16::try_from(hidden).unwrap()),
    }
}

fn key(index: usize, visible: usize, weight: Option<usize>, descending: bool) -> SortKey {
    SortKey { value: at(index, visible), weight: weight.map(|index| at(index, visible)), descending }
}

fn both(test: impl Fn(u64, RowFormat)) {
    for seed in 0..400 {
        test(seed, RowFormat::Text);
        test(seed, RowFormat::Binary);
    }
}

// === the tests ===

#[test]
fn concatenation_gives_every_row_once() {
    both(|seed, format| {
        let mut rng = Rng(seed);
        let sources = {
            let rows = table(&mut rng);
            split(&mut rng, &rows)
        };
        let columns = table_columns();
        let hidden = rng.below(4);
        let spec = MergeSpec { hidden: u16::try_from(hidden).unwrap(), ..MergeSpec::default() };
        let visible = &columns[..columns.len() - hidden];
        let case =
            Case { spec: &spec, columns: &columns, format, weights: Weights::new(), window: None, limits: NO_LIMITS };
        let mut merged = run(&case, &sources, &mut rng).unwrap();
        let all: Vec<Row> = sources.concat().into_iter().map(|row| row[..visible.len()].to_vec()).collect();
        let mut expected = show(format, visible, &all);
        merged.sort();
        expected.sort();
        assert_eq!(merged, expected, "seed {seed} {format:?}");
    });
}

#[test]
fn ordered_merge_is_a_stable_sort() {
    both(|seed, format| {
        let mut rng = Rng(seed);
        let mut sources = {
            let rows = table(&mut rng);
            split(&mut rng, &rows)
        };
        let mut columns = table_columns();
        let visible = columns.len();
        columns.push(column(type_code::VAR_STRING, 128, 63, 0));
        let keys: Vec<(usize, bool)> = (0..1 + rng.below(3)).map(|_| (rng.below(visible), rng.chance(2))).collect();
        for source in &mut sources {
            source.sort_by(|a, b| compare_rows(a, b, &keys));
        }
        let order =
            keys.iter().map(|&(index, descending)| key(index, visible, (index == S).then_some(visible), descending));
        let spec = MergeSpec { hidden: 1, group: None, order: order.collect(), limited: false };
        let mut weights = Weights::new();
        weights.set(ColumnAt::Hidden(0), PadWeight::Space(b" ".to_vec()));
        let window = window(&mut rng);

        let mut expected = sources.concat();
        expected.sort_by(|a, b| compare_rows(a, b, &keys));
        let expected = show(format, &columns[..visible], &cut(expected, window));

        for row in sources.iter_mut().flatten() {
            row.push(weight(&row[S]));
        }
        let case = Case { spec: &spec, columns: &columns, format, weights, window, limits: NO_LIMITS };
        assert_eq!(run(&case, &sources, &mut rng).unwrap(), expected, "seed {seed} {format:?} {keys:?}");
    });
}

#[test]
fn distinct_is_grouping_without_aggregates() {
    both(|seed, format| {
        let mut rng = Rng(seed);
        let all = table_columns();
        // int, text, year, and the text's weight.
        let columns = [all[1], all[S], all[9], column(type_code::VAR_STRING, 128, 63, 0)];
        let keys = [(1, false), (0, true), (2, false)];
        let rows: Vec<Row> =
            table(&mut rng).into_iter().map(|row| vec![row[1].clone(), row[S].clone(), row[9].clone()]).collect();
        let distinct = |mut rows: Vec<Row>| {
            rows.sort_by(|a, b| compare_rows(a, b, &keys));
            rows.dedup_by(|b, a| compare_rows(a, b, &keys) == Ordering::Equal);
            rows
        };
        let mut sources: Vec<Vec<Row>> = split(&mut rng, &rows).into_iter().map(distinct).collect();
        let window = window(&mut rng);
        let expected = show(format, &columns[..3], &cut(distinct(sources.concat()), window));
        for row in sources.iter_mut().flatten() {
            row.push(weight(&row[1]));
        }
        let keys =
            keys.iter().map(|&(index, descending)| key(index, 3, (index == 1).then_some(3), descending)).collect();
        let spec =
            MergeSpec { hidden: 1, group: Some(GroupSpec { keys, aggregates: vec![] }), order: vec![], limited: false };
        let mut weights = Weights::new();
        weights.set(ColumnAt::Hidden(0), PadWeight::Space(b" ".to_vec()));
        let case = Case { spec: &spec, columns: &columns, format, weights, window, limits: NO_LIMITS };
        assert_eq!(run(&case, &sources, &mut rng).unwrap(), expected, "seed {seed} {format:?}");
    });
}

/// `SELECT i, s, COUNT(*), SUM(d), MIN(s2), MAX(dt), AVG(d), BIT_XOR(b) … GROUP BY i, s`, then hidden: the weights of s
/// and MIN(s2), SUM(d), COUNT(d).
mod grouping {
    use super::*;

    pub(super) const VISIBLE: usize = 8;

    pub(super) fn columns() -> Vec<ResultColumn> {
        let all = table_columns();
        let weight = column(type_code::VAR_STRING, 128, 63, 0);
        let count = column(type_code::LONGLONG, 1, 63, 0);
        let sum = column(type_code::NEWDECIMAL, 0, 63, 2);
        let avg = column(type_code::NEWDECIMAL, 0, 63, 6);
        let bits = column(type_code::LONGLONG, 33, 63, 0);
        vec![all[1], all[S], count, sum, all[S], all[4], avg, bits, weight, weight, sum, count]
    }

    pub(super) fn weights() -> Weights {
        let mut weights = Weights::new();
        weights.set(ColumnAt::Hidden(0), PadWeight::Space(b" ".to_vec()));
        weights.set(ColumnAt::Hidden(1), PadWeight::Space(b" ".to_vec()));
        weights
    }

    pub(super) fn aggregates() -> Vec<Aggregate> {
        let visible = ColumnAt::Visible;
        let hidden = ColumnAt::Hidden;
        let of = |column, combine| Aggregate { column: visible(column), combine };
        vec![
            of(2, CombineAggregate::Count),
            of(3, CombineAggregate::Sum),
            of(4, CombineAggregate::Min(key(4, VISIBLE, Some(9), false))),
            of(5, CombineAggregate::Max(key(5, VISIBLE, None, false))),
            of(6, CombineAggregate::Avg { sum: hidden(2), count: hidden(3) }),
            of(7, CombineAggregate::BitXor),
        ]
    }

    /// One server's answer, hidden columns included, over rows that are already in the order of the groups.
    pub(super) fn answer(mut rows: Vec<Row>, keys: &[(usize, bool)]) -> Vec<Row> {
        rows.sort_by(|a, b| compare_rows(a, b, keys));
        rows.chunk_by(|a, b| compare_rows(a, b, keys) == Ordering::Equal).map(|group| one(group, &group[0])).collect()
    }

    pub(super) fn one(group: &[Row], first: &[V]) -> Row {
        let decimals: Vec<i128> =
            group.iter().filter_map(|row| if let V::Dec(v, _) = row[2] { Some(v) } else { None }).collect();
        let (sum, count) = (decimals.iter().sum::<i128>(), i128::try_from(decimals.len()).unwrap());
        let (total, average) = if count == 0 {
            (V::Null, V::Null)
        } else {
            // Half away from zero at six digits.
            let doubled = sum.abs() * 20_000 / count;
            (V::Dec(sum, 2), V::Dec((doubled + 1) / 2 * sum.signum(), 6))
        };
        let known = |at: usize| group.iter().map(move |row| &row[at]).filter(|value| **value != V::Null);
        let least = known(S).reduce(|a, b| if compare(b, a) == Ordering::Less { b } else { a }).unwrap_or(&V::Null);
        let most = known(4).reduce(|a, b| if compare(b, a) == Ordering::Greater { b } else { a }).unwrap_or(&V::Null);
        let bits = known(7).fold(0, |bits, value| if let V::UInt(v) = value { bits ^ v } else { bits });
        vec![
            first[1].clone(),
            first[S].clone(),
            V::Int(i64::try_from(group.len()).unwrap()),
            total.clone(),
            least.clone(),
            most.clone(),
            average,
            V::UInt(bits),
            weight(&first[S]),
            weight(least),
            total,
            V::Int(i64::try_from(count).unwrap()),
        ]
    }
}

#[test]
fn grouping_combines_what_the_shards_counted() {
    use grouping::*;
    both(|seed, format| {
        let mut rng = Rng(seed);
        let keys = [(1, rng.chance(2)), (S, rng.chance(2))];
        let tables = {
            let rows = table(&mut rng);
            split(&mut rng, &rows)
        };
        let sources: Vec<Vec<Row>> = tables.iter().map(|rows| answer(rows.clone(), &keys)).collect();
        let group_keys = vec![key(0, VISIBLE, None, keys[0].1), key(1, VISIBLE, Some(8), keys[1].1)];
        let orders: [Order<'_>; 5] = [
            (&[], vec![]),
            (&[], group_keys[..1].to_vec()),
            (&[(2, true)], vec![key(2, VISIBLE, None, true)]),
            (&[(6, false), (4, true)], vec![key(6, VISIBLE, None, false), key(4, VISIBLE, Some(9), true)]),
            (&[(1, true), (3, false)], vec![key(1, VISIBLE, Some(8), true), key(3, VISIBLE, None, false)]),
        ];
        let (order, order_keys) = orders[rng.below(orders.len())].clone();
        let window = window(&mut rng);
        let mut expected = answer(tables.concat(), &keys);
        expected.sort_by(|a, b| compare_rows(a, b, order));
        let columns = columns();
        let expected: Vec<Row> = cut(expected, window).into_iter().map(|row| row[..VISIBLE].to_vec()).collect();

        let group = GroupSpec { keys: group_keys, aggregates: aggregates() };
        let spec = MergeSpec { hidden: 4, group: Some(group), order: order_keys, limited: window.is_some() };
        let case = Case { spec: &spec, columns: &columns, format, weights: weights(), window, limits: NO_LIMITS };
        let merged = run(&case, &sources, &mut rng).unwrap();
        assert_eq!(merged, show(format, &columns[..VISIBLE], &expected), "seed {seed} {format:?} {order:?}");
    });
}

#[test]
fn an_aggregate_without_groups_gives_one_row() {
    use grouping::*;
    both(|seed, format| {
        let mut rng = Rng(seed);
        let tables = {
            let rows = table(&mut rng);
            split(&mut rng, &rows)
        };
        let none = vec![V::Null; table_columns().len()];
        let whole = |rows: &[Row]| vec![one(rows, &none)];
        let sources: Vec<Vec<Row>> = tables.iter().map(|rows| whole(rows)).collect();
        let columns = columns();
        let group = GroupSpec { keys: vec![], aggregates: aggregates() };
        let spec = MergeSpec { hidden: 4, group: Some(group), order: vec![], limited: false };
        let expected = [whole(&tables.concat())[0][..VISIBLE].to_vec()];
        let case = Case { spec: &spec, columns: &columns, format, weights: weights(), window: None, limits: NO_LIMITS };
        let merged = run(&case, &sources, &mut rng).unwrap();
        assert_eq!(merged, show(format, &columns[..VISIBLE], &expected), "seed {seed} {format:?}");

        let mut short = sources.clone();
        short[0].clear();
        let error = run(&case, &short, &mut rng).unwrap_err();
        assert_eq!(error, MergeError::OneRowExpected { source_index: 0, rows: 0 });
    });
}

#[test]
fn any_byte_cut_or_changed_is_an_error_or_a_row_and_never_a_panic() {
    use grouping::*;
    for format in [RowFormat::Text, RowFormat::Binary] {
        let mut rng = Rng(7);
        let rows: Vec<Row> = (0..20).map(|id| table_row(&mut rng, id)).collect();
        let columns = columns();
        let keys = vec![key(0, VISIBLE, None, false), key(1, VISIBLE, Some(8), false)];
        let group = GroupSpec { keys, aggregates: aggregates() };
        let spec =
            MergeSpec { hidden: 4, group: Some(group), order: vec![key(6, VISIBLE, None, true)], limited: false };
        let good = encode(format, &columns, &answer(rows, &[(1, false), (S, false)])[0]);
        for round in 0..50_000 {
            let mut bad = good.clone();
            if rng.chance(2) {
                bad.truncate(rng.below(good.len() + 1));
            }
            for _ in 0..rng.below(4) {
                if !bad.is_empty() {
                    let place = rng.below(bad.len());
                    bad[place] = [0, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, u8::try_from(round % 256).unwrap()][rng.below(7)];
                }
            }
            let input = MergeInput { columns: columns.clone(), format, sources: 1, weights: weights() };
            let mut merger = Merger::new(&spec, input, None, NO_LIMITS).unwrap();
            merger.push(0, Bytes::from(bad.clone())).unwrap();
            merger.finish(0).unwrap();
            let mut out = Vec::new();
            while matches!(merger.next(&mut out), Ok(Step::Row)) {}
        }
    }
}

/// The weights of one and two spaces on MariaDB 10.11 and MySQL 9.7.
#[test]
fn only_collations_that_compare_byte_by_byte_have_a_pad_weight() {
    let check = |collation, one: &[u8], two: &[u8], expected| {
        assert_eq!(PadWeight::of_spaces(collation, one, two), expected, "{collation}");
    };
    let (one, two) = ([2, 9, 0, 32, 0, 2], [2, 9, 2, 9, 0, 32, 0, 32, 0, 2, 0, 2]);
    check("utf8mb4_general_ci", b"\0 ", b"\0 \0 ", Some(PadWeight::Space(b"\0 ".to_vec())));
    check("utf8mb4_nopad_bin", b"\0\0 ", b"\0\0 \0\0 ", Some(PadWeight::None));
    check("utf8mb4_uca1400_as_cs", &one, &two, None);
    check("utf8mb4_uca1400_nopad_ai_cs", &one, &two, None);
    check("utf8mb4_0900_as_cs", &one, &two, Some(PadWeight::None));
    check("utf8mb4_general_ci", b"", b"", None);
    check("latin7_general_ci", b"(", b"((", None);
}

// === refusals ===

fn refusal(spec: &MergeSpec, columns: &[ResultColumn]) -> MergeError {
    let input = MergeInput { columns: columns.to_vec(), format: RowFormat::Text, sources: 2, weights: Weights::new() };
    Merger::new(spec, input, None, NO_LIMITS).expect_err("must be refused")
}

#[test]
fn what_has_no_known_order_is_refused() {
    let by = |column| MergeSpec { order: vec![key(column, 9, None, false)], ..MergeSpec::default() };
    let text = column(type_code::VAR_STRING, 0, TEXT_COLLATION, 0);
    let json = column(245, 144, 63, 0);
    let geometry = column(255, 144, 63, 0);
    let member = column(type_code::STRING, 256, 63, 0);
    let float = column(type_code::FLOAT, 0, 63, 31);
    assert_eq!(refusal(&by(0), &[text]), MergeError::NoWeight { column: ColumnAt::Visible(0) });
    assert_eq!(refusal(&by(0), &[member]), MergeError::KeyType { column: ColumnAt::Visible(0), type_code: 254 });
    assert_eq!(refusal(&by(0), &[float]), MergeError::KeyType { column: ColumnAt::Visible(0), type_code: 4 });
    assert_eq!(refusal(&by(0), &[json]), MergeError::KeyType { column: ColumnAt::Visible(0), type_code: 245 });
    assert_eq!(refusal(&by(0), &[geometry]), MergeError::KeyType { column: ColumnAt::Visible(0), type_code: 255 });
    assert!(matches!(refusal(&by(3), &[text]), MergeError::NoColumn { .. }));
    // A weight without a word on trailing spaces is no better than none.
    let weighed = MergeSpec { hidden: 1, order: vec![key(0, 1, Some(1), false)], ..MergeSpec::default() };
    let weight = column(type_code::VAR_STRING, 128, 63, 0);
    assert_eq!(refusal(&weighed, &[text, weight]), MergeError::NoWeight { column: ColumnAt::Visible(0) });
}

#[test]
fn aggregates_that_do_not_combine_exactly_are_refused() {
    let with = |combine| MergeSpec {
        group: Some(GroupSpec { keys: vec![], aggregates: vec![Aggregate { column: ColumnAt::Visible(0), combine }] }),
        ..MergeSpec::default()
    };
    let double = column(type_code::DOUBLE, 0, 63, 31);
    let bytes = column(type_code::VAR_STRING, 128, 63, 0);
    let check = |combine, definition: ResultColumn, function| {
        let expected =
            MergeError::AggregateType { function, column: ColumnAt::Visible(0), type_code: definition.type_code };
        assert_eq!(refusal(&with(combine), &[definition]), expected);
    };
    check(CombineAggregate::Sum, double, "SUM");
    check(CombineAggregate::Avg { sum: ColumnAt::Visible(0), count: ColumnAt::Visible(0) }, double, "AVG");
    check(CombineAggregate::BitAnd, bytes, "BIT_AND");
    check(CombineAggregate::Count, double, "COUNT");
}

#[test]
fn a_stream_in_another_order_is_noticed() {
    let columns = [column(type_code::LONG, 0, 63, 0)];
    let spec = MergeSpec { order: vec![key(0, 1, None, false)], ..MergeSpec::default() };
    let case = Case {
        spec: &spec,
        columns: &columns,
        format: RowFormat::Text,
        weights: Weights::new(),
        window: None,
        limits: NO_LIMITS,
    };
    let rows = |values: &[i64]| values.iter().map(|&value| vec![V::Int(value)]).collect::<Vec<Row>>();
    let merged = run(&case, &[rows(&[1, 5]), rows(&[2, 4, 3])], &mut Rng(1));
    assert_eq!(merged, Err(MergeError::Unordered { source_index: 1 }));
}

#[test]
fn held_groups_are_bounded_by_named_limits() {
    let columns = [column(type_code::LONGLONG, 0, 63, 0), column(type_code::LONGLONG, 0, 63, 0)];
    let group = GroupSpec {
        keys: vec![key(0, 2, None, false)],
        aggregates: vec![Aggregate { column: ColumnAt::Visible(1), combine: CombineAggregate::Count }],
    };
    let spec = MergeSpec { group: Some(group), order: vec![key(1, 2, None, true)], ..MergeSpec::default() };
    let rows: Vec<Row> = (0..100).map(|value| vec![V::Int(value), V::Int(value % 7)]).collect();
    let check = |limits, window, expected: Result<usize, (&str, u64)>| {
        let case =
            Case { spec: &spec, columns: &columns, format: RowFormat::Text, weights: Weights::new(), window, limits };
        let merged = run(&case, &[rows.clone(), rows.clone()], &mut Rng(1));
        match (merged, expected) {
            (Ok(rows), Ok(count)) => assert_eq!(rows.len(), count),
            (Err(MergeError::Limit { name, limit, .. }), Err(expected)) => assert_eq!((name, limit), expected),
            other => panic!("{other:?}"),
        }
    };
    let rows_limit = MergeLimits { max_rows: 99, ..NO_LIMITS };
    check(rows_limit, None, Err(("limits.max_merge_rows", 99)));
    check(MergeLimits { max_rows: 100, ..NO_LIMITS }, None, Ok(100));
    check(MergeLimits { max_bytes: 1000, ..NO_LIMITS }, None, Err(("limits.max_merge_bytes", 1000)));
    // With a LIMIT only as many as can be needed are held.
    check(rows_limit, Some(Window { offset: 5, count: 20 }), Ok(20));
}

#[test]
fn overflow_is_an_error() {
    let columns = [column(type_code::LONGLONG, 0, 63, 0)];
    let group = GroupSpec {
        keys: vec![],
        aggregates: vec![Aggregate { column: ColumnAt::Visible(0), combine: CombineAggregate::Count }],
    };
    let spec = MergeSpec { group: Some(group), ..MergeSpec::default() };
    let case = Case {
        spec: &spec,
        columns: &columns,
        format: RowFormat::Binary,
        weights: Weights::new(),
        window: None,
        limits: NO_LIMITS,
    };
    let merged = run(&case, &[vec![vec![V::Int(i64::MAX)]], vec![vec![V::Int(1)]]], &mut Rng(1));
    assert_eq!(merged, Err(MergeError::OutOfRange { function: "COUNT", column: ColumnAt::Visible(0) }));
}
