//! Every state that a machine can reach, and what is wrong with it: breadth first, so that a trace to a violation is a
//! shortest one. Knows nothing of transactions.
//!
//! Two kinds of property are checked. *Safety*: no reachable state is bad. *Promises*: from every reachable state,
//! whatever went before, the steps that are promised to happen can still lead to where it was promised to end. A deadlock
//! and a loop without a way out both fail the second kind.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What is explored.
pub(crate) trait Machine {
    type State: Copy + Eq + Hash + Debug + 'static;

    fn start(&self) -> Self::State;

    /// Every step out of a state.
    fn steps(&self, state: &Self::State, steps: &mut Vec<Step<Self::State>>);

    /// The safety property that a state breaks.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;

    /// What else is promised.
    fn promises(&self) -> &'static [Promise<Self::State>];
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<S> {
    pub(crate) name: &'static str,
    /// A set of bits: who takes it.
    pub(crate) by: u8,
    pub(crate) to: S,
}

/// Whatever has happened, it still ends well if these keep taking their steps.
pub(crate) struct Promise<S: 'static> {
    pub(crate) property: &'static str,
    /// Whose steps happen sooner or later if they can.
    pub(crate) by: u8,
    /// Whether it has ended.
    pub(crate) settled: fn(&S) -> bool,
}

/// What an exploration found.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) steps: usize,
    /// The longest shortest way to a state.
    pub(crate) depth: usize,
}

/// A property that does not hold, and how to get there.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) property: &'static str,
    pub(crate) trace: String,
}

/// FNV-1a over words: the states are small and the standard hash is most of the time of a run.
#[derive(Default)]
pub(crate) struct Fnv(u64);

struct Seen<S> {
    states: Vec<S>,
    numbers: HashMap<S, u32, BuildHasherDefault<Fnv>>,
    /// The state that each was first reached from.
    parents: Vec<u32>,
    /// The steps that somebody promises, as pairs of source and target.
    promised: Vec<(u32, u32, u8)>,
}

// === impl Fnv ===

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // The table takes its bits from both ends.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

// === impl Explored ===

impl std::fmt::Display for Explored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { states, steps, depth } = self;
        write!(f, "{states} states, {steps} steps, depth {depth}")
    }
}

// === impl Violation ===

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} does not hold:\n{}", self.property, self.trace)
    }
}

/// Explores all of a machine.
pub(crate) fn explore<M: Machine>(machine: &M) -> Result<Explored, Violation> {
    let mut seen = Seen { states: Vec::new(), numbers: HashMap::default(), parents: Vec::new(), promised: Vec::new() };
    let promised = machine.promises().iter().fold(0, |all, promise| all | promise.by);
    let mut taken = 0;
    let mut depth = 0;
    let mut steps = Vec::new();
    seen.add(machine.start(), 0);
    let (mut at, mut level_end) = (0, 1);
    while let Some(&state) = seen.states.get(at) {
        if at == level_end {
            (depth, level_end) = (depth + 1, seen.states.len());
        }
        if let Some(property) = machine.broken(&state) {
            return Err(Violation { property, trace: seen.trace(machine, at) });
        }
        steps.clear();
        machine.steps(&state, &mut steps);
        taken += steps.len();
        let from = number(at);
        for step in &steps {
            let to = seen.add(step.to, from);
            if step.by & promised != 0 && to != from {
                seen.promised.push((from, to, step.by));
            }
        }
        at += 1;
    }
    for promise in machine.promises() {
        if let Some(stuck) = seen.cannot_reach(promise) {
            return Err(Violation { property: promise.property, trace: seen.trace(machine, stuck) });
        }
    }
    Ok(Explored { states: seen.states.len(), steps: taken, depth })
}

// === impl Seen ===

impl<S: Copy + Eq + Hash + Debug + 'static> Seen<S> {
    fn add(&mut self, state: S, parent: u32) -> u32 {
        *self.numbers.entry(state).or_insert_with(|| {
            self.states.push(state);
            self.parents.push(parent);
            number(self.states.len() - 1)
        })
    }

    /// The first state that breaks a promise.
    fn cannot_reach(&self, promise: &Promise<S>) -> Option<usize> {
        // Sorted by target, the sources of each state's incoming steps lie together.
        let steps = || self.promised.iter().filter(|(_, _, by)| by & promise.by != 0);
        let mut firsts = vec![0_usize; self.states.len() + 1];
        for (_, to, _) in steps() {
            firsts[index(*to) + 1] += 1;
        }
        for at in 1..firsts.len() {
            firsts[at] += firsts[at - 1];
        }
        let mut next = firsts.clone();
        let mut sources = vec![0_u32; firsts[self.states.len()]];
        for (from, to, _) in steps() {
            sources[next[index(*to)]] = *from;
            next[index(*to)] += 1;
        }
        let mut reaches: Vec<bool> = self.states.iter().map(promise.settled).collect();
        let mut left: Vec<usize> = (0..reaches.len()).filter(|at| reaches[*at]).collect();
        while let Some(at) = left.pop() {
            for source in &sources[firsts[at]..firsts[at + 1]] {
                if !std::mem::replace(&mut reaches[index(*source)], true) {
                    left.push(index(*source));
                }
            }
        }
        reaches.iter().position(|reaches| !reaches)
    }

    /// The names of the steps from the start to a state, and that state.
    fn trace<M: Machine<State = S>>(&self, machine: &M, mut at: usize) -> String {
        let end = format!("  {:?}", self.states[at]);
        let mut lines = Vec::new();
        while at != 0 {
            let parent = index(self.parents[at]);
            let (before, after) = (self.states[parent], self.states[at]);
            let mut steps = Vec::new();
            machine.steps(&before, &mut steps);
            let name = steps.iter().find(|step| step.to == after).map_or("?", |step| step.name);
            lines.push(format!("  {name}\n"));
            at = parent;
        }
        lines.reverse();
        lines.concat() + &end
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than four thousand million states")
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("a word of at least 32 bits")
}
