//! What a statement's conditions say about shard keys, and which nodes that leaves when operands are known.
//!
//! Always holds: a condition is never narrower than the statement's own. What is not understood is
//! [`KeyCondition::Any`], and a value that does not convert exactly widens to it.

use std::collections::HashSet;

use super::coerce::{self, KeyColumn, Purpose};
use super::operand::{Given, Operand};
use super::{Args, Table};
use crate::error::{Code, SqlError};
use crate::id::DataNode;
use crate::rule::{KeyError, KeySet, KeyValue, Placement, Split, in_routing_order};
use crate::sql::Lexed;
use crate::sql::ast::{BinaryOp, Expr, ExprKind};
use crate::value::Value;

/// Alternatives beyond this many are widened to all nodes.
const MAX_ALTERNATIVES: usize = 64;
/// Shard-key columns of one table that conditions are kept for.
const MAX_KEYS: usize = 4;

/// What is known of a split table's shard keys.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyCondition {
    /// Nothing.
    Any,
    /// The key is one of these.
    In {
        /// Index into `Split::key_columns`.
        key: usize,
        /// The values.
        operands: Vec<Operand>,
        /// Whether NULL equals NULL (`<=>`, IS NULL).
        null_safe: bool,
    },
    /// All of these hold.
    And(Vec<KeyCondition>),
    /// One of these holds.
    Or(Vec<KeyCondition>),
}

/// A shard key that an expression is.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyRef {
    /// Index into `Split::key_columns`.
    pub(super) key: usize,
    /// Whether an outer join may have put NULL in its place.
    pub(super) null_supplied: bool,
}

/// What says whether an expression is a shard key.
pub(super) type KeyOf<'f> = &'f dyn Fn(&Expr) -> Option<KeyRef>;

// === impl KeyCondition ===

impl KeyCondition {
    /// What an expression in WHERE says.
    pub(super) fn of(expr: &Expr, key_of: KeyOf<'_>, lexed: &Lexed) -> Self {
        match &expr.kind {
            ExprKind::Paren(inner) => Self::of(inner, key_of, lexed),
            ExprKind::Binary { op: BinaryOp::And, left, right } => {
                Self::and(vec![Self::of(left, key_of, lexed), Self::of(right, key_of, lexed)])
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } => {
                Self::or(vec![Self::of(left, key_of, lexed), Self::of(right, key_of, lexed)])
            }
            ExprKind::Binary { op: BinaryOp::Eq, left, right } => Self::equality(left, right, false, key_of, lexed),
            ExprKind::Binary { op: BinaryOp::NullSafeEq, left, right } => {
                Self::equality(left, right, true, key_of, lexed)
            }
            ExprKind::InList { expr, list, negated: false, .. } => Self::in_list(expr, list, key_of, lexed),
            ExprKind::IsNull { expr, negated: false } => match key_of(expr) {
                Some(KeyRef { key, null_supplied: false }) => {
                    KeyCondition::In { key, operands: vec![Operand::Constant(Value::Null)], null_safe: true }
                }
                _ => KeyCondition::Any,
            },
            _ => KeyCondition::Any,
        }
    }

    /// All of them.
    pub(super) fn and(parts: Vec<Self>) -> Self {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                KeyCondition::Any => {}
                KeyCondition::And(inner) => all.extend(inner),
                part => all.push(part),
            }
        }
        if all.len() > 1 { KeyCondition::And(all) } else { all.pop().unwrap_or(KeyCondition::Any) }
    }

    /// One of them.
    fn or(parts: Vec<Self>) -> Self {
        let mut any = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                KeyCondition::Any => return KeyCondition::Any,
                KeyCondition::Or(inner) => any.extend(inner),
                part => any.push(part),
            }
        }
        if any.len() > 1 { KeyCondition::Or(any) } else { any.pop().unwrap_or(KeyCondition::Any) }
    }

    fn equality(left: &Expr, right: &Expr, null_safe: bool, key_of: KeyOf<'_>, lexed: &Lexed) -> Self {
        if let (ExprKind::Row(left), ExprKind::Row(right)) = (&bare(left).kind, &bare(right).kind)
            && left.len() == right.len()
        {
            let pairs = left.iter().zip(right);
            return Self::and(pairs.map(|(l, r)| Self::equality(l, r, null_safe, key_of, lexed)).collect());
        }
        let (key, operand) = match (key_of(left), key_of(right)) {
            (Some(key), _) if Operand::of(right, lexed).is_some() => (key, Operand::of(right, lexed)),
            (_, Some(key)) => (key, Operand::of(left, lexed)),
            _ => return KeyCondition::Any,
        };
        match operand {
            Some(operand) if !(null_safe && key.null_supplied) => {
                KeyCondition::In { key: key.key, operands: vec![operand], null_safe }
            }
            _ => KeyCondition::Any,
        }
    }

    fn in_list(expr: &Expr, list: &[Expr], key_of: KeyOf<'_>, lexed: &Lexed) -> Self {
        if let ExprKind::Row(_) = bare(expr).kind {
            if list.len() > MAX_ALTERNATIVES {
                return KeyCondition::Any;
            }
            return Self::or(list.iter().map(|row| Self::equality(expr, row, false, key_of, lexed)).collect());
        }
        match (key_of(expr), Operand::list_of(list, lexed)) {
            (Some(key), Some(operands)) => KeyCondition::In { key: key.key, operands, null_safe: false },
            _ => KeyCondition::Any,
        }
    }

    /// Appends the nodes that the condition leaves, in routing order, each once.
    pub(super) fn route(
        &self,
        table: &Table,
        split: &Split,
        args: &Args<'_>,
        out: &mut Vec<DataNode>,
    ) -> Result<(), SqlError> {
        let start = out.len();
        match self {
            KeyCondition::Any => return every_node(split, out),
            KeyCondition::In { key, operands, null_safe } => {
                let column = key_column(table, split, *key, args.utf8);
                let mut widened = false;
                // A list may be longer than there are nodes, again and again.
                let many = 2 * split.nodes().len() + MAX_ALTERNATIVES;
                for operand in operands {
                    operand.each(args, |given| {
                        match compared(&given, column, *null_safe) {
                            Compared::Never => {}
                            Compared::Any => widened = true,
                            Compared::Value(value) => widened |= one_value(split, *key, &value, out).is_err(),
                        }
                        if out.len() - start > many {
                            in_routing_order(out, start);
                        }
                        Ok(())
                    })?;
                }
                if widened {
                    out.truncate(start);
                    return every_node(split, out);
                }
            }
            KeyCondition::And(parts) if let Some(points) = points(parts) => {
                return route_points(points, table, split, args, out);
            }
            KeyCondition::And(_) | KeyCondition::Or(_) => {
                for alternative in self.alternatives(table, split, args)? {
                    let sets: Vec<KeySet<'_>> =
                        alternative.iter().map(|key| key.as_deref().map_or(KeySet::Any, KeySet::Values)).collect();
                    if sets.contains(&KeySet::Values(&[])) {
                        continue;
                    }
                    if split.route(&sets, out).is_err() {
                        out.truncate(start);
                        return every_node(split, out);
                    }
                }
            }
        }
        if out.len() - start > 1 {
            in_routing_order(out, start);
        }
        Ok(())
    }

    /// The condition as alternatives, each with what it leaves of every key; no alternative means that nothing matches.
    fn alternatives<'a>(&self, table: &Table, split: &Split, args: &Args<'a>) -> Result<Alternatives<'a>, SqlError> {
        let any = || vec![vec![None; split.key_columns().len()]];
        match self {
            KeyCondition::Any => Ok(any()),
            KeyCondition::In { key, operands, null_safe } => {
                let column = key_column(table, split, *key, args.utf8);
                let mut values = Vec::new();
                let mut widened = false;
                for operand in operands {
                    operand.each(args, |given| {
                        match compared(&given, column, *null_safe) {
                            Compared::Never => {}
                            Compared::Any => widened = true,
                            Compared::Value(value) => values.push(value),
                        }
                        Ok(())
                    })?;
                }
                let mut alternatives = any();
                if !widened && let Some(set) = alternatives.first_mut().and_then(|keys| keys.get_mut(*key)) {
                    *set = Some(values);
                }
                Ok(alternatives)
            }
            KeyCondition::And(parts) => {
                let mut all = any();
                for part in parts {
                    let part = part.alternatives(table, split, args)?;
                    if all.len() * part.len() <= MAX_ALTERNATIVES {
                        all = both(&all, &part);
                    }
                }
                Ok(all)
            }
            KeyCondition::Or(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.alternatives(table, split, args)?);
                }
                Ok(if all.len() > MAX_ALTERNATIVES { any() } else { all })
            }
        }
    }
}

/// For each key, the one operand that it is compared with, and whether NULL equals NULL.
type Points<'c> = [Option<(&'c Operand, bool)>; MAX_KEYS];

/// The operands of conditions that give different keys one value each.
fn points(parts: &[KeyCondition]) -> Option<Points<'_>> {
    let mut points = [None; MAX_KEYS];
    for part in parts {
        let KeyCondition::In { key, operands, null_safe } = part else { return None };
        let [operand @ Operand::Literal { .. }] = operands.as_slice() else { return None };
        let point = points.get_mut(*key)?;
        if point.replace((operand, *null_safe)).is_some() {
            return None;
        }
    }
    Some(points)
}

/// The road of a point query of a table with several keys: nothing is allocated.
fn route_points(
    points: Points<'_>,
    table: &Table,
    split: &Split,
    args: &Args<'_>,
    out: &mut Vec<DataNode>,
) -> Result<(), SqlError> {
    let mut values: [Option<KeyValue<'_>>; MAX_KEYS] = [const { None }; MAX_KEYS];
    let mut never = false;
    for (key, (point, slot)) in points.iter().zip(&mut values).enumerate() {
        let Some((operand, null_safe)) = point else { continue };
        match compared(&operand.value(args, 0)?, key_column(table, split, key, args.utf8), *null_safe) {
            Compared::Never => never = true,
            Compared::Any => {}
            Compared::Value(value) => *slot = Some(value),
        }
    }
    if never {
        return Ok(());
    }
    let keys = values.each_ref().map(|value| match value {
        Some(value) => KeySet::Values(std::slice::from_ref(value)),
        None => KeySet::Any,
    });
    let keys = keys.get(..split.key_columns().len().min(MAX_KEYS)).unwrap_or(&[]);
    split.route(keys, out).or_else(|_| every_node(split, out))
}

/// For each alternative, what is left of each key; None is everything.
type Alternatives<'a> = Vec<Vec<Option<Vec<KeyValue<'a>>>>>;

fn both<'a>(left: &Alternatives<'a>, right: &Alternatives<'a>) -> Alternatives<'a> {
    let meet = |a: &Option<Vec<KeyValue<'a>>>, b: &Option<Vec<KeyValue<'a>>>| match (a, b) {
        (None, other) | (other, None) => other.clone(),
        (Some(a), Some(b)) => {
            let b: HashSet<&KeyValue<'a>> = b.iter().collect();
            Some(a.iter().filter(|value| b.contains(value)).cloned().collect())
        }
    };
    let pairs = left.iter().flat_map(|l| right.iter().map(move |r| (l, r)));
    pairs.map(|(l, r)| l.iter().zip(r).map(|(a, b)| meet(a, b)).collect()).collect()
}

/// Appends the nodes of one value of one key. A key beyond those that are looked at says nothing.
fn one_value(split: &Split, key: usize, value: &KeyValue<'_>, out: &mut Vec<DataNode>) -> Result<(), KeyError> {
    let mut keys = [KeySet::Any; MAX_KEYS];
    if let Some(set) = keys.get_mut(key) {
        *set = KeySet::Values(std::slice::from_ref(value));
    }
    split.route(keys.get(..split.key_columns().len().min(MAX_KEYS)).unwrap_or(&[]), out)
}

/// What a comparison of a key with a value leaves.
enum Compared<'a> {
    /// No row: `= NULL`.
    Never,
    /// Any row, as far as is known.
    Any,
    /// The rows of this key.
    Value(KeyValue<'a>),
}

fn compared<'a>(given: &Given<'a>, column: KeyColumn<'_>, null_safe: bool) -> Compared<'a> {
    if given.value == Value::Null && !null_safe {
        return Compared::Never;
    }
    coerce::key_value(given, column, Purpose::Compare).map_or(Compared::Any, Compared::Value)
}

/// How a table's shard key takes values.
pub(super) fn key_column<'t>(table: &'t Table, split: &Split, key: usize, utf8: bool) -> KeyColumn<'t> {
    let name = split.key_columns().get(key).map_or("", |name| name);
    let kind = table.column(name).and_then(|index| Some(&table.columns.as_ref()?.get(index)?.kind));
    KeyColumn { kind, form: split.key_form(key), utf8 }
}

fn every_node(split: &Split, out: &mut Vec<DataNode>) -> Result<(), SqlError> {
    out.extend_from_slice(split.nodes());
    Ok(())
}

/// How the placement splits, for a table that is known to be split.
pub(super) fn split_of(table: &Table) -> Result<&Split, SqlError> {
    match &table.placement {
        Placement::Split(split) => Ok(split),
        Placement::Broadcast | Placement::Single(_) => Err(SqlError::new(
            Code::TopologyDrift,
            format!("the rules of table '{}' have changed; send the statement again", table.name),
        )),
    }
}

/// An expression without the parentheses around it.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => expr,
    }
}
