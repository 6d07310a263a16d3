//! CTEs that a server would open more than once, for a merge node whose temporary tables cannot be.
//!
//! MySQL refuses to open a temporary table twice in one statement, and reads a CTE's text once for each mention of its
//! name. So where a CTE over fetched tables is mentioned twice, each mention is replaced by the CTE's own query, and each
//! of these reads copies of the tables that are its own. MariaDB opens temporary tables as often as it likes and needs
//! none of this.

use super::resolve::{Resolved, quoted};
use super::{Edit, Piece, Replacement};
use crate::sql::{Lexed, Span};

/// So many copies of the tables of one statement are made.
const MAX_COPIES: u16 = 64;

/// A CTE.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CteUse {
    pub(super) name: String,
    /// Its column list.
    pub(super) columns: Vec<String>,
    /// Its query, without parentheses.
    pub(super) body: Span,
    /// WITH RECURSIVE, and it names itself.
    pub(super) recursive: bool,
    /// WITH and all that it defines.
    pub(super) clause: Span,
}

/// A mention of a CTE in a FROM.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CteMention {
    /// Index into `Resolved::ctes`.
    pub(super) cte: usize,
    /// From its name to the end of its alias.
    pub(super) at: Span,
    pub(super) alias: String,
}

/// What has to be inlined.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inlining {
    ctes: Vec<CteUse>,
    mentions: Vec<CteMention>,
    /// Where the names of fetched tables stand.
    tables: Vec<Span>,
}

/// The statement with its CTEs inlined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inlined {
    /// What is replaced.
    pub edits: Vec<Edit>,
    /// The tables that are copied: index into `Plan::tables`, and the copy's number from 1.
    pub copies: Vec<(usize, u16)>,
}

// === impl Inlining ===

impl Inlining {
    /// What has to be inlined in a statement; None when no table would be opened twice.
    pub(super) fn of(found: &Resolved, lexed: &Lexed) -> Result<Option<Self>, String> {
        let normal = |span: Span| Span { start: lexed.to_normal(span.start), end: lexed.to_normal(span.end) };
        let mentions =
            found.cte_mentions.iter().map(|mention| CteMention { at: normal(mention.at), ..mention.clone() });
        let ctes = found.ctes.iter();
        let ctes = ctes.map(|cte| CteUse { body: normal(cte.body), clause: normal(cte.clause), ..cte.clone() });
        let names = found.mention_at.keys();
        let inlining = Self {
            ctes: ctes.collect(),
            mentions: mentions.collect(),
            tables: names.map(|at| normal(Span { start: *at, end: *at })).collect(),
        };
        let twice = |cte: usize| inlining.mentions.iter().filter(|mention| mention.cte == cte).count() > 1;
        if !(0..inlining.ctes.len()).any(|cte| twice(cte) && inlining.reads_tables(cte, 0)) {
            return Ok(None);
        }
        match &found.random {
            Some(random) => Err(format!("a CTE that is mentioned twice would call {random}() twice")),
            None => Ok(Some(inlining)),
        }
    }

    /// Whether a CTE reads a fetched table.
    fn reads_tables(&self, cte: usize, depth: usize) -> bool {
        let Some(of) = self.ctes.get(cte).filter(|_| depth <= self.ctes.len()) else { return false };
        self.tables.iter().any(|at| inside(*at, of.body))
            || self.inner_mentions(of.body).any(|inner| inner.cte != cte && self.reads_tables(inner.cte, depth + 1))
    }

    fn inner_mentions(&self, region: Span) -> impl Iterator<Item = &CteMention> {
        self.mentions.iter().filter(move |mention| inside(mention.at, region))
    }

    /// The statement's edits for a merge node, from those that it has there otherwise.
    pub(super) fn inline(&self, edits: &[Edit], end: u32) -> Result<Inlined, String> {
        let mut writer = Writer { inlining: self, edits, copies: Vec::new(), next: 0 };
        let whole = Span { start: 0, end };
        let mut pieces = Vec::new();
        writer.region(whole, 0, None, &mut pieces)?;
        let edit = Edit { at: whole, with: Replacement::Pieces(pieces) };
        Ok(Inlined { edits: vec![edit], copies: writer.copies })
    }
}

fn inside(span: Span, region: Span) -> bool {
    region.start <= span.start && span.end <= region.end
}

struct Writer<'i> {
    inlining: &'i Inlining,
    edits: &'i [Edit],
    copies: Vec<(usize, u16)>,
    next: u16,
}

/// What stands in a region beside its own text.
enum Item<'i> {
    Edit(&'i Edit),
    Mention(&'i CteMention),
    /// A WITH clause whose CTEs are inlined.
    Clause,
}

// === impl Writer ===

impl Writer<'_> {
    /// The pieces of a region; `copy` is the number of the tables' copies in it, `of` the recursive CTE that it is in.
    fn region(&mut self, region: Span, copy: u16, of: Option<usize>, out: &mut Vec<Piece>) -> Result<(), String> {
        let inlining = self.inlining;
        let mut items: Vec<(Span, Item<'_>)> = Vec::new();
        items.extend(self.edits.iter().map(|edit| (edit.at, Item::Edit(edit))));
        items.extend(inlining.mentions.iter().map(|mention| (mention.at, Item::Mention(mention))));
        let mut clauses: Vec<Span> = inlining.ctes.iter().map(|cte| cte.clause).collect();
        clauses.dedup();
        items.extend(clauses.into_iter().map(|at| (at, Item::Clause)));
        items.retain(|(at, _)| inside(*at, region) && *at != region);
        // What stands outside comes before what stands inside it, and takes its place.
        items.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        let mut at = region.start;
        for (span, item) in items {
            if span.start < at {
                continue;
            }
            if let Item::Mention(mention) = &item
                && of == Some(mention.cte)
            {
                continue;
            }
            out.push(Piece::Raw(Span { start: at, end: span.start }));
            at = span.end;
            match item {
                Item::Clause => {}
                Item::Mention(mention) => self.mention(mention, out)?,
                Item::Edit(edit) => match &edit.with {
                    Replacement::Table { table, alias } => {
                        if copy > 0 && !self.copies.contains(&(*table, copy)) {
                            self.copies.push((*table, copy));
                        }
                        out.push(Piece::MergeTable { table: *table, copy, alias: alias.clone() });
                    }
                    other => out.push(Piece::Replace(other.clone())),
                },
            }
        }
        out.push(Piece::Raw(Span { start: at, end: region.end }));
        Ok(())
    }

    /// The query of a CTE in the place of its name.
    fn mention(&mut self, mention: &CteMention, out: &mut Vec<Piece>) -> Result<(), String> {
        let inlining = self.inlining;
        let Some(cte) = inlining.ctes.get(mention.cte) else { return Err("a CTE is not known".to_owned()) };
        self.next += 1;
        let copy = self.next;
        if copy > MAX_COPIES {
            return Err(format!("its CTEs would need more than {MAX_COPIES} copies of their tables"));
        }
        let list = |columns: &[String]| match columns {
            [] => String::new(),
            columns => format!(" ({})", columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")),
        };
        let name = quoted(&cte.name);
        if cte.recursive {
            out.push(Piece::Text(format!("(WITH RECURSIVE {name}{} AS (", list(&cte.columns)).into()));
            self.region(cte.body, copy, Some(mention.cte), out)?;
            out.push(Piece::Text(format!(") SELECT * FROM {name}) AS {}", quoted(&mention.alias)).into()));
        } else {
            out.push(Piece::Text("(".into()));
            self.region(cte.body, copy, None, out)?;
            out.push(Piece::Text(format!(") AS {}{}", quoted(&mention.alias), list(&cte.columns)).into()));
        }
        Ok(())
    }
}
