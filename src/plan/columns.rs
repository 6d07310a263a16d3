//! Columns: which mention of a table a name belongs to, searched block by block from the inside out.

use super::Replacement;
use super::functions;
use super::resolve::{ColumnRef, Naming, Resolver, Source};
use crate::sql::Span;
use crate::sql::ast::{ColumnName, Ident};

// === impl Resolver ===

impl Resolver<'_> {
    pub(super) fn column(&mut self, span: Span, name: &ColumnName, block: usize) {
        let column = name.column.text.to_ascii_lowercase();
        self.found.named.insert(name.column.text.to_lowercase());
        let mention = match &name.table {
            Some(table) => self.qualifier(block, name.schema.as_ref(), table),
            None => {
                functions::bare_word(self, &column);
                self.unqualified(block, &column)
            }
        };
        if let Some(mention) = mention {
            self.found.columns.insert(span.start, ColumnRef { mention, name: column });
        }
    }

    /// The mention whose column an assignment sets.
    pub(super) fn assigned(&mut self, column: &ColumnName, block: usize) -> Option<usize> {
        match &column.table {
            Some(table) => self.qualifier(block, column.schema.as_ref(), table),
            None => self.unqualified(block, &column.column.text.to_ascii_lowercase()),
        }
    }

    /// Finds the mention that a qualifier names, and replaces what a backend would not understand.
    pub(super) fn qualifier(&mut self, block: usize, schema: Option<&Ident>, table: &Ident) -> Option<usize> {
        let mention = self.qualified(block, &table.text)?;
        let of = self.found.tables.get(mention).map(|table| &*table.rules.schema);
        if schema.is_some_and(|schema| of != Some(schema.text.as_str())) {
            return None;
        }
        let start = schema.map_or(table.span.start, |schema| schema.span.start);
        match self.found.mentions.get(mention)?.naming {
            Naming::Bare => {
                let whole = Span { start, end: table.span.end };
                self.replace(whole, Replacement::Table { table: mention, alias: None });
            }
            Naming::Alias if schema.is_some() => {
                self.replace(Span { start, end: table.span.start }, Replacement::Text("".into()));
            }
            Naming::Alias => {}
        }
        Some(mention)
    }

    fn qualified(&self, block: usize, name: &str) -> Option<usize> {
        let mut at = Some(block);
        while let Some(block) = at.and_then(|at| self.found.blocks.get(at)) {
            for source in &block.sources {
                match source {
                    Source::Mention(mention) if self.found.mentions.get(*mention)?.name == name => {
                        return Some(*mention);
                    }
                    Source::Opaque(opaque) if opaque == name => return None,
                    Source::Mention(_) | Source::Opaque(_) => {}
                }
            }
            at = block.parent;
        }
        None
    }

    fn unqualified(&self, block: usize, name: &str) -> Option<usize> {
        let mut at = Some(block);
        while let Some(block) = at.and_then(|at| self.found.blocks.get(at)) {
            let mut fitting = Vec::new();
            let mut unknown = false;
            for source in &block.sources {
                match source {
                    Source::Mention(mention) => {
                        let table = self.found.tables.get(*mention)?;
                        if table.columns.is_none() {
                            unknown = true;
                            if block.sources.len() == 1 {
                                return Some(*mention);
                            }
                        } else if table.column(name).is_some() {
                            fitting.push(*mention);
                        }
                    }
                    Source::Opaque(_) => unknown = true,
                }
            }
            match fitting.as_slice() {
                _ if unknown => return None,
                [] => at = block.parent,
                [mention] => return Some(*mention),
                [first, ..] if block.joined_by_name && !block.joined_right => return Some(*first),
                _ => return None,
            }
        }
        None
    }
}
