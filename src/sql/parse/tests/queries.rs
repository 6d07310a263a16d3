//! Queries: clauses, joins, set operations.

use super::*;

#[test]
fn selects() {
    check("SELECT 1", "<select [1]>");
    check("select a, t.*, s.t.*, * from t", "<select [a t.* s.t.* *] from[t]>");
    check("SELECT a AS x, b y, c 'z', d AS `w w` FROM s.t AS u", "<select [a:x b:y c:z d:w w] from[s.t:u]>");
    check("SELECT DISTINCT SQL_CALC_FOUND_ROWS SQL_NO_CACHE a FROM t;", "<select distinct calc [a] from[t]>");
    check("SELECT HIGH_PRIORITY STRAIGHT_JOIN ALL a FROM t", "<select [a] from[t]>");
    check("SELECT 1 FROM DUAL WHERE 1", "<select [1] where 1>");
    check(
        "SELECT a, COUNT(*) FROM t WHERE b = 1 GROUP BY a, c HAVING COUNT(*) > 2 ORDER BY a DESC, 2 LIMIT 5, 10",
        "<select [a (COUNT *)] from[t] where (Eq b 1) group[a c] having (Gt (COUNT *) 2) order[a desc 2] limit[10+5]>",
    );
    check("SELECT a FROM t GROUP BY a WITH ROLLUP", "<select [a] from[t] group[a] rollup>");
    check("SELECT a FROM t ORDER BY NULL LIMIT ? OFFSET ?", "<select [a] from[t] order[NULL] limit[?0+?1]>");
    check("SELECT RANK() OVER w FROM t WINDOW w AS (ORDER BY a)", "<select windows [(RANK over[])] from[t] window[a]>");
    check("SELECT a FROM t ORDER BY RANK() OVER (ORDER BY b)", "<select windows [a] from[t] order[(RANK over[b])]>");
    check(
        "SELECT (SELECT RANK() OVER () FROM u) FROM t",
        "<select [(scalar <select windows [(RANK over[])] from[u]>)] from[t]>",
    );
    check("SELECT rank, `from`, t.order FROM t", "<select [rank `from` t.order] from[t]>");
    check(
        "SELECT x FROM (SELECT 1) AS d (x), LATERAL (SELECT 2) e (y)",
        "<select [x] from[<select [1]>:d lateral<select [2]>:e]>",
    );
    check("SELECT GROUP_CONCAT(a ORDER BY b LIMIT 1, ?)", "<select [(GROUP_CONCAT ordered a b 1 ?0)]>");
    check("TABLE t ORDER BY a LIMIT 1", "<table t order[a] limit[1]>");
    check("VALUES ROW(1, 2), ROW(3, 4)", "<values (row 1 2) (row 3 4)>");
    check("SELECT /*! a, */ b /*!50001 , c */ FROM t", "<select [a b c] from[t]>");
    check("/*+TDDL:node(0)*/ SELECT a FROM t", "<select [a] from[t]>");
}

#[test]
fn locks_and_into() {
    check("SELECT a FROM t FOR UPDATE", "<select [a] from[t] lock:true:FOR UPDATE>");
    check(
        "SELECT a FROM t LIMIT 1 FOR SHARE OF t SKIP LOCKED",
        "<select [a] from[t] limit[1] lock:false:FOR SHARE OF t SKIP LOCKED>",
    );
    check("SELECT a FROM t FOR UPDATE NOWAIT", "<select [a] from[t] lock:true:FOR UPDATE NOWAIT>");
    check("SELECT a FROM t LOCK IN SHARE MODE", "<select [a] from[t] lock:false:LOCK IN SHARE MODE>");
    check("SELECT a INTO @x FROM t", "<select [a] from[t] into:@x>");
    check("SELECT a, b FROM t LIMIT 1 INTO @x, @y", "<select [a b] from[t] limit[1] into:@x,@y>");
    check("SELECT a FROM t INTO OUTFILE '/x' FIELDS TERMINATED BY ','", "<select [a] from[t] into:file>");
    check("SELECT 1 UNION SELECT 2 INTO @a", "<UNION <select [1]> <select [2]> into:@a>");
}

#[test]
fn set_operations() {
    check("SELECT 1 UNION ALL SELECT 2 ORDER BY 1 LIMIT 3", "<UNION-all <select [1]> <select [2]> order[1] limit[3]>");
    check("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "<UNION <select [1]> <INTERSECT <select [2]> <select [3]>>>");
    check(
        "SELECT 1 EXCEPT SELECT 2 UNION DISTINCT SELECT 3",
        "<UNION <EXCEPT <select [1]> <select [2]>> <select [3]>>",
    );
    check(
        "(SELECT 1 LIMIT 1) UNION (SELECT 2) LIMIT 3",
        "<UNION <nested <select [1] limit[1]>> <nested <select [2]>> limit[3]>",
    );
    check("(SELECT a FROM t ORDER BY a) LIMIT 1", "<nested <select [a] from[t] order[a]> limit[1]>");
    check(
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT * FROM a",
        "<with-rec a(n) <UNION-all <select [1]> <select [(Add n 1)] from[a]>> select [*] from[a]>",
    );
}

#[test]
fn joins() {
    let from = |text: &str, expected: &str| {
        let sql = format!("SELECT 1 FROM {text}");
        check(&sql, &format!("<select [1] from[{expected}]>"));
    };
    from("a, b c, s.d AS e", "a b:c s.d:e");
    from("a JOIN b ON x = y", "(Inner a b on (Eq x y))");
    from("a LEFT OUTER JOIN b USING (x, y)", "(Left a b using x y)");
    from("a NATURAL JOIN b NATURAL LEFT JOIN c", "(Left (Inner a b natural) c natural)");
    from("a JOIN b ON x JOIN c ON y", "(Inner (Inner a b on x) c on y)");
    from("a JOIN b JOIN c ON x ON y", "(Inner a (Inner b c on x) on y)");
    from("a LEFT JOIN b JOIN c ON x ON y", "(Left a (Inner b c on x) on y)");
    from("a JOIN b JOIN c ON x", "(Inner (Inner a b) c on x)");
    from("a CROSS JOIN b LEFT JOIN c ON x", "(Left (Inner a b) c on x)");
    from("a JOIN b", "(Inner a b)");
    from("a STRAIGHT_JOIN b ON x", "(Inner a b on x)");
    from("(a, b) LEFT JOIN (c JOIN d) ON x", "(Left (a b) ((Inner c d)) on x)");
    from("a JOIN (SELECT 1) b", "(Inner a <select [1]>:b)");
    from("a, LATERAL (SELECT a.x) AS b", "a lateral<select [a.x]>:b");
    from("((SELECT 1) UNION (SELECT 2)) AS b", "<UNION <nested <select [1]>> <nested <select [2]>>>:b");
    from("a PARTITION (p0, p1) AS b USE INDEX (i) IGNORE INDEX FOR ORDER BY (PRIMARY)", "a/PARTITION (p0, p1):b!");
    from("JSON_TABLE(a.x, '$[*]' COLUMNS (n INT PATH '$.n' DEFAULT '0' ON EMPTY)) AS j", "fn(a.x '$[*]'):j");
    for text in [
        "SELECT 1 FROM a LEFT JOIN b",
        "SELECT 1 FROM a ON x",
        "SELECT 1 FROM a JOIN",
        "SELECT 1 FROM a JOIN b ON x ON y",
    ] {
        syntax(text);
    }
}

#[test]
fn spans() {
    let text =
        "SELECT  a , sum( x+1 )  AS s FROM t WHERE a IN ( 1,2 ) GROUP BY a WITH ROLLUP ORDER BY s DESC LIMIT 1 , 2";
    let Statement::Query(query) = read(text) else { panic!() };
    let QueryBody::Select(select) = &query.body else { panic!() };
    assert_eq!(cut(text, select.items_span), "a , sum( x+1 )  AS s");
    let SelectItem::Expr { expr, .. } = &select.items[1] else { panic!() };
    assert_eq!(cut(text, expr.span), "sum( x+1 )");
    let ExprKind::Function(function) = &expr.kind else { panic!() };
    assert_eq!(cut(text, function.args[0].span), "x+1");
    assert_eq!(cut(text, select.selection.as_ref().unwrap().span), "a IN ( 1,2 )");
    assert_eq!(cut(text, select.group_span.unwrap()), "GROUP BY a WITH ROLLUP");
    assert_eq!(cut(text, query.order_span.unwrap()), "ORDER BY s DESC");
    assert_eq!(cut(text, query.order_by[0].expr.span), "s");
    assert_eq!(cut(text, query.limit.as_ref().unwrap().span), "LIMIT 1 , 2");
    assert!(cut(text, select.span).ends_with("WITH ROLLUP"));
    assert_eq!(cut(text, query.span), text);

    let text = "SELECT * FROM ( SELECT 1 ) AS d WHERE a = ( SELECT 2 ) ;";
    let Statement::Query(query) = read(text) else { panic!() };
    assert_eq!(cut(text, query.span), "SELECT * FROM ( SELECT 1 ) AS d WHERE a = ( SELECT 2 )");
    let QueryBody::Select(select) = &query.body else { panic!() };
    let TableExpr::Derived { query, span, .. } = &select.from[0] else { panic!() };
    assert_eq!((cut(text, query.span), cut(text, *span)), ("SELECT 1", "( SELECT 1 ) AS d"));
    let Some(Expr { kind: ExprKind::Binary { right, .. }, .. }) = &select.selection else { panic!() };
    assert_eq!(cut(text, right.span), "( SELECT 2 )");
}
