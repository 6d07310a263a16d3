//! What other tables say of the rows of a fetch: semi-joins that leave out rows without a partner.
//!
//! A row can be part of the answer only together with rows that fulfil the conditions between them. Where such a partner
//! lies at the same node (a broadcast table, or one that is split alike and joined by its keys) the shard itself looks for
//! it ([`Reducer`]). Where it was fetched before, its keys go along as a list ([`KeyLink`]).
//!
//! Always holds: a condition counts only where no row of the mention can be part of the answer without it. The whole
//! statement runs over what is fetched, so a semi-join that is left out costs time and nothing else.

use std::collections::BTreeSet;

use super::aggregate::each_part;
use super::conditions::bare;
use super::filter::{Demand, conjuncts};
use super::implied::{Implied, Implying};
use super::join::{Joins, conjunct_pairs, together};
use super::resolve::{ColumnRef, Naming, quoted};
use crate::rule::Placement;
use crate::sql::ast::{BinaryOp, Expr, ExprKind, JoinConstraint};
use crate::value::ColumnKind;

/// More tables than this are not asked for partners.
const MAX_TABLES: usize = 8;

/// Tables at the same node, some row of which must fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reducer {
    /// Mentions.
    pub(super) tables: Vec<usize>,
    /// The conditions among them and the mention.
    pub(super) filters: Vec<Implied>,
    /// How many of these are of several tables.
    ties: usize,
}

/// A column that is equal to one of a table that was fetched before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLink {
    /// The column, as the fetch names it.
    pub column: Box<str>,
    /// Index into `Plan::fetches`: whose keys.
    pub of: usize,
    /// The column there, quoted.
    pub key: Box<str>,
    /// Whether each key is there once at most: many rows may point to one of it.
    pub unique: bool,
}

/// A condition that links tables.
struct Linking {
    filter: Implied,
    mentions: BTreeSet<usize>,
    /// It is an OR, or follows from one.
    loose: bool,
}

// === impl Reducer ===

impl Reducer {
    /// Whether the keys of a fetch say as much: of its only table, which nothing but this equality ties to the mention.
    pub(super) fn is_said_by(&self, link: &KeyLink) -> bool {
        self.tables == [link.of] && self.ties == 1
    }
}

// === impl Joins ===

impl<'s> Joins<'s, '_> {
    /// The semi-joins that a mention's node can do.
    pub(super) fn reducers(&mut self, mention: usize) -> Vec<Reducer> {
        if self.supplied.contains(&mention) || self.is_bare(mention) {
            return Vec::new();
        }
        let beside: Vec<usize> = (0..self.found.tables.len()).filter(|&other| self.is_beside(mention, other)).collect();
        let all: Vec<usize> = std::iter::once(mention).chain(beside).collect();
        let linking = self.linking(mention, &all);
        let reached = pruned(mention, reach(mention, &linking), &linking);
        components(mention, &reached, &linking)
    }

    /// The columns of a mention that are equal to columns of other fetches in every row of the answer.
    pub(super) fn key_links(&self, mention: usize) -> Vec<KeyLink> {
        let mut pairs = Vec::new();
        for condition in self.around(mention) {
            conjunct_pairs(self.found, condition, &mut pairs);
        }
        for join in self.outer.iter().filter(|join| join.supplied.contains(&mention)) {
            if let JoinConstraint::On(on) = join.constraint {
                conjunct_pairs(self.found, on, &mut pairs);
            }
        }
        let mut links = Vec::new();
        for (a, b) in &pairs {
            for (own, other) in [(a, b), (b, a)] {
                let link = self.key_link(mention, own, other);
                links.extend(link.filter(|link| !links.contains(link)));
            }
        }
        links
    }

    fn key_link(&self, mention: usize, own: &ColumnRef, other: &ColumnRef) -> Option<KeyLink> {
        let whole = |column: &ColumnRef| matches!(self.found.kind(column), Some(ColumnKind::Int { .. }));
        let apart = own.mention == mention && other.mention != mention && !self.is_bare(mention);
        if !(apart && whole(own) && whole(other)) {
            return None;
        }
        let name = &self.found.mentions.get(mention)?.name;
        let column = format!("{}.{}", quoted(name), quoted(&own.name)).into();
        let table = self.found.tables.get(other.mention)?;
        let at = table.column(&other.name)?;
        let unique = table.unique_keys.iter().any(|key| key.columns == [at]);
        Some(KeyLink { column, of: other.mention, key: quoted(&other.name).into(), unique })
    }

    fn is_bare(&self, mention: usize) -> bool {
        self.found.mentions.get(mention).is_none_or(|mention| mention.naming == Naming::Bare)
    }

    /// The conditions that every row of the answer in which a mention's row takes part fulfils: those of its own query
    /// and of the queries around it.
    pub(super) fn around(&self, mention: usize) -> Vec<&'s Expr> {
        let Some(of) = self.found.mentions.get(mention) else { return Vec::new() };
        let mut parts = Vec::new();
        for (block, condition) in &self.filters {
            if self.found.sees(of.block, *block) {
                conjuncts(condition, &mut parts);
            }
        }
        parts
    }

    /// Whether a table of a mention's own query or one around it is at its nodes.
    fn is_beside(&mut self, mention: usize, other: usize) -> bool {
        let found = self.found;
        let (Some(inner), Some(outer)) = (found.mentions.get(mention), found.mentions.get(other)) else { return false };
        mention != other
            && !self.supplied.contains(&other)
            && !self.is_bare(other)
            && found.sees(inner.block, outer.block)
            && self.is_there(mention, other)
    }

    /// Whether every node of a mention has the other one's rows that belong to its own.
    pub(super) fn is_there(&mut self, mention: usize, other: usize) -> bool {
        let found = self.found;
        let (Some(a), Some(b)) = (found.tables.get(mention), found.tables.get(other)) else { return false };
        if b.view {
            return false;
        }
        match (&a.placement, &b.placement) {
            (_, Placement::Broadcast) => true,
            (Placement::Split(_), Placement::Split(_)) => {
                together(found, &mut self.classes, other, mention) || together(found, &mut self.classes, mention, other)
            }
            (Placement::Single(a_shard), Placement::Single(b_shard)) => a_shard == b_shard,
            (Placement::Split(_) | Placement::Broadcast | Placement::Single(_), _) => false,
        }
    }

    /// The conditions among these mentions that may be sent down.
    fn linking(&self, mention: usize, among: &[usize]) -> Vec<Linking> {
        let mut linking = Vec::new();
        for condition in self.around(mention) {
            let Some(link) = self.link(condition, among, among) else { continue };
            // Of one that names several, each is asked what it can be asked alone.
            if link.mentions.len() > 1 && link.loose {
                linking.extend(link.mentions.iter().filter_map(|only| self.link(condition, &[*only], among)));
            }
            linking.push(link);
        }
        // Two tables of one name cannot stand side by side.
        let mut names = BTreeSet::new();
        let twice = |&&mention: &&usize| {
            let named = self.found.mentions.get(mention);
            named.is_none_or(|named| !names.insert(named.name.to_lowercase()))
        };
        let shadowed: Vec<usize> = among.iter().filter(twice).copied().collect();
        linking.retain(|link| link.mentions.iter().all(|mention| !shadowed.contains(mention)));
        linking
    }

    /// What a condition says of some of the mentions.
    fn link(&self, condition: &Expr, some: &[usize], among: &[usize]) -> Option<Linking> {
        let mut parts = Vec::new();
        let implying = Implying { mentions: some, demand: Demand::Any, found: self.found, lexed: self.lexed };
        let filter = implying.of(condition, &mut parts)?;
        let mut mentions = BTreeSet::new();
        let mut clear = true;
        for part in parts {
            each_part(part, &mut |part| {
                if let ExprKind::Column(name) = &bare(part).kind {
                    mentions.extend(self.found.column(part).map(|column| column.mention));
                    // A name alone must mean the same among fewer tables.
                    clear &= name.table.is_some() || self.having(among, &name.column.text) == 1;
                }
            });
        }
        let loose = matches!(bare(condition).kind, ExprKind::Binary { op: BinaryOp::Or, .. });
        (clear && !mentions.is_empty()).then_some(Linking { filter, mentions, loose })
    }

    fn having(&self, among: &[usize], column: &str) -> usize {
        let has = |&&mention: &&usize| self.found.tables.get(mention).is_some_and(|t| t.column(column).is_some());
        among.iter().filter(has).count()
    }
}

/// The mentions that conditions tie to one, step by step.
fn reach(mention: usize, linking: &[Linking]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([mention]);
    loop {
        let next = linking.iter().find_map(|link| {
            let mut new = link.mentions.difference(&reached);
            let (first, more) = (new.next().copied(), new.next());
            first.filter(|_| more.is_none() && link.mentions.len() > 1)
        });
        match next {
            Some(next) if reached.len() <= MAX_TABLES => reached.insert(next),
            _ => return reached,
        };
    }
}

/// Without the tables that only hang on: no condition of their own, and a tie to one other at most; or nothing but an OR
/// of which the others are asked their part.
fn pruned(mention: usize, mut reached: BTreeSet<usize>, linking: &[Linking]) -> BTreeSet<usize> {
    loop {
        let useless = reached.iter().copied().find(|&table| {
            let inside = linking.iter().filter(|link| link.mentions.is_subset(&reached));
            let of_it: Vec<&Linking> = inside.filter(|link| link.mentions.contains(&table)).collect();
            let own = of_it.iter().any(|link| link.mentions.len() == 1);
            let tied: BTreeSet<usize> = of_it.iter().flat_map(|link| &link.mentions).copied().collect();
            let loose = of_it.iter().all(|link| link.loose) && of_it.iter().any(|link| link.mentions.len() > 1);
            table != mention && (loose || (!own && tied.len() <= 2))
        });
        match useless {
            Some(table) => reached.remove(&table),
            None => return reached,
        };
    }
}

/// One semi-join for each part that hangs together without the mention itself.
fn components(mention: usize, reached: &BTreeSet<usize>, linking: &[Linking]) -> Vec<Reducer> {
    let inside: Vec<&Linking> = linking.iter().filter(|link| link.mentions.is_subset(reached)).collect();
    let mut left: BTreeSet<usize> = reached.iter().copied().filter(|&table| table != mention).collect();
    let mut reducers = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut part = BTreeSet::from([first]);
        while let Some(link) = inside.iter().find(|link| {
            let mut of_part = link.mentions.iter().map(|table| part.contains(table));
            of_part.any(|of| of) && link.mentions.iter().any(|table| left.contains(table))
        }) {
            let more: Vec<usize> = link.mentions.intersection(&left).copied().collect();
            for table in more {
                left.remove(&table);
                part.insert(table);
            }
        }
        let of_part = || inside.iter().filter(|link| link.mentions.iter().any(|table| part.contains(table)));
        let filters = of_part().map(|link| link.filter.clone()).collect();
        let ties = of_part().filter(|link| link.mentions.len() > 1).count();
        reducers.push(Reducer { tables: part.iter().copied().collect(), filters, ties });
    }
    reducers
}
