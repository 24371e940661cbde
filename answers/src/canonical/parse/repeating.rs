//! Repeating decimals: `0.1\overline{6}`, `0.\dot{1}4285\dot{7}`, `0.(3)`, `0.333\ldots`.

use super::parser::Parser;
use crate::canonical::lexer::Token;

/// Fewest repetitions of one digit, and of several, before an ellipsis.
const ONE_DIGIT: usize = 3;
const SEVERAL_DIGITS: usize = 2;

impl Parser<'_, '_> {
    /// The digits before the repeating part and the repeating part, after `decimals`. Leaves the cursor alone if
    /// nothing repeats.
    pub(super) fn repeating(&mut self, decimals: &str) -> Option<(String, String)> {
        let rest = &self.tokens[self.at..];
        let (length, shown, repeated) = match rest {
            [
                Token::Command("overline" | "bar"),
                Token::Open,
                Token::Number(repeated),
                Token::Close,
                ..,
            ] => (4, decimals.to_owned(), (*repeated).to_owned()),
            [Token::Command("dot"), ..] => {
                let (length, repeated) = dotted(rest)?;
                (length, decimals.to_owned(), repeated)
            }
            [Token::Symbol('('), Token::Number(repeated), Token::Symbol(')')] => {
                (3, decimals.to_owned(), (*repeated).to_owned())
            }
            [Token::Command("ldots"), ..] => ellipsis(decimals).map(|(shown, repeated)| (1, shown, repeated))?,
            [Token::Symbol('.'), Token::Symbol('.'), Token::Symbol('.'), ..] => {
                ellipsis(decimals).map(|(shown, repeated)| (3, shown, repeated))?
            }
            _ => return None,
        };
        self.at += length;
        Some((shown, repeated))
    }
}

/// The length and digits of `\dot{3}`, or of `\dot{1}4285\dot{7}`.
fn dotted(tokens: &[Token<'_>]) -> Option<(usize, String)> {
    let first = |tokens: &[Token<'_>]| match tokens {
        [
            Token::Command("dot"),
            Token::Open,
            Token::Number(digit),
            Token::Close,
            ..,
        ] => Some((*digit).to_owned()),
        _ => None,
    };
    let start = first(tokens)?;
    match &tokens[4..] {
        [Token::Number(middle), last @ ..] if first(last).is_some() => {
            Some((9, start + middle + &first(last).unwrap_or_default()))
        }
        last if first(last).is_some() => Some((8, start + &first(last).unwrap_or_default())),
        _ => Some((4, start)),
    }
}

/// The shortest block that decimals end in often enough to be the repeating part: `1666` repeats `6`.
fn ellipsis(decimals: &str) -> Option<(String, String)> {
    (1..=decimals.len() / SEVERAL_DIGITS).find_map(|length| {
        let block = &decimals[decimals.len() - length..];
        let times = if length == 1 { ONE_DIGIT } else { SEVERAL_DIGITS };
        let repeats = decimals.ends_with(&block.repeat(times));
        repeats.then(|| {
            let mut shown = decimals;
            while let Some(before) = shown.strip_suffix(block) {
                shown = before;
            }
            (shown.to_owned(), block.to_owned())
        })
    })
}
