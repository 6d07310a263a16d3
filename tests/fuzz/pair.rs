//! The two sides that are compared: a plain server, and Weir or whatever stands in its place.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row, Value};

use super::world::{Table, Type, World};
use crate::differential::{Answer, Mode, Statement, Verdict};
use crate::servers::Brand;

/// Names of so many bytes have been cut off.
const LONG_NAME: usize = 255;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the plain server's may take: of some statements MySQL announces a parameter and does not define it (one in
/// an ORDER BY that it leaves out), and the client waits for that.
const PLAINS: Duration = Duration::from_secs(PLAIN_PATIENCE + 2);

/// How the complaint begins when it is the plain server that gives no answer.
pub(crate) const PLAIN: &str = "plain";

/// What a complaint says when a connection is lost.
pub(crate) const BROKEN: &str = "the connection broke";

/// How long the plain server may take for an answer, in seconds: what it would do for longer is a product of tables, and
/// all others would wait for it.
const PLAIN_PATIENCE: u64 = 2;
/// The aspects that tell of warnings.
const WARNINGS: [&str; 2] = ["warning", "warning count"];
/// How an EXPLAIN shows what a merge node is asked.
const MERGE_NODE: &str = "(merge node)";
/// So many warnings a server keeps of a statement.
const KEPT_WARNINGS: usize = 64;
/// ER_UPDATE_TABLE_USED. MySQL says so too of a target that a materialised derived table reads, where that finds by itself
/// that it reads nothing.
const TARGET_IS_READ: u16 = 1093;
/// How servers say that this was not enough: ER_QUERY_TIMEOUT and MariaDB's ER_STATEMENT_TIMEOUT.
const GAVE_UP: [u16; 2] = [3024, 1969];

/// Settings with which a server goes another way about a statement, and what takes them back. An answer that one server
/// gives too is none that Weir got wrong: both servers find other rows in some plans (queries in the ON of an outer join,
/// recursive CTEs that are named twice, `=` beside `<=>` by an index).
const OTHER_PLANS: [(Brand, &str); 9] = [
    (Brand::MySql, "SET optimizer_switch = 'semijoin=off,materialization=off'"),
    (Brand::MySql, "SET internal_tmp_mem_storage_engine = MEMORY"),
    (Brand::MySql, "SET optimizer_switch = 'derived_merge=off'"),
    (Brand::MySql, "SET optimizer_switch = 'hash_set_operations=off'"),
    (Brand::MySql, "SET optimizer_switch = 'block_nested_loop=off,prefer_ordering_index=off', max_seeks_for_key = 1"),
    (Brand::MariaDb, "SET optimizer_switch = 'semijoin=off,materialization=off'"),
    (Brand::MariaDb, "SET optimizer_switch = 'derived_merge=off,split_materialized=off,rowid_filter=off'"),
    (Brand::MariaDb, "SET join_cache_level = 0"),
    (Brand::MariaDb, "SET optimizer_switch = 'subquery_cache=on'"),
];

fn usual_plans(brand: Brand) -> &'static str {
    match brand {
        Brand::MySql => {
            "SET optimizer_switch = DEFAULT, internal_tmp_mem_storage_engine = DEFAULT, max_seeks_for_key = DEFAULT"
        }
        Brand::MariaDb => "SET optimizer_switch = DEFAULT, join_cache_level = DEFAULT",
    }
}

/// Two connections to schemas with equal tables.
pub(crate) struct Pair {
    pub(crate) plain: Conn,
    pub(crate) other: Conn,
    pub(crate) brand: Brand,
    /// Another text that goes to the other side in place of one: a planted fault.
    pub(crate) fault: Option<(&'static str, &'static str)>,
    /// An answer was not waited for: what comes next on its connection is that one.
    pub(crate) out_of_step: bool,
}

/// A statement as it is sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) statement: Statement,
    pub(crate) mode: Mode,
}

// === impl Sent ===

impl Sent {
    pub(crate) fn text(sql: impl Into<String>) -> Self {
        let statement = Statement { sql: sql.into(), unordered: true, ..Statement::default() };
        Self { statement, mode: Mode::Text }
    }
}

// === impl Pair ===

impl Pair {
    /// Makes and fills the world's tables on both sides.
    pub(crate) async fn make(&mut self, world: &World) -> Result<(), String> {
        for table in &world.tables {
            self.make_table(table).await?;
        }
        Ok(())
    }

    pub(crate) async fn make_table(&mut self, table: &Table) -> Result<(), String> {
        self.both(&format!("DROP TABLE IF EXISTS {}", table.name)).await?;
        self.both(&table.create()).await?;
        if let Some(insert) = table.insert() {
            self.both(&insert).await?;
        }
        Ok(())
    }

    /// The same rows again.
    pub(crate) async fn refill(&mut self, table: &Table) -> Result<(), String> {
        self.both(&format!("TRUNCATE TABLE {}", table.name)).await?;
        if let Some(insert) = table.insert() {
            self.both(&insert).await?;
        }
        Ok(())
    }

    /// A statement that both sides must take.
    pub(crate) async fn both(&mut self, sql: &str) -> Result<(), String> {
        let (plain, other) = tokio::join!(self.plain.query_drop(sql), self.other.query_drop(sql));
        plain.map_err(|error| format!("plain: {error}: {sql}"))?;
        other.map_err(|error| format!("weir: {error}: {sql}"))
    }

    /// Asks both sides.
    pub(crate) async fn compare(&mut self, sent: &Sent) -> Result<(Verdict, Answer, Answer), String> {
        let changed = self.faulty(sent);
        if self.out_of_step {
            return Err(format!("{BROKEN}: an answer is still to come"));
        }
        // The other side is not waited for where the plain one has given up.
        let both = tokio::try_join!(ask_plain(&mut self.plain, sent), ask(&mut self.other, &changed, PATIENCE));
        self.out_of_step = both.is_err();
        let (plain, other) = both?;
        let mut apart = apart(&plain, &other);
        if [&plain, &other].iter().all(|answer| answer.warns_of_more_than(KEPT_WARNINGS)) {
            // Which of them are kept follows the order of the rows.
            apart.push("warning".to_owned());
        }
        if ["MAX(", "MIN(", "YEAR("].iter().any(|name| sent.statement.sql.contains(name)) {
            // They are LONGLONG, or what the column or the function is, by whether a server groups, or joins a CTE, by way of a
            // temporary table.
            apart.extend(integers(&plain, &other));
        }
        if sent.statement.sql.contains("ROLLUP") {
            // MySQL shows its plan in them: the width of an integer key, and whose column it is.
            apart.extend(["type".to_owned(), "original name".to_owned()]);
        }
        // Where a server cuts off a name that it makes of an expression differs by a byte from one kind of it to another.
        if plain.facts.iter().any(|(aspect, value)| aspect.ends_with("name") && value.len() >= LONG_NAME) {
            apart.push("name".to_owned());
        }
        if self.brand == Brand::MySql && sent.statement.sql.contains("DISTINCT") {
            // MySQL may call both of two equal columns by the second one's name, if its plan looks at rows.
            apart.extend([&plain, &other].into_iter().flat_map(named_twice));
        }
        let mut verdict = Verdict::of(&plain, &other, &apart);
        if matches!(verdict, Verdict::Wrong(_)) && other.errno.is_none() {
            // A merge node warns of the rows that it looks at, and it is sent no more than it needs.
            apart.extend(WARNINGS.map(str::to_owned));
            let but_for_warnings = Verdict::of(&plain, &other, &apart);
            if !matches!(but_for_warnings, Verdict::Wrong(_)) && self.goes_to_a_merge_node(&changed).await? {
                return Ok((Verdict::Metadata(vec!["warnings of a merge node".to_owned()]), plain, other));
            }
            apart.truncate(apart.len() - WARNINGS.len());
            verdict = self.by_another_plan(sent, &other, &apart, false).await?.unwrap_or(verdict);
        }
        Ok((verdict, plain, other))
    }

    async fn goes_to_a_merge_node(&mut self, sent: &Sent) -> Result<bool, String> {
        let mut explained = sent.clone();
        explained.mode = Mode::Text;
        explained.statement.sql = format!("EXPLAIN {}", sent.statement.sql);
        let answer = ask(&mut self.other, &explained, PATIENCE).await?;
        Ok(answer.rows.iter().any(|row| row.contains(MERGE_NODE)))
    }

    /// Asks the plain server to go about it in other ways: whether it gives this answer too.
    async fn by_another_plan(
        &mut self,
        sent: &Sent,
        other: &Answer,
        apart: &[String],
        writes: bool,
    ) -> Result<Option<Verdict>, String> {
        let set = |error: mysql_async::Error| format!("{PLAIN}: {BROKEN}: {error}");
        for (_, settings) in OTHER_PLANS.iter().filter(|(brand, _)| *brand == self.brand) {
            self.plain.query_drop(*settings).await.map_err(set)?;
            let plain = ask_plain(&mut self.plain, sent).await;
            self.plain.query_drop(usual_plans(self.brand)).await.map_err(set)?;
            // With other settings it may take too long, which says nothing.
            let Ok(plain) = plain else { continue };
            if !matches!(Verdict::of(&plain, other, apart), Verdict::Wrong(_)) {
                return Ok(Some(Verdict::Metadata(vec![format!("one server's too by another plan: {settings}")])));
            }
            if writes && plain.errno.is_none() {
                // It would be another statement the next time.
                break;
            }
        }
        Ok(None)
    }

    /// Asks the other side first, and the plain one only if that has not refused.
    pub(crate) async fn change(&mut self, sent: &Sent) -> Result<Verdict, String> {
        let changed = self.faulty(sent);
        let mut other = ask(&mut self.other, &changed, PATIENCE).await?;
        if other.refused_by_name() {
            return Ok(Verdict::of(&Answer::default(), &other, &[]));
        }
        let mut plain = ask_plain(&mut self.plain, sent).await?;
        let cut = [plain.forget_what_derived_tables_cut(), other.forget_what_derived_tables_cut()].contains(&true);
        if cut || (sent.statement.sql.starts_with("UPDATE") && sent.statement.sql.contains(" JOIN ")) {
            plain.forget_counts_of_warnings();
            other.forget_counts_of_warnings();
        }
        let apart = apart(&plain, &other);
        let verdict = Verdict::of(&plain, &other, &apart);
        if matches!(verdict, Verdict::Wrong(_)) && plain.errno == Some(TARGET_IS_READ) && other.errno.is_none() {
            if let Some(verdict) = self.by_another_plan(sent, &other, &apart, true).await? {
                return Ok(verdict);
            }
            return Ok(self.by_a_copy(sent, &other, &apart).await?.unwrap_or(verdict));
        }
        Ok(verdict)
    }

    /// Has the plain server change the table while its queries read a copy of it, where no plan of its own does.
    async fn by_a_copy(&mut self, sent: &Sent, other: &Answer, apart: &[String]) -> Result<Option<Verdict>, String> {
        let sql = &sent.statement.sql;
        let target = sql.strip_prefix("DELETE FROM ").or_else(|| sql.strip_prefix("UPDATE "));
        let Some((target, _)) = target.and_then(|rest| rest.split_once(' ')) else { return Ok(None) };
        let copy = format!("{target}_copied");
        let mut changed = sent.clone();
        for alias in [" x", " AS x"] {
            changed.statement.sql =
                changed.statement.sql.replace(&format!("{target}{alias}"), &format!("{copy}{alias}"));
        }
        let set = |error: mysql_async::Error| format!("{PLAIN}: {BROKEN}: {error}");
        self.plain.query_drop(format!("CREATE TABLE {copy} AS SELECT * FROM {target}")).await.map_err(set)?;
        let plain = ask_plain(&mut self.plain, &changed).await;
        self.plain.query_drop(format!("DROP TABLE {copy}")).await.map_err(set)?;
        let equal = !matches!(Verdict::of(&plain?, other, apart), Verdict::Wrong(_));
        Ok(equal.then(|| Verdict::Metadata(vec!["one server's too, its queries reading a copy".to_owned()])))
    }

    /// The rows of a table on both sides, as literals, sorted.
    pub(crate) async fn rows(&mut self, table: &Table) -> Result<(Vec<Vec<String>>, Vec<Vec<String>>), String> {
        let (plain, other) = tokio::join!(dump(&mut self.plain, table), dump(&mut self.other, table));
        Ok((plain?, other?))
    }

    fn faulty(&self, sent: &Sent) -> Sent {
        let mut sent = sent.clone();
        if let Some((right, wrong)) = self.fault {
            sent.statement.sql = sent.statement.sql.replacen(right, wrong, 1);
        }
        sent
    }
}

/// Has the plain server give up what takes too long.
pub(crate) async fn bound(plain: &mut Conn, brand: Brand) -> Result<(), mysql_async::Error> {
    let bound = match brand {
        Brand::MariaDb => format!("SET SESSION max_statement_time = {PLAIN_PATIENCE}"),
        Brand::MySql => format!("SET SESSION max_execution_time = {}", PLAIN_PATIENCE * 1000),
    };
    plain.query_drop(bound).await
}

async fn ask_plain(conn: &mut Conn, sent: &Sent) -> Result<Answer, String> {
    let answer = ask(conn, sent, PLAINS).await.map_err(|why| format!("{PLAIN}: {why}"))?;
    match answer.errno {
        Some(errno) if GAVE_UP.contains(&errno) => Err(format!("{PLAIN}: no answer in {PLAIN_PATIENCE} seconds")),
        _ => Ok(answer),
    }
}

async fn ask(conn: &mut Conn, sent: &Sent, patience: Duration) -> Result<Answer, String> {
    match tokio::time::timeout(patience, Answer::to(conn, &sent.statement, sent.mode)).await {
        Err(_) => Err(format!("no answer in {patience:?}")),
        Ok(Err(broken)) => Err(format!("{BROKEN}: {broken}")),
        Ok(Ok(mut answer)) => {
            answer.forget_order_of_warnings();
            answer.forget_rows_of_warnings();
            Ok(answer)
        }
    }
}

/// The types of an expression of CHAR columns: one that is computed, one that comes out of a temporary table.
const CHARS: [&str; 2] = ["MYSQL_TYPE_STRING", "MYSQL_TYPE_VAR_STRING"];

/// The types of whole numbers.
const INTEGERS: [&str; 6] = [
    "MYSQL_TYPE_TINY",
    "MYSQL_TYPE_SHORT",
    "MYSQL_TYPE_INT24",
    "MYSQL_TYPE_LONG",
    "MYSQL_TYPE_LONGLONG",
    "MYSQL_TYPE_YEAR",
];

/// What follows from how a server went about a statement, not from the statement.
///
/// MySQL warns of a zero date where MIN and MAX find no date, as often as it looks. Columns that come out of a temporary
/// table on one side only (the original name of one of them tells) have there the types that store them: LONGLONG for LONG
/// or YEAR, BLOB for MEDIUM_BLOB or a long VAR_STRING, VAR_STRING (with other decimals) for STRING, bytes for JSON's utf8mb4.
fn apart(plain: &Answer, other: &Answer) -> Vec<String> {
    let zero = |answer: &Answer| answer.facts.iter().any(|(_, value)| value.contains("'0000-00-00' for column"));
    let mut apart = Vec::new();
    if zero(plain) || zero(other) {
        apart.extend(WARNINGS.map(str::to_owned));
    }
    let alike: [&[&str]; 3] = [
        &CHARS,
        &INTEGERS,
        &["MYSQL_TYPE_BLOB", "MYSQL_TYPE_MEDIUM_BLOB", "MYSQL_TYPE_LONG_BLOB", "MYSQL_TYPE_VAR_STRING"],
    ];
    let names = || plain.facts.iter().filter(|(aspect, _)| aspect.ends_with(" original name"));
    if names().all(|name| other.facts.contains(name)) {
        return apart;
    }
    for (aspect, _) in names() {
        let Some(column) = aspect.strip_suffix(" original name") else { continue };
        let of = |answer: &Answer, fact: &str| {
            let wanted = format!("{column} {fact}");
            answer
                .facts
                .iter()
                .find(|(aspect, _)| *aspect == wanted)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let types = [of(plain, "type"), of(other, "type")];
        if alike.iter().any(|widths| types.iter().all(|name| widths.contains(&name.as_str()))) {
            apart.push(format!("{column} type"));
        }
        if types.iter().all(|name| CHARS.contains(&name.as_str())) {
            apart.push(format!("{column} decimals"));
        }
        if types.iter().all(|name| name == "MYSQL_TYPE_JSON") {
            apart.push(format!("{column} charset"));
        }
    }
    apart
}

/// The types and flags of columns that the sides give different types of whole numbers.
fn integers(plain: &Answer, other: &Answer) -> Vec<String> {
    let one_of = |value: &String| INTEGERS.contains(&value.as_str());
    let both = plain.facts.iter().filter(|(aspect, value)| {
        let differs = |(name, theirs): &(String, String)| name == aspect && one_of(theirs) && theirs != value;
        aspect.ends_with(" type") && one_of(value) && other.facts.iter().any(differs)
    });
    both.flat_map(|(aspect, _)| [aspect.clone(), aspect.replace(" type", " flags")]).collect()
}

/// The columns that have one name, which nothing here is given twice.
fn named_twice(answer: &Answer) -> Vec<String> {
    let names = || answer.facts.iter().filter(|(aspect, _)| aspect.ends_with(" name") && !aspect.contains("original"));
    let twice = |value: &String| names().filter(|(_, other)| other == value).count() > 1;
    names().filter(|(_, value)| twice(value)).map(|(aspect, _)| aspect.clone()).collect()
}

async fn dump(conn: &mut Conn, table: &Table) -> Result<Vec<Vec<String>>, String> {
    let rows: Vec<Row> = conn
        .query(format!("SELECT * FROM {}", table.name))
        .await
        .map_err(|error| format!("{}: {error}", table.name))?;
    let mut rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            row.unwrap().into_iter().zip(&table.columns).map(|(value, column)| shown(value, column.kind)).collect()
        })
        .collect();
    rows.sort_unstable();
    Ok(rows)
}

fn shown(value: Value, kind: Type) -> String {
    match value {
        Value::NULL => "NULL".to_owned(),
        Value::Bytes(bytes) if kind == Type::Bit => {
            let number = bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            format!("b'{number:b}'")
        }
        Value::Bytes(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            match kind {
                Type::Int | Type::Decimal | Type::Float => text,
                _ => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
            }
        }
        other => other.as_sql(false),
    }
}
