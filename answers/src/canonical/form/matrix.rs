//! Matrices and column vectors: `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`.
//!
//! The kind of bracket around a matrix does not matter. Bars make it a determinant, which is compared as text.

use super::part::Part;
use super::reader::{Item, Reader, Unread};
use super::split;
use super::trim::trim;
use crate::canonical::expr::Expr;
use crate::canonical::lexer::Token;
use crate::canonical::parse;

/// Reads all of `tokens` as a matrix with an optional factor; `None` if there is no matrix environment.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let Some(begin) = tokens.iter().position(|token| *token == Token::Command("begin")) else {
        return Ok(None);
    };
    let bracketed =
        matches!(tokens[..begin], [.., Token::Symbol('(' | '[')]) && matches!(tokens, [.., Token::Symbol(')' | ']')]);
    let (factor, matrix) = if bracketed {
        (&tokens[..begin - 1], trim(&tokens[begin..tokens.len() - 1]))
    } else {
        tokens.split_at(begin)
    };
    let factor = self::factor(factor)?;
    let body = body(matrix).ok_or(Unread::NotMath)?;
    let mut rows = Vec::new();
    for row in split::at(body, &split::positions(body, |at| body[at] == Token::Command("\\"))) {
        let row = trim(row);
        if row.is_empty() || row == [Token::Command("hline")] {
            continue;
        }
        let cells = split::at(row, &split::positions(row, |at| row[at] == Token::Symbol('&')));
        let cells = cells
            .iter()
            .map(|cell| self::cell(reader, cell, factor.as_ref()))
            .collect::<Result<Vec<String>, Unread>>()?;
        rows.push(format!("[{}]", cells.join(",")));
    }
    Ok(Some(Item {
        name: None,
        part: Part::Other(format!("[{}]", rows.join(","))),
    }))
}

/// The factor before a matrix: `-`, `2`, `\frac{1}{2}\cdot`.
fn factor(tokens: &[Token<'_>]) -> Result<Option<Expr>, Unread> {
    match trim(tokens) {
        [] => Ok(None),
        [Token::Symbol('-')] => Ok(parse::scalar(&[Token::Symbol('-'), Token::Number("1")])?),
        tokens => parse::scalar(tokens)?.map(Some).ok_or(Unread::NotMath),
    }
}

/// The content of the environment that makes up `tokens`.
fn body<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let [
        Token::Command("begin"),
        Token::Open,
        Token::Word { text: environment, .. },
        Token::Close,
        body @ ..,
        Token::Command("end"),
        Token::Open,
        Token::Word { text: closed, .. },
        Token::Close,
    ] = tokens
    else {
        return None;
    };
    let nested = environment != closed || body.contains(&Token::Command("begin"));
    match *environment {
        _ if nested => None,
        "pmatrix" | "bmatrix" | "Bmatrix" | "matrix" | "smallmatrix" => Some(body),
        "array" => Some(after_alignment(body)),
        _ => None,
    }
}

fn cell(reader: &mut Reader, tokens: &[Token<'_>], factor: Option<&Expr>) -> Result<String, Unread> {
    match factor {
        None => Ok(reader.item(tokens)?.part.print()),
        Some(factor) => {
            let cell = parse::scalar(trim(tokens))?.ok_or(Unread::NotMath)?;
            Ok(reader.scalar(&factor.times(&cell))?.print())
        }
    }
}

/// What follows the alignment of an `array`, such as `{rr|r}`, whose braces are already gone.
fn after_alignment<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let is_alignment = |text: &str| text.chars().all(|c| matches!(c, 'l' | 'c' | 'r'));
    loop {
        tokens = match tokens {
            [Token::Word { text, .. }, Token::Symbol('|'), rest @ ..] if is_alignment(text) => rest,
            [Token::Symbol('|'), rest @ ..] => rest,
            [Token::Word { text, .. }, rest @ ..] if is_alignment(text) => return rest,
            _ => return tokens,
        };
    }
}
