//! EXPLAIN: what Weir would send where (DRDS's columns), how tables are split, or the backends' own plans.

use super::Session;
use super::answer::{Answer, Cell};
use crate::error::{Code, SqlError};
use crate::plan::Args;
use crate::rule::Placement;
use crate::sql::ast::ExplainKind;
use crate::sql::{self, Lexed, Statement};

// === impl Session ===

impl Session {
    /// EXPLAIN of the statement that starts at `start` of `text`.
    pub(super) async fn explain(
        &self,
        kind: ExplainKind,
        statement: &Statement,
        start: u32,
        text: &[u8],
    ) -> Result<Answer, SqlError> {
        match statement {
            Statement::Query(_) | Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => {}
            _ => {
                let message = "EXPLAIN is served for SELECT, INSERT, REPLACE, UPDATE and DELETE";
                return Err(SqlError::new(Code::UnsupportedStatement, message));
            }
        }
        let start = usize::try_from(start).unwrap_or_default();
        let inner = text.get(start..).unwrap_or_default();
        let mut lexed = Lexed::default();
        sql::lex(inner, self.mode, &mut lexed).map_err(|error| SqlError::new(Code::ParseError, error.message))?;
        let statement =
            sql::parse(inner, self.mode, &lexed).map_err(|error| SqlError::new(Code::ParseError, error.message))?;
        let cluster = self.service.catalog.cluster();
        let plan = self.plan(&cluster, &statement, inner, &lexed).await?;
        let args = self.args(&self.account, inner, &lexed, &[]);
        // Values that Weir would generate are shown as if the sequence stood at 1: explaining must not take any.
        let args = Args { generated: (plan.read_ids(&args)?.count > 0).then_some(1), ..args };
        if kind == ExplainKind::Sharding {
            let columns = ["Logical_Table", "Sharding", "Shard_Count", "Broadcast", "Condition"];
            let mut answer = Answer::new(&columns, &["Shard_Count"]);
            let reason = plan.merge_reason(&args).map(|reason| format!("merge node: {reason}"));
            let condition = plan.notes.iter().cloned().chain(reason).collect::<Vec<_>>().join("; ");
            for table in &plan.tables {
                let count = table.placement.nodes(&table.rules).len();
                let broadcast = if table.placement == Placement::Broadcast { "true" } else { "false" };
                answer.row([
                    Cell::from(&*table.name),
                    Cell::from(super::topology::policy(&table.placement)),
                    Cell::from(count),
                    Cell::from(broadcast),
                    Cell::from(condition.clone()),
                ]);
            }
            return Ok(answer);
        }
        if kind == ExplainKind::Backend {
            return self.explain_on_backend(&plan, &args).await;
        }
        let mut answer = Answer::new(&["GROUP_NAME", "SQL", "PARAMS"], &[]);
        for row in plan.explain(&args)? {
            answer.row([Cell::from(row.group_name), Cell::Text(row.sql), Cell::from(row.params)]);
        }
        Ok(answer)
    }

    /// The first node's own EXPLAIN.
    async fn explain_on_backend(&self, plan: &crate::plan::Plan, args: &Args<'_>) -> Result<Answer, SqlError> {
        if !plan.dictionary.is_empty() {
            let message = "a backend's own plan of a query over information_schema is not shown";
            return Err(SqlError::new(Code::UnsupportedStatement, message));
        }
        let rows = plan.explain(args)?;
        let Some(first) = rows.first() else { return Ok(Answer::new(&["GROUP_NAME"], &[])) };
        let mut nodes = Vec::new();
        plan.route(args, &mut nodes)?;
        let instance = match (plan.tables.first(), nodes.first()) {
            (Some(table), Some(node)) => table.rules.instance(node.shard),
            _ => self.anywhere(),
        };
        let result = self.ask(instance, &[b"EXPLAIN ", first.sql.as_slice()].concat()).await?;
        Ok(Answer::from_backend(&result, |_, cell| cell.to_vec()))
    }
}
