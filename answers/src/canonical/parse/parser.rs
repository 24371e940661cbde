//! A cursor over tokens.

use crate::budget::OverBudget;
use crate::canonical::expr::{Expr, Id, Node, Rational};
use crate::canonical::lexer::Token;

/// Why reading stopped early.
pub(super) enum Stop {
    /// The tokens are not an expression.
    NotMath,
    /// The expression is too large.
    Over(OverBudget),
}

impl From<OverBudget> for Stop {
    fn from(over: OverBudget) -> Self {
        Self::Over(over)
    }
}

/// What was read, or why nothing was.
pub(super) type Parsed<T = Id> = Result<T, Stop>;

/// A position in tokens, and the expression read so far.
pub(super) struct Parser<'t, 'a> {
    pub(super) tokens: &'t [Token<'a>],
    pub(super) at: usize,
    /// Where the innermost argument ends: a unit reaches no farther.
    pub(super) end: usize,
    /// Bytes read of the word at `at`: `xy` is two factors.
    pub(super) within: usize,
    pub(super) expr: Expr,
    pub(super) depth: usize,
    /// Whether the innermost bracket is a bar, which the next bar closes.
    pub(super) barred: bool,
    /// Whether degrees count as an angle (`\sin 30^\circ`) rather than as a unit.
    pub(super) angle: bool,
}

impl<'t, 'a> Parser<'t, 'a> {
    /// At the beginning of `tokens`.
    pub(super) fn new(tokens: &'t [Token<'a>]) -> Self {
        Self {
            tokens,
            at: 0,
            end: tokens.len(),
            within: 0,
            expr: Expr::default(),
            depth: 0,
            barred: false,
            angle: false,
        }
    }

    /// The tokens in the braces of an argument that is not an expression.
    pub(super) fn raw_argument(&mut self) -> Parsed<&'t [Token<'a>]> {
        self.expect(Token::Open)?;
        let start = self.at;
        let mut depth = 1;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(&self.tokens[start..self.at - 1]);
            }
        }
        Err(Stop::NotMath)
    }

    /// The tokens from `at` to the end of the innermost argument.
    pub(super) fn rest(&self, at: usize) -> &'t [Token<'a>] {
        self.tokens.get(at..self.end).unwrap_or_default()
    }

    /// Where the brace closes that is open at the cursor.
    pub(super) fn closing(&self) -> usize {
        let mut depth = 1;
        let closes = |token: &Token<'_>| {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            depth == 0
        };
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        rest.iter()
            .position(closes)
            .map_or(self.tokens.len(), |length| self.at + length)
    }

    /// Adds a number to the expression.
    pub(super) fn number(&mut self, value: Rational) -> Id {
        self.expr.push(Node::Number(value))
    }

    /// The token at the cursor; of a word what is not read yet.
    pub(super) fn peek(&self) -> Option<Token<'a>> {
        match self.tokens.get(self.at)? {
            Token::Word { text, upright } => Some(Token::Word {
                text: &text[self.within..],
                upright: *upright,
            }),
            token => Some(*token),
        }
    }

    /// Passes `token`, which must come next.
    pub(super) fn expect(&mut self, token: Token<'_>) -> Parsed<()> {
        if self.take(token) { Ok(()) } else { Err(Stop::NotMath) }
    }

    /// Passes `token` if it comes next, and says whether it did.
    pub(super) fn take(&mut self, token: Token<'_>) -> bool {
        let taken = self.within == 0 && self.tokens.get(self.at) == Some(&token);
        self.at += usize::from(taken);
        taken
    }

    /// Passes spaces.
    pub(super) fn spaces(&mut self) {
        while self.within == 0 && self.tokens.get(self.at) == Some(&Token::Space) {
            self.at += 1;
        }
    }
}
