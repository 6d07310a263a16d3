//! What is known and refused by name, never skipped.

use super::*;

#[test]
fn refused_by_name() {
    for (text, name) in [
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT /*!80000 a, */ b FROM t", "versioned comment"),
        ("SELECT /*M! a, */ b FROM t", "versioned comment"),
        ("SELECT a FROM t FOR UPDATE OF t FOR SHARE OF u", "locking clause"),
        ("SELECT a FROM f(1)", "table function"),
        ("SELECT a FROM t FOR SYSTEM_TIME ALL", "SYSTEM_TIME"),
        ("SELECT a FROM t LIMIT 1 ROWS EXAMINED 5", "ROWS EXAMINED"),
        ("SELECT a FROM t FETCH FIRST 1 ROWS ONLY", "FETCH"),
        ("SELECT NEXT VALUE FOR s", "NEXT VALUE FOR"),
        ("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a)", "WITHIN GROUP"),
        ("SELECT COUNT(*) FROM t GROUP BY CUBE(a, b)", "GROUP BY CUBE"),
        ("SELECT {fn f()}", "{…}"),
        ("WITH a AS (SELECT 1) UPDATE t SET b = 1", "WITH before"),
        ("INSERT DELAYED INTO t VALUES (1)", "DELAYED"),
        ("INSERT INTO t VALUES (1) AS n(a) ON DUPLICATE KEY UPDATE b = a", "row alias"),
        ("CREATE OR REPLACE TABLE t (a INT)", "OR REPLACE"),
        ("CREATE TABLE t (a INT, GLOBAL INDEX g (a))", "GLOBAL INDEX"),
        ("CREATE TABLE t (a INT AUTO_INCREMENT BY TIME)", "AUTO_INCREMENT BY"),
        ("CREATE TABLE t (a INT DEFAULT nextval(s), b INT)", "sequence"),
        ("CREATE TABLE t (b INT DEFAULT (1 + (NEXT VALUE FOR s)))", "sequence"),
        ("ALTER TABLE t ADD b INT DEFAULT NEXTVAL (s)", "sequence"),
        ("ALTER TABLE t ADD (b INT DEFAULT PREVIOUS VALUE FOR s)", "sequence"),
        ("ALTER TABLE t ALTER a SET DEFAULT (lastval(s))", "sequence"),
        ("CREATE TABLE t (a INT) UNION = (b, c)", "MERGE"),
        ("CREATE TABLE t (a INT) TBPARTITION BY MM(d) STARTWITH 1 ENDWITH 2", "STARTWITH"),
        ("CREATE TABLE t (a INT) BROADCAST ENGINE=InnoDB SINGLE", "between"),
        ("CREATE TABLE t (a INT /*!80000 PRIMARY KEY */)", "versioned comment"),
        ("ALTER TABLE t DBPARTITION BY hash(a)", "outside CREATE TABLE"),
        ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "EXCHANGE"),
        ("KILL 'x'", "KILL"),
        ("EXPLAIN FOR CONNECTION 1", "FOR CONNECTION"),
        ("BEGIN NOT ATOMIC SELECT 1", "BEGIN"),
        ("ANALYZE SELECT 1", "ANALYZE"),
    ] {
        refuses(text, name);
    }
    let error = read_in(LexMode::default(), b"SELECT \xff FROM t").unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::Refused("a name that is not valid UTF-8"));
}

#[test]
fn strings_as_names_are_never_in_holes() {
    refuses("SELECT escape 'x'", "string as a name");
    check("SELECT a AS 'x'", "<select [a:x]>");
    check_in(ANSI, "SELECT \"a\" \"b\" FROM \"t\"", "<select [\"a\":b] from[\"t\"]>");
}

#[test]
fn syntax_errors_say_where() {
    for text in [
        "",
        ";",
        "SELEC 1",
        "SELECT 1 FROM",
        "SELECT * FROM t WHERE",
        "SELECT a FROM t LIMIT a",
        "SELECT 1)",
        "SELECT 1 FROM (SELECT 1) (x)",
        "SELECT GROUP_CONCAT(a LIMIT b)",
        "SELECT 1 +",
    ] {
        syntax(text);
    }
    let error = read_in(LexMode::default(), b"SELECT 1\nFROM t WERE a").unwrap_err();
    assert_eq!(error.message, "syntax error near 'a' at line 2");
    assert_eq!(error.offset, 21);
}
