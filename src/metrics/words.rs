//! The words that label counts. Each enum is closed, so that the number of series is.

use crate::error::Origin;

/// A closed set of label values.
pub(super) trait Words: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];
    /// The label's value.
    fn word(self) -> &'static str;
    /// Its place in `ALL`.
    fn index(self) -> usize;
}

macro_rules! words {
    ($($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $doc])+ $variant,)+ }

        impl Words for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            fn index(self) -> usize {
                self as usize
            }
        }
    )+};
}

words! {
    /// What a statement is.
    StatementKind {
        /// SELECT, and what reads like it.
        Select = "select",
        /// INSERT.
        Insert = "insert",
        /// REPLACE.
        Replace = "replace",
        /// UPDATE.
        Update = "update",
        /// DELETE.
        Delete = "delete",
        /// CREATE, ALTER, DROP, TRUNCATE, RENAME.
        Ddl = "ddl",
        /// BEGIN, COMMIT, ROLLBACK, savepoints.
        Transaction = "transaction",
        /// SET, USE and other changes of the session.
        Session = "session",
        /// SHOW, DESC, EXPLAIN.
        Show = "show",
        /// Preparing a statement; executing counts as what the statement is.
        Prepare = "prepare",
        /// All else.
        Other = "other",
    }
    /// Where a statement went.
    StatementRoute {
        /// One node.
        Single = "single",
        /// Some of the nodes.
        Multi = "multi",
        /// All nodes.
        Scatter = "scatter",
        /// Every shard, with the same text.
        Broadcast = "broadcast",
        /// Any one instance.
        Any = "any",
        /// To no table: Weir answered, or the transaction's connections did.
        Local = "local",
        /// Nowhere: it was refused or could not be read.
        Refused = "refused",
        /// Answered by a merge node, over rows that were copied to it.
        MergeNode = "merge_node",
    }
    /// What a lookup in the plan cache found.
    CacheOutcome {
        /// A plan.
        Hit = "hit",
        /// Nothing; the statement was planned.
        Miss = "miss",
    }
    /// What became of a change in the rules folder.
    ReloadOutcome {
        /// The new rules are in force.
        Applied = "applied",
        /// The rules have problems; the old ones stay.
        Failed = "failed",
    }
    /// How a branch that some Weir left prepared was ended.
    RecoveryOutcome {
        /// Its transaction had been committed.
        Committed = "committed",
        /// It had not, and never can be.
        RolledBack = "rolled_back",
    }
    /// How a transaction over several instances that were written came out.
    CommitOutcome {
        /// Committed.
        Committed = "committed",
        /// Rolled back on all of them.
        RolledBack = "rolled_back",
        /// Left to recovery.
        Unknown = "unknown",
    }
}

impl Words for Origin {
    const ALL: &'static [Self] = &[Origin::Client, Origin::Weir, Origin::Backend];

    fn word(self) -> &'static str {
        match self {
            Origin::Client => "client",
            Origin::Weir => "weir",
            Origin::Backend => "backend",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<W: Words + PartialEq + std::fmt::Debug>() {
        for (index, word) in W::ALL.iter().enumerate() {
            assert_eq!(word.index(), index, "{word:?}");
        }
    }

    #[test]
    fn indexes_are_places() {
        check::<StatementKind>();
        check::<StatementRoute>();
        check::<CacheOutcome>();
        check::<ReloadOutcome>();
        check::<RecoveryOutcome>();
        check::<CommitOutcome>();
        check::<Origin>();
    }
}
