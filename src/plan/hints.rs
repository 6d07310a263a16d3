//! DRDS's hints: what they change in a plan. What Weir does not obey is refused by name, never passed over, but advice on
//! how DRDS's own executor is to work, which cannot change an answer: EXPLAIN says that it is not followed.

use super::{Combine, Context, Edit, KeyCondition, Plan, PlanError, Prefer, Replacement, Routing};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::rule::{Placement, RuleSet};
use crate::sql::hint::{self, Hint};
use crate::sql::{Lexed, Span};

/// The hints of a statement.
#[derive(Debug, Default)]
pub(super) struct Hints {
    nodes: Option<Vec<String>>,
    scan: bool,
    prefer: Prefer,
    /// `cmd_extra(FORBID_EXECUTE_DML_ALL=false)`.
    pub(super) full_table_writes: bool,
    /// What is said to an executor that Weir has not, by name.
    advice: Vec<String>,
}

/// How the keys of `cmd_extra` begin that choose among DRDS's plans and executors.
const ADVICE: &[&str] = &[
    "BKA_",
    "BLOOM_FILTER_",
    "CBO_",
    "CHUNK_",
    "COLUMNAR_",
    "ENABLE_",
    "FORCE_ENABLE_",
    "GEN_COL_SUBSTITUTION",
    "HASH_JOIN_",
    "JOIN_",
    "MAX_PARALLELISM",
    "MERGE_CONCURRENT",
    "MERGE_SORT_",
    "MPP_",
    "PARALLELISM",
    "PREFETCH_",
    "PUSH_",
    "REPLICATE_FILTER_TO_PRIMARY",
    "RUNTIME_FILTER_",
    "WINDOW_FUNC_",
    "WORKLOAD_TYPE",
];

// === impl Hints ===

impl Hints {
    pub(super) fn of(lexed: &Lexed, text: &[u8]) -> Result<Self, SqlError> {
        let Some(span) = lexed.hint else { return Ok(Self::default()) };
        let parsed = hint::parse(super::splice::bytes(text, span)).map_err(|error| bad(error.to_string()))?;
        let mut hints = Self::default();
        for hint in parsed {
            match hint {
                Hint::Node(shards) => hints.nodes = Some(shards),
                Hint::Scan { tables, condition: None, nodes } if tables.is_empty() && nodes.is_empty() => {
                    hints.scan = true;
                }
                Hint::Scan { .. } => {
                    return Err(bad(
                        "scan() with tables, conditions or nodes is not possible yet; use scan() or node()",
                    ));
                }
                Hint::Master => hints.prefer = Prefer::Primary,
                Hint::Slave => hints.prefer = Prefer::Replica,
                Hint::SocketTimeout { .. } => return Err(bad("SOCKET_TIMEOUT() is not possible yet; take it out")),
                Hint::CmdExtra(pairs) => hints.extra(pairs)?,
                Hint::Advice(name) => hints.advice.push(name),
            }
        }
        Ok(hints)
    }

    fn extra(&mut self, pairs: Vec<(String, String)>) -> Result<(), SqlError> {
        for (key, value) in pairs {
            if key == "FORBID_EXECUTE_DML_ALL" {
                self.full_table_writes = value.eq_ignore_ascii_case("false");
            } else if ADVICE.iter().any(|start| key.starts_with(start)) {
                self.advice.push(key);
            } else {
                return Err(bad(format!(
                    "cmd_extra({key}=…) is not known; FORBID_EXECUTE_DML_ALL is, and what advises an optimizer is \
                     passed over"
                )));
            }
        }
        Ok(())
    }

    /// Says where the statement goes instead.
    pub(super) fn apply(&self, plan: &mut Plan, context: &Context<'_>) -> Result<(), PlanError> {
        plan.prefer = self.prefer;
        if !self.advice.is_empty() {
            plan.notes.push(format!("hints for DRDS's executor are not followed: {}", self.advice.join(", ")));
        }
        if self.scan
            && let Routing::Split { conditions, .. } = &mut plan.routing
        {
            *conditions = KeyCondition::Any;
        }
        let Some(names) = &self.nodes else { return Ok(()) };
        let first = plan.tables.first();
        let Some(rules) = first.map(|table| &table.rules).or(context.rules) else {
            return Err(bad("node() needs a selected schema").into());
        };
        let shards = names.iter().map(|name| shard(rules, name)).collect::<Result<Vec<ShardId>, SqlError>>()?;
        let nodes: Vec<DataNode> = match &plan.routing {
            Routing::Split { table, also, .. } if also.is_empty() => {
                let table = plan.tables.get(*table);
                let nodes = table.map_or_else(Vec::new, |table| match &table.placement {
                    Placement::Split(split) => split.nodes().to_vec(),
                    Placement::Broadcast | Placement::Single(_) => Vec::new(),
                });
                nodes.into_iter().filter(|node| shards.contains(&node.shard)).collect()
            }
            Routing::Any => shards.iter().map(|&shard| DataNode { shard, table: 0 }).collect(),
            _ => return Err(bad("node() is possible for statements over split tables that go together").into()),
        };
        if nodes.len() > 1 && plan.combine == Combine::Same {
            return Err(bad("node() with many shards needs a split table").into());
        }
        plan.notes.push(format!("node({})", names.join(", ")));
        plan.routing = Routing::Hinted(nodes);
        Ok(())
    }
}

/// A shard by the name of its database, or by its number.
fn shard(rules: &RuleSet, name: &str) -> Result<ShardId, SqlError> {
    let by_name = rules.shards().iter().position(|shard| shard.database.eq_ignore_ascii_case(name));
    let by_number = || name.parse().ok().filter(|&number: &usize| number < rules.shards().len());
    let index = by_name.or_else(by_number).and_then(|index| u16::try_from(index).ok());
    index.map(ShardId).ok_or_else(|| {
        bad(format!(
            "'{name}' is not a shard of schema '{}'; give the name of its database, or a number from 0",
            rules.schema
        ))
    })
}

fn bad(message: impl Into<String>) -> SqlError {
    SqlError::new(Code::BadHint, message)
}

/// A backend does not see Weir's hints.
pub(super) fn edit(lexed: &Lexed) -> Option<Edit> {
    let span = lexed.hint_comment?;
    let at = Span { start: lexed.to_normal(span.start), end: lexed.to_normal(span.end) };
    Some(Edit { at, with: Replacement::Text("".into()) })
}
