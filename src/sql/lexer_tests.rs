//! Tables of texts and their normal forms, and random texts.

use proptest::prelude::*;

use super::*;

const ANSI: LexMode = LexMode { ansi_quotes: true, no_backslash_escapes: false, pipes_as_concat: false };
const RAW: LexMode = LexMode { ansi_quotes: false, no_backslash_escapes: true, pipes_as_concat: false };

fn lexed(text: &[u8], mode: LexMode) -> Lexed {
    let mut into = Lexed::default();
    lex(text, mode, &mut into).unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(text)));
    consistent(text, &into);
    into
}

fn part(bytes: &[u8], span: Span) -> &[u8] {
    &bytes[span.start as usize..span.end as usize]
}

/// Between holes the normal form is the text, and places map.
fn consistent(text: &[u8], lexed: &Lexed) {
    let (mut text_at, mut normal_at) = (0, 0);
    let mut literal = 0;
    for hole in &lexed.holes {
        let gap = Span { start: text_at, end: hole.text.start };
        let normal_gap = Span { start: normal_at, end: hole.normal.start };
        assert_eq!(part(text, gap), part(&lexed.normal, normal_gap));
        for ahead in 0..=(gap.end - gap.start) {
            assert_eq!(lexed.to_normal(gap.start + ahead), normal_gap.start + ahead);
        }
        assert_eq!(lexed.to_normal(hole.text.end), hole.normal.end);
        assert_eq!(hole.first_literal, literal);
        literal += hole.literals;
        for l in &lexed.literals[hole.first_literal as usize..literal as usize] {
            assert!(hole.text.start <= l.span.start && l.span.end <= hole.text.end);
        }
        let rows = &lexed.rows[hole.first_row as usize..(hole.first_row + hole.rows) as usize];
        match hole.kind {
            HoleKind::Literal => assert_eq!((part(&lexed.normal, hole.normal), hole.literals), (&b"?"[..], 1)),
            HoleKind::List => {
                assert_eq!(part(&lexed.normal, hole.normal), b"?*");
                assert!(hole.literals >= 2);
            }
            HoleKind::Comment => assert_eq!((part(&lexed.normal, hole.normal), hole.literals), (&b" "[..], 0)),
            HoleKind::Rows => {
                assert!(part(&lexed.normal, hole.normal).ends_with(b"),*"));
                assert!(rows.len() >= 2);
                assert_eq!(rows[0].start, hole.text.start);
                assert_eq!(rows[rows.len() - 1].end, hole.text.end);
                for row in rows {
                    assert!(part(text, *row).starts_with(b"(") && part(text, *row).ends_with(b")"));
                }
            }
        }
        (text_at, normal_at) = (hole.text.end, hole.normal.end);
    }
    assert_eq!(&text[text_at as usize..], &lexed.normal[normal_at as usize..]);
}

/// Holes are shown as their text, a list's literals joined by `|`, rows by ` / `.
fn shown(text: &[u8], lexed: &Lexed) -> Vec<String> {
    let string = |span| String::from_utf8_lossy(part(text, span)).into_owned();
    let hole = |hole: &Hole| {
        let literals = &lexed.literals[hole.first_literal as usize..(hole.first_literal + hole.literals) as usize];
        let rows = &lexed.rows[hole.first_row as usize..(hole.first_row + hole.rows) as usize];
        match hole.kind {
            HoleKind::Literal | HoleKind::Comment => string(hole.text),
            HoleKind::List => literals.iter().map(|l| string(l.span)).collect::<Vec<_>>().join("|"),
            HoleKind::Rows => rows.iter().map(|row| string(*row)).collect::<Vec<_>>().join(" / "),
        }
    };
    lexed.holes.iter().map(hole).collect()
}

fn check_in(mode: LexMode, text: &str, normal: &str, holes: &[&str]) {
    let lexed = lexed(text.as_bytes(), mode);
    assert_eq!(String::from_utf8_lossy(&lexed.normal), normal, "{text}");
    assert_eq!(shown(text.as_bytes(), &lexed), holes, "{text}");
}

fn check(text: &str, normal: &str, holes: &[&str]) {
    check_in(LexMode::default(), text, normal, holes);
}

#[test]
fn numbers() {
    check(
        "SELECT 1, -2, 1.5, .5, 1., 1e3, 1.e5, 1.5E-3",
        "SELECT ?, -?, ?, ?, ?, ?, ?, ?",
        &["1", "2", "1.5", ".5", "1.", "1e3", "1.e5", "1.5E-3"],
    );
    check("SELECT 1abc, 1e, 1ea, 0xg, 0X1, 0b2 FROM 2t", "SELECT 1abc, 1e, 1ea, 0xg, 0X1, 0b2 FROM 2t", &[]);
    check("SELECT t.1e3, t.5, s.t.1 FROM t", "SELECT t.1e3, t.5, s.t.1 FROM t", &[]);
    check("SELECT t.1e3.5x FROM 5.6t", "SELECT t.1e3.5x FROM ?t", &["5.6"]);
    check(
        "SELECT 0xAf, x'0f', X'', 0b01, b'1', B''",
        "SELECT ?, ?, ?, ?, ?, ?",
        &["0xAf", "x'0f'", "X''", "0b01", "b'1'", "B''"],
    );
    check("SELECT a-1,a--1,a-- 1\n+2", "SELECT a-?,a--?,a \n+?", &["1", "1", "-- 1", "2"]);
}

#[test]
fn strings() {
    check(
        r#"SELECT 'a''b', "c""d", 'e\'f', "g'h""#,
        "SELECT ?, ?, ?, ?",
        &["'a''b'", r#""c""d""#, r"'e\'f'", r#""g'h""#],
    );
    check("SELECT 'a' 'b'\n\"c\", 'd'", "SELECT ?, ?", &["'a' 'b'\n\"c\"", "'d'"]);
    check("SELECT 'a' /**/ 'b'", "SELECT ?   'b'", &["'a'", "/**/"]);
    check(r"SELECT '\\', '\\\'', ''", "SELECT ?, ?, ?", &[r"'\\'", r"'\\\''", "''"]);
    check_in(RAW, r"SELECT '\', 'a'", "SELECT ?, ?", &[r"'\'", "'a'"]);
    check_in(ANSI, r#"SELECT "a""b\", 'a"' "x""#, r#"SELECT "a""b\", ? "x""#, &["'a\"'"]);
    check(
        "SELECT _utf8mb4'x', _latin1 \"y\", N'z', n'z', _binary 0x00, _utf8 x'41'",
        "SELECT ?, ?, ?, ?, ?, ?",
        &["_utf8mb4'x'", "_latin1 \"y\"", "N'z'", "n'z'", "_binary 0x00", "_utf8 x'41'"],
    );
    check("SELECT _nosuch 'x', _utf8 FROM t", "SELECT _nosuch 'x', _utf8 FROM t", &[]);
    check(
        "SELECT DATE'2024-01-01', time '1:2', TIMESTAMP\"x\"",
        "SELECT ?, ?, ?",
        &["DATE'2024-01-01'", "time '1:2'", "TIMESTAMP\"x\""],
    );
    check("SELECT t.date 'x', `a``b`, d. date 'y'", "SELECT t.date 'x', `a``b`, d. date 'y'", &[]);
}

#[test]
fn names_are_not_literals() {
    check(
        "SELECT a 'x', b AS 'y', 1 'z', f(1) 'w' FROM t",
        "SELECT a 'x', b AS 'y', ? 'z', f(?) 'w' FROM t",
        &["1", "1"],
    );
    check("SELECT a COLLATE 'utf8_bin' FROM t", "SELECT a COLLATE 'utf8_bin' FROM t", &[]);
    check(
        "SELECT @a, @'b c', @`d`, @@x, @@session.y, @@`z`, @a:=1, @ FROM t",
        "SELECT @a, @'b c', @`d`, @@x, @@session.y, @@`z`, @a:=?, @ FROM t",
        &["1"],
    );
}

#[test]
fn words_as_literals() {
    check("SELECT NULL, true, FALSE", "SELECT ?, ?, ?", &["NULL", "true", "FALSE"]);
    check(
        "SELECT a FROM t WHERE a IS NULL AND b IS NOT NULL AND c IS TRUE AND NOT FALSE",
        "SELECT a FROM t WHERE a IS NULL AND b IS NOT NULL AND c IS TRUE AND NOT FALSE",
        &[],
    );
    check("SELECT t.null, `NULL`, nulls, a = NULL", "SELECT t.null, `NULL`, nulls, a = ?", &["NULL"]);
}

#[test]
fn lists_fold() {
    check("SELECT a FROM t WHERE a IN (1,2, 'x')", "SELECT a FROM t WHERE a IN (?*)", &["1|2|'x'"]);
    check("SELECT a FROM t WHERE a not in( ? , NULL )", "SELECT a FROM t WHERE a not in(?*)", &["?|NULL"]);
    check("SELECT a FROM t WHERE a IN (1)", "SELECT a FROM t WHERE a IN (?)", &["1"]);
    check("SELECT a FROM t WHERE a IN ('1' '2')", "SELECT a FROM t WHERE a IN (?)", &["'1' '2'"]);
    check("SELECT a FROM t WHERE a IN (1,-2,3)", "SELECT a FROM t WHERE a IN (?,-?,?)", &["1", "2", "3"]);
    check("SELECT a FROM t WHERE a IN (1,2+3)", "SELECT a FROM t WHERE a IN (?,?+?)", &["1", "2", "3"]);
    check("SELECT a FROM t WHERE a IN (1,b,2,3)", "SELECT a FROM t WHERE a IN (?,b,?,?)", &["1", "2", "3"]);
    check("SELECT a FROM t WHERE a IN (1,/**/2)", "SELECT a FROM t WHERE a IN (?, ?)", &["1", "/**/", "2"]);
    check(
        "SELECT a FROM t WHERE (a,b) IN ((1,2),(3,4))",
        "SELECT a FROM t WHERE (a,b) IN ((?,?),(?,?))",
        &["1", "2", "3", "4"],
    );
    check("SELECT f(1,2), b IN(1,2,)", "SELECT f(?,?), b IN(?,?,)", &["1", "2", "1", "2"]);
}

#[test]
fn rows_fold() {
    check(
        "INSERT INTO t VALUES (1,'a'), (2,'b') ,(3, 'c')",
        "INSERT INTO t VALUES (?,?), (?,?) ,(?, ?)",
        &["1", "'a'", "2", "'b'", "3", "'c'"],
    );
    check("INSERT INTO t VALUES (1,'a'), (2,'b')", "INSERT INTO t VALUES (?,?),*", &["(1,'a') / (2,'b')"]);
    check(
        "INSERT INTO t VALUES (1,f(2)),(3,f(4)) ON DUPLICATE KEY UPDATE a=VALUES(a), b=5",
        "INSERT INTO t VALUES (?,f(?)),* ON DUPLICATE KEY UPDATE a=VALUES(a), b=?",
        &["(1,f(2)) / (3,f(4))", "5"],
    );
    check("replace t value(1) /* x */, (2) /* y */ ;", "replace t value(?),*   ;", &["(1) / (2)", "/* y */"]);
    check("INSERT INTO t VALUES (1) /* y */", "INSERT INTO t VALUES (?)  ", &["1", "/* y */"]);
    check("INSERT INTO t VALUES (1),(a)", "INSERT INTO t VALUES (?),(a)", &["1"]);
    check("INSERT INTO t VALUES (),()", "INSERT INTO t VALUES (),*", &["() / ()"]);
    check(
        "INSERT INTO t VALUES (1 IN (1,2)),(1 IN (2,3))",
        "INSERT INTO t VALUES (? IN (?,?)),*",
        &["(1 IN (1,2)) / (1 IN (2,3))"],
    );
    check(
        "INSERT INTO t VALUES (1 IN (1,2)),(1 IN (2,3,4))",
        "INSERT INTO t VALUES (? IN (?*)),(? IN (?*))",
        &["1", "1|2", "1", "2|3|4"],
    );
    check("INSERT INTO t VALUES (1),(2),", "INSERT INTO t VALUES (?),*,", &["(1) / (2)"]);
    check("INSERT INTO t VALUES ROW(1),ROW(2)", "INSERT INTO t VALUES ROW(?),ROW(?)", &["1", "2"]);
    check("INSERT INTO t SELECT VALUES(a),(1)", "INSERT INTO t SELECT VALUES(a),(?)", &["1"]);
    check("SELECT VALUES(a),(b)", "SELECT VALUES(a),(b)", &[]);
}

#[test]
fn comments() {
    check("SELECT 1 # x\n+ 2 -- y", "SELECT ?  \n+ ?  ", &["1", "# x", "2", "-- y"]);
    check("/* a */ SELECT/**/1", "  SELECT ?", &["/* a */", "/**/", "1"]);
    check("SELECT /*+ MAX_EXECUTION_TIME(1) */ 1", "SELECT /*+ MAX_EXECUTION_TIME(1) */ ?", &["1"]);
    check("SELECT /*! 1 + */ 2", "SELECT /*! ? + */ ?", &["1", "2"]);
    check("SELECT /*!40001 SQL_NO_CACHE */ 2", "SELECT /*!40001 SQL_NO_CACHE */ ?", &["2"]);
    check("SELECT /*!50700 1 + */ 2", "SELECT /*!50700 1 + */ ?", &["2"]);
    check("SELECT /*M! 1 + */ 2", "SELECT /*M! 1 + */ ?", &["2"]);
    let of_none = ["/*M!999999\\- 1 + */", "/*!999999 1 + */"];
    check(&format!("SELECT {}{}2", of_none[0], of_none[1]), "SELECT   ?", &[of_none[0], of_none[1], "2"]);
    check("SELECT /*!1234 */ 2", "SELECT /*!? */ ?", &["1234", "2"]);
}

#[test]
fn hints() {
    for text in ["/*+TDDL:scan()*/ SELECT 1", "/!+TDDL:scan()*/ SELECT 1", "SELECT /*+ tddl:scan()*/ 1"] {
        let lexed = lexed(text.as_bytes(), LexMode::default());
        assert_eq!(part(text.as_bytes(), lexed.hint.unwrap()), b"scan()");
        let comment = lexed.hint_comment.unwrap();
        assert!(text[comment.start as usize..comment.end as usize].ends_with("scan()*/"));
        assert_eq!(lexed.kind, StatementKind::Select);
        assert!(String::from_utf8_lossy(&lexed.normal).contains("scan()*/"));
    }
    assert!(lex(b"/*+TDDL:scan()*//*+TDDL:master()*/ SELECT 1", LexMode::default(), &mut Lexed::default()).is_err());
}

#[test]
fn kinds() {
    for (text, kind) in [
        ("", StatementKind::Empty),
        (" /* x */ -- y", StatementKind::Empty),
        ("((select 1))", StatementKind::Select),
        ("\u{e9}", StatementKind::Other),
        ("1", StatementKind::Other),
        ("Insert into t values (1)", StatementKind::Insert),
        ("with a as (select 1) select 1", StatementKind::OtherQuery),
        ("do 1", StatementKind::OtherQuery),
        ("XA START 'a'", StatementKind::Transaction),
        ("/*!40101 SET NAMES utf8 */", StatementKind::Set),
        ("desc t", StatementKind::Show),
    ] {
        assert_eq!(lexed(text.as_bytes(), LexMode::default()).kind, kind, "{text}");
    }
}

#[test]
fn other_statements_are_their_own_normal_form() {
    check("SET @a = 1, b = 'x' /* c */", "SET @a = 1, b = 'x' /* c */", &[]);
    check("CREATE TABLE t (a INT DEFAULT NULL COMMENT 'x')", "CREATE TABLE t (a INT DEFAULT NULL COMMENT 'x')", &[]);
    let lexed = lexed(b"CALL p(?, 1, ?)", LexMode::default());
    assert_eq!(lexed.params, 2);
    assert_eq!(lexed.literals[1].param, 1);
}

#[test]
fn parameters_are_numbered() {
    let lexed = lexed(b"INSERT INTO t VALUES (?, 1, ?), (?, 2, ?)", LexMode::default());
    assert_eq!(lexed.params, 4);
    let numbers: Vec<_> = lexed.literals.iter().filter(|l| l.kind == LiteralKind::Param).map(|l| l.param).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
}

#[test]
fn errors() {
    for (text, offset) in [
        ("SELECT 'a", 7),
        ("SELECT 'a\\", 7),
        ("SELECT `a", 7),
        ("SELECT 'a' 'b", 11),
        ("SELECT /* a", 7),
        ("SELECT /*! a", 12),
        ("SELECT x'1'", 8),
        ("SELECT x'gg'", 8),
        ("SELECT b'2'", 8),
        ("SELECT @'a", 8),
        ("SELECT @@ ", 9),
        ("SELECT /*! /*! 1 */ */", 11),
        ("SELECT /*!80000 /* x */ */", 7),
    ] {
        let error = lex(text.as_bytes(), LexMode::default(), &mut Lexed::default()).unwrap_err();
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let lexed = lexed(b"SELECT \xe9t\xe9, 'caf\xe9' FROM \xff WHERE a = '\xf0\x28'", LexMode::default());
    assert_eq!(lexed.normal, b"SELECT \xe9t\xe9, ? FROM \xff WHERE a = ?");
}

/// A small random generator: the same seed gives the same texts on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }
}

const PIECES: &[&str] = &[
    "SELECT",
    "INSERT INTO t",
    "VALUES",
    "(",
    ")",
    ",",
    "(1,2)",
    "(1),(2)",
    "IN (1,2)",
    "'a'",
    "'",
    "\"",
    "`a`",
    "`",
    "/*",
    "*/",
    "/*!",
    "/*!50001",
    "/*!80000",
    "/*M!",
    "/*+TDDL:scan()*/",
    "/!+TDDL:",
    "-- ",
    "#",
    "\n",
    "?",
    "1.5",
    ".",
    "1e3",
    "1abc",
    "x'",
    "_utf8mb4",
    "N'",
    "DATE",
    "NULL",
    "IS",
    "NOT",
    "AS",
    "@",
    "@@",
    ":=",
    "||",
    "<=>",
    "\\",
    ";",
    "FROM t",
    "WHERE",
    "a",
    "=",
    "0x",
    "\u{e9}",
    "ON DUPLICATE KEY UPDATE",
    "UNION",
    "JOIN",
    "CASE",
    "END",
    "SET",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "UPDATE",
    "DELETE",
    "SHOW",
    "CREATE TABLE",
    "INTERVAL",
    "DAY",
    "{",
    "}",
    "->",
    "*",
];

#[test]
fn random_texts_do_no_harm() {
    let rounds = std::env::var("WEIR_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200_000);
    let seed = std::env::var("WEIR_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed_u64);
    println!("WEIR_FUZZ_SEED={seed} WEIR_FUZZ_ROUNDS={rounds}");
    let mut random = Random(seed);
    let (mut one, mut two) = (Lexed::default(), Lexed::default());
    for _ in 0..rounds {
        let mut text = Vec::new();
        for _ in 0..=random.next(14) {
            text.extend_from_slice(PIECES[random.next(PIECES.len())].as_bytes());
            match random.next(8) {
                0 => {}
                1 => text.push(u8::try_from(random.next(256)).unwrap()),
                _ => text.push(b' '),
            }
        }
        let bits = random.next(8);
        let mode =
            LexMode { ansi_quotes: bits & 1 > 0, no_backslash_escapes: bits & 2 > 0, pipes_as_concat: bits & 4 > 0 };
        let first = lex(&text, mode, &mut one);
        assert_eq!(first, lex(&text, mode, &mut two));
        if first.is_ok() {
            assert_eq!(one, two);
            consistent(&text, &one);
            if let Err(error) = crate::sql::parse(&text, mode, &one) {
                assert!(error.offset as usize <= text.len());
            }
        }
    }
}

proptest! {
    /// Literals of any length leave the normal form and the order of the holes alone.
    #[test]
    fn normal_forms_do_not_depend_on_literals(a in "[a-z' \\\\]{0,8}", n in any::<u32>(), ids in prop::collection::vec(any::<u16>(), 2..9)) {
        let quoted = a.replace('\\', "\\\\").replace('\'', "''");
        let list = ids.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let text = format!("SELECT x FROM t WHERE a = '{quoted}' AND b IN ({list}) AND c > {n} /* {n} */ LIMIT 5");
        let lexed = lexed(text.as_bytes(), LexMode::default());
        prop_assert_eq!(&lexed.normal[..], &b"SELECT x FROM t WHERE a = ? AND b IN (?*) AND c > ?   LIMIT ?"[..]);
        prop_assert_eq!(lexed.literals.len(), ids.len() + 3);
    }
}
