//! INSERT, REPLACE, UPDATE, DELETE.

use super::super::ast::{
    Assignment, ColumnName, Delete, Expr, Insert, InsertRow, InsertSource, SelectItem, Span, Statement, TableExpr,
    TableName, Update,
};
use super::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn insert(&mut self) -> Parsed<Statement> {
        let replace = self.upper() == "REPLACE";
        self.bump();
        if self.eat("DELAYED") {
            return Err(self.refused("INSERT DELAYED"));
        }
        if !self.eat("LOW_PRIORITY") && !replace {
            self.eat("HIGH_PRIORITY");
        }
        let ignore = !replace && self.eat("IGNORE");
        self.eat("INTO");
        let table = self.table_name()?;
        let partition_start = self.start();
        let mut partition = None;
        if self.eat("PARTITION") {
            self.names_in_parentheses()?;
            partition = Some(self.span_from(partition_start));
        }
        let mut insert = Insert {
            replace,
            ignore,
            table,
            partition,
            columns: Vec::new(),
            has_columns: false,
            columns_end: None,
            source: InsertSource::Set(Vec::new()),
            on_duplicate: Vec::new(),
            row_alias: None,
            returning: Vec::new(),
        };
        if self.is_punct(b'(') && !self.is_query_in_parentheses() {
            self.insert_columns(&mut insert)?;
        }
        insert.source = self.insert_source()?;
        if self.eat("AS") {
            insert.row_alias = Some(self.name()?);
            if self.is_punct(b'(') {
                return Err(self.refused("column names behind the row alias of an INSERT"));
            }
        }
        if !replace && self.eat_all(&["ON", "DUPLICATE", "KEY", "UPDATE"]) {
            insert.on_duplicate = self.list(Self::assignment)?;
        }
        insert.returning = self.returning()?;
        Ok(Statement::Insert(Box::new(insert)))
    }

    fn insert_columns(&mut self, insert: &mut Insert) -> Parsed<()> {
        self.expect_punct(b'(')?;
        insert.has_columns = true;
        if !self.is_punct(b')') {
            insert.columns = self.list(Self::column)?;
        }
        insert.columns_end = Some(self.start());
        self.expect_punct(b')')
    }

    fn insert_source(&mut self) -> Parsed<InsertSource> {
        if self.eat("SET") {
            return Ok(InsertSource::Set(self.list(Self::assignment)?));
        }
        if self.is_any(&["VALUES", "VALUE"]) {
            self.bump();
            let start = self.start();
            let rows = self.list(Self::insert_row)?;
            return Ok(InsertSource::Values { rows, span: self.span_from(start) });
        }
        if self.is_query_word_at(0) || self.is_query_in_parentheses() {
            return Ok(InsertSource::Query(Box::new(self.query()?)));
        }
        Err(self.syntax())
    }

    fn insert_row(&mut self) -> Parsed<InsertRow> {
        let start = self.start();
        self.eat("ROW");
        self.expect_punct(b'(')?;
        let values = if self.is_punct(b')') { Vec::new() } else { self.list(Self::expr)? };
        self.expect_punct(b')')?;
        Ok(InsertRow { values, span: self.span_from(start) })
    }

    /// `column = expression`; `:=` is the same.
    pub(super) fn assignment(&mut self) -> Parsed<Assignment> {
        let start = self.start();
        let column: ColumnName = self.column()?;
        if !self.eat_kind(super::super::scan::TokenKind::Assign) {
            self.expect_punct(b'=')?;
        }
        let value: Expr = self.expr()?;
        Ok(Assignment { column, value, span: self.span_from(start) })
    }

    fn returning(&mut self) -> Parsed<Vec<SelectItem>> {
        if self.eat("RETURNING") { self.list(Self::select_item) } else { Ok(Vec::new()) }
    }

    pub(super) fn update(&mut self) -> Parsed<Statement> {
        self.expect("UPDATE")?;
        self.eat("LOW_PRIORITY");
        let ignore = self.eat("IGNORE");
        let tables = self.list(Self::table_expr)?;
        self.expect("SET")?;
        let assignments = self.list(Self::assignment)?;
        let selection = if self.eat("WHERE") { Some(self.expr()?) } else { None };
        let order_by = if self.eat_all(&["ORDER", "BY"]) { self.order_keys()? } else { Vec::new() };
        let limit = self.limit()?;
        Ok(Statement::Update(Box::new(Update { ignore, tables, assignments, selection, order_by, limit })))
    }

    pub(super) fn delete(&mut self) -> Parsed<Statement> {
        self.expect("DELETE")?;
        let mut ignore = false;
        // MySQL takes these in any order and number, unless what follows shows that one is a table's name.
        while self.is_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) && !self.names_a_target() {
            ignore |= self.is("IGNORE");
            self.bump();
        }
        let (targets, tables) = self.delete_tables()?;
        let selection = if self.eat("WHERE") { Some(self.expr()?) } else { None };
        let order_by = if self.eat_all(&["ORDER", "BY"]) { self.order_keys()? } else { Vec::new() };
        let limit = self.limit()?;
        let returning = self.returning()?;
        let delete = Delete { ignore, targets, tables, selection, order_by, limit, returning };
        Ok(Statement::Delete(Box::new(delete)))
    }

    /// `DELETE quick, b FROM …`: a table that is called like a modifier.
    fn names_a_target(&self) -> bool {
        self.is("QUICK") && (self.is_punct_at(1, b',') || self.is_punct_at(1, b'.'))
    }

    /// The targets of a multi-table DELETE (none for a single table), and the tables read.
    fn delete_tables(&mut self) -> Parsed<(Vec<TableName>, Vec<TableExpr>)> {
        if !self.eat("FROM") {
            let targets = self.list(Self::delete_target)?;
            self.expect("FROM")?;
            return Ok((targets, self.list(Self::table_expr)?));
        }
        let position = self.position();
        let first = self.delete_target()?;
        if self.is("USING") || self.is_punct(b',') {
            let mut targets = vec![first];
            while self.eat_punct(b',') {
                targets.push(self.delete_target()?);
            }
            self.expect("USING")?;
            return Ok((targets, self.list(Self::table_expr)?));
        }
        self.back_to(position);
        let table = self.table_ref()?;
        Ok((Vec::new(), vec![TableExpr::Table(table)]))
    }

    /// `t`, `s.t`, `t.*`.
    fn delete_target(&mut self) -> Parsed<TableName> {
        let start = self.start();
        let first = self.name()?;
        let mut table = TableName { schema: None, name: first, span: self.span_from(start) };
        while self.eat_punct(b'.') {
            if self.eat_punct(b'*') {
                return Ok(table);
            }
            if table.schema.is_some() {
                return Err(self.syntax());
            }
            let name = self.any_name()?;
            table = TableName { schema: Some(table.name), name, span: Span { start, end: self.last_end() } };
        }
        Ok(table)
    }
}
