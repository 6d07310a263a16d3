//! What the road of a routed point select allocates once its buffers have grown: nothing, neither in the layers without
//! I/O nor in a whole session.
//!
//! A binary of its own, because it needs an allocator of its own; it counts what the calling thread asks for.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "test")]

#[path = "../benches/road.rs"]
mod road;
#[path = "allocations/session.rs"]
mod session;
#[path = "../benches/steps.rs"]
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use allocation_counter::measure;
use road::{POINT_SELECT, Road, cluster, execute_packet, rules_of};
use session::How;
use steps::STEPS;

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![1_u8]))).count_total, 1);
}

#[test]
fn a_plan_cache_hit_of_a_text_allocates_nothing() {
    let mut road = Road::of_point_select();
    let texts: Vec<Vec<u8>> = (1..=64).map(|id| format!("\x03SELECT c FROM sbtest1 WHERE id={id:06}").into()).collect();
    let mut nodes = BTreeSet::new();
    road.query(&texts[0]);
    let counted = measure(|| {
        for text in &texts {
            road.query(text);
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    nodes.extend(texts.iter().map(|text| road.query(text)));
    assert_eq!(nodes.len(), 8, "every node is reached: {nodes:?}");
    road.query(POINT_SELECT);
    let node = usize::from(5023_u16 % 8);
    let due = format!("\x03SELECT c FROM `sbtest_{node:02}`.`sbtest1` AS `sbtest1` WHERE id=5023");
    assert_eq!(String::from_utf8_lossy(&road.output[4..]), due);
}

#[test]
fn a_statement_that_gives_two_keys_a_value_allocates_nothing() {
    let rules = rules_of("  pairs: { dbpartition: hash(id), tbpartition: hash(k), tbpartitions: 2 }\n");
    let mut road = Road::new(Arc::new(cluster(&rules)));
    let texts: Vec<Vec<u8>> =
        (1..=64).map(|id| format!("\x03SELECT c FROM pairs WHERE k={id:06} AND id=5023").into()).collect();
    let nodes: BTreeSet<_> = texts.iter().map(|text| road.query(text)).collect();
    assert_eq!(nodes.len(), 2, "one database, both of its tables: {nodes:?}");
    let counted = measure(|| {
        for text in &texts {
            road.query(text);
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn an_execution_of_a_prepared_statement_allocates_nothing() {
    let mut road = Road::of_point_select();
    let packets: Vec<Vec<u8>> = (1..=64).map(execute_packet).collect();
    for packet in &packets {
        road.execute(packet);
    }
    let counted = measure(|| {
        for packet in &packets {
            road.execute(packet);
        }
    });
    assert_eq!(counted.count_total, 0, "{counted:?}");
    road.execute(&packets[4]);
    assert_eq!(road.output[4], 0x17);
    assert!(road.output.ends_with(&5_i64.to_le_bytes()));
}

#[test]
fn a_session_allocates_nothing_for_a_text() {
    let counted = session::counted(How::Text);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_session_allocates_nothing_for_an_execution() {
    let counted = session::counted(How::Prepared);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_session_allocates_nothing_for_an_update() {
    let counted = session::counted(How::Update);
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

/// Hundredths of bytes that a merge may allocate for each row that comes.
const MERGES: [(&str, u64); 6] = [
    ("merge/concatenate_text", 10),
    ("merge/cut_hidden_text", 10),
    ("merge/ordered_text", 100),
    ("merge/ordered_binary", 100),
    ("merge/grouped_text", 6_000),
    ("merge/grouped_binary", 6_000),
];

#[test]
fn a_merge_allocates_few_bytes_a_row() {
    let merges = STEPS.iter().filter(|step| step.name.starts_with("merge/") && step.counted_runs > 0);
    for (step, (name, most)) in merges.zip(MERGES) {
        assert_eq!(step.name, name);
        let mut run = (step.start)();
        run();
        let counted = measure(&mut run);
        let hundredths = counted.bytes_total * 100 / u64::from(step.units);
        let (whole, part) = (hundredths / 100, hundredths % 100);
        let (count, unit) = (counted.count_total, step.unit);
        println!("{name}: {whole}.{part:02} bytes a {unit}, {count} allocations for {} of them", step.units);
        assert!(hundredths <= most, "{name}: {counted:?}");
    }
}
