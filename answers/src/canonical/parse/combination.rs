//! Binomial coefficients that are written with indices: `C_5^2`, `{}_5C_2`, `{}^5C_2`.

use super::parser::{Parsed, Parser, Stop};
use crate::canonical::expr::{Id, Node};
use crate::canonical::lexer::Token;

impl Parser<'_, '_> {
    /// `_5^2`, after the letter. Leaves the cursor alone if there is anything else.
    pub(super) fn chosen(&mut self) -> Parsed<Id> {
        let rest = self.rest(self.at);
        let [
            Token::Symbol('_'),
            Token::Open,
            Token::Number(_),
            Token::Close,
            Token::Symbol('^'),
            Token::Open,
            Token::Number(_),
            Token::Close,
            ..,
        ] = rest
        else {
            return Err(Stop::NotMath);
        };
        self.at += 1;
        let n = self.argument()?;
        self.at += 1;
        let k = self.argument()?;
        Ok(self.expr.push(Node::Binomial(n, k)))
    }

    /// `_5C_2` at the cursor, with the letter at `letter`.
    pub(super) fn counted(&mut self, letter: usize) -> Parsed<Id> {
        let [
            _,
            Token::Open,
            Token::Number(_),
            Token::Close,
            Token::Word { text: "C", .. },
            Token::Symbol('_'),
            Token::Open,
            Token::Number(_),
            Token::Close,
            ..,
        ] = self.rest(self.at)
        else {
            return Err(Stop::NotMath);
        };
        self.at += 1;
        let n = self.argument()?;
        self.at = letter + 2;
        let k = self.argument()?;
        Ok(self.expr.push(Node::Binomial(n, k)))
    }
}
