//! How long the warnings of a statement are remembered.
//!
//! MySQL forgets them with every statement but SHOW WARNINGS. MariaDB keeps them until a statement is about tables, or has
//! something to warn of itself.

use super::Session;
use crate::plan::Plan;

// === impl Session ===

impl Session {
    /// Whether a statement without warnings of its own leaves those that there are.
    pub(super) fn keeps_warnings(&self, plan: &Plan) -> bool {
        !plan.needs.reads_rows && self.service.speaks_mariadb()
    }

    pub(super) fn forget_warnings(&mut self) {
        self.warnings.clear();
        self.warning_count = 0;
    }
}
