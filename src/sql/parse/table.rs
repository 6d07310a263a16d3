//! What stands in FROM: tables, derived tables, joins.

use super::super::ast::{Ident, JoinConstraint, JoinKind, Span, TableExpr, TableRef};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};

/// A join that waits for its right side's condition.
struct Pending {
    kind: JoinKind,
    left: TableExpr,
}

impl Parser<'_> {
    /// One element of a FROM list, joins included.
    ///
    /// `a JOIN b JOIN c ON x ON y` nests to the right: each ON belongs to the last join that has none. Joins that get none
    /// are turned so that the tree leans left again, as MySQL does.
    pub(super) fn table_expr(&mut self) -> Parsed<TableExpr> {
        let mut pending: Vec<Pending> = Vec::new();
        let mut height = 0;
        let mut right = self.table_factor(&mut height)?;
        loop {
            if let Some(constraint) = self.join_constraint(&mut height)? {
                let Some(Pending { kind, left }) = pending.pop() else { return Err(self.syntax()) };
                right = join(left, right, kind, constraint);
            } else if let Some((kind, natural)) = self.join_kind()? {
                let next = self.table_factor(&mut height)?;
                if natural {
                    right = join(right, next, kind, JoinConstraint::Natural);
                } else {
                    pending.push(Pending { kind, left: right });
                    right = next;
                }
                height += 1;
                self.height = 0;
                self.grow(height)?;
            } else {
                break;
            }
        }
        while let Some(Pending { kind, left }) = pending.pop() {
            if kind != JoinKind::Inner {
                return Err(self.syntax());
            }
            right = lean_left(left, right);
        }
        self.height = 0;
        self.grow(height)?;
        Ok(right)
    }

    fn join_constraint(&mut self, height: &mut u32) -> Parsed<Option<JoinConstraint>> {
        if !(self.is_at(1, "DUPLICATE") && self.is_at(2, "KEY")) && self.eat("ON") {
            let on = self.expr()?;
            *height = self.height.max(*height);
            return Ok(Some(JoinConstraint::On(on)));
        }
        if self.eat("USING") {
            return Ok(Some(JoinConstraint::Using(self.names_in_parentheses()?)));
        }
        Ok(None)
    }

    /// The join ahead, and whether it is NATURAL.
    fn join_kind(&mut self) -> Parsed<Option<(JoinKind, bool)>> {
        let natural = self.eat("NATURAL");
        if self.eat("STRAIGHT_JOIN") {
            return if natural { Err(self.syntax()) } else { Ok(Some((JoinKind::Inner, false))) };
        }
        let kind = if self.eat("LEFT") {
            self.eat("OUTER");
            JoinKind::Left
        } else if self.eat("RIGHT") {
            self.eat("OUTER");
            JoinKind::Right
        } else if self.eat("INNER") || natural || self.eat("CROSS") || self.is("JOIN") {
            JoinKind::Inner
        } else {
            return Ok(None);
        };
        self.expect("JOIN")?;
        Ok(Some((kind, natural)))
    }

    fn table_factor(&mut self, height: &mut u32) -> Parsed<TableExpr> {
        let start = self.start();
        let lateral = self.is("LATERAL") && self.is_punct_at(1, b'(') && self.eat("LATERAL");
        if self.is_punct(b'{') {
            return Err(self.refused("{OJ …}"));
        }
        if self.is_punct(b'(') && (lateral || self.is_query_in_parentheses()) {
            let query = Box::new(self.query_in_parentheses()?);
            *height = self.height.max(*height);
            let alias = self.table_alias()?;
            if alias.is_some() && self.is_punct(b'(') {
                // Nothing is concluded from the names of its columns.
                self.names_in_parentheses()?;
            }
            return Ok(TableExpr::Derived { query, alias, lateral, span: self.span_from(start) });
        }
        if self.is_punct(b'(') {
            let tables = self.deeper(|p| {
                p.bump();
                let tables = p.list(|p| {
                    let table = p.table_expr()?;
                    *height = p.height.max(*height);
                    Ok(table)
                })?;
                p.expect_punct(b')')?;
                Ok(tables)
            })?;
            return Ok(TableExpr::Nested(tables));
        }
        if self.is("JSON_TABLE") && self.is_punct_at(1, b'(') {
            return self.json_table(height);
        }
        let table = self.table_ref()?;
        if self.is_punct(b'(') {
            return Err(self.refused_at(start, "a table function other than JSON_TABLE"));
        }
        Ok(TableExpr::Table(table))
    }

    /// JSON_TABLE(expr, path COLUMNS (…)) AS alias: its columns clause holds paths and types only.
    fn json_table(&mut self, height: &mut u32) -> Parsed<TableExpr> {
        let start = self.start();
        self.bump();
        self.expect_punct(b'(')?;
        let mut args = vec![self.expr()?];
        *height = self.height.max(*height);
        self.expect_punct(b',')?;
        args.push(self.expr()?);
        self.expect("COLUMNS")?;
        self.eat_parentheses()?;
        self.expect_punct(b')')?;
        let alias = self.table_alias()?;
        Ok(TableExpr::Function { args, alias, span: self.span_from(start) })
    }

    /// `t [PARTITION (p)] [[AS] a] [USE INDEX (i)]`.
    pub(super) fn table_ref(&mut self) -> Parsed<TableRef> {
        let name = self.table_name()?;
        let start = self.start();
        let mut partition = None;
        if self.is("PARTITION") && self.is_punct_at(1, b'(') {
            self.bump();
            self.names_in_parentheses()?;
            partition = Some(self.span_from(start));
        }
        if self.is("FOR") && (self.is_at(1, "SYSTEM_TIME") || self.is_at(1, "PORTION")) {
            return Err(self.refused("FOR SYSTEM_TIME and FOR PORTION"));
        }
        if self.is("TABLESAMPLE") && self.is_at(1, "SYSTEM") {
            return Err(self.refused("TABLESAMPLE"));
        }
        let alias = self.table_alias()?;
        let index_hints = self.index_hints()?;
        Ok(TableRef { name, alias, partition, index_hints })
    }

    pub(super) fn table_alias(&mut self) -> Parsed<Option<Ident>> {
        if self.eat("AS") || self.is_name_at(0) { self.name().map(Some) } else { Ok(None) }
    }

    fn index_hints(&mut self) -> Parsed<Option<Span>> {
        let start = self.start();
        let mut any = None;
        while self.is_any(&["USE", "FORCE", "IGNORE"]) && (self.is_at(1, "INDEX") || self.is_at(1, "KEY")) {
            self.bump();
            self.bump();
            if self.eat("FOR")
                && !self.eat("JOIN")
                && !self.eat_all(&["ORDER", "BY"])
                && !self.eat_all(&["GROUP", "BY"])
            {
                return Err(self.syntax());
            }
            self.expect_punct(b'(')?;
            while matches!(self.kind(), TokenKind::Word | TokenKind::Quoted | TokenKind::Punct(b',')) {
                self.bump();
            }
            self.expect_punct(b')')?;
            any = Some(self.span_from(start));
            let hint_follows = self.is_at(1, "USE") || self.is_at(1, "FORCE") || self.is_at(1, "IGNORE");
            if hint_follows && (self.is_at(2, "INDEX") || self.is_at(2, "KEY")) {
                self.eat_punct(b',');
            }
        }
        Ok(any)
    }
}

fn join(left: TableExpr, right: TableExpr, kind: JoinKind, constraint: JoinConstraint) -> TableExpr {
    TableExpr::Join { left: Box::new(left), right: Box::new(right), kind, constraint }
}

/// `a JOIN (b JOIN c ON x)` as `(a JOIN b) JOIN c ON x`; parentheses in the text stay what they are.
fn lean_left(left: TableExpr, right: TableExpr) -> TableExpr {
    match right {
        TableExpr::Join { left: inner, right, kind, constraint } => {
            join(lean_left(left, *inner), *right, kind, constraint)
        }
        TableExpr::Table(_) | TableExpr::Derived { .. } | TableExpr::Nested(_) | TableExpr::Function { .. } => {
            join(left, right, JoinKind::Inner, JoinConstraint::None)
        }
    }
}
