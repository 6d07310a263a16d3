//! How a statement came, for running it.

use crate::value::Value;
use crate::wire::Param;

/// How a statement came, and with which values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent<'s> {
    Text,
    Prepared {
        params: &'s [Param<'s>],
        values: &'s [Value<'s>],
    },
    /// EXECUTE … USING these variables, and what is known of their values.
    Named {
        names: &'s [String],
        values: &'s [Value<'s>],
    },
}

// === impl Sent ===

impl<'s> Sent<'s> {
    /// The parameters' values.
    pub(super) fn values(self) -> &'s [Value<'s>] {
        match self {
            Sent::Text => &[],
            Sent::Prepared { values, .. } | Sent::Named { values, .. } => values,
        }
    }
}
