//! Benches of each layer without I/O: `make bench` times them by criterion, `make instructions` counts the instructions
//! of some of them under callgrind, which repeat exactly.
//!
//! Run as `layers instructions STEP` this program does one step, and all that is to be counted inside `counted`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench ends by panicking and reports on standard output"
)]

mod road;
mod steps;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use steps::{Run, STEPS};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["instructions"] => {
            for step in STEPS.iter().filter(|step| step.counted_runs > 0) {
                println!("{} {} {}", step.name, step.counted_runs * step.units, step.unit);
            }
        }
        ["instructions", name] => {
            let Some(step) = STEPS.iter().find(|step| step.name == *name) else {
                eprintln!("no step {name}");
                return ExitCode::FAILURE;
            };
            let mut run = (step.start)();
            // Buffers grow and caches fill before anything is counted.
            run();
            counted(&mut run, step.counted_runs);
        }
        _ => time_all(),
    }
    ExitCode::SUCCESS
}

/// What callgrind looks at, and nothing else: `--toggle-collect` names it.
#[inline(never)]
fn counted(run: &mut Run, times: u32) {
    for _ in 0..black_box(times) {
        run();
    }
}

fn time_all() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for step in STEPS {
        let (layer, what) = step.name.split_once('/').unwrap();
        let mut group = criterion.benchmark_group(layer);
        group.throughput(Throughput::Elements(u64::from(step.units)));
        group.bench_function(what, |bencher| {
            let mut run = (step.start)();
            bencher.iter(&mut run);
        });
        group.finish();
    }
    criterion.final_summary();
}
