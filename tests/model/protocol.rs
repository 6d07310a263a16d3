//! The commit protocol as a machine: one transaction, its coordinator, its branches, those who recover it, the purge, and
//! everything that may fail, as often as it likes.
//!
//! What is modelled. A connection carries one request at a time. Cut, it loses the request or the answer, and the
//! server's side of it lives on until the server notices: a request may still be executed long after who sent it is dead.
//! A server's crash loses sessions and what was not prepared or committed; being down is the same as taking no step. A
//! coordinator that is only slow takes no step either. Whoever recovers asks, waits for the row's lock, decides, finishes,
//! and may die between any two of these, its last request still under way.
//!
//! What is not: what a branch wrote, branches that only read, and a home instance that loses rows which it had
//! committed. No clock is modelled: time is the order of steps, and what the rules promise about times
//! (`keep` is longer than …) is a condition on the one step that lets the keep time pass.

use ::weir::txn::ending::{Ending, Heard, Kind, Next, Part, Resolved, Say, Verdict};

use super::explorer::{Machine, Promise, Step};

/// What to explore, and what is done wrong on purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protocol {
    pub(crate) shape: Shape,
    pub(crate) recoverers: usize,
    pub(crate) mutation: Option<Mutation>,
}

/// What a transaction has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The local branch alone: a plain COMMIT.
    Local,
    /// One XA branch alone: committed in one phase.
    OnePhase,
    /// So many XA branches beside the local one, which holds the decision, whether it wrote anything else or not.
    TwoPhase { xa: usize },
}

/// A mistake that the explorer must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// The client hears OK when all branches are prepared.
    AcknowledgeWhenPrepared,
    /// The row is committed before all branches have answered that they are prepared.
    DecideBeforePrepared,
    /// The coordinator's own duplicate key is ignored.
    IgnoreOwnDuplicate,
    /// XA branches are committed side by side with the decision.
    FinishBeforeDecision,
    /// The coordinator waits for the answer to a prepare whose connection is lost.
    WaitForLostPrepare,
    /// A lost answer to the deciding COMMIT is taken for a rollback.
    LostAnswerMeansRolledBack,
    /// A lost answer to the deciding COMMIT is taken for a commit.
    LostAnswerMeansCommitted,
    /// A recoverer that finds no row rolls back without a mark.
    NoAbortMark,
    /// A recoverer that meets the row's lock rolls back without waiting.
    DoNotWait,
    /// A duplicate key is taken for a commit without reading what kind of row it is.
    DuplicateMeansCommitted,
    /// Only the coordinator finishes its branches.
    OwnerRecoversAlone,
    /// Servers keep idle sessions for ever.
    SessionsNeverEnd,
    /// Rows are purged as soon as no branch is in doubt.
    PurgeAtOnce,
    /// Rows are purged by age, without looking for branches in doubt.
    PurgeUnseen,
    /// The keep time is shorter than a silent session lives.
    KeepShorterThanSessions,
    /// The coordinator asks about its lost answer after the keep time, and believes what it finds.
    AskTooLate,
    /// An instance is taken over by one that lags behind by more than the keep time.
    LagLongerThanKeep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    phase: Phase,
    /// What the coordinator has heard, round by round, while it ends the transaction: its own machine is made anew from
    /// this at each of its steps.
    rounds: [Option<Round>; 2],
    asked: Option<Outcome>,
    told: Told,
    row: Row,
    local: Local,
    home: Wire,
    sites: [Site; 2],
    recoverers: [Recoverer; 2],
    /// A dead recoverer's abort mark is still under way.
    late_mark: bool,
    purge: Purge,
    /// The keep time has passed since nothing was in doubt.
    kept: bool,
    /// A row has been purged.
    purged: bool,
    /// Some branch has ever committed.
    committed: bool,
    /// Some written branch has ever been rolled back.
    rolled_back: bool,
}

/// What the coordinator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Phase {
    Working,
    /// Commits: what it says next is Weir's own [`Ending`]'s business.
    Ending,
    /// The client has said ROLLBACK.
    RollingBack,
    /// Inserting the mark, as a recoverer would.
    Asking,
    /// There is a row: reading which.
    Reading,
    Done,
    Dead,
}

/// The answers of one round: home's first; None of those that were not told anything.
type Round = [Option<Sound>; 3];

/// [`Heard`], as a part of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Sound {
    Done,
    Refused,
    Lost,
}

/// What the client has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Told {
    Nothing,
    Committed,
    RolledBack,
    Unknown,
}

/// The transaction's row in `weir.txn_log`, as committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Row {
    None,
    Commit,
    Abort,
}

/// The local branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Local {
    Open,
    /// The decision row is inserted and locked.
    Holding,
    Over,
}

/// One XA branch and the coordinator's connection to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Site {
    branch: Branch,
    wire: Wire,
    /// A dead recoverer's XA COMMIT or XA ROLLBACK is still under way.
    late_commit: bool,
    late_rollback: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Branch {
    Absent,
    Open,
    /// Prepared, its session alive: no other session can finish it.
    Attached,
    Detached,
    Committed,
    RolledBack,
}

/// A connection of the coordinator, both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Wire {
    Idle,
    Sent(Request),
    Answered(Answer),
    /// Answered by a session that has ended since.
    Last(Answer),
    /// The coordinator's end is closed; the server's session lives, with a request that may still be executed.
    Lost(Option<Request>),
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Request {
    Prepare,
    Insert,
    Commit,
    Rollback,
    OnePhase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Answer {
    Ok,
    Refused,
}

/// One who recovers; the number is the site whose branch it has seen in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Recoverer {
    Idle,
    Marking(usize),
    Reading(usize),
    Finishing(usize, Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Outcome {
    Commit,
    Rollback,
}

/// The one who purges; the numbers are sets of sites that were seen without a branch in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Purge {
    Looking(u8),
    /// Nothing was in doubt; the keep time runs.
    Keeping,
    /// It has passed; looking again.
    Kept(u8),
}

/// Collects steps; names them once.
struct Out<'a>(&'a mut Vec<Step<State>>);

/// Who takes a step.
#[derive(Clone, Copy)]
enum By {
    /// A fault or a free choice: nobody promises it.
    Chance = 0,
    Coordinator = 1,
    Server = 2,
    /// A server that ends a silent session: it need not while the coordinator lives.
    Timeout = 4,
    Recoverer = 8,
}

pub(crate) const HALF: &str = "never half committed";
pub(crate) const LOST: &str = "never acknowledged and lost";
pub(crate) const UNDONE: &str = "an acknowledged rollback is never committed";
pub(crate) const PURGED: &str = "a purge never un-decides";
pub(crate) const ENDS: &str = "recovery ends, whether the coordinator takes another step or not";
pub(crate) const ANSWERED: &str = "a coordinator that lives answers its client, whether anybody recovers or not";

const PROMISES: &[Promise<State>] = &[
    Promise {
        property: ENDS,
        by: By::Server as u8 | By::Timeout as u8 | By::Recoverer as u8,
        settled: |state| state.local != Local::Holding && !state.sites.iter().any(|site| site.branch.is_in_doubt()),
    },
    Promise {
        property: ANSWERED,
        by: By::Server as u8 | By::Coordinator as u8,
        // A client that has not asked for an end may take its time.
        settled: |state| matches!(state.phase, Phase::Working | Phase::Done | Phase::Dead),
    },
];

// === impl Protocol ===

impl Machine for Protocol {
    type State = State;

    fn start(&self) -> State {
        let site = |present: bool| Site {
            branch: if present { Branch::Open } else { Branch::Absent },
            wire: if present { Wire::Idle } else { Wire::Gone },
            late_commit: false,
            late_rollback: false,
        };
        State {
            phase: Phase::Working,
            rounds: [None; 2],
            asked: None,
            told: Told::Nothing,
            row: Row::None,
            local: if self.shape == Shape::OnePhase { Local::Over } else { Local::Open },
            home: if self.shape == Shape::OnePhase { Wire::Gone } else { Wire::Idle },
            sites: [site(self.xa() > 0), site(self.xa() > 1)],
            recoverers: [Recoverer::Idle; 2],
            late_mark: false,
            purge: Purge::Looking(0),
            kept: false,
            purged: false,
            committed: false,
            rolled_back: false,
        }
    }

    fn steps(&self, state: &State, steps: &mut Vec<Step<State>>) {
        let out = &mut Out(steps);
        self.coordinator(*state, out);
        self.home(*state, out);
        for at in 0..self.xa() {
            self.site(*state, at, out);
        }
        for who in 0..self.recoverers {
            self.recoverer(*state, who, out);
        }
        self.purge(*state, out);
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        match state {
            State { committed: true, rolled_back: true, purged: false, .. } => Some(HALF),
            State { committed: true, rolled_back: true, purged: true, .. } => Some(PURGED),
            State { told: Told::Committed, committed: false, .. } => Some(LOST),
            State { told: Told::RolledBack, committed: true, purged: false, .. } => Some(UNDONE),
            State { told: Told::RolledBack, committed: true, purged: true, .. } => Some(PURGED),
            _ => None,
        }
    }

    fn promises(&self) -> &'static [Promise<State>] {
        PROMISES
    }
}

impl Protocol {
    fn xa(&self) -> usize {
        match self.shape {
            Shape::Local => 0,
            Shape::OnePhase => 1,
            Shape::TwoPhase { xa } => xa,
        }
    }

    fn wrong(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    // === The coordinator ===

    fn coordinator(&self, state: State, out: &mut Out) {
        if matches!(state.phase, Phase::Done | Phase::Dead) {
            return;
        }
        out.step("the coordinator dies", By::Chance, state.leave(Phase::Dead));
        match state.phase {
            Phase::Working => {
                let rolling_back = state.to(Phase::RollingBack).send_all(Request::Rollback);
                out.step("the client says ROLLBACK", By::Chance, rolling_back);
                let next = self.machine(&state).0.begin();
                out.step("the client says COMMIT", By::Chance, self.obey(state.to(Phase::Ending), next));
            }
            Phase::Ending => self.ending(state, out),
            Phase::RollingBack if (0..3).all(|at| !state.waits_for(at)) => {
                out.step("the client hears of a rollback", By::Coordinator, state.tell(Told::RolledBack));
            }
            Phase::Asking | Phase::Reading => self.asking(state, out),
            Phase::RollingBack | Phase::Done | Phase::Dead => {}
        }
    }

    /// Weir's own machine, brought to where this state is; and what it said last.
    fn machine(&self, state: &State) -> (Ending, Option<Next>) {
        let home = (self.shape != Shape::OnePhase).then_some(Part { kind: Kind::Home, written: true });
        // The home branch of a one-phase commit was only read: there is nothing of it to model.
        let home = home.unwrap_or(Part { kind: Kind::Home, written: false });
        let site = Part { kind: Kind::Xa, written: true };
        let mut ending = Ending::commit(std::iter::once(home).chain((0..self.xa()).map(|_| site)).collect());
        if state.phase == Phase::Working {
            return (ending, None);
        }
        let mut next = ending.begin();
        for round in state.rounds.iter().flatten() {
            next = ending.heard(&heard(round));
            if let (Next::Resolve, Some(outcome)) = (&next, state.asked) {
                next = ending.resolved(match outcome {
                    Outcome::Commit => Resolved::Committed,
                    Outcome::Rollback => Resolved::RolledBack,
                });
            }
        }
        (ending, Some(next))
    }

    /// Waits for the answers of a round, and does what follows from them.
    fn ending(&self, state: State, out: &mut Out) {
        let (mut ending, Some(Next::Say(words))) = self.machine(&state) else { return };
        let first = state.rounds[0].is_none();
        let prepares = words.iter().any(|(_, say)| *say == Say::Prepare);
        let early = self.wrong(Mutation::DecideBeforePrepared) && prepares && state.home.has(Answer::Ok);
        let mut round: Round = [None; 3];
        for (at, say) in words {
            let sound = if self.shape == Shape::OnePhase && at == 0 { Some(Sound::Done) } else { state.sound(at) };
            round[at] = match sound {
                None if early => Some(Sound::Done),
                None => return,
                Some(Sound::Lost) if say == Say::Prepare && self.wrong(Mutation::WaitForLostPrepare) => return,
                Some(Sound::Refused) if say == Say::Decide && self.wrong(Mutation::IgnoreOwnDuplicate) => {
                    Some(Sound::Done)
                }
                Some(sound) => Some(sound),
            };
        }
        let next = ending.heard(&heard(&round));
        let kept = match first {
            true => State { rounds: [Some(round), None], ..state },
            false => State { rounds: [state.rounds[0], Some(round)], ..state },
        };
        out.step("the coordinator has heard all", By::Coordinator, self.obey(kept, next));
    }

    /// Does what the machine says.
    fn obey(&self, mut state: State, next: Next) -> State {
        match next {
            Next::Say(words) => {
                let decides = words.iter().any(|(_, say)| *say == Say::Commit) && self.xa() > 0;
                for (at, say) in words {
                    state = state.send(
                        at,
                        match say {
                            Say::Decide => Request::Insert,
                            Say::Prepare => Request::Prepare,
                            Say::Commit | Say::CommitPrepared => Request::Commit,
                            Say::CommitOnePhase => Request::OnePhase,
                            Say::Rollback | Say::RollbackActive | Say::RollbackPrepared => Request::Rollback,
                        },
                    );
                }
                if decides && self.wrong(Mutation::FinishBeforeDecision) {
                    state = state.send(1, Request::Commit).send(2, Request::Commit);
                }
                if decides && self.wrong(Mutation::AcknowledgeWhenPrepared) {
                    state.told = Told::Committed;
                }
                state
            }
            Next::Resolve => match self.mutation {
                Some(Mutation::LostAnswerMeansRolledBack) => state.tell(Told::RolledBack),
                Some(Mutation::LostAnswerMeansCommitted) => state.tell(Told::Committed),
                _ => state.close_home().to(Phase::Asking),
            },
            Next::Over(Verdict::Committed { .. }) => state.tell(Told::Committed),
            Next::Over(Verdict::RolledBack { .. }) => state.tell(Told::RolledBack),
            // Nothing says what became of it, as with any server whose COMMIT is cut off.
            Next::Over(Verdict::Unknown { .. }) => state.tell(match self.mutation {
                Some(Mutation::LostAnswerMeansRolledBack) => Told::RolledBack,
                Some(Mutation::LostAnswerMeansCommitted) => Told::Committed,
                _ => Told::Unknown,
            }),
        }
    }

    fn asking(&self, state: State, out: &mut Out) {
        out.step("the coordinator gives up", By::Chance, state.tell(Told::Unknown));
        // A mark that is found later than the keep time says nothing: a decision may have been purged before it.
        let in_time = !state.kept || self.wrong(Mutation::AskTooLate);
        let known = |state: State, outcome: Outcome| {
            if outcome == Outcome::Rollback && !in_time {
                return state.tell(Told::Unknown);
            }
            let state = State { asked: Some(outcome), ..state.to(Phase::Ending) };
            match self.machine(&state).1 {
                Some(next) => self.obey(state, next),
                None => state,
            }
        };
        if state.phase == Phase::Reading {
            let next = match state.row {
                Row::Commit => known(state, Outcome::Commit),
                Row::Abort => known(state, Outcome::Rollback),
                Row::None => state.to(Phase::Asking),
            };
            return out.step("the coordinator reads", By::Coordinator, next);
        }
        match state.row {
            _ if state.local == Local::Holding => {}
            Row::None => {
                let marked = State { row: Row::Abort, ..state };
                out.step("the coordinator marks, the answer is lost", By::Chance, marked);
                out.step("the coordinator marks", By::Coordinator, known(marked, Outcome::Rollback));
            }
            Row::Commit | Row::Abort => {
                out.step("the coordinator finds a row", By::Coordinator, state.to(Phase::Reading));
            }
        }
    }

    // === The servers ===

    fn home(&self, state: State, out: &mut Out) {
        match state.home {
            Wire::Sent(request) => {
                let (mut next, answer) = state.execute_at_home(request);
                next.home = Wire::Answered(answer);
                out.step("home executes", By::Server, next);
            }
            Wire::Lost(Some(request)) => {
                let (mut next, _) = state.execute_at_home(request);
                next.home = Wire::Lost(None);
                out.step("home executes what was under way", By::Server, next);
            }
            _ => {}
        }
        if let Some(cut) = state.home.cut() {
            out.step("home's connection is cut", By::Chance, State { home: cut, ..state });
        }
        if matches!(state.home, Wire::Lost(_)) {
            out.step("home ends the session", By::Server, State { home: Wire::Gone, ..state }.home_session_ends());
        }
        if let Some(ended) = state.home.time_out().filter(|_| !self.wrong(Mutation::SessionsNeverEnd)) {
            out.step("home ends a silent session", By::Timeout, State { home: ended, ..state }.home_session_ends());
        }
        let crashed = State { home: state.home.crash(), ..state }.home_session_ends();
        out.step("home crashes", By::Chance, crashed);
        if state.late_mark {
            let mut next = State { late_mark: false, ..state };
            out.step("a late mark is dropped", By::Chance, next);
            if state.local != Local::Holding {
                next.row = if next.row == Row::None { Row::Abort } else { next.row };
                out.step("a late mark arrives", By::Server, next);
            }
        }
    }

    fn site(&self, state: State, at: usize, out: &mut Out) {
        let site = state.sites[at];
        match site.wire {
            Wire::Sent(request) => {
                let (next, answer) = state.execute_at(at, request);
                out.step("a site executes", By::Server, next.with_wire(at, Wire::Answered(answer)));
                if request == Request::Prepare {
                    let refused = state.with_branch(at, Branch::RolledBack);
                    out.step("a site refuses", By::Chance, refused.with_wire(at, Wire::Answered(Answer::Refused)));
                }
            }
            Wire::Lost(Some(request)) => {
                let (next, _) = state.execute_at(at, request);
                out.step("a site executes what was under way", By::Server, next.with_wire(at, Wire::Lost(None)));
            }
            _ => {}
        }
        if let Some(cut) = site.wire.cut() {
            out.step("a site's connection is cut", By::Chance, state.with_wire(at, cut));
        }
        if matches!(site.wire, Wire::Lost(_)) {
            out.step("a site ends the session", By::Server, state.with_wire(at, Wire::Gone).site_session_ends(at));
        }
        if let Some(ended) = site.wire.time_out().filter(|_| !self.wrong(Mutation::SessionsNeverEnd)) {
            out.step("a site ends a silent session", By::Timeout, state.with_wire(at, ended).site_session_ends(at));
        }
        let crashed = state.with_wire(at, site.wire.crash()).site_session_ends(at);
        out.step("a site crashes", By::Chance, crashed);
        for (late, outcome) in [(site.late_commit, Outcome::Commit), (site.late_rollback, Outcome::Rollback)] {
            if late {
                let next = state.with_late(at, outcome, false);
                out.step("a late request is dropped", By::Chance, next);
                out.step("a late request arrives", By::Server, next.finish_detached(at, outcome));
            }
        }
        let over = matches!(site.branch, Branch::Committed | Branch::RolledBack);
        let in_time = !state.kept || self.wrong(Mutation::LagLongerThanKeep);
        // A replica shows nothing that was never prepared; of branches rolled back it is allowed: that is stricter.
        if over && in_time && self.shape != Shape::OnePhase {
            let mut next = state.with_wire(at, site.wire.crash());
            next.sites[at].branch = Branch::Detached;
            out.step("a site is taken over by a replica that lags", By::Chance, next);
        }
    }

    // === Recovery ===

    fn recoverer(&self, state: State, who: usize, out: &mut Out) {
        if self.wrong(Mutation::OwnerRecoversAlone) {
            return;
        }
        let to = |mut state: State, recoverer| {
            state.recoverers[who] = recoverer;
            state
        };
        let now = state.recoverers[who];
        if now != Recoverer::Idle {
            out.step("a recoverer dies", By::Chance, to(state, Recoverer::Idle));
        }
        match now {
            Recoverer::Idle => {
                for at in (0..self.xa()).filter(|at| state.sites[*at].branch.is_in_doubt()) {
                    out.step("a recoverer sees a branch", By::Recoverer, to(state, Recoverer::Marking(at)));
                }
            }
            Recoverer::Marking(at) => {
                let late = State { late_mark: true, ..state };
                out.step("a recoverer dies, its mark under way", By::Chance, to(late, Recoverer::Idle));
                self.mark(state, at, out, to);
            }
            Recoverer::Reading(at) => out.step(
                "a recoverer reads",
                By::Recoverer,
                to(
                    state,
                    match state.row {
                        Row::Commit => Recoverer::Finishing(at, Outcome::Commit),
                        Row::Abort => Recoverer::Finishing(at, Outcome::Rollback),
                        Row::None => Recoverer::Idle,
                    },
                ),
            ),
            Recoverer::Finishing(at, outcome) => {
                let late = state.with_late(at, outcome, true);
                out.step("a recoverer dies, its last request under way", By::Chance, to(late, Recoverer::Idle));
                let finished = state.finish_detached(at, outcome);
                out.step("a recoverer finishes a branch", By::Recoverer, to(finished, Recoverer::Idle));
            }
        }
    }

    fn mark(&self, state: State, at: usize, out: &mut Out, to: impl Fn(State, Recoverer) -> State) {
        let roll_back = Recoverer::Finishing(at, Outcome::Rollback);
        if self.wrong(Mutation::NoAbortMark) && state.row == Row::None {
            return out.step("a recoverer finds no row", By::Recoverer, to(state, roll_back));
        }
        if state.local == Local::Holding {
            if self.wrong(Mutation::DoNotWait) {
                out.step("a recoverer meets the lock", By::Recoverer, to(state, roll_back));
            }
            return;
        }
        match state.row {
            Row::None => {
                let marked = State { row: Row::Abort, ..state };
                out.step("a recoverer marks", By::Recoverer, to(marked, roll_back));
                out.step("a recoverer marks and dies", By::Chance, to(marked, Recoverer::Idle));
            }
            Row::Commit | Row::Abort if self.wrong(Mutation::DuplicateMeansCommitted) => {
                let commit = Recoverer::Finishing(at, Outcome::Commit);
                out.step("a recoverer finds a row", By::Recoverer, to(state, commit));
            }
            Row::Commit | Row::Abort => {
                out.step("a recoverer finds a row", By::Recoverer, to(state, Recoverer::Reading(at)));
            }
        }
    }

    fn purge(&self, state: State, out: &mut Out) {
        if state.row == Row::None {
            return;
        }
        let all = (1_u8 << self.xa()) - 1;
        let to = |purge| State { purge, ..state };
        if state.purge != Purge::Looking(0) {
            out.step("the purge begins anew", By::Chance, to(Purge::Looking(0)));
        }
        let delete = State { purge: Purge::Looking(0), row: Row::None, purged: true, ..state };
        match state.purge {
            Purge::Looking(seen) if seen == all => {
                if self.wrong(Mutation::PurgeAtOnce) {
                    return out.step("a row is purged", By::Chance, delete);
                }
                out.step("nothing is in doubt", By::Chance, to(Purge::Keeping));
            }
            Purge::Kept(seen) if seen == all => out.step("a row is purged", By::Chance, delete),
            Purge::Looking(_) if self.wrong(Mutation::PurgeUnseen) => {
                out.step("the keep time begins", By::Chance, to(Purge::Keeping));
            }
            Purge::Kept(_) if self.wrong(Mutation::PurgeUnseen) => out.step("a row is purged", By::Chance, delete),
            Purge::Looking(seen) => self.look(state, seen, Purge::Looking, out),
            Purge::Kept(seen) => self.look(state, seen, Purge::Kept, out),
            Purge::Keeping => {
                // Longer than the home session can have been silent, and than any replica lags.
                let session_over = matches!(state.home, Wire::Gone | Wire::Last(_));
                if session_over || self.wrong(Mutation::KeepShorterThanSessions) {
                    out.step("the keep time has passed", By::Chance, State { kept: true, ..to(Purge::Kept(0)) });
                }
            }
        }
    }

    fn look(&self, state: State, seen: u8, stage: fn(u8) -> Purge, out: &mut Out) {
        for at in (0..self.xa()).filter(|at| seen & (1 << at) == 0) {
            let purge = if state.sites[at].branch.is_in_doubt() { Purge::Looking(0) } else { stage(seen | 1 << at) };
            out.step("the purge looks at a site", By::Chance, State { purge, ..state });
        }
    }
}

// === impl Out ===

impl Out<'_> {
    fn step(&mut self, name: &'static str, by: By, to: State) {
        self.0.push(Step { name, by: by as u8, to: to.canonical() });
    }
}

// === impl State ===

impl State {
    fn to(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    /// To home, which is 0, or to a site.
    fn send(mut self, at: usize, request: Request) -> Self {
        let wire = if at == 0 { &mut self.home } else { &mut self.sites[at - 1].wire };
        *wire = wire.send(request);
        self
    }

    fn send_all(self, request: Request) -> Self {
        (0..3).fold(self, |state, at| state.send(at, request))
    }

    fn wire(&self, at: usize) -> Wire {
        if at == 0 { self.home } else { self.sites[at - 1].wire }
    }

    fn waits_for(&self, at: usize) -> bool {
        matches!(self.wire(at), Wire::Sent(_))
    }

    /// What the coordinator hears from home or a site, when it does.
    fn sound(&self, at: usize) -> Option<Sound> {
        Some(match self.wire(at).answer()? {
            Ok(Answer::Ok) => Sound::Done,
            Ok(Answer::Refused) => Sound::Refused,
            Err(()) => Sound::Lost,
        })
    }

    fn tell(self, told: Told) -> Self {
        Self { told, ..self.leave(Phase::Done) }
    }

    /// Dead or done: the coordinator's ends of all connections are closed.
    fn leave(self, phase: Phase) -> Self {
        let mut left = Self { rounds: [None; 2], asked: None, ..self.close_home().to(phase) };
        for site in &mut left.sites {
            site.wire = site.wire.cut().unwrap_or(site.wire);
        }
        left
    }

    fn close_home(mut self) -> Self {
        self.home = self.home.cut().unwrap_or(self.home);
        self
    }

    fn with_wire(mut self, at: usize, wire: Wire) -> Self {
        self.sites[at].wire = wire;
        self
    }

    /// Sets what became of a branch, and remembers it.
    fn with_branch(mut self, at: usize, branch: Branch) -> Self {
        self.sites[at].branch = branch;
        self.committed |= branch == Branch::Committed;
        self.rolled_back |= branch == Branch::RolledBack;
        self
    }

    fn with_late(mut self, at: usize, outcome: Outcome, late: bool) -> Self {
        match outcome {
            Outcome::Commit => self.sites[at].late_commit = late,
            Outcome::Rollback => self.sites[at].late_rollback = late,
        }
        self
    }

    fn execute_at_home(self, request: Request) -> (Self, Answer) {
        match (request, self.local) {
            (Request::Insert, Local::Open) if self.row == Row::None => {
                (Self { local: Local::Holding, ..self }, Answer::Ok)
            }
            (Request::Commit, Local::Holding) => {
                (Self { local: Local::Over, row: Row::Commit, committed: true, ..self }, Answer::Ok)
            }
            (Request::Commit, Local::Open) => (Self { local: Local::Over, committed: true, ..self }, Answer::Ok),
            (Request::Rollback, Local::Open | Local::Holding) => (self.local_rolled_back(), Answer::Ok),
            _ => (self, Answer::Refused),
        }
    }

    fn execute_at(self, at: usize, request: Request) -> (Self, Answer) {
        let next = match (request, self.sites[at].branch) {
            (Request::Prepare, Branch::Open) => Branch::Attached,
            (Request::Commit, Branch::Attached) | (Request::OnePhase, Branch::Open) => Branch::Committed,
            (Request::Rollback, Branch::Open | Branch::Attached) => Branch::RolledBack,
            _ => return (self, Answer::Refused),
        };
        (self.with_branch(at, next), Answer::Ok)
    }

    fn local_rolled_back(self) -> Self {
        Self { local: Local::Over, rolled_back: true, ..self }
    }

    fn home_session_ends(self) -> Self {
        if self.local == Local::Over { self } else { self.local_rolled_back() }
    }

    fn site_session_ends(self, at: usize) -> Self {
        match self.sites[at].branch {
            Branch::Open => self.with_branch(at, Branch::RolledBack),
            Branch::Attached => self.with_branch(at, Branch::Detached),
            _ => self,
        }
    }

    /// XA COMMIT or XA ROLLBACK from a session of somebody else's.
    fn finish_detached(self, at: usize, outcome: Outcome) -> Self {
        match (self.sites[at].branch, outcome) {
            (Branch::Detached, Outcome::Commit) => self.with_branch(at, Branch::Committed),
            (Branch::Detached, Outcome::Rollback) => self.with_branch(at, Branch::RolledBack),
            // Unknown xid: it is finished already, or its session is alive; the next look tells.
            _ => self,
        }
    }

    /// One of the states that differ only in who is called first.
    fn canonical(mut self) -> Self {
        // A session without a transaction and without a request can do nothing.
        if self.local == Local::Over && self.home == Wire::Lost(None) {
            self.home = Wire::Gone;
        }
        for site in &mut self.sites {
            if site.wire == Wire::Lost(None) && !matches!(site.branch, Branch::Open | Branch::Attached) {
                site.wire = Wire::Gone;
            }
        }
        let [first, second] = self.sites;
        if second < first && second.branch != Branch::Absent {
            self.sites = [second, first];
            for round in self.rounds.iter_mut().flatten() {
                round.swap(1, 2);
            }
            for recoverer in &mut self.recoverers {
                *recoverer = recoverer.at_other_site();
            }
            self.purge = self.purge.at_other_sites();
        }
        self.recoverers.sort_unstable();
        self
    }
}

// === impl Wire ===

impl Wire {
    fn send(self, request: Request) -> Self {
        match self {
            Self::Idle | Self::Answered(_) => Self::Sent(request),
            Self::Last(_) | Self::Gone => Self::Gone,
            // One request at a time: whoever has one under way is not asked again.
            Self::Sent(_) | Self::Lost(_) => self,
        }
    }

    fn has(self, answer: Answer) -> bool {
        self.answer() == Some(Ok(answer))
    }

    /// What the coordinator sees: nothing yet, an answer, or a broken connection.
    fn answer(self) -> Option<Result<Answer, ()>> {
        match self {
            Self::Idle | Self::Sent(_) => None,
            Self::Answered(answer) | Self::Last(answer) => Some(Ok(answer)),
            Self::Lost(_) | Self::Gone => Some(Err(())),
        }
    }

    fn cut(self) -> Option<Self> {
        match self {
            Self::Idle | Self::Answered(_) => Some(Self::Lost(None)),
            Self::Sent(request) => Some(Self::Lost(Some(request))),
            Self::Last(_) => Some(Self::Gone),
            Self::Lost(_) | Self::Gone => None,
        }
    }

    fn time_out(self) -> Option<Self> {
        match self {
            Self::Idle => Some(Self::Gone),
            Self::Answered(answer) => Some(Self::Last(answer)),
            Self::Sent(_) | Self::Last(_) | Self::Lost(_) | Self::Gone => None,
        }
    }

    fn crash(self) -> Self {
        match self {
            Self::Answered(answer) | Self::Last(answer) => Self::Last(answer),
            Self::Idle | Self::Sent(_) | Self::Lost(_) | Self::Gone => Self::Gone,
        }
    }
}

impl Branch {
    /// Whether XA RECOVER shows it.
    fn is_in_doubt(self) -> bool {
        matches!(self, Self::Attached | Self::Detached)
    }
}

impl Recoverer {
    fn at_other_site(self) -> Self {
        match self {
            Self::Idle => Self::Idle,
            Self::Marking(at) => Self::Marking(1 - at),
            Self::Reading(at) => Self::Reading(1 - at),
            Self::Finishing(at, outcome) => Self::Finishing(1 - at, outcome),
        }
    }
}

impl Purge {
    fn at_other_sites(self) -> Self {
        let other = |seen: u8| (seen & 1) << 1 | seen >> 1;
        match self {
            Self::Looking(seen) => Self::Looking(other(seen)),
            Self::Keeping => Self::Keeping,
            Self::Kept(seen) => Self::Kept(other(seen)),
        }
    }
}

/// A round in the words of Weir's machine.
fn heard(round: &Round) -> Vec<(usize, Heard)> {
    let one = |(at, sound): (usize, &Option<Sound>)| {
        let heard = match (*sound)? {
            Sound::Done => Heard::Done,
            Sound::Refused => Heard::Refused,
            Sound::Lost => Heard::Lost,
        };
        Some((at, heard))
    };
    round.iter().enumerate().filter_map(one).collect()
}
