//! Prepared statements by name: PREPARE, EXECUTE and DEALLOCATE PREPARE as statements.
//!
//! The values of EXECUTE … USING are written into the text, as the literals that the session keeps of its variables, and
//! the text runs like any other: so their shard keys route.

use super::answer::Form;
use super::syntax::syntax_error;
use super::{Session, query};
use crate::backend::null_of;
use crate::error::{Code, SqlError};
use crate::exec::ExecError;
use crate::sql::ast::{ExprKind, Ident, LiteralKind, PrepareSource, Query, QueryBody, SelectItem};
use crate::sql::{Lexed, Span, Statement};

/// Names of columns that are longer are left to the server.
const LONGEST_NAME: usize = 200;

// === impl Session ===

impl Session {
    pub(super) async fn prepare_named(&mut self, name: &Ident, from: &PrepareSource) -> Result<(), SqlError> {
        let text = match from {
            PrepareSource::Text(text) => text.clone(),
            PrepareSource::Variable(variable) => self.text_of(variable)?,
        };
        let name = name.text.to_ascii_lowercase();
        // Whatever comes of it, the old statement of this name is gone, as in MySQL.
        self.named.remove(&name);
        let limit = self.service.limits.max_prepared_statements;
        if self.named.len() >= limit {
            return Err(super::prepared::too_many(limit));
        }
        let mut lexed = Lexed::default();
        // What cannot be prepared is said now; the plan goes into the cache.
        self.prepare_text(&text, &mut lexed).await?;
        self.named.insert(name, (text, self.origin()));
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
        let Some(text) = self.named.get(&name.text.to_ascii_lowercase()) else {
            return Err(unknown(name, "EXECUTE").into());
        };
        let (text, origin) = text.clone();
        let now = self.enter(&origin, &text)?;
        let done = self.execute_text(text, using).await;
        self.leave(now);
        done
    }

    async fn execute_text(&mut self, mut text: Vec<u8>, using: &[String]) -> Result<(), ExecError> {
        let mut lexed = Lexed::default();
        crate::sql::lex(&text, self.mode, &mut lexed)
            .map_err(|error| syntax_error(&text, error.offset, error.message))?;
        if usize::from(lexed.params) != using.len() {
            return Err(SqlError::new(Code::WrongArguments, "Incorrect arguments to EXECUTE").into());
        }
        if !using.is_empty() {
            text = self.with_values(&text, &lexed, using);
        }
        match self.understand(&text, &mut lexed).await? {
            query::Understood::Plan(plan) => self.run_plan(&plan, &text, &lexed, query::Sent::Text).await,
            query::Understood::Statement(statement) => match *statement {
                Statement::Execute { .. } | Statement::Prepare { .. } | Statement::Deallocate(_) => {
                    Err(super::prepared::not_prepared().into())
                }
                statement => Box::pin(self.statement(&statement, &text, Form::Text)).await,
            },
        }
    }

    /// The text of PREPARE … FROM @variable.
    fn text_of(&self, variable: &str) -> Result<Vec<u8>, SqlError> {
        match self.state.get(&format!("@{variable}")).map(Value::of) {
            Some(Value::Text { bytes, .. }) => Ok(bytes),
            Some(Value::Literal(literal)) => Ok(literal.as_bytes().to_vec()),
            // What a server reads then.
            None => Ok(b"NULL".to_vec()),
        }
    }

    /// A text with the values of variables for its parameters.
    fn with_values(&self, text: &[u8], lexed: &Lexed, using: &[String]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = 0;
        let params = lexed.literals.iter().filter(|literal| literal.kind == LiteralKind::Param);
        let mut places: Vec<(Span, Option<u16>)> = params.map(|param| (param.span, Some(param.param))).collect();
        let mut constants = Vec::new();
        if let Ok(Statement::Query(query)) = self.parse(text, lexed) {
            // MariaDB sorts by the column of this number, MySQL by a constant: by nothing.
            if !self.service.speaks_mariadb() {
                sorting_params(&query, &mut constants);
            }
            let unnamed = unnamed_items(&query).into_iter();
            let changed =
                unnamed.filter(|item| places.iter().any(|(at, _)| item.start <= at.start && at.end <= item.end));
            places.extend(changed.map(|item| (item, None)).collect::<Vec<_>>());
        }
        // An item comes behind its parameters.
        places.sort_by_key(|(at, param)| (at.end, param.is_none()));
        for (at, param) in places {
            let Some((start, end)) = range(at) else { continue };
            match param {
                Some(param) => {
                    out.extend_from_slice(text.get(rest..start).unwrap_or_default());
                    let variable = using.get(usize::from(param)).map(|name| format!("@{name}"));
                    match variable.and_then(|name| self.state.get(&name)).map_or(Value::Literal("NULL"), Value::of) {
                        _ if constants.contains(&at) => out.extend_from_slice(b"NULL"),
                        // MySQL would read it as a number where it wants one.
                        Value::Literal(literal) if literal.starts_with("x'") => {
                            out.extend_from_slice(b"_binary ");
                            out.extend_from_slice(literal.as_bytes());
                        }
                        Value::Literal(literal) => out.extend_from_slice(literal.as_bytes()),
                        Value::Text { charset, bytes } => self.string(charset, &bytes, &mut out),
                    }
                }
                None => {
                    out.extend_from_slice(text.get(rest..end).unwrap_or_default());
                    // The column is called as it is written, with the question mark.
                    let name = text.get(start..end).unwrap_or_default();
                    if name.len() <= LONGEST_NAME {
                        out.extend_from_slice(b" AS `");
                        name.iter()
                            .for_each(|byte| out.extend(std::iter::repeat_n(*byte, 1 + usize::from(*byte == b'`'))));
                        out.push(b'`');
                    }
                }
            }
            rest = end;
        }
        out.extend_from_slice(text.get(rest..).unwrap_or_default());
        out
    }

    /// A string as a literal: as the client would write it where that can be, so that it routes as a shard key.
    fn string(&self, charset: &str, bytes: &[u8], out: &mut Vec<u8>) {
        let unicode = self.utf8 && matches!(charset, "utf8mb4" | "utf8mb3" | "utf8" | "ascii");
        if !unicode || std::str::from_utf8(bytes).is_err() {
            out.extend_from_slice(format!("_{charset} x'").as_bytes());
            bytes.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes()));
            out.push(b'\'');
            return;
        }
        out.push(b'\'');
        for &byte in bytes {
            if byte == b'\'' || byte == b'\\' && !self.mode.no_backslash_escapes {
                out.push(byte);
            }
            out.push(byte);
        }
        out.push(b'\'');
    }
}

/// The items of a query's select list that have no name but their text.
fn unnamed_items(query: &Query) -> Vec<Span> {
    match &query.body {
        QueryBody::Select(select) => {
            let unnamed = select.items.iter().filter_map(|item| match item {
                SelectItem::Expr { alias: None, span, .. } => Some(*span),
                _ => None,
            });
            unnamed.collect()
        }
        QueryBody::SetOperation { left: inner, .. } | QueryBody::Nested(inner) => unnamed_items(inner),
        QueryBody::Values(_) | QueryBody::Table(_) => Vec::new(),
    }
}

/// Parameters that a query sorts or groups by.
fn sorting_params(query: &Query, out: &mut Vec<Span>) {
    let keys = query.order_by.iter().map(|key| &key.expr);
    let grouped = match &query.body {
        QueryBody::Select(select) => select.group_by.as_slice(),
        QueryBody::SetOperation { left, right, .. } => {
            sorting_params(left, out);
            sorting_params(right, out);
            &[]
        }
        QueryBody::Nested(inner) => {
            sorting_params(inner, out);
            &[]
        }
        QueryBody::Values(_) | QueryBody::Table(_) => &[],
    };
    out.extend(keys.chain(grouped).filter(|key| matches!(key.kind, ExprKind::Param(_))).map(|key| key.span));
}

fn range(span: Span) -> Option<(usize, usize)> {
    usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok())
}

/// The value of a user variable, out of the literal that is kept of it.
enum Value<'l> {
    /// A number, NULL, or bytes without a character set, as they are written.
    Literal(&'l str),
    /// `_charset x'…' COLLATE …`.
    Text { charset: &'l str, bytes: Vec<u8> },
}

// === impl Value ===

impl<'l> Value<'l> {
    fn of(literal: &'l str) -> Self {
        let text = || {
            let (charset, rest) = literal.strip_prefix('_')?.split_once(" x'")?;
            let (hex, _) = rest.split_once('\'')?;
            let digits = hex.as_bytes().chunks(2);
            let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            Some(Self::Text { charset, bytes: bytes.collect::<Option<_>>()? })
        };
        if null_of(literal).is_some() {
            return Self::Literal("NULL");
        }
        text().unwrap_or(Self::Literal(literal))
    }
}

fn unknown(name: &Ident, verb: &str) -> SqlError {
    let message = format!("Unknown prepared statement handler ({}) given to {verb}", name.text);
    SqlError::new(Code::UnknownStatement, message)
}
