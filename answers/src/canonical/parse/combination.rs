//! Combinations and arrangements that are written with indices: `C_5^2`, `{}_5C_2`, `{}^5C_2`; `A_5^2`, `{}_5P_2`.

use super::parser::{Parsed, Parser, Stop};
use crate::canonical::expr::{Function, Id, Node};
use crate::canonical::lexer::Token;

impl Parser<'_, '_> {
    /// `_5^2`, after the letter. Leaves the cursor alone if there is anything else; `A_2^3` is the power of a variable.
    pub(super) fn chosen(&mut self, ordered: bool) -> Parsed<Id> {
        let rest = self.rest(self.at);
        let [
            Token::Symbol('_'),
            Token::Open,
            Token::Number(all),
            Token::Close,
            Token::Symbol('^'),
            Token::Open,
            Token::Number(some),
            Token::Close,
            ..,
        ] = rest
        else {
            return Err(Stop::NotMath);
        };
        let size = |digits: &str| digits.parse::<u32>().ok();
        if ordered && size(all) < size(some) {
            return Err(Stop::NotMath);
        }
        self.at += 1;
        let n = self.argument()?;
        self.at += 1;
        let k = self.argument()?;
        Ok(self.count(n, k, ordered))
    }

    /// How many choices of `k` out of `n` there are; if `ordered`, arrangements.
    fn count(&mut self, n: Id, k: Id, ordered: bool) -> Id {
        let choices = self.expr.push(Node::Binomial(n, k));
        if !ordered {
            return choices;
        }
        let orders = self.expr.push(Node::Call(Function::Factorial, k));
        self.expr.push(Node::Mul(choices, orders))
    }

    /// `_5C_2` at the cursor, with the letter at `letter`.
    pub(super) fn counted(&mut self, letter: usize) -> Parsed<Id> {
        let [
            _,
            Token::Open,
            Token::Number(_),
            Token::Close,
            Token::Word {
                text: text @ ("C" | "P"),
                ..
            },
            Token::Symbol('_'),
            Token::Open,
            Token::Number(_),
            Token::Close,
            ..,
        ] = self.rest(self.at)
        else {
            return Err(Stop::NotMath);
        };
        let ordered = *text == "P";
        self.at += 1;
        let n = self.argument()?;
        self.at = letter + 2;
        let k = self.argument()?;
        Ok(self.count(n, k, ordered))
    }
}
