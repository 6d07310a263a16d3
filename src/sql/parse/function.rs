//! Expressions that begin with a word: columns, calls, CASE, CAST and the functions with a grammar of their own.

use super::super::ast::{Expr, ExprKind, Function, LiteralKind};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};
use super::expr::other;
use super::reserved::{is_bare_function, is_reserved, is_reserved_function};

/// MATCH … AGAINST (… IN BOOLEAN MODE), as a word.
const BOOLEAN_MATCH: &str = "MATCH IN BOOLEAN MODE";

impl Parser<'_> {
    /// A plain call.
    pub(super) fn call(&self, name: &str, args: Vec<Expr>) -> ExprKind {
        ExprKind::Function(Box::new(Function {
            name: name.to_owned(),
            args,
            star: false,
            distinct: false,
            ordered: false,
            over: None,
        }))
    }

    /// An expression that begins with a word or a quoted name.
    pub(super) fn worded(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let kind = self.worded_kind()?;
        Ok(Expr { kind, span: self.span_from(start) })
    }

    fn worded_kind(&mut self) -> Parsed<ExprKind> {
        let word = self.upper();
        let called = self.is_punct_at(1, b'(');
        let literal = match word.as_str() {
            "NULL" => Some(LiteralKind::Null),
            "TRUE" => Some(LiteralKind::True),
            "FALSE" => Some(LiteralKind::False),
            _ => None,
        };
        if let Some(kind) = literal {
            self.bump();
            return Ok(ExprKind::Literal(kind));
        }
        match word.as_str() {
            "CASE" => return self.case(),
            "EXISTS" => return self.exists(),
            "INTERVAL" => return self.interval(),
            "ROW" if called => return self.row(),
            "MATCH" => return self.match_against(),
            "DEFAULT" if !called => {
                self.bump();
                return Ok(ExprKind::Default);
            }
            "CAST" if called => return self.cast(),
            "CONVERT" if called => return self.convert(),
            "NEXT" if self.is_at(1, "VALUE") && self.is_at(2, "FOR") => {
                return Err(self.refused("NEXT VALUE FOR"));
            }
            _ => {}
        }
        if called && !word.is_empty() {
            return self.unqualified_call(&word);
        }
        if is_bare_function(word.as_bytes()) {
            self.bump();
            return Ok(self.call(&word, Vec::new()));
        }
        self.column_or_qualified_call()
    }

    fn column_or_qualified_call(&mut self) -> Parsed<ExprKind> {
        let column = self.column()?;
        if !self.is_punct(b'(') {
            return Ok(ExprKind::Column(column));
        }
        if column.schema.is_some() {
            return Err(self.syntax());
        }
        let name = match column.table {
            Some(schema) => format!("{}.{}", schema.text, column.column.text),
            None => column.column.text,
        };
        self.arguments(&name)
    }

    fn unqualified_call(&mut self, word: &str) -> Parsed<ExprKind> {
        if is_reserved(word.as_bytes()) && !is_reserved_function(word.as_bytes()) {
            return Err(self.syntax());
        }
        self.bump();
        match word {
            "EXTRACT" => self.extract(),
            "TRIM" => self.trim(),
            "SUBSTRING" | "SUBSTR" | "MID" => self.substring(word),
            "POSITION" => self.position_of(),
            "TIMESTAMPADD" | "TIMESTAMPDIFF" => self.unit_first(word),
            "GET_FORMAT" => self.get_format(),
            "WEIGHT_STRING" => self.weight_string(),
            "CHAR" => self.char_using(),
            "JSON_VALUE" => self.json_value(),
            "DEFAULT" | "VALUES" | "VALUE" => self.of_column(word),
            _ => self.arguments(word),
        }
    }

    /// `(…)` of an ordinary function or aggregate, and OVER.
    fn arguments(&mut self, name: &str) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let mut function = Function {
            name: name.to_owned(),
            args: Vec::new(),
            star: false,
            distinct: false,
            ordered: false,
            over: None,
        };
        self.height = 0;
        if name == "COUNT" && self.eat_punct(b'*') {
            function.star = true;
        } else if !self.is_punct(b')') {
            if takes_distinct(name) {
                function.distinct = self.eat_any(&["DISTINCT", "DISTINCTROW"]);
                if !self.is_punct_at(1, b'(') {
                    self.eat("ALL");
                }
            }
            function.args = self.exprs()?;
            self.argument_order(&mut function)?;
        }
        self.expect_punct(b')')?;
        self.grow(0)?;
        self.over(&mut function)?;
        Ok(ExprKind::Function(Box::new(function)))
    }

    /// ORDER BY, SEPARATOR and LIMIT inside GROUP_CONCAT and JSON_ARRAYAGG.
    fn argument_order(&mut self, function: &mut Function) -> Parsed<()> {
        if !matches!(function.name.as_str(), "GROUP_CONCAT" | "JSON_ARRAYAGG") {
            return Ok(());
        }
        if self.eat_all(&["ORDER", "BY"]) {
            function.ordered = true;
            for key in self.order_keys()? {
                function.args.push(key.expr);
            }
        }
        if function.name == "GROUP_CONCAT" && self.eat("SEPARATOR") {
            function.ordered = true;
            if !matches!(self.kind(), TokenKind::Literal(_)) {
                return Err(self.syntax());
            }
            let separator = self.bits(0)?;
            function.args.push(separator);
        }
        if let Some(limit) = self.limit()? {
            function.ordered = true;
            function.args.extend(limit.offset.into_iter().chain([limit.count]));
        }
        Ok(())
    }

    fn case(&mut self) -> Parsed<ExprKind> {
        self.expect("CASE")?;
        let mut children = Vec::new();
        let mut height = 0;
        let mut child = |p: &mut Self| -> Parsed<()> {
            children.push(p.expr()?);
            height = p.height.max(height);
            Ok(())
        };
        if !self.is("WHEN") {
            child(self)?;
        }
        if !self.is("WHEN") {
            return Err(self.syntax());
        }
        while self.eat("WHEN") {
            child(self)?;
            self.expect("THEN")?;
            child(self)?;
        }
        if self.eat("ELSE") {
            child(self)?;
        }
        self.expect("END")?;
        self.grow(height)?;
        Ok(other("CASE", children))
    }

    fn exists(&mut self) -> Parsed<ExprKind> {
        self.expect("EXISTS")?;
        Ok(ExprKind::Exists(Box::new(self.query_in_parentheses()?)))
    }

    fn row(&mut self) -> Parsed<ExprKind> {
        self.expect("ROW")?;
        self.expect_punct(b'(')?;
        let list = self.exprs()?;
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(ExprKind::Row(list))
    }

    fn match_against(&mut self) -> Parsed<ExprKind> {
        self.expect("MATCH")?;
        let parentheses = self.eat_punct(b'(');
        let mut children = self.list(|p| {
            let start = p.start();
            let column = p.column()?;
            Ok(Expr { kind: ExprKind::Column(column), span: p.span_from(start) })
        })?;
        if parentheses {
            self.expect_punct(b')')?;
        }
        self.expect("AGAINST")?;
        self.expect_punct(b'(')?;
        children.push(self.bits(0)?);
        let boolean = self.eat_all(&["IN", "BOOLEAN", "MODE"]);
        if !boolean {
            self.eat_all(&["IN", "NATURAL", "LANGUAGE", "MODE"]);
            self.eat_all(&["WITH", "QUERY", "EXPANSION"]);
        }
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(other(if boolean { BOOLEAN_MATCH } else { "MATCH" }, children))
    }

    fn cast(&mut self) -> Parsed<ExprKind> {
        self.bump();
        self.expect_punct(b'(')?;
        let inner = self.expr()?;
        if self.is("AT") {
            return Err(self.refused("AT TIME ZONE"));
        }
        self.expect("AS")?;
        let name = format!("CAST AS {}", self.cast_type()?);
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(other(&name, vec![inner]))
    }

    fn convert(&mut self) -> Parsed<ExprKind> {
        self.bump();
        self.expect_punct(b'(')?;
        let inner = self.expr()?;
        let name = if self.eat("USING") {
            self.charset_name()?;
            "CONVERT USING".to_owned()
        } else {
            self.expect_punct(b',')?;
            format!("CAST AS {}", self.cast_type()?)
        };
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(other(&name, vec![inner]))
    }

    /// A type of CAST: words, lengths in parentheses, a charset. It holds no names of columns. Gives the first word.
    fn cast_type(&mut self) -> Parsed<String> {
        if self.kind() != TokenKind::Word {
            return Err(self.syntax());
        }
        let word = self.bump_upper();
        loop {
            if self.is_punct(b'(') {
                self.bump();
                self.list(|p| match p.kind() {
                    TokenKind::Literal(LiteralKind::Int) => Ok(p.bump()),
                    _ => Err(p.syntax()),
                })?;
                self.expect_punct(b')')?;
            } else if self.eat_all(&["CHARACTER", "SET"]) || self.eat("CHARSET") || self.eat("COLLATE") {
                self.charset_name()?;
            } else if !self.eat_any(&[
                "INTEGER",
                "INT",
                "PRECISION",
                "BINARY",
                "ASCII",
                "UNICODE",
                "ARRAY",
                "CHAR",
                "VARYING",
            ]) {
                return Ok(word);
            }
        }
    }

    fn extract(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        if !self.is_unit() {
            return Err(self.syntax());
        }
        self.bump();
        self.expect("FROM")?;
        let inner = self.expr()?;
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call("EXTRACT", vec![inner]))
    }

    fn trim(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let sided = self.eat_any(&["LEADING", "TRAILING", "BOTH"]);
        let mut args = Vec::new();
        let mut height = 0;
        if !(sided && self.is("FROM")) {
            args.push(self.expr()?);
            height = self.height;
        }
        if self.eat("FROM") {
            args.push(self.expr()?);
        } else if sided {
            return Err(self.syntax());
        }
        self.expect_punct(b')')?;
        self.grow(height)?;
        Ok(self.call("TRIM", args))
    }

    fn substring(&mut self, name: &str) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let mut args = vec![self.expr()?];
        let mut height = self.height;
        let words = self.is("FROM");
        while if words { self.eat_any(&["FROM", "FOR"]) } else { self.eat_punct(b',') } {
            args.push(self.expr()?);
            height = height.max(self.height);
        }
        self.expect_punct(b')')?;
        self.grow(height)?;
        Ok(self.call(name, args))
    }

    fn position_of(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let mut args = vec![self.bits(0)?];
        let height = self.height;
        self.expect("IN")?;
        args.push(self.expr()?);
        self.expect_punct(b')')?;
        self.grow(height)?;
        Ok(self.call("POSITION", args))
    }

    fn unit_first(&mut self, name: &str) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        if !self.is_unit() {
            return Err(self.syntax());
        }
        self.bump();
        self.expect_punct(b',')?;
        let args = self.exprs()?;
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call(name, args))
    }

    fn get_format(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        if !self.eat_any(&["DATE", "TIME", "DATETIME", "TIMESTAMP"]) {
            return Err(self.syntax());
        }
        self.expect_punct(b',')?;
        let args = self.exprs()?;
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call("GET_FORMAT", args))
    }

    fn weight_string(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let args = vec![self.expr()?];
        if self.eat("AS") {
            self.cast_type()?;
        }
        if self.is("LEVEL") {
            return Err(self.refused("WEIGHT_STRING with LEVEL"));
        }
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call("WEIGHT_STRING", args))
    }

    fn char_using(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let args = self.exprs()?;
        if self.eat("USING") {
            self.charset_name()?;
        }
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call("CHAR", args))
    }

    fn json_value(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let mut args = self.exprs()?;
        if self.eat("RETURNING") {
            self.cast_type()?;
        }
        while self.is_any(&["NULL", "ERROR", "DEFAULT"]) {
            if self.bump_is_default() {
                args.push(self.bits(0)?);
            }
            self.expect("ON")?;
            if !self.eat_any(&["EMPTY", "ERROR"]) {
                return Err(self.syntax());
            }
        }
        self.expect_punct(b')')?;
        self.grow(0)?;
        Ok(self.call("JSON_VALUE", args))
    }

    fn bump_is_default(&mut self) -> bool {
        let default = self.is("DEFAULT");
        self.bump();
        default
    }

    /// DEFAULT(c), VALUES(c).
    fn of_column(&mut self, name: &str) -> Parsed<ExprKind> {
        self.expect_punct(b'(')?;
        let start = self.start();
        let column = self.column()?;
        let arg = Expr { kind: ExprKind::Column(column), span: self.span_from(start) };
        self.expect_punct(b')')?;
        self.height = 1;
        Ok(self.call(name, vec![arg]))
    }

    /// Whether DEFAULT asks a sequence, at once or in parentheses.
    pub(super) fn defaults_to_sequence(&self) -> bool {
        let asks = |ahead: usize| match self.upper_at(ahead).as_str() {
            "NEXTVAL" | "LASTVAL" | "SETVAL" => self.is_punct_at(ahead + 1, b'('),
            "NEXT" | "PREVIOUS" => self.is_at(ahead + 1, "VALUE") && self.is_at(ahead + 2, "FOR"),
            _ => false,
        };
        let mut depth = 0_u32;
        for ahead in 1.. {
            match self.token_at(ahead).kind {
                TokenKind::Punct(b'(') => depth += 1,
                TokenKind::Punct(b')') => depth = depth.saturating_sub(1),
                TokenKind::End => return false,
                _ if asks(ahead) => return true,
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }
}

/// Aggregates that take DISTINCT or ALL.
fn takes_distinct(name: &str) -> bool {
    matches!(
        name,
        "COUNT"
            | "SUM"
            | "AVG"
            | "MIN"
            | "MAX"
            | "GROUP_CONCAT"
            | "JSON_ARRAYAGG"
            | "STD"
            | "STDDEV"
            | "STDDEV_POP"
            | "STDDEV_SAMP"
            | "VARIANCE"
            | "VAR_POP"
            | "VAR_SAMP"
            | "BIT_AND"
            | "BIT_OR"
            | "BIT_XOR"
    )
}
