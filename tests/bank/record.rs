//! One line for each run, kept in a file, so that a long bank may be run in parts and still be added up.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

/// What a run has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) brand: String,
    pub(crate) seed: u64,
    pub(crate) kills: u64,
    /// Acknowledged transfers, without two-sided updates and appends.
    pub(crate) transfers: u64,
    pub(crate) cuts: u64,
    pub(crate) violations: u64,
}

// === impl Run ===

impl Run {
    /// Appends it to a file, and gives the sum of all runs there on the same brand of server.
    pub(crate) fn record(&self, path: &Path) -> std::io::Result<String> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        writeln!(file, "{self}")?;
        Ok(total(&fs::read_to_string(path)?, &self.brand))
    }

    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [brand, seed, kills, transfers, cuts, violations] = *words else { return None };
        let number = |word: &str| word.split_once('=')?.1.parse().ok();
        Some(Self {
            brand: brand.to_owned(),
            seed: number(seed)?,
            kills: number(kills)?,
            transfers: number(transfers)?,
            cuts: number(cuts)?,
            violations: number(violations)?,
        })
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { brand, seed, kills, transfers, cuts, violations } = self;
        write!(f, "{brand} seed={seed} kills={kills} transfers={transfers} cuts={cuts} violations={violations}")
    }
}

/// All runs of a brand together, those with violations and those of a seed that was used before too.
fn total(lines: &str, brand: &str) -> String {
    let runs: Vec<Run> = lines.lines().filter_map(Run::parse).filter(|run| run.brand == brand).collect();
    let sum = |part: fn(&Run) -> u64| runs.iter().map(part).sum::<u64>();
    let (kills, transfers, cuts) = (sum(|run| run.kills), sum(|run| run.transfers), sum(|run| run.cuts));
    let failed = runs.iter().filter(|run| run.violations > 0).count();
    format!(
        "all {} runs on {brand}: {kills} kills, {transfers} acknowledged transfers, {cuts} cuts, {failed} runs with \
         violations",
        runs.len()
    )
}

#[test]
fn runs_add_up() {
    let run = |brand: &str, seed, violations| Run {
        brand: brand.to_owned(),
        seed,
        kills: 250,
        transfers: 30_000,
        cuts: 7,
        violations,
    };
    let lines: Vec<String> =
        [run("mariadb", 1, 0), run("mysql", 2, 0), run("mariadb", 3, 2)].iter().map(Run::to_string).collect();
    let lines = lines.join("\n") + "\nsomething else";
    let expected = "all 2 runs on mariadb: 500 kills, 60000 acknowledged transfers, 14 cuts, 1 runs with violations";
    assert_eq!(total(&lines, "mariadb"), expected);
    assert_eq!(Run::parse(&run("mysql", 9, 1).to_string()), Some(run("mysql", 9, 1)));
}
