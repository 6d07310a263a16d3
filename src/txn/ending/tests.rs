//! Every transaction of up to three branches, every answer to everything that is said, and a crash of the coordinator
//! after every word, against servers that keep their promises; and a recoverer that comes while the coordinator is only
//! slow, before every step. Whatever happens, once recovery has run there is one outcome, and what the client was told
//! is it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests end by panicking")]

use super::*;

/// A branch as its server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Active,
    Prepared,
    Committed,
    RolledBack,
}

/// All servers, and the row of the decision.
#[derive(Clone, Debug)]
struct World {
    parts: Vec<Part>,
    servers: Vec<Server>,
    /// Inserted by the home branch, and there only when that has committed.
    row_written: bool,
    row: Option<Resolved>,
}

/// What becomes of one word on its way to a server and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Done and answered.
    Done,
    /// The server says no, and keeps the branch.
    Refused,
    /// It never arrives; the connection is lost.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
}

const FATES: [Fate; 4] = [Fate::Done, Fate::Refused, Fate::LostBefore, Fate::LostAfter];

// === impl World ===

impl World {
    fn of(parts: &[Part]) -> Self {
        Self { parts: parts.to_vec(), servers: vec![Server::Active; parts.len()], row_written: false, row: None }
    }

    fn hear(&mut self, at: usize, say: Say, fate: Fate) -> Heard {
        if say == Say::Decide && self.row.is_some() {
            return Heard::Refused;
        }
        match fate {
            Fate::Refused => return Heard::Refused,
            Fate::LostBefore => {}
            Fate::Done | Fate::LostAfter => self.obey(at, say),
        }
        if fate == Fate::Done {
            return Heard::Done;
        }
        self.disconnect(at);
        Heard::Lost
    }

    fn obey(&mut self, at: usize, say: Say) {
        let before = self.servers[at];
        let after = match (say, before) {
            (Say::Decide, Server::Active) => {
                self.row_written = true;
                Server::Active
            }
            (Say::Commit, Server::Active) => {
                if self.row_written {
                    assert_eq!(self.row.replace(Resolved::Committed), None, "the key is there already");
                }
                Server::Committed
            }
            (Say::Prepare, Server::Active) => Server::Prepared,
            (Say::CommitOnePhase, Server::Active) => Server::Committed,
            (Say::CommitPrepared, Server::Prepared) => Server::Committed,
            (Say::Rollback | Say::RollbackActive, Server::Active) | (Say::RollbackPrepared, Server::Prepared) => {
                Server::RolledBack
            }
            // A recoverer was quicker.
            (Say::CommitPrepared, Server::Committed) => Server::Committed,
            (Say::RollbackPrepared, Server::RolledBack) => Server::RolledBack,
            (say, before) => panic!("{say:?} to a branch that is {before:?}"),
        };
        self.servers[at] = after;
    }

    /// A server rolls back what is not prepared when the connection is gone.
    fn disconnect(&mut self, at: usize) {
        if self.servers[at] == Server::Active {
            self.servers[at] = Server::RolledBack;
        }
    }

    /// What the log says, or now says for ever.
    fn resolve(&mut self) -> Resolved {
        *self.row.get_or_insert(Resolved::RolledBack)
    }

    /// The coordinator is gone, and some Weir recovers.
    fn recover(&mut self) {
        for at in 0..self.servers.len() {
            self.disconnect(at);
        }
        for at in 0..self.servers.len() {
            if self.servers[at] == Server::Prepared {
                self.servers[at] = match self.resolve() {
                    Resolved::Committed => Server::Committed,
                    _ => Server::RolledBack,
                };
            }
        }
    }

    /// Another Weir recovers while the coordinator lives: it waits for a row that is inserted and not committed.
    fn meddle(&mut self) {
        let undecided = self.row.is_none() && self.row_written && self.servers[0] == Server::Active;
        if undecided {
            return;
        }
        for at in 0..self.servers.len() {
            if self.servers[at] == Server::Prepared {
                self.servers[at] = match self.resolve() {
                    Resolved::Committed => Server::Committed,
                    _ => Server::RolledBack,
                };
            }
        }
    }

    fn written(&self) -> Vec<Server> {
        self.parts.iter().zip(&self.servers).filter(|(part, _)| part.written).map(|(_, server)| *server).collect()
    }
}

/// Follows one transaction through everything that can happen to it.
fn explore(world: &World, ending: &Ending, next: &Next, seen: &mut Vec<(Verdict, Vec<Server>)>) {
    let mut meddled = world.clone();
    meddled.meddle();
    if meddled.servers != world.servers {
        explore(&meddled, ending, next, seen);
    }
    // The coordinator dies here.
    let mut crashed = world.clone();
    crashed.recover();
    assert_one_outcome(&crashed);
    match next {
        Next::Over(verdict) => {
            let mut after = world.clone();
            after.recover();
            assert_told_the_truth(verdict, &after);
            seen.push((verdict.clone(), after.written()));
        }
        Next::Resolve => {
            let home = world.parts.iter().position(|part| part.kind == Kind::Home).unwrap();
            for answered in [true, false] {
                let (mut world, mut ending) = (world.clone(), ending.clone());
                world.disconnect(home);
                let resolved = if answered { world.resolve() } else { Resolved::Unknown };
                let next = ending.resolved(resolved);
                explore(&world, &ending, &next, seen);
            }
        }
        Next::Say(words) => {
            assert!(!words.is_empty());
            // Each word has each fate, together with each fate of the others; and the coordinator may die between them.
            for number in 0..FATES.len().pow(u32::try_from(words.len()).unwrap()) {
                let (mut world, mut ending) = (world.clone(), ending.clone());
                let mut answers = Vec::new();
                for (place, (at, say)) in words.iter().enumerate() {
                    let fate = FATES[number / FATES.len().pow(u32::try_from(place).unwrap()) % FATES.len()];
                    answers.push((*at, world.hear(*at, *say, fate)));
                    let mut crashed = world.clone();
                    crashed.recover();
                    assert_one_outcome(&crashed);
                }
                let next = ending.heard(&answers);
                explore(&world, &ending, &next, seen);
            }
        }
    }
}

fn assert_one_outcome(world: &World) {
    let written = world.written();
    assert!(written.iter().all(|server| Some(server) == written.first()), "torn: {world:?}");
    assert!(written.iter().all(|server| matches!(server, Server::Committed | Server::RolledBack)), "{world:?}");
}

fn assert_told_the_truth(verdict: &Verdict, world: &World) {
    assert_one_outcome(world);
    let outcome = world.written().first().copied();
    match verdict {
        Verdict::Committed { .. } => {
            assert!(matches!(outcome, None | Some(Server::Committed)), "{verdict:?} {world:?}")
        }
        Verdict::RolledBack { because } => {
            assert!(because.is_some(), "a commit that was meant");
            assert_eq!(outcome, Some(Server::RolledBack), "{verdict:?} {world:?}");
        }
        Verdict::Unknown { .. } => {}
    }
}

fn part(kind: Kind, written: bool) -> Part {
    Part { kind, written }
}

#[test]
fn whatever_happens_there_is_one_outcome_and_it_is_what_was_told() {
    let mut endings = 0;
    for branches in 1..=3_u32 {
        for bits in 0..1_u32 << branches {
            let parts: Vec<Part> = (0..branches)
                .map(|at| part(if at == 0 { Kind::Home } else { Kind::Xa }, bits & 1 << at != 0))
                .collect();
            let world = World::of(&parts);
            let mut ending = Ending::commit(parts);
            let next = ending.begin();
            let mut seen = Vec::new();
            explore(&world, &ending, &next, &mut seen);
            let any = |wanted: fn(&Verdict) -> bool| seen.iter().any(|(verdict, _)| wanted(verdict));
            assert!(any(|verdict| matches!(verdict, Verdict::Committed { .. })));
            assert_eq!(bits != 0, any(|verdict| matches!(verdict, Verdict::RolledBack { .. })));
            endings += seen.len();
        }
    }
    assert!(endings > 5_000, "{endings} endings: the exploration does not explore");
}

#[test]
fn one_written_branch_takes_one_round() {
    for parts in [
        vec![part(Kind::Home, true)],
        vec![part(Kind::Home, true), part(Kind::Xa, false)],
        vec![part(Kind::Home, false), part(Kind::Xa, true)],
        vec![part(Kind::Home, false), part(Kind::Xa, false)],
    ] {
        let mut ending = Ending::commit(parts.clone());
        let Next::Say(words) = ending.begin() else { panic!("{parts:?}") };
        assert_eq!(words.len(), parts.len());
        let answers: Vec<_> = words.iter().map(|(at, _)| (*at, Heard::Done)).collect();
        assert_eq!(ending.heard(&answers), Next::Over(Verdict::Committed { left: Vec::new() }));
    }
}

#[test]
fn several_written_branches_take_three_rounds_and_readers_wait_for_the_last() {
    let mut ending = Ending::commit(vec![
        part(Kind::Home, false),
        part(Kind::Xa, true),
        part(Kind::Xa, false),
        part(Kind::Xa, true),
    ]);
    let done = |words: &[(usize, Say)]| words.iter().map(|(at, _)| (*at, Heard::Done)).collect::<Vec<_>>();
    let first = vec![(0, Say::Decide), (1, Say::Prepare), (3, Say::Prepare)];
    assert_eq!(ending.begin(), Next::Say(first.clone()));
    assert_eq!(ending.heard(&done(&first)), Next::Say(vec![(0, Say::Commit)]));
    let last = vec![(1, Say::CommitPrepared), (2, Say::CommitOnePhase), (3, Say::CommitPrepared)];
    assert_eq!(ending.heard(&[(0, Heard::Done)]), Next::Say(last.clone()));
    assert_eq!(ending.heard(&done(&last)), Next::Over(Verdict::Committed { left: Vec::new() }));
}
