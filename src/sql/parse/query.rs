//! Queries: WITH, SELECT, set operations, VALUES, TABLE, ORDER BY, LIMIT, locks, INTO.

use super::super::ast::{
    Cte, Destination, Expr, Ident, Limit, LiteralKind, Lock, OrderKey, Query, QueryBody, Select, SelectItem, TableName,
};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};

/// Words behind SELECT that change nothing that plans ask about.
const SELECT_OPTIONS: &[&str] = &[
    "HIGH_PRIORITY",
    "STRAIGHT_JOIN",
    "SQL_SMALL_RESULT",
    "SQL_BIG_RESULT",
    "SQL_BUFFER_RESULT",
    "SQL_NO_CACHE",
    "SQL_CACHE",
];

/// More opening parentheses than this before a query are not looked through.
const MAX_PARENTHESES: usize = 200;

impl Parser<'_> {
    /// Whether a parenthesis ahead holds a query: `(SELECT`, `((WITH`, ….
    pub(super) fn is_query_in_parentheses(&self) -> bool {
        let depth = (0..MAX_PARENTHESES).take_while(|&ahead| self.is_punct_at(ahead, b'(')).count();
        depth > 0 && self.is_query_word_at(depth) && (depth == 1 || self.closes_as_query(depth))
    }

    /// `((SELECT 1) + 1)` is an expression, `((SELECT 1) UNION …)` a query: what stands behind each inner parenthesis
    /// says so.
    fn closes_as_query(&self, depth: usize) -> bool {
        let mut open = depth;
        let mut ahead = depth;
        while open > 1 {
            match self.token_at(ahead).kind {
                TokenKind::Punct(b'(') => {
                    let inner = self.skip_parentheses_at(ahead);
                    if inner == ahead {
                        return false;
                    }
                    ahead = inner;
                    continue;
                }
                TokenKind::Punct(b')') => {
                    open -= 1;
                    let next = ahead + 1;
                    let goes_on = self.is_punct_at(next, b')')
                        || ["UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "FOR", "LOCK", "INTO"]
                            .iter()
                            .any(|word| self.is_at(next, word));
                    if !goes_on {
                        return false;
                    }
                }
                TokenKind::End => return false,
                _ => {}
            }
            ahead += 1;
        }
        true
    }

    /// The place behind the partner of the parenthesis at a place ahead; the same place without one.
    fn skip_parentheses_at(&self, from: usize) -> usize {
        let (mut depth, mut ahead) = (0_u32, from);
        loop {
            match self.token_at(ahead).kind {
                TokenKind::Punct(b'(') => depth += 1,
                TokenKind::Punct(b')') => depth -= 1,
                TokenKind::End => return from,
                _ => {}
            }
            ahead += 1;
            if depth == 0 {
                return ahead;
            }
        }
    }

    pub(super) fn is_query_word_at(&self, ahead: usize) -> bool {
        ["SELECT", "WITH", "TABLE"].iter().any(|word| self.is_at(ahead, word))
            || (self.is_at(ahead, "VALUES") && self.is_at(ahead + 1, "ROW"))
    }

    /// `(query)`: the span of the query is that of what is inside.
    pub(super) fn query_in_parentheses(&mut self) -> Parsed<Query> {
        self.deeper(|p| {
            p.expect_punct(b'(')?;
            let query = p.query()?;
            p.expect_punct(b')')?;
            p.grow(0)?;
            Ok(query)
        })
    }

    /// A query expression with everything around its body.
    pub(super) fn query(&mut self) -> Parsed<Query> {
        let windows = std::mem::take(&mut self.windows);
        let query = self.deeper(Self::query_inside);
        self.windows = windows;
        query
    }

    fn query_inside(&mut self) -> Parsed<Query> {
        let start = self.start();
        let (recursive, ctes) = self.with()?;
        let mut query = self.set_operations()?;
        query.ctes = ctes;
        query.recursive = recursive;
        self.tail(&mut query)?;
        query.span = self.span_from(start);
        Ok(query)
    }

    pub(super) fn with(&mut self) -> Parsed<(bool, Vec<Cte>)> {
        if !self.eat("WITH") {
            return Ok((false, Vec::new()));
        }
        let recursive = self.eat("RECURSIVE");
        let ctes = self.list(|p| {
            let start = p.start();
            let name = p.name()?;
            let columns = if p.is_punct(b'(') { p.names_in_parentheses()? } else { Vec::new() };
            p.expect("AS")?;
            let query = p.query_in_parentheses()?;
            if p.is("CYCLE") {
                return Err(p.refused("CYCLE in a WITH clause"));
            }
            Ok(Cte { name, columns, query, span: p.span_from(start) })
        })?;
        Ok((recursive, ctes))
    }

    /// UNION and EXCEPT, which bind less tightly than INTERSECT.
    fn set_operations(&mut self) -> Parsed<Query> {
        let mut left = self.intersections()?;
        while self.is_any(&["UNION", "EXCEPT", "MINUS"]) {
            let operator = if self.eat("UNION") { "UNION" } else { "EXCEPT" };
            if operator == "EXCEPT" {
                self.bump();
            }
            left = self.set_operation(operator, left, Self::intersections)?;
        }
        Ok(left)
    }

    fn intersections(&mut self) -> Parsed<Query> {
        let mut left = self.query_primary()?;
        while self.eat("INTERSECT") {
            left = self.set_operation("INTERSECT", left, Self::query_primary)?;
        }
        Ok(left)
    }

    fn set_operation(
        &mut self,
        operator: &str,
        left: Query,
        parse_right: fn(&mut Self) -> Parsed<Query>,
    ) -> Parsed<Query> {
        let height = self.height;
        let all = self.eat("ALL");
        if !all {
            self.eat("DISTINCT");
        }
        if left.into.is_some() {
            return Err(self.refused("INTO inside a set operation"));
        }
        let mut right = parse_right(self)?;
        self.grow(height)?;
        let start = left.span.start;
        let into = right.into.take();
        let body = QueryBody::SetOperation {
            operator: operator.to_owned(),
            all,
            left: Box::new(left),
            right: Box::new(right),
        };
        let mut query = Query::bare(body, self.span_from(start));
        query.into = into;
        Ok(query)
    }

    /// SELECT, VALUES, TABLE or a query in parentheses.
    fn query_primary(&mut self) -> Parsed<Query> {
        let start = self.start();
        if self.is_punct(b'(') {
            let inner = self.query_in_parentheses()?;
            return Ok(Query::bare(QueryBody::Nested(Box::new(inner)), self.span_from(start)));
        }
        if self.eat("TABLE") {
            let table = self.table_name()?;
            return Ok(Query::bare(QueryBody::Table(table), self.span_from(start)));
        }
        if self.is("VALUES") && self.is_at(1, "ROW") {
            self.bump();
            let rows = self.list(Self::expr)?;
            return Ok(Query::bare(QueryBody::Values(rows), self.span_from(start)));
        }
        let windows = std::mem::take(&mut self.windows);
        let (mut select, into) = self.select()?;
        select.windows |= self.windows;
        // ORDER BY of the query may still use window functions.
        self.windows = windows;
        let mut query = Query::bare(QueryBody::Select(Box::new(select)), self.span_from(start));
        query.into = into;
        Ok(query)
    }

    fn select(&mut self) -> Parsed<(Select, Option<Destination>)> {
        let start = self.start();
        self.expect("SELECT")?;
        let mut select = Select::default();
        self.select_options(&mut select);
        let items_start = self.start();
        let mut height = 0;
        select.items = self.list(|p| {
            let item = p.select_item()?;
            height = p.height.max(height);
            Ok(item)
        })?;
        select.items_span = self.span_from(items_start);
        let mut into = self.destination()?;
        if self.eat("FROM") {
            if !self.eat("DUAL") {
                select.from = self.list(Self::table_expr)?;
            }
            height = self.height.max(height);
        }
        self.select_clauses(&mut select, &mut height)?;
        self.height = height;
        select.span = self.span_from(start);
        if into.is_none() && self.is("INTO") {
            into = self.destination()?;
        }
        Ok((select, into))
    }

    fn select_options(&mut self, select: &mut Select) {
        loop {
            if self.eat_any(&["DISTINCT", "DISTINCTROW"]) {
                select.distinct = true;
            } else if self.eat("SQL_CALC_FOUND_ROWS") {
                select.calc_found_rows = true;
            } else if !self.eat("ALL") && !self.eat_any(SELECT_OPTIONS) {
                return;
            }
        }
    }

    /// WHERE, GROUP BY, HAVING, WINDOW.
    fn select_clauses(&mut self, select: &mut Select, height: &mut u32) -> Parsed<()> {
        if self.eat("WHERE") {
            select.selection = Some(self.expr()?);
            *height = self.height.max(*height);
        }
        let group_start = self.start();
        if self.eat_all(&["GROUP", "BY"]) {
            let mut inner = 0;
            let mut directed = false;
            select.group_by = self.list(|p| {
                if p.is("CUBE") && p.is_punct_at(1, b'(') {
                    return Err(p.refused("GROUP BY CUBE"));
                }
                let key = p.expr()?;
                inner = p.height.max(inner);
                directed |= p.eat_any(&["ASC", "DESC"]);
                Ok(key)
            })?;
            select.directed = directed;
            *height = inner.max(*height);
            select.rollup = self.eat_all(&["WITH", "ROLLUP"]);
            select.group_span = Some(self.span_from(group_start));
        }
        if self.eat("HAVING") {
            select.having = Some(self.expr()?);
            *height = self.height.max(*height);
        }
        if self.eat("WINDOW") {
            select.windows = true;
            let specs = self.list(|p| {
                p.name()?;
                p.expect("AS")?;
                p.window_spec()
            })?;
            select.window_exprs = specs.into_iter().flatten().collect();
        }
        if self.is("QUALIFY") {
            return Err(self.refused("QUALIFY"));
        }
        Ok(())
    }

    pub(super) fn select_item(&mut self) -> Parsed<SelectItem> {
        let start = self.start();
        self.height = 0;
        if self.eat_punct(b'*') {
            return Ok(SelectItem::Wildcard(self.span_from(start)));
        }
        if let Some(table) = self.wildcard_table()? {
            return Ok(SelectItem::QualifiedWildcard { table, span: self.span_from(start) });
        }
        let expr = self.expr()?;
        let alias = self.item_alias()?;
        Ok(SelectItem::Expr { expr, alias, span: self.span_from(start) })
    }

    /// `t.*`, `s.t.*`: eaten if it stands here.
    fn wildcard_table(&mut self) -> Parsed<Option<TableName>> {
        let star = |ahead| self.is_punct_at(ahead, b'.') && self.is_punct_at(ahead + 1, b'*');
        if !self.is_name_at(0) || !(star(1) || (self.is_punct_at(1, b'.') && star(3))) {
            return Ok(None);
        }
        let start = self.start();
        let first = self.name()?;
        let mut table = TableName { schema: None, name: first, span: self.span_from(start) };
        self.bump();
        if !self.is_punct(b'*') {
            let name = self.any_name()?;
            table = TableName { schema: Some(table.name), name, span: self.span_from(start) };
            self.bump();
        }
        self.bump();
        Ok(Some(table))
    }

    /// `AS x`, `AS 'x'`, `x`, `'x'`.
    fn item_alias(&mut self) -> Parsed<Option<Ident>> {
        let marked = self.eat("AS");
        let token = self.token();
        if token.kind == TokenKind::Literal(LiteralKind::String) {
            let text = self.string_name()?;
            return Ok(Some(Ident { text, span: token.span }));
        }
        if marked || self.is_name_at(0) { self.name().map(Some) } else { Ok(None) }
    }

    /// ORDER BY, LIMIT, locks and INTO behind a body.
    fn tail(&mut self, query: &mut Query) -> Parsed<()> {
        let height = self.height;
        let windows = std::mem::take(&mut self.windows);
        let start = self.start();
        if self.eat_all(&["ORDER", "BY"]) {
            query.order_by = self.order_keys()?;
            query.order_span = Some(self.span_from(start));
        }
        if let QueryBody::Select(select) = &mut query.body {
            select.windows |= self.windows;
        }
        self.windows = windows;
        query.limit = self.limit()?;
        if self.is("INTO") && query.into.is_none() {
            query.into = self.destination()?;
        }
        query.lock = self.lock()?;
        if self.is("INTO") && query.into.is_none() {
            query.into = self.destination()?;
        }
        if query.lock.is_some() && (self.is("FOR") || self.is("LOCK")) {
            return Err(self.refused("more than one locking clause"));
        }
        self.height = self.height.max(height);
        Ok(())
    }

    pub(super) fn order_keys(&mut self) -> Parsed<Vec<OrderKey>> {
        let mut height = 0;
        let keys = self.list(|p| {
            let expr = p.expr()?;
            height = p.height.max(height);
            let descending = p.eat("DESC");
            if !descending {
                p.eat("ASC");
            }
            Ok(OrderKey { expr, descending })
        })?;
        self.height = height;
        Ok(keys)
    }

    pub(super) fn limit(&mut self) -> Parsed<Option<Limit>> {
        let start = self.start();
        if !self.eat("LIMIT") {
            if self.is_any(&["OFFSET", "FETCH"]) {
                return Err(self.refused("OFFSET … FETCH (write LIMIT)"));
            }
            return Ok(None);
        }
        let first = self.limit_operand()?;
        let (count, offset) = if self.eat_punct(b',') {
            (self.limit_operand()?, Some(first))
        } else if self.eat("OFFSET") {
            let offset = self.limit_operand()?;
            (first, Some(offset))
        } else {
            (first, None)
        };
        if self.is("ROWS") {
            return Err(self.refused("LIMIT ROWS EXAMINED"));
        }
        Ok(Some(Limit { count, offset, span: self.span_from(start) }))
    }

    fn limit_operand(&mut self) -> Parsed<Expr> {
        match self.kind() {
            TokenKind::Literal(LiteralKind::Int | LiteralKind::Param) => self.primary(),
            TokenKind::Literal(LiteralKind::Hex | LiteralKind::Bit) => {
                Err(self.refused("LIMIT with a hexadecimal number"))
            }
            _ => Err(self.syntax()),
        }
    }

    /// FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE.
    fn lock(&mut self) -> Parsed<Option<Lock>> {
        let start = self.start();
        if self.eat_all(&["LOCK", "IN", "SHARE", "MODE"]) {
            self.lock_wait()?;
            return Ok(Some(Lock { update: false, span: self.span_from(start) }));
        }
        if !self.is("FOR") {
            return Ok(None);
        }
        self.bump();
        let update = self.eat("UPDATE");
        if !update {
            self.expect("SHARE")?;
        }
        if self.eat("OF") {
            self.list(Self::table_name)?;
        }
        self.lock_wait()?;
        Ok(Some(Lock { update, span: self.span_from(start) }))
    }

    fn lock_wait(&mut self) -> Parsed<()> {
        if self.eat("WAIT") {
            if self.kind() != TokenKind::Literal(LiteralKind::Int) {
                return Err(self.syntax());
            }
            self.bump();
        } else if !self.eat("NOWAIT") {
            self.eat_all(&["SKIP", "LOCKED"]);
        }
        Ok(())
    }

    /// INTO @a, @b · INTO OUTFILE '…' … · INTO DUMPFILE '…'.
    fn destination(&mut self) -> Parsed<Option<Destination>> {
        if !self.eat("INTO") {
            return Ok(None);
        }
        if self.eat_any(&["OUTFILE", "DUMPFILE"]) {
            while !self.at_end() && !self.is_any(&["FROM", "FOR", "LOCK"]) && !self.is_punct(b')') {
                self.bump();
            }
            return Ok(Some(Destination::File));
        }
        self.list(Self::user_variable_name).map(|names| Some(Destination::Variables(names)))
    }
}
