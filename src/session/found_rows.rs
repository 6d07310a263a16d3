//! FOUND_ROWS(): how many rows the last statement has sent or skipped, where that is known.

use super::Session;
use crate::error::{Code, Origin, SqlError};
use crate::exec::Outcome;
use crate::plan::{FoundRows, Plan};

// === impl Session ===

impl Session {
    /// A statement that asks for the number is refused where it is not known.
    pub(super) fn knows_found_rows(&self, plan: &Plan) -> Result<(), SqlError> {
        if !plan.needs.found_rows || self.found_rows.is_some() {
            return Ok(());
        }
        let message = "FOUND_ROWS() is not known after the statement before this one; ask for it right after a SELECT, or \
                       use COUNT(*)";
        Err(SqlError::new(Code::UnsupportedStatement, message))
    }

    /// Notes the number that a statement leaves.
    pub(super) fn note_found_rows(&mut self, plan: &Plan, outcome: &Outcome) {
        self.found_rows = match &plan.needs.leaves {
            FoundRows::Kept => return,
            FoundRows::KeptOnMariaDb if self.service.speaks_mariadb() => return,
            FoundRows::KeptOnMariaDb | FoundRows::Unknown => None,
            FoundRows::Sent => outcome.rows,
            FoundRows::Skipped(_) | FoundRows::Asked => outcome.found_rows,
        };
    }

    /// Notes that a statement has failed. Where a server has run it, MariaDB may have counted some of its rows.
    pub(super) fn note_unfound(&mut self, plan: &Plan, error: &SqlError) {
        let changes = match &plan.needs.leaves {
            FoundRows::Kept => false,
            FoundRows::KeptOnMariaDb | FoundRows::Unknown => true,
            FoundRows::Sent | FoundRows::Skipped(_) | FoundRows::Asked => self.service.speaks_mariadb(),
        };
        if changes && error.origin == Origin::Backend && !error.is(Code::ParseError) {
            self.found_rows = None;
        }
    }
}
