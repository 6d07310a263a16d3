//! Expressions, by MySQL's own grammar and precedence.
//!
//! From loose to tight: OR `||` · XOR · AND `&&` · NOT · comparison, IS, LIKE, IN, BETWEEN · `|` · `&` · shifts · `+ -` ·
//! `* / DIV % MOD` · `^` · `||` under PIPES_AS_CONCAT · unary `- ~` · `!` · BINARY, COLLATE. Calls and other forms that
//! begin with a word are in `function`.

use super::super::ast::{BinaryOp, ColumnName, Expr, ExprKind, LiteralKind, Span};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser, without_quotes};
use super::reserved::is_unit;

/// Chains of AND or OR longer than this become balanced trees.
const LONG_CHAIN: usize = 64;

/// `Other` with a name and children.
pub(super) fn other(name: &str, children: Vec<Expr>) -> ExprKind {
    ExprKind::Other { name: name.to_owned(), children }
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.deeper(Self::or)
    }

    fn finish(&self, start: u32, kind: ExprKind) -> Expr {
        Expr { kind, span: self.span_from(start) }
    }

    fn boxed(expr: Expr) -> Box<Expr> {
        Box::new(expr)
    }

    // --- AND, OR, XOR, NOT ---

    fn or(&mut self) -> Parsed<Expr> {
        self.chain(BinaryOp::Or, Self::xor, |p| p.eat("OR") || (!p.mode.pipes_as_concat && p.eat_kind(TokenKind::OrOr)))
    }

    fn xor(&mut self) -> Parsed<Expr> {
        self.chain(BinaryOp::Xor, Self::and, |p| p.eat("XOR"))
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.chain(BinaryOp::And, Self::not, |p| p.eat("AND") || p.eat_kind(TokenKind::AndAnd))
    }

    pub(super) fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    /// `a op b op c`.
    fn chain(
        &mut self,
        op: BinaryOp,
        operand: fn(&mut Self) -> Parsed<Expr>,
        eat: fn(&mut Self) -> bool,
    ) -> Parsed<Expr> {
        let first = operand(self)?;
        let mut height = self.height;
        let mut operands = vec![first];
        while eat(self) {
            operands.push(operand(self)?);
            height = height.max(self.height);
        }
        if operands.len() > 1 {
            let long = operands.len() > LONG_CHAIN;
            let levels = if long { operands.len().ilog2() } else { u32::try_from(operands.len() - 2).unwrap_or(0) };
            self.height = height + levels;
            self.grow(0)?;
        } else {
            self.height = height;
        }
        Ok(join(op, operands))
    }

    fn not(&mut self) -> Parsed<Expr> {
        let start = self.start();
        if !self.eat("NOT") {
            return self.comparison();
        }
        let inner = self.deeper(Self::not)?;
        self.grow(0)?;
        Ok(self.finish(start, ExprKind::Not(Self::boxed(inner))))
    }

    // --- comparisons and predicates ---

    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let mut left = self.predicate()?;
        loop {
            if self.is("IS") {
                let (expr, ends) = self.is_test(start, left)?;
                left = expr;
                if ends {
                    return Ok(left);
                }
                continue;
            }
            let op = match self.kind() {
                TokenKind::Punct(b'=') => BinaryOp::Eq,
                TokenKind::Punct(b'<') => BinaryOp::Lt,
                TokenKind::Punct(b'>') => BinaryOp::Gt,
                TokenKind::NullSafeEq => BinaryOp::NullSafeEq,
                TokenKind::Le => BinaryOp::Le,
                TokenKind::Ge => BinaryOp::Ge,
                TokenKind::Ne => BinaryOp::Ne,
                _ => return Ok(left),
            };
            self.bump();
            let height = self.height;
            let kind = if self.is_any(&["ANY", "SOME", "ALL"]) && self.is_punct_at(1, b'(') {
                self.quantified(op, left)?
            } else {
                let right = self.predicate()?;
                ExprKind::Binary { op, left: Self::boxed(left), right: Self::boxed(right) }
            };
            self.grow(height)?;
            left = self.finish(start, kind);
        }
    }

    /// `= ANY (…)` is IN, `<> ALL (…)` is NOT IN, other comparisons are themselves.
    fn quantified(&mut self, op: BinaryOp, left: Expr) -> Parsed<ExprKind> {
        let all = self.bump_upper() == "ALL";
        let start = self.start();
        let query = Box::new(self.query_in_parentheses()?);
        let expr = Self::boxed(left);
        Ok(match (op, all) {
            (BinaryOp::Eq, false) => ExprKind::InQuery { expr, query, negated: false },
            (BinaryOp::Ne, true) => ExprKind::InQuery { expr, query, negated: true },
            _ => {
                let query = self.finish(start, ExprKind::Subquery(query));
                other(if all { "ALL" } else { "ANY" }, vec![*expr, query])
            }
        })
    }

    pub(super) fn bump_upper(&mut self) -> String {
        let word = self.upper();
        self.bump();
        word
    }

    /// IS [NOT] NULL, TRUE, FALSE, UNKNOWN; whether no comparison may follow.
    fn is_test(&mut self, start: u32, left: Expr) -> Parsed<(Expr, bool)> {
        self.expect("IS")?;
        let negated = self.eat("NOT");
        let word = self.upper();
        let kind = match word.as_str() {
            "NULL" | "UNKNOWN" => ExprKind::IsNull { expr: Self::boxed(left), negated },
            "TRUE" | "FALSE" => {
                let name = format!("IS {}{word}", if negated { "NOT " } else { "" });
                ExprKind::Other { name, children: vec![left] }
            }
            _ => return Err(self.syntax()),
        };
        self.bump();
        self.grow(0)?;
        Ok((self.finish(start, kind), word != "NULL"))
    }

    fn predicate(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let left = self.bits(0)?;
        let height = self.height;
        let negated = self.is("NOT") && ["IN", "BETWEEN", "LIKE", "REGEXP", "RLIKE"].iter().any(|w| self.is_at(1, w));
        if negated {
            self.bump();
        }
        let kind = match self.upper().as_str() {
            "IN" => self.in_list(left, negated)?,
            "BETWEEN" => {
                self.bump();
                let low = self.bits(0)?;
                let height = self.height;
                self.expect("AND")?;
                let high = self.deeper(Self::predicate)?;
                self.grow(height)?;
                ExprKind::Between { expr: Self::boxed(left), low: Self::boxed(low), high: Self::boxed(high), negated }
            }
            word @ ("LIKE" | "REGEXP" | "RLIKE") => {
                self.bump();
                let mut children = vec![left, self.bits(0)?];
                if word == "LIKE" && self.eat("ESCAPE") {
                    children.push(self.unary()?);
                }
                other(&if negated { format!("NOT {word}") } else { word.to_owned() }, children)
            }
            "SOUNDS" if self.is_at(1, "LIKE") => {
                self.bump();
                self.bump();
                other("SOUNDS LIKE", vec![left, self.bits(0)?])
            }
            "MEMBER" if self.is_at(1, "OF") || self.is_punct_at(1, b'(') => {
                self.bump();
                self.eat("OF");
                self.expect_punct(b'(')?;
                let set = self.expr()?;
                self.expect_punct(b')')?;
                other("MEMBER OF", vec![left, set])
            }
            _ => return Ok(left),
        };
        self.grow(height)?;
        Ok(self.finish(start, kind))
    }

    fn in_list(&mut self, left: Expr, negated: bool) -> Parsed<ExprKind> {
        self.expect("IN")?;
        if self.is_query_in_parentheses() {
            let query = self.query_in_parentheses()?;
            return Ok(ExprKind::InQuery { expr: Self::boxed(left), query: Box::new(query), negated });
        }
        let start = self.start();
        self.expect_punct(b'(')?;
        let list = self.exprs()?;
        self.expect_punct(b')')?;
        let list_span = self.span_from(start);
        Ok(ExprKind::InList { expr: Self::boxed(left), list, list_span, negated })
    }

    /// Expressions with commas between; the height is that of the highest.
    pub(super) fn exprs(&mut self) -> Parsed<Vec<Expr>> {
        let mut height = 0;
        let list = self.list(|p| {
            let expr = p.expr()?;
            height = p.height.max(height);
            Ok(expr)
        })?;
        self.height = height;
        Ok(list)
    }

    // --- bit and arithmetic operators ---

    /// The operator ahead and how tightly it binds.
    fn bit_operator(&self) -> Option<(u8, BinaryOp)> {
        let op = match self.kind() {
            TokenKind::Punct(b'|') => (1, BinaryOp::Other),
            TokenKind::Punct(b'&') => (2, BinaryOp::Other),
            TokenKind::ShiftLeft | TokenKind::ShiftRight => (3, BinaryOp::Other),
            TokenKind::Punct(b'+') => (4, BinaryOp::Add),
            TokenKind::Punct(b'-') => (4, BinaryOp::Sub),
            TokenKind::Punct(b'*') => (5, BinaryOp::Mul),
            TokenKind::Punct(b'/') => (5, BinaryOp::Div),
            TokenKind::Punct(b'%') => (5, BinaryOp::Mod),
            TokenKind::Punct(b'^') => (6, BinaryOp::Other),
            TokenKind::OrOr if self.mode.pipes_as_concat => (7, BinaryOp::Other),
            TokenKind::Word if self.is("DIV") => (5, BinaryOp::IntDiv),
            TokenKind::Word if self.is("MOD") => (5, BinaryOp::Mod),
            _ => return None,
        };
        Some(op)
    }

    pub(super) fn bits(&mut self, above: u8) -> Parsed<Expr> {
        let start = self.start();
        let mut left = self.unary()?;
        while let Some((binds, op)) = self.bit_operator().filter(|(binds, _)| *binds > above) {
            self.bump();
            let height = self.height;
            let right = self.bits(binds)?;
            self.grow(height)?;
            let kind = ExprKind::Binary { op, left: Self::boxed(left), right: Self::boxed(right) };
            left = self.finish(start, kind);
        }
        Ok(left)
    }

    /// A prefix operator and its operand, or a simple expression with COLLATE behind it.
    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let name = match self.kind() {
            TokenKind::Punct(b'-') => "-",
            TokenKind::Punct(b'+') => "+",
            TokenKind::Punct(b'~') => "~",
            TokenKind::Punct(b'!') => "!",
            TokenKind::Word if self.is("BINARY") => "BINARY",
            _ => return self.collated(),
        };
        self.bump();
        let inner = self.deeper(Self::unary)?;
        self.grow(0)?;
        let kind = match name {
            "-" => ExprKind::Neg(Self::boxed(inner)),
            "!" => ExprKind::Not(Self::boxed(inner)),
            _ => other(name, vec![inner]),
        };
        Ok(self.finish(start, kind))
    }

    fn collated(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let mut expr = self.primary()?;
        loop {
            let name = match self.kind() {
                TokenKind::Arrow => "->",
                TokenKind::LongArrow => "->>",
                TokenKind::Word if self.is("COLLATE") => "COLLATE",
                _ => return Ok(expr),
            };
            self.bump();
            let mut children = vec![expr];
            if name == "COLLATE" {
                self.charset_name()?;
            } else if self.kind() == TokenKind::Literal(LiteralKind::String) {
                children.push(self.primary()?);
            } else {
                return Err(self.syntax());
            }
            self.grow(0)?;
            expr = self.finish(start, other(name, children));
        }
    }

    /// The name of a charset or collation: a word or a string that is not in a hole.
    pub(super) fn charset_name(&mut self) -> Parsed<String> {
        match self.kind() {
            TokenKind::Literal(LiteralKind::String) => self.string_name(),
            TokenKind::Word if self.is("BINARY") || self.is("DEFAULT") => Ok(self.upper().to_ascii_lowercase())
                .inspect(|_| {
                    self.bump();
                }),
            _ => self.name().map(|name| name.text.to_ascii_lowercase()),
        }
    }

    /// A string that stands for a name.
    pub(super) fn string_name(&mut self) -> Parsed<String> {
        let token = self.bump();
        if self.lexed.hole_at(token.span.start).is_some() {
            return Err(self.refused_at(token.span.start, "a string as a name in this place (write it in backquotes)"));
        }
        let bytes = self.bytes(token.span);
        if bytes.contains(&b'\\') {
            return Err(self.refused_at(token.span.start, "a backslash in a string that stands for a name"));
        }
        let quote = bytes.first().copied().unwrap_or(0);
        let inside = without_quotes(bytes, quote);
        String::from_utf8(inside).map_err(|_| self.refused_at(token.span.start, "a name that is not valid UTF-8"))
    }

    // --- simple expressions ---

    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.height = 0;
        let kind = match self.kind() {
            TokenKind::Literal(LiteralKind::Param) => {
                self.bump();
                let number = self.params;
                self.params = number.saturating_add(1);
                ExprKind::Param(number)
            }
            TokenKind::Literal(kind) => self.literal(kind)?,
            TokenKind::UserVariable => self.user_variable()?,
            TokenKind::SystemVariable => ExprKind::SystemVariable(self.system_variable()?.1),
            TokenKind::Punct(b'(') => self.parenthesis()?,
            TokenKind::Punct(b'{') => self.escape()?,
            TokenKind::Punct(b'*') | TokenKind::Punct(_) => return Err(self.syntax()),
            TokenKind::Word | TokenKind::Quoted => return self.worded(),
            _ => return Err(self.syntax()),
        };
        Ok(self.finish(start, kind))
    }

    fn literal(&mut self, kind: LiteralKind) -> Parsed<ExprKind> {
        let token = self.bump();
        let stringlike = matches!(kind, LiteralKind::String | LiteralKind::IntroducedString);
        if stringlike && self.kind() == TokenKind::Literal(LiteralKind::String) {
            return Err(self.refused_at(token.span.start, "strings joined over a comment"));
        }
        Ok(ExprKind::Literal(kind))
    }

    fn user_variable(&mut self) -> Parsed<ExprKind> {
        let span = self.token().span;
        let name = self.user_variable_name()?;
        if self.kind() != TokenKind::Assign {
            return Ok(ExprKind::UserVariable(name));
        }
        let variable = Expr { kind: ExprKind::UserVariable(name), span };
        self.bump();
        let value = self.expr()?;
        self.grow(0)?;
        Ok(other(":=", vec![variable, value]))
    }

    /// The name of the user variable ahead, lower case, without `@` and quotes.
    pub(super) fn user_variable_name(&mut self) -> Parsed<String> {
        if self.kind() != TokenKind::UserVariable {
            return Err(self.syntax());
        }
        let token = self.bump();
        let bytes = self.bytes(token.span).get(1..).unwrap_or_default();
        let name = match bytes.first() {
            Some(&quote @ (b'`' | b'\'' | b'"')) => without_quotes(bytes, quote),
            _ => bytes.to_vec(),
        };
        String::from_utf8(name)
            .map(|name| name.to_lowercase())
            .map_err(|_| self.refused_at(token.span.start, "a name that is not valid UTF-8"))
    }

    /// Scope (lower case, empty without one) and name of the system variable ahead, lower case.
    pub(super) fn system_variable(&mut self) -> Parsed<(String, String)> {
        let token = self.bump();
        let bytes = self.bytes(token.span).get(2..).unwrap_or_default();
        let text = std::str::from_utf8(bytes)
            .map_err(|_| self.refused_at(token.span.start, "a name that is not valid UTF-8"))?
            .replace('`', "")
            .to_ascii_lowercase();
        for scope in ["session", "local", "global", "persist", "persist_only"] {
            if let Some(name) = text.strip_prefix(scope).and_then(|rest| rest.strip_prefix('.')) {
                return Ok((scope.to_owned(), name.to_owned()));
            }
        }
        Ok((String::new(), text))
    }

    /// `(x)`, `(a, b)`, `(SELECT …)`.
    fn parenthesis(&mut self) -> Parsed<ExprKind> {
        if self.is_query_in_parentheses() {
            return Ok(ExprKind::Subquery(Box::new(self.query_in_parentheses()?)));
        }
        self.expect_punct(b'(')?;
        let mut list = self.exprs()?;
        self.expect_punct(b')')?;
        self.grow(0)?;
        match (list.len(), list.pop()) {
            (1, Some(only)) => Ok(ExprKind::Paren(Self::boxed(only))),
            (_, Some(last)) => {
                list.push(last);
                Ok(ExprKind::Row(list))
            }
            (_, None) => Err(self.syntax()),
        }
    }

    /// ODBC's `{d '2024-01-31'}`, `{fn f()}`.
    fn escape(&mut self) -> Parsed<ExprKind> {
        self.expect_punct(b'{')?;
        let word = self.name()?;
        if !["d", "t", "ts"].iter().any(|known| word.text.eq_ignore_ascii_case(known)) {
            return Err(self.refused_at(word.span.start, "{…} other than {d …}, {t …} and {ts …}"));
        }
        let inner = self.expr()?;
        self.expect_punct(b'}')?;
        self.grow(0)?;
        Ok(other("{", vec![inner]))
    }

    /// INTERVAL x unit, or the function INTERVAL(a, b, …).
    pub(super) fn interval(&mut self) -> Parsed<ExprKind> {
        self.expect("INTERVAL")?;
        let value = self.expr()?;
        if self.is_unit() {
            self.bump();
            self.grow(0)?;
            return Ok(other("INTERVAL", vec![value]));
        }
        match value.kind {
            ExprKind::Row(args) => Ok(self.call("INTERVAL", args)),
            _ => Err(self.syntax()),
        }
    }

    pub(super) fn is_unit(&self) -> bool {
        let token = self.token();
        token.kind == TokenKind::Word && is_unit(self.bytes(token.span))
    }

    /// `a`, `t.a`, `s.t.a`.
    pub(super) fn column(&mut self) -> Parsed<ColumnName> {
        let first = self.name()?;
        let mut parts = vec![first];
        while self.is_punct(b'.') && parts.len() < 3 {
            self.bump();
            parts.push(self.any_name()?);
        }
        let mut parts = parts.into_iter().rev();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(column), table, schema) => Ok(ColumnName { schema, table, column }),
            _ => Err(self.syntax()),
        }
    }
}

/// Joins operands: a left-deep tree, or a balanced one where a chain is long (AND, OR and XOR are associative).
fn join(op: BinaryOp, operands: Vec<Expr>) -> Expr {
    if operands.len() > LONG_CHAIN {
        return balanced(op, operands);
    }
    let mut operands = operands.into_iter();
    let empty = Expr { kind: ExprKind::Default, span: Span::default() };
    let first = operands.next().unwrap_or(empty);
    operands.fold(first, |left, right| pair(op, left, right))
}

fn balanced(op: BinaryOp, mut operands: Vec<Expr>) -> Expr {
    while operands.len() > 1 {
        let mut next = Vec::with_capacity(operands.len().div_ceil(2));
        let mut pairs = operands.into_iter();
        while let Some(left) = pairs.next() {
            next.push(match pairs.next() {
                Some(right) => pair(op, left, right),
                None => left,
            });
        }
        operands = next;
    }
    operands.pop().unwrap_or(Expr { kind: ExprKind::Default, span: Span::default() })
}

fn pair(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    let span = Span { start: left.span.start, end: right.span.end };
    Expr { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span }
}
