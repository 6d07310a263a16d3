//! Samples.
use super::*;

#[test]
fn scratch_corpus() {
    let Ok(files) = std::env::var("WEIR_SCRATCH_CORPUS") else { return };
    let (mut good, mut bad) = (0, 0);
    for file in files.split(':') {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let sql = line.replace("\\n", "\n");
            match std::panic::catch_unwind(|| read_in(LexMode::default(), sql.as_bytes())) {
                Err(_) => println!("PANIC {sql}"),
                Ok(Err(e)) => { bad += 1; println!("BAD {e} <== {line}"); }
                Ok(Ok(s)) => { good += 1; let _ = print::statement(&sql, &s); }
            }
        }
    }
    println!("good {good} bad {bad}");
}
