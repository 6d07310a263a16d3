//! SET, SHOW, transactions, DDL and the other small statements.

use super::*;

#[test]
fn sets() {
    check(
        "SET a = 1, @@session.b = 'x', GLOBAL c = ON, @d := @e + 1",
        "set[Session.a=1 Session.b='x' Global.c=ON @d=(Add @e 1)]",
    );
    check(
        "SET SESSION sql_mode = DEFAULT, @@global.x = 1, LOCAL y = ALL",
        "set[Session.sql_mode=default Global.x=1 Session.y=ALL]",
    );
    check("SET NAMES utf8mb4 COLLATE 'utf8mb4_bin'", "set[names:Some(\"utf8mb4\"):Some(\"utf8mb4_bin\")]");
    check("SET NAMES DEFAULT", "set[names:None:None]");
    check("set names 'utf8', autocommit=1", "set[names:Some(\"utf8\"):None Session.autocommit=1]");
    check("SET CHARACTER SET binary", "set[charset:Some(\"binary\")]");
    check(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
        "set[Session:Some(\"READ-COMMITTED\"):Some(true)]",
    );
    check("SET TRANSACTION READ WRITE", "set[Next:None:Some(false)]");
    check("SET @@transaction_isolation = 'SERIALIZABLE'", "set[Next.transaction_isolation='SERIALIZABLE']");
    check("SET transaction_isolation = 'SERIALIZABLE'", "set[Session.transaction_isolation='SERIALIZABLE']");
    check("SET character_set_results = utf8mb4", "set[Session.character_set_results=utf8mb4]");
    check("SET character_set_results = NULL", "set[Session.character_set_results=NULL]");
    check("SET hot.key_buffer = 1", "set[Session.hot.key_buffer=1]");
    check(
        "SET sql_mode=(SELECT CONCAT(@@sql_mode, ',x'))",
        "set[Session.sql_mode=(scalar <select [(CONCAT @@sql_mode ',x')]>)]",
    );
    check("/*!40101 SET NAMES utf8 */;", "set[names:Some(\"utf8\"):None]");
    check("/*!40101 SET @old=@@character_set_client */", "set[@old=@@character_set_client]");
    check("SET PASSWORD FOR 'a'@'b' = 'c'", "set[unsupported:SET PASSWORD]");
    check("SET ROLE ALL", "set[unsupported:SET ROLE]");
    for text in [
        "SET",
        "SET a",
        "SET a =",
        "SET a = 1,",
        "SET SESSION",
        "SET TRANSACTION",
        "SET TRANSACTION READ ONLY, READ ONLY",
    ] {
        syntax(text);
    }
}

fn is(text: &str, expected: &Statement) {
    assert_eq!(&read(text), expected, "{text}");
}

fn ident(text: &str, name: &str) -> Ident {
    let at = text.rfind(name).unwrap();
    Ident {
        text: name.to_owned(),
        span: Span { start: u32::try_from(at).unwrap(), end: u32::try_from(at + name.len()).unwrap() },
    }
}

#[test]
fn transactions() {
    let begin = |consistent_snapshot, read_only| Statement::Begin { consistent_snapshot, read_only };
    is("BEGIN", &begin(false, None));
    is("begin work;", &begin(false, None));
    is("START TRANSACTION", &begin(false, None));
    is("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", &begin(true, Some(true)));
    is("START TRANSACTION READ WRITE", &begin(false, Some(false)));
    is("COMMIT", &Statement::Commit { chain: false, release: false });
    is("COMMIT WORK AND CHAIN NO RELEASE", &Statement::Commit { chain: true, release: false });
    is("ROLLBACK AND NO CHAIN RELEASE", &Statement::Rollback { chain: false, release: true });
    is("SAVEPOINT s1", &Statement::Savepoint(ident("SAVEPOINT s1", "s1")));
    is("ROLLBACK TO s1", &Statement::RollbackTo(ident("ROLLBACK TO s1", "s1")));
    is("ROLLBACK WORK TO SAVEPOINT s1", &Statement::RollbackTo(ident("ROLLBACK WORK TO SAVEPOINT s1", "s1")));
    is("RELEASE SAVEPOINT s1", &Statement::ReleaseSavepoint(ident("RELEASE SAVEPOINT s1", "s1")));
    for text in ["COMMIT x", "START TRANSACTION READ ONLY, READ WRITE", "COMMIT AND CHAIN RELEASE", "RELEASE s1"] {
        syntax(text);
    }
}

#[test]
fn unserved_statements_have_names() {
    for (text, name) in [
        ("LOAD DATA INFILE 'x' INTO TABLE t", "LOAD DATA"),
        ("LOAD XML LOCAL INFILE 'x' INTO TABLE t", "LOAD XML"),
        ("XA START 'a'", "XA START"),
        ("HANDLER t OPEN", "HANDLER"),
        ("GRANT ALL ON *.* TO 'a'@'%'", "GRANT"),
        ("FLUSH TABLES", "FLUSH TABLES"),
        ("START REPLICA", "START REPLICA"),
        ("CREATE USER 'a'@'b'", "CREATE USER"),
        ("DROP ROLE r", "DROP ROLE"),
    ] {
        is(text, &Statement::Unsupported { name: name.to_owned() });
    }
}

#[test]
fn files_are_described() {
    let load = |text: &str| match read(text) {
        Statement::LoadData(load) => *load,
        other => panic!("{text}: {other:?}"),
    };
    let plain = load("LOAD DATA LOCAL INFILE 'x' INTO TABLE s.t");
    assert_eq!((plain.file.as_slice(), plain.replace, plain.table.name.text.as_str()), (&b"x"[..], false, "t"));
    assert_eq!((plain.field_end.as_slice(), plain.line_end.as_slice()), (&b"\t"[..], &b"\n"[..]));
    assert_eq!((plain.enclosed.as_slice(), plain.escaped, plain.skipped), (&b""[..], None, None));
    let text = "load data concurrent local infile 'a\\b' replace into table t partition (p) character set 'UTF8MB4' \
                columns terminated by 0x2c optionally enclosed by '\"' escaped by '' \
                lines starting by '>' terminated by '\\r\\n' ignore 2 rows (a, @b, t.c) set d = @b + 1";
    let full = load(text);
    let at = |span: Span| cut(text, span);
    assert_eq!(
        (full.replace, full.charset.as_deref(), at(full.partition.unwrap())),
        (true, Some("utf8mb4"), "partition (p)")
    );
    assert_eq!((full.field_end.as_slice(), full.enclosed.as_slice()), (&b","[..], &b"\""[..]));
    assert_eq!((full.escaped.as_deref(), full.line_start.as_slice()), (Some(&b""[..]), &b">"[..]));
    assert_eq!((full.line_end.as_slice(), full.targets.len(), full.assignments.len()), (&b"\r\n"[..], 3, 1));
    let (lines, span) = full.skipped.unwrap();
    assert_eq!((lines, at(span), at(full.targets_at)), (2, "ignore 2 rows", "(a, @b, t.c)"));
    for text in [
        "LOAD DATA LOCAL INFILE x INTO TABLE t",
        "LOAD DATA LOCAL INFILE 'x' INTO t",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t IGNORE 1",
        "LOAD DATA LOCAL INFILE 'x' INTO TABLE t SET a = 1 (a)",
    ] {
        syntax(text);
    }
}

#[test]
fn small_statements() {
    is("USE shop", &Statement::Use(ident("USE shop", "shop")));
    is("KILL QUERY 12", &Statement::Kill { query_only: true, id: 12 });
    is("KILL CONNECTION 12", &Statement::Kill { query_only: false, id: 12 });
    is("LOCK TABLES t READ, u WRITE", &Statement::LockTables);
    is("UNLOCK TABLES", &Statement::UnlockTables);
    check("DO SLEEP(1), GET_LOCK('a', 1)", "do[(SLEEP 1) (GET_LOCK 'a' 1)]");
    let text = "PREPARE s FROM 'SELECT \\'a\\''";
    let from = PrepareSource::Text(b"SELECT 'a'".to_vec());
    is(text, &Statement::Prepare { name: ident("PREPARE s", "s"), from });
    is(
        "EXECUTE s USING @A, @b",
        &Statement::Execute { name: ident("EXECUTE s", "s"), using: vec!["a".into(), "b".into()] },
    );
    let text = "EXECUTE IMMEDIATE @q USING @a";
    is(text, &Statement::ExecuteImmediate { from: PrepareSource::Variable("q".into()), using: vec!["a".into()] });
    let text = "EXECUTE immediate USING @a";
    is(text, &Statement::Execute { name: ident("EXECUTE immediate", "immediate"), using: vec!["a".into()] });
    is("DROP PREPARE s", &Statement::Deallocate(ident("DROP PREPARE s", "s")));
    assert!(matches!(read("CALL s.p(1, ?)"), Statement::Call { .. }));
    let Statement::TableMaintenance { verb, tables } = read("ANALYZE LOCAL TABLE a, s.b") else { panic!() };
    assert_eq!((verb.as_str(), tables.len()), ("ANALYZE", 2));
}

#[test]
fn explains() {
    for (text, kind, start) in [
        ("EXPLAIN SELECT 1", ExplainKind::Physical, 8),
        ("DESC DELETE FROM t", ExplainKind::Physical, 5),
        ("EXPLAIN SHARDING SELECT 1", ExplainKind::Sharding, 17),
        ("EXPLAIN EXECUTE SELECT 1", ExplainKind::Backend, 16),
        ("EXPLAIN FORMAT=JSON SELECT 1", ExplainKind::Backend, 20),
        ("EXPLAIN ANALYZE FORMAT = TREE (SELECT 1)", ExplainKind::Backend, 30),
    ] {
        let Statement::Explain { kind: found, start: at, .. } = read(text) else { panic!("{text}") };
        assert_eq!((found, at), (kind, start), "{text}");
    }
    for (text, column) in [("DESC t", None), ("EXPLAIN s.t c", Some("c")), ("DESCRIBE sharding 'c%'", Some("c%"))] {
        let Statement::Describe { column: found, .. } = read(text) else { panic!("{text}") };
        assert_eq!(found.as_deref(), column, "{text}");
    }
}

#[test]
fn shows() {
    let what = |text: &str| match read(text) {
        Statement::Show(show) => format!("{:?}", show.what),
        other => panic!("{text}: {other:?}"),
    };
    for (text, expected) in [
        ("SHOW DATABASES", "Databases"),
        ("SHOW FULL TABLES FROM s LIKE 'a%'", "Tables { full: true, schema: Some"),
        ("SHOW TABLE STATUS", "TableStatus { schema: None }"),
        ("SHOW FULL COLUMNS FROM t FROM s", "Columns { full: true, table: TableName { schema: Some"),
        ("SHOW KEYS IN t WHERE Key_name = 'PRIMARY'", "Index"),
        ("SHOW CREATE TABLE `t`", "CreateTable"),
        ("SHOW CREATE SCHEMA IF NOT EXISTS s", "CreateDatabase"),
        ("SHOW VARIABLES LIKE 'x'", "Variables { global: false }"),
        ("SHOW GLOBAL STATUS", "Status { global: true }"),
        ("SHOW WARNINGS LIMIT 1, 2", "Warnings { count: false }"),
        ("SHOW COUNT(*) ERRORS", "Errors { count: true }"),
        ("SHOW PROCESSLIST", "Processlist { full: false }"),
        ("SHOW TOPOLOGY FROM t", "Topology"),
        ("SHOW RULE", "Rule { full: false, table: None }"),
        ("SHOW FULL RULE FROM t", "Rule { full: true, table: Some"),
        ("SHOW NODE", "Node"),
        ("SHOW CHARACTER SET LIKE 'utf8%'", "Backend(\"CHARSET\")"),
        ("SHOW GRANTS FOR CURRENT_USER()", "Backend(\"GRANTS\")"),
        ("SHOW ENGINE INNODB STATUS", "Unsupported(\"SHOW ENGINE INNODB\")"),
        ("SHOW CREATE VIEW v", "Unsupported(\"SHOW CREATE VIEW\")"),
        ("SHOW FULL EVENTS", "Unsupported"),
        ("SHOW MASTER STATUS", "Unsupported(\"SHOW MASTER STATUS\")"),
    ] {
        assert!(what(text).starts_with(expected), "{text}: {}", what(text));
    }
    let Statement::Show(show) = read("SHOW TABLES LIKE 'a\\_b'") else { panic!() };
    assert_eq!(show.like.as_deref(), Some(&b"a\\_b"[..]));
    for text in [
        "SHOW",
        "SHOW TABLES x y",
        "SHOW COLUMNS t",
        "SHOW TABLES LIKE",
        "SHOW TABELS",
        "SHOW FULL TABELS",
        "SHOW GLOBAL STATSU",
        "SHOW TABLE STATSU",
        "SHOW CREATE TABEL t",
        "SHOW COUNT(*) x",
    ] {
        syntax(text);
    }
}

#[test]
fn tables_are_created() {
    let text = "CREATE TABLE IF NOT EXISTS s.t (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT BY GROUP COMMENT 'PRIMARY KEY, (',
        `user id` INT DEFAULT NULL, c INT UNIQUE KEY CHECK (c > 1), d INT REFERENCES u (x),
        PRIMARY KEY USING BTREE (id, `user id`(3) DESC), KEY k (c), CONSTRAINT f FOREIGN KEY (d) REFERENCES s.v (y)
    ) ENGINE=InnoDB DBPARTITION BY HASH( `User_Id` ) tbpartition BY range_hash(a, b, 4) TBPARTITIONS 4 /* end */;";
    let Statement::Ddl(ddl) = read(text) else { panic!() };
    let Ddl::CreateTable { table, if_not_exists, primary_key, auto_increment, references, partition, select, .. } =
        *ddl
    else {
        panic!()
    };
    assert_eq!(cut(text, table.span), "s.t");
    assert!(if_not_exists && select.is_none());
    assert_eq!(primary_key, ["id", "user id"]);
    assert_eq!(auto_increment.as_deref(), Some("id"));
    assert_eq!(references.iter().map(|t| cut(text, t.table.span)).collect::<Vec<_>>(), ["u", "s.v"]);
    assert_eq!(
        references.iter().map(|t| (&*t.columns[0], &*t.referenced[0])).collect::<Vec<_>>(),
        [("d", "x"), ("d", "y")]
    );
    assert_eq!(partition.dbpartition.as_deref(), Some("hash(user_id)"));
    assert_eq!(partition.tbpartition.as_deref(), Some("range_hash(a,b,4)"));
    assert_eq!(partition.tbpartitions, Some(4));
    assert_eq!(cut(text, partition.sequence.unwrap()), "BY GROUP");
    let span = cut(text, partition.span.unwrap());
    assert!(span.starts_with("DBPARTITION") && span.ends_with("TBPARTITIONS 4"), "{span}");
}

#[test]
fn more_ddl() {
    let create = |text: &str| match read(text) {
        Statement::Ddl(ddl) => *ddl,
        other => panic!("{text}: {other:?}"),
    };
    for (text, key) in [
        ("CREATE TABLE t (a INT PRIMARY KEY)", &["a"][..]),
        ("CREATE TABLE t (a INT KEY, b INT UNIQUE KEY)", &["a"]),
        ("CREATE TEMPORARY TABLE t (a INT, CONSTRAINT PRIMARY KEY (a))", &["a"]),
        ("CREATE TABLE t (a INT, UNIQUE KEY u (a))", &[]),
        ("CREATE TABLE t (a INT DEFAULT (1 + (2)), b ENUM('PRIMARY', 'KEY'))", &[]),
    ] {
        let Ddl::CreateTable { primary_key, .. } = create(text) else { panic!("{text}") };
        assert_eq!(primary_key, key, "{text}");
    }
    let Ddl::CreateTable { like: Some(_), .. } = create("CREATE TABLE t (LIKE u)") else { panic!() };
    for (text, head, query, ignore, replace) in [
        ("CREATE TABLE t (a INT) AS SELECT 1;", "CREATE TABLE t (a INT)", "SELECT 1", false, false),
        ("CREATE TABLE t SELECT 1", "CREATE TABLE t", "SELECT 1", false, false),
        ("CREATE TABLE t ENGINE=InnoDB IGNORE (SELECT 1)", "CREATE TABLE t ENGINE=InnoDB", "(SELECT 1)", true, false),
        ("CREATE TABLE t (a INT) REPLACE AS TABLE u", "CREATE TABLE t (a INT)", "TABLE u", false, true),
    ] {
        let Ddl::CreateTable { select: Some(select), .. } = create(text) else { panic!("{text}") };
        assert_eq!(&text[..select.head_end as usize], head);
        assert_eq!(&text[select.query.start as usize..select.query.end as usize], query);
        assert_eq!((select.ignore, select.replace), (ignore, replace), "{text}");
    }
    let Ddl::CreateTable { partition, .. } = create("CREATE TABLE t (a INT) ENGINE = single BROADCAST") else {
        panic!()
    };
    assert!(partition.broadcast && !partition.single);
    let text = "CREATE TABLE t (a INT) /*!50100 PARTITION BY HASH (a) */";
    let Ddl::CreateTable { partition, .. } = create(text) else { panic!() };
    assert_eq!(partition.span, None);
    assert!(matches!(create("CREATE TABLE t (a INT /*!80023 INVISIBLE */)"), Ddl::CreateTable { .. }));

    let text = "ALTER TABLE s.t ADD COLUMN x INT REFERENCES u (y), DROP a, DROP COLUMN IF EXISTS b, CHANGE c d INT,
        MODIFY e INT AFTER f, RENAME COLUMN g TO h, ALTER i DROP DEFAULT, DROP PRIMARY KEY, DROP INDEX j,
        RENAME INDEX k TO l, ADD INDEX m (n, o), RENAME TO v";
    let Ddl::AlterTable { rename_to, references, touched_columns, .. } = create(text) else { panic!() };
    assert_eq!(touched_columns, ["a", "b", "c", "e", "g", "i"]);
    assert_eq!(rename_to.unwrap().name.text, "v");
    assert_eq!(references.len(), 1);

    let text =
        "ALTER TABLE t DROP FOREIGN KEY x, ADD FOREIGN KEY y (a, b) REFERENCES u (c, d) MATCH FULL ON DELETE NO ACTION
        ON UPDATE CASCADE, ADD CONSTRAINT z FOREIGN KEY (e) REFERENCES u (f) ON UPDATE RESTRICT ON DELETE SET NULL";
    let Ddl::AlterTable { references, .. } = create(text) else { panic!() };
    let keys = references.iter().map(|t| (t.columns.len(), t.referenced.len(), t.sets, t.follows));
    assert_eq!(keys.collect::<Vec<_>>(), [(2, 2, false, true), (1, 1, true, false)]);

    let text = "ALTER TABLE t ADD (a INT CONSTRAINT b CHECK (a > 0), CONSTRAINT FOREIGN KEY c (a) REFERENCES u (v)),
        ADD CONSTRAINT d FOREIGN KEY e (a) REFERENCES u (v), ADD CONSTRAINT f UNIQUE (a), ADD CONSTRAINT CHECK (a > 1),
        DROP FOREIGN KEY IF EXISTS g, DROP CONSTRAINT `h i`, DROP CHECK j, ALTER CHECK k NOT ENFORCED, DROP KEY l,
        RENAME INDEX m TO n, ALTER INDEX o INVISIBLE";
    let Ddl::AlterTable { references, constraints, touched_columns, .. } = create(text) else { panic!() };
    assert_eq!((references.len(), touched_columns.len()), (2, 0));
    let named = constraints.iter().map(|named| format!("{:?} {}", named.role, cut(text, named.name.span)));
    assert_eq!(
        named.collect::<Vec<_>>().join(", "),
        "Check b, ForeignKeyIndex c, ForeignKey d, Constraint g, Constraint `h i`, Constraint j, Constraint k, Index l, \
         Index m, Index o"
    );

    assert!(matches!(create("TRUNCATE t"), Ddl::Truncate(_)));
    assert!(matches!(create("RENAME TABLE a TO b, c TO d"), Ddl::RenameTable(pairs) if pairs.len() == 2));
    assert!(
        matches!(create("DROP TABLES IF EXISTS a, b CASCADE"), Ddl::DropTable { if_exists: true, tables, .. } if tables.len() == 2)
    );
    assert!(matches!(create("CREATE UNIQUE INDEX i USING BTREE ON t (a)"), Ddl::CreateIndex { .. }));
    assert!(matches!(create("DROP INDEX `i` ON t"), Ddl::DropIndex { .. }));
    for (text, name) in [
        ("CREATE DATABASE IF NOT EXISTS d", "CREATE DATABASE"),
        ("DROP SCHEMA d", "DROP DATABASE"),
        ("CREATE OR REPLACE ALGORITHM=MERGE DEFINER='a'@'b' VIEW v AS SELECT 1", "CREATE VIEW"),
        ("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", "CREATE PROCEDURE"),
    ] {
        assert_eq!(create(text), Ddl::Other { name: name.to_owned() }, "{text}");
    }
}
