//! FOREIGN KEY … REFERENCES in CREATE and ALTER TABLE.

use super::cursor::{Parsed, Parser};
use crate::sql::ast::ForeignKey;

impl Parser<'_> {
    /// `FOREIGN KEY [name] (a, b)`; in DROP FOREIGN KEY no columns follow.
    pub(super) fn foreign_key_columns(&mut self) -> Parsed<Vec<String>> {
        self.eat_all(&["FOREIGN", "KEY"]);
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
