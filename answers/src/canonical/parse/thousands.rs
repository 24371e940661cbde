//! Groups of digits as they are written outside of English: `1.000.000`, `1'000'000`, `12,34,567`.

use crate::canonical::lexer::Token;

/// Marks between groups of three digits, of which there must be two or more to tell them from a point.
const MARKS: [char; 2] = ['.', '\''];

/// Most groups of a number.
const MAX_GROUPS: usize = 16;

/// The digits of such a number at the start of `tokens`, and how many tokens it has.
pub(in crate::canonical) fn grouped(tokens: &[Token<'_>]) -> Option<(String, usize)> {
    MARKS
        .into_iter()
        .find_map(|mark| by_three(tokens, mark))
        .or_else(|| indian(tokens))
}

fn by_three(tokens: &[Token<'_>], mark: char) -> Option<(String, usize)> {
    let groups = groups(tokens, mark);
    let (first, others) = groups.split_first()?;
    let fewest = if mark == '.' { 2 } else { 1 };
    let fits = first.len() <= 3 && !first.starts_with('0') && others.iter().all(|group| group.len() == 3);
    (others.len() >= fewest && fits).then(|| (groups.concat(), 2 * groups.len() - 1))
}

/// Groups of two digits before the last one of three: lakh and crore.
fn indian(tokens: &[Token<'_>]) -> Option<(String, usize)> {
    let groups = groups(tokens, ',');
    let [first, middle @ .., last] = groups.as_slice() else {
        return None;
    };
    let pairs = !middle.is_empty() && middle.iter().all(|group| group.len() == 2);
    let fits = first.len() <= 2 && !first.starts_with('0') && pairs && last.len() == 3;
    fits.then(|| (groups.concat(), 2 * groups.len() - 1))
}

/// The runs of digits with `mark` between them.
fn groups<'a>(tokens: &[Token<'a>], mark: char) -> Vec<&'a str> {
    let mut groups = Vec::new();
    let mut rest = tokens;
    while let [Token::Number(digits), after @ ..] = rest
        && groups.len() < MAX_GROUPS
    {
        groups.push(*digits);
        rest = match after {
            [Token::Symbol(symbol), next @ ..] if *symbol == mark => next,
            _ => break,
        };
    }
    groups
}
