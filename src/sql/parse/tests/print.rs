//! Trees as s-expressions.

use super::cut;
use super::*;

fn all<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

pub(in super::super) fn expr(text: &str, e: &Expr) -> String {
    let one = |e: &Expr| expr(text, e);
    let not = |negated: bool| if negated { "not-" } else { "" };
    match &e.kind {
        ExprKind::Column(c) => {
            let shown = [c.schema.as_ref(), c.table.as_ref(), Some(&c.column)];
            let parts: Vec<_> = shown.into_iter().flatten().map(|part| cut(text, part.span)).collect();
            assert_eq!(parts.concat(), cut(text, e.span).replace(['.', ' '], ""), "{text}");
            parts.join(".")
        }
        ExprKind::Literal(_) => cut(text, e.span).to_owned(),
        ExprKind::Param(n) => format!("?{n}"),
        ExprKind::UserVariable(name) => format!("@{name}"),
        ExprKind::SystemVariable(name) => format!("@@{name}"),
        ExprKind::Neg(x) => format!("(neg {})", one(x)),
        ExprKind::Not(x) => format!("(not {})", one(x)),
        ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", one(left), one(right)),
        ExprKind::IsNull { expr, negated } => format!("({}null {})", not(*negated), one(expr)),
        ExprKind::InList { expr, list, list_span, negated } => {
            let span = cut(text, *list_span);
            assert!(span.starts_with('(') && span.ends_with(')'), "{text}: {span}");
            format!("({}in {} [{}])", not(*negated), one(expr), all(list, one))
        }
        ExprKind::InQuery { expr, query: q, negated } => {
            format!("({}in {} {})", not(*negated), one(expr), query(text, q))
        }
        ExprKind::Between { expr, low, high, negated } => {
            format!("({}between {} {} {})", not(*negated), one(expr), one(low), one(high))
        }
        ExprKind::Row(items) => format!("(row {})", all(items, one)),
        ExprKind::Paren(inner) => {
            let span = cut(text, e.span);
            assert!(span.starts_with('(') && span.ends_with(')'), "{text}: {span}");
            format!("({})", one(inner))
        }
        ExprKind::Subquery(q) => format!("(scalar {})", query(text, q)),
        ExprKind::Exists(q) => format!("(exists {})", query(text, q)),
        ExprKind::Function(f) => {
            let mut out = format!("({}", f.name);
            for (set, word) in [(f.star, " *"), (f.distinct, " distinct"), (f.ordered, " ordered")] {
                out += if set { word } else { "" };
            }
            for arg in &f.args {
                out += " ";
                out += &one(arg);
            }
            if let Some(over) = &f.over {
                out += &format!(" over[{}]", all(over, one));
            }
            out + ")"
        }
        ExprKind::Default => "default".to_owned(),
        ExprKind::Other { name, children } => format!("{{{name} {}}}", all(children, one)),
    }
}

pub(in super::super) fn query(text: &str, q: &Query) -> String {
    let mut out = String::from("<");
    for cte in &q.ctes {
        let columns = all(&cte.columns, |c| c.text.clone());
        out += &format!(
            "with{} {}({columns}) {} ",
            if q.recursive { "-rec" } else { "" },
            cte.name.text,
            query(text, &cte.query)
        );
    }
    out += &match &q.body {
        QueryBody::Select(s) => select(text, s),
        QueryBody::SetOperation { operator, all, left, right } => {
            format!("{operator}{} {} {}", if *all { "-all" } else { "" }, query(text, left), query(text, right))
        }
        QueryBody::Nested(q) => format!("nested {}", query(text, q)),
        QueryBody::Values(rows) => format!("values {}", all(rows, |row| expr(text, row))),
        QueryBody::Table(table) => format!("table {}", cut(text, table.span)),
    };
    out += &order(text, &q.order_by);
    if let Some(span) = q.order_span {
        assert!(cut(text, span).to_uppercase().starts_with("ORDER"), "{text}");
    }
    out += &limit(text, q.limit.as_ref());
    if let Some(lock) = &q.lock {
        out += &format!(" lock:{}:{}", lock.update, cut(text, lock.span));
    }
    match &q.into {
        None => {}
        Some(Destination::Variables(names)) => out += &format!(" into:@{}", names.join(",@")),
        Some(Destination::File) => out += " into:file",
    }
    out + ">"
}

fn order(text: &str, keys: &[OrderKey]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    format!(" order[{}]", all(keys, |key| expr(text, &key.expr) + if key.descending { " desc" } else { "" }))
}

fn limit(text: &str, limit: Option<&Limit>) -> String {
    let Some(limit) = limit else { return String::new() };
    assert!(cut(text, limit.span).to_uppercase().starts_with("LIMIT"), "{text}");
    let offset = limit.offset.as_ref().map(|offset| format!("+{}", expr(text, offset))).unwrap_or_default();
    format!(" limit[{}{offset}]", expr(text, &limit.count))
}

fn select(text: &str, s: &Select) -> String {
    let mut out = String::from("select");
    for (set, word) in [(s.distinct, " distinct"), (s.calc_found_rows, " calc"), (s.windows, " windows")] {
        out += if set { word } else { "" };
    }
    out += &format!(" [{}]", all(&s.items, |item| self::item(text, item)));
    if !s.from.is_empty() {
        out += &format!(" from[{}]", all(&s.from, |table| self::table(text, table)));
    }
    if let Some(selection) = &s.selection {
        out += &format!(" where {}", expr(text, selection));
    }
    if !s.group_by.is_empty() {
        out += &format!(" group[{}]", all(&s.group_by, |key| expr(text, key)));
        assert!(cut(text, s.group_span.unwrap()).to_uppercase().starts_with("GROUP"), "{text}");
    }
    out += if s.rollup { " rollup" } else { "" };
    if let Some(having) = &s.having {
        out += &format!(" having {}", expr(text, having));
    }
    if !s.window_exprs.is_empty() {
        out += &format!(" window[{}]", all(&s.window_exprs, |e| expr(text, e)));
    }
    out
}

pub(in super::super) fn item(text: &str, item: &SelectItem) -> String {
    match item {
        SelectItem::Wildcard(span) => cut(text, *span).to_owned(),
        SelectItem::QualifiedWildcard { span, .. } => cut(text, *span).to_owned(),
        SelectItem::Expr { expr: e, alias, span } => {
            assert_eq!(span.start, e.span.start);
            assert_eq!(span.end, alias.as_ref().map_or(e.span.end, |alias| alias.span.end));
            match alias {
                Some(alias) => format!("{}:{}", expr(text, e), alias.text),
                None => expr(text, e),
            }
        }
    }
}

pub(in super::super) fn table(text: &str, t: &TableExpr) -> String {
    match t {
        TableExpr::Table(t) => {
            let mut out = cut(text, t.name.span).to_owned();
            if let Some(partition) = t.partition {
                out += &format!("/{}", cut(text, partition));
            }
            if let Some(alias) = &t.alias {
                out += &format!(":{}", alias.text);
            }
            out + if t.index_hints.is_some() { "!" } else { "" }
        }
        TableExpr::Derived { query: q, alias, lateral, span } => {
            assert!(cut(text, *span).contains('('), "{text}");
            let alias = alias.as_ref().map(|alias| alias.text.as_str()).unwrap_or_default();
            format!("{}{}:{alias}", if *lateral { "lateral" } else { "" }, query(text, q))
        }
        TableExpr::Join { left, right, kind, constraint } => {
            let on = match constraint {
                JoinConstraint::None => String::new(),
                JoinConstraint::On(on) => format!(" on {}", expr(text, on)),
                JoinConstraint::Using(names) => format!(" using {}", all(names, |name| name.text.clone())),
                JoinConstraint::Natural => " natural".to_owned(),
            };
            format!("({kind:?} {} {}{on})", table(text, left), table(text, right))
        }
        TableExpr::Nested(tables) => format!("({})", all(tables, |t| table(text, t))),
        TableExpr::Function { args, alias, .. } => {
            let alias = alias.as_ref().map(|alias| alias.text.as_str()).unwrap_or_default();
            format!("fn({}):{alias}", all(args, |arg| expr(text, arg)))
        }
    }
}

fn assignment(text: &str, a: &Assignment) -> String {
    let table = a.column.table.as_ref().map(|t| format!("{}.", t.text)).unwrap_or_default();
    assert!(cut(text, a.span).ends_with(cut(text, a.value.span)), "{text}");
    format!("{table}{}={}", a.column.column.text, expr(text, &a.value))
}

fn tail(text: &str, selection: Option<&Expr>, keys: &[OrderKey], count: Option<&Limit>) -> String {
    let selection = selection.map(|e| format!(" where {}", expr(text, e))).unwrap_or_default();
    selection + &order(text, keys) + &limit(text, count)
}

pub(in super::super) fn statement(text: &str, s: &Statement) -> String {
    match s {
        Statement::Query(q) => query(text, q),
        Statement::Insert(i) => insert(text, i),
        Statement::Update(u) => format!(
            "update{} [{}] set[{}]{}",
            if u.ignore { " ignore" } else { "" },
            all(&u.tables, |t| table(text, t)),
            all(&u.assignments, |a| assignment(text, a)),
            tail(text, u.selection.as_ref(), &u.order_by, u.limit.as_ref())
        ),
        Statement::Delete(d) => format!(
            "delete{} targets[{}] [{}]{}{}",
            if d.ignore { " ignore" } else { "" },
            all(&d.targets, |t| cut(text, t.span).to_owned()),
            all(&d.tables, |t| table(text, t)),
            tail(text, d.selection.as_ref(), &d.order_by, d.limit.as_ref()),
            if d.returning.is_empty() {
                String::new()
            } else {
                format!(" returning[{}]", all(&d.returning, |i| item(text, i)))
            }
        ),
        Statement::Do(exprs) => format!("do[{}]", all(exprs, |e| expr(text, e))),
        Statement::Set(items) => format!("set[{}]", all(items, |i| set_item(text, i))),
        other => format!("{other:?}"),
    }
}

fn set_item(text: &str, item: &SetItem) -> String {
    match item {
        SetItem::Variable { scope, name, value } => format!("{scope:?}.{name}={}", expr(text, value)),
        SetItem::User { name, value } => format!("@{name}={}", expr(text, value)),
        SetItem::Names { charset, collation } => format!("names:{charset:?}:{collation:?}"),
        SetItem::CharacterSet(charset) => format!("charset:{charset:?}"),
        SetItem::Transaction { scope, isolation, read_only } => format!("{scope:?}:{isolation:?}:{read_only:?}"),
        SetItem::Unsupported(name) => format!("unsupported:{name}"),
    }
}

fn insert(text: &str, i: &Insert) -> String {
    let mut out = format!(
        "{}{} {}",
        if i.replace { "replace" } else { "insert" },
        if i.ignore { " ignore" } else { "" },
        cut(text, i.table.span)
    );
    if let Some(partition) = i.partition {
        out += &format!("/{}", cut(text, partition));
    }
    if i.has_columns {
        assert!(text[i.columns_end.unwrap() as usize..].starts_with(')'), "{text}");
        out += &format!(" ({})", all(&i.columns, |c| c.column.text.clone()));
    }
    out += &match &i.source {
        InsertSource::Values { rows, span } => {
            assert_eq!((span.start, span.end), (rows[0].span.start, rows[rows.len() - 1].span.end));
            format!(
                " values[{}]",
                all(rows, |row| {
                    assert!(cut(text, row.span).ends_with(')'), "{text}");
                    format!("({})", all(&row.values, |e| expr(text, e)))
                })
            )
        }
        InsertSource::Set(items) => format!(" set[{}]", all(items, |a| assignment(text, a))),
        InsertSource::Query(q) => format!(" {}", query(text, q)),
    };
    if let Some(alias) = &i.row_alias {
        out += &format!(" as {}", alias.text);
    }
    if !i.on_duplicate.is_empty() {
        out += &format!(" dup[{}]", all(&i.on_duplicate, |a| assignment(text, a)));
    }
    if !i.returning.is_empty() {
        out += &format!(" returning[{}]", all(&i.returning, |x| item(text, x)));
    }
    out
}
