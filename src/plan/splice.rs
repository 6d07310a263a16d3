//! Splicing: a client's text with its edits applied for one node.
//!
//! Edits are places of the normal form; the walk keeps to holes to find them in this text. Nothing is allocated beyond
//! growing the caller's buffers.

use std::io::Write as _;

use super::bind::{Args, Spread, Target};
use super::{Edit, Filter, MergeName, Piece, Plan, Replacement};
use crate::error::SqlError;
use crate::id::DataNode;
use crate::sql::ast::LiteralKind;
use crate::sql::{Lexed, Span};
use crate::value::Value;

/// Bytes of the longest name that a server makes of an expression.
const LONGEST_NAME: usize = 255;

/// Writes one physical statement.
pub(super) struct Splicer<'a, 'w> {
    pub(super) plan: &'a Plan,
    pub(super) target: Target<'a>,
    pub(super) args: &'a Args<'a>,
    pub(super) out: &'w mut Vec<u8>,
    pub(super) params: &'w mut Vec<u16>,
    /// Whether parameters become literals.
    pub(super) inlines: bool,
}

// === impl Splicer ===

impl Splicer<'_, '_> {
    /// The whole statement.
    pub(super) fn statement(&mut self) -> Result<(), SqlError> {
        let edits = match self.target.spread {
            Spread::One => &self.plan.single,
            Spread::MergeNode => &self.plan.merged,
            Spread::MergeNodeOnce => self.plan.merged_once.as_ref().map_or(&self.plan.merged, |once| &once.edits),
            Spread::Many => &self.plan.many,
        };
        let end = u32::try_from(self.args.lexed.normal.len()).unwrap_or(u32::MAX);
        self.region(edits, Span { start: 0, end })
    }

    /// A span of the normal form with the edits inside it.
    pub(super) fn region(&mut self, edits: &[Edit], region: Span) -> Result<(), SqlError> {
        self.spliced(edits, region, |edit| edit.at.end <= region.end)
    }

    /// An expression with the edits inside it, but without what is added behind it: the name of a column.
    fn inside(&mut self, edits: &[Edit], region: Span) -> Result<(), SqlError> {
        self.spliced(edits, region, |edit| edit.at.end <= region.end && edit.at.start < region.end)
    }

    fn spliced(&mut self, edits: &[Edit], region: Span, within: impl Fn(&Edit) -> bool) -> Result<(), SqlError> {
        let mut at = region.start;
        for edit in edits {
            if edit.at.start < at || !within(edit) {
                continue;
            }
            self.copy(Span { start: at, end: edit.at.start });
            self.replacement(edit)?;
            at = edit.at.end;
        }
        self.copy(Span { start: at, end: region.end });
        Ok(())
    }

    /// The text that stands at a span of the normal form.
    fn copy(&mut self, span: Span) {
        if span.start < span.end {
            let lexed = self.args.lexed;
            self.copy_text(Span { start: text_place(lexed, span.start), end: text_place(lexed, span.end) });
        }
    }

    /// A filter, as far as its literals allow it.
    fn filter(&mut self, filter: &Filter) -> Result<(), SqlError> {
        if !filter.holds(self.args) {
            self.out.extend_from_slice(b"TRUE");
            return Ok(());
        }
        self.out.push(b'(');
        let inlines = std::mem::replace(&mut self.inlines, true);
        let plan = self.plan;
        let written = self.region(&plan.single, filter.at);
        self.inlines = inlines;
        self.out.push(b')');
        written
    }

    /// A parameter that a filter takes, as a literal.
    fn literal(&mut self, param: u16) {
        match self.args.params.get(usize::from(param)) {
            Some(Value::Int(value)) => self.number("", *value),
            Some(Value::UInt(value)) => self.number("", *value),
            Some(Value::Decimal(digits)) => self.out.extend_from_slice(digits.as_bytes()),
            Some(Value::Bytes(bytes)) => {
                self.out.extend_from_slice(b"_utf8mb4 x'");
                for byte in bytes.iter() {
                    let _written = write!(self.out, "{byte:02x}");
                }
                self.out.push(b'\'');
            }
            // No filter takes these.
            Some(Value::Null | Value::Double(_) | Value::DateTime(_) | Value::Time(_)) | None => {
                self.out.extend_from_slice(b"NULL");
            }
        }
    }

    /// A span of the text, and the parameters in it.
    pub(super) fn copy_text(&mut self, span: Span) {
        if self.inlines && self.args.lexed.params > 0 {
            self.copy_inlined(span);
            return;
        }
        self.out.extend_from_slice(bytes(self.args.text, span));
        if self.args.lexed.params == 0 {
            return;
        }
        let literals = &self.args.lexed.literals;
        let first = literals.partition_point(|literal| literal.span.start < span.start);
        for literal in literals.iter().skip(first).take_while(|literal| literal.span.end <= span.end) {
            if literal.kind == LiteralKind::Param {
                self.params.push(literal.param);
            }
        }
    }

    /// A span of the text with literals for its parameters.
    fn copy_inlined(&mut self, span: Span) {
        let literals = &self.args.lexed.literals;
        let first = literals.partition_point(|literal| literal.span.start < span.start);
        let mut at = span.start;
        for literal in literals.iter().skip(first).take_while(|literal| literal.span.end <= span.end) {
            if literal.kind == LiteralKind::Param {
                self.out.extend_from_slice(bytes(self.args.text, Span { start: at, end: literal.span.start }));
                self.literal(literal.param);
                at = literal.span.end;
            }
        }
        self.out.extend_from_slice(bytes(self.args.text, Span { start: at, end: span.end }));
    }

    pub(super) fn replacement(&mut self, edit: &Edit) -> Result<(), SqlError> {
        self.replace(&edit.with)
    }

    fn replace(&mut self, with: &Replacement) -> Result<(), SqlError> {
        match with {
            Replacement::Table { table, alias } => self.table(*table, alias.as_deref()),
            Replacement::Text(text) => {
                self.out.extend_from_slice(text.as_bytes());
                Ok(())
            }
            Replacement::PushedLimit => {
                if let Some((offset, count)) = self.plan.limit(self.args)? {
                    self.number("LIMIT ", offset.saturating_add(count));
                }
                Ok(())
            }
            Replacement::Rows => self.rows(),
            Replacement::Pieces(pieces) => pieces.iter().try_for_each(|piece| match piece {
                Piece::Text(text) => {
                    self.out.extend_from_slice(text.as_bytes());
                    Ok(())
                }
                Piece::Copy(span) => {
                    let plan = self.plan;
                    self.inside(&plan.single, *span)
                }
                Piece::Quoted(span) => {
                    self.quoted(*span);
                    Ok(())
                }
                Piece::Raw(span) => {
                    self.copy(*span);
                    Ok(())
                }
                Piece::Replace(with) => self.replace(with),
                Piece::MergeTable { table, copy, alias } => {
                    self.out.extend_from_slice(MergeName::copy(*table, *copy).qualified().as_bytes());
                    if let Some(alias) = alias {
                        self.out.extend_from_slice(b" AS ");
                        self.name(alias.as_bytes());
                    }
                    Ok(())
                }
                Piece::Table { table, alias } => self.table(*table, Some(alias)),
                Piece::Filter(filter) => self.filter(filter),
            }),
            Replacement::LastInsertId => {
                self.unsigned(self.args.last_insert_id);
                Ok(())
            }
            Replacement::ConnectionId => {
                self.number("", self.args.connection_id);
                Ok(())
            }
            Replacement::User => {
                self.account(self.args.host);
                Ok(())
            }
            Replacement::Account => {
                self.account("%");
                Ok(())
            }
            Replacement::FoundRows => {
                // MySQL warns of the function wherever it stands.
                let found = i64::try_from(self.args.found_rows).unwrap_or(i64::MAX);
                let _written = write!(self.out, "CAST(({found} | (FOUND_ROWS() & 0)) AS SIGNED)");
                Ok(())
            }
            Replacement::RowCount => {
                self.signed(self.args.row_count);
                Ok(())
            }
            Replacement::WarningCount => {
                self.counted(self.args.warning_count);
                Ok(())
            }
            Replacement::ErrorCount => {
                self.counted(self.args.error_count);
                Ok(())
            }
            Replacement::Switch(switch) => {
                self.counted(u64::from(self.args.switches.is_on(*switch)));
                Ok(())
            }
        }
    }

    /// `'user@host'`, readable in every `sql_mode` and character set, with the type and the coercibility that the function
    /// has, because it might be chosen. A conversion to its character set would be a deprecated one.
    fn account(&mut self, host: &str) {
        self.out.extend_from_slice(b"ELT(1, _utf8mb4 x'");
        let bytes = self.args.user.bytes().chain(*b"@").chain(host.bytes());
        for byte in bytes {
            self.out.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        self.out.extend_from_slice(b"', USER())");
    }

    /// The client's own text as a name.
    fn quoted(&mut self, span: Span) {
        let lexed = self.args.lexed;
        let span = Span { start: text_place(lexed, span.start), end: text_place(lexed, span.end) };
        let text = bytes(self.args.text, span);
        // As long as the names that servers make of expressions; they warn of a longer one.
        let whole = |end: &usize| text.get(*end).is_none_or(|byte| byte & 0xC0 != 0x80);
        let end = (0..=LONGEST_NAME.min(text.len())).rev().find(whole).unwrap_or_default();
        self.name(text.get(..end).unwrap_or(text));
    }

    fn table(&mut self, table: usize, alias: Option<&str>) -> Result<(), SqlError> {
        let plan = self.plan;
        let Some(named) = plan.tables.get(table) else { return Ok(()) };
        match self.target.spread {
            Spread::One | Spread::Many => {
                let physical = named.physical(plan.node_of(table, self.target.node, self.args)?);
                self.name(physical.database.as_bytes());
                self.out.push(b'.');
                self.name(physical.table.as_bytes());
            }
            Spread::MergeNode | Spread::MergeNodeOnce => {
                let place = plan.rewrite.as_ref().map_or(table, |rewrite| rewrite.place_of(table));
                self.out.extend_from_slice(MergeName::of(place).qualified().as_bytes());
            }
        }
        if let Some(alias) = alias {
            self.out.extend_from_slice(b" AS ");
            self.name(alias.as_bytes());
        }
        Ok(())
    }

    /// A name in backticks.
    fn name(&mut self, name: &[u8]) {
        self.out.reserve(name.len() + 2);
        self.out.push(b'`');
        // Names are short, and hardly one has a backtick.
        if name.contains(&b'`') {
            self.out.extend(name.iter().flat_map(|byte| std::iter::repeat_n(*byte, if *byte == b'`' { 2 } else { 1 })));
        } else {
            self.out.extend_from_slice(name);
        }
        self.out.push(b'`');
    }

    pub(super) fn number(&mut self, before: &str, number: impl std::fmt::Display) {
        // Writing to memory does not fail.
        let _written = write!(self.out, "{before}{number}");
    }

    /// A number of the type that the function in its place has. A literal is as narrow as its digits, and MariaDB's
    /// CAST of one too; what comes of `|` is a BIGINT UNSIGNED.
    fn unsigned(&mut self, number: u64) {
        let _written = write!(self.out, "({number} | 0)");
    }

    fn signed(&mut self, number: i64) {
        let _written = write!(self.out, "CAST(({number} | 0) AS SIGNED)");
    }

    /// As a system variable, whose type may be NULL.
    fn counted(&mut self, number: u64) {
        let _written = write!(self.out, "NULLIF({number} | 0, -1)");
    }

    /// The rows of VALUES that belong to the node.
    fn rows(&mut self) -> Result<(), SqlError> {
        let plan = self.plan;
        let Some(rows) = plan.value_rows() else { return Ok(()) };
        let computed;
        let assigned: &[DataNode] = match (self.target.spread, rows.keys.is_empty(), self.target.rows) {
            (Spread::One | Spread::MergeNode | Spread::MergeNodeOnce, _, _) | (_, true, _) => &[],
            (Spread::Many, false, []) => {
                let mut nodes = Vec::new();
                plan.assign_rows(self.args, &mut nodes)?;
                computed = nodes;
                &computed
            }
            (Spread::Many, false, given) => given,
        };
        rows.write(self, assigned)
    }
}

/// The place in the text of a place in the normal form.
pub(super) fn text_place(lexed: &Lexed, at: u32) -> u32 {
    let next = lexed.holes.partition_point(|hole| hole.normal.end <= at);
    match next.checked_sub(1).and_then(|before| lexed.holes.get(before)) {
        Some(hole) => hole.text.end + (at - hole.normal.end),
        None => at,
    }
}

/// The bytes at a span; none when the span is not of this text.
pub(super) fn bytes(text: &[u8], span: Span) -> &[u8] {
    let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
    range.and_then(|(start, end)| text.get(start..end)).unwrap_or(&[])
}
