//! In which charset a client speaks and wants its results, and by which collation a server calls these.
//!
//! A server remembers more of the charset of results than its variable shows: the collation that the handshake or SET
//! NAMES … COLLATE said stands in the definitions of columns until results are given another charset.

use super::Session;
use super::variables::{UNSAFE_CHARSETS, unsafe_charset};
use crate::backend::{Lease, SessionState};
use crate::error::SqlError;
use crate::value::CollationId;
use crate::wire::ColumnDefinition41;

// === impl Session ===

impl Session {
    /// The charset that a client names in its handshake, by a collation. As with MySQL, a number that the servers do
    /// not know means the default.
    ///
    /// # Errors
    /// It is one that a byte lexer cannot read; or no instance can be asked, and it may be one.
    pub(super) async fn start_charset(&mut self, collation: u16) -> Result<(), SqlError> {
        let mut known = None;
        let mut unknown = None;
        for instance in self.service.instances.iter() {
            match self.service.catalog.collations().known(instance).await {
                Ok(collations) => {
                    known = Some(collations);
                    break;
                }
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        let Some(known) = known else {
            return match unknown {
                Some(error) if !is_utf8(collation) => Err(error.into()),
                Some(_) | None => Ok(()),
            };
        };
        let Some(collation) = known.numbered(CollationId(collation)) else { return Ok(()) };
        if UNSAFE_CHARSETS.contains(&collation.charset.as_str()) {
            return Err(unsafe_charset(&collation.charset));
        }
        if collation.name == "utf8mb4_general_ci" {
            // What connections to backends are opened with. Set by name, MySQL would call results by the charset's own
            // default collation.
            return Ok(());
        }
        for name in ["character_set_client", "character_set_connection"] {
            self.state.set(name, &format!("'{}'", collation.charset));
        }
        self.state.set_results(&collation.charset, &collation.name);
        self.state.set("collation_connection", &format!("'{}'", collation.name));
        Ok(())
    }

    /// Notes by which collation results are called on a connection, whose charset they have been given.
    pub(super) async fn note_results(&self, lease: &mut Lease, state: &mut SessionState) -> Result<(), SqlError> {
        let Some(instance) = self.service.instances.get(self.anywhere()) else { return Ok(()) };
        let known = self.service.catalog.collations().known(instance).await?;
        let answer = lease.query("SELECT @@SESSION.character_set_results").await?;
        let null = answer.rows.first().is_none_or(|row| row.first().is_none_or(Option::is_none));
        let definition = answer.definitions.first().and_then(|payload| ColumnDefinition41::decode(payload).ok());
        let collation = definition.filter(|_| !null).and_then(|column| known.numbered(column.collation));
        if let Some(collation) = collation {
            state.set_results(&collation.charset, &collation.name);
        }
        Ok(())
    }
}

/// Whether a collation's number is that of a UTF-8 one in every server: utf8mb3's and utf8mb4's.
fn is_utf8(collation: u16) -> bool {
    matches!(collation, 33 | 45 | 46 | 76 | 83 | 192..=215 | 223..=247 | 255..=323)
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn utf8_collations_are_known_by_their_numbers() {
        // utf8mb4_general_ci, utf8mb4_0900_ai_ci, latin1_swedish_ci, gbk_chinese_ci, gb18030_chinese_ci.
        assert_eq!([45, 255, 8, 28, 248].map(is_utf8), [true, true, false, false, false]);
    }
}
