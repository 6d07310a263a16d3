//! What a client sees of a server's answer, as facts that can be compared one by one.

use std::fmt::Write;

use mysql_async::consts::{ColumnFlags, StatusFlags};
use mysql_async::prelude::{Protocol, Queryable};
use mysql_async::{Column, Conn, Error, QueryResult, Row, Value};

use super::script::Statement;

/// How statements are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// COM_QUERY.
    Text,
    /// COM_STMT_PREPARE and COM_STMT_EXECUTE, where applications would.
    Prepared,
}

/// Everything about an answer that a client can see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Aspect and value, in a fixed order: status first, then columns.
    pub(crate) facts: Vec<(String, String)>,
    /// The rows, each as one text.
    pub(crate) rows: Vec<String>,
    /// The error number, if it is an error.
    pub(crate) errno: Option<u16>,
}

// === impl Answer ===

impl Answer {
    /// Sends the statement and takes down what comes back; only a broken connection is an `Err`.
    pub(crate) async fn to(conn: &mut Conn, statement: &Statement, mode: Mode) -> Result<Self, Error> {
        let asked = if mode == Mode::Prepared && statement.prepares() {
            Self::prepared(conn, statement).await
        } else {
            match conn.query_iter(statement.as_text()).await {
                Ok(result) => Self::of(result).await,
                Err(error) => Err(error),
            }
        };
        let mut answer = match asked {
            Ok(answer) => answer,
            Err(Error::Server(error)) => {
                let mut answer = Self { errno: Some(error.code), ..Self::default() };
                answer.fact("error", error.code);
                answer.fact("sqlstate", error.state);
                answer.fact("message", error.message);
                answer
            }
            Err(broken) => return Err(broken),
        };
        if let Some(ok) = conn.last_ok_packet().filter(|_| answer.errno.is_none()) {
            let seen = StatusFlags::SERVER_STATUS_AUTOCOMMIT | StatusFlags::SERVER_STATUS_IN_TRANS;
            answer.fact("status", format!("{:?}", ok.status_flags() & seen));
        }
        if answer.errno.is_some() || conn.get_warnings() > 0 {
            answer.fact("warning count", conn.get_warnings());
            let warnings = conn.query::<(String, u16, String), _>("SHOW WARNINGS").await?;
            let mut warnings: Vec<String> =
                warnings.into_iter().map(|(level, code, message)| format!("{level} {code}: {message}")).collect();
            if statement.reads() {
                // A reader warns of rows as it comes by them, and their order is no promise, whatever ORDER BY says.
                warnings.sort_unstable();
            }
            for warning in warnings {
                answer.fact("warning", warning);
            }
        }
        if statement.unordered {
            answer.rows.sort_unstable();
        }
        Ok(answer)
    }

    /// Whether this is one of Weir's own refusals.
    pub(crate) fn refused_by_name(&self) -> bool {
        self.errno.is_some_and(|errno| (21001..22000).contains(&errno))
    }

    /// The error's text.
    pub(crate) fn message(&self) -> &str {
        self.facts.iter().find(|(aspect, _)| aspect == "message").map_or("", |(_, value)| value)
    }

    /// Several nodes warn one after the other; where that is no promise, the order is not compared.
    pub(crate) fn forget_order_of_warnings(&mut self) {
        let (mut warnings, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.facts).into_iter().partition(|(aspect, _)| aspect == "warning");
        warnings.sort_unstable();
        self.facts = others;
        self.facts.extend(warnings);
    }

    /// Each node counts its own rows, so which row a warning is about is not compared.
    pub(crate) fn forget_rows_of_warnings(&mut self) {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        for (_, value) in self.facts.iter_mut().filter(|(aspect, _)| aspect == "warning") {
            if let Some((before, row)) = value.rsplit_once(" at row ")
                && is_number(row)
            {
                *value = format!("{before} at a row");
            } else if let Some((before, behind)) = value.split_once(": Row ")
                && let Some((row, behind)) = behind.split_once(" was cut")
                && is_number(row)
            {
                *value = format!("{before}: a row was cut{behind}");
            }
        }
    }

    /// Whether there are more warnings than so many.
    pub(crate) fn warns_of_more_than(&self, kept: usize) -> bool {
        let count = self.facts.iter().find(|(aspect, _)| aspect == "warning count");
        count.is_some_and(|(_, count)| count.parse().is_ok_and(|count: usize| count > kept))
    }

    /// A row that a join meets twice is warned of as often as a server computes its new values, which follows from its plan.
    pub(crate) fn forget_counts_of_warnings(&mut self) {
        self.facts.retain(|(aspect, _)| aspect != "warning count");
        for (aspect, value) in &mut self.facts {
            if let ("info", Some((before, _))) = (aspect.as_str(), value.split_once("  Warnings: ")) {
                *value = before.to_owned();
            }
        }
        self.forget_order_of_warnings();
        self.facts.dedup();
    }

    /// MariaDB notes in an UPDATE or DELETE what it cuts off in a derived table's column (`c1`, `c2` …), if it makes that
    /// table at all: where the other side of a join has no rows, that is its own choice. Whether there were such notes.
    pub(crate) fn forget_what_derived_tables_cut(&mut self) -> bool {
        let before = self.facts.len();
        self.facts.retain(|(aspect, value)| {
            let column =
                value.strip_prefix("Note 1265: Data truncated for column 'c").and_then(|rest| rest.split('\'').next());
            let derived = column.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
            aspect != "warning" || !derived
        });
        self.facts.len() < before
    }

    async fn prepared(conn: &mut Conn, statement: &Statement) -> Result<Self, Error> {
        let prepared = conn.prep(statement.sql.as_str()).await?;
        let parameters = prepared.num_params();
        let answer = match conn.exec_iter(&prepared, statement.values()).await {
            Ok(result) => Self::of(result).await,
            Err(error) => Err(error),
        };
        conn.close(prepared).await?;
        let mut answer = answer?;
        answer.fact("parameters", parameters);
        Ok(answer)
    }

    async fn of<P: Protocol>(mut result: QueryResult<'_, '_, P>) -> Result<Self, Error> {
        let mut answer = Self::default();
        let columns = result.columns();
        let mut rows: Vec<Row> = Vec::new();
        while let Some(row) = result.next().await? {
            rows.push(row);
        }
        answer.fact("affected rows", result.affected_rows());
        answer.fact("last insert id", format!("{:?}", result.last_insert_id()));
        answer.fact("info", result.info());
        for (number, column) in (1..).zip(columns.iter().flat_map(|columns| columns.iter())) {
            answer.column(number, column);
        }
        answer.rows = rows.into_iter().map(|row| shown(row.unwrap_raw())).collect();
        Ok(answer)
    }

    fn column(&mut self, number: usize, column: &Column) {
        let facts: [(&str, String); 10] = [
            ("name", column.name_str().into_owned()),
            ("original name", column.org_name_str().into_owned()),
            ("table", column.table_str().into_owned()),
            ("original table", column.org_table_str().into_owned()),
            ("schema", column.schema_str().into_owned()),
            ("type", format!("{:?}", column.column_type())),
            ("flags", flags(column.flags())),
            ("charset", column.character_set().to_string()),
            ("length", column.column_length().to_string()),
            ("decimals", column.decimals().to_string()),
        ];
        for (aspect, value) in facts {
            self.fact(&format!("column {number} {aspect}"), value);
        }
    }

    /// What the server says of the rows that a write has met.
    pub(crate) fn info(&self) -> &str {
        self.facts.iter().find(|(aspect, _)| aspect == "info").map_or("", |(_, value)| value)
    }

    fn fact(&mut self, aspect: &str, value: impl ToString) {
        self.facts.push((aspect.to_owned(), value.to_string()));
    }

    /// What differs, one sentence each; `self` is the plain server's answer.
    pub(crate) fn differences(&self, other: &Self, apart: &[String]) -> Vec<String> {
        let relevant = |answer: &Self| -> Vec<(String, String)> {
            let allowed = |aspect: &str| apart.iter().any(|apart| aspect.ends_with(apart.as_str()));
            answer.facts.iter().filter(|(aspect, _)| !allowed(aspect)).cloned().collect()
        };
        let (plain, weir) = (relevant(self), relevant(other));
        let only_in = |these: &[(String, String)], those: &[(String, String)], who: &str| -> Vec<String> {
            these
                .iter()
                .filter(|fact| !those.contains(fact))
                .map(|(aspect, value)| format!("{aspect}: {who} says {value:?}"))
                .collect()
        };
        let mut differences = only_in(&plain, &weir, "plain");
        differences.extend(only_in(&weir, &plain, "weir"));
        if differences.is_empty() && plain != weir {
            differences.push(format!("the same facts in another order or number: {plain:?} and {weir:?}"));
        }
        if self.rows != other.rows && !apart.iter().any(|apart| apart == "rows") {
            differences.push(self.row_difference(other));
        }
        differences
    }

    fn row_difference(&self, other: &Self) -> String {
        let mut text = format!("rows: plain has {}, weir has {}", self.rows.len(), other.rows.len());
        let pairs = (0..self.rows.len().max(other.rows.len())).map(|at| (self.rows.get(at), other.rows.get(at)));
        for (number, (plain, weir)) in (1..).zip(pairs).filter(|(_, (plain, weir))| plain != weir).take(3) {
            let or_none = |row: Option<&String>| row.map_or("(none)", String::as_str).to_owned();
            write!(text, "\n      row {number} plain {}\n      row {number} weir  {}", or_none(plain), or_none(weir))
                .expect("a string takes all");
        }
        text
    }
}

/// The flags by name; a bit without one would go unseen, so its number is shown too.
fn flags(flags: ColumnFlags) -> String {
    format!("{:#06x} {flags:?}", flags.bits())
}

fn shown(row: Vec<Option<Value>>) -> String {
    let cell = |value: Option<Value>| match value {
        Some(Value::Bytes(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => format!("{text:?}"),
            Err(error) => format!("{:02x?}", error.into_bytes()),
        },
        Some(other) => format!("{other:?}"),
        None => "(taken)".to_owned(),
    };
    row.into_iter().map(cell).collect::<Vec<_>>().join(" | ")
}
