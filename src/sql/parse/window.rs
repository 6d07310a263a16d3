//! Window functions: OVER, window specifications, frames.

use super::super::ast::{Expr, Function};
use super::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// OVER (…), OVER w, with what may stand before it.
    pub(super) fn over(&mut self, function: &mut Function) -> Parsed<()> {
        if self.is("FROM") && (self.is_at(1, "FIRST") || self.is_at(1, "LAST")) && self.is_at(2, "OVER") {
            self.bump();
            self.bump();
        }
        if self.is_any(&["RESPECT", "IGNORE"]) && self.is_at(1, "NULLS") {
            self.bump();
            self.bump();
        }
        if self.is("WITHIN") && self.is_at(1, "GROUP") {
            return Err(self.refused("WITHIN GROUP"));
        }
        if !self.eat("OVER") {
            return Ok(());
        }
        self.windows = true;
        let height = self.height;
        function.over = Some(if self.is_punct(b'(') {
            self.window_spec()?
        } else {
            self.name()?;
            Vec::new()
        });
        self.grow(height)
    }

    /// `([w] [PARTITION BY …] [ORDER BY …] [frame])`: its expressions.
    pub(super) fn window_spec(&mut self) -> Parsed<Vec<Expr>> {
        self.expect_punct(b'(')?;
        let mut exprs = Vec::new();
        if self.is_name_at(0) && !self.is_any(&["ROWS", "GROUPS"]) {
            self.name()?;
        }
        if self.eat_all(&["PARTITION", "BY"]) {
            exprs.extend(self.exprs()?);
        }
        if self.eat_all(&["ORDER", "BY"]) {
            exprs.extend(self.order_keys()?.into_iter().map(|key| key.expr));
        }
        if self.eat_any(&["ROWS", "RANGE", "GROUPS"]) {
            if self.eat("BETWEEN") {
                self.frame_bound(&mut exprs)?;
                self.expect("AND")?;
            }
            self.frame_bound(&mut exprs)?;
            if self.eat("EXCLUDE") {
                return Err(self.refused("EXCLUDE in a window's frame"));
            }
        }
        self.expect_punct(b')')?;
        Ok(exprs)
    }

    fn frame_bound(&mut self, exprs: &mut Vec<Expr>) -> Parsed<()> {
        if self.eat_all(&["CURRENT", "ROW"]) {
            return Ok(());
        }
        if !self.eat("UNBOUNDED") {
            exprs.push(self.bits(0)?);
        }
        if self.eat_any(&["PRECEDING", "FOLLOWING"]) { Ok(()) } else { Err(self.syntax()) }
    }
}
