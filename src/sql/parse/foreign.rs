//! FOREIGN KEY … REFERENCES and the names of constraints in CREATE and ALTER TABLE.

use super::cursor::{Parsed, Parser};
use crate::sql::ast::{ConstraintName, ConstraintRole, ForeignKey};

impl Parser<'_> {
    /// `CONSTRAINT [name]`, if it stands here, before what it names. Says whether there was a name.
    pub(super) fn constraint_symbol(&mut self, into: &mut Vec<ConstraintName>) -> Parsed<bool> {
        if !self.eat("CONSTRAINT") {
            return Ok(false);
        }
        self.eat_all(&["IF", "NOT", "EXISTS"]);
        if !self.is_name_at(0) {
            return Ok(false);
        }
        let name = self.name()?;
        let role = match self.upper().as_str() {
            "FOREIGN" | "REFERENCES" => ConstraintRole::ForeignKey,
            "CHECK" => ConstraintRole::Check,
            _ => return Ok(true),
        };
        into.push(ConstraintName { name, role });
        Ok(true)
    }

    /// `[IF EXISTS] name` of what is dropped, altered or renamed.
    pub(super) fn existing(&mut self, role: ConstraintRole, into: &mut Vec<ConstraintName>) -> Parsed<()> {
        self.eat_all(&["IF", "EXISTS"]);
        into.push(ConstraintName { name: self.name()?, role });
        Ok(())
    }

    /// `FOREIGN KEY [name] (a, b)`; `named` says whether a CONSTRAINT before it has a name.
    pub(super) fn foreign_key_columns(&mut self, named: bool, into: &mut Vec<ConstraintName>) -> Parsed<Vec<String>> {
        self.eat_all(&["FOREIGN", "KEY"]);
        self.eat_all(&["IF", "NOT", "EXISTS"]);
        if !named && self.is_name_at(0) {
            into.push(ConstraintName { name: self.name()?, role: ConstraintRole::ForeignKeyIndex });
        }
        while !self.is_punct(b'(') {
            if self.at_end() || self.is_punct(b',') || self.is_punct(b')') || self.is_punct(b';') {
                return Ok(Vec::new());
            }
            self.bump();
        }
        self.own_names()
    }

    /// What stands behind REFERENCES; `columns` are the table's own.
    pub(super) fn reference(&mut self, columns: Vec<String>) -> Parsed<ForeignKey> {
        let table = self.table_name()?;
        let referenced = if self.is_punct(b'(') { self.own_names()? } else { Vec::new() };
        let mut key = ForeignKey { table, columns, referenced, sets: false, follows: false };
        loop {
            if self.eat("MATCH") {
                self.bump();
            } else if self.is("ON") && (self.is_at(1, "DELETE") || self.is_at(1, "UPDATE")) {
                key.follows |= self.is_at(1, "UPDATE") && self.is_at(2, "CASCADE");
                key.sets |= self.is_at(2, "SET");
                let words = if self.is_at(2, "SET") || self.is_at(2, "NO") { 4 } else { 3 };
                for _ in 0..words {
                    self.bump();
                }
            } else {
                return Ok(key);
            }
        }
    }

    fn own_names(&mut self) -> Parsed<Vec<String>> {
        Ok(self.names_in_parentheses()?.into_iter().map(|name| name.text).collect())
    }
}
