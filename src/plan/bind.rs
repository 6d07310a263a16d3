//! Binding: what a plan means for one text and one set of parameters.
//!
//! Route and write run for every statement; on one node neither allocates beyond growing the caller's buffers.

use super::conditions::split_of;
use super::converts;
use super::operand::other_text;
use super::rows::{RowIds, RowRouting};
use super::splice::{Splicer, bytes};
use super::{Also, Combine, LimitOperands, Operand, Plan, Routing, Switches, Table};
use crate::error::{Code, SqlError};
use crate::id::{DataNode, ShardId};
use crate::rule::Placement;
use crate::sql::ast::LiteralKind;
use crate::sql::{LexMode, Lexed, Span};
use crate::value::Value;

/// One execution's operands.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    /// The client's text.
    pub text: &'a [u8],
    /// What the lexer left of it.
    pub lexed: &'a Lexed,
    /// Values of the `?` of a prepared statement, by number.
    pub params: &'a [Value<'a>],
    /// How the text was lexed.
    pub mode: LexMode,
    /// Whether string literals and parameters are UTF-8 (`character_set_client` is utf8mb4, utf8mb3 or ascii).
    pub utf8: bool,
    /// sql_mode has NO_AUTO_VALUE_ON_ZERO.
    pub no_auto_value_on_zero: bool,
    /// sql_mode is known and not strict: of many rows, one that gives NULL to a NOT NULL column is stored all the same.
    pub lax: bool,
    /// The first of the generated AUTO_INCREMENT values ([`RowIds::count`] of them, one apart).
    pub generated: Option<u64>,
    /// The generated value of each row, as [`RowIds::give`] leaves them; empty where rows are to be read for it.
    pub row_ids: &'a [u64],
    /// The session's LAST_INSERT_ID().
    pub last_insert_id: u64,
    /// The client's connection id.
    pub connection_id: u64,
    /// The client's user name.
    pub user: &'a str,
    /// Where it comes from, without the port.
    pub host: &'a str,
    /// FOUND_ROWS() of the last statement.
    pub found_rows: u64,
    /// ROW_COUNT() of the last statement.
    pub row_count: i64,
    /// How many warnings the last statement had, errors and notes among them.
    pub warning_count: u64,
    /// How many of them are errors.
    pub error_count: u64,
    /// What the session has switched on.
    pub switches: Switches,
}

/// Whether a statement goes to one node or to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// One node: its answer is the answer.
    One,
    /// Many: the answers are combined.
    Many,
    /// A merge node, over the tables that were fetched.
    MergeNode,
    /// One that cannot open a temporary table twice.
    MergeNodeOnce,
}

/// What to write a statement for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'r> {
    /// The node.
    pub node: DataNode,
    /// Whether it is the only one.
    pub spread: Spread,
    /// The node of each row of VALUES ([`Plan::assign_rows`]); may be empty, then it is computed again.
    pub rows: &'r [DataNode],
}

// === impl Plan ===

impl Plan {
    /// Whether the plan, made for another text of the same normal form, holds for this one.
    pub fn fits(&self, args: &Args<'_>) -> bool {
        self.pins.iter().all(|pin| {
            let hole = usize::try_from(pin.hole).ok().and_then(|hole| args.lexed.holes.get(hole));
            hole.is_some_and(|hole| bytes(args.text, hole.text) == &*pin.bytes)
        }) && self.limit.as_ref().is_none_or(|limit| is_whole(limit, args))
    }

    /// Appends the data nodes that the operands leave, each once, in routing order.
    ///
    /// Where no row can match, one node is asked all the same: a read needs its column definitions, COUNT(*) its zero, and
    /// every statement its errors.
    ///
    /// # Errors
    /// A shard key that cannot be routed, or more nodes than [`Combine::Refuse`] allows.
    pub fn route(&self, args: &Args<'_>, out: &mut Vec<DataNode>) -> Result<(), SqlError> {
        let start = out.len();
        match &self.routing {
            Routing::Any => out.push(self.some_node(args)),
            Routing::Fixed(node) => out.push(*node),
            Routing::Apart(error) => return Err(error.clone()),
            Routing::Hinted(nodes) => out.extend_from_slice(nodes),
            Routing::Empty => {}
            Routing::Broadcast => {
                let shards = self.tables.first().map_or(0, |table| table.rules.shards().len());
                out.extend((0..).take(shards).map(|shard| DataNode { shard: ShardId(shard), table: 0 }));
            }
            Routing::Split { table, conditions, also } => {
                let of = self.tables.get(*table).ok_or_else(other_text)?;
                let split = split_of(of)?;
                conditions.route(of, split, args, out)?;
                if out.len() == start {
                    out.extend(split.nodes().first());
                }
                self.may_spread(args, out.len() - start)?;
                for other in also {
                    self.meets(other, args, out.get(start..).unwrap_or(&[]))?;
                }
            }
            Routing::Rows(_) => return self.place(args, out, &mut Vec::new()),
        }
        self.may_spread(args, out.len() - start)
    }

    /// Whether a merge node answers what [`Self::route`] or running the statement has refused with this error.
    pub fn merges_after(&self, error: &SqlError) -> bool {
        match &self.rewrite {
            Some(_) => super::rewrite::merges(error),
            None => {
                let refused = error.is(Code::UnsupportedAcrossShards) || error.is(Code::JoinNotCoSplit);
                !self.fetches.is_empty() && (refused || self.shows_ungrouped(error))
            }
        }
    }

    /// Whether a server refuses what it is asked for beside GROUP BY, and may not refuse the client's own statement:
    /// what ORDER BY may name need not be what the select list may show.
    pub fn shows_ungrouped(&self, error: &SqlError) -> bool {
        error.is(Code::NotGrouped) && matches!(&self.combine, Combine::Rows(spec) if spec.hidden > 0)
    }

    fn may_spread(&self, args: &Args<'_>, nodes: usize) -> Result<(), SqlError> {
        match &self.combine {
            Combine::Refuse(error) if nodes > 1 => Err(error.clone()),
            Combine::Rows(_) if nodes > 1 && self.converts(args) => Err(converts::refused()),
            _ => Ok(()),
        }
    }

    /// Whether a value is given that each of many nodes would convert, and warn of.
    pub fn converts(&self, args: &Args<'_>) -> bool {
        self.converted.iter().any(|value| value.warns(args))
    }

    /// For VALUES of a split table: appends the node of each row, in row order; nothing for other statements.
    ///
    /// # Errors
    /// A shard key that cannot be routed.
    pub fn assign_rows(&self, args: &Args<'_>, out: &mut Vec<DataNode>) -> Result<(), SqlError> {
        match &self.routing {
            Routing::Rows(rows) => rows.nodes(self, args, &mut |node| out.push(node)),
            _ => Ok(()),
        }
    }

    /// [`Self::route`] and [`Self::assign_rows`] in one: each row's values are read once.
    ///
    /// # Errors
    /// As theirs.
    pub fn place(&self, args: &Args<'_>, nodes: &mut Vec<DataNode>, rows: &mut Vec<DataNode>) -> Result<(), SqlError> {
        let Routing::Rows(routing) = &self.routing else { return self.route(args, nodes) };
        let (first_node, first_row) = (nodes.len(), rows.len());
        routing.nodes(self, args, &mut |node| rows.push(node))?;
        for node in rows.get(first_row..).unwrap_or(&[]) {
            if !nodes.get(first_node..).is_some_and(|known| known.contains(node)) {
                nodes.push(*node);
            }
        }
        if args.lax && nodes.len() > first_node + 1 && !self.ignores {
            routing.stay_many(args)?;
        }
        self.may_spread(args, nodes.len() - first_node)
    }

    /// Appends the physical statement for a node, and the numbers of the client's parameters in the order of its `?`.
    ///
    /// # Errors
    /// A LIMIT that is not a number.
    pub fn write(
        &self,
        target: Target<'_>,
        args: &Args<'_>,
        out: &mut Vec<u8>,
        params: &mut Vec<u16>,
    ) -> Result<(), SqlError> {
        Splicer { plan: self, target, args, out, params, inlines: false }.statement()
    }

    /// Appends a part of the statement as a merge node gets it.
    ///
    /// # Errors
    /// As writing.
    pub fn write_merged_part(&self, at: Span, args: &Args<'_>, out: &mut Vec<u8>) -> Result<(), SqlError> {
        let target = Target { node: DataNode { shard: ShardId(0), table: 0 }, spread: Spread::MergeNode, rows: &[] };
        Splicer { plan: self, target, args, out, params: &mut Vec::new(), inlines: false }.region(&self.merged, at)
    }

    /// Offset and count of the merged answer's LIMIT.
    ///
    /// # Errors
    /// A LIMIT that is not a number.
    pub fn limit(&self, args: &Args<'_>) -> Result<Option<(u64, u64)>, SqlError> {
        let Some(limit) = &self.limit else { return Ok(None) };
        let number = |operand| self.count(operand, args);
        let offset = limit.offset.as_ref().map(number).transpose()?.unwrap_or(0);
        Ok(Some((offset, number(&limit.count)?)))
    }

    /// A number of LIMIT.
    ///
    /// # Errors
    /// It is none.
    pub fn count(&self, operand: &Operand, args: &Args<'_>) -> Result<u64, SqlError> {
        match operand.value(args, 0)?.value {
            Value::UInt(n) => Ok(n),
            Value::Int(n) => u64::try_from(n).map_err(|_| wrong_limit()),
            // A parameter may be a string, as of drivers that bind all of them so, or NULL, which servers take for 0.
            Value::Bytes(digits) => whole(&digits).ok_or_else(wrong_limit),
            Value::Null => Ok(0),
            Value::Decimal(_) | Value::Double(_) | Value::DateTime(_) | Value::Time(_) => Err(wrong_limit()),
        }
    }

    /// Whether MySQL takes the values of variables for the LIMIT of a merged answer: integers and NULL only.
    ///
    /// # Errors
    /// It does not.
    pub fn check_limit_variables(&self, args: &Args<'_>) -> Result<(), SqlError> {
        let Some(limit) = &self.limit else { return Ok(()) };
        for operand in [Some(&limit.count), limit.offset.as_ref()].into_iter().flatten() {
            let given = operand.value(args, 0)?;
            match given.value {
                _ if given.kind != LiteralKind::Param => {}
                Value::Int(n) if n < 0 => {
                    let message = "unsigned integer value is out of range in 'EXECUTE'";
                    return Err(SqlError::new(Code::DataOutOfRange, message));
                }
                Value::Int(_) | Value::UInt(_) | Value::Null => {}
                Value::Bytes(_) | Value::Decimal(_) | Value::Double(_) | Value::DateTime(_) | Value::Time(_) => {
                    return Err(SqlError::new(Code::WrongArguments, "Incorrect arguments to EXECUTE"));
                }
            }
        }
        Ok(())
    }

    /// Which AUTO_INCREMENT values the rows give themselves, and how many Weir has to give: reserve those, put the first
    /// into [`Args::generated`] and what [`RowIds::give`] makes of it into [`Args::row_ids`], and then route and write.
    ///
    /// # Errors
    /// An AUTO_INCREMENT value that is not a plain value.
    pub fn read_ids(&self, args: &Args<'_>) -> Result<RowIds, SqlError> {
        match (&self.generate, self.value_rows()) {
            (Some(generate), Some(rows)) => generate.read(rows, args),
            _ => Ok(RowIds::default()),
        }
    }

    /// The rows of VALUES, where there is something to say of them.
    pub(super) fn value_rows(&self) -> Option<&RowRouting> {
        match &self.routing {
            Routing::Rows(rows) => Some(rows),
            _ => self.rows.as_ref(),
        }
    }

    /// The node at which a mention is written when the statement goes to `node`.
    ///
    /// # Errors
    /// The arguments are those of another statement.
    pub fn node_of(&self, table: usize, node: DataNode, args: &Args<'_>) -> Result<DataNode, SqlError> {
        let also = match &self.routing {
            Routing::Split { also, .. } => also,
            Routing::Apart(_) => return Ok(self.beside(table, node)),
            _ => return Ok(node),
        };
        match also.iter().find(|other| other.tables.contains(&table)) {
            Some(other) => self.place_of(other, args),
            None => Ok(node),
        }
    }

    /// A node of a table on the instance of another one: a statement that no node can run is only asked about there.
    fn beside(&self, table: usize, node: DataNode) -> DataNode {
        let Some(table) = self.tables.get(table) else { return node };
        let nodes = table.placement.nodes(&table.rules);
        let instance = table.rules.instance(node.shard);
        nodes.into_iter().find(|other| table.rules.instance(other.shard) == instance).unwrap_or(node)
    }

    /// The one node of tables that stand beside the routing one.
    fn place_of(&self, also: &Also, args: &Args<'_>) -> Result<DataNode, SqlError> {
        let table = also.tables.first().and_then(|&table| self.tables.get(table)).ok_or_else(other_text)?;
        match &table.placement {
            Placement::Single(shard) => Ok(DataNode { shard: *shard, table: 0 }),
            Placement::Broadcast => Err(other_text()),
            Placement::Split(split) => {
                let mut nodes = Vec::new();
                also.conditions.route(table, split, args, &mut nodes)?;
                match nodes.as_slice() {
                    [node] => Ok(*node),
                    // No row of it can match: any place will do, and the routing table's instance is asked for.
                    [] => split.nodes().first().copied().ok_or_else(other_text),
                    _ => Err(apart(table)),
                }
            }
        }
    }

    /// Tables beside the routing one must be on the same instance as every node.
    fn meets(&self, also: &Also, args: &Args<'_>, nodes: &[DataNode]) -> Result<(), SqlError> {
        let table = also.tables.first().and_then(|&table| self.tables.get(table)).ok_or_else(other_text)?;
        let place = self.place_of(also, args)?;
        let one_place = nodes.len() <= 1 || matches!(table.placement, Placement::Single(_));
        let instance = table.rules.instance(place.shard);
        if one_place && nodes.iter().all(|node| table.rules.instance(node.shard) == instance) {
            return Ok(());
        }
        Err(apart(table))
    }

    /// A node where the statement can be prepared before its parameters are known.
    pub fn any_node(&self, args: &Args<'_>) -> DataNode {
        let first_of = |table: usize| {
            let table = self.tables.get(table)?;
            table.placement.nodes(&table.rules).first().copied()
        };
        match &self.routing {
            Routing::Any | Routing::Broadcast | Routing::Empty => self.some_node(args),
            Routing::Apart(_) => first_of(0).unwrap_or_else(|| self.some_node(args)),
            Routing::Fixed(node) => *node,
            Routing::Hinted(nodes) => nodes.first().copied().unwrap_or_else(|| self.some_node(args)),
            Routing::Split { table, .. } => first_of(*table).unwrap_or_else(|| self.some_node(args)),
            Routing::Rows(rows) => first_of(rows.table).unwrap_or_else(|| self.some_node(args)),
        }
    }

    /// A node for a statement that every one can answer: a session keeps to its own.
    fn some_node(&self, args: &Args<'_>) -> DataNode {
        let shards = self.tables.first().map_or(1, |table| table.rules.shards().len()).max(1);
        let shards = u64::try_from(shards).unwrap_or(1);
        DataNode { shard: ShardId(u16::try_from(args.connection_id % shards).unwrap_or(0)), table: 0 }
    }
}

/// A LIMIT takes whole numbers only: anything else is another grammar, whatever its normal form. Apart from who calls,
/// because most statements have none.
#[inline(never)]
fn is_whole(limit: &LimitOperands, args: &Args<'_>) -> bool {
    let whole = |operand: &Operand| {
        operand.value(args, 0).is_ok_and(|given| matches!(given.kind, LiteralKind::Int | LiteralKind::Param))
    };
    whole(&limit.count) && limit.offset.as_ref().is_none_or(whole)
}

/// The number that digits, and nothing else, are.
fn whole(digits: &[u8]) -> Option<u64> {
    let plain = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}

fn wrong_limit() -> SqlError {
    SqlError::new(Code::WrongArguments, "LIMIT and OFFSET must be whole numbers, not negative")
}

fn apart(table: &Table) -> SqlError {
    SqlError::new(
        Code::JoinNotCoSplit,
        format!(
            "table '{}' is not found at the same place as the others; \
             join split tables by all their shard keys, or give each shard key one value",
            table.name
        ),
    )
}
