//! SET in all its forms.

use super::super::ast::{ColumnName, Expr, ExprKind, SetItem, Statement, VariableScope};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};

/// Variables that hold for the next transaction only when set as `@@name`.
const TRANSACTION_VARIABLES: &[&str] =
    &["transaction_isolation", "tx_isolation", "transaction_read_only", "tx_read_only"];

impl Parser<'_> {
    pub(super) fn set(&mut self) -> Parsed<Statement> {
        self.expect("SET")?;
        if let Some(name) = self.unserved_set() {
            while self.kind() != TokenKind::End {
                self.bump();
            }
            return Ok(Statement::Set(vec![SetItem::Unsupported(name)]));
        }
        if let Some(item) = self.set_transaction()? {
            return Ok(Statement::Set(vec![item]));
        }
        Ok(Statement::Set(self.list(Self::set_item)?))
    }

    /// Forms that are not assignments and not served.
    fn unserved_set(&self) -> Option<String> {
        let assigned = self.is_punct_at(1, b'=') || self.token_at(1).kind == TokenKind::Assign;
        match self.upper().as_str() {
            word @ ("PASSWORD" | "ROLE" | "STATEMENT") if word == "PASSWORD" || !assigned => {
                Some(format!("SET {word}"))
            }
            "DEFAULT" => Some("SET DEFAULT ROLE".to_owned()),
            "RESOURCE" if self.is_at(1, "GROUP") => Some("SET RESOURCE GROUP".to_owned()),
            "PERSIST_ONLY" if !assigned => Some("SET PERSIST_ONLY".to_owned()),
            _ => None,
        }
    }

    /// SET [SESSION | GLOBAL] TRANSACTION ….
    fn set_transaction(&mut self) -> Parsed<Option<SetItem>> {
        let position = self.position();
        let scope = match self.upper().as_str() {
            "SESSION" | "LOCAL" => VariableScope::Session,
            "GLOBAL" => VariableScope::Global,
            _ => VariableScope::Next,
        };
        if scope != VariableScope::Next {
            self.bump();
        }
        if !self.eat("TRANSACTION") {
            self.back_to(position);
            return Ok(None);
        }
        let (mut isolation, mut read_only) = (None, None);
        loop {
            if isolation.is_none() && self.eat_all(&["ISOLATION", "LEVEL"]) {
                isolation = Some(self.isolation()?.to_owned());
            } else if read_only.is_none() && self.eat_all(&["READ", "ONLY"]) {
                read_only = Some(true);
            } else if read_only.is_none() && self.eat_all(&["READ", "WRITE"]) {
                read_only = Some(false);
            } else {
                return Err(self.syntax());
            }
            if !self.eat_punct(b',') {
                return Ok(Some(SetItem::Transaction { scope, isolation, read_only }));
            }
        }
    }

    fn isolation(&mut self) -> Parsed<&'static str> {
        for (words, level) in [
            (&["READ", "UNCOMMITTED"][..], "READ-UNCOMMITTED"),
            (&["READ", "COMMITTED"], "READ-COMMITTED"),
            (&["REPEATABLE", "READ"], "REPEATABLE-READ"),
            (&["SERIALIZABLE"], "SERIALIZABLE"),
        ] {
            if self.eat_all(words) {
                return Ok(level);
            }
        }
        Err(self.syntax())
    }

    fn set_item(&mut self) -> Parsed<SetItem> {
        let assigned = self.is_punct_at(1, b'=') || self.token_at(1).kind == TokenKind::Assign;
        if !assigned && self.eat("NAMES") {
            return self.set_names();
        }
        if self.eat_all(&["CHARACTER", "SET"]) || (!assigned && self.eat("CHARSET")) {
            let charset = self.charset_name()?;
            return Ok(SetItem::CharacterSet(Some(charset).filter(|name| name != "default")));
        }
        match self.kind() {
            TokenKind::UserVariable => {
                let name = self.user_variable_name()?;
                let value = self.set_value()?;
                Ok(SetItem::User { name, value })
            }
            TokenKind::SystemVariable => self.set_system_variable(),
            _ => self.set_bare_variable(),
        }
    }

    fn set_names(&mut self) -> Parsed<SetItem> {
        let charset = Some(self.charset_name()?).filter(|name| name != "default");
        let collation = if self.eat("COLLATE") { Some(self.charset_name()?) } else { None };
        if charset.is_none() && collation.is_some() {
            return Err(self.syntax());
        }
        let collation = collation.filter(|name| name != "default");
        Ok(SetItem::Names { charset, collation })
    }

    /// `@@x = …`, `@@session.x = …`.
    fn set_system_variable(&mut self) -> Parsed<SetItem> {
        let start = self.start();
        let (scope, name) = self.system_variable()?;
        let scope = match scope.as_str() {
            "" if TRANSACTION_VARIABLES.contains(&name.as_str()) => VariableScope::Next,
            "" | "session" | "local" => VariableScope::Session,
            "global" | "persist" => VariableScope::Global,
            _ => return Err(self.refused_at(start, "SET PERSIST_ONLY")),
        };
        let value = self.set_value()?;
        Ok(SetItem::Variable { scope, name, value })
    }

    /// `x = …`, `SESSION x = …`, `a.b = …`.
    fn set_bare_variable(&mut self) -> Parsed<SetItem> {
        let mut scope = VariableScope::Session;
        let scoped = matches!(self.token_at(1).kind, TokenKind::Word | TokenKind::Quoted);
        if scoped && self.eat_any(&["GLOBAL", "PERSIST"]) {
            scope = VariableScope::Global;
        } else if scoped && !self.eat_any(&["SESSION", "LOCAL"]) {
            return Err(self.syntax());
        }
        let mut name = self.name()?.text.to_ascii_lowercase();
        if self.eat_punct(b'.') {
            name = format!("{name}.{}", self.any_name()?.text.to_ascii_lowercase());
        }
        let value = self.set_value()?;
        Ok(SetItem::Variable { scope, name, value })
    }

    /// `= value` or `:= value`; ON, ALL and other reserved words are values too.
    fn set_value(&mut self) -> Parsed<Expr> {
        if !self.eat_kind(TokenKind::Assign) {
            self.expect_punct(b'=')?;
        }
        let alone = self.is_punct_at(1, b',') || self.is_punct_at(1, b';') || self.token_at(1).kind == TokenKind::End;
        if alone && self.is_any(&["ON", "ALL", "BINARY", "ROW", "SYSTEM", "FORCE"]) {
            let column = ColumnName { schema: None, table: None, column: self.any_name()? };
            let span = column.column.span;
            return Ok(Expr { kind: ExprKind::Column(column), span });
        }
        self.expr()
    }
}
