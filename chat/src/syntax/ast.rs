//! The tree of a template.
//!
//! Chains (`a + b + c`, `a.b.c`, `x | f | g`, `elif`) are lists, not nests: the height of a tree is bounded by the
//! parser's limit on nesting, however long the template.

use std::sync::Arc;

/// Statements in a row.
pub(crate) type Body = Vec<Stmt>;

/// A whole template.
#[derive(Debug)]
pub(crate) struct Tree {
    pub body: Body,
    /// The `{% block %}`s, which are also the methods of `self`.
    pub blocks: Vec<Arc<Macro>>,
}

/// A statement with its line.
#[derive(Debug)]
pub(crate) struct Stmt {
    pub line: u32,
    pub kind: StmtKind,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    /// Text outside of tags.
    Text(Arc<str>),
    /// `{{ … }}`.
    Print(Expr),
    /// `{% set a = … %}`.
    Set { target: Target, value: Expr },
    /// `{% set a | filter %}…{% endset %}`.
    SetBlock {
        target: Target,
        filters: Vec<Op>,
        body: Body,
    },
    /// `{% for … %}`.
    For(Arc<For>),
    /// `{% if … %}`, its branches in order.
    If {
        branches: Vec<(Expr, Body)>,
        otherwise: Body,
    },
    /// `{% with a = … %}`.
    With { bindings: Vec<(Target, Expr)>, body: Body },
    /// `{% macro … %}`.
    Macro(Arc<Macro>),
    /// `{% call(…) f(…) %}`: the body becomes the macro `caller`.
    CallBlock { caller: Arc<Macro>, call: Expr },
    /// `{% filter … %}`.
    FilterBlock { filters: Vec<Op>, body: Body },
    /// A body with a scope of its own: `{% generation %}`, `{% autoescape %}`.
    Scope(Body),
    /// `{% block %}`, which sees the names of the template, but not those of a loop around it.
    Block(Arc<Macro>),
    /// `{% break %}`.
    Break,
    /// `{% continue %}`.
    Continue,
    /// `{% include %}`, `{% import %}`, `{% extends %}`: an error if it is reached.
    Load(&'static str),
}

#[derive(Debug)]
pub(crate) struct For {
    pub target: Target,
    pub iter: Expr,
    pub test: Option<Expr>,
    pub recursive: bool,
    /// Whether the body mentions `loop`.
    pub uses_loop: bool,
    pub body: Body,
    pub otherwise: Body,
}

/// A macro, or the body of a `{% call %}`.
#[derive(Debug)]
pub(crate) struct Macro {
    pub name: Arc<str>,
    /// Parameters; the last ones may have a default.
    pub params: Vec<(Arc<str>, Option<Expr>)>,
    pub body: Body,
    /// Which of the special names the body mentions.
    pub uses: Special,
}

/// The names that a macro has only if its body mentions them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Special {
    pub caller: bool,
    pub kwargs: bool,
    pub varargs: bool,
}

/// What can be assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Arc<str>),
    /// `ns.attribute`.
    Attribute(Arc<str>, Arc<str>),
    Tuple(Vec<Target>),
}

#[derive(Debug)]
pub(crate) enum Expr {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Arc<str>),
    Name(Arc<str>),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Positive(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `a < b <= c`.
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// Operators of equal precedence, from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// `a ~ b`.
    Concat(Vec<Expr>),
    /// `yes if test else no`.
    Conditional {
        test: Box<Expr>,
        yes: Box<Expr>,
        no: Option<Box<Expr>>,
    },
    /// Attributes, subscripts, calls, filters and tests, from left to right.
    Postfix(Box<Expr>, Vec<Op>),
}

/// One step of a postfix chain, with its line.
#[derive(Debug)]
pub(crate) struct Op {
    pub line: u32,
    pub kind: OpKind,
}

#[derive(Debug)]
pub(crate) enum OpKind {
    Attribute(Arc<str>),
    Item(Expr),
    /// Start, stop and step.
    Slice(Box<[Option<Expr>; 3]>),
    Call(Args),
    Filter(Arc<str>, Args),
    Test {
        name: Arc<str>,
        args: Args,
        negated: bool,
    },
}

/// Arguments as they are written.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub positional: Vec<Expr>,
    pub named: Vec<(Arc<str>, Expr)>,
    /// `*args`.
    pub spread: Option<Box<Expr>>,
    /// `**kwargs`.
    pub spread_named: Option<Box<Expr>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
