//! The expression of one scalar: a tree in one vector, children before parents.
//!
//! Knows neither notation nor values. One pass over [`Expr::nodes`], in order and without recursion, evaluates it.

use num_bigint::BigInt;
use num_rational::Ratio;

/// An exact rational number.
pub(crate) type Rational = Ratio<BigInt>;

/// Index of a node in its expression.
pub(crate) type Id = usize;

/// A function of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Sin,
    Cos,
    Tan,
    Cot,
    Sec,
    Csc,
    Arcsin,
    Arccos,
    Arctan,
    Arccot,
    Arcsec,
    Arccsc,
    Sinh,
    Cosh,
    Tanh,
    Coth,
    Sech,
    Csch,
    Arsinh,
    Arcosh,
    Artanh,
    Exp,
    Ln,
    Abs,
    Floor,
    Ceil,
    Factorial,
    /// Degrees to radians.
    Degrees,
}

impl Function {
    /// The function denoted by `self^{-1}`: `\sin^{-1}` is the arc sine, not the cosecant.
    pub(crate) fn inverse(self) -> Option<Self> {
        let inverse = match self {
            Self::Sin => Self::Arcsin,
            Self::Cos => Self::Arccos,
            Self::Tan => Self::Arctan,
            Self::Cot => Self::Arccot,
            Self::Sec => Self::Arcsec,
            Self::Csc => Self::Arccsc,
            Self::Sinh => Self::Arsinh,
            Self::Cosh => Self::Arcosh,
            Self::Tanh => Self::Artanh,
            _ => return None,
        };
        Some(inverse)
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Number(Rational),
    Imaginary,
    Pi,
    Euler,
    /// Index into [`Expr::names`].
    Variable(usize),
    Neg(Id),
    /// `±` before its operand; whether it is `∓`.
    PlusMinus(Id, bool),
    Add(Id, Id),
    Mul(Id, Id),
    Div(Id, Id),
    Pow(Id, Id),
    Call(Function, Id),
    Binomial(Id, Id),
    /// An unknown function, by index into [`Expr::names`]: equal arguments give equal values, and that is all that is
    /// known about it.
    Opaque(usize, Id),
}

/// An expression.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Expr {
    /// Operations; every child has a smaller index than its parent, and the last one is the root.
    pub(crate) nodes: Vec<Node>,
    /// Names of variables and unknown functions.
    pub(crate) names: Vec<String>,
}

impl Expr {
    /// Appends a node and returns its index.
    pub(crate) fn push(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The index of a name; adds the name if it is new.
    pub(crate) fn name(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// The variables that occur, in order of their first occurrence.
    pub(crate) fn variables(&self) -> Vec<&str> {
        let mut variables = Vec::new();
        for node in &self.nodes {
            if let Node::Variable(name) = node {
                let name = self.names[*name].as_str();
                if !variables.contains(&name) {
                    variables.push(name);
                }
            }
        }
        variables
    }

    /// Whether the value does not depend on what its names stand for.
    pub(crate) fn is_constant(&self) -> bool {
        !self
            .nodes
            .iter()
            .any(|node| matches!(node, Node::Variable(_) | Node::Opaque(..)))
    }

    /// Whether it has two values, one for each sign.
    pub(crate) fn has_plus_minus(&self) -> bool {
        self.nodes.iter().any(|node| matches!(node, Node::PlusMinus(..)))
    }

    /// `self - other`.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let (mut both, left, right) = self.beside(other);
        let negated = both.push(Node::Neg(right));
        both.push(Node::Add(left, negated));
        both
    }

    /// `self * other`.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let (mut both, left, right) = self.beside(other);
        both.push(Node::Mul(left, right));
        both
    }

    /// The nodes of both, and their roots.
    fn beside(&self, other: &Self) -> (Self, Id, Id) {
        let mut both = self.clone();
        let shift = both.nodes.len();
        let names: Vec<usize> = other.names.iter().map(|name| both.name(name)).collect();
        for node in &other.nodes {
            both.push(node.shifted(shift, &names));
        }
        let right = both.nodes.len() - 1;
        (both, shift - 1, right)
    }
}

impl Node {
    /// The operands.
    pub(crate) fn children(&self) -> impl Iterator<Item = Id> {
        let (first, second) = match self {
            Self::Number(_) | Self::Imaginary | Self::Pi | Self::Euler | Self::Variable(_) => (None, None),
            Self::Neg(a) | Self::PlusMinus(a, _) | Self::Call(_, a) | Self::Opaque(_, a) => (Some(*a), None),
            Self::Add(a, b) | Self::Mul(a, b) | Self::Div(a, b) | Self::Pow(a, b) | Self::Binomial(a, b) => {
                (Some(*a), Some(*b))
            }
        };
        first.into_iter().chain(second)
    }

    fn shifted(&self, by: usize, names: &[usize]) -> Self {
        match self {
            Self::Number(value) => Self::Number(value.clone()),
            Self::Imaginary => Self::Imaginary,
            Self::Pi => Self::Pi,
            Self::Euler => Self::Euler,
            Self::Variable(name) => Self::Variable(names[*name]),
            Self::Neg(a) => Self::Neg(a + by),
            Self::PlusMinus(a, minus) => Self::PlusMinus(a + by, *minus),
            Self::Add(a, b) => Self::Add(a + by, b + by),
            Self::Mul(a, b) => Self::Mul(a + by, b + by),
            Self::Div(a, b) => Self::Div(a + by, b + by),
            Self::Pow(a, b) => Self::Pow(a + by, b + by),
            Self::Call(function, a) => Self::Call(*function, a + by),
            Self::Binomial(a, b) => Self::Binomial(a + by, b + by),
            Self::Opaque(name, a) => Self::Opaque(names[*name], a + by),
        }
    }
}
