//! Matrices within text: the kinds of brackets and environments become one.

use crate::canonical::lexer::Token;

/// Environments that are a matrix.
const NAMES: [&str; 6] = ["pmatrix", "bmatrix", "Bmatrix", "matrix", "smallmatrix", "array"];

/// The tokens with each matrix in one environment without brackets; `None` if there is none.
pub(super) fn normalised<'a>(tokens: &[Token<'a>]) -> Option<Vec<Token<'a>>> {
    if !tokens.contains(&Token::Command("begin")) {
        return None;
    }
    let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((&first, after)) = rest.split_first() {
        rest = match rest {
            [
                Token::Command(edge @ ("begin" | "end")),
                Token::Open,
                Token::Word { text, upright },
                Token::Close,
                after @ ..,
            ] if NAMES.contains(text) => {
                let opens = *edge == "begin";
                if opens && matches!(out.last(), Some(Token::Symbol('(' | '['))) {
                    out.pop();
                }
                let name = Token::Word {
                    text: "matrix",
                    upright: *upright,
                };
                out.extend([Token::Command(edge), Token::Open, name, Token::Close]);
                match after {
                    [Token::Symbol(')' | ']'), after @ ..] if !opens => after,
                    after if opens && *text == "array" => after_alignment(after),
                    after => after,
                }
            }
            _ => {
                out.push(first);
                after
            }
        };
    }
    Some(out)
}

/// What follows the columns of an array, such as `rr|r`.
fn after_alignment<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Word { text, .. }, rest @ ..] = tokens
        && text.chars().all(|c| matches!(c, 'l' | 'c' | 'r'))
    {
        tokens = match rest {
            [Token::Symbol('|'), rest @ ..] => rest,
            rest => rest,
        };
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::super::print;
    use crate::canonical::group::group;
    use crate::canonical::lexer::lex;

    #[test]
    fn a_matrix_in_text_is_the_same_in_any_brackets() {
        let text = |answer: &str| print(&group(&lex(answer)));
        let expected = text(r"Yes. \begin{bmatrix}0 & 1 \\ 0 & 0\end{bmatrix} works.");
        for answer in [
            r"Yes. \left[\begin{array}{ll}0 & 1 \\ 0 & 0\end{array}\right] works.",
            r"Yes. \begin{pmatrix}0&1\\0&0\end{pmatrix} works.",
        ] {
            assert_eq!(text(answer), expected, "{answer}");
        }
        assert_ne!(
            text(r"Yes. \begin{bmatrix}0 & 1 \\ 1 & 0\end{bmatrix} works."),
            expected
        );
    }
}
