//! INSERT, REPLACE, UPDATE, DELETE.

use super::*;

#[test]
fn inserts() {
    check("INSERT INTO t VALUES (1, DEFAULT), (a + 1, ?)", "insert t values[(1 default) ((Add a 1) ?0)]");
    check("INSERT t () VALUES ()", "insert t () values[()]");
    check("INSERT LOW_PRIORITY IGNORE INTO s.t (a, t.b) VALUE (1, 2)", "insert ignore s.t (a b) values[(1 2)]");
    check("INSERT INTO t PARTITION (p) (a) VALUES ROW(1), ROW(2)", "insert t/PARTITION (p) (a) values[(1) (2)]");
    check("REPLACE INTO t SET a = 1, b = DEFAULT", "replace t set[a=1 b=default]");
    check("INSERT INTO t (a) SELECT b FROM u WHERE c", "insert t (a) <select [b] from[u] where c>");
    check("INSERT INTO t (SELECT b FROM u)", "insert t <nested <select [b] from[u]>>");
    check("INSERT INTO t SELECT b FROM u ON DUPLICATE KEY UPDATE a = 1", "insert t <select [b] from[u]> dup[a=1]");
    check(
        "INSERT INTO t SELECT b FROM u JOIN v ON x ON DUPLICATE KEY UPDATE a = 1",
        "insert t <select [b] from[(Inner u v on x)]> dup[a=1]",
    );
    check(
        "INSERT INTO t (a, b) VALUES (1, 2) AS new ON DUPLICATE KEY UPDATE a = VALUES(a) + 1, t.b = new.b",
        "insert t (a b) values[(1 2)] as new dup[a=(Add (VALUES a) 1) t.b=new.b]",
    );
    check("INSERT INTO t VALUES (1) RETURNING id, *", "insert t values[(1)] returning[id *]");
    check("INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x", "insert t <with x() <select [1]> select [*] from[x]>");
    for text in ["INSERT INTO t", "INSERT INTO t VALUES", "INSERT INTO t VALUES (1),", "INSERT INTO t VALUES (1) x"] {
        syntax(text);
    }
    syntax("REPLACE INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1");
    syntax("REPLACE IGNORE INTO t VALUES (1)");
}

#[test]
fn updates() {
    check(
        "UPDATE t SET a = a + 1 WHERE b = 2 ORDER BY c LIMIT 3",
        "update [t] set[a=(Add a 1)] where (Eq b 2) order[c] limit[3]",
    );
    check("UPDATE IGNORE t SET a = 1", "update ignore [t] set[a=1]");
    check("UPDATE LOW_PRIORITY t AS x SET x.a := 1", "update [t:x] set[x.a=1]");
    check("UPDATE a JOIN b ON x SET a.c = b.c", "update [(Inner a b on x)] set[a.c=b.c]");
    check("UPDATE a, b SET a.c = 1, b.c = 2 WHERE a.id = b.id", "update [a b] set[a.c=1 b.c=2] where (Eq a.id b.id)");
    syntax("UPDATE t SET");
    syntax("UPDATE t WHERE a = 1");
}

#[test]
fn deletes() {
    check("DELETE FROM t", "delete targets[] [t]");
    check(
        "DELETE LOW_PRIORITY QUICK IGNORE FROM t AS a WHERE b = 1 ORDER BY c LIMIT 2",
        "delete ignore targets[] [t:a] where (Eq b 1) order[c] limit[2]",
    );
    check("DELETE a, s.b.* FROM a JOIN s.b ON x", "delete targets[a s.b] [(Inner a s.b on x)]");
    check("DELETE FROM a, b.* USING a, b WHERE x", "delete targets[a b] [a b] where x");
    check("DELETE quick, b FROM quick, b", "delete targets[quick b] [quick b]");
    check(
        "DELETE FROM t PARTITION (p) WHERE a = 1 RETURNING a",
        "delete targets[] [t/PARTITION (p)] where (Eq a 1) returning[a]",
    );
    syntax("DELETE t WHERE a = 1");
    syntax("DELETE FROM t JOIN u");
}
