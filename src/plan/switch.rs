//! Weir's own session variables, each ON or OFF.

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// `weir_consistent_read`: a read of several instances outside of a transaction is of one moment.
    ConsistentRead,
    /// `weir_verify`: what a streaming merge answers, a merge node answers too, and both must be the same.
    Verify,
}

/// Which of them are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    consistent_read: bool,
    verify: bool,
}

// === impl Switch ===

impl Switch {
    /// By the variable's name, in lower case.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "weir_consistent_read" => Some(Switch::ConsistentRead),
            "weir_verify" => Some(Switch::Verify),
            _ => None,
        }
    }
}

// === impl Switches ===

impl Switches {
    /// Whether one is on.
    pub fn is_on(self, switch: Switch) -> bool {
        match switch {
            Switch::ConsistentRead => self.consistent_read,
            Switch::Verify => self.verify,
        }
    }

    /// Turns one on or off.
    pub fn turn(&mut self, switch: Switch, on: bool) {
        match switch {
            Switch::ConsistentRead => self.consistent_read = on,
            Switch::Verify => self.verify = on,
        }
    }
}
