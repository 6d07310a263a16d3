//! How a transaction ends, as a pure machine: what is said to which branch, and what follows from the answers.
//!
//! With at most one written branch the end is one round: that branch's own commit decides. With more:
//!
//! 1. every written XA branch is prepared, and the decision's row is inserted in the home branch, side by side;
//! 2. the home branch commits, and with it the row: **that is the decision**. When its answer is not OK, the row is asked
//!    for ([`Next::Resolve`]), because it alone knows;
//! 3. the other branches commit, side by side. What is missing then is committed by whoever finds it (`recovery`).
//!
//! Always holds: no branch is told to commit before the row is known to be there, and none to roll back once the home
//! branch has been told to commit, unless the row is known never to be.

/// What is known of a branch when the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How it was begun.
    pub kind: Kind,
    /// Whether a statement may have written there.
    pub written: bool,
}

/// How a branch was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By BEGIN: the first one. It keeps the decision.
    Home,
    /// By XA START: any later one.
    Xa,
}

/// What a branch is told, in one flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// COMMIT: the home branch.
    Commit,
    /// ROLLBACK: the home branch.
    Rollback,
    /// The row of the decision: the home branch.
    Decide,
    /// XA END, XA PREPARE.
    Prepare,
    /// XA END, XA COMMIT … ONE PHASE.
    CommitOnePhase,
    /// XA COMMIT of a prepared branch.
    CommitPrepared,
    /// XA END, XA ROLLBACK of one that is not prepared.
    RollbackActive,
    /// XA ROLLBACK of a prepared branch.
    RollbackPrepared,
}

/// What a branch answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// OK.
    Done,
    /// An error: it has not done what it was told, and is still there.
    Refused,
    /// No answer: it may have done it or not.
    Lost,
}

/// What the home instance's log says of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// The row is there: committed.
    Committed,
    /// It is not, and can never be.
    RolledBack,
    /// The home instance cannot be asked.
    Unknown,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Say this to these branches, side by side, and tell what they answered.
    Say(Vec<(usize, Say)>),
    /// Close the home branch and find out what the log says.
    Resolve,
    /// It is over.
    Over(Verdict),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Committed. What could not be told so is left to recovery.
    Committed {
        /// Branches that did not answer.
        left: Vec<usize>,
    },
    /// Rolled back everywhere; prepared branches that could not be told so are left to recovery.
    RolledBack {
        /// The branch whose answer was the reason; None when it was meant.
        because: Option<usize>,
    },
    /// Not known: recovery ends it one way or the other. One-phase commits: that branch alone knows.
    Unknown {
        /// The branch that did not answer.
        of: usize,
    },
}

/// A transaction that is ending.
#[derive(Clone, Debug)]
pub struct Ending {
    parts: Vec<Part>,
    phase: Phase,
    because: Option<usize>,
    /// Branches that are prepared, or may be.
    prepared: Vec<usize>,
    lost: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Begun,
    AtOnce,
    Preparing,
    Deciding,
    Resolving,
    Finishing,
    Undoing,
}

// === impl Ending ===

impl Ending {
    /// A commit of these branches.
    pub fn commit(parts: Vec<Part>) -> Self {
        Self { parts, phase: Phase::Begun, because: None, prepared: Vec::new(), lost: Vec::new() }
    }

    /// Whether it takes the row of a decision.
    pub fn takes_decision(&self) -> bool {
        self.parts.iter().filter(|part| part.written).count() > 1
    }

    /// The first step.
    pub fn begin(&mut self) -> Next {
        if !self.takes_decision() {
            self.phase = Phase::AtOnce;
            return Next::Say(self.each(|_, part| match part.kind {
                Kind::Home => Some(Say::Commit),
                Kind::Xa => Some(Say::CommitOnePhase),
            }));
        }
        self.phase = Phase::Preparing;
        Next::Say(self.each(|_, part| match (part.kind, part.written) {
            (Kind::Home, _) => Some(Say::Decide),
            (Kind::Xa, true) => Some(Say::Prepare),
            (Kind::Xa, false) => None,
        }))
    }

    /// The step after these answers.
    pub fn heard(&mut self, answers: &[(usize, Heard)]) -> Next {
        self.lost.extend(answers.iter().filter(|(_, heard)| *heard == Heard::Lost).map(|(at, _)| *at));
        match self.phase {
            Phase::Begun | Phase::Resolving => Next::Over(Verdict::RolledBack { because: self.because }),
            Phase::AtOnce => Next::Over(self.after_one_phase(answers)),
            Phase::Preparing => {
                let prepared = |(at, heard): &(usize, Heard)| {
                    (*heard == Heard::Done && self.kind(*at) == Some(Kind::Xa)).then_some(*at)
                };
                self.prepared = answers.iter().filter_map(prepared).collect();
                match answers.iter().find(|(_, heard)| *heard != Heard::Done) {
                    Some((at, _)) => self.undo(Some(*at)),
                    None => {
                        self.phase = Phase::Deciding;
                        Next::Say(self.each(|_, part| (part.kind == Kind::Home).then_some(Say::Commit)))
                    }
                }
            }
            Phase::Deciding => match answers.iter().find(|(_, heard)| *heard != Heard::Done) {
                None => self.finish(),
                Some((at, _)) => {
                    self.because = Some(*at);
                    self.phase = Phase::Resolving;
                    Next::Resolve
                }
            },
            Phase::Finishing => {
                let left = answers.iter().filter(|(_, heard)| *heard != Heard::Done).map(|(at, _)| *at).collect();
                Next::Over(Verdict::Committed { left })
            }
            Phase::Undoing => Next::Over(Verdict::RolledBack { because: self.because }),
        }
    }

    /// The step after [`Next::Resolve`].
    pub fn resolved(&mut self, resolved: Resolved) -> Next {
        match resolved {
            Resolved::Committed => self.finish(),
            Resolved::RolledBack => self.undo(self.because),
            Resolved::Unknown => Next::Over(Verdict::Unknown { of: self.because.unwrap_or_default() }),
        }
    }

    /// Only the branch that was written counts; those that were read have nothing to lose.
    fn after_one_phase(&self, answers: &[(usize, Heard)]) -> Verdict {
        let written = answers.iter().find(|(at, _)| self.parts.get(*at).is_some_and(|part| part.written));
        match written {
            None | Some((_, Heard::Done)) => Verdict::Committed { left: Vec::new() },
            Some((at, Heard::Refused)) => Verdict::RolledBack { because: Some(*at) },
            Some((at, Heard::Lost)) => Verdict::Unknown { of: *at },
        }
    }

    fn finish(&mut self) -> Next {
        self.phase = Phase::Finishing;
        let prepared = &self.prepared;
        Self::say_or_end(
            self.each(|at, part| match part.kind {
                Kind::Home => None,
                Kind::Xa if prepared.contains(&at) => Some(Say::CommitPrepared),
                Kind::Xa => Some(Say::CommitOnePhase),
            }),
            Verdict::Committed { left: Vec::new() },
        )
    }

    fn undo(&mut self, because: Option<usize>) -> Next {
        self.because = because;
        // The home branch is gone by now if it was told to commit.
        let home_is_there = self.phase == Phase::Preparing;
        self.phase = Phase::Undoing;
        let (prepared, lost) = (&self.prepared, &self.lost);
        Self::say_or_end(
            self.each(|at, part| match part.kind {
                _ if lost.contains(&at) => None,
                Kind::Home => home_is_there.then_some(Say::Rollback),
                Kind::Xa if prepared.contains(&at) => Some(Say::RollbackPrepared),
                Kind::Xa => Some(Say::RollbackActive),
            }),
            Verdict::RolledBack { because },
        )
    }

    fn say_or_end(say: Vec<(usize, Say)>, otherwise: Verdict) -> Next {
        if say.is_empty() { Next::Over(otherwise) } else { Next::Say(say) }
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.parts.get(at).map(|part| part.kind)
    }

    fn each(&self, say: impl Fn(usize, &Part) -> Option<Say>) -> Vec<(usize, Say)> {
        self.parts.iter().enumerate().filter_map(|(at, part)| Some((at, say(at, part)?))).collect()
    }
}

#[cfg(test)]
mod tests;
