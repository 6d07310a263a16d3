//! Memory that a statement uses and the next one uses again: the thread's, so that clients who wait hold none.

use std::cell::RefCell;

use crate::exec::Physical;
use crate::id::DataNode;
use crate::sql::Lexed;
use crate::value::Value;
use crate::wire::Param;

/// Buffers larger than this are not kept from command to command.
const KEPT: usize = 4 * 1024;

/// So many sets a thread keeps for clients whose commands come.
const SPARES: usize = 32;

/// The set of the command that is running, if one is. In a box: it goes to and fro with every command.
#[derive(Default)]
pub(super) struct Lent(Option<Box<Buffers>>);

/// What one command needs.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) packet: Vec<u8>,
    pub(super) physical: Physical,
    pub(super) params: Vec<Param<'static>>,
    pub(super) values: Vec<Value<'static>>,
    pub(super) lexed: Lexed,
    pub(super) nodes: Vec<DataNode>,
    pub(super) row_nodes: Vec<DataNode>,
}

thread_local! {
    #[expect(clippy::vec_box, reason = "a set is lent in its box")]
    static SPARE: RefCell<Vec<Box<Buffers>>> = const { RefCell::new(Vec::new()) };
}

// === impl Lent ===

impl Lent {
    /// A set that another command has used, or an empty one.
    pub(super) fn take() -> Self {
        Self(SPARE.with_borrow_mut(Vec::pop))
    }

    /// The set.
    pub(super) fn get(&mut self) -> &mut Buffers {
        self.0.get_or_insert_default()
    }

    /// Gives the set back, without what has grown large.
    pub(super) fn give_back(&mut self) {
        let Some(mut set) = self.0.take() else { return };
        set.shrink();
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < SPARES {
                spare.push(set);
            }
        });
    }
}

// === impl Buffers ===

impl Buffers {
    fn shrink(&mut self) {
        if self.packet.capacity() > KEPT {
            self.packet = Vec::new();
        }
        self.lexed.shrink(KEPT);
        self.physical.shrink(KEPT);
        for nodes in [&mut self.nodes, &mut self.row_nodes] {
            if nodes.capacity() * size_of::<DataNode>() > KEPT {
                *nodes = Vec::new();
            }
        }
    }
}
