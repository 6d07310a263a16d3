//! Expressions: precedence, forms, spans.

use super::*;

/// Checks the one item of a SELECT.
fn e(text: &str, expected: &str) {
    e_in(LexMode::default(), text, expected);
}

fn e_in(mode: LexMode, text: &str, expected: &str) {
    let sql = format!("SELECT {text}");
    let statement = read_in(mode, sql.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let Statement::Query(query) = statement else { panic!("{text}") };
    let QueryBody::Select(select) = &query.body else { panic!("{text}") };
    let [SelectItem::Expr { expr, alias: None, span }] = &select.items[..] else { panic!("{text}") };
    assert_eq!(cut(&sql, *span), text);
    assert_eq!(print::expr(&sql, expr), expected, "{text}");
}

#[test]
fn precedence() {
    e("a OR b AND NOT c = d + e * f", "(Or a (And b (not (Eq c (Add d (Mul e f))))))");
    e("a XOR b OR c && d || e", "(Or (Or (Xor a b) (And c d)) e)");
    e("NOT a = b", "(not (Eq a b))");
    e("NOT a BETWEEN b AND c AND d", "(And (not (between a b c)) d)");
    e("!a = b", "(Eq (not a) b)");
    e("-a ^ b", "(Other (neg a) b)");
    e("a | b & c << d - e", "(Other a (Other b (Other c (Sub d e))))");
    e("a - b - c", "(Sub (Sub a b) c)");
    e("a DIV b MOD c % d", "(Mod (Mod (IntDiv a b) c) d)");
    e("a = b = c", "(Eq (Eq a b) c)");
    e("a < b <=> c", "(NullSafeEq (Lt a b) c)");
    e("a LIKE b = c", "(Eq {LIKE a b} c)");
    e("a = b LIKE c", "(Eq a {LIKE b c})");
    e("a BETWEEN b AND c BETWEEN d AND e", "(between a b (between c d e))");
    e("a IS NULL = b", "(Eq (null a) b)");
    e("a = b IS NOT NULL", "(not-null (Eq a b))");
    e("a + b IN (c)", "(in (Add a b) [c])");
    e("BINARY a = b", "(Eq {BINARY a} b)");
    e("a COLLATE utf8mb4_bin = b COLLATE 'x'", "(Eq {COLLATE a} {COLLATE b})");
    e("-1", "(neg 1)");
    e("- -1 + +2", "(Add (neg (neg 1)) {+ 2})");
    e("@a := b OR c", "{:= @a (Or b c)}");
    e("a - INTERVAL 1 DAY - b", "(Sub (Sub a {INTERVAL 1}) b)");
    e("INTERVAL 1 DAY + a", "(Add {INTERVAL 1} a)");
    e_in(PIPES, "a || b ^ c = d", "(Eq (Other (Other a b) c) d)");
    e_in(PIPES, "-a || b", "(Other (neg a) b)");
    e("a SOUNDS LIKE b AND c", "(And {SOUNDS LIKE a b} c)");
    e("a IS TRUE AND b IS NOT FALSE AND c IS UNKNOWN", "(And (And {IS TRUE a} {IS NOT FALSE b}) (null c))");
}

#[test]
fn forms() {
    e("a NOT IN (1, 2, NULL)", "(not-in a [1 2 NULL])");
    e("(a, b) IN ((1, 2), ROW(3, 4))", "(in (row a b) [(row 1 2) (row 3 4)])");
    e("a = ANY (SELECT 1)", "(in a <select [1]>)");
    e("a <> ALL (SELECT 1)", "(not-in a <select [1]>)");
    e("a > ALL (SELECT 1)", "{ALL a (scalar <select [1]>)}");
    e("a < SOME (SELECT 1)", "{ANY a (scalar <select [1]>)}");
    e("((SELECT 1) + 1)", "((Add (scalar <select [1]>) 1))");
    e("((SELECT 1))", "(scalar <nested <select [1]>>)");
    e("((SELECT 1) UNION (SELECT 2))", "(scalar <UNION <nested <select [1]>> <nested <select [2]>>>)");
    e("NOT EXISTS (SELECT 1 FROM t)", "(not (exists <select [1] from[t]>))");
    e("CASE a WHEN 1 THEN b ELSE c END", "{CASE a 1 b c}");
    e("CASE WHEN a > 1 THEN b END", "{CASE (Gt a 1) b}");
    e("a NOT LIKE 'x' ESCAPE '!'", "{NOT LIKE a 'x' '!'}");
    e("a RLIKE 'x' OR a NOT REGEXP 'y'", "(Or {RLIKE a 'x'} {NOT REGEXP a 'y'})");
    e("a -> '$.x' = b ->> '$.y'", "(Eq {-> a '$.x'} {->> b '$.y'})");
    e("1 MEMBER OF (a)", "{MEMBER OF 1 a}");
    e("s.t.a, 1".strip_suffix(", 1").unwrap(), "s.t.a");
    e("t.`select`", "t.`select`");
    e("`a``b`", "`a``b`");
    e("@a + @@x + @@global.y + @'b c'", "(Add (Add (Add @a @@x) @@y) @b c)");
    e("{ts '2024-01-01'}", "{{ '2024-01-01'}");
    e("DATE'2024-01-01'", "DATE'2024-01-01'");
    e("_utf8mb4'x' 'y'", "_utf8mb4'x' 'y'");
    e("? + ?", "(Add ?0 ?1)");
    e("DEFAULT(a)", "(DEFAULT a)");
    e("(1)", "(1)");
    e("MATCH (a, t.b) AGAINST ('x' IN BOOLEAN MODE)", "{MATCH IN BOOLEAN MODE a t.b 'x'}");
}

#[test]
fn calls() {
    e("COUNT(*)", "(COUNT *)");
    e("count( distinct a, b )", "(COUNT distinct a b)");
    e("SUM(ALL a)", "(SUM a)");
    e("GROUP_CONCAT(DISTINCT a, b ORDER BY c DESC SEPARATOR ',')", "(GROUP_CONCAT distinct ordered a b c ',')");
    e("NOW()", "(NOW)");
    e("CURRENT_TIMESTAMP", "(CURRENT_TIMESTAMP)");
    e("CURRENT_TIMESTAMP(6)", "(CURRENT_TIMESTAMP 6)");
    e("IF(a, b, c)", "(IF a b c)");
    e("LEFT(a, 1)", "(LEFT a 1)");
    e("s.f(a)", "(s.f a)");
    e("EXTRACT(DAY_HOUR FROM a)", "(EXTRACT a)");
    e("TRIM(a)", "(TRIM a)");
    e("TRIM(LEADING 'x' FROM a)", "(TRIM 'x' a)");
    e("TRIM(BOTH FROM a)", "(TRIM a)");
    e("SUBSTRING(a FROM 1 FOR 2)", "(SUBSTRING a 1 2)");
    e("SUBSTR(a, 1, 2)", "(SUBSTR a 1 2)");
    e("POSITION('a' IN b)", "(POSITION 'a' b)");
    e("CAST(a AS CHAR(10) CHARACTER SET utf8mb4)", "{CAST AS CHAR a}");
    e("CAST(a AS UNSIGNED INTEGER)", "{CAST AS UNSIGNED a}");
    e("CAST(a AS DECIMAL(10, 2))", "{CAST AS DECIMAL a}");
    e("CONVERT(a USING utf8mb4)", "{CONVERT USING a}");
    e("CONVERT(a, SIGNED)", "{CAST AS SIGNED a}");
    e("DATE_ADD(a, INTERVAL b DAY_HOUR)", "(DATE_ADD a {INTERVAL b})");
    e("INTERVAL(a, 1, 2)", "(INTERVAL a 1 2)");
    e("TIMESTAMPDIFF(MONTH, a, b)", "(TIMESTAMPDIFF a b)");
    e("GET_FORMAT(DATE, 'EUR')", "(GET_FORMAT 'EUR')");
    e("WEIGHT_STRING(a AS CHAR(3))", "(WEIGHT_STRING a)");
    e("CHAR(77, 78 USING utf8mb4)", "(CHAR 77 78)");
    e("JSON_VALUE(a, '$.x' RETURNING SIGNED DEFAULT 1 ON EMPTY NULL ON ERROR)", "(JSON_VALUE a '$.x' 1)");
    e(
        "ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
        "(ROW_NUMBER over[a b 1])",
    );
    e("SUM(a) OVER w", "(SUM a over[])");
    e("MOD(a, 2) MOD 3", "(Mod (MOD a 2) 3)");
    e("DATE(a) = DATE '2024-01-01'", "(Eq (DATE a) DATE '2024-01-01')");
}

#[test]
fn long_chains_do_not_grow_deep() {
    for joint in [" OR ", " AND ", " XOR "] {
        let chain = (0..20_000).map(|n| format!("a = {n}")).collect::<Vec<_>>().join(joint);
        read(&format!("SELECT 1 FROM t WHERE {chain}"));
    }
    refuses(&format!("SELECT {}", vec!["1"; 10_000].join(" + ")), "400 levels");
    refuses(&format!("SELECT {}1{}", "(".repeat(50_000), ")".repeat(50_000)), "nested");
    refuses(&format!("SELECT {}a", "- ".repeat(50_000)), "nested");
    refuses(&format!("SELECT {}a", "NOT ".repeat(50_000)), "nested");
    refuses(&format!("SELECT {}a", "CASE WHEN ".repeat(50_000)), "nested");
    refuses(&format!("SELECT 1 {}", "UNION SELECT 1 ".repeat(5_000)), "400 levels");
    refuses(&format!("SELECT * FROM {}t", "(".repeat(50_000)), "nested");
    refuses(&format!("SELECT * FROM t {}", "JOIN t ".repeat(5_000)), "400 levels");
    refuses(&format!("SELECT a {}", "COLLATE x ".repeat(5_000)), "400 levels");
    refuses(&format!("SELECT a {}", "= b ".repeat(5_000)), "400 levels");
    refuses(&format!("SELECT a {}", "BETWEEN b AND c ".repeat(5_000)), "nested");
    refuses(&format!("SELECT {}", "@a := ".repeat(5_000)), "nested");
}

#[test]
fn what_is_not_an_expression() {
    for text in [
        "SELECT a b c",
        "SELECT a IN ()",
        "SELECT a = NOT b",
        "SELECT 1.5e",
        "SELECT a..b",
        "SELECT (a",
        "SELECT CASE END",
        "SELECT a IS 1",
        "SELECT SELECT",
        "SELECT a,",
        "SELECT IN(1)",
        "SELECT _utf8 FROM t",
        "SELECT a -> b",
        "SELECT @",
        "SELECT a LIKE",
        "SELECT s.t.u.v",
        "SELECT ()",
    ] {
        syntax(text);
    }
    refuses("SELECT 'a' /* c */ 'b'", "joined");
}
