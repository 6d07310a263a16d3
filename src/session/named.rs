//! Prepared statements by name: PREPARE, EXECUTE and DEALLOCATE PREPARE as statements.
//!
//! What EXECUTE … USING gives is read by the servers themselves, out of the variables that their connections have
//! (`exec::named`): so a value has the type, charset and collation that it has on one server. The session's own
//! literals of those variables say where shard keys route.

use super::answer::Form;
use super::prepared::PreparedStatement;
use super::sent::Sent;
use super::{Session, query};
use crate::backend::null_of;
use crate::error::{Code, SqlError};
use crate::exec::ExecError;
use crate::sql::ast::{Ident, PrepareSource};
use crate::sql::{Lexed, Statement};
use crate::value::Value;

/// Character sets in which ASCII is ASCII.
const ASCII_CHARSETS: [&str; 16] = [
    "utf8mb4", "utf8mb3", "utf8", "ascii", "latin1", "latin2", "latin5", "latin7", "cp1250", "cp1251", "cp1256",
    "cp1257", "greek", "hebrew", "koi8r", "koi8u",
];
/// Character sets whose strings are UTF-8.
const UTF8_CHARSETS: [&str; 4] = ["utf8mb4", "utf8mb3", "utf8", "ascii"];

// === impl Session ===

impl Session {
    pub(super) async fn prepare_named(&mut self, name: &Ident, from: &PrepareSource) -> Result<(), SqlError> {
        let text = self.text_from(from)?;
        let name = name.text.to_ascii_lowercase();
        // Whatever comes of it, the old statement of this name is gone, as in MySQL.
        self.named.remove(&name);
        let limit = self.service.limits.max_prepared_statements;
        if self.named.len() >= limit {
            return Err(super::prepared::too_many(limit));
        }
        if !text.is_ascii() && !self.utf8 && !self.service.speaks_mariadb() {
            let message = "PREPARE of letters beyond ASCII is not served while character_set_client is not utf8mb4: MySQL \
                           converts them twice";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        // What cannot be prepared is said now.
        let (_, statement) = self.prepare_text(&text).await?;
        self.named.insert(name, statement);
        Ok(())
    }

    pub(super) fn deallocate(&mut self, name: &Ident) -> Result<(), SqlError> {
        match self.named.remove(&name.text.to_ascii_lowercase()) {
            Some(_) => Ok(()),
            None => Err(unknown(name, "DEALLOCATE PREPARE")),
        }
    }

    /// EXECUTE name [USING @a, …].
    pub(super) async fn execute_named(&mut self, name: &Ident, using: &[String]) -> Result<(), ExecError> {
        let key = name.text.to_ascii_lowercase();
        // Taken out while it runs, so that the rest of the session can be used beside it.
        let Some(mut statement) = self.named.remove(&key) else {
            return Err(unknown(name, "EXECUTE").into());
        };
        let done = match self.enter(&statement.origin, &statement.text) {
            Ok(now) => {
                let done = self.execute_using(&mut statement, using).await;
                self.leave(now);
                done
            }
            Err(error) => Err(error.into()),
        };
        self.named.insert(key, statement);
        done
    }

    /// EXECUTE IMMEDIATE, which MySQL does not know.
    pub(super) async fn execute_immediate(
        &mut self,
        from: &PrepareSource,
        using: &[String],
        text: &[u8],
    ) -> Result<(), ExecError> {
        if !self.service.speaks_mariadb() {
            let error = SqlError::new(Code::ParseError, "EXECUTE IMMEDIATE is MariaDB's");
            return Err(self.misread(text, error).await.into());
        }
        let text = self.text_from(from)?;
        let (_, mut statement) = self.prepare_text(&text).await?;
        self.execute_using(&mut statement, using).await
    }

    async fn execute_using(&mut self, statement: &mut PreparedStatement, using: &[String]) -> Result<(), ExecError> {
        if usize::from(statement.params) != using.len() {
            return Err(SqlError::new(Code::WrongArguments, "Incorrect arguments to EXECUTE").into());
        }
        let text = statement.text.clone();
        if using.is_empty() {
            return self.execute_text(&text).await;
        }
        let values: Vec<Value<'static>> = using.iter().map(|name| self.value_of(name)).collect();
        match self.plan_of(statement, &text, &values).await? {
            Some(plan) => {
                if !self.service.speaks_mariadb() {
                    plan.plan.check_limit_variables(&self.args(&self.account, &text, &statement.lexed, &values))?;
                }
                let sent = Sent::Named { names: using, values: &values };
                self.run_plan(&plan, &text, &statement.lexed, sent).await
            }
            None => Err(super::prepared::not_prepared().into()),
        }
    }

    async fn execute_text(&mut self, text: &[u8]) -> Result<(), ExecError> {
        let mut lexed = Lexed::default();
        match self.understand(text, &mut lexed).await? {
            query::Understood::Plan(plan) if plan.plan.load.is_some() => Err(super::prepared::not_prepared().into()),
            query::Understood::Plan(plan) => self.run_plan(&plan, text, &lexed, Sent::Text).await,
            query::Understood::Statement(statement) => match *statement {
                Statement::Execute { .. }
                | Statement::ExecuteImmediate { .. }
                | Statement::Prepare { .. }
                | Statement::Deallocate(_) => Err(super::prepared::not_prepared().into()),
                statement => Box::pin(self.statement(&statement, text, Form::Text)).await,
            },
        }
    }

    fn text_from(&self, from: &PrepareSource) -> Result<Vec<u8>, SqlError> {
        match from {
            PrepareSource::Text(text) => Ok(text.clone()),
            PrepareSource::Variable(variable) => self.text_of(variable),
        }
    }

    /// The text of PREPARE … FROM @variable.
    fn text_of(&self, variable: &str) -> Result<Vec<u8>, SqlError> {
        match self.state.get(&format!("@{variable}")).map(Kept::of) {
            Some(Kept::Text { bytes, .. } | Kept::Bytes(bytes)) => Ok(bytes),
            Some(Kept::Number(literal)) => Ok(literal.as_bytes().to_vec()),
            // What a server reads then.
            Some(Kept::Null) | None => Ok(b"NULL".to_vec()),
        }
    }

    /// What is known of the value that a statement will find in a variable.
    fn value_of(&self, variable: &str) -> Value<'static> {
        match self.state.get(&format!("@{variable}")).map(Kept::of) {
            None | Some(Kept::Null) => Value::Null,
            Some(Kept::Number(literal)) => number(literal),
            Some(Kept::Text { charset, bytes }) if self.keeps(charset, &bytes) => Value::Bytes(bytes.into()),
            Some(Kept::Text { .. } | Kept::Bytes(_)) => unknown_value(),
        }
    }

    /// Whether a string comes to a statement as the characters that it has among the client's own.
    fn keeps(&self, charset: &str, bytes: &[u8]) -> bool {
        let connection = self.state.get("character_set_connection").unwrap_or("utf8mb4").trim_matches('\'');
        let both = |known: &[&str]| known.contains(&charset) && known.contains(&connection);
        match bytes.is_ascii() {
            true => both(&ASCII_CHARSETS),
            false => self.utf8 && both(&UTF8_CHARSETS) && std::str::from_utf8(bytes).is_ok(),
        }
    }
}

/// The number that a literal is.
fn number(literal: &str) -> Value<'static> {
    if literal.contains(['e', 'E']) {
        return literal.parse().map_or_else(|_| unknown_value(), Value::Double);
    }
    if let Ok(number) = literal.parse() {
        return Value::Int(number);
    }
    if let Ok(number) = literal.parse() {
        return Value::UInt(number);
    }
    Value::Decimal(literal.strip_suffix('.').unwrap_or(literal).to_owned().into())
}

/// A value that equals no key's, so that it narrows no route.
fn unknown_value() -> Value<'static> {
    Value::Double(f64::NAN)
}

/// What is kept of a user variable.
enum Kept<'l> {
    Null,
    /// As it is written.
    Number(&'l str),
    /// `x'…'`: bytes without a character set.
    Bytes(Vec<u8>),
    /// `_charset x'…' COLLATE …`.
    Text {
        charset: &'l str,
        bytes: Vec<u8>,
    },
}

// === impl Kept ===

impl<'l> Kept<'l> {
    fn of(literal: &'l str) -> Self {
        if null_of(literal).is_some() {
            return Self::Null;
        }
        let bytes = |rest: &str| -> Option<Vec<u8>> {
            let digits = rest.split_once('\'')?.0.as_bytes().chunks(2);
            digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
        };
        let text = || {
            let (charset, rest) = literal.strip_prefix('_')?.split_once(" x'")?;
            Some(Self::Text { charset, bytes: bytes(rest)? })
        };
        let binary = || Some(Self::Bytes(bytes(literal.strip_prefix("x'")?)?));
        text().or_else(binary).unwrap_or(Self::Number(literal))
    }
}

fn unknown(name: &Ident, verb: &str) -> SqlError {
    let message = format!("Unknown prepared statement handler ({}) given to {verb}", name.text);
    SqlError::new(Code::UnknownStatement, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (literal, expected) in [
            ("-5", Value::Int(-5)),
            ("18446744073709551615", Value::UInt(u64::MAX)),
            ("1.50", Value::Decimal("1.50".into())),
            ("7.", Value::Decimal("7".into())),
            ("-123456789012345678901.", Value::Decimal("-123456789012345678901".into())),
            ("5e0", Value::Double(5.0)),
        ] {
            assert_eq!(number(literal), expected, "{literal}");
        }
    }
}
