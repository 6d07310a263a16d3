//! The heads of a plan's results: column count and definitions, as a node sends them and as clients are to see them.
//!
//! Definitions are the same for every execution of a plan at a node, so they are rewritten once and recognised by their
//! bytes after that. Always holds: what is kept is used only where every byte that came is the same.
//!
//! Whether a result of the plan has been large is remembered beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;

use crate::id::DataNode;

/// All heads of one plan take at most so many bytes; further ones are rewritten each time.
const MAX_BYTES: usize = 32 * 1024;

/// The head of a result of one node.
#[derive(Debug, PartialEq, Eq)]
pub struct ResultHead {
    /// What it belongs to.
    pub of: HeadOf,
    /// How many columns there are.
    pub columns: usize,
    /// The frames of count and definitions as the node sends them.
    pub sent: Vec<u8>,
    /// The same frames under logical names.
    pub shown: Vec<u8>,
}

/// What a head belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadOf {
    /// Where the statement ran.
    pub node: DataNode,
    /// Whether the client has left its results in the charset of the handshake.
    pub from_handshake: bool,
}

/// The heads of one plan that are known.
#[derive(Debug, Default)]
pub struct ResultHeads {
    known: ArcSwap<Vec<Arc<ResultHead>>>,
    large: AtomicBool,
}

// === impl ResultHeads ===

impl ResultHeads {
    /// Shows `use_it` the head that came last; None when there is none.
    pub fn find<T>(&self, of: HeadOf, use_it: impl FnOnce(&ResultHead) -> T) -> Option<T> {
        self.known.load().iter().find(|head| head.of == of).map(|head| use_it(head))
    }

    /// A result was more than is to be held.
    pub fn saw_large(&self) {
        self.large.store(true, Ordering::Relaxed);
    }

    /// Whether there has been such a result.
    pub fn have_seen_large(&self) -> bool {
        self.large.load(Ordering::Relaxed)
    }

    /// Keeps a head in the place of the one that came before, if there is room.
    pub fn keep(&self, head: ResultHead) {
        let bytes = |head: &ResultHead| head.sent.len() + head.shown.len() + size_of::<ResultHead>();
        let head = Arc::new(head);
        self.known.rcu(|known| {
            let mut kept: Vec<_> = known.iter().filter(|known| known.of != head.of).cloned().collect();
            if kept.iter().map(|head| bytes(head)).sum::<usize>() + bytes(&head) <= MAX_BYTES {
                kept.push(Arc::clone(&head));
            }
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ShardId;

    fn head(table: u16, bytes: usize) -> ResultHead {
        let of = HeadOf { node: DataNode { shard: ShardId(0), table }, from_handshake: true };
        ResultHead { of, columns: 1, sent: vec![0; bytes], shown: Vec::new() }
    }

    #[test]
    fn the_last_one_of_a_node_is_kept_while_there_is_room() {
        let heads = ResultHeads::default();
        let length = |table| heads.find(head(table, 0).of, |head| head.sent.len());
        heads.keep(head(0, 10));
        heads.keep(head(1, 20));
        heads.keep(head(0, 30));
        assert_eq!((length(0), length(1), length(2)), (Some(30), Some(20), None));
        heads.keep(head(2, MAX_BYTES - 50));
        assert_eq!((length(0), length(1), length(2)), (Some(30), Some(20), None));
        heads.keep(head(0, MAX_BYTES));
        assert_eq!(length(0), None, "what does not fit does not leave an older one either");
    }
}
