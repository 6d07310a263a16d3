//! Columns: which mention of a table a name belongs to, searched block by block from the inside out.

use super::functions;
use super::resolve::{ColumnRef, Naming, Resolver, Source, refuse};
use super::{PlanError, Replacement};
use crate::error::Code;
use crate::sql::Span;
use crate::sql::ast::{ColumnName, Ident};

// === impl Resolver ===

impl Resolver<'_> {
    pub(super) fn column(&mut self, span: Span, name: &ColumnName, block: usize) -> Result<(), PlanError> {
        let column = name.column.text.to_ascii_lowercase();
        self.found.named.insert(name.column.text.to_lowercase());
        let mention = match &name.table {
            Some(table) => self.named(block, name.schema.as_ref(), table, Some(&column))?,
            None => {
                functions::bare_word(self, &column);
                self.unqualified(block, &column)
            }
        };
        if let Some(mention) = mention {
            self.found.columns.insert(span.start, ColumnRef { mention, name: column });
        }
        Ok(())
    }

    /// The mention whose column an assignment sets.
    pub(super) fn assigned(&mut self, column: &ColumnName, block: usize) -> Result<Option<usize>, PlanError> {
        match &column.table {
            Some(table) => self.qualifier(block, column.schema.as_ref(), table),
            None => Ok(self.unqualified(block, &column.column.text.to_ascii_lowercase())),
        }
    }

    /// Finds the mention that a qualifier names, and replaces what a backend would not understand.
    pub(super) fn qualifier(
        &mut self,
        block: usize,
        schema: Option<&Ident>,
        table: &Ident,
    ) -> Result<Option<usize>, PlanError> {
        self.named(block, schema, table, None)
    }

    fn named(
        &mut self,
        block: usize,
        schema: Option<&Ident>,
        table: &Ident,
        column: Option<&str>,
    ) -> Result<Option<usize>, PlanError> {
        let (mention, hidden) = self.qualified(block, schema, &table.text, column);
        let Some(mention) = mention else {
            schema.into_iter().for_each(|schema| self.dictionary_column(schema, table));
            return Ok(None);
        };
        let Some(of) = self.found.mentions.get(mention) else { return Ok(None) };
        let start = schema.map_or(table.span.start, |schema| schema.span.start);
        match of.naming {
            Naming::Bare => {
                let whole = Span { start, end: table.span.end };
                self.replace(whole, Replacement::Table { table: mention, alias: None });
            }
            // A backend knows it by its alias, which would mean the other one there.
            Naming::Alias if hidden => {
                let message = format!("give the table '{0}' around a nested '{0}' an alias of its own", table.text);
                return refuse(Code::UnsupportedAcrossShards, message);
            }
            Naming::Alias if schema.is_some() => {
                self.replace(Span { start, end: table.span.start }, Replacement::Text("".into()));
            }
            Naming::Alias => {}
        }
        Ok(Some(mention))
    }

    /// The mention that a qualifier names, and whether without its schema it would name something that is nearer.
    ///
    /// A server passes over a table of the name that lacks the column, to one further out that has it.
    fn qualified(
        &self,
        block: usize,
        schema: Option<&Ident>,
        name: &str,
        column: Option<&str>,
    ) -> (Option<usize>, bool) {
        let lacks = |mention: usize, column: &str| {
            let columns = self.found.tables.get(mention).and_then(|table| table.columns.as_ref());
            columns.is_some_and(|columns| !columns.iter().any(|of| of.name.eq_ignore_ascii_case(column)))
        };
        let mut nearest = None;
        let of_schema = |mention: usize| {
            let of = self.found.tables.get(mention).map(|table| &*table.rules.schema);
            schema.is_none_or(|schema| of == Some(schema.text.as_str()))
        };
        let mut hidden = false;
        let mut at = Some(block);
        while let Some(block) = at.and_then(|at| self.found.blocks.get(at)) {
            for source in block.seen() {
                match source {
                    Source::Mention(mention)
                        if self.found.mentions.get(*mention).is_some_and(|mention| mention.name == name) =>
                    {
                        if !of_schema(*mention) {
                            hidden = true;
                        } else if column.is_some_and(|column| lacks(*mention, column)) {
                            nearest = nearest.or(Some(*mention));
                        } else {
                            return (Some(*mention), hidden);
                        }
                    }
                    // A derived table and a CTE are of no schema.
                    Source::Opaque(opaque) if opaque == name => match schema {
                        Some(_) => hidden = true,
                        None => return (nearest, hidden),
                    },
                    Source::Mention(_) | Source::Opaque(_) => {}
                }
            }
            at = block.parent;
        }
        (nearest, hidden)
    }

    fn unqualified(&self, block: usize, name: &str) -> Option<usize> {
        let mut at = Some(block);
        while let Some(block) = at.and_then(|at| self.found.blocks.get(at)) {
            let mut fitting = Vec::new();
            let mut unknown = false;
            for source in block.seen() {
                match source {
                    Source::Mention(mention) => {
                        let table = self.found.tables.get(*mention)?;
                        if table.columns.is_none() {
                            unknown = true;
                            if block.seen().len() == 1 {
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
