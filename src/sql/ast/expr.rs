//! Expressions.

use super::{Ident, Query, Span};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is, as far as plans ask.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A column.
    Column(ColumnName),
    /// A literal; its bytes are at the span, its class is known. `TRUE` and `FALSE` are integers.
    Literal(LiteralKind),
    /// The n-th `?`, from 0.
    Param(u16),
    /// A user variable, without `@`.
    UserVariable(String),
    /// A system variable, without `@@` and scope, lower case.
    SystemVariable(String),
    /// `-x`.
    Neg(Box<Expr>),
    /// NOT x, ! x.
    Not(Box<Expr>),
    /// Two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// x IS [NOT] NULL.
    IsNull {
        /// x.
        expr: Box<Expr>,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] IN (a, b).
    InList {
        /// x.
        expr: Box<Expr>,
        /// a, b.
        list: Vec<Expr>,
        /// The list with its parentheses.
        list_span: Span,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] IN (SELECT …), and ANY, SOME, ALL.
    InQuery {
        /// x.
        expr: Box<Expr>,
        /// The query.
        query: Box<Query>,
        /// NOT.
        negated: bool,
    },
    /// x [NOT] BETWEEN a AND b.
    Between {
        /// x.
        expr: Box<Expr>,
        /// a.
        low: Box<Expr>,
        /// b.
        high: Box<Expr>,
        /// NOT.
        negated: bool,
    },
    /// (a, b), ROW(a, b): two or more. A single expression in parentheses is `Paren`.
    Row(Vec<Expr>),
    /// (x).
    Paren(Box<Expr>),
    /// A scalar subquery.
    Subquery(Box<Query>),
    /// [NOT] EXISTS (SELECT …).
    Exists(Box<Query>),
    /// A function call, also an aggregate.
    Function(Box<Function>),
    /// DEFAULT, as a value.
    Default,
    /// CASE, CAST, LIKE, REGEXP, COLLATE, INTERVAL, bit operators, `:=`, … with everything inside them.
    Other {
        /// A word for messages: `CASE`, `LIKE`, `:=`.
        name: String,
        /// All operands.
        children: Vec<Expr>,
    },
}

/// A column, perhaps with table and schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    /// `shop` in `shop.orders.id`.
    pub schema: Option<Ident>,
    /// `orders`.
    pub table: Option<Ident>,
    /// `id`.
    pub column: Ident,
}

/// Operators that plans look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// AND, &&.
    And,
    /// OR, and || unless PIPES_AS_CONCAT.
    Or,
    /// XOR.
    Xor,
    /// =.
    Eq,
    /// <=>.
    NullSafeEq,
    /// <>, !=.
    Ne,
    /// <.
    Lt,
    /// <=.
    Le,
    /// >.
    Gt,
    /// >=.
    Ge,
    /// +.
    Add,
    /// -.
    Sub,
    /// *.
    Mul,
    /// /.
    Div,
    /// DIV.
    IntDiv,
    /// %, MOD.
    Mod,
    /// Any other operator of two operands.
    Other,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Upper case; `schema.name` when qualified.
    pub name: String,
    /// Arguments; `COUNT(*)` has none and `star`.
    pub args: Vec<Expr>,
    /// `COUNT(*)`.
    pub star: bool,
    /// DISTINCT inside.
    pub distinct: bool,
    /// ORDER BY or SEPARATOR inside (GROUP_CONCAT).
    pub ordered: bool,
    /// OVER …: a window function; its expressions.
    pub over: Option<Vec<Expr>>,
}

/// Classes of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// Digits only.
    Int,
    /// With a point.
    Decimal,
    /// With an exponent.
    Float,
    /// Quoted, of the session's charset. Adjacent strings are one literal.
    String,
    /// `_latin1'…'`, `N'…'`: of a named charset.
    IntroducedString,
    /// `x'…'`, `0x…`.
    Hex,
    /// `b'…'`, `0b…`.
    Bit,
    /// NULL.
    Null,
    /// TRUE.
    True,
    /// FALSE.
    False,
    /// `DATE'…'`, `TIME'…'`, `TIMESTAMP'…'`.
    Temporal,
    /// A parameter `?` (only as a lexed literal; in the tree it is `ExprKind::Param`).
    Param,
}
